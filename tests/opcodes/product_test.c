/* Products with weights by the kernels of the CPU, each variant, against the reference: ragged
 * shapes, results of every type, rows apart, adding to the result itself. */
#include <stdlib.h>
#include <string.h>

#include "host/src/tensor/device_product.h"
#include "host/src/tensor/product.h"
#include "host/src/tensor/program.h"
#include "host/src/tensor/tensor.h"
#include "hyperion/hyperion.h"
#include "tests/support/random_batch.h"
#include "tests/support/test.h"

enum { MOST = 160, APART = 200 };

static hyp_tensor *random_weights(hyp_device *device, struct random *random, uint32_t k, uint32_t n)
{
    static int8_t values[MOST * MOST];
    static int32_t bias[MOST];
    static uint32_t multipliers[MOST];
    static uint8_t shifts[MOST];
    hyp_weights given = HYP_WEIGHTS_INIT;
    hyp_tensor *made;

    for (int i = 0; i < MOST * MOST; i++) {
        values[i] = (int8_t)random_u64(random);
    }
    for (int i = 0; i < MOST; i++) {
        bias[i] = (int32_t)random_u64(random) >> 2;
        bias[i] = bias[i] < -HYP_MATMUL_MAX_BIAS ? 0 : bias[i];
        multipliers[i] = (uint32_t)random_u64(random) >> 1;
        shifts[i] = (uint8_t)random_below(random, 63);
    }
    given.rows = k;
    given.columns = n;
    given.values = values;
    given.transposed = random_below(random, 2);
    given.bias = random_below(random, 2) ? bias : NULL;
    given.multipliers = multipliers;
    given.shifts = shifts;
    assert_int_equal(hyp_weights_create(device, &given, &made, NULL), HYP_OK);
    return made;
}

static void against_the_reference(void **state)
{
    static const hyp_type types[] = {HYP_I32, HYP_I8, HYP_I16};
    static int8_t a[MOST * APART];
    static int32_t memory[2][MOST * APART];
    struct random random = {21};
    hyp_context *context;
    hyp_device *device;

    (void)state;
    assert_int_equal(hyp_context_create(NULL, &context, NULL), HYP_OK);
    assert_int_equal(hyp_device_open(context, "cpu", NULL, &device, NULL), HYP_OK);
    for (int round = 0; round < 300; round++) {
        uint32_t m = (uint32_t)random_below(&random, round % 3 ? 3 : 40);
        uint32_t k = (uint32_t)random_below(&random, MOST);
        uint32_t n = (uint32_t)random_below(&random, MOST);
        hyp_tensor *weights = random_weights(device, &random, k, n);
        struct hyp_instruction in = {.opcode = HYP_OPCODE_MATMUL, .weights = weights->packed};
        for (size_t i = 0; i < sizeof a; i++) {
            a[i] = round % 5 ? (int8_t)random_u64(&random) : -128;
        }
        in.a = (struct hyp_array){(uint8_t *)a, HYP_I8, m, k, APART - 3, 1};
        hyp_type type = types[random_below(&random, 3)];
        in.result = (struct hyp_array){NULL, type, m, n, APART - random_below(&random, 9), 1};
        bool accumulate = type == HYP_I32 && random_below(&random, 2);
        for (int v = HYP_CPU_PORTABLE; v <= (int)hyp_cpu_variant_best(); v++) {
            memset(memory, 0x5a, sizeof memory);
            for (int way = 0; way < 2; way++) {
                in.result.data = (uint8_t *)memory[way];
                if (accumulate) {
                    in.d = in.result;
                }
                if (way == 0) {
                    assert_int_equal(hyp_reference_matmul(&in, NULL), HYP_OK);
                } else {
                    assert_true(hyp_product_with_weights(
                        &in, hyp_matmul_kernel_for((enum hyp_cpu_variant)v)));
                }
            }
            assert_memory_equal(memory[0], memory[1], sizeof memory[0]);
        }
        hyp_tensor_release(weights);
    }
    hyp_device_close(device);
    hyp_context_destroy(context);
}

static void sixteen_bits(void **state)
{
    static int16_t a[MOST * APART];
    static int64_t memory[2][MOST * APART];
    struct random random = {23};
    hyp_context *context;
    hyp_device *device;

    (void)state;
    assert_int_equal(hyp_context_create(NULL, &context, NULL), HYP_OK);
    assert_int_equal(hyp_device_open(context, "cpu", NULL, &device, NULL), HYP_OK);
    for (int round = 0; round < 120; round++) {
        uint32_t m = (uint32_t)random_below(&random, round % 3 ? 3 : 70);
        uint32_t k = (uint32_t)random_below(&random, MOST);
        uint32_t n = (uint32_t)random_below(&random, MOST);
        hyp_tensor *weights = random_weights(device, &random, k, n);
        struct hyp_instruction in = {.opcode = HYP_OPCODE_MATMUL16, .weights = weights->packed};
        in.weights.bias = NULL;
        in.immediate[0] = (uint32_t)random_below(&random, 24);
        for (size_t i = 0; i < sizeof a / sizeof a[0]; i++) {
            uint64_t bits = random_u64(&random);
            a[i] = round % 5 ? (int16_t)bits : (int16_t)(bits & 1 ? INT16_MAX : INT16_MIN);
        }
        in.a = (struct hyp_array){(uint8_t *)a, HYP_I16, m, k, APART - 3, 1};
        in.result = (struct hyp_array){NULL, round & 1 ? HYP_I32 : HYP_I64, m, n, APART - 2, 1};
        for (int v = HYP_CPU_PORTABLE; v <= (int)hyp_cpu_variant_best(); v++) {
            memset(memory, 0x5a, sizeof memory);
            in.result.data = (uint8_t *)memory[0];
            assert_int_equal(hyp_reference_matmul16(&in, NULL), HYP_OK);
            in.result.data = (uint8_t *)memory[1];
            assert_true(
                hyp_product_with_weights(&in, hyp_matmul_kernel_for((enum hyp_cpu_variant)v)));
            assert_memory_equal(memory[0], memory[1], sizeof memory[0]);
        }
        hyp_tensor_release(weights);
    }
    hyp_device_close(device);
    hyp_context_destroy(context);
}

/* A product so large that a program on several threads makes a job of it: the same bits, and the
 * same when B is a plain tensor with its rows in another order, and A's columns too. */
static void large_products(void **state)
{
    enum { M = 64, K = 520, N = 1000 };
    hyp_context_options options = HYP_CONTEXT_OPTIONS_INIT;
    struct random random = {22};
    int8_t *a = malloc(M * K);
    int8_t *b = malloc(K * N);
    int32_t *results[3];

    (void)state;
    for (int i = 0; i < M * K; i++) {
        a[i] = (int8_t)random_u64(&random);
    }
    for (int i = 0; i < K * N; i++) {
        b[i] = (int8_t)random_u64(&random);
    }
    for (int way = 0; way < 3; way++) {
        hyp_weights given = HYP_WEIGHTS_INIT;
        hyp_context *context;
        hyp_device *device;
        hyp_program *program;
        hyp_tensor *left;
        hyp_tensor *right;
        hyp_tensor *result;
        hyp_error error = {0, ""};

        options.cpu_threads = way == 1 ? 4 : 1;
        assert_int_equal(hyp_context_create(&options, &context, NULL), HYP_OK);
        assert_int_equal(hyp_device_open(context, "cpu", NULL, &device, NULL), HYP_OK);
        assert_int_equal(hyp_program_create(device, &program), HYP_OK);
        assert_int_equal(hyp_tensor_create(device, HYP_I8, M, K, &left), HYP_OK);
        assert_int_equal(hyp_tensor_create(device, HYP_I32, M, N, &result), HYP_OK);
        for (int i = 0; i < M * K; i++) {
            int k = way == 2 ? K - 1 - i % K : i % K;
            ((int8_t *)hyp_tensor_data(left))[i] = a[i / K * K + k];
        }
        if (way < 2) {
            given.rows = K;
            given.columns = N;
            given.values = b;
            assert_int_equal(hyp_weights_create(device, &given, &right, NULL), HYP_OK);
        } else {
            assert_int_equal(hyp_tensor_create(device, HYP_I8, K, N, &right), HYP_OK);
            for (int k = 0; k < K; k++) {
                memcpy((int8_t *)hyp_tensor_data(right) + k * N, b + (K - 1 - k) * N, N);
            }
        }
        hyp_program_matmul(program, hyp_view_of(left), hyp_view_of(right), HYP_NO_VIEW, HYP_NO_VIEW,
                           0, false, hyp_view_of(result));
        assert_int_equal(hyp_product_for_device(device, &program->instructions[0]), way == 1);
        if (hyp_program_run(program, 0, &error)) {
            fail_msg("%s", error.message);
        }
        results[way] = malloc(sizeof(int32_t) * M * N);
        memcpy(results[way], hyp_tensor_data(result), sizeof(int32_t) * M * N);
        assert_memory_equal(results[way], results[0], sizeof(int32_t) * M * N);
        hyp_program_destroy(program);
        hyp_tensor_release(left);
        hyp_tensor_release(right);
        hyp_tensor_release(result);
        hyp_device_close(device);
        hyp_context_destroy(context);
    }
    for (int way = 0; way < 3; way++) {
        free(results[way]);
    }
    free(a);
    free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(against_the_reference),
                                       cmocka_unit_test(sixteen_bits),
                                       cmocka_unit_test(large_products)};
    return cmocka_run_group_tests_name("products with weights", tests, NULL, NULL);
}
