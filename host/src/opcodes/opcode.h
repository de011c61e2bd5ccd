/* One entry an opcode: its meaning in plain C and its price. The checks of shapes and types stand
 * in host/src/tensor/program.c; what is here may rely on them. Semantics: docs/opcodes.md. */
#ifndef HYPERION_OPCODES_OPCODE_H
#define HYPERION_OPCODES_OPCODE_H

#include "host/src/context.h"
#include "host/src/opcodes/array.h"
#include "hyperion/program.h"

/* B, bias, multipliers and shifts as the op matmul wants them (hyperion/batch.h), in one piece. */
struct hyp_packed_weights {
    uint32_t inner;
    uint32_t columns;
    const uint8_t *panels;
    const int32_t *bias;         /* or NULL */
    const uint32_t *multipliers; /* or NULL */
    const uint8_t *shifts;       /* or NULL */
};

/* Which operand is which: as the functions of hyperion/program.h name them, in their order. */
struct hyp_instruction {
    hyp_opcode opcode;
    uint32_t immediate[2];
    struct hyp_array result;
    struct hyp_array result_shift; /* of RSQRT and RECIP */
    struct hyp_array a;
    struct hyp_array b;
    struct hyp_array c;
    struct hyp_array d;
    struct hyp_packed_weights weights; /* instead of b, where panels is set */
    hyp_tensor *weights_tensor;
};

/* Computes. Returns 0, or HYP_EINVAL with a sentence for a value that the opcode refuses. */
typedef int hyp_opcode_function(const struct hyp_instruction *instruction, hyp_error *error);

struct hyp_opcode_info {
    const char *name;
    hyp_opcode_function *reference;
    uint32_t gas_per_16; /* for each 16 elements of a; 0: hyp_opcode_gas counts products */
};

/* NULL for an opcode that does not exist. */
const struct hyp_opcode_info *hyp_opcode_find(uint32_t opcode);

/* From the shapes alone; saturates. */
uint64_t hyp_opcode_gas(const struct hyp_instruction *instruction);

hyp_opcode_function hyp_reference_matmul;
hyp_opcode_function hyp_reference_matmul16;
hyp_opcode_function hyp_reference_requant;
hyp_opcode_function hyp_reference_add_sat;
hyp_opcode_function hyp_reference_mul;
hyp_opcode_function hyp_reference_row_max;
hyp_opcode_function hyp_reference_row_abs_max;
hyp_opcode_function hyp_reference_row_sum;
hyp_opcode_function hyp_reference_sum_of_squares;
hyp_opcode_function hyp_reference_arg_max;
hyp_opcode_function hyp_reference_rsqrt;
hyp_opcode_function hyp_reference_recip;
hyp_opcode_function hyp_reference_exp2;
hyp_opcode_function hyp_reference_sigmoid;
hyp_opcode_function hyp_reference_silu;
hyp_opcode_function hyp_reference_softmax;
hyp_opcode_function hyp_reference_rms_norm;
hyp_opcode_function hyp_reference_rope;
hyp_opcode_function hyp_reference_gather;
hyp_opcode_function hyp_reference_transpose;
hyp_opcode_function hyp_reference_copy;

#endif
