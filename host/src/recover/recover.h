/* Batch recovery of secp256k1 public keys on the CPU.
 *
 * Signatures are computed side by side in vector lanes (folder lanes) with AVX-512 or AVX2; on
 * other CPUs, and for what the vectors do not prove, libsecp256k1 computes one after the other.
 * Both give the same bits. Method, bounds and measurements: docs/cpu-recover.md. */
#ifndef HYPERION_RECOVER_RECOVER_H
#define HYPERION_RECOVER_RECOVER_H

#include <stdbool.h>
#include <stdint.h>

#include "host/src/context.h"
#include "hyperion/batch.h"

/* What recoveries share; used by any number of threads at once. */
struct hyp_recover_context;

/* Signatures at a time, which share inversions: measured, docs/cpu-recover.md. */
#define HYP_RECOVER_CHUNK 256

/* Keys that are proven together: fewer are recovered as fast, and some bit of their scalars may
 * have no point at all; more gain little and leave the caches. */
#define HYP_RECOVER_LEAST_PROVEN 64
#define HYP_RECOVER_MOST_PROVEN  4096

enum hyp_recover_method {
    HYP_RECOVER_SINGLE,  /* libsecp256k1, one after the other */
    HYP_RECOVER_AVX2,    /* AVX2, FMA3: products by doubles */
    HYP_RECOVER_AVX512F, /* AVX-512 F, BW, DQ, VL: products by doubles */
    HYP_RECOVER_IFMA,    /* and IFMA */
};

/* What this CPU does best within `variant`. */
enum hyp_recover_method hyp_recover_best_method(enum hyp_cpu_variant variant);

/* Returns 0; HYP_ENOMEM; HYP_EIO where there are no random numbers or the table of multiples of G
 * is not what it should be. */
int hyp_recover_context_create(enum hyp_cpu_variant variant, struct hyp_recover_context **context);

/* The same with a method that this CPU must have, and, for tests only, a start: 32 bytes, the
 * secret number that the start of the ladder is made of, which must not be known to anybody who
 * chooses signatures; NULL takes it from the system's random numbers. HYP_EINVAL for a start that
 * is 0 or not below n. */
int hyp_recover_context_create_with(enum hyp_recover_method method, const uint8_t start[32],
                                    struct hyp_recover_context **context);
void hyp_recover_context_destroy(struct hyp_recover_context *context);

/* "avx512ifma", "avx512f", "avx2" or "libsecp256k1". */
const char *hyp_recover_method(const struct hyp_recover_context *context);

/* How to cut batches for this context. */
struct hyp_recover_pace {
    uint64_t item_ps; /* about how long one of a long batch takes, in picoseconds */
    uint32_t granule; /* cut at multiples of this, so that lanes stay full */
    uint32_t least;   /* fewer together cost much more each */
    uint32_t piece;   /* about a millisecond's work; at most HYP_RECOVER_CHUNK */
};

struct hyp_recover_pace hyp_recover_pace(const struct hyp_recover_context *context);

/* Recovers `count` keys. `flags`: HYP_ECRECOVER_LOW_S, HYP_ECRECOVER_ADDRESS_ONLY; with the latter
 * results are hyp_ecrecover_address, else hyp_ecrecover_result. A failed item's result is zero.
 * Results of HYP_RECOVER_CHUNK items at a time are complete before the next are begun. */
void hyp_recover_batch(const struct hyp_recover_context *context,
                       const hyp_ecrecover_descriptor *items, uint32_t count, uint32_t flags,
                       uint8_t *statuses, void *results);

/* The same of one signature, by libsecp256k1 alone: what everything else is measured against.
 * Returns the status and, if that is OK, stores the key. */
uint8_t hyp_recover_single(const hyp_ecrecover_descriptor *item, uint32_t flags, uint8_t key[64]);

/* Writes an item's result: key and address (the end of the key's digest) as the flags say, or zero
 * if the status is not OK. */
void hyp_recover_store_result(void *results, uint32_t index, uint32_t flags, uint8_t status,
                              const uint8_t key[64], const uint8_t digest[32]);

/* Whether answers to a batch, from somebody who is not trusted, are proven right, down to the last
 * bit, for less than what recovering the keys costs: keys by a random linear combination (lanes/
 * combination.h), their addresses by hashing them, failures by recovering. Wrong answers are taken
 * for right with a chance of at most 2^-128. False where they are wrong, but also where proving is
 * not worth it or not possible: few keys, addresses alone, a CPU without vectors, no memory, no
 * random numbers; then recovering tells. Statuses and results are laid out as hyp_recover_batch
 * leaves them. */
bool hyp_recover_prove(const struct hyp_recover_context *context,
                       const hyp_ecrecover_descriptor *items, uint32_t count, uint32_t flags,
                       const uint8_t *statuses, const void *results);

/* Whether each of `count` signatures has the key that is expected of it: right[i] becomes 1 or 0.
 * Returns whether all are right, which is proven in the same way, and only where it is not so by
 * recovering. No ADDRESS_ONLY. */
bool hyp_recover_check_keys(const struct hyp_recover_context *context,
                            const hyp_ecrecover_descriptor *items, const uint8_t (*keys)[64],
                            uint32_t count, uint32_t flags, uint8_t *right);

/* From how many keys on hyp_recover_prove tries; UINT32_MAX where it never does. */
uint32_t hyp_recover_least_proven(const struct hyp_recover_context *context);

/* How many items of this context were computed singly although the vectors ran. */
uint64_t hyp_recover_unproven_count(const struct hyp_recover_context *context);

#endif
