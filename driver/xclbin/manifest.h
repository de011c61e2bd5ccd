/* The manifest: JSON in the USER_METADATA section that says what a container is and what every
 * other section must be. Format 1:
 *
 *   {"format":1,"name":"hyperion","version":"0.1.0","target":"hw_emu","platform":"xilinx_…",
 *    "kernels":[{"name":"keccak256","op":1,"id":"0x68790001","version":"0.1.0",
 *                "instances":["keccak256_1"]}],
 *    "sections":[{"kind":0,"name":"BITSTREAM","size":1234,"crc32":"0x…","sha256":"0x…"}]}
 */
#ifndef HYPERION_DRIVER_XCLBIN_MANIFEST_H
#define HYPERION_DRIVER_XCLBIN_MANIFEST_H

#include "driver/xclbin/buffer.h"
#include "driver/xclbin/xclbin.h"

#define XCLBIN_MANIFEST_FORMAT       1
#define XCLBIN_MANIFEST_MAX_KERNELS  16u
#define XCLBIN_MANIFEST_MAX_UNITS    64u
#define XCLBIN_MANIFEST_MAX_SECTIONS 64u

typedef struct xclbin_manifest_kernel {
    char name[64];
    uint32_t op;      /* hyp_op */
    uint32_t id;      /* word at 0xff0 of its registers */
    uint32_t version; /* word at 0xff4, 0x00MMmmpp */
} xclbin_manifest_kernel;

typedef struct xclbin_manifest_unit {
    uint32_t kernel; /* index into kernels */
    char instance[64];
} xclbin_manifest_unit;

typedef struct xclbin_manifest_section {
    uint32_t kind;
    uint32_t crc32;
    uint64_t size;
    uint8_t sha256[32];
} xclbin_manifest_section;

typedef struct xclbin_manifest {
    char name[64];
    char version[64];
    char target[64];
    char platform[64];
    uint32_t kernel_count;
    uint32_t unit_count;
    uint32_t section_count;
    xclbin_manifest_kernel kernels[XCLBIN_MANIFEST_MAX_KERNELS];
    xclbin_manifest_unit units[XCLBIN_MANIFEST_MAX_UNITS];
    xclbin_manifest_section sections[XCLBIN_MANIFEST_MAX_SECTIONS];
} xclbin_manifest;

/* Describes a section: kind, size and hashes. False when libcrypto fails. */
bool xclbin_manifest_describe(xclbin_manifest_section *section, uint32_t kind, const void *data,
                              size_t size);

/* Appends the JSON text. XCLBIN_OK or XCLBIN_FAULT_MEMORY. */
int xclbin_manifest_write(const xclbin_manifest *manifest, xclbin_buffer *out, xclbin_error *error);

/* Reads the manifest of a container. XCLBIN_FAULT_MISSING when there is none, XCLBIN_FAULT_CONTENT
 * when it is not one of format 1. What it says is not compared with the container: xclbin_verify
 * does that. */
int xclbin_manifest_read(const xclbin_reader *reader, xclbin_manifest *manifest,
                         xclbin_error *error);

/* "1.2.3" of 0x00010203. */
void xclbin_format_version(uint32_t version, char text[16]);

#endif
