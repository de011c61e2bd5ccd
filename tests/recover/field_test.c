/* Field and point arithmetic in vector lanes against GMP, with every limb at its documented bound.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* The fused products are static. */
#include "host/src/recover/lanes/point.c"

#include "host/src/recover/inverse.h"
#include "tests/recover/lanes.h"
#include "tests/recover/numbers.h"

#define ROUNDS 3000

static mpz_t p;
static struct random_source random_numbers = {7};

static int setup(void **state)
{
    (void)state;
    mpz_init_set_str(p, FIELD_PRIME, 16);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    mpz_clear(p);
    return 0;
}

static uint64_t *limb_of(struct hyp_fe *a, int lane, int i)
{
    return (uint64_t *)&a->n[lane / VECTOR_LANES][i] + lane % VECTOR_LANES;
}

static void get_limbs(uint64_t limb[5], const struct hyp_fe *a, int lane)
{
    for (int i = 0; i < 5; i++) {
        limb[i] = *((const uint64_t *)&a->n[lane / VECTOR_LANES][i] + lane % VECTOR_LANES);
    }
}

/* --- operands -------------------------------------------------------------------------------- */

static void random_reduced(struct hyp_fe *a)
{
    for (int lane = 0; lane < FE_LANES; lane++) {
        for (int i = 0; i < 5; i++) {
            uint64_t bound = i < 4 ? 1ull << 52 : (1ull << 48) + (1u << 12);
            *limb_of(a, lane, i) = random_limb(&random_numbers, bound);
        }
        /* Close to p: all ones but for the lowest limb. */
        if (random_word(&random_numbers) % 8 == 0) {
            for (int i = 1; i < 5; i++) {
                *limb_of(a, lane, i) = i < 4 ? FE_LIMB_MASK : FE_TOP_MASK;
            }
            *limb_of(a, lane, 0) =
                FE_LIMB_MASK + 1 - FE_FOLD_256 + random_word(&random_numbers) % 3 - 1;
        }
        /* Zero, as 0. */
        for (int i = 0; random_word(&random_numbers) % 16 == 0 && i < 5; i++) {
            *limb_of(a, lane, i) = 0;
        }
    }
}

/* Reduced, with anything above bit 52. */
static void random_factor(struct hyp_fe *a)
{
    random_reduced(a);
    for (int lane = 0; lane < FE_LANES; lane++) {
        for (int i = 0; i < 4; i++) {
            *limb_of(a, lane, i) |= random_word(&random_numbers) << 52;
        }
    }
}

static void random_addend(struct hyp_fe *a, uint64_t bound)
{
    for (int lane = 0; lane < FE_LANES; lane++) {
        for (int i = 0; i < 5; i++) {
            *limb_of(a, lane, i) = random_limb(&random_numbers, bound);
        }
    }
}

/* The most that product_times_minus_4 and addition_cube leave. */
#define LARGEST_ADDEND (257ull << 52)

/* --- results --------------------------------------------------------------------------------- */

enum form { REDUCED, FACTOR, ADDEND };

static const char *const form_names[] = {"reduced", "factor", "addend"};

static void check_form(const uint64_t limb[5], enum form form)
{
    uint64_t bound = form == REDUCED ? 1ull << 52 : form == FACTOR ? 1ull << 63 : 1ull << 61;
    uint64_t top = form == ADDEND ? bound : (1ull << 48) + (1u << 12);

    for (int i = 0; i < 5; i++) {
        if (limb[i] >= (i < 4 ? bound : top)) {
            fail_msg("limb %d is %llx: not %s", i, (unsigned long long)limb[i], form_names[form]);
        }
    }
}

/* The lane's value, mod p. */
static void value(mpz_t number, const struct hyp_fe *a, int lane, enum form form)
{
    uint64_t limb[5];

    get_limbs(limb, a, lane);
    number_from_limbs(number, limb, form == FACTOR);
    mpz_mod(number, number, p);
}

static void check(const char *what, const struct hyp_fe *r, int lane, enum form form,
                  const mpz_t wanted)
{
    uint64_t limb[5];
    mpz_t got;

    get_limbs(limb, r, lane);
    check_form(limb, form);
    mpz_init(got);
    value(got, r, lane, form);
    mpz_sub(got, got, wanted);
    if (!mpz_divisible_p(got, p)) {
        fail_msg("%s: lane %d is wrong", what, lane);
    }
    mpz_clear(got);
}

/* --- products -------------------------------------------------------------------------------- */

/* Numbers of one lane: a, b, c, d and two results. */
struct lane {
    mpz_t a, b, c, d, r, t;
};

static void lane_init(struct lane *n)
{
    mpz_inits(n->a, n->b, n->c, n->d, n->r, n->t, NULL);
}

static void lane_clear(struct lane *n)
{
    mpz_clears(n->a, n->b, n->c, n->d, n->r, n->t, NULL);
}

static void test_products(void **state)
{
    struct hyp_fe a, b, c, d, reduced;
    struct hyp_fe r[10];
    struct lane n;

    (void)state;
    lane_init(&n);
    for (int round = 0; round < ROUNDS; round++) {
        random_factor(&a);
        random_factor(&b);
        random_factor(&c);
        random_factor(&d);
        random_reduced(&reduced);
        hyp_fe_multiply(&r[0], &a, &b);
        hyp_fe_multiply_factor(&r[1], &a, &b);
        hyp_fe_square(&r[2], &a);
        square_times_3(&r[3], &a);
        product_times_2(&r[4], &a, &b);
        product_minus(&r[5], &a, &b, &reduced);
        product_plus(&r[6], &a, &b, &c);
        two_products(&r[7], &a, &b, &c, &d);
        eight_squares_plus_product(&r[8], &c, &a, &b);
        for (int lane = 0; lane < FE_LANES; lane++) {
            value(n.a, &a, lane, FACTOR);
            value(n.b, &b, lane, FACTOR);
            value(n.c, &c, lane, FACTOR);
            value(n.d, &d, lane, FACTOR);
            mpz_mul(n.r, n.a, n.b);
            check("multiply", &r[0], lane, REDUCED, n.r);
            check("multiply_factor", &r[1], lane, FACTOR, n.r);
            mpz_mul_ui(n.t, n.r, 2);
            check("product_times_2", &r[4], lane, FACTOR, n.t);
            value(n.t, &reduced, lane, REDUCED);
            mpz_sub(n.t, n.r, n.t);
            check("product_minus", &r[5], lane, FACTOR, n.t);
            mpz_add(n.t, n.r, n.c);
            check("product_plus", &r[6], lane, FACTOR, n.t);
            mpz_set(n.t, n.r);
            mpz_addmul(n.t, n.c, n.d);
            check("two_products", &r[7], lane, FACTOR, n.t);
            mpz_mul(n.t, n.c, n.c);
            mpz_mul_ui(n.t, n.t, 8);
            mpz_add(n.t, n.t, n.r);
            check("eight_squares_plus_product", &r[8], lane, FACTOR, n.t);
            mpz_mul(n.r, n.a, n.a);
            check("square", &r[2], lane, FACTOR, n.r);
            mpz_mul_ui(n.r, n.r, 3);
            check("square_times_3", &r[3], lane, FACTOR, n.r);
        }
    }
    lane_clear(&n);
}

/* Products that begin or end as addends. */
static void test_addends(void **state)
{
    struct hyp_fe a, b, v, large;
    struct hyp_fe r[8];
    struct lane n;

    (void)state;
    lane_init(&n);
    for (int round = 0; round < ROUNDS; round++) {
        random_factor(&a);
        random_factor(&b);
        random_addend(&v, 1ull << 56);
        random_addend(&large, LARGEST_ADDEND);
        product_times_minus_4(&r[0], &a, &b);
        product_addend(&r[1], &a, &b);
        doubling_x(&r[2], &r[3], &a, &large);
        addition_cube(&r[4], &r[5], &a, &b, &v);
        addition_x(&r[6], &r[7], &a, &large, &v);
        for (int lane = 0; lane < FE_LANES; lane++) {
            value(n.a, &a, lane, FACTOR);
            value(n.b, &b, lane, FACTOR);
            value(n.c, &v, lane, ADDEND);
            value(n.d, &large, lane, ADDEND);
            mpz_mul(n.r, n.a, n.b);
            check("product_addend", &r[1], lane, ADDEND, n.r);
            check("addition_cube h3", &r[4], lane, FACTOR, n.r);
            mpz_mul_si(n.t, n.r, -4);
            check("product_times_minus_4", &r[0], lane, ADDEND, n.t);
            mpz_neg(n.t, n.r);
            mpz_submul_ui(n.t, n.c, 2);
            check("addition_cube d", &r[5], lane, ADDEND, n.t);
            mpz_mul(n.r, n.a, n.a);
            mpz_add(n.t, n.r, n.d);
            check("addition_x", &r[6], lane, REDUCED, n.t);
            mpz_sub(n.t, n.c, n.t);
            check("addition_x w", &r[7], lane, FACTOR, n.t);
            mpz_set(n.t, n.r);
            mpz_addmul_ui(n.t, n.d, 2);
            check("doubling_x", &r[2], lane, REDUCED, n.t);
            mpz_add(n.t, n.t, n.d);
            check("doubling_x w", &r[3], lane, FACTOR, n.t);
        }
    }
    lane_clear(&n);
}

/* Addends stay below the bounds that they are tested with above. */
static void test_addend_bounds(void **state)
{
    struct hyp_fe a, b, v;
    struct hyp_fe r[4];

    (void)state;
    for (int round = 0; round < ROUNDS; round++) {
        random_factor(&a);
        random_factor(&b);
        random_addend(&v, 1ull << 56);
        product_times_minus_4(&r[0], &a, &b);
        addition_cube(&r[2], &r[1], &a, &b, &v);
        product_addend(&r[3], &a, &b);
        for (int lane = 0; lane < FE_LANES; lane++) {
            for (int i = 0; i < 5; i++) {
                assert_true(*limb_of(&r[0], lane, i) < LARGEST_ADDEND);
                assert_true(*limb_of(&r[1], lane, i) < LARGEST_ADDEND);
                assert_true(*limb_of(&r[3], lane, i) < 1ull << 56);
            }
        }
    }
}

static struct fe_mask random_mask(void)
{
    struct fe_mask mask;

    for (int k = 0; k < FE_VECTORS; k++) {
        mask.m[k] = (lane_mask)random_word(&random_numbers);
    }
    return mask;
}

static bool in_mask(struct fe_mask mask, int lane)
{
    return mask.m[lane / VECTOR_LANES] >> lane % VECTOR_LANES & 1;
}

static bool any_zero(const struct hyp_fe *a)
{
    struct fe_mask zero = hyp_fe_is_zero(a);
    bool any = false;

    for (int lane = 0; lane < FE_LANES; lane++) {
        any |= in_mask(zero, lane);
    }
    return any;
}

static void test_affine_products(void **state)
{
    struct hyp_fe slope, w, xa, xb;
    struct hyp_fe r[5];
    struct hyp_affine_sum chord;
    struct fe_mask negative[2];
    struct lane n;

    (void)state;
    lane_init(&n);
    for (int round = 0; round < ROUNDS; round++) {
        random_factor(&slope);
        random_factor(&w);
        random_reduced(&xa);
        random_reduced(&xb);
        negative[0] = random_mask();
        negative[1] = random_mask();
        affine_x(&r[0], &r[1], &slope, &xa, &xb);
        affine_chord(&chord, &xa, negative[0], &xb, negative[1]);
        affine_y(&r[2], &slope, &w, &chord.minus_y_a);
        fe_subtract(&r[3], &xa, &xb);
        fe_subtract_reduced(&r[4], &xa, &xb);
        for (int lane = 0; lane < FE_LANES; lane++) {
            value(n.a, &slope, lane, FACTOR);
            value(n.b, &w, lane, FACTOR);
            value(n.c, &xa, lane, REDUCED);
            value(n.d, &xb, lane, REDUCED);
            mpz_sub(n.r, n.c, n.d);
            check("subtract", &r[3], lane, FACTOR, n.r);
            check("subtract_reduced", &r[4], lane, REDUCED, n.r);
            mpz_mul(n.r, n.a, n.a);
            mpz_submul_ui(n.r, n.c, 2);
            mpz_sub(n.r, n.r, n.d);
            check("affine_x", &r[0], lane, REDUCED, n.r);
            mpz_sub(n.r, n.c, n.r);
            check("affine_x w", &r[1], lane, FACTOR, n.r);
            if (!in_mask(negative[0], lane)) {
                mpz_neg(n.c, n.c);
            }
            if (in_mask(negative[1], lane)) {
                mpz_neg(n.d, n.d);
            }
            check("chord -y", &chord.minus_y_a, lane, ADDEND, n.c);
            mpz_add(n.r, n.c, n.d);
            check("chord numerator", &chord.numerator, lane, FACTOR, n.r);
            mpz_mul(n.r, n.a, n.b);
            mpz_add(n.r, n.r, n.c);
            check("affine_y", &r[2], lane, REDUCED, n.r);
        }
    }
    lane_clear(&n);
}

/* --- representatives, roots, inverses -------------------------------------------------------- */

static void test_representatives(void **state)
{
    struct hyp_fe a, b, r, below;
    struct fe_mask zero, equal;
    uint64_t limb[5];
    mpz_t number;

    (void)state;
    mpz_init(number);
    for (int round = 0; round < ROUNDS; round++) {
        random_factor(&a);
        hyp_fe_canonical(&r, &a);
        hyp_fe_below_2_256(&below, &a);
        zero = hyp_fe_is_zero(&a);
        random_factor(&b);
        for (int lane = 0; lane < FE_LANES / 2; lane++) {
            for (int i = 0; i < 5; i++) {
                *limb_of(&b, lane, i) = *limb_of(&a, lane, i);
            }
        }
        equal = hyp_fe_is_equal(&a, &b);
        for (int lane = 0; lane < FE_LANES; lane++) {
            value(number, &a, lane, FACTOR);
            check("canonical", &r, lane, REDUCED, number);
            check("below_2_256", &below, lane, REDUCED, number);
            assert_int_equal(zero.m[lane / VECTOR_LANES] >> lane % VECTOR_LANES & 1,
                             mpz_sgn(number) == 0);
            get_limbs(limb, &r, lane);
            number_from_limbs(number, limb, false);
            assert_true(mpz_cmp(number, p) < 0);
            assert_true(*limb_of(&below, lane, 4) <= FE_TOP_MASK);
            assert_true(lane >= FE_LANES / 2 || in_mask(equal, lane));
        }
    }
    mpz_clear(number);
}

static void test_square_roots(void **state)
{
    struct hyp_fe a[2], r[2];
    mpz_t exponent, wanted;

    (void)state;
    mpz_inits(exponent, wanted, NULL);
    mpz_add_ui(exponent, p, 1);
    mpz_tdiv_q_2exp(exponent, exponent, 2);
    for (int round = 0; round < 20; round++) {
        int count = round % 2 + 1;
        random_factor(&a[0]);
        random_factor(&a[1]);
        hyp_fe_square_roots(r, a, count);
        for (int i = 0; i < count; i++) {
            for (int lane = 0; lane < FE_LANES; lane++) {
                value(wanted, &a[i], lane, FACTOR);
                mpz_powm(wanted, wanted, exponent, p);
                check("square root", &r[i], lane, FACTOR, wanted);
            }
        }
    }
    mpz_clears(exponent, wanted, NULL);
}

static void test_invert_all(void **state)
{
    struct hyp_fe a[2 * 40];
    struct hyp_fe copy[2 * 40];
    mpz_t wanted;

    (void)state;
    mpz_init(wanted);
    for (unsigned count = 1; count <= 40; count++) {
        for (unsigned i = 0; i < count; i++) {
            do {
                random_factor(&a[2 * i]);
            } while (any_zero(&a[2 * i]));
            copy[2 * i] = a[2 * i];
        }
        hyp_fe_invert_all(&a[0], &a[1], count, 2);
        for (unsigned i = 0; i < count; i++) {
            for (int lane = 0; lane < FE_LANES; lane++) {
                value(wanted, &copy[2 * i], lane, FACTOR);
                assert_true(mpz_invert(wanted, wanted, p));
                check("inverse", &a[2 * i], lane, FACTOR, wanted);
            }
        }
    }
    mpz_clear(wanted);
}

static void check_invert(const mpz_t a, const mpz_t modulus, const struct hyp_modulus *m)
{
    uint64_t words[4] = {0};
    mpz_t got;
    mpz_t wanted;

    mpz_inits(got, wanted, NULL);
    mpz_export(words, NULL, -1, 8, 0, 0, a);
    hyp_invert(words, words, m);
    mpz_import(got, 4, -1, 8, 0, 0, words);
    if (mpz_sgn(a) != 0) {
        assert_true(mpz_invert(wanted, a, modulus));
    }
    assert_int_equal(mpz_cmp(got, wanted), 0);
    mpz_clears(got, wanted, NULL);
}

static void test_scalar_inversion(void **state)
{
    static const char *const names[] = {FIELD_PRIME, GROUP_ORDER};
    const struct hyp_modulus *const moduli[] = {&hyp_modulus_p, &hyp_modulus_n};
    mpz_t modulus;
    mpz_t a;

    (void)state;
    mpz_init(a);
    for (int m = 0; m < 2; m++) {
        mpz_init_set_str(modulus, names[m], 16);
        for (unsigned i = 0; i < 20; i++) {
            mpz_set_ui(a, i);
            check_invert(a, modulus, moduli[m]);
            mpz_sub_ui(a, modulus, i + 1);
            check_invert(a, modulus, moduli[m]);
        }
        for (unsigned bit = 0; bit < 256; bit++) {
            mpz_set_ui(a, 0);
            mpz_setbit(a, bit);
            mpz_mod(a, a, modulus);
            check_invert(a, modulus, moduli[m]);
        }
        for (int i = 0; i < 20000; i++) {
            uint64_t words[4];
            random_fill(&random_numbers, words, sizeof words);
            mpz_import(a, 4, -1, 8, 0, 0, words);
            mpz_mod(a, a, modulus);
            check_invert(a, modulus, moduli[m]);
        }
        mpz_clear(modulus);
    }
    mpz_clear(a);
}

/* --- points ---------------------------------------------------------------------------------- */

/* What the formulas promise holds for any x, y; so the operands need not lie on one curve, only the
 * doubling's slope needs a = 0. */
struct affine {
    mpz_t x, y;
};

/* r = a + b, or 2·a for a = b. */
static void add_affine(struct affine *r, const struct affine *a, const struct affine *b)
{
    struct lane n;

    lane_init(&n);
    if (a == b) {
        mpz_mul(n.a, a->x, a->x);
        mpz_mul_ui(n.a, n.a, 3);
        mpz_mul_ui(n.b, a->y, 2);
    } else {
        mpz_sub(n.a, b->y, a->y);
        mpz_sub(n.b, b->x, a->x);
    }
    mpz_mod(n.b, n.b, p);
    assert_true(mpz_invert(n.b, n.b, p));
    mpz_mul(n.a, n.a, n.b); /* slope */
    mpz_mul(n.r, n.a, n.a);
    mpz_sub(n.r, n.r, a->x);
    mpz_sub(n.r, n.r, b->x);
    mpz_mod(n.r, n.r, p);
    mpz_sub(n.t, a->x, n.r);
    mpz_mul(n.t, n.t, n.a);
    mpz_sub(n.t, n.t, a->y);
    mpz_mod(r->y, n.t, p);
    mpz_set(r->x, n.r);
    lane_clear(&n);
}

/* (X/Z², Y/Z³) */
static void affine_of(struct affine *r, const struct hyp_jacobian *j, int lane)
{
    mpz_t z;

    mpz_init(z);
    value(r->x, &j->x, lane, REDUCED);
    value(r->y, &j->y, lane, FACTOR);
    value(z, &j->z, lane, FACTOR);
    assert_true(mpz_invert(z, z, p));
    for (int i = 0; i < 3; i++) {
        mpz_mul(r->y, r->y, z);
    }
    mpz_mul(z, z, z);
    mpz_mul(r->x, r->x, z);
    mpz_mod(r->x, r->x, p);
    mpz_mod(r->y, r->y, p);
    mpz_clear(z);
}

static void random_nonzero(struct hyp_fe *a)
{
    do {
        random_factor(a);
    } while (any_zero(a));
}

static void test_points(void **state)
{
    struct hyp_jacobian start, doubled, added;
    struct hyp_point q;
    struct affine a, b, wanted, got;

    (void)state;
    mpz_inits(a.x, a.y, b.x, b.y, wanted.x, wanted.y, got.x, got.y, NULL);
    for (int round = 0; round < 100; round++) {
        random_reduced(&start.x);
        random_nonzero(&start.y);
        random_nonzero(&start.z);
        random_reduced(&q.x);
        random_reduced(&q.y);
        doubled = added = start;
        hyp_point_double(&doubled, 1);
        hyp_point_subtract(&added, &q);
        for (int lane = 0; lane < FE_LANES; lane++) {
            affine_of(&a, &start, lane);
            add_affine(&wanted, &a, &a);
            affine_of(&got, &doubled, lane);
            mpz_sub(wanted.y, p, wanted.y); /* the negative */
            assert_int_equal(mpz_cmp(got.x, wanted.x), 0);
            assert_true(mpz_congruent_p(got.y, wanted.y, p));

            value(b.x, &q.x, lane, REDUCED);
            value(b.y, &q.y, lane, REDUCED);
            if (mpz_cmp(a.x, b.x) == 0) {
                continue;
            }
            mpz_sub(a.y, p, a.y);
            add_affine(&wanted, &a, &b);
            affine_of(&got, &added, lane);
            assert_int_equal(mpz_cmp(got.x, wanted.x), 0);
            assert_int_equal(mpz_cmp(got.y, wanted.y), 0);
        }
    }
    mpz_clears(a.x, a.y, b.x, b.y, wanted.x, wanted.y, got.x, got.y, NULL);
}

/* Doublings and an addition in one are the same as one after the other. */
static void test_climb(void **state)
{
    (void)state;
    for (unsigned times = 0; times < 12; times++) {
        struct hyp_jacobian climbed, stepped;
        struct hyp_point q;
        random_reduced(&stepped.x);
        random_nonzero(&stepped.y);
        random_nonzero(&stepped.z);
        random_reduced(&q.x);
        random_reduced(&q.y);
        climbed = stepped;
        hyp_point_climb(&climbed, times, &q);
        hyp_point_double(&stepped, times);
        hyp_point_subtract(&stepped, &q);
        for (int lane = 0; lane < FE_LANES; lane++) {
            assert_true(in_mask(hyp_fe_is_equal(&climbed.x, &stepped.x), lane));
            assert_true(in_mask(hyp_fe_is_equal(&climbed.y, &stepped.y), lane));
            assert_true(in_mask(hyp_fe_is_equal(&climbed.z, &stepped.z), lane));
        }
    }
}

/* Equal or opposite points give Z = 0, and Z = 0 stays. */
static void test_exceptional_points_are_seen(void **state)
{
    struct hyp_jacobian sum;
    struct hyp_point q;
    struct hyp_fe z2;

    (void)state;
    random_reduced(&sum.x);
    random_nonzero(&sum.y);
    random_nonzero(&sum.z);
    /* q = x of the sum in the even lanes: x·Z² = X. */
    random_reduced(&q.y);
    z2 = sum.z;
    hyp_fe_invert_all(&z2, &q.x, 1, 1);
    hyp_fe_square(&z2, &z2);
    hyp_fe_multiply(&q.x, &sum.x, &z2);
    for (int lane = 1; lane < FE_LANES; lane += 2) {
        *limb_of(&q.x, lane, 0) ^= 1;
    }
    hyp_point_subtract(&sum, &q);
    for (int round = 0; round < 10; round++) {
        struct fe_mask zero = hyp_fe_is_zero(&sum.z);
        for (int lane = 0; lane < FE_LANES; lane++) {
            assert_int_equal(in_mask(zero, lane), lane % 2 == 0);
        }
        hyp_point_double(&sum, 1);
        random_reduced(&q.x);
        hyp_point_subtract(&sum, &q);
    }
}

static void test_affine_addition(void **state)
{
    struct hyp_point a, b, sum[2], doubled;
    struct hyp_fe inverse[2];
    struct hyp_fe x_difference;
    struct fe_mask a_negative, b_negative;
    const struct fe_mask none = {{0}};
    struct affine na, nb, wanted, difference;

    (void)state;
    mpz_inits(na.x, na.y, nb.x, nb.y, wanted.x, wanted.y, difference.x, difference.y, NULL);
    for (int round = 0; round < 100; round++) {
        struct hyp_affine_sum sums[3];
        struct fe_columns twice;
        do {
            random_reduced(&a.x);
            random_reduced(&b.x);
            fe_subtract(&inverse[0], &b.x, &a.x);
        } while (any_zero(&inverse[0]));
        fe_subtract_reduced(&x_difference, &b.x, &a.x);
        random_nonzero(&a.y);
        fe_mask_limbs(&a.y, &a.y);
        random_reduced(&b.y);
        fe_columns_from(&twice, &a.y);
        fe_columns_add(&twice, &a.y);
        fe_carry_sum(&inverse[1], &twice);
        hyp_fe_invert_all(inverse, &sum[0].x, 2, 1);
        sums[0] = (struct hyp_affine_sum){
            .sum = &sum[0], .x_a = &a.x, .difference = &x_difference, .inverse = &inverse[0]};
        affine_chord(&sums[0], &a.y, none, &b.y, none);
        sums[1] = sums[0];
        sums[1].sum = &sum[1];
        a_negative = random_mask();
        b_negative = random_mask();
        affine_chord(&sums[1], &a.y, a_negative, &b.y, b_negative);
        sums[2] = (struct hyp_affine_sum){.sum = &doubled, .x_a = &a.x, .inverse = &inverse[1]};
        hyp_point_affine_tangent(&sums[2], &a.y);
        hyp_point_affine_add(sums, 3);
        for (int lane = 0; lane < FE_LANES; lane++) {
            value(na.x, &a.x, lane, REDUCED);
            value(na.y, &a.y, lane, REDUCED);
            value(nb.x, &b.x, lane, REDUCED);
            value(nb.y, &b.y, lane, REDUCED);
            add_affine(&wanted, &na, &nb);
            check("sum x", &sum[0].x, lane, REDUCED, wanted.x);
            check("sum y", &sum[0].y, lane, REDUCED, wanted.y);
            add_affine(&wanted, &na, &na);
            check("double x", &doubled.x, lane, REDUCED, wanted.x);
            check("double y", &doubled.y, lane, REDUCED, wanted.y);
            if (in_mask(a_negative, lane)) {
                mpz_neg(na.y, na.y);
            }
            if (in_mask(b_negative, lane)) {
                mpz_neg(nb.y, nb.y);
            }
            add_affine(&wanted, &na, &nb);
            check("signed sum x", &sum[1].x, lane, REDUCED, wanted.x);
            check("signed sum y", &sum[1].y, lane, REDUCED, wanted.y);
        }
    }
    mpz_clears(na.x, na.y, nb.x, nb.y, wanted.x, wanted.y, difference.x, difference.y, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_products),        cmocka_unit_test(test_addends),
        cmocka_unit_test(test_addend_bounds),   cmocka_unit_test(test_affine_products),
        cmocka_unit_test(test_representatives), cmocka_unit_test(test_square_roots),
        cmocka_unit_test(test_invert_all),      cmocka_unit_test(test_scalar_inversion),
        cmocka_unit_test(test_points),          cmocka_unit_test(test_exceptional_points_are_seen),
        cmocka_unit_test(test_affine_addition), cmocka_unit_test(test_climb),
    };

    if (!lanes_begin()) {
        return 0;
    }
    return cmocka_run_group_tests(tests, setup, teardown);
}
