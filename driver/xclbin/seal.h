/* Gives a container its manifest: the last step of packing one, and what makes a container of Vitis
 * verifiable too. */
#ifndef HYPERION_DRIVER_XCLBIN_SEAL_H
#define HYPERION_DRIVER_XCLBIN_SEAL_H

#include "driver/xclbin/buffer.h"
#include "driver/xclbin/kernel.h"
#include "driver/xclbin/xclbin.h"

typedef struct xclbin_pack_kernel {
    const xclbin_kernel *kernel;
    uint32_t units; /* 1 … */
} xclbin_pack_kernel;

typedef struct xclbin_seal_options {
    const char *name;    /* of the bitstream */
    const char *version; /* of the bitstream */
    const xclbin_pack_kernel *kernels;
    uint32_t kernel_count;
} xclbin_seal_options;

/* Whether the options hold together by themselves: XCLBIN_OK or XCLBIN_FAULT_INPUT. */
int xclbin_seal_check(const xclbin_seal_options *options, xclbin_error *error);

/* Appends to `out`, which must be empty, the container with a manifest (in place of one that it may
 * have) and the uuid of its content; all else of header and sections stays. The compute units must
 * be just those of the kernels given, and no kind of section may repeat. A signed container is
 * refused: its signature would be void. Returns XCLBIN_OK, XCLBIN_FAULT_INPUT or
 * XCLBIN_FAULT_MEMORY. */
int xclbin_seal(const xclbin_reader *reader, const xclbin_seal_options *options, xclbin_buffer *out,
                xclbin_error *error);

#endif
