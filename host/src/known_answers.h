/* Known-answer tests: no device is given work before it has shown that it computes right. */
#ifndef HYPERION_KNOWN_ANSWERS_H
#define HYPERION_KNOWN_ANSWERS_H

#include "host/src/backend/backend.h"
#include "host/src/context.h"

/* What else the caller looks after while a card takes its time: `look` is called before each wait,
 * and returns when it wants to be called again. Whoever has news for it wakes the card. */
struct hyp_meanwhile {
    uint64_t (*look)(void *argument);
    void *argument;
};

/* Runs the known answers of every op of `info` on an open card that has nothing else to do, on
 * every unit for the op at once. Returns 0; HYP_EMISMATCH where an answer is wrong; HYP_ETIMEDOUT,
 * HYP_EDEVICE or the backend's own error. After an error the card has been reset (its memory is
 * safe) and must not be used without another reset. `meanwhile` may be NULL. */
int hyp_known_answers(const struct hyp_backend *backend, void *card,
                      const struct hyp_device_info *info, hyp_context *context,
                      const struct hyp_meanwhile *meanwhile, hyp_error *error);

#endif
