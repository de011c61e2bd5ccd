/* What a batch costs on a member: a line, a + b · units, learned from what batches took. */
#ifndef HYPERION_DISPATCH_COST_MODEL_H
#define HYPERION_DISPATCH_COST_MODEL_H

#include <stdint.h>

#include "hyperion/batch.h"

/* How much work a batch is, in units that cost about the same on a device: keccak256: permutations;
 * ecrecover: items;
 * matmul: items and the pages that they read and write. From the header and the length alone. */
uint64_t hyp_cost_units(const hyp_batch_header *header);

/* Both are at least 0, the second more than 0. */
struct hyp_cost {
    double fixed_ns;
    double unit_ns;
};

/* Least squares over completions, the older ones fading. */
struct hyp_cost_model {
    struct hyp_cost cost; /* what was learned */
    uint64_t learned_ns;  /* when it last learned something */
    double weight;
    double sum_units;
    double sum_ns;
    double sum_units_squared;
    double sum_units_ns;
};

/* One completion at `now_ns`: `units` of work took `ns`. What was learned long before weighs little
 * beside it, so that a few completions mend a bad beginning. */
void hyp_cost_learn(struct hyp_cost_model *model, uint64_t now_ns, uint64_t units, uint64_t ns);

/* The line. Before anything was learned 10 µs + 1 µs a unit. */
struct hyp_cost hyp_cost_estimate(const struct hyp_cost_model *model);

#endif
