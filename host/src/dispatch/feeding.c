/* What a card's help costs.
 *
 * Copying items to a card and results back, their checksums, waking its thread and the set's: all
 * this takes time of the host's processors. Where they could do the work itself in that time, a
 * card is of no help, however fast it is. */
#include <pthread.h>
#include <time.h>

#include "host/src/dispatch/set.h"

/* A card is fed for less than this share of what the CPU would spend on the work: threads that wake
 * also hold up those that compute, which no clock of a thread tells. */
static const double most_share = 0.6;
/* Nobody waits for a busy CPU longer than so many times what the card would take. */
static const double most_wait = 8;

static uint64_t processor_ns(clockid_t clock)
{
    struct timespec time = {0, 0};

    clock_gettime(clock, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

uint64_t set_processor_ns(void)
{
    return processor_ns(CLOCK_THREAD_CPUTIME_ID);
}

uint64_t set_member_processor_ns(const struct set_member *member)
{
    clockid_t clock;

    return pthread_getcpuclockid(member->device->thread, &clock) == 0 ? processor_ns(clock) : 0;
}

/* What is copied and summed: 64 bytes a unit. */
static uint64_t beats(const hyp_batch_header *header)
{
    return (header->descriptors_length + header->data_length + hyp_batch_output_bytes(header)) / 64;
}

void set_feeding_learn(struct set_member *member, const hyp_batch_header *header, uint64_t now,
                       uint64_t ns)
{
    hyp_cost_learn(&member->host_cost[header->op % HYP_MAX_OPS], now, beats(header), ns);
}

/* The CPU, if it is a member that can take these items. */
static const struct set_member *cpu_for(const struct set *set, uint32_t op, uint32_t tried)
{
    for (unsigned i = 0; i < set->member_count; i++) {
        const struct set_member *member = &set->members[i];
        if (set_member_is_cpu(member) && member->health.state == HYP_HEALTH_READY &&
            set_member_can(member, op) && !(tried >> i & 1)) {
            return member;
        }
    }
    return NULL;
}

double set_feeding_ns(const struct set_member *member, const hyp_batch_header *header, double share)
{
    struct hyp_cost cost = hyp_cost_estimate(&member->host_cost[header->op % HYP_MAX_OPS]);

    return (cost.fixed_ns + cost.unit_ns * share * (double)beats(header)) /
           member->device->context->cpu_threads;
}

static double work_ns(const struct set_member *member, const hyp_batch_header *header, double share)
{
    struct hyp_cost cost = hyp_cost_estimate(&member->cost[header->op % HYP_MAX_OPS]);

    return cost.fixed_ns + cost.unit_ns * share * (double)hyp_cost_units(header);
}

bool set_is_worth_feeding(const struct set *set, const struct set_member *member,
                          const hyp_batch_header *header, double share, uint32_t tried)
{
    const struct set_member *cpu = cpu_for(set, header->op, tried);

    if (!cpu || cpu == member || set->split == HYP_SPLIT_EVENLY) {
        return true;
    }
    return set_feeding_ns(member, header, share) < most_share * work_ns(cpu, header, share) ||
           cpu->busy_ns + cpu->booked_ns >
               most_wait * (member->busy_ns + member->booked_ns + work_ns(member, header, share));
}
