/* Which member does what. */
#include <string.h>

#include "host/src/dispatch/set.h"
#include "host/src/ops/op.h"
#include "host/src/result_check.h"

bool set_member_can(const struct set_member *member, uint32_t op)
{
    return member->device && member->health.state != HYP_HEALTH_FAILED &&
           member->health.state != HYP_HEALTH_ABSENT &&
           hyp_device_capability(member->device, (hyp_op)op);
}

static struct hyp_cost cost_of(const struct set_member *member, uint32_t op)
{
    return hyp_cost_estimate(&member->cost[op % HYP_MAX_OPS]);
}

/* The members as the planner sees them. Returns how many can take the op at all. */
static unsigned describe(struct set *set, const struct set_job *job, uint64_t now,
                         struct hyp_plan_member *members)
{
    /* So much that no part is too small to be worth it. */
    static const struct hyp_cost alike = {0, 1e6};
    uint64_t item_bytes = job->run->input_bytes / (job->header.item_count + 1ull) + 1;
    unsigned able = 0;

    for (unsigned i = 0; i < set->member_count; i++) {
        struct set_member *member = &set->members[i];
        const hyp_op_capability *limit =
            member->device ? hyp_device_capability(member->device, (hyp_op)job->header.op) : NULL;
        members[i] = (struct hyp_plan_member){.max_items = 0};
        able += limit != NULL;
        if (!limit || !hyp_health_admits(&member->health, now)) {
            continue;
        }
        if (!set_is_worth_feeding(set, member, &job->header, 1, 0)) {
            continue;
        }
        uint64_t by_bytes = limit->max_input_bytes / item_bytes;
        if (set->split == HYP_SPLIT_EVENLY) {
            members[i].cost = alike;
        } else {
            members[i].cost = cost_of(member, job->header.op);
            members[i].busy_ns = member->busy_ns + member->booked_ns;
        }
        members[i].busy_ns += set_member_stall_ns(member);
        members[i].max_items = by_bytes < limit->max_items ? (uint32_t)by_bytes : limit->max_items;
    }
    return able;
}

static void add_range(struct set *set, struct set_job *job, struct set_range range)
{
    range.job = job;
    job->ranges[job->range_count++] = range;
    job->undone++;
    set->members[range.planned].booked_ns += range.booked_ns;
}

void set_range_unbook(struct set *set, struct set_range *range)
{
    struct set_member *member = &set->members[range->planned];

    member->booked_ns -= range->booked_ns;
    member->booked_ns = member->booked_ns > 1 ? member->booked_ns : 0; /* what rounding leaves */
    range->booked_ns = 0;
}

void set_job_unbook(struct set *set, struct set_job *job)
{
    for (unsigned r = 0; r < job->range_count; r++) {
        set_range_unbook(set, &job->ranges[r]);
    }
}

/* As hyp_plan. What the cards are given takes time of the CPU too, which then gets less. */
static uint32_t plan(const struct set *set, const hyp_batch_header *header,
                     struct hyp_plan_member *members, uint32_t items, uint32_t *shares)
{
    uint64_t units = hyp_cost_units(header) * items / header->item_count;
    enum { TRIES = 3 }; /* each is nearer by half or more */
    unsigned cpu = 0;

    uint32_t planned = hyp_plan(members, set->member_count, items, units, shares);
    while (cpu < set->member_count && !(shares[cpu] && set_member_is_cpu(&set->members[cpu]))) {
        cpu++;
    }
    if (cpu == set->member_count || shares[cpu] == items || set->split == HYP_SPLIT_EVENLY) {
        return planned;
    }
    double busy_ns = members[cpu].busy_ns;
    for (int i = 0; i < TRIES; i++) {
        members[cpu].busy_ns = busy_ns;
        for (unsigned m = 0; m < set->member_count; m++) {
            members[cpu].busy_ns += m != cpu && shares[m]
                                        ? set_feeding_ns(&set->members[m], header,
                                                         (double)shares[m] / header->item_count)
                                        : 0;
        }
        planned = hyp_plan(members, set->member_count, items, units, shares);
    }
    members[cpu].busy_ns = busy_ns;
    return planned;
}

/* Into ranges, each meant for a member. */
static int cut(struct set *set, struct set_job *job, uint64_t now)
{
    struct hyp_plan_member members[SET_MOST_MEMBERS];
    uint32_t shares[SET_MOST_MEMBERS];
    uint32_t items = job->header.item_count;
    uint64_t units = hyp_cost_units(&job->header);
    uint32_t planned = 0;

    if (describe(set, job, now, members) == 0) {
        return HYP_ENOTSUP;
    }
    while (planned < items) {
        uint32_t left = items - planned;
        uint32_t round = plan(set, &job->header, members, left, shares);
        if (round == 0) {
            return planned ? HYP_ETOOBIG : HYP_EDEVICE;
        }
        for (unsigned i = 0; i < set->member_count; i++) {
            if (shares[i] && job->range_count == SET_MOST_RANGES) {
                return HYP_ETOOBIG;
            }
            if (shares[i]) {
                double ns = members[i].cost.fixed_ns +
                            members[i].cost.unit_ns * (double)units * shares[i] / items;
                add_range(set, job,
                          (struct set_range){.first = planned,
                                             .last = planned + shares[i],
                                             .planned = i,
                                             .booked_ns = ns});
                planned += shares[i];
                members[i].busy_ns += ns;
            }
        }
    }
    return HYP_OK;
}

static struct set_job *free_job(struct set *set)
{
    for (size_t i = 0; i < SET_MOST_JOBS; i++) {
        if (!set->jobs[i].run) {
            return &set->jobs[i];
        }
    }
    return NULL;
}

/* Among the active ones, in the order in which the engine starts jobs. */
static void insert_active(struct set *set, struct set_job *job)
{
    unsigned at = set->active_count++;

    for (; at > 0 && set->active[at - 1]->run->order > job->run->order; at--) {
        set->active[at] = set->active[at - 1];
    }
    set->active[at] = job;
}

static void remove_active(struct set *set, const struct set_job *job)
{
    unsigned kept = 0;

    for (unsigned i = 0; i < set->active_count; i++) {
        if (set->active[i] != job) {
            set->active[kept++] = set->active[i];
        }
    }
    set->active_count = kept;
}

int set_job_begin(struct set *set, struct hyp_run *run)
{
    struct set_job *job = free_job(set);
    hyp_batch_header header;

    if (!job) {
        return HYP_EAGAIN;
    }
    /* It may have changed since it was checked. */
    memcpy(&header, run->input->data, sizeof header);
    int result = hyp_batch_check(&header, run->input_bytes);
    if (result == HYP_OK && hyp_batch_output_bytes(&header) > run->output->size) {
        result = HYP_EBADBATCH;
    }
    if (result) {
        return result;
    }
    job->run = run;
    job->header = header;
    job->error = HYP_OK;
    job->range_count = 0;
    job->undone = 0;
    job->in_place = 0;
    job->is_cut = false;
    insert_active(set, job);
    return HYP_OK;
}

void set_jobs_forget(struct set *set)
{
    for (unsigned i = 0; i < set->active_count; i++) {
        set_job_unbook(set, set->active[i]);
        set_attempts_detach(set, set->active[i]);
        set->active[i]->run = NULL;
    }
    set->active_count = 0;
}

static bool is_full(const struct set_member *member)
{
    static const double enough_ns = 200000;

    return member->live >= SET_MEMBER_MOST_JOBS ||
           (member->live >= SET_MEMBER_JOBS && member->busy_ns >= enough_ns);
}

/* The member that would have the range done first, of those that are well and have not tried it;
 * with `at_once` of those that have room now, whatever feeding them costs. -1: none. */
static int best_member(struct set *set, const struct set_range *range, uint64_t now, bool at_once)
{
    uint32_t op = range->job->header.op;
    const hyp_batch_header *header = &range->job->header;
    double share = (double)(range->last - range->first) / header->item_count;
    double units = (double)hyp_cost_units(header) * share;
    double best_ns = 0;
    int best = -1;

    for (unsigned i = 0; i < set->member_count; i++) {
        struct set_member *member = &set->members[i];
        if (range->tried >> i & 1 || !set_member_can(member, op) ||
            !hyp_health_admits(&member->health, now)) {
            continue;
        }
        if (at_once ? is_full(member)
                    : i != range->planned &&
                          !set_is_worth_feeding(set, member, header, share, range->tried)) {
            continue;
        }
        struct hyp_cost cost = cost_of(member, op);
        double ns = member->busy_ns + cost.fixed_ns + cost.unit_ns * units;
        if (i == range->planned) {
            /* The plan knew more: it decides between equals, and nearly so. */
            ns *= set->split == HYP_SPLIT_EVENLY ? 0 : 0.8;
        } else {
            ns += member->booked_ns;
        }
        ns += set_member_stall_ns(member);
        if (best < 0 || ns < best_ns) {
            best = (int)i;
            best_ns = ns;
        }
    }
    return best;
}

/* Whether a range waits on for room at a member: another with room, but slower, would only make it
 * later, as long as it can be done there in time. */
static bool waits_for(struct set *set, struct set_range *range, unsigned member, uint64_t now)
{
    const hyp_batch_header *header = &range->job->header;
    uint64_t units = hyp_cost_units(header) * (range->last - range->first) / header->item_count;

    if (!range->wait_until_ns) {
        range->wait_until_ns = set_leave_time(set, range, member, units, now);
    }
    if (now >= range->wait_until_ns) {
        return false;
    }
    if (range->wait_until_ns < set->held_until_ns) {
        set->held_until_ns = range->wait_until_ns;
    }
    return true;
}

/* Starts one range, or puts it with others, or finds that nobody can do it. */
static void pump_range(struct set *set, struct set_joins *joins, struct set_range *range,
                       uint64_t now)
{
    struct set_job *job = range->job;

    if (now >= job->run->deadline_ns) {
        job->error = HYP_ETIMEDOUT; /* who got it now could only be late */
        return;
    }
    for (;;) {
        int member = best_member(set, range, now, false);
        if (member >= 0 && is_full(&set->members[member])) {
            member = waits_for(set, range, (unsigned)member, now)
                         ? -1
                         : best_member(set, range, now, true);
            if (member < 0) {
                return;
            }
        }
        if (member < 0) {
            break;
        }
        if (set_is_joinable(set, range, (unsigned)member, now)) {
            set_join_add(set, joins, range, (unsigned)member, now);
            return;
        }
        int result = set_attempt_start(set, &range, 1, (unsigned)member, now);
        if (result == HYP_OK || result == HYP_EAGAIN) {
            return;
        }
        range->tried |= 1u << member;
        range->refusal = result;
    }
    if (range->overtaken == 0) {
        job->error = range->refusal ? range->refusal : HYP_EDEVICE;
    }
}

static void write_header(const struct set_job *job)
{
    uint8_t *output = job->run->output->data;
    const hyp_result_header header = {
        .magic = HYP_BATCH_OUTPUT_MAGIC,
        .layout_version = HYP_BATCH_LAYOUT_VERSION,
        .op = job->header.op,
        .sequence = job->header.sequence,
        .status = HYP_STATUS_OK,
        .item_count = job->header.item_count,
        .items_failed = hyp_result_count_failed(output, job->header.item_count),
    };
    const hyp_result_counters counters = {0};

    memcpy(output, &header, sizeof header);
    memcpy(output + sizeof header, &counters, sizeof counters);
}

/* Hands back the run of a job whose result is complete, or will never be. Returns whether it did.
 */
static bool settle_job(struct set *set, struct set_job *job)
{
    /* The caller's memory is not given back while a member may write to it. */
    if (job->in_place || (!job->error && job->undone)) {
        return false;
    }
    set_job_unbook(set, job);
    set_attempts_detach(set, job);
    if (!job->error) {
        write_header(job);
    }
    remove_active(set, job);
    job->run->result = job->error;
    job->run->next = set->finished;
    set->finished = job->run;
    job->run = NULL;
    return true;
}

void set_pump(struct set *set, uint64_t now)
{
    struct set_joins joins; /* large, and mostly not used */

    joins.count = 0;
    set->held_until_ns = UINT64_MAX;
    set_members_admit(set, now);
    for (unsigned i = 0; i < set->active_count;) {
        struct set_job *job = set->active[i];
        if (!job->is_cut) {
            job->is_cut = true;
            bool is_done = set_compute_at_once(set, job, now);
            job->error = is_done ? HYP_OK : cut(set, job, now);
            set_explore(set, job, now);
            if (is_done) {
                settle_job(set, job);
                break; /* its owner goes on with it while the next one is computed */
            }
        }
        for (unsigned r = 0; !job->error && r < job->range_count; r++) {
            struct set_range *range = &job->ranges[r];
            if (!range->done && range->live == 0 && range->in_place == 0) {
                pump_range(set, &joins, range, now);
            }
        }
        i += !settle_job(set, job);
    }
    set_joins_start(set, &joins, now);
}
