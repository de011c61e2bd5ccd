/* The kernels that this version of the runtime drives, from their kernel.json: what an xclbin is
 * held against before it is loaded. */
#ifndef HYPERION_KERNELS_H
#define HYPERION_KERNELS_H

#include "driver/xclbin/compatible.h"
#include "hw/ecrecover.h"
#include "hw/keccak256.h"
#include "hw/matmul.h"

static const xclbin_needed_kernel hyp_kernels[] = {
    {"keccak256", HYP_KECCAK256_KERNEL_ID, HYP_KECCAK256_KERNEL_VERSION},
    {"ecrecover", HYP_ECRECOVER_KERNEL_ID, HYP_ECRECOVER_KERNEL_VERSION},
    {"matmul", HYP_MATMUL_KERNEL_ID, HYP_MATMUL_KERNEL_VERSION},
};
enum { HYP_KERNEL_COUNT = sizeof hyp_kernels / sizeof hyp_kernels[0] };

#endif
