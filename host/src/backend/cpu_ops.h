/* How the CPU computes each op: one entry an op, used by the CPU backend alone. */
#ifndef HYPERION_BACKEND_CPU_OPS_H
#define HYPERION_BACKEND_CPU_OPS_H

#include <stdbool.h>
#include <stdint.h>

#include "host/src/backend/backend.h"
#include "host/src/context.h"
#include "hyperion/batch.h"

/* Items [first, last) of one batch, computed by one thread. */
struct hyp_cpu_work {
    const hyp_batch_header *header; /* a checked copy */
    const uint8_t *input;
    const struct hyp_memory *resident; /* or NULL */
    uint8_t *output;
    uint32_t first; /* these two count parts where items are cut into parts */
    uint32_t last;
    uint32_t parts; /* of an item; 1 or 0 where they are whole */
    const hyp_context *context;
    uint64_t yield_ns; /* when to stop early (CLOCK_MONOTONIC) */
};

/* How a batch is cut into chunks for threads. */
struct hyp_cpu_plan {
    uint64_t item_ps; /* about how long an item takes, in picoseconds; may be wrong by a factor */
    uint32_t granule; /* chunks begin at multiples of this many items: vector lanes stay full */
    uint32_t least_items; /* of a chunk */
    uint32_t most_items;
    uint32_t
        first_items; /* of a long batch's first chunk, so that it is done early; 0: as others */
    uint32_t
        parts; /* items are cut into so many, and what is said above is said of these; 0: not cut */
    uint32_t shares; /* a chunk is what is left ÷ (shares × threads): 1 where items cost the same */
};

struct hyp_cpu_op {
    uint32_t op;

    /* From the header, which has at least one item and was checked, and from the descriptors, which
     * were not. */
    struct hyp_cpu_plan (*plan)(const hyp_batch_header *header, const uint8_t *input,
                                const hyp_context *context);

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
