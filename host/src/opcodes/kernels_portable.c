/* The loops of kernels_loops.h for the variant portable (flags in module.mk). */
#define KERNELS hyp_opcode_kernels_portable
#include "host/src/opcodes/kernels_loops.h"
