#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "host/src/batch.h"
#include "hyperion/keccak.h"

struct hyp_keccak_batch {
    struct hyp_batch base;
};

enum { MESSAGE_ALIGNMENT = 8 };

int hyp_keccak_batch_create(hyp_device *device, uint32_t max_items, size_t max_data_bytes,
                            hyp_keccak_batch **batch)
{
    if (!batch) {
        return HYP_EINVAL;
    }
    *batch = NULL;
    hyp_keccak_batch *made = calloc(1, sizeof *made);
    if (!made) {
        return HYP_ENOMEM;
    }
    int result =
        hyp_batch_init(&made->base, device, HYP_OP_KECCAK256, 0, max_items, max_data_bytes, 0);
    if (result) {
        free(made);
        return result;
    }
    *batch = made;
    return HYP_OK;
}

void hyp_keccak_batch_destroy(hyp_keccak_batch *batch)
{
    if (batch) {
        hyp_batch_release(&batch->base);
        free(batch);
    }
}

void hyp_keccak_batch_clear(hyp_keccak_batch *batch)
{
    hyp_batch_clear(&batch->base);
}

int hyp_keccak_batch_reserve(hyp_keccak_batch *batch, size_t length, void **message)
{
    struct hyp_batch *base = &batch->base;
    size_t offset = base->data_used;
    size_t padded;

    if (length > UINT32_MAX) {
        return HYP_ETOOBIG;
    }
    padded = (length + MESSAGE_ALIGNMENT - 1) & ~(size_t)(MESSAGE_ALIGNMENT - 1);
    if (base->count == base->max_items || padded > base->max_data - offset) {
        return HYP_EAGAIN;
    }
    uint8_t *data = (uint8_t *)hyp_buffer_data(base->input) + base->data_offset + offset;
    if (padded != length) {
        /* Bytes behind a message are never hashed, but the card must find them written. */
        memset(data + padded - MESSAGE_ALIGNMENT, 0, MESSAGE_ALIGNMENT);
    }
    hyp_keccak_descriptor descriptor = {base->data_offset + offset, (uint32_t)length, 0};
    memcpy(hyp_batch_descriptor(base, base->count), &descriptor, sizeof descriptor);
    base->data_used = offset + padded;
    *message = data;
    return (int)base->count++;
}

int hyp_keccak_batch_add(hyp_keccak_batch *batch, const void *message, size_t length)
{
    void *data;
    int index = hyp_keccak_batch_reserve(batch, length, &data);
    if (index >= 0 && length) {
        memcpy(data, message, length);
    }
    return index;
}

uint32_t hyp_keccak_batch_count(const hyp_keccak_batch *batch)
{
    return batch->base.count;
}

hyp_job hyp_keccak_batch_job(hyp_keccak_batch *batch, void *user)
{
    return hyp_batch_job(&batch->base, user);
}

uint8_t hyp_keccak_batch_status(const hyp_keccak_batch *batch, uint32_t index)
{
    return hyp_batch_status(&batch->base, index);
}

const uint8_t *hyp_keccak_batch_digest(const hyp_keccak_batch *batch, uint32_t index)
{
    return hyp_batch_results(&batch->base) + (size_t)index * HYP_KECCAK_DIGEST_SIZE;
}

hyp_result_counters hyp_keccak_batch_counters(const hyp_keccak_batch *batch)
{
    return hyp_batch_counters(&batch->base);
}

/* How the messages of one blocking call are cut into batches. */
enum { BATCH_ITEMS = 16384, BATCH_BYTES = 8 << 20 };

/* The message that needs most room decides how large a batch must be at least. */
static int size_batch(hyp_device *device, const size_t *lengths, size_t count, uint32_t *items,
                      size_t *bytes)
{
    const hyp_op_capability *capability = hyp_device_capability(device, HYP_OP_KECCAK256);
    size_t total = 0;
    size_t largest = 0;

    if (!capability) {
        return HYP_ENOTSUP;
    }
    for (size_t i = 0; i < count; i++) {
        if (lengths[i] > UINT32_MAX) {
            return HYP_ETOOBIG;
        }
        size_t padded = (lengths[i] + MESSAGE_ALIGNMENT - 1) & ~(size_t)(MESSAGE_ALIGNMENT - 1);
        largest = padded > largest ? padded : largest;
        total = total > SIZE_MAX - padded ? SIZE_MAX : total + padded;
    }
    size_t most = count < BATCH_ITEMS ? count : BATCH_ITEMS;
    *items = most < capability->max_items ? (uint32_t)most : capability->max_items;
    *bytes = total < BATCH_BYTES ? total : BATCH_BYTES;
    *bytes = *bytes > largest ? *bytes : largest;
    return HYP_OK;
}

static int run_batches(hyp_keccak_batch *batch, hyp_queue *queue, const void *const *messages,
                       const size_t *lengths, size_t count, uint64_t deadline_ns, uint8_t *digests)
{
    size_t done = 0;

    while (done < count) {
        size_t next = done;
        hyp_keccak_batch_clear(batch);
        while (next < count && hyp_keccak_batch_add(batch, messages[next], lengths[next]) >= 0) {
            next++;
        }
        int result = hyp_batch_run(&batch->base, queue, deadline_ns);
        if (result) {
            return result;
        }
        memcpy(digests + done * HYP_KECCAK_DIGEST_SIZE, hyp_batch_results(&batch->base),
               (next - done) * HYP_KECCAK_DIGEST_SIZE);
        done = next;
    }
    return HYP_OK;
}

int hyp_keccak256_batch(hyp_device *device, const void *const *messages, const size_t *lengths,
                        size_t count, uint64_t deadline_ns, uint8_t *digests)
{
    hyp_keccak_batch *batch;
    hyp_queue *queue;
    uint32_t items;
    size_t bytes;

    if (!device || (count && (!messages || !lengths || !digests))) {
        return HYP_EINVAL;
    }
    if (count == 0) {
        return HYP_OK;
    }
    int result = size_batch(device, lengths, count, &items, &bytes);
    if (result == HYP_OK) {
        result = hyp_keccak_batch_create(device, items, bytes, &batch);
    }
    if (result) {
        return result;
    }
    result = hyp_queue_create(device, NULL, &queue);
    if (result == HYP_OK) {
        result = run_batches(batch, queue, messages, lengths, count, deadline_ns, digests);
        hyp_queue_destroy(queue);
    }
    hyp_keccak_batch_destroy(batch);
    return result;
}
