/* A simulated card that comes up and never says a word: opening ends by itself, after the 40 s that
 * a card has. A helper that hangs while its card is idle: work ends by itself, after the 10 s that
 * it has to listen. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "tests/xrt/fixture.h"

static void silent_card_is_given_up(void **state)
{
    (void)state;
    hyp_error error;
    setenv("FAKE_CARD", "silent", 1);
    uint64_t before = hyp_clock_ns();
    assert_int_equal(xrt_refused(xrt_fake_xclbin, &error), HYP_EDEVICE);
    assert_non_null(strstr(error.message, "did not answer"));
    assert_in_range((hyp_clock_ns() - before) / 1000000000, 39, 60);
    assert_int_equal(xrt_helper(0), 0);
}

/* What it does not listen to fills its socket: that memories are gone. */
static void deaf_helper_is_given_up(void **state)
{
    enum { BATCHES = 400 };
    static struct xrt_batch batches[BATCHES + 1];
    hyp_error error = {0, ""};
    int result;
    (void)state;
    unsetenv("FAKE_CARD");
    struct xrt_fixture fixture = xrt_open(xrt_fake_xclbin);
    for (unsigned i = 0; i < BATCHES; i++) {
        xrt_batch_create(&fixture, &batches[i], 1, 10, i);
        xrt_run(&fixture, &batches[i]);
    }
    kill(xrt_helper(0), SIGSTOP);
    for (unsigned i = 0; i < BATCHES; i++)
        xrt_batch_destroy(&fixture, &batches[i]);
    struct xrt_batch *last = &batches[BATCHES];
    xrt_batch_create(&fixture, last, 1, 10, BATCHES);
    uint64_t begin = hyp_clock_ns();
    while ((result = xrt_backend->start(fixture.card, &last->run)) == HYP_EAGAIN &&
           hyp_clock_ns() < begin + UINT64_C(60000000000))
        continue;
    assert_int_equal(result, HYP_OK);
    assert_int_equal(xrt_wait_lost(&fixture, 1000, &error), HYP_EDEVICE);
    assert_non_null(strstr(error.message, "hangs"));
    assert_in_range((hyp_clock_ns() - begin) / 1000000000, 9, 30);
    assert_int_equal(xrt_backend->reset(fixture.card, &error), HYP_OK);
    xrt_run(&fixture, last);
    xrt_batch_destroy(&fixture, last);
    xrt_close(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(silent_card_is_given_up),
                                       cmocka_unit_test(deaf_helper_is_given_up)};
    return cmocka_run_group_tests_name("silent card", tests, xrt_setup, xrt_teardown);
}
