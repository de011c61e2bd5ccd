/* The CPU backend against the reference: thread counts, many batches in flight, deadlines, wake,
 * reset, refusals. */
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "host/src/backend/cpu_scheduler.h"
#include "host/src/memory.h"
#include "host/src/ops/ops.h"
#include "tests/support/random_batch.h"
#include "tests/support/test.h"

static const uint64_t second_ns = UINT64_C(1000000000);

/* A batch in device memory, its run, and the output that must come of it. */
struct job {
    struct hyp_run run; /* first: the backend returns pointers to it */
    struct hyp_memory input;
    struct hyp_memory output;
    uint8_t *want;
    uint32_t told;
    unsigned calls;
};

static void create_job(struct job *job, struct random *random, uint32_t items, enum lengths lengths)
{
    static uint64_t id;
    struct random_batch batch = random_batch_create(random, items, lengths, 5);
    hyp_batch_header header;

    assert_int_equal(hyp_memory_create(&job->input, batch.input_bytes, false, ++id), HYP_OK);
    assert_int_equal(hyp_memory_create(&job->output, batch.output_bytes, false, ++id), HYP_OK);
    memcpy(job->input.data, batch.input, batch.input_bytes);
    memcpy(&header, batch.input, sizeof header);
    job->want = calloc(1, batch.output_bytes);
    assert_non_null(job->want);
    hyp_op_keccak256.reference(batch.input, batch.input_bytes, NULL, job->want, 0, items);

    hyp_result_header result = {.magic = HYP_BATCH_OUTPUT_MAGIC,
                                .layout_version = HYP_BATCH_LAYOUT_VERSION,
                                .op = HYP_OP_KECCAK256,
                                .sequence = header.sequence,
                                .item_count = items};
    for (uint32_t i = 0; i < items; i++) {
        result.items_failed += job->want[HYP_STATUS_OFFSET + i] != HYP_STATUS_OK;
    }
    memcpy(job->want, &result, sizeof result);
    job->run = (struct hyp_run){.op = HYP_OP_KECCAK256,
                                .input = &job->input,
                                .output = &job->output,
                                .input_bytes = batch.input_bytes,
                                .output_bytes = batch.output_bytes,
                                .deadline_ns = hyp_clock_ns() + 60 * second_ns,
                                .result = 1};
    random_batch_destroy(&batch);
}

static void destroy_job(struct job *job)
{
    hyp_memory_destroy(&job->input);
    hyp_memory_destroy(&job->output);
    free(job->want);
}

static void *open_cpu(unsigned threads, hyp_context **context)
{
    hyp_context_options options = HYP_CONTEXT_OPTIONS_INIT;
    struct hyp_device_info info;
    void *card;

    options.cpu_threads = threads;
    assert_int_equal(hyp_context_create(&options, context, NULL), HYP_OK);
    assert_int_equal(hyp_backend_cpu.open(*context, 0, NULL, &card, &info, NULL), HYP_OK);
    assert_int_equal(info.kind, HYP_DEVICE_CPU);
    assert_true(info.op_count >= 1);
    assert_int_equal(info.ops[0].compute_units, threads);
    return card;
}

static void close_cpu(void *card, hyp_context *context)
{
    hyp_backend_cpu.close(card);
    hyp_context_destroy(context);
}

/* Progress until `count` runs have come back with `result`. */
static void finish_runs(void *card, size_t count, int result)
{
    uint64_t limit = hyp_clock_ns() + 60 * second_ns;

    while (count) {
        struct hyp_run *finished = NULL;
        assert_int_equal(hyp_backend_cpu.progress(card, limit, &finished, NULL), HYP_OK);
        assert_true(hyp_clock_ns() < limit);
        for (; finished; finished = finished->next, count--) {
            assert_true(count > 0);
            assert_int_equal(finished->result, result);
        }
    }
}

static void many_batches(void **state)
{
    unsigned threads = *(const unsigned *)*state;
    struct random random = {0x6d616e79 + threads};
    struct job *jobs = calloc(HYP_CPU_MAX_RUNS, sizeof *jobs);
    hyp_context *context;
    void *card = open_cpu(threads, &context);

    assert_non_null(jobs);
    for (int round = 0; round < 4; round++) {
        for (size_t i = 0; i < HYP_CPU_MAX_RUNS; i++) {
            uint32_t items = (uint32_t)random_below(&random, i % 8 == 0 ? 1500 : 40);
            create_job(&jobs[i], &random, items,
                       (enum lengths)random_below(&random, LENGTHS_KINDS));
            assert_int_equal(hyp_backend_cpu.start(card, &jobs[i].run), HYP_OK);
        }
        finish_runs(card, HYP_CPU_MAX_RUNS, HYP_OK);
        for (size_t i = 0; i < HYP_CPU_MAX_RUNS; i++) {
            assert_memory_equal(jobs[i].output.data, jobs[i].want, jobs[i].run.output_bytes);
            destroy_job(&jobs[i]);
        }
    }
    free(jobs);
    close_cpu(card, context);
}

static void raise_event(void *argument)
{
    const int *event_fd = argument;
    const uint64_t once = 1;

    assert_int_equal(write(*event_fd, &once, sizeof once), sizeof once);
}

/* For a thread with more to do than this: it is never kept for long, and told when to come back. */
static void step_by_step(void **state)
{
    unsigned threads = *(const unsigned *)*state;
    struct random random = {0x73746570 + threads};
    struct job *jobs = calloc(HYP_CPU_MAX_RUNS, sizeof *jobs);
    hyp_context_options options = HYP_CONTEXT_OPTIONS_INIT;
    struct pollfd event = {eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), POLLIN, 0};
    struct hyp_cpu_scheduler *scheduler;
    hyp_context *context;
    uint64_t count;

    options.cpu_threads = threads;
    assert_int_equal(hyp_context_create(&options, &context, NULL), HYP_OK);
    assert_int_equal(hyp_cpu_scheduler_create(context, &scheduler), HYP_OK);
    hyp_cpu_scheduler_tell(scheduler, raise_event, &event.fd);
    assert_true(hyp_cpu_scheduler_is_idle(scheduler));
    for (int round = 0; round < 8; round++) {
        unsigned left = HYP_CPU_MAX_RUNS;
        for (size_t i = 0; i < HYP_CPU_MAX_RUNS; i++) {
            create_job(&jobs[i], &random, 1 + (uint32_t)random_below(&random, i % 8 ? 40 : 1500),
                       LENGTHS_BELOW_64);
            assert_int_equal(hyp_cpu_scheduler_start(scheduler, &jobs[i].run), HYP_OK);
        }
        assert_false(hyp_cpu_scheduler_is_idle(scheduler));
        while (left) {
            bool computed;
            struct hyp_run *run =
                hyp_cpu_scheduler_step(scheduler, hyp_clock_ns() + 20000, &computed);
            if (!run && !computed) {
                assert_int_equal(poll(&event, 1, 60000), 1);
                assert_int_equal(read(event.fd, &count, sizeof count), sizeof count);
            }
            for (; run; run = run->next, left--) {
                assert_int_equal(run->result, HYP_OK);
            }
        }
        for (size_t i = 0; i < HYP_CPU_MAX_RUNS; i++) {
            assert_memory_equal(jobs[i].output.data, jobs[i].want, jobs[i].run.output_bytes);
            destroy_job(&jobs[i]);
        }
    }
    hyp_cpu_scheduler_destroy(scheduler);
    hyp_context_destroy(context);
    close(event.fd);
    free(jobs);
}

static void full_is_a_value(void **state)
{
    struct random random = {0x66756c6c};
    struct hyp_run *runs = calloc(HYP_CPU_MAX_RUNS + 1, sizeof *runs);
    hyp_context *context;
    void *card = open_cpu(2, &context);
    struct job job;

    (void)state;
    assert_non_null(runs);
    create_job(&job, &random, 1, LENGTHS_64);
    for (size_t i = 0; i <= HYP_CPU_MAX_RUNS; i++) {
        runs[i] = job.run;
        assert_int_equal(hyp_backend_cpu.start(card, &runs[i]),
                         i < HYP_CPU_MAX_RUNS ? HYP_OK : HYP_EAGAIN);
    }
    finish_runs(card, HYP_CPU_MAX_RUNS, HYP_OK);
    assert_int_equal(hyp_backend_cpu.start(card, &runs[0]), HYP_OK);
    finish_runs(card, 1, HYP_OK);
    destroy_job(&job);
    free(runs);
    close_cpu(card, context);
}

static void refused_batches(void **state)
{
    struct random random = {0x72656675};
    hyp_context *context;
    void *card = open_cpu(1, &context);
    struct job job;

    (void)state;
    create_job(&job, &random, 10, LENGTHS_64);
    hyp_batch_header *header = job.input.data;
    job.run.input_bytes = sizeof *header - 1;
    assert_int_equal(hyp_backend_cpu.start(card, &job.run), HYP_EBADBATCH);
    job.run.input_bytes = header->data_offset; /* the data lies outside */
    assert_int_equal(hyp_backend_cpu.start(card, &job.run), HYP_EBADBATCH);
    job.run.input_bytes = job.input.size;
    header->op = 0x7777;
    assert_int_equal(hyp_backend_cpu.start(card, &job.run), HYP_ENOTSUP);
    header->op = HYP_OP_KECCAK256;
    job.output.size = job.run.output_bytes - 1;
    assert_int_equal(hyp_backend_cpu.start(card, &job.run), HYP_EBADBATCH);
    job.output.size = 4096;
    assert_int_equal(hyp_backend_cpu.start(card, &job.run), HYP_OK);
    finish_runs(card, 1, HYP_OK);
    destroy_job(&job);
    close_cpu(card, context);
}

/* The whole data of a job as each of its messages: seconds of work in little memory. */
static void make_endless(struct job *job)
{
    hyp_batch_header *header = job->input.data;
    hyp_keccak_descriptor *descriptors =
        (hyp_keccak_descriptor *)((uint8_t *)job->input.data + header->descriptors_offset);

    for (uint32_t i = 0; i < header->item_count; i++) {
        descriptors[i] =
            (hyp_keccak_descriptor){header->data_offset, (uint32_t)header->data_length, 0};
    }
}

static void missed_deadline(void **state)
{
    unsigned threads = *(const unsigned *)*state;
    struct random random = {0x64656164};
    hyp_context *context;
    void *card = open_cpu(threads, &context);
    struct job late;
    struct job good;

    create_job(&late, &random, 20000, LENGTHS_TO_2000);
    make_endless(&late);
    create_job(&good, &random, 1000, LENGTHS_64);
    uint64_t start = hyp_clock_ns();
    late.run.deadline_ns = start + second_ns / 20;
    assert_int_equal(hyp_backend_cpu.start(card, &late.run), HYP_OK);
    finish_runs(card, 1, HYP_ETIMEDOUT);
    assert_true(hyp_clock_ns() - start < 20 * second_ns);
    assert_int_equal(hyp_backend_cpu.start(card, &good.run), HYP_OK);
    finish_runs(card, 1, HYP_OK);
    assert_memory_equal(good.output.data, good.want, good.run.output_bytes);
    destroy_job(&late);
    destroy_job(&good);
    close_cpu(card, context);
}

static void reset_stops_writing(void **state)
{
    unsigned threads = *(const unsigned *)*state;
    struct random random = {0x72657365};
    hyp_context *context;
    void *card = open_cpu(threads, &context);
    struct hyp_run *finished = NULL;
    struct job job;

    create_job(&job, &random, 20000, LENGTHS_TO_2000);
    make_endless(&job);
    assert_int_equal(hyp_backend_cpu.start(card, &job.run), HYP_OK);
    hyp_backend_cpu.progress(card, hyp_clock_ns() + second_ns / 100, &finished, NULL);
    assert_null(finished);
    assert_int_equal(hyp_backend_cpu.reset(card, NULL), HYP_OK);
    memset(job.output.data, 0x5a, job.output.size);
    usleep(20000);
    for (size_t i = 0; i < job.output.size; i++) {
        assert_int_equal(((uint8_t *)job.output.data)[i], 0x5a);
    }
    hyp_backend_cpu.progress(card, hyp_clock_ns() + second_ns / 100, &finished, NULL);
    assert_null(finished);
    destroy_job(&job);

    create_job(&job, &random, 500, LENGTHS_TO_2000);
    assert_int_equal(hyp_backend_cpu.start(card, &job.run), HYP_OK);
    finish_runs(card, 1, HYP_OK);
    assert_memory_equal(job.output.data, job.want, job.run.output_bytes);
    destroy_job(&job);
    close_cpu(card, context);
}

/* Chunks that last far longer than planned are handed out again from where they were stopped. */
static void underestimated_work(void **state)
{
    unsigned threads = *(const unsigned *)*state;
    struct random random = {0x756e6465};
    hyp_context *context;
    void *card = open_cpu(threads, &context);
    struct job job;

    create_job(&job, &random, 2000, LENGTHS_BELOW_64);
    make_endless(&job);
    hyp_op_keccak256.reference(job.input.data, job.run.input_bytes, NULL, job.want, 0, 2000);
    ((hyp_result_header *)(void *)job.want)->items_failed = 0;
    assert_int_equal(hyp_backend_cpu.start(card, &job.run), HYP_OK);
    finish_runs(card, 1, HYP_OK);
    assert_memory_equal(job.output.data, job.want, job.run.output_bytes);
    destroy_job(&job);
    close_cpu(card, context);
}

static void *wake_later(void *card)
{
    usleep(20000);
    hyp_backend_cpu.wake(card);
    return NULL;
}

static void wake_ends_waiting(void **state)
{
    hyp_context *context;
    void *card = open_cpu(2, &context);
    struct hyp_run *finished = NULL;
    pthread_t thread;

    (void)state;
    assert_int_equal(pthread_create(&thread, NULL, wake_later, card), 0);
    uint64_t start = hyp_clock_ns();
    assert_int_equal(hyp_backend_cpu.progress(card, start + 60 * second_ns, &finished, NULL),
                     HYP_OK);
    assert_true(hyp_clock_ns() - start < 30 * second_ns);
    assert_null(finished);
    pthread_join(thread, NULL);
    /* Without a wake it waits until the given time. */
    start = hyp_clock_ns();
    hyp_backend_cpu.progress(card, start + second_ns / 50, &finished, NULL);
    assert_true(hyp_clock_ns() - start >= second_ns / 50);
    close_cpu(card, context);
}

static void count_call(struct hyp_run *run)
{
    struct job *job = (struct job *)run;

    assert_true(run->items_done > job->told);
    job->told = run->items_done;
    job->calls++;
}

/* A run that starts again, after a reset, goes on behind the items that were told: their bytes,
 * here a mark, are not touched, but their statuses count. */
static void told_items_are_not_written_again(void **state)
{
    unsigned threads = *(const unsigned *)*state;
    struct random random = {0x746f6c64};
    hyp_context *context;
    void *card = open_cpu(threads, &context);
    static const uint32_t told[] = {0, 1, 100, 3999, 4000};

    for (size_t i = 0; i < sizeof told / sizeof *told; i++) {
        struct job job = {.told = told[i]};
        uint8_t mark[32];
        create_job(&job, &random, 4000, LENGTHS_TO_2000);
        uint8_t *output = job.output.data;
        uint8_t *results = output + hyp_results_offset(4000);
        memset(mark, 0x77, sizeof mark);
        memset(output + HYP_STATUS_OFFSET, HYP_STATUS_BAD_INPUT, told[i]);
        memset(results, 0x77, sizeof mark * told[i]);
        job.run.advanced = count_call;
        job.run.items_done = told[i];
        assert_int_equal(hyp_backend_cpu.start(card, &job.run), HYP_OK);
        finish_runs(card, 1, HYP_OK);
        uint32_t failed = told[i];
        for (uint32_t k = 0; k < 4000; k++) {
            const uint8_t *want = job.want + hyp_results_offset(4000) + 32 * (size_t)k;
            assert_memory_equal(results + 32 * (size_t)k, k < told[i] ? mark : want, 32);
            failed += k >= told[i] && job.want[HYP_STATUS_OFFSET + k] != HYP_STATUS_OK;
        }
        hyp_result_header header;
        memcpy(&header, output, sizeof header);
        assert_int_equal(header.items_failed, failed);
        /* One thread goes from front to back; of several, the one at the front may end last. */
        assert_true(job.calls > 0 || told[i] >= 3999 || threads > 1);
        destroy_job(&job);
    }
    struct job job = {0};
    create_job(&job, &random, 10, LENGTHS_TO_2000);
    job.run.items_done = 11;
    assert_int_equal(hyp_backend_cpu.start(card, &job.run), HYP_EBADBATCH);
    destroy_job(&job);
    close_cpu(card, context);
}

static void one_cpu_is_listed(void **state)
{
    struct hyp_device_info info;
    size_t count = 0;

    (void)state;
    assert_int_equal(hyp_backend_cpu.list(NULL, &info, 1, &count, NULL), HYP_OK);
    assert_int_equal(count, 1);
    assert_string_equal(info.name, "cpu");
    assert_true(strlen(info.description) > 0);
    assert_int_equal(hyp_backend_cpu.list(NULL, &info, 1, &count, NULL), HYP_OK);
    assert_int_equal(count, 2);
}

static const unsigned one = 1;
static const unsigned two = 2;
static const unsigned three = 3;
static const unsigned eight = 8;

#define WITH_THREADS(test, threads)                                                                \
    {                                                                                              \
#test " with threads: " #threads, test, NULL, NULL, (void *)&(threads)                     \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_THREADS(many_batches, one),
        WITH_THREADS(many_batches, two),
        WITH_THREADS(many_batches, three),
        WITH_THREADS(many_batches, eight),
        WITH_THREADS(step_by_step, one),
        WITH_THREADS(step_by_step, three),
        cmocka_unit_test(full_is_a_value),
        cmocka_unit_test(refused_batches),
        WITH_THREADS(missed_deadline, one),
        WITH_THREADS(missed_deadline, three),
        WITH_THREADS(underestimated_work, one),
        WITH_THREADS(underestimated_work, three),
        WITH_THREADS(reset_stops_writing, one),
        WITH_THREADS(reset_stops_writing, three),
        WITH_THREADS(told_items_are_not_written_again, one),
        WITH_THREADS(told_items_are_not_written_again, three),
        cmocka_unit_test(wake_ends_waiting),
        cmocka_unit_test(one_cpu_is_listed),
    };
    return cmocka_run_group_tests_name("cpu backend", tests, NULL, NULL);
}
