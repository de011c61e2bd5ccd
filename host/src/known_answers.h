/* Known-answer tests: no device is given work before it has shown that it computes right. */
#ifndef HYPERION_KNOWN_ANSWERS_H
#define HYPERION_KNOWN_ANSWERS_H

#include "host/src/backend/backend.h"
#include "host/src/context.h"

/* Runs the known answers of every op of `info` on an open card that has nothing else to do, on
 * every unit for the op at once. Returns 0; HYP_EMISMATCH where an answer is wrong; HYP_ETIMEDOUT,
 * HYP_EDEVICE or the backend's own error. After an error the card has been reset (its memory is
 * safe) and must not be used without another reset. */
int hyp_known_answers(const struct hyp_backend *backend, void *card,
                      const struct hyp_device_info *info, hyp_context *context, hyp_error *error);

#endif
