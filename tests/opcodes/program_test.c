/* Programs through the public API: each opcode against a definition in other words, what is refused
 * and how, and the price. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "hyperion/hyperion.h"
#include "tests/support/random_batch.h"
#include "tests/support/test.h"

static hyp_context *context;
static hyp_device *device;
static hyp_program *program;

static int open_cpu(void **state)
{
    (void)state;
    assert_int_equal(hyp_context_create(NULL, &context, NULL), HYP_OK);
    assert_int_equal(hyp_device_open(context, "cpu", NULL, &device, NULL), HYP_OK);
    assert_int_equal(hyp_program_create(device, &program), HYP_OK);
    return 0;
}

static int close_cpu(void **state)
{
    (void)state;
    hyp_program_destroy(program);
    hyp_device_close(device);
    hyp_context_destroy(context);
    return 0;
}

static int clear_program(void **state)
{
    (void)state;
    hyp_program_clear(program);
    return 0;
}

static hyp_tensor *tensor(hyp_type type, uint32_t rows, uint32_t columns)
{
    hyp_tensor *made;
    assert_int_equal(hyp_tensor_create(device, type, rows, columns, &made), HYP_OK);
    assert_int_equal((uintptr_t)hyp_tensor_data(made) % 64, 0);
    return made;
}

static hyp_tensor *tensor_of(hyp_type type, uint32_t rows, uint32_t columns, const void *values)
{
    hyp_tensor *made = tensor(type, rows, columns);
    memcpy(hyp_tensor_data(made), values, (size_t)rows * columns * hyp_type_size(type));
    return made;
}

#define TENSOR(type, rows, columns, c_type, ...)                                                   \
    tensor_of(type, rows, columns, (const c_type[]){__VA_ARGS__})

static void run(void)
{
    hyp_error error = {0, ""};
    if (hyp_program_run(program, 0, &error)) {
        fail_msg("%s", error.message);
    }
}

#define EXPECT(tensor, c_type, ...)                                                                \
    do {                                                                                           \
        const c_type want[] = {__VA_ARGS__};                                                       \
        assert_memory_equal(hyp_tensor_data(tensor), want, sizeof want);                           \
    } while (0)

static void products(void **state)
{
    hyp_tensor *a = TENSOR(HYP_I8, 2, 3, int8_t, 1, 2, 3, -128, 127, -1);
    hyp_tensor *b = TENSOR(HYP_I8, 3, 2, int8_t, 1, -128, 0, 5, 7, -128);
    hyp_tensor *bias = TENSOR(HYP_I32, 1, 2, int32_t, 1000, -1000);
    hyp_tensor *c = tensor(HYP_I32, 2, 2);
    hyp_tensor *wide = TENSOR(HYP_I16, 1, 3, int16_t, -32768, 32767, 2);
    hyp_tensor *d = tensor(HYP_I64, 1, 2);
    hyp_tensor *e = tensor(HYP_I32, 1, 2);

    (void)state;
    hyp_program_matmul(program, hyp_view_of(a), hyp_view_of(b), hyp_view_of(bias), HYP_NO_VIEW, 0,
                       false, hyp_view_of(c));
    hyp_program_matmul16(program, hyp_view_of(wide), hyp_view_of(b), 0, hyp_view_of(d));
    hyp_program_matmul16(program, hyp_view_of(wide), hyp_view_of(b), 3, hyp_view_of(e));
    run();
    EXPECT(c, int32_t, 1022, -1502, 865, 16147);
    EXPECT(d, int64_t, -32754, 4357883);
    EXPECT(e, int32_t, -4094, 544735);
    /* Adding to the result itself: twice the products and once the bias. */
    hyp_program_clear(program);
    hyp_program_matmul(program, hyp_view_of(a), hyp_view_of(b), HYP_NO_VIEW, hyp_view_of(c), 3,
                       true, hyp_view_of(c));
    run();
    EXPECT(c, int32_t, 1044, -2004, 730, 33294);
    hyp_tensor_release(a);
    hyp_tensor_release(b);
    hyp_tensor_release(bias);
    hyp_tensor_release(c);
    hyp_tensor_release(wide);
    hyp_tensor_release(d);
    hyp_tensor_release(e);
}

/* The same product from weights, from an array, and from its transpose. */
static void weights(void **state)
{
    enum { M = 3, K = 70, N = 130 };
    struct random random = {3};
    int8_t values[K * N];
    int8_t transposed[N * K];
    int32_t bias[N];
    uint32_t multipliers[N];
    uint8_t shifts[N];
    hyp_tensor *a = tensor(HYP_I8, M, K);
    hyp_tensor *b = tensor(HYP_I8, K, N);
    hyp_tensor *c[3];
    hyp_tensor *w[3];
    hyp_tensor *narrow = tensor(HYP_I16, M, N);
    hyp_tensor *narrow8 = tensor(HYP_I8, M, N);

    (void)state;
    for (int i = 0; i < M * K; i++) {
        ((int8_t *)hyp_tensor_data(a))[i] = (int8_t)random_u64(&random);
    }
    for (int k = 0; k < K; k++) {
        for (int j = 0; j < N; j++) {
            values[k * N + j] = transposed[j * K + k] = (int8_t)random_u64(&random);
        }
    }
    for (int j = 0; j < N; j++) {
        bias[j] = (int32_t)random_u64(&random) >> 8;
        multipliers[j] = (uint32_t)random_u64(&random) >> 1;
        shifts[j] = (uint8_t)(20 + random_below(&random, 20));
    }
    memcpy(hyp_tensor_data(b), values, sizeof values);
    hyp_weights given = HYP_WEIGHTS_INIT;
    given.rows = K;
    given.columns = N;
    given.values = values;
    assert_int_equal(hyp_weights_create(device, &given, &w[0], NULL), HYP_OK);
    given.values = transposed;
    given.transposed = true;
    assert_int_equal(hyp_weights_create(device, &given, &w[1], NULL), HYP_OK);
    given.bias = bias;
    given.multipliers = multipliers;
    given.shifts = shifts;
    assert_int_equal(hyp_weights_create(device, &given, &w[2], NULL), HYP_OK);
    assert_null(hyp_tensor_data(w[0]));
    for (int i = 0; i < 3; i++) {
        c[i] = tensor(HYP_I32, M, N);
        hyp_program_matmul(program, hyp_view_of(a), hyp_view_of(i < 2 ? w[i] : b), HYP_NO_VIEW,
                           HYP_NO_VIEW, 0, false, hyp_view_of(c[i]));
    }
    hyp_program_matmul(program, hyp_view_of(a), hyp_view_of(w[2]), HYP_NO_VIEW, HYP_NO_VIEW, 0,
                       false, hyp_view_of(narrow));
    hyp_program_matmul(program, hyp_view_of(a), hyp_view_of(w[2]), HYP_NO_VIEW, HYP_NO_VIEW, 0,
                       false, hyp_view_of(narrow8));
    run();
    const int32_t *sums = hyp_tensor_data(c[2]);
    for (int i = 0; i < 2; i++) {
        assert_memory_equal(hyp_tensor_data(c[i]), sums, sizeof(int32_t) * M * N);
    }
    for (int i = 0; i < M * N; i++) {
        int64_t scaled = ((int64_t)(sums[i] + bias[i % N]) * multipliers[i % N] +
                          (INT64_C(1) << (shifts[i % N] - 1))) >>
                         shifts[i % N];
        int64_t as16 = scaled > 32767 ? 32767 : scaled < -32768 ? -32768 : scaled;
        int64_t as8 = scaled > 127 ? 127 : scaled < -128 ? -128 : scaled;
        assert_int_equal(((int16_t *)hyp_tensor_data(narrow))[i], as16);
        assert_int_equal(((int8_t *)hyp_tensor_data(narrow8))[i], as8);
    }
    for (int i = 0; i < 3; i++) {
        hyp_tensor_release(c[i]);
        hyp_tensor_release(w[i]);
    }
    hyp_tensor_release(narrow);
    hyp_tensor_release(narrow8);
    hyp_tensor_release(a);
    hyp_tensor_release(b);
}

static void elementwise(void **state)
{
    hyp_tensor *x = TENSOR(HYP_I32, 2, 3, int32_t, 5, -5, INT32_MAX, INT32_MIN, 300, -300);
    hyp_tensor *scale = TENSOR(HYP_I32, 2, 1, int32_t, 1 << 30, INT32_MAX);
    hyp_tensor *shift = TENSOR(HYP_U8, 1, 3, uint8_t, 30, 31, 62);
    hyp_tensor *i16 = tensor(HYP_I16, 2, 3);
    hyp_tensor *i8 = tensor(HYP_I8, 2, 3);
    hyp_tensor *sum = tensor(HYP_I32, 2, 3);
    hyp_tensor *product = tensor(HYP_I32, 2, 3);
    hyp_tensor *turned = tensor(HYP_I32, 3, 2);

    (void)state;
    hyp_program_requant(program, hyp_view_of(x), hyp_view_repeat_column(hyp_view_of(scale), 3),
                        hyp_view_repeat_row(hyp_view_of(shift), 2), 0, hyp_view_of(i16));
    hyp_program_requant(program, hyp_view_of(x), hyp_view_repeat_column(hyp_view_of(scale), 3),
                        HYP_NO_VIEW, 31, hyp_view_of(i8));
    hyp_program_add_sat(program, hyp_view_of(x), hyp_view_of(x), hyp_view_of(sum));
    hyp_program_mul(program, hyp_view_of(x), hyp_view_of(x), 1, hyp_view_of(product));
    hyp_program_transpose(program, hyp_view_of(x), hyp_view_of(turned));
    run();
    EXPECT(i16, int16_t, 5, -2, 0, -32768, 300, 0);
    EXPECT(i8, int8_t, 3, -2, 127, -128, 127, -128);
    EXPECT(sum, int32_t, 10, -10, INT32_MAX, INT32_MIN, 600, -600);
    EXPECT(product, int32_t, 13, 13, INT32_MAX, INT32_MAX, 45000, 45000);
    EXPECT(turned, int32_t, 5, INT32_MIN, -5, 300, INT32_MAX, -300);
    hyp_program_clear(program);
    hyp_program_copy(program, hyp_view_of(x), hyp_view_of(i8));
    hyp_program_copy(program, hyp_view_transpose(hyp_view_columns(hyp_view_of(x), 1, 2)),
                     hyp_view_columns(hyp_view_rows(turned, 1, 2), 0, 2));
    run();
    EXPECT(i8, int8_t, 5, -5, 127, -128, 127, -128);
    EXPECT(turned, int32_t, 5, INT32_MIN, -5, 300, INT32_MAX, -300);
    hyp_tensor_release(x);
    hyp_tensor_release(scale);
    hyp_tensor_release(shift);
    hyp_tensor_release(i16);
    hyp_tensor_release(i8);
    hyp_tensor_release(sum);
    hyp_tensor_release(product);
    hyp_tensor_release(turned);
}

static void reductions(void **state)
{
    hyp_tensor *x = TENSOR(HYP_I32, 3, 3, int32_t, INT32_MIN, 1, 1, 4, 7, 7, -3, -2, -9);
    hyp_tensor *most = tensor(HYP_I32, 3, 1);
    hyp_tensor *size = tensor(HYP_I32, 3, 1);
    hyp_tensor *sum = tensor(HYP_I64, 3, 1);
    hyp_tensor *squares = tensor(HYP_I64, 3, 1);
    hyp_tensor *where = tensor(HYP_I32, 3, 1);
    hyp_tensor *root = tensor(HYP_I32, 3, 1);
    hyp_tensor *shift = tensor(HYP_U8, 3, 1);

    (void)state;
    hyp_program_row_max(program, hyp_view_of(x), hyp_view_of(most));
    hyp_program_row_abs_max(program, hyp_view_of(x), hyp_view_of(size));
    hyp_program_row_sum(program, hyp_view_of(x), hyp_view_of(sum));
    hyp_program_sum_of_squares(program, hyp_view_of(x), hyp_view_of(squares));
    hyp_program_arg_max(program, hyp_view_of(x), hyp_view_of(where));
    hyp_program_recip(program, hyp_view_of(size), 127, hyp_view_of(root), hyp_view_of(shift));
    run();
    EXPECT(most, int32_t, 1, 7, -2);
    EXPECT(size, int32_t, INT32_MAX, 7, 9);
    EXPECT(sum, int64_t, -2147483646, 18, -14);
    EXPECT(squares, int64_t, (INT64_C(1) << 62) + 2, 114, 94);
    EXPECT(where, int32_t, 1, 1, 1);
    EXPECT(root, int32_t, 0x7f000000, 0x48924924, 0x70e38e38);
    EXPECT(shift, uint8_t, 55, 26, 27);
    hyp_tensor_release(x);
    hyp_tensor_release(most);
    hyp_tensor_release(size);
    hyp_tensor_release(sum);
    hyp_tensor_release(squares);
    hyp_tensor_release(where);
    hyp_tensor_release(root);
    hyp_tensor_release(shift);
}

static void whole_rows(void **state)
{
    enum { N = 40 };
    struct random random = {8};
    hyp_tensor *x = tensor(HYP_I32, 2, N);
    hyp_tensor *weight = tensor(HYP_I32, 1, N);
    hyp_tensor *normal = tensor(HYP_I32, 2, N);
    hyp_tensor *chance = tensor(HYP_I16, 2, N);
    int32_t *values = hyp_tensor_data(x);

    (void)state;
    for (int i = 0; i < 2 * N; i++) {
        values[i] =
            (int32_t)random_below(&random, 1 << (i < N ? 20 : 27)) - (1 << (i < N ? 19 : 26));
        ((int32_t *)hyp_tensor_data(weight))[i % N] = (int32_t)random_below(&random, 1 << 18);
    }
    hyp_program_rms_norm(program, hyp_view_of(x), hyp_view_repeat_row(hyp_view_of(weight), 2),
                         42950, hyp_view_of(normal));
    hyp_program_softmax(program, hyp_view_rows(x, 0, 2), 20, 100, hyp_view_of(chance));
    run();
    for (int i = 0; i < 2; i++) {
        double squares = 0;
        double largest = -1e9;
        double sum = 0;
        int count = i ? N : 20;
        for (int j = 0; j < N; j++) {
            double value = values[i * N + j] / 65536.0;
            squares += value * value / N;
            largest = j < count && value > largest ? value : largest;
        }
        for (int j = 0; j < count; j++) {
            sum += exp2(values[i * N + j] / 65536.0 - largest);
        }
        for (int j = 0; j < N; j++) {
            double value = values[i * N + j] / 65536.0;
            double scaled =
                value * ((int32_t *)hyp_tensor_data(weight))[j] / 65536.0 / sqrt(squares + 1e-5);
            assert_true(fabs(((int32_t *)hyp_tensor_data(normal))[i * N + j] / 65536.0 - scaled) <
                        1e-4);
            double p = j < count ? exp2(value - largest) / sum : 0;
            assert_true(fabs(((int16_t *)hyp_tensor_data(chance))[i * N + j] / 32768.0 - p) < 4e-5);
        }
    }
    hyp_tensor_release(x);
    hyp_tensor_release(weight);
    hyp_tensor_release(normal);
    hyp_tensor_release(chance);
}

static void rotations(void **state)
{
    hyp_tensor *x = TENSOR(HYP_I32, 1, 8, int32_t, 1000, 2000, 3000, 4000, 5000, 6000, 7000, 8000);
    hyp_tensor *cosines = TENSOR(HYP_I16, 1, 2, int16_t, 0, 16384);
    hyp_tensor *sines = TENSOR(HYP_I16, 1, 2, int16_t, -32768, 16384);
    hyp_tensor *halves = tensor(HYP_I32, 1, 8);

    (void)state;
    hyp_program_rope(program, hyp_view_of(x), hyp_view_of(cosines), hyp_view_of(sines), true,
                     hyp_view_of(halves));
    hyp_program_rope(program, hyp_view_of(x), hyp_view_of(cosines), hyp_view_of(sines), false,
                     hyp_view_of(x));
    run();
    EXPECT(halves, int32_t, 3000, -1000, -1000, 3000, 7000, -1000, -5000, 7000);
    EXPECT(x, int32_t, 2000, -1000, -500, 3500, 6000, -5000, -500, 7500);
    hyp_tensor_release(x);
    hyp_tensor_release(cosines);
    hyp_tensor_release(sines);
    hyp_tensor_release(halves);
}

static void gathering(void **state)
{
    hyp_tensor *table = TENSOR(HYP_I64, 3, 2, int64_t, 1, 2, 3, 4, 5, 6);
    hyp_tensor *index = TENSOR(HYP_I32, 2, 1, int32_t, 2, 0);
    hyp_tensor *out = tensor(HYP_I64, 2, 2);
    hyp_error error;

    (void)state;
    hyp_program_gather(program, hyp_view_of(table), hyp_view_of(index), hyp_view_of(out));
    run();
    EXPECT(out, int64_t, 5, 6, 1, 2);
    ((int32_t *)hyp_tensor_data(index))[1] = 3;
    assert_int_equal(hyp_program_run(program, 0, &error), HYP_EINVAL);
    assert_string_equal(error.message, "opcode 0 (gather): index 3 of row 1 is not one of 3 rows");
    ((int32_t *)hyp_tensor_data(index))[1] = -1;
    assert_int_equal(hyp_program_run(program, 0, &error), HYP_EINVAL);
    hyp_tensor_release(table);
    hyp_tensor_release(index);
    hyp_tensor_release(out);
}

static void fractions(void **state)
{
    hyp_tensor *x = TENSOR(HYP_I32, 1, 3, int32_t, 0, -65536, INT32_MIN);
    hyp_tensor *fine = tensor(HYP_I32, 1, 3);
    hyp_tensor *coarse = tensor(HYP_I16, 1, 3);

    (void)state;
    hyp_program_exp2(program, hyp_view_of(x), hyp_view_of(fine));
    hyp_program_exp2(program, hyp_view_of(x), hyp_view_of(coarse));
    run();
    EXPECT(fine, int32_t, 1 << 30, 1 << 29, 0);
    EXPECT(coarse, int16_t, 32767, 16384, 0);
    hyp_program_clear(program);
    hyp_program_sigmoid(program, hyp_view_of(x), hyp_view_of(fine));
    hyp_program_sigmoid(program, hyp_view_of(x), hyp_view_of(coarse));
    hyp_program_silu(program, hyp_view_of(x), hyp_view_of(x));
    run();
    assert_int_equal(((int32_t *)hyp_tensor_data(fine))[0], 1 << 29);
    assert_int_equal(((int16_t *)hyp_tensor_data(coarse))[0], 16384);
    assert_int_equal(((int16_t *)hyp_tensor_data(coarse))[1], 8813); /* 0.26894 */
    assert_int_equal(((int32_t *)hyp_tensor_data(x))[1], -17625);
    hyp_tensor_release(x);
    hyp_tensor_release(fine);
    hyp_tensor_release(coarse);
}

static void refuses(int code, const char *sentence)
{
    hyp_error error = {0, ""};
    assert_int_equal(hyp_program_run(program, 0, &error), code);
    assert_int_equal(error.code, code);
    assert_string_equal(error.message, sentence);
    hyp_program_clear(program);
}

static void wrong_opcodes_are_named(void **state)
{
    hyp_tensor *x = tensor(HYP_I32, 4, 6);
    hyp_tensor *y = tensor(HYP_I32, 4, 6);
    hyp_tensor *bytes = tensor(HYP_I8, 4, 6);
    hyp_tensor *shift = tensor(HYP_U8, 4, 6);
    hyp_view out = hyp_view_of(y);

    (void)state;
    assert_int_equal(hyp_program_copy(program, hyp_view_of(x), out), 0);
    assert_int_equal(hyp_program_copy(program, hyp_view_rows(x, 0, 3), out), HYP_EINVAL);
    assert_int_equal(hyp_program_copy(program, hyp_view_of(x), out), HYP_EINVAL);
    assert_int_equal(hyp_program_count(program), 1);
    refuses(HYP_EINVAL, "opcode 1 (copy): x is 3 x 6 and should be 4 x 6");
    hyp_program_copy(program, HYP_NO_VIEW, out);
    refuses(HYP_EINVAL, "opcode 0 (copy): x is missing");
    hyp_program_copy(program, hyp_view_rows(x, 1, 4), out);
    refuses(HYP_EINVAL, "opcode 0 (copy): x (4 x 6) leaves its tensor (4 x 6)");
    hyp_program_copy(program, (hyp_view){x, UINT64_MAX, 4, 6, UINT64_MAX, UINT64_MAX}, out);
    refuses(HYP_EINVAL, "opcode 0 (copy): x (4 x 6) leaves its tensor (4 x 6)");
    hyp_program_copy(program, hyp_view_of(x), hyp_view_repeat_row(hyp_view_of(y), 4));
    refuses(HYP_EINVAL, "opcode 0 (copy): elements of the result overlap each other");
    hyp_program_copy(program, hyp_view_of(shift), out);
    refuses(HYP_EINVAL, "opcode 0 (copy): result may not be i32");
    hyp_program_add_sat(program, hyp_view_rows(x, 0, 2), hyp_view_rows(y, 0, 2),
                        hyp_view_rows(x, 1, 2));
    refuses(HYP_EINVAL, "opcode 0 (add_sat): result overlaps a");
    hyp_program_transpose(program, hyp_view_columns(hyp_view_of(x), 0, 4),
                          hyp_view_columns(hyp_view_of(x), 0, 4));
    refuses(HYP_EINVAL, "opcode 0 (transpose): result overlaps x");
    hyp_program_mul(program, hyp_view_of(x), hyp_view_of(x), 63, out);
    refuses(HYP_EINVAL, "opcode 0 (mul): a shift of 63 is more than 62");
    hyp_program_matmul(program, hyp_view_of(bytes), hyp_view_of(bytes), HYP_NO_VIEW, HYP_NO_VIEW, 0,
                       false, out);
    refuses(HYP_EINVAL, "opcode 0 (matmul): a is 4 x 6, b is 4 x 6, the result is 4 x 6");
    hyp_program_matmul(program, hyp_view_columns(hyp_view_of(bytes), 0, 4), hyp_view_of(bytes),
                       HYP_NO_VIEW, hyp_view_of(x), 131068, false, out);
    refuses(HYP_ETOOBIG, "opcode 0 (matmul): K is 131072 over all that is summed up; more than "
                         "131071 might wrap");
    hyp_program_matmul(program, hyp_view_columns(hyp_view_of(bytes), 0, 4), hyp_view_of(bytes),
                       HYP_NO_VIEW, hyp_view_of(x), 65532, true, out);
    refuses(HYP_ETOOBIG, "opcode 0 (matmul): K is 65536 over all that is summed up; more than "
                         "65535 with a bias might wrap");
    assert_int_equal(hyp_program_copy(NULL, hyp_view_of(x), out), HYP_EINVAL);
    assert_int_equal(hyp_program_run(NULL, 0, NULL), HYP_EINVAL);
    hyp_program_copy(program, hyp_view_of(x), out);
    hyp_error error = {0, ""};
    assert_int_equal(hyp_program_run(program, 1, &error), HYP_ETIMEDOUT);
    assert_string_equal(error.message, "opcode 0 (copy): the deadline passed");
    hyp_tensor_release(x);
    hyp_tensor_release(y);
    hyp_tensor_release(bytes);
    hyp_tensor_release(shift);
}

static void a_program_keeps_its_tensors(void **state)
{
    hyp_tensor *x = TENSOR(HYP_I32, 1, 2, int32_t, 3, 4);
    hyp_tensor *y = tensor(HYP_I32, 1, 2);

    (void)state;
    hyp_program_copy(program, hyp_view_of(x), hyp_view_of(y));
    hyp_tensor_release(x);
    run();
    EXPECT(y, int32_t, 3, 4);
    hyp_program_clear(program);
    hyp_tensor_release(y);
    hyp_tensor_release(NULL);
}

/* The price before and after running, and for other values, is one and the same; and it is that of
 * the documentation. */
static void gas(void **state)
{
    hyp_tensor *a = tensor(HYP_I8, 2, 100);
    hyp_tensor *b = tensor(HYP_I8, 100, 30);
    hyp_tensor *c = tensor(HYP_I32, 2, 30);

    (void)state;
    hyp_program_matmul(program, hyp_view_of(a), hyp_view_of(b), HYP_NO_VIEW, HYP_NO_VIEW, 0, false,
                       hyp_view_of(c));
    assert_int_equal(hyp_program_gas(program), 8 + (2 * 100 * 30 + 63) / 64 + 4 + 4 * 2);
    hyp_program_silu(program, hyp_view_of(c), hyp_view_of(c));
    assert_int_equal(hyp_program_gas_at(program, 1), 8 + 5 * 4 + 4 * 2);
    uint64_t before = hyp_program_gas(program);
    run();
    memset(hyp_tensor_data(a), 0x80, 200);
    memset(hyp_tensor_data(b), 0x80, 3000);
    run();
    assert_int_equal(hyp_program_gas(program), before);
    hyp_program_clear(program);
    assert_int_equal(hyp_program_gas(program), 0);
    hyp_tensor_release(a);
    hyp_tensor_release(b);
    hyp_tensor_release(c);
}

/* A view of a small tensor, mostly sensible, with numbers that wrap among them. */
static hyp_view random_view(struct random *random, hyp_tensor *const tensors[5])
{
    static const uint64_t extremes[] = {UINT64_MAX, UINT64_C(1) << 63, UINT32_MAX, 200};
    hyp_view view = hyp_view_of(tensors[random_below(random, 5)]);

    if (random_below(random, 3) == 0) {
        view.rows = (uint32_t)random_below(random, 12);
        view.columns = (uint32_t)random_below(random, 12);
        view.offset = random_below(random, 20);
        view.row_stride = random_below(random, 12);
        view.column_stride = random_below(random, 12);
    }
    if (random_below(random, 20) == 0) {
        view.offset = extremes[random_below(random, 4)];
    }
    if (random_below(random, 20) == 0) {
        view.row_stride = extremes[random_below(random, 4)];
        view.rows = random_below(random, 2) ? UINT32_MAX : view.rows;
    }
    return random_below(random, 40) ? view : HYP_NO_VIEW;
}

static int add_random(struct random *random, hyp_tensor *const tensors[5])
{
    hyp_view v[6];
    uint32_t n = (uint32_t)random_below(random, 70);

    for (int i = 0; i < 6; i++) {
        v[i] = random_view(random, tensors);
    }
    switch (1 + random_below(random, 21)) {
    case HYP_OPCODE_MATMUL:
        return hyp_program_matmul(program, v[0], v[1], n % 2 ? v[2] : HYP_NO_VIEW,
                                  n % 3 ? v[3] : HYP_NO_VIEW, n, n % 5 == 0, v[4]);
    case HYP_OPCODE_MATMUL16:
        return hyp_program_matmul16(program, v[0], v[1], n, v[2]);
    case HYP_OPCODE_REQUANT:
        return hyp_program_requant(program, v[0], v[1], n % 2 ? v[2] : HYP_NO_VIEW, n, v[3]);
    case HYP_OPCODE_ADD_SAT:
        return hyp_program_add_sat(program, v[0], v[1], v[2]);
    case HYP_OPCODE_MUL:
        return hyp_program_mul(program, v[0], v[1], n, v[2]);
    case HYP_OPCODE_ROWMAX:
        return hyp_program_row_max(program, v[0], v[1]);
    case HYP_OPCODE_ROWABSMAX:
        return hyp_program_row_abs_max(program, v[0], v[1]);
    case HYP_OPCODE_ROWSUM:
        return hyp_program_row_sum(program, v[0], v[1]);
    case HYP_OPCODE_SUMSQ:
        return hyp_program_sum_of_squares(program, v[0], v[1]);
    case HYP_OPCODE_RSQRT:
        return hyp_program_rsqrt(program, v[0], v[1], v[2]);
    case HYP_OPCODE_RECIP:
        return hyp_program_recip(program, v[0], n, v[1], v[2]);
    case HYP_OPCODE_EXP2:
        return hyp_program_exp2(program, v[0], v[1]);
    case HYP_OPCODE_SIGMOID:
        return hyp_program_sigmoid(program, v[0], v[1]);
    case HYP_OPCODE_SOFTMAX:
        return hyp_program_softmax(program, v[0], n, n / 7, v[1]);
    case HYP_OPCODE_RMSNORM:
        return hyp_program_rms_norm(program, v[0], v[1], n, v[2]);
    case HYP_OPCODE_ROPE:
        return hyp_program_rope(program, v[0], v[1], v[2], n % 2, v[3]);
    case HYP_OPCODE_SILU:
        return hyp_program_silu(program, v[0], v[1]);
    case HYP_OPCODE_GATHER:
        return hyp_program_gather(program, v[0], v[1], v[2]);
    case HYP_OPCODE_ARGMAX:
        return hyp_program_arg_max(program, v[0], v[1]);
    case HYP_OPCODE_TRANSPOSE:
        return hyp_program_transpose(program, v[0], v[1]);
    default:
        return hyp_program_copy(program, v[0], v[1]);
    }
}

/* Whatever is asked for is refused, or stays inside its tensors: the sanitizers watch. */
static void random_programs(void **state)
{
    struct random random = {31};
    unsigned ran = 0;

    (void)state;
    for (int round = 0; round < 100000; round++) {
        hyp_tensor *tensors[5];
        uint32_t rows = (uint32_t)random_below(&random, 7);
        uint32_t columns = (uint32_t)random_below(&random, 9);
        for (int i = 0; i < 5; i++) {
            hyp_type type =
                random_below(&random, 2) ? HYP_I32 : (hyp_type)(1 + random_below(&random, HYP_U8));
            tensors[i] = tensor(type, random_below(&random, 4) ? rows : columns,
                                random_below(&random, 4) ? columns : 1);
            size_t bytes = (size_t)hyp_tensor_rows(tensors[i]) * hyp_tensor_columns(tensors[i]) *
                           hyp_type_size(type);
            for (size_t j = 0; j < bytes; j++) {
                ((uint8_t *)hyp_tensor_data(tensors[i]))[j] =
                    round % 4 ? (uint8_t)random_u64(&random) : (uint8_t)(round % 8 ? 0 : 0x80);
            }
        }
        if (add_random(&random, tensors) >= 0) {
            ran++;
            (void)hyp_program_run(program, 0, NULL);
        }
        hyp_program_clear(program);
        for (int i = 0; i < 5; i++) {
            hyp_tensor_release(tensors[i]);
        }
    }
    assert_in_range(ran, 2000, 100000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(products, clear_program),
        cmocka_unit_test_teardown(weights, clear_program),
        cmocka_unit_test_teardown(elementwise, clear_program),
        cmocka_unit_test_teardown(reductions, clear_program),
        cmocka_unit_test_teardown(whole_rows, clear_program),
        cmocka_unit_test_teardown(rotations, clear_program),
        cmocka_unit_test_teardown(gathering, clear_program),
        cmocka_unit_test_teardown(fractions, clear_program),
        cmocka_unit_test_teardown(wrong_opcodes_are_named, clear_program),
        cmocka_unit_test_teardown(a_program_keeps_its_tensors, clear_program),
        cmocka_unit_test_teardown(gas, clear_program),
        cmocka_unit_test_teardown(random_programs, clear_program),
    };
    return cmocka_run_group_tests_name("programs of opcodes", tests, open_cpu, close_cpu);
}
