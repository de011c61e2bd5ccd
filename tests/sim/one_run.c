#include "tests/sim/one_run.h"

#include <stdlib.h>
#include <string.h>

#include "host/src/context.h"
#include "host/src/result_check.h"
#include "tests/support/test.h"

static const struct hyp_backend *const sim = &hyp_backend_sim;
static const uint64_t timeout_ns = UINT64_C(100000000000);

void *one_run_open(uint64_t seed, uint32_t latency, const char *ready_percent, const char *wave,
                   struct hyp_device_info *info)
{
    static hyp_context context = {.cpu_threads = 1};
    hyp_device_options options = HYP_DEVICE_OPTIONS_INIT;
    hyp_error error = {0, ""};
    void *card = NULL;

    options.seed = seed;
    options.memory_latency = latency;
    options.wave = wave;
    setenv("HYP_SIM_READY_PERCENT", ready_percent, 1);
    if (sim->open(&context, 0, &options, &card, info, &error)) {
        fail_msg("open: %s", error.message);
    }
    unsetenv("HYP_SIM_READY_PERCENT");
    return card;
}

static void wait_for(void *card, const struct hyp_run *run)
{
    hyp_error error = {0, ""};
    struct hyp_run *finished = NULL;
    uint64_t end = hyp_clock_ns() + timeout_ns;
    while (!finished && hyp_clock_ns() < end) {
        if (sim->progress(card, end, &finished, &error)) {
            fail_msg("progress: %s", error.message);
        }
    }
    assert_ptr_equal(finished, run);
    assert_int_equal(run->result, 0);
}

static size_t padded(size_t bytes)
{
    return (bytes + HYP_SECTION_ALIGNMENT - 1) / HYP_SECTION_ALIGNMENT * HYP_SECTION_ALIGNMENT;
}

/* Behind the input lies what nobody has asked for. */
static void *padded_copy(const void *input, size_t bytes)
{
    uint8_t *copy = malloc(padded(bytes));

    assert_non_null(copy);
    memset(copy, 0xa5, padded(bytes));
    return memcpy(copy, input, bytes);
}

uint8_t *one_run(void *card, const void *input, size_t input_bytes, size_t output_bytes)
{
    const struct hyp_memory in = {padded_copy(input, input_bytes), padded(input_bytes), -1, 1};
    const struct hyp_memory out = {calloc(1, output_bytes), output_bytes, -1, 2};
    hyp_batch_header header;
    hyp_error error = {0, ""};
    uint32_t failed;
    uint64_t input_crc;

    assert_non_null(out.data);
    memcpy(&header, input, sizeof header);
    struct hyp_run run = {
        .op = (enum hyp_op)header.op,
        .input = &in,
        .output = &out,
        .input_bytes = input_bytes,
        .output_bytes = output_bytes,
        .deadline_ns = UINT64_MAX,
    };
    assert_int_equal(sim->start(card, &run), 0);
    wait_for(card, &run);
    assert_true(hyp_input_crc(&header, &in, NULL, UINT64_MAX, &input_crc));
    if (hyp_result_check(&header, &in, &out, HYP_DEVICE_SIMULATED_CARD, input_crc, &failed,
                         &error)) {
        fail_msg("%s", error.message);
    }
    free(in.data);
    return out.data;
}

hyp_result_counters one_run_counters(const uint8_t *output)
{
    hyp_result_counters counters;
    memcpy(&counters, output + sizeof(hyp_result_header), sizeof counters);
    return counters;
}
