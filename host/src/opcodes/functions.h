/* Functions of one number, defined to the bit. Semantics: docs/opcodes.md. */
#ifndef HYPERION_OPCODES_FUNCTIONS_H
#define HYPERION_OPCODES_FUNCTIONS_H

#include <stdint.h>

/* round(2^30 · 2^(i/256)) and round(2^30 / (1 + e^(−i/64))); made by make_tables.py. */
enum { HYP_EXP2_STEPS = 256, HYP_SIGMOID_STEPS = 1024 };
extern const uint32_t hyp_exp2_table[HYP_EXP2_STEPS + 1];
extern const uint32_t hyp_sigmoid_table[HYP_SIGMOID_STEPS + 1];

/* A factor multiplier · 2^−shift. */
struct hyp_scale {
    uint32_t multiplier; /* below 2^31 */
    uint32_t shift;      /* at most 62 */
};

/* The largest scale that is at most numerator / x, of those with the multiplier in [2^30, 2^31), or
 * with shift 62 if they end there. {0, 0} for x ≤ 0. numerator: 1 … 2^31 − 1. */
struct hyp_scale hyp_recip(int64_t x, uint32_t numerator);

/* The same for 1 / √x. */
struct hyp_scale hyp_rsqrt(int64_t x);

/* 2^x with 30 fraction bits, x with 16; x > 0 counts as 0. */
uint32_t hyp_exp2(int64_t x);

/* 1 / (1 + e^−x) with 30 fraction bits, x with 16. */
uint32_t hyp_sigmoid(int64_t x);

/* x · sigmoid(x), both with 16 fraction bits. */
int32_t hyp_silu(int32_t x);

#endif
