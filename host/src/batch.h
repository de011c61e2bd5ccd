/* The builder that every op's public batch is made of: an input and an output buffer, filled item
 * by item. */
#ifndef HYPERION_BATCH_INTERNAL_H
#define HYPERION_BATCH_INTERNAL_H

#include "hyperion/queue.h"

struct hyp_batch {
    hyp_device *device;
    hyp_buffer *input;
    hyp_buffer *output;
    hyp_op op;
    uint32_t flags;
    uint32_t max_items;
    uint32_t count;
    uint32_t descriptor_size;
    size_t data_offset; /* of the data section: fixed, behind the descriptors of max_items */
    size_t max_data;
    size_t data_used;
    size_t max_results; /* bytes, of an op whose results have sizes of their own; else 0 */
    size_t results_used;
};

/* Allocates buffers for `max_items` items, `max_data` bytes of data and, for an op whose results
 * have sizes of their own, `max_results` bytes of results. Returns 0, HYP_EINVAL, HYP_ENOTSUP (op),
 * HYP_ETOOBIG or HYP_ENOMEM. */
int hyp_batch_init(struct hyp_batch *batch, hyp_device *device, hyp_op op, uint32_t flags,
                   uint32_t max_items, size_t max_data, size_t max_results);
void hyp_batch_release(struct hyp_batch *batch);

static inline void hyp_batch_clear(struct hyp_batch *batch)
{
    batch->count = 0;
    batch->data_used = 0;
    batch->results_used = 0;
}

/* The batch as a job; writes its header. */
hyp_job hyp_batch_job(struct hyp_batch *batch, void *user);

/* Parts of the buffers. Index < max_items. */
void *hyp_batch_descriptor(const struct hyp_batch *batch, uint32_t index);
uint8_t hyp_batch_status(const struct hyp_batch *batch, uint32_t index);
const uint8_t *hyp_batch_results(const struct hyp_batch *batch);
hyp_result_counters hyp_batch_counters(const struct hyp_batch *batch);

/* Submits one job on a queue of its own and waits for it: for the blocking conveniences. Returns
 * the job's result. */
int hyp_batch_run(struct hyp_batch *batch, hyp_queue *queue, uint64_t deadline_ns);

#endif
