/* Small ranges of several jobs in one batch.
 *
 * What a launch costs a card is paid once a batch, so small ranges that are to run on the same card
 * go there together. A card that is idle gets what there is at once; while it is busy with the same
 * op, small ranges wait for company: until it is idle, or there are enough of them, or the first
 * has waited as long as a launch takes. So waiting never costs more than what it saves. */
#include "host/src/dispatch/set.h"

/* What is small where nothing is known of what a launch costs, because all batches were alike:
 * joined ones differ, and so teach it. */
static const double small_ns = 100000;
/* No launch takes less: it is what rounding has left. */
static const double least_launch_ns = 1000;
/* How many launches long a joined batch may be before it starts without waiting for more. */
static const double enough_launches = 4;
/* How long to wait. */
static const double least_hold_ns = 10000;
static const double most_hold_ns = 200000;
/* A job is joined to others only if it has so many times the time that this may take: it must not
 * be late for company's sake. */
static const double ample = 20;

static double larger(double a, double b)
{
    return a > b ? a : b;
}

static struct hyp_cost cost_of(const struct set *set, unsigned member, uint32_t op)
{
    return hyp_cost_estimate(&set->members[member].cost[op % HYP_MAX_OPS]);
}

static double hold_ns(struct hyp_cost cost)
{
    double ns = larger(cost.fixed_ns, least_hold_ns);
    return ns < most_hold_ns ? ns : most_hold_ns;
}

static double enough_ns(struct hyp_cost cost)
{
    return larger(enough_launches * cost.fixed_ns, small_ns);
}

static double units_ns(const struct set_range *range, struct hyp_cost cost)
{
    const hyp_batch_header *header = &range->job->header;

    return cost.unit_ns * (double)hyp_cost_units(header) * (range->last - range->first) /
           header->item_count;
}

bool set_is_joinable(const struct set *set, const struct set_range *range, unsigned index,
                     uint64_t now)
{
    const struct set_member *member = &set->members[index];
    const struct hyp_run *run = range->job->run;
    struct hyp_cost cost = cost_of(set, index, range->job->header.op);
    double ns = units_ns(range, cost);

    /* The CPU works in place; a suspect is given one range to show itself with. */
    if (set_member_is_cpu(member) || member->health.state != HYP_HEALTH_READY || run->resident ||
        (range->job->header.sequence & HYP_SEQUENCE_TRIAL)) {
        return false;
    }
    if (ns > (cost.fixed_ns > least_launch_ns ? cost.fixed_ns : small_ns)) {
        return false;
    }
    double most = hold_ns(cost) + member->busy_ns + cost.fixed_ns + enough_ns(cost);
    return run->deadline_ns > now && (double)(run->deadline_ns - now) > ample * most;
}

/* `a` waits already; its job may have failed since, with another range. */
static bool is_alike(const struct set_range *a, const struct set_range *b)
{
    return a->job->run && a->job->header.op == b->job->header.op &&
           a->job->header.flags == b->job->header.flags &&
           a->job->run->verify == b->job->run->verify;
}

/* Whether the range can still be added. */
static bool has_room(const struct set *set, const struct set_join *join,
                     const struct set_range *range)
{
    const struct hyp_device *device = set->members[join->member].device;
    uint64_t items = range->last - range->first;

    for (unsigned i = 0; i < join->count; i++) {
        items += join->ranges[i]->last - join->ranges[i]->first;
    }
    return items <= hyp_device_capability(device, (hyp_op)range->job->header.op)->max_items;
}

static struct set_join *find_join(const struct set *set, struct set_joins *joins,
                                  const struct set_range *range, unsigned member)
{
    for (unsigned i = 0; i < joins->count; i++) {
        struct set_join *join = &joins->open[i];
        if (join->member == member && is_alike(join->ranges[0], range) &&
            has_room(set, join, range)) {
            return join;
        }
    }
    return NULL;
}

/* Starts what is left of a join. What the member does not take together it may take one by one, and
 * what it does not take at all is for others: set_pump is to look again at once. */
static void start_join(struct set *set, struct set_join *join, uint64_t now)
{
    unsigned count = 0;

    for (unsigned i = 0; i < join->count; i++) {
        struct set_range *range = join->ranges[i];
        if (range->job->run && !range->job->error) {
            join->ranges[count++] = range;
        }
    }
    if (count == 0) {
        return;
    }
    int result = set_attempt_start(set, join->ranges, count, join->member, now);
    for (unsigned i = 0; i < count && result && result != HYP_EAGAIN; i++) {
        int alone = set_attempt_start(set, &join->ranges[i], 1, join->member, now);
        if (alone && alone != HYP_EAGAIN) {
            join->ranges[i]->tried |= 1u << join->member;
            join->ranges[i]->refusal = alone;
            set->held_until_ns = 0;
        }
    }
}

static void remove_join(struct set_joins *joins, struct set_join *join)
{
    *join = joins->open[--joins->count];
}

void set_join_add(struct set *set, struct set_joins *joins, struct set_range *range,
                  unsigned member, uint64_t now)
{
    struct set_join *join = find_join(set, joins, range, member);
    struct hyp_cost cost = cost_of(set, member, range->job->header.op);

    if (!join) {
        if (joins->count == SET_MOST_JOINS) {
            struct set_join alone = {.ranges = {range}, .count = 1, .member = member};
            start_join(set, &alone, now);
            return;
        }
        join = &joins->open[joins->count++];
        *join = (struct set_join){.member = member, .since_ns = now};
    }
    join->ranges[join->count++] = range;
    join->units_ns += units_ns(range, cost);
    join->urgent |= range->job->run->urgent;
    if (range->held_ns && range->held_ns < join->since_ns) {
        join->since_ns = range->held_ns;
    }
    if (join->count == SET_MOST_PARTS || join->units_ns >= enough_ns(cost)) {
        start_join(set, join, now);
        remove_join(joins, join);
    }
}

static bool is_idle(const struct set *set, unsigned member, uint32_t op)
{
    for (const struct set_attempt *attempt = set->attempts; attempt; attempt = attempt->next) {
        if (attempt->member == member && attempt->header.op == op) {
            return false;
        }
    }
    return true;
}

void set_joins_start(struct set *set, struct set_joins *joins, uint64_t now)
{
    while (joins->count) {
        struct set_join *join = &joins->open[joins->count - 1];
        uint32_t op = join->ranges[0]->job->header.op;
        uint64_t until = join->since_ns + (uint64_t)hold_ns(cost_of(set, join->member, op));
        if (now >= until || join->urgent || is_idle(set, join->member, op)) {
            start_join(set, join, now);
        } else {
            for (unsigned i = 0; i < join->count; i++) {
                join->ranges[i]->held_ns =
                    join->ranges[i]->held_ns ? join->ranges[i]->held_ns : now;
            }
            set->held_until_ns = until < set->held_until_ns ? until : set->held_until_ns;
        }
        joins->count--;
    }
}
