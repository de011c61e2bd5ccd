/* a·b of 52-bit lanes: low and high half, added to c.
 *
 * With AVX-512 IFMA one instruction each. Without it (Skylake-X, Cascade Lake) two fused
 * multiplications of doubles, both rounded towards zero, give the same bits (Emmart, Zheng and
 * Weems, "Faster modular exponentiation using double precision floating point arithmetic on the
 * GPU", 2018):
 *
 *   h = fma(a, b, 2^104) = 2^104 + ⌊a·b / 2^52⌋·2^52, as doubles in [2^104, 2^105) are 2^52 apart;
 *   l = fma(a, b, 2^104 + 2^52 - h) = 2^52 + (a·b mod 2^52), exact, as is the difference in it.
 *
 * So the high half is the significand of h, the low half that of l; subtracting the bits of 2^104
 * and of 2^52 leaves them as integers. */
#ifndef HYPERION_RECOVER_MULTIPLY_ADD_H
#define HYPERION_RECOVER_MULTIPLY_ADD_H

#include <immintrin.h>

#define MULTIPLY_ADD_INLINE static inline __attribute__((always_inline))

#if defined(__AVX512IFMA__)

MULTIPLY_ADD_INLINE __m512i multiply_add_low(__m512i c, __m512i a, __m512i b)
{
    return _mm512_madd52lo_epu64(c, a, b);
}

MULTIPLY_ADD_INLINE __m512i multiply_add_high(__m512i c, __m512i a, __m512i b)
{
    return _mm512_madd52hi_epu64(c, a, b);
}

#else

#define BITS_OF_2_52  0x4330000000000000
#define BITS_OF_2_104 0x4670000000000000
#define TOWARDS_ZERO  (_MM_FROUND_TO_ZERO | _MM_FROUND_NO_EXC)

/* The low 52 bits as a double: they are put under the exponent of 2^52, and 2^52 is taken off. */
MULTIPLY_ADD_INLINE __m512d multiply_add_double(__m512i a)
{
    const __m512i exponent = _mm512_set1_epi64(BITS_OF_2_52);
    __m512i bits = _mm512_ternarylogic_epi64(a, _mm512_set1_epi64(0xfffffffffffff), exponent,
                                             0xea /* (a & b) | c */);

    return _mm512_sub_pd(_mm512_castsi512_pd(bits), _mm512_castsi512_pd(exponent));
}

MULTIPLY_ADD_INLINE __m512i multiply_add_high(__m512i c, __m512i a, __m512i b)
{
    __m512d h = _mm512_fmadd_round_pd(multiply_add_double(a), multiply_add_double(b),
                                      _mm512_set1_pd(0x1p104), TOWARDS_ZERO);
    __m512i half = _mm512_sub_epi64(_mm512_castpd_si512(h), _mm512_set1_epi64(BITS_OF_2_104));

    return _mm512_add_epi64(c, half);
}

MULTIPLY_ADD_INLINE __m512i multiply_add_low(__m512i c, __m512i a, __m512i b)
{
    __m512d x = multiply_add_double(a);
    __m512d y = multiply_add_double(b);
    __m512d h = _mm512_fmadd_round_pd(x, y, _mm512_set1_pd(0x1p104), TOWARDS_ZERO);
    __m512d less_h = _mm512_sub_pd(_mm512_set1_pd(0x1p104 + 0x1p52), h);
    __m512d l = _mm512_fmadd_round_pd(x, y, less_h, TOWARDS_ZERO);
    __m512i half = _mm512_sub_epi64(_mm512_castpd_si512(l), _mm512_set1_epi64(BITS_OF_2_52));

    return _mm512_add_epi64(c, half);
}

#endif

#endif
