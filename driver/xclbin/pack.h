/* Makes a hw_emu container out of kernel descriptions and a simulator program. */
#ifndef HYPERION_DRIVER_XCLBIN_PACK_H
#define HYPERION_DRIVER_XCLBIN_PACK_H

#include "driver/xclbin/seal.h"
#include "driver/xclbin/xclbin.h"

/* Of the card that the simulation stands in for; emconfig.json must name the same. */
#define XCLBIN_DEFAULT_PLATFORM "xilinx_u250_gen3x16_xdma_4_1_202210_1"

typedef struct xclbin_pack_options {
    const char *name;     /* of the bitstream */
    const char *version;  /* of the bitstream */
    const char *platform; /* VBNV */
    const xclbin_pack_kernel *kernels;
    uint32_t kernel_count;
    const void *simulator; /* the program that XRT starts: bytes of an executable */
    size_t simulator_size;
} xclbin_pack_options;

/* Appends the container to `out`, which must be empty. Returns XCLBIN_OK, XCLBIN_FAULT_INPUT or
 * XCLBIN_FAULT_MEMORY. */
int xclbin_pack(const xclbin_pack_options *options, xclbin_buffer *out, xclbin_error *error);

#endif
