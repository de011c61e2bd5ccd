/* Opcodes against the vectors of ONNX where the two mean the same: MatMulInteger is MATMUL once
 * zero points are taken away, QuantizeLinear of whole numbers is REQUANT, ADD_SAT. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hyperion/hyperion.h"
#include "tests/support/shared_data.h"
#include "tests/support/test.h"

#define VECTORS "/usr/share/libonnx-testdata/data/node"

enum { MOST = 64 };

/* A tensor of ONNX: its values as numbers. */
struct onnx {
    uint32_t dims[4];
    uint32_t rank;
    uint32_t count;
    int32_t values[MOST];
};

enum { ONNX_FLOAT = 1, ONNX_UINT8 = 2, ONNX_INT8 = 3, ONNX_INT32 = 6 };

static int32_t value_at(const uint8_t *raw, uint32_t index, uint64_t type)
{
    float number;
    int32_t word;

    switch (type) {
    case ONNX_UINT8:
        return raw[index];
    case ONNX_INT8:
        return (int8_t)raw[index];
    case ONNX_INT32:
        memcpy(&word, raw + 4 * (size_t)index, sizeof word);
        return word;
    default:
        assert_int_equal(type, ONNX_FLOAT);
        memcpy(&number, raw + 4 * (size_t)index, sizeof number);
        assert_true(number == (float)(int32_t)number);
        return (int32_t)number;
    }
}

/* Fields of a TensorProto: 1 a dimension, 2 the type, 8 the name, 9 the values. Lengths and numbers
 * here are all below 128: one byte each. False where the file is absent. */
static bool read_tensor(const char *test, const char *file, struct onnx *tensor)
{
    char path[200];
    size_t length;
    uint64_t type = 0;

    snprintf(path, sizeof path, "%s/%s/test_data_set_0/%s.pb", VECTORS, test, file);
    uint8_t *bytes = read_whole_file(path, &length);
    if (!bytes) {
        return false;
    }
    *tensor = (struct onnx){.count = 1};
    for (size_t at = 0; at + 1 < length;) {
        uint8_t field = bytes[at] >> 3;
        uint8_t number = bytes[at + 1];
        bool is_text = (bytes[at] & 7) == 2;
        at += 2;
        assert_true(number < 128 && (!is_text || at + number <= length));
        if (field == 1) {
            tensor->dims[tensor->rank++ & 3] = number;
            tensor->count *= number;
        } else if (field == 2) {
            type = number;
        } else if (field == 9) {
            assert_in_range(tensor->count, 1, MOST);
            for (uint32_t i = 0; i < tensor->count; i++) {
                tensor->values[i] = value_at(bytes + at, i, type);
            }
        }
        at += is_text ? number : 0;
    }
    free(bytes);
    return true;
}

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

static hyp_tensor *tensor_of(const struct onnx *from, hyp_type type, uint32_t rows, int32_t zero)
{
    hyp_tensor *made;

    assert_int_equal(hyp_tensor_create(device, type, rows, from->count / rows, &made), HYP_OK);
    for (uint32_t i = 0; i < from->count; i++) {
        int32_t value = from->values[i] - zero;
        if (type == HYP_I8) {
            assert_in_range(value + 128, 0, 255);
            ((int8_t *)hyp_tensor_data(made))[i] = (int8_t)value;
        } else {
            ((int32_t *)hyp_tensor_data(made))[i] = value;
        }
    }
    return made;
}

static void run(void)
{
    hyp_error error = {0, ""};
    if (hyp_program_run(program, 0, &error)) {
        fail_msg("%s", error.message);
    }
    hyp_program_clear(program);
}

static void products(void **state)
{
    struct onnx a;
    struct onnx b;
    struct onnx zero_a;
    struct onnx zero_b;
    struct onnx want;
    hyp_tensor *c;

    (void)state;
    if (!read_tensor("test_matmulinteger", "input_0", &a)) {
        print_message("skipped: %s is absent (Debian: libonnx-testdata)\n", VECTORS);
        skip();
    }
    assert_true(read_tensor("test_matmulinteger", "input_1", &b));
    assert_true(read_tensor("test_matmulinteger", "input_2", &zero_a));
    assert_true(read_tensor("test_matmulinteger", "input_3", &zero_b));
    assert_true(read_tensor("test_matmulinteger", "output_0", &want));
    hyp_tensor *left = tensor_of(&a, HYP_I8, a.dims[0], zero_a.values[0]);
    hyp_tensor *right = tensor_of(&b, HYP_I8, b.dims[0], zero_b.values[0]);
    assert_int_equal(hyp_tensor_create(device, HYP_I32, want.dims[0], want.dims[1], &c), HYP_OK);
    hyp_program_matmul(program, hyp_view_of(left), hyp_view_of(right), HYP_NO_VIEW, HYP_NO_VIEW, 0,
                       false, hyp_view_of(c));
    run();
    assert_memory_equal(hyp_tensor_data(c), want.values, want.count * sizeof(int32_t));
    hyp_tensor_release(left);
    hyp_tensor_release(right);
    hyp_tensor_release(c);
}

/* x ÷ scale + zero point, saturated to 0 … 255, which is −128 … 127 after taking 128 away. One
 * scale a row. */
static void quantise(const char *test, uint32_t rows)
{
    struct onnx x;
    struct onnx scale;
    struct onnx zero;
    struct onnx want;
    hyp_tensor *multiplier;
    hyp_tensor *shift;
    hyp_tensor *quotient;
    hyp_tensor *y;

    if (!read_tensor(test, "input_0", &x)) {
        print_message("skipped: %s is absent (Debian: libonnx-testdata)\n", VECTORS);
        skip();
    }
    assert_true(read_tensor(test, "input_1", &scale));
    assert_true(read_tensor(test, "input_2", &zero));
    assert_true(read_tensor(test, "output_0", &want));
    uint32_t columns = x.count / rows;
    hyp_tensor *values = tensor_of(&x, HYP_I32, rows, 0);
    hyp_tensor *scales = tensor_of(&scale, HYP_I32, rows, 0);
    hyp_tensor *zeros = tensor_of(&zero, HYP_I32, rows, 128);
    assert_int_equal(hyp_tensor_create(device, HYP_I32, rows, 1, &multiplier), HYP_OK);
    assert_int_equal(hyp_tensor_create(device, HYP_U8, rows, 1, &shift), HYP_OK);
    assert_int_equal(hyp_tensor_create(device, HYP_I16, rows, columns, &quotient), HYP_OK);
    assert_int_equal(hyp_tensor_create(device, HYP_I8, rows, columns, &y), HYP_OK);
    hyp_program_recip(program, hyp_view_of(scales), 1, hyp_view_of(multiplier), hyp_view_of(shift));
    hyp_program_requant(
        program, hyp_view_of(values), hyp_view_repeat_column(hyp_view_of(multiplier), columns),
        hyp_view_repeat_column(hyp_view_of(shift), columns), 0, hyp_view_of(quotient));
    hyp_program_add_sat(program, hyp_view_of(quotient),
                        hyp_view_repeat_column(hyp_view_of(zeros), columns), hyp_view_of(y));
    run();
    for (uint32_t i = 0; i < want.count; i++) {
        assert_int_equal(((int8_t *)hyp_tensor_data(y))[i] + 128, want.values[i]);
    }
    hyp_tensor_release(values);
    hyp_tensor_release(scales);
    hyp_tensor_release(zeros);
    hyp_tensor_release(multiplier);
    hyp_tensor_release(shift);
    hyp_tensor_release(quotient);
    hyp_tensor_release(y);
}

static void one_scale(void **state)
{
    (void)state;
    quantise("test_quantizelinear", 1);
}

static void a_scale_for_each_channel(void **state)
{
    (void)state;
    quantise("test_quantizelinear_axis", 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(products),
        cmocka_unit_test(one_scale),
        cmocka_unit_test(a_scale_for_each_channel),
    };
    return cmocka_run_group_tests_name("opcodes and ONNX", tests, open_cpu, close_cpu);
}
