/* What the set's own thread computes.
 *
 * Handing a batch to the CPU's thread and waking for the answer takes longer than small batches do.
 * So the set has a scheduler of the CPU's kind for them, and its thread computes chunk by chunk
 * between looking after its other members. */
#include <string.h>

#include "host/src/backend/cpu_ops.h"
#include "host/src/backend/cpu_scheduler.h"
#include "host/src/buffer.h"
#include "host/src/dispatch/set.h"

/* What takes the CPU longer is left to the CPU's own thread, so that cards are not kept waiting. */
static const double most_ns = 300000;
/* How often to look after the other members while computing. */
static const uint64_t glance_ns = 50000;
/* No other member can do anything for what takes the CPU no longer than this (plan.c). */
static const double at_once_ns = 15000;
/* A batch that turns out to be longer than it looked, because an attacker made it so perhaps, is
 * done as others are. */
static const uint64_t yield_after_ns = 1000000;

/* The CPU, if it would be done with the job before any other member, and so soon that neither
 * they nor its other threads are worth waking for this and what waits with it. */
static struct set_member *cpu_for_at_once(struct set *set, const struct set_job *job)
{
    double units = (double)hyp_cost_units(&job->header);
    struct set_member *cpu = NULL;
    double cpu_ns = 0;
    double other_ns = at_once_ns;

    for (unsigned i = 0; i < set->member_count; i++) {
        struct set_member *member = &set->members[i];
        if (member->health.state != HYP_HEALTH_READY || !set_member_can(member, job->header.op)) {
            continue;
        }
        struct hyp_cost cost = hyp_cost_estimate(&member->cost[job->header.op % HYP_MAX_OPS]);
        double ns = member->busy_ns + member->booked_ns + cost.fixed_ns + cost.unit_ns * units;
        if (set_member_is_cpu(member)) {
            cpu = member;
            cpu_ns = ns;
        } else {
            other_ns = ns < other_ns ? ns : other_ns;
        }
    }
    return cpu_ns <= other_ns && cpu_ns * set->active_count < HYP_CPU_WORTH_WAKING_NS ? cpu : NULL;
}

/* Whether the items themselves are short, whatever was learned from others: one that is long, a
 * product say, is not stopped halfway. */
static bool is_short(const struct set *set, const struct set_job *job)
{
    const hyp_batch_header *header = &job->header;

    if (header->item_count == 0) {
        return true;
    }
    const struct hyp_cpu_plan plan =
        hyp_cpu_op_find(header->op)->plan(header, job->run->input->data, set->context);
    uint64_t parts = plan.parts ? plan.parts : 1;
    return plan.item_ps <= yield_after_ns * 1000 / (header->item_count * parts);
}

bool set_compute_at_once(struct set *set, struct set_job *job, uint64_t now)
{
    struct set_member *member =
        set->scheduler && set->split != HYP_SPLIT_EVENLY ? cpu_for_at_once(set, job) : NULL;

    if (!member || !is_short(set, job)) {
        return false;
    }
    struct hyp_slot slot = {.run = *job->run, .header = job->header};
    const struct hyp_cpu_work work = {
        .header = &job->header,
        .input = job->run->input->data,
        .resident = job->run->resident,
        .output = job->run->output->data,
        .last = job->header.item_count,
        .parts = 1,
        .context = set->context,
        .yield_ns = now + yield_after_ns,
    };

    const struct hyp_cpu_op *op = hyp_cpu_op_find(job->header.op);
    if (work.last && op->compute(&work, &slot.completion.items_failed) < work.last) {
        return false;
    }
    slot.completion.submitted_ns = slot.completion.started_ns = now;
    slot.completion.finished_ns = hyp_clock_ns();
    set_member_learn(member, &job->header, slot.completion.finished_ns,
                     slot.completion.finished_ns - now);
    member->finished_ns = slot.completion.finished_ns;
    hyp_statistics_completed(&member->device->statistics, &slot, 0);
    return true;
}

bool set_is_for_this_thread(const struct set *set, const struct set_attempt *attempt)
{
    return set->scheduler && attempt->estimate_ns <= most_ns &&
           set_member_is_cpu(&set->members[attempt->member]);
}

int set_compute_start(struct set *set, struct set_attempt *attempt, const hyp_job *job,
                      const struct hyp_submission *submission, uint64_t now)
{
    attempt->run = (struct hyp_run){
        .op = (hyp_op)attempt->header.op,
        .input = &job->input->memory,
        .output = &job->output->memory,
        .resident = submission->resident,
        .input_bytes = job->input_bytes,
        .deadline_ns = job->deadline_ns,
        .first_item = submission->first_item,
        .last_item = submission->last_item,
    };
    int result = hyp_cpu_scheduler_start(set->scheduler, &attempt->run);
    if (result) {
        return result;
    }
    attempt->is_here = true;
    attempt->started_ns = now;
    set->computing++;
    return HYP_OK;
}

/* Of a whole batch; parts do not tell. */
static uint32_t count_failed(const struct hyp_run *run)
{
    hyp_result_header header = {0};

    if (run->result == HYP_OK && !run->last_item) {
        memcpy(&header, run->output->data, sizeof header);
    }
    return header.items_failed;
}

static void finish(struct set *set, struct set_attempt *attempt, int result, uint64_t now)
{
    hyp_device *device = set->members[attempt->member].device;
    struct hyp_slot slot = {
        .run = attempt->run,
        .header = attempt->in_place ? attempt->parts[0].range->job->header : attempt->header,
        .completion = {.result = result,
                       .submitted_ns = attempt->started_ns,
                       .started_ns = attempt->started_ns,
                       .finished_ns = now},
    };

    slot.run.output_bytes = hyp_batch_output_bytes(&slot.header);
    slot.completion.items_failed = count_failed(&attempt->run);
    hyp_statistics_completed(&device->statistics, &slot, 0);
    set->computing--;
    set_attempt_finish(set, attempt, &slot.completion);
}

bool set_compute_step(struct set *set, uint64_t now)
{
    bool computed = false;

    if (!set->computing) {
        return false;
    }
    struct hyp_run *run = hyp_cpu_scheduler_step(set->scheduler, now + glance_ns, &computed);
    bool has_news = computed || run;
    now = run ? hyp_clock_ns() : now;
    while (run) {
        struct hyp_run *next = run->next;
        char *attempt = (char *)run - offsetof(struct set_attempt, run);
        finish(set, (struct set_attempt *)attempt, run->result, now);
        run = next;
    }
    return has_news;
}

bool set_compute_is_idle(const struct set *set)
{
    return !set->computing || hyp_cpu_scheduler_is_idle(set->scheduler);
}

void set_compute_cancel(struct set *set)
{
    if (!set->scheduler) {
        return;
    }
    hyp_cpu_scheduler_reset(set->scheduler);
    for (struct set_attempt *attempt = set->attempts; attempt;) {
        struct set_attempt *next = attempt->next;
        if (attempt->is_here) {
            finish(set, attempt, HYP_ECANCELED, hyp_clock_ns());
        }
        attempt = next;
    }
}
