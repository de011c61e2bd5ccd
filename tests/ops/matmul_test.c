/* The op matmul: its reference against an independent model, its checks, slices, and the public
 * batch on the device "cpu" against a plain product. */
#include <stdlib.h>
#include <string.h>

#include "host/src/ops/matmul.h"
#include "host/src/ops/matmul_answers.h"
#include "host/src/ops/ops.h"
#include "hyperion/hyperion.h"
#include "tests/support/random_batch.h"
#include "tests/support/test.h"

enum { INPUT_BYTES = 65536 };

static uint64_t fnv(const uint8_t *bytes, uint64_t count)
{
    uint64_t state = UINT64_C(0xcbf29ce484222325);
    for (uint64_t i = 0; i < count; i++) {
        state = (state ^ bytes[i]) * UINT64_C(0x100000001b3);
    }
    return state;
}

/* From tests/ops/matmul_model.py. */
static const uint64_t digests[] = {
    UINT64_C(0x48dadbe7b5b1da1d), UINT64_C(0x109d271d6a33a6eb), UINT64_C(0xcd0abdede8bb3df1),
    UINT64_C(0x60b660c20bcd132e), UINT64_C(0x9187a6c2d475e845), UINT64_C(0x276fda2fe21cfd95),
    UINT64_C(0x49d07e5b8ad20d25), UINT64_C(0x59f175eeb279a9cc), UINT64_C(0xcbf29ce484222325),
    UINT64_C(0xcbf29ce484222325), UINT64_C(0xc7b2c1d8a84e1434), UINT64_C(0xd80ac658736bb725),
};
enum { DIGESTS = sizeof digests / sizeof digests[0] };

static void known_answers_are_those_of_the_model(void **state)
{
    uint8_t *input = calloc(1, INPUT_BYTES);
    hyp_batch_header header;

    (void)state;
    size_t bytes = hyp_matmul_answers_batch(input, INPUT_BYTES);
    assert_true(bytes > 0);
    assert_int_equal(hyp_matmul_answers_batch(input, bytes - 1), 0);
    memcpy(&header, input, sizeof header);
    assert_int_equal(hyp_batch_check(&header, bytes), HYP_OK);
    uint8_t *output = calloc(1, hyp_batch_output_bytes(&header));
    hyp_op_matmul.reference(input, bytes, NULL, output, 0, header.item_count);
    for (uint32_t i = 0; i < header.item_count; i++) {
        uint64_t offset;
        uint64_t length;
        bool placed = hyp_result_region(&header, input, i, &offset, &length);
        assert_int_equal(output[HYP_STATUS_OFFSET + i],
                         i < DIGESTS ? HYP_STATUS_OK : HYP_STATUS_BAD_INPUT);
        if (i < DIGESTS) {
            assert_true(placed);
            assert_true(fnv(output + offset, length) == digests[i]);
        }
    }
    assert_int_equal(hyp_matmul_answers_check(input, output, NULL), HYP_OK);
    output[hyp_results_offset(header.item_count) + 63] ^= 1;
    assert_int_equal(hyp_matmul_answers_check(input, output, NULL), HYP_EMISMATCH);
    output[hyp_results_offset(header.item_count) + 63] ^= 1;
    output[HYP_STATUS_OFFSET + DIGESTS + 4] = HYP_STATUS_OK;
    assert_int_equal(hyp_matmul_answers_check(input, output, NULL), HYP_EMISMATCH);
    free(output);
    free(input);
}

/* Every slice gives, item by item, what the whole batch gives. */
static void slices_give_the_same_results(void **state)
{
    uint8_t *input = calloc(1, INPUT_BYTES);
    uint8_t *sliced = calloc(1, INPUT_BYTES);
    hyp_batch_header header;

    (void)state;
    size_t bytes = hyp_matmul_answers_batch(input, INPUT_BYTES);
    memcpy(&header, input, sizeof header);
    uint8_t *whole = calloc(1, hyp_batch_output_bytes(&header));
    hyp_op_matmul.reference(input, bytes, NULL, whole, 0, header.item_count);
    for (uint32_t first = 0; first < header.item_count; first++) {
        for (uint32_t last = first + 1; last <= header.item_count; last += 3) {
            hyp_batch_header part;
            const struct hyp_slice slice = {&header, input, first, last};
            size_t length = hyp_op_matmul.gather(&slice, 1, 7, sliced, INPUT_BYTES);
            assert_true(length <= bytes);
            memcpy(&part, sliced, sizeof part);
            assert_int_equal(hyp_batch_check(&part, length), HYP_OK);
            assert_true(part.result_beats <= header.result_beats);
            uint8_t *output = calloc(1, hyp_batch_output_bytes(&part));
            hyp_op_matmul.reference(sliced, length, NULL, output, 0, part.item_count);
            for (uint32_t i = 0; i < part.item_count; i++) {
                uint64_t from;
                uint64_t to;
                uint64_t from_length;
                uint64_t to_length;
                assert_int_equal(output[HYP_STATUS_OFFSET + i],
                                 whole[HYP_STATUS_OFFSET + first + i]);
                bool placed = hyp_result_region(&header, input, first + i, &from, &from_length);
                assert_int_equal(hyp_result_region(&part, sliced, i, &to, &to_length), placed);
                if (placed) {
                    assert_int_equal(from_length, to_length);
                    assert_memory_equal(output + to, whole + from, to_length);
                }
            }
            free(output);
        }
    }
    free(whole);
    free(sliced);
    free(input);
}

/* Descriptors full of extreme numbers: the check must refuse what leaves its room, by true
 * arithmetic. The sanitizers watch the reference. */
static void random_descriptors(void **state)
{
    static const uint64_t values[] = {0,
                                      1,
                                      63,
                                      64,
                                      65,
                                      128,
                                      4096,
                                      0xffff,
                                      0x10000,
                                      0x1ffff,
                                      0x20000,
                                      0x7fffffff,
                                      0x80000000,
                                      0xffffffff,
                                      UINT64_MAX,
                                      UINT64_MAX - 63,
                                      UINT64_C(1) << 63,
                                      UINT64_C(1) << 40};
    struct random random = {99};
    uint8_t input[4096] = {0};
    uint32_t good = 0;

    (void)state;
    for (int round = 0; round < 200000; round++) {
        hyp_batch_header header = {
            .magic = HYP_BATCH_INPUT_MAGIC,
            .layout_version = HYP_BATCH_LAYOUT_VERSION,
            .op = HYP_OP_MATMUL,
            .item_count = 1,
            .descriptors_offset = sizeof header,
            .descriptors_length = sizeof(hyp_matmul_descriptor),
            .data_offset = 128,
            .data_length = sizeof input - 128 - random_below(&random, 70),
            .result_beats = (uint32_t)random_below(&random, 40),
        };
        uint8_t output[192 + 40 * 64];
        uint64_t words[6];
        uint32_t shape[4];
        for (int i = 0; i < 6; i++) {
            words[i] = random_below(&random, 3) ? 64 * random_below(&random, 64)
                                                : values[random_below(&random, 18)];
        }
        for (int i = 0; i < 4; i++) {
            shape[i] = random_below(&random, 4) ? (uint32_t)random_below(&random, 20)
                                                : (uint32_t)values[random_below(&random, 18)];
        }
        hyp_matmul_descriptor item = {shape[0], shape[1], shape[2], shape[3], words[0],
                                      words[1], words[2], words[3], words[4], words[5]};
        memcpy(input, &header, sizeof header);
        memcpy(input + 64, &item, sizeof item);
        hyp_op_matmul.reference(input, sizeof input, NULL, output, 0, 1);
        good += output[HYP_STATUS_OFFSET] == HYP_STATUS_OK;
    }
    assert_in_range(good, 1000, 150000);
}

static hyp_context *context;
static hyp_device *device;

static int open_cpu(void **state)
{
    (void)state;
    assert_int_equal(hyp_context_create(NULL, &context, NULL), HYP_OK);
    assert_int_equal(hyp_device_open(context, "cpu", NULL, &device, NULL), HYP_OK);
    return 0;
}

static int close_cpu(void **state)
{
    (void)state;
    hyp_device_close(device);
    hyp_context_destroy(context);
    return 0;
}

struct operands {
    int8_t a[40 * 200];
    int8_t b[200 * 150];
    int32_t bias[150];
    int32_t accumulate[40 * 150];
    uint32_t multipliers[150];
    uint8_t shifts[150];
};

static void fill(struct random *random, struct operands *o)
{
    uint8_t *bytes = (uint8_t *)o;
    for (size_t i = 0; i < sizeof *o; i++) {
        bytes[i] = (uint8_t)random_u64(random);
    }
    for (int j = 0; j < 150; j++) {
        o->bias[j] >>= 2;
        o->multipliers[j] &= HYP_MATMUL_MAX_MULTIPLIER;
        o->shifts[j] = (uint8_t)(20 + o->shifts[j] % 43);
    }
}

static int64_t saturate(int64_t value, int64_t limit)
{
    return value > limit ? limit : value < -limit - 1 ? -limit - 1 : value;
}

static void check_product(const hyp_matmul_product *p, const struct operands *o, const void *result)
{
    for (uint32_t i = 0; i < p->rows; i++) {
        for (uint32_t j = 0; j < p->columns; j++) {
            int64_t sum = 0;
            for (uint32_t k = 0; k < p->inner; k++) {
                sum += o->a[i * p->inner + k] * o->b[k * p->columns + j];
            }
            sum += p->bias ? p->bias[j] : 0;
            sum = (int32_t)(uint32_t)((uint64_t)sum +
                                      (p->accumulate ? (uint32_t)p->accumulate[i * p->columns + j]
                                                     : 0));
            size_t at = (size_t)i * p->columns + j;
            int64_t got = p->result_bits == 32   ? ((const int32_t *)result)[at]
                          : p->result_bits == 16 ? ((const int16_t *)result)[at]
                                                 : ((const int8_t *)result)[at];
            if (p->multipliers) {
                __int128 scaled = (__int128)sum * p->multipliers[j];
                scaled = (scaled + ((__int128)1 << p->shifts[j] >> 1)) >> p->shifts[j];
                sum = saturate((int64_t)scaled, p->result_bits == 8 ? 127 : 32767);
            }
            assert_int_equal(got, sum);
        }
    }
}

static void products_on_the_cpu(void **state)
{
    static const uint32_t bits[] = {32, 8, 16};
    struct random random = {5};
    struct operands *o = malloc(sizeof *o);
    int32_t *result = malloc(40 * 150 * sizeof *result);

    (void)state;
    for (int round = 0; round < 200; round++) {
        hyp_matmul_product p = HYP_MATMUL_PRODUCT_INIT;
        fill(&random, o);
        p.rows = (uint32_t)random_below(&random, 41);
        p.inner = (uint32_t)random_below(&random, 201);
        p.columns = (uint32_t)random_below(&random, 151);
        p.a = o->a;
        p.b = o->b;
        p.bias = round & 1 ? o->bias : NULL;
        p.accumulate = round & 2 ? o->accumulate : NULL;
        p.result_bits = bits[random_below(&random, 3)];
        if (p.result_bits != 32) {
            p.multipliers = o->multipliers;
            p.shifts = o->shifts;
        }
        assert_int_equal(hyp_matmul(device, &p, 0, result, NULL), HYP_OK);
        check_product(&p, o, result);
    }
    free(result);
    free(o);
}

static void a_batch_shares_its_b(void **state)
{
    struct random random = {6};
    struct operands *o = malloc(sizeof *o);
    hyp_matmul_product p = HYP_MATMUL_PRODUCT_INIT;
    hyp_matmul_batch *batch;
    hyp_queue *queue;
    hyp_completion completion;
    size_t data;
    size_t data_without_b;
    size_t results;
    int32_t *result = malloc(40 * 150 * sizeof *result);

    (void)state;
    fill(&random, o);
    p.rows = 3;
    p.inner = 70;
    p.columns = 130;
    p.a = o->a;
    p.b = o->b;
    assert_int_equal(hyp_matmul_room(&p, &data, &results, NULL), HYP_OK);
    p.b = NULL;
    assert_int_equal(hyp_matmul_room(&p, &data_without_b, &results, NULL), HYP_OK);
    assert_int_equal(data - data_without_b, 3 * 70 * 64);
    assert_int_equal(hyp_matmul_batch_create(device, 2, data + data_without_b, 2 * results, &batch),
                     HYP_OK);
    assert_int_equal(hyp_matmul_batch_add(batch, &p, NULL), HYP_EINVAL);
    p.b = o->b;
    assert_int_equal(hyp_matmul_batch_add(batch, &p, NULL), 0);
    p.a = o->a + 210;
    assert_int_equal(hyp_matmul_batch_add(batch, &p, NULL), HYP_EAGAIN);
    p.b = NULL;
    p.inner = 69;
    assert_int_equal(hyp_matmul_batch_add(batch, &p, NULL), HYP_EINVAL);
    p.inner = 70;
    assert_int_equal(hyp_matmul_batch_add(batch, &p, NULL), 1);
    assert_int_equal(hyp_matmul_batch_add(batch, &p, NULL), HYP_EAGAIN);
    assert_int_equal(hyp_matmul_batch_count(batch), 2);
    hyp_job job = hyp_matmul_batch_job(batch, NULL);
    assert_int_equal(hyp_queue_create(device, NULL, &queue), HYP_OK);
    assert_int_equal(hyp_queue_submit(queue, &job, 1), 1);
    assert_int_equal(hyp_queue_wait(queue, UINT64_MAX), HYP_OK);
    assert_int_equal(hyp_queue_reap(queue, &completion, 1), 1);
    assert_int_equal(completion.result, HYP_OK);
    for (uint32_t i = 0; i < 2; i++) {
        assert_int_equal(hyp_matmul_batch_status(batch, i), HYP_STATUS_OK);
        hyp_matmul_batch_copy(batch, i, result);
        struct operands *moved = malloc(sizeof *moved);
        memcpy(moved, o, sizeof *moved);
        memmove(moved->a, o->a + (size_t)210 * i, 210);
        check_product(&p, moved, result);
        free(moved);
    }
    hyp_queue_destroy(queue);
    hyp_matmul_batch_destroy(batch);
    free(result);
    free(o);
}

static void wrong_products_are_refused(void **state)
{
    static const int8_t some[64] = {1};
    static const int32_t bias = 1 << 30;
    static const uint32_t multiplier = 1u << 31;
    static const uint8_t shift = 63;
    const uint32_t good_multiplier = 1;
    const hyp_matmul_product good = {sizeof good, 1, 1,     1,    some, some, NULL,
                                     NULL,        0, false, NULL, NULL, 32};
    int32_t result;
    hyp_error error;

    (void)state;
    assert_int_equal(hyp_matmul(device, &good, 0, &result, NULL), HYP_OK);
    assert_int_equal(result, 1);
#define REFUSED(expected, ...)                                                                     \
    do {                                                                                           \
        hyp_matmul_product p = good;                                                               \
        __VA_ARGS__;                                                                               \
        error.code = 0;                                                                            \
        assert_int_equal(hyp_matmul(device, &p, 0, &result, &error), (expected));                  \
        assert_int_equal(error.code, (expected));                                                  \
    } while (0)
    REFUSED(HYP_EINVAL, p.a = NULL);
    REFUSED(HYP_EINVAL, p.b = NULL);
    REFUSED(HYP_EINVAL, p.result_bits = 8);
    REFUSED(HYP_EINVAL, p.multipliers = &good_multiplier);
    REFUSED(HYP_EINVAL, p.bias = &bias);
    REFUSED(HYP_EINVAL, p.multipliers = &multiplier; p.shifts = (const uint8_t *)some;
            p.result_bits = 8);
    REFUSED(HYP_EINVAL, p.multipliers = &good_multiplier; p.shifts = &shift; p.result_bits = 8);
    REFUSED(HYP_ETOOBIG, p.inner = 131072);
    REFUSED(HYP_ETOOBIG, p.inner = 65536; p.bias = &result);
    REFUSED(HYP_ETOOBIG, p.accumulate = &result; p.accumulated_inner = 131071);
    REFUSED(HYP_ETOOBIG, p.accumulate = &result; p.accumulated_inner = 65535;
            p.accumulated_bias = true);
    REFUSED(HYP_ETOOBIG, p.rows = UINT32_MAX; p.columns = UINT32_MAX);
    REFUSED(HYP_EINVAL, p.size = 4);
#undef REFUSED
    assert_int_equal(hyp_matmul(device, NULL, 0, &result, NULL), HYP_EINVAL);
    assert_int_equal(hyp_matmul(NULL, &good, 0, &result, NULL), HYP_EINVAL);
    assert_int_equal(hyp_matmul(device, &good, 0, NULL, NULL), HYP_EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_answers_are_those_of_the_model),
        cmocka_unit_test(slices_give_the_same_results),
        cmocka_unit_test(random_descriptors),
        cmocka_unit_test(products_on_the_cpu),
        cmocka_unit_test(a_batch_shares_its_b),
        cmocka_unit_test(wrong_products_are_refused),
    };
    return cmocka_run_group_tests_name("op matmul", tests, open_cpu, close_cpu);
}
