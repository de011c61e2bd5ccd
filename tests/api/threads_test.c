/* Many threads, one context, one device: each with a queue of its own. */
#include <pthread.h>
#include <string.h>

#include "hyperion/hyperion.h"
#include "tests/support/test.h"

enum { THREADS = 4, ROUNDS = 100, BATCHES = 3, ITEMS = 20 };

struct worker {
    hyp_device *device;
    unsigned seed;
    int wrong;
};

static void fill(hyp_keccak_batch *batch, unsigned seed)
{
    uint8_t message[ITEMS];

    hyp_keccak_batch_clear(batch);
    memset(message, (int)(seed & 0xff), sizeof message);
    for (unsigned i = 0; i < ITEMS; i++) {
        hyp_keccak_batch_add(batch, message, i);
    }
}

static int count_wrong(const hyp_keccak_batch *batch, unsigned seed)
{
    uint8_t message[ITEMS];
    uint8_t want[32];
    int wrong = 0;

    memset(message, (int)(seed & 0xff), sizeof message);
    for (unsigned i = 0; i < ITEMS; i++) {
        hyp_keccak256(message, i, want);
        wrong += memcmp(want, hyp_keccak_batch_digest(batch, i), 32) != 0;
    }
    return wrong;
}

static int run_round(hyp_queue *queue, hyp_keccak_batch **batches, unsigned seed)
{
    hyp_completion completion;
    hyp_job jobs[BATCHES];
    int wrong = 0;

    for (unsigned i = 0; i < BATCHES; i++) {
        fill(batches[i], seed + i);
        jobs[i] = hyp_keccak_batch_job(batches[i], batches[i]);
    }
    if (hyp_queue_submit(queue, jobs, BATCHES) != BATCHES) {
        return 1;
    }
    for (int reaped = 0; reaped < BATCHES;) {
        hyp_queue_wait(queue, UINT64_MAX);
        if (hyp_queue_reap(queue, &completion, 1) == 1) {
            reaped++;
            wrong += completion.result != HYP_OK;
        }
    }
    for (unsigned i = 0; i < BATCHES; i++) {
        wrong += count_wrong(batches[i], seed + i);
    }
    return wrong;
}

static void *work(void *argument)
{
    struct worker *worker = argument;
    hyp_keccak_batch *batches[BATCHES] = {NULL};
    hyp_queue *queue = NULL;

    worker->wrong += hyp_queue_create(worker->device, NULL, &queue) != HYP_OK;
    for (int i = 0; i < BATCHES; i++) {
        worker->wrong += hyp_keccak_batch_create(worker->device, ITEMS, 8 * ITEMS * ITEMS,
                                                 &batches[i]) != HYP_OK;
    }
    for (unsigned round = 0; round < ROUNDS && !worker->wrong; round++) {
        worker->wrong += run_round(queue, batches, worker->seed + round);
    }
    hyp_queue_destroy(queue);
    for (int i = 0; i < BATCHES; i++) {
        hyp_keccak_batch_destroy(batches[i]);
    }
    return NULL;
}

static void each_thread_gets_its_own_results(void **state)
{
    hyp_context_options options = HYP_CONTEXT_OPTIONS_INIT;
    struct worker workers[THREADS];
    pthread_t threads[THREADS];
    hyp_context *context;
    hyp_device *device;

    (void)state;
    options.cpu_threads = 3;
    assert_int_equal(hyp_context_create(&options, &context, NULL), HYP_OK);
    assert_int_equal(hyp_device_open(context, "cpu", NULL, &device, NULL), HYP_OK);
    for (unsigned i = 0; i < THREADS; i++) {
        workers[i] = (struct worker){device, 1000 * i, 0};
        assert_int_equal(pthread_create(&threads[i], NULL, work, &workers[i]), 0);
    }
    for (unsigned i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(workers[i].wrong, 0);
    }
    hyp_device_close(device);
    hyp_context_destroy(context);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(each_thread_gets_its_own_results)};
    return cmocka_run_group_tests_name("threads", tests, NULL, NULL);
}
