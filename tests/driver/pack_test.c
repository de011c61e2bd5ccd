/* What cannot be packed is refused with a sentence: kernel descriptions and pack options. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "driver/xclbin/manifest.h"
#include "tests/driver/container.h"
#include "tests/support/shared_data.h"

static char *adder; /* the good description, as text */

static int read_adder(void **state)
{
    size_t length;
    (void)state;
    adder = (char *)read_whole_file(CONTAINER_ADDER, &length);
    return adder ? 0 : -1;
}

static int free_adder(void **state)
{
    (void)state;
    free(adder);
    return 0;
}

static int parse(const char *json, xclbin_kernel *kernel, xclbin_error *error)
{
    return xclbin_kernel_parse(kernel, "kernel.json", json, strlen(json), error);
}

static void test_kernel_is_read(void **state)
{
    xclbin_kernel kernel;
    xclbin_error error;
    (void)state;

    if (parse(adder, &kernel, &error)) {
        fail_msg("%s", error.message);
    }
    assert_string_equal(kernel.name, "adder");
    assert_int_equal(kernel.op, 7);
    assert_int_equal(kernel.id, 0x68790007);
    assert_int_equal(kernel.version, 0x00010203);
    assert_string_equal(xclbin_protocol_name(kernel.protocol), "ap_ctrl_chain");
    assert_int_equal(kernel.port_count, 2);
    assert_int_equal(kernel.ports[0].range, 0x1000);
    assert_true(kernel.ports[1].master);
    assert_int_equal(kernel.ports[1].data_width, 512);
    assert_int_equal(kernel.argument_count, 2);
    assert_true(kernel.arguments[0].global);
    assert_int_equal(kernel.arguments[0].port, 1);
    assert_string_equal(kernel.arguments[1].type, "unsigned int");
    assert_int_equal(kernel.arguments[1].offset, 0x1c);
}

/* Each case replaces the first `from` in the good description by `to`. */
static const struct {
    const char *from;
    const char *to;
    const char *message; /* part of it */
} bad_kernels[] = {
    {"{\n", "\n", "not JSON"},
    {"\"op\": 7", "\"name\": \"twice\"", "not JSON"},
    {"\"adder\"", "\"ad der\"", "\"name\""},
    {"\"adder\"", "\"7adder\"", "\"name\""},
    {"\"adder\"", "\"\"", "\"name\""},
    {"\"adder\"", "\"<adder/>\"", "\"name\""},
    {"\"adder\"", "\"a_name_longer_than_twenty_seven\"", "\"name\""},
    {"\"op\": 7", "\"op\": -7", "\"op\""},
    {"\"op\": 7", "\"op\": 4294967296", "\"op\""},
    {"\"0x68790007\"", "\"68790007x\"", "\"id\""},
    {"\"0x68790007\"", "\"\"", "\"id\""},
    {"\"0x68790007\"", "true", "\"id\""},
    {"\"1.2.3\"", "\"1.2\"", "\"version\""},
    {"\"1.2.3\"", "\"1.2.256\"", "\"version\""},
    {"\"1.2.3\"", "\"1.2.3-rc\"", "\"version\""},
    {"ap_ctrl_chain", "ap_ctrl_chains", "\"control_protocol\""},
    {"\"ports\"", "\"Ports\"", "\"ports\""},
    {"\"slave\"", "\"servant\"", "\"mode\""},
    {"\"data_width\": 32, ", "", "\"data_width\""},
    {"\"range\": \"0x1000\"", "\"range\": \"0x18\"", "outside the control registers"},
    {"\"all\"", "\"a l l\"", "\"memory_group\""},
    {"\"global\"", "\"local\"", "\"kind\""},
    {"\"global\"", "\"scalar\"", "wrong mode"},
    {"\"void*\"", "\"void\\\"\"", "\"type\""},
    {"\"offset\": \"0x10\", \"port\": \"m_axi_gmem\"",
     "\"offset\": \"0x10\", \"port\": \"m_axi_other\"", "\"m_axi_other\""},
    {"\"offset\": \"0x1c\"", "\"offset\": \"0x1e\"", "outside the control registers"},
    {"\"offset\": \"0x1c\"", "\"offset\": \"0xffd\"", "outside the control registers"},
    {"\"offset\": \"0x1c\"", "\"offset\": \"0xffffffff\"", "outside the control registers"},
    {"\"size\": 4", "\"size\": 0", "outside the control registers"},
    {"\"id\": 1", "\"id\": 2", "ids run from 0"},
};

static void test_bad_kernels_are_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bad_kernels / sizeof bad_kernels[0]; i++) {
        const char *at = strstr(adder, bad_kernels[i].from);
        xclbin_kernel kernel;
        xclbin_error error = {.message = ""};
        char *json;
        assert_non_null(at);
        assert_true(asprintf(&json, "%.*s%s%s", (int)(at - adder), adder, bad_kernels[i].to,
                             at + strlen(bad_kernels[i].from)) > 0);
        if (parse(json, &kernel, &error) != XCLBIN_FAULT_INPUT ||
            strncmp(error.message, "kernel.json: ", 13) != 0 ||
            !strstr(error.message, bad_kernels[i].message)) {
            fail_msg("%s -> %s: %s", bad_kernels[i].from, bad_kernels[i].to, error.message);
        }
        free(json);
    }
}

/* --- options --- */

static xclbin_kernel kernel;
static xclbin_pack_kernel packed[2];
static xclbin_pack_options options;

static int set_up(void **state)
{
    (void)state;
    packed[0] = packed[1] = (xclbin_pack_kernel){&kernel, 1};
    options = (xclbin_pack_options){
        .name = "name",
        .version = "1",
        .platform = "vendor_board",
        .kernels = packed,
        .kernel_count = 1,
        .simulator = "x",
        .simulator_size = 1,
    };
    return parse(adder, &kernel, NULL);
}

static void assert_packs(int fault, const char *message)
{
    xclbin_buffer out = {0};
    xclbin_error error = {.message = ""};

    assert_int_equal(xclbin_pack(&options, &out, &error), fault);
    if (!strstr(error.message, message)) {
        fail_msg("%s", error.message);
    }
    xclbin_buffer_free(&out);
}

static void test_good_options_pack(void **state)
{
    (void)state;
    assert_packs(XCLBIN_OK, "");
}

static void test_bad_texts_are_refused(void **state)
{
    static const char *const texts[] = {
        "",
        "with space",
        "quote\"",
        "<",
        "new\nline",
        "\x1b[31m",
        "sixty-four-characters-are-one-too-many-for-the-field-of-the-header"};
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        options.platform = texts[i];
        assert_packs(XCLBIN_FAULT_INPUT, "name, version and platform");
    }
}

static void test_bad_counts_are_refused(void **state)
{
    (void)state;
    packed[0].units = 0;
    assert_packs(XCLBIN_FAULT_INPUT, "kernel adder: 0 units");
    packed[0].units = XCLBIN_MANIFEST_MAX_UNITS + 1;
    assert_packs(XCLBIN_FAULT_INPUT, "kernel adder: 65 units");
    packed[0].units = XCLBIN_MANIFEST_MAX_UNITS;
    assert_packs(XCLBIN_OK, "");
    options.kernel_count = 0;
    assert_packs(XCLBIN_FAULT_INPUT, "0 kernels");
}

static void test_kernel_given_twice_is_refused(void **state)
{
    (void)state;
    options.kernel_count = 2;
    assert_packs(XCLBIN_FAULT_INPUT, "kernel adder is given twice");
}

static void test_memory_that_is_not_there_is_refused(void **state)
{
    (void)state;
    strcpy(kernel.ports[1].memory, "bank1");
    assert_packs(XCLBIN_FAULT_INPUT, "wants memory bank1");
}

static void test_registers_wider_than_a_unit_are_refused(void **state)
{
    (void)state;
    kernel.ports[0].range = 0x10001;
    assert_packs(XCLBIN_FAULT_INPUT, "do not fit");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kernel_is_read),
        cmocka_unit_test(test_bad_kernels_are_refused),
        cmocka_unit_test_setup(test_good_options_pack, set_up),
        cmocka_unit_test_setup(test_bad_texts_are_refused, set_up),
        cmocka_unit_test_setup(test_bad_counts_are_refused, set_up),
        cmocka_unit_test_setup(test_kernel_given_twice_is_refused, set_up),
        cmocka_unit_test_setup(test_memory_that_is_not_there_is_refused, set_up),
        cmocka_unit_test_setup(test_registers_wider_than_a_unit_are_refused, set_up),
    };
    return cmocka_run_group_tests_name("xclbin pack", tests, read_adder, free_adder);
}
