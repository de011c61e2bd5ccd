#include "host/src/opcodes/opcode.h"

static const struct hyp_opcode_info opcodes[] = {
    [HYP_OPCODE_MATMUL] = {"matmul", hyp_reference_matmul, 0},
    [HYP_OPCODE_MATMUL16] = {"matmul16", hyp_reference_matmul16, 0},
    [HYP_OPCODE_REQUANT] = {"requant", hyp_reference_requant, 2},
    [HYP_OPCODE_ADD_SAT] = {"add_sat", hyp_reference_add_sat, 1},
    [HYP_OPCODE_MUL] = {"mul", hyp_reference_mul, 2},
    [HYP_OPCODE_ROWMAX] = {"row_max", hyp_reference_row_max, 1},
    [HYP_OPCODE_ROWABSMAX] = {"row_abs_max", hyp_reference_row_abs_max, 1},
    [HYP_OPCODE_ROWSUM] = {"row_sum", hyp_reference_row_sum, 1},
    [HYP_OPCODE_SUMSQ] = {"sum_of_squares", hyp_reference_sum_of_squares, 2},
    [HYP_OPCODE_RSQRT] = {"rsqrt", hyp_reference_rsqrt, 512},
    [HYP_OPCODE_RECIP] = {"recip", hyp_reference_recip, 64},
    [HYP_OPCODE_EXP2] = {"exp2", hyp_reference_exp2, 4},
    [HYP_OPCODE_SIGMOID] = {"sigmoid", hyp_reference_sigmoid, 4},
    [HYP_OPCODE_SOFTMAX] = {"softmax", hyp_reference_softmax, 8},
    [HYP_OPCODE_RMSNORM] = {"rms_norm", hyp_reference_rms_norm, 8},
    [HYP_OPCODE_ROPE] = {"rope", hyp_reference_rope, 4},
    [HYP_OPCODE_SILU] = {"silu", hyp_reference_silu, 5},
    [HYP_OPCODE_GATHER] = {"gather", hyp_reference_gather, 1},
    [HYP_OPCODE_ARGMAX] = {"arg_max", hyp_reference_arg_max, 1},
    [HYP_OPCODE_TRANSPOSE] = {"transpose", hyp_reference_transpose, 1},
    [HYP_OPCODE_COPY] = {"copy", hyp_reference_copy, 1},
};

enum { BASE_GAS = 8, ROW_GAS = 4 };

const struct hyp_opcode_info *hyp_opcode_find(uint32_t opcode)
{
    if (opcode >= sizeof opcodes / sizeof opcodes[0] || !opcodes[opcode].name) {
        return NULL;
    }
    return &opcodes[opcode];
}

const char *hyp_opcode_name(hyp_opcode opcode)
{
    const struct hyp_opcode_info *info = hyp_opcode_find((uint32_t)opcode);
    return info ? info->name : "unknown";
}

static unsigned __int128 rounded_up(unsigned __int128 value, uint32_t divisor)
{
    return (value + divisor - 1) / divisor;
}

/* The elements that an opcode is priced by: those of what it reads, or for GATHER of what it
 * writes. */
static unsigned __int128 priced_elements(const struct hyp_instruction *instruction)
{
    const struct hyp_array *array =
        instruction->opcode == HYP_OPCODE_GATHER ? &instruction->result : &instruction->a;
    return (unsigned __int128)array->rows * array->columns;
}

uint64_t hyp_opcode_gas(const struct hyp_instruction *instruction)
{
    const struct hyp_opcode_info *info = hyp_opcode_find((uint32_t)instruction->opcode);
    uint64_t rows = instruction->result.rows;
    unsigned __int128 gas = BASE_GAS + ROW_GAS * rows;

    if (info->gas_per_16) {
        gas += rounded_up(priced_elements(instruction), 16) * info->gas_per_16;
    } else {
        unsigned __int128 results = (unsigned __int128)rows * instruction->result.columns;
        /* K fits 17 bits: nothing overflows. */
        unsigned __int128 products = results * instruction->a.columns;
        gas += rounded_up(products, 64) * (instruction->opcode == HYP_OPCODE_MATMUL16 ? 2 : 1);
        gas += rounded_up(results, 16);
    }
    return gas > UINT64_MAX ? UINT64_MAX : (uint64_t)gas;
}
