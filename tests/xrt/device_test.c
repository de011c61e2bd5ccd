/* xrt:0 and opencl:0 as a program has them: public API, keccak256 in RTL, and deadlines that hold
 * when what is behind XRT does not answer. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "tests/xrt/fixture.h"

#define SECOND UINT64_C(1000000000)

static hyp_context *context;
static hyp_device *device;

static int open_device(const char *name)
{
    hyp_error error = {0, ""};
    int result = hyp_context_create(NULL, &context, &error);
    if (result == 0)
        result = hyp_device_open(context, name, NULL, &device, &error);
    if (result)
        print_error("%s\n", error.message);
    return result;
}

static int open_xrt(void **state)
{
    (void)state;
    return open_device("xrt:0");
}

static int open_opencl(void **state)
{
    (void)state;
    return open_device("opencl:0");
}

static int close_device(void **state)
{
    (void)state;
    hyp_device_close(device);
    hyp_context_destroy(context);
    assert_int_equal(xrt_leftovers(), 0);
    return 0;
}

static void check_digests(void)
{
    static const char *const texts[] = {"", "a", "abc", "hyperion"};
    const void *messages[4];
    size_t lengths[4];
    uint8_t digests[4 * 32], wanted[32];
    for (size_t i = 0; i < 4; i++) {
        messages[i] = texts[i];
        lengths[i] = strlen(texts[i]);
    }
    assert_int_equal(hyp_keccak256_batch(device, messages, lengths, 4, 0, digests), HYP_OK);
    for (size_t i = 0; i < 4; i++) {
        hyp_keccak256(messages[i], lengths[i], wanted);
        assert_memory_equal(digests + i * 32, wanted, 32);
    }
}

static void digests_are_right(void **state)
{
    (void)state;
    check_digests();
}

/* One job with a deadline, on a card of which `pid` gets a signal first: it ends as expected, in
 * time, and the next jobs are right. */
static void job_during(pid_t pid, int signal, int expected)
{
    static const uint64_t deadline = SECOND;
    uint8_t digest[32];
    const void *message = "abc";
    size_t length = 3;
    assert_true(pid > 0);
    assert_int_equal(kill(pid, signal), 0);
    uint64_t before = hyp_clock_ns();
    int result = hyp_keccak256_batch(device, &message, &length, 1, before + deadline, digest);
    uint64_t took = hyp_clock_ns() - before;
    assert_int_equal(result, expected);
    assert_true(took < deadline + 10 * SECOND); /* the reset is on top */
    xrt_assert_gone(pid);
    assert_true(hyp_device_last_fault(device, NULL) < 0);
    check_digests();
    assert_int_equal(xrt_leftovers(), 1);
}

static void stopped_simulator_misses_the_deadline(void **state)
{
    (void)state;
    job_during(xrt_simulator(xrt_helper(0)), SIGSTOP, HYP_ETIMEDOUT);
}

static void stopped_helper_misses_the_deadline(void **state)
{
    (void)state;
    job_during(xrt_helper(0), SIGSTOP, HYP_ETIMEDOUT);
}

static void killed_simulator_is_an_error(void **state)
{
    (void)state;
    job_during(xrt_simulator(xrt_helper(0)), SIGKILL, HYP_EDEVICE);
}

static void killed_helper_is_an_error(void **state)
{
    (void)state;
    job_during(xrt_helper(0), SIGKILL, HYP_EDEVICE);
}

#define test(name)                                                                                 \
    {"xrt: " #name, name, open_xrt, close_device, NULL},                                           \
    {                                                                                              \
        "opencl: " #name, name, open_opencl, close_device, NULL                                    \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(digests_are_right),
        test(stopped_simulator_misses_the_deadline),
        test(stopped_helper_misses_the_deadline),
        test(killed_simulator_is_an_error),
        test(killed_helper_is_an_error),
    };
    return cmocka_run_group_tests_name("xrt:0 and opencl:0 through the API", tests, xrt_setup,
                                       xrt_teardown);
}
