/* How the CPU computes each op: one entry an op, used by the CPU backend alone. */
#ifndef HYPERION_BACKEND_CPU_OPS_H
#define HYPERION_BACKEND_CPU_OPS_H

#include <stdatomic.h>
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
    uint64_t deadline_ns;
    const atomic_bool *abandoned; /* nobody waits for the result any more */
};

struct hyp_cpu_op {
    uint32_t op;

    /* Batches are cut at multiples of this many items, so that vector lanes stay full. */
    uint32_t granule;

    /* About how long the whole batch takes on one thread, from its header alone. Decides how the
     * batch is cut and whether other threads are worth waking; may be wrong by a factor of a few.
     */
    uint64_t (*cost_ns)(const hyp_batch_header *header, enum hyp_cpu_variant variant);

    /* Writes the items' statuses and results and stores how many failed. Work that can take long
     * asks hyp_cpu_work_is_pointless now and then. Returns false if it gave up because of that. */
    bool (*compute)(const struct hyp_cpu_work *work, uint32_t *failed);
};

/* NULL for an op that the CPU does not have. */
const struct hyp_cpu_op *hyp_cpu_op_find(uint32_t op);

/* All ops of the CPU; the last entry is NULL. */
extern const struct hyp_cpu_op *const hyp_cpu_ops[];

/* Whether the batch was abandoned or its deadline has passed. Costs a look at the clock. */
static inline bool hyp_cpu_work_is_pointless(const struct hyp_cpu_work *work)
{
    return atomic_load_explicit(work->abandoned, memory_order_relaxed) ||
           hyp_clock_ns() >= work->deadline_ns;
}

#endif
