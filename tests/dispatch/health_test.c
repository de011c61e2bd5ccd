/* The health of a member, in every state and after every event. */
#include <string.h>

#include "host/src/dispatch/health.h"
#include "tests/support/test.h"

static const uint64_t long_after = UINT64_C(1000000000000);

static struct hyp_health ready(void)
{
    struct hyp_health health;
    hyp_health_opened(&health, true);
    return health;
}

static void third_failure_in_a_row_is_the_last(void **state)
{
    struct hyp_health health = ready();
    uint64_t now = 0;
    uint64_t pause = 0;

    (void)state;
    for (int i = 1; i <= HYP_HEALTH_MOST_FAILURES; i++) {
        assert_true(hyp_health_admits(&health, now));
        hyp_health_started(&health);
        hyp_health_failed(&health, now);
        assert_false(hyp_health_admits(&health, now));
        if (i < HYP_HEALTH_MOST_FAILURES) {
            assert_int_equal(health.state, HYP_HEALTH_QUARANTINED);
            assert_false(hyp_health_admits(&health, health.retry_ns - 1));
            assert_true(health.retry_ns - now > pause); /* it grows */
            pause = health.retry_ns - now;
            now = health.retry_ns;
        }
    }
    assert_int_equal(health.state, HYP_HEALTH_FAILED);
    assert_false(hyp_health_admits(&health, long_after));
    hyp_health_readmit(&health);
    assert_true(hyp_health_admits(&health, now));
}

static void success_between_failures_counts_from_the_start(void **state)
{
    struct hyp_health health = ready();
    uint64_t now = 0;

    (void)state;
    for (int i = 0; i < 20; i++) {
        hyp_health_started(&health);
        hyp_health_failed(&health, now);
        now = health.retry_ns;
        assert_true(hyp_health_admits(&health, now));
        hyp_health_started(&health);
        hyp_health_succeeded(&health);
        assert_int_equal(health.state, HYP_HEALTH_READY);
    }
}

static void a_suspect_gets_one_job_at_a_time(void **state)
{
    struct hyp_health health = ready();

    (void)state;
    hyp_health_failed(&health, 0);
    assert_true(hyp_health_admits(&health, long_after));
    assert_int_equal(health.state, HYP_HEALTH_SUSPECT);
    hyp_health_started(&health);
    assert_false(hyp_health_admits(&health, long_after));
    hyp_health_succeeded(&health);
    assert_true(hyp_health_admits(&health, long_after));
}

static void a_probe_that_tells_nothing_is_followed_by_another(void **state)
{
    struct hyp_health health = ready();

    (void)state;
    hyp_health_failed(&health, 0);
    assert_true(hyp_health_admits(&health, long_after));
    hyp_health_started(&health);
    hyp_health_untold(&health);
    assert_int_equal(health.state, HYP_HEALTH_SUSPECT);
    assert_true(hyp_health_admits(&health, long_after));
    hyp_health_started(&health);
    assert_false(hyp_health_admits(&health, long_after));
    hyp_health_succeeded(&health);
    assert_int_equal(health.state, HYP_HEALTH_READY);
}

static void jobs_that_one_fault_takes_down_are_one_failure(void **state)
{
    struct hyp_health health = ready();

    (void)state;
    for (int i = 0; i < 10; i++) {
        hyp_health_failed(&health, 0);
    }
    assert_int_equal(health.failures, 1);
    assert_int_equal(health.state, HYP_HEALTH_QUARANTINED);
    /* What was under way before the fault and comes back right does not end the quarantine. */
    hyp_health_succeeded(&health);
    assert_int_equal(health.state, HYP_HEALTH_QUARANTINED);
}

enum { EVENTS = 6 };

static void apply(struct hyp_health *health, int event, uint64_t *now)
{
    switch (event) {
    case 0:
        if (hyp_health_admits(health, *now)) {
            hyp_health_started(health);
        }
        break;
    case 1:
        hyp_health_succeeded(health);
        break;
    case 2:
        hyp_health_failed(health, *now);
        break;
    case 3:
        hyp_health_readmit(health);
        break;
    case 4:
        *now += 100000000;
        break;
    default:
        *now += UINT64_C(10000000000);
        break;
    }
}

static void check_invariants(const struct hyp_health *before, const struct hyp_health *after,
                             int event)
{
    assert_true(after->state >= HYP_HEALTH_READY && after->state <= HYP_HEALTH_FAILED);
    assert_true(after->failures <= HYP_HEALTH_MOST_FAILURES);
    assert_int_equal(after->state == HYP_HEALTH_FAILED,
                     after->failures == HYP_HEALTH_MOST_FAILURES);
    /* Out of failed by the operator alone, out of quarantine never straight to ready. */
    if (before->state == HYP_HEALTH_FAILED && event != 3) {
        assert_int_equal(after->state, HYP_HEALTH_FAILED);
    }
    if (before->state == HYP_HEALTH_QUARANTINED) {
        assert_int_not_equal(after->state, HYP_HEALTH_READY);
    }
    if (after->probing) {
        assert_int_equal(after->state, HYP_HEALTH_SUSPECT);
    }
}

/* Every sequence of eight events from the six kinds: 1.7 million. */
static void no_sequence_of_events_breaks_an_invariant(void **state)
{
    (void)state;
    for (int sequence = 0;
         sequence < EVENTS * EVENTS * EVENTS * EVENTS * EVENTS * EVENTS * EVENTS * EVENTS;
         sequence++) {
        struct hyp_health health = ready();
        uint64_t now = 0;
        int rest = sequence;
        for (int i = 0; i < 8; i++, rest /= EVENTS) {
            struct hyp_health before = health;
            apply(&health, rest % EVENTS, &now);
            check_invariants(&before, &health, rest % EVENTS);
        }
    }
}

static void absent_stays_out(void **state)
{
    struct hyp_health health;

    (void)state;
    hyp_health_opened(&health, false);
    assert_int_equal(health.state, HYP_HEALTH_ABSENT);
    assert_false(hyp_health_admits(&health, long_after));
    assert_string_equal(hyp_health_name(health.state), "absent");
    assert_string_equal(hyp_health_name(HYP_HEALTH_FAILED), "failed");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(third_failure_in_a_row_is_the_last),
        cmocka_unit_test(success_between_failures_counts_from_the_start),
        cmocka_unit_test(a_suspect_gets_one_job_at_a_time),
        cmocka_unit_test(a_probe_that_tells_nothing_is_followed_by_another),
        cmocka_unit_test(jobs_that_one_fault_takes_down_are_one_failure),
        cmocka_unit_test(no_sequence_of_events_breaks_an_invariant),
        cmocka_unit_test(absent_stays_out),
    };
    return cmocka_run_group_tests_name("health", tests, NULL, NULL);
}
