/* Whole rows: SOFTMAX, RMSNORM, ROPE. */
#include "host/src/opcodes/functions.h"
#include "host/src/opcodes/opcode.h"

static void softmax_row(const struct hyp_instruction *in, uint64_t i, uint64_t count)
{
    int64_t most = INT64_MIN;
    uint64_t sum = 0;

    for (uint64_t j = 0; j < count; j++) {
        int64_t value = hyp_array_load(&in->a, i, j);
        most = value > most ? value : most;
    }
    for (uint64_t j = 0; j < count; j++) {
        sum += hyp_exp2(hyp_array_load(&in->a, i, j) - most);
    }
    const struct hyp_scale scale = hyp_recip((int64_t)sum, 1 << 15);
    for (uint64_t j = 0; j < in->result.columns; j++) {
        int64_t value = 0;
        if (j < count) {
            uint64_t power = hyp_exp2(hyp_array_load(&in->a, i, j) - most);
            value = hyp_round_shift((int64_t)(power * scale.multiplier), scale.shift);
        }
        hyp_array_store(&in->result, i, j, value);
    }
}

int hyp_reference_softmax(const struct hyp_instruction *in, hyp_error *error)
{
    (void)error;
    for (uint64_t i = 0; i < in->result.rows; i++) {
        uint64_t limit = in->immediate[0] + i * in->immediate[1];
        softmax_row(in, i, limit < in->a.columns ? limit : in->a.columns);
    }
    return HYP_OK;
}

/* By how much a row is shifted so that its squares add up in 64 bits. */
static uint32_t rms_norm_shift(const struct hyp_instruction *in, uint64_t i)
{
    uint64_t bits = 0;

    for (uint64_t j = 0; j < in->a.columns; j++) {
        int64_t value = hyp_array_load(&in->a, i, j);
        uint64_t size = (uint64_t)(value < 0 ? -value : value);
        bits = size > bits ? size : bits;
    }
    uint32_t length = bits ? 64 - (uint32_t)__builtin_clzll(bits) : 0;
    return length > 23 ? length - 23 : 0;
}

static void rms_norm_row(const struct hyp_instruction *in, uint64_t i)
{
    uint32_t down = rms_norm_shift(in, i);
    uint64_t sum = 0;

    for (uint64_t j = 0; j < in->a.columns; j++) {
        int64_t value = hyp_round_shift(hyp_array_load(&in->a, i, j), down);
        sum += (uint64_t)(value * value);
    }
    uint64_t mean = sum / in->a.columns + (in->immediate[0] >> (2 * down));
    const struct hyp_scale scale = hyp_rsqrt((int64_t)mean);
    for (uint64_t j = 0; j < in->a.columns; j++) {
        int64_t value = hyp_round_shift(hyp_array_load(&in->a, i, j), down) * scale.multiplier;
        /* A mean of 0 has the shift 0, and the value is 0 whatever it is shifted by. */
        int64_t normal =
            scale.shift ? hyp_clamp(hyp_round_shift(value, scale.shift - 16), INT32_MIN, INT32_MAX)
                        : 0;
        hyp_array_store(&in->result, i, j,
                        hyp_round_shift(normal * hyp_array_load(&in->b, i, j), 16));
    }
}

int hyp_reference_rms_norm(const struct hyp_instruction *in, hyp_error *error)
{
    (void)error;
    for (uint64_t i = 0; i < in->result.rows && in->result.columns; i++) {
        rms_norm_row(in, i);
    }
    return HYP_OK;
}

int hyp_reference_rope(const struct hyp_instruction *in, hyp_error *error)
{
    uint64_t half = in->b.columns;
    uint64_t apart = in->immediate[0] ? half : 1;

    (void)error;
    for (uint64_t i = 0; i < in->result.rows; i++) {
        for (uint64_t pair = 0; pair < in->result.columns / 2; pair++) {
            uint64_t head = pair / half * 2 * half;
            uint64_t angle = pair % half;
            uint64_t first = head + (in->immediate[0] ? angle : 2 * angle);
            int64_t x = hyp_array_load(&in->a, i, first);
            int64_t y = hyp_array_load(&in->a, i, first + apart);
            int64_t cosine = hyp_array_load(&in->b, i, angle);
            int64_t sine = hyp_array_load(&in->c, i, angle);
            hyp_array_store(&in->result, i, first, hyp_round_shift(x * cosine - y * sine, 15));
            hyp_array_store(&in->result, i, first + apart,
                            hyp_round_shift(x * sine + y * cosine, 15));
        }
    }
    return HYP_OK;
}
