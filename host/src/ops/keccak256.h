/* The check of the op keccak256, for code that chooses how the hashing is done. */
#ifndef HYPERION_OPS_KECCAK256_H
#define HYPERION_OPS_KECCAK256_H

#include "hyperion/batch.h"

/* The status of an item of a batch whose header was checked. The descriptor must be a copy: others
 * may be able to write to the batch. */
static inline uint8_t hyp_keccak256_check(const hyp_batch_header *header,
                                          const hyp_keccak_descriptor *descriptor)
{
    /* An offset before the data wraps around and so is too large; without branches, because this is
     * asked for every item. */
    uint64_t start = descriptor->offset - header->data_offset;
    int bad = (descriptor->flags != 0) | (descriptor->offset % 8 != 0) |
              (start > header->data_length) | (descriptor->length > header->data_length - start);

    return bad ? HYP_STATUS_BAD_INPUT : HYP_STATUS_OK;
}

#endif
