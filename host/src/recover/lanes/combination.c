/* Whether a random linear combination of equations is the point at infinity. */
#include "host/src/recover/lanes/combination.h"
#include "host/src/recover/lanes/rows.h"

static const uint64_t one[4] = {1};

/* Bits 1 … 128 are shared out to the lanes, from the lowest on. */
#define BITS_A_LANE ((GLV_BITS - 1) / FE_LANES)

static_assert(BITS_A_LANE * FE_LANES == GLV_BITS - 1, "lanes have the same number of bits");
static_assert(BITS_A_LANE % 2 == 0, "that many doublings keep the sign");

static void negate(struct hyp_fe *r, const struct hyp_fe *a)
{
    struct hyp_fe reduced;
    struct fe_columns t;

    fe_mask_limbs(&reduced, a);
    fe_columns_from_bias(&t);
    fe_columns_subtract(&t, &reduced);
    fe_carry_sum(r, &t);
}

/* The points of bits first, first + step, … in the lanes. */
static void load_bits(struct hyp_point *point, const struct hyp_combination *c, unsigned first,
                      unsigned step)
{
    struct fe_mask negative;
    struct hyp_fe negated;

    for (unsigned k = 0; k < FE_VECTORS; k++) {
        const void *row[VECTOR_LANES];
        vector words[8];
        unsigned mask = 0;

        for (unsigned lane = 0; lane < VECTOR_LANES; lane++) {
            hyp_term term = c->bit[first + step * (k * VECTOR_LANES + lane)];
            row[lane] = c->row[term >> 1];
            mask |= (term & 1u) << lane;
        }
        rows_load(words, row);
        rows_words_to_limbs(point->x.n[k], words);
        rows_words_to_limbs(point->y.n[k], words + 4);
        negative.m[k] = (lane_mask)mask;
    }
    negate(&negated, &point->y);
    fe_select(&point->y, negative, &negated);
}

/* Every lane its own bits: from the top one down the sum is doubled and the bit's point added. */
static void sum_bits(struct hyp_jacobian *sum, const struct hyp_combination *c)
{
    struct hyp_point point;

    load_bits(&point, c, BITS_A_LANE, BITS_A_LANE);
    sum->x = point.x;
    sum->y = point.y;
    fe_set(&sum->z, one);
    for (unsigned bit = BITS_A_LANE - 1; bit > 0; bit--) {
        load_bits(&point, c, bit, BITS_A_LANE);
        hyp_point_double(sum, 1);        /* the negative of the double, */
        hyp_point_subtract(sum, &point); /* and again positive */
    }
}

/* p = -(p + q). With Z_q for the unit of length q is affine, and p is (X·Z_q², Y·Z_q³, Z): on
 * another curve, y² = x³ + 7·Z_q^6, which makes no difference to the formulas. */
static void add_jacobian(struct hyp_jacobian *p, const struct hyp_jacobian *q)
{
    struct hyp_point affine = {.x = q->x};
    struct hyp_fe z2;
    struct hyp_fe z3;

    hyp_fe_square(&z2, &q->z);
    hyp_fe_multiply_factor(&z3, &z2, &q->z);
    hyp_fe_multiply(&p->x, &p->x, &z2);
    hyp_fe_multiply_factor(&p->y, &p->y, &z3);
    negate(&affine.y, &q->y);
    hyp_point_subtract(p, &affine);
    hyp_fe_multiply_factor(&p->z, &p->z, &q->z);
}

/* The sums of all lanes times their weights, in the last lane. Every round the upper of two
 * neighbours takes in the lower, and changes the sign; there are an even number. */
static void join_lanes(struct hyp_jacobian *sum)
{
    static_assert(FE_LANES == 16 || FE_LANES == 4, "an even number of rounds");

    for (int distance = 1; distance < FE_LANES; distance *= 2) {
        struct hyp_jacobian lower;
        hyp_fe_swap_lanes(&lower.x, &sum->x, distance);
        hyp_fe_swap_lanes(&lower.y, &sum->y, distance);
        hyp_fe_swap_lanes(&lower.z, &sum->z, distance);
        hyp_point_double(sum, BITS_A_LANE * (unsigned)distance);
        add_jacobian(sum, &lower);
    }
}

/* Whether the last lane's sum, which is minus the double of all bits from 1 on, is the point of bit
 * 0. An addition of equal or opposite points makes Z zero, and zero stays (point.h): then nothing
 * is proven. */
static bool is_bit_0(const struct hyp_jacobian *sum, const struct hyp_combination *c)
{
    struct hyp_point point;
    struct hyp_fe power;
    struct hyp_fe expected;
    unsigned good = ~(unsigned)block_mask(hyp_fe_is_zero(&sum->z));

    load_bits(&point, c, 0, 0);
    hyp_fe_square(&power, &sum->z);
    hyp_fe_multiply_factor(&expected, &point.x, &power);
    good &= block_mask(hyp_fe_is_equal(&expected, &sum->x));
    hyp_fe_multiply_factor(&power, &power, &sum->z);
    hyp_fe_multiply_factor(&expected, &point.y, &power);
    good &= block_mask(hyp_fe_is_equal(&expected, &sum->y));
    return good >> (FE_LANES - 1) & 1;
}

static bool bits_cancel(const struct hyp_combination *c)
{
    struct hyp_jacobian sum;

    for (unsigned bit = 0; bit < GLV_BITS; bit++) {
        if (c->bit[bit] == NO_TERM) {
            return false;
        }
    }
    sum_bits(&sum, c);
    join_lanes(&sum);
    hyp_point_double(&sum, 1);
    return is_bit_0(&sum, c);
}

static __attribute__((noinline)) bool sum_is_infinity(struct hyp_combination *c)
{
    hyp_equation_finish(c);
    hyp_buckets_sum(c);
    return bits_cancel(c);
}

static void begin(struct hyp_combination *c)
{
    unsigned before = multiply_begin();

    hyp_equation_begin(c);
    multiply_end(before);
}

static bool add(struct hyp_combination *c, struct hyp_recover_workspace *w,
                const hyp_ecrecover_descriptor *items, const uint8_t (*keys)[64],
                const uint8_t (*coefficients)[16], unsigned count, uint32_t flags)
{
    unsigned before = multiply_begin();
    bool good = hyp_equation_read(c, w, items, keys, coefficients, count, flags);

    multiply_end(before);
    return good;
}

static bool end(struct hyp_combination *c)
{
    unsigned before = multiply_begin();
    bool good = sum_is_infinity(c);

    multiply_end(before);
    return good;
}

const struct hyp_combination_variant VARIANT(combination) = {
    .begin = begin,
    .add = add,
    .end = end,
    .size = sizeof(struct hyp_combination),
};
