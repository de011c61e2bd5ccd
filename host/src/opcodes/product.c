/* Products: MATMUL and MATMUL16. */
#include "host/src/fail.h"
#include "host/src/opcodes/opcode.h"
#include "host/src/ops/matmul.h"

static int64_t load_b(const struct hyp_instruction *in, uint64_t k, uint64_t j)
{
    if (in->weights.panels) {
        uint64_t panel = j / HYP_MATMUL_PANEL;
        return (int8_t)in->weights
            .panels[(panel * in->weights.inner + k) * HYP_MATMUL_PANEL + j % HYP_MATMUL_PANEL];
    }
    return hyp_array_load(&in->b, k, j);
}

/* Of the operand, or of the weights. */
static int64_t load_bias(const struct hyp_instruction *in, uint64_t j)
{
    if (in->weights.panels && in->weights.bias) {
        return in->weights.bias[j];
    }
    return in->c.data ? hyp_array_load(&in->c, 0, j) : 0;
}

static int check_bias(const struct hyp_instruction *in, hyp_error *error)
{
    for (uint64_t j = 0; in->c.data && j < in->c.columns; j++) {
        int64_t bias = hyp_array_load(&in->c, 0, j);
        if (bias > HYP_MATMUL_MAX_BIAS || bias < -HYP_MATMUL_MAX_BIAS) {
            return hyp_fail(error, HYP_EINVAL, "bias %d of column %u is 2^30 or more", (int)bias,
                            (unsigned)j);
        }
    }
    return HYP_OK;
}

int hyp_reference_matmul(const struct hyp_instruction *in, hyp_error *error)
{
    int result = check_bias(in, error);
    if (result) {
        return result;
    }
    for (uint64_t i = 0; i < in->result.rows; i++) {
        for (uint64_t j = 0; j < in->result.columns; j++) {
            int64_t sum = load_bias(in, j);
            for (uint64_t k = 0; k < in->a.columns; k++) {
                sum += hyp_array_load(&in->a, i, k) * load_b(in, k, j);
            }
            /* What is accumulated is added modulo 2^32, as everywhere. */
            uint32_t wrapped =
                (uint32_t)sum + (in->d.data ? (uint32_t)hyp_array_load(&in->d, i, j) : 0);
            int32_t value = (int32_t)wrapped;
            if (in->result.type != HYP_I32) {
                value =
                    hyp_matmul_requantise(value, in->weights.multipliers[j], in->weights.shifts[j],
                                          in->result.type == HYP_I8 ? INT8_MAX : INT16_MAX);
            }
            hyp_array_store(&in->result, i, j, value);
        }
    }
    return HYP_OK;
}

int hyp_reference_matmul16(const struct hyp_instruction *in, hyp_error *error)
{
    (void)error;
    for (uint64_t i = 0; i < in->result.rows; i++) {
        for (uint64_t j = 0; j < in->result.columns; j++) {
            int64_t sum = 0;
            for (uint64_t k = 0; k < in->a.columns; k++) {
                sum += hyp_array_load(&in->a, i, k) * load_b(in, k, j);
            }
            hyp_array_store(&in->result, i, j, hyp_round_shift(sum, in->immediate[0]));
        }
    }
    return HYP_OK;
}
