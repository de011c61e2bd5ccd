/* Weights that stay on a card: the same story for every backend that has an arena. */
#ifndef HYPERION_TESTS_SIM_RESIDENT_SCENARIO_H
#define HYPERION_TESTS_SIM_RESIDENT_SCENARIO_H

#include "host/src/backend/backend.h"

/* Reserves an arena on an open card, multiplies by weights in it, changes a part of them, leaves
 * them away, moves to a larger arena, resets the card; each time holds the results to the
 * definition of the op. The card is left open. */
void resident_scenario(const struct hyp_backend *backend, void *card, hyp_context *context);

/* Reserves an arena while batches take all of the card's memory but half an arena: runs by weights
 * in it fail, until there is room; then they are right. For cards that find room at first use. */
void resident_late_scenario(const struct hyp_backend *backend, void *card, hyp_context *context,
                            uint64_t card_bytes);

#endif
