/* Scalars and the endomorphism in vector lanes against GMP. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "host/src/recover/lanes/batch.h"
#include "tests/recover/lanes.h"
#include "tests/recover/numbers.h"

#define ROUNDS 5000

static mpz_t n;
static struct random_source random_numbers = {8};

static int setup(void **state)
{
    (void)state;
    mpz_init_set_str(n, GROUP_ORDER, 16);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    mpz_clear(n);
    return 0;
}

static void get(mpz_t number, const struct hyp_scalar *a, int lane)
{
    uint64_t limb[5];

    for (int i = 0; i < 5; i++) {
        limb[i] = *((const uint64_t *)&a->n[i] + lane);
        assert_true(limb[i] < 1ull << 52);
    }
    number_from_limbs(number, limb, false);
}

static void set(struct hyp_scalar *a, int lane, const mpz_t number)
{
    mpz_t limb;

    mpz_init(limb);
    for (unsigned i = 0; i < 5; i++) {
        mpz_tdiv_q_2exp(limb, number, 52 * (mp_bitcnt_t)i);
        mpz_tdiv_r_2exp(limb, limb, 52);
        *((uint64_t *)&a->n[i] + lane) = mpz_get_ui(limb);
    }
    mpz_clear(limb);
}

/* Below 2^`bits`: limbs at their extremes, or near a multiple of n. */
static void random_scalar(struct hyp_scalar *a, unsigned bits)
{
    mpz_t number;

    mpz_init(number);
    for (int lane = 0; lane < VECTOR_LANES; lane++) {
        uint64_t limb[5];
        for (int i = 0; i < 5; i++) {
            limb[i] = random_limb(&random_numbers, i < 4 ? 1ull << 52 : 1ull << (bits - 208));
        }
        number_from_limbs(number, limb, false);
        if (random_word(&random_numbers) % 4 == 0) {
            mpz_mul_ui(number, n, random_word(&random_numbers) % 2);
            mpz_add_ui(number, number, random_word(&random_numbers) % 3);
        }
        set(a, lane, number);
    }
    mpz_clear(number);
}

static void test_montgomery(void **state)
{
    struct hyp_scalar a, b, r, canonical, negated;
    mpz_t x, y, factor, got;

    (void)state;
    mpz_inits(x, y, factor, got, NULL);
    mpz_setbit(factor, 260);
    assert_true(mpz_invert(factor, factor, n));
    for (int round = 0; round < ROUNDS; round++) {
        random_scalar(&a, 257);
        random_scalar(&b, 257);
        hyp_scalar_montgomery(&r, &a, &b);
        hyp_scalar_canonical(&canonical, &r);
        hyp_scalar_negate(&negated, &canonical);
        for (int lane = 0; lane < VECTOR_LANES; lane++) {
            get(x, &a, lane);
            get(y, &b, lane);
            mpz_mul(x, x, y);
            mpz_mul(x, x, factor);
            mpz_mod(x, x, n);
            get(got, &r, lane);
            assert_true(mpz_congruent_p(got, x, n));
            mpz_sub(got, got, n);
            assert_true(mpz_cmp(got, n) < 0);
            get(got, &canonical, lane);
            assert_int_equal(mpz_cmp(got, x), 0);
            get(got, &negated, lane);
            mpz_sub(x, n, x);
            assert_int_equal(mpz_cmp(got, x), 0);
        }
    }
    mpz_clears(x, y, factor, got, NULL);
}

static void test_comparisons(void **state)
{
    const uint64_t *const bounds[] = {hyp_scalar_n, hyp_scalar_half_n_plus_1, hyp_scalar_p_less_n};
    struct hyp_scalar a;
    mpz_t bound, x;

    (void)state;
    mpz_inits(bound, x, NULL);
    for (int b = 0; b < 3; b++) {
        number_from_limbs(bound, bounds[b], false);
        for (int round = 0; round < ROUNDS; round++) {
            lane_mask below;
            random_scalar(&a, 256);
            for (int lane = 0; lane < 3; lane++) {
                mpz_add_ui(x, bound, (unsigned long)lane);
                mpz_sub_ui(x, x, 1);
                set(&a, lane, x);
            }
            below = hyp_scalar_below(&a, bounds[b]);
            for (int lane = 0; lane < VECTOR_LANES; lane++) {
                get(x, &a, lane);
                assert_int_equal(below >> lane & 1, mpz_cmp(x, bound) < 0);
                assert_int_equal(hyp_scalar_is_zero(&a) >> lane & 1, mpz_sgn(x) == 0);
            }
        }
    }
    mpz_clears(bound, x, NULL);
}

/* The three constants are what their names say. */
static void test_constants(void **state)
{
    mpz_t x, wanted;

    (void)state;
    mpz_inits(x, wanted, NULL);
    number_from_limbs(x, hyp_scalar_n, false);
    assert_int_equal(mpz_cmp(x, n), 0);
    number_from_limbs(x, hyp_scalar_half_n_plus_1, false);
    mpz_add_ui(wanted, n, 1);
    mpz_tdiv_q_2exp(wanted, wanted, 1);
    assert_int_equal(mpz_cmp(x, wanted), 0);
    number_from_limbs(x, hyp_scalar_p_less_n, false);
    mpz_set_str(wanted, FIELD_PRIME, 16);
    mpz_sub(wanted, wanted, n);
    assert_int_equal(mpz_cmp(x, wanted), 0);
    mpz_clears(x, wanted, NULL);
}

static void test_invert_all(void **state)
{
    struct hyp_scalar a[20], copy[20], scratch[20];
    mpz_t x, got, wanted;

    (void)state;
    mpz_inits(x, got, wanted, NULL);
    for (unsigned count = 1; count <= 20; count++) {
        for (unsigned i = 0; i < count; i++) {
            random_scalar(&a[i], 256);
            for (int lane = 0; lane < VECTOR_LANES; lane++) {
                get(x, &a[i], lane);
                if (mpz_divisible_p(x, n)) {
                    mpz_set_ui(x, 1);
                    set(&a[i], lane, x);
                }
            }
            copy[i] = a[i];
        }
        hyp_scalar_invert_all(a, scratch, count);
        for (unsigned i = 0; i < count; i++) {
            for (int lane = 0; lane < VECTOR_LANES; lane++) {
                get(x, &copy[i], lane);
                get(got, &a[i], lane);
                mpz_set_ui(wanted, 0);
                mpz_setbit(wanted, 260);
                assert_true(mpz_invert(x, x, n));
                mpz_mul(wanted, wanted, x);
                assert_true(mpz_congruent_p(got, wanted, n));
            }
        }
    }
    mpz_clears(x, got, wanted, NULL);
}

/* k from k', the form that digits are cut from: k = 2·k' - 2^129 + 1. */
static void half_value(mpz_t k, const struct hyp_glv_half *half, int lane)
{
    mpz_t offset;

    mpz_set_ui(k, 0);
    for (int i = 2; i >= 0; i--) {
        mpz_mul_2exp(k, k, 64);
        mpz_add_ui(k, k, *((const uint64_t *)&half->word[i] + lane));
    }
    assert_true(mpz_sizeinbase(k, 2) <= GLV_BITS);
    mpz_mul_2exp(k, k, 1);
    mpz_init(offset);
    mpz_setbit(offset, GLV_BITS);
    mpz_sub(k, k, offset);
    mpz_add_ui(k, k, 1);
    mpz_clear(offset);
}

/* k1 + λ·k2 = k for random k and for k around multiples of the basis, where the quotients are
 * closest to integers; and the halves have the size that glv.c claims. */
static void test_split(void **state)
{
    struct hyp_glv_half half[2];
    struct hyp_scalar k;
    mpz_t lambda, x, k1, k2, bound1, bound2;

    (void)state;
    mpz_inits(x, k1, k2, bound1, bound2, NULL);
    mpz_init_set_str(lambda, "5363ad4cc05c30e0a5261c028812645a122e22ea20816678df02967c1b23bd72",
                     16);
    /* |a1| + |a2| + 2, |b1| + |b2| + 2 */
    mpz_set_str(bound1, "14551231950b75fc4402da1722fc9baef", 16);
    mpz_set_str(bound2, "114ca50f7a8e2f3f657c1108d9d44cfda", 16);
    for (int round = 0; round < ROUNDS; round++) {
        random_scalar(&k, 256);
        hyp_scalar_canonical(&k, &k);
        if (round % 2) {
            for (int lane = 0; lane < VECTOR_LANES; lane++) {
                mpz_set_ui(x, random_word(&random_numbers));
                mpz_mul(x, x, lambda);
                mpz_add_ui(x, x, random_word(&random_numbers));
                mpz_mod(x, x, n);
                set(&k, lane, x);
            }
        }
        hyp_glv_split(half, &k);
        for (int lane = 0; lane < VECTOR_LANES; lane++) {
            half_value(k1, &half[0], lane);
            half_value(k2, &half[1], lane);
            assert_true(mpz_odd_p(k1) && mpz_odd_p(k2));
            assert_true(mpz_cmpabs(k1, bound1) <= 0);
            assert_true(mpz_cmpabs(k2, bound2) <= 0);
            mpz_mul(k2, k2, lambda);
            mpz_add(k1, k1, k2);
            get(x, &k, lane);
            assert_true(mpz_congruent_p(k1, x, n));
        }
    }
    mpz_clears(lambda, x, k1, k2, bound1, bound2, NULL);
}

/* The windows tile the scalars: the ladder's offsets and signs are those of its operations. */
static void test_ladder(void **state)
{
    struct hyp_ladder_step ladder[LADDER_STEPS];
    unsigned offset = r_window_offset(R_WINDOWS - 1);
    unsigned operations = 0;
    unsigned seen_r = 0;
    unsigned seen_g = 0;

    (void)state;
    hyp_ladder_build(ladder);
    for (unsigned i = 0; i < LADDER_STEPS; i++) {
        const struct hyp_ladder_step *step = &ladder[i];
        offset -= step->doublings;
        operations += step->doublings;
        assert_int_equal(offset, step->of_g ? g_window_offset(step->window)
                                            : r_window_offset(step->window));
        assert_int_equal(step->negate, operations % 2 == 0);
        operations++;
        *(step->of_g ? &seen_g : &seen_r) |= 1u << step->window;
    }
    assert_int_equal(offset, 0);
    assert_int_equal(seen_r, (1u << R_WINDOWS) - 1);
    assert_int_equal(seen_g, (1u << G_WINDOWS) - 1);
    for (unsigned i = 0; i + 1 < R_WINDOWS; i++) {
        assert_int_equal(r_window_offset(i) + r_window_width(i), r_window_offset(i + 1));
    }
    assert_int_equal(r_window_offset(R_WINDOWS - 1) + r_window_width(R_WINDOWS - 1), GLV_BITS);
    for (unsigned i = 0; i + 1 < G_WINDOWS; i++) {
        assert_int_equal(g_window_offset(i) + g_window_width(i), g_window_offset(i + 1));
    }
    assert_int_equal(g_window_offset(G_WINDOWS - 1) + g_window_width(G_WINDOWS - 1), 64);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_constants),   cmocka_unit_test(test_montgomery),
        cmocka_unit_test(test_comparisons), cmocka_unit_test(test_invert_all),
        cmocka_unit_test(test_split),       cmocka_unit_test(test_ladder),
    };

    if (!lanes_begin()) {
        return 0;
    }
    return cmocka_run_group_tests(tests, setup, teardown);
}
