/* Versions, errors, options, devices by name: everything that needs no batch. */
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hyperion/hyperion.h"
#include "tests/support/test.h"

static void version_check_accepts_its_own_headers_only(void **state)
{
    (void)state;
    assert_int_equal(hyp_version(), HYP_HEADER_VERSION);
    assert_int_equal(hyp_version_check(HYP_HEADER_VERSION), HYP_OK);
    assert_int_equal(hyp_version_check(HYP_HEADER_VERSION + (1 << 16)), HYP_EVERSION);
    assert_int_equal(hyp_version_check(HYP_HEADER_VERSION + (1 << 8)), HYP_EVERSION);
    assert_int_equal(hyp_version_check(HYP_HEADER_VERSION + 1), HYP_OK);
    assert_string_equal(hyp_version_string(), "0.1.0");
}

static void every_error_has_its_own_name(void **state)
{
    (void)state;
    for (int i = 0; i >= HYP_ERROR_LAST; i--) {
        assert_string_not_equal(hyp_strerror(i), hyp_strerror(1));
        for (int j = 0; j > i; j--) {
            assert_string_not_equal(hyp_strerror(i), hyp_strerror(j));
        }
    }
    assert_string_equal(hyp_strerror(HYP_ERROR_LAST - 1), "unknown error");
}

static void statuses_are_named_as_the_formats_say(void **state)
{
    (void)state;
    assert_string_equal(hyp_status_name(HYP_STATUS_OK), "ok");
    assert_string_equal(hyp_status_name(HYP_STATUS_BAD_INPUT), "bad_input");
    assert_string_equal(hyp_status_name(HYP_STATUS_NOT_ON_CURVE), "not_on_curve");
    assert_string_equal(hyp_status_name(HYP_STATUS_INFINITY), "infinity");
    assert_string_equal(hyp_status_name(200), "unknown");
}

static void options_of_other_sizes(void **state)
{
    struct {
        hyp_context_options known;
        uint64_t future;
    } newer = {HYP_CONTEXT_OPTIONS_INIT, 0};
    hyp_context *context;
    hyp_error error = {0, ""};

    (void)state;
    newer.known.size = sizeof newer;
    assert_int_equal(hyp_context_create(&newer.known, &context, &error), HYP_OK);
    hyp_context_destroy(context);
    newer.future = 1;
    assert_int_equal(hyp_context_create(&newer.known, &context, &error), HYP_EINVAL);
    assert_int_equal(error.code, HYP_EINVAL);
    assert_null(context);
    newer.known.size = 0;
    assert_int_equal(hyp_context_create(&newer.known, &context, &error), HYP_EINVAL);
    /* A program from before the last two options. */
    hyp_context_options older = HYP_CONTEXT_OPTIONS_INIT;
    older.size = offsetof(hyp_context_options, cpu_threads);
    older.cpu_variant = "no such variant";
    assert_int_equal(hyp_context_create(&older, &context, &error), HYP_OK);
    hyp_context_destroy(context);
}

static void unknown_variant_is_refused_by_name(void **state)
{
    hyp_context_options options = HYP_CONTEXT_OPTIONS_INIT;
    hyp_context *context;
    hyp_error error = {0, ""};

    (void)state;
    options.cpu_variant = "mmx";
    assert_int_equal(hyp_context_create(&options, &context, &error), HYP_EINVAL);
    assert_non_null(strstr(error.message, "mmx"));
    assert_int_equal(hyp_context_create(NULL, NULL, NULL), HYP_EINVAL);
}

static void names_that_are_no_device(void **state)
{
    static const char *const names[] = {
        "", "gpu", "cpu:0", "cpux", "sim:", "sim:x", "sim:-1", "xrt:1x", "sim:1000", "CPU"};
    hyp_context *context;
    hyp_device *device;
    hyp_error error = {0, ""};

    (void)state;
    assert_int_equal(hyp_context_create(NULL, &context, NULL), HYP_OK);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        assert_int_equal(hyp_device_open(context, names[i], NULL, &device, &error), HYP_EINVAL);
        assert_null(device);
        assert_non_null(strstr(error.message, "hyperion devices"));
    }
    hyp_context_destroy(context);
}

static void default_device_is_never_a_simulation(void **state)
{
    hyp_context *context;
    hyp_device *device;
    hyp_error error = {0, ""};

    (void)state;
    assert_int_equal(hyp_context_create(NULL, &context, NULL), HYP_OK);
    assert_int_equal(hyp_device_open(context, NULL, NULL, &device, &error), HYP_OK);
    assert_int_not_equal(hyp_device_get_info(device)->kind, HYP_DEVICE_SIMULATED_CARD);
    hyp_device_close(device);
    hyp_context_destroy(context);
}

static void list_counts_beyond_its_capacity(void **state)
{
    hyp_device_info infos[16];
    hyp_context *context;
    size_t count = 0;

    (void)state;
    assert_int_equal(hyp_context_create(NULL, &context, NULL), HYP_OK);
    assert_int_equal(hyp_device_list(context, NULL, 0, &count, NULL), HYP_OK);
    assert_in_range(count, 1, 16);
    size_t all = count;
    memset(infos, 0xee, sizeof infos);
    assert_int_equal(hyp_device_list(context, infos, 1, &count, NULL), HYP_OK);
    assert_int_equal(count, all);
    assert_string_equal(infos[0].name, "cpu");
    assert_int_equal((uint8_t)infos[1].name[0], 0xee);
    assert_int_equal(hyp_device_list(context, NULL, 1, &count, NULL), HYP_EINVAL);
    hyp_context_destroy(context);
}

static void log_line(void *user, hyp_log_level level, const char *message)
{
    (void)level;
    (void)message;
    ++*(int *)user;
}

static void cpu_device_says_what_it_can(void **state)
{
    hyp_context_options options = HYP_CONTEXT_OPTIONS_INIT;
    hyp_context *context;
    hyp_device *device;
    int lines = 0;

    (void)state;
    options.log = log_line;
    options.log_user = &lines;
    options.cpu_threads = 2;
    assert_int_equal(hyp_context_create(&options, &context, NULL), HYP_OK);
    assert_int_equal(hyp_device_open(context, "cpu", NULL, &device, NULL), HYP_OK);
    const hyp_op_capability *keccak = hyp_device_capability(device, HYP_OP_KECCAK256);
    assert_non_null(keccak);
    assert_true(keccak->max_items > 0 && keccak->max_input_bytes > 1 << 20);
    assert_null(hyp_device_capability(device, (hyp_op)999));
    assert_int_equal(hyp_device_last_fault(device, NULL), 0);
    assert_int_equal(lines, 0);
    hyp_device_close(device);
    hyp_context_destroy(context);
}

/* The child must neither hang nor touch what is the parent's. */
static int child_of_a_fork(hyp_context *context, hyp_device *device, hyp_queue *queue,
                           hyp_keccak_batch *batch)
{
    hyp_job job = hyp_keccak_batch_job(batch, NULL);
    hyp_completion completion;
    hyp_device *opened;
    hyp_queue *made;
    hyp_buffer *buffer;
    hyp_device_status status;
    hyp_op_stats stats;
    hyp_error error = {0, ""};
    const void *message = "abc";
    size_t length = 3;
    uint8_t digest[32];
    bool refused = hyp_queue_submit(queue, &job, 1) == HYP_EFORKED &&
                   hyp_queue_wait(queue, UINT64_MAX) == HYP_EFORKED &&
                   hyp_queue_reap(queue, &completion, 1) == HYP_EFORKED &&
                   hyp_queue_cancel(queue, NULL) == HYP_EFORKED &&
                   hyp_queue_items_done(queue, NULL) == HYP_EFORKED &&
                   hyp_queue_wait_items(queue, NULL, 1, UINT64_MAX) == HYP_EFORKED &&
                   hyp_queue_eventfd(queue) == HYP_EFORKED &&
                   hyp_device_get_status(device, 0, &status) == HYP_EFORKED &&
                   hyp_device_get_op_stats(device, 0, HYP_OP_KECCAK256, &stats) == HYP_EFORKED &&
                   hyp_device_readmit(device, 0) == HYP_EFORKED &&
                   hyp_device_last_fault(device, &error) == HYP_EFORKED &&
                   hyp_queue_create(device, NULL, &made) == HYP_EFORKED &&
                   hyp_buffer_create(device, 1, &buffer) == HYP_EFORKED &&
                   hyp_device_open(context, "cpu", NULL, &opened, &error) == HYP_EFORKED &&
                   strstr(error.message, "fork") &&
                   hyp_keccak256_batch(device, &message, &length, 1, 0, digest) == HYP_EFORKED;

    hyp_queue_destroy(queue);
    hyp_keccak_batch_destroy(batch);
    hyp_device_close(device);
    hyp_context_destroy(context);
    bool own = hyp_context_create(NULL, &context, NULL) == HYP_OK &&
               hyp_device_open(context, "cpu", NULL, &device, NULL) == HYP_OK &&
               hyp_keccak256_batch(device, &message, &length, 1, 0, digest) == HYP_OK;
    return refused && own ? 0 : 1;
}

static void a_fork_with_an_open_context(void **state)
{
    hyp_context *context;
    hyp_device *device;
    hyp_queue *queue;
    hyp_keccak_batch *batch;
    const void *message = "abc";
    size_t length = 3;
    uint8_t digest[32];
    int status;

    (void)state;
    assert_int_equal(hyp_context_create(NULL, &context, NULL), HYP_OK);
    assert_int_equal(hyp_device_open(context, "cpu,cpu", NULL, &device, NULL), HYP_OK);
    assert_int_equal(hyp_queue_create(device, NULL, &queue), HYP_OK);
    assert_int_equal(hyp_keccak_batch_create(device, 4, 64, &batch), HYP_OK);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        alarm(60);
        _exit(child_of_a_fork(context, device, queue, batch));
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    /* The parent goes on. */
    assert_int_equal(hyp_keccak256_batch(device, &message, &length, 1, 0, digest), HYP_OK);
    hyp_queue_destroy(queue);
    hyp_keccak_batch_destroy(batch);
    hyp_device_close(device);
    hyp_context_destroy(context);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(version_check_accepts_its_own_headers_only),
        cmocka_unit_test(every_error_has_its_own_name),
        cmocka_unit_test(statuses_are_named_as_the_formats_say),
        cmocka_unit_test(options_of_other_sizes),
        cmocka_unit_test(unknown_variant_is_refused_by_name),
        cmocka_unit_test(names_that_are_no_device),
        cmocka_unit_test(default_device_is_never_a_simulation),
        cmocka_unit_test(list_counts_beyond_its_capacity),
        cmocka_unit_test(cpu_device_says_what_it_can),
        cmocka_unit_test(a_fork_with_an_open_context),
    };
    return cmocka_run_group_tests_name("context", tests, NULL, NULL);
}
