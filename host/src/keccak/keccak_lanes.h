/* Which message is in which vector lane.
 *
 * A vector implementation permutes `width` states at once. Messages differ in length, so each lane
 * takes the next message as soon as its own has ended, and no lane idles before the items run out.
 *
 *     struct hyp_keccak_lanes lanes;
 *     hyp_keccak_lanes_init(&lanes, items, width);
 *     while (lanes.active) {
 *         absorb a block of every active lane (the last one padded), starting from the zero state
 * in lanes that are fresh; permute; for each lane of hyp_keccak_lanes_advance(&lanes): write its
 * digest to lanes.digest[lane], then hyp_keccak_lanes_refill(&lanes, lane);
 *     } */
#ifndef HYPERION_KECCAK_LANES_H
#define HYPERION_KECCAK_LANES_H

#include "host/src/keccak/keccak.h"

#define HYP_KECCAK_MAX_WIDTH 8

struct hyp_keccak_lanes {
    const struct hyp_keccak_items *items;
    size_t next_item;
    unsigned width;
    unsigned active; /* a bit a lane: it holds a message */
    unsigned fresh;  /* a bit a lane: nothing of its message has been absorbed */
    const uint8_t *message[HYP_KECCAK_MAX_WIDTH]; /* what has not been absorbed yet */
    size_t left[HYP_KECCAK_MAX_WIDTH];            /* its length; below the rate: the last block */
    uint8_t *digest[HYP_KECCAK_MAX_WIDTH];
};

/* The next item that is to be hashed; false if there is none. */
static inline bool hyp_keccak_next_item(const struct hyp_keccak_items *items, size_t *next,
                                        size_t *item)
{
    while (*next < items->count) {
        size_t candidate = (*next)++;
        if (items->statuses[candidate] == HYP_STATUS_OK) {
            *item = candidate;
            return true;
        }
    }
    return false;
}

/* Gives a lane the next message, or makes it idle. */
static inline void hyp_keccak_lanes_refill(struct hyp_keccak_lanes *lanes, unsigned lane)
{
    const struct hyp_keccak_items *items = lanes->items;
    size_t item;

    if (hyp_keccak_next_item(items, &lanes->next_item, &item)) {
        lanes->message[lane] = items->input + items->descriptors[item].offset;
        lanes->left[lane] = items->descriptors[item].length;
        lanes->digest[lane] = items->digests + item * HYP_KECCAK_DIGEST_SIZE;
        lanes->active |= 1u << lane;
        lanes->fresh |= 1u << lane;
    } else {
        lanes->active &= ~(1u << lane);
    }
}

static inline void hyp_keccak_lanes_init(struct hyp_keccak_lanes *lanes,
                                         const struct hyp_keccak_items *items, unsigned width)
{
    lanes->items = items;
    lanes->next_item = 0;
    lanes->width = width;
    lanes->active = 0;
    lanes->fresh = 0;
    for (unsigned lane = 0; lane < width; lane++) {
        hyp_keccak_lanes_refill(lanes, lane);
    }
}

/* After a block of every active lane was absorbed: steps over it and returns, a bit a lane, whose
 * message has ended. */
static inline unsigned hyp_keccak_lanes_advance(struct hyp_keccak_lanes *lanes)
{
    unsigned ended = 0;

    for (unsigned lane = 0; lane < lanes->width; lane++) {
        if (!(lanes->active & 1u << lane)) {
            continue;
        }
        if (lanes->left[lane] < HYP_KECCAK_RATE) {
            ended |= 1u << lane;
        } else {
            lanes->left[lane] -= HYP_KECCAK_RATE;
            lanes->message[lane] += HYP_KECCAK_RATE;
        }
    }
    lanes->fresh = 0;
    return ended;
}

#endif
