#include "host/src/recover/scalar_ifma.h"

#include "host/src/recover/inverse.h"
#include "host/src/recover/lanes.h"
#include "host/src/recover/multiply_add.h"

#define LIMB_MASK       0xfffffffffffffull
#define MINUS_N_INVERSE INT64_C(0xdff665588b13f) /* -1/n mod 2^52 */

const uint64_t hyp_scalar_n[5] = {0x25e8cd0364141, 0xe6af48a03bbfd, 0xffffffebaaedc,
                                  0xfffffffffffff, 0x0ffffffffffff};
const uint64_t hyp_scalar_half_n_plus_1[5] = {0x92f46681b20a1, 0x7357a4501ddfe, 0xfffffff5d576e,
                                              0xfffffffffffff, 0x07fffffffffff};
const uint64_t hyp_scalar_p_less_n[5] = {0xda1722fc9baee, 0x1950b75fc4402, 0x0000001455123,
                                         0x0000000000000, 0x0000000000000};

/* 2^520 mod n: montgomery(a, this) = a·2^260. */
static const uint64_t to_montgomery[5] = {0xe180c268b3b23, 0x94fd6e33e4c8e, 0xd07c73b975948,
                                          0xc5e697f5e45bc, 0x0671cd581c69b};

// NOLINTNEXTLINE(bugprone-macro-parentheses): the name of a variable
#define EACH_LIMB(i) _Pragma("GCC unroll 5") for (int i = 0; i < 5; i++)

static inline __m512i splat(uint64_t x)
{
    return _mm512_set1_epi64((long long)x);
}

/* Carries signed limbs; the top limb keeps what is left. */
static inline void carry(struct hyp_scalar *r)
{
    _Pragma("GCC unroll 4") for (int i = 0; i < 4; i++)
    {
        r->n[i + 1] = _mm512_add_epi64(r->n[i + 1], _mm512_srai_epi64(r->n[i], 52));
        r->n[i] = _mm512_and_si512(r->n[i], splat(LIMB_MASK));
    }
}

/* One limb of a a round. Then a multiple q·n makes the lowest column divisible by 2^52, and the
 * columns move down. Columns are < 2·(2^52 + 2^52) more in every round: < 2^56 in the end. */
void hyp_scalar_montgomery(struct hyp_scalar *r, const struct hyp_scalar *a,
                           const struct hyp_scalar *b)
{
    const __m512i zero = _mm512_setzero_si512();
    __m512i t[6] = {zero, zero, zero, zero, zero, zero};

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
        __m512i q = multiply_add_low(zero, t[0], splat(MINUS_N_INVERSE));
        EACH_LIMB(j)
        {
            t[j] = multiply_add_low(t[j], q, splat(hyp_scalar_n[j]));
        }
        EACH_LIMB(j)
        {
            t[j + 1] = multiply_add_high(t[j + 1], q, splat(hyp_scalar_n[j]));
        }
        t[1] = _mm512_add_epi64(t[1], _mm512_srli_epi64(t[0], 52));
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
        r->n[i] = _mm512_sub_epi64(a->n[i], splat(bound[i]));
    }
    carry(r);
}

void hyp_scalar_canonical(struct hyp_scalar *r, const struct hyp_scalar *a)
{
    struct hyp_scalar less_n;
    __mmask8 below;

    subtract(&less_n, a, hyp_scalar_n);
    below = _mm512_movepi64_mask(less_n.n[4]);
    EACH_LIMB(i)
    {
        r->n[i] = _mm512_mask_mov_epi64(less_n.n[i], below, a->n[i]);
    }
}

void hyp_scalar_negate(struct hyp_scalar *r, const struct hyp_scalar *a)
{
    EACH_LIMB(i)
    {
        r->n[i] = _mm512_sub_epi64(splat(hyp_scalar_n[i]), a->n[i]);
    }
    carry(r);
}

__mmask8 hyp_scalar_below(const struct hyp_scalar *a, const uint64_t bound[5])
{
    struct hyp_scalar difference;

    subtract(&difference, a, bound);
    return _mm512_movepi64_mask(difference.n[4]);
}

__mmask8 hyp_scalar_is_zero(const struct hyp_scalar *a)
{
    __m512i any =
        _mm512_or_si512(_mm512_or_si512(a->n[0], a->n[1]), _mm512_or_si512(a->n[2], a->n[3]));

    any = _mm512_or_si512(any, a->n[4]);
    return _mm512_testn_epi64_mask(any, any);
}

void hyp_scalar_add_constant(struct hyp_scalar *r, const struct hyp_scalar *a, const uint64_t b[5],
                             __mmask8 lanes)
{
    EACH_LIMB(i)
    {
        r->n[i] = _mm512_mask_add_epi64(a->n[i], lanes, a->n[i], splat(b[i]));
    }
    carry(r);
}

static void swap_lanes(struct hyp_scalar *r, const struct hyp_scalar *a, int distance)
{
    EACH_LIMB(i)
    {
        __m512i x = a->n[i];
        r->n[i] = distance == 4   ? _mm512_shuffle_i64x2(x, x, 0x4e)
                  : distance == 2 ? _mm512_permutex_epi64(x, 0x4e)
                                  : _mm512_permutex_epi64(x, 0xb1);
    }
}

static void set(struct hyp_scalar *r, const uint64_t limbs[5])
{
    EACH_LIMB(i)
    {
        r->n[i] = splat(limbs[i]);
    }
}

/* The inverse of the number in lane 0, times 2^260, in all lanes. */
static void invert_first_lane(struct hyp_scalar *r, const struct hyp_scalar *a)
{
    struct hyp_scalar canonical;
    struct hyp_scalar factor;
    __m512i vectors[4];
    uint64_t words[4];

    hyp_scalar_canonical(&canonical, a);
    lanes_limbs_to_words(vectors, canonical.n);
    for (int i = 0; i < 4; i++) {
        words[i] = (uint64_t)_mm_cvtsi128_si64(_mm512_castsi512_si128(vectors[i]));
    }
    hyp_invert(words, words, &hyp_modulus_n);
    for (int i = 0; i < 4; i++) {
        vectors[i] = splat(words[i]);
    }
    lanes_words_to_limbs(r->n, vectors);
    set(&factor, to_montgomery);
    hyp_scalar_montgomery(r, r, &factor);
}

/* The lanes are multiplied together pairwise; see invert_lanes in field_ifma.c. Every product
 * brings a factor 2^-260: the product of all eight has seven, the product of the other seven has
 * six, and montgomery of the latter with 2^260 / (the former) is 2^260 / (the lane). */
static void invert_lanes(struct hyp_scalar *r, const struct hyp_scalar *a)
{
    struct hyp_scalar product = *a;
    struct hyp_scalar others;
    struct hyp_scalar partner;

    swap_lanes(&others, &product, 4);
    hyp_scalar_montgomery(&product, &product, &others);
    for (int distance = 2; distance > 0; distance /= 2) {
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
