/* The backend `sim` through its table, on a card whose kernel adds one to every word
 * (tests/sim/increment_module.cpp). */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/src/backend/backend.h"
#include "host/src/context.h"
#include "host/src/memory.h"
#include "tests/support/test.h"

enum { UNITS = 3 };
static const uint64_t second = UINT64_C(1000000000);
static const struct hyp_backend *const sim = &hyp_backend_sim;
static hyp_context context = {.cpu_threads = 1};

struct job {
    struct hyp_memory input;
    struct hyp_memory output;
    struct hyp_run run;
};

static void make_job(struct job *job, size_t input_bytes, size_t output_bytes, uint32_t seed)
{
    assert_int_equal(hyp_memory_create(&job->input, input_bytes, false, 1), 0);
    assert_int_equal(hyp_memory_create(&job->output, output_bytes, false, 2), 0);
    uint32_t *words = job->input.data;
    for (size_t i = 0; i < input_bytes / 4; i++) {
        words[i] = seed += 0x9e3779b9;
    }
    memset(job->output.data, 0xee, job->output.size);
    job->run = (struct hyp_run){
        .op = HYP_OP_KECCAK256,
        .input = &job->input,
        .output = &job->output,
        .input_bytes = input_bytes,
        .output_bytes = output_bytes,
        .deadline_ns = UINT64_MAX,
        .result = 1,
    };
}

static void free_job(struct job *job)
{
    hyp_memory_destroy(&job->input);
    hyp_memory_destroy(&job->output);
}

static void check_job(const struct job *job)
{
    const uint32_t *in = job->input.data;
    const uint32_t *out = job->output.data;
    assert_int_equal(job->run.result, HYP_OK);
    for (size_t i = 0; i < job->run.output_bytes / 4; i++) {
        assert_int_equal(out[i], in[i] + 1);
    }
    /* Not a byte more than was asked for. */
    const uint8_t *bytes = job->output.data;
    for (size_t i = job->run.output_bytes; i < job->output.size; i++) {
        assert_int_equal(bytes[i], 0xee);
    }
}

static void *open_sim(const hyp_device_options *options, struct hyp_device_info *info)
{
    void *card = NULL;
    hyp_error error = {0, ""};
    int result = sim->open(&context, 0, options, &card, info, &error);
    if (result) {
        fail_msg("open: %s", error.message);
    }
    return card;
}

static void *open_default(void)
{
    static const hyp_device_options options = HYP_DEVICE_OPTIONS_INIT;
    struct hyp_device_info info;
    return open_sim(&options, &info);
}

/* Runs until at least `count` runs have come back; returns how many have. */
static size_t reap(void *card, size_t count)
{
    uint64_t end = hyp_clock_ns() + 20 * second;
    size_t reaped = 0;
    while (reaped < count && hyp_clock_ns() < end) {
        struct hyp_run *finished = NULL;
        hyp_error error = {0, ""};
        if (sim->progress(card, end, &finished, &error)) {
            fail_msg("progress: %s", error.message);
        }
        for (; finished; finished = finished->next) {
            reaped++;
        }
    }
    assert_true(reaped >= count);
    return reaped;
}

static void test_list(void **state)
{
    struct hyp_device_info infos[4];
    size_t count = 1;
    (void)state;
    assert_int_equal(sim->list(&context, infos, 4, &count, NULL), 0);
    assert_int_equal(count, 2);
    assert_string_equal(infos[1].name, "sim:0");
    assert_string_equal(infos[1].description, "simulated card (Verilator)");
    assert_int_equal(infos[1].kind, HYP_DEVICE_SIMULATED_CARD);
    assert_int_equal(infos[1].op_count, 0);

    setenv("HYP_SIM_CARDS", "3", 1);
    count = 0;
    assert_int_equal(sim->list(&context, infos, 2, &count, NULL), 0);
    assert_int_equal(count, 3); /* though only two fit */
    assert_string_equal(infos[1].name, "sim:1");
    unsetenv("HYP_SIM_CARDS");
}

static void test_list_without_module(void **state)
{
    struct hyp_device_info info;
    const hyp_device_options options = HYP_DEVICE_OPTIONS_INIT;
    hyp_error error = {0, ""};
    void *card;
    size_t count = 0;
    char *module = strdup(getenv("HYP_SIM_MODULE"));
    (void)state;

    setenv("HYP_SIM_MODULE", "/nonexistent.so", 1);
    assert_int_equal(sim->list(&context, &info, 1, &count, NULL), 0);
    assert_int_equal(count, 0);
    assert_int_equal(sim->open(&context, 0, &options, &card, &info, &error), HYP_ENODEV);
    assert_non_null(strstr(error.message, "HYP_SIM_MODULE"));
    setenv("HYP_SIM_MODULE", "/proc/self/exe", 1); /* a file, but not this one */
    assert_int_not_equal(sim->open(&context, 0, &options, &card, &info, &error), 0);
    setenv("HYP_SIM_MODULE", module, 1);
    free(module);
    setenv("HYP_SIM_CARDS", "1", 1);
    assert_int_equal(sim->open(&context, 1, &options, &card, &info, &error), HYP_ENODEV);
    unsetenv("HYP_SIM_CARDS");
    /* Whoever names a card need not also count them. */
    assert_int_equal(sim->open(&context, 63, &options, &card, &info, &error), HYP_OK);
    sim->close(card);
    assert_int_equal(sim->open(&context, 64, &options, &card, &info, &error), HYP_ENODEV);
}

static void test_info(void **state)
{
    hyp_device_options options = HYP_DEVICE_OPTIONS_INIT;
    struct hyp_device_info info;
    (void)state;
    options.memory_bytes = 1 << 20;
    void *card = open_sim(&options, &info);
    assert_string_equal(info.name, "sim:0");
    assert_int_equal(info.kind, HYP_DEVICE_SIMULATED_CARD);
    assert_int_equal(info.memory_bytes, 1 << 20);
    assert_int_equal(info.op_count, 1);
    assert_int_equal(info.ops[0].op, HYP_OP_KECCAK256);
    assert_int_equal(info.ops[0].compute_units, UNITS);
    assert_int_equal(info.ops[0].kernel_version, 0x00010203);
    assert_int_equal(info.ops[0].max_items, HYP_BATCH_MAX_ITEMS);
    assert_int_equal(info.ops[0].max_input_bytes, 1 << 19);
    sim->close(card);
}

static void test_run(void **state)
{
    static const size_t sizes[] = {4, 64, 100, 4096, 4100, 300000};
    void *card = open_default();
    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct job job;
        make_job(&job, sizes[i], sizes[i], (uint32_t)i);
        assert_int_equal(sim->start(card, &job.run), 0);
        reap(card, 1);
        check_job(&job);
        free_job(&job);
    }
    sim->close(card);
}

static void test_units(void **state)
{
    struct job jobs[UNITS + 1];
    void *card = open_default();
    (void)state;
    for (size_t i = 0; i <= UNITS; i++) {
        make_job(&jobs[i], 8192 * (i + 1), 8192 * (i + 1), (uint32_t)i);
    }
    for (unsigned round = 0; round < 3; round++) {
        for (size_t i = 0; i < UNITS; i++) {
            assert_int_equal(sim->start(card, &jobs[i].run), 0);
        }
        assert_int_equal(sim->start(card, &jobs[UNITS].run), HYP_EAGAIN);
        size_t reaped = reap(card, 1);
        assert_int_equal(sim->start(card, &jobs[UNITS].run), 0);
        assert_int_equal(reaped + reap(card, UNITS + 1 - reaped), UNITS + 1);
    }
    for (size_t i = 0; i <= UNITS; i++) {
        check_job(&jobs[i]);
        free_job(&jobs[i]);
    }
    sim->close(card);
}

/* Memory for two batches, so the third waits although its unit is free. */
static void test_memory(void **state)
{
    hyp_device_options options = HYP_DEVICE_OPTIONS_INIT;
    struct hyp_device_info info;
    struct job jobs[3];
    struct job large;
    (void)state;
    options.memory_bytes = 5 * 8192;
    void *card = open_sim(&options, &info);
    for (size_t i = 0; i < 3; i++) {
        make_job(&jobs[i], 8192, 8000, (uint32_t)i);
    }
    assert_int_equal(sim->start(card, &jobs[0].run), 0);
    assert_int_equal(sim->start(card, &jobs[1].run), 0);
    assert_int_equal(sim->start(card, &jobs[2].run), HYP_EAGAIN);
    reap(card, 2);
    assert_int_equal(sim->start(card, &jobs[2].run), 0);
    reap(card, 1);
    for (size_t i = 0; i < 3; i++) {
        check_job(&jobs[i]);
        free_job(&jobs[i]);
    }
    make_job(&large, 32768, 8193, 0);
    assert_int_equal(sim->start(card, &large.run), HYP_ETOOBIG);
    large.run.input_bytes = SIZE_MAX;
    assert_int_equal(sim->start(card, &large.run), HYP_ETOOBIG);
    free_job(&large);
    sim->close(card);
}

static void test_other_op(void **state)
{
    struct job job;
    void *card = open_default();
    (void)state;
    make_job(&job, 64, 64, 0);
    job.run.op = HYP_OP_ECRECOVER;
    assert_int_equal(sim->start(card, &job.run), HYP_EAGAIN);
    free_job(&job);
    sim->close(card);
}

/* A fault is told with its text; a reset card works again. */
static void test_fault(void **state)
{
    struct job job;
    struct hyp_run *finished = NULL;
    hyp_error error = {0, ""};
    (void)state;
    setenv("INCREMENT_MODE", "1", 1);
    void *card = open_default();
    unsetenv("INCREMENT_MODE");
    make_job(&job, 8192, 8192, 0);
    assert_int_equal(sim->start(card, &job.run), 0);
    assert_int_equal(sim->progress(card, hyp_clock_ns() + 10 * second, &finished, &error),
                     HYP_EDEVICE);
    assert_null(finished);
    assert_non_null(strstr(error.message, "third beat of a run told to fail"));
    assert_non_null(strstr(error.message, "keccak256_1"));

    assert_int_equal(sim->reset(card, &error), 0);
    assert_int_equal(sim->start(card, &job.run), 0);
    reap(card, 1);
    check_job(&job);
    free_job(&job);
    sim->close(card);
}

/* A card that fell off the bus reads as ones and ends nothing: no deadline is waited for. */
static void test_death(void **state)
{
    hyp_device_options options = HYP_DEVICE_OPTIONS_INIT;
    struct hyp_device_info info;
    struct hyp_run *finished = NULL;
    hyp_error error = {0, ""};
    struct job job;
    (void)state;
    options.faults = "sim:0:die@1";
    void *card = open_sim(&options, &info);
    make_job(&job, 8192, 8192, 0);
    memset(job.input.data, 0, sizeof(hyp_batch_header)); /* nothing says that it is a trial */
    assert_int_equal(sim->start(card, &job.run), 0);
    uint64_t begin = hyp_clock_ns();
    assert_int_equal(sim->progress(card, begin + 60 * second, &finished, &error), HYP_EDEVICE);
    assert_true(hyp_clock_ns() - begin < 30 * second);
    assert_null(finished);
    assert_non_null(strstr(error.message, "ones"));

    assert_int_equal(sim->reset(card, &error), 0);
    assert_int_equal(sim->start(card, &job.run), 0);
    reap(card, 1);
    check_job(&job);
    free_job(&job);
    sim->close(card);
}

/* A kernel that hangs holds progress no longer than it may. */
static void test_deadline(void **state)
{
    struct job job;
    struct hyp_run *finished = NULL;
    (void)state;
    setenv("INCREMENT_MODE", "3", 1);
    void *card = open_default();
    unsetenv("INCREMENT_MODE");
    make_job(&job, 64, 64, 0);
    assert_int_equal(sim->start(card, &job.run), 0);
    uint64_t begin = hyp_clock_ns();
    assert_int_equal(sim->progress(card, begin + second / 20, &finished, NULL), 0);
    assert_null(finished);
    assert_in_range(hyp_clock_ns() - begin, second / 20, 20 * second);
    assert_int_equal(sim->reset(card, NULL), 0);
    assert_int_equal(sim->start(card, &job.run), 0);
    reap(card, 1);
    check_job(&job);
    free_job(&job);
    sim->close(card);
}

static void *wake_soon(void *card)
{
    usleep(50000);
    sim->wake(card);
    return NULL;
}

static void test_wake(void **state)
{
    struct job job;
    struct hyp_run *finished = NULL;
    pthread_t thread;
    (void)state;
    setenv("INCREMENT_MODE", "3", 1);
    void *card = open_default();
    unsetenv("INCREMENT_MODE");
    make_job(&job, 64, 64, 0);
    assert_int_equal(sim->start(card, &job.run), 0);
    sim->wake(card); /* before progress: it counts for the next one */
    uint64_t begin = hyp_clock_ns();
    assert_int_equal(sim->progress(card, begin + 20 * second, &finished, NULL), 0);
    assert_int_equal(pthread_create(&thread, NULL, wake_soon, card), 0);
    assert_int_equal(sim->progress(card, begin + 20 * second, &finished, NULL), 0);
    assert_true(hyp_clock_ns() - begin < 10 * second);
    assert_null(finished);
    pthread_join(thread, NULL);
    free_job(&job);
    sim->close(card); /* with a run on it */
}

static void check_wave(const char *name)
{
    struct stat status;
    assert_int_equal(stat(name, &status), 0);
    assert_true(status.st_size > 0);
    unlink(name);
}

static void test_wave(void **state)
{
    hyp_device_options options = HYP_DEVICE_OPTIONS_INIT;
    struct hyp_device_info info;
    hyp_error error = {0, ""};
    char name[64];
    char second_name[80];
    void *card;
    (void)state;
    snprintf(name, sizeof name, "/tmp/hyperion-sim-test.%d.fst", (int)getpid());
    snprintf(second_name, sizeof second_name, "%s.1", name);
    options.wave = name;
    card = open_sim(&options, &info);
    assert_int_equal(sim->reset(card, NULL), 0);
    sim->close(card);
    check_wave(name);
    check_wave(second_name);
    options.wave = "/nonexistent/wave.fst";
    assert_int_equal(sim->open(&context, 0, &options, &card, &info, &error), HYP_EDEVICE);
    assert_non_null(strstr(error.message, "/nonexistent/wave.fst"));
}

/* Random timing gives the same bits. */
static void test_timing(void **state)
{
    (void)state;
    setenv("HYP_SIM_READY_PERCENT", "40", 1);
    for (uint64_t seed = 0; seed < 5; seed++) {
        hyp_device_options options = HYP_DEVICE_OPTIONS_INIT;
        struct hyp_device_info info;
        struct job job;
        options.seed = seed;
        options.memory_latency = (uint32_t)(1 + 50 * seed);
        void *card = open_sim(&options, &info);
        make_job(&job, 50000, 50000, (uint32_t)seed);
        assert_int_equal(sim->start(card, &job.run), 0);
        reap(card, 1);
        check_job(&job);
        free_job(&job);
        sim->close(card);
    }
    unsetenv("HYP_SIM_READY_PERCENT");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_list),     cmocka_unit_test(test_list_without_module),
        cmocka_unit_test(test_info),     cmocka_unit_test(test_run),
        cmocka_unit_test(test_units),    cmocka_unit_test(test_memory),
        cmocka_unit_test(test_other_op), cmocka_unit_test(test_fault),
        cmocka_unit_test(test_death),    cmocka_unit_test(test_death),
        cmocka_unit_test(test_deadline), cmocka_unit_test(test_wake),
        cmocka_unit_test(test_wave),     cmocka_unit_test(test_timing),
    };
    setenv("HYP_SIM_MODULE", INCREMENT_MODULE, 1);
    return cmocka_run_group_tests_name("backend sim", tests, NULL, NULL);
}
