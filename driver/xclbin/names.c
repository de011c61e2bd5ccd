/* Names of the numbers in a container, and the sentence of a fault. */
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "driver/xclbin/error.h"
#include "driver/xclbin/layout.h"
#include "driver/xclbin/xclbin.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* Texts out of a container may stand in a message, and messages end on terminals. */
static void hide_controls(char *text)
{
    for (; *text; text++) {
        if ((unsigned char)*text < 0x20 || *text == 0x7f) {
            *text = '?';
        }
    }
}

int xclbin_fail(xclbin_error *error, int fault, int64_t section, uint64_t offset,
                const char *format, ...)
{
    if (error) {
        va_list arguments;
        error->fault = fault;
        error->section = section;
        error->offset = offset;
        va_start(arguments, format);
        vsnprintf(error->message, sizeof error->message, format, arguments);
        va_end(arguments);
        hide_controls(error->message);
    }
    return fault;
}

bool xclbin_is_printable(const void *field, size_t size)
{
    const uint8_t *text = field;

    for (size_t i = 0; i < size && text[i]; i++) {
        if (text[i] < 0x20 || text[i] > 0x7e) {
            return false;
        }
    }
    return true;
}

int xclbin_check_name(const char *text, xclbin_error *error)
{
    size_t length = strlen(text);
    bool plain = length > 0 && length < AXLF_PLATFORM_SIZE;

    for (size_t i = 0; i < length && plain; i++) {
        plain = isalnum((unsigned char)text[i]) || strchr("_.:+-", text[i]);
    }
    return plain ? XCLBIN_OK
                 : xclbin_fail(error, XCLBIN_FAULT_INPUT, XCLBIN_HEADER_SECTION, 0,
                               "name, version and platform take 1 to %d letters, digits and "
                               "\"_.:+-\"; this is none: \"%.64s\"",
                               AXLF_PLATFORM_SIZE - 1, text);
}

const char *xclbin_fault_name(int fault)
{
    static const char *const names[] = {
        [XCLBIN_OK] = "ok",
        [XCLBIN_FAULT_TRUNCATED] = "truncated",
        [XCLBIN_FAULT_MAGIC] = "magic",
        [XCLBIN_FAULT_HEADER] = "header",
        [XCLBIN_FAULT_LENGTH] = "length",
        [XCLBIN_FAULT_OUT_OF_RANGE] = "out_of_range",
        [XCLBIN_FAULT_MISALIGNED] = "misaligned",
        [XCLBIN_FAULT_OVERLAP] = "overlap",
        [XCLBIN_FAULT_DUPLICATE] = "duplicate",
        [XCLBIN_FAULT_CONTENT] = "content",
        [XCLBIN_FAULT_MISSING] = "missing",
        [XCLBIN_FAULT_HASH] = "hash",
        [XCLBIN_FAULT_UUID] = "uuid",
        [XCLBIN_FAULT_INPUT] = "input",
        [XCLBIN_FAULT_MEMORY] = "memory",
        [XCLBIN_FAULT_IO] = "io",
        [XCLBIN_FAULT_KEY] = "key",
        [XCLBIN_FAULT_SIGNATURE] = "signature",
    };
    return fault >= 0 && (size_t)fault < COUNT_OF(names) ? names[fault] : "unknown";
}

const char *xclbin_section_name(int64_t kind)
{
    static const char *const names[] = {
        "BITSTREAM",
        "CLEARING_BITSTREAM",
        "EMBEDDED_METADATA",
        "FIRMWARE",
        "DEBUG_DATA",
        "SCHED_FIRMWARE",
        "MEM_TOPOLOGY",
        "CONNECTIVITY",
        "IP_LAYOUT",
        "DEBUG_IP_LAYOUT",
        "DESIGN_CHECK_POINT",
        "CLOCK_FREQ_TOPOLOGY",
        "MCS",
        "BMC",
        "BUILD_METADATA",
        "KEYVALUE_METADATA",
        "USER_METADATA",
        "DNA_CERTIFICATE",
        "PDI",
        "BITSTREAM_PARTIAL_PDI",
        "PARTITION_METADATA",
        "EMULATION_DATA",
        "SYSTEM_METADATA",
        "SOFT_KERNEL",
        "ASK_FLASH",
        "AIE_METADATA",
        "ASK_GROUP_TOPOLOGY",
        "ASK_GROUP_CONNECTIVITY",
        "SMARTNIC",
        "AIE_RESOURCES",
        "OVERLAY",
        "VENDER_METADATA",
        /* Later than the XRT of Debian 12: */
        "AIE_PARTITION",
        "IP_METADATA",
        "AIE_RESOURCES_BIN",
        "AIE_TRACE_METADATA",
    };
    if (kind == XCLBIN_HEADER_SECTION) {
        return "header";
    }
    return kind >= 0 && (uint64_t)kind < COUNT_OF(names) ? names[kind] : "unknown section";
}

const char *xclbin_target_name(xclbin_target target)
{
    switch (target) {
    case XCLBIN_TARGET_HW:
        return "hw";
    case XCLBIN_TARGET_HW_EMU:
        return "hw_emu";
    case XCLBIN_TARGET_SW_EMU:
        return "sw_emu";
    }
    return "unknown";
}

const char *xclbin_memory_type_name(uint8_t type)
{
    static const char *const names[] = {
        "DDR3", "DDR4",      "DRAM", "STREAMING", "PREALLOCATED",
        "ARE",  "HBM",       "BRAM", "URAM",      "STREAMING_CONNECTION",
        "HOST", "PS_KERNEL",
    };
    return type < COUNT_OF(names) ? names[type] : "unknown";
}

void xclbin_format_uuid(const uint8_t uuid[16], char text[37])
{
    static const char digits[] = "0123456789abcdef";
    char *out = text;

    for (int i = 0; i < 16; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10) {
            *out++ = '-';
        }
        *out++ = digits[uuid[i] >> 4];
        *out++ = digits[uuid[i] & 15];
    }
    *out = 0;
}
