/* Strict checks against a card that lies as well as it can: whatever single bit of its answer is
 * not what it should be, with counts and checksum made to fit, the answer is refused. All ops,
 * items of every status: their known answers. */
#include <stdlib.h>
#include <string.h>

#include "host/src/memory.h"
#include "host/src/ops/op.h"
#include "host/src/result_check.h"
#include "host/src/verify.h"
#include "tests/support/test.h"

enum { INPUT_BYTES = 65536 };

static hyp_context *context;
static struct hyp_verifier verifier;

/* What is asked of the card: the op's known answers, with other flags, or several times. */
static const struct turn {
    const char *name;
    hyp_op op;
    uint32_t flags;
    uint32_t copies; /* 1, but of an op without data; then some items alone are lied about */
} turns[] = {
    {"keccak256", HYP_OP_KECCAK256, 0, 1},
    {"ecrecover", HYP_OP_ECRECOVER, 0, 1},
    {"ecrecover with low s", HYP_OP_ECRECOVER, HYP_ECRECOVER_LOW_S, 1},
    {"ecrecover of addresses", HYP_OP_ECRECOVER, HYP_ECRECOVER_ADDRESS_ONLY, 1},
    {"ecrecover, so many that keys are proven", HYP_OP_ECRECOVER, 0, 10},
    {"matmul", HYP_OP_MATMUL, 0, 1},
};
static const struct turn *turn;
static const struct hyp_op_info *op; /* of this turn */

/* A batch that a card has answered. */
struct answer {
    hyp_batch_header header;
    struct hyp_memory input;
    struct hyp_memory output;
    struct hyp_run run;
    uint64_t input_crc;
    hyp_result_header frame; /* of the right answer */
};

static void fit_frame(const struct answer *answer)
{
    hyp_result_header frame = answer->frame;

    frame.items_failed = hyp_result_count_failed(answer->output.data, answer->header.item_count);
    frame.crc32c = hyp_result_crc(&answer->header, answer->input.data, answer->output.data);
    memcpy(answer->output.data, &frame, sizeof frame);
}

/* Returns the bytes that are used. */
static size_t make_input(struct answer *answer)
{
    size_t bytes = hyp_known_answer_batch(op, answer->input.data, INPUT_BYTES);
    hyp_batch_header *header = &answer->header;

    memcpy(header, answer->input.data, sizeof *header);
    header->flags |= turn->flags;
    if (turn->copies > 1) {
        uint8_t *descriptors = (uint8_t *)answer->input.data + header->descriptors_offset;
        assert_int_equal(header->data_length, 0);
        for (uint32_t i = 1; i < turn->copies; i++) {
            memcpy(descriptors + i * header->descriptors_length, descriptors,
                   header->descriptors_length);
        }
        header->item_count *= turn->copies;
        header->descriptors_length *= turn->copies;
        header->data_offset = header->descriptors_offset + header->descriptors_length;
        bytes = header->data_offset;
    }
    assert_true(bytes <= INPUT_BYTES);
    assert_int_equal(hyp_batch_check(header, bytes), HYP_OK);
    memcpy(answer->input.data, header, sizeof *header);
    return bytes;
}

static void answer_rightly(struct answer *answer)
{
    *answer = (struct answer){0};
    assert_int_equal(hyp_memory_create(&answer->input, INPUT_BYTES, false, 0), HYP_OK);
    size_t bytes = make_input(answer);
    size_t output_bytes = hyp_batch_output_bytes(&answer->header);
    assert_int_equal(hyp_memory_create(&answer->output, output_bytes, false, 0), HYP_OK);
    assert_true(
        hyp_input_crc(&answer->header, &answer->input, NULL, UINT64_MAX, &answer->input_crc));
    op->reference(answer->input.data, bytes, NULL, answer->output.data, 0,
                  answer->header.item_count);
    answer->frame = (hyp_result_header){.magic = HYP_BATCH_OUTPUT_MAGIC,
                                        .layout_version = HYP_BATCH_LAYOUT_VERSION,
                                        .op = answer->header.op,
                                        .kernel_id = op->kernel_id,
                                        .sequence = answer->header.sequence,
                                        .item_count = answer->header.item_count,
                                        .input_crc32c = answer->input_crc};
    answer->run = (struct hyp_run){.op = op->op,
                                   .input = &answer->input,
                                   .output = &answer->output,
                                   .input_bytes = bytes,
                                   .output_bytes = output_bytes};
    fit_frame(answer);
}

static void release(struct answer *answer)
{
    hyp_memory_destroy(&answer->input);
    hyp_memory_destroy(&answer->output);
}

/* What the engine does with an answer. */
static int check(const struct answer *answer)
{
    uint32_t failed;
    int result = hyp_result_check(&answer->header, &answer->input, &answer->output, HYP_DEVICE_CARD,
                                  answer->input_crc, &failed, NULL);

    return result ? result
                  : hyp_verify(&verifier, HYP_VERIFY_STRICT, &answer->header, &answer->run, NULL);
}

static void flip(const struct answer *answer, uint64_t offset, unsigned bit)
{
    ((uint8_t *)answer->output.data)[offset] ^= (uint8_t)(1u << bit);
}

static void expect_lie(const struct answer *answer, uint64_t offset, unsigned bit)
{
    if (check(answer) == HYP_OK) {
        fail_msg("%s: bit %u of byte %llu may be wrong", turn->name, bit,
                 (unsigned long long)offset);
    }
}

/* The frame, but for what nobody can know: the kernel's version, and what is reserved. */
static void lie_in_the_frame(const struct answer *answer)
{
    for (unsigned i = 0; i < offsetof(hyp_result_header, reserved); i++) {
        if (i - offsetof(hyp_result_header, kernel_version) < sizeof answer->frame.kernel_version) {
            continue;
        }
        for (unsigned bit = 0; bit < 8; bit++) {
            flip(answer, i, bit);
            expect_lie(answer, i, bit);
            flip(answer, i, bit);
        }
    }
}

static void lie_at(const struct answer *answer, uint64_t offset, unsigned bit)
{
    flip(answer, offset, bit);
    fit_frame(answer);
    expect_lie(answer, offset, bit);
    flip(answer, offset, bit);
}

static uint32_t step(void)
{
    return turn->copies > 1 ? 31 : 1;
}

static void lie_in_an_item(const struct answer *answer, uint32_t item)
{
    uint64_t offset;
    uint64_t length;

    for (unsigned bit = 0; bit < 8; bit++) {
        lie_at(answer, HYP_STATUS_OFFSET + item, bit);
    }
    if (hyp_result_region(&answer->header, answer->input.data, item, &offset, &length)) {
        /* Items of one size have their lies in different places. */
        unsigned stride = op->result_size ? 7 : 1;
        for (uint64_t i = item % stride; i < length; i += stride) {
            lie_at(answer, offset + i, (unsigned)(i + item) % 8);
        }
    }
}

static void no_wrong_bit_passes(void **state)
{
    struct answer answer;

    (void)state;
    answer_rightly(&answer);
    assert_int_equal(check(&answer), HYP_OK);
    lie_in_the_frame(&answer);
    for (uint32_t i = 0; i < answer.header.item_count; i += step()) {
        lie_in_an_item(&answer, i);
    }
    fit_frame(&answer);
    assert_int_equal(check(&answer), HYP_OK);
    release(&answer);
}

/* Good items that are said to have failed, with a result of zeros; bad ones that are said to be
 * good, or to have failed otherwise. */
static void no_wrong_verdict_passes(void **state)
{
    struct answer answer;

    (void)state;
    answer_rightly(&answer);
    for (uint32_t i = 0; i < answer.header.item_count; i += step()) {
        uint64_t offset;
        uint64_t length;
        uint8_t *output = answer.output.data;
        uint8_t right = output[HYP_STATUS_OFFSET + i];
        if (!hyp_result_region(&answer.header, answer.input.data, i, &offset, &length)) {
            continue;
        }
        uint8_t *saved = malloc(length + 1);
        assert_non_null(saved);
        memcpy(saved, output + offset, length);
        for (unsigned status = 0; status < 256; status += status < 8 ? 1 : 247) {
            output[HYP_STATUS_OFFSET + i] = (uint8_t)status;
            memset(output + offset, 0, status == HYP_STATUS_OK ? 0 : length);
            fit_frame(&answer);
            assert_int_equal(check(&answer), status == right ? HYP_OK : HYP_EMISMATCH);
            memcpy(output + offset, saved, length);
        }
        output[HYP_STATUS_OFFSET + i] = right;
        free(saved);
    }
    release(&answer);
}

static int make_verifier(void **state)
{
    (void)state;
    return hyp_context_create(NULL, &context, NULL) || hyp_verifier_init(&verifier, context);
}

static int release_verifier(void **state)
{
    (void)state;
    hyp_verifier_release(&verifier);
    hyp_context_destroy(context);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_wrong_bit_passes),
        cmocka_unit_test(no_wrong_verdict_passes),
    };
    int failed = 0;
    for (size_t i = 0; i < sizeof turns / sizeof turns[0]; i++) {
        turn = &turns[i];
        op = hyp_op_find(turn->op);
        failed += cmocka_run_group_tests_name(turn->name, tests, make_verifier, release_verifier);
    }
    return failed;
}
