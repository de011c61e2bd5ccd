/* The op keccak256, for code that chooses how the hashing is done. */
#ifndef HYPERION_OPS_KECCAK256_H
#define HYPERION_OPS_KECCAK256_H

#include "host/src/keccak/keccak.h"

/* Computes items [first, last) of a batch whose header was checked: checks the descriptors, writes
 * statuses and digests; hashes with `hash`. */
void hyp_keccak256_compute(const void *input, void *output, uint32_t first, uint32_t last,
                           hyp_keccak_items_function *hash);

#endif
