/* Work of any op under faults: threads that keep jobs in flight, and look at each one that comes
 * back. Its items are drawn from the op's known answers; what must come out is computed by the op's
 * reference. */
#ifndef HYPERION_TESTS_FAULTS_WORK_H
#define HYPERION_TESTS_FAULTS_WORK_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "host/src/ops/op.h"
#include "hyperion/hyperion.h"

enum { WORK_THREADS = 4, WORK_JOBS = 2 };

/* What all threads of one load have done. */
struct work_counts {
    atomic_uint submitted;
    atomic_uint right;   /* ended with the right results */
    atomic_uint wrong;   /* ended well with wrong ones */
    atomic_uint failed;  /* ended with an error that a device may have */
    atomic_int error;    /* the last of these */
    atomic_uint strange; /* lost, doubled, refused, or ended with another error */
    atomic_uint late;    /* ended after deadline and grace */
};

struct work {
    hyp_device *device;
    const struct hyp_op_info *op;
    uint64_t deadline_ns; /* of each job, from its submission */
    uint64_t grace_ns;    /* how much later it may end */
    uint64_t seed;
    atomic_bool stop;
    struct work_counts counts;
    pthread_t threads[WORK_THREADS];
};

/* Starts the threads on a device, which the caller closes after work_end. */
void work_begin(struct work *work);
/* Lets every job in flight come to its end. */
void work_end(struct work *work);

#endif
