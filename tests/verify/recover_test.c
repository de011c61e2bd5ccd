/* hyp_verify on recoveries: what the reference computes passes, and a lie is caught as often as the
 * size of the sample promises. */
#include <string.h>

#include "host/src/memory.h"
#include "host/src/ops/op.h"
#include "host/src/verify.h"
#include "tests/recover/signatures.h"
#include "tests/support/test.h"

enum { ITEMS = 1400 };

struct fixture {
    hyp_context *context;
    struct hyp_verifier verifier;
    struct hyp_memory input;
    struct hyp_memory output;
    struct hyp_run run;
    hyp_batch_header header;
};

static struct fixture fixture;

static int open_fixture(void **state)
{
    const size_t bytes = sizeof(hyp_batch_header) + ITEMS * sizeof(hyp_ecrecover_descriptor);
    struct random_source random = {1};

    (void)state;
    fixture.header = (hyp_batch_header){.magic = HYP_BATCH_INPUT_MAGIC,
                                        .layout_version = HYP_BATCH_LAYOUT_VERSION,
                                        .op = HYP_OP_ECRECOVER,
                                        .item_count = ITEMS,
                                        .descriptors_offset = sizeof fixture.header,
                                        .descriptors_length = bytes - sizeof fixture.header,
                                        .data_offset = bytes};
    size_t output_bytes = hyp_batch_output_bytes(&fixture.header);
    assert_int_equal(hyp_context_create(NULL, &fixture.context, NULL), HYP_OK);
    assert_int_equal(hyp_verifier_init(&fixture.verifier, fixture.context), HYP_OK);
    assert_int_equal(hyp_memory_create(&fixture.input, bytes, false, 0), HYP_OK);
    assert_int_equal(hyp_memory_create(&fixture.output, output_bytes, false, 0), HYP_OK);
    memcpy(fixture.input.data, &fixture.header, sizeof fixture.header);
    hyp_ecrecover_descriptor *items =
        (void *)((uint8_t *)fixture.input.data + sizeof fixture.header);
    for (uint32_t i = 0; i < ITEMS; i++) {
        sign_random(&random, &items[i]);
        if (i % 5 == 0) {
            mutate(&random, &items[i]);
        }
    }
    fixture.run = (struct hyp_run){.op = HYP_OP_ECRECOVER,
                                   .input = &fixture.input,
                                   .output = &fixture.output,
                                   .input_bytes = bytes,
                                   .output_bytes = output_bytes};
    hyp_op_find(HYP_OP_ECRECOVER)
        ->reference(fixture.input.data, bytes, NULL, fixture.output.data, 0, ITEMS);
    return 0;
}

static int close_fixture(void **state)
{
    (void)state;
    hyp_verifier_release(&fixture.verifier);
    hyp_memory_destroy(&fixture.input);
    hyp_memory_destroy(&fixture.output);
    hyp_context_destroy(fixture.context);
    return 0;
}

static int verify(hyp_verify_mode mode)
{
    hyp_error error = {0, ""};
    int result = hyp_verify(&fixture.verifier, mode, &fixture.header, &fixture.run, &error);
    assert_int_equal(result, error.code);
    return result;
}

static void right_answers_pass(void **state)
{
    uint64_t before = fixture.verifier.checked;

    (void)state;
    assert_int_equal(verify(HYP_VERIFY_SAMPLED), HYP_OK);
    assert_int_equal(fixture.verifier.checked - before, ITEMS / HYP_VERIFY_SHARE_RECOVERIES);
    assert_int_equal(verify(HYP_VERIFY_STRICT), HYP_OK);
}

/* Half of the items are wrong, in the status or in the result: ten looks miss that once in 1,024.
 */
static void a_card_that_often_lies_is_caught(void **state)
{
    uint8_t *output = fixture.output.data;
    unsigned caught = 0;

    (void)state;
    for (uint32_t i = 0; i < ITEMS; i += 2) {
        output[i % 4 ? HYP_STATUS_OFFSET + i : hyp_results_offset(ITEMS) + i * 128] ^= 1;
    }
    for (int i = 0; i < 100; i++) {
        caught += verify(HYP_VERIFY_SAMPLED) == HYP_EMISMATCH;
    }
    for (uint32_t i = 0; i < ITEMS; i += 2) {
        output[i % 4 ? HYP_STATUS_OFFSET + i : hyp_results_offset(ITEMS) + i * 128] ^= 1;
    }
    assert_true(caught >= 95);
    assert_int_equal(verify(HYP_VERIFY_STRICT), HYP_OK);
}

/* One wrong item of 1,400 with ten looks: 0.7 % each time. */
static void one_lie_is_seldom_seen_by_samples_and_always_by_strict(void **state)
{
    uint8_t *result = (uint8_t *)fixture.output.data + hyp_results_offset(ITEMS) + 345 * 128;
    unsigned caught = 0;

    (void)state;
    result[7] ^= 0x20;
    assert_int_equal(verify(HYP_VERIFY_STRICT), HYP_EMISMATCH);
    for (int i = 0; i < 2000; i++) {
        caught += verify(HYP_VERIFY_SAMPLED) == HYP_EMISMATCH;
    }
    result[7] ^= 0x20;
    assert_in_range(caught, 1, 60);
}

/* Strict checks let what is right pass and nothing else, whether keys are proven or recovered. */
static void strict_tells_every_lie_from_the_truth(void **state)
{
    uint8_t *statuses = (uint8_t *)fixture.output.data + HYP_STATUS_OFFSET;
    hyp_ecrecover_result *results =
        (void *)((uint8_t *)fixture.output.data + hyp_results_offset(ITEMS));
    struct random_source random = {5};
    unsigned lies = 0;

    (void)state;
    for (int i = 0; i < 60; i++) {
        uint32_t a = (uint32_t)(random_word(&random) % ITEMS);
        uint32_t b = (uint32_t)(random_word(&random) % ITEMS);
        const hyp_ecrecover_result before[] = {results[a], results[b]};
        const uint8_t status = statuses[a];
        uint8_t bit = (uint8_t)(1u << random_word(&random) % 8);
        switch (i % 4) {
        case 0:
            ((uint8_t *)&results[a])[random_word(&random) % sizeof results[a]] ^= bit;
            break;
        case 1:
            statuses[a] ^= bit;
            break;
        case 2:
            results[a] = before[1];
            results[b] = before[0];
            break;
        default: /* the truth, unless the item was good */
            memset(&results[a], 0, sizeof results[a]);
        }
        bool lie = memcmp(&results[a], &before[0], sizeof before[0]) != 0 || statuses[a] != status;
        lies += lie;
        assert_int_equal(verify(HYP_VERIFY_STRICT), lie ? HYP_EMISMATCH : HYP_OK);
        results[b] = before[1];
        results[a] = before[0];
        statuses[a] = status;
    }
    assert_in_range(lies, 40, 59);
    assert_int_equal(verify(HYP_VERIFY_STRICT), HYP_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(right_answers_pass),
        cmocka_unit_test(a_card_that_often_lies_is_caught),
        cmocka_unit_test(one_lie_is_seldom_seen_by_samples_and_always_by_strict),
        cmocka_unit_test(strict_tells_every_lie_from_the_truth),
    };
    return cmocka_run_group_tests_name("checking recoveries", tests, open_fixture, close_fixture);
}
