/* Sets of cards that fail as scripted: every result right, every job completed once, none late. */
#include <string.h>

#include "host/src/dispatch/set.h"
#include "hyperion/hyperion.h"
#include "tests/api/scripted_backend.h"
#include "tests/support/test.h"

struct fixture {
    hyp_context *context;
    hyp_device *device;
    hyp_queue *queue;
    hyp_keccak_batch *batch;
};

enum { ITEMS = 600 };

static const uint64_t second = UINT64_C(1000000000);
/* What an item costs where half a batch on another card is worth the threads that it wakes. */
static const uint64_t worth_sharing_ns = 500;
/* What a loaded machine may add to a deadline, sanitizers included. */
static const uint64_t slack_ns = UINT64_C(5000000000);

static struct fixture open_with(const char *names, hyp_verify_mode verify,
                                const hyp_device_options *device_options)
{
    hyp_queue_options options = HYP_QUEUE_OPTIONS_INIT;
    struct fixture fixture = {0};
    hyp_error error = {0, ""};

    options.verify = verify;
    assert_int_equal(hyp_context_create(NULL, &fixture.context, NULL), HYP_OK);
    fixture.context->extra_backend = &scripted_backend;
    assert_int_equal(
        hyp_device_open(fixture.context, names, device_options, &fixture.device, &error), HYP_OK);
    assert_int_equal(hyp_queue_create(fixture.device, &options, &fixture.queue), HYP_OK);
    assert_int_equal(hyp_keccak_batch_create(fixture.device, ITEMS, ITEMS * 208, &fixture.batch),
                     HYP_OK);
    for (uint32_t i = 0; i < ITEMS; i++) {
        uint8_t message[200];
        memset(message, (int)(i & 0xff), sizeof message);
        assert_int_equal(hyp_keccak_batch_add(fixture.batch, message, i % 200), i);
    }
    return fixture;
}

static struct fixture open_set(const char *names, hyp_verify_mode verify)
{
    return open_with(names, verify, NULL);
}

/* Every member gets its share, however little the CPU needs help. */
static struct fixture open_even_set(const char *names, hyp_verify_mode verify)
{
    hyp_device_options options = HYP_DEVICE_OPTIONS_INIT;

    options.split = HYP_SPLIT_EVENLY;
    return open_with(names, verify, &options);
}

static void close_set(struct fixture *fixture)
{
    hyp_queue_destroy(fixture->queue);
    hyp_keccak_batch_destroy(fixture->batch);
    hyp_device_close(fixture->device);
    hyp_context_destroy(fixture->context);
    for (int i = 0; i < SCRIPTED_CARDS; i++) {
        /* A card that is closed with work on it is not told of that work's memory any more. */
        assert_in_range(scripted_cards[i].memories, 0, 2 * SET_MEMBER_MOST_JOBS);
        assert_int_equal(scripted_cards[i].opens, scripted_cards[i].closes);
    }
}

/* Cards that say of themselves that they are as fast as each other, and faster than any CPU: so
 * they get work however busy the machine is. */
static int reset_scripts(void **state)
{
    (void)state;
    scripted_clear();
    for (int i = 0; i < SCRIPTED_CARDS; i++) {
        scripted_cards[i].item_cost_ns = 50;
    }
    return 0;
}

/* From now on, every run of this card does so. */
static void fail_from_now_on(struct scripted_card *card, enum scripted_fault fault)
{
    scripted_lock();
    for (int i = 0; i < 64; i++) {
        card->fault_at[i] = fault;
    }
    scripted_unlock();
}

/* The next run of this card does so, and only that one. */
static void fail_next(struct scripted_card *card, enum scripted_fault fault)
{
    scripted_lock();
    card->fault_at[card->started % 64] = fault;
    scripted_unlock();
}

static unsigned runs_of(const struct scripted_card *card)
{
    scripted_lock();
    unsigned started = card->started;
    scripted_unlock();
    return started;
}

static unsigned resets_of(const struct scripted_card *card)
{
    scripted_lock();
    unsigned resets = card->resets;
    scripted_unlock();
    return resets;
}

static int run_job(struct fixture *fixture, uint64_t timeout_ns)
{
    hyp_job job = hyp_keccak_batch_job(fixture->batch, fixture->batch);
    hyp_completion completion;

    job.deadline_ns = hyp_clock_ns() + timeout_ns;
    assert_int_equal(hyp_queue_submit(fixture->queue, &job, 1), 1);
    assert_int_equal(hyp_queue_wait(fixture->queue, UINT64_MAX), HYP_OK);
    assert_int_equal(hyp_queue_reap(fixture->queue, &completion, 1), 1);
    assert_int_equal(hyp_queue_reap(fixture->queue, &completion, 1), 0);
    assert_true(completion.finished_ns < job.deadline_ns + slack_ns);
    return completion.result;
}

static void check_digests(const struct fixture *fixture)
{
    for (uint32_t i = 0; i < ITEMS; i++) {
        uint8_t message[200];
        uint8_t want[32];
        memset(message, (int)(i & 0xff), sizeof message);
        hyp_keccak256(message, i % 200, want);
        assert_int_equal(hyp_keccak_batch_status(fixture->batch, i), HYP_STATUS_OK);
        assert_memory_equal(hyp_keccak_batch_digest(fixture->batch, i), want, 32);
    }
}

static void members_share_a_batch(void **state)
{
    (void)state;
    scripted_cards[0].item_cost_ns = scripted_cards[1].item_cost_ns = worth_sharing_ns;
    struct fixture fixture = open_set("scripted:0,scripted:1", HYP_VERIFY_SAMPLED);
    assert_int_equal(hyp_device_get_info(fixture.device)->kind, HYP_DEVICE_SET);
    const unsigned before[] = {runs_of(&scripted_cards[0]), runs_of(&scripted_cards[1])};
    for (int i = 0; i < 20; i++) {
        assert_int_equal(run_job(&fixture, 30 * second), HYP_OK);
        check_digests(&fixture);
    }
    assert_true(runs_of(&scripted_cards[0]) > before[0] && runs_of(&scripted_cards[1]) > before[1]);
    close_set(&fixture);
}

static void every_fault_of_one_member_is_healed_by_the_other(void **state)
{
    static const enum scripted_fault faults[] = {
        SCRIPTED_DIE,         SCRIPTED_FAIL_RUN,       SCRIPTED_REFUSE,
        SCRIPTED_WRONG_MAGIC, SCRIPTED_WRONG_SEQUENCE, SCRIPTED_WRONG_COUNT,
        SCRIPTED_WRONG_CRC,   SCRIPTED_WRONG_INPUT_CRC};
    for (size_t f = 0; f < sizeof faults / sizeof faults[0]; f++) {
        reset_scripts(state);
        struct fixture fixture = open_even_set("scripted:0,cpu", HYP_VERIFY_SAMPLED);
        unsigned before = runs_of(&scripted_cards[0]);
        fail_from_now_on(&scripted_cards[0], faults[f]);
        for (int i = 0; i < 8; i++) {
            assert_int_equal(run_job(&fixture, 30 * second), HYP_OK);
            check_digests(&fixture);
        }
        assert_true(runs_of(&scripted_cards[0]) > before);
        close_set(&fixture);
    }
}

static void a_late_member_is_left_behind_before_the_deadline(void **state)
{
    (void)state;
    struct fixture fixture = open_even_set("scripted:0,cpu", HYP_VERIFY_SAMPLED);
    fail_next(&scripted_cards[0], SCRIPTED_HANG);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(run_job(&fixture, 4 * second), HYP_OK);
        check_digests(&fixture);
    }
    /* The card is reset at the same time, in a thread of its own. */
    struct timespec pause = {0, 10000000};
    for (int i = 0; i < 2000 && resets_of(&scripted_cards[0]) == 0; i++) {
        nanosleep(&pause, NULL);
    }
    assert_int_equal(resets_of(&scripted_cards[0]), 1);
    close_set(&fixture);
}

static void strict_lets_no_lie_out(void **state)
{
    (void)state;
    struct fixture fixture = open_even_set("scripted:0,scripted:1,cpu", HYP_VERIFY_STRICT);
    fail_from_now_on(&scripted_cards[0], SCRIPTED_WRONG_DIGEST);
    fail_from_now_on(&scripted_cards[1], SCRIPTED_WRONG_DIGEST);
    for (int i = 0; i < 10; i++) {
        assert_int_equal(run_job(&fixture, 30 * second), HYP_OK);
        check_digests(&fixture);
    }
    assert_true(resets_of(&scripted_cards[0]) > 0 && resets_of(&scripted_cards[1]) > 0);
    close_set(&fixture);
}

enum { SMALL_ITEMS = 10, MOST_SMALL = 60 };

/* Jobs of a few messages, each different from all others. */
static void make_small_jobs(const struct fixture *fixture, hyp_keccak_batch **batches,
                            hyp_job *jobs, int count)
{
    for (int i = 0; i < count; i++) {
        assert_int_equal(
            hyp_keccak_batch_create(fixture->device, SMALL_ITEMS, SMALL_ITEMS * 8, &batches[i]),
            HYP_OK);
        for (int item = 0; item < SMALL_ITEMS; item++) {
            const int message[2] = {i, item};
            hyp_keccak_batch_add(batches[i], message, sizeof message);
        }
        jobs[i] = hyp_keccak_batch_job(batches[i], NULL);
    }
}

static void check_small_job(const hyp_keccak_batch *batch, int index)
{
    for (int item = 0; item < SMALL_ITEMS; item++) {
        const int message[2] = {index, item};
        uint8_t want[32];
        hyp_keccak256(message, sizeof message, want);
        assert_int_equal(hyp_keccak_batch_status(batch, (uint32_t)item), HYP_STATUS_OK);
        assert_memory_equal(hyp_keccak_batch_digest(batch, (uint32_t)item), want, sizeof want);
    }
}

static void reap(struct fixture *fixture, int count)
{
    hyp_completion completion;

    while (count > 0) {
        assert_int_equal(hyp_queue_wait(fixture->queue, UINT64_MAX), HYP_OK);
        while (hyp_queue_reap(fixture->queue, &completion, 1) == 1) {
            assert_int_equal(completion.result, HYP_OK);
            count--;
        }
    }
}

static void check_small_jobs(hyp_keccak_batch **batches, int count)
{
    for (int i = 0; i < count; i++) {
        check_small_job(batches[i], i);
        hyp_keccak_batch_destroy(batches[i]);
    }
}

static void finish_small_jobs(struct fixture *fixture, hyp_keccak_batch **batches, int count)
{
    reap(fixture, count);
    check_small_jobs(batches, count);
}

static hyp_device_state state_of(const struct fixture *fixture, uint32_t member)
{
    hyp_device_status status;

    assert_int_equal(hyp_device_get_status(fixture->device, member, &status), HYP_OK);
    return status.state;
}

/* Where the deadline is far, nobody waits until a member has failed: others do its work meanwhile.
 */
static void a_hung_member_is_overtaken(void **state)
{
    (void)state;
    struct fixture fixture = open_even_set("scripted:0,cpu", HYP_VERIFY_STRICT);
    fail_next(&scripted_cards[0], SCRIPTED_HANG);
    assert_int_equal(run_job(&fixture, 60 * second), HYP_OK);
    check_digests(&fixture);
    unsigned runs = runs_of(&scripted_cards[0]);
    assert_int_equal(state_of(&fixture, 0), HYP_STATE_SUSPECT);
    for (int i = 0; i < 4; i++) { /* of these it gets nothing */
        assert_int_equal(run_job(&fixture, 60 * second), HYP_OK);
        check_digests(&fixture);
    }
    assert_int_equal(runs_of(&scripted_cards[0]), runs);
    close_set(&fixture);
    assert_int_equal(resets_of(&scripted_cards[0]), 0); /* which it is when it is given up */
}

/* Of a member that was overtaken nothing bad is thought once it is back. */
static void an_overtaken_member_comes_back(void **state)
{
    struct timespec pause = {0, 10000000};

    (void)state;
    struct fixture fixture = open_even_set("scripted:0,cpu", HYP_VERIFY_STRICT);
    fail_next(&scripted_cards[0], SCRIPTED_HOLD);
    assert_int_equal(run_job(&fixture, 60 * second), HYP_OK);
    check_digests(&fixture);
    assert_int_equal(state_of(&fixture, 0), HYP_STATE_SUSPECT);
    scripted_release(&scripted_cards[0]);
    for (int i = 0; i < 2000 && state_of(&fixture, 0) != HYP_STATE_READY; i++) {
        nanosleep(&pause, NULL);
        assert_int_equal(run_job(&fixture, 60 * second), HYP_OK);
    }
    assert_int_equal(state_of(&fixture, 0), HYP_STATE_READY);
    assert_int_equal(resets_of(&scripted_cards[0]), 0);
    unsigned runs = runs_of(&scripted_cards[0]);
    assert_int_equal(run_job(&fixture, 60 * second), HYP_OK);
    assert_true(runs_of(&scripted_cards[0]) > runs);
    close_set(&fixture);
}

/* Where all are slower than they should be, work waits for them: it does not fail. */
static void overtaken_members_get_work_where_there_are_no_others(void **state)
{
    enum { JOBS = 3 };
    hyp_keccak_batch *batches[JOBS];
    hyp_job jobs[JOBS];
    struct timespec pause = {0, 10000000};

    (void)state;
    struct fixture fixture = open_even_set("scripted:0,scripted:1", HYP_VERIFY_STRICT);
    hyp_job large = hyp_keccak_batch_job(fixture.batch, NULL);
    make_small_jobs(&fixture, batches, jobs, JOBS);
    fail_next(&scripted_cards[0], SCRIPTED_HOLD);
    fail_next(&scripted_cards[1], SCRIPTED_HOLD);
    assert_int_equal(hyp_queue_submit(fixture.queue, &large, 1), 1);
    for (int i = 0; i < 500 && (state_of(&fixture, 0) != HYP_STATE_SUSPECT ||
                                state_of(&fixture, 1) != HYP_STATE_SUSPECT);
         i++) {
        nanosleep(&pause, NULL);
    }
    assert_int_equal(state_of(&fixture, 0), HYP_STATE_SUSPECT);
    assert_int_equal(state_of(&fixture, 1), HYP_STATE_SUSPECT);
    assert_int_equal(hyp_device_last_fault(fixture.device, NULL), HYP_OK);
    assert_int_equal(hyp_queue_submit(fixture.queue, jobs, JOBS), JOBS);
    scripted_release(&scripted_cards[0]);
    scripted_release(&scripted_cards[1]);
    reap(&fixture, JOBS + 1);
    check_small_jobs(batches, JOBS);
    check_digests(&fixture);
    close_set(&fixture);
}

static void small_jobs_start_together(void **state)
{
    hyp_keccak_batch *batches[MOST_SMALL];
    hyp_job jobs[MOST_SMALL];

    (void)state;
    struct fixture fixture = open_set("scripted:0,scripted:1", HYP_VERIFY_STRICT);
    make_small_jobs(&fixture, batches, jobs, MOST_SMALL);
    unsigned before = runs_of(&scripted_cards[0]) + runs_of(&scripted_cards[1]);
    assert_int_equal(hyp_queue_submit(fixture.queue, jobs, MOST_SMALL), MOST_SMALL);
    finish_small_jobs(&fixture, batches, MOST_SMALL);
    unsigned runs = runs_of(&scripted_cards[0]) + runs_of(&scripted_cards[1]) - before;
    assert_true(runs >= MOST_SMALL / SET_MOST_PARTS && runs < MOST_SMALL / 4);
    close_set(&fixture);
}

/* A lie about one of them: all that started together are done again, and all are right. */
static void jobs_that_started_together_fail_together(void **state)
{
    static const enum scripted_fault faults[] = {SCRIPTED_DIE, SCRIPTED_FAIL_RUN, SCRIPTED_REFUSE,
                                                 SCRIPTED_WRONG_DIGEST, SCRIPTED_WRONG_CRC};
    hyp_keccak_batch *batches[MOST_SMALL];
    hyp_job jobs[MOST_SMALL];

    for (size_t f = 0; f < sizeof faults / sizeof faults[0]; f++) {
        reset_scripts(state);
        struct fixture fixture = open_set("scripted:0,scripted:1", HYP_VERIFY_STRICT);
        make_small_jobs(&fixture, batches, jobs, MOST_SMALL);
        fail_next(&scripted_cards[0], faults[f]);
        assert_int_equal(hyp_queue_submit(fixture.queue, jobs, MOST_SMALL), MOST_SMALL);
        finish_small_jobs(&fixture, batches, MOST_SMALL);
        close_set(&fixture);
    }
}

/* While the card is busy with the first, the second waits for company, but only so long. */
static void a_small_job_does_not_wait_for_company_for_long(void **state)
{
    hyp_keccak_batch *batches[2];
    hyp_job jobs[2];

    (void)state;
    scripted_cards[0].units = 2;
    scripted_cards[1].item_cost_ns = second; /* nobody would wait for that one */
    struct fixture fixture = open_set("scripted:0,scripted:1", HYP_VERIFY_STRICT);
    make_small_jobs(&fixture, batches, jobs, 2);
    unsigned before = runs_of(&scripted_cards[0]);
    fail_next(&scripted_cards[0], SCRIPTED_HOLD);
    assert_int_equal(hyp_queue_submit(fixture.queue, &jobs[0], 1), 1);
    assert_true(scripted_wait_started(&scripted_cards[0], before + 1));
    assert_int_equal(hyp_queue_submit(fixture.queue, &jobs[1], 1), 1);
    assert_true(scripted_wait_started(&scripted_cards[0], before + 2));
    scripted_release(&scripted_cards[0]);
    finish_small_jobs(&fixture, batches, 2);
    close_set(&fixture);
}

/* However many jobs wait for the fast member, the slow one would only make them later. */
static void a_slow_member_does_not_get_what_a_fast_one_would_do_sooner(void **state)
{
    hyp_keccak_batch *batches[MOST_SMALL];
    hyp_job jobs[MOST_SMALL];

    (void)state;
    scripted_cards[0].item_cost_ns = second;
    struct fixture fixture = open_set("scripted:0,cpu", HYP_VERIFY_SAMPLED);
    make_small_jobs(&fixture, batches, jobs, MOST_SMALL);
    unsigned before = runs_of(&scripted_cards[0]);
    assert_int_equal(hyp_queue_submit(fixture.queue, jobs, MOST_SMALL), MOST_SMALL);
    finish_small_jobs(&fixture, batches, MOST_SMALL);
    assert_int_equal(runs_of(&scripted_cards[0]), before);
    close_set(&fixture);
}

/* For drills: what it costs does not count, as long as the member is well. */
static uint64_t items_of(const struct fixture *fixture, uint32_t member)
{
    hyp_op_stats stats;

    assert_int_equal(hyp_device_get_op_stats(fixture->device, member, HYP_OP_KECCAK256, &stats),
                     HYP_OK);
    return stats.items;
}

/* However slow it is, and whatever checking its answers costs the CPU. */
static void an_even_split_gives_a_slow_member_its_share(void **state)
{
    enum { JOBS = 3 };
    (void)state;
    scripted_cards[0].item_cost_ns = 200000;
    struct fixture fixture = open_even_set("scripted:0,cpu", HYP_VERIFY_STRICT);
    const uint64_t before[] = {items_of(&fixture, 0), items_of(&fixture, 1)};
    for (int i = 0; i < JOBS; i++) {
        unsigned runs = runs_of(&scripted_cards[0]);
        assert_int_equal(run_job(&fixture, 30 * second), HYP_OK);
        check_digests(&fixture);
        assert_int_equal(runs_of(&scripted_cards[0]), runs + 1);
    }
    for (uint32_t m = 0; m < 2; m++) { /* half of the permutations: some messages take two */
        uint64_t items = items_of(&fixture, m) - before[m];
        assert_in_range(items, JOBS * ITEMS * 49 / 100, JOBS * ITEMS * 51 / 100);
    }
    fail_from_now_on(&scripted_cards[0], SCRIPTED_DIE);
    assert_int_equal(run_job(&fixture, 30 * second), HYP_OK);
    check_digests(&fixture);
    close_set(&fixture);
}

/* As in "auto": a node starts with what there is. */
static void a_member_that_cannot_be_opened_may_be_absent(void **state)
{
    hyp_device_options options = HYP_DEVICE_OPTIONS_INIT;
    hyp_device_status status;
    hyp_op_stats stats;
    hyp_context *context;
    hyp_device *device;
    hyp_error error = {0, ""};

    (void)state;
    assert_int_equal(hyp_context_create(NULL, &context, NULL), HYP_OK);
    context->extra_backend = &scripted_backend;
    assert_int_equal(hyp_device_open(context, "scripted:9,cpu", &options, &device, &error),
                     HYP_ENODEV);
    options.allow_absent = true;
    assert_int_equal(hyp_device_open(context, "gpu,cpu", &options, &device, &error), HYP_EINVAL);
    assert_int_equal(hyp_device_open(context, "scripted:8,scripted:9", &options, &device, &error),
                     HYP_ENODEV);
    assert_non_null(strstr(error.message, "none of scripted:8,scripted:9"));
    assert_int_equal(hyp_device_open(context, "scripted:9,cpu", &options, &device, &error), HYP_OK);
    assert_int_equal(hyp_device_get_status(device, 0, &status), HYP_OK);
    assert_string_equal(status.name, "scripted:9");
    assert_int_equal(status.state, HYP_STATE_ABSENT);
    assert_int_equal(status.last_fault.code, HYP_ENODEV);
    assert_int_equal(hyp_device_get_op_stats(device, 0, HYP_OP_KECCAK256, &stats), HYP_ENOTSUP);
    assert_int_equal(hyp_device_readmit(device, 0), HYP_OK);
    assert_int_equal(hyp_device_get_status(device, 1, &status), HYP_OK);
    assert_int_equal(status.state, HYP_STATE_READY);
    hyp_device_close(device);
    hyp_context_destroy(context);
}

static void the_rest_works_where_one_is_absent(void **state)
{
    hyp_device_options options = HYP_DEVICE_OPTIONS_INIT;

    (void)state;
    options.allow_absent = true;
    struct fixture fixture = open_with("scripted:9,cpu", HYP_VERIFY_SAMPLED, &options);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(run_job(&fixture, 30 * second), HYP_OK);
        check_digests(&fixture);
    }
    close_set(&fixture);
}

static void all_members_down_is_an_error_at_once(void **state)
{
    (void)state;
    struct fixture fixture = open_set("scripted:0,scripted:1", HYP_VERIFY_SAMPLED);
    fail_from_now_on(&scripted_cards[0], SCRIPTED_DIE);
    fail_from_now_on(&scripted_cards[1], SCRIPTED_DIE);
    uint64_t before = hyp_clock_ns();
    assert_int_equal(run_job(&fixture, 60 * second), HYP_EDEVICE);
    assert_int_equal(run_job(&fixture, 60 * second), HYP_EDEVICE);
    assert_true(hyp_clock_ns() - before < 20 * second);
    hyp_error error = {0, ""};
    assert_int_equal(hyp_device_last_fault(fixture.device, &error), HYP_EDEVICE);
    assert_non_null(strstr(error.message, "scripted:0 is "));
    assert_non_null(strstr(error.message, "scripted:1 is "));
    close_set(&fixture);
}

static void a_member_comes_back_after_its_pause(void **state)
{
    struct timespec pause = {0, 400000000};

    (void)state;
    scripted_cards[0].item_cost_ns = scripted_cards[1].item_cost_ns = worth_sharing_ns;
    struct fixture fixture = open_set("scripted:0,scripted:1", HYP_VERIFY_SAMPLED);
    fail_from_now_on(&scripted_cards[0], SCRIPTED_FAIL_RUN);
    assert_int_equal(run_job(&fixture, 30 * second), HYP_OK);
    fail_from_now_on(&scripted_cards[0], SCRIPTED_NONE);
    nanosleep(&pause, NULL);
    unsigned before = runs_of(&scripted_cards[0]);
    for (int i = 0; i < 20; i++) {
        assert_int_equal(run_job(&fixture, 30 * second), HYP_OK);
        check_digests(&fixture);
    }
    assert_true(runs_of(&scripted_cards[0]) > before);
    close_set(&fixture);
}

/* A suspect whose one batch is refused has shown nothing: it gets another, or it would be out for
 * ever. The other member never has a result. */
static void a_refused_probe_is_not_the_last(void **state)
{
    enum { TRIES = 40 };
    struct timespec pause = {0, 50000000};
    int result = HYP_EDEVICE;

    (void)state;
    struct fixture fixture = open_set("scripted:0,scripted:1", HYP_VERIFY_SAMPLED);
    fail_from_now_on(&scripted_cards[0], SCRIPTED_FAIL_RUN);
    fail_from_now_on(&scripted_cards[1], SCRIPTED_FAIL_RUN);
    assert_int_equal(run_job(&fixture, 30 * second), HYP_EDEVICE);
    fail_from_now_on(&scripted_cards[0], SCRIPTED_REFUSE);
    unsigned before = runs_of(&scripted_cards[0]);
    for (int i = 0; i < TRIES && runs_of(&scripted_cards[0]) == before; i++) {
        nanosleep(&pause, NULL);
        assert_int_not_equal(run_job(&fixture, 30 * second), HYP_OK);
    }
    assert_true(runs_of(&scripted_cards[0]) > before);
    fail_from_now_on(&scripted_cards[0], SCRIPTED_NONE);
    for (int i = 0; i < TRIES && result; i++) {
        nanosleep(&pause, NULL);
        result = run_job(&fixture, 30 * second);
    }
    assert_int_equal(result, HYP_OK);
    check_digests(&fixture);
    close_set(&fixture);
}

/* Measured slow at its opening, it would have no share; it is tried in the shadow of others until
 * it is seen to be fast. */
static void a_member_that_was_misjudged_gets_its_share_in_time(void **state)
{
    struct timespec pause = {0, 100000000};

    (void)state;
    scripted_cards[0].item_cost_ns = 20000;
    scripted_cards[1].item_cost_ns = worth_sharing_ns;
    struct fixture fixture = open_set("scripted:0,scripted:1", HYP_VERIFY_SAMPLED);
    unsigned without = 0; /* jobs; the others may have had a shadow, each half second */
    for (int i = 0; i < 5; i++) {
        unsigned before = runs_of(&scripted_cards[0]);
        assert_int_equal(run_job(&fixture, 30 * second), HYP_OK);
        without += runs_of(&scripted_cards[0]) == before;
    }
    assert_true(without > 0);
    scripted_lock();
    scripted_cards[0].item_cost_ns = worth_sharing_ns;
    scripted_unlock();
    uint64_t until = hyp_clock_ns() + 60 * second;
    unsigned in_a_row = 0;
    while (in_a_row < 4 && hyp_clock_ns() < until) {
        unsigned before = runs_of(&scripted_cards[0]);
        assert_int_equal(run_job(&fixture, 30 * second), HYP_OK);
        check_digests(&fixture);
        in_a_row = runs_of(&scripted_cards[0]) > before ? in_a_row + 1 : 0;
        nanosleep(&pause, NULL);
    }
    assert_int_equal(in_a_row, 4);
    close_set(&fixture);
}

/* A shadow that goes wrong harms no job. */
static void faults_in_a_shadow_harm_no_job(void **state)
{
    static const enum scripted_fault faults[] = {SCRIPTED_DIE, SCRIPTED_FAIL_RUN, SCRIPTED_REFUSE,
                                                 SCRIPTED_WRONG_DIGEST, SCRIPTED_HANG};
    struct timespec pause = {0, 100000000};

    for (size_t f = 0; f < sizeof faults / sizeof faults[0]; f++) {
        reset_scripts(state);
        scripted_cards[0].item_cost_ns = 2000000;
        struct fixture fixture = open_set("scripted:0,cpu", HYP_VERIFY_STRICT);
        fail_from_now_on(&scripted_cards[0], faults[f]);
        unsigned before = runs_of(&scripted_cards[0]);
        uint64_t until = hyp_clock_ns() + 60 * second;
        while (runs_of(&scripted_cards[0]) == before && hyp_clock_ns() < until) {
            nanosleep(&pause, NULL);
            assert_int_equal(run_job(&fixture, 2 * second), HYP_OK);
            check_digests(&fixture);
        }
        assert_true(runs_of(&scripted_cards[0]) > before);
        /* Its known answers are not to hang when it is reset. */
        fail_from_now_on(&scripted_cards[0], SCRIPTED_NONE);
        close_set(&fixture);
    }
}

static void bad_items_stay_bad_when_a_batch_is_cut(void **state)
{
    (void)state;
    struct fixture fixture = open_set("scripted:0,scripted:1", HYP_VERIFY_SAMPLED);
    hyp_job job = hyp_keccak_batch_job(fixture.batch, NULL);
    hyp_keccak_descriptor *descriptors =
        (hyp_keccak_descriptor *)((uint8_t *)hyp_buffer_data(job.input) + 64);
    for (uint32_t i = 0; i < ITEMS; i += 7) {
        descriptors[i].offset = UINT64_MAX - 8 * i;
    }
    hyp_completion completion;
    assert_int_equal(hyp_queue_submit(fixture.queue, &job, 1), 1);
    assert_int_equal(hyp_queue_wait(fixture.queue, UINT64_MAX), HYP_OK);
    assert_int_equal(hyp_queue_reap(fixture.queue, &completion, 1), 1);
    assert_int_equal(completion.result, HYP_OK);
    assert_int_equal(completion.items_failed, (ITEMS + 6) / 7);
    for (uint32_t i = 0; i < ITEMS; i++) {
        assert_int_equal(hyp_keccak_batch_status(fixture.batch, i),
                         i % 7 == 0 ? HYP_STATUS_BAD_INPUT : HYP_STATUS_OK);
    }
    close_set(&fixture);
}

/* A caller may want an answer sooner than any CPU can give it: that is no fault of the CPU's. */
static void jobs_that_ask_too_much_do_not_take_the_cpu_out(void **state)
{
    enum { MANY = 65536, TIMES = 2 * HYP_HEALTH_MOST_FAILURES };
    struct fixture fixture = open_set("cpu,cpu", HYP_VERIFY_SAMPLED);
    hyp_ecrecover_batch *large;
    uint8_t hash[32] = {0};
    uint8_t number[32] = {[31] = 1};
    hyp_completion completion;
    (void)state;
    assert_int_equal(hyp_ecrecover_batch_create(fixture.device, MANY, 0, &large), HYP_OK);
    for (int i = 0; i < MANY; i++) {
        memcpy(hash, &i, sizeof i);
        hyp_ecrecover_batch_add(large, hash, number, number, 0);
    }
    for (int i = 0; i < TIMES; i++) {
        hyp_job job = hyp_ecrecover_batch_job(large, NULL);
        job.deadline_ns = hyp_clock_ns() + 2000000;
        assert_int_equal(hyp_queue_submit(fixture.queue, &job, 1), 1);
        assert_int_equal(hyp_queue_wait(fixture.queue, UINT64_MAX), HYP_OK);
        assert_int_equal(hyp_queue_reap(fixture.queue, &completion, 1), 1);
    }
    hyp_job job = hyp_keccak_batch_job(fixture.batch, NULL);
    assert_int_equal(hyp_queue_submit(fixture.queue, &job, 1), 1);
    assert_int_equal(hyp_queue_wait(fixture.queue, UINT64_MAX), HYP_OK);
    assert_int_equal(hyp_queue_reap(fixture.queue, &completion, 1), 1);
    assert_int_equal(completion.result, HYP_OK);
    hyp_ecrecover_batch_destroy(large);
    close_set(&fixture);
}

/* Digests of messages {index, item}. */
static void fill_batch(hyp_keccak_batch *batch, int index)
{
    for (int item = 0; item < ITEMS; item++) {
        const int message[2] = {index, item};
        assert_int_equal(hyp_keccak_batch_add(batch, message, sizeof message), item);
    }
}

static void check_batch(const hyp_keccak_batch *batch, int index)
{
    for (int item = 0; item < ITEMS; item += 13) {
        const int message[2] = {index, item};
        uint8_t want[32];
        hyp_keccak256(message, sizeof message, want);
        assert_int_equal(hyp_keccak_batch_status(batch, (uint32_t)item), HYP_STATUS_OK);
        assert_memory_equal(hyp_keccak_batch_digest(batch, (uint32_t)item), want, sizeof want);
    }
}

/* A job that is late takes the set back, and with it what the set's thread and the CPU's others are
 * computing for other jobs: those start again. */
static void what_is_late_harms_no_other_job(void **state)
{
    enum { JOBS = 32, ROUNDS = 40 };
    const uint64_t soon = 300000;
    struct fixture fixture = open_set("scripted:0,cpu", HYP_VERIFY_SAMPLED);
    hyp_keccak_batch *batches[JOBS];
    unsigned late = 0;

    (void)state;
    for (int i = 0; i < JOBS; i++) {
        assert_int_equal(hyp_keccak_batch_create(fixture.device, ITEMS, ITEMS * 8, &batches[i]),
                         HYP_OK);
        fill_batch(batches[i], i);
    }
    for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < JOBS; i++) {
            bool hurried = i % 4 == round % 4;
            hyp_job job = hyp_keccak_batch_job(batches[i], hurried ? NULL : batches[i]);
            job.deadline_ns = hyp_clock_ns() + (hurried ? soon : 60 * second);
            assert_int_equal(hyp_queue_submit(fixture.queue, &job, 1), 1);
        }
        for (int done = 0; done < JOBS;) {
            hyp_completion completions[JOBS];
            assert_int_equal(hyp_queue_wait(fixture.queue, UINT64_MAX), HYP_OK);
            int count = hyp_queue_reap(fixture.queue, completions, JOBS);
            for (int i = 0; i < count; i++) {
                bool is_late = completions[i].result == HYP_ETIMEDOUT && !completions[i].user;
                assert_true(is_late || completions[i].result == HYP_OK);
                late += is_late;
            }
            done += count;
        }
        for (int i = 0; i < JOBS; i++) {
            if (i % 4 != round % 4) {
                check_batch(batches[i], i);
            }
        }
    }
    assert_true(late > 0);
    for (int i = 0; i < JOBS; i++) {
        hyp_keccak_batch_destroy(batches[i]);
    }
    close_set(&fixture);
}

/* What others have done before an overtaken member began with it is nothing for it to do. */
static void what_an_overtaken_member_has_not_begun_is_cancelled(void **state)
{
    enum { JOBS = 4 };
    hyp_keccak_batch *batches[JOBS];
    struct timespec pause = {0, 10000000};

    (void)state;
    struct fixture fixture = open_even_set("scripted:0,cpu", HYP_VERIFY_STRICT);
    unsigned runs = runs_of(&scripted_cards[0]);
    fail_next(&scripted_cards[0], SCRIPTED_HOLD);
    for (int i = 0; i < JOBS; i++) {
        assert_int_equal(hyp_keccak_batch_create(fixture.device, ITEMS, ITEMS * 8, &batches[i]),
                         HYP_OK);
        fill_batch(batches[i], i);
        hyp_job job = hyp_keccak_batch_job(batches[i], NULL);
        assert_int_equal(hyp_queue_submit(fixture.queue, &job, 1), 1);
    }
    reap(&fixture, JOBS);
    for (int i = 0; i < JOBS; i++) {
        check_batch(batches[i], i);
        hyp_keccak_batch_destroy(batches[i]);
    }
    scripted_release(&scripted_cards[0]);
    for (int i = 0; i < 2000 && state_of(&fixture, 0) != HYP_STATE_READY; i++) {
        nanosleep(&pause, NULL);
        assert_int_equal(run_job(&fixture, 60 * second), HYP_OK);
    }
    assert_int_equal(state_of(&fixture, 0), HYP_STATE_READY);
    /* The one that was held, and perhaps a share of the last job. */
    assert_in_range(runs_of(&scripted_cards[0]), runs + 1, runs + 2);
    close_set(&fixture);
}

static void lists_that_name_no_set(void **state)
{
    static const char *const names[] = {"cpu,", ",cpu", "cpu,,cpu", "cpu,gpu", "sim:x,cpu"};
    hyp_context *context;
    hyp_device *device;
    hyp_error error = {0, ""};

    (void)state;
    assert_int_equal(hyp_context_create(NULL, &context, NULL), HYP_OK);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        assert_int_equal(hyp_device_open(context, names[i], NULL, &device, &error), HYP_EINVAL);
        assert_null(device);
    }
    hyp_context_destroy(context);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(members_share_a_batch, reset_scripts),
        cmocka_unit_test_setup(every_fault_of_one_member_is_healed_by_the_other, reset_scripts),
        cmocka_unit_test_setup(a_late_member_is_left_behind_before_the_deadline, reset_scripts),
        cmocka_unit_test_setup(a_hung_member_is_overtaken, reset_scripts),
        cmocka_unit_test_setup(an_overtaken_member_comes_back, reset_scripts),
        cmocka_unit_test_setup(overtaken_members_get_work_where_there_are_no_others, reset_scripts),
        cmocka_unit_test_setup(strict_lets_no_lie_out, reset_scripts),
        cmocka_unit_test_setup(a_slow_member_does_not_get_what_a_fast_one_would_do_sooner,
                               reset_scripts),
        cmocka_unit_test_setup(small_jobs_start_together, reset_scripts),
        cmocka_unit_test_setup(jobs_that_started_together_fail_together, reset_scripts),
        cmocka_unit_test_setup(a_small_job_does_not_wait_for_company_for_long, reset_scripts),
        cmocka_unit_test_setup(an_even_split_gives_a_slow_member_its_share, reset_scripts),
        cmocka_unit_test_setup(a_member_that_cannot_be_opened_may_be_absent, reset_scripts),
        cmocka_unit_test_setup(the_rest_works_where_one_is_absent, reset_scripts),
        cmocka_unit_test_setup(all_members_down_is_an_error_at_once, reset_scripts),
        cmocka_unit_test_setup(a_member_comes_back_after_its_pause, reset_scripts),
        cmocka_unit_test_setup(a_refused_probe_is_not_the_last, reset_scripts),
        cmocka_unit_test_setup(a_member_that_was_misjudged_gets_its_share_in_time, reset_scripts),
        cmocka_unit_test_setup(faults_in_a_shadow_harm_no_job, reset_scripts),
        cmocka_unit_test_setup(bad_items_stay_bad_when_a_batch_is_cut, reset_scripts),
        cmocka_unit_test_setup(jobs_that_ask_too_much_do_not_take_the_cpu_out, reset_scripts),
        cmocka_unit_test_setup(what_is_late_harms_no_other_job, reset_scripts),
        cmocka_unit_test_setup(what_an_overtaken_member_has_not_begun_is_cancelled, reset_scripts),
        cmocka_unit_test_setup(lists_that_name_no_set, reset_scripts),
    };
    return cmocka_run_group_tests_name("device sets", tests, NULL, NULL);
}
