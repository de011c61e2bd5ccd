/* The jobs of a device that wait to be started, in the order of starting (run.order), each op by
 * itself because each has units of its own. What is done for one job takes no longer where many
 * wait. Of the engine's thread alone. */
#ifndef HYPERION_PENDING_H
#define HYPERION_PENDING_H

#include "host/src/device.h"

struct hyp_pending {
    struct {
        struct hyp_slot_list slots;
        uint64_t last_order; /* of all that were ever added */
    } ops[HYP_MAX_OPS];
    uint32_t count;
    uint64_t first_deadline; /* of those that wait, or earlier */
};

void hyp_pending_init(struct hyp_pending *pending);

/* Adds slots and leaves their list empty. It is in order, but for those of several queues, which
 * come one after the other. */
void hyp_pending_add(struct hyp_pending *pending, struct hyp_slot_list *slots);

/* The first of those whose op is not left out; or NULL. */
struct hyp_slot *hyp_pending_first(const struct hyp_pending *pending,
                                   const bool left_out[HYP_MAX_OPS]);
/* Takes away what hyp_pending_first returned. */
void hyp_pending_remove_first(struct hyp_pending *pending, struct hyp_slot *slot);

/* Moves all for which `matches` holds to the end of a list. Looks at every one that waits. */
void hyp_pending_take(struct hyp_pending *pending,
                      bool (*matches)(const struct hyp_slot *, const void *), const void *argument,
                      struct hyp_slot_list *taken);

#endif
