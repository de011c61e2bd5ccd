/* Exact int8 matrix products: C = A · B (+ bias) (+ an earlier C), as 32-bit sums that never wrap,
 * or scaled column by column to 8 or 16 bits. Semantics: docs/ops.md.
 *
 * For single products and batches of them. Products of a network, whose weights stay on the device,
 * go through hyperion/tensor.h. */
#ifndef HYPERION_MATMUL_H
#define HYPERION_MATMUL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hyperion/error.h"
#include "hyperion/queue.h"

HYP_BEGIN_DECLS

/* One product. Matrices are dense and row-major; everything is the caller's and is copied. */
typedef struct hyp_matmul_product {
    size_t size;                 /* sizeof(hyp_matmul_product) */
    uint32_t rows;               /* M; each of M, K and N may be 0 */
    uint32_t inner;              /* K */
    uint32_t columns;            /* N */
    const int8_t *a;             /* [M][K] */
    const int8_t *b;             /* [K][N]; NULL: the B of the product added before */
    const int32_t *bias;         /* [N], each less than 2^30 in magnitude; or NULL */
    const int32_t *accumulate;   /* [M][N], an earlier result to add to; or NULL */
    uint32_t accumulated_inner;  /* with accumulate: the sum of the K of the products in it */
    bool accumulated_bias;       /* with accumulate: whether a bias is in it */
    const uint32_t *multipliers; /* [N], each less than 2^31: scales the results; or NULL */
    const uint8_t *shifts;       /* [N], each at most 62; with multipliers */
    uint32_t result_bits;        /* 8 or 16 with multipliers; else 32 */
} hyp_matmul_product;

#define HYP_MATMUL_PRODUCT_INIT                                                                    \
    {                                                                                              \
        sizeof(hyp_matmul_product), 0, 0, 0, NULL, NULL, NULL, NULL, 0, false, NULL, NULL, 32      \
    }

/* Room that a product takes in a batch. Returns 0 or, with a sentence, what hyp_matmul_batch_add
 * would refuse it with: HYP_EINVAL or HYP_ETOOBIG. Looks at shapes and pointers only. */
HYP_API int hyp_matmul_room(const hyp_matmul_product *product, size_t *data_bytes,
                            size_t *result_bytes, hyp_error *error);

/* A batch under construction and its results: input and output buffer, sized once, used many times.
 */
typedef struct hyp_matmul_batch hyp_matmul_batch;

/* Creates a batch for at most `max_items` products that take together at most so much room
 * (hyp_matmul_room). The caller destroys it before the device is closed. Returns 0, HYP_EINVAL,
 * HYP_ENOTSUP (the device has no matmul), HYP_ETOOBIG (more than the device takes), HYP_ENOMEM. */
HYP_API int hyp_matmul_batch_create(hyp_device *device, uint32_t max_items, size_t max_data_bytes,
                                    size_t max_result_bytes, hyp_matmul_batch **batch);
HYP_API void hyp_matmul_batch_destroy(hyp_matmul_batch *batch);

/* Empties the batch; its memory stays. */
HYP_API void hyp_matmul_batch_clear(hyp_matmul_batch *batch);

/* Adds a product by copying it. Returns its index; HYP_EAGAIN when the batch is full; or, with a
 * sentence, HYP_EINVAL (pointers or values outside what is documented) or HYP_ETOOBIG (K counted
 * over all that is summed up exceeds 131,071, or 65,535 with a bias: sums might wrap). */
HYP_API int hyp_matmul_batch_add(hyp_matmul_batch *batch, const hyp_matmul_product *product,
                                 hyp_error *error);

HYP_API uint32_t hyp_matmul_batch_count(const hyp_matmul_batch *batch);

/* The batch as a job, with deadline 0 and the given user pointer. Writes the batch header, so call
 * it after the last product was added. */
HYP_API hyp_job hyp_matmul_batch_job(hyp_matmul_batch *batch, void *user);

/* Results, once the job has completed with result 0; valid until the batch is cleared or destroyed.
 * result: row-major, elements of the product's result_bits, each row padded with zeros to `pitch`
 * bytes; zero where the status is not HYP_STATUS_OK, which only happens on a faulty device. copy:
 * the same without padding, rows × columns × result_bits / 8 bytes. counters: the kernel's; zero
 * from the CPU. Indices must be less than the count. */
HYP_API uint8_t hyp_matmul_batch_status(const hyp_matmul_batch *batch, uint32_t index);
HYP_API const void *hyp_matmul_batch_result(const hyp_matmul_batch *batch, uint32_t index,
                                            size_t *pitch);
HYP_API void hyp_matmul_batch_copy(const hyp_matmul_batch *batch, uint32_t index, void *result);
HYP_API hyp_result_counters hyp_matmul_batch_counters(const hyp_matmul_batch *batch);

/* Blocking convenience: one product on `device`. `result` receives rows × columns elements of
 * result_bits. `deadline_ns` as in hyp_job. Returns 0 or, with a sentence, the first error. */
HYP_API int hyp_matmul(hyp_device *device, const hyp_matmul_product *product, uint64_t deadline_ns,
                       void *result, hyp_error *error);

HYP_END_DECLS

#endif
