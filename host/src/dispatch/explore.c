/* How members do that get no work.
 *
 * A member that once was measured slow, when the machine was busy perhaps, or that is suspect, gets
 * nothing as long as others look better, and so nobody would learn when that is over. It is
 * therefore given a shadow now and then: a few items of a job that others do as well. Nobody waits
 * for what comes back; it only teaches the cost model and the health of the member. */
#include "host/src/dispatch/set.h"

/* A member's time that a shadow is meant to take, */
static const double shadow_ns = 1e7;
/* the share of the member's time that shadows may take, */
static const double shadow_share = 0.02;
/* and how long a member is left alone in any case. */
static const uint64_t pause_ns = UINT64_C(500000000);

/* How often to look for such members. */
static const uint64_t look_ns = UINT64_C(5000000);

/* How many of the job's items take the member about the time of a shadow. Every second shadow is an
 * eighth of that: it takes two sizes to tell what a batch costs from what an item costs. */
static uint32_t shadow_items(const struct set_job *job, const struct hyp_op_capability *limit,
                             struct hyp_cost cost, bool small)
{
    uint32_t items =
        job->header.item_count < limit->max_items ? job->header.item_count : limit->max_items;
    double units_an_item = (double)hyp_cost_units(&job->header) / (double)job->header.item_count;
    double wanted = shadow_ns / (cost.unit_ns * units_an_item) / (small ? 8 : 1);

    return wanted >= items ? items : wanted < 1 ? 1 : (uint32_t)wanted;
}

static bool is_due(const struct set_member *member, const struct hyp_cost_model *model,
                   uint64_t shadowed_ns, double takes_ns, uint64_t now)
{
    uint64_t last = shadowed_ns > model->learned_ns ? shadowed_ns : model->learned_ns;
    uint64_t wanted = (uint64_t)(takes_ns / shadow_share);
    uint64_t since = now > last ? now - last : 0; /* it may have learned something just now */

    /* A suspect's pause is over: only a run can tell whether it is well. */
    return member->health.state == HYP_HEALTH_SUSPECT ||
           since >= (wanted > pause_ns ? wanted : pause_ns);
}

static void explore(struct set *set, struct set_job *job, unsigned index, uint64_t now)
{
    struct set_member *member = &set->members[index];
    unsigned op = job->header.op % HYP_MAX_OPS;
    const struct hyp_cost_model *model = &member->cost[op];
    struct hyp_cost cost = hyp_cost_estimate(model);
    uint32_t items =
        shadow_items(job, hyp_device_capability(member->device, (hyp_op)job->header.op), cost,
                     member->shadows % 2);
    double takes = cost.fixed_ns + cost.unit_ns * (double)hyp_cost_units(&job->header) * items /
                                       (double)job->header.item_count;

    if (!is_due(member, model, member->shadow_ns[op], takes, now)) {
        return;
    }
    member->shadow_ns[op] = now;
    member->shadows++;
    struct set_range *range = &job->ranges[job->range_count++];
    *range = (struct set_range){
        .job = job, .last = items, .planned = index, .done = true, .shadow = true};
    /* What goes wrong here went wrong for nobody. */
    set_attempt_start(set, &range, 1, index, now);
}

void set_explore(struct set *set, struct set_job *job, uint64_t now)
{
    if (job->error || job->header.item_count == 0 || set->split == HYP_SPLIT_EVENLY ||
        now < set->explore_ns) {
        return;
    }
    set->explore_ns = now + look_ns;
    for (unsigned i = 0; i < set->member_count; i++) {
        struct set_member *member = &set->members[i];
        if (job->range_count < SET_MOST_RANGES && member->live == 0 &&
            set_member_can(member, job->header.op) && hyp_health_admits(&member->health, now)) {
            explore(set, job, i, now);
        }
    }
}
