/* hyp_verify on products: what the reference computes passes, and no changed bit of it does where
 * everything is checked. The items are the op's known answers, refused ones included. */
#include <stdlib.h>
#include <string.h>

#include "host/src/known_answers.h"
#include "host/src/memory.h"
#include "host/src/ops/op.h"
#include "host/src/verify.h"
#include "tests/support/test.h"

struct fixture {
    hyp_context *context;
    struct hyp_verifier verifier;
    struct hyp_memory input;
    struct hyp_memory output;
    struct hyp_run run;
    hyp_batch_header header;
};

static int open_fixture(void **state)
{
    static struct fixture fixture;
    const struct hyp_op_info *op = hyp_op_find(HYP_OP_MATMUL);

    assert_int_equal(hyp_context_create(NULL, &fixture.context, NULL), HYP_OK);
    assert_int_equal(hyp_verifier_init(&fixture.verifier, fixture.context), HYP_OK);
    assert_int_equal(hyp_memory_create(&fixture.input, 65536, false, 0), HYP_OK);
    size_t bytes = op->known_answer_batch(fixture.input.data, 65536);
    memcpy(&fixture.header, fixture.input.data, sizeof fixture.header);
    size_t output_bytes = hyp_batch_output_bytes(&fixture.header);
    assert_int_equal(hyp_memory_create(&fixture.output, output_bytes, false, 0), HYP_OK);
    fixture.run = (struct hyp_run){.op = HYP_OP_MATMUL,
                                   .input = &fixture.input,
                                   .output = &fixture.output,
                                   .input_bytes = bytes,
                                   .output_bytes = output_bytes};
    op->reference(fixture.input.data, bytes, NULL, fixture.output.data, 0,
                  fixture.header.item_count);
    *state = &fixture;
    return 0;
}

static int close_fixture(void **state)
{
    struct fixture *fixture = *state;
    hyp_verifier_release(&fixture->verifier);
    hyp_memory_destroy(&fixture->input);
    hyp_memory_destroy(&fixture->output);
    hyp_context_destroy(fixture->context);
    return 0;
}

static int verify(struct fixture *fixture, hyp_verify_mode mode)
{
    hyp_error error = {0, ""};
    int result = hyp_verify(&fixture->verifier, mode, &fixture->header, &fixture->run, &error);
    assert_int_equal(result, error.code);
    return result;
}

static void right_answers_pass(void **state)
{
    struct fixture *fixture = *state;
    uint64_t before = fixture->verifier.checked;
    assert_int_equal(verify(fixture, HYP_VERIFY_SAMPLED), HYP_OK);
    assert_int_equal(fixture->verifier.checked - before, fixture->header.item_count);
    assert_int_equal(verify(fixture, HYP_VERIFY_STRICT), HYP_OK);
}

static void no_changed_bit_passes_strict(void **state)
{
    struct fixture *fixture = *state;
    uint8_t *output = fixture->output.data;
    unsigned tried = 0;

    for (uint32_t i = 0; i < fixture->header.item_count; i++) {
        uint64_t offset;
        uint64_t length;
        output[HYP_STATUS_OFFSET + i] ^= 1;
        assert_int_equal(verify(fixture, HYP_VERIFY_STRICT), HYP_EMISMATCH);
        output[HYP_STATUS_OFFSET + i] ^= 1;
        if (!hyp_result_region(&fixture->header, fixture->input.data, i, &offset, &length)) {
            continue;
        }
        for (uint64_t at = 0; at < length; at += 1 + length / 40, tried++) {
            uint8_t bit = (uint8_t)(1u << at % 8);
            output[offset + at] ^= bit;
            assert_int_equal(verify(fixture, HYP_VERIFY_STRICT), HYP_EMISMATCH);
            output[offset + at] ^= bit;
        }
    }
    assert_true(tried > 100);
    assert_int_equal(verify(fixture, HYP_VERIFY_STRICT), HYP_OK);
}

/* Products of 32-bit results are all proven, also where only samples were asked for. */
static void no_changed_sum_passes_sampled(void **state)
{
    struct fixture *fixture = *state;
    uint8_t *output = fixture->output.data;
    unsigned tried = 0;

    for (uint32_t i = 0; i < fixture->header.item_count; i++) {
        hyp_matmul_descriptor item;
        uint64_t offset;
        uint64_t length;
        memcpy(&item,
               (uint8_t *)fixture->input.data + fixture->header.descriptors_offset +
                   i * sizeof item,
               sizeof item);
        if (item.flags & (HYP_MATMUL_REQUANT8 | HYP_MATMUL_REQUANT16) ||
            !hyp_result_region(&fixture->header, fixture->input.data, i, &offset, &length)) {
            continue;
        }
        for (uint64_t at = 0; at < length; at += 1 + length / 50, tried++) {
            output[offset + at] ^= 0x10;
            assert_int_equal(verify(fixture, HYP_VERIFY_SAMPLED), HYP_EMISMATCH);
            output[offset + at] ^= 0x10;
        }
    }
    assert_true(tried > 50);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(right_answers_pass),
        cmocka_unit_test(no_changed_bit_passes_strict),
        cmocka_unit_test(no_changed_sum_passes_sampled),
    };
    return cmocka_run_group_tests_name("checking products", tests, open_fixture, close_fixture);
}
