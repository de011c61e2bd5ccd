/* Attempts: ranges on their way through a member, one alone or several joined. */
#include <stdlib.h>
#include <string.h>

#include "host/src/backend/cpu_ops.h"
#include "host/src/backend/cpu_scheduler.h"
#include "host/src/buffer.h"
#include "host/src/dispatch/set.h"
#include "host/src/ops/op.h"

/* What is kept back of a job's time so that a range can still be done elsewhere: the time it should
 * take there and half as much, and for what nobody can foresee a share of all the time there is, up
 * to the most. */
static const double reserve_factor = 1.5;
static const double reserve_share = 0.25;
static const double most_reserve_ns = 1e9;

static void free_attempt(struct set_attempt *attempt)
{
    if (!attempt->in_place) {
        hyp_buffer_destroy(attempt->input);
        hyp_buffer_destroy(attempt->output);
    }
    free(attempt);
}

void set_spares_free(struct set_member *member)
{
    while (member->spare) {
        struct set_attempt *spare = member->spare;
        member->spare = spare->next;
        free_attempt(spare);
    }
}

static size_t round_to_power(size_t bytes)
{
    size_t power = 65536;
    while (power < bytes) {
        power *= 2;
    }
    return power;
}

/* An attempt with buffers that hold at least so much; an old one if it fits. */
static struct set_attempt *take_attempt(struct set_member *member, size_t input_bytes,
                                        size_t output_bytes)
{
    for (struct set_attempt **link = &member->spare; *link; link = &(*link)->next) {
        struct set_attempt *spare = *link;
        if (hyp_buffer_size(spare->input) >= input_bytes &&
            hyp_buffer_size(spare->output) >= output_bytes) {
            *link = spare->next;
            return spare;
        }
    }
    /* What does not fit is given back before more is taken: the spares stay few. */
    set_spares_free(member);
    struct set_attempt *made = calloc(1, sizeof *made);
    if (made && (hyp_buffer_create(member->device, round_to_power(input_bytes), &made->input) ||
                 hyp_buffer_create(member->device, round_to_power(output_bytes), &made->output))) {
        free_attempt(made);
        made = NULL;
    }
    return made;
}

/* An attempt that works on the caller's memory itself: for the CPU, which never writes late, nor
 * outside its range. */
static struct set_attempt *attempt_in_place(const struct set_range *range,
                                            const struct set_member *member)
{
    const struct hyp_run *run = range->job->run;
    struct {
        struct set_attempt attempt;
        hyp_buffer input;
        hyp_buffer output;
    } *made = calloc(1, sizeof *made);

    if (!made) {
        return NULL;
    }
    made->input = (hyp_buffer){member->device, *run->input};
    made->output = (hyp_buffer){member->device, *run->output};
    made->attempt.input = &made->input;
    made->attempt.output = &made->output;
    made->attempt.in_place = true;
    /* What the part costs is told by this header; the CPU goes by the job's own. */
    hyp_batch_header *header = &made->attempt.header;
    uint64_t all = range->job->header.item_count;
    uint64_t items = range->last - range->first;
    *header = range->job->header;
    header->item_count = (uint32_t)items;
    header->data_length = (uint64_t)((double)header->data_length * (double)items / (double)all);
    header->result_beats = (uint32_t)(header->result_beats * items / all);
    return &made->attempt;
}

/* An attempt on a copy of the ranges' items. */
static struct set_attempt *attempt_on_copy(struct set_range *const *ranges, unsigned count,
                                           struct set_member *member, size_t *input_bytes)
{
    const hyp_batch_header *header = &ranges[0]->job->header;
    const struct hyp_op_info *op = hyp_op_find(header->op);
    const hyp_op_capability *limit = hyp_device_capability(member->device, (hyp_op)header->op);
    struct hyp_slice slices[SET_MOST_PARTS];
    hyp_batch_header gathered = *header;

    gathered.result_beats = 0;
    for (unsigned i = 0; i < count; i++) {
        const struct set_job *job = ranges[i]->job;
        slices[i] = (struct hyp_slice){&job->header, job->run->input->data, ranges[i]->first,
                                       ranges[i]->last};
        gathered.result_beats += job->header.result_beats; /* as many at most */
    }
    gathered.item_count = hyp_slices_items(slices, count);
    *input_bytes = op->gather(slices, count, 0, NULL, 0);
    if (*input_bytes > limit->max_input_bytes || gathered.item_count > limit->max_items) {
        return NULL;
    }
    struct set_attempt *attempt =
        take_attempt(member, *input_bytes, hyp_batch_output_bytes(&gathered));
    if (attempt) {
        uint64_t sequence = atomic_fetch_add(&member->device->context->next_id, 1) |
                            (header->sequence & HYP_SEQUENCE_TRIAL);
        op->gather(slices, count, sequence, hyp_buffer_data(attempt->input),
                   hyp_buffer_size(attempt->input));
        memcpy(&attempt->header, hyp_buffer_data(attempt->input), sizeof attempt->header);
    }
    return attempt;
}

/* How long to wait for a member where the deadline is far: many times what the work should take, so
 * that no busy machine is taken for a dead card. */
static double patience_ns(const struct set_member *member, uint32_t op, uint64_t units)
{
    static const double least_ns = 1e10;
    static const double factor = 30;
    struct hyp_cost cost = hyp_cost_estimate(&member->cost[op % HYP_MAX_OPS]);
    double ns = factor * (member->busy_ns + cost.fixed_ns + cost.unit_ns * (double)units);

    return ns > least_ns ? ns : least_ns;
}

/* When to stop waiting for this member: late enough that it had its chance, early enough that
 * another can still do the work before the job's deadline. Never, where there is no other. */
static uint64_t give_up_time(const struct set *set, const struct set_range *range, unsigned member,
                             uint64_t units, uint64_t now)
{
    uint64_t deadline = range->job->run->deadline_ns;
    uint32_t op = range->job->header.op;
    double rerun = 0;

    for (unsigned i = 0; i < set->member_count; i++) {
        const struct set_member *other = &set->members[i];
        if (i == member || range->tried >> i & 1 || !set_member_can(other, op)) {
            continue;
        }
        struct hyp_cost cost = hyp_cost_estimate(&other->cost[op % HYP_MAX_OPS]);
        double ns = cost.fixed_ns + cost.unit_ns * (double)units;
        rerun = rerun == 0 || ns < rerun ? ns : rerun;
    }
    if (rerun == 0 || set->members[member].device->info.kind == HYP_DEVICE_CPU) {
        return deadline;
    }
    double left = deadline > now ? (double)(deadline - now) : 0;
    double unforeseen =
        left * reserve_share < most_reserve_ns ? left * reserve_share : most_reserve_ns;
    double reserve = rerun * reserve_factor + unforeseen;
    double most = patience_ns(&set->members[member], op, units);
    double wait = reserve < left / 2 ? left - reserve : left / 2;
    return now + (uint64_t)(wait < most ? wait : most);
}

static void undo_start(struct set_member *member, struct set_attempt *attempt)
{
    if (attempt->in_place) {
        free_attempt(attempt);
    } else {
        attempt->next = member->spare;
        member->spare = attempt;
    }
}

/* Whether to compute a whole batch here and now: on an idle CPU, where handing it to another thread
 * and back would take longer than it does, and where the CPU would not share all such batches among
 * its threads. */
static bool is_for_this_thread(const struct set *set, const struct set_range *range,
                               const struct set_member *member)
{
    static const double most_ns = 40000;
    const struct set_job *job = range->job;
    struct hyp_cost cost = hyp_cost_estimate(&member->cost[job->header.op % HYP_MAX_OPS]);

    if (member->live || member->device->backend != &hyp_backend_cpu ||
        cost.fixed_ns + cost.unit_ns * (double)hyp_cost_units(&job->header) > most_ns) {
        return false;
    }
    uint64_t one_thread_ns =
        hyp_cpu_scheduler_estimate_ns(&job->header, job->run->input->data, member->device->context);
    return member->device->context->cpu_threads == 1 ||
           2 * one_thread_ns * set->active_count < HYP_CPU_WORTH_WAKING_NS;
}

static void compute_here(struct set *set, struct set_range *range, unsigned index)
{
    struct set_member *member = &set->members[index];
    struct set_job *job = range->job;
    struct hyp_slot slot = {.run = *job->run, .header = job->header};
    const struct hyp_cpu_work work = {
        .header = &job->header,
        .input = job->run->input->data,
        .resident = job->run->resident,
        .output = job->run->output->data,
        .last = job->header.item_count,
        .parts = 1,
        .context = member->device->context,
        .yield_ns = UINT64_MAX,
    };

    slot.completion.submitted_ns = slot.completion.started_ns = hyp_clock_ns();
    hyp_cpu_op_find(job->header.op)->compute(&work, &slot.completion.items_failed);
    slot.completion.finished_ns = hyp_clock_ns();
    set_member_learn(member, &job->header, slot.completion.finished_ns,
                     slot.completion.finished_ns - slot.completion.started_ns);
    set->computed_here = true;
    hyp_statistics_completed(&member->device->statistics, &slot, 0);
    range->tried |= 1u << index;
    range->done = true;
    range->done_by = index;
    job->undone--;
}

/* The batch for a member: the caller's own memory for the CPU, else a copy. */
static struct set_attempt *make_attempt(struct set *set, struct set_range *const *ranges,
                                        unsigned count, unsigned index, size_t *input_bytes)
{
    struct set_member *member = &set->members[index];
    bool in_place = !ranges[0]->shadow && member->device->backend == &hyp_backend_cpu;
    struct set_attempt *attempt = in_place ? attempt_in_place(ranges[0], member)
                                           : attempt_on_copy(ranges, count, member, input_bytes);
    if (!attempt) {
        return NULL;
    }
    attempt->member = index;
    attempt->given_up = false;
    attempt->part_count = count;
    attempt->units = hyp_cost_units(&attempt->header);
    uint64_t now = hyp_clock_ns();
    uint32_t at = 0;
    for (unsigned i = 0; i < count; i++) {
        struct set_range *range = ranges[i];
        attempt->parts[i] = (struct set_part){range, at};
        at += range->last - range->first;
        uint64_t give_up_ns = give_up_time(set, range, index, attempt->units, now);
        attempt->give_up_ns =
            i && attempt->give_up_ns < give_up_ns ? attempt->give_up_ns : give_up_ns;
    }
    struct hyp_cost cost = hyp_cost_estimate(&member->cost[attempt->header.op % HYP_MAX_OPS]);
    attempt->estimate_ns = cost.fixed_ns + cost.unit_ns * (double)attempt->units;
    return attempt;
}

/* A member has taken the attempt. */
static void book(struct set *set, struct set_attempt *attempt)
{
    struct set_member *member = &set->members[attempt->member];

    attempt->next = set->attempts;
    set->attempts = attempt;
    member->live++;
    member->busy_ns += attempt->estimate_ns;
    hyp_health_started(&member->health);
    for (unsigned i = 0; i < attempt->part_count; i++) {
        struct set_range *range = attempt->parts[i].range;
        if (range->tried && !range->shadow) {
            hyp_emit(set->context, HYP_EVENT_REDONE, member->device->info.name, attempt->header.op,
                     0, "%s: does %u items that another had no result for",
                     member->device->info.name, range->last - range->first);
        }
        set_range_unbook(set, range);
        range->tried |= 1u << attempt->member;
        range->held_ns = 0;
        range->live++;
        range->job->attempts++;
        range->job->in_place += attempt->in_place;
    }
}

int set_attempt_start(struct set *set, struct set_range *const *ranges, unsigned count,
                      unsigned index)
{
    struct set_member *member = &set->members[index];
    const struct set_range *range = ranges[0];
    const struct set_job *job = range->job;
    bool whole = range->first == 0 && range->last == job->header.item_count;

    if (whole && !range->shadow && is_for_this_thread(set, range, member)) {
        set_range_unbook(set, ranges[0]);
        compute_here(set, ranges[0], index);
        return HYP_OK;
    }
    size_t input_bytes = job->run->input_bytes;
    struct set_attempt *attempt = make_attempt(set, ranges, count, index, &input_bytes);
    if (!attempt) {
        return HYP_ETOOBIG;
    }
    const hyp_job member_job = {
        .input = attempt->input,
        .output = attempt->output,
        .input_bytes = input_bytes,
        .deadline_ns = attempt->give_up_ns,
        .user = attempt,
    };
    struct hyp_submission submission = {.verify = job->run->verify};
    if (range->shadow && submission.verify == HYP_VERIFY_STRICT) {
        submission.verify = HYP_VERIFY_SAMPLED;
    }
    if (attempt->in_place && !whole) {
        submission.first_item = range->first;
        submission.last_item = range->last;
    }
    int taken = hyp_queue_submit_as(member->queue, &member_job, &submission);
    if (taken != 1) {
        undo_start(member, attempt);
        return taken ? taken : HYP_EAGAIN;
    }
    book(set, attempt);
    return HYP_OK;
}

/* Copies one result of an op whose results have sizes of their own. The job's memory may change
 * while it is read: both regions are inside their buffers, and the shorter counts. */
static void merge_one(const struct set_attempt *attempt, const struct set_part *part,
                      uint32_t index)
{
    const struct set_range *range = part->range;
    const struct set_job *job = range->job;
    uint64_t from;
    uint64_t from_length;
    uint64_t to;
    uint64_t to_length;

    if (hyp_result_region(&attempt->header, hyp_buffer_data(attempt->input), part->at + index,
                          &from, &from_length) &&
        hyp_result_region(&job->header, job->run->input->data, range->first + index, &to,
                          &to_length)) {
        memcpy((uint8_t *)job->run->output->data + to,
               (const uint8_t *)hyp_buffer_data(attempt->output) + from,
               from_length < to_length ? from_length : to_length);
    }
}

/* Copies statuses and results of a part to their place in the caller's output. */
static void merge(const struct set_attempt *attempt, const struct set_part *part)
{
    const struct set_range *range = part->range;
    const struct hyp_op_info *op = hyp_op_find(attempt->header.op);
    uint32_t count = range->last - range->first;
    const uint8_t *from = hyp_buffer_data(attempt->output);
    uint8_t *to = range->job->run->output->data;

    memcpy(to + HYP_STATUS_OFFSET + range->first, from + HYP_STATUS_OFFSET + part->at, count);
    if (op->result_size) {
        size_t size = op->result_size(attempt->header.flags);
        memcpy(to + hyp_results_offset(range->job->header.item_count) + range->first * size,
               from + hyp_results_offset(attempt->header.item_count) + part->at * size,
               count * size);
        return;
    }
    for (uint32_t i = 0; i < count; i++) {
        merge_one(attempt, part, i);
    }
}

/* A member that lied has lied before, perhaps: what it did of jobs not yet handed over is done
 * again. */
static void distrust(struct set *set, unsigned member)
{
    for (size_t i = 0; i < SET_MOST_JOBS; i++) {
        struct set_job *job = &set->jobs[i];
        for (unsigned r = 0; job->run && r < job->range_count; r++) {
            if (job->ranges[r].done && !job->ranges[r].shadow && job->ranges[r].done_by == member) {
                job->ranges[r].done = false;
                job->undone++;
            }
        }
    }
}

/* A CPU that is late is busy, or was asked for too much, and without it nothing can be redone. */
static void was_late(struct set_member *member, uint64_t now_ns)
{
    if (member->device->info.kind != HYP_DEVICE_CPU) {
        hyp_health_failed(&member->health, now_ns);
    }
}

/* What waited behind other attempts of the same member did not cost that: an attempt costs the time
 * since the one before it ended, so that costs add up. */
static void learn(struct set_member *member, const struct set_attempt *attempt,
                  const hyp_completion *completion)
{
    uint64_t begin =
        completion->started_ns > member->finished_ns ? completion->started_ns : member->finished_ns;

    if (completion->finished_ns > begin) {
        set_member_learn(member, &attempt->header, completion->finished_ns,
                         completion->finished_ns - begin);
        member->finished_ns = completion->finished_ns;
    }
}

static void judge(struct set *set, const struct set_attempt *attempt,
                  const hyp_completion *completion)
{
    struct set_member *member = &set->members[attempt->member];

    switch (completion->result) {
    case HYP_OK:
        learn(member, attempt, completion);
        hyp_health_succeeded(&member->health);
        break;
    case HYP_EMISMATCH:
        distrust(set, attempt->member);
        hyp_health_failed(&member->health, hyp_clock_ns());
        break;
    case HYP_ETIMEDOUT:
        was_late(member, hyp_clock_ns());
        break;
    case HYP_EDEVICE:
        hyp_health_failed(&member->health, hyp_clock_ns());
        break;
    default: /* this batch was not for this member: says nothing of its health */
        break;
    }
    set_member_show(set, member);
}

/* One of the attempt's ranges has its result, or none from here. */
static void finish_part(struct set *set, const struct set_attempt *attempt,
                        const struct set_part *part, int result)
{
    struct set_range *range = part->range;
    struct set_job *job = range->job;

    job->attempts--;
    job->in_place -= attempt->in_place;
    range->live -= !attempt->given_up;
    if (result == HYP_OK && job->run && !range->done) {
        if (!attempt->in_place) {
            merge(attempt, part);
        }
        range->done = true;
        range->done_by = attempt->member;
        job->undone--;
    }
    if (job->run) {
        set_job_settle(set, job);
    }
}

void set_attempt_finish(struct set *set, struct set_attempt *attempt,
                        const hyp_completion *completion)
{
    struct set_member *member = &set->members[attempt->member];

    struct set_attempt **link = &set->attempts;
    while (*link != attempt) {
        link = &(*link)->next;
    }
    *link = attempt->next;
    member->live--;
    member->busy_ns = member->live ? member->busy_ns - attempt->estimate_ns : 0;
    judge(set, attempt, completion);
    if (completion->result && !attempt->given_up && !attempt->parts[0].range->shadow) {
        hyp_statistics_retry(&member->device->statistics, attempt->header.op);
    }
    for (unsigned i = 0; i < attempt->part_count; i++) {
        finish_part(set, attempt, &attempt->parts[i], completion->result);
    }
    undo_start(member, attempt);
}

static void give_up(struct set *set, struct set_attempt *attempt, uint64_t now_ns)
{
    struct set_member *member = &set->members[attempt->member];
    const char *name = member->device->info.name;

    attempt->given_up = true;
    for (unsigned i = 0; i < attempt->part_count; i++) {
        attempt->parts[i].range->live--;
    }
    was_late(member, now_ns);
    hyp_statistics_retry(&member->device->statistics, attempt->header.op);
    hyp_emit(set->context, HYP_EVENT_LATE, name, attempt->header.op, HYP_ETIMEDOUT,
             "%s: %u items have had no result for too long", name, attempt->header.item_count);
    set_member_show(set, member);
}

void set_attempts_give_up(struct set *set, uint64_t now_ns)
{
    for (struct set_attempt *attempt = set->attempts; attempt; attempt = attempt->next) {
        if (!attempt->given_up && now_ns >= attempt->give_up_ns) {
            give_up(set, attempt, now_ns);
        }
    }
}
