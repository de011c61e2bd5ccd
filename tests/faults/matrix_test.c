/* The fault matrix: every fault, of every kind of simulated card, under work of every op from four
 * threads.
 *
 *     matrix_test [all | BACKEND OP FAULT]
 *
 * In a set with a CPU no job may fail; by a card alone jobs may fail, but only with an error. In
 * both none may be wrong, lost, doubled or late, and a card whose fault is over must work again.
 * Without "all" a sample is run: keccak256 under every fault, on a card that holds nothing else and
 * so is up quickly, and some of the other ops.
 *
 * The CPU of the sets says of itself that it is slow, which it is not: so the card is given work
 * whatever the speed of this machine, and what the card leaves undone is done at once. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "host/src/backend/backend.h"
#include "host/src/context.h"
#include "tests/faults/work.h"
#include "tests/support/test.h"

static const uint64_t second = UINT64_C(1000000000);

/* What a set may take beyond a job's deadline: to be scheduled on a machine that does much else. */
static const uint64_t set_grace_ns = UINT64_C(5000000000);
/* What a card by itself may: a reset, and known answers that are given 20 s, come first. */
static const uint64_t card_grace_ns = UINT64_C(60000000000);
/* What nothing here may take. */
static const uint64_t patience_ns = UINT64_C(120000000000);

/* ---- a CPU that calls itself slow ---- */

static uint64_t slow_cost_ns(void *card, const hyp_batch_header *batch)
{
    (void)card;
    return batch->item_count * second;
}

static int open_slow(hyp_context *context, unsigned index, const hyp_device_options *options,
                     void **card, struct hyp_device_info *info, hyp_error *error)
{
    int result = hyp_backend_cpu.open(context, index, options, card, info, error);
    snprintf(info->name, sizeof info->name, "slow:0");
    return result;
}

static struct hyp_backend slow_cpu;

/* ---- the matrix ---- */

struct fault {
    const char *name;
    const char *orders; /* the device's name stands for each % */
    bool noticed;       /* the card is reset, and well afterwards */
};

/* What short-write loses may be zero, or be there already from an earlier batch: then nothing is
 * wrong. A slow card is no fault as long as it is in time. */
static const struct fault faults[] = {
    {"hang", "%:hang@2", true},       {"slverr", "%:slverr@2", true},
    {"drop", "%:drop@2", true},       {"bitflip", "%:bitflip=1@2", true},
    {"bitrot", "%:bitrot=1@2", true}, {"input-rot", "%:input-rot=1@2", true},
    {"slow", "%:slow=20", false},     {"short-write", "%:short-write@2", false},
    {"die", "%:die@2", true},         {"wrong-uuid", "%:die@2,%:wrong-uuid@2", true},
};

struct cell {
    const char *backend; /* "sim" */
    const struct fault *fault;
    const struct hyp_op_info *op;
    bool with_cpu;
    bool small; /* the card holds keccak256 alone */
    uint64_t deadline_ns;
};

/* What the library's log says of the card. */
struct story {
    char card[16];
    atomic_uint resets;
    atomic_uint recoveries;
    atomic_uint refusals; /* a wrong uuid */
};

static void listen(void *user, hyp_log_level level, const char *message)
{
    struct story *story = user;
    size_t length = strlen(story->card);

    (void)level;
    if (strncmp(message, story->card, length) != 0 || message[length] != ':') {
        return;
    }
    story->resets += strstr(message, ": resetting") != NULL;
    story->recoveries += strstr(message, "known answers are right") != NULL;
    story->refusals += strstr(message, "that it holds") != NULL;
}

static void write_orders(const struct cell *cell, const char *card, char *text, size_t size)
{
    size_t used = 0;

    for (const char *c = cell->fault->orders; *c; c++) {
        used += (size_t)(*c == '%' ? snprintf(text + used, size - used, "%s", card)
                                   : snprintf(text + used, size - used, "%c", *c));
    }
}

static int open_device(const struct cell *cell, struct story *story, hyp_context **context,
                       hyp_device **device, hyp_error *error)
{
    hyp_context_options context_options = HYP_CONTEXT_OPTIONS_INIT;
    hyp_device_options options = HYP_DEVICE_OPTIONS_INIT;
    char orders[100];
    char name[40];

    snprintf(story->card, sizeof story->card, "%s:0", cell->backend);
    snprintf(name, sizeof name, "%s%s", story->card, cell->with_cpu ? ",slow:0" : "");
    write_orders(cell, story->card, orders, sizeof orders);
    context_options.log = listen;
    context_options.log_user = story;
    context_options.log_level = HYP_LOG_WARNING;
    context_options.cpu_threads = 1;
    options.faults = orders;
    options.bitstream = cell->small ? KECCAK_XCLBIN : NULL;
    int result = hyp_context_create(&context_options, context, error);
    if (result) {
        return result;
    }
    (*context)->extra_backend = &slow_cpu;
    return hyp_device_open(*context, name, &options, device, error);
}

/* A flipped bit may lie between the results of an op whose results have places of their own, or in
 * a factor of a product that is refused for something else. */
static bool must_be_noticed(const struct cell *cell)
{
    bool may_miss =
        strstr(cell->fault->orders, ":bit") || strstr(cell->fault->orders, ":input-rot");
    return cell->fault->noticed && (cell->op->result_size || !may_miss);
}

/* Whether all that must come to pass has. */
static bool is_over(const struct cell *cell, const struct story *story, const struct work *work,
                    unsigned *right_before)
{
    enum { ENOUGH = 40, AFTERWARDS = 8 };

    if (!must_be_noticed(cell)) {
        return work->counts.right + work->counts.failed >= ENOUGH;
    }
    if (story->recoveries == 0) {
        *right_before = work->counts.right;
        return false;
    }
    return work->counts.right >= *right_before + AFTERWARDS;
}

static bool complain(const struct cell *cell, const struct work *work, const struct story *story,
                     const char *what)
{
    print_message(
        "# %s, %s, %s%s: %s (%u submitted, %u right, %u wrong, %u failed (%s), %u strange, "
        "%u late, %u resets, %u recoveries)\n",
        cell->backend, cell->op->name, cell->fault->name, cell->with_cpu ? ", with cpu" : "", what,
        work->counts.submitted, work->counts.right, work->counts.wrong, work->counts.failed,
        hyp_strerror(work->counts.error), work->counts.strange, work->counts.late, story->resets,
        story->recoveries);
    return false;
}

static bool judge(const struct cell *cell, const struct work *work, const struct story *story,
                  bool in_time)
{
    const struct work_counts *counts = &work->counts;

    if (!in_time) {
        return complain(cell, work, story, "what must come to pass did not");
    }
    if (counts->wrong || counts->strange || counts->late) {
        return complain(cell, work, story, "a job is wrong, strange or late");
    }
    if (counts->right + counts->failed != counts->submitted) {
        return complain(cell, work, story, "a job is lost");
    }
    if (cell->with_cpu && counts->failed) {
        return complain(cell, work, story, "a job failed although there was a CPU");
    }
    if (strstr(cell->fault->orders, "wrong-uuid") && story->refusals == 0) {
        return complain(cell, work, story, "a card with a wrong uuid was taken");
    }
    return true;
}

static bool run_cell(const struct cell *cell)
{
    struct story story = {.card = ""};
    struct work work = {.op = cell->op,
                        .deadline_ns = cell->deadline_ns,
                        .grace_ns = cell->with_cpu ? set_grace_ns : card_grace_ns,
                        .seed = (uint64_t)(cell->fault - faults)};
    hyp_context *context = NULL;
    hyp_error error = {0, ""};
    unsigned right_before = 0;

    int result = open_device(cell, &story, &context, &work.device, &error);
    if (result) {
        hyp_context_destroy(context);
        return complain(cell, &work, &story, error.message);
    }
    uint64_t begin = hyp_clock_ns();
    bool in_time = true;
    if (hyp_device_capability(work.device, (hyp_op)cell->op->op)) {
        work_begin(&work);
        while (!is_over(cell, &story, &work, &right_before) && in_time && !work.counts.strange) {
            nanosleep(&(struct timespec){0, 5000000}, NULL);
            in_time = hyp_clock_ns() - begin < patience_ns;
        }
        work_end(&work);
    }
    hyp_device_close(work.device);
    hyp_context_destroy(context);
    return judge(cell, &work, &story, in_time);
}

/* ---- how it is gone through ---- */

static bool everything;

/* The cells of one backend, one after another; backends go side by side, because most of a cell is
 * waiting for a deadline. */
struct column {
    const char *backend;
    bool small;
    const struct hyp_op_info *op;
    const char *faults; /* names with spaces around them; NULL: all */
    bool with_cpu;
    pthread_t thread;
    unsigned bad;
};

static void *run_column(void *argument)
{
    struct column *column = argument;

    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        char name[32];
        snprintf(name, sizeof name, " %s ", faults[i].name);
        if (column->faults && !strstr(column->faults, name)) {
            continue;
        }
        const struct cell cell = {column->backend, &faults[i],
                                  column->op,      column->with_cpu,
                                  column->small,   column->small ? 3 * second : 8 * second};
        column->bad += !run_cell(&cell);
    }
    return NULL;
}

static void run_columns(struct column *columns, size_t count)
{
    unsigned bad = 0;

    for (size_t i = 0; i < count; i++) {
        assert_int_equal(pthread_create(&columns[i].thread, NULL, run_column, &columns[i]), 0);
    }
    for (size_t i = 0; i < count; i++) {
        pthread_join(columns[i].thread, NULL);
        bad += columns[i].bad;
    }
    assert_int_equal(bad, 0);
}

static void on_small_cards(bool with_cpu)
{
    const struct hyp_op_info *keccak = hyp_op_find(HYP_OP_KECCAK256);
    struct column columns[] = {
        {.backend = "sim", .small = true, .op = keccak, .with_cpu = with_cpu},
        {.backend = "xrt", .small = true, .op = keccak, .with_cpu = with_cpu},
        {.backend = "opencl", .small = true, .op = keccak, .with_cpu = with_cpu},
    };

    setenv("HYP_SIM_MODULE", KECCAK_MODULE, 1);
    run_columns(columns, sizeof columns / sizeof columns[0]);
    unsetenv("HYP_SIM_MODULE");
}

static void a_set_never_fails(void **state)
{
    (void)state;
    on_small_cards(true);
}

static void a_card_alone_is_never_wrong(void **state)
{
    (void)state;
    on_small_cards(false);
}

static void other_ops_sampled(void **state)
{
    const struct hyp_op_info *recover = hyp_op_find(HYP_OP_ECRECOVER);
    struct column columns[] = {
        {.backend = "sim", .op = recover, .with_cpu = true, .faults = " bitflip "},
        {.backend = "xrt", .op = recover, .with_cpu = true, .faults = " die "},
        {.backend = "opencl", .op = recover, .with_cpu = true, .faults = " drop "},
    };
    (void)state;
    run_columns(columns, sizeof columns / sizeof columns[0]);
}

/* Ops that the card does not hold are skipped cell by cell. */
static void every_op_on_whole_cards(void **state)
{
    static const char *const backends[] = {"sim", "xrt", "opencl"};
    (void)state;
    for (int with_cpu = 0; with_cpu < 2; with_cpu++) {
        for (const struct hyp_op_info *const *op = hyp_ops; *op; op++) {
            struct column columns[3];
            for (size_t i = 0; i < 3; i++) {
                columns[i] =
                    (struct column){.backend = backends[i], .op = *op, .with_cpu = with_cpu != 0};
            }
            run_columns(columns, 3);
        }
    }
}

static struct column chosen[2];

static void the_chosen_cells(void **state)
{
    (void)state;
    run_columns(&chosen[0], 1);
    run_columns(&chosen[1], 1);
}

/* The cells that the arguments name, with a CPU and without. */
static int run_chosen(char **arguments)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_chosen_cells)};
    static char fault[32];
    const struct hyp_op_info *const *op = hyp_ops;

    while (*op && strcmp((*op)->name, arguments[1]) != 0) {
        op++;
    }
    if (!*op) {
        return 2;
    }
    snprintf(fault, sizeof fault, " %.20s ", arguments[2]);
    for (int i = 0; i < 2; i++) {
        chosen[i] = (struct column){
            .backend = arguments[0], .op = *op, .faults = fault, .with_cpu = i == 0};
    }
    return cmocka_run_group_tests_name("fault matrix, one cell", tests, NULL, NULL);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest sample[] = {
        cmocka_unit_test(a_set_never_fails),
        cmocka_unit_test(a_card_alone_is_never_wrong),
        cmocka_unit_test(other_ops_sampled),
    };
    const struct CMUnitTest all[] = {
        cmocka_unit_test(a_set_never_fails),
        cmocka_unit_test(a_card_alone_is_never_wrong),
        cmocka_unit_test(every_op_on_whole_cards),
    };
    everything = argc > 1 && strcmp(argv[1], "all") == 0;
    slow_cpu = hyp_backend_cpu;
    slow_cpu.name = "slow";
    slow_cpu.open = open_slow;
    slow_cpu.batch_cost_ns = slow_cost_ns;
    if (argc == 4) {
        return run_chosen(argv + 1);
    }
    return everything ? cmocka_run_group_tests_name("fault matrix, all of it", all, NULL, NULL)
                      : cmocka_run_group_tests_name("fault matrix", sample, NULL, NULL);
}
