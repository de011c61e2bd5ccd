/* Exact int8 products on the CPU: one panel of 64 columns at a time, by the best kernel there is.
 *
 * Kernels differ in how they get to the sums, which are exact modulo 2^32 whatever the order; all
 * of them are compared with the reference (host/src/ops/matmul.h). */
#ifndef HYPERION_MATMUL_KERNELS_H
#define HYPERION_MATMUL_KERNELS_H

#include <stddef.h>
#include <stdint.h>

#include "host/src/context.h"
#include "host/src/ops/matmul.h"

/* Sums of `rows` rows of A with one panel of B, all of K: c[i][j], 64 columns a row. Reads no byte
 * of A outside its rows of `inner` bytes, and none behind the panel. */
struct hyp_matmul_panel {
    const int8_t *a;
    size_t a_pitch; /* bytes from row to row */
    uint32_t rows;
    uint32_t inner;
    const uint8_t *panel;
    const int32_t *row_sums; /* of A, of a kernel that has row_sum */
    int32_t *c;
    size_t c_pitch; /* elements from row to row */
};

struct hyp_matmul_kernel {
    const char *name;
    void (*compute)(const struct hyp_matmul_panel *panel);
    /* The sum of `count` elements of a row of A, which compute wants to know; or NULL. */
    int32_t (*row_sum)(const int8_t *row, uint32_t count);
};

extern const struct hyp_matmul_kernel hyp_matmul_portable;
extern const struct hyp_matmul_kernel hyp_matmul_avx2;
extern const struct hyp_matmul_kernel hyp_matmul_avx512; /* needs VNNI */

/* The best kernel for the variant on this CPU. */
const struct hyp_matmul_kernel *hyp_matmul_kernel_for(enum hyp_cpu_variant variant);

/* A whole product, its operands wherever they lie. */
struct hyp_matmul_task {
    const int8_t *a;
    size_t a_pitch;
    uint32_t rows;
    uint32_t inner;
    uint32_t columns;
    const uint8_t *panels;
    const int32_t *bias;         /* or NULL */
    const int32_t *accumulate;   /* or NULL; may be the result */
    size_t accumulate_pitch;     /* elements */
    const uint32_t *multipliers; /* or NULL: the result is int32 */
    const uint8_t *shifts;
    uint32_t width; /* bytes of an element of the result: 4; with multipliers 1 or 2 */
    void *result;
    size_t result_pitch; /* bytes */
};

/* Computes panels [first, last) of the result. */
void hyp_matmul_compute(const struct hyp_matmul_task *task, const struct hyp_matmul_kernel *kernel,
                        uint32_t first_panel, uint32_t last_panel);

#endif
