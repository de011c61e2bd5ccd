/* keccak256 and products by resident weights in RTL, behind the true XRT and its OpenCL, through
 * the backend's table, bit for bit what their definition says. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/src/ops/op.h"
#include "tests/sim/resident_scenario.h"
#include "tests/support/random_batch.h"
#include "tests/xrt/fixture.h"

static struct xrt_fixture fixture;

/* The built xclbin, found as a program that names none finds it. */
static int open_xrt(void **state)
{
    xrt_use_xrt(state);
    fixture = xrt_open(NULL);
    return 0;
}

static int open_opencl(void **state)
{
    xrt_use_opencl(state);
    fixture = xrt_open(NULL);
    return 0;
}

static int close_card(void **state)
{
    (void)state;
    xrt_close(&fixture);
    return 0;
}

static void lengths_around_the_block(void **state)
{
    (void)state;
    static const uint32_t max_lengths[] = {0, 1, 7, 8, 64, 135, 136, 137, 271, 272, 273, 600};
    for (size_t i = 0; i < sizeof(max_lengths) / sizeof(max_lengths[0]); i++) {
        struct xrt_batch batch;
        xrt_batch_create(&fixture, &batch, 40, max_lengths[i], i);
        xrt_run(&fixture, &batch);
        xrt_check_keccak(&batch);
        xrt_batch_destroy(&fixture, &batch);
    }
}

static void numbers_of_items(void **state)
{
    (void)state;
    static const uint32_t items[] = {0, 1, 2, 3, 4, 5, 63, 64, 65, 500};
    for (size_t i = 0; i < sizeof(items) / sizeof(items[0]); i++) {
        struct xrt_batch batch;
        xrt_batch_create(&fixture, &batch, items[i], 150, 100 + i);
        xrt_run(&fixture, &batch);
        xrt_check_keccak(&batch);
        xrt_batch_destroy(&fixture, &batch);
    }
}

static void a_long_message(void **state)
{
    (void)state;
    struct xrt_batch batch;
    xrt_batch_create(&fixture, &batch, 1, 1 << 20, 7);
    xrt_run(&fixture, &batch);
    xrt_check_keccak(&batch);
    xrt_batch_destroy(&fixture, &batch);
}

/* Descriptors that point outside the data, or are malformed, cost their item only. */
static void bad_descriptors(void **state)
{
    (void)state;
    struct xrt_batch batch;
    xrt_batch_create(&fixture, &batch, 16, 100, 3);
    hyp_keccak_descriptor *descriptors =
        (hyp_keccak_descriptor *)((uint8_t *)batch.input.data + sizeof(hyp_batch_header));
    descriptors[0].offset = UINT64_MAX - 7;
    descriptors[3].length = UINT32_MAX;
    descriptors[5].flags = 1;
    descriptors[8].offset += 4;
    descriptors[15].offset = 0;
    xrt_run(&fixture, &batch);
    xrt_check_keccak(&batch);
    const uint8_t *statuses = (const uint8_t *)batch.output.data + HYP_STATUS_OFFSET;
    assert_int_equal(statuses[0], HYP_STATUS_BAD_INPUT);
    assert_int_equal(statuses[1], HYP_STATUS_OK);
    xrt_batch_destroy(&fixture, &batch);
}

/* Random batches of every kind of length that the tests of all devices use, every tenth descriptor
 * malformed. */
static void random_batches(void **state)
{
    (void)state;
    struct random random = {20260101};
    for (unsigned i = 0; i < 8 * LENGTHS_KINDS; i++) {
        uint32_t items = (uint32_t)random_below(&random, i % 4 ? 40 : 300);
        struct random_batch made =
            random_batch_create(&random, items, (enum lengths)(i % LENGTHS_KINDS), 10);
        struct xrt_batch batch;
        xrt_batch_wrap(&fixture, &batch, made.input, made.input_bytes, made.output_bytes);
        xrt_run(&fixture, &batch);
        xrt_check_keccak(&batch);
        xrt_batch_destroy(&fixture, &batch);
        random_batch_destroy(&made);
    }
}

/* What a batch before it left in card memory does not shine through. */
static void memory_of_earlier_batches(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < 10; i++) {
        struct xrt_batch batch;
        xrt_batch_create(&fixture, &batch, (uint32_t)(1 + i * 5 % 37), 200, i);
        xrt_run(&fixture, &batch);
        xrt_check_keccak(&batch);
        xrt_batch_destroy(&fixture, &batch);
    }
}

static void after_a_reset(void **state)
{
    (void)state;
    struct xrt_batch batch;
    hyp_error error = {0, ""};
    xrt_batch_create(&fixture, &batch, 50, 200, 11);
    assert_int_equal(xrt_backend->start(fixture.card, &batch.run), HYP_OK);
    assert_int_equal(xrt_backend->reset(fixture.card, &error), HYP_OK);
    memset(batch.output.data, 0, batch.output.size);
    xrt_run(&fixture, &batch);
    xrt_check_keccak(&batch);
    xrt_batch_destroy(&fixture, &batch);
}

static void weights_stay(void **state)
{
    (void)state;
    resident_scenario(xrt_backend, fixture.card, fixture.context);
}

static void weights_wait_for_room(void **state)
{
    (void)state;
    resident_late_scenario(xrt_backend, fixture.card, fixture.context, fixture.info.memory_bytes);
}

/* What a process has written, to all files and sockets. */
static uint64_t written_by(pid_t pid)
{
    char path[64], line[128];
    unsigned long long bytes = 0;
    snprintf(path, sizeof(path), "/proc/%d/io", (int)pid);
    FILE *file = fopen(path, "re");
    if (!file)
        skip(); /* where this kernel does not tell */
    while (fgets(line, sizeof(line), file))
        if (strncmp(line, "wchar: ", 7) == 0)
            bytes = strtoull(line + 7, NULL, 10);
    fclose(file);
    return bytes;
}

/* Also of a kernel that is given it twice, since there are no weights. */
static void input_is_sent_once(void **state)
{
    enum { BYTES = 4 << 20 };
    (void)state;
    const struct hyp_op_info *op = hyp_op_find(HYP_OP_MATMUL);
    hyp_batch_header header;
    hyp_error error = {0, ""};
    struct xrt_batch batch;
    uint8_t *bytes = calloc(1, BYTES);
    assert_non_null(bytes);
    hyp_known_answer_batch(op, bytes, BYTES);
    memcpy(&header, bytes, sizeof(header));
    xrt_batch_wrap(&fixture, &batch, bytes, BYTES, hyp_batch_output_bytes(&header));
    batch.run.op = HYP_OP_MATMUL;
    uint64_t before = written_by(xrt_helper(0));
    xrt_run(&fixture, &batch);
    uint64_t written = written_by(xrt_helper(0)) - before;
    assert_in_range(written, BYTES, BYTES + BYTES / 2);
    if (op->known_answer_check(batch.input.data, batch.output.data, &error))
        fail_msg("%s", error.message);
    xrt_batch_destroy(&fixture, &batch);
    free(bytes);
}

static void weights_are_there_when_they_are_reserved(void **state)
{
    enum { BYTES = 16 << 20 };
    (void)state;
    struct hyp_memory weights;
    assert_int_equal(
        hyp_card_memory_create(xrt_backend, fixture.card, fixture.context, BYTES, &weights),
        HYP_OK);
    uint64_t before = written_by(xrt_helper(0));
    assert_int_equal(xrt_backend->resident_reserve(fixture.card, &weights), HYP_OK);
    assert_true(written_by(xrt_helper(0)) - before >= BYTES);
    hyp_card_memory_destroy(xrt_backend, fixture.card, &weights);
}

#define test(name)                                                                                 \
    {"xrt: " #name, name, open_xrt, close_card, NULL},                                             \
    {                                                                                              \
        "opencl: " #name, name, open_opencl, close_card, NULL                                      \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(lengths_around_the_block),
        test(numbers_of_items),
        test(a_long_message),
        test(bad_descriptors),
        test(random_batches),
        test(memory_of_earlier_batches),
        test(weights_stay),
        test(weights_wait_for_room),
        test(input_is_sent_once),
        test(weights_are_there_when_they_are_reserved),
        test(after_a_reset),
    };
    return cmocka_run_group_tests_name("keccak256 behind XRT and OpenCL", tests, xrt_setup,
                                       xrt_teardown);
}
