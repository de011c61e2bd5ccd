/* Whether a container can run where it is to be loaded: what it is for, against what the card has
 * and what this program needs. Every mismatch is told, with the side that differs and what to do,
 * where a load that fails tells at most one and no reason. */
#ifndef HYPERION_DRIVER_XCLBIN_COMPATIBLE_H
#define HYPERION_DRIVER_XCLBIN_COMPATIBLE_H

#include "driver/report/report.h"
#include "driver/xclbin/xclbin.h"

/* A kernel that the program drives. Versions 0x00MMmmpp fit together where the major number is the
 * same and, below 1.0.0, the minor one too. */
typedef struct xclbin_needed_kernel {
    const char *name;
    uint32_t id; /* word at 0xff0 */
    uint32_t version;
} xclbin_needed_kernel;

typedef struct xclbin_place {
    const char *name;       /* what it is called in the report: "0000:65:00.1" */
    bool is_card;           /* else a simulation behind XRT */
    const char *platform;   /* the card's, or NULL or "" where it is not known */
    size_t interface_count; /* uuids that the card offers, 32 lower-case hex digits each; 0: not */
    const char *const *interfaces; /* known */
    size_t kernel_count;
    const xclbin_needed_kernel *kernels; /* at least one of them must be there */
} xclbin_place;

/* Adds one finding a check (mode, platform, interface, each kernel). */
void xclbin_check_place(const xclbin_reader *reader, const xclbin_place *place, report *to);

/* The interface that the container was linked for, as 32 hex digits; all zero where it does not
 * say. */
void xclbin_interface(const xclbin_reader *reader, char text[33]);

#endif
