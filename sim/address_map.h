/* Where things lie on the simulated card: the card itself, the server that XRT talks to, and the
 * tables of the hw_emu xclbin must agree. The addresses of units are those that Vitis gives
 * kernels. */
#ifndef HYPERION_SIM_ADDRESS_MAP_H
#define HYPERION_SIM_ADDRESS_MAP_H

#include <stdint.h>

/* Unit n, counted over all kernels in the order they were packed, has its registers at
 * SIM_UNIT_BASE + n * SIM_UNIT_STEP. Its instance is "KERNEL_1" for the first unit of a kernel. */
#define SIM_UNIT_BASE UINT64_C(0x1800000)
#define SIM_UNIT_STEP UINT64_C(0x10000)

/* One memory, "bank0". */
#define SIM_MEMORY_BASE  UINT64_C(0x4000000000)
#define SIM_MEMORY_BYTES (UINT64_C(16) << 30)

#endif
