/* Jobs on xrt:0 while a second thread kills, stops and continues what is behind it, at random: each
 * job ends right or with an error, in time, and at the end nothing is left.
 *
 *     chaos_test [SECONDS [SEED]]   (without arguments 8 s, in `make soak` 300) */
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/support/random_batch.h"
#include "tests/xrt/fixture.h"

#define SECOND   UINT64_C(1000000000)
#define MESSAGES 200
#define DEADLINE (SECOND / 2)
/* A reset, known answers, and a machine that has other work to do. */
#define PATIENCE (20 * SECOND)

static uint64_t seconds = 8, seed = 1;
static atomic_bool over;

static void *wreak_havoc(void *unused)
{
    static const int signals[] = {SIGKILL, SIGKILL, SIGSTOP, SIGSTOP, SIGCONT, SIGTERM, SIGSEGV};
    struct random random = {seed};
    (void)unused;
    while (!atomic_load(&over)) {
        long pause = (long)random_below(&random, 400) * 1000000;
        nanosleep(&(struct timespec){0, pause}, NULL);
        pid_t helper = xrt_helper(0), simulator = helper ? xrt_simulator(helper) : 0;
        pid_t victim = random_below(&random, 2) ? helper : simulator;
        int signal = signals[random_below(&random, sizeof(signals) / sizeof(signals[0]))];
        if (victim > 0)
            kill(victim, signal);
    }
    return NULL;
}

/* One job. Returns its result; digests that come with success are right. */
static int work(hyp_device *device, struct random *random)
{
    static uint8_t bytes[MESSAGES][150], digests[MESSAGES * 32];
    const void *messages[MESSAGES];
    size_t lengths[MESSAGES];
    uint8_t wanted[32];
    for (size_t i = 0; i < MESSAGES; i++) {
        messages[i] = bytes[i];
        lengths[i] = (size_t)random_below(random, sizeof(bytes[i]));
        bytes[i][0] = (uint8_t)random_u64(random);
    }
    uint64_t before = hyp_clock_ns();
    int result =
        hyp_keccak256_batch(device, messages, lengths, MESSAGES, before + DEADLINE, digests);
    assert_true(hyp_clock_ns() - before < DEADLINE + PATIENCE);
    for (size_t i = 0; result == HYP_OK && i < MESSAGES; i++) {
        hyp_keccak256(messages[i], lengths[i], wanted);
        assert_memory_equal(digests + i * 32, wanted, 32);
    }
    return result;
}

static void jobs_survive(void **state)
{
    hyp_context *context;
    hyp_device *device;
    hyp_error error = {0, ""};
    pthread_t havoc;
    struct random random = {seed ^ 0x5555};
    unsigned right = 0, failed = 0;
    (void)state;
    assert_int_equal(hyp_context_create(NULL, &context, NULL), HYP_OK);
    if (hyp_device_open(context, "xrt:0", NULL, &device, &error) != HYP_OK)
        fail_msg("%s", error.message);
    assert_int_equal(pthread_create(&havoc, NULL, wreak_havoc, NULL), 0);
    uint64_t until = hyp_clock_ns() + seconds * SECOND;
    while (hyp_clock_ns() < until) {
        int result = work(device, &random);
        assert_true(result == HYP_OK || result == HYP_EDEVICE || result == HYP_ETIMEDOUT);
        right += result == HYP_OK;
        failed += result != HYP_OK;
    }
    atomic_store(&over, true);
    pthread_join(havoc, NULL);

    /* Peace again: the card comes back, however busy the machine is. */
    uint64_t patience = hyp_clock_ns() + PATIENCE;
    int result = work(device, &random);
    while (result != HYP_OK && hyp_clock_ns() < patience) {
        nanosleep(&(struct timespec){0, 200000000}, NULL);
        result = work(device, &random);
    }
    assert_int_equal(result, HYP_OK);
    assert_true(right > 0 && failed > 0);
    printf("# %u jobs right, %u failed\n", right, failed);
    pid_t helper = xrt_helper(0), simulator = xrt_simulator(helper);
    hyp_device_close(device);
    hyp_context_destroy(context);
    xrt_assert_gone(helper);
    xrt_assert_gone(simulator);
    assert_int_equal(xrt_helper(0), 0);
    assert_int_equal(xrt_leftovers(), 0);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(jobs_survive)};
    if (argc > 1)
        seconds = strtoull(argv[1], NULL, 10);
    if (argc > 2)
        seed = strtoull(argv[2], NULL, 10);
    return cmocka_run_group_tests_name("chaos", tests, xrt_setup, xrt_teardown);
}
