#include "host/src/batch.h"

#include <stdatomic.h>
#include <string.h>

#include "host/src/device.h"
#include "host/src/ops/op.h"

static size_t round_up(size_t bytes, size_t alignment)
{
    return (bytes + alignment - 1) & ~(alignment - 1);
}

int hyp_batch_init(struct hyp_batch *batch, hyp_device *device, hyp_op op, uint32_t flags,
                   uint32_t max_items, size_t max_data, size_t max_results)
{
    const struct hyp_op_info *info = hyp_op_find(op);
    size_t input_bytes;

    if (!device || !info || max_items == 0) {
        return HYP_EINVAL;
    }
    const hyp_op_capability *capability = hyp_device_capability(device, op);
    if (!capability) {
        return HYP_ENOTSUP;
    }
    if (max_items > capability->max_items ||
        max_results > (size_t)UINT32_MAX * HYP_SECTION_ALIGNMENT) {
        return HYP_ETOOBIG;
    }
    /* At most 2^24 items of at most 128 bytes: no overflow before the data. */
    size_t data_offset =
        round_up(sizeof(hyp_batch_header) + (size_t)max_items * info->descriptor_size,
                 HYP_SECTION_ALIGNMENT);
    if (__builtin_add_overflow(data_offset, max_data, &input_bytes) ||
        input_bytes > capability->max_input_bytes) {
        return HYP_ETOOBIG;
    }
    *batch = (struct hyp_batch){
        .device = device,
        .op = op,
        .flags = flags,
        .max_items = max_items,
        .descriptor_size = info->descriptor_size,
        .data_offset = data_offset,
        .max_data = max_data,
        .max_results = round_up(max_results, HYP_SECTION_ALIGNMENT),
    };
    hyp_batch_header largest = {
        .op = (uint16_t)op,
        .flags = flags,
        .item_count = max_items,
        .result_beats = (uint32_t)(batch->max_results / HYP_SECTION_ALIGNMENT),
    };
    int result = hyp_buffer_create(device, input_bytes, &batch->input);
    if (result == HYP_OK) {
        result = hyp_buffer_create(device, hyp_batch_output_bytes(&largest), &batch->output);
    }
    if (result) {
        hyp_batch_release(batch);
    }
    return result;
}

void hyp_batch_release(struct hyp_batch *batch)
{
    hyp_buffer_destroy(batch->input);
    hyp_buffer_destroy(batch->output);
    batch->input = NULL;
    batch->output = NULL;
}

hyp_job hyp_batch_job(struct hyp_batch *batch, void *user)
{
    hyp_batch_header header = {
        .magic = HYP_BATCH_INPUT_MAGIC,
        .layout_version = HYP_BATCH_LAYOUT_VERSION,
        .op = (uint16_t)batch->op,
        .flags = batch->flags,
        .item_count = batch->count,
        .sequence = atomic_fetch_add(&batch->device->context->next_id, 1),
        .descriptors_offset = sizeof header,
        .descriptors_length = (uint64_t)batch->count * batch->descriptor_size,
        .data_offset = batch->data_offset,
        .data_length = batch->data_used,
        .result_beats = (uint32_t)(round_up(batch->results_used, HYP_SECTION_ALIGNMENT) /
                                   HYP_SECTION_ALIGNMENT),
    };
    memcpy(hyp_buffer_data(batch->input), &header, sizeof header);
    return (hyp_job){
        .input = batch->input,
        .output = batch->output,
        .input_bytes = batch->data_offset + batch->data_used,
        .user = user,
    };
}

void *hyp_batch_descriptor(const struct hyp_batch *batch, uint32_t index)
{
    return (uint8_t *)hyp_buffer_data(batch->input) + sizeof(hyp_batch_header) +
           (size_t)index * batch->descriptor_size;
}

uint8_t hyp_batch_status(const struct hyp_batch *batch, uint32_t index)
{
    return ((const uint8_t *)hyp_buffer_data(batch->output))[HYP_STATUS_OFFSET + index];
}

const uint8_t *hyp_batch_results(const struct hyp_batch *batch)
{
    return (const uint8_t *)hyp_buffer_data(batch->output) + hyp_results_offset(batch->count);
}

hyp_result_counters hyp_batch_counters(const struct hyp_batch *batch)
{
    hyp_result_counters counters;
    memcpy(&counters, (const uint8_t *)hyp_buffer_data(batch->output) + sizeof(hyp_result_header),
           sizeof counters);
    return counters;
}

int hyp_batch_run(struct hyp_batch *batch, hyp_queue *queue, uint64_t deadline_ns)
{
    hyp_completion completion;
    hyp_job job = hyp_batch_job(batch, NULL);

    job.deadline_ns = deadline_ns;
    int accepted = hyp_queue_submit(queue, &job, 1);
    if (accepted != 1) {
        return accepted ? accepted : HYP_EAGAIN;
    }
    /* The engine completes every job by its deadline; this wait needs none of its own. */
    while (hyp_queue_reap(queue, &completion, 1) == 0) {
        hyp_queue_wait(queue, UINT64_MAX / 2);
    }
    return completion.result;
}
