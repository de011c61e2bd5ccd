/* Opcodes computed row by row in loops that the compiler makes vectors of, once for each variant of
 * the CPU. They give the bits of the references in opcode.h, which tests/opcodes/kernels_test.c
 * holds them to. */
#ifndef HYPERION_OPCODES_KERNELS_H
#define HYPERION_OPCODES_KERNELS_H

#include <stdbool.h>

#include "host/src/context.h"
#include "host/src/opcodes/opcode.h"

/* Computes, or returns false, having done nothing, for operands that are left to the reference. */
typedef bool hyp_opcode_kernel(const struct hyp_instruction *instruction);

struct hyp_opcode_kernels {
    hyp_opcode_kernel *by_opcode[HYP_OPCODE_COPY + 1]; /* NULL: the reference is all there is */
};

extern const struct hyp_opcode_kernels hyp_opcode_kernels_portable;
extern const struct hyp_opcode_kernels hyp_opcode_kernels_avx2;
extern const struct hyp_opcode_kernels hyp_opcode_kernels_avx512;

const struct hyp_opcode_kernels *hyp_opcode_kernels_of(enum hyp_cpu_variant variant);

#endif
