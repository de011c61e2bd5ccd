#include "host/llm/quantise.h"

#include <math.h>
#include <stdlib.h>

enum { INT8_MOST = 127, INT16_MOST = 32767, MAX_SHIFT = 62 };

int32_t llm_to_q16(double value)
{
    double scaled = value * 65536.0;

    if (scaled >= INT32_MAX) {
        return INT32_MAX;
    }
    return scaled <= INT32_MIN ? INT32_MIN : (int32_t)lround(scaled);
}

void llm_to_multiplier(double value, int32_t *multiplier, uint8_t *shift)
{
    int exponent;
    double fraction = frexp(value, &exponent); /* [0.5, 1) */
    int wanted = 31 - exponent;                /* fraction · 2^31 = value · 2^wanted */

    wanted = wanted < MAX_SHIFT ? wanted : MAX_SHIFT;
    double scaled = ldexp(value, wanted);
    if (fraction == 0 || wanted < 0) {
        *multiplier = fraction == 0 ? 0 : INT32_MAX;
        *shift = 0;
        return;
    }
    *multiplier = scaled >= INT32_MAX ? INT32_MAX : (int32_t)lround(scaled);
    *shift = (uint8_t)wanted;
}

/* Quantises one row; returns its step and the sum of the absolute values. */
static double quantise_row(const float *weights, uint32_t inner, int8_t *quantised, uint64_t *sum)
{
    float most = 0;

    *sum = 0;
    for (uint32_t i = 0; i < inner; i++) {
        float magnitude = fabsf(weights[i]);
        most = magnitude > most ? magnitude : most;
    }
    double step = (double)most / INT8_MOST;
    for (uint32_t i = 0; i < inner; i++) {
        long value = most > 0 ? lround((double)weights[i] / step) : 0;
        quantised[i] = (int8_t)value;
        *sum += (uint64_t)labs(value);
    }
    return step;
}

int llm_quantise_matrix(const struct llm_rows *parts, uint32_t part_count, uint32_t inner,
                        double *steps, struct llm_matrix matrix, int32_t *back, hyp_error *error)
{
    double largest = 0; /* what an int8 row can make of the worst channel, in units of its scale */
    uint32_t column = 0;

    for (uint32_t p = 0; p < part_count; p++) {
        for (uint32_t r = 0; r < parts[p].rows; r++, column++) {
            uint64_t sum;
            double step = quantise_row(parts[p].weights + (size_t)r * inner, inner,
                                       matrix.weight + (size_t)column * inner, &sum);
            steps[column] = step * parts[p].factor / INT8_MOST;
            double reach = (double)(sum * INT8_MOST) * steps[column];
            largest = reach > largest ? reach : largest;
        }
    }
    if (!(largest <= INT16_MOST - 1)) {
        return llm_fail(error, HYP_EINVAL, "weights are too large for 16-bit fixed point");
    }
    /* One unit is kept free for the rounding of multipliers. */
    for (*back = 0; *back < MAX_SHIFT && ldexp(largest, *back + 1) <= INT16_MOST - 1;) {
        ++*back;
    }
    for (uint32_t i = 0; i < column; i++) {
        llm_to_multiplier(ldexp(steps[i], *back), &matrix.multiplier[i], &matrix.shift[i]);
    }
    return HYP_OK;
}

void llm_quantise_embedding(const float *weights, uint32_t rows, uint32_t inner,
                            struct llm_matrix matrix)
{
    for (uint32_t r = 0; r < rows; r++) {
        uint64_t sum;
        double step = quantise_row(weights + (size_t)r * inner, inner,
                                   matrix.weight + (size_t)r * inner, &sum);
        llm_to_multiplier(step * 65536.0, &matrix.multiplier[r], &matrix.shift[r]);
    }
}
