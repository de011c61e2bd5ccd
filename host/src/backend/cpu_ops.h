/* How the CPU computes each op: one entry an op, used by the CPU backend alone. */
#ifndef HYPERION_BACKEND_CPU_OPS_H
#define HYPERION_BACKEND_CPU_OPS_H

#include <stdbool.h>
#include <stdint.h>

#include "host/src/context.h"
#include "hyperion/batch.h"

/* Items [first, last) of one batch, computed by one thread. */
struct hyp_cpu_work {
    const hyp_batch_header *header; /* a checked copy */
    const uint8_t *input;
    uint8_t *output;
    uint32_t first;
    uint32_t last;
    enum hyp_cpu_variant variant;
    uint64_t yield_ns; /* when to stop early (CLOCK_MONOTONIC) */
};

struct hyp_cpu_op {
    uint32_t op;

    /* Batches are cut at multiples of this many items, so that vector lanes stay full. */
    uint32_t granule;

    /* About how long the whole batch takes on one thread, from its header alone. Decides how the
     * batch is cut and whether other threads are worth waking; may be wrong by a factor of a few.
     */
    uint64_t (*cost_ns)(const hyp_batch_header *header, enum hyp_cpu_variant variant);

    /* Writes the items' statuses and results, from the first on, and stores how many failed.
     * Returns how many it did, at least one: fewer than all if the work lasts beyond yield_ns. The
     * rest is handed out again; what was written of it does not matter. */
    uint32_t (*compute)(const struct hyp_cpu_work *work, uint32_t *failed);
};

/* NULL for an op that the CPU does not have. */
const struct hyp_cpu_op *hyp_cpu_op_find(uint32_t op);

/* All ops of the CPU; the last entry is NULL. */
extern const struct hyp_cpu_op *const hyp_cpu_ops[];

/* Whether it is time to stop. Costs a look at the clock. */
static inline bool hyp_cpu_work_should_yield(const struct hyp_cpu_work *work)
{
    return hyp_clock_ns() >= work->yield_ns;
}

#endif
