/* Memory that devices can see. */
#ifndef HYPERION_MEMORY_H
#define HYPERION_MEMORY_H

#include "host/src/backend/backend.h"

/* Maps `bytes` (> 0) of zeroed memory, rounded up to 4 KiB; shared through a memfd if `shared`.
 * Returns 0, HYP_ENOMEM, HYP_ETOOBIG or HYP_EIO. */
int hyp_memory_create(struct hyp_memory *memory, size_t bytes, bool shared, uint64_t id);
void hyp_memory_destroy(struct hyp_memory *memory);

/* The same for a card that is open, which is told of it. Destroying what was never created does
 * nothing. */
int hyp_card_memory_create(const struct hyp_backend *backend, void *card, hyp_context *context,
                           size_t bytes, struct hyp_memory *memory);
void hyp_card_memory_destroy(const struct hyp_backend *backend, void *card,
                             struct hyp_memory *memory);

#endif
