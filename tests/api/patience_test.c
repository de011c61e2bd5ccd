/* Waiting for another thread: how long, and how. */
#include <pthread.h>
#include <unistd.h>

#include "host/src/patience.h"
#include "hyperion/context.h"
#include "tests/support/test.h"

static const uint64_t second = UINT64_C(1000000000);

static void nobody_waits_for_what_is_there(void **state)
{
    struct hyp_patience patience = {0};
    atomic_bool news = true;

    (void)state;
    uint64_t before = hyp_clock_ns();
    uint64_t began = hyp_patience_spin(&patience, &news, UINT64_MAX, 2);
    assert_in_range(began, before, hyp_clock_ns());
}

static void a_wait_ends(void **state)
{
    atomic_bool news = false;

    (void)state;
    for (int i = 0; i < 100; i++) {
        struct hyp_patience patience = {0};
        uint64_t until = hyp_clock_ns() + (i % 2 ? 1000 : second);
        hyp_patience_spin(&patience, &news, until, 2);
        assert_true(hyp_clock_ns() < until + second / 2);
    }
}

static void a_single_core_is_left_to_the_other_thread(void **state)
{
    uint64_t least = UINT64_MAX;
    atomic_bool news = false;

    (void)state;
    for (int i = 0; i < 100; i++) {
        struct hyp_patience patience = {0};
        uint64_t began = hyp_patience_spin(&patience, &news, UINT64_MAX, 1);
        uint64_t took = hyp_clock_ns() - began;
        least = took < least ? took : least;
    }
    assert_true(least < 20000);
}

/* Until waits are short again. */
static void long_waits_are_slept(void **state)
{
    struct hyp_patience patience = {0};

    (void)state;
    for (int i = 0; i < 20; i++) {
        hyp_patience_learn(&patience, hyp_clock_ns() - second);
    }
    assert_true(patience.typical_ns > 50000 && patience.typical_ns < second);
    for (int i = 0; i < 100; i++) {
        hyp_patience_learn(&patience, hyp_clock_ns());
    }
    assert_true(patience.typical_ns < 20000);
}

static void who_was_made_to_wait_sleeps_next_time(void **state)
{
    struct hyp_patience patience = {.sleep_until_ns = hyp_clock_ns() + 60 * second};
    atomic_bool news = false;
    uint64_t least = UINT64_MAX;

    (void)state;
    for (int i = 0; i < 100; i++) {
        uint64_t began = hyp_patience_spin(&patience, &news, UINT64_MAX, 2);
        uint64_t took = hyp_clock_ns() - began;
        least = took < least ? took : least;
    }
    assert_true(least < 20000);
}

static void *tell(void *argument)
{
    usleep(1000);
    atomic_store((atomic_bool *)argument, true);
    return NULL;
}

static void news_of_another_thread_are_seen(void **state)
{
    atomic_bool news = false;
    pthread_t thread;

    (void)state;
    assert_int_equal(pthread_create(&thread, NULL, tell, &news), 0);
    uint64_t limit = hyp_clock_ns() + 60 * second;
    while (!atomic_load(&news) && hyp_clock_ns() < limit) {
        struct hyp_patience patience = {0};
        hyp_patience_spin(&patience, &news, UINT64_MAX, 2);
    }
    assert_true(atomic_load(&news));
    pthread_join(thread, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nobody_waits_for_what_is_there),
        cmocka_unit_test(a_wait_ends),
        cmocka_unit_test(a_single_core_is_left_to_the_other_thread),
        cmocka_unit_test(long_waits_are_slept),
        cmocka_unit_test(who_was_made_to_wait_sleeps_next_time),
        cmocka_unit_test(news_of_another_thread_are_seen),
    };
    return cmocka_run_group_tests_name("patience", tests, NULL, NULL);
}
