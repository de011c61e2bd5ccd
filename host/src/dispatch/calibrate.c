/* What a member costs, measured when it joins a set. */
#include <stdlib.h>
#include <string.h>

#include "host/src/buffer.h"
#include "host/src/dispatch/set.h"
#include "host/src/ops/op.h"

enum { KNOWN_BYTES = 65536, MOST_BYTES = 1 << 20, REPEATS = 64 };

/* Memory to measure with. */
struct trial {
    uint8_t *items; /* a batch, from which the member is given a copy, as of every job */
    uint8_t *results;
    hyp_buffer *input;
    hyp_buffer *output;
};

/* A member whose smallest batch takes longer than this is not asked for a larger one: its cost is
 * in its items, and starting must not take seconds. */
static const uint64_t slow_ns = 2000000;
static const uint64_t timeout_ns = UINT64_C(20000000000);

/* Repeats the items of a batch: header and data stay, the descriptors move behind them. */
static void repeat_items(uint8_t *batch, size_t bytes, const struct hyp_op_info *op, uint32_t times)
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
}

/* A copy of the batch, as of every job that is given to a member. Returns its length. */
static size_t copy_items(const struct trial *trial)
{
    hyp_batch_header header;

    memcpy(&header, trial->items, sizeof header);
    const struct hyp_slice all = {&header, trial->items, 0, header.item_count};
    return hyp_op_find(header.op)->gather(&all, 1, header.sequence, hyp_buffer_data(trial->input),
                                          MOST_BYTES);
}

/* As often as the member's limits allow. */
static uint32_t repeats_within(const hyp_op_capability *limit, const struct trial *trial)
{
    hyp_batch_header header;

    memcpy(&header, trial->items, sizeof header);
    uint64_t room = limit->max_input_bytes < MOST_BYTES ? limit->max_input_bytes : MOST_BYTES;
    uint64_t by_bytes = room / copy_items(trial);
    uint64_t by_items = limit->max_items / header.item_count;
    uint64_t repeats = by_bytes < by_items ? by_bytes : by_items;

    return repeats < REPEATS ? (uint32_t)repeats : REPEATS;
}

/* What one run took: by the clock, and of the host's processors. */
struct times {
    uint64_t ns;
    uint64_t host_ns;
};

/* Of this thread and the member's. */
static uint64_t processor_ns(const struct set_member *member)
{
    return set_processor_ns() + set_member_processor_ns(member);
}

static int run(struct set_member *member, const struct trial *trial, struct times *times)
{
    hyp_completion completion;
    hyp_job job = {.input = trial->input, .output = trial->output};
    hyp_batch_header header;

    uint64_t before = processor_ns(member);
    job.input_bytes = copy_items(trial);
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
    memcpy(&header, hyp_buffer_data(trial->input), sizeof header);
    memcpy(trial->results, hyp_buffer_data(trial->output), hyp_batch_output_bytes(&header));
    times->host_ns = processor_ns(member) - before;
    times->ns = completion.finished_ns - completion.started_ns;
    return completion.result;
}

static void keep_best(uint64_t *best, uint64_t ns)
{
    *best = ns < *best ? ns : *best;
}

/* The best times of some runs: what else the machine does only adds. A slow device is asked only as
 * often as it must be. */
static int run_best(struct set_member *member, const struct trial *trial, unsigned least,
                    struct times *best)
{
    enum { MOST_RUNS = 5 };
    struct times times = {0, 0};
    int result = HYP_OK;

    *best = (struct times){UINT64_MAX, UINT64_MAX};
    for (unsigned i = 0; i < MOST_RUNS && result == HYP_OK; i++) {
        if (i >= least && best->ns > slow_ns) {
            break;
        }
        result = run(member, trial, &times);
        keep_best(&best->ns, times.ns);
        keep_best(&best->host_ns, times.host_ns);
    }
    return result;
}

static int measure(struct set_member *member, const struct trial *trial, unsigned least,
                   struct times *best)
{
    int result = run_best(member, trial, least, best);

    if (result == HYP_OK) {
        hyp_batch_header header;
        uint64_t now = hyp_clock_ns();
        memcpy(&header, hyp_buffer_data(trial->input), sizeof header);
        set_member_learn(member, &header, now, best->ns);
        set_feeding_learn(member, &header, now, best->host_ns);
    }
    return result;
}

static int calibrate_op(struct set_member *member, const struct hyp_op_info *op,
                        const struct trial *trial)
{
    size_t bytes = hyp_known_answer_batch(op, trial->items, KNOWN_BYTES);
    struct times best;

    /* At least twice: the first run pays for cold caches and sleeping threads. */
    int result = measure(member, trial, 2, &best);
    /* Items whose results have places of their own cannot be repeated into the same places. */
    if (result || best.ns > slow_ns || !op->result_size) {
        return result;
    }
    const hyp_op_capability *limit = hyp_device_capability(member->device, op->op);
    repeat_items(trial->items, bytes, op, repeats_within(limit, trial));
    return measure(member, trial, 1, &best);
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
    struct trial trial = {.items = malloc(MOST_BYTES), .results = malloc(MOST_BYTES)};

    int result = trial.items && trial.results
                     ? hyp_buffer_create(member->device, MOST_BYTES, &trial.input)
                     : HYP_ENOMEM;
    if (result == HYP_OK) {
        result = hyp_buffer_create(member->device, MOST_BYTES, &trial.output);
    }
    for (uint32_t i = 0; i < info->op_count && result == HYP_OK; i++) {
        result = calibrate_op(member, hyp_op_find(info->ops[i].op), &trial);
    }
    hyp_buffer_destroy(trial.input);
    hyp_buffer_destroy(trial.output);
    free(trial.items);
    free(trial.results);
    member->processor_ns = set_member_processor_ns(member);
    return result;
}
