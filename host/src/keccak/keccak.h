/* Keccak-256 inside the library: the permutation, and one function a CPU variant that hashes the
 * messages of a batch. */
#ifndef HYPERION_KECCAK_INTERNAL_H
#define HYPERION_KECCAK_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hyperion/batch.h"

#define HYP_KECCAK_LANES      25u /* 64-bit lanes of the state */
#define HYP_KECCAK_ROUNDS     24u
#define HYP_KECCAK_RATE       136u /* bytes of a block: 1600 bits less twice the digest's 256 */
#define HYP_KECCAK_RATE_LANES (HYP_KECCAK_RATE / 8u)

/* The iota constants. */
extern const uint64_t hyp_keccak_round_constants[HYP_KECCAK_ROUNDS];

/* The permutation keccak-f[1600]. Lane (x, y) is state[x + 5·y]. Portable C. */
void hyp_keccak_f1600(uint64_t state[HYP_KECCAK_LANES]);

/* The last block of a message: its `length` < 136 remaining bytes and the padding. */
void hyp_keccak_pad(const uint8_t *message, size_t length, uint8_t block[HYP_KECCAK_RATE]);

/* Some items of a batch that have been checked. Descriptors and statuses are copies that nobody
 * else can write to. */
struct hyp_keccak_items {
    const uint8_t *input;                     /* the batch; descriptors' offsets count from here */
    const hyp_keccak_descriptor *descriptors; /* of the first item */
    const uint8_t *statuses;                  /* an item whose status is not OK is left alone */
    uint8_t *digests;                         /* 32 bytes an item */
    size_t count;
    size_t longest; /* no message of these items is longer */
};

/* Hashes the items. The variants give the same bits; each needs a CPU that has what its name says
 * (avx512: F, BW, DQ, VL and BMI2). */
typedef void hyp_keccak_items_function(const struct hyp_keccak_items *items);

hyp_keccak_items_function hyp_keccak_items_portable;
hyp_keccak_items_function hyp_keccak_items_avx2;
hyp_keccak_items_function hyp_keccak_items_avx512;

#endif
