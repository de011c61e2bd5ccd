/* The inside of a device: its card, and the engine thread that feeds it. */
#ifndef HYPERION_DEVICE_INTERNAL_H
#define HYPERION_DEVICE_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "host/src/backend/backend.h"
#include "host/src/context.h"
#include "host/src/statistics.h"
#include "host/src/tensor/residency.h"
#include "hyperion/queue.h"

enum hyp_slot_state {
    HYP_SLOT_FREE,
    HYP_SLOT_PENDING,   /* submitted; may be cancelled by its queue, may be started by the engine */
    HYP_SLOT_STARTED,   /* the engine has it */
    HYP_SLOT_CANCELLED, /* the engine will complete it without running it */
};

/* A queue's place in the order in which a device starts jobs. The engine's alone. */
struct hyp_share {
    uint64_t order; /* of its last job */
    unsigned weight;
};

/* A job from submission to completion. Lives in the slot array of its queue. */
struct hyp_slot {
    struct hyp_run run;      /* first: the engine finds the slot of a finished run by a cast */
    hyp_batch_header header; /* as it was when the job was accepted */
    struct hyp_slot
        *next; /* in the pending list, in the list of what is in flight, or in the free list */
    struct hyp_slot **link; /* what points to it in the list of what is in flight */
    bool is_flying;         /* it is in that list */
    hyp_queue *queue;
    struct hyp_share *share; /* of the queue */
    atomic_int state;        /* enum hyp_slot_state */
    uint64_t items_checked;  /* of its result */
    uint64_t input_crc;      /* of cards: what they must have read */
    bool input_is_known;
    atomic_uint items_done;
    atomic_uint items_wanted; /* by the owner, who waits for so many; 0: nobody waits */
    hyp_completion completion;
};

struct hyp_slot_list {
    struct hyp_slot *head;
    struct hyp_slot **tail;
};

struct hyp_device {
    hyp_context *context;
    const struct hyp_backend *backend;
    hyp_device_options options; /* strings are copies */
    hyp_device_info info;
    void *card;
    pthread_t thread;

    pthread_mutex_t lock; /* guards what follows */
    pthread_cond_t changed;
    bool opened; /* the engine has finished opening, well or not */
    bool stopping;
    bool in_progress; /* the engine is inside backend->progress: wake it there */
    int open_result;
    hyp_error open_error;
    hyp_error last_fault;
    struct hyp_slot_list pending;
    bool has_cancelled;   /* slots may have been, since the engine last looked */
    atomic_bool has_news; /* for the engine, since it last took the lock to look */

    struct hyp_statistics statistics; /* with a lock of its own */
    struct hyp_residency residency;   /* the same */
};

/* hyp_device_open for a backend that is already chosen. */
int hyp_device_open_on(hyp_context *context, const struct hyp_backend *backend, unsigned index,
                       const hyp_device_options *options, hyp_device **device, hyp_error *error);

void hyp_slot_list_clear(struct hyp_slot_list *list);
void hyp_slot_list_append(struct hyp_slot_list *list, struct hyp_slot *slot);
/* Appends all of one list to another. */
void hyp_slot_list_move(struct hyp_slot_list *from, struct hyp_slot_list *to);

/* engine.c: starts the engine thread and waits until the card is open and has given its known
 * answers. */
int hyp_engine_start(hyp_device *device, unsigned index, hyp_error *error);
/* Stops the thread, unless it was stopped before; when this returns the card is closed and every
 * job has come to its end. */
void hyp_engine_stop(hyp_device *device);
/* Hands over a list of slots in one go. */
void hyp_engine_submit(hyp_device *device, struct hyp_slot_list *slots);
/* Makes the engine look at its slots again, some of which were cancelled. */
void hyp_engine_wake(hyp_device *device);

/* How the library itself submits a job. */
struct hyp_submission {
    hyp_verify_mode verify; /* instead of the queue's */
    const struct hyp_memory *resident;
    uint32_t first_item; /* as in struct hyp_run */
    uint32_t last_item;
};

/* queue.c: submits one job so. Returns as hyp_queue_submit. */
int hyp_queue_submit_as(hyp_queue *queue, const hyp_job *job,
                        const struct hyp_submission *submission);

/* queue.c: submits one job whose items refer to resident memory; `arena` is what hyp_residency_pin
 * gave, and pinned until the job has completed. */
int hyp_queue_submit_resident(hyp_queue *queue, const hyp_job *job, const struct hyp_memory *arena);

/* queue.c: the device that a queue is of. */
hyp_device *hyp_queue_device(const hyp_queue *queue);

/* queue.c: has `tell` called, by the device's thread, when jobs have completed, once for those that
 * are given back together. It must not call the queue. To be set before the first is submitted. */
void hyp_queue_tell(hyp_queue *queue, void (*tell)(void *argument), void *argument);

/* queue.c: called by the engine for slots of the queue that have come to their end, at least one;
 * leaves the list empty. */
void hyp_queue_complete(hyp_queue *queue, struct hyp_slot_list *slots);

#endif
