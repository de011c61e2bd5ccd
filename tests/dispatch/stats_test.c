/* What is counted and told of devices that work and fail as scripted. */
#include <stdatomic.h>
#include <string.h>

#include "host/src/statistics.h"
#include "hyperion/hyperion.h"
#include "tests/api/scripted_backend.h"
#include "tests/support/test.h"

enum { ITEMS = 100 };

static atomic_uint events[HYP_EVENT_REDONE + 1];

static void count_event(void *user, const hyp_event *event)
{
    assert_true(event->kind <= HYP_EVENT_REDONE);
    assert_true(event->time_ns > 0 && event->message[0] && event->device[0]);
    assert_ptr_equal(user, events);
    atomic_fetch_add(&events[event->kind], 1);
}

struct fixture {
    hyp_context *context;
    hyp_device *device;
    hyp_queue *queue;
    hyp_keccak_batch *batch;
};

static struct fixture open_fixture(const char *names, hyp_verify_mode verify)
{
    hyp_context_options context_options = HYP_CONTEXT_OPTIONS_INIT;
    hyp_queue_options options = HYP_QUEUE_OPTIONS_INIT;
    struct fixture fixture = {0};

    context_options.event = count_event;
    context_options.event_user = events;
    options.verify = verify;
    assert_int_equal(hyp_context_create(&context_options, &fixture.context, NULL), HYP_OK);
    fixture.context->extra_backend = &scripted_backend;
    assert_int_equal(hyp_device_open(fixture.context, names, NULL, &fixture.device, NULL), HYP_OK);
    assert_int_equal(hyp_queue_create(fixture.device, &options, &fixture.queue), HYP_OK);
    assert_int_equal(hyp_keccak_batch_create(fixture.device, ITEMS, ITEMS * 8, &fixture.batch),
                     HYP_OK);
    for (int i = 0; i < ITEMS; i++) {
        assert_int_equal(hyp_keccak_batch_add(fixture.batch, "hyperion", 8), i);
    }
    return fixture;
}

static void close_fixture(struct fixture *fixture)
{
    hyp_queue_destroy(fixture->queue);
    hyp_keccak_batch_destroy(fixture->batch);
    hyp_device_close(fixture->device);
    hyp_context_destroy(fixture->context);
}

static int run_job(struct fixture *fixture)
{
    hyp_job job = hyp_keccak_batch_job(fixture->batch, NULL);
    hyp_completion completion;

    assert_int_equal(hyp_queue_submit(fixture->queue, &job, 1), 1);
    assert_int_equal(hyp_queue_wait(fixture->queue, UINT64_MAX), HYP_OK);
    assert_int_equal(hyp_queue_reap(fixture->queue, &completion, 1), 1);
    return completion.result;
}

static int reset_all(void **state)
{
    (void)state;
    scripted_clear();
    for (int i = 0; i < SCRIPTED_CARDS; i++) {
        scripted_cards[i].item_cost_ns = 10000; /* half a batch is worth sharing */
    }
    memset(events, 0, sizeof events);
    return 0;
}

static hyp_op_stats keccak_stats(struct fixture *fixture, uint32_t member)
{
    hyp_op_stats stats;
    assert_int_equal(hyp_device_get_op_stats(fixture->device, member, HYP_OP_KECCAK256, &stats),
                     HYP_OK);
    return stats;
}

static hyp_device_status status_of(struct fixture *fixture, uint32_t member)
{
    hyp_device_status status;
    assert_int_equal(hyp_device_get_status(fixture->device, member, &status), HYP_OK);
    return status;
}

static void times_go_to_their_buckets(void **state)
{
    static hyp_histogram histogram;
    uint64_t previous = 0;

    (void)state;
    for (unsigned i = 0; i < HYP_HISTOGRAM_BUCKETS; i++) {
        uint64_t limit = hyp_histogram_limit_ns(i);
        assert_true(limit > previous);
        memset(&histogram, 0, sizeof histogram);
        hyp_histogram_add(&histogram, limit - 1);
        hyp_histogram_add(&histogram, previous);
        assert_int_equal(histogram.buckets[i], 2);
        assert_true(hyp_histogram_quantile_ns(&histogram, 0.5) == limit);
        assert_true(i == 0 || i == HYP_HISTOGRAM_BUCKETS - 1 || limit <= previous + previous / 4);
        previous = limit;
    }
    assert_true(hyp_histogram_limit_ns(HYP_HISTOGRAM_BUCKETS + 5) == UINT64_MAX);
}

static void quantiles_count_from_below(void **state)
{
    static hyp_histogram histogram;

    (void)state;
    assert_int_equal(hyp_histogram_quantile_ns(&histogram, 0.5), 0);
    for (int i = 0; i < 98; i++) {
        hyp_histogram_add(&histogram, 1000);
    }
    hyp_histogram_add(&histogram, 1000000);
    hyp_histogram_add(&histogram, 1000000);
    assert_in_range(hyp_histogram_quantile_ns(&histogram, 0.98), 1001, 1250);
    assert_in_range(hyp_histogram_quantile_ns(&histogram, 0.99), 1000001, 1250000);
    assert_in_range(hyp_histogram_quantile_ns(&histogram, 1), 1000001, 1250000);
    assert_int_equal(histogram.sum_ns, 98 * 1000 + 2000000);
}

static void work_is_counted_and_trials_are_not(void **state)
{
    (void)state;
    struct fixture fixture = open_fixture("scripted:0", HYP_VERIFY_SAMPLED);
    assert_int_equal(hyp_device_member_count(fixture.device), 1);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(run_job(&fixture), HYP_OK);
    }
    hyp_op_stats stats = keccak_stats(&fixture, 0);
    hyp_job job = hyp_keccak_batch_job(fixture.batch, NULL);
    assert_int_equal(stats.op, HYP_OP_KECCAK256);
    assert_int_equal(stats.batches, 3);
    assert_int_equal(stats.items, 3 * ITEMS);
    assert_int_equal(stats.items_checked, 3 * 4); /* the least of a sample */
    assert_int_equal(stats.input_bytes, 3 * job.input_bytes);
    assert_true(stats.output_bytes >= 3 * ITEMS * 32);
    assert_int_equal(stats.batches_failed + stats.lies + stats.retries + stats.items_failed, 0);
    assert_int_equal(stats.run.count, 3);
    assert_int_equal(stats.queue.count, 3);
    assert_int_equal(status_of(&fixture, 0).state, HYP_STATE_READY);
    assert_string_equal(status_of(&fixture, 0).name, "scripted:0");
    close_fixture(&fixture);
}

static void a_lie_is_counted_told_and_kept_from_the_caller(void **state)
{
    (void)state;
    struct fixture fixture = open_fixture("scripted:0,scripted:1", HYP_VERIFY_STRICT);
    scripted_lock();
    for (int i = 0; i < 64; i++) {
        scripted_cards[1].fault_at[i] = SCRIPTED_WRONG_DIGEST;
    }
    scripted_unlock();
    assert_int_equal(hyp_device_member_count(fixture.device), 2);
    while (keccak_stats(&fixture, 1).lies == 0) {
        assert_int_equal(run_job(&fixture), HYP_OK);
    }
    hyp_op_stats stats = keccak_stats(&fixture, 1);
    assert_int_equal(stats.batches_failed, stats.lies);
    assert_int_equal(stats.retries, 1);
    assert_int_equal(stats.items, 0);
    assert_true(stats.items_checked > 0);
    hyp_device_status status = status_of(&fixture, 1);
    assert_true(status.state == HYP_STATE_QUARANTINED || status.state == HYP_STATE_RESETTING);
    assert_int_equal(status.failures, 1);
    assert_true(status.faults >= 1 && status.resets >= 1);
    assert_true(atomic_load(&events[HYP_EVENT_LIE]) >= 1);
    assert_true(atomic_load(&events[HYP_EVENT_RESET]) >= 1);
    assert_true(atomic_load(&events[HYP_EVENT_STATE]) >= 1);
    assert_int_equal(atomic_load(&events[HYP_EVENT_REDONE]), 1);
    assert_int_equal(keccak_stats(&fixture, 0).lies, 0);
    assert_int_equal(status_of(&fixture, 0).state, HYP_STATE_READY);
    close_fixture(&fixture);
}

static void the_operator_readmits_a_failed_member(void **state)
{
    struct timespec pause = {0, 50000000};

    (void)state;
    struct fixture fixture = open_fixture("scripted:0,scripted:1", HYP_VERIFY_SAMPLED);
    scripted_lock();
    for (int i = 0; i < 64; i++) {
        scripted_cards[0].fault_at[i] = SCRIPTED_FAIL_RUN;
    }
    scripted_unlock();
    uint64_t until = hyp_clock_ns() + UINT64_C(60000000000);
    while (status_of(&fixture, 0).state != HYP_STATE_FAILED && hyp_clock_ns() < until) {
        assert_int_equal(run_job(&fixture), HYP_OK);
        nanosleep(&pause, NULL);
    }
    assert_int_equal(status_of(&fixture, 0).state, HYP_STATE_FAILED);
    assert_int_equal(status_of(&fixture, 0).failures, 3);
    uint64_t batches = keccak_stats(&fixture, 0).batches;
    assert_int_equal(run_job(&fixture), HYP_OK);
    assert_int_equal(keccak_stats(&fixture, 0).batches, batches);
    scripted_lock();
    memset(scripted_cards[0].fault_at, 0, sizeof scripted_cards[0].fault_at);
    scripted_unlock();
    assert_int_equal(hyp_device_readmit(fixture.device, 2), HYP_EINVAL);
    assert_int_equal(hyp_device_readmit(fixture.device, 0), HYP_OK);
    while (status_of(&fixture, 0).state != HYP_STATE_READY && hyp_clock_ns() < until) {
        assert_int_equal(run_job(&fixture), HYP_OK);
    }
    assert_int_equal(status_of(&fixture, 0).state, HYP_STATE_READY);
    assert_true(keccak_stats(&fixture, 0).batches > batches);
    close_fixture(&fixture);
}

static void what_does_not_exist_is_refused(void **state)
{
    hyp_device_status status;
    hyp_op_stats stats;

    (void)state;
    struct fixture fixture = open_fixture("scripted:0", HYP_VERIFY_SAMPLED);
    assert_int_equal(hyp_device_get_status(fixture.device, 1, &status), HYP_EINVAL);
    assert_int_equal(hyp_device_get_op_stats(fixture.device, 1, HYP_OP_KECCAK256, &stats),
                     HYP_EINVAL);
    assert_int_equal(hyp_device_get_op_stats(fixture.device, 0, HYP_OP_ECRECOVER, &stats),
                     HYP_ENOTSUP);
    assert_int_equal(hyp_device_readmit(fixture.device, 0), HYP_EINVAL);
    assert_string_equal(hyp_device_state_name(HYP_STATE_QUARANTINED), "quarantined");
    assert_string_equal(hyp_device_state_name((hyp_device_state)99), "unknown");
    assert_string_equal(hyp_event_kind_name(HYP_EVENT_REDONE), "redone");
    assert_string_equal(hyp_event_kind_name((hyp_event_kind)99), "unknown");
    close_fixture(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_go_to_their_buckets),
        cmocka_unit_test(quantiles_count_from_below),
        cmocka_unit_test_setup(work_is_counted_and_trials_are_not, reset_all),
        cmocka_unit_test_setup(a_lie_is_counted_told_and_kept_from_the_caller, reset_all),
        cmocka_unit_test_setup(the_operator_readmits_a_failed_member, reset_all),
        cmocka_unit_test_setup(what_does_not_exist_is_refused, reset_all),
    };
    return cmocka_run_group_tests_name("statistics", tests, NULL, NULL);
}
