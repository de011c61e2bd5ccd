/* Whether a random linear combination of equations is the point at infinity. */
#include "host/src/recover/lanes/combination.h"

static const uint64_t one[4] = {1};

static void load_bit(struct hyp_point *point, const struct hyp_combination *c, unsigned bit)
{
    hyp_term term = c->bit[bit];
    struct fe_mask all = {{0}};
    struct fe_columns t;
    struct hyp_fe negated;

    fe_set(&point->x, c->row[term >> 1]);
    fe_set(&point->y, c->row[term >> 1] + 4);
    if (term & 1) {
        fe_columns_from_bias(&t);
        fe_columns_subtract(&t, &point->y);
        fe_carry_sum(&negated, &t);
        fe_select(&point->y, fe_mask_not(all), &negated);
    }
}

/* From the top bit down the sum is doubled and the bit's point added. An addition of equal or
 * opposite points makes Z zero, and zero stays (point.h): then nothing is proven. */
static bool bits_cancel(const struct hyp_combination *c)
{
    struct hyp_jacobian sum;
    struct hyp_point point;
    struct hyp_fe z2;
    struct hyp_fe expected;

    for (unsigned bit = 0; bit < GLV_BITS; bit++) {
        if (c->bit[bit] == NO_TERM) {
            return false;
        }
    }
    load_bit(&point, c, GLV_BITS - 1);
    sum.x = point.x;
    sum.y = point.y;
    fe_set(&sum.z, one);
    for (unsigned bit = GLV_BITS - 2; bit > 0; bit--) {
        load_bit(&point, c, bit);
        hyp_point_double(&sum, 1);        /* the negative of the double; */
        hyp_point_subtract(&sum, &point); /* and again positive */
    }
    hyp_point_double(&sum, 1);
    load_bit(&point, c, 0);
    hyp_fe_square(&z2, &sum.z);
    hyp_fe_multiply_factor(&expected, &point.x, &z2);
    unsigned good = block_mask(hyp_fe_is_equal(&expected, &sum.x));
    hyp_fe_multiply_factor(&z2, &z2, &sum.z);
    hyp_fe_multiply_factor(&expected, &point.y, &z2);
    good &= block_mask(hyp_fe_is_equal(&expected, &sum.y));
    good &= ~(unsigned)block_mask(hyp_fe_is_zero(&sum.z));
    return good & 1;
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
