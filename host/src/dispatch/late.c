/* Members that have no result yet.
 *
 * A card that hangs looks like one that is slow, and on a busy machine every card is slow. So there
 * are two limits. After the first, which is short, an attempt is overtaken: others do its ranges
 * too, and whoever is right first is the one that counts; of the member nothing worse is thought
 * than that it should get no more until it is back. After the second, which is long where the job's
 * deadline is far, the attempt is given up: the member has failed. */
#include "host/src/dispatch/set.h"

/* How long others leave an attempt alone: a few times what it should take, and no shorter than what
 * a busy machine may add; longer where shares are even, because every member is to do its own. */
static const double overtake_factor = 4;
static const double least_overtake_ns = 1e8;
static const double least_overtake_evenly_ns = 2e9;

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
static const double patience_factor = 30;
static const double least_patience_ns = 1e10;

static double larger(double a, double b)
{
    return a > b ? a : b;
}

/* What a range of so many units should take the fastest member that could do it after this one; 0
 * where there is none. */
static double rerun_ns(const struct set *set, const struct set_range *range, unsigned member,
                       uint64_t units)
{
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
    return rerun;
}

uint64_t set_leave_time(const struct set *set, const struct set_range *range, unsigned member,
                        uint64_t units, uint64_t now)
{
    uint64_t deadline = range->job->run->deadline_ns;
    double rerun = rerun_ns(set, range, member, units);

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
static uint64_t give_up_time(const struct set *set, const struct set_attempt *attempt,
                             const struct set_range *range, uint64_t now)
{
    const struct set_member *member = &set->members[attempt->member];
    uint64_t deadline = range->job->run->deadline_ns;
    uint64_t leave_ns = member->device->info.kind == HYP_DEVICE_CPU
                            ? deadline
                            : set_leave_time(set, range, attempt->member, attempt->units, now);
    double most =
        larger(patience_factor * (member->busy_ns + attempt->estimate_ns), least_patience_ns);

    return leave_ns < deadline && (double)(leave_ns - now) > most ? now + (uint64_t)most : leave_ns;
}

/* Whether somebody else could do one of the attempt's ranges at all. */
static bool has_rival(const struct set *set, const struct set_attempt *attempt)
{
    for (unsigned i = 0; i < attempt->part_count; i++) {
        if (rerun_ns(set, attempt->parts[i].range, attempt->member, attempt->units) > 0) {
            return true;
        }
    }
    return false;
}

void set_attempt_limit(const struct set *set, struct set_attempt *attempt, uint64_t now)
{
    double takes = set->members[attempt->member].busy_ns + attempt->estimate_ns;
    double least = set->split == HYP_SPLIT_EVENLY ? least_overtake_evenly_ns : least_overtake_ns;
    double wait = larger(overtake_factor * takes, least);

    attempt->give_up_ns = UINT64_MAX;
    for (unsigned i = 0; i < attempt->part_count; i++) {
        struct set_part *part = &attempt->parts[i];
        uint64_t give_up_ns = give_up_time(set, attempt, part->range, now);
        part->give_up_ns = give_up_ns;
        attempt->give_up_ns = give_up_ns < attempt->give_up_ns ? give_up_ns : attempt->give_up_ns;
    }
    attempt->is_hurried = (double)attempt->give_up_ns < (double)now + takes + machine_ns;
    /* For shadows nobody waits; and where the CPU writes, nobody else may. */
    attempt->overtake_ns = !attempt->is_shadow && !attempt->in_place && has_rival(set, attempt)
                               ? now + (uint64_t)wait
                               : UINT64_MAX;
}

void set_member_was_late(struct set_member *member, const struct set_attempt *attempt,
                         uint64_t now_ns)
{
    /* A CPU that is late is busy, or was asked for too much, and without it nothing can be redone.
     * A card that had less time than the work should take was asked for too much. */
    if (member->device->info.kind != HYP_DEVICE_CPU && !attempt->is_hurried) {
        hyp_health_failed(&member->health, now_ns);
    }
}

double set_member_stall_ns(const struct set_member *member)
{
    static const double long_ns = 1e15;

    return member->stalled ? long_ns : 0;
}

void set_range_leave(struct set_range *range, const struct set_attempt *attempt)
{
    if (attempt->given_up) {
        return;
    }
    if (attempt->is_overtaken) {
        range->overtaken--;
    } else {
        range->live--;
    }
}

void set_attempt_forgive(const struct set_attempt *attempt, uint64_t now_ns)
{
    for (unsigned i = 0; i < attempt->part_count && now_ns >= attempt->give_up_ns; i++) {
        if (now_ns < attempt->parts[i].give_up_ns) {
            attempt->parts[i].range->tried &= ~(UINT32_C(1) << attempt->member);
        }
    }
}

static void give_up(struct set *set, struct set_attempt *attempt, uint64_t now_ns)
{
    struct set_member *member = &set->members[attempt->member];
    const char *name = member->device->info.name;

    for (unsigned i = 0; i < attempt->part_count; i++) {
        set_range_leave(attempt->parts[i].range, attempt);
    }
    attempt->given_up = true;
    set_attempt_forgive(attempt, now_ns);
    set_member_was_late(member, attempt, now_ns);
    if (!attempt->is_overtaken) {
        hyp_statistics_retry(&member->device->statistics, attempt->header.op);
    }
    hyp_emit(set->context, HYP_EVENT_LATE, name, attempt->header.op, HYP_ETIMEDOUT,
             "%s: %u items have had no result for too long", name, attempt->header.item_count);
    set_member_show(set, member);
}

static void overtake(struct set *set, struct set_attempt *attempt)
{
    struct set_member *member = &set->members[attempt->member];
    const char *name = member->device->info.name;

    for (unsigned i = 0; i < attempt->part_count; i++) {
        attempt->parts[i].range->live--;
        attempt->parts[i].range->overtaken++;
    }
    attempt->is_overtaken = true;
    member->stalled++;
    hyp_statistics_retry(&member->device->statistics, attempt->header.op);
    hyp_emit(
        set->context, HYP_EVENT_LATE, name, attempt->header.op, HYP_OK,
        "%s: %u items should have taken %.1f ms and have no result yet; others may do them too",
        name, attempt->header.item_count, attempt->estimate_ns / 1e6);
    set_member_show(set, member);
}

void set_attempts_look(struct set *set, uint64_t now_ns)
{
    for (struct set_attempt *attempt = set->attempts; attempt; attempt = attempt->next) {
        if (attempt->given_up) {
            continue;
        }
        if (now_ns >= attempt->give_up_ns) {
            give_up(set, attempt, now_ns);
        } else if (now_ns >= attempt->overtake_ns && !attempt->is_overtaken) {
            overtake(set, attempt);
        }
    }
}

uint64_t set_attempts_next_ns(const struct set *set)
{
    uint64_t next = UINT64_MAX;

    for (const struct set_attempt *attempt = set->attempts; attempt; attempt = attempt->next) {
        if (!attempt->given_up) {
            uint64_t time = attempt->is_overtaken || attempt->give_up_ns < attempt->overtake_ns
                                ? attempt->give_up_ns
                                : attempt->overtake_ns;
            next = time < next ? time : next;
        }
    }
    return next;
}
