/* The memory of one recovery of up to HYP_RECOVER_CHUNK signatures, and the stages that work on it.
 *
 * Signatures are computed in blocks of FE_LANES (sixteen or, with AVX2, four); each stage runs over
 * all blocks before the next begins, because the stages share their inversions:
 *
 *   scalars   u1 = -hash/r, u2 = s/r mod n, cut into digits
 *   points    R from r and recid; the odd multiples R … 31R of each, affine
 *   sums      for every window, affine: d·R + d'·λR, and the four digits of G
 *   ladder    124 doublings and one addition a window, Jacobian, from a start that nobody can guess
 *   finish    back to affine, minus the start
 *
 * See docs/cpu-recover.md. */
#ifndef HYPERION_RECOVER_LANES_BATCH_H
#define HYPERION_RECOVER_LANES_BATCH_H

#include <stdbool.h>

#include "host/src/recover/lanes/glv.h"
#include "host/src/recover/lanes/point.h"
#include "host/src/recover/variants.h"

#define HYP_RECOVER_BLOCKS (HYP_RECOVER_CHUNK / FE_LANES)

/* So many blocks at a time have their sums made, for two inversions, and climb the ladder: more
 * would not stay in the second cache. Measured, docs/cpu-recover.md. */
#ifndef HYP_RECOVER_STRIDE
#define HYP_RECOVER_STRIDE (128 / FE_LANES)
#endif

/* R is added in windows of five bits, the lowest of four: 25·5 + 4 = GLV_BITS. G is added in four
 * quarters of 64 bits, each in windows of 13, the highest of 12. */
#define R_WINDOWS 26
#define G_WINDOWS 5
#define R_ROWS    16 /* R, 3R, … 31R */

static inline unsigned r_window_offset(unsigned window)
{
    return window == 0 ? 0 : 5 * window - 1;
}

static inline unsigned r_window_width(unsigned window)
{
    return window == 0 ? 4 : 5;
}

static inline unsigned g_window_offset(unsigned window)
{
    return 13 * window;
}

static inline unsigned g_window_width(unsigned window)
{
    return window == G_WINDOWS - 1 ? 12 : 13;
}

/* Sums of two points that a block has: the windows of R, and the two halves of each window of G. */
#define SUM_G_HALVES R_WINDOWS
#define SUMS         (SUM_G_HALVES + 2 * G_WINDOWS)

/* Small multiples of R while its table is made; see sums.c. */
#define MULTIPLES 10
#define INVERSES  5

/* One bit a signature of the block. */
typedef uint16_t hyp_block_mask;

static inline struct fe_mask block_lanes(hyp_block_mask mask)
{
    struct fe_mask lanes;

    for (unsigned k = 0; k < FE_VECTORS; k++) {
        lanes.m[k] = (lane_mask)(mask >> (k * VECTOR_LANES));
    }
    return lanes;
}

static inline hyp_block_mask block_mask(struct fe_mask lanes)
{
    unsigned mask = 0;

    for (unsigned k = 0; k < FE_VECTORS; k++) {
        mask |= (lanes.m[k] & VECTOR_ALL) << (k * VECTOR_LANES);
    }
    return (hyp_block_mask)mask;
}

struct hyp_recover_block {
    struct hyp_glv_half half[FE_VECTORS][2]; /* digits of u2 */
    vector quarter[FE_VECTORS][4];           /* digits of ±u1 */
    struct hyp_fe x;                         /* of R; where R is not to be used, of G */
    struct hyp_fe y;
    struct hyp_jacobian sum;
    struct fe_mask g_negative; /* where the digits are those of -u1 */
    hyp_block_mask odd_y;      /* asked for by recid */
    hyp_block_mask bad_input, bad_recid, bad_r, bad_s, high_s, x_too_large;
    hyp_block_mask not_on_curve;
    hyp_block_mask infinity; /* proven */
    hyp_block_mask unproven; /* to be computed by other means */
};

/* Two points that are to be added, a row of each lane, and their signs. */
struct hyp_summands {
    struct hyp_point sum; /* until it is made: x holds x_b - x_a, y what the inversion needs */
    struct hyp_fe x_a;
    const uint64_t *row_a[FE_LANES];
    const uint64_t *row_b[FE_LANES];
    struct fe_mask a_negative, b_negative;
};

struct hyp_recover_workspace {
    struct hyp_recover_block block[HYP_RECOVER_BLOCKS];
    struct hyp_scalar r[FE_VECTORS * HYP_RECOVER_BLOCKS]; /* r, then 2^260/r */
    struct hyp_scalar s[FE_VECTORS * HYP_RECOVER_BLOCKS];
    struct hyp_scalar hash[FE_VECTORS * HYP_RECOVER_BLOCKS];
    struct hyp_scalar scratch[FE_VECTORS * HYP_RECOVER_BLOCKS];
    /* Row i of a lane: (2i + 1)·R, x and y, four words each, < 2^256. */
    uint64_t rows[HYP_RECOVER_BLOCKS][FE_LANES][R_ROWS][8];
    union {
        struct {
            struct hyp_point multiple[HYP_RECOVER_BLOCKS][MULTIPLES];
            struct hyp_point inverse[HYP_RECOVER_BLOCKS * INVERSES];
        } table;
        struct {
            struct hyp_summands summands[HYP_RECOVER_STRIDE * SUMS];
            struct hyp_point g[HYP_RECOVER_STRIDE * G_WINDOWS]; /* like hyp_summands.sum */
        };
        struct hyp_point z_inverse[HYP_RECOVER_BLOCKS]; /* in x */
    };
};

/* input.c: reads items [0, count) into `blocks` blocks; lanes beyond count hold a harmless
 * signature. Fills masks up to x_too_large, odd_y, x (the coordinate to be tried), r, s and hash.
 * r and s are 1 where they are not to be used. */
void hyp_recover_read_items(struct hyp_recover_workspace *w, const hyp_ecrecover_descriptor *items,
                            unsigned count, unsigned blocks, uint32_t flags);

/* input.c: the same, and the digits; r becomes its inverse. */
void hyp_recover_read(struct hyp_recover_workspace *w, const hyp_ecrecover_descriptor *items,
                      unsigned count, unsigned blocks, uint32_t flags);

/* sums.c: finds y, reduced, and not_on_curve. */
void hyp_recover_points(struct hyp_recover_workspace *w, unsigned blocks);

/* sums.c: the same, and makes the tables of R. */
void hyp_recover_tables(struct hyp_recover_workspace *w, unsigned blocks);

/* sums.c: makes sum and g of `blocks` ≤ HYP_RECOVER_STRIDE blocks from `first` on, negated
 * where the ladder wants them so. */
void hyp_recover_sums(struct hyp_recover_workspace *w, unsigned first, unsigned blocks);

/* The ladder's order: from the highest offset to the lowest. The sum changes its sign with every
 * doubling and every addition, so a window's point is negated where the number of operations before
 * it is even. */
struct hyp_ladder_step {
    uint8_t doublings; /* before the addition */
    uint8_t window;
    bool of_g;
    bool negate;
};

#define LADDER_STEPS (R_WINDOWS + G_WINDOWS)

void hyp_ladder_build(struct hyp_ladder_step ladder[LADDER_STEPS]);

#endif
