/* Which weights lie in a device's resident memory, and where.
 *
 * A device has one arena, made when a program first needs it, for the weights that exist by then;
 * it grows while nothing uses it. All of it also exists on the host (the shadow), because a card
 * forgets when it is reset. Weights are placed at the first gap that is large enough; where there
 * is none, those that were used longest ago and that no job is using make room. What finds no room
 * at all travels with the job instead.
 *
 * Programs pin and unpin from any thread; the engine's thread alone brings the card up to date. */
#ifndef HYPERION_TENSOR_RESIDENCY_H
#define HYPERION_TENSOR_RESIDENCY_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "hyperion/tensor.h"

struct hyp_memory;
struct hyp_resident_block;

struct hyp_residency {
    atomic_bool stale; /* the card lacks something: looked at by the engine before each start */
    atomic_uint_fast64_t weights;      /* bytes of all weights of the device */
    pthread_mutex_t lock;              /* guards what follows */
    struct hyp_memory *shadow;         /* NULL: no arena yet */
    struct hyp_memory *retired;        /* a smaller one, which the card may still know */
    struct hyp_resident_block *blocks; /* in the order of their offsets */
    uint64_t uses;                     /* so far: the time of the last use of a block */
    uint64_t pinned;                   /* uses that go on */
    uint64_t uploads;
    uint64_t evictions;
    bool reserved;        /* the card has room for all of the shadow, */
    uint64_t stale_begin; /* and all of its content but this range */
    uint64_t stale_end;
};

void hyp_residency_init(struct hyp_residency *residency);
void hyp_residency_release(struct hyp_residency *residency);
/* Gives the arena back, while the card is open and nothing uses it. */
void hyp_residency_drop(hyp_device *device);

/* Makes weights resident until they are unpinned. Returns 0, their place and the arena, which go
 * into the job; HYP_ENOTSUP (the device has no resident memory), HYP_ETOOBIG (no room), HYP_ENOMEM
 * or HYP_EFORKED: then the weights travel with the job. */
int hyp_residency_pin(hyp_tensor *weights, uint64_t *offset, const struct hyp_memory **arena);
void hyp_residency_unpin(hyp_tensor *weights);

/* Weights that are freed leave their place to others. */
void hyp_residency_forget(hyp_tensor *weights);

/* For the engine: whether the card must be brought up to date before anything starts; doing so,
 * while no run is under way (errors as of the backend's functions); and that the card was reset. */
static inline bool hyp_residency_is_stale(struct hyp_residency *residency)
{
    return atomic_load_explicit(&residency->stale, memory_order_acquire);
}
int hyp_residency_update(hyp_device *device);
void hyp_residency_lost(hyp_device *device);

#endif
