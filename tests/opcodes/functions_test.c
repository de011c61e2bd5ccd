/* The functions of one number that opcodes stand on: against their definitions in wider arithmetic,
 * and the generated tables against a digest. */
#include <math.h>
#include <string.h>

#include "host/src/opcodes/functions.h"
#include "hyperion/keccak.h"
#include "tests/support/random_batch.h"
#include "tests/support/test.h"

/* Numbers of every length, the edges of powers of two among them. */
static int64_t some_number(struct random *random, int bits)
{
    uint64_t length = 1 + random_below(random, (uint64_t)bits);
    uint64_t top = UINT64_C(1) << (length - 1);

    switch (random_below(random, 4)) {
    case 0:
        return (int64_t)top;
    case 1:
        return (int64_t)(2 * top - 1);
    default:
        return (int64_t)(top | (random_u64(random) & (top - 1)));
    }
}

static void tables_are_the_known_ones(void **state)
{
    static const uint8_t want[2][32] = {
        {0x09, 0x2d, 0xd6, 0x64, 0x56, 0x3c, 0x8a, 0x7e, 0xb0, 0x4f, 0xae,
         0x59, 0x57, 0xc8, 0x32, 0x02, 0x9a, 0x52, 0x23, 0x9e, 0x33, 0x4a,
         0x67, 0xbb, 0xcf, 0x57, 0xed, 0xf8, 0x12, 0x33, 0xf6, 0x6a},
        {0xeb, 0xcc, 0x79, 0xcf, 0x21, 0x8c, 0x17, 0x92, 0x08, 0xe4, 0x3c,
         0x20, 0xed, 0x5a, 0xe4, 0xe2, 0x9a, 0x37, 0x77, 0xa4, 0x7f, 0xfa,
         0x6d, 0xaa, 0xf4, 0xf5, 0xb8, 0x8d, 0x30, 0xb9, 0xd8, 0x13},
    };
    uint8_t digest[32];

    (void)state;
    hyp_keccak256(hyp_exp2_table, sizeof hyp_exp2_table, digest);
    assert_memory_equal(digest, want[0], sizeof digest);
    hyp_keccak256(hyp_sigmoid_table, sizeof hyp_sigmoid_table, digest);
    assert_memory_equal(digest, want[1], sizeof digest);
}

/* m · 2^−s ≤ n / x < (m + 1) · 2^−s, and m has 31 bits. */
static void reciprocals_are_floors(void **state)
{
    struct random random = {1};

    (void)state;
    for (int i = 0; i < 200000; i++) {
        int64_t x = some_number(&random, 63);
        uint32_t n = (uint32_t)some_number(&random, 31);
        struct hyp_scale scale = hyp_recip(x, n);
        unsigned __int128 left = (unsigned __int128)n << scale.shift;
        assert_true((unsigned __int128)scale.multiplier * (uint64_t)x <= left);
        assert_true((unsigned __int128)(scale.multiplier + UINT64_C(1)) * (uint64_t)x > left);
        assert_true(scale.shift <= 62 && scale.multiplier <= INT32_MAX);
        assert_true(scale.multiplier >> 30 == 1 || scale.shift == 62);
    }
    assert_int_equal(hyp_recip(0, 127).multiplier, 0);
    assert_int_equal(hyp_recip(0, 127).shift, 0);
    assert_int_equal(hyp_recip(-5, 127).multiplier, 0);
    assert_int_equal(hyp_recip(1, 1).multiplier, 1 << 30);
    assert_int_equal(hyp_recip(1, 1).shift, 30);
}

/* m² · x ≤ 2^(2s) < (m + 1)² · x. */
static void roots_are_floors(void **state)
{
    struct random random = {2};

    (void)state;
    for (int i = 0; i < 200000; i++) {
        int64_t x = i < 1000 ? i + 1 : some_number(&random, 63);
        struct hyp_scale scale = hyp_rsqrt(x);
        unsigned __int128 one = (unsigned __int128)1 << (2 * scale.shift);
        unsigned __int128 m = scale.multiplier;
        assert_true(scale.shift <= 62 && m >> 30 == 1);
        assert_true(m * m <= one / (uint64_t)x);
        assert_true((m + 1) * (m + 1) > one / (uint64_t)x);
    }
    assert_int_equal(hyp_rsqrt(0).multiplier, 0);
    assert_int_equal(hyp_rsqrt(-1).shift, 0);
    assert_int_equal(hyp_rsqrt(INT64_MAX).shift, 62);
}

static void powers_are_near_and_monotonic(void **state)
{
    uint32_t before = 0;

    (void)state;
    for (int64_t x = -40 * 65536; x <= 65536; x += 7) {
        uint32_t value = hyp_exp2(x);
        double exact = ldexp(exp2((double)(x > 0 ? 0 : x) / 65536), 30);
        assert_true(fabs(value - exact) <= 0.6 + exact * 1.1e-6);
        assert_true(value >= before);
        before = value;
    }
    assert_int_equal(hyp_exp2(0), 1 << 30);
    assert_int_equal(hyp_exp2(INT32_MAX), 1 << 30);
    assert_int_equal(hyp_exp2(-65536), 1 << 29);
    assert_int_equal(hyp_exp2(INT32_MIN), 0);
    assert_int_equal(hyp_exp2(-(INT64_C(1) << 32)), 0);
}

static void sigmoids_are_near_monotonic_and_symmetric(void **state)
{
    uint32_t before = 0;

    (void)state;
    for (int64_t x = -20 * 65536; x <= 20 * 65536; x += 5) {
        uint32_t value = hyp_sigmoid(x);
        double exact = ldexp(1 / (1 + exp((double)-x / 65536)), 30);
        assert_true(fabs(value - exact) <= ldexp(3.1e-6, 30));
        assert_true(value >= before);
        assert_int_equal(value + hyp_sigmoid(-x), 1 << 30);
        before = value;
    }
    assert_int_equal(hyp_sigmoid(0), 1 << 29);
    assert_int_equal(hyp_sigmoid(INT32_MAX), 1 << 30);
    assert_int_equal(hyp_sigmoid(INT32_MIN), 0);
    assert_int_equal(hyp_silu(INT32_MAX), INT32_MAX);
    assert_int_equal(hyp_silu(INT32_MIN), 0);
    assert_int_equal(hyp_silu(0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tables_are_the_known_ones),
        cmocka_unit_test(reciprocals_are_floors),
        cmocka_unit_test(roots_are_floors),
        cmocka_unit_test(powers_are_near_and_monotonic),
        cmocka_unit_test(sigmoids_are_near_monotonic_and_symmetric),
    };
    return cmocka_run_group_tests_name("functions of opcodes", tests, NULL, NULL);
}
