/* The reader and the verifier: what was packed comes back, and whatever is damaged is refused by
 * name. */
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
#include "sim/address_map.h"
#include "tests/driver/container.h"

static uint8_t *good;
static size_t good_length;

static int make_good(void **state)
{
    (void)state;
    good = container_make(&good_length);
    return good ? 0 : -1;
}

static int free_good(void **state)
{
    (void)state;
    free(good);
    return 0;
}

/* Opens and verifies an image in memory of exactly its size, so that ASan sees every step outside.
 */
static int check(const uint8_t *image, size_t length, xclbin_error *error)
{
    uint8_t *exact = malloc(length ? length : 1);
    xclbin_reader reader;

    assert_non_null(exact);
    memcpy(exact, image, length);
    *error = (xclbin_error){.fault = XCLBIN_OK};
    int fault = xclbin_open(&reader, exact, length, error);
    if (!fault) {
        fault = xclbin_verify(&reader, NULL, error);
    }
    assert_int_equal(fault, error->fault);
    free(exact);
    return fault;
}

static uint64_t header_of(const uint8_t *image, uint32_t kind)
{
    uint32_t count = load32(image + AXLF_SECTION_COUNT);

    for (uint32_t i = 0; i < count; i++) {
        uint64_t header = AXLF_SECTION_HEADERS + (uint64_t)i * AXLF_SECTION_HEADER_SIZE;
        if (load32(image + header + AXLF_SECTION_KIND) == kind) {
            return header;
        }
    }
    fail_msg("no section of kind %u", kind);
    return 0;
}

static uint64_t offset_of(const uint8_t *image, uint32_t kind)
{
    return load64(image + header_of(image, kind) + AXLF_SECTION_OFFSET);
}

/* --- what was packed comes back --- */

static void test_good_container_verifies(void **state)
{
    xclbin_error error;
    (void)state;
    if (check(good, good_length, &error)) {
        fail_msg("%s", error.message);
    }
}

static void test_same_inputs_give_same_bytes(void **state)
{
    size_t length;
    uint8_t *again = container_make(&length);
    (void)state;

    assert_non_null(again);
    assert_int_equal(length, good_length);
    assert_memory_equal(again, good, length);
    free(again);
}

static void test_header_comes_back(void **state)
{
    xclbin_reader reader;
    char uuid[37];
    (void)state;

    assert_int_equal(xclbin_open(&reader, good, good_length, NULL), XCLBIN_OK);
    assert_int_equal(xclbin_get_target(&reader), XCLBIN_TARGET_HW_EMU);
    assert_string_equal(xclbin_platform(&reader), "vendor_board_name_1");
    xclbin_format_uuid(xclbin_uuid(&reader), uuid);
    assert_int_equal(strlen(uuid), 36);
    assert_int_equal(uuid[14], '8'); /* version of RFC 9562 for vendor-specific content */
    assert_int_equal(xclbin_section_count(&reader), 8);
    assert_int_equal(xclbin_require(&reader, XCLBIN_IP_LAYOUT, NULL), XCLBIN_OK);
    assert_int_equal(xclbin_require(&reader, XCLBIN_SOFT_KERNEL, NULL), XCLBIN_FAULT_MISSING);
}

static void test_units_and_memories_come_back(void **state)
{
    static const char *const instances[] = {"adder_1", "adder_2", "copier_1"};
    xclbin_reader reader;
    (void)state;

    assert_int_equal(xclbin_open(&reader, good, good_length, NULL), XCLBIN_OK);
    assert_int_equal(xclbin_memory_count(&reader), 1);
    xclbin_memory memory = xclbin_memory_at(&reader, 0);
    assert_string_equal(memory.tag, "bank0");
    assert_string_equal(xclbin_memory_type_name(memory.type), "DDR4");
    assert_true(memory.used);
    assert_int_equal(memory.base, SIM_MEMORY_BASE);
    assert_int_equal(memory.kbytes * 1024, SIM_MEMORY_BYTES);

    assert_int_equal(xclbin_unit_count(&reader), 3);
    for (uint32_t i = 0; i < 3; i++) {
        xclbin_unit unit = xclbin_unit_at(&reader, i);
        assert_string_equal(unit.kernel, i < 2 ? "adder" : "copier");
        assert_string_equal(unit.instance, instances[i]);
        assert_int_equal(unit.base, SIM_UNIT_BASE + i * SIM_UNIT_STEP);
        assert_int_equal(unit.protocol, i < 2 ? 1 : 0);
    }
    assert_int_equal(xclbin_kernel_units(&reader, "adder"), 2);
    assert_int_equal(xclbin_kernel_units(&reader, "copier"), 1);
    assert_int_equal(xclbin_kernel_units(&reader, "add"), 0);

    assert_int_equal(xclbin_connection_count(&reader), 3);
    for (uint32_t i = 0; i < 3; i++) {
        xclbin_connection connection = xclbin_connection_at(&reader, i);
        assert_int_equal(connection.argument, 0);
        assert_int_equal(connection.ip_index, i);
        assert_int_equal(connection.memory, 0);
    }
}

static void test_manifest_comes_back(void **state)
{
    xclbin_manifest *manifest = malloc(sizeof *manifest);
    xclbin_reader reader;
    (void)state;

    assert_non_null(manifest);
    assert_int_equal(xclbin_open(&reader, good, good_length, NULL), XCLBIN_OK);
    assert_int_equal(xclbin_verify(&reader, manifest, NULL), XCLBIN_OK);
    assert_string_equal(manifest->name, "test");
    assert_string_equal(manifest->version, "9.8.7");
    assert_int_equal(manifest->kernel_count, 2);
    assert_string_equal(manifest->kernels[0].name, "adder");
    assert_int_equal(manifest->kernels[0].op, 7);
    assert_int_equal(manifest->kernels[0].id, 0x68790007);
    assert_int_equal(manifest->kernels[0].version, 0x00010203);
    assert_int_equal(manifest->kernels[1].id, 9);
    assert_int_equal(manifest->unit_count, 3);
    assert_int_equal(manifest->section_count, 7);
    free(manifest);
}

/* --- damage --- */

static void test_truncation_at_every_byte_is_refused(void **state)
{
    (void)state;
    for (size_t length = 0; length < good_length; length++) {
        xclbin_error error;
        if (check(good, length, &error) != XCLBIN_FAULT_TRUNCATED) {
            fail_msg("%zu of %zu bytes: %s", length, good_length, error.message);
        }
        assert_int_equal(error.section, XCLBIN_HEADER_SECTION);
    }
}

static void test_trailing_bytes_are_refused(void **state)
{
    uint8_t *longer = calloc(1, good_length + 8);
    xclbin_error error;
    (void)state;

    assert_non_null(longer);
    memcpy(longer, good, good_length);
    assert_int_equal(check(longer, good_length + 1, &error), XCLBIN_FAULT_LENGTH);
    assert_int_equal(check(longer, good_length + 8, &error), XCLBIN_FAULT_LENGTH);
    free(longer);
}

/* The section whose content holds `at`, or -1. */
static int64_t section_holding(size_t at)
{
    xclbin_reader reader;

    assert_int_equal(xclbin_open(&reader, good, good_length, NULL), XCLBIN_OK);
    for (uint32_t i = 0; i < xclbin_section_count(&reader); i++) {
        xclbin_section section = xclbin_section_at(&reader, i);
        if (at >= section.offset && at - section.offset < section.size) {
            return section.kind;
        }
    }
    return -1;
}

/* Everywhere, and by the right name inside sections. A damaged manifest may blame any section that
 * it describes, and a damaged table also the table that points into it. */
static void test_every_damaged_byte_is_refused(void **state)
{
    static const uint8_t masks[] = {0x01, 0x80, 0xff};
    uint8_t *image = malloc(good_length);
    (void)state;

    assert_non_null(image);
    memcpy(image, good, good_length);
    for (size_t at = 0; at < good_length; at++) {
        int64_t section = section_holding(at);
        for (size_t i = 0; i < sizeof masks; i++) {
            xclbin_error error;
            image[at] ^= masks[i];
            if (check(image, good_length, &error) == XCLBIN_OK) {
                fail_msg("byte %zu ^ 0x%02x passes", at, masks[i]);
            }
            if ((section == XCLBIN_BITSTREAM || section == XCLBIN_EMBEDDED_METADATA) &&
                (error.section != section || error.fault != XCLBIN_FAULT_HASH)) {
                fail_msg("byte %zu of %s: %s", at, xclbin_section_name(section), error.message);
            }
            image[at] ^= masks[i];
        }
    }
    free(image);
}

/* --- one fault of each kind, by name --- */

typedef void damage(uint8_t *image);

static void damage_magic(uint8_t *image)
{
    image[6] = '3';
}
static void damage_signature(uint8_t *image)
{
    store32(image + AXLF_SIGNATURE_LENGTH, (uint32_t)-2);
}
static void claim_signature(uint8_t *image)
{
    store32(image + AXLF_SIGNATURE_LENGTH, 16);
}
static void damage_length_up(uint8_t *image)
{
    store64(image + AXLF_LENGTH, good_length + 1);
}
static void damage_length_down(uint8_t *image)
{
    store64(image + AXLF_LENGTH, good_length - 8);
}
static void damage_length_huge(uint8_t *image)
{
    store64(image + AXLF_LENGTH, UINT64_MAX);
    store32(image + AXLF_SIGNATURE_LENGTH, 1);
}
static void damage_version(uint8_t *image)
{
    image[AXLF_VERSION_MAJOR] = 3;
}
static void damage_mode(uint8_t *image)
{
    store16(image + AXLF_MODE, 7);
}
static void change_mode(uint8_t *image)
{
    store16(image + AXLF_MODE, AXLF_MODE_PR);
}
static void unterminate_platform(uint8_t *image)
{
    memset(image + AXLF_PLATFORM, 'x', AXLF_PLATFORM_SIZE);
}
static void escape_platform(uint8_t *image)
{
    image[AXLF_PLATFORM] = 0x1b;
}
static void change_platform(uint8_t *image)
{
    image[AXLF_PLATFORM] = 'V';
}
static void no_sections(uint8_t *image)
{
    store32(image + AXLF_SECTION_COUNT, 0);
}
static void many_sections(uint8_t *image)
{
    store32(image + AXLF_SECTION_COUNT, XCLBIN_MAX_SECTIONS + 1);
}
static void more_sections_than_bytes(uint8_t *image)
{
    store32(image + AXLF_SECTION_COUNT, XCLBIN_MAX_SECTIONS);
}
static void change_time(uint8_t *image)
{
    image[AXLF_TIME_STAMP] = 1;
}
static void change_uuid(uint8_t *image)
{
    image[AXLF_UUID + 15] ^= 1;
}
static void section_outside(uint8_t *image)
{
    store64(image + header_of(image, XCLBIN_BITSTREAM) + AXLF_SECTION_SIZE, good_length);
}
static void section_wraps(uint8_t *image)
{
    uint64_t header = header_of(image, XCLBIN_IP_LAYOUT);
    store64(image + header + AXLF_SECTION_SIZE, UINT64_MAX - 8);
}
static void section_in_header(uint8_t *image)
{
    store64(image + header_of(image, XCLBIN_CONNECTIVITY) + AXLF_SECTION_OFFSET, 8);
}
static void section_misaligned(uint8_t *image)
{
    uint64_t header = header_of(image, XCLBIN_MEM_TOPOLOGY) + AXLF_SECTION_OFFSET;
    store64(image + header, load64(image + header) + 4);
}
static void sections_overlap(uint8_t *image)
{
    uint64_t header = header_of(image, XCLBIN_CONNECTIVITY) + AXLF_SECTION_OFFSET;
    store64(image + header, offset_of(image, XCLBIN_IP_LAYOUT));
}
static void section_twice(uint8_t *image)
{
    store32(image + header_of(image, XCLBIN_ASK_GROUP_TOPOLOGY), XCLBIN_MEM_TOPOLOGY);
}
static void no_ip_layout(uint8_t *image)
{
    store32(image + header_of(image, XCLBIN_ASK_GROUP_CONNECTIVITY), 13);
}
static void no_manifest(uint8_t *image)
{
    store32(image + header_of(image, XCLBIN_USER_METADATA), 13);
}
static void section_absent(uint8_t *image)
{
    memset(image + header_of(image, XCLBIN_EMBEDDED_METADATA) + AXLF_SECTION_OFFSET, 0, 16);
}
static void section_name(uint8_t *image)
{
    image[header_of(image, XCLBIN_BITSTREAM) + AXLF_SECTION_NAME] = '\n';
}
static void memory_count_up(uint8_t *image)
{
    image[offset_of(image, XCLBIN_MEM_TOPOLOGY)]++;
}
static void memory_count_negative(uint8_t *image)
{
    memset(image + offset_of(image, XCLBIN_MEM_TOPOLOGY), 0xff, 4);
}
static void memory_section_short(uint8_t *image)
{
    store64(image + header_of(image, XCLBIN_MEM_TOPOLOGY) + AXLF_SECTION_SIZE, 7);
}
static void memory_tag(uint8_t *image)
{
    memset(image + offset_of(image, XCLBIN_MEM_TOPOLOGY) + AXLF_MEMORY_HEADER_SIZE +
               AXLF_MEMORY_TAG,
           'x', AXLF_MEMORY_TAG_SIZE);
}
static void memory_unused(uint8_t *image)
{
    image[offset_of(image, XCLBIN_MEM_TOPOLOGY) + AXLF_MEMORY_HEADER_SIZE + AXLF_MEMORY_USED] = 0;
}
static void ip_count_down(uint8_t *image)
{
    image[offset_of(image, XCLBIN_IP_LAYOUT)]--;
}
static uint8_t *ip(uint8_t *image, uint32_t index)
{
    return image + offset_of(image, XCLBIN_IP_LAYOUT) + AXLF_IP_HEADER_SIZE +
           (uint64_t)index * AXLF_IP_SIZE;
}
static void ip_name_unterminated(uint8_t *image)
{
    memset(ip(image, 1) + AXLF_IP_NAME, 'x', AXLF_IP_NAME_SIZE);
}
static void ip_name_without_colon(uint8_t *image)
{
    ip(image, 2)[AXLF_IP_NAME + strlen("copier")] = '_';
}
static void ip_name_without_kernel(uint8_t *image)
{
    ip(image, 2)[AXLF_IP_NAME] = ':';
}
static void ip_name_twice(uint8_t *image)
{
    ip(image, 1)[AXLF_IP_NAME + strlen("adder:adder_")] = '1';
}
static void ip_base_twice(uint8_t *image)
{
    store64(ip(image, 1) + AXLF_IP_BASE, SIM_UNIT_BASE);
}
static void ip_renamed(uint8_t *image)
{
    ip(image, 0)[AXLF_IP_NAME] = 'b';
}
static uint8_t *connection(uint8_t *image, uint32_t kind, uint32_t index)
{
    return image + offset_of(image, kind) + AXLF_CONNECTION_HEADER_SIZE +
           (uint64_t)index * AXLF_CONNECTION_SIZE;
}
static void connection_count_up(uint8_t *image)
{
    image[offset_of(image, XCLBIN_CONNECTIVITY)]++;
}
static void connection_ip(uint8_t *image)
{
    store32(connection(image, XCLBIN_CONNECTIVITY, 2) + AXLF_CONNECTION_IP, 3);
}
static void connection_ip_negative(uint8_t *image)
{
    store32(connection(image, XCLBIN_CONNECTIVITY, 0) + AXLF_CONNECTION_IP, UINT32_MAX);
}
static void connection_memory(uint8_t *image)
{
    store32(connection(image, XCLBIN_CONNECTIVITY, 1) + AXLF_CONNECTION_MEMORY, 1);
}
static void connection_argument(uint8_t *image)
{
    store32(connection(image, XCLBIN_CONNECTIVITY, 1) + AXLF_CONNECTION_ARGUMENT, UINT32_MAX);
}
static void group_memory(uint8_t *image)
{
    store32(connection(image, XCLBIN_ASK_GROUP_CONNECTIVITY, 1) + AXLF_CONNECTION_MEMORY, 1);
}
static void group_topology(uint8_t *image)
{
    image[offset_of(image, XCLBIN_ASK_GROUP_TOPOLOGY)] = 9;
}
static void payload_bit(uint8_t *image)
{
    image[offset_of(image, XCLBIN_BITSTREAM) + 100] ^= 1;
}
static void metadata_bit(uint8_t *image)
{
    image[offset_of(image, XCLBIN_EMBEDDED_METADATA) + 7] ^= 1;
}
static void manifest_syntax(uint8_t *image)
{
    image[offset_of(image, XCLBIN_USER_METADATA)] = '[';
}
static uint8_t *manifest_text(uint8_t *image, const char *text)
{
    uint64_t header = header_of(image, XCLBIN_USER_METADATA);
    uint64_t size = load64(image + header + AXLF_SECTION_SIZE);
    uint8_t *at = memmem(image + offset_of(image, XCLBIN_USER_METADATA), size, text, strlen(text));

    assert_non_null(at);
    return at;
}
static void manifest_format(uint8_t *image)
{
    manifest_text(image, "\"format\":1")[9] = '2';
}
static void manifest_name(uint8_t *image)
{
    *manifest_text(image, "test\"") = 'T';
}
static void manifest_target(uint8_t *image)
{
    *manifest_text(image, "hw_emu") = 's';
}
static void manifest_instance(uint8_t *image)
{
    manifest_text(image, "adder_2")[6] = '3';
}
static void manifest_crc(uint8_t *image)
{
    uint8_t *digit = manifest_text(image, "\"crc32\":\"0x") + 11;
    *digit = *digit == '0' ? '1' : '0';
}
static void manifest_sha(uint8_t *image)
{
    uint8_t *digit = manifest_text(image, "\"sha256\":\"0x") + 12;
    *digit = *digit == '0' ? '1' : '0';
}
static void manifest_upper_case(uint8_t *image)
{
    manifest_text(image, "\"crc32\":\"0x")[11] = 'G';
}

#define HEADER XCLBIN_HEADER_SECTION

static const struct {
    const char *name;
    damage *damage;
    int fault;
    int64_t section;
} damages[] = {
    {"magic", damage_magic, XCLBIN_FAULT_MAGIC, HEADER},
    {"signature length negative", damage_signature, XCLBIN_FAULT_HEADER, HEADER},
    {"signature that is not there", claim_signature, XCLBIN_FAULT_TRUNCATED, HEADER},
    {"length above the file", damage_length_up, XCLBIN_FAULT_TRUNCATED, HEADER},
    {"length below the file", damage_length_down, XCLBIN_FAULT_LENGTH, HEADER},
    {"length that wraps", damage_length_huge, XCLBIN_FAULT_TRUNCATED, HEADER},
    {"container version", damage_version, XCLBIN_FAULT_HEADER, HEADER},
    {"mode unknown", damage_mode, XCLBIN_FAULT_HEADER, HEADER},
    {"mode of another target", change_mode, XCLBIN_FAULT_HEADER, HEADER},
    {"platform unterminated", unterminate_platform, XCLBIN_FAULT_HEADER, HEADER},
    {"platform with an escape", escape_platform, XCLBIN_FAULT_HEADER, HEADER},
    {"platform of another card", change_platform, XCLBIN_FAULT_HEADER, HEADER},
    {"no sections", no_sections, XCLBIN_FAULT_HEADER, HEADER},
    {"too many sections", many_sections, XCLBIN_FAULT_HEADER, HEADER},
    {"section headers past the end", more_sections_than_bytes, XCLBIN_FAULT_TRUNCATED, HEADER},
    {"time stamp", change_time, XCLBIN_FAULT_UUID, HEADER},
    {"uuid", change_uuid, XCLBIN_FAULT_UUID, HEADER},
    {"section outside", section_outside, XCLBIN_FAULT_OUT_OF_RANGE, XCLBIN_BITSTREAM},
    {"section end wraps", section_wraps, XCLBIN_FAULT_OUT_OF_RANGE, XCLBIN_IP_LAYOUT},
    {"section in the header", section_in_header, XCLBIN_FAULT_OVERLAP, XCLBIN_CONNECTIVITY},
    {"section misaligned", section_misaligned, XCLBIN_FAULT_MISALIGNED, XCLBIN_MEM_TOPOLOGY},
    {"sections overlap", sections_overlap, XCLBIN_FAULT_OVERLAP, XCLBIN_CONNECTIVITY},
    {"section twice", section_twice, XCLBIN_FAULT_DUPLICATE, XCLBIN_MEM_TOPOLOGY},
    {"section of another kind", no_ip_layout, XCLBIN_FAULT_HASH, 13},
    {"no manifest", no_manifest, XCLBIN_FAULT_MISSING, XCLBIN_USER_METADATA},
    {"section absent", section_absent, XCLBIN_FAULT_HASH, XCLBIN_EMBEDDED_METADATA},
    {"section name", section_name, XCLBIN_FAULT_HEADER, XCLBIN_BITSTREAM},
    {"memory count", memory_count_up, XCLBIN_FAULT_CONTENT, XCLBIN_MEM_TOPOLOGY},
    {"memory count negative", memory_count_negative, XCLBIN_FAULT_CONTENT, XCLBIN_MEM_TOPOLOGY},
    {"memory section short", memory_section_short, XCLBIN_FAULT_CONTENT, XCLBIN_MEM_TOPOLOGY},
    {"memory tag", memory_tag, XCLBIN_FAULT_CONTENT, XCLBIN_MEM_TOPOLOGY},
    {"memory unused", memory_unused, XCLBIN_FAULT_CONTENT, XCLBIN_CONNECTIVITY},
    {"ip count", ip_count_down, XCLBIN_FAULT_CONTENT, XCLBIN_IP_LAYOUT},
    {"ip name unterminated", ip_name_unterminated, XCLBIN_FAULT_CONTENT, XCLBIN_IP_LAYOUT},
    {"ip name without colon", ip_name_without_colon, XCLBIN_FAULT_CONTENT, XCLBIN_IP_LAYOUT},
    {"ip name without kernel", ip_name_without_kernel, XCLBIN_FAULT_CONTENT, XCLBIN_IP_LAYOUT},
    {"ip name twice", ip_name_twice, XCLBIN_FAULT_DUPLICATE, XCLBIN_IP_LAYOUT},
    {"ip address twice", ip_base_twice, XCLBIN_FAULT_DUPLICATE, XCLBIN_IP_LAYOUT},
    {"ip renamed", ip_renamed, XCLBIN_FAULT_HASH, XCLBIN_IP_LAYOUT},
    {"connection count", connection_count_up, XCLBIN_FAULT_CONTENT, XCLBIN_CONNECTIVITY},
    {"connection to no ip", connection_ip, XCLBIN_FAULT_OUT_OF_RANGE, XCLBIN_CONNECTIVITY},
    {"connection to ip -1", connection_ip_negative, XCLBIN_FAULT_OUT_OF_RANGE, XCLBIN_CONNECTIVITY},
    {"connection to no memory", connection_memory, XCLBIN_FAULT_OUT_OF_RANGE, XCLBIN_CONNECTIVITY},
    {"connection argument", connection_argument, XCLBIN_FAULT_OUT_OF_RANGE, XCLBIN_CONNECTIVITY},
    {"group memory", group_memory, XCLBIN_FAULT_OUT_OF_RANGE, XCLBIN_ASK_GROUP_CONNECTIVITY},
    {"group count", group_topology, XCLBIN_FAULT_CONTENT, XCLBIN_ASK_GROUP_TOPOLOGY},
    {"payload bit", payload_bit, XCLBIN_FAULT_HASH, XCLBIN_BITSTREAM},
    {"metadata bit", metadata_bit, XCLBIN_FAULT_HASH, XCLBIN_EMBEDDED_METADATA},
    {"manifest not JSON", manifest_syntax, XCLBIN_FAULT_CONTENT, XCLBIN_USER_METADATA},
    {"manifest format", manifest_format, XCLBIN_FAULT_CONTENT, XCLBIN_USER_METADATA},
    {"manifest number", manifest_upper_case, XCLBIN_FAULT_CONTENT, XCLBIN_USER_METADATA},
    {"manifest name", manifest_name, XCLBIN_FAULT_UUID, HEADER},
    {"manifest target", manifest_target, XCLBIN_FAULT_HEADER, HEADER},
    {"manifest instance", manifest_instance, XCLBIN_FAULT_CONTENT, XCLBIN_IP_LAYOUT},
    {"manifest crc32", manifest_crc, XCLBIN_FAULT_HASH, XCLBIN_BITSTREAM},
    {"manifest sha256", manifest_sha, XCLBIN_FAULT_HASH, XCLBIN_BITSTREAM},
};

static void test_each_fault_is_named(void **state)
{
    uint8_t *image = malloc(good_length);
    (void)state;

    assert_non_null(image);
    for (size_t i = 0; i < sizeof damages / sizeof damages[0]; i++) {
        xclbin_error error;
        memcpy(image, good, good_length);
        damages[i].damage(image);
        int fault = check(image, good_length, &error);
        if (fault != damages[i].fault || error.section != damages[i].section) {
            fail_msg("%s: want %s in %s, got %s in %s: %s", damages[i].name,
                     xclbin_fault_name(damages[i].fault), xclbin_section_name(damages[i].section),
                     xclbin_fault_name(fault), xclbin_section_name(error.section), error.message);
        }
        /* The sentence names the section too, except where the whole file is at fault. */
        if (error.section >= 0 && !strstr(error.message, xclbin_section_name(error.section))) {
            fail_msg("%s: section not named: %s", damages[i].name, error.message);
        }
    }
    free(image);
}

static void test_sections_may_repeat_under_other_names(void **state)
{
    const xclbin_content sections[] = {{XCLBIN_SOFT_KERNEL, "one", 3, NULL},
                                       {XCLBIN_SOFT_KERNEL, "two", 3, NULL},
                                       {XCLBIN_BITSTREAM, "", 0, NULL}};
    xclbin_buffer out = {0};
    xclbin_reader reader;
    xclbin_error error;
    (void)state;

    assert_int_equal(xclbin_write(&out, XCLBIN_TARGET_HW, "card", sections, 3, NULL), XCLBIN_OK);
    assert_int_equal(xclbin_open(&reader, out.data, out.size, &error), XCLBIN_FAULT_DUPLICATE);
    assert_int_equal(error.section, XCLBIN_SOFT_KERNEL);
    out.data[AXLF_SECTION_HEADERS + AXLF_SECTION_NAME] = 'a';
    assert_int_equal(xclbin_open(&reader, out.data, out.size, NULL), XCLBIN_OK);
    assert_int_equal(xclbin_get_target(&reader), XCLBIN_TARGET_HW);
    assert_int_equal(xclbin_require(&reader, XCLBIN_BITSTREAM, NULL), XCLBIN_FAULT_MISSING);
    xclbin_buffer_free(&out);
}

static void test_tables_have_a_limit(void **state)
{
    enum { IPS = 1025 };
    uint8_t *layout = calloc(1, AXLF_IP_HEADER_SIZE + IPS * AXLF_IP_SIZE);
    const xclbin_content sections[] = {
        {XCLBIN_IP_LAYOUT, layout, AXLF_IP_HEADER_SIZE + IPS * AXLF_IP_SIZE, NULL}};
    xclbin_buffer out = {0};
    xclbin_reader reader;
    xclbin_error error;
    (void)state;

    assert_non_null(layout);
    store32(layout, IPS);
    assert_int_equal(xclbin_write(&out, XCLBIN_TARGET_SW_EMU, "card", sections, 1, NULL),
                     XCLBIN_OK);
    assert_int_equal(xclbin_open(&reader, out.data, out.size, &error), XCLBIN_FAULT_CONTENT);
    assert_int_equal(error.section, XCLBIN_IP_LAYOUT);
    assert_int_equal(load16(out.data + AXLF_MODE), AXLF_MODE_SW_EMU);
    xclbin_buffer_free(&out);
    free(layout);
}

static void test_writer_refuses_what_does_not_fit(void **state)
{
    static const char platform[] =
        "sixty-four-characters-are-one-too-many-for-the-field-of-a-header";
    const xclbin_content section = {XCLBIN_BITSTREAM, "x", 1, NULL};
    xclbin_buffer out = {0};
    (void)state;

    assert_int_equal(strlen(platform), AXLF_PLATFORM_SIZE);
    assert_int_equal(xclbin_write(&out, XCLBIN_TARGET_HW, platform, &section, 1, NULL),
                     XCLBIN_FAULT_INPUT);
    assert_int_equal(xclbin_write(&out, XCLBIN_TARGET_HW, "card", &section, 0, NULL),
                     XCLBIN_FAULT_INPUT);
    assert_int_equal(
        xclbin_write(&out, XCLBIN_TARGET_HW, "card", &section, XCLBIN_MAX_SECTIONS + 1, NULL),
        XCLBIN_FAULT_INPUT);
    xclbin_buffer_free(&out);
}

static void test_image_may_lie_at_any_alignment(void **state)
{
    uint8_t *room = malloc(good_length + 1);
    xclbin_reader reader;
    (void)state;

    assert_non_null(room);
    memcpy(room + 1, good, good_length);
    assert_int_equal(xclbin_open(&reader, room + 1, good_length, NULL), XCLBIN_OK);
    assert_int_equal(xclbin_verify(&reader, NULL, NULL), XCLBIN_OK);
    free(room);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good_container_verifies),
        cmocka_unit_test(test_same_inputs_give_same_bytes),
        cmocka_unit_test(test_header_comes_back),
        cmocka_unit_test(test_units_and_memories_come_back),
        cmocka_unit_test(test_manifest_comes_back),
        cmocka_unit_test(test_truncation_at_every_byte_is_refused),
        cmocka_unit_test(test_trailing_bytes_are_refused),
        cmocka_unit_test(test_every_damaged_byte_is_refused),
        cmocka_unit_test(test_each_fault_is_named),
        cmocka_unit_test(test_sections_may_repeat_under_other_names),
        cmocka_unit_test(test_tables_have_a_limit),
        cmocka_unit_test(test_writer_refuses_what_does_not_fit),
        cmocka_unit_test(test_image_may_lie_at_any_alignment),
    };
    return cmocka_run_group_tests_name("xclbin reader", tests, make_good, free_good);
}
