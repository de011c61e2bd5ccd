#include "host/llm/rope.h"

#include <math.h>
#include <stddef.h>

/* e^x for |x| < 0.6 or so, by its series: the 20th term is below 2^-70. */
static double small_exponential(double x)
{
    double term = 1;
    double sum = 1;

    for (int i = 1; i <= 20; i++) {
        term *= x / i;
        sum += term;
    }
    return sum;
}

/* 10000^−x for x in [0, 1) */
static double frequency(double x)
{
    static const double ln_10000 = 9.210340371976182736;
    double value = small_exponential(-ln_10000 * x / 16);

    for (int i = 0; i < 4; i++) {
        value *= value;
    }
    return value;
}

/* cos and sin of an angle in [0, 1], by their series. */
static void turn_of(double angle, double *cosine, double *sine)
{
    double term = 1;

    *cosine = 1;
    *sine = 0;
    for (int i = 1; i <= 24; i++) {
        term *= angle / i;
        double *sum = i % 2 ? sine : cosine;
        *sum += i / 2 % 2 ? -term : term;
    }
}

static int16_t to_q15(double value)
{
    long scaled = lround(value * 32768.0);

    return (int16_t)(scaled > INT16_MAX ? INT16_MAX : scaled < -INT16_MAX ? -INT16_MAX : scaled);
}

/* Position after position by one more turn. The error grows by about 2^-53 a position, far below
 * the 2^-16 that rounding adds. */
void llm_rope_tables(uint32_t context, uint32_t head, int16_t *cosine, int16_t *sine)
{
    uint32_t pairs = head / 2;

    for (uint32_t i = 0; i < pairs; i++) {
        double turn_cosine;
        double turn_sine;
        double c = 1;
        double s = 0;
        turn_of(frequency((double)i / pairs), &turn_cosine, &turn_sine);
        for (size_t position = 0; position < context; position++) {
            cosine[position * pairs + i] = to_q15(c);
            sine[position * pairs + i] = to_q15(s);
            double next = c * turn_cosine - s * turn_sine;
            s = c * turn_sine + s * turn_cosine;
            c = next;
        }
    }
}
