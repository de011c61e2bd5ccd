/* Items of a job that are final before the job is: hyp_queue_items_done and hyp_queue_wait_items on
 * the device "cpu". */
#include <stdlib.h>
#include <string.h>

#include "host/src/recover/recover.h"
#include "hyperion/hyperion.h"
#include "tests/recover/signatures.h"
#include "tests/support/test.h"

enum { DISTINCT = 64, CPU_THREADS = 2 };

static hyp_context *context;
static hyp_device *device;
static hyp_ecrecover_descriptor signatures[DISTINCT];
static uint8_t statuses[DISTINCT];
static uint8_t keys[DISTINCT][64];

/* Every eighth signature is spoilt. */
static int setup(void **state)
{
    hyp_context_options options = HYP_CONTEXT_OPTIONS_INIT;
    struct random_source random = {0x6561726c};

    (void)state;
    for (unsigned i = 0; i < DISTINCT; i++) {
        sign_random(&random, &signatures[i]);
        signatures[i].recid = i % 8 == 7 ? 9 : signatures[i].recid;
        statuses[i] = hyp_recover_single(&signatures[i], 0, keys[i]);
    }
    options.cpu_threads = CPU_THREADS;
    return hyp_context_create(&options, &context, NULL) ||
           hyp_device_open(context, "cpu", NULL, &device, NULL);
}

static int teardown(void **state)
{
    (void)state;
    hyp_device_close(device);
    hyp_context_destroy(context);
    return 0;
}

static hyp_ecrecover_batch *create_batch(uint32_t items)
{
    hyp_ecrecover_batch *batch;

    assert_int_equal(hyp_ecrecover_batch_create(device, items, 0, &batch), HYP_OK);
    for (uint32_t i = 0; i < items; i++) {
        const hyp_ecrecover_descriptor *from = &signatures[i % DISTINCT];
        assert_int_equal(hyp_ecrecover_batch_add(batch, from->hash, from->r, from->s, from->recid),
                         i);
    }
    return batch;
}

static void check_items(const hyp_ecrecover_batch *batch, uint32_t first, uint32_t last)
{
    static const uint8_t zero[64];

    for (uint32_t i = first; i < last; i++) {
        uint8_t status = statuses[i % DISTINCT];
        assert_int_equal(hyp_ecrecover_batch_status(batch, i), status);
        assert_memory_equal(hyp_ecrecover_batch_public_key(batch, i),
                            status == HYP_STATUS_OK ? keys[i % DISTINCT] : zero, 64);
    }
}

static hyp_queue *create_queue(void)
{
    hyp_queue *queue;

    assert_int_equal(hyp_queue_create(device, NULL, &queue), HYP_OK);
    return queue;
}

static void submit(hyp_queue *queue, hyp_ecrecover_batch *batch, uint64_t deadline_ns)
{
    hyp_job job = hyp_ecrecover_batch_job(batch, batch);

    job.deadline_ns = deadline_ns;
    assert_int_equal(hyp_queue_submit(queue, &job, 1), 1);
}

/* Reads every item as soon as it is told to be final, to the end. Returns how many were when the
 * reader first woke. */
static uint32_t follow(hyp_queue *queue, const hyp_ecrecover_batch *batch)
{
    uint32_t items = hyp_ecrecover_batch_count(batch);
    uint32_t seen = 0;
    uint32_t first = 0;

    while (seen < items) {
        int done = hyp_queue_wait_items(queue, batch, seen + 1, UINT64_MAX);
        assert_in_range(done, seen + 1, items);
        assert_true(hyp_queue_items_done(queue, batch) >= done);
        check_items(batch, seen, (uint32_t)done);
        seen = (uint32_t)done;
        first = first ? first : seen;
    }
    return first;
}

static void reap(hyp_queue *queue, const hyp_ecrecover_batch *batch, int result)
{
    hyp_completion completion;

    assert_int_equal(hyp_queue_wait(queue, UINT64_MAX), HYP_OK);
    assert_int_equal(hyp_queue_reap(queue, &completion, 1), 1);
    assert_ptr_equal(completion.user, batch);
    assert_int_equal(completion.result, result);
    if (result == HYP_OK) {
        uint32_t failed = 0;
        for (uint32_t i = 0; i < hyp_ecrecover_batch_count(batch); i++) {
            failed += statuses[i % DISTINCT] != HYP_STATUS_OK;
        }
        assert_int_equal(completion.items_failed, failed);
    }
}

/* A reader may be kept from its CPU while a whole batch is computed, but not every time. */
static void results_come_before_the_end(void **state)
{
    enum { ITEMS = 8192, ROUNDS = 20 };
    hyp_ecrecover_batch *batch = create_batch(ITEMS);
    hyp_queue *queue = create_queue();
    bool early = false;

    (void)state;
    for (int round = 0; round < ROUNDS && !early; round++) {
        submit(queue, batch, 0);
        early = follow(queue, batch) < ITEMS / 2;
        reap(queue, batch, HYP_OK);
    }
    assert_true(early);
    hyp_queue_destroy(queue);
    hyp_ecrecover_batch_destroy(batch);
}

/* Sizes around those of chunks, several jobs at once, each by its own name. */
static void several_jobs(void **state)
{
    static const uint32_t sizes[] = {1, 2, 15, 16, 17, 255, 256, 257, 300, 1023};
    enum { JOBS = sizeof sizes / sizeof *sizes };
    hyp_ecrecover_batch *batches[JOBS];
    hyp_queue *queue = create_queue();

    (void)state;
    for (int i = 0; i < JOBS; i++) {
        batches[i] = create_batch(sizes[i]);
        submit(queue, batches[i], 0);
    }
    for (int i = JOBS; i-- > 0;) {
        follow(queue, batches[i]);
    }
    for (int i = 0; i < JOBS; i++) {
        hyp_completion completion;
        assert_int_equal(hyp_queue_wait(queue, UINT64_MAX), HYP_OK);
        assert_int_equal(hyp_queue_reap(queue, &completion, 1), 1);
        assert_int_equal(completion.result, HYP_OK);
        assert_int_equal(hyp_queue_items_done(queue, completion.user), HYP_EINVAL);
    }
    for (int i = 0; i < JOBS; i++) {
        hyp_ecrecover_batch_destroy(batches[i]);
    }
    hyp_queue_destroy(queue);
}

static void jobs_that_are_not_there(void **state)
{
    hyp_ecrecover_batch *batch = create_batch(1);
    hyp_queue *queue = create_queue();

    (void)state;
    assert_int_equal(hyp_queue_items_done(NULL, batch), HYP_EINVAL);
    assert_int_equal(hyp_queue_wait_items(NULL, batch, 1, UINT64_MAX), HYP_EINVAL);
    assert_int_equal(hyp_queue_items_done(queue, batch), HYP_EINVAL);
    assert_int_equal(hyp_queue_wait_items(queue, batch, 1, UINT64_MAX), HYP_EINVAL);
    submit(queue, batch, 0);
    /* More than there are: until the job has completed. */
    assert_int_equal(hyp_queue_wait_items(queue, batch, 5, UINT64_MAX), 1);
    assert_int_equal(hyp_queue_items_done(queue, batch), 1);
    reap(queue, batch, HYP_OK);
    assert_int_equal(hyp_queue_items_done(queue, batch), HYP_EINVAL);
    hyp_queue_destroy(queue);
    hyp_ecrecover_batch_destroy(batch);
}

/* What was told stays true when the job misses its deadline; the wait ends with the job. */
static void a_job_that_is_late(void **state)
{
    enum { ITEMS = 65536 };
    hyp_ecrecover_batch *batch = create_batch(ITEMS);
    hyp_queue *queue = create_queue();

    (void)state;
    submit(queue, batch, hyp_clock_ns() + 10000000);
    int done = hyp_queue_wait_items(queue, batch, ITEMS, UINT64_MAX);
    assert_in_range(done, 0, ITEMS - 1);
    reap(queue, batch, HYP_ETIMEDOUT);
    check_items(batch, 0, (uint32_t)done);
    hyp_queue_destroy(queue);
    hyp_ecrecover_batch_destroy(batch);
}

/* Another job misses its deadline. The one that is being read goes on. */
static void a_late_job_under_a_reader(void **state)
{
    enum { ITEMS = 16384, ROUNDS = 5 };
    hyp_ecrecover_batch *batch = create_batch(ITEMS);
    hyp_ecrecover_batch *late = create_batch(ITEMS);
    hyp_queue *queue = create_queue();
    hyp_queue *other = create_queue();

    (void)state;
    for (unsigned round = 0; round < ROUNDS; round++) {
        submit(queue, batch, 0);
        submit(other, late, hyp_clock_ns() + 1000000 + 3000000 * (uint64_t)round);
        follow(queue, batch);
        reap(queue, batch, HYP_OK);
        check_items(batch, 0, ITEMS);
        reap(other, late, HYP_ETIMEDOUT);
    }
    hyp_queue_destroy(queue);
    hyp_queue_destroy(other);
    hyp_ecrecover_batch_destroy(batch);
    hyp_ecrecover_batch_destroy(late);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(results_come_before_the_end), cmocka_unit_test(several_jobs),
        cmocka_unit_test(jobs_that_are_not_there),     cmocka_unit_test(a_job_that_is_late),
        cmocka_unit_test(a_late_job_under_a_reader),
    };
    return cmocka_run_group_tests_name("early results", tests, setup, teardown);
}
