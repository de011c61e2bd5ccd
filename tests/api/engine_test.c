/* The device engine against a card that fails in every way it can. */
#include <stdlib.h>
#include <string.h>

#include "host/src/memory.h"
#include "hyperion/hyperion.h"
#include "tests/api/scripted_backend.h"
#include "tests/support/test.h"

struct fixture {
    hyp_context *context;
    hyp_device *device;
    hyp_queue *queue;
    hyp_keccak_batch *batch[4];
};

static struct scripted_card *const scripted = &scripted_cards[0];

/* Every opening and every reset runs one batch of known answers. */
enum { KNOWN_ANSWERS = 1 };

static struct fixture open_fixture(void)
{
    struct fixture fixture = {0};
    hyp_error error = {0, ""};

    assert_int_equal(hyp_context_create(NULL, &fixture.context, NULL), HYP_OK);
    assert_int_equal(
        hyp_device_open_on(fixture.context, &scripted_backend, 0, NULL, &fixture.device, &error),
        HYP_OK);
    assert_int_equal(hyp_queue_create(fixture.device, NULL, &fixture.queue), HYP_OK);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(hyp_keccak_batch_create(fixture.device, 4, 64, &fixture.batch[i]), HYP_OK);
        assert_int_equal(hyp_keccak_batch_add(fixture.batch[i], "abc", 3), 0);
    }
    return fixture;
}

static void close_fixture(struct fixture *fixture)
{
    hyp_queue_destroy(fixture->queue);
    for (int i = 0; i < 4; i++) {
        hyp_keccak_batch_destroy(fixture->batch[i]);
    }
    hyp_device_close(fixture->device);
    hyp_context_destroy(fixture->context);
    assert_int_equal(scripted->memories, 0);
    assert_int_equal(scripted->opens, scripted->closes);
}

static int reset_script(void **state)
{
    (void)state;
    scripted_clear();
    return 0;
}

static void submit(struct fixture *fixture, int index, uint64_t timeout_ns)
{
    hyp_job job = hyp_keccak_batch_job(fixture->batch[index], fixture->batch[index]);
    job.deadline_ns = timeout_ns ? hyp_clock_ns() + timeout_ns : 0;
    assert_int_equal(hyp_queue_submit(fixture->queue, &job, 1), 1);
}

static hyp_completion reap(struct fixture *fixture)
{
    hyp_completion completion;
    assert_int_equal(hyp_queue_wait(fixture->queue, hyp_clock_ns() + UINT64_C(10000000000)),
                     HYP_OK);
    assert_int_equal(hyp_queue_reap(fixture->queue, &completion, 1), 1);
    return completion;
}

static void check_works(struct fixture *fixture)
{
    uint8_t want[32];
    hyp_keccak256("abc", 3, want);
    submit(fixture, 3, 0);
    assert_int_equal(reap(fixture).result, HYP_OK);
    assert_memory_equal(hyp_keccak_batch_digest(fixture->batch[3], 0), want, 32);
}

static void wrong_known_answer_keeps_the_device_out(void **state)
{
    static const enum scripted_fault faults[] = {
        SCRIPTED_WRONG_DIGEST, SCRIPTED_WRONG_MAGIC, SCRIPTED_WRONG_SEQUENCE,
        SCRIPTED_WRONG_COUNT,  SCRIPTED_WRONG_CRC,   SCRIPTED_WRONG_INPUT_CRC,
        SCRIPTED_DIE,          SCRIPTED_FAIL_RUN,    SCRIPTED_REFUSE};
    hyp_context *context;
    hyp_device *device;

    (void)state;
    assert_int_equal(hyp_context_create(NULL, &context, NULL), HYP_OK);
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        hyp_error error = {0, ""};
        scripted_clear();
        scripted->fault_at[0] = faults[i];
        int result = hyp_device_open_on(context, &scripted_backend, 0, NULL, &device, &error);
        assert_int_equal(result, faults[i] == SCRIPTED_WRONG_DIGEST ? HYP_EMISMATCH
                                 : faults[i] == SCRIPTED_REFUSE     ? HYP_ETOOBIG
                                                                    : HYP_EDEVICE);
        assert_int_equal(error.code, result);
        assert_true(strlen(error.message) > 10);
        assert_null(device);
        assert_int_equal(scripted->memories, 0);
        assert_int_equal(scripted->closes, 1);
    }
    hyp_context_destroy(context);
}

/* Each of three units has its turn, at the same time as the others. */
static void every_unit_is_asked_for_known_answers(void **state)
{
    hyp_context *context;
    hyp_device *device;

    (void)state;
    assert_int_equal(hyp_context_create(NULL, &context, NULL), HYP_OK);
    for (unsigned wrong = 0; wrong < 3; wrong++) {
        hyp_error error = {0, ""};
        scripted_clear();
        scripted->units = scripted->told_units = 3;
        scripted->fault_at[wrong] = SCRIPTED_WRONG_DIGEST;
        assert_int_equal(hyp_device_open_on(context, &scripted_backend, 0, NULL, &device, &error),
                         HYP_EMISMATCH);
        assert_int_equal(scripted->started, 3);
        assert_int_equal(scripted->memories, 0);
    }
    /* One that takes fewer at once than it says is asked as often. */
    scripted_clear();
    scripted->units = 2;
    scripted->told_units = 3;
    assert_int_equal(hyp_device_open_on(context, &scripted_backend, 0, NULL, &device, NULL),
                     HYP_OK);
    assert_int_equal(scripted->started, 3);
    hyp_device_close(device);
    hyp_context_destroy(context);
}

static void lost_card_fails_its_jobs_and_comes_back(void **state)
{
    (void)state;
    scripted->fault_at[KNOWN_ANSWERS] = SCRIPTED_DIE;
    struct fixture fixture = open_fixture();
    submit(&fixture, 0, 0);
    assert_int_equal(reap(&fixture).result, HYP_EDEVICE);
    hyp_error fault = {0, ""};
    assert_int_equal(hyp_device_last_fault(fixture.device, &fault), HYP_EDEVICE);
    assert_string_equal(fault.message, "scripted death");
    check_works(&fixture);
    assert_int_equal(scripted->resets, 1);
    close_fixture(&fixture);
}

/* The memory is safe once the card was reset; what it then takes to be admitted is not the job's to
 * wait for. */
static void failure_is_told_before_the_known_answers(void **state)
{
    (void)state;
    scripted->fault_at[KNOWN_ANSWERS] = SCRIPTED_DIE;
    scripted->fault_at[KNOWN_ANSWERS + 1] = SCRIPTED_HOLD;
    struct fixture fixture = open_fixture();
    submit(&fixture, 0, 0);
    assert_int_equal(reap(&fixture).result, HYP_EDEVICE);
    scripted_release(scripted);
    close_fixture(&fixture);
}

static void nonsense_in_the_result_header_resets_the_card(void **state)
{
    static const enum scripted_fault faults[] = {SCRIPTED_WRONG_MAGIC, SCRIPTED_WRONG_SEQUENCE,
                                                 SCRIPTED_WRONG_COUNT, SCRIPTED_WRONG_CRC,
                                                 SCRIPTED_WRONG_INPUT_CRC};
    (void)state;
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        scripted_clear();
        scripted->fault_at[KNOWN_ANSWERS] = faults[i];
        struct fixture fixture = open_fixture();
        submit(&fixture, 0, 0);
        assert_int_equal(reap(&fixture).result, HYP_EDEVICE);
        check_works(&fixture);
        assert_int_equal(scripted->resets, 1);
        close_fixture(&fixture);
    }
}

static void one_failed_run_does_not_reset_the_card(void **state)
{
    (void)state;
    scripted->fault_at[KNOWN_ANSWERS] = SCRIPTED_FAIL_RUN;
    struct fixture fixture = open_fixture();
    submit(&fixture, 0, 0);
    assert_int_equal(reap(&fixture).result, HYP_EDEVICE);
    check_works(&fixture);
    assert_int_equal(scripted->resets, 0);
    close_fixture(&fixture);
}

static void lie_is_caught_and_resets_the_card(void **state)
{
    hyp_error fault = {0, ""};

    (void)state;
    scripted->fault_at[KNOWN_ANSWERS] = SCRIPTED_WRONG_DIGEST;
    struct fixture fixture = open_fixture();
    submit(&fixture, 0, 0);
    assert_int_equal(reap(&fixture).result, HYP_EMISMATCH);
    assert_int_equal(hyp_device_last_fault(fixture.device, &fault), HYP_EMISMATCH);
    assert_non_null(strstr(fault.message, "item 0 of 1 is wrong"));
    check_works(&fixture);
    assert_int_equal(scripted->resets, 1);
    close_fixture(&fixture);
}

static void strict_looks_at_every_item(void **state)
{
    hyp_queue_options options = HYP_QUEUE_OPTIONS_INIT;
    hyp_completion completion;
    hyp_keccak_batch *batch;

    (void)state;
    scripted->fault_at[KNOWN_ANSWERS] = SCRIPTED_WRONG_DIGEST;
    scripted->fault_at[KNOWN_ANSWERS + 2] = SCRIPTED_WRONG_DIGEST; /* one reset between */
    struct fixture fixture = open_fixture();
    assert_int_equal(hyp_keccak_batch_create(fixture.device, 1000, 8000, &batch), HYP_OK);
    for (int i = 0; i < 1000; i++) {
        assert_int_equal(hyp_keccak_batch_add(batch, &i, sizeof i), i);
    }
    static const hyp_verify_mode modes[] = {HYP_VERIFY_STRICT, HYP_VERIFY_OFF};
    for (int i = 0; i < 2; i++) {
        options.verify = modes[i];
        hyp_queue_destroy(fixture.queue);
        assert_int_equal(hyp_queue_create(fixture.device, &options, &fixture.queue), HYP_OK);
        hyp_job job = hyp_keccak_batch_job(batch, NULL);
        assert_int_equal(hyp_queue_submit(fixture.queue, &job, 1), 1);
        completion = reap(&fixture);
        assert_int_equal(completion.result, modes[i] == HYP_VERIFY_STRICT ? HYP_EMISMATCH : HYP_OK);
    }
    hyp_keccak_batch_destroy(batch);
    close_fixture(&fixture);
}

static void missed_deadline_resets_and_restarts_the_innocent(void **state)
{
    (void)state;
    scripted->units = 2;
    scripted->fault_at[KNOWN_ANSWERS] = SCRIPTED_HANG;
    scripted->fault_at[KNOWN_ANSWERS + 1] = SCRIPTED_HOLD;
    struct fixture fixture = open_fixture();
    submit(&fixture, 0, 1000000000);
    submit(&fixture, 1, 0);
    uint64_t before = hyp_clock_ns();
    hyp_completion first = reap(&fixture);
    assert_int_equal(first.result, HYP_ETIMEDOUT);
    assert_ptr_equal(first.user, fixture.batch[0]);
    assert_true(first.finished_ns - before < UINT64_C(20000000000));
    hyp_completion second = reap(&fixture);
    assert_int_equal(second.result, HYP_OK);
    assert_ptr_equal(second.user, fixture.batch[1]);
    assert_int_equal(scripted->resets, 1);
    check_works(&fixture);
    close_fixture(&fixture);
}

static void job_behind_a_busy_card_times_out_without_a_reset(void **state)
{
    (void)state;
    scripted->fault_at[KNOWN_ANSWERS] = SCRIPTED_HOLD;
    struct fixture fixture = open_fixture();
    submit(&fixture, 0, 0);
    assert_true(scripted_wait_started(scripted, KNOWN_ANSWERS + 1));
    submit(&fixture, 1, 20000000);
    hyp_completion late = reap(&fixture);
    assert_int_equal(late.result, HYP_ETIMEDOUT);
    assert_ptr_equal(late.user, fixture.batch[1]);
    assert_int_equal(scripted->resets, 0);
    scripted_release(scripted);
    assert_int_equal(reap(&fixture).result, HYP_OK);
    close_fixture(&fixture);
}

/* Nothing of a card's answer is told before it was checked, and of a lie nothing ever. */
static void items_of_a_card_are_told_at_the_end(void **state)
{
    (void)state;
    scripted->fault_at[KNOWN_ANSWERS] = SCRIPTED_HOLD;
    scripted->fault_at[KNOWN_ANSWERS + 1] = SCRIPTED_WRONG_DIGEST;
    struct fixture fixture = open_fixture();
    const void *held = fixture.batch[0];
    const void *lie = fixture.batch[1];
    submit(&fixture, 0, 0);
    assert_true(scripted_wait_started(scripted, KNOWN_ANSWERS + 1));
    assert_int_equal(hyp_queue_items_done(fixture.queue, held), 0);
    assert_int_equal(hyp_queue_wait_items(fixture.queue, held, 1, hyp_clock_ns() + 1000000),
                     HYP_ETIMEDOUT);
    scripted_release(scripted);
    assert_int_equal(hyp_queue_wait_items(fixture.queue, held, 1, UINT64_MAX), 1);
    assert_int_equal(reap(&fixture).result, HYP_OK);
    submit(&fixture, 1, 0);
    assert_int_equal(hyp_queue_wait_items(fixture.queue, lie, 1, UINT64_MAX), 0);
    assert_int_equal(reap(&fixture).result, HYP_EMISMATCH);
    close_fixture(&fixture);
}

static void cancel_takes_what_has_not_started(void **state)
{
    (void)state;
    scripted->fault_at[KNOWN_ANSWERS] = SCRIPTED_HOLD;
    struct fixture fixture = open_fixture();
    submit(&fixture, 0, 0);
    assert_true(scripted_wait_started(scripted, KNOWN_ANSWERS + 1));
    submit(&fixture, 1, 0);
    submit(&fixture, 2, 0);
    assert_int_equal(hyp_queue_cancel(fixture.queue, fixture.batch[0]), 0);
    assert_int_equal(hyp_queue_cancel(fixture.queue, fixture.batch[2]), 1);
    hyp_completion cancelled = reap(&fixture);
    assert_int_equal(cancelled.result, HYP_ECANCELED);
    assert_ptr_equal(cancelled.user, fixture.batch[2]);
    scripted_release(scripted);
    assert_ptr_equal(reap(&fixture).user, fixture.batch[0]);
    assert_ptr_equal(reap(&fixture).user, fixture.batch[1]);
    close_fixture(&fixture);
}

static void card_that_stays_dead_fails_jobs_at_once(void **state)
{
    (void)state;
    scripted->fault_at[KNOWN_ANSWERS] = SCRIPTED_DIE;
    scripted->failing_resets = 1000;
    struct fixture fixture = open_fixture();
    submit(&fixture, 0, 0);
    assert_int_equal(reap(&fixture).result, HYP_EDEVICE);
    uint64_t before = hyp_clock_ns();
    submit(&fixture, 1, 0);
    assert_int_equal(reap(&fixture).result, HYP_EDEVICE);
    assert_true(hyp_clock_ns() - before < UINT64_C(10000000000)); /* its deadline is at 60 s */
    scripted_lock();
    scripted->failing_resets = 0;
    scripted_unlock();
    struct timespec pause = {1, 100000000};
    nanosleep(&pause, NULL);
    check_works(&fixture);
    close_fixture(&fixture);
}

static void queue_destroyed_with_jobs_in_flight(void **state)
{
    (void)state;
    scripted->fault_at[KNOWN_ANSWERS] = SCRIPTED_HANG;
    struct fixture fixture = open_fixture();
    submit(&fixture, 0, 30000000);
    submit(&fixture, 1, 0);
    submit(&fixture, 2, 0);
    close_fixture(&fixture);
}

/* Queue `first` has all its jobs waiting before `second` submits; a held run keeps the card busy
 * meanwhile. Returns in what order jobs completed: bit set for the second queue's. */
static uint32_t completion_order(hyp_priority first_priority, hyp_priority second_priority,
                                 unsigned first_jobs, unsigned second_jobs)
{
    enum { MOST = 24 };
    const hyp_priority priorities[2] = {first_priority, second_priority};
    const unsigned counts[2] = {first_jobs, second_jobs};
    hyp_keccak_batch *batches[MOST];
    hyp_queue *queues[2];
    hyp_completion completion;
    uint64_t finished[2][MOST];
    unsigned made = 0;
    uint32_t order = 0;

    scripted->fault_at[KNOWN_ANSWERS] = SCRIPTED_HOLD;
    struct fixture fixture = open_fixture();
    submit(&fixture, 0, 0);
    assert_true(scripted_wait_started(scripted, KNOWN_ANSWERS + 1));
    for (int q = 0; q < 2; q++) {
        hyp_queue_options options = HYP_QUEUE_OPTIONS_INIT;
        options.priority = priorities[q];
        assert_int_equal(hyp_queue_create(fixture.device, &options, &queues[q]), HYP_OK);
        for (unsigned i = 0; i < counts[q]; i++, made++) {
            assert_int_equal(hyp_keccak_batch_create(fixture.device, 1, 64, &batches[made]),
                             HYP_OK);
            assert_int_equal(hyp_keccak_batch_add(batches[made], "abc", 3), 0);
            hyp_job job = hyp_keccak_batch_job(batches[made], NULL);
            assert_int_equal(hyp_queue_submit(queues[q], &job, 1), 1);
        }
    }
    scripted_release(scripted);
    for (int q = 0; q < 2; q++) {
        for (unsigned i = 0; i < counts[q]; i++) {
            assert_int_equal(hyp_queue_wait(queues[q], UINT64_MAX), HYP_OK);
            assert_int_equal(hyp_queue_reap(queues[q], &completion, 1), 1);
            finished[q][i] = completion.finished_ns;
        }
    }
    for (unsigned i = 0, one = 0, two = 0; i < made; i++) {
        bool second = one == counts[0] || (two < counts[1] && finished[1][two] < finished[0][one]);
        order |= (uint32_t)second << i;
        one += !second;
        two += second;
    }
    assert_int_equal(reap(&fixture).result, HYP_OK);
    for (unsigned i = 0; i < made; i++) {
        hyp_keccak_batch_destroy(batches[i]);
    }
    hyp_queue_destroy(queues[0]);
    hyp_queue_destroy(queues[1]);
    close_fixture(&fixture);
    return order;
}

static void queues_take_turns(void **state)
{
    (void)state;
    /* One by one, though the first queue had ten jobs there before. */
    assert_int_equal(completion_order(HYP_PRIORITY_BULK, HYP_PRIORITY_BULK, 10, 4), 0xaa);
}

static void latency_goes_first_but_not_for_ever(void **state)
{
    (void)state;
    /* Behind the bulk job that is next; then sixteen to one. */
    assert_int_equal(completion_order(HYP_PRIORITY_BULK, HYP_PRIORITY_LATENCY, 3, 20),
                     (0xffff << 1) | (0xf << 18));
}

/* A batch of `items` messages, all the same `LENGTH` bytes of data. */
enum { LENGTH = 65536, DATA = 8192 };

struct shared_message {
    hyp_buffer *input;
    hyp_buffer *output;
    hyp_job job;
};

static struct shared_message create_shared_message(hyp_device *device, uint32_t items)
{
    const hyp_batch_header header = {.magic = HYP_BATCH_INPUT_MAGIC,
                                     .layout_version = HYP_BATCH_LAYOUT_VERSION,
                                     .op = HYP_OP_KECCAK256,
                                     .item_count = items,
                                     .descriptors_offset = sizeof header,
                                     .descriptors_length = items * sizeof(hyp_keccak_descriptor),
                                     .data_offset = DATA,
                                     .data_length = LENGTH};
    struct shared_message batch = {0};

    assert_in_range(sizeof header + header.descriptors_length, 0, DATA);
    assert_int_equal(hyp_buffer_create(device, DATA + LENGTH, &batch.input), HYP_OK);
    assert_int_equal(hyp_buffer_create(device, 65536, &batch.output), HYP_OK);
    memcpy(hyp_buffer_data(batch.input), &header, sizeof header);
    for (uint32_t i = 0; i < items; i++) {
        const hyp_keccak_descriptor descriptor = {DATA, LENGTH, 0};
        memcpy((uint8_t *)hyp_buffer_data(batch.input) + sizeof header + i * sizeof descriptor,
               &descriptor, sizeof descriptor);
    }
    batch.job =
        (hyp_job){.input = batch.input, .output = batch.output, .input_bytes = DATA + LENGTH};
    return batch;
}

static void destroy_shared_message(struct shared_message *batch)
{
    hyp_buffer_destroy(batch->input);
    hyp_buffer_destroy(batch->output);
}

/* A batch whose items all read the same: what must have been read is known when the card is done.
 */
static void items_that_share_a_message_are_vouched_for(void **state)
{
    static const enum scripted_fault faults[] = {SCRIPTED_NONE, SCRIPTED_WRONG_INPUT_CRC};

    (void)state;
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        scripted_clear();
        scripted->fault_at[KNOWN_ANSWERS] = faults[i];
        struct fixture fixture = open_fixture();
        struct shared_message batch = create_shared_message(fixture.device, 4);
        assert_int_equal(hyp_queue_submit(fixture.queue, &batch.job, 1), 1);
        assert_int_equal(reap(&fixture).result, i == 0 ? HYP_OK : HYP_EDEVICE);
        assert_int_equal(scripted->resets, i);
        check_works(&fixture);
        destroy_shared_message(&batch);
        close_fixture(&fixture);
    }
}

/* The card has all the time from before it is started, however long the engine's thread is kept
 * from its core before it looks at the clock. */
static void a_card_that_is_done_at_once_is_believed(void **state)
{
    (void)state;
    scripted->is_done_at_once = true;
    struct fixture fixture = open_fixture();
    struct shared_message batch = create_shared_message(fixture.device, 400);
    assert_int_equal(hyp_queue_submit(fixture.queue, &batch.job, 1), 1);
    assert_int_equal(reap(&fixture).result, HYP_OK);
    assert_int_equal(scripted->resets, 0);
    destroy_shared_message(&batch);
    close_fixture(&fixture);
}

/* Items that the card says have failed belong to a result, and a lie is none. */
static void a_lie_has_no_failed_items(void **state)
{
    (void)state;
    scripted->fault_at[KNOWN_ANSWERS] = SCRIPTED_WRONG_DIGEST;
    struct fixture fixture = open_fixture();
    struct shared_message batch = create_shared_message(fixture.device, 4);
    hyp_keccak_descriptor *descriptors =
        (void *)((uint8_t *)hyp_buffer_data(batch.input) + sizeof(hyp_batch_header));
    descriptors[3].flags = 1;
    assert_int_equal(hyp_queue_submit(fixture.queue, &batch.job, 1), 1);
    hyp_completion lie = reap(&fixture);
    assert_int_equal(lie.result, HYP_EMISMATCH);
    assert_int_equal(lie.items_failed, 0);
    assert_int_equal(hyp_queue_submit(fixture.queue, &batch.job, 1), 1);
    hyp_completion truth = reap(&fixture);
    assert_int_equal(truth.result, HYP_OK);
    assert_int_equal(truth.items_failed, 1);
    destroy_shared_message(&batch);
    close_fixture(&fixture);
}

/* Of two answers that came together, the fault that is remembered is one, not parts of both. */
static void two_faults_at_once(void **state)
{
    hyp_error fault = {0, ""};
    hyp_job jobs[2];

    (void)state;
    scripted->units = 2;
    scripted->fault_at[KNOWN_ANSWERS] = SCRIPTED_WRONG_DIGEST;
    scripted->fault_at[KNOWN_ANSWERS + 1] = SCRIPTED_WRONG_MAGIC;
    struct fixture fixture = open_fixture();
    for (int i = 0; i < 2; i++) {
        jobs[i] = hyp_keccak_batch_job(fixture.batch[i], fixture.batch[i]);
    }
    assert_int_equal(hyp_queue_submit(fixture.queue, jobs, 2), 2);
    for (int i = 0; i < 2; i++) {
        hyp_completion completion = reap(&fixture);
        assert_int_equal(completion.result,
                         completion.user == fixture.batch[0] ? HYP_EMISMATCH : HYP_EDEVICE);
    }
    int code = hyp_device_last_fault(fixture.device, &fault);
    assert_non_null(strstr(fault.message, code == HYP_EMISMATCH ? "is wrong" : "result header"));
    close_fixture(&fixture);
}

/* What is submitted while a card comes back starts when it is back, beside what waited for that. */
static void a_job_submitted_during_a_reset_is_seen(void **state)
{
    const struct timespec pause = {0, 300000000}; /* longer than the engine's */

    (void)state;
    scripted->units = 2;
    scripted->fault_at[KNOWN_ANSWERS] = SCRIPTED_DIE;
    scripted->failing_resets = 1;
    scripted->fault_at[KNOWN_ANSWERS + 1] = SCRIPTED_HOLD; /* the known answers */
    struct fixture fixture = open_fixture();
    submit(&fixture, 0, 0);
    assert_int_equal(reap(&fixture).result, HYP_EDEVICE);
    nanosleep(&pause, NULL);
    submit(&fixture, 1, 0);
    assert_true(scripted_wait_started(scripted, KNOWN_ANSWERS + 2));
    scripted_lock();
    scripted->delay_ns = UINT64_C(1000000000000);
    scripted_unlock();
    submit(&fixture, 2, 0);
    scripted_release(scripted);
    assert_true(scripted_wait_started(scripted, KNOWN_ANSWERS + 4)); /* both at once */
    scripted_lock();
    scripted->flying[0].ready_ns = 0;
    scripted->flying[1].ready_ns = 0;
    scripted->delay_ns = 0;
    scripted_unlock();
    assert_int_equal(reap(&fixture).result, HYP_OK);
    assert_int_equal(reap(&fixture).result, HYP_OK);
    close_fixture(&fixture);
}

/* Weights take their time to get to a card. Whoever is late when they are there is told so without
 * a reset, after which they would have to travel again, and again the next job would be late. */
static void who_is_late_for_weights_does_not_reset_the_card(void **state)
{
    (void)state;
    struct fixture fixture = open_fixture();
    struct hyp_residency *residency = &fixture.device->residency;
    struct hyp_memory *shadow = calloc(1, sizeof *shadow);
    assert_non_null(shadow);
    assert_int_equal(hyp_card_memory_create(&scripted_backend, fixture.device->card,
                                            fixture.context, 4096, shadow),
                     HYP_OK);
    scripted->reserve_ns = 300000000;
    pthread_mutex_lock(&residency->lock);
    residency->shadow = shadow;
    atomic_store(&residency->stale, true);
    pthread_mutex_unlock(&residency->lock);
    submit(&fixture, 0, 100000000);
    assert_int_equal(reap(&fixture).result, HYP_ETIMEDOUT);
    assert_int_equal(scripted->resets, 0);
    assert_int_equal(scripted->started, KNOWN_ANSWERS);
    check_works(&fixture);
    assert_int_equal(scripted->reserves, 1);
    close_fixture(&fixture);
}

/* A card may take long for its known answers; who waits for it is late, and cancelled, as ever. */
static void deadlines_hold_while_a_card_comes_back(void **state)
{
    (void)state;
    scripted->fault_at[KNOWN_ANSWERS] = SCRIPTED_DIE;
    scripted->fault_at[KNOWN_ANSWERS + 1] = SCRIPTED_HOLD; /* the known answers */
    struct fixture fixture = open_fixture();
    submit(&fixture, 0, 0);
    assert_int_equal(reap(&fixture).result, HYP_EDEVICE);
    assert_true(scripted_wait_started(scripted, KNOWN_ANSWERS + 2));
    submit(&fixture, 1, 0);
    submit(&fixture, 2, 20000000);
    hyp_completion late = reap(&fixture);
    assert_int_equal(late.result, HYP_ETIMEDOUT);
    assert_ptr_equal(late.user, fixture.batch[2]);
    assert_int_equal(hyp_queue_cancel(fixture.queue, fixture.batch[1]), 1);
    assert_int_equal(reap(&fixture).result, HYP_ECANCELED);
    submit(&fixture, 0, 0);
    scripted_release(scripted);
    assert_int_equal(reap(&fixture).result, HYP_OK);
    check_works(&fixture);
    close_fixture(&fixture);
}

/* A job that has come to its end cannot be cancelled, though it never started. */
static void cancel_leaves_what_has_failed(void **state)
{
    (void)state;
    scripted->fault_at[KNOWN_ANSWERS] = SCRIPTED_DIE;
    scripted->failing_resets = 1000;
    struct fixture fixture = open_fixture();
    submit(&fixture, 0, 0);
    assert_int_equal(reap(&fixture).result, HYP_EDEVICE);
    submit(&fixture, 1, 0); /* fails without being started: the card is down */
    assert_int_equal(hyp_queue_wait(fixture.queue, UINT64_MAX), HYP_OK);
    assert_int_equal(hyp_queue_cancel(fixture.queue, fixture.batch[1]), 0);
    assert_int_equal(reap(&fixture).result, HYP_EDEVICE);
    close_fixture(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(wrong_known_answer_keeps_the_device_out, reset_script),
        cmocka_unit_test_setup(every_unit_is_asked_for_known_answers, reset_script),
        cmocka_unit_test_setup(lost_card_fails_its_jobs_and_comes_back, reset_script),
        cmocka_unit_test_setup(failure_is_told_before_the_known_answers, reset_script),
        cmocka_unit_test_setup(nonsense_in_the_result_header_resets_the_card, reset_script),
        cmocka_unit_test_setup(items_that_share_a_message_are_vouched_for, reset_script),
        cmocka_unit_test_setup(one_failed_run_does_not_reset_the_card, reset_script),
        cmocka_unit_test_setup(lie_is_caught_and_resets_the_card, reset_script),
        cmocka_unit_test_setup(strict_looks_at_every_item, reset_script),
        cmocka_unit_test_setup(missed_deadline_resets_and_restarts_the_innocent, reset_script),
        cmocka_unit_test_setup(job_behind_a_busy_card_times_out_without_a_reset, reset_script),
        cmocka_unit_test_setup(items_of_a_card_are_told_at_the_end, reset_script),
        cmocka_unit_test_setup(cancel_takes_what_has_not_started, reset_script),
        cmocka_unit_test_setup(card_that_stays_dead_fails_jobs_at_once, reset_script),
        cmocka_unit_test_setup(queue_destroyed_with_jobs_in_flight, reset_script),
        cmocka_unit_test_setup(queues_take_turns, reset_script),
        cmocka_unit_test_setup(latency_goes_first_but_not_for_ever, reset_script),
        cmocka_unit_test_setup(a_card_that_is_done_at_once_is_believed, reset_script),
        cmocka_unit_test_setup(a_lie_has_no_failed_items, reset_script),
        cmocka_unit_test_setup(two_faults_at_once, reset_script),
        cmocka_unit_test_setup(a_job_submitted_during_a_reset_is_seen, reset_script),
        cmocka_unit_test_setup(who_is_late_for_weights_does_not_reset_the_card, reset_script),
        cmocka_unit_test_setup(deadlines_hold_while_a_card_comes_back, reset_script),
        cmocka_unit_test_setup(cancel_leaves_what_has_failed, reset_script),
    };
    return cmocka_run_group_tests_name("engine", tests, NULL, NULL);
}
