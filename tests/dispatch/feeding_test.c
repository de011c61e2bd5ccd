/* Whether a card is worth what feeding it costs the host. */
#include <string.h>
#include <unistd.h>

#include "host/src/dispatch/set.h"
#include "tests/support/test.h"

enum { CARD, CPU, MEMBERS };

static const uint64_t now_ns = UINT64_C(1000000000000);
static const struct hyp_backend card_backend = {.name = "card"};
static hyp_context context = {.cpu_threads = 4};
static hyp_device devices[MEMBERS];
static struct set set;

/* The card takes a tenth of the CPU's time: 10 ns a unit. */
static int reset_set(void **state)
{
    (void)state;
    memset(&set, 0, sizeof set);
    set.member_count = MEMBERS;
    for (unsigned m = 0; m < MEMBERS; m++) {
        struct set_member *member = &set.members[m];
        devices[m] = (hyp_device){
            .context = &context,
            .backend = m == CPU ? &hyp_backend_cpu : &card_backend,
            .info = {.op_count = 1, .ops = {{.op = HYP_OP_KECCAK256, .max_items = 1 << 20}}},
            .thread = pthread_self()};
        member->device = &devices[m];
        hyp_health_opened(&member->health, true);
        hyp_cost_learn(&member->cost[HYP_OP_KECCAK256], now_ns, 1000, m == CPU ? 100000 : 10000);
    }
    return 0;
}

/* Short messages: a unit of work each. */
static hyp_batch_header batch_of(uint32_t items)
{
    return (hyp_batch_header){.op = HYP_OP_KECCAK256,
                              .item_count = items,
                              .descriptors_length = items * sizeof(hyp_keccak_descriptor)};
}

/* Feeding so many items takes processors so long. */
static void learn_feeding(uint32_t items, uint64_t ns)
{
    hyp_batch_header header = batch_of(items);
    set_feeding_learn(&set.members[CARD], &header, now_ns, ns);
}

/* Half of a batch of twice as many. */
static bool is_worth(unsigned member, uint32_t items, uint32_t tried)
{
    hyp_batch_header header = batch_of(2 * items);
    return set_is_worth_feeding(&set, &set.members[member], &header, 0.5, tried);
}

static void the_time_of_all_threads_counts(void **state)
{
    (void)state;
    learn_feeding(1000, 200000);
    hyp_batch_header header = batch_of(1000);
    assert_float_equal(set_feeding_ns(&set.members[CARD], &header, 1), 50000, 1);
    assert_true(is_worth(CARD, 1000, 0)); /* 50 against 100 us */
    reset_set(state);
    learn_feeding(1000, 260000);
    assert_false(is_worth(CARD, 1000, 0)); /* 65 against 100 us */
    assert_true(is_worth(CPU, 1000, 0));
}

static void what_a_launch_costs_is_paid_for_by_large_batches(void **state)
{
    (void)state;
    learn_feeding(100, 204000);
    learn_feeding(10000, 600000); /* 200 us and 40 ns a unit: on four threads 50 us and 10 ns */
    assert_false(is_worth(CARD, 300, 0));
    assert_true(is_worth(CARD, 1000, 0));
}

static void a_card_is_fed_where_the_cpu_is_of_no_help(void **state)
{
    (void)state;
    learn_feeding(1000, 10000000);
    assert_false(is_worth(CARD, 1000, 0));
    assert_true(is_worth(CARD, 1000, 1u << CPU));
    set.members[CPU].busy_ns = 1e6;
    assert_true(is_worth(CARD, 1000, 0));
    set.members[CARD].busy_ns = 1e6;
    assert_false(is_worth(CARD, 1000, 0));
    set.split = HYP_SPLIT_EVENLY;
    assert_true(is_worth(CARD, 1000, 0));
    set.split = HYP_SPLIT_BY_COST;
    hyp_health_failed(&set.members[CPU].health, now_ns);
    assert_true(is_worth(CARD, 1000, 0));
}

static void processor_time_is_of_one_thread(void **state)
{
    struct set_member *member = &set.members[CARD]; /* of this thread here */
    uint64_t before = set_member_processor_ns(member);
    uint64_t end = set_processor_ns() + 1000000;

    (void)state;
    while (set_processor_ns() < end) {
    }
    assert_true(set_member_processor_ns(member) - before >= 1000000);
    before = set_processor_ns();
    usleep(20000);
    assert_true(set_processor_ns() - before < 20000000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_time_of_all_threads_counts, reset_set),
        cmocka_unit_test_setup(what_a_launch_costs_is_paid_for_by_large_batches, reset_set),
        cmocka_unit_test_setup(a_card_is_fed_where_the_cpu_is_of_no_help, reset_set),
        cmocka_unit_test_setup(processor_time_is_of_one_thread, reset_set),
    };
    return cmocka_run_group_tests_name("feeding", tests, NULL, NULL);
}
