#include <stdlib.h>

#include "host/cli/bench.h"
#include "hyperion/matmul.h"

static int8_t *random_bytes(size_t count, uint64_t seed)
{
    int8_t *bytes = malloc(count ? count : 1);

    for (size_t i = 0; bytes && i < count; i++) {
        seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        bytes[i] = (int8_t)(seed >> 56);
    }
    return bytes;
}

/* Items beyond the first have the B of the first. */
static int add_items(hyp_matmul_batch *batch, hyp_matmul_product *product, uint32_t items,
                     hyp_error *error)
{
    for (uint32_t i = 0; i < items; i++) {
        int index = hyp_matmul_batch_add(batch, product, error);
        if (index < 0) {
            return index;
        }
        product->b = NULL;
    }
    return HYP_OK;
}

static int make_batch(const struct cli_device *device, hyp_matmul_product *product, uint32_t items,
                      hyp_matmul_batch **batch, hyp_error *error)
{
    size_t data;
    size_t more_data;
    size_t results;
    hyp_matmul_product further = *product;

    further.b = NULL;
    int result = hyp_matmul_room(product, &data, &results, error);
    if (result == HYP_OK) {
        result = hyp_matmul_room(&further, &more_data, &results, error);
    }
    if (result) {
        return result;
    }
    if (__builtin_mul_overflow(more_data, (size_t)items - 1, &more_data) ||
        __builtin_add_overflow(data, more_data, &data) ||
        __builtin_mul_overflow(results, (size_t)items, &results)) {
        return HYP_ETOOBIG;
    }
    result = hyp_matmul_batch_create(device->device, items, data, results, batch);
    return result ? result : add_items(*batch, product, items, error);
}

static int prepare(const struct cli_device *device, const struct bench_item *item, uint32_t items,
                   void **batch)
{
    int8_t *a = random_bytes((size_t)item->rows * item->inner, 1);
    int8_t *b = random_bytes((size_t)item->inner * item->columns, 2);
    hyp_matmul_product product = HYP_MATMUL_PRODUCT_INIT;
    hyp_matmul_batch *made = NULL;
    hyp_error error = {0, ""};
    int result = HYP_ENOMEM;

    product.rows = item->rows;
    product.inner = item->inner;
    product.columns = item->columns;
    product.a = a;
    product.b = b;
    if (a && b) {
        result = make_batch(device, &product, items, &made, &error);
    }
    free(a);
    free(b);
    *batch = made;
    if (error.code) {
        cli_error("%s", error.message);
        return CLI_USAGE;
    }
    return result ? cli_device_failure(device, "cannot prepare a batch", result) : CLI_OK;
}

static hyp_job job(void *batch, void *user)
{
    return hyp_matmul_batch_job(batch, user);
}

static hyp_result_counters counters(const void *batch)
{
    return hyp_matmul_batch_counters(batch);
}

static void destroy(void *batch)
{
    hyp_matmul_batch_destroy(batch);
}

const struct bench_op bench_matmul = {
    .name = "matmul",
    .default_count = 4,
    .shaped = true,
    .prepare = prepare,
    .job = job,
    .counters = counters,
    .destroy = destroy,
};
