/* Where the fields of an xclbin container (axlf, version 2) lie. Written as offsets rather than
 * structs: an image comes from outside, may lie at any alignment, and is read a field at a time
 * with its bounds checked. The tests compare every constant with XRT's own xclbin.h. All integers
 * are little-endian. */
#ifndef HYPERION_DRIVER_XCLBIN_LAYOUT_H
#define HYPERION_DRIVER_XCLBIN_LAYOUT_H

enum {
    AXLF_MAGIC = 0, /* "xclbin2\0" */
    AXLF_MAGIC_SIZE = 8,
    AXLF_SIGNATURE_LENGTH = 8, /* i32; -1: not signed. A signature follows the `length` bytes */
    AXLF_RESERVED = 12,        /* 28 bytes 0xff */
    AXLF_RESERVED_SIZE = 28,
    AXLF_KEY_BLOCK = 40, /* 256 bytes */
    AXLF_UNIQUE_ID = 296,
    AXLF_LENGTH = 304, /* u64, of header and sections together */
    AXLF_TIME_STAMP = 312,
    AXLF_FEATURE_ROM_TIME_STAMP = 320,
    AXLF_VERSION_PATCH = 328, /* u16 */
    AXLF_VERSION_MAJOR = 330, /* u8 */
    AXLF_VERSION_MINOR = 331, /* u8 */
    AXLF_MODE = 332,          /* u16, axlf_mode */
    AXLF_ACTION_MASK = 334,
    AXLF_ROM_UUID = 336,
    AXLF_PLATFORM = 352, /* VBNV, terminated */
    AXLF_PLATFORM_SIZE = 64,
    AXLF_UUID = 416,
    AXLF_UUID_SIZE = 16,
    AXLF_DEBUG_BIN = 432,
    AXLF_SECTION_COUNT = 448, /* u32, then four bytes of padding */
    AXLF_SECTION_HEADERS = 456,

    /* a section header */
    AXLF_SECTION_HEADER_SIZE = 40,
    AXLF_SECTION_KIND = 0, /* u32 */
    AXLF_SECTION_NAME = 4,
    AXLF_SECTION_NAME_SIZE = 16,
    AXLF_SECTION_OFFSET = 24, /* u64, from the start of the file */
    AXLF_SECTION_SIZE = 32,   /* u64 */
    AXLF_SECTION_ALIGNMENT = 8,

    /* MEM_TOPOLOGY: i32 count, padding, then entries */
    AXLF_MEMORY_HEADER_SIZE = 8,
    AXLF_MEMORY_SIZE = 40,
    AXLF_MEMORY_TYPE = 0,   /* u8 */
    AXLF_MEMORY_USED = 1,   /* u8 */
    AXLF_MEMORY_KBYTES = 8, /* u64, units of 1024 bytes */
    AXLF_MEMORY_BASE = 16,  /* u64 */
    AXLF_MEMORY_TAG = 24,
    AXLF_MEMORY_TAG_SIZE = 16,

    /* CONNECTIVITY: i32 count, then entries of three i32 */
    AXLF_CONNECTION_HEADER_SIZE = 4,
    AXLF_CONNECTION_SIZE = 12,
    AXLF_CONNECTION_ARGUMENT = 0,
    AXLF_CONNECTION_IP = 4,
    AXLF_CONNECTION_MEMORY = 8,

    /* IP_LAYOUT: i32 count, padding, then entries */
    AXLF_IP_HEADER_SIZE = 8,
    AXLF_IP_SIZE = 80,
    AXLF_IP_TYPE = 0,       /* u32 */
    AXLF_IP_PROPERTIES = 4, /* u32; of a kernel: interrupt in bits 7..0, protocol in bits 15..8 */
    AXLF_IP_BASE = 8,       /* u64; all ones: no address */
    AXLF_IP_NAME = 16,      /* "kernel:instance", terminated */
    AXLF_IP_NAME_SIZE = 64,
    AXLF_IP_TYPE_KERNEL = 1,
};

/* Modes of a container. */
enum axlf_mode {
    AXLF_MODE_FLAT = 0,
    AXLF_MODE_PR = 1,
    AXLF_MODE_TANDEM_STAGE2 = 2,
    AXLF_MODE_TANDEM_STAGE2_WITH_PR = 3,
    AXLF_MODE_HW_EMU = 4,
    AXLF_MODE_SW_EMU = 5,
    AXLF_MODE_HW_EMU_PR = 6,
};

#endif
