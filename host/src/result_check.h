/* Checking the frame of a result: the card is never trusted. */
#ifndef HYPERION_RESULT_CHECK_H
#define HYPERION_RESULT_CHECK_H

#include <stdbool.h>

#include "host/src/backend/backend.h"
#include "hyperion/batch.h"

/* Whether devices of that kind read and write memory of their own, and so vouch for it. */
static inline bool hyp_result_is_of_card(hyp_device_kind kind)
{
    return kind != HYP_DEVICE_CPU && kind != HYP_DEVICE_SET;
}

/* Whether the output is the result of the batch whose header is given: its frame, its counts, and,
 * of a card, that the kernel read what was sent (`input_crc`) and the output is what it wrote
 * (their CRC32C); not whether that is right. Stores how many items failed. Returns 0 or HYP_EDEVICE
 * with a sentence. */
int hyp_result_check(const hyp_batch_header *batch, const struct hyp_memory *input,
                     const struct hyp_memory *output, hyp_device_kind kind, uint64_t input_crc,
                     uint32_t *failed, hyp_error *error);

/* How many of an output's first `count` statuses are not HYP_STATUS_OK. */
uint32_t hyp_result_count_failed(const void *output, uint32_t count);

/* What input_crc32c in the result header must be (hyperion/batch.h), of a batch whose header was
 * checked. The header is the one given, not what lies in the input now. Returns false where its
 * items read more than `most_beats`, which is for the caller to choose: then nothing is stored. */
bool hyp_input_crc(const hyp_batch_header *batch, const struct hyp_memory *input,
                   const struct hyp_memory *resident, uint64_t most_beats, uint64_t *crc);

/* What crc32c in the result header must be (hyperion/batch.h). */
uint32_t hyp_result_crc(const hyp_batch_header *batch, const void *input, const void *output);

#endif
