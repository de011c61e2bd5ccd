/* Proving many recovered keys at once: the memory of it, and its stages.
 *
 * A signature (r, s, recid) over z has the key Q if and only if s·R = z·G + r·Q, where R is the
 * point that r and recid name and Q is a point of the curve. Let E = R - (z/s)·G - (r/s)·Q, for
 * every signature; all keys are right if every E is the point at infinity O. With random
 * coefficients a, of which nobody knew anything when the keys were given,
 *
 *   the sum of a·E  =  sum of a·R  -  sum of (a·r/s)·Q  -  (sum of a·z/s)·G
 *
 * is O where all are right. Where some E is not O, its order is n, a prime, as that of every point
 * of this curve but O; so the sum is O for at most one residue of that a modulo n, whatever the
 * other coefficients. a is one of 2^128 numbers that differ modulo n, each as likely as the others:
 * wrong keys pass with a chance of at most 2^-128.
 *
 *   equation.c     a chunk of signatures becomes terms: points, and scalars cut into halves
 *   buckets.c      the sum of all terms, sorted by their digits (Pippenger's method)
 *   additions.c    affine additions of any two points, many for one inversion
 *   combination.c  the 129 points that are left, and whether they sum up to O
 *
 * See docs/cpu-recover.md. */
#ifndef HYPERION_RECOVER_LANES_COMBINATION_H
#define HYPERION_RECOVER_LANES_COMBINATION_H

#include "host/src/recover/lanes/batch.h"

/* Every signature gives three terms, R, Q and λ·Q, with scalars of 129 bits; G gives two. */
#define TERMS_EACH 3
#define TERMS_OF_G 2
#define MOST_TERMS (TERMS_OF_G + TERMS_EACH * HYP_RECOVER_MOST_PROVEN)

/* Windows tile the bits of a scalar; a window of w bits has 2^(w - 1) buckets, for all its digits
 * are odd (glv.h). */
#define MOST_WINDOWS     43
#define MOST_WINDOW_BITS 12
#define MOST_BUCKETS     16384 /* of all windows */

/* So many terms, each in every window of a group, are sorted and summed together. */
#define GROUP_TERMS 24576

/* Additions that share an inversion. */
#ifndef ADDITIONS
#define ADDITIONS 2048
#endif

/* A point with its sign: twice its row, and one more where it is to be negated. */
typedef uint32_t hyp_term;

#define NO_TERM UINT32_MAX /* the point at infinity */

/* Points, canonical: x and y, four words each, the lowest first. */
typedef uint64_t hyp_point_row[8];

/* The rows of the terms come first, then those of sums; the last is where lanes that have nothing
 * to do store. Pairs of a group and buckets need at most a row each, then buckets that are folded
 * and what is summed of their halves two a bucket. Rows are given up at the end of a run, and until
 * then not used again. */
#define MOST_ROWS (MOST_TERMS + GROUP_TERMS / 2 + 2 * MOST_BUCKETS + ADDITIONS + 1)
#define SINK      (MOST_ROWS - 1)
#define NO_ROW    UINT32_MAX

static_assert(MOST_TERMS <= GROUP_TERMS, "a group has a window at least");
static_assert(MOST_BUCKETS <= GROUP_TERMS, "room for what is placed");

struct hyp_addition {
    hyp_term a, b;
    uint32_t sum;      /* its row */
    uint32_t given_up; /* the row of b, if nobody needs it any more, or NO_ROW */
};

/* A block of additions on its way. */
struct hyp_block_sum {
    struct hyp_point sum; /* until it is made: the denominator, and what the inversion needs */
    struct hyp_fe x_a;
};

/* Additions that wait, those of a point to itself apart. */
struct hyp_addition_list {
    unsigned count;
    struct hyp_addition addition[ADDITIONS];
};

/* A term on its way to a place: a bucket, or the sum of one bit. */
struct hyp_placed {
    uint32_t place;
    hyp_term term;
};

/* Two terms that met at a place. */
struct hyp_placed_pair {
    uint32_t place;
    hyp_term a, b;
};

struct hyp_combination {
    hyp_point_row row[MOST_ROWS];
    uint64_t scalar[MOST_TERMS][4]; /* k' (glv.h) of every term: three words, and one of zero */
    struct hyp_block_sum block[2 * ADDITIONS / FE_LANES];
    struct hyp_scalar of_g; /* the sum of a·z/s, each lane's own; canonical */

    unsigned terms;          /* so far */
    uint32_t rows;           /* that were ever in use */
    uint32_t free_rows;      /* of these, that are not now */
    unsigned placed;         /* on the list */
    uint32_t tag[MOST_ROWS]; /* the lowest bits of x */
    uint32_t free_row[MOST_ROWS];
    hyp_term bucket[MOST_BUCKETS];
    hyp_term bit[GLV_BITS];
    struct hyp_placed list[GROUP_TERMS];
    struct hyp_placed_pair pairs[GROUP_TERMS / 2 + 1]; /* one that is none at the end */
    struct hyp_addition_list sums;
    struct hyp_addition_list doubles;
};

/* equation.c: an equation without signatures: the points of the first two terms, G and λ·G. */
void hyp_equation_begin(struct hyp_combination *c);

/* equation.c: appends the terms of 1 … HYP_RECOVER_CHUNK signatures whose keys are given, with
 * coefficients. False where a signature has no key or a key is none: a wrong answer. */
bool hyp_equation_read(struct hyp_combination *c, struct hyp_recover_workspace *w,
                       const hyp_ecrecover_descriptor *items, const uint8_t (*keys)[64],
                       const uint8_t (*coefficients)[16], unsigned count, uint32_t flags);

/* equation.c: the scalars of G and λ·G, when all signatures are there. */
void hyp_equation_finish(struct hyp_combination *c);

/* additions.c: the sum of two terms, or NO_TERM where they are opposite; either may be NO_TERM. It
 * is there after the next hyp_additions_run; until then it must not be used again. The rows of both
 * are given up, but those of terms stay; with keep_b that of b stays as well. */
hyp_term hyp_additions_add(struct hyp_combination *c, hyp_term a, hyp_term b, bool keep_b);
void hyp_additions_run(struct hyp_combination *c);

/* buckets.c: the sum of all terms as 129 points, bit[i] to be multiplied by 2^i. */
void hyp_buckets_sum(struct hyp_combination *c);

#endif
