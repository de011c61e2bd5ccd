/* What devices did and how they are: counters, times, states and events.
 *
 * A device set has members with figures of their own; a device that is no set is its only member.
 * Known answers and measuring at opening are not counted. All functions may be called from any
 * thread while the device is open, at any time. */
#ifndef HYPERION_STATS_H
#define HYPERION_STATS_H

#include <stddef.h>
#include <stdint.h>

#include "hyperion/device.h"

HYP_BEGIN_DECLS

/* Times in buckets that are a quarter of a power of two wide: bucket 0 below 256 ns, the last one
 * from 2^41 ns on. */
#define HYP_HISTOGRAM_BUCKETS 134

typedef struct hyp_histogram {
    uint64_t count;
    uint64_t sum_ns;
    uint64_t buckets[HYP_HISTOGRAM_BUCKETS];
} hyp_histogram;

/* Where a bucket ends: times in it are below this. UINT64_MAX for the last one. */
HYP_API uint64_t hyp_histogram_limit_ns(unsigned bucket);
/* The time that a share of all (0 < share ≤ 1; 0.99 for p99) does not exceed, rounded up to the
 * limit of its bucket, at most a quarter too much. 0 where nothing was counted. */
HYP_API uint64_t hyp_histogram_quantile_ns(const hyp_histogram *histogram, double share);

/* One op on one device, since it was opened. */
typedef struct hyp_op_stats {
    uint32_t op;             /* hyp_op */
    uint32_t reserved;       /* 0 */
    uint64_t batches;        /* completed, well or not */
    uint64_t batches_failed; /* of these: result other than 0 */
    uint64_t items;          /* of batches that completed well */
    uint64_t items_failed;   /* of these: status other than OK */
    uint64_t input_bytes;    /* of batches that completed well */
    uint64_t output_bytes;
    uint64_t items_checked; /* computed again, or proven, on the CPU */
    uint64_t lies;          /* batches with an answer that was wrong */
    uint64_t retries;       /* members of sets: batches that others did again, or instead */
    hyp_histogram queue;    /* from submission to the start on the device */
    hyp_histogram transfer; /* copying to and from the device, where it is told apart */
    hyp_histogram run;      /* from the start to the end: transfer and checks included */
} hyp_op_stats;

typedef enum hyp_device_state {
    HYP_STATE_ABSENT = 0,      /* could not be opened */
    HYP_STATE_STARTING = 1,    /* being opened */
    HYP_STATE_READY = 2,       /* takes work */
    HYP_STATE_SUSPECT = 3,     /* takes one batch, to show that it is well again; or has had one for
                                  much longer than it should take, and gets no other */
    HYP_STATE_QUARANTINED = 4, /* takes nothing until its pause is over */
    HYP_STATE_RESETTING = 5,   /* being made fresh, or asked for known answers */
    HYP_STATE_FAILED = 6,      /* takes nothing until hyp_device_readmit */
} hyp_device_state;

/* "ready", "quarantined", …; never NULL. */
HYP_API const char *hyp_device_state_name(hyp_device_state state);

typedef struct hyp_device_status {
    char name[32];
    hyp_device_state state;
    uint32_t failures; /* in a row; the third one fails a member of a set */
    uint64_t faults;   /* of the whole device: lost, late, nonsense, lies */
    uint64_t resets;
    hyp_error last_fault; /* code 0: none; of an absent device, why it is */
} hyp_device_status;

/* Number of members; 1 for a device that is no set. */
HYP_API uint32_t hyp_device_member_count(const hyp_device *device);

/* Of member `member` (below the count). Return 0, HYP_EINVAL or HYP_EFORKED;
 * hyp_device_get_op_stats also HYP_ENOTSUP where the member does not have the op. */
HYP_API int hyp_device_get_status(hyp_device *device, uint32_t member, hyp_device_status *status);
HYP_API int hyp_device_get_op_stats(hyp_device *device, uint32_t member, hyp_op op,
                                    hyp_op_stats *stats);

/* The operator's word that a member of a set may try again: it becomes suspect, whatever it did
 * before. Takes effect with the next job. Returns 0, HYP_EINVAL (no such member, no set)
 * or HYP_EFORKED. */
HYP_API int hyp_device_readmit(hyp_device *device, uint32_t member);

HYP_END_DECLS

#endif
