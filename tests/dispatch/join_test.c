/* Small ranges of several jobs on their way to one batch. */
#include <string.h>

#include "host/src/dispatch/set.h"
#include "tests/support/test.h"

enum { FEW_ITEMS, FEW_BYTES, MEMBERS };
enum { ITEMS = 400, SMALL_ITEMS = 10, INPUT_BYTES = 65536 };

static const uint64_t now_ns = UINT64_C(1000000000000);
static const struct hyp_backend card_backend = {.name = "card"};
static hyp_context context = {.cpu_threads = 1};
static hyp_device devices[MEMBERS];
static struct set set;
static struct set_attempt running;

/* Two cards, 500 ns an item; the first takes few items, the second few bytes, and the first is at
 * work. */
static int reset_set(void **state)
{
    (void)state;
    memset(&set, 0, sizeof set);
    set.context = &context;
    set.member_count = MEMBERS;
    for (unsigned m = 0; m < MEMBERS; m++) {
        struct set_member *member = &set.members[m];
        devices[m] = (hyp_device){
            .context = &context,
            .backend = &card_backend,
            .info = {.kind = HYP_DEVICE_CARD,
                     .op_count = 1,
                     .ops = {{.op = HYP_OP_KECCAK256,
                              .max_items = m == FEW_ITEMS ? ITEMS / 4 : ITEMS,
                              .max_input_bytes = m == FEW_BYTES ? 32768 : INPUT_BYTES}}}};
        member->device = &devices[m];
        hyp_health_opened(&member->health, true);
        hyp_cost_learn(&member->cost[HYP_OP_KECCAK256], now_ns, 1000, 500000);
    }
    running = (struct set_attempt){.member = FEW_ITEMS, .header = {.op = HYP_OP_KECCAK256}};
    set.attempts = &running;
    set.members[FEW_ITEMS].live = 1;
    return 0;
}

/* A batch; all but its first quarter are messages of `length` bytes, that quarter is empty. */
struct batch {
    uint8_t input[INPUT_BYTES];
    uint8_t output[INPUT_BYTES];
    struct hyp_memory input_memory;
    struct hyp_memory output_memory;
    struct hyp_run run;
};

static struct hyp_run *make_run(struct batch *batch, uint32_t items, uint32_t length,
                                uint64_t order)
{
    hyp_batch_header header = {.magic = HYP_BATCH_INPUT_MAGIC,
                               .layout_version = HYP_BATCH_LAYOUT_VERSION,
                               .op = HYP_OP_KECCAK256,
                               .item_count = items,
                               .descriptors_offset = sizeof header,
                               .descriptors_length = items * sizeof(hyp_keccak_descriptor),
                               .data_offset =
                                   sizeof header + items * sizeof(hyp_keccak_descriptor)};

    header.data_offset = (header.data_offset + 63) / 64 * 64;
    for (uint32_t i = 0; i < items; i++) {
        const hyp_keccak_descriptor item = {header.data_offset + header.data_length,
                                            i < items / 4 ? 0 : length, 0};
        memcpy(batch->input + sizeof header + i * sizeof item, &item, sizeof item);
        header.data_length += item.length;
    }
    assert_true(header.data_offset + header.data_length <= INPUT_BYTES);
    memcpy(batch->input, &header, sizeof header);
    batch->input_memory = (struct hyp_memory){batch->input, INPUT_BYTES, -1, 0};
    batch->output_memory = (struct hyp_memory){batch->output, INPUT_BYTES, -1, 0};
    batch->run = (struct hyp_run){.op = HYP_OP_KECCAK256,
                                  .input = &batch->input_memory,
                                  .output = &batch->output_memory,
                                  .input_bytes = header.data_offset + header.data_length,
                                  .order = order,
                                  .deadline_ns = now_ns + UINT64_C(10000000000)};
    return &batch->run;
}

/* The first part of a job waits for company, and nobody takes the other: the job is over. The next
 * one comes to where the first part waited. */
static void those_whose_job_has_failed_are_no_company(void **state)
{
    static struct batch large;
    static struct batch small;

    (void)state;
    assert_int_equal(set_job_begin(&set, make_run(&large, ITEMS, 104, 1)), HYP_OK);
    assert_int_equal(set_job_begin(&set, make_run(&small, SMALL_ITEMS, 8, 2)), HYP_OK);
    set_pump(&set, now_ns);
    assert_ptr_equal(set.finished, &large.run);
    assert_int_equal(large.run.result, HYP_ETOOBIG);
    assert_null(large.run.next);
    assert_int_equal(set.active_count, 1);
    assert_ptr_equal(set.active[0]->run, &small.run);
    assert_int_equal(set.active[0]->ranges[0].held_ns, now_ns);
    assert_true(set.held_until_ns > now_ns && set.held_until_ns < now_ns + 1000000);
}

/* Messages that are small by their data, which they share, and too large for everybody when they
 * are copied. Both cards are well: the caller is told what is wrong. */
static void what_nobody_takes_together_or_alone_is_too_large(void **state)
{
    enum { MESSAGE_BYTES = 16384 };
    static struct batch batch;
    hyp_batch_header header;

    (void)state;
    set.attempts = NULL;
    set.members[FEW_ITEMS].live = 0;
    struct hyp_run *run = make_run(&batch, SMALL_ITEMS, 8, 1);
    memcpy(&header, batch.input, sizeof header);
    header.data_length = MESSAGE_BYTES;
    memcpy(batch.input, &header, sizeof header);
    run->input_bytes = header.data_offset + MESSAGE_BYTES;
    for (uint32_t i = 0; i < SMALL_ITEMS; i++) {
        const hyp_keccak_descriptor item = {header.data_offset, MESSAGE_BYTES, 0};
        memcpy(batch.input + sizeof header + i * sizeof item, &item, sizeof item);
    }
    assert_int_equal(set_job_begin(&set, run), HYP_OK);
    for (unsigned m = 0; m < MEMBERS; m++) {
        set_pump(&set, now_ns);
        assert_null(set.finished);
        assert_int_equal(set.held_until_ns, 0);
    }
    set_pump(&set, now_ns);
    assert_ptr_equal(set.finished, run);
    assert_int_equal(run->result, HYP_ETOOBIG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(those_whose_job_has_failed_are_no_company, reset_set),
        cmocka_unit_test_setup(what_nobody_takes_together_or_alone_is_too_large, reset_set),
    };
    return cmocka_run_group_tests_name("join", tests, NULL, NULL);
}
