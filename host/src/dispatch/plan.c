#include "host/src/dispatch/plan.h"

#include <stdbool.h>
#include <string.h>

/* A part that saves less than this share of the batch's time, and this time, is not worth its copy
 * and the threads that it wakes. */
static const double least_gain = 0.05;
static const double least_gain_ns = 15000;

/* Whether an end at `without` is nearly as good as one at `with`. */
static bool is_nearly(double without_ns, double with_ns)
{
    return without_ns <= with_ns * (1 + least_gain) || without_ns <= with_ns + least_gain_ns;
}

static const double never_ns = 1e18;

/* Items that a member gets done by `time_ns`. */
static double items_by(const struct hyp_plan_member *member, double time_ns, double unit_per_item)
{
    double left = time_ns - member->busy_ns - member->cost.fixed_ns;
    double items = left > 0 ? left / (member->cost.unit_ns * unit_per_item) : 0;
    return items < member->max_items ? items : member->max_items;
}

/* A time at which a member begins to get items done, or has all that it takes. */
struct event {
    double time_ns;
    double rate; /* items a nanosecond, more from here on */
};

static size_t add_event(struct event *events, size_t count, struct event event)
{
    size_t at = count;

    for (; at > 0 && events[at - 1].time_ns > event.time_ns; at--) {
        events[at] = events[at - 1];
    }
    events[at] = event;
    return count + 1;
}

/* The time at which `items` are done when all enabled members work on them: done items grow along a
 * line that bends at each event. */
static double finish_time(const struct hyp_plan_member *members, size_t count, const bool *enabled,
                          double items, double unit_per_item)
{
    struct event events[2 * HYP_PLAN_MOST_MEMBERS] = {{0, 0}};
    size_t event_count = 0;
    double done = 0;
    double rate = 0;

    for (size_t i = 0; i < count; i++) {
        if (enabled[i]) {
            double item_ns = members[i].cost.unit_ns * unit_per_item;
            double start = members[i].busy_ns + members[i].cost.fixed_ns;
            double end = start + members[i].max_items * item_ns;
            event_count = add_event(events, event_count, (struct event){start, 1 / item_ns});
            event_count = add_event(events, event_count, (struct event){end, -1 / item_ns});
        }
    }
    for (size_t i = 0; i < event_count; i++) {
        double step = i ? (events[i].time_ns - events[i - 1].time_ns) * rate : 0;
        if (done + step >= items) {
            return events[i - 1].time_ns + (items - done) / rate;
        }
        done += step;
        rate += events[i].rate;
    }
    /* All that they take, if that is enough but for rounding. */
    return event_count && done * (1 + 1e-9) >= items ? events[event_count - 1].time_ns : never_ns;
}

/* The member that alone would be done first, if all others would only begin when it nearly is;
 * else -1. Most small batches end here. */
static int only_choice(const struct hyp_plan_member *members, size_t count, double items,
                       double unit_per_item)
{
    double best_ns = 0;
    int best = -1;

    for (size_t i = 0; i < count; i++) {
        double ns = members[i].busy_ns + members[i].cost.fixed_ns +
                    members[i].cost.unit_ns * unit_per_item * items;
        if (members[i].max_items >= items && (best < 0 || ns < best_ns)) {
            best = (int)i;
            best_ns = ns;
        }
    }
    for (size_t i = 0; i < count && best >= 0; i++) {
        double start = members[i].busy_ns + members[i].cost.fixed_ns;
        if ((int)i != best && members[i].max_items && !is_nearly(best_ns, start)) {
            return -1;
        }
    }
    return best;
}

/* Leaves out one member whose help gains too little; returns whether there was one. */
static bool drop_member(const struct hyp_plan_member *members, size_t count, bool *enabled,
                        double items, double unit_per_item)
{
    double with_all = finish_time(members, count, enabled, items, unit_per_item);

    for (size_t i = 0; i < count; i++) {
        if (!enabled[i]) {
            continue;
        }
        enabled[i] = false;
        double without = finish_time(members, count, enabled, items, unit_per_item);
        if (is_nearly(without, with_all)) {
            return true;
        }
        enabled[i] = true;
    }
    return false;
}

/* Rounds the fair shares so that they add up. */
static uint32_t round_shares(const struct hyp_plan_member *members, size_t count,
                             const bool *enabled, uint32_t items, double time_ns,
                             double unit_per_item, uint32_t *shares)
{
    uint32_t left = items;

    for (size_t i = 0; i < count; i++) {
        double fair = enabled[i] ? items_by(&members[i], time_ns, unit_per_item) : 0;
        shares[i] = fair < left ? (uint32_t)fair : left;
        left -= shares[i];
    }
    for (size_t i = 0; i < count && left; i++) {
        uint32_t room = enabled[i] ? members[i].max_items - shares[i] : 0;
        uint32_t more = left < room ? left : room;
        shares[i] += more;
        left -= more;
    }
    return items - left;
}

uint32_t hyp_plan(const struct hyp_plan_member *members, size_t count, uint32_t items,
                  uint64_t units, uint32_t *shares)
{
    bool enabled[HYP_PLAN_MOST_MEMBERS] = {false};
    double room = 0;

    memset(shares, 0, count * sizeof *shares);
    for (size_t i = 0; i < count; i++) {
        enabled[i] = members[i].max_items > 0;
        room += members[i].max_items;
    }
    if (items == 0 || room == 0) {
        return 0;
    }
    double wanted = items < room ? items : room;
    double unit_per_item = units ? (double)units / items : 1;
    int only = only_choice(members, count, items, unit_per_item);
    if (only >= 0) {
        shares[only] = items;
        return items;
    }
    while (drop_member(members, count, enabled, wanted, unit_per_item)) {
    }
    double time_ns = finish_time(members, count, enabled, wanted, unit_per_item);
    return round_shares(members, count, enabled, (uint32_t)wanted, time_ns, unit_per_item, shares);
}
