#include "host/src/recover/lanes/scalar.h"

#include "host/src/recover/inverse.h"
#include "host/src/recover/lanes/multiply_add.h"
#include "host/src/recover/lanes/rows.h"

#define LIMB_MASK       0xfffffffffffffull
#define MINUS_N_INVERSE INT64_C(0xdff665588b13f) /* -1/n mod 2^52 */

const uint64_t hyp_scalar_n[5] = {0x25e8cd0364141, 0xe6af48a03bbfd, 0xffffffebaaedc,
                                  0xfffffffffffff, 0x0ffffffffffff};
const uint64_t hyp_scalar_half_n_plus_1[5] = {0x92f46681b20a1, 0x7357a4501ddfe, 0xfffffff5d576e,
                                              0xfffffffffffff, 0x07fffffffffff};
const uint64_t hyp_scalar_p_less_n[5] = {0xda1722fc9baee, 0x1950b75fc4402, 0x0000001455123,
                                         0x0000000000000, 0x0000000000000};

const uint64_t hyp_scalar_two_520[5] = {0xe180c268b3b23, 0x94fd6e33e4c8e, 0xd07c73b975948,
                                        0xc5e697f5e45bc, 0x0671cd581c69b};

// NOLINTNEXTLINE(bugprone-macro-parentheses): the name of a variable
#define EACH_LIMB(i) _Pragma("GCC unroll 5") for (int i = 0; i < 5; i++)

/* Carries signed limbs; the top limb keeps what is left. */
static inline void carry(struct hyp_scalar *r)
{
    _Pragma("GCC unroll 4") for (int i = 0; i < 4; i++)
    {
        r->n[i + 1] = vector_add(r->n[i + 1], vector_right_signed(r->n[i], 52));
        r->n[i] = vector_and(r->n[i], vector_splat(LIMB_MASK));
    }
}

/* One limb of a a round. Then a multiple q·n makes the lowest column divisible by 2^52, and the
 * columns move down. Columns are < 2·(2^52 + 2^52) more in every round: < 2^56 in the end. */
void hyp_scalar_montgomery(struct hyp_scalar *r, const struct hyp_scalar *a,
                           const struct hyp_scalar *b)
{
    const vector zero = vector_zero();
    vector t[6] = {zero, zero, zero, zero, zero, zero};

    EACH_LIMB(i)
    {
        EACH_LIMB(j)
        {
            t[j] = multiply_add_low(t[j], a->n[i], b->n[j]);
        }
        EACH_LIMB(j)
        {
            t[j + 1] = multiply_add_high(t[j + 1], a->n[i], b->n[j]);
        }
        vector q = multiply_add_low(zero, t[0], vector_splat(MINUS_N_INVERSE));
        EACH_LIMB(j)
        {
            t[j] = multiply_add_low(t[j], q, vector_splat(hyp_scalar_n[j]));
        }
        EACH_LIMB(j)
        {
            t[j + 1] = multiply_add_high(t[j + 1], q, vector_splat(hyp_scalar_n[j]));
        }
        t[1] = vector_add(t[1], vector_right(t[0], 52));
        EACH_LIMB(j)
        {
            t[j] = t[j + 1];
        }
        t[5] = zero;
    }
    EACH_LIMB(i)
    {
        r->n[i] = t[i];
    }
    carry(r);
}

/* r = a - bound, limbs 0…3 carried; the sign is that of limb 4. */
static inline void subtract(struct hyp_scalar *r, const struct hyp_scalar *a,
                            const uint64_t bound[5])
{
    EACH_LIMB(i)
    {
        r->n[i] = vector_subtract(a->n[i], vector_splat(bound[i]));
    }
    carry(r);
}

void hyp_scalar_canonical(struct hyp_scalar *r, const struct hyp_scalar *a)
{
    struct hyp_scalar less_n;
    lane_mask below;

    subtract(&less_n, a, hyp_scalar_n);
    below = vector_is_negative(less_n.n[4]);
    EACH_LIMB(i)
    {
        r->n[i] = vector_select(less_n.n[i], below, a->n[i]);
    }
}

void hyp_scalar_negate(struct hyp_scalar *r, const struct hyp_scalar *a)
{
    EACH_LIMB(i)
    {
        r->n[i] = vector_subtract(vector_splat(hyp_scalar_n[i]), a->n[i]);
    }
    carry(r);
}

lane_mask hyp_scalar_below(const struct hyp_scalar *a, const uint64_t bound[5])
{
    struct hyp_scalar difference;

    subtract(&difference, a, bound);
    return vector_is_negative(difference.n[4]);
}

lane_mask hyp_scalar_is_zero(const struct hyp_scalar *a)
{
    vector any = vector_or(vector_or(a->n[0], a->n[1]), vector_or(a->n[2], a->n[3]));

    any = vector_or(any, a->n[4]);
    return vector_none(any, any);
}

void hyp_scalar_add_constant(struct hyp_scalar *r, const struct hyp_scalar *a, const uint64_t b[5],
                             lane_mask lanes)
{
    EACH_LIMB(i)
    {
        r->n[i] = vector_add_where(a->n[i], lanes, vector_splat(b[i]));
    }
    carry(r);
}

static void swap_lanes(struct hyp_scalar *r, const struct hyp_scalar *a, int distance)
{
    EACH_LIMB(i)
    {
        r->n[i] = vector_swap(a->n[i], distance);
    }
}

void hyp_scalar_set(struct hyp_scalar *r, const uint64_t limbs[5])
{
    EACH_LIMB(i)
    {
        r->n[i] = vector_splat(limbs[i]);
    }
}

/* The inverse of the number in lane 0, times 2^260, in all lanes. */
static void invert_first_lane(struct hyp_scalar *r, const struct hyp_scalar *a)
{
    struct hyp_scalar canonical;
    struct hyp_scalar factor;
    vector vectors[4];
    uint64_t words[4];

    hyp_scalar_canonical(&canonical, a);
    rows_limbs_to_words(vectors, canonical.n);
    for (int i = 0; i < 4; i++) {
        words[i] = vector_first(vectors[i]);
    }
    hyp_invert(words, words, &hyp_modulus_n);
    for (int i = 0; i < 4; i++) {
        vectors[i] = vector_splat(words[i]);
    }
    rows_words_to_limbs(r->n, vectors);
    hyp_scalar_set(&factor, hyp_scalar_two_520);
    hyp_scalar_montgomery(r, r, &factor);
}

/* The lanes are multiplied together pairwise; see invert_lanes in field.c. Every product
 * brings a factor 2^-260: the product of all eight has seven, the product of the other seven has
 * six, and montgomery of the latter with 2^260 / (the former) is 2^260 / (the lane). */
static void invert_lanes(struct hyp_scalar *r, const struct hyp_scalar *a)
{
    struct hyp_scalar product = *a;
    struct hyp_scalar others;
    struct hyp_scalar partner;

    swap_lanes(&others, &product, VECTOR_LANES / 2);
    hyp_scalar_montgomery(&product, &product, &others);
    for (int distance = VECTOR_LANES / 4; distance > 0; distance /= 2) {
        swap_lanes(&partner, &product, distance);
        hyp_scalar_montgomery(&product, &product, &partner);
        hyp_scalar_montgomery(&others, &others, &partner);
    }
    invert_first_lane(&product, &product);
    hyp_scalar_montgomery(r, &others, &product);
}

void hyp_scalar_invert_all(struct hyp_scalar *a, struct hyp_scalar *scratch, unsigned count)
{
    struct hyp_scalar product = a[0];
    struct hyp_scalar inverse;
    unsigned i;

    for (i = 1; i < count; i++) {
        scratch[i] = product;
        hyp_scalar_montgomery(&product, &product, &a[i]);
    }
    invert_lanes(&inverse, &product);
    while (i-- > 1) {
        struct hyp_scalar element = a[i];
        hyp_scalar_montgomery(&a[i], &inverse, &scratch[i]);
        hyp_scalar_montgomery(&inverse, &inverse, &element);
    }
    a[0] = inverse;
}
