#include <stdlib.h>
#include <string.h>

#include "host/src/batch.h"
#include "hyperion/ecrecover.h"

struct hyp_ecrecover_batch {
    struct hyp_batch base;
};

int hyp_ecrecover_batch_create(hyp_device *device, uint32_t max_items, uint32_t flags,
                               hyp_ecrecover_batch **batch)
{
    if (!batch) {
        return HYP_EINVAL;
    }
    *batch = NULL;
    if (!device || flags & ~(HYP_ECRECOVER_LOW_S | HYP_ECRECOVER_ADDRESS_ONLY)) {
        return HYP_EINVAL;
    }
    if (!hyp_device_capability(device, HYP_OP_ECRECOVER)) {
        return HYP_ENOTSUP;
    }
    hyp_ecrecover_batch *made = calloc(1, sizeof *made);
    if (!made) {
        return HYP_ENOMEM;
    }
    int result = hyp_batch_init(&made->base, device, HYP_OP_ECRECOVER, flags, max_items, 0, 0);
    if (result) {
        free(made);
        return result;
    }
    *batch = made;
    return HYP_OK;
}

void hyp_ecrecover_batch_destroy(hyp_ecrecover_batch *batch)
{
    if (batch) {
        hyp_batch_release(&batch->base);
        free(batch);
    }
}

void hyp_ecrecover_batch_clear(hyp_ecrecover_batch *batch)
{
    hyp_batch_clear(&batch->base);
}

int hyp_ecrecover_batch_add(hyp_ecrecover_batch *batch, const uint8_t hash[32], const uint8_t r[32],
                            const uint8_t s[32], uint8_t recid)
{
    struct hyp_batch *base = &batch->base;
    hyp_ecrecover_descriptor descriptor = {.recid = recid};

    if (base->count == base->max_items) {
        return HYP_EAGAIN;
    }
    memcpy(descriptor.hash, hash, sizeof descriptor.hash);
    memcpy(descriptor.r, r, sizeof descriptor.r);
    memcpy(descriptor.s, s, sizeof descriptor.s);
    memcpy(hyp_batch_descriptor(base, base->count), &descriptor, sizeof descriptor);
    return (int)base->count++;
}

uint32_t hyp_ecrecover_batch_count(const hyp_ecrecover_batch *batch)
{
    return batch->base.count;
}

hyp_job hyp_ecrecover_batch_job(hyp_ecrecover_batch *batch, void *user)
{
    return hyp_batch_job(&batch->base, user);
}

uint8_t hyp_ecrecover_batch_status(const hyp_ecrecover_batch *batch, uint32_t index)
{
    return hyp_batch_status(&batch->base, index);
}

const uint8_t *hyp_ecrecover_batch_public_key(const hyp_ecrecover_batch *batch, uint32_t index)
{
    if (batch->base.flags & HYP_ECRECOVER_ADDRESS_ONLY) {
        return NULL;
    }
    return hyp_batch_results(&batch->base) + (size_t)index * sizeof(hyp_ecrecover_result);
}

const uint8_t *hyp_ecrecover_batch_address(const hyp_ecrecover_batch *batch, uint32_t index)
{
    const uint8_t *results = hyp_batch_results(&batch->base);

    if (batch->base.flags & HYP_ECRECOVER_ADDRESS_ONLY) {
        return results + (size_t)index * sizeof(hyp_ecrecover_address) +
               offsetof(hyp_ecrecover_address, address);
    }
    return results + (size_t)index * sizeof(hyp_ecrecover_result) +
           offsetof(hyp_ecrecover_result, address);
}

hyp_result_counters hyp_ecrecover_batch_counters(const hyp_ecrecover_batch *batch)
{
    return hyp_batch_counters(&batch->base);
}
