/* Checking the frame of a result: the card is never trusted. */
#ifndef HYPERION_RESULT_CHECK_H
#define HYPERION_RESULT_CHECK_H

#include "host/src/backend/backend.h"

/* Whether the output is the result of the batch whose header is given: its frame and counts, not
 * its values. Stores how many items failed. Returns 0 or HYP_EDEVICE with a sentence. */
int hyp_result_check(const hyp_batch_header *batch, const struct hyp_memory *output,
                     hyp_device_kind kind, uint32_t *failed, hyp_error *error);

#endif
