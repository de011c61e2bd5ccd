/* Four threads on one set whose cards fail at random: every job comes back once, right or with an
 * error that is allowed, and none is late. HYP_CHAOS_SECONDS sets the length. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "hyperion/hyperion.h"
#include "tests/api/scripted_backend.h"
#include "tests/support/test.h"

enum { THREADS = 4, JOBS = 3, MOST_ITEMS = 300 };

static const uint64_t job_ns = UINT64_C(2000000000);
/* What a loaded machine may add to a deadline, sanitizers included. */
static const uint64_t slack_ns = UINT64_C(2000000000);

struct worker {
    hyp_device *device;
    uint64_t random;
    uint64_t end_ns;
    unsigned jobs;
    unsigned errors;
    unsigned wrong;
    unsigned late;
    unsigned strange; /* completions that nobody waited for */
};

static uint64_t draw(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *state >> 33;
}

struct job {
    hyp_keccak_batch *batch;
    uint64_t seed;
    uint32_t items;
    uint64_t deadline_ns;
    bool waiting;
};

static size_t message_of(uint64_t *random, uint8_t message[256])
{
    size_t length = draw(random) % 256;
    memset(message, (int)(draw(random) & 0xff), length);
    return length;
}

static void fill(struct job *job, uint64_t seed)
{
    uint8_t message[256];
    uint64_t random = seed;

    job->seed = seed;
    job->items = 1 + (uint32_t)(draw(&random) % MOST_ITEMS);
    hyp_keccak_batch_clear(job->batch);
    for (uint32_t i = 0; i < job->items; i++) {
        size_t length = message_of(&random, message);
        hyp_keccak_batch_add(job->batch, message, length);
    }
}

static bool is_right(const struct job *job)
{
    uint8_t message[256];
    uint8_t want[32];
    uint64_t random = job->seed;

    draw(&random);
    for (uint32_t i = 0; i < job->items; i++) {
        size_t length = message_of(&random, message);
        hyp_keccak256(message, length, want);
        if (memcmp(want, hyp_keccak_batch_digest(job->batch, i), 32) != 0) {
            return false;
        }
    }
    return true;
}

static void submit(struct worker *worker, hyp_queue *queue, struct job *job)
{
    fill(job, draw(&worker->random));
    hyp_job submitted = hyp_keccak_batch_job(job->batch, job);
    job->deadline_ns = submitted.deadline_ns = hyp_clock_ns() + job_ns;
    job->waiting = hyp_queue_submit(queue, &submitted, 1) == 1;
    worker->strange += !job->waiting;
    worker->jobs++;
}

static void take(struct worker *worker, const hyp_completion *completion)
{
    struct job *job = completion->user;

    worker->strange += !job->waiting;
    job->waiting = false;
    worker->late += completion->finished_ns > job->deadline_ns + slack_ns;
    if (completion->result) {
        worker->errors++;
    } else {
        worker->wrong += !is_right(job);
    }
}

static void *work(void *argument)
{
    struct worker *worker = argument;
    hyp_queue_options options = HYP_QUEUE_OPTIONS_INIT;
    struct job jobs[JOBS] = {0};
    hyp_completion completion;
    hyp_queue *queue = NULL;

    options.verify = HYP_VERIFY_STRICT;
    worker->strange += hyp_queue_create(worker->device, &options, &queue) != HYP_OK;
    for (int i = 0; i < JOBS; i++) {
        worker->strange += hyp_keccak_batch_create(worker->device, MOST_ITEMS, MOST_ITEMS * 256,
                                                   &jobs[i].batch) != HYP_OK;
    }
    while (!worker->strange && hyp_clock_ns() < worker->end_ns) {
        for (int i = 0; i < JOBS; i++) {
            if (!jobs[i].waiting) {
                submit(worker, queue, &jobs[i]);
            }
        }
        hyp_queue_wait(queue, UINT64_MAX);
        while (hyp_queue_reap(queue, &completion, 1) == 1) {
            take(worker, &completion);
        }
    }
    while (hyp_queue_wait(queue, UINT64_MAX) == HYP_OK) {
        hyp_queue_reap(queue, &completion, 1);
        take(worker, &completion);
    }
    for (int i = 0; i < JOBS; i++) {
        worker->strange += jobs[i].waiting;
        hyp_keccak_batch_destroy(jobs[i].batch);
    }
    hyp_queue_destroy(queue);
    return NULL;
}

/* One run in eight fails, in one of the ways there are. Known answers fail too, now and then. */
static void script(uint64_t *random)
{
    static const enum scripted_fault faults[] = {
        SCRIPTED_DIE,         SCRIPTED_FAIL_RUN,       SCRIPTED_REFUSE,
        SCRIPTED_WRONG_MAGIC, SCRIPTED_WRONG_SEQUENCE, SCRIPTED_WRONG_COUNT,
        SCRIPTED_WRONG_CRC,   SCRIPTED_WRONG_DIGEST,
    };
    enum { OPENING = 16 };

    for (int c = 0; c < SCRIPTED_CARDS; c++) {
        scripted_cards[c].units = 2;
        scripted_cards[c].item_cost_ns = 50; /* so that it has its share on any machine */
        for (int i = OPENING; i < 64; i++) {
            bool fails = draw(random) % 8 == 0;
            scripted_cards[c].fault_at[i] =
                fails ? faults[draw(random) % (sizeof faults / sizeof faults[0])] : SCRIPTED_NONE;
        }
    }
}

static void run_chaos(const char *members, unsigned seconds, bool errors_allowed)
{
    struct worker workers[THREADS];
    pthread_t threads[THREADS];
    uint64_t random = 20260101;
    hyp_context *context;
    hyp_device *device;
    hyp_error error = {0, ""};
    unsigned jobs = 0;

    scripted_clear();
    script(&random);
    assert_int_equal(hyp_context_create(NULL, &context, NULL), HYP_OK);
    context->extra_backend = &scripted_backend;
    assert_int_equal(hyp_device_open(context, members, NULL, &device, &error), HYP_OK);
    for (unsigned i = 0; i < THREADS; i++) {
        workers[i] = (struct worker){.device = device,
                                     .random = draw(&random),
                                     .end_ns = hyp_clock_ns() + seconds * UINT64_C(1000000000)};
        assert_int_equal(pthread_create(&threads[i], NULL, work, &workers[i]), 0);
    }
    for (unsigned i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(workers[i].wrong, 0);
        assert_int_equal(workers[i].strange, 0);
        assert_int_equal(workers[i].late, 0);
        assert_true(errors_allowed || workers[i].errors == 0);
        jobs += workers[i].jobs;
    }
    assert_true(jobs > THREADS * JOBS);
    hyp_device_close(device);
    hyp_context_destroy(context);
    for (int i = 0; i < SCRIPTED_CARDS; i++) {
        assert_int_equal(scripted_cards[i].memories, 0);
        assert_true(scripted_cards[i].resets > 0); /* the chaos was there */
    }
}

static unsigned length_s(unsigned share)
{
    const char *text = getenv("HYP_CHAOS_SECONDS");
    unsigned seconds = text ? (unsigned)atoi(text) : 12;
    return seconds > share ? seconds / share : 1;
}

static void with_the_cpu_no_job_fails(void **state)
{
    (void)state;
    run_chaos("scripted:0,scripted:1,scripted:2,cpu", length_s(2), false);
}

static void with_cards_alone_no_answer_is_wrong(void **state)
{
    (void)state;
    run_chaos("scripted:0,scripted:1,scripted:2", length_s(2), true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(with_the_cpu_no_job_fails),
        cmocka_unit_test(with_cards_alone_no_answer_is_wrong),
    };
    return cmocka_run_group_tests_name("chaos", tests, NULL, NULL);
}
