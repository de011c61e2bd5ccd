/* Versions, errors, options, devices by name: everything that needs no batch. */
#include <stdio.h>
#include <string.h>

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
    };
    return cmocka_run_group_tests_name("context", tests, NULL, NULL);
}
