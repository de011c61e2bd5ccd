/* Devices `sim:N` through the public API, and what becomes of jobs when the card below them fails.
 */
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#include "hyperion/hyperion.h"
#include "sim/fault_injection.h"
#include "tests/support/test.h"

enum { MESSAGES = 500, LENGTH = 100 };
static const uint64_t second = UINT64_C(1000000000);

static hyp_context *context;
static uint8_t message[MESSAGES][LENGTH];
static const void *messages[MESSAGES];
static size_t lengths[MESSAGES];
static uint8_t digests[MESSAGES][32];

static sim_card *(*last_card)(void);
static bool (*inject)(sim_card *card, size_t unit, size_t port, const sim_faults *faults);

static int set_up(void **state)
{
    (void)state;
    for (size_t i = 0; i < MESSAGES; i++) {
        memset(message[i], (int)i, LENGTH);
        messages[i] = message[i];
        lengths[i] = i % (LENGTH + 1);
    }
    setenv("HYP_SIM_MODULE", LAST_CARD_MODULE, 1);
    /* The same object that the library will load. */
    void *module = dlopen(LAST_CARD_MODULE, RTLD_NOW | RTLD_LOCAL);
    if (!module) {
        return -1;
    }
    *(void **)&last_card = dlsym(module, "sim_card_last");
    *(void **)&inject = dlsym(module, "sim_card_inject");
    return !last_card || !inject || hyp_context_create(NULL, &context, NULL);
}

static int tear_down(void **state)
{
    (void)state;
    hyp_context_destroy(context);
    return 0;
}

static hyp_device *open_sim(const char *name)
{
    hyp_device *device;
    hyp_error error = {0, ""};
    if (hyp_device_open(context, name, NULL, &device, &error)) {
        fail_msg("%s: %s", name, error.message);
    }
    return device;
}

static int hash(hyp_device *device, uint64_t timeout_ns)
{
    memset(digests, 0, sizeof digests);
    return hyp_keccak256_batch(device, messages, lengths, MESSAGES, hyp_clock_ns() + timeout_ns,
                               digests[0]);
}

static void assert_digests_right(void)
{
    for (size_t i = 0; i < MESSAGES; i++) {
        uint8_t expected[32];
        hyp_keccak256(messages[i], lengths[i], expected);
        assert_memory_equal(digests[i], expected, sizeof expected);
    }
}

static void order(sim_faults faults)
{
    for (size_t unit = 0; unit < 2; unit++) {
        assert_true(inject(last_card(), unit, 0, &faults));
    }
}

static void assert_works(hyp_device *device)
{
    assert_int_equal(hash(device, 60 * second), 0);
    assert_digests_right();
}

static void device_says_what_it_can(void **state)
{
    hyp_device *device = open_sim("sim");
    const hyp_device_info *info = hyp_device_get_info(device);
    (void)state;
    assert_string_equal(info->name, "sim:0");
    assert_int_equal(info->kind, HYP_DEVICE_SIMULATED_CARD);
    assert_non_null(strstr(info->description, "simulated"));
    assert_non_null(hyp_device_capability(device, HYP_OP_KECCAK256));
    assert_int_equal(hyp_device_capability(device, HYP_OP_KECCAK256)->compute_units, 2);
    assert_null(hyp_device_capability(device, HYP_OP_ECRECOVER));
    assert_works(device);
    hyp_device_close(device);
}

static void two_cards(void **state)
{
    (void)state;
    hyp_device *first = open_sim("sim:0");
    hyp_device *second_device = open_sim("sim:1");
    assert_works(first);
    assert_works(second_device);
    assert_works(first);
    hyp_device_close(first);
    hyp_device_close(second_device);
}

/* A read or a response that never comes: the job ends at its deadline, the next one is right. */
static void lost_beats(void **state)
{
    static const sim_faults faults[] = {
        {.read_dropped = 1}, {.read_dropped = 9}, {.write_dropped = 1}, {.write_dropped = 4}};
    (void)state;
    hyp_device *device = open_sim("sim");
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        hyp_error error = {0, ""};
        order(faults[i]);
        uint64_t begin = hyp_clock_ns();
        assert_int_equal(hash(device, second / 2), HYP_ETIMEDOUT);
        assert_true(hyp_clock_ns() - begin < 20 * second);
        assert_int_equal(hyp_device_last_fault(device, &error), HYP_ETIMEDOUT);
        assert_works(device);
    }
    hyp_device_close(device);
}

/* An error response ends the run at once, without a result; the next one is right. */
static void error_responses(void **state)
{
    static const sim_faults faults[] = {
        {.read_error = 1}, {.read_error = 7}, {.write_error = 1}, {.write_error = 3}};
    (void)state;
    hyp_device *device = open_sim("sim");
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        order(faults[i]);
        assert_int_equal(hash(device, 60 * second), HYP_EDEVICE);
        assert_works(device);
    }
    hyp_device_close(device);
}

/* One bit of a message is wrong when the kernel reads it: the card answers, wrongly, and the
 * checksum of the input says so, also where nothing is verified. */
static void flipped_bit(void **state)
{
    hyp_device *device = open_sim("sim");
    hyp_keccak_batch *batch;
    hyp_queue *queue;
    hyp_completion completion;
    hyp_queue_options options = HYP_QUEUE_OPTIONS_INIT;
    hyp_error fault = {0, ""};
    (void)state;
    options.verify = HYP_VERIFY_OFF;
    assert_int_equal(hyp_queue_create(device, &options, &queue), 0);
    assert_int_equal(hyp_keccak_batch_create(device, MESSAGES, sizeof message * 2, &batch), 0);
    for (int i = 0; i < MESSAGES; i++) {
        assert_int_equal(hyp_keccak_batch_add(batch, messages[i], lengths[i]), i);
    }
    order((sim_faults){.read_flipped = 9});
    for (int attempt = 0; attempt < 2; attempt++) {
        hyp_job job = hyp_keccak_batch_job(batch, NULL);
        assert_int_equal(hyp_queue_submit(queue, &job, 1), 1);
        assert_int_equal(hyp_queue_wait(queue, hyp_clock_ns() + 60 * second), 0);
        assert_int_equal(hyp_queue_reap(queue, &completion, 1), 1);
        assert_int_equal(completion.result, attempt == 0 ? HYP_EDEVICE : HYP_OK);
    }
    assert_int_equal(hyp_device_last_fault(device, &fault), HYP_EDEVICE);
    assert_non_null(strstr(fault.message, "did not read what was sent"));
    hyp_keccak_batch_destroy(batch);
    hyp_queue_destroy(queue);
    hyp_device_close(device);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(device_says_what_it_can),
        cmocka_unit_test(two_cards),
        cmocka_unit_test(lost_beats),
        cmocka_unit_test(error_responses),
        cmocka_unit_test(flipped_bit),
    };
    return cmocka_run_group_tests_name("devices sim:N", tests, set_up, tear_down);
}
