/* The door between the vector files, which only some CPUs may run, and the rest. */
#ifndef HYPERION_RECOVER_RECOVER_IFMA_H
#define HYPERION_RECOVER_RECOVER_IFMA_H

#include <stddef.h>
#include <stdint.h>

#include "hyperion/batch.h"

#ifndef HYP_RECOVER_CHUNK
#define HYP_RECOVER_CHUNK 256 /* signatures at a time: measured, docs/cpu-recover.md */
#endif

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
extern const size_t hyp_recover_workspace_size;

/* Recovers 1 … HYP_RECOVER_CHUNK signatures. Stores a status an item; keys of those that are OK,
 * and anything in the others. */
typedef void hyp_recover_function(struct hyp_recover_workspace *w,
                                  const struct hyp_recover_start *start,
                                  const hyp_ecrecover_descriptor *items, unsigned count,
                                  uint32_t flags, uint8_t *statuses, uint8_t (*keys)[64]);

hyp_recover_function hyp_recover_ifma;    /* AVX-512 F, BW, DQ, VL, IFMA */
hyp_recover_function hyp_recover_avx512f; /* the same without IFMA */

#endif
