/* One value a row: ROWMAX, ROWABSMAX, ROWSUM, SUMSQ, ARGMAX. */
#include "host/src/opcodes/opcode.h"

int hyp_reference_row_max(const struct hyp_instruction *in, hyp_error *error)
{
    (void)error;
    for (uint64_t i = 0; i < in->a.rows; i++) {
        int64_t most = INT32_MIN;
        for (uint64_t j = 0; j < in->a.columns; j++) {
            int64_t value = hyp_array_load(&in->a, i, j);
            most = value > most ? value : most;
        }
        hyp_array_store(&in->result, i, 0, most);
    }
    return HYP_OK;
}

int hyp_reference_row_abs_max(const struct hyp_instruction *in, hyp_error *error)
{
    (void)error;
    for (uint64_t i = 0; i < in->a.rows; i++) {
        int64_t most = 0;
        for (uint64_t j = 0; j < in->a.columns; j++) {
            int64_t value = hyp_array_load(&in->a, i, j);
            value = value < 0 ? -value : value;
            most = value > most ? value : most;
        }
        hyp_array_store(&in->result, i, 0, most);
    }
    return HYP_OK;
}

/* At most 2^32 values below 2^31: no overflow. */
int hyp_reference_row_sum(const struct hyp_instruction *in, hyp_error *error)
{
    (void)error;
    for (uint64_t i = 0; i < in->a.rows; i++) {
        int64_t sum = 0;
        for (uint64_t j = 0; j < in->a.columns; j++) {
            sum += hyp_array_load(&in->a, i, j);
        }
        hyp_array_store(&in->result, i, 0, sum);
    }
    return HYP_OK;
}

/* Squares are not negative, so saturating at each step saturates the sum, in whatever order. */
int hyp_reference_sum_of_squares(const struct hyp_instruction *in, hyp_error *error)
{
    (void)error;
    for (uint64_t i = 0; i < in->a.rows; i++) {
        uint64_t sum = 0;
        for (uint64_t j = 0; j < in->a.columns; j++) {
            int64_t value = hyp_array_load(&in->a, i, j);
            sum += (uint64_t)(value * value);
            sum = sum > INT64_MAX ? INT64_MAX : sum;
        }
        hyp_array_store(&in->result, i, 0, (int64_t)sum);
    }
    return HYP_OK;
}

int hyp_reference_arg_max(const struct hyp_instruction *in, hyp_error *error)
{
    (void)error;
    for (uint64_t i = 0; i < in->a.rows; i++) {
        uint64_t best = 0;
        for (uint64_t j = 1; j < in->a.columns; j++) {
            if (hyp_array_load(&in->a, i, j) > hyp_array_load(&in->a, i, best)) {
                best = j;
            }
        }
        hyp_array_store(&in->result, i, 0, (int64_t)best);
    }
    return HYP_OK;
}
