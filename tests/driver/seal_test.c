/* Sealing what other tools made: everything but the manifest and the uuid stays, and the units must
 * be those of the kernels given. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "driver/xclbin/bytes.h"
#include "driver/xclbin/layout.h"
#include "driver/xclbin/verify.h"
#include "driver/xclbin/writer.h"
#include "tests/driver/container.h"
#include "tests/support/shared_data.h"

static xclbin_kernel kernels[2];
static xclbin_pack_kernel packed[2];
static xclbin_seal_options options;
static xclbin_buffer foreign; /* a container for a card, without manifest */

/* The sections of the test's container, the manifest replaced by one that no manifest is, under a
 * header with fields that the project's own writer leaves zero. */
static int make_foreign(void **state)
{
    static const char *const sources[] = {CONTAINER_ADDER, CONTAINER_COPIER};
    xclbin_content sections[9];
    xclbin_reader reader;
    size_t length;
    uint8_t *image = container_make(&length);
    (void)state;

    if (!image || xclbin_open(&reader, image, length, NULL)) {
        return -1;
    }
    for (uint32_t i = 0; i < 8; i++) {
        xclbin_section section = xclbin_section_at(&reader, i);
        sections[i] = (xclbin_content){section.kind, section.data, section.size, NULL};
    }
    sections[2].name = "sixteen-letters_";
    sections[7] = (xclbin_content){XCLBIN_USER_METADATA, "<not a manifest>", 16, NULL};
    sections[8] = (xclbin_content){14, "{}", 2, "build"};
    if (xclbin_write(&foreign, XCLBIN_TARGET_HW, "vendor board 1", sections, 9, NULL)) {
        return -1;
    }
    free(image);
    store64(foreign.data + AXLF_TIME_STAMP, 1600000000);
    memset(foreign.data + AXLF_ROM_UUID, 0xab, 16);
    for (int i = 0; i < 2; i++) {
        uint8_t *json = read_whole_file(sources[i], &length);
        int fault = xclbin_kernel_parse(&kernels[i], sources[i], (char *)json, length, NULL);
        free(json);
        if (fault) {
            return -1;
        }
    }
    packed[0] = (xclbin_pack_kernel){&kernels[0], 2};
    packed[1] = (xclbin_pack_kernel){&kernels[1], 1};
    options = (xclbin_seal_options){"sealed", "1.0", packed, 2};
    return 0;
}

static int free_foreign(void **state)
{
    (void)state;
    xclbin_buffer_free(&foreign);
    return 0;
}

static int seal(xclbin_buffer *out, xclbin_error *error)
{
    xclbin_reader reader;

    *error = (xclbin_error){.fault = XCLBIN_OK};
    assert_int_equal(xclbin_open(&reader, foreign.data, foreign.size, error), XCLBIN_OK);
    return xclbin_seal(&reader, &options, out, error);
}

static void test_sealed_container_verifies(void **state)
{
    xclbin_buffer out = {0};
    xclbin_error error;
    xclbin_reader reader;
    (void)state;

    if (seal(&out, &error) || xclbin_open(&reader, out.data, out.size, &error) ||
        xclbin_verify(&reader, NULL, &error)) {
        fail_msg("%s", error.message);
    }
    xclbin_buffer_free(&out);
}

static void test_header_and_sections_stay(void **state)
{
    xclbin_buffer out = {0};
    xclbin_error error;
    xclbin_reader before;
    xclbin_reader after;
    (void)state;

    assert_int_equal(seal(&out, &error), XCLBIN_OK);
    assert_int_equal(xclbin_open(&before, foreign.data, foreign.size, NULL), XCLBIN_OK);
    assert_int_equal(xclbin_open(&after, out.data, out.size, NULL), XCLBIN_OK);
    assert_memory_equal(foreign.data + AXLF_TIME_STAMP, out.data + AXLF_TIME_STAMP,
                        AXLF_UUID - AXLF_TIME_STAMP);
    assert_int_equal(xclbin_section_count(&after), 9);
    for (uint32_t i = 0; i < 9; i++) {
        xclbin_section section = xclbin_section_at(&before, i);
        xclbin_section kept;
        assert_true(xclbin_find_section(&after, section.kind, &kept));
        if (section.kind != XCLBIN_USER_METADATA) {
            assert_int_equal(kept.size, section.size);
            assert_memory_equal(kept.data, section.data, section.size);
            assert_string_equal(kept.name, section.name);
        }
    }
    xclbin_buffer_free(&out);
}

static void assert_refused(int64_t section, const char *message)
{
    xclbin_buffer out = {0};
    xclbin_error error;

    assert_int_equal(seal(&out, &error), XCLBIN_FAULT_INPUT);
    assert_int_equal(error.section, section);
    if (!strstr(error.message, message)) {
        fail_msg("%s", error.message);
    }
    assert_int_equal(out.size, 0);
    xclbin_buffer_free(&out);
}

static void test_other_units_are_refused(void **state)
{
    (void)state;
    packed[0].units = 1;
    assert_refused(XCLBIN_IP_LAYOUT, "2 units of kernel adder, not 1");
    packed[0].units = 2;
    options.kernel_count = 1;
    assert_refused(XCLBIN_IP_LAYOUT, "unit copier:copier_1, of a kernel that was not given");
}

static void test_bad_names_are_refused(void **state)
{
    (void)state;
    options.name = "two words";
    assert_refused(XCLBIN_HEADER_SECTION, "this is none: \"two words\"");
    options.name = "name";
    options.version = "";
    assert_refused(XCLBIN_HEADER_SECTION, "this is none: \"\"");
}

static void test_signed_container_is_refused(void **state)
{
    (void)state;
    xclbin_buffer_append(&foreign, "sign", 4);
    store32(foreign.data + AXLF_SIGNATURE_LENGTH, 4);
    assert_refused(XCLBIN_HEADER_SECTION, "signed");
}

static void test_repeated_sections_are_refused(void **state)
{
    (void)state;
    store32(foreign.data + AXLF_SECTION_HEADERS, XCLBIN_SOFT_KERNEL);
    store32(foreign.data + AXLF_SECTION_HEADERS + (size_t)8 * AXLF_SECTION_HEADER_SIZE,
            XCLBIN_SOFT_KERNEL);
    assert_refused(XCLBIN_SOFT_KERNEL, "SOFT_KERNEL stands in the container twice");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_foreign, free_foreign)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_sealed_container_verifies),   TEST(test_header_and_sections_stay),
        TEST(test_other_units_are_refused),     TEST(test_bad_names_are_refused),
        TEST(test_signed_container_is_refused), TEST(test_repeated_sections_are_refused),
    };
    return cmocka_run_group_tests_name("xclbin seal", tests, NULL, NULL);
}
