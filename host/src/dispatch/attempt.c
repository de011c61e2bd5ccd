/* Attempts: ranges on their way through a member, one alone or several joined. */
#include "host/src/dispatch/set.h"

/* The batch for a member: the caller's own memory for the CPU, else a copy. The CPU has a copy too
 * where a card that was overtaken may still be right first: its result has to find the caller's
 * memory free. */
static struct set_attempt *make_attempt(struct set *set, struct set_range *const *ranges,
                                        unsigned count, unsigned index, uint64_t now,
                                        size_t *input_bytes)
{
    struct set_member *member = &set->members[index];
    bool in_place = !ranges[0]->shadow && ranges[0]->overtaken == 0 && set_member_is_cpu(member);
    struct set_attempt *attempt = in_place
                                      ? set_attempt_in_place(ranges[0], member)
                                      : set_attempt_on_copy(ranges, count, member, input_bytes);
    if (!attempt) {
        return NULL;
    }
    attempt->member = index;
    attempt->is_overtaken = false;
    attempt->given_up = false;
    attempt->is_here = false;
    attempt->is_shadow = ranges[0]->shadow;
    attempt->part_count = count;
    attempt->units = hyp_cost_units(&attempt->header);
    uint32_t at = 0;
    for (unsigned i = 0; i < count; i++) {
        struct set_range *range = ranges[i];
        attempt->parts[i] = (struct set_part){.range = range, .at = at};
        at += range->last - range->first;
    }
    struct hyp_cost cost = hyp_cost_estimate(&member->cost[attempt->header.op % HYP_MAX_OPS]);
    attempt->estimate_ns = cost.fixed_ns + cost.unit_ns * (double)attempt->units;
    set_attempt_limit(set, attempt, now);
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
    member->probe = member->health.probing ? attempt : member->probe;
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
        range->wait_until_ns = 0;
        range->refusal = HYP_OK;
        range->live++;
        range->job->in_place += attempt->in_place;
        range->in_place += attempt->in_place;
    }
}

/* To the member's thread, or to this one. */
static int submit(struct set *set, struct set_attempt *attempt, const hyp_job *job,
                  const struct hyp_submission *submission, uint64_t now)
{
    if (set_is_for_this_thread(set, attempt)) {
        return set_compute_start(set, attempt, job, submission, now);
    }
    int taken = hyp_queue_submit_as(set->members[attempt->member].queue, job, submission);
    return taken == 1 ? HYP_OK : taken ? taken : HYP_EAGAIN;
}

int set_attempt_start(struct set *set, struct set_range *const *ranges, unsigned count,
                      unsigned index, uint64_t now)
{
    struct set_member *member = &set->members[index];
    const struct set_range *range = ranges[0];
    const struct set_job *job = range->job;
    bool whole = range->first == 0 && range->last == job->header.item_count;
    size_t input_bytes = job->run->input_bytes;

    uint64_t before = set_member_is_cpu(member) ? 0 : set_processor_ns();
    struct set_attempt *attempt = make_attempt(set, ranges, count, index, now, &input_bytes);
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
    int result = submit(set, attempt, &member_job, &submission, now);
    if (result) {
        set_attempt_release(member, attempt);
        return result;
    }
    attempt->fed_ns = set_member_is_cpu(member) ? 0 : set_processor_ns() - before;
    book(set, attempt);
    return HYP_OK;
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

/* A CPU that has not ended within what the work should take takes longer: as long as it had, at
 * least. Or it would look fast for ever where it is never in time. */
static void learn_from_late(struct set_member *member, const struct set_attempt *attempt,
                            const hyp_completion *completion)
{
    double took_ns = (double)completion->finished_ns - (double)completion->started_ns;

    if (member->device->info.kind == HYP_DEVICE_CPU && took_ns > attempt->estimate_ns) {
        learn(member, attempt, completion);
    }
}

/* Of an attempt that was given up only a lie is news: that it had no result was counted then. */
static void judge(struct set *set, const struct set_attempt *attempt,
                  const hyp_completion *completion)
{
    struct set_member *member = &set->members[attempt->member];
    bool is_probe = member->probe == attempt;

    switch (completion->result) {
    case HYP_OK:
        learn(member, attempt, completion);
        if (is_probe || member->health.state != HYP_HEALTH_SUSPECT) {
            hyp_health_succeeded(&member->health);
        }
        break;
    case HYP_EMISMATCH:
        distrust(set, attempt->member);
        hyp_health_failed(&member->health, hyp_clock_ns());
        break;
    case HYP_ETIMEDOUT:
        if (!attempt->given_up) {
            set_member_was_late(member, attempt, hyp_clock_ns());
        }
        learn_from_late(member, attempt, completion);
        break;
    case HYP_EDEVICE:
        if (!attempt->given_up) {
            hyp_health_failed(&member->health, hyp_clock_ns());
        }
        break;
    default: /* this batch was not for this member: says nothing of its health */
        break;
    }
    if (is_probe) { /* a suspect still, where that has told nothing */
        member->probe = NULL;
        hyp_health_untold(&member->health);
    }
    set_member_show(set, member);
}

/* What this thread spent on the attempt, and what the member's has used since the one before. */
static void learn_feeding(struct set_member *member, const struct set_attempt *attempt,
                          uint64_t now)
{
    uint64_t total = set_member_processor_ns(member);

    set_feeding_learn(member, &attempt->header, now,
                      attempt->fed_ns + total - member->processor_ns);
    member->processor_ns = total;
}

/* One of the attempt's ranges has its result, or none from here. Its job is handed back by set_pump
 * only: somebody who has done a part of it may be about to be found a liar. */
static void finish_part(const struct set_attempt *attempt, const struct set_part *part, int result)
{
    struct set_range *range = part->range;
    struct set_job *job = range->job;

    job->in_place -= attempt->in_place;
    range->in_place -= attempt->in_place;
    set_range_leave(range, attempt);
    /* While the CPU writes to the caller's memory, nobody else does: its own result counts. */
    if (result == HYP_OK && job->run && !range->done && !range->in_place) {
        if (!attempt->in_place) {
            set_part_merge(attempt, part);
        }
        range->done = true;
        range->done_by = attempt->member;
        job->undone--;
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
    member->stalled -= attempt->is_overtaken;
    member->busy_ns = member->live ? member->busy_ns - attempt->estimate_ns : 0;
    judge(set, attempt, completion);
    if (completion->result && !attempt->is_overtaken && !attempt->given_up && !attempt->is_shadow) {
        hyp_statistics_retry(&member->device->statistics, attempt->header.op);
    }
    if (completion->result == HYP_ETIMEDOUT && !attempt->given_up) {
        set_attempt_forgive(attempt, completion->finished_ns);
    }
    uint64_t before = set_member_is_cpu(member) ? 0 : set_processor_ns();
    for (unsigned i = 0; i < attempt->part_count; i++) {
        finish_part(attempt, &attempt->parts[i], completion->result);
    }
    if (!set_member_is_cpu(member) && completion->result == HYP_OK) {
        attempt->fed_ns += set_processor_ns() - before;
        learn_feeding(member, attempt, completion->finished_ns);
    }
    set_attempt_release(member, attempt);
}

void set_attempts_detach(struct set *set, const struct set_job *job)
{
    for (struct set_attempt *attempt = set->attempts; attempt; attempt = attempt->next) {
        unsigned kept = 0;
        for (unsigned i = 0; i < attempt->part_count; i++) {
            if (attempt->parts[i].range->job != job) {
                attempt->parts[kept++] = attempt->parts[i];
            }
        }
        bool is_for_nobody = attempt->part_count && kept == 0;
        attempt->part_count = kept;
        if (is_for_nobody && !attempt->is_shadow && !attempt->is_here) {
            hyp_queue_cancel(set->members[attempt->member].queue, attempt);
        }
    }
}
