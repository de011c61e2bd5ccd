/* The planner and the cost model. */
#include <math.h>
#include <stdlib.h>

#include "host/src/dispatch/plan.h"
#include "tests/support/test.h"

static struct hyp_plan_member member(double fixed_ns, double unit_ns)
{
    return (struct hyp_plan_member){{fixed_ns, unit_ns}, 0, UINT32_MAX / 4};
}

static double time_of(const struct hyp_plan_member *members, const uint32_t *shares, size_t count,
                      double unit_per_item)
{
    double latest = 0;
    for (size_t i = 0; i < count; i++) {
        if (shares[i]) {
            double time = members[i].busy_ns + members[i].cost.fixed_ns +
                          members[i].cost.unit_ns * unit_per_item * shares[i];
            latest = time > latest ? time : latest;
        }
    }
    return latest;
}

static void equal_members_get_halves(void **state)
{
    const struct hyp_plan_member members[] = {member(1000, 100), member(1000, 100)};
    uint32_t shares[2];

    (void)state;
    assert_int_equal(hyp_plan(members, 2, 10000, 10000, shares), 10000);
    assert_in_range(shares[0], 4990, 5010);
    assert_int_equal(shares[0] + shares[1], 10000);
}

static void small_batches_are_not_cut(void **state)
{
    const struct hyp_plan_member members[] = {member(1000000, 10), member(0, 100)};
    uint32_t shares[2];

    (void)state;
    assert_int_equal(hyp_plan(members, 2, 100, 100, shares), 100);
    assert_int_equal(shares[0], 0);
    assert_int_equal(shares[1], 100);
}

static void busy_members_get_less(void **state)
{
    struct hyp_plan_member members[] = {member(0, 100), member(0, 100)};
    uint32_t shares[2];

    (void)state;
    members[0].busy_ns = 500000;
    assert_int_equal(hyp_plan(members, 2, 10000, 10000, shares), 10000);
    assert_in_range(shares[0], 2400, 2600);
}

static void nobody_takes_more_than_it_can(void **state)
{
    struct hyp_plan_member members[] = {member(0, 1), member(0, 1000), member(0, 1)};
    uint32_t shares[3];

    (void)state;
    members[0].max_items = 10;
    members[1].max_items = 20;
    members[2].max_items = 0;
    assert_int_equal(hyp_plan(members, 3, 1000, 1000, shares), 30);
    assert_int_equal(shares[0], 10);
    assert_int_equal(shares[1], 20);
    assert_int_equal(shares[2], 0);
    members[0].max_items = 0;
    members[1].max_items = 0;
    assert_int_equal(hyp_plan(members, 3, 1000, 1000, shares), 0);
    assert_int_equal(hyp_plan(members, 3, 0, 0, shares), 0);
}

/* Never worse than the best single member by more than rounding, whatever the members are like. */
static void random_plans_beat_the_best_fixed_choice(void **state)
{
    (void)state;
    srand(7);
    for (int round = 0; round < 3000; round++) {
        struct hyp_plan_member members[4];
        uint32_t shares[4];
        size_t count = 1 + (size_t)(rand() % 4);
        uint32_t items = 1 + (uint32_t)(rand() % 100000);
        uint64_t units = (uint64_t)items * (1 + (uint64_t)(rand() % 20));
        double best = INFINITY;
        for (size_t i = 0; i < count; i++) {
            members[i] = member(rand() % 1000000, 1 + rand() % 3000);
            members[i].busy_ns = rand() % 100000;
            double alone = members[i].busy_ns + members[i].cost.fixed_ns +
                           members[i].cost.unit_ns * (double)units;
            best = alone < best ? alone : best;
        }
        assert_int_equal(hyp_plan(members, count, items, units, shares), items);
        uint64_t sum = 0;
        for (size_t i = 0; i < count; i++) {
            sum += shares[i];
        }
        assert_int_equal(sum, items);
        double one_item = 3000.0 * (double)units / items * 4;
        assert_true(time_of(members, shares, count, (double)units / items) <=
                    best * 1.2 + one_item);
    }
}

static void the_line_is_learned(void **state)
{
    struct hyp_cost_model model = {0};

    (void)state;
    struct hyp_cost before = hyp_cost_estimate(&model);
    assert_true(before.fixed_ns > 0 && before.unit_ns > 0);
    srand(3);
    for (int i = 0; i < 200; i++) {
        uint64_t units = 1 + (uint64_t)(rand() % 5000);
        uint64_t noise = (uint64_t)(rand() % 1000);
        hyp_cost_learn(&model, 0, units, 20000 + 30 * units + noise);
    }
    struct hyp_cost cost = hyp_cost_estimate(&model);
    assert_true(fabs(cost.unit_ns - 30) < 1);
    assert_true(fabs(cost.fixed_ns - 20500) < 1500);
}

static void a_change_of_speed_is_followed(void **state)
{
    struct hyp_cost_model model = {0};

    (void)state;
    for (int i = 0; i < 100; i++) {
        hyp_cost_learn(&model, 0, 1000 + 10 * (uint64_t)i, 100 * (1000 + 10 * (uint64_t)i));
    }
    for (int i = 0; i < 300; i++) {
        hyp_cost_learn(&model, 0, 1000 + 10 * (uint64_t)(i % 100),
                       500 * (1000 + 10 * (uint64_t)(i % 100)));
    }
    struct hyp_cost cost = hyp_cost_estimate(&model);
    assert_true(fabs(cost.fixed_ns + cost.unit_ns * 1500 - 500 * 1500) < 500 * 1500 * 0.02);
}

static void sizes_that_are_all_alike(void **state)
{
    struct hyp_cost_model model = {0};

    (void)state;
    for (int i = 0; i < 10; i++) {
        hyp_cost_learn(&model, 0, 64, 6400);
    }
    struct hyp_cost cost = hyp_cost_estimate(&model);
    assert_true(fabs(cost.unit_ns - 100) < 1e-6);
    assert_true(cost.fixed_ns >= 0 && cost.fixed_ns < 1e-6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_members_get_halves),
        cmocka_unit_test(small_batches_are_not_cut),
        cmocka_unit_test(busy_members_get_less),
        cmocka_unit_test(nobody_takes_more_than_it_can),
        cmocka_unit_test(random_plans_beat_the_best_fixed_choice),
        cmocka_unit_test(the_line_is_learned),
        cmocka_unit_test(a_change_of_speed_is_followed),
        cmocka_unit_test(sizes_that_are_all_alike),
    };
    return cmocka_run_group_tests_name("plan", tests, NULL, NULL);
}
