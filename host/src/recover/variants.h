/* The door between the vector files, which only some CPUs may run, and the rest. */
#ifndef HYPERION_RECOVER_VARIANTS_H
#define HYPERION_RECOVER_VARIANTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host/src/recover/recover.h"
#include "hyperion/batch.h"

/* A status that is none: this signature was not proven good or bad here. */
#define HYP_RECOVER_UNPROVEN 0xff

/* The start of the ladder and what takes it off in the end: T and -2^124·T; x, then y, each four
 * words, the lowest first. */
struct hyp_recover_start {
    uint64_t start[8];
    uint64_t finish[8];
};

/* Memory of one recovery; 64-byte aligned. It needs no initialisation and keeps nothing. */
struct hyp_recover_workspace;

/* Recovers 1 … HYP_RECOVER_CHUNK signatures. Stores a status an item; keys of those that are OK,
 * and anything in the others. */
typedef void hyp_recover_function(struct hyp_recover_workspace *w,
                                  const struct hyp_recover_start *start,
                                  const hyp_ecrecover_descriptor *items, unsigned count,
                                  uint32_t flags, uint8_t *statuses, uint8_t (*keys)[64]);

struct hyp_recover_variant {
    hyp_recover_function *recover;
    size_t workspace_size;
};

/* Memory of one proof, 64-byte aligned; it keeps nothing. */
struct hyp_combination;

/* Proving keys that somebody gives (lanes/combination.h): begin; add them, with 128 random bits
 * each that nobody could know before, by chunks of 1 … HYP_RECOVER_CHUNK, at least
 * HYP_RECOVER_LEAST_PROVEN and at most HYP_RECOVER_MOST_PROVEN in all; end. Where an add or the end
 * returns false, some key may be wrong, and the end need not be called; else all are right. */
struct hyp_combination_variant {
    void (*begin)(struct hyp_combination *c);
    bool (*add)(struct hyp_combination *c, struct hyp_recover_workspace *w,
                const hyp_ecrecover_descriptor *items, const uint8_t (*keys)[64],
                const uint8_t (*coefficients)[16], unsigned count, uint32_t flags);
    bool (*end)(struct hyp_combination *c);
    size_t size;
};

/* The folder lanes, compiled for each. */
extern const struct hyp_recover_variant hyp_ifma_recover;    /* AVX-512 F, BW, DQ, VL, IFMA */
extern const struct hyp_recover_variant hyp_avx512f_recover; /* the same without IFMA */
extern const struct hyp_recover_variant hyp_avx2_recover;    /* AVX2, FMA3 */
extern const struct hyp_combination_variant hyp_ifma_combination;
extern const struct hyp_combination_variant hyp_avx512f_combination;
extern const struct hyp_combination_variant hyp_avx2_combination;

#endif
