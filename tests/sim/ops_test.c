/* Every op of the simulated card gives its known answers whatever the memory's timing, and nothing
 * of its result depends on values that were never defined. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/src/ops/op.h"
#include "tests/sim/one_run.h"
#include "tests/support/test.h"

enum { INPUT_BYTES = 65536 };

/* Runs the known answers of `op` and checks them; returns the counters. */
static hyp_result_counters run_known_answers(void *card, const struct hyp_op_info *op)
{
    uint8_t *input = calloc(1, INPUT_BYTES);
    hyp_batch_header header;
    hyp_error error = {0, ""};

    assert_non_null(input);
    size_t input_bytes = op->known_answer_batch(input, INPUT_BYTES);
    memcpy(&header, input, sizeof header);
    uint8_t *output = one_run(card, input, input_bytes, hyp_batch_output_bytes(&header));
    if (op->known_answer_check(input, output, &error)) {
        fail_msg("%s: %s", op->name, error.message);
    }
    hyp_result_counters counters = one_run_counters(output);
    free(output);
    free(input);
    return counters;
}

static void card_has_every_op(void **state)
{
    struct hyp_device_info info;
    void *card = one_run_open(0, 0, "100", NULL, &info);
    uint32_t ops = 0;
    (void)state;
    while (hyp_ops[ops]) {
        ops++;
    }
    assert_int_equal(info.op_count, ops);
    for (uint32_t i = 0; i < info.op_count; i++) {
        const struct hyp_op_info *op = hyp_op_find(info.ops[i].op);
        assert_non_null(op);
        assert_true(info.ops[i].compute_units >= 1);
        assert_int_not_equal(info.ops[i].kernel_version, 0);
    }
    hyp_backend_sim.close(card);
}

static void timings(void **state)
{
    static const struct {
        uint32_t latency;
        const char *ready_percent;
    } settings[] = {{1, "100"}, {300, "100"}, {1, "50"}, {100, "70"}, {40, "10"}};
    (void)state;
    for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++) {
        struct hyp_device_info info;
        void *card = one_run_open(i, settings[i].latency, settings[i].ready_percent, NULL, &info);
        for (uint32_t j = 0; j < info.op_count; j++) {
            run_known_answers(card, hyp_op_find(info.ops[j].op));
        }
        hyp_backend_sim.close(card);
    }
}

/* What registers held before reset and the noise in bytes never written depend on the seed; with
 * memory that is always ready nothing else does. So not even a cycle may differ. */
static void undefined_values(void **state)
{
    hyp_result_counters first[HYP_MAX_OPS];
    (void)state;
    for (uint64_t seed = 0; seed < 6; seed++) {
        struct hyp_device_info info;
        void *card = one_run_open(seed, 0, "100", NULL, &info);
        for (uint32_t j = 0; j < info.op_count; j++) {
            hyp_result_counters counters = run_known_answers(card, hyp_op_find(info.ops[j].op));
            if (seed == 0) {
                first[j] = counters;
            }
            assert_memory_equal(&counters, &first[j], sizeof counters);
        }
        hyp_backend_sim.close(card);
    }
}

/* A device with a wave is admitted only if its known answers come within 20 s (known_answers.c). */
static void wave(void **state)
{
    struct hyp_device_info info;
    char name[64];
    (void)state;
    snprintf(name, sizeof name, "/tmp/hyperion-ops-test.%d.fst", (int)getpid());
    void *card = one_run_open(0, 0, "100", name, &info);
    for (uint32_t i = 0; i < info.op_count; i++) {
        uint64_t begin = hyp_clock_ns();
        run_known_answers(card, hyp_op_find(info.ops[i].op));
        assert_true(hyp_clock_ns() - begin < UINT64_C(20000000000));
    }
    hyp_backend_sim.close(card);
    assert_int_equal(unlink(name), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(card_has_every_op),
        cmocka_unit_test(timings),
        cmocka_unit_test(undefined_values),
        cmocka_unit_test(wave),
    };
    return cmocka_run_group_tests_name("ops of the simulated card", tests, NULL, NULL);
}
