/* Batches that the set's own thread computes. */
#include "host/src/backend/cpu_ops.h"
#include "host/src/backend/cpu_scheduler.h"
#include "host/src/dispatch/set.h"

bool set_is_for_this_thread(const struct set *set, const struct set_range *range,
                            const struct set_member *member)
{
    static const double most_ns = 40000;
    static const double tiny_ns = 5000; /* that is so, whatever the op's own estimate is */
    const struct set_job *job = range->job;
    struct hyp_cost cost = hyp_cost_estimate(&member->cost[job->header.op % HYP_MAX_OPS]);

    double ns = cost.fixed_ns + cost.unit_ns * (double)hyp_cost_units(&job->header);
    if (member->live || member->device->backend != &hyp_backend_cpu || ns > most_ns) {
        return false;
    }
    const hyp_context *context = member->device->context;
    if (context->cpu_threads == 1 || ns * set->active_count < tiny_ns) {
        return true;
    }
    uint64_t one_thread_ns =
        hyp_cpu_scheduler_estimate_ns(&job->header, job->run->input->data, context);
    /* Where there is one, there are soon more. */
    uint64_t jobs = set->active_count > 2 ? set->active_count : 2;
    return 2 * one_thread_ns * jobs < HYP_CPU_WORTH_WAKING_NS;
}

void set_compute_here(struct set *set, struct set_range *range, unsigned index, uint64_t now)
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

    slot.completion.submitted_ns = slot.completion.started_ns = now;
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
