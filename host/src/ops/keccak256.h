/* The check of the op keccak256, for code that chooses how the hashing is done. */
#ifndef HYPERION_OPS_KECCAK256_H
#define HYPERION_OPS_KECCAK256_H

#include "hyperion/batch.h"

/* The status of an item of a batch whose header was checked. The descriptor must be a copy: others
 * may be able to write to the batch. */
static inline uint8_t hyp_keccak256_check(const hyp_batch_header *header,
                                          const hyp_keccak_descriptor *descriptor)
{
    uint64_t data_end = header->data_offset + header->data_length;
    uint64_t end;

    if (descriptor->flags || descriptor->offset % 8 || descriptor->offset < header->data_offset ||
        __builtin_add_overflow(descriptor->offset, descriptor->length, &end) || end > data_end) {
        return HYP_STATUS_BAD_INPUT;
    }
    return HYP_STATUS_OK;
}

#endif
