/* Four threads on one set whose cards fail at random, and an operator who lets cards in again that
 * failed three times: every job comes back once, right or with an error that is allowed, and none
 * is late. HYP_CHAOS_SECONDS sets the length, HYP_CHAOS_SEED repeats the faults and messages of a
 * run (not what the threads make of them). */
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "host/src/dispatch/set.h"
#include "hyperion/hyperion.h"
#include "tests/api/scripted_backend.h"
#include "tests/support/test.h"

enum { THREADS = 4, JOBS = 3, MOST_ITEMS = 300 };

static uint64_t chaos_seed;

/* Sanitizers cost ten times as much: a CPU starved besides must not look late. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { USUAL_SECONDS = 12 };
static const uint64_t job_ns = UINT64_C(8000000000);
#else
enum { USUAL_SECONDS = 120 };
static const uint64_t job_ns = UINT64_C(2000000000);
#endif
/* What a loaded machine may add to a deadline, sanitizers included. */
static const uint64_t slack_ns = UINT64_C(2000000000);

struct worker {
    hyp_device *device;
    uint64_t random;
    uint64_t end_ns;
    uint64_t jobs;
    uint64_t items; /* of jobs that came back right */
    uint64_t errors;
    int error; /* the last of these */
    uint64_t wrong;
    uint64_t late;
    uint64_t strange; /* completions that nobody waited for */
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
        worker->error = completion->result;
        nanosleep(&(struct timespec){0, 1000000}, NULL); /* for cards to come back */
    } else if (is_right(job)) {
        worker->items += job->items;
    } else {
        worker->wrong++;
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

/* One run in `one_in` fails, in one of the ways there are; known answers fail too, after a reset.
 */
static void script(unsigned one_in, uint64_t *random)
{
    static const enum scripted_fault faults[] = {
        SCRIPTED_DIE,         SCRIPTED_FAIL_RUN,       SCRIPTED_REFUSE,    SCRIPTED_HANG,
        SCRIPTED_WRONG_MAGIC, SCRIPTED_WRONG_SEQUENCE, SCRIPTED_WRONG_CRC, SCRIPTED_WRONG_INPUT_CRC,
        SCRIPTED_WRONG_COUNT, SCRIPTED_WRONG_DIGEST,
    };
    enum { OPENING = 16 };

    for (int c = 0; c < SCRIPTED_CARDS; c++) {
        scripted_cards[c].units = 2;
        scripted_cards[c].item_cost_ns = 50; /* so that it has its share on any machine */
        scripted_cards[c].chaos.faults = faults;
        scripted_cards[c].chaos.count = sizeof faults / sizeof faults[0];
        scripted_cards[c].chaos.one_in = one_in;
        scripted_cards[c].chaos.first = OPENING;
        scripted_cards[c].chaos.random = draw(random);
    }
}

/* Lets members in again that have failed for good. Returns how many it were. */
static uint64_t readmit(hyp_device *device)
{
    uint64_t readmitted = 0;
    hyp_device_status status;

    for (uint32_t i = 0; i < hyp_device_member_count(device); i++) {
        if (hyp_device_get_status(device, i, &status) == HYP_OK &&
            status.state == HYP_STATE_FAILED) {
            readmitted += hyp_device_readmit(device, i) == HYP_OK;
        }
    }
    return readmitted;
}

static uint64_t operate(hyp_device *device, uint64_t end_ns)
{
    uint64_t readmitted = 0;

    while (hyp_clock_ns() < end_ns) {
        nanosleep(&(struct timespec){0, 100000000}, NULL);
        readmitted += readmit(device);
    }
    return readmitted;
}

static bool all_are_ready(hyp_device *device)
{
    hyp_device_status status;

    for (uint32_t i = 0; i < hyp_device_member_count(device); i++) {
        if (hyp_device_get_status(device, i, &status) || status.state != HYP_STATE_READY) {
            return false;
        }
    }
    return true;
}

/* When nothing fails any more, every member is well again: none was lost on the way. */
static bool all_come_back(hyp_device *device)
{
    enum { MESSAGES = 200 };
    static const uint8_t message[200];
    static uint8_t digests[MESSAGES * 32];
    const void *messages[MESSAGES];
    size_t lengths[MESSAGES];
    uint64_t patience_ns = hyp_clock_ns() + UINT64_C(60000000000);

    scripted_lock();
    for (int i = 0; i < SCRIPTED_CARDS; i++) {
        scripted_cards[i].chaos.one_in = UINT32_MAX;
    }
    scripted_unlock();
    for (int i = 0; i < MESSAGES; i++) {
        messages[i] = message;
        lengths[i] = sizeof message;
    }
    while (!all_are_ready(device) && hyp_clock_ns() < patience_ns) {
        readmit(device);
        hyp_keccak256_batch(device, messages, lengths, MESSAGES, hyp_clock_ns() + job_ns, digests);
        nanosleep(&(struct timespec){0, 1000000}, NULL);
    }
    return all_are_ready(device);
}

static void report(const struct worker *all, uint64_t readmitted)
{
    uint64_t faults = 0;
    uint64_t resets = 0;

    for (int i = 0; i < SCRIPTED_CARDS; i++) {
        faults += scripted_cards[i].chaos.began;
        resets += scripted_cards[i].resets;
    }
    printf("# %" PRIu64 " jobs, %" PRIu64 " items right, %" PRIu64 " errors (%s), %" PRIu64
           " wrong, %" PRIu64 " late; %" PRIu64 " faults, %" PRIu64 " resets, %" PRIu64
           " readmissions\n",
           all->jobs, all->items, all->errors, hyp_strerror(all->error), all->wrong, all->late,
           faults, resets, readmitted);
    fflush(stdout);
}

static uint64_t from_environment(const char *name, uint64_t otherwise)
{
    const char *text = getenv(name);
    return text && *text ? strtoull(text, NULL, 0) : otherwise;
}

/* A third of the time for each. */
static uint64_t length_s(void)
{
    uint64_t seconds = from_environment("HYP_CHAOS_SECONDS", USUAL_SECONDS);
    return seconds > 3 ? seconds / 3 : 1;
}

static void run_chaos(const char *members, hyp_split_mode split, bool errors_allowed)
{
    hyp_device_options options = HYP_DEVICE_OPTIONS_INIT;
    struct worker workers[THREADS];
    struct worker all = {0};
    pthread_t threads[THREADS];
    uint64_t random = chaos_seed;
    uint64_t end_ns;
    hyp_context *context;
    hyp_device *device;
    hyp_error error = {0, ""};

    scripted_clear();
    script(errors_allowed ? 16 : 8, &random); /* a card that is out alone does nothing */
    assert_int_equal(hyp_context_create(NULL, &context, NULL), HYP_OK);
    context->extra_backend = &scripted_backend;
    options.split = split;
    assert_int_equal(hyp_device_open(context, members, &options, &device, &error), HYP_OK);
    end_ns = hyp_clock_ns() + length_s() * UINT64_C(1000000000);
    for (unsigned i = 0; i < THREADS; i++) {
        workers[i] = (struct worker){.device = device, .random = draw(&random), .end_ns = end_ns};
        assert_int_equal(pthread_create(&threads[i], NULL, work, &workers[i]), 0);
    }
    uint64_t readmitted = operate(device, end_ns);
    for (unsigned i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        all.jobs += workers[i].jobs;
        all.items += workers[i].items;
        all.errors += workers[i].errors;
        all.error = workers[i].errors ? workers[i].error : all.error;
        all.wrong += workers[i].wrong;
        all.late += workers[i].late;
        all.strange += workers[i].strange;
    }
    bool recovered = all_come_back(device);
    hyp_device_close(device);
    hyp_context_destroy(context);
    report(&all, readmitted);
    assert_true(recovered);
    assert_int_equal(all.wrong, 0);
    assert_int_equal(all.strange, 0);
    assert_int_equal(all.late, 0);
    assert_true(errors_allowed || all.errors == 0);
    assert_true(all.jobs > THREADS * JOBS);
    uint64_t resets = 0;
    for (int i = 0; i < SCRIPTED_CARDS; i++) {
        /* A card that is closed with work on it is not told of that work's memory any more. */
        assert_in_range(scripted_cards[i].memories, 0, 2 * SET_MEMBER_MOST_JOBS);
        resets += scripted_cards[i].resets;
    }
    assert_true(resets > 0); /* the chaos was there */
}

static void with_the_cpu_no_job_fails(void **state)
{
    (void)state;
    run_chaos("scripted:0,scripted:1,scripted:2,cpu", HYP_SPLIT_BY_COST, false);
}

/* Where the CPU is fast it does most, and cards hardly come to fail. Here they have their share. */
static void with_even_shares_no_job_fails(void **state)
{
    (void)state;
    run_chaos("scripted:0,scripted:1,scripted:2,cpu", HYP_SPLIT_EVENLY, false);
}

static void with_cards_alone_no_answer_is_wrong(void **state)
{
    (void)state;
    run_chaos("scripted:0,scripted:1,scripted:2", HYP_SPLIT_BY_COST, true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(with_the_cpu_no_job_fails),
        cmocka_unit_test(with_even_shares_no_job_fails),
        cmocka_unit_test(with_cards_alone_no_answer_is_wrong),
    };

    chaos_seed = from_environment("HYP_CHAOS_SEED", hyp_clock_ns() ^ (uint64_t)time(NULL) << 32);
    printf("# HYP_CHAOS_SEED=%" PRIu64 "\n", chaos_seed);
    fflush(stdout);
    return cmocka_run_group_tests_name("chaos", tests, NULL, NULL);
}
