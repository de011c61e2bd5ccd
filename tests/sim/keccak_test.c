/* The keccak256 kernel on the simulated card, through the backend: random batches under many
 * timings come out bit for bit as the reference says.
 *
 *     keccak_test [ROUNDS]     more rounds than `make test` takes */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/src/backend/backend.h"
#include "host/src/context.h"
#include "host/src/memory.h"
#include "host/src/ops/ops.h"
#include "host/src/result_check.h"
#include "tests/support/random_batch.h"
#include "tests/support/test.h"

static const uint64_t second = UINT64_C(1000000000);
static const struct hyp_backend *const sim = &hyp_backend_sim;
static hyp_context context = {.cpu_threads = 1};
static unsigned long rounds = 5;

static void *open_sim(uint64_t seed, uint32_t latency, const char *ready_percent)
{
    hyp_device_options options = HYP_DEVICE_OPTIONS_INIT;
    struct hyp_device_info info;
    hyp_error error = {0, ""};
    void *card = NULL;
    options.seed = seed;
    options.memory_latency = latency;
    setenv("HYP_SIM_READY_PERCENT", ready_percent, 1);
    if (sim->open(&context, 0, &options, &card, &info, &error)) {
        fail_msg("open: %s", error.message);
    }
    unsetenv("HYP_SIM_READY_PERCENT");
    bool found = false;
    for (uint32_t i = 0; i < info.op_count; i++) {
        found = found || info.ops[i].op == HYP_OP_KECCAK256;
    }
    assert_true(found);
    return card;
}

/* Runs the batch; what comes out is for the caller to free. */
static uint8_t *run_batch(void *card, const struct random_batch *batch)
{
    const struct hyp_memory input = {batch->input, batch->input_bytes, -1, 1};
    const struct hyp_memory output = {calloc(1, batch->output_bytes), batch->output_bytes, -1, 2};
    struct hyp_run run = {
        .op = HYP_OP_KECCAK256,
        .input = &input,
        .output = &output,
        .input_bytes = batch->input_bytes,
        .output_bytes = batch->output_bytes,
        .deadline_ns = UINT64_MAX,
    };
    hyp_error error = {0, ""};
    struct hyp_run *finished = NULL;
    uint64_t end = hyp_clock_ns() + 100 * second;
    assert_non_null(output.data);
    assert_int_equal(sim->start(card, &run), 0);
    while (!finished && hyp_clock_ns() < end) {
        if (sim->progress(card, end, &finished, &error)) {
            fail_msg("progress: %s", error.message);
        }
    }
    assert_ptr_equal(finished, &run);
    assert_int_equal(run.result, 0);
    return output.data;
}

static hyp_result_counters counters_of(const uint8_t *output)
{
    hyp_result_counters counters;
    memcpy(&counters, output + sizeof(hyp_result_header), sizeof counters);
    return counters;
}

static void check_output(const struct random_batch *batch, uint8_t *output)
{
    const struct hyp_memory memory = {output, batch->output_bytes, -1, 3};
    hyp_batch_header header;
    hyp_error error = {0, ""};
    uint32_t failed;
    uint32_t expected_failures = 0;

    memcpy(&header, batch->input, sizeof header);
    if (hyp_result_check(&header, &memory, HYP_DEVICE_SIMULATED_CARD, &failed, &error)) {
        fail_msg("%s", error.message);
    }
    uint8_t *expected = calloc(1, batch->output_bytes);
    assert_non_null(expected);
    hyp_op_keccak256.reference(batch->input, batch->input_bytes, expected, 0, header.item_count);
    for (uint32_t i = 0; i < header.item_count; i++) {
        expected_failures += expected[HYP_STATUS_OFFSET + i] != HYP_STATUS_OK;
    }
    assert_int_equal(failed, expected_failures);
    assert_memory_equal(output + HYP_STATUS_OFFSET, expected + HYP_STATUS_OFFSET,
                        header.item_count);
    size_t results = hyp_results_offset(header.item_count);
    assert_memory_equal(output + results, expected + results,
                        (size_t)header.item_count * HYP_KECCAK_DIGEST_SIZE);
    free(expected);
}

static void check_batch(void *card, struct random *random, uint32_t items, enum lengths lengths,
                        unsigned bad_percent)
{
    struct random_batch batch = random_batch_create(random, items, lengths, bad_percent);
    uint8_t *output = run_batch(card, &batch);
    check_output(&batch, output);
    free(output);
    random_batch_destroy(&batch);
}

static void kinds_of_lengths(void **state)
{
    struct random random = {0x6b656363};
    void *card = open_sim(1, 0, "100");
    (void)state;
    for (int lengths = 0; lengths < LENGTHS_KINDS; lengths++) {
        check_batch(card, &random, 300, (enum lengths)lengths, 0);
        check_batch(card, &random, 100, (enum lengths)lengths, 30);
    }
    for (uint32_t items = 0; items <= 70; items++) {
        check_batch(card, &random, items, LENGTHS_BELOW_128, 5);
    }
    sim->close(card);
}

static void timings(void **state)
{
    static const char *const percents[] = {"100", "90", "50", "20", "3"};
    static const uint32_t latencies[] = {1, 13, 100, 500};
    struct random random = {0x74696d65};
    (void)state;
    for (unsigned long round = 0; round < rounds; round++) {
        for (size_t i = 0; i < sizeof percents / sizeof percents[0]; i++) {
            for (size_t j = 0; j < sizeof latencies / sizeof latencies[0]; j++) {
                void *card = open_sim(random_u64(&random), latencies[j], percents[i]);
                check_batch(card, &random, 1 + (uint32_t)random_below(&random, 60),
                            (enum lengths)random_below(&random, LENGTHS_KINDS), 10);
                check_batch(card, &random, 1 + (uint32_t)random_below(&random, 60),
                            (enum lengths)random_below(&random, LENGTHS_KINDS), 0);
                sim->close(card);
            }
        }
    }
}

/* What registers held before reset, and the noise in bytes never written, depend on the seed; with
 * memory that is always ready nothing else does. So nothing may differ. */
static void nothing_depends_on_undefined_values(void **state)
{
    struct random random = {0x78787878};
    struct random_batch batch = random_batch_create(&random, 200, LENGTHS_BLOCK_EDGES, 10);
    hyp_result_counters first = {0};
    (void)state;
    for (uint64_t seed = 0; seed < 8; seed++) {
        void *card = open_sim(seed, 0, "100");
        uint8_t *output = run_batch(card, &batch);
        check_output(&batch, output);
        hyp_result_counters counters = counters_of(output);
        if (seed == 0) {
            first = counters;
        }
        assert_memory_equal(&counters, &first, sizeof counters);
        free(output);
        sim->close(card);
    }
    random_batch_destroy(&batch);
}

static void equal_seeds_give_equal_cycles(void **state)
{
    struct random random = {0x63796364};
    struct random_batch batch = random_batch_create(&random, 300, LENGTHS_TO_2000, 5);
    hyp_result_counters counters[3];
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        void *card = open_sim(i / 2, 0, "70");
        uint8_t *output = run_batch(card, &batch);
        counters[i] = counters_of(output);
        free(output);
        sim->close(card);
    }
    assert_memory_equal(&counters[0], &counters[1], sizeof counters[0]);
    assert_int_not_equal(counters[0].cycles, counters[2].cycles);
    random_batch_destroy(&batch);
}

/* The kernel's counters, from batches whose cost is known. */
static void counters(void **state)
{
    struct random random = {0x636f756e};
    struct random_batch batch = random_batch_create(&random, 1000, LENGTHS_64, 0);
    void *card = open_sim(0, 0, "100");
    (void)state;
    uint8_t *output = run_batch(card, &batch);
    hyp_result_counters counted = counters_of(output);
    assert_int_equal(counted.operations, 1000);
    assert_int_equal(counted.compute_slots_used, 3000); /* 24 / 8 a permutation */
    assert_in_range(counted.cycles, 3000, 3800);
    assert_in_range(counted.beats_read, (batch.input_bytes + 63) / 64,
                    (batch.input_bytes + 63) / 64 + 100);
    assert_int_equal(counted.beats_written, (batch.output_bytes + 63) / 64);
    free(output);
    sim->close(card);
    random_batch_destroy(&batch);
}

/* The model with waves gives the same bits and cycles, and a wave of its own signals. */
static void wave(void **state)
{
    struct random random = {0x77617665};
    struct random_batch batch = random_batch_create(&random, 20, LENGTHS_BELOW_128, 0);
    hyp_device_options options = HYP_DEVICE_OPTIONS_INIT;
    struct hyp_device_info info;
    hyp_result_counters counters[2];
    struct stat status;
    char name[64];
    (void)state;
    snprintf(name, sizeof name, "/tmp/hyperion-keccak-test.%d.fst", (int)getpid());
    for (size_t i = 0; i < 2; i++) {
        void *card = NULL;
        options.wave = i == 1 ? name : NULL;
        assert_int_equal(sim->open(&context, 0, &options, &card, &info, NULL), 0);
        uint8_t *output = run_batch(card, &batch);
        check_output(&batch, output);
        counters[i] = counters_of(output);
        free(output);
        sim->close(card);
    }
    assert_memory_equal(&counters[0], &counters[1], sizeof counters[0]);
    assert_int_equal(stat(name, &status), 0);
    assert_true(status.st_size > 50000);
    unlink(name);
    random_batch_destroy(&batch);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kinds_of_lengths),
        cmocka_unit_test(timings),
        cmocka_unit_test(nothing_depends_on_undefined_values),
        cmocka_unit_test(equal_seeds_give_equal_cycles),
        cmocka_unit_test(counters),
        cmocka_unit_test(wave),
    };
    rounds = argc > 1 ? strtoul(argv[1], NULL, 10) : rounds;
    return cmocka_run_group_tests_name("keccak256 on the simulated card", tests, NULL, NULL);
}
