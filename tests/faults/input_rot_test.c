/* Bits that flip on the way to the kernel, with verification off: only the checksum of the input is
 * there to notice them, and it does, of every op. */
#include <stdlib.h>
#include <string.h>

#include "host/src/ops/op.h"
#include "hyperion/hyperion.h"
#include "tests/support/test.h"

enum { BUFFER_BYTES = 65536 };

static const uint64_t patience_ns = UINT64_C(300000000000);

struct fixture {
    hyp_context *context;
    hyp_device *device;
    hyp_queue *queue;
    hyp_buffer *input;
    hyp_buffer *output;
};

static struct fixture open_card(const char *faults)
{
    hyp_device_options device_options = HYP_DEVICE_OPTIONS_INIT;
    hyp_queue_options queue_options = HYP_QUEUE_OPTIONS_INIT;
    struct fixture fixture;
    hyp_error error = {0, ""};

    device_options.faults = faults;
    queue_options.verify = HYP_VERIFY_OFF;
    assert_int_equal(hyp_context_create(NULL, &fixture.context, NULL), HYP_OK);
    if (hyp_device_open(fixture.context, "sim:0", &device_options, &fixture.device, &error)) {
        fail_msg("%s", error.message);
    }
    assert_int_equal(hyp_queue_create(fixture.device, &queue_options, &fixture.queue), HYP_OK);
    assert_int_equal(hyp_buffer_create(fixture.device, BUFFER_BYTES, &fixture.input), HYP_OK);
    assert_int_equal(hyp_buffer_create(fixture.device, BUFFER_BYTES, &fixture.output), HYP_OK);
    return fixture;
}

static void close_card(struct fixture *fixture)
{
    hyp_buffer_destroy(fixture->output);
    hyp_buffer_destroy(fixture->input);
    hyp_queue_destroy(fixture->queue);
    hyp_device_close(fixture->device);
    hyp_context_destroy(fixture->context);
}

/* The op's known answers as an ordinary job: right, or its error. */
static int run_job(struct fixture *fixture, const struct hyp_op_info *op)
{
    hyp_completion completion = {0};
    hyp_error error = {0, ""};
    void *input = hyp_buffer_data(fixture->input);
    hyp_job job = {.input = fixture->input,
                   .output = fixture->output,
                   .input_bytes = op->known_answer_batch(input, BUFFER_BYTES),
                   .deadline_ns = hyp_clock_ns() + patience_ns};

    assert_int_equal(hyp_queue_submit(fixture->queue, &job, 1), 1);
    assert_int_equal(hyp_queue_wait(fixture->queue, UINT64_MAX), HYP_OK);
    assert_int_equal(hyp_queue_reap(fixture->queue, &completion, 1), 1);
    if (completion.result == HYP_OK &&
        op->known_answer_check(input, hyp_buffer_data(fixture->output), &error)) {
        fail_msg("%s: a wrong answer was let through: %s", op->name, error.message);
    }
    return completion.result;
}

static void expect_noticed(const struct fixture *fixture)
{
    hyp_error fault = {0, ""};

    assert_int_equal(hyp_device_last_fault(fixture->device, &fault), HYP_EDEVICE);
    if (!strstr(fault.message, "did not read what was sent")) {
        fail_msg("noticed, but not by the checksum of the input: %s", fault.message);
    }
}

/* A bit of every item: the batch is refused, and the card is well again afterwards. */
static void every_item(void **state)
{
    const struct hyp_op_info *op = *state;
    struct fixture fixture = open_card("sim:0:input-rot=1@2");

    assert_int_equal(run_job(&fixture, op), HYP_OK);
    assert_int_equal(run_job(&fixture, op), HYP_EDEVICE);
    expect_noticed(&fixture);
    assert_int_equal(run_job(&fixture, op), HYP_OK);
    close_card(&fixture);
}

/* One bit now and then, in batch after batch: noticed when it is there, and only then. */
static void one_item_in_fifty(void **state)
{
    enum { JOBS = 60 };
    const struct hyp_op_info *op = *state;
    struct fixture fixture = open_card("sim:0:input-rot=0.02@1+");
    unsigned noticed = 0;

    for (int i = 0; i < JOBS; i++) {
        int result = run_job(&fixture, op);
        assert_true(result == HYP_OK || result == HYP_EDEVICE);
        noticed += result != HYP_OK;
    }
    assert_true(noticed > 0 && noticed < JOBS);
    expect_noticed(&fixture);
    close_card(&fixture);
}

int main(void)
{
    void *keccak = (void *)hyp_op_find(HYP_OP_KECCAK256);
    void *recover = (void *)hyp_op_find(HYP_OP_ECRECOVER);
    void *matmul = (void *)hyp_op_find(HYP_OP_MATMUL);
    const struct CMUnitTest small[] = {
        cmocka_unit_test_prestate(every_item, keccak),
        cmocka_unit_test_prestate(one_item_in_fifty, keccak),
    };
    const struct CMUnitTest whole[] = {
        cmocka_unit_test_prestate(every_item, recover),
        cmocka_unit_test_prestate(every_item, matmul),
    };

    setenv("HYP_SIM_MODULE", KECCAK_MODULE, 1);
    int failed = cmocka_run_group_tests_name("rotten input of a card of one op", small, NULL, NULL);
    unsetenv("HYP_SIM_MODULE");
    return failed + cmocka_run_group_tests_name("rotten input", whole, NULL, NULL);
}
