/* What the CPU's implementations of the op matmul share: the room that an item takes, and its
 * check. Semantics: docs/ops.md. */
#ifndef HYPERION_OPS_MATMUL_H
#define HYPERION_OPS_MATMUL_H

#include <stdbool.h>
#include <stdint.h>

#include "host/src/backend/backend.h"
#include "hyperion/batch.h"

enum { HYP_MATMUL_BEAT = 64, HYP_MATMUL_PANEL = 64 }; /* bytes; columns */

#define HYP_MATMUL_KNOWN_FLAGS                                                                     \
    (HYP_MATMUL_BIAS | HYP_MATMUL_ACCUMULATE | HYP_MATMUL_REQUANT8 | HYP_MATMUL_REQUANT16 |        \
     HYP_MATMUL_B_RESIDENT)

/* Beats that the parts of an item take. None overflows, whatever stands in the descriptor. */
struct hyp_matmul_beats {
    uint64_t a;
    uint64_t b;
    uint64_t bias;
    uint64_t accumulate;
    uint64_t multipliers; /* requant: these, and the shifts behind them */
    uint64_t requant;
    uint64_t row; /* of the result */
    uint64_t result;
};
struct hyp_matmul_beats hyp_matmul_beats(const hyp_matmul_descriptor *item);

/* Bytes of an element of the result: 4, 2 or 1. */
uint32_t hyp_matmul_result_width(uint32_t flags);

/* Whether the item's result lies in the results section of a checked header. */
bool hyp_matmul_result_fits(const hyp_batch_header *header, const hyp_matmul_descriptor *item);

/* The status of an item in a batch whose header was checked. `resident` may be NULL. */
uint8_t hyp_matmul_check(const hyp_batch_header *header, const hyp_matmul_descriptor *item,
                         const struct hyp_memory *resident);

/* Writes B, element (k, j) at b[k · row_stride + j · column_stride], as panels: ceil(columns / 64)
 * · inner · 64 bytes. */
void hyp_matmul_pack_b(const int8_t *b, size_t row_stride, size_t column_stride, uint32_t inner,
                       uint32_t columns, uint8_t *panels);

/* Whether what goes with columns is in range; arrays may be NULL. Returns 0, or HYP_EINVAL with a
 * sentence. */
int hyp_matmul_check_columns(uint32_t columns, const int32_t *bias, const uint32_t *multipliers,
                             const uint8_t *shifts, hyp_error *error);

/* Computes one item in plain C: what the op means. Returns its status, and writes it. */
uint8_t hyp_matmul_item(const hyp_batch_header *header, const uint8_t *input,
                        const struct hyp_memory *resident, uint8_t *output, uint32_t index);

/* The same for one row (below rows) of an item whose status is HYP_STATUS_OK; `result` takes the
 * row's whole beats. */
void hyp_matmul_row(const hyp_matmul_descriptor *item, const uint8_t *input,
                    const struct hyp_memory *resident, uint32_t row, uint8_t *result);

/* The rule of requantisation: accumulator · multiplier, add half, shift, saturate to [−limit − 1,
 * limit]. */
static inline int32_t hyp_matmul_requantise(int32_t sum, uint32_t multiplier, uint8_t shift,
                                            int32_t limit)
{
    int64_t half = shift & 63 ? INT64_C(1) << ((shift & 63) - 1) : 0;
    int64_t scaled =
        ((int64_t)sum * (int64_t)(multiplier & HYP_MATMUL_MAX_MULTIPLIER) + half) >> (shift & 63);

    return scaled > limit ? limit : scaled < -limit - 1 ? -limit - 1 : (int32_t)scaled;
}

#endif
