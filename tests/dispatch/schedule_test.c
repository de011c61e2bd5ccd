/* Which member does what: the set's own code over members whose work the test does, and a clock
 * that the test sets. */
#include <stdlib.h>
#include <string.h>

#include "host/src/backend/cpu_scheduler.h"
#include "host/src/buffer.h"
#include "host/src/dispatch/set.h"
#include "host/src/ops/op.h"
#include "tests/support/test.h"

enum { FIRST, SECOND, MEMBERS };
enum { ITEMS = 200, INPUT_BYTES = 65536, MOST_SUBMITTED = 64 };

static const uint64_t millisecond = 1000000;

/* ---- what stands in for the rest of the library; these win over the archive's ---- */

static uint64_t now_ns;
static uint64_t look_ns; /* that every look at the clock takes */

uint64_t hyp_clock_ns(void)
{
    now_ns += look_ns;
    return now_ns;
}

uint64_t set_processor_ns(void)
{
    return 0;
}

uint64_t set_member_processor_ns(const struct set_member *member)
{
    (void)member;
    return 0;
}

/* What members were given. */
static struct {
    unsigned member;
    struct set_attempt *attempt;
} submitted[MOST_SUBMITTED];
static unsigned submissions;

int hyp_queue_submit_as(hyp_queue *queue, const hyp_job *job,
                        const struct hyp_submission *submission)
{
    (void)submission;
    assert_true(submissions < MOST_SUBMITTED);
    submitted[submissions].member = (unsigned)(uintptr_t)queue - 1;
    submitted[submissions++].attempt = job->user;
    return 1;
}

/* Members begin at once. */
int hyp_queue_cancel(hyp_queue *queue, const void *user)
{
    (void)queue;
    (void)user;
    return 0;
}

/* What members bring when a set looks what they have finished: at the first look something, or
 * nothing, and so on. */
static struct {
    struct set_attempt *attempt;
    unsigned member;
    int result;
} brought[8];
static unsigned looks;

int hyp_queue_reap(hyp_queue *queue, hyp_completion *completions, size_t capacity)
{
    unsigned index = (unsigned)(uintptr_t)queue - 1;
    unsigned look = looks / MEMBERS; /* all members are asked in turn */

    (void)capacity;
    looks++;
    if (look >= sizeof brought / sizeof brought[0] || !brought[look].attempt ||
        brought[look].member != index) {
        return 0;
    }
    completions[0] = (hyp_completion){.user = brought[look].attempt,
                                      .result = brought[look].result,
                                      .started_ns = now_ns - 1000,
                                      .finished_ns = now_ns};
    brought[look].attempt = NULL;
    return 1;
}

int hyp_cpu_scheduler_start(struct hyp_cpu_scheduler *scheduler, struct hyp_run *run)
{
    (void)scheduler;
    (void)run;
    assert_true(submissions < MOST_SUBMITTED);
    submitted[submissions++].member = SET_MOST_MEMBERS; /* the set's own thread */
    return HYP_OK;
}

/* Called where a set looks for memory for a copy, after it has measured what is to be copied. */
static void (*while_measured)(void);

size_t hyp_buffer_size(const hyp_buffer *buffer)
{
    if (while_measured) {
        while_measured();
    }
    return buffer->memory.size;
}

/* ---- the set ---- */

static const struct hyp_backend card_backend = {.name = "card"};
static hyp_context context = {.cores = 1, .cpu_threads = 1};
static hyp_device devices[MEMBERS];
static struct set set;

/* Two cards, 1 us a message of one block; the second is a hundred times as slow, so that it gets no
 * part of a batch. */
static int reset_set(void **state)
{
    (void)state;
    memset(&set, 0, sizeof set);
    set.context = &context;
    set.wake_fd = -1;
    set.member_count = MEMBERS;
    now_ns = UINT64_C(1000000000000);
    submissions = 0;
    look_ns = 0;
    looks = 0;
    memset(brought, 0, sizeof brought);
    while_measured = NULL;
    for (unsigned m = 0; m < MEMBERS; m++) {
        struct set_member *member = &set.members[m];
        devices[m] = (hyp_device){
            .context = &context,
            .backend = &card_backend,
            .info = {
                .kind = HYP_DEVICE_CARD,
                .name = "card",
                .op_count = 2,
                .ops = {{.op = HYP_OP_KECCAK256, .max_items = 1000, .max_input_bytes = INPUT_BYTES},
                        {.op = HYP_OP_MATMUL, .max_items = 1000, .max_input_bytes = INPUT_BYTES}}}};
        hyp_statistics_init(&devices[m].statistics);
        member->device = &devices[m];
        member->queue = (hyp_queue *)(uintptr_t)(m + 1);
        hyp_health_opened(&member->health, true);
        hyp_cost_learn(&member->cost[HYP_OP_KECCAK256], now_ns, 1000,
                       (m == FIRST ? 1 : 100) * millisecond);
    }
    return 0;
}

static int release_set(void **state)
{
    const hyp_completion cancelled = {.result = HYP_ECANCELED};

    (void)state;
    while (set.attempts) {
        set_attempt_finish(&set, set.attempts, &cancelled);
    }
    for (unsigned m = 0; m < MEMBERS; m++) {
        set_spares_free(&set.members[m]);
        hyp_statistics_release(&devices[m].statistics);
    }
    return 0;
}

static void make_cpu(unsigned index)
{
    devices[index].backend = &hyp_backend_cpu;
    devices[index].info.kind = HYP_DEVICE_CPU;
    devices[index].info.ops[1].max_input_bytes = SIZE_MAX;
}

/* A batch of ITEMS messages of 8 bytes. */
struct batch {
    uint8_t input[INPUT_BYTES];
    uint8_t output[INPUT_BYTES];
    struct hyp_memory input_memory;
    struct hyp_memory output_memory;
    struct hyp_run run;
};

static struct hyp_run *make_run(struct batch *batch, uint64_t time_ns)
{
    static uint64_t order;
    const hyp_batch_header header = {.magic = HYP_BATCH_INPUT_MAGIC,
                                     .layout_version = HYP_BATCH_LAYOUT_VERSION,
                                     .op = HYP_OP_KECCAK256,
                                     .item_count = ITEMS,
                                     .descriptors_offset = sizeof header,
                                     .descriptors_length = ITEMS * sizeof(hyp_keccak_descriptor),
                                     .data_offset = 4096,
                                     .data_length = ITEMS * 8ull};

    memcpy(batch->input, &header, sizeof header);
    for (uint32_t i = 0; i < ITEMS; i++) {
        const hyp_keccak_descriptor item = {4096 + 8ull * i, 8, 0};
        memcpy(batch->input + sizeof header + i * sizeof item, &item, sizeof item);
    }
    batch->input_memory = (struct hyp_memory){batch->input, INPUT_BYTES, -1, 0};
    batch->output_memory = (struct hyp_memory){batch->output, INPUT_BYTES, -1, 0};
    batch->run = (struct hyp_run){.op = HYP_OP_KECCAK256,
                                  .input = &batch->input_memory,
                                  .output = &batch->output_memory,
                                  .input_bytes = header.data_offset + header.data_length,
                                  .order = order++,
                                  .deadline_ns = now_ns + time_ns};
    return &batch->run;
}

static void begin(struct batch *batch, uint64_t time_ns)
{
    assert_int_equal(set_job_begin(&set, make_run(batch, time_ns)), HYP_OK);
    set_pump(&set, now_ns);
}

/* A batch of `items` of ITEMS, which does not start yet. */
static void begin_later(struct batch *batch, uint32_t items, uint64_t time_ns)
{
    hyp_batch_header header;

    make_run(batch, time_ns);
    memcpy(&header, batch->input, sizeof header);
    header.item_count = items;
    header.descriptors_length = items * sizeof(hyp_keccak_descriptor);
    memcpy(batch->input, &header, sizeof header);
    assert_int_equal(set_job_begin(&set, &batch->run), HYP_OK);
}

static void begin_short(struct batch *batch, uint32_t items)
{
    begin_later(batch, items, 1000 * millisecond);
    set_pump(&set, now_ns);
}

/* A member has done, or not done, what it was given so many submissions ago, 0 being the first. */
static void finish(unsigned submission, int result)
{
    struct set_attempt *attempt = submitted[submission].attempt;
    const hyp_completion completion = {
        .user = attempt, .result = result, .started_ns = now_ns - 1000, .finished_ns = now_ns};

    set_attempt_finish(&set, attempt, &completion);
}

static void pass_time(uint64_t ns)
{
    now_ns += ns;
    set_attempts_look(&set, now_ns);
    set_pump(&set, now_ns);
}

/* ---- jobs whose time is over ---- */

/* The CPU has not done it in time: no card can any more, and none is to be blamed for that. */
static void what_is_late_is_given_to_nobody(void **state)
{
    static struct batch batch;

    (void)state;
    make_cpu(FIRST);
    begin(&batch, 50000);
    assert_int_equal(submissions, 1);
    assert_int_equal(submitted[0].member, FIRST);
    pass_time(50000);
    finish(0, HYP_ETIMEDOUT);
    set_pump(&set, now_ns);
    assert_int_equal(submissions, 1);
    assert_ptr_equal(set.finished, &batch.run);
    assert_int_equal(batch.run.result, HYP_ETIMEDOUT);
    assert_int_equal(set.members[SECOND].health.state, HYP_HEALTH_READY);
}

/* A card that has less time than the work should take is asked for too much, and one that has
 * hardly more may wait for a busy machine: they are not to be blamed. One that has enough is. */
static void a_card_is_late_only_where_it_had_the_time(void **state)
{
    const uint64_t short_ns[] = {150000, 10 * millisecond};
    static struct batch batch;

    (void)state;
    for (size_t i = 0; i < sizeof short_ns / sizeof short_ns[0]; i++) {
        begin(&batch, short_ns[i]);
        assert_int_equal(submitted[submissions - 1].member, FIRST);
        pass_time(short_ns[i]);
        assert_int_equal(batch.run.result, HYP_ETIMEDOUT);
        assert_int_equal(set.members[FIRST].health.state, HYP_HEALTH_READY);
        finish(submissions - 1, HYP_ETIMEDOUT);
        assert_int_equal(set.members[FIRST].health.state, HYP_HEALTH_READY);
        set.finished = NULL;
    }
    begin(&batch, 1000 * millisecond);
    assert_int_equal(submitted[submissions - 1].member, FIRST);
    pass_time(900 * millisecond);
    assert_int_equal(set.members[FIRST].health.state, HYP_HEALTH_QUARANTINED);
}

static void give_back(unsigned look, unsigned submission, int result)
{
    brought[look].attempt = submitted[submission].attempt;
    brought[look].member = submitted[submission].member;
    brought[look].result = result;
}

static void run_until(uint64_t until_ns, struct hyp_run **finished)
{
    hyp_error error = {0, ""};

    looks = 0;
    assert_int_equal(hyp_backend_set.progress(&set, until_ns, finished, &error), HYP_OK);
}

/* The CPU stops soon after a deadline. Until then nothing is handed back: whoever looks at the set
 * must not find that a job is late, or he takes all jobs back for it. */
static void the_cpu_has_a_moment_to_stop(void **state)
{
    static struct batch late;
    static struct batch other;
    struct hyp_run *finished;

    (void)state;
    make_cpu(FIRST);
    begin(&late, millisecond);
    begin(&other, 1000 * millisecond);
    assert_int_equal(submissions, 2);
    now_ns += millisecond;
    give_back(1, 1, HYP_OK);
    give_back(3, 0, HYP_ETIMEDOUT);
    run_until(now_ns, &finished);
    assert_ptr_equal(finished, &late.run);
    assert_int_equal(late.run.result, HYP_ETIMEDOUT);
    assert_ptr_equal(finished->next, &other.run);
    assert_int_equal(other.run.result, HYP_OK);
    assert_null(other.run.next);
}

/* But not more than a moment. */
static void a_cpu_that_does_not_stop_is_left_to_the_engine(void **state)
{
    static struct batch late;
    struct hyp_run *finished;

    (void)state;
    make_cpu(FIRST);
    begin(&late, millisecond);
    now_ns += millisecond;
    look_ns = millisecond;
    run_until(now_ns, &finished);
    assert_null(finished);
    assert_true(now_ns >= late.run.deadline_ns + 10 * millisecond);
    assert_true(now_ns < late.run.deadline_ns + 100 * millisecond);
    give_back(0, 0, HYP_ETIMEDOUT);
    run_until(now_ns, &finished);
    assert_ptr_equal(finished, &late.run);
}

/* The CPU is said to be fast, and never in time: others are given the work before long. */
static void who_is_never_in_time_is_found_slow(void **state)
{
    enum { TRIES = 20 };
    static struct batch batches[TRIES];
    unsigned tries = 0;

    (void)state;
    make_cpu(FIRST);
    while (tries < TRIES && (!submissions || submitted[submissions - 1].member == FIRST)) {
        begin(&batches[tries++], 100 * millisecond);
        now_ns += 100 * millisecond;
        if (submitted[submissions - 1].member == FIRST) {
            struct set_attempt *attempt = submitted[submissions - 1].attempt;
            const hyp_completion late = {.user = attempt,
                                         .result = HYP_ETIMEDOUT,
                                         .started_ns = now_ns - 100 * millisecond,
                                         .finished_ns = now_ns};
            set_attempts_look(&set, now_ns);
            set_attempt_finish(&set, attempt, &late);
            set_pump(&set, now_ns);
        }
    }
    assert_int_equal(submitted[submissions - 1].member, SECOND);
}

/* The only member gives a job back because its time is over, just when the set looks: the caller is
 * told that, and not that a device has failed. */
static void who_comes_back_late_is_late(void **state)
{
    static struct batch batch;
    struct hyp_run *finished;

    (void)state;
    devices[SECOND].info.op_count = 0;
    begin(&batch, 1500000);
    give_back(0, 0, HYP_ETIMEDOUT);
    look_ns = millisecond;
    run_until(now_ns + 1000 * millisecond, &finished);
    assert_ptr_equal(finished, &batch.run);
    assert_int_equal(batch.run.result, HYP_ETIMEDOUT);
}

/* ---- members without room ---- */

/* The CPU has four batches with much time and works longer on them than it looked: a job with
 * little time does not wait for it until that is over. */
static void who_waits_for_room_goes_elsewhere_in_time(void **state)
{
    static struct batch batches[SET_MEMBER_JOBS + 1];

    (void)state;
    make_cpu(FIRST);
    for (unsigned i = 0; i < SET_MEMBER_JOBS; i++) {
        begin(&batches[i], 60000 * millisecond);
        assert_int_equal(submitted[i].member, FIRST);
    }
    begin(&batches[SET_MEMBER_JOBS], 1000 * millisecond);
    assert_int_equal(submissions, SET_MEMBER_JOBS);
    pass_time(700 * millisecond);
    assert_int_equal(submissions, SET_MEMBER_JOBS);
    assert_true(set.held_until_ns < now_ns + 100 * millisecond);
    pass_time(set.held_until_ns - now_ns);
    assert_int_equal(submissions, SET_MEMBER_JOBS + 1);
    assert_int_equal(submitted[SET_MEMBER_JOBS].member, SECOND);
    assert_int_equal(set.held_until_ns, UINT64_MAX);
}

/* A card has four batches and hangs: others do them too, and what waits for it. When it is back,
 * what it has done counts where nobody was sooner. */
static void a_card_that_hangs_is_overtaken(void **state)
{
    enum { JOBS = SET_MEMBER_JOBS };
    static struct batch batches[JOBS + 1];

    (void)state;
    for (unsigned i = 0; i <= JOBS; i++) {
        begin(&batches[i], 60000 * millisecond);
    }
    assert_int_equal(submissions, JOBS);
    pass_time(99 * millisecond);
    assert_int_equal(submissions, JOBS);
    assert_true(set_attempts_next_ns(&set) <= now_ns + millisecond);
    pass_time(millisecond);
    assert_int_equal(submissions, 2 * JOBS);
    for (unsigned i = 0; i < JOBS; i++) {
        assert_int_equal(submitted[i].member, FIRST);
        assert_int_equal(submitted[JOBS + i].member, SECOND);
    }
    finish(JOBS, HYP_OK);
    set_pump(&set, now_ns);
    assert_ptr_equal(set.finished, &batches[0].run);
    assert_int_equal(submitted[2 * JOBS].member, SECOND);
    set.finished = NULL;
    finish(0, HYP_OK); /* the first has it too, but nobody needs it */
    finish(1, HYP_OK);
    set_pump(&set, now_ns);
    assert_ptr_equal(set.finished, &batches[1].run);
    assert_null(set.finished->next);
    assert_int_equal(set.members[FIRST].stalled, JOBS - 2);
    assert_int_equal(set.members[FIRST].health.state, HYP_HEALTH_READY);
}

/* The one that overtakes a card is the CPU, which takes longer than it looked: the card's answer
 * counts if it comes first. */
static void a_card_that_is_right_before_the_cpu_counts(void **state)
{
    static struct batch batch;

    (void)state;
    make_cpu(SECOND);
    begin(&batch, 5000 * millisecond);
    pass_time(100 * millisecond);
    assert_int_equal(submissions, 2);
    assert_int_equal(submitted[0].member, FIRST);
    assert_int_equal(submitted[1].member, SECOND);
    pass_time(100 * millisecond);
    finish(0, HYP_OK);
    set_pump(&set, now_ns);
    assert_ptr_equal(set.finished, &batch.run);
    assert_int_equal(batch.run.result, HYP_OK);
}

/* A job that started together with one that had little time is not over with that one: the card may
 * have it again. Whether the card gives it back first or the set gives it up. */
static void who_has_time_is_not_late_with_others(void **state)
{
    for (int is_back_first = 0; is_back_first < 2; is_back_first++) {
        static struct batch ample;
        static struct batch tight;

        reset_set(state);
        devices[SECOND].info.op_count = 0;
        begin_later(&ample, 4, 60000 * millisecond);
        begin_later(&tight, 4, 10 * millisecond);
        set_pump(&set, now_ns);
        assert_int_equal(submissions, 1);
        assert_int_equal(submitted[0].attempt->part_count, 2);
        if (is_back_first) {
            now_ns += 10 * millisecond;
            finish(0, HYP_ETIMEDOUT);
            set_pump(&set, now_ns);
        } else {
            pass_time(10 * millisecond);
            pass_time(set.held_until_ns - now_ns); /* for company */
        }
        assert_ptr_equal(set.finished, &tight.run);
        assert_int_equal(tight.run.result, HYP_ETIMEDOUT);
        assert_null(tight.run.next);
        assert_int_equal(submissions, 2);
        assert_int_equal(submitted[1].member, FIRST);
        assert_ptr_equal(submitted[1].attempt->parts[0].range->job->run, &ample.run);
        release_set(state);
    }
}

/* ---- callers that write to their batch while it is worked on ---- */

/* A header is looked at anew: it may have changed since the job was submitted. */
static void a_header_that_no_longer_holds_is_refused(void **state)
{
    static struct batch batch;
    hyp_batch_header header;

    (void)state;
    make_run(&batch, 1000 * millisecond);
    memcpy(&header, batch.input, sizeof header);
    header.descriptors_offset = UINT64_MAX - 63;
    memcpy(batch.input, &header, sizeof header);
    assert_int_equal(set_job_begin(&set, &batch.run), HYP_EBADBATCH);
    make_run(&batch, 1000 * millisecond);
    batch.output_memory.size = hyp_results_offset(ITEMS);
    assert_int_equal(set_job_begin(&set, &batch.run), HYP_EBADBATCH);
    assert_int_equal(set.active_count, 0);
}

static struct batch changing;

/* One message is as long as all together were. */
static void grow_messages(void)
{
    for (uint32_t i = 0; i < ITEMS; i++) {
        const hyp_keccak_descriptor item = {4096, ITEMS * 8, 0};
        memcpy(changing.input + sizeof(hyp_batch_header) + i * sizeof item, &item, sizeof item);
    }
}

/* Messages that grow when memory for them was found do not fit it: what lies there, another job's,
 * is not taken for them. */
static void what_grows_while_it_is_copied_is_not_taken(void **state)
{
    static struct batch batch;
    struct set_member *member = &set.members[FIRST];
    size_t bytes;

    (void)state;
    begin(&batch, 1000 * millisecond);
    finish(0, HYP_EDEVICE);
    assert_non_null(member->spare);
    assert_int_equal(set_job_begin(&set, make_run(&changing, 1000 * millisecond)), HYP_OK);
    struct set_range range = {.job = set.active[set.active_count - 1], .last = ITEMS};
    struct set_range *ranges[] = {&range};
    while_measured = grow_messages;
    assert_null(set_attempt_on_copy(ranges, 1, member, &bytes));
    assert_non_null(member->spare);
}

/* ---- even shares ---- */

/* However little there is to do, and whatever feeding a card costs. */
static void even_shares_are_even(void **state)
{
    static struct batch batch;
    static struct batch small;

    (void)state;
    make_cpu(FIRST);
    set.split = HYP_SPLIT_EVENLY;
    hyp_cost_learn(&set.members[SECOND].host_cost[HYP_OP_KECCAK256], now_ns, 1, 1000 * millisecond);
    begin(&batch, 1000 * millisecond);
    assert_int_equal(set.jobs[0].range_count, 2);
    assert_in_range(set.jobs[0].ranges[0].last, ITEMS / 2 - 1, ITEMS / 2 + 1);
    begin_short(&small, 2);
    assert_int_equal(submissions, 4);
    assert_int_equal(set.jobs[1].range_count, 2);
}

/* ---- what the set's thread computes at once ---- */

static void make_cpu_of_this_thread(unsigned index)
{
    make_cpu(index);
    set.scheduler = (struct hyp_cpu_scheduler *)&set; /* not NULL; looked at by stand-ins */
}

/* The CPU has just computed a batch: nobody need learn how it does. */
static void who_has_work_gets_no_shadow(void **state)
{
    static struct batch batch;

    (void)state;
    make_cpu_of_this_thread(FIRST);
    look_ns = 1000;
    begin_short(&batch, 4);
    assert_ptr_equal(set.finished, &batch.run);
    assert_int_equal(batch.run.result, HYP_OK);
    assert_int_equal(submissions, 0);
}

enum { SIDE = 512, SQUARE = SIDE * SIDE };

/* One product of bytes, or of nothing, in a batch that has so much data. */
static void begin_product(struct hyp_run *run, struct hyp_memory *input, struct hyp_memory *output,
                          uint32_t side, size_t data_bytes)
{
    const hyp_batch_header header = {.magic = HYP_BATCH_INPUT_MAGIC,
                                     .layout_version = HYP_BATCH_LAYOUT_VERSION,
                                     .op = HYP_OP_MATMUL,
                                     .item_count = 1,
                                     .descriptors_offset = sizeof header,
                                     .descriptors_length = sizeof(hyp_matmul_descriptor),
                                     .data_offset = 4096,
                                     .data_length = data_bytes,
                                     .result_beats = side * side / 16};
    const hyp_matmul_descriptor item = {
        .rows = side, .inner = side, .columns = side, .a_offset = 4096, .b_offset = 4096 + SQUARE};

    memcpy(input->data, &header, sizeof header);
    memcpy((uint8_t *)input->data + sizeof header, &item, sizeof item);
    *run = (struct hyp_run){.op = HYP_OP_MATMUL,
                            .input = input,
                            .output = output,
                            .input_bytes = 4096 + data_bytes,
                            .order = 100 + submissions,
                            .deadline_ns = now_ns + 1000 * millisecond};
    assert_int_equal(set_job_begin(&set, run), HYP_OK);
    set_pump(&set, now_ns);
}

/* A batch with much data that its items do not use teaches that data costs nothing. A product is
 * not computed at once for that: nothing stops it halfway, and all other jobs would wait. */
static void what_looks_short_and_is_long_is_not_computed_at_once(void **state)
{
    const size_t much = (size_t)1 << 40; /* that nobody looks at */
    struct hyp_memory input = {calloc(1, 4096 + 2 * SQUARE), 4096 + 2 * SQUARE, -1, 0};
    struct hyp_memory output = {calloc(1, 4096 + 4 * SQUARE), 4096 + 4 * SQUARE, -1, 0};
    struct hyp_run runs[2];

    (void)state;
    make_cpu_of_this_thread(FIRST);
    begin_product(&runs[0], &input, &output, 0, much);
    assert_int_equal(submissions, 1);
    finish(0, HYP_OK);
    set_pump(&set, now_ns);
    assert_ptr_equal(set.finished, &runs[0]);
    set.finished = NULL;
    begin_product(&runs[1], &input, &output, SIDE, 2 * SQUARE);
    assert_null(set.finished);
    assert_int_equal(submissions, 2);
    free(input.data);
    free(output.data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_late_is_given_to_nobody, reset_set, release_set),
        cmocka_unit_test_setup_teardown(a_card_is_late_only_where_it_had_the_time, reset_set,
                                        release_set),
        cmocka_unit_test_setup_teardown(the_cpu_has_a_moment_to_stop, reset_set, release_set),
        cmocka_unit_test_setup_teardown(a_cpu_that_does_not_stop_is_left_to_the_engine, reset_set,
                                        release_set),
        cmocka_unit_test_setup_teardown(who_comes_back_late_is_late, reset_set, release_set),
        cmocka_unit_test_setup_teardown(who_is_never_in_time_is_found_slow, reset_set, release_set),
        cmocka_unit_test_setup_teardown(who_waits_for_room_goes_elsewhere_in_time, reset_set,
                                        release_set),
        cmocka_unit_test_setup_teardown(a_card_that_hangs_is_overtaken, reset_set, release_set),
        cmocka_unit_test_setup_teardown(a_card_that_is_right_before_the_cpu_counts, reset_set,
                                        release_set),
        cmocka_unit_test(who_has_time_is_not_late_with_others),
        cmocka_unit_test_setup_teardown(a_header_that_no_longer_holds_is_refused, reset_set,
                                        release_set),
        cmocka_unit_test_setup_teardown(what_grows_while_it_is_copied_is_not_taken, reset_set,
                                        release_set),
        cmocka_unit_test_setup_teardown(even_shares_are_even, reset_set, release_set),
        cmocka_unit_test_setup_teardown(who_has_work_gets_no_shadow, reset_set, release_set),
        cmocka_unit_test_setup_teardown(what_looks_short_and_is_long_is_not_computed_at_once,
                                        reset_set, release_set),
    };
    return cmocka_run_group_tests_name("schedule", tests, NULL, NULL);
}
