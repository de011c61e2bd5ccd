/* Queues on the CPU device: acceptance, order of ownership, events, misuse. */
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "hyperion/hyperion.h"
#include "tests/support/test.h"

static hyp_context *context;
static hyp_device *device;

static int open_cpu(void **state)
{
    hyp_context_options options = HYP_CONTEXT_OPTIONS_INIT;

    (void)state;
    options.cpu_threads = 2;
    return hyp_context_create(&options, &context, NULL) ||
           hyp_device_open(context, "cpu", NULL, &device, NULL);
}

static int close_cpu(void **state)
{
    (void)state;
    hyp_device_close(device);
    hyp_context_destroy(context);
    return 0;
}

static hyp_keccak_batch *one_message(void)
{
    hyp_keccak_batch *batch;
    assert_int_equal(hyp_keccak_batch_create(device, 1, 64, &batch), HYP_OK);
    assert_int_equal(hyp_keccak_batch_add(batch, "abc", 3), 0);
    return batch;
}

static hyp_queue *queue_of_depth(uint32_t depth)
{
    hyp_queue_options options = HYP_QUEUE_OPTIONS_INIT;
    hyp_queue *queue;
    options.depth = depth;
    assert_int_equal(hyp_queue_create(device, &options, &queue), HYP_OK);
    return queue;
}

static void full_queue_accepts_a_part(void **state)
{
    hyp_queue *queue = queue_of_depth(3);
    hyp_keccak_batch *batches[5];
    hyp_job jobs[5];
    hyp_completion completions[5];
    int reaped = 0;

    (void)state;
    for (int i = 0; i < 5; i++) {
        batches[i] = one_message();
        jobs[i] = hyp_keccak_batch_job(batches[i], batches[i]);
    }
    assert_int_equal(hyp_queue_submit(queue, jobs, 5), 3);
    /* Done or not, nothing is free before it is reaped. */
    assert_int_equal(hyp_queue_submit(queue, jobs + 3, 2), 0);
    while (reaped < 3) {
        assert_int_equal(hyp_queue_wait(queue, UINT64_MAX), HYP_OK);
        reaped += hyp_queue_reap(queue, completions + reaped, 5 - (size_t)reaped);
    }
    assert_int_equal(hyp_queue_wait(queue, UINT64_MAX), HYP_EAGAIN);
    assert_int_equal(hyp_queue_submit(queue, jobs + 3, 2), 2);
    hyp_queue_destroy(queue);
    for (int i = 0; i < 5; i++) {
        hyp_keccak_batch_destroy(batches[i]);
    }
}

static void completions_carry_what_was_given(void **state)
{
    hyp_queue *queue = queue_of_depth(0);
    hyp_keccak_batch *batch = one_message();
    hyp_job job = hyp_keccak_batch_job(batch, &job);
    hyp_completion completion;

    (void)state;
    uint64_t before = hyp_clock_ns();
    assert_int_equal(hyp_queue_submit(queue, &job, 1), 1);
    assert_int_equal(hyp_queue_wait(queue, UINT64_MAX), HYP_OK);
    assert_int_equal(hyp_queue_reap(queue, &completion, 1), 1);
    assert_ptr_equal(completion.user, &job);
    assert_int_equal(completion.result, HYP_OK);
    assert_true(before <= completion.submitted_ns);
    assert_true(completion.submitted_ns <= completion.started_ns);
    assert_true(completion.started_ns <= completion.finished_ns);
    assert_int_equal(hyp_queue_reap(queue, &completion, 1), 0);
    hyp_queue_destroy(queue);
    hyp_keccak_batch_destroy(batch);
}

static bool readable(int fd, int timeout_ms)
{
    struct pollfd entry = {fd, POLLIN, 0};
    return poll(&entry, 1, timeout_ms) == 1;
}

static void eventfd_is_readable_while_completions_wait(void **state)
{
    hyp_queue *queue = queue_of_depth(4);
    hyp_keccak_batch *first = one_message();
    hyp_keccak_batch *second = one_message();
    hyp_job jobs[] = {hyp_keccak_batch_job(first, first), hyp_keccak_batch_job(second, second)};
    hyp_completion completion;

    (void)state;
    int fd = hyp_queue_eventfd(queue);
    assert_false(readable(fd, 0));
    assert_int_equal(hyp_queue_submit(queue, jobs, 2), 2);
    for (int reaped = 0; reaped < 2;) {
        assert_true(readable(fd, 5000));
        reaped += hyp_queue_reap(queue, &completion, 1);
    }
    assert_false(readable(fd, 0));
    hyp_queue_destroy(queue);
    hyp_keccak_batch_destroy(first);
    hyp_keccak_batch_destroy(second);
}

static void eventfd_asked_for_late(void **state)
{
    hyp_queue *queue = queue_of_depth(4);
    hyp_keccak_batch *batch = one_message();
    hyp_job job = hyp_keccak_batch_job(batch, batch);

    (void)state;
    assert_int_equal(hyp_queue_submit(queue, &job, 1), 1);
    assert_int_equal(hyp_queue_wait(queue, UINT64_MAX), HYP_OK);
    assert_true(readable(hyp_queue_eventfd(queue), 0));
    hyp_queue_destroy(queue);
    hyp_keccak_batch_destroy(batch);
}

static void malformed_jobs_are_refused(void **state)
{
    hyp_queue *queue = queue_of_depth(0);
    hyp_keccak_batch *batch = one_message();
    hyp_job good = hyp_keccak_batch_job(batch, NULL);
    hyp_batch_header *header = hyp_buffer_data(good.input);
    const hyp_batch_header kept = *header;
    hyp_job job = good;

    (void)state;
    job.input = NULL;
    assert_int_equal(hyp_queue_submit(queue, &job, 1), HYP_EINVAL);
    job = good;
    job.output = job.input;
    assert_int_equal(hyp_queue_submit(queue, &job, 1), HYP_EINVAL);
    job = good;
    job.input_bytes = hyp_buffer_size(job.input) + 1;
    assert_int_equal(hyp_queue_submit(queue, &job, 1), HYP_EINVAL);
    job.input_bytes = sizeof *header - 1;
    assert_int_equal(hyp_queue_submit(queue, &job, 1), HYP_EBADBATCH);

#define REFUSED(field, value, code)                                                                \
    do {                                                                                           \
        header->field = (value);                                                                   \
        assert_int_equal(hyp_queue_submit(queue, &good, 1), (code));                               \
        *header = kept;                                                                            \
    } while (0)
    REFUSED(magic, 0, HYP_EBADBATCH);
    REFUSED(layout_version, 1, HYP_EBADBATCH);
    REFUSED(op, 999, HYP_ENOTSUP);
    REFUSED(flags, 1, HYP_EBADBATCH);
    REFUSED(item_count, 2, HYP_EBADBATCH);
    REFUSED(item_count, HYP_BATCH_MAX_ITEMS + 1, HYP_ETOOBIG);
    REFUSED(descriptors_offset, 65, HYP_EBADBATCH);
    REFUSED(descriptors_offset, 0, HYP_EBADBATCH);
    REFUSED(descriptors_offset, UINT64_MAX - 63, HYP_EBADBATCH);
    REFUSED(data_offset, 1 << 20, HYP_EBADBATCH);
    REFUSED(data_length, UINT64_MAX, HYP_EBADBATCH);
    REFUSED(result_beats, 1, HYP_EBADBATCH);
    REFUSED(crc32c, 1, HYP_EBADBATCH);
#undef REFUSED
    assert_int_equal(hyp_queue_submit(queue, &good, 1), 1);
    assert_int_equal(hyp_queue_submit(NULL, &good, 1), HYP_EINVAL);
    assert_int_equal(hyp_queue_submit(queue, NULL, 1), HYP_EINVAL);
    assert_int_equal(hyp_queue_submit(queue, NULL, 0), 0);
    hyp_queue_destroy(queue);
    hyp_keccak_batch_destroy(batch);
}

static void output_that_is_too_small_is_refused(void **state)
{
    hyp_queue *queue = queue_of_depth(0);
    hyp_keccak_batch *batch;
    hyp_buffer *small;

    (void)state;
    assert_int_equal(hyp_keccak_batch_create(device, 200, 0, &batch), HYP_OK);
    assert_int_equal(hyp_buffer_create(device, 1, &small), HYP_OK);
    assert_int_equal(hyp_buffer_size(small), 4096);
    for (int i = 0; i < 200; i++) {
        assert_int_equal(hyp_keccak_batch_add(batch, NULL, 0), i);
    }
    hyp_job job = hyp_keccak_batch_job(batch, NULL);
    job.output = small;
    assert_int_equal(hyp_queue_submit(queue, &job, 1), HYP_ETOOBIG);
    hyp_queue_destroy(queue);
    hyp_buffer_destroy(small);
    hyp_keccak_batch_destroy(batch);
}

static void a_deadline_in_the_past(void **state)
{
    hyp_queue *queue = queue_of_depth(0);
    hyp_keccak_batch *batch = one_message();
    hyp_job job = hyp_keccak_batch_job(batch, NULL);
    hyp_completion completion;

    (void)state;
    job.deadline_ns = 1;
    assert_int_equal(hyp_queue_submit(queue, &job, 1), 1);
    assert_int_equal(hyp_queue_wait(queue, UINT64_MAX), HYP_OK);
    assert_int_equal(hyp_queue_reap(queue, &completion, 1), 1);
    assert_int_equal(completion.result, HYP_ETIMEDOUT);
    assert_int_equal(hyp_queue_wait(queue, 1), HYP_EAGAIN);
    hyp_queue_destroy(queue);
    hyp_keccak_batch_destroy(batch);
}

/* A batch of messages that are all the same MiB, which takes long and needs little memory. */
static hyp_job long_job(uint32_t items)
{
    enum { LENGTH = 1 << 20 };
    const hyp_batch_header header = {.magic = HYP_BATCH_INPUT_MAGIC,
                                     .layout_version = HYP_BATCH_LAYOUT_VERSION,
                                     .op = HYP_OP_KECCAK256,
                                     .item_count = items,
                                     .descriptors_offset = sizeof header,
                                     .descriptors_length = items * sizeof(hyp_keccak_descriptor),
                                     .data_offset = sizeof header + header.descriptors_length,
                                     .data_length = LENGTH};
    hyp_job job = {.input_bytes = header.data_offset + LENGTH};

    assert_int_equal(hyp_buffer_create(device, job.input_bytes, &job.input), HYP_OK);
    assert_int_equal(hyp_buffer_create(device, 128 + 96 * (size_t)items, &job.output), HYP_OK);
    memcpy(hyp_buffer_data(job.input), &header, sizeof header);
    for (uint32_t i = 0; i < items; i++) {
        const hyp_keccak_descriptor item = {header.data_offset, LENGTH, 0};
        memcpy((uint8_t *)hyp_buffer_data(job.input) + sizeof header + i * sizeof item, &item,
               sizeof item);
    }
    return job;
}

/* The CPU takes many jobs at once, and needs no reset to forget one: those beside it go on, however
 * many come too late behind them. */
static void late_jobs_leave_the_others_alone(void **state)
{
    hyp_queue *queue = queue_of_depth(0);
    hyp_keccak_batch *batch = one_message();
    hyp_job late = hyp_keccak_batch_job(batch, batch);
    hyp_job busy = long_job(512);
    hyp_completion completion = {.user = batch};
    hyp_device_status status;
    unsigned missed = 0;

    (void)state;
    assert_int_equal(hyp_queue_submit(queue, &busy, 1), 1);
    while (completion.user) {
        late.deadline_ns = hyp_clock_ns() + 5000000;
        assert_int_equal(hyp_queue_submit(queue, &late, 1), 1);
        assert_int_equal(hyp_queue_wait(queue, UINT64_MAX), HYP_OK);
        assert_int_equal(hyp_queue_reap(queue, &completion, 1), 1);
        missed += completion.result == HYP_ETIMEDOUT;
    }
    assert_int_equal(completion.result, HYP_OK);
    assert_true(missed > 0);
    assert_int_equal(hyp_device_get_status(device, 0, &status), HYP_OK);
    assert_int_equal(status.resets, 0);
    hyp_queue_destroy(queue);
    hyp_keccak_batch_destroy(batch);
    hyp_buffer_destroy(busy.input);
    hyp_buffer_destroy(busy.output);
}

/* Jobs of a queue that has many wait where others can overtake them, also on the CPU, which could
 * take them all. */
static void many_long_jobs_do_not_hold_up_another_queue(void **state)
{
    enum { JOBS = 16, MESSAGES = 64, LENGTH = 1 << 17, MOST_BEFORE = 6 };
    hyp_queue_options options = HYP_QUEUE_OPTIONS_INIT;
    hyp_keccak_batch *batches[JOBS];
    hyp_keccak_batch *small = one_message();
    hyp_job urgent = hyp_keccak_batch_job(small, small);
    hyp_queue *bulk = queue_of_depth(JOBS);
    uint8_t *message = calloc(1, LENGTH);
    hyp_job jobs[JOBS];
    hyp_completion completions[JOBS];
    hyp_completion first;
    hyp_queue *latency;
    int before = 0;

    (void)state;
    assert_non_null(message);
    options.priority = HYP_PRIORITY_LATENCY;
    assert_int_equal(hyp_queue_create(device, &options, &latency), HYP_OK);
    for (int i = 0; i < JOBS; i++) {
        assert_int_equal(hyp_keccak_batch_create(device, MESSAGES, MESSAGES * LENGTH, &batches[i]),
                         HYP_OK);
        for (int k = 0; k < MESSAGES; k++) {
            assert_int_equal(hyp_keccak_batch_add(batches[i], message, LENGTH), k);
        }
        jobs[i] = hyp_keccak_batch_job(batches[i], NULL);
    }
    assert_int_equal(hyp_queue_submit(bulk, jobs, JOBS), JOBS);
    assert_int_equal(hyp_queue_wait(bulk, UINT64_MAX), HYP_OK);
    assert_int_equal(hyp_queue_submit(latency, &urgent, 1), 1);
    assert_int_equal(hyp_queue_wait(latency, UINT64_MAX), HYP_OK);
    assert_int_equal(hyp_queue_reap(latency, &first, 1), 1);
    for (int reaped = 0; reaped < JOBS;) {
        assert_int_equal(hyp_queue_wait(bulk, UINT64_MAX), HYP_OK);
        reaped += hyp_queue_reap(bulk, completions + reaped, JOBS - (size_t)reaped);
    }
    for (int i = 0; i < JOBS; i++) {
        before += completions[i].finished_ns > first.submitted_ns &&
                  completions[i].finished_ns < first.finished_ns;
        hyp_keccak_batch_destroy(batches[i]);
    }
    assert_in_range(before, 0, MOST_BEFORE);
    hyp_queue_destroy(latency);
    hyp_queue_destroy(bulk);
    hyp_keccak_batch_destroy(small);
    free(message);
}

/* What a job costs does not depend on how many wait with it: all are done long before the minute is
 * over that they have. */
static void the_deepest_queue(void **state)
{
    enum { DEPTH = 65536, OUTPUTS = 64 };
    hyp_context_options options = HYP_CONTEXT_OPTIONS_INIT;
    hyp_queue_options queue_options = HYP_QUEUE_OPTIONS_INIT;
    hyp_job *jobs = calloc(DEPTH, sizeof *jobs);
    hyp_completion *completions = calloc(DEPTH, sizeof *completions);
    hyp_buffer *outputs[OUTPUTS];
    hyp_context *alone;
    hyp_device *cpu;
    hyp_queue *queue;
    hyp_keccak_batch *batch;

    (void)state;
    assert_true(jobs && completions);
    options.cpu_threads = 1; /* so that jobs may have the same output */
    queue_options.depth = DEPTH;
    assert_int_equal(hyp_context_create(&options, &alone, NULL), HYP_OK);
    assert_int_equal(hyp_device_open(alone, "cpu", NULL, &cpu, NULL), HYP_OK);
    assert_int_equal(hyp_queue_create(cpu, &queue_options, &queue), HYP_OK);
    assert_int_equal(hyp_keccak_batch_create(cpu, 1, 64, &batch), HYP_OK);
    assert_int_equal(hyp_keccak_batch_add(batch, "abc", 3), 0);
    hyp_job job = hyp_keccak_batch_job(batch, NULL);
    for (int i = 0; i < OUTPUTS; i++) {
        assert_int_equal(hyp_buffer_create(cpu, 1, &outputs[i]), HYP_OK);
    }
    for (int i = 0; i < DEPTH; i++) {
        jobs[i] = job;
        jobs[i].output = outputs[i % OUTPUTS];
    }
    assert_int_equal(hyp_queue_submit(queue, jobs, DEPTH), DEPTH);
    for (int reaped = 0; reaped < DEPTH;) {
        assert_int_equal(hyp_queue_wait(queue, UINT64_MAX), HYP_OK);
        reaped += hyp_queue_reap(queue, completions + reaped, DEPTH - (size_t)reaped);
    }
    for (int i = 0; i < DEPTH; i++) {
        assert_int_equal(completions[i].result, HYP_OK);
    }
    hyp_queue_destroy(queue);
    for (int i = 0; i < OUTPUTS; i++) {
        hyp_buffer_destroy(outputs[i]);
    }
    hyp_keccak_batch_destroy(batch);
    hyp_device_close(cpu);
    hyp_context_destroy(alone);
    free(jobs);
    free(completions);
}

/* No timeout is too long to be added to the time. */
static void the_longest_timeout(void **state)
{
    hyp_device_options options = HYP_DEVICE_OPTIONS_INIT;
    hyp_device *patient;
    const void *message = "abc";
    size_t length = 3;
    uint8_t digest[32];

    (void)state;
    options.job_timeout_ns = UINT64_MAX;
    assert_int_equal(hyp_device_open(context, "cpu", &options, &patient, NULL), HYP_OK);
    assert_int_equal(hyp_keccak256_batch(patient, &message, &length, 1, 0, digest), HYP_OK);
    hyp_device_close(patient);
}

static void creation_is_checked(void **state)
{
    hyp_queue_options options = HYP_QUEUE_OPTIONS_INIT;
    hyp_queue *queue;
    hyp_buffer *buffer;

    (void)state;
    options.depth = 65537;
    assert_int_equal(hyp_queue_create(device, &options, &queue), HYP_EINVAL);
    assert_int_equal(hyp_queue_create(NULL, NULL, &queue), HYP_EINVAL);
    assert_int_equal(hyp_queue_create(device, NULL, NULL), HYP_EINVAL);
    assert_int_equal(hyp_buffer_create(device, 0, &buffer), HYP_EINVAL);
    assert_int_equal(hyp_buffer_create(device, SIZE_MAX, &buffer), HYP_ETOOBIG);
    assert_int_equal(hyp_buffer_create(device, SIZE_MAX / 4, &buffer), HYP_ENOMEM);
    hyp_buffer_destroy(NULL);
    hyp_queue_destroy(NULL);
    assert_int_equal(hyp_queue_cancel(NULL, NULL), HYP_EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(full_queue_accepts_a_part),
        cmocka_unit_test(completions_carry_what_was_given),
        cmocka_unit_test(eventfd_is_readable_while_completions_wait),
        cmocka_unit_test(eventfd_asked_for_late),
        cmocka_unit_test(malformed_jobs_are_refused),
        cmocka_unit_test(output_that_is_too_small_is_refused),
        cmocka_unit_test(a_deadline_in_the_past),
        cmocka_unit_test(late_jobs_leave_the_others_alone),
        cmocka_unit_test(many_long_jobs_do_not_hold_up_another_queue),
        cmocka_unit_test(the_deepest_queue),
        cmocka_unit_test(the_longest_timeout),
        cmocka_unit_test(creation_is_checked),
    };
    return cmocka_run_group_tests_name("queue", tests, open_cpu, close_cpu);
}
