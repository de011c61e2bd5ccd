/* Checking the frame of a result: the card is never trusted. */
#ifndef HYPERION_RESULT_CHECK_H
#define HYPERION_RESULT_CHECK_H

#include "host/src/backend/backend.h"

/* Whether the output is the result of the batch whose header is given: its frame, its counts, and,
 * of a card, that it is what the kernel wrote (its CRC32C); not whether that is right. Stores how
 * many items failed. Returns 0 or HYP_EDEVICE with a sentence. */
int hyp_result_check(const hyp_batch_header *batch, const struct hyp_memory *input,
                     const struct hyp_memory *output, hyp_device_kind kind, uint32_t *failed,
                     hyp_error *error);

/* What crc32c in the result header must be (hyperion/batch.h). */
uint32_t hyp_result_crc(const hyp_batch_header *batch, const void *input, const void *output);

#endif
