/* The parts of the op keccak256, for code that chooses how the hashing is done. */
#ifndef HYPERION_OPS_KECCAK256_H
#define HYPERION_OPS_KECCAK256_H

#include "host/src/keccak/keccak.h"

/* Items [first, last) of a batch whose header was checked; `longest` is not known yet. */
struct hyp_keccak_items hyp_keccak256_items(const hyp_batch_header *header, const void *input,
                                            void *output, uint32_t first, uint32_t last);

struct hyp_keccak256_check {
    uint32_t failed; /* items */
    uint64_t bytes;  /* of the messages of all others */
};

/* Checks the descriptors: writes the status of every item and the zero digest of those that
 * failed, and items->longest. To be called before the items are hashed. */
struct hyp_keccak256_check hyp_keccak256_check_items(const hyp_batch_header *header,
                                                     struct hyp_keccak_items *items);

#endif
