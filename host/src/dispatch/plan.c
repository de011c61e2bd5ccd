#include "host/src/dispatch/plan.h"

#include <stdbool.h>
#include <string.h>

/* A part that saves less than this share of the batch's time is not worth its copy and its launch.
 */
static const double least_gain = 0.05;

/* Items that a member gets done by `time_ns`. */
static double items_by(const struct hyp_plan_member *member, double time_ns, double unit_per_item)
{
    double left = time_ns - member->busy_ns - member->cost.fixed_ns;
    double items = left > 0 ? left / (member->cost.unit_ns * unit_per_item) : 0;
    return items < member->max_items ? items : member->max_items;
}

/* The time at which `items` are done when all enabled members work on them: found by bisection. */
static double finish_time(const struct hyp_plan_member *members, size_t count, const bool *enabled,
                          double items, double unit_per_item)
{
    double low = 0;
    double high = 1;
    double done;

    do {
        high *= 4;
        done = 0;
        for (size_t i = 0; i < count; i++) {
            done += enabled[i] ? items_by(&members[i], high, unit_per_item) : 0;
        }
    } while (done < items && high < 1e18);
    for (int step = 0; step < 60; step++) {
        double middle = (low + high) / 2;
        done = 0;
        for (size_t i = 0; i < count; i++) {
            done += enabled[i] ? items_by(&members[i], middle, unit_per_item) : 0;
        }
        if (done < items) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return high;
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
        if (without <= with_all * (1 + least_gain)) {
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
    while (drop_member(members, count, enabled, wanted, unit_per_item)) {
    }
    double time_ns = finish_time(members, count, enabled, wanted, unit_per_item);
    return round_shares(members, count, enabled, (uint32_t)wanted, time_ns, unit_per_item, shares);
}
