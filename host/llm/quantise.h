/* Weights in floating point to int8 with a step a channel. Part of the import, off the chain. */
#ifndef HYPERION_LLM_QUANTISE_H
#define HYPERION_LLM_QUANTISE_H

#include <stdint.h>

#include "host/llm/error.h"

/* Some rows of a matrix, [rows][inner], to be multiplied by a constant. */
struct llm_rows {
    const float *weights;
    uint32_t rows;
    double factor; /* > 0 */
};

/* A matrix under construction; its memory is the caller's. */
struct llm_matrix {
    int8_t *weight;      /* [columns][inner] */
    int32_t *multiplier; /* [columns] */
    uint8_t *shift;      /* [columns] */
};

/* The rows of all parts become the channels of one matrix. For a row quantised to int8 with the
 * scale a (its absolute maximum in Q16), the product in Q16 is
 *     REQUANT(sum, multiplier, shift → i16) · a >> *back
 * with the largest *back for which no int8 row can saturate the i16. `columns` is the sum of the
 * parts' rows; `steps` is scratch for as many. HYP_EINVAL: weights too large for any. */
int llm_quantise_matrix(const struct llm_rows *parts, uint32_t part_count, uint32_t inner,
                        double *steps, struct llm_matrix matrix, int32_t *back, hyp_error *error);

/* int8 rows with a multiplier and shift each that bring them back to Q16. */
void llm_quantise_embedding(const float *weights, uint32_t rows, uint32_t inner,
                            struct llm_matrix matrix);

/* value · 2^16, rounded, saturated. */
int32_t llm_to_q16(double value);

/* value ≈ *multiplier · 2^−*shift, multiplier in [2^30, 2^31) unless the shift would pass 62. */
void llm_to_multiplier(double value, int32_t *multiplier, uint8_t *shift);

#endif
