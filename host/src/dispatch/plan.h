/* How a batch is cut over members so that all parts end together. A pure function. */
#ifndef HYPERION_DISPATCH_PLAN_H
#define HYPERION_DISPATCH_PLAN_H

#include <stddef.h>
#include <stdint.h>

#include "host/src/dispatch/cost_model.h"

enum { HYP_PLAN_MOST_MEMBERS = 16 };

/* A member as the planner sees it. */
struct hyp_plan_member {
    struct hyp_cost cost; /* of this op */
    double busy_ns;       /* until it has done what it was given before */
    uint32_t max_items;   /* in one part; 0: takes no part */
};

/* Cuts `items` items, `units` of work in all, into shares[i] for member i. The shares add up to
 * `items` if the members can take as many; else to less, and the rest waits for the next plan.
 * Parts too small to pay for themselves are not made. Returns the number of items planned. */
uint32_t hyp_plan(const struct hyp_plan_member *members, size_t count, uint32_t items,
                  uint64_t units, uint32_t *shares);

#endif
