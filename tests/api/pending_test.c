/* Jobs that wait to be started, against a plain array of them. */
#include <string.h>

#include "host/src/pending.h"
#include "tests/support/random_batch.h"
#include "tests/support/test.h"

enum { SLOTS = 300, OPS = 3 };

static struct hyp_slot slots[SLOTS];
static bool waits[SLOTS];

/* Some that do not wait yet, of up to three queues, whose orders only grow. */
static void add_some(struct random *random, struct hyp_pending *pending, uint64_t virtual_time)
{
    struct hyp_slot_list list;

    hyp_slot_list_clear(&list);
    for (int queue = 0; queue < 3; queue++) {
        uint64_t order = virtual_time + random_below(random, 50);
        for (uint64_t i = random_below(random, 20); i > 0; i--) {
            unsigned place = (unsigned)random_below(random, SLOTS);
            if (!waits[place]) {
                waits[place] = true;
                slots[place].run.op = (enum hyp_op)(1 + random_below(random, OPS));
                slots[place].run.order = order;
                slots[place].run.deadline_ns = 1 + random_below(random, 1000);
                hyp_slot_list_append(&list, &slots[place]);
                order += random_below(random, 10);
            }
        }
    }
    hyp_pending_add(pending, &list);
    assert_null(list.head);
}

static void check_first(const struct hyp_pending *pending, const bool left_out[HYP_MAX_OPS])
{
    const struct hyp_slot *first = hyp_pending_first(pending, left_out);
    uint64_t lowest = UINT64_MAX;
    uint64_t deadline = UINT64_MAX;
    uint32_t count = 0;

    for (int i = 0; i < SLOTS; i++) {
        uint64_t order = waits[i] && !left_out[slots[i].run.op] ? slots[i].run.order : UINT64_MAX;
        lowest = order < lowest ? order : lowest;
        deadline =
            waits[i] && slots[i].run.deadline_ns < deadline ? slots[i].run.deadline_ns : deadline;
        count += waits[i];
    }
    assert_int_equal(pending->count, count);
    assert_true(pending->first_deadline <= deadline);
    assert_true((first == NULL) == (lowest == UINT64_MAX));
    if (first) {
        assert_true(waits[first - slots] && !left_out[first->run.op]);
        assert_int_equal(first->run.order, lowest);
    }
}

static bool is_due(const struct hyp_slot *slot, const void *now)
{
    return slot->run.deadline_ns <= *(const uint64_t *)now;
}

/* Takes what is due: that, all of that, and nothing else. */
static void take_due(struct hyp_pending *pending, uint64_t now)
{
    struct hyp_slot_list taken;

    hyp_slot_list_clear(&taken);
    hyp_pending_take(pending, is_due, &now, &taken);
    for (struct hyp_slot *slot = taken.head; slot; slot = slot->next) {
        assert_true(waits[slot - slots] && is_due(slot, &now));
        waits[slot - slots] = false;
    }
    for (int i = 0; i < SLOTS; i++) {
        assert_false(waits[i] && is_due(&slots[i], &now));
    }
    assert_true(pending->first_deadline > now);
}

static void against_an_array(void **state)
{
    struct random random = {0x70656e64};
    struct hyp_pending pending;
    uint64_t virtual_time = 0;

    (void)state;
    memset(waits, 0, sizeof waits);
    hyp_pending_init(&pending);
    for (int round = 0; round < 20000; round++) {
        bool left_out[HYP_MAX_OPS] = {false};
        left_out[1 + random_below(&random, OPS)] = random_below(&random, 2);
        check_first(&pending, left_out);
        struct hyp_slot *first = hyp_pending_first(&pending, left_out);
        uint64_t what = random_below(&random, 40);
        if (what == 0) {
            take_due(&pending, random_below(&random, 200));
        } else if (what < 4) {
            add_some(&random, &pending, virtual_time);
        } else if (first) {
            virtual_time = first->run.order > virtual_time ? first->run.order : virtual_time;
            hyp_pending_remove_first(&pending, first);
            waits[first - slots] = false;
        }
    }
}

/* Within a queue jobs start as they were submitted, also where their orders are the same. */
static void equals_stay_in_line(void **state)
{
    const bool none[HYP_MAX_OPS] = {false};
    struct hyp_pending pending;
    struct hyp_slot_list list;

    (void)state;
    hyp_pending_init(&pending);
    for (int i = 0; i < 10; i++) {
        hyp_slot_list_clear(&list);
        slots[i] = (struct hyp_slot){.run = {.op = HYP_OP_KECCAK256, .order = 7}};
        hyp_slot_list_append(&list, &slots[i]);
        hyp_pending_add(&pending, &list);
    }
    for (int i = 0; i < 10; i++) {
        assert_ptr_equal(hyp_pending_first(&pending, none), &slots[i]);
        hyp_pending_remove_first(&pending, &slots[i]);
    }
    assert_null(hyp_pending_first(&pending, none));
    assert_int_equal(pending.first_deadline, UINT64_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(against_an_array),
        cmocka_unit_test(equals_stay_in_line),
    };
    return cmocka_run_group_tests_name("pending", tests, NULL, NULL);
}
