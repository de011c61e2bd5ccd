/* Freivalds' test against products made by plain loops: right ones pass always, one changed bit
 * anywhere is found. */
#include <stdlib.h>
#include <string.h>

#include "host/src/freivalds/freivalds.h"
#include "hyperion/error.h"
#include "tests/support/test.h"

static enum hyp_cpu_variant variant;

static uint64_t state = 7;
static uint32_t draw(void)
{
    state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(state >> 33);
}

struct matrices {
    struct hyp_freivalds_product product;
    uint8_t *a;
    uint8_t *b;
    uint8_t *c;
    uint8_t *bias;
    uint8_t *addend;
    size_t a_pitch;
    size_t c_pitch;
};

enum fill { RANDOM, LOWEST, HIGHEST };

static uint8_t *fill_bytes(size_t count, enum fill fill)
{
    uint8_t *bytes = malloc(count + 1);
    for (size_t i = 0; i < count; i++) {
        bytes[i] = fill == RANDOM ? (uint8_t)draw() : fill == LOWEST ? 0x80 : 0x7f;
    }
    return bytes;
}

static int32_t load(const uint8_t *bytes, size_t index)
{
    int32_t value;
    memcpy(&value, bytes + 4 * index, 4);
    return value;
}

/* Small enough that sums keep to 32 bits. */
static uint8_t *fill_words(size_t count)
{
    uint8_t *bytes = malloc(4 * count + 1);
    for (size_t i = 0; i < count; i++) {
        int32_t value = (int32_t)(draw() % 2000001) - 1000000;
        memcpy(bytes + 4 * i, &value, 4);
    }
    return bytes;
}

static void compute(struct matrices *m)
{
    const struct hyp_freivalds_product *p = &m->product;

    memset(m->c, 0, p->rows * m->c_pitch);
    for (uint32_t i = 0; i < p->rows; i++) {
        for (uint32_t j = 0; j < p->columns; j++) {
            int64_t sum = 0;
            for (uint32_t k = 0; k < p->inner; k++) {
                const uint8_t *panel = m->b + (size_t)(j / 64) * p->inner * 64;
                sum += (int8_t)m->a[i * m->a_pitch + k] * (int8_t)panel[(size_t)k * 64 + j % 64];
            }
            sum += p->bias ? load(m->bias, j) : 0;
            sum += p->addend ? load(m->addend + i * m->c_pitch, j) : 0;
            int32_t value = (int32_t)sum;
            assert_true(value == sum);
            memcpy(m->c + i * m->c_pitch + 4 * (size_t)j, &value, 4);
        }
    }
}

/* Padding of A and B is random, too. */
static struct matrices make(uint32_t rows, uint32_t inner, uint32_t columns, enum fill fill,
                            bool bias, bool addend)
{
    struct matrices m = {.a_pitch = (size_t)(inner + 63) / 64 * 64,
                         .c_pitch = ((size_t)columns * 4 + 63) / 64 * 64};

    m.a = fill_bytes(rows * m.a_pitch, fill);
    m.b = fill_bytes((size_t)(columns + 63) / 64 * inner * 64, fill);
    m.c = malloc(rows * m.c_pitch);
    m.bias = fill_words((columns + 15) / 16 * 16);
    m.addend = fill_words(rows * m.c_pitch / 4);
    m.product = (struct hyp_freivalds_product){.rows = rows,
                                               .inner = inner,
                                               .columns = columns,
                                               .a = m.a,
                                               .b = m.b,
                                               .c = m.c,
                                               .bias = bias ? m.bias : NULL,
                                               .addend = addend ? m.addend : NULL};
    compute(&m);
    return m;
}

static void release(struct matrices *m)
{
    free(m->a);
    free(m->b);
    free(m->c);
    free(m->bias);
    free(m->addend);
}

static void right_products_pass(void **unused)
{
    static const uint32_t sizes[][3] = {{1, 0, 1},      {1, 1, 1},    {3, 5, 2},
                                        {2, 64, 64},    {7, 65, 63},  {5, 127, 65},
                                        {17, 300, 129}, {64, 64, 16}, {1, 513, 1000}};
    (void)unused;
    for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
        for (int options = 0; options < 4; options++) {
            struct matrices m =
                make(sizes[s][0], sizes[s][1], sizes[s][2], RANDOM, options & 1, options & 2);
            for (int i = 0; i < 5; i++) {
                assert_int_equal(hyp_freivalds(&m.product, variant), 1);
            }
            release(&m);
        }
    }
}

static void random_shapes_pass_and_one_bit_fails(void **unused)
{
    (void)unused;
    for (int i = 0; i < 300; i++) {
        struct matrices m =
            make(1 + draw() % 20, draw() % 200, 1 + draw() % 200, RANDOM, draw() % 2, draw() % 2);
        assert_int_equal(hyp_freivalds(&m.product, variant), 1);
        size_t at = draw() % (m.product.rows * m.c_pitch); /* padding as well */
        uint8_t bit = (uint8_t)(1u << draw() % 8);
        m.c[at] ^= bit;
        assert_int_equal(hyp_freivalds(&m.product, variant), 0);
        m.c[at] ^= bit;
        assert_int_equal(hyp_freivalds(&m.product, variant), 1);
        release(&m);
    }
}

static void every_bit_of_a_result_counts(void **unused)
{
    (void)unused;
    struct matrices m = make(2, 33, 37, RANDOM, false, false);
    for (size_t bit = 0; bit < 2 * m.c_pitch * 8; bit++) {
        m.c[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_int_equal(hyp_freivalds(&m.product, variant), 0);
        m.c[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    release(&m);
}

/* Errors that cancel in the sum of the row, or in many of its sums. */
static void errors_that_cancel_are_found(void **unused)
{
    (void)unused;
    struct matrices m = make(4, 50, 70, RANDOM, true, false);
    for (int i = 0; i < 200; i++) {
        uint32_t row = draw() % 4;
        uint32_t j = draw() % 35;
        uint32_t other = 35 + draw() % 35;
        int32_t by = (int32_t)(1u << draw() % 31);
        uint8_t *line = m.c + row * m.c_pitch;
        int32_t one = (int32_t)((uint32_t)load(line, j) + (uint32_t)by);
        int32_t two = (int32_t)((uint32_t)load(line, other) - (uint32_t)by);
        memcpy(line + 4 * (size_t)j, &one, 4);
        memcpy(line + 4 * (size_t)other, &two, 4);
        assert_int_equal(hyp_freivalds(&m.product, variant), 0);
        compute(&m);
    }
    release(&m);
}

static void the_largest_sums_do_not_overflow(void **unused)
{
    (void)unused;
    for (int fill = LOWEST; fill <= HIGHEST; fill++) {
        struct matrices deep = make(2, 131071, 3, (enum fill)fill, false, false);
        assert_int_equal(hyp_freivalds(&deep.product, variant), 1);
        deep.c[4] ^= 1;
        assert_int_equal(hyp_freivalds(&deep.product, variant), 0);
        release(&deep);
        struct matrices wide = make(2, 5, 200000, (enum fill)fill, false, false);
        assert_int_equal(hyp_freivalds(&wide.product, variant), 1);
        wide.c[4 * 199999] ^= 1;
        assert_int_equal(hyp_freivalds(&wide.product, variant), 0);
        release(&wide);
    }
}

/* A sum that 32 bits do not hold is no proof of a lie: the caller computes again. */
static void sums_beyond_32_bits_do_not_pass(void **unused)
{
    (void)unused;
    struct matrices m = make(1, 4, 4, HIGHEST, true, false);
    int32_t value = INT32_MAX;
    memcpy(m.bias, &value, 4);
    uint32_t wrapped = (uint32_t)INT32_MAX + 4 * 127 * 127;
    memcpy(m.c, &wrapped, 4);
    assert_int_equal(hyp_freivalds(&m.product, variant), 0);
    release(&m);
}

static int run_all(enum hyp_cpu_variant with, const char *name)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(right_products_pass),
        cmocka_unit_test(random_shapes_pass_and_one_bit_fails),
        cmocka_unit_test(every_bit_of_a_result_counts),
        cmocka_unit_test(errors_that_cancel_are_found),
        cmocka_unit_test(the_largest_sums_do_not_overflow),
        cmocka_unit_test(sums_beyond_32_bits_do_not_pass),
    };
    variant = with;
    return cmocka_run_group_tests_name(name, tests, NULL, NULL);
}

int main(void)
{
    int failed = run_all(HYP_CPU_PORTABLE, "Freivalds, portable");
    if (hyp_cpu_variant_best() >= HYP_CPU_AVX2) {
        failed += run_all(HYP_CPU_AVX2, "Freivalds, AVX2");
    }
    if (hyp_cpu_variant_best() == HYP_CPU_AVX512) {
        failed += run_all(HYP_CPU_AVX512, "Freivalds, AVX-512");
    }
    return failed;
}
