/* The loops of kernels_loops.h for the variant avx2 (flags in module.mk). */
#define KERNELS hyp_opcode_kernels_avx2
#include "host/src/opcodes/kernels_loops.h"
