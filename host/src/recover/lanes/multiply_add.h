/* a·b of 52-bit lanes: low and high half, added to c.
 *
 * With AVX-512 IFMA one instruction each. Without it two fused multiplications of doubles, both
 * rounded towards zero, give the same bits (Emmart, Zheng and Weems, "Faster modular exponentiation
 * using double precision floating point arithmetic on the GPU", 2018):
 *
 *   h = fma(a, b, 2^104) = 2^104 + ⌊a·b / 2^52⌋·2^52, as doubles in [2^104, 2^105) are 2^52 apart;
 *   l = fma(a, b, 2^104 + 2^52 - h) = 2^52 + (a·b mod 2^52), exact, as is the difference in it.
 *
 * So the high half is the significand of h, the low half that of l; subtracting the bits of 2^104
 * and of 2^52 leaves them as integers.
 *
 * AVX-512 (Skylake-X, Cascade Lake) says the rounding with each instruction. With AVX2 it is the
 * thread's: all that multiplies runs between multiply_begin and multiply_end. */
#ifndef HYPERION_RECOVER_LANES_MULTIPLY_ADD_H
#define HYPERION_RECOVER_LANES_MULTIPLY_ADD_H

#include "host/src/recover/lanes/vector.h"

#if defined(__AVX512IFMA__)

VECTOR_INLINE vector multiply_add_low(vector c, vector a, vector b)
{
    return _mm512_madd52lo_epu64(c, a, b);
}

VECTOR_INLINE vector multiply_add_high(vector c, vector a, vector b)
{
    return _mm512_madd52hi_epu64(c, a, b);
}

#else

#define BITS_OF_2_52  0x4330000000000000
#define BITS_OF_2_104 0x4670000000000000

#if defined(__AVX512F__)

typedef __m512d vector_of_doubles;
#define TOWARDS_ZERO (_MM_FROUND_TO_ZERO | _MM_FROUND_NO_EXC)

VECTOR_INLINE vector_of_doubles doubles_splat(double x)
{
    return _mm512_set1_pd(x);
}

VECTOR_INLINE vector_of_doubles doubles_from_bits(vector a)
{
    return _mm512_castsi512_pd(a);
}

VECTOR_INLINE vector bits_of_doubles(vector_of_doubles a)
{
    return _mm512_castpd_si512(a);
}

VECTOR_INLINE vector_of_doubles doubles_subtract(vector_of_doubles a, vector_of_doubles b)
{
    return _mm512_sub_pd(a, b);
}

/* a·b + c, rounded towards zero */
VECTOR_INLINE vector_of_doubles doubles_multiply_add(vector_of_doubles a, vector_of_doubles b,
                                                     vector_of_doubles c)
{
    return _mm512_fmadd_round_pd(a, b, c, TOWARDS_ZERO);
}

/* (a & b) | c */
VECTOR_INLINE vector and_or(vector a, vector b, vector c)
{
    return _mm512_ternarylogic_epi64(a, b, c, 0xea);
}

#else

typedef __m256d vector_of_doubles;

VECTOR_INLINE vector_of_doubles doubles_splat(double x)
{
    return _mm256_set1_pd(x);
}

VECTOR_INLINE vector_of_doubles doubles_from_bits(vector a)
{
    return _mm256_castsi256_pd(a);
}

VECTOR_INLINE vector bits_of_doubles(vector_of_doubles a)
{
    return _mm256_castpd_si256(a);
}

VECTOR_INLINE vector_of_doubles doubles_subtract(vector_of_doubles a, vector_of_doubles b)
{
    return _mm256_sub_pd(a, b);
}

VECTOR_INLINE vector_of_doubles doubles_multiply_add(vector_of_doubles a, vector_of_doubles b,
                                                     vector_of_doubles c)
{
    return _mm256_fmadd_pd(a, b, c);
}

VECTOR_INLINE vector and_or(vector a, vector b, vector c)
{
    return vector_or(vector_and(a, b), c);
}

#endif

/* The low 52 bits as a double: they are put under the exponent of 2^52, and 2^52 is taken off. */
VECTOR_INLINE vector_of_doubles multiply_add_double(vector a)
{
    const vector exponent = vector_splat(BITS_OF_2_52);
    vector bits = and_or(a, vector_splat(0xfffffffffffff), exponent);

    return doubles_subtract(doubles_from_bits(bits), doubles_from_bits(exponent));
}

VECTOR_INLINE vector multiply_add_high(vector c, vector a, vector b)
{
    vector_of_doubles h = doubles_multiply_add(multiply_add_double(a), multiply_add_double(b),
                                               doubles_splat(0x1p104));
    vector half = vector_subtract(bits_of_doubles(h), vector_splat(BITS_OF_2_104));

    return vector_add(c, half);
}

VECTOR_INLINE vector multiply_add_low(vector c, vector a, vector b)
{
    vector_of_doubles x = multiply_add_double(a);
    vector_of_doubles y = multiply_add_double(b);
    vector_of_doubles h = doubles_multiply_add(x, y, doubles_splat(0x1p104));
    vector_of_doubles less_h = doubles_subtract(doubles_splat(0x1p104 + 0x1p52), h);
    vector_of_doubles l = doubles_multiply_add(x, y, less_h);
    vector half = vector_subtract(bits_of_doubles(l), vector_splat(BITS_OF_2_52));

    return vector_add(c, half);
}

#endif

/* Sets and restores the state of the thread's floating point. What lies between them must not be
 * inlined into the function that calls them: a compiler may move multiplications across. */
#if defined(__AVX512F__)

VECTOR_INLINE unsigned multiply_begin(void)
{
    return 0;
}

VECTOR_INLINE void multiply_end(unsigned before)
{
    (void)before;
}

#else

/* Rounding towards zero, every exception masked, no flushing of small numbers. */
#define MULTIPLY_STATE 0x7f80u

VECTOR_INLINE unsigned multiply_begin(void)
{
    unsigned before = _mm_getcsr();

    _mm_setcsr(MULTIPLY_STATE);
    return before;
}

VECTOR_INLINE void multiply_end(unsigned before)
{
    _mm_setcsr(before);
}

#endif

#endif
