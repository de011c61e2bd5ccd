/* What is called too seldom, or is too long, to be inlined. See field.h for the ranges. */
#include "host/src/recover/lanes/field.h"

#include "host/src/recover/inverse.h"
#include "host/src/recover/lanes/rows.h"

void hyp_fe_multiply(struct hyp_fe *r, const struct hyp_fe *a, const struct hyp_fe *b)
{
    struct fe_columns t;

    fe_product_columns(&t, NULL, a, b);
    fe_carry(r, &t);
}

void hyp_fe_multiply_factor(struct hyp_fe *r, const struct hyp_fe *a, const struct hyp_fe *b)
{
    struct fe_columns t;

    fe_product_columns(&t, NULL, a, b);
    fe_carry_factor(r, &t);
}

void hyp_fe_square(struct hyp_fe *r, const struct hyp_fe *a)
{
    struct fe_columns t;

    fe_square_columns(&t, NULL, a);
    fe_carry_factor(r, &t);
}

/* A reduced value is < 2^256 + 2^220. Taking the bit at 2^256 off adds at most C, so it is < 2^256
 * after one carry: either that bit was clear, or less than 2^220 + C is left. Then p is subtracted
 * where the value + C reaches 2^256. */
void hyp_fe_canonical(struct hyp_fe *r, const struct hyp_fe *a)
{
    struct fe_columns t;
    struct hyp_fe less_p;

    hyp_fe_below_2_256(r, a);
    fe_columns_from(&t, r);
    FE_EACH_VECTOR(k)
    {
        t.c[k][0] = vector_add(t.c[k][0], vector_splat(FE_FOLD_256));
    }
    fe_carry_limbs(&less_p, &t, true);
    FE_EACH_VECTOR(k)
    {
        lane_mask reached = vector_is_above(less_p.n[k][4], vector_splat(FE_TOP_MASK));
        less_p.n[k][4] = vector_and(less_p.n[k][4], vector_splat(FE_TOP_MASK));
        FE_EACH_LIMB(i)
        {
            r->n[k][i] = vector_select(r->n[k][i], reached, less_p.n[k][i]);
        }
    }
}

/* Hardly ever is there a bit to be taken off, and looking costs less than carrying. */
void hyp_fe_below_2_256(struct hyp_fe *r, const struct hyp_fe *a)
{
    struct fe_columns t;
    unsigned any = 0;

    fe_mask_limbs(r, a);
    FE_EACH_VECTOR(k)
    {
        any |= vector_any(r->n[k][4], vector_splat(~(uint64_t)FE_TOP_MASK)) & VECTOR_ALL;
    }
    if (!any) {
        return;
    }
    fe_columns_from(&t, r);
    fe_carry_sum(r, &t);
}

struct fe_mask hyp_fe_is_zero(const struct hyp_fe *a)
{
    struct hyp_fe canonical;
    struct fe_mask zero;

    hyp_fe_canonical(&canonical, a);
    FE_EACH_VECTOR(k)
    {
        const vector *n = canonical.n[k];
        vector any = vector_or(vector_or(n[0], n[1]), vector_or(n[2], n[3]));
        any = vector_or(any, n[4]);
        zero.m[k] = vector_none(any, any);
    }
    return zero;
}

struct fe_mask hyp_fe_is_equal(const struct hyp_fe *a, const struct hyp_fe *b)
{
    struct hyp_fe reduced[2];
    struct hyp_fe difference;

    fe_mask_limbs(&reduced[0], a);
    fe_mask_limbs(&reduced[1], b);
    fe_subtract(&difference, &reduced[0], &reduced[1]);
    return hyp_fe_is_zero(&difference);
}

/* --- square roots ---------------------------------------------------------------------------- */

#define MAX_CHAINS 2

/* r = a^(2^times), times > 0. Two chains in turn hide each other's latency. */
static void square_times(struct hyp_fe *r, const struct hyp_fe *a, int times, int count)
{
    for (int i = 0; i < times; i++) {
        for (int c = 0; c < count; c++) {
            hyp_fe_square(&r[c], i == 0 ? &a[c] : &r[c]);
        }
    }
}

/* r = a^(2^times)·b; r is not b. */
static void square_times_multiply(struct hyp_fe *r, const struct hyp_fe *a, int times,
                                  const struct hyp_fe *b, int count)
{
    square_times(r, a, times, count);
    for (int c = 0; c < count; c++) {
        hyp_fe_multiply_factor(&r[c], &r[c], &b[c]);
    }
}

/* (p + 1)/4 in binary is 223 ones, a zero, 22 ones, four zeros, two ones, two zeros. Below, ones_k
 * is a^(2^k - 1). */
void hyp_fe_square_roots(struct hyp_fe *r, const struct hyp_fe *a, int count)
{
    struct hyp_fe ones_2[MAX_CHAINS];
    struct hyp_fe ones_3[MAX_CHAINS];
    struct hyp_fe ones_22[MAX_CHAINS];
    struct hyp_fe ones_44[MAX_CHAINS];
    struct hyp_fe ones_88[MAX_CHAINS];
    struct hyp_fe t[MAX_CHAINS];

    square_times_multiply(ones_2, a, 1, a, count);
    square_times_multiply(ones_3, ones_2, 1, a, count);
    square_times_multiply(t, ones_3, 3, ones_3, count); /* 6 */
    square_times_multiply(t, t, 3, ones_3, count);      /* 9 */
    square_times_multiply(t, t, 2, ones_2, count);      /* 11 */
    square_times_multiply(ones_22, t, 11, t, count);    /* 22 */
    square_times_multiply(ones_44, ones_22, 22, ones_22, count);
    square_times_multiply(ones_88, ones_44, 44, ones_44, count);
    square_times_multiply(t, ones_88, 88, ones_88, count); /* 176 */
    square_times_multiply(t, t, 44, ones_44, count);       /* 220 */
    square_times_multiply(t, t, 3, ones_3, count);         /* 223 */
    square_times_multiply(t, t, 23, ones_22, count);
    square_times_multiply(t, t, 6, ones_2, count);
    square_times(r, t, 2, count);
}

/* --- inversion ------------------------------------------------------------------------------- */

void hyp_fe_swap_lanes(struct hyp_fe *r, const struct hyp_fe *a, int distance)
{
    const size_t vectors = (size_t)distance / VECTOR_LANES;
    const struct hyp_fe before = *a;

    FE_EACH_LIMB(i)
    {
        FE_EACH_VECTOR(k)
        {
            r->n[k][i] = vectors ? before.n[(k ^ vectors) % FE_VECTORS][i]
                                 : vector_swap(before.n[k][i], distance);
        }
    }
}

/* r = 1 / a in all lanes: the lanes are multiplied together pairwise, until every lane
 * holds the product of all; its inverse times the other partial products is each lane's inverse. */
static void invert_lanes(struct hyp_fe *r, const struct hyp_fe *a)
{
    struct hyp_fe product = *a;
    struct hyp_fe others;
    struct hyp_fe partner;
    uint64_t words[4];
    vector vectors[4];

    hyp_fe_swap_lanes(&others, &product, FE_LANES / 2);
    hyp_fe_multiply_factor(&product, &product, &others);
    for (int distance = FE_LANES / 4; distance > 0; distance /= 2) {
        hyp_fe_swap_lanes(&partner, &product, distance);
        hyp_fe_multiply_factor(&product, &product, &partner);
        hyp_fe_multiply_factor(&others, &others, &partner);
    }
    hyp_fe_canonical(&product, &product);
    rows_limbs_to_words(vectors, product.n[0]);
    for (int i = 0; i < 4; i++) {
        words[i] = vector_first(vectors[i]);
    }
    hyp_invert(words, words, &hyp_modulus_p);
    fe_set(&product, words);
    hyp_fe_multiply_factor(r, &others, &product);
}

void hyp_fe_inversion_push(struct hyp_fe_inversion *inversion, const struct hyp_fe *a,
                           struct hyp_fe *scratch)
{
    struct hyp_fe *product = &inversion->chain[inversion->count & 1];

    if (inversion->count < 2) {
        *product = *a;
    } else {
        *scratch = *product;
        hyp_fe_multiply_factor(product, product, a);
    }
    inversion->count++;
}

void hyp_fe_inversion_turn(struct hyp_fe_inversion *inversion)
{
    struct hyp_fe *chain = inversion->chain;
    struct hyp_fe inverse;

    if (inversion->count == 1) {
        invert_lanes(&chain[0], &chain[0]);
        return;
    }
    hyp_fe_multiply_factor(&inverse, &chain[0], &chain[1]);
    invert_lanes(&inverse, &inverse);
    hyp_fe_multiply_factor(&chain[0], &chain[0], &inverse);
    hyp_fe_multiply_factor(&inverse, &chain[1], &inverse);
    chain[1] = chain[0];
    chain[0] = inverse;
}

void hyp_fe_inversion_pop(struct hyp_fe_inversion *inversion, struct hyp_fe *inverse,
                          const struct hyp_fe *a, const struct hyp_fe *scratch)
{
    struct hyp_fe *chain = &inversion->chain[--inversion->count & 1];

    if (inversion->count < 2) {
        *inverse = *chain;
    } else {
        hyp_fe_multiply_factor(inverse, chain, scratch);
        hyp_fe_multiply_factor(chain, chain, a);
    }
}

void hyp_fe_invert_all(struct hyp_fe *a, struct hyp_fe *scratch, unsigned count, size_t stride)
{
    struct hyp_fe_inversion inversion = {.count = 0};
    struct hyp_fe inverse;

    for (size_t i = 0; i < count; i++) {
        hyp_fe_inversion_push(&inversion, &a[i * stride], &scratch[i * stride]);
    }
    hyp_fe_inversion_turn(&inversion);
    for (size_t i = count; i-- > 0;) {
        hyp_fe_inversion_pop(&inversion, &inverse, &a[i * stride], &scratch[i * stride]);
        a[i * stride] = inverse;
    }
}
