/* A simulated card that comes up and never says a word: opening ends by itself. Takes the 40 s that
 * a card has. */
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

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(silent_card_is_given_up)};
    return cmocka_run_group_tests_name("silent card", tests, xrt_setup, xrt_teardown);
}
