/* Counting what a device does. */
#ifndef HYPERION_STATISTICS_H
#define HYPERION_STATISTICS_H

#include <pthread.h>

#include "hyperion/stats.h"

/* Written by the device's engine (and, retries, by the set above it), read by anybody. */
struct hyp_statistics {
    pthread_mutex_t lock;
    hyp_op_stats ops[HYP_MAX_OPS]; /* at op % HYP_MAX_OPS */
    uint64_t faults;
    uint64_t resets;
    hyp_device_state state;
};

struct hyp_slot;

void hyp_statistics_init(struct hyp_statistics *statistics);
void hyp_statistics_release(struct hyp_statistics *statistics);

/* A job came to its end; `checked` of its items were checked. */
void hyp_statistics_completed(struct hyp_statistics *statistics, const struct hyp_slot *slot,
                              uint64_t checked);
void hyp_statistics_retry(struct hyp_statistics *statistics, uint32_t op);
void hyp_statistics_fault(struct hyp_statistics *statistics);
/* A change of state; going to HYP_STATE_RESETTING counts as a reset. */
void hyp_statistics_state(struct hyp_statistics *statistics, hyp_device_state state);

void hyp_histogram_add(hyp_histogram *histogram, uint64_t ns);

#endif
