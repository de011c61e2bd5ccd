/* Reading an xclbin container: what XRT loads into a card, or hands to a simulator of one.
 *
 * xclbin_open checks the whole structure of an untrusted image once: header, section headers, and
 * the tables of memories, compute units and connections, with every index in range. Afterwards the
 * accessors below cannot fail or read outside the image. Hashes and uuid are checked by
 * driver/xclbin/verify.h.
 *
 * The reader allocates nothing, keeps no state but the struct, and needs nothing but the C library
 * (the other parts of libhyp-xclbin.a need zlib, libcrypto and jansson; a program that uses only
 * this header does not). The image belongs to the caller, may lie at any alignment, and must
 * outlive the reader and everything that points into it. */
#ifndef HYPERION_DRIVER_XCLBIN_XCLBIN_H
#define HYPERION_DRIVER_XCLBIN_XCLBIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What is wrong with a container. 0 is nothing; functions return the value as int. */
typedef enum xclbin_fault {
    XCLBIN_OK = 0,
    XCLBIN_FAULT_TRUNCATED,    /* the file ends before what its header announces */
    XCLBIN_FAULT_MAGIC,        /* not an xclbin */
    XCLBIN_FAULT_HEADER,       /* a header field has a value that cannot be */
    XCLBIN_FAULT_LENGTH,       /* the length field and the size of the file differ */
    XCLBIN_FAULT_OUT_OF_RANGE, /* a section lies outside the file, or an index outside its table */
    XCLBIN_FAULT_MISALIGNED,   /* a section does not start at a multiple of 8 */
    XCLBIN_FAULT_OVERLAP,      /* two sections, or a section and the headers, share bytes */
    XCLBIN_FAULT_DUPLICATE,    /* a kind of section, or a compute unit, twice */
    XCLBIN_FAULT_CONTENT,      /* the inside of a section does not hold together */
    XCLBIN_FAULT_MISSING,      /* a section that is needed is not there */
    XCLBIN_FAULT_HASH,         /* a section is not the one that the manifest describes */
    XCLBIN_FAULT_UUID,         /* the uuid is not that of the content */
    XCLBIN_FAULT_INPUT,        /* what is to be packed does not hold together */
    XCLBIN_FAULT_MEMORY,       /* memory could not be had */
    XCLBIN_FAULT_IO,           /* a file could not be read or written */
    XCLBIN_FAULT_KEY,          /* a key is not one */
    XCLBIN_FAULT_SIGNATURE,    /* a signature is not that of the file by the key */
} xclbin_fault;

/* "truncated", "magic", …; static storage, never NULL. */
const char *xclbin_fault_name(int fault);

/* Kinds of sections that this project reads or writes; a container may hold others. */
enum {
    XCLBIN_BITSTREAM = 0, /* a card's configuration; of hw_emu, a zip with the simulator */
    XCLBIN_EMBEDDED_METADATA = 2,
    XCLBIN_MEM_TOPOLOGY = 6,
    XCLBIN_CONNECTIVITY = 7,
    XCLBIN_IP_LAYOUT = 8,
    XCLBIN_USER_METADATA = 16, /* here: the manifest */
    XCLBIN_SOFT_KERNEL = 23,
    XCLBIN_ASK_FLASH = 24,
    XCLBIN_ASK_GROUP_TOPOLOGY = 26,
    XCLBIN_ASK_GROUP_CONNECTIVITY = 27,
    XCLBIN_VENDER_METADATA = 31,
    XCLBIN_HEADER_SECTION = -1, /* in xclbin_error: the headers, not a section */
};

/* "MEM_TOPOLOGY"; "header" for XCLBIN_HEADER_SECTION; "unknown section" for
 * a kind without a name. Static storage, never NULL. */
const char *xclbin_section_name(int64_t kind);

#define XCLBIN_MAX_SECTIONS 256u

/* Filled in by a function that fails, untouched by one that succeeds. NULL is allowed everywhere.
 */
typedef struct xclbin_error {
    int fault;         /* xclbin_fault */
    int64_t section;   /* kind of the section at fault, or XCLBIN_HEADER_SECTION */
    uint64_t offset;   /* into the file, of the field or range at fault */
    char message[256]; /* one sentence that names section and offsets */
} xclbin_error;

/* What a container is for. */
typedef enum xclbin_target {
    XCLBIN_TARGET_HW,     /* a card */
    XCLBIN_TARGET_HW_EMU, /* a simulator of RTL behind XRT */
    XCLBIN_TARGET_SW_EMU, /* a C model behind XRT */
} xclbin_target;

/* "hw", "hw_emu", "sw_emu". */
const char *xclbin_target_name(xclbin_target target);

/* An opened image. Filled in by xclbin_open; the members are private. */
typedef struct xclbin_table {
    const uint8_t *entries;
    uint32_t count;
} xclbin_table;

typedef struct xclbin_reader {
    const uint8_t *image;
    uint64_t length;
    uint32_t section_count;
    xclbin_table memories;
    xclbin_table ips;
    xclbin_table connections;
} xclbin_reader;

/* Checks the structure of `length` bytes at `image`. Returns XCLBIN_OK, or the fault, which `error`
 * explains; the reader is then unusable. Sections that a container for a kernel must have are not
 * asked for here (see xclbin_require). */
int xclbin_open(xclbin_reader *reader, const void *image, size_t length, xclbin_error *error);

/* Checks that a section is there and not empty; XCLBIN_FAULT_MISSING if not. */
int xclbin_require(const xclbin_reader *reader, uint32_t kind, xclbin_error *error);

xclbin_target xclbin_get_target(const xclbin_reader *reader);

/* Name of the platform (VBNV), such as "xilinx_u55c_gen3x16_xdma_3_202210_1". Terminated, in the
 * image. */
const char *xclbin_platform(const xclbin_reader *reader);

/* 16 bytes in the image. */
const uint8_t *xclbin_uuid(const xclbin_reader *reader);

/* The text of a uuid: 36 characters and the terminator. */
void xclbin_format_uuid(const uint8_t uuid[16], char text[37]);

typedef struct xclbin_section {
    uint32_t kind;
    char name[17]; /* mostly empty */
    uint64_t offset;
    uint64_t size;
    const uint8_t *data; /* in the image */
} xclbin_section;

/* In the order of the file. `index` must be below the count. */
uint32_t xclbin_section_count(const xclbin_reader *reader);
xclbin_section xclbin_section_at(const xclbin_reader *reader, uint32_t index);

/* Finds the first section of a kind; false if there is none. */
bool xclbin_find_section(const xclbin_reader *reader, uint32_t kind, xclbin_section *section);

/* One memory of the card (MEM_TOPOLOGY). */
typedef struct xclbin_memory {
    uint8_t type; /* enum MEM_TYPE of XRT: 1 DDR4, 6 HBM, … */
    bool used;
    uint64_t base;
    uint64_t kbytes; /* size in units of 1024 bytes; of a stream, its route */
    char tag[17];    /* "bank0" */
} xclbin_memory;

uint32_t xclbin_memory_count(const xclbin_reader *reader);
xclbin_memory xclbin_memory_at(const xclbin_reader *reader, uint32_t index);

/* Name of a memory type: "DDR4"; "unknown" for one without a name. Static storage. */
const char *xclbin_memory_type_name(uint8_t type);

/* One compute unit: an entry of IP_LAYOUT that is a kernel. */
typedef struct xclbin_unit {
    char kernel[64];   /* "keccak256" */
    char instance[64]; /* "keccak256_1" */
    uint64_t base;     /* of its control registers; all ones where it has none */
    uint8_t protocol;  /* enum IP_CONTROL of XRT: 0 ap_ctrl_hs, 1 ap_ctrl_chain, 2 ap_ctrl_none */
    uint32_t ip_index; /* in IP_LAYOUT, for xclbin_connection */
} xclbin_unit;

uint32_t xclbin_unit_count(const xclbin_reader *reader);
xclbin_unit xclbin_unit_at(const xclbin_reader *reader, uint32_t index);

/* How many units a kernel has; 0 where the container lacks it. */
uint32_t xclbin_kernel_units(const xclbin_reader *reader, const char *kernel);

/* Which memory an argument of a unit may point to (CONNECTIVITY). */
typedef struct xclbin_connection {
    uint32_t argument;
    uint32_t ip_index;
    uint32_t memory; /* index for xclbin_memory_at */
} xclbin_connection;

uint32_t xclbin_connection_count(const xclbin_reader *reader);
xclbin_connection xclbin_connection_at(const xclbin_reader *reader, uint32_t index);

#endif
