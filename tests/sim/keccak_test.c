/* The keccak256 kernel on the simulated card, through the backend: random batches under many
 * timings come out bit for bit as the reference says.
 *
 *     keccak_test [ROUNDS]     more rounds than `make test` takes */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/src/ops/ops.h"
#include "tests/sim/one_run.h"
#include "tests/support/random_batch.h"
#include "tests/support/test.h"

static const struct hyp_backend *const sim = &hyp_backend_sim;
static unsigned long rounds = 5;

static void *open_sim(uint64_t seed, uint32_t latency, const char *ready_percent)
{
    struct hyp_device_info info;
    return one_run_open(seed, latency, ready_percent, NULL, &info);
}

static uint8_t *run_batch(void *card, const struct random_batch *batch)
{
    return one_run(card, batch->input, batch->input_bytes, batch->output_bytes);
}

static void check_output(const struct random_batch *batch, const uint8_t *output)
{
    hyp_batch_header header;

    memcpy(&header, batch->input, sizeof header);
    uint8_t *expected = calloc(1, batch->output_bytes);
    assert_non_null(expected);
    hyp_op_keccak256.reference(batch->input, batch->input_bytes, NULL, expected, 0,
                               header.item_count);
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

static void equal_seeds_give_equal_cycles(void **state)
{
    struct random random = {0x63796364};
    struct random_batch batch = random_batch_create(&random, 300, LENGTHS_TO_2000, 5);
    hyp_result_counters counters[3];
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        void *card = open_sim(i / 2, 0, "70");
        uint8_t *output = run_batch(card, &batch);
        counters[i] = one_run_counters(output);
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
    hyp_result_counters counted = one_run_counters(output);
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
    struct hyp_device_info info;
    hyp_result_counters counters[2];
    struct stat status;
    char name[64];
    (void)state;
    snprintf(name, sizeof name, "/tmp/hyperion-keccak-test.%d.fst", (int)getpid());
    for (size_t i = 0; i < 2; i++) {
        void *card = one_run_open(0, 0, "100", i == 1 ? name : NULL, &info);
        uint8_t *output = run_batch(card, &batch);
        check_output(&batch, output);
        counters[i] = one_run_counters(output);
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
        cmocka_unit_test(equal_seeds_give_equal_cycles),
        cmocka_unit_test(counters),
        cmocka_unit_test(wave),
    };
    rounds = argc > 1 ? strtoul(argv[1], NULL, 10) : rounds;
    return cmocka_run_group_tests_name("keccak256 on the simulated card", tests, NULL, NULL);
}
