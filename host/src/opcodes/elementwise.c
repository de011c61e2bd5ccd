/* One element from one: REQUANT, ADD_SAT, MUL, COPY, TRANSPOSE, GATHER. */
#include "host/src/fail.h"
#include "host/src/opcodes/opcode.h"
#include "hyperion/batch.h"

int hyp_reference_requant(const struct hyp_instruction *in, hyp_error *error)
{
    (void)error;
    for (uint64_t i = 0; i < in->result.rows; i++) {
        for (uint64_t j = 0; j < in->result.columns; j++) {
            int64_t multiplier = hyp_array_load(&in->b, i, j) & HYP_MATMUL_MAX_MULTIPLIER;
            uint32_t shift =
                in->c.data ? (uint32_t)hyp_array_load(&in->c, i, j) & 63 : in->immediate[0];
            /* Below 2^62 + 2^62: fits. */
            int64_t product = hyp_array_load(&in->a, i, j) * multiplier;
            hyp_array_store(&in->result, i, j, hyp_round_shift(product, shift));
        }
    }
    return HYP_OK;
}

int hyp_reference_add_sat(const struct hyp_instruction *in, hyp_error *error)
{
    (void)error;
    for (uint64_t i = 0; i < in->result.rows; i++) {
        for (uint64_t j = 0; j < in->result.columns; j++) {
            hyp_array_store(&in->result, i, j,
                            hyp_array_load(&in->a, i, j) + hyp_array_load(&in->b, i, j));
        }
    }
    return HYP_OK;
}

int hyp_reference_mul(const struct hyp_instruction *in, hyp_error *error)
{
    (void)error;
    for (uint64_t i = 0; i < in->result.rows; i++) {
        for (uint64_t j = 0; j < in->result.columns; j++) {
            /* At most 2^62, and half at most 2^61. */
            int64_t product = hyp_array_load(&in->a, i, j) * hyp_array_load(&in->b, i, j);
            hyp_array_store(&in->result, i, j, hyp_round_shift(product, in->immediate[0]));
        }
    }
    return HYP_OK;
}

int hyp_reference_copy(const struct hyp_instruction *in, hyp_error *error)
{
    (void)error;
    for (uint64_t i = 0; i < in->result.rows; i++) {
        for (uint64_t j = 0; j < in->result.columns; j++) {
            hyp_array_store(&in->result, i, j, hyp_array_load(&in->a, i, j));
        }
    }
    return HYP_OK;
}

int hyp_reference_transpose(const struct hyp_instruction *in, hyp_error *error)
{
    (void)error;
    for (uint64_t i = 0; i < in->result.rows; i++) {
        for (uint64_t j = 0; j < in->result.columns; j++) {
            hyp_array_store(&in->result, i, j, hyp_array_load(&in->a, j, i));
        }
    }
    return HYP_OK;
}

int hyp_reference_gather(const struct hyp_instruction *in, hyp_error *error)
{
    for (uint64_t i = 0; i < in->result.rows; i++) {
        int64_t index = hyp_array_load(&in->b, i, 0);
        if (index < 0 || index >= in->a.rows) {
            return hyp_fail(error, HYP_EINVAL, "index %d of row %u is not one of %u rows",
                            (int)index, (unsigned)i, in->a.rows);
        }
        for (uint64_t j = 0; j < in->result.columns; j++) {
            hyp_array_store(&in->result, i, j, hyp_array_load(&in->a, (uint64_t)index, j));
        }
    }
    return HYP_OK;
}
