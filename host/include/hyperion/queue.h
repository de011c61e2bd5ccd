/* Queues: asynchronous submission of batches to a device.
 *
 * A queue is a pair of bounded rings owned by one thread: jobs go in, completions come out. The
 * order of completions is the order in which jobs finish. Full is a value, never a wait. */
#ifndef HYPERION_QUEUE_H
#define HYPERION_QUEUE_H

#include <stddef.h>
#include <stdint.h>

#include "hyperion/device.h"

HYP_BEGIN_DECLS

/* A piece of memory that the device reads and writes without a copy on the host: 4 KiB aligned,
 * zeroed at creation. */
typedef struct hyp_buffer hyp_buffer;

/* Creates a buffer of at least `bytes` bytes (> 0) for `device`; the caller destroys it before the
 * device is closed. Returns 0, HYP_EINVAL, HYP_ENOMEM, HYP_ETOOBIG, HYP_EFORKED or HYP_EIO (no
 * memory that can be shared with the device's process). */
HYP_API int hyp_buffer_create(hyp_device *device, size_t bytes, hyp_buffer **buffer);
/* Not while a job uses it. */
HYP_API void hyp_buffer_destroy(hyp_buffer *buffer);
/* The memory; valid until the buffer is destroyed. */
HYP_API void *hyp_buffer_data(const hyp_buffer *buffer);
HYP_API size_t hyp_buffer_size(const hyp_buffer *buffer);

/* One batch to run. The buffers are the caller's; from submission to completion the library and the
 * device own their content: the input must not change, the output must not be read beyond the items
 * that hyp_queue_items_done tells. */
typedef struct hyp_job {
    hyp_buffer *input;    /* a whole batch as in hyperion/batch.h */
    hyp_buffer *output;   /* large enough for its result; another buffer than input */
    size_t input_bytes;   /* how much of input is used */
    uint64_t deadline_ns; /* CLOCK_MONOTONIC; 0: now + the device's job_timeout_ns */
    void *user;           /* returned with the completion */
} hyp_job;

typedef struct hyp_completion {
    void *user;            /* of the job */
    int result;            /* 0, or HYP_ETIMEDOUT, HYP_ECANCELED, HYP_EDEVICE, HYP_ENOTSUP, … */
    uint32_t items_failed; /* items with a status other than OK; 0 unless result is 0 */
    uint64_t submitted_ns; /* CLOCK_MONOTONIC at submission, at start on the device, at the end */
    uint64_t started_ns;
    uint64_t finished_ns;
} hyp_completion;

typedef struct hyp_queue hyp_queue;

/* Jobs of all queues of a device that wait for it start in an order that gives each queue its fair
 * share of the bytes moved, however many jobs another has submitted; within a queue in the order of
 * submission. */
typedef enum hyp_priority {
    HYP_PRIORITY_BULK = 0,
    HYP_PRIORITY_LATENCY = 1, /* sixteen times the share of a bulk queue: small jobs hardly wait */
} hyp_priority;

typedef struct hyp_queue_options {
    size_t size;            /* sizeof(hyp_queue_options) */
    uint32_t depth;         /* jobs submitted and not yet reaped; 0: 64; at most 65,536 */
    hyp_verify_mode verify; /* of cards: a lie ends in HYP_EMISMATCH and a reset */
    hyp_priority priority;
} hyp_queue_options;

#define HYP_QUEUE_OPTIONS_INIT                                                                     \
    {                                                                                              \
        sizeof(hyp_queue_options), 0, HYP_VERIFY_SAMPLED, HYP_PRIORITY_BULK                        \
    }

/* Creates a queue on `device`; the caller destroys it before the device is closed. `options` may be
 * NULL. Returns 0, HYP_EINVAL, HYP_ENOMEM or HYP_EIO (no eventfd). */
HYP_API int hyp_queue_create(hyp_device *device, const hyp_queue_options *options,
                             hyp_queue **queue);

/* Cancels what has not started, waits for what has (bounded by its deadline), destroys the queue.
 * Completions not yet reaped are lost. */
HYP_API void hyp_queue_destroy(hyp_queue *queue);

/* Submits up to `count` jobs. Returns how many were accepted, from the first on: fewer than `count`
 * when the queue is full (0 is a valid answer) or when a job is refused. A refused first job
 * returns its error: HYP_EINVAL (buffers), HYP_EBADBATCH (header or sections do not hold together),
 * HYP_ENOTSUP (op), HYP_ETOOBIG, HYP_EFORKED. Descriptors are not checked here: an item that points
 * outside its batch gets HYP_STATUS_BAD_INPUT from the device. Never blocks. */
HYP_API int hyp_queue_submit(hyp_queue *queue, const hyp_job *jobs, size_t count);

/* Takes up to `capacity` completions. Returns how many (0: none ready). Never blocks. */
HYP_API int hyp_queue_reap(hyp_queue *queue, hyp_completion *completions, size_t capacity);

/* Waits until a completion can be reaped. Returns 0, HYP_ETIMEDOUT when `deadline_ns` passed first,
 * or HYP_EAGAIN when nothing is in flight. */
HYP_API int hyp_queue_wait(hyp_queue *queue, uint64_t deadline_ns);

/* How many items of a job, from the first on, are final while it still runs: their statuses and
 * results may be read from its output, and stay as they are whatever becomes of the job. The first
 * transaction of a block can so be executed while the senders of the others are still computed.
 *
 * `user` is that of the job, which was submitted and is not yet reaped (the oldest of several).
 * Returns the number, or HYP_EINVAL where there is no such job. The device `cpu` counts on every
 * fraction of a millisecond. All others stay at 0 until the job has completed: the answers of a
 * card are checked as a whole before anybody sees them. */
HYP_API int hyp_queue_items_done(const hyp_queue *queue, const void *user);

/* Waits until `items` (> 0) items of a job are final, or the job has completed. Returns how many
 * are, fewer than `items` only where the job failed or has fewer; HYP_ETIMEDOUT when `deadline_ns`
 * passed first; HYP_EINVAL as above. The completion is still to be reaped. */
HYP_API int hyp_queue_wait_items(hyp_queue *queue, const void *user, uint32_t items,
                                 uint64_t deadline_ns);

/* A file descriptor that is readable while completions wait: for poll and epoll. Belongs to the
 * queue; the caller neither reads nor closes it. */
HYP_API int hyp_queue_eventfd(hyp_queue *queue);

/* Cancels every job of this queue submitted with this `user` that has not started; each completes
 * with HYP_ECANCELED. Returns how many. A job that has started runs on to its end. */
HYP_API int hyp_queue_cancel(hyp_queue *queue, const void *user);

HYP_END_DECLS

#endif
