/* The offsets that the reader uses against XRT's own header, and the container against its structs.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>
#include <xrt/xclbin.h>

#include "driver/xclbin/layout.h"
#include "driver/xclbin/xclbin.h"

#define FIELD(constant, type, member)                                                              \
    {                                                                                              \
#constant, constant, offsetof(type, member)                                                \
    }
#define SIZE(constant, type)                                                                       \
    {                                                                                              \
#constant, constant, sizeof(type)                                                          \
    }

static const struct {
    const char *name;
    size_t ours;
    size_t theirs;
} numbers[] = {
    FIELD(AXLF_SIGNATURE_LENGTH, struct axlf, m_signature_length),
    FIELD(AXLF_RESERVED, struct axlf, reserved),
    FIELD(AXLF_KEY_BLOCK, struct axlf, m_keyBlock),
    FIELD(AXLF_UNIQUE_ID, struct axlf, m_uniqueId),
    FIELD(AXLF_LENGTH, struct axlf, m_header.m_length),
    FIELD(AXLF_TIME_STAMP, struct axlf, m_header.m_timeStamp),
    FIELD(AXLF_FEATURE_ROM_TIME_STAMP, struct axlf, m_header.m_featureRomTimeStamp),
    FIELD(AXLF_VERSION_PATCH, struct axlf, m_header.m_versionPatch),
    FIELD(AXLF_VERSION_MAJOR, struct axlf, m_header.m_versionMajor),
    FIELD(AXLF_VERSION_MINOR, struct axlf, m_header.m_versionMinor),
    FIELD(AXLF_MODE, struct axlf, m_header.m_mode),
    FIELD(AXLF_ACTION_MASK, struct axlf, m_header.m_actionMask),
    FIELD(AXLF_ROM_UUID, struct axlf, m_header.rom_uuid),
    FIELD(AXLF_PLATFORM, struct axlf, m_header.m_platformVBNV),
    FIELD(AXLF_UUID, struct axlf, m_header.uuid),
    FIELD(AXLF_DEBUG_BIN, struct axlf, m_header.m_debug_bin),
    FIELD(AXLF_SECTION_COUNT, struct axlf, m_header.m_numSections),
    FIELD(AXLF_SECTION_HEADERS, struct axlf, m_sections),
    SIZE(AXLF_SECTION_HEADER_SIZE, struct axlf_section_header),
    FIELD(AXLF_SECTION_KIND, struct axlf_section_header, m_sectionKind),
    FIELD(AXLF_SECTION_NAME, struct axlf_section_header, m_sectionName),
    FIELD(AXLF_SECTION_OFFSET, struct axlf_section_header, m_sectionOffset),
    FIELD(AXLF_SECTION_SIZE, struct axlf_section_header, m_sectionSize),
    FIELD(AXLF_MEMORY_HEADER_SIZE, struct mem_topology, m_mem_data),
    SIZE(AXLF_MEMORY_SIZE, struct mem_data),
    FIELD(AXLF_MEMORY_TYPE, struct mem_data, m_type),
    FIELD(AXLF_MEMORY_USED, struct mem_data, m_used),
    FIELD(AXLF_MEMORY_KBYTES, struct mem_data, m_size),
    FIELD(AXLF_MEMORY_BASE, struct mem_data, m_base_address),
    FIELD(AXLF_MEMORY_TAG, struct mem_data, m_tag),
    FIELD(AXLF_CONNECTION_HEADER_SIZE, struct connectivity, m_connection),
    SIZE(AXLF_CONNECTION_SIZE, struct connection),
    FIELD(AXLF_CONNECTION_ARGUMENT, struct connection, arg_index),
    FIELD(AXLF_CONNECTION_IP, struct connection, m_ip_layout_index),
    FIELD(AXLF_CONNECTION_MEMORY, struct connection, mem_data_index),
    FIELD(AXLF_IP_HEADER_SIZE, struct ip_layout, m_ip_data),
    SIZE(AXLF_IP_SIZE, struct ip_data),
    FIELD(AXLF_IP_TYPE, struct ip_data, m_type),
    FIELD(AXLF_IP_PROPERTIES, struct ip_data, properties),
    FIELD(AXLF_IP_BASE, struct ip_data, m_base_address),
    FIELD(AXLF_IP_NAME, struct ip_data, m_name),
    {"AXLF_IP_TYPE_KERNEL", AXLF_IP_TYPE_KERNEL, IP_KERNEL},
    {"AXLF_MODE_PR", AXLF_MODE_PR, XCLBIN_PR},
    {"AXLF_MODE_HW_EMU", AXLF_MODE_HW_EMU, XCLBIN_HW_EMU},
    {"AXLF_MODE_SW_EMU", AXLF_MODE_SW_EMU, XCLBIN_SW_EMU},
    {"AXLF_MODE_HW_EMU_PR", AXLF_MODE_HW_EMU_PR, XCLBIN_HW_EMU_PR},
};

static void test_layout_is_that_of_xrt(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        if (numbers[i].ours != numbers[i].theirs) {
            fail_msg("%s is %zu, XRT has %zu", numbers[i].name, numbers[i].ours, numbers[i].theirs);
        }
    }
}

static void test_section_kinds_are_those_of_xrt(void **state)
{
    (void)state;
    assert_int_equal(XCLBIN_BITSTREAM, BITSTREAM);
    assert_int_equal(XCLBIN_EMBEDDED_METADATA, EMBEDDED_METADATA);
    assert_int_equal(XCLBIN_MEM_TOPOLOGY, MEM_TOPOLOGY);
    assert_int_equal(XCLBIN_CONNECTIVITY, CONNECTIVITY);
    assert_int_equal(XCLBIN_IP_LAYOUT, IP_LAYOUT);
    assert_int_equal(XCLBIN_USER_METADATA, USER_METADATA);
    assert_int_equal(XCLBIN_SOFT_KERNEL, SOFT_KERNEL);
    assert_int_equal(XCLBIN_ASK_FLASH, ASK_FLASH);
    assert_int_equal(XCLBIN_ASK_GROUP_TOPOLOGY, ASK_GROUP_TOPOLOGY);
    assert_int_equal(XCLBIN_ASK_GROUP_CONNECTIVITY, ASK_GROUP_CONNECTIVITY);
    assert_int_equal(XCLBIN_VENDER_METADATA, VENDER_METADATA);
}

#define NAMED(kind)                                                                                \
    {                                                                                              \
#kind, kind                                                                                \
    }

static void test_section_names_are_those_of_xrt(void **state)
{
    static const struct {
        const char *name;
        int kind;
    } kinds[] = {
        NAMED(BITSTREAM),
        NAMED(CLEARING_BITSTREAM),
        NAMED(EMBEDDED_METADATA),
        NAMED(FIRMWARE),
        NAMED(DEBUG_DATA),
        NAMED(SCHED_FIRMWARE),
        NAMED(MEM_TOPOLOGY),
        NAMED(CONNECTIVITY),
        NAMED(IP_LAYOUT),
        NAMED(DEBUG_IP_LAYOUT),
        NAMED(DESIGN_CHECK_POINT),
        NAMED(CLOCK_FREQ_TOPOLOGY),
        NAMED(MCS),
        NAMED(BMC),
        NAMED(BUILD_METADATA),
        NAMED(KEYVALUE_METADATA),
        NAMED(USER_METADATA),
        NAMED(DNA_CERTIFICATE),
        NAMED(PDI),
        NAMED(BITSTREAM_PARTIAL_PDI),
        NAMED(PARTITION_METADATA),
        NAMED(EMULATION_DATA),
        NAMED(SYSTEM_METADATA),
        NAMED(SOFT_KERNEL),
        NAMED(ASK_FLASH),
        NAMED(AIE_METADATA),
        NAMED(ASK_GROUP_TOPOLOGY),
        NAMED(ASK_GROUP_CONNECTIVITY),
        NAMED(SMARTNIC),
        NAMED(AIE_RESOURCES),
        NAMED(OVERLAY),
        NAMED(VENDER_METADATA),
    };
    (void)state;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        assert_string_equal(xclbin_section_name(kinds[i].kind), kinds[i].name);
    }
    assert_string_equal(xclbin_section_name(36), "unknown section");
    assert_string_equal(xclbin_section_name(-1), "header");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_layout_is_that_of_xrt),
        cmocka_unit_test(test_section_kinds_are_those_of_xrt),
        cmocka_unit_test(test_section_names_are_those_of_xrt),
    };
    return cmocka_run_group_tests_name("xclbin layout", tests, NULL, NULL);
}
