/* What a container must say about a kernel, read from its kernel.json (hw/README.md). */
#ifndef HYPERION_DRIVER_XCLBIN_KERNEL_H
#define HYPERION_DRIVER_XCLBIN_KERNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "driver/xclbin/xclbin.h"

#define XCLBIN_MAX_PORTS     16u
#define XCLBIN_MAX_ARGUMENTS 32u
#define XCLBIN_NAME_SIZE     28u /* "kernel:kernel_N" must fit an IP_LAYOUT name */

typedef struct xclbin_port {
    char name[XCLBIN_NAME_SIZE];
    bool master;
    uint32_t data_width;           /* bits */
    uint64_t range;                /* of a slave: bytes of register space */
    char memory[XCLBIN_NAME_SIZE]; /* of a master: tag of the memory it reaches, or "all" */
} xclbin_port;

typedef struct xclbin_argument {
    char name[XCLBIN_NAME_SIZE];
    char type[XCLBIN_NAME_SIZE]; /* in C: "void*" */
    bool global;                 /* a pointer into card memory; else a scalar */
    uint32_t size;               /* bytes */
    uint32_t offset;             /* in the register space */
    uint32_t port;               /* index into ports */
} xclbin_argument;

typedef struct xclbin_kernel {
    char name[XCLBIN_NAME_SIZE];
    uint32_t op;      /* hyp_op */
    uint32_t id;      /* word at 0xff0 */
    uint32_t version; /* word at 0xff4, 0x00MMmmpp */
    uint8_t protocol; /* enum IP_CONTROL of XRT */
    uint32_t port_count;
    uint32_t argument_count;
    xclbin_port ports[XCLBIN_MAX_PORTS];
    xclbin_argument arguments[XCLBIN_MAX_ARGUMENTS]; /* by id, which runs from 0 without gaps */
} xclbin_kernel;

/* Reads a description of `length` bytes; `source` is its file, for the message. Returns XCLBIN_OK,
 * XCLBIN_FAULT_INPUT or XCLBIN_FAULT_MEMORY. */
int xclbin_kernel_parse(xclbin_kernel *kernel, const char *source, const char *json, size_t length,
                        xclbin_error *error);

/* "ap_ctrl_hs" for 0, …; NULL for a protocol without a name. */
const char *xclbin_protocol_name(uint8_t protocol);

/* Reads "MAJOR.MINOR.PATCH", each 0 … 255, as 0x00MMmmpp. */
bool xclbin_parse_version(const char *text, uint32_t *version);

#endif
