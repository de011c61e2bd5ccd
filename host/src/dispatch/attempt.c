/* Attempts: ranges on their way through a member, one alone or several joined. */
#include "host/src/dispatch/set.h"

/* What is kept back of a job's time so that a range can still be done elsewhere: the time it should
 * take there and half as much, and for what nobody can foresee a share of all the time there is, up
 * to the most. */
static const double reserve_factor = 1.5;
static const double reserve_share = 0.25;
static const double most_reserve_ns = 1e9;

/* What a busy machine may add to the time that a member takes, in threads that wait for a core. */
static const double machine_ns = 2e7;

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

uint64_t set_leave_time(const struct set *set, const struct set_range *range, unsigned member,
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
    if (rerun == 0 || now >= deadline) {
        return deadline;
    }
    double left = (double)(deadline - now);
    double unforeseen =
        left * reserve_share < most_reserve_ns ? left * reserve_share : most_reserve_ns;
    double reserve = rerun * reserve_factor + unforeseen;
    return now + (uint64_t)(reserve < left / 2 ? left - reserve : left / 2);
}

/* When to give up an attempt. What the CPU works on in the caller's memory nobody else can do. */
static uint64_t give_up_time(const struct set *set, const struct set_range *range, unsigned member,
                             uint64_t units, uint64_t now)
{
    uint64_t deadline = range->job->run->deadline_ns;
    uint64_t leave_ns = set->members[member].device->info.kind == HYP_DEVICE_CPU
                            ? deadline
                            : set_leave_time(set, range, member, units, now);
    double most = patience_ns(&set->members[member], range->job->header.op, units);

    return leave_ns < deadline && (double)(leave_ns - now) > most ? now + (uint64_t)most : leave_ns;
}

/* The batch for a member: the caller's own memory for the CPU, else a copy. */
static struct set_attempt *make_attempt(struct set *set, struct set_range *const *ranges,
                                        unsigned count, unsigned index, uint64_t now,
                                        size_t *input_bytes)
{
    struct set_member *member = &set->members[index];
    bool in_place = !ranges[0]->shadow && set_member_is_cpu(member);
    struct set_attempt *attempt = in_place
                                      ? set_attempt_in_place(ranges[0], member)
                                      : set_attempt_on_copy(ranges, count, member, input_bytes);
    if (!attempt) {
        return NULL;
    }
    attempt->member = index;
    attempt->given_up = false;
    attempt->is_here = false;
    attempt->part_count = count;
    attempt->units = hyp_cost_units(&attempt->header);
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
    attempt->is_hurried = (double)attempt->give_up_ns <
                          (double)now + member->busy_ns + attempt->estimate_ns + machine_ns;
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
        range->job->attempts++;
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

/* A CPU that is late is busy, or was asked for too much, and without it nothing can be redone. A
 * card that had less time than the work should take was asked for too much. */
static void was_late(struct set_member *member, const struct set_attempt *attempt, uint64_t now_ns)
{
    if (member->device->info.kind != HYP_DEVICE_CPU && !attempt->is_hurried) {
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
            was_late(member, attempt, hyp_clock_ns());
        }
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

    job->attempts--;
    job->in_place -= attempt->in_place;
    range->in_place -= attempt->in_place;
    range->live -= !attempt->given_up;
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
    member->busy_ns = member->live ? member->busy_ns - attempt->estimate_ns : 0;
    judge(set, attempt, completion);
    if (completion->result && !attempt->given_up && !attempt->parts[0].range->shadow) {
        hyp_statistics_retry(&member->device->statistics, attempt->header.op);
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

static void give_up(struct set *set, struct set_attempt *attempt, uint64_t now_ns)
{
    struct set_member *member = &set->members[attempt->member];
    const char *name = member->device->info.name;

    attempt->given_up = true;
    for (unsigned i = 0; i < attempt->part_count; i++) {
        attempt->parts[i].range->live--;
    }
    was_late(member, attempt, now_ns);
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
