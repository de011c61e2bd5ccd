#include "host/cli/bench.h"

static void fill_message(uint8_t *message, size_t length, uint64_t seed)
{
    for (size_t i = 0; i < length; i++) {
        seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        message[i] = (uint8_t)(seed >> 56);
    }
}

static int prepare(const struct cli_device *device, const struct bench_item *item, uint32_t items,
                   void **batch)
{
    const uint64_t size = item->size;
    hyp_keccak_batch *made;
    int result = hyp_keccak_batch_create(device->device, items, items * ((size + 7) & ~7ul), &made);

    *batch = result ? NULL : made;
    for (uint32_t i = 0; result == HYP_OK && i < items; i++) {
        void *message;
        int index = hyp_keccak_batch_reserve(made, size, &message);
        if (index < 0) {
            result = index;
        } else {
            fill_message(message, size, i);
        }
    }
    return result ? cli_device_failure(device, "cannot prepare a batch", result) : CLI_OK;
}

static hyp_job job(void *batch, void *user)
{
    return hyp_keccak_batch_job(batch, user);
}

static hyp_result_counters counters(const void *batch)
{
    return hyp_keccak_batch_counters(batch);
}

static void destroy(void *batch)
{
    hyp_keccak_batch_destroy(batch);
}

const struct bench_op bench_keccak = {
    .name = "keccak",
    .default_count = 16384,
    .sized = true,
    .prepare = prepare,
    .job = job,
    .counters = counters,
    .destroy = destroy,
};
