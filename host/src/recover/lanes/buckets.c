/* The sum of all terms, by Pippenger's method.
 *
 * Scalars are cut into windows, and a window's digits are odd: ±(2i + 1) (glv.h). Each term goes,
 * with the digit's sign, into bucket i of every window; with S_i the sum of a bucket, a window
 * stands for
 *
 *   sum of (2i + 1)·S_i  =  sum of S_i  +  sum over bits j of 2^(j + 1)·(sum of S_i whose i has j)
 *
 * times 2^offset. Windows of w bits have buckets with w - 1 bits of i, so every bit of the whole is
 * the place of exactly one of these sums: bit[offset] and bit[offset + 1 + j].
 *
 * All additions are of pairs, so that they are independent and share inversions. In a bucket one
 * term waits; the next one that comes is added to it, and their sum comes back in the next round.
 * The sums of bits are made by folding: the upper half of the buckets is what has the top bit; it
 * is summed up as such, and added to the lower half, which has all other bits. */
#include <string.h>

#include "host/src/recover/lanes/combination.h"

struct window {
    unsigned offset;
    unsigned width;
    uint32_t first; /* of its buckets */
};

struct windows {
    unsigned count;
    uint32_t buckets;
    struct window window[MOST_WINDOWS];
};

/* Windows whose widths differ by one at most. */
static void lay_out(struct windows *windows, unsigned count)
{
    unsigned offset = 0;
    uint32_t first = 0;

    for (unsigned i = 0; i < count; i++) {
        unsigned width = GLV_BITS / count + (i < GLV_BITS % count);
        windows->window[i] = (struct window){offset, width, first};
        offset += width;
        first += 1u << (width - 1);
    }
    windows->count = count;
    windows->buckets = first;
}

/* Wide windows have fewer digits, but more buckets: a bucket takes one addition less than it has
 * terms, and folding it two. */
static void choose_windows(struct windows *best, unsigned terms)
{
    uint64_t least = UINT64_MAX;
    struct windows windows;

    for (unsigned count = GLV_BITS / MOST_WINDOW_BITS + 1; count <= MOST_WINDOWS; count++) {
        lay_out(&windows, count);
        uint64_t cost = (uint64_t)terms * count + windows.buckets;
        if (windows.buckets <= MOST_BUCKETS && cost < least) {
            least = cost;
            *best = windows;
        }
    }
}

/* --- pairs ---------------------------------------------------------------------------------- */

static void clear(hyp_term *places, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        places[i] = NO_TERM;
    }
}

/* A term comes to its place: it waits there, or makes a pair with the one that waits. Written
 * without a branch, which would be taken every other time and could not be foreseen. */
static inline unsigned come(hyp_term *places, uint32_t place, hyp_term term,
                            struct hyp_placed_pair *pairs, unsigned count)
{
    hyp_term waiting = places[place];
    bool alone = waiting == NO_TERM;

    pairs[count] = (struct hyp_placed_pair){place, waiting, term};
    places[place] = alone ? term : NO_TERM;
    return count + !alone;
}

/* Sums of pairs come to their places in the next round. */
static void add_pairs(struct hyp_combination *c, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        const struct hyp_placed_pair *pair = &c->pairs[i];
        hyp_term sum = hyp_additions_add(c, pair->a, pair->b, false);
        c->list[c->placed] = (struct hyp_placed){pair->place, sum};
        c->placed += sum != NO_TERM;
    }
}

/* All that is on the list comes to its place; then the list has the sums. */
static void next_round(struct hyp_combination *c, hyp_term *places)
{
    unsigned count = 0;

    for (unsigned i = 0; i < c->placed; i++) {
        count = come(places, c->list[i].place, c->list[i].term, c->pairs, count);
    }
    c->placed = 0;
    add_pairs(c, count);
}

/* Rounds, until every place has one term at most. */
static void settle(struct hyp_combination *c, hyp_term *places)
{
    hyp_additions_run(c);
    while (c->placed) {
        next_round(c, places);
        hyp_additions_run(c);
    }
}

/* --- buckets -------------------------------------------------------------------------------- */

/* The digits of a window of all terms come to their buckets. */
static unsigned window_comes(struct hyp_combination *c, const struct window *window, unsigned count)
{
    const unsigned shift = window->offset % 8;
    const unsigned top = window->width - 1;
    const uint32_t rest = (1u << top) - 1;

    for (uint32_t t = 0; t < c->terms; t++) {
        uint64_t word;
        memcpy(&word, (const uint8_t *)c->scalar[t] + window->offset / 8, sizeof word);
        uint32_t digit = (uint32_t)(word >> shift);
        uint32_t negative = ~digit >> top & 1;
        uint32_t index = (digit ^ (0u - negative)) & rest;
        count = come(c->bucket, window->first + index, t << 1 | negative, c->pairs, count);
    }
    return count;
}

static void fill_buckets(struct hyp_combination *c, const struct windows *windows)
{
    unsigned together = GROUP_TERMS / c->terms;

    clear(c->bucket, windows->buckets);
    for (unsigned i = 0; i < windows->count;) {
        unsigned pairs = 0;
        for (unsigned j = 0; j < together && i < windows->count; j++) {
            pairs = window_comes(c, &windows->window[i++], pairs);
        }
        c->placed = 0;
        add_pairs(c, pairs);
        settle(c, c->bucket);
    }
}

/* --- bits ----------------------------------------------------------------------------------- */

/* The top bit of what is left of a window: its upper half will come to that bit's place. */
static void fold(struct hyp_combination *c, const struct window *window, unsigned bit)
{
    hyp_term *low = &c->bucket[window->first];
    const hyp_term *high = low + (1u << bit);

    for (uint32_t i = 0; i < 1u << bit; i++) {
        c->list[c->placed] = (struct hyp_placed){window->offset + 1 + bit, high[i]};
        c->placed += high[i] != NO_TERM;
        low[i] = hyp_additions_add(c, low[i], high[i], true);
    }
}

static void fold_buckets(struct hyp_combination *c, const struct windows *windows)
{
    clear(c->bit, GLV_BITS);
    c->placed = 0;
    for (unsigned width = windows->window[0].width; width > 1; width--) {
        next_round(c, c->bit);
        for (unsigned i = 0; i < windows->count; i++) {
            if (windows->window[i].width >= width) {
                fold(c, &windows->window[i], width - 2);
            }
        }
        hyp_additions_run(c);
    }
    settle(c, c->bit);
    for (unsigned i = 0; i < windows->count; i++) {
        c->bit[windows->window[i].offset] = c->bucket[windows->window[i].first];
    }
}

void hyp_buckets_sum(struct hyp_combination *c)
{
    struct windows windows = {0};

    choose_windows(&windows, c->terms);
    fill_buckets(c, &windows);
    fold_buckets(c, &windows);
}
