/* Freivalds' test: whether C = A · B + bias + addend, for a price of three matrix-vector products
 * instead of a product of matrices.
 *
 * For a random vector r, C · r is compared with A · (B · r) + bias · r + addend · r. Let D be the
 * error, C minus what it should be, over the integers: |d| < 2^34 for every element, because C,
 * bias and addend have 32 bits and A · B has as many. If a row of D is not zero, say at j, then D ·
 * r = 0 (mod 2^64) fixes d_j · r_j (mod 2^64) once the other r are drawn; the 2^20 values of r_j
 * make 2^20 different products, since |d_j · (r_j - r_j')| < 2^54. So at most one of them hides the
 * error, and arithmetic modulo 2^64 is as good as that over the integers: sums may wrap, whatever
 * the shape. Two vectors, drawn independently, let a wrong C pass with a chance of at most 2^-40.
 *
 * The vectors come from the operating system's generator and are drawn in the call, when C is
 * there. (Rusins Freivalds, Probabilistic machines can use less running time, 1977.) */
#ifndef HYPERION_FREIVALDS_H
#define HYPERION_FREIVALDS_H

#include <stdbool.h>
#include <stdint.h>

#include "host/src/context.h"

enum {
    HYP_FREIVALDS_VECTORS = 2,
    HYP_FREIVALDS_BITS = 20, /* of an element of a vector */
    HYP_FREIVALDS_ROWS = 4,  /* looked at together */
};

/* Layouts as in hyperion/batch.h: A and C in rows of whole 64-byte beats, B in panels. What pads
 * rows and columns of A and B may be anything. */
struct hyp_freivalds_product {
    uint32_t rows;         /* of A and C; at least 1 */
    uint32_t inner;        /* columns of A, rows of B; may be 0; at most 2^17 */
    uint32_t columns;      /* of B and C; at least 1; at most 2^27 */
    const uint8_t *a;      /* i8 */
    const uint8_t *b;      /* i8 */
    const uint8_t *c;      /* i32 */
    const uint8_t *bias;   /* i32 each column, or NULL */
    const uint8_t *addend; /* i32, laid out as C, or NULL */
};

/* Returns 1: C is right, but for a chance of 2^-40; 0: it is wrong for certain, or bias or addend
 * make sums that 32 bits do not hold; HYP_ENOMEM; HYP_EIO without random numbers. */
int hyp_freivalds(const struct hyp_freivalds_product *product, enum hyp_cpu_variant variant);

/* ---- between the variants ---- */

/* What a call works on. Every array is 64-byte aligned and padded with zeros to whole vectors. */
struct hyp_freivalds_work {
    const struct hyp_freivalds_product *product;
    uint32_t panels;                        /* of 64 columns */
    uint64_t c_pitch;                       /* bytes of a row of C */
    uint32_t inner_pads;                    /* beats of 64 elements of a row of A */
    uint32_t *r[HYP_FREIVALDS_VECTORS];     /* panels · 64 */
    uint64_t *y[HYP_FREIVALDS_VECTORS];     /* B · r: inner_pads · 64 */
    uint64_t r_sums[HYP_FREIVALDS_VECTORS]; /* of all elements */
    uint8_t *scratch;                       /* 16 · 64 · (panels + inner_pads) bytes */
};

typedef uint64_t hyp_freivalds_sums[HYP_FREIVALDS_VECTORS];

/* One variant. Sums are modulo 2^64. */
struct hyp_freivalds_kernels {
    /* Fills y. */
    void (*times_b)(struct hyp_freivalds_work *work);
    /* Called once between the two: y is complete. */
    void (*prepare_a)(struct hyp_freivalds_work *work);
    /* sums[i][v] = row i of a · y[v], for `count` (at most HYP_FREIVALDS_ROWS) rows from a on. */
    void (*times_a)(const struct hyp_freivalds_work *work, const uint8_t *a, uint32_t count,
                    hyp_freivalds_sums *sums);
    /* sums[i][v] = row i of c · r[v], rows of `columns` i32. */
    void (*times_c)(const struct hyp_freivalds_work *work, const uint8_t *c, uint32_t count,
                    hyp_freivalds_sums *sums);
};

extern const struct hyp_freivalds_kernels hyp_freivalds_portable;
#if defined(__x86_64__)
extern const struct hyp_freivalds_kernels hyp_freivalds_avx2;
extern const struct hyp_freivalds_kernels hyp_freivalds_avx512; /* needs VNNI and IFMA, too */
#endif

#endif
