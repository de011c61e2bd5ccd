/* What a member costs, measured when it joins a set. */
#include <string.h>

#include "host/src/buffer.h"
#include "host/src/dispatch/set.h"
#include "host/src/ops/op.h"

enum { KNOWN_BYTES = 65536, MOST_BYTES = 1 << 20, REPEATS = 64 };

/* A member whose smallest batch takes longer than this is not asked for a larger one: its cost is
 * in its items, and starting must not take seconds. */
static const uint64_t slow_ns = 2000000;
static const uint64_t timeout_ns = UINT64_C(20000000000);

/* Repeats the items of a batch: header and data stay, the descriptors move behind them. Returns the
 * length. */
static size_t repeat_items(uint8_t *batch, size_t bytes, const struct hyp_op_info *op,
                           uint32_t times)
{
    hyp_batch_header header;
    memcpy(&header, batch, sizeof header);
    size_t at = (bytes + 63) & ~(size_t)63;
    const uint8_t *descriptors = batch + header.descriptors_offset;
    size_t length = (size_t)header.item_count * op->descriptor_size;

    header.descriptors_offset = at;
    for (uint32_t i = 0; i < times; i++) {
        memcpy(batch + at, descriptors, length);
        at += length;
    }
    header.item_count *= times;
    header.descriptors_length = length * times;
    memcpy(batch, &header, sizeof header);
    return at;
}

/* As often as the member's limits allow. */
static uint32_t repeats_within(const hyp_op_capability *limit, const void *batch, size_t bytes,
                               const struct hyp_op_info *op)
{
    hyp_batch_header header;
    memcpy(&header, batch, sizeof header);
    uint64_t room = limit->max_input_bytes < MOST_BYTES ? limit->max_input_bytes : MOST_BYTES;
    uint64_t by_bytes = (room - bytes - 64) / ((uint64_t)header.item_count * op->descriptor_size);
    uint64_t by_items = limit->max_items / header.item_count;
    uint64_t repeats = by_bytes < by_items ? by_bytes : by_items;

    return repeats < REPEATS ? (uint32_t)repeats : REPEATS;
}

static int run(struct set_member *member, hyp_buffer *input, hyp_buffer *output, size_t bytes,
               uint64_t *ns)
{
    hyp_completion completion;
    hyp_job job = {.input = input, .output = output, .input_bytes = bytes};

    job.deadline_ns = hyp_clock_ns() + timeout_ns;
    const struct hyp_submission unchecked = {.verify = HYP_VERIFY_OFF};
    int taken = hyp_queue_submit_as(member->queue, &job, &unchecked);
    if (taken != 1) {
        return taken ? taken : HYP_EAGAIN;
    }
    hyp_queue_wait(member->queue, UINT64_MAX);
    if (hyp_queue_reap(member->queue, &completion, 1) != 1) {
        return HYP_EDEVICE;
    }
    *ns = completion.finished_ns - completion.started_ns;
    return completion.result;
}

/* The best time of some runs: what else the machine does only adds. A slow device is asked only as
 * often as it must be. */
static int run_best(struct set_member *member, hyp_buffer *input, hyp_buffer *output, size_t bytes,
                    unsigned least, uint64_t *best_ns)
{
    enum { MOST_RUNS = 5 };
    uint64_t ns = 0;
    int result = HYP_OK;

    *best_ns = UINT64_MAX;
    for (unsigned i = 0; i < MOST_RUNS && result == HYP_OK; i++) {
        if (i >= least && *best_ns > slow_ns) {
            break;
        }
        result = run(member, input, output, bytes, &ns);
        *best_ns = ns < *best_ns ? ns : *best_ns;
    }
    return result;
}

static int calibrate_op(struct set_member *member, const struct hyp_op_info *op, hyp_buffer *input,
                        hyp_buffer *output)
{
    uint8_t *batch = hyp_buffer_data(input);
    size_t bytes = hyp_known_answer_batch(op, batch, KNOWN_BYTES);
    uint64_t ns = 0;

    /* At least twice: the first run pays for cold caches and sleeping threads. */
    int result = run_best(member, input, output, bytes, 2, &ns);
    if (result) {
        return result;
    }
    set_member_learn(member, hyp_buffer_data(input), hyp_clock_ns(), ns);
    if (ns > slow_ns || !op->result_size) {
        /* Items whose results have places of their own cannot be repeated into the same places. */
        return HYP_OK;
    }
    const hyp_op_capability *limit = hyp_device_capability(member->device, op->op);
    bytes = repeat_items(batch, bytes, op, repeats_within(limit, batch, bytes, op));
    result = run_best(member, input, output, bytes, 1, &ns);
    if (result == HYP_OK) {
        set_member_learn(member, hyp_buffer_data(input), hyp_clock_ns(), ns);
    }
    return result;
}

void set_member_learn(struct set_member *member, const hyp_batch_header *batch, uint64_t now_ns,
                      uint64_t ns)
{
    const hyp_device *device = member->device;
    uint64_t known =
        device->backend->batch_cost_ns ? device->backend->batch_cost_ns(device->card, batch) : 0;

    hyp_cost_learn(&member->cost[batch->op % HYP_MAX_OPS], now_ns, hyp_cost_units(batch),
                   known ? known : ns);
}

int set_member_calibrate(struct set_member *member)
{
    const struct hyp_device_info *info = &member->device->info;
    hyp_buffer *input = NULL;
    hyp_buffer *output = NULL;

    int result = hyp_buffer_create(member->device, MOST_BYTES, &input);
    if (result == HYP_OK) {
        result = hyp_buffer_create(member->device, MOST_BYTES, &output);
    }
    for (uint32_t i = 0; i < info->op_count && result == HYP_OK; i++) {
        result = calibrate_op(member, hyp_op_find(info->ops[i].op), input, output);
    }
    hyp_buffer_destroy(input);
    hyp_buffer_destroy(output);
    return result;
}
