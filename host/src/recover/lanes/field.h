/* The field GF(p), p = 2^256 - 2^32 - 977, FE_LANES elements at a time.
 *
 * An element is five limbs of 52 bits, value = n0 + n1·2^52 + n2·2^104 + n3·2^156 + n4·2^208. With
 * AVX-512 limb i of sixteen elements lies in two vectors: struct hyp_fe is [vector][limb], and
 * every function works on both vectors, instruction by instruction in turn, because one vector
 * alone cannot fill the multiplier's pipeline. With AVX2 four elements lie in one vector: there are
 * only sixteen registers, and products by doubles have more to do in parallel.
 *
 * IFMA multiplies the low 52 bits of its operands and ignores the others (multiply_add.h). So the
 * ranges are not slack but correctness:
 *
 *   reduced    limbs 0…3 < 2^52, limb 4 < 2^48 + 2^12; so the value is < 2^256 + 2^220. Not unique:
 *              x and x + p may both be in range.
 *   factor     the same value, but limbs 0…3 may have anything above bit 52: what the carries left
 *              there. It can be multiplied, and nothing else. Most values are only ever multiplied,
 *              and not masking them saves a tenth of a product.
 *   canonical  reduced, and the value is < p. Only hyp_fe_canonical makes it.
 *   columns    what a product is before its carries run: five sums at the same weights and a sixth
 *              at 2^260, each < 2^62 and not negative. The caller may add and subtract here before
 *              the carry, as long as that range holds.
 *   addend     five columns < 2^61, not negative, no sixth: a sum or difference kept for a later
 *              product to be added to, never carried itself.
 *
 * Every comment of a function says which it takes and gives; a reduced element is also a factor.
 *
 * Where the bounds come from:
 *   - A product has 25 low halves (< 2^52) and 25 high halves (< 2^52). No column collects more
 * than nine of them, so after one product columns are < 9·2^52; the widest combination used,
 *     8·square + product, stays < 81·2^52 < 2^59.
 *   - The upper five columns are carried into h0…h3, of which 52 bits count, and h4. Column 9 holds
 *     only the high half of limb4·limb4 < 2^(97 - 52), at most nine times, so h4 < 2^49.
 *   - 2^260 = 2^36 + 15632 =: R (mod p), R < 2^36.01. Folding adds to each lower column one low
 * half
 *     (< 2^52) and one high half (< 2^37). h4·R has its high half, < 2^34, at 2^260: that is the
 * sixth column.
 *   - fe_carry takes q = (column4 >> 48) + 16·column5 off at 2^256. With columns < 2^62 and
 *     column5 < 2^36, q < 2^41, and 2^256 = C = 2^32 + 977 (mod p): q·C is added to limbs 0 and 1
 * as a low and a high half. The carry that reaches limb 4 is < 2^11, so limb 4 < 2^48 + 2^11. */
#ifndef HYPERION_RECOVER_LANES_FIELD_H
#define HYPERION_RECOVER_LANES_FIELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host/src/recover/lanes/multiply_add.h"

#if VECTOR_LANES == 8
#define FE_VECTORS 2
#else
#define FE_VECTORS 1
#endif
#define FE_LANES  (FE_VECTORS * VECTOR_LANES)
#define FE_INLINE static inline __attribute__((always_inline))

struct hyp_fe {
    vector n[FE_VECTORS][5];
};

struct fe_columns {
    vector c[FE_VECTORS][6];
};

/* One bit a lane. */
struct fe_mask {
    lane_mask m[FE_VECTORS];
};

#define FE_LIMB_MASK 0xfffffffffffffu /* 2^52 - 1 */
#define FE_TOP_MASK  0xffffffffffffu  /* 2^48 - 1 */
#define FE_FOLD_256  0x1000003d1u     /* C */
#define FE_FOLD_260  0x1000003d10u    /* R */

/* 8p written with limbs that are each at least seven times those of a reduced element, so that
 * bias + x - 7y has no negative limb: 8p = 2^259 - 8C, eight units borrowed from every next limb.
 */
#define FE_BIAS_0 ((9ull << 52) - 8 * FE_FOLD_256)
#define FE_BIAS_1 ((9ull << 52) - 1 - 8)
#define FE_BIAS_4 ((1ull << 51) - 1 - 8)

/* The same of 4096p, with limbs between 2^59 and 2^60.01: for columns to be subtracted from. */
#define FE_LARGE_BIAS_0 ((257ull << 52) - 4096 * FE_FOLD_256)
#define FE_LARGE_BIAS_1 ((257ull << 52) - 1 - 256)
#define FE_LARGE_BIAS_4 ((1ull << 60) - 1 - 256)

/* Loops that are always unrolled: k and i become constants. The name of a loop's variable cannot
 * stand in parentheses. */
// NOLINTBEGIN(bugprone-macro-parentheses)
#define FE_EACH_VECTOR(k) _Pragma("GCC unroll 4") for (size_t k = 0; k < FE_VECTORS; k++)
#define FE_EACH_LIMB(i)   _Pragma("GCC unroll 5") for (size_t i = 0; i < 5; i++)
// NOLINTEND(bugprone-macro-parentheses)

FE_INLINE vector fe_bias(size_t limb)
{
    return vector_splat(limb == 0 ? FE_BIAS_0 : limb == 4 ? FE_BIAS_4 : FE_BIAS_1);
}

FE_INLINE vector fe_large_bias(size_t limb)
{
    return vector_splat(limb == 0   ? FE_LARGE_BIAS_0
                        : limb == 4 ? FE_LARGE_BIAS_4
                                    : FE_LARGE_BIAS_1);
}

/* --- products ------------------------------------------------------------------------------- */

/* Ten columns of an unreduced product. The upper five come first: while their carries run, the
 * lower ones keep the multiplier busy. */
struct fe_wide {
    vector low[FE_VECTORS][5];
    vector high[FE_VECTORS][5];
};

FE_INLINE void fe_multiply_add_low(vector *column, vector a, vector b)
{
    *column = multiply_add_low(*column, a, b);
}

FE_INLINE void fe_multiply_add_high(vector *column, vector a, vector b)
{
    *column = multiply_add_high(*column, a, b);
}

FE_INLINE void fe_zero_columns(vector t[FE_VECTORS][5])
{
    FE_EACH_LIMB(i)
    {
        FE_EACH_VECTOR(k)
        {
            t[k][i] = vector_zero();
        }
    }
}

/* Columns 5…9 of a·b, added to t. */
FE_INLINE void fe_product_high(vector t[FE_VECTORS][5], const struct hyp_fe *a,
                               const struct hyp_fe *b)
{
    FE_EACH_LIMB(i)
    {
        FE_EACH_LIMB(j)
        {
            FE_EACH_VECTOR(k)
            {
                if (i + j >= 5) {
                    fe_multiply_add_low(&t[k][i + j - 5], a->n[k][i], b->n[k][j]);
                }
            }
        }
        FE_EACH_LIMB(j)
        {
            FE_EACH_VECTOR(k)
            {
                if (i + j >= 4) {
                    fe_multiply_add_high(&t[k][i + j - 4], a->n[k][i], b->n[k][j]);
                }
            }
        }
    }
}

/* Columns 0…4 of a·b, added to t. */
FE_INLINE void fe_product_low(vector t[FE_VECTORS][5], const struct hyp_fe *a,
                              const struct hyp_fe *b)
{
    FE_EACH_LIMB(i)
    {
        FE_EACH_LIMB(j)
        {
            FE_EACH_VECTOR(k)
            {
                if (i + j < 5) {
                    fe_multiply_add_low(&t[k][i + j], a->n[k][i], b->n[k][j]);
                }
            }
        }
        FE_EACH_LIMB(j)
        {
            FE_EACH_VECTOR(k)
            {
                if (i + j < 4) {
                    fe_multiply_add_high(&t[k][i + j + 1], a->n[k][i], b->n[k][j]);
                }
            }
        }
    }
}

/* Columns 5…9 of a², in t, which must be zero: the mixed terms, doubled, then the squares. */
FE_INLINE void fe_square_high(vector t[FE_VECTORS][5], const struct hyp_fe *a)
{
    FE_EACH_LIMB(i)
    {
        FE_EACH_LIMB(j)
        {
            FE_EACH_VECTOR(k)
            {
                if (j > i && i + j >= 5) {
                    fe_multiply_add_low(&t[k][i + j - 5], a->n[k][i], a->n[k][j]);
                }
                if (j > i && i + j >= 4) {
                    fe_multiply_add_high(&t[k][i + j - 4], a->n[k][i], a->n[k][j]);
                }
            }
        }
    }
    FE_EACH_LIMB(i)
    {
        FE_EACH_VECTOR(k)
        {
            if (i < 4) {
                t[k][i] = vector_add(t[k][i], t[k][i]);
            }
        }
    }
    FE_EACH_LIMB(i)
    {
        FE_EACH_VECTOR(k)
        {
            if (2 * i >= 5) {
                fe_multiply_add_low(&t[k][2 * i - 5], a->n[k][i], a->n[k][i]);
            }
            if (2 * i >= 4) {
                fe_multiply_add_high(&t[k][2 * i - 4], a->n[k][i], a->n[k][i]);
            }
        }
    }
}

/* Columns 0…4 of a², added to t; columns 1…4 of t are doubled on the way. */
FE_INLINE void fe_square_low(vector t[FE_VECTORS][5], const struct hyp_fe *a)
{
    FE_EACH_LIMB(i)
    {
        FE_EACH_LIMB(j)
        {
            FE_EACH_VECTOR(k)
            {
                if (j > i && i + j < 5) {
                    fe_multiply_add_low(&t[k][i + j], a->n[k][i], a->n[k][j]);
                }
                if (j > i && i + j < 4) {
                    fe_multiply_add_high(&t[k][i + j + 1], a->n[k][i], a->n[k][j]);
                }
            }
        }
    }
    FE_EACH_LIMB(i)
    {
        FE_EACH_VECTOR(k)
        {
            if (i > 0) {
                t[k][i] = vector_add(t[k][i], t[k][i]);
            }
        }
    }
    FE_EACH_LIMB(i)
    {
        FE_EACH_VECTOR(k)
        {
            if (2 * i < 5) {
                fe_multiply_add_low(&t[k][2 * i], a->n[k][i], a->n[k][i]);
            }
            if (2 * i < 4) {
                fe_multiply_add_high(&t[k][2 * i + 1], a->n[k][i], a->n[k][i]);
            }
        }
    }
}

FE_INLINE void fe_columns_times_8(vector t[FE_VECTORS][5])
{
    FE_EACH_LIMB(i)
    {
        FE_EACH_VECTOR(k)
        {
            t[k][i] = vector_left(t[k][i], 3);
        }
    }
}

/* Carries the upper columns into h0…h4, in place; of h0…h3 the low 52 bits count. */
FE_INLINE void fe_carry_high(vector h[FE_VECTORS][5])
{
    _Pragma("GCC unroll 4") for (int i = 0; i < 4; i++)
    {
        FE_EACH_VECTOR(k)
        {
            h[k][i + 1] = vector_add(h[k][i + 1], vector_right(h[k][i], 52));
        }
    }
}

/* columns = low + R·h */
FE_INLINE void fe_fold(struct fe_columns *r, vector low[FE_VECTORS][5], vector h[FE_VECTORS][5])
{
    const vector fold = vector_splat(FE_FOLD_260);

    FE_EACH_LIMB(i)
    {
        FE_EACH_VECTOR(k)
        {
            fe_multiply_add_low(&low[k][i], h[k][i], fold);
        }
        FE_EACH_VECTOR(k)
        {
            if (i < 4) {
                fe_multiply_add_high(&low[k][i + 1], h[k][i], fold);
            }
        }
    }
    FE_EACH_VECTOR(k)
    {
        r->c[k][5] = multiply_add_high(vector_zero(), h[k][4], fold);
    }
    FE_EACH_LIMB(i)
    {
        FE_EACH_VECTOR(k)
        {
            r->c[k][i] = low[k][i];
        }
    }
}

/* Lower columns that begin at 0, or at an addend. */
FE_INLINE void fe_begin(vector low[FE_VECTORS][5], const struct hyp_fe *addend)
{
    FE_EACH_LIMB(i)
    {
        FE_EACH_VECTOR(k)
        {
            low[k][i] = addend ? addend->n[k][i] : vector_zero();
        }
    }
}

/* addend + a·b; no addend if it is NULL */
FE_INLINE void fe_product_columns(struct fe_columns *r, const struct hyp_fe *addend,
                                  const struct hyp_fe *a, const struct hyp_fe *b)
{
    vector high[FE_VECTORS][5];
    vector low[FE_VECTORS][5];

    fe_zero_columns(high);
    fe_product_high(high, a, b);
    fe_carry_high(high);
    fe_begin(low, addend);
    fe_product_low(low, a, b);
    fe_fold(r, low, high);
}

/* a·b + c·d */
FE_INLINE void fe_two_products_columns(struct fe_columns *r, const struct hyp_fe *a,
                                       const struct hyp_fe *b, const struct hyp_fe *c,
                                       const struct hyp_fe *d)
{
    vector high[FE_VECTORS][5];
    vector low[FE_VECTORS][5];

    fe_zero_columns(high);
    fe_product_high(high, a, b);
    fe_product_high(high, c, d);
    fe_carry_high(high);
    fe_zero_columns(low);
    fe_product_low(low, a, b);
    fe_product_low(low, c, d);
    fe_fold(r, low, high);
}

/* 8·s² + a·b. The square is complete before b is needed, which may still be on its way. */
FE_INLINE void fe_eight_squares_plus_product_columns(struct fe_columns *r, const struct hyp_fe *s,
                                                     const struct hyp_fe *a, const struct hyp_fe *b)
{
    vector high[FE_VECTORS][5];
    vector low[FE_VECTORS][5];

    fe_zero_columns(high);
    fe_square_high(high, s);
    fe_columns_times_8(high);
    fe_zero_columns(low);
    fe_square_low(low, s);
    fe_columns_times_8(low);
    fe_product_high(high, a, b);
    fe_carry_high(high);
    fe_product_low(low, a, b);
    fe_fold(r, low, high);
}

/* a² + 2·half; no addend if half is NULL. The mixed terms, which are to be doubled, begin at half.
 */
FE_INLINE void fe_square_columns(struct fe_columns *r, const struct hyp_fe *half,
                                 const struct hyp_fe *a)
{
    vector high[FE_VECTORS][5];
    vector low[FE_VECTORS][5];

    fe_zero_columns(high);
    fe_square_high(high, a);
    fe_carry_high(high);
    fe_begin(low, half);
    if (half) {
        FE_EACH_VECTOR(k)
        {
            low[k][0] = vector_add(low[k][0], low[k][0]);
        }
    }
    fe_square_low(low, a);
    fe_fold(r, low, high);
}

/* --- carries -------------------------------------------------------------------------------- */

/* Column by column; the last keeps what is left. Gives a factor, or with the masks a reduced
 * element. */
FE_INLINE void fe_carry_limbs(struct hyp_fe *r, struct fe_columns *t, bool mask)
{
    _Pragma("GCC unroll 4") for (int i = 0; i < 4; i++)
    {
        FE_EACH_VECTOR(k)
        {
            t->c[k][i + 1] = vector_add(t->c[k][i + 1], vector_right(t->c[k][i], 52));
            r->n[k][i] = mask ? vector_and(t->c[k][i], vector_splat(FE_LIMB_MASK)) : t->c[k][i];
        }
    }
    FE_EACH_VECTOR(k)
    {
        r->n[k][4] = t->c[k][4];
    }
}

/* Takes off what is at 2^256 and above. */
FE_INLINE void fe_carry_top(struct fe_columns *t)
{
    const vector fold = vector_splat(FE_FOLD_256);

    FE_EACH_VECTOR(k)
    {
        vector q = vector_add(vector_right(t->c[k][4], 48), vector_left(t->c[k][5], 4));
        t->c[k][4] = vector_and(t->c[k][4], vector_splat(FE_TOP_MASK));
        fe_multiply_add_low(&t->c[k][0], q, fold);
        fe_multiply_add_high(&t->c[k][1], q, fold);
    }
}

/* The same of sums, which have no sixth column: q < 2^14, and q·C has no high half. */
FE_INLINE void fe_carry_top_of_sum(struct fe_columns *t)
{
    FE_EACH_VECTOR(k)
    {
        vector q = vector_right(t->c[k][4], 48);
        t->c[k][4] = vector_and(t->c[k][4], vector_splat(FE_TOP_MASK));
        fe_multiply_add_low(&t->c[k][0], q, vector_splat(FE_FOLD_256));
    }
}

/* Columns of a product → reduced. */
FE_INLINE void fe_carry(struct hyp_fe *r, struct fe_columns *t)
{
    fe_carry_top(t);
    fe_carry_limbs(r, t, true);
}

/* Columns of a product → factor. */
FE_INLINE void fe_carry_factor(struct hyp_fe *r, struct fe_columns *t)
{
    fe_carry_top(t);
    fe_carry_limbs(r, t, false);
}

/* Sums, without the sixth column → reduced; → factor. */
FE_INLINE void fe_carry_sum(struct hyp_fe *r, struct fe_columns *t)
{
    fe_carry_top_of_sum(t);
    fe_carry_limbs(r, t, true);
}

FE_INLINE void fe_carry_sum_factor(struct hyp_fe *r, struct fe_columns *t)
{
    fe_carry_top_of_sum(t);
    fe_carry_limbs(r, t, false);
}

/* Folds the sixth column into the first two, so that the rest can be an addend. */
FE_INLINE void fe_drop_sixth(struct fe_columns *t)
{
    const vector fold = vector_splat(FE_FOLD_260);

    FE_EACH_VECTOR(k)
    {
        fe_multiply_add_low(&t->c[k][0], t->c[k][5], fold);
        fe_multiply_add_high(&t->c[k][1], t->c[k][5], fold);
    }
}

/* --- sums in columns ------------------------------------------------------------------------ */

FE_INLINE void fe_columns_scale(struct fe_columns *t, int factor)
{
    _Pragma("GCC unroll 6") for (int i = 0; i < 6; i++)
    {
        FE_EACH_VECTOR(k)
        {
            vector x = t->c[k][i];
            vector twice = vector_add(x, x);
            t->c[k][i] = factor == 2 ? twice : vector_add(twice, x);
        }
    }
}

FE_INLINE void fe_columns_bias(struct fe_columns *t)
{
    FE_EACH_LIMB(i)
    {
        FE_EACH_VECTOR(k)
        {
            t->c[k][i] = vector_add(t->c[k][i], fe_bias(i));
        }
    }
}

FE_INLINE void fe_columns_add(struct fe_columns *t, const struct hyp_fe *a)
{
    FE_EACH_LIMB(i)
    {
        FE_EACH_VECTOR(k)
        {
            t->c[k][i] = vector_add(t->c[k][i], a->n[k][i]);
        }
    }
}

FE_INLINE void fe_columns_subtract(struct fe_columns *t, const struct hyp_fe *a)
{
    FE_EACH_LIMB(i)
    {
        FE_EACH_VECTOR(k)
        {
            t->c[k][i] = vector_subtract(t->c[k][i], a->n[k][i]);
        }
    }
}

FE_INLINE struct fe_mask fe_mask_not(struct fe_mask mask)
{
    FE_EACH_VECTOR(k)
    {
        mask.m[k] = (lane_mask)~mask.m[k];
    }
    return mask;
}

/* t -= a where the mask is set, else t += a */
FE_INLINE void fe_columns_add_signed(struct fe_columns *t, const struct hyp_fe *a,
                                     struct fe_mask negative)
{
    FE_EACH_LIMB(i)
    {
        FE_EACH_VECTOR(k)
        {
            t->c[k][i] = vector_add_signed(t->c[k][i], negative.m[k], a->n[k][i]);
        }
    }
}

FE_INLINE void fe_columns_from(struct fe_columns *t, const struct hyp_fe *a)
{
    FE_EACH_LIMB(i)
    {
        FE_EACH_VECTOR(k)
        {
            t->c[k][i] = a->n[k][i];
        }
    }
}

/* addend = columns without a sixth */
FE_INLINE void fe_columns_keep(struct hyp_fe *r, const struct fe_columns *t)
{
    FE_EACH_LIMB(i)
    {
        FE_EACH_VECTOR(k)
        {
            r->n[k][i] = t->c[k][i];
        }
    }
}

FE_INLINE void fe_columns_from_bias(struct fe_columns *t)
{
    FE_EACH_LIMB(i)
    {
        FE_EACH_VECTOR(k)
        {
            t->c[k][i] = fe_bias(i);
        }
    }
}

/* --- elements ------------------------------------------------------------------------------- */

/* factor = a - b of reduced a, b */
FE_INLINE void fe_subtract(struct hyp_fe *r, const struct hyp_fe *a, const struct hyp_fe *b)
{
    struct fe_columns t;

    fe_columns_from(&t, a);
    fe_columns_bias(&t);
    fe_columns_subtract(&t, b);
    fe_carry_sum_factor(r, &t);
}

/* reduced = a - b of reduced a, b */
FE_INLINE void fe_subtract_reduced(struct hyp_fe *r, const struct hyp_fe *a, const struct hyp_fe *b)
{
    struct fe_columns t;

    fe_columns_from(&t, a);
    fe_columns_bias(&t);
    fe_columns_subtract(&t, b);
    fe_carry_sum(r, &t);
}

/* reduced = the same value as a factor */
FE_INLINE void fe_mask_limbs(struct hyp_fe *r, const struct hyp_fe *a)
{
    FE_EACH_LIMB(i)
    {
        FE_EACH_VECTOR(k)
        {
            r->n[k][i] = i < 4 ? vector_and(a->n[k][i], vector_splat(FE_LIMB_MASK)) : a->n[k][i];
        }
    }
}

FE_INLINE void fe_select(struct hyp_fe *r, struct fe_mask mask, const struct hyp_fe *a)
{
    FE_EACH_LIMB(i)
    {
        FE_EACH_VECTOR(k)
        {
            r->n[k][i] = vector_select(r->n[k][i], mask.m[k], a->n[k][i]);
        }
    }
}

/* The same value, given as four 64-bit words, in all lanes. */
FE_INLINE void fe_set(struct hyp_fe *r, const uint64_t words[4])
{
    FE_EACH_VECTOR(k)
    {
        r->n[k][0] = vector_splat(words[0] & FE_LIMB_MASK);
        r->n[k][1] = vector_splat((words[0] >> 52 | words[1] << 12) & FE_LIMB_MASK);
        r->n[k][2] = vector_splat((words[1] >> 40 | words[2] << 24) & FE_LIMB_MASK);
        r->n[k][3] = vector_splat((words[2] >> 28 | words[3] << 36) & FE_LIMB_MASK);
        r->n[k][4] = vector_splat(words[3] >> 16);
    }
}

/* --- out of line (field.c) -------------------------------------------------------------- */

/* reduced = factor·factor; factor = factor·factor; factor = factor² */
void hyp_fe_multiply(struct hyp_fe *r, const struct hyp_fe *a, const struct hyp_fe *b);
void hyp_fe_multiply_factor(struct hyp_fe *r, const struct hyp_fe *a, const struct hyp_fe *b);
void hyp_fe_square(struct hyp_fe *r, const struct hyp_fe *a);

/* From a factor: the unique representative < p; any representative < 2^256. */
void hyp_fe_canonical(struct hyp_fe *r, const struct hyp_fe *a);
void hyp_fe_below_2_256(struct hyp_fe *r, const struct hyp_fe *a);

/* Of factors. */
struct fe_mask hyp_fe_is_zero(const struct hyp_fe *a);
struct fe_mask hyp_fe_is_equal(const struct hyp_fe *a, const struct hyp_fe *b);

/* r[i] = a[i]^((p + 1) / 4) for `count` ≤ 2 factors: a square root where one exists. Factors. */
void hyp_fe_square_roots(struct hyp_fe *r, const struct hyp_fe *a, int count);

/* Every lane gets what the lane that is `distance`, a power of two below FE_LANES, away has. */
void hyp_fe_swap_lanes(struct hyp_fe *r, const struct hyp_fe *a, int distance);

/* Many inverses for one scalar inversion (Montgomery's trick): every element is pushed, then the
 * inversion is turned, then each is popped, the last first; a and its scratch are the same as when
 * it was pushed. At least one, all factors, and no lane zero: a zero turns every result of all
 * lanes into zero. Even and odd elements form two chains, so that one hides the other's latency:
 * each holds the product of its elements so far, and on the way back the inverse of that. */
struct hyp_fe_inversion {
    struct hyp_fe chain[2];
    unsigned count;
};

void hyp_fe_inversion_push(struct hyp_fe_inversion *inversion, const struct hyp_fe *a,
                           struct hyp_fe *scratch);
void hyp_fe_inversion_turn(struct hyp_fe_inversion *inversion);
void hyp_fe_inversion_pop(struct hyp_fe_inversion *inversion, struct hyp_fe *inverse,
                          const struct hyp_fe *a, const struct hyp_fe *scratch);

/* a[i] = 1 / a[i] of `count` ≥ 1, in place. Elements of a, and those of scratch, lie `stride`
 * elements apart. */
void hyp_fe_invert_all(struct hyp_fe *a, struct hyp_fe *scratch, unsigned count, size_t stride);

#endif
