/* A model check of jobs in a set whose members fail: the set's own code over queues and a clock
 * that the test drives, through every sequence of events up to a depth. No job is lost, none is
 * handed back twice, none is handed back wrong, and no member is given work that its state forbids.
 * HYP_LIFECYCLE_DEPTH sets the depth. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/src/backend/cpu_scheduler.h"
#include "host/src/buffer.h"
#include "host/src/dispatch/set.h"
#include "host/src/ops/op.h"
#include "tests/support/test.h"

enum { MEMBERS = 2, MOST_RUNS = 6, ITEMS = 40, INPUT_BYTES = 8192, RESULT_BYTES = 32 };

/* ---- what stands in for the rest of the library; these win over the archive's ---- */

static uint64_t now_ns;

uint64_t hyp_clock_ns(void)
{
    return now_ns;
}

enum { POOL = 64, BUFFER_BYTES = 65536 };
static hyp_buffer *pool[POOL];
static unsigned pooled;

/* All buffers of sets are as large here, so they are kept: a million times as fast. */
int hyp_buffer_create(hyp_device *device, size_t bytes, hyp_buffer **buffer)
{
    hyp_buffer *made = pooled ? pool[--pooled] : calloc(1, sizeof *made);

    assert_int_equal(bytes, BUFFER_BYTES);
    made->device = device;
    if (!made->memory.data) {
        made->memory = (struct hyp_memory){calloc(1, bytes), bytes, -1, 0};
    }
    *buffer = made;
    return HYP_OK;
}

void hyp_buffer_destroy(hyp_buffer *buffer)
{
    if (buffer) {
        assert_true(pooled < POOL);
        pool[pooled++] = buffer;
    }
}

void *hyp_buffer_data(const hyp_buffer *buffer)
{
    return buffer->memory.data;
}

size_t hyp_buffer_size(const hyp_buffer *buffer)
{
    return buffer->memory.size;
}

static const struct hyp_backend measured = {.name = "member"};

/* What batches cost here: so much an item that every job is cut in two, two jobs in all; or so much
 * a launch that jobs, which come by threes, start together; or the second member is the CPU, which
 * works in the caller's memory, and jobs are cut; or so little that the set's own thread does what
 * the CPU is given. */
enum world { CUT, JOINED, WITH_CPU, HERE };
static enum world world;
static unsigned joined; /* attempts of several jobs */
static unsigned computed_here;
static unsigned overtaken;
static unsigned in_company; /* attempts that ended while the CPU was at work on the same */

static struct set set;
static hyp_device devices[MEMBERS];
static hyp_context context;
static const void *probe[MEMBERS]; /* the attempt that a suspect has to show itself with */

/* A member is given an attempt: it must be allowed to have it. */
int hyp_queue_submit_as(hyp_queue *queue, const hyp_job *job,
                        const struct hyp_submission *submission)
{
    unsigned index = (unsigned)(uintptr_t)queue - 1;
    const struct set_member *member = &set.members[index];

    (void)submission;
    assert_non_null(job->user);
    assert_true(member->health.state == HYP_HEALTH_READY ||
                member->health.state == HYP_HEALTH_SUSPECT);
    if (member->health.state == HYP_HEALTH_SUSPECT) {
        assert_null(probe[index]);
        probe[index] = job->user;
    }
    return 1;
}

/* Members begin at once. */
int hyp_queue_cancel(hyp_queue *queue, const void *user)
{
    (void)queue;
    assert_non_null(user);
    return 0;
}

/* What this thread is to compute it has computed when the test says so. */
static struct hyp_run *computed;

int hyp_cpu_scheduler_start(struct hyp_cpu_scheduler *scheduler, struct hyp_run *run)
{
    (void)scheduler;
    (void)run;
    return HYP_OK;
}

struct hyp_run *hyp_cpu_scheduler_step(struct hyp_cpu_scheduler *scheduler, uint64_t until_ns,
                                       bool *has_computed)
{
    (void)scheduler;
    (void)until_ns;
    *has_computed = true;
    return computed;
}

/* Cards cost the host nothing. */
uint64_t set_processor_ns(void)
{
    return 0;
}

uint64_t set_member_processor_ns(const struct set_member *member)
{
    (void)member;
    return 0;
}

/* ---- the set and its jobs ---- */

static struct hyp_memory inputs[MOST_RUNS];
static struct hyp_memory outputs[MOST_RUNS];
static struct hyp_run runs[MOST_RUNS];
static unsigned submitted;
static unsigned handed_back[MOST_RUNS];
static bool dirty[MOST_RUNS][MEMBERS]; /* a lie of this member is in it, and not found out */

static void make_input(unsigned index)
{
    uint8_t *input = calloc(1, INPUT_BYTES);
    hyp_keccak_descriptor *descriptors = (void *)(input + sizeof(hyp_batch_header));
    const hyp_batch_header header = {.magic = HYP_BATCH_INPUT_MAGIC,
                                     .layout_version = HYP_BATCH_LAYOUT_VERSION,
                                     .op = HYP_OP_KECCAK256,
                                     .item_count = ITEMS,
                                     .sequence = index + 1,
                                     .descriptors_offset = sizeof header,
                                     .descriptors_length = ITEMS * sizeof *descriptors,
                                     .data_offset = 4096,
                                     .data_length = ITEMS * 8ull};
    memcpy(input, &header, sizeof header);
    for (uint32_t i = 0; i < ITEMS; i++) {
        descriptors[i] = (hyp_keccak_descriptor){.offset = 4096 + 8ull * i, .length = 8};
        memset(input + 4096 + (size_t)8 * i, (int)(100 * index + i), 8);
    }
    inputs[index] = (struct hyp_memory){input, INPUT_BYTES, -1, 0};
    outputs[index] = (struct hyp_memory){calloc(1, INPUT_BYTES), INPUT_BYTES, -1, 0};
}

static void reset_world(void)
{
    memset(&set, 0, sizeof set);
    set.context = &context;
    set.member_count = MEMBERS;
    now_ns = UINT64_C(1000000000000);
    submitted = 0;
    memset(handed_back, 0, sizeof handed_back);
    memset(dirty, 0, sizeof dirty);
    memset(probe, 0, sizeof probe);
    for (unsigned m = 0; m < MEMBERS; m++) {
        struct set_member *member = &set.members[m];
        member->device = &devices[m];
        member->queue = (hyp_queue *)(uintptr_t)(m + 1);
        hyp_health_opened(&member->health, true);
        hyp_cost_learn(&member->host_cost[HYP_OP_KECCAK256], now_ns, 100, 1);
        if (world == HERE) {
            set.scheduler = (struct hyp_cpu_scheduler *)&set; /* not NULL; looked at by stand-ins */
            hyp_cost_learn(&member->cost[HYP_OP_KECCAK256], now_ns, 100, 250000);
        } else if (world != JOINED) {
            hyp_cost_learn(&member->cost[HYP_OP_KECCAK256], now_ns, 100, 100000000);
        } else {
            hyp_cost_learn(&member->cost[HYP_OP_KECCAK256], now_ns, 10, 50010000);
            hyp_cost_learn(&member->cost[HYP_OP_KECCAK256], now_ns, 1000, 51000000);
        }
    }
}

static void submit_one(void)
{
    unsigned index = submitted++;

    memset(outputs[index].data, 0xee, INPUT_BYTES);
    runs[index] = (struct hyp_run){.op = HYP_OP_KECCAK256,
                                   .input = &inputs[index],
                                   .output = &outputs[index],
                                   .input_bytes = INPUT_BYTES,
                                   .order = index,
                                   .deadline_ns = now_ns + UINT64_C(10000000000)};
    assert_int_equal(set_job_begin(&set, &runs[index]), HYP_OK);
}

static unsigned most_runs(void)
{
    return world == JOINED ? MOST_RUNS : 2;
}

static void submit(void)
{
    for (unsigned i = 0; i < (world == JOINED ? 3 : 1); i++) {
        submit_one();
    }
    set_pump(&set, now_ns);
}

static unsigned live_attempts(void)
{
    unsigned count = 0;
    for (const struct set_attempt *attempt = set.attempts; attempt; attempt = attempt->next) {
        count++;
    }
    return count;
}

/* What the item's result is, told by its message: so a result in the wrong place is seen. */
static void write_results(const struct set_attempt *attempt)
{
    const uint8_t *input = attempt->input->memory.data;
    uint8_t *output = attempt->output->memory.data;
    const struct set_range *range = attempt->parts[0].range;
    hyp_batch_header header;

    memcpy(&header, input, sizeof header);
    uint32_t first = attempt->in_place ? range->first : 0;
    uint32_t last = attempt->in_place ? range->last : header.item_count;
    for (uint32_t i = first; i < last; i++) {
        hyp_keccak_descriptor descriptor;
        memcpy(&descriptor, input + header.descriptors_offset + i * sizeof descriptor,
               sizeof descriptor);
        output[HYP_STATUS_OFFSET + i] = HYP_STATUS_OK;
        memset(output + hyp_results_offset(header.item_count) + (size_t)i * RESULT_BYTES,
               input[descriptor.offset], RESULT_BYTES);
    }
}

enum outcome { RIGHT, LOST, FOUND_OUT, LATE, LIE, OUTCOMES };

/* A lie that no check has seen is taken for a result; once another is found out, it is gone. */
static void note_lie(const struct set_attempt *attempt, enum outcome outcome)
{
    const struct set_range *range = attempt->parts[0].range; /* has the item that is wrong */
    const struct set_job *job = range->job;

    if (outcome == LIE) {
        uint8_t *output = attempt->output->memory.data;
        output[hyp_results_offset(attempt->header.item_count)] ^= 1;
        if (attempt->part_count && !range->done) {
            dirty[job->run - runs][attempt->member] = true;
        }
    } else if (outcome == FOUND_OUT) {
        for (unsigned i = 0; i < MOST_RUNS; i++) {
            dirty[i][attempt->member] = false;
        }
    }
}

/* The caller's memory that the CPU writes to, as it was before another's attempt ended. */
static uint8_t watched[INPUT_BYTES];
static const uint8_t *watched_output; /* NULL: no such memory */
static const struct set_range *watched_range;

static void watch_memory(const struct set_attempt *finished)
{
    const struct set_range *range = finished->part_count ? finished->parts[0].range : NULL;

    watched_output = NULL;
    for (const struct set_attempt *cpu = set.attempts; cpu; cpu = cpu->next) {
        if (cpu->in_place && cpu != finished && cpu->parts[0].range == range) {
            watched_output = cpu->output->memory.data;
            watched_range = range;
            memcpy(watched, watched_output, INPUT_BYTES);
        }
    }
}

/* Nobody writes where the CPU does; other ranges of the job may get their results meanwhile. */
static void check_memory(void)
{
    if (watched_output) {
        const struct set_range *range = watched_range;
        uint32_t items = range->last - range->first;
        size_t statuses = HYP_STATUS_OFFSET + range->first;
        size_t results = hyp_results_offset(ITEMS) + (size_t)range->first * RESULT_BYTES;

        in_company++;
        assert_memory_equal(watched_output + statuses, watched + statuses, items);
        assert_memory_equal(watched_output + results, watched + results,
                            (size_t)items * RESULT_BYTES);
    }
}

static void complete(unsigned which, enum outcome outcome)
{
    static const int results[] = {HYP_OK, HYP_EDEVICE, HYP_EMISMATCH, HYP_ETIMEDOUT, HYP_OK};
    struct set_attempt *attempt = set.attempts;
    int result = results[outcome];
    hyp_completion completion = {
        .result = result, .started_ns = now_ns - 1000000, .finished_ns = now_ns};

    while (which--) {
        attempt = attempt->next;
    }
    joined += attempt->part_count > 1;
    overtaken += attempt->is_overtaken && !attempt->given_up;
    if (result == HYP_OK) {
        write_results(attempt);
    }
    note_lie(attempt, outcome);
    probe[attempt->member] = probe[attempt->member] == attempt ? NULL : probe[attempt->member];
    completion.user = attempt;
    watch_memory(attempt);
    if (attempt->is_here) {
        computed_here++;
        computed = &attempt->run;
        computed->result = result;
        assert_true(set_compute_step(&set, now_ns));
    } else {
        set_attempt_finish(&set, attempt, &completion);
    }
    check_memory();
}

static bool is_right(unsigned index)
{
    const uint8_t *output = outputs[index].data;

    for (uint32_t i = 0; i < ITEMS; i++) {
        const uint8_t *result = output + hyp_results_offset(ITEMS) + (size_t)i * RESULT_BYTES;
        if (output[HYP_STATUS_OFFSET + i] != HYP_STATUS_OK ||
            result[0] != (uint8_t)(100 * index + i) || result[31] != result[0]) {
            return false;
        }
    }
    return true;
}

static void take_finished(void)
{
    while (set.finished) {
        unsigned index = (unsigned)(set.finished - runs);
        handed_back[index]++;
        assert_int_equal(handed_back[index], 1);
        assert_true(set.finished->result != HYP_OK || is_right(index) || dirty[index][0] ||
                    dirty[index][1]);
        assert_true(set.finished->result == HYP_OK || set.finished->result == HYP_EDEVICE ||
                    set.finished->result == HYP_ETIMEDOUT);
        set.finished = set.finished->next;
    }
}

static void check_books(void)
{
    unsigned live[MEMBERS] = {0};

    for (const struct set_attempt *attempt = set.attempts; attempt; attempt = attempt->next) {
        live[attempt->member]++;
    }
    for (unsigned m = 0; m < MEMBERS; m++) {
        assert_int_equal(set.members[m].live, live[m]);
        if (set.members[m].health.state != HYP_HEALTH_SUSPECT) {
            probe[m] = NULL;
        }
        assert_true(set.members[m].busy_ns >= 0 && set.members[m].booked_ns >= 0);
        assert_true(live[m] > 0 || set.members[m].busy_ns == 0);
    }
}

/* ---- events ---- */

static void pass_time(uint64_t ns)
{
    now_ns += ns;
    set_attempts_look(&set, now_ns);
}

/* Event 0 … : of attempts first, with every outcome; then time, jobs, the operator. Returns whether
 * there was such an event. */
static bool apply(unsigned event)
{
    unsigned attempts = live_attempts();

    if (event < OUTCOMES * attempts) {
        complete(event / OUTCOMES, event % OUTCOMES);
    } else {
        switch (event - OUTCOMES * attempts) {
        case 0:
            pass_time(UINT64_C(300000000)); /* a first pause */
            break;
        case 1:
            pass_time(UINT64_C(9500000000)); /* late */
            break;
        case 2:
            if (submitted == most_runs()) {
                return false;
            }
            submit();
            break;
        case 3:
            atomic_store(&set.members[0].readmit, true);
            break;
        default:
            return false;
        }
    }
    set_pump(&set, now_ns);
    take_finished();
    check_books();
    return true;
}

/* From any state: what members have they give back, and then every job is with its caller. */
static void drain(void)
{
    for (int i = 0; i < 100 && live_attempts(); i++) {
        complete(0, RIGHT);
        set_pump(&set, now_ns);
        take_finished();
    }
    assert_int_equal(live_attempts(), 0);
    pass_time(UINT64_C(100000000000));
    set_pump(&set, now_ns);
    for (int i = 0; i < 100 && live_attempts(); i++) {
        complete(0, RIGHT);
        set_pump(&set, now_ns);
    }
    take_finished();
    check_books();
    for (unsigned i = 0; i < submitted; i++) {
        assert_int_equal(handed_back[i], 1);
    }
    for (unsigned m = 0; m < MEMBERS; m++) {
        assert_true(set.members[m].booked_ns == 0);
        set_spares_free(&set.members[m]);
    }
}

/* Sequences as numbers: at each depth the event, counted up like an odometer. */
static void every_sequence(unsigned depth)
{
    enum { MOST_DEPTH = 16 };
    unsigned events[MOST_DEPTH] = {0};
    unsigned long sequences = 0;

    assert_in_range(depth, 1, MOST_DEPTH);
    for (;;) {
        unsigned at = 0;
        reset_world();
        submit();
        while (at < depth && apply(events[at])) {
            at++;
        }
        drain();
        sequences += at == depth;
        /* The next one: where an event did not exist, the one before it moves on. */
        if (at < depth) {
            events[at] = 0;
            if (at == 0) {
                break;
            }
            at--;
        } else {
            at = depth - 1;
        }
        events[at]++;
        memset(events + at + 1, 0, (depth - at - 1) * sizeof *events);
    }
    print_message("# %lu sequences of %u events\n", sequences, depth);
    assert_true(sequences > 1000);
}

static unsigned wanted_depth(void)
{
    const char *text = getenv("HYP_LIFECYCLE_DEPTH");
    return text ? (unsigned)atoi(text) : 5;
}

static void jobs_that_are_cut(void **state)
{
    (void)state;
    world = CUT;
    every_sequence(wanted_depth());
}

static void jobs_that_are_joined(void **state)
{
    (void)state;
    world = JOINED;
    joined = 0;
    overtaken = 0;
    every_sequence(wanted_depth());
    assert_true(joined > 1000);
    assert_true(overtaken > 1000);
}

static void jobs_that_the_cpu_does_in_place(void **state)
{
    (void)state;
    world = WITH_CPU;
    in_company = 0;
    overtaken = 0;
    devices[1].backend = &hyp_backend_cpu;
    devices[1].info.kind = HYP_DEVICE_CPU;
    every_sequence(wanted_depth());
    assert_true(in_company > 1000);
    assert_true(overtaken > 1000);
    assert_int_equal(computed_here, 0);
}

static void jobs_that_the_set_computes(void **state)
{
    (void)state;
    world = HERE;
    in_company = 0;
    overtaken = 0;
    every_sequence(wanted_depth());
    assert_true(in_company > 1000);
    assert_true(overtaken > 1000);
    assert_true(computed_here > 1000);
}

/* ---- sequences too long to be found among all ---- */

/* The oldest attempt of a member: where it stands among the live ones. */
static unsigned oldest_of(unsigned member)
{
    unsigned at = 0;
    unsigned found = POOL;

    for (const struct set_attempt *attempt = set.attempts; attempt; attempt = attempt->next) {
        found = attempt->member == member ? at : found;
        at++;
    }
    assert_true(found < POOL);
    return found;
}

static void complete_and_pump(unsigned member, enum outcome outcome)
{
    complete(oldest_of(member), outcome);
    set_pump(&set, now_ns);
    take_finished();
    check_books();
}

static void pass_pauses(void)
{
    pass_time(UINT64_C(1000000000));
    set_pump(&set, now_ns);
}

/* The first member fails, and then with the batch that was to clear it. */
static void make_twice_suspect(void)
{
    world = CUT;
    reset_world();
    submit();
    complete_and_pump(0, LOST);
    complete_and_pump(1, RIGHT);
    complete_and_pump(1, RIGHT);
    pass_pauses();
    submit();
    assert_int_equal(set.members[0].health.state, HYP_HEALTH_SUSPECT);
    complete_and_pump(1, RIGHT);
    pass_time(UINT64_C(9500000000));
    set_pump(&set, now_ns);
    complete_and_pump(1, RIGHT);
    assert_int_equal(set.members[0].health.state, HYP_HEALTH_QUARANTINED);
    pass_pauses();
    submit();
    assert_int_equal(set.members[0].health.state, HYP_HEALTH_SUSPECT);
    assert_int_equal(set.members[0].live, 2);
}

/* The batch that was to clear a member comes back when the member is a suspect anew, and has
 * another to show itself with: that one alone tells. */
static void an_old_probe_tells_nothing(void **state)
{
    static const enum outcome outcomes[] = {RIGHT, LATE, LOST};

    (void)state;
    for (size_t i = 0; i < sizeof outcomes / sizeof outcomes[0]; i++) {
        make_twice_suspect();
        complete_and_pump(0, outcomes[i]);
        assert_int_equal(set.members[0].health.state, HYP_HEALTH_SUSPECT);
        submit();
        assert_int_equal(set.members[0].live, 1);
        drain();
    }
}

/* A job is complete, and before anybody has looked, the member that did it is found to lie. */
static void what_a_liar_has_just_done_is_redone(void **state)
{
    (void)state;
    world = CUT;
    reset_world();
    submit();
    submit();
    complete_and_pump(1, RIGHT);
    complete(oldest_of(0), LIE);
    complete(oldest_of(0), FOUND_OUT);
    set_pump(&set, now_ns);
    assert_null(set.finished);
    drain();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_old_probe_tells_nothing),
        cmocka_unit_test(what_a_liar_has_just_done_is_redone),
        cmocka_unit_test(jobs_that_are_cut),
        cmocka_unit_test(jobs_that_are_joined),
        cmocka_unit_test(jobs_that_the_cpu_does_in_place),
        cmocka_unit_test(jobs_that_the_set_computes),
    };

    context.cpu_threads = 1;

    for (unsigned i = 0; i < MOST_RUNS; i++) {
        make_input(i);
    }
    for (unsigned m = 0; m < MEMBERS; m++) {
        devices[m].context = &context;
        devices[m].backend = &measured;
        devices[m].info = (hyp_device_info){.kind = HYP_DEVICE_CARD,
                                            .op_count = 1,
                                            .ops = {{.op = HYP_OP_KECCAK256,
                                                     .compute_units = 1,
                                                     .max_items = 1000,
                                                     .max_input_bytes = 1 << 20}}};
        snprintf(devices[m].info.name, sizeof devices[m].info.name, "member:%u", m);
        hyp_statistics_init(&devices[m].statistics);
    }
    return cmocka_run_group_tests_name("life cycle", tests, NULL, NULL);
}
