/* A vector of 64-bit lanes: what the files of this folder are written in.
 *
 * They are compiled once for each variant (names.h): with AVX-512, where a vector has eight lanes,
 * and with AVX2, where it has four. What AVX2 has no instruction for is put together here.
 *
 * A lane_mask has one bit a lane, the lowest for lane 0; bits beyond VECTOR_LANES mean nothing. */
#ifndef HYPERION_RECOVER_LANES_VECTOR_H
#define HYPERION_RECOVER_LANES_VECTOR_H

#include <immintrin.h>
#include <stdint.h>

#include "host/src/recover/lanes/names.h"

#define VECTOR_INLINE static inline __attribute__((always_inline))

#if defined(__AVX512F__)

#define VECTOR_LANES 8
typedef __m512i vector;
typedef __mmask8 lane_mask;

VECTOR_INLINE vector vector_splat(uint64_t x)
{
    return _mm512_set1_epi64((long long)x);
}

VECTOR_INLINE vector vector_zero(void)
{
    return _mm512_setzero_si512();
}

VECTOR_INLINE vector vector_load(const void *memory)
{
    return _mm512_loadu_si512(memory);
}

VECTOR_INLINE void vector_store(void *memory, vector a)
{
    _mm512_storeu_si512(memory, a);
}

VECTOR_INLINE uint64_t vector_first(vector a)
{
    return (uint64_t)_mm_cvtsi128_si64(_mm512_castsi512_si128(a));
}

VECTOR_INLINE vector vector_add(vector a, vector b)
{
    return _mm512_add_epi64(a, b);
}

VECTOR_INLINE vector vector_subtract(vector a, vector b)
{
    return _mm512_sub_epi64(a, b);
}

VECTOR_INLINE vector vector_and(vector a, vector b)
{
    return _mm512_and_si512(a, b);
}

/* ~a & b */
VECTOR_INLINE vector vector_and_not(vector a, vector b)
{
    return _mm512_andnot_si512(a, b);
}

VECTOR_INLINE vector vector_or(vector a, vector b)
{
    return _mm512_or_si512(a, b);
}

VECTOR_INLINE vector vector_xor(vector a, vector b)
{
    return _mm512_xor_si512(a, b);
}

/* By a constant. */
VECTOR_INLINE vector vector_left(vector a, unsigned bits)
{
    return _mm512_slli_epi64(a, bits);
}

VECTOR_INLINE vector vector_right(vector a, unsigned bits)
{
    return _mm512_srli_epi64(a, bits);
}

VECTOR_INLINE vector vector_right_signed(vector a, unsigned bits)
{
    return _mm512_srai_epi64(a, bits);
}

/* By any number below 64. */
VECTOR_INLINE vector vector_left_by(vector a, unsigned bits)
{
    return _mm512_sll_epi64(a, _mm_cvtsi32_si128((int)bits));
}

VECTOR_INLINE vector vector_right_by(vector a, unsigned bits)
{
    return _mm512_srl_epi64(a, _mm_cvtsi32_si128((int)bits));
}

/* Lanes in which a & b is not zero; in which it is; in which a is negative. */
VECTOR_INLINE lane_mask vector_any(vector a, vector b)
{
    return _mm512_test_epi64_mask(a, b);
}

VECTOR_INLINE lane_mask vector_none(vector a, vector b)
{
    return _mm512_testn_epi64_mask(a, b);
}

VECTOR_INLINE lane_mask vector_is_negative(vector a)
{
    return _mm512_movepi64_mask(a);
}

/* Lanes in which a > b, both below 2^63. */
VECTOR_INLINE lane_mask vector_is_above(vector a, vector b)
{
    return _mm512_cmpgt_epi64_mask(a, b);
}

/* b where the mask is set, else a. */
VECTOR_INLINE vector vector_select(vector a, lane_mask mask, vector b)
{
    return _mm512_mask_mov_epi64(a, mask, b);
}

/* a + b where the mask is set, else a. */
VECTOR_INLINE vector vector_add_where(vector a, lane_mask mask, vector b)
{
    return _mm512_mask_add_epi64(a, mask, a, b);
}

/* a - b where the mask is set, else a + b. */
VECTOR_INLINE vector vector_add_signed(vector a, lane_mask negative, vector b)
{
    return _mm512_mask_sub_epi64(_mm512_add_epi64(a, b), negative, a, b);
}

/* ~a where the mask is set, else a. */
VECTOR_INLINE vector vector_invert_where(vector a, lane_mask mask)
{
    return _mm512_mask_xor_epi64(a, mask, a, vector_splat(UINT64_MAX));
}

/* Every lane gets what the lane `distance` (a power of two) away has. */
VECTOR_INLINE vector vector_swap(vector a, int distance)
{
    return distance == 4   ? _mm512_shuffle_i64x2(a, a, 0x4e)
           : distance == 2 ? _mm512_permutex_epi64(a, 0x4e)
                           : _mm512_permutex_epi64(a, 0xb1);
}

/* Reverses the bytes of every lane. */
VECTOR_INLINE vector vector_swap_bytes(vector a)
{
    const vector order =
        _mm512_broadcast_i32x4(_mm_set_epi64x(0x08090a0b0c0d0e0f, 0x0001020304050607));

    return _mm512_shuffle_epi8(a, order);
}

#else /* AVX2 */

#define VECTOR_LANES 4
typedef __m256i vector;
typedef uint8_t lane_mask;

VECTOR_INLINE vector vector_splat(uint64_t x)
{
    return _mm256_set1_epi64x((long long)x);
}

VECTOR_INLINE vector vector_zero(void)
{
    return _mm256_setzero_si256();
}

VECTOR_INLINE vector vector_load(const void *memory)
{
    return _mm256_loadu_si256(memory);
}

VECTOR_INLINE void vector_store(void *memory, vector a)
{
    _mm256_storeu_si256(memory, a);
}

VECTOR_INLINE uint64_t vector_first(vector a)
{
    return (uint64_t)_mm_cvtsi128_si64(_mm256_castsi256_si128(a));
}

VECTOR_INLINE vector vector_add(vector a, vector b)
{
    return _mm256_add_epi64(a, b);
}

VECTOR_INLINE vector vector_subtract(vector a, vector b)
{
    return _mm256_sub_epi64(a, b);
}

VECTOR_INLINE vector vector_and(vector a, vector b)
{
    return _mm256_and_si256(a, b);
}

VECTOR_INLINE vector vector_and_not(vector a, vector b)
{
    return _mm256_andnot_si256(a, b);
}

VECTOR_INLINE vector vector_or(vector a, vector b)
{
    return _mm256_or_si256(a, b);
}

VECTOR_INLINE vector vector_xor(vector a, vector b)
{
    return _mm256_xor_si256(a, b);
}

VECTOR_INLINE vector vector_left(vector a, unsigned bits)
{
    return _mm256_slli_epi64(a, (int)bits);
}

VECTOR_INLINE vector vector_right(vector a, unsigned bits)
{
    return _mm256_srli_epi64(a, (int)bits);
}

VECTOR_INLINE vector vector_left_by(vector a, unsigned bits)
{
    return _mm256_sll_epi64(a, _mm_cvtsi32_si128((int)bits));
}

VECTOR_INLINE vector vector_right_by(vector a, unsigned bits)
{
    return _mm256_srl_epi64(a, _mm_cvtsi32_si128((int)bits));
}

/* The sign, which a shift leaves at bit 63 - bits, is spread by subtracting its weight. */
VECTOR_INLINE vector vector_right_signed(vector a, unsigned bits)
{
    const vector sign = vector_splat(1ull << (63 - bits));

    return vector_subtract(vector_xor(vector_right(a, bits), sign), sign);
}

/* One bit a lane from lanes that are all ones or all zero, and back. */
VECTOR_INLINE lane_mask vector_to_mask(vector a)
{
    return (lane_mask)_mm256_movemask_pd(_mm256_castsi256_pd(a));
}

VECTOR_INLINE vector vector_from_mask(lane_mask mask)
{
    const vector bit = _mm256_setr_epi64x(1, 2, 4, 8);

    return _mm256_cmpeq_epi64(vector_and(vector_splat(mask), bit), bit);
}

VECTOR_INLINE lane_mask vector_none(vector a, vector b)
{
    return vector_to_mask(_mm256_cmpeq_epi64(vector_and(a, b), vector_zero()));
}

VECTOR_INLINE lane_mask vector_any(vector a, vector b)
{
    return (lane_mask)~vector_none(a, b);
}

VECTOR_INLINE lane_mask vector_is_negative(vector a)
{
    return vector_to_mask(a);
}

VECTOR_INLINE lane_mask vector_is_above(vector a, vector b)
{
    return vector_to_mask(_mm256_cmpgt_epi64(a, b));
}

VECTOR_INLINE vector vector_select(vector a, lane_mask mask, vector b)
{
    return _mm256_blendv_epi8(a, b, vector_from_mask(mask));
}

VECTOR_INLINE vector vector_add_where(vector a, lane_mask mask, vector b)
{
    return vector_add(a, vector_and(b, vector_from_mask(mask)));
}

VECTOR_INLINE vector vector_add_signed(vector a, lane_mask negative, vector b)
{
    const vector ones = vector_from_mask(negative);

    return vector_add(a, vector_subtract(vector_xor(b, ones), ones));
}

VECTOR_INLINE vector vector_invert_where(vector a, lane_mask mask)
{
    return vector_xor(a, vector_from_mask(mask));
}

VECTOR_INLINE vector vector_swap(vector a, int distance)
{
    return distance == 2 ? _mm256_permute4x64_epi64(a, 0x4e) : _mm256_permute4x64_epi64(a, 0xb1);
}

VECTOR_INLINE vector vector_swap_bytes(vector a)
{
    const vector order =
        _mm256_broadcastsi128_si256(_mm_set_epi64x(0x08090a0b0c0d0e0f, 0x0001020304050607));

    return _mm256_shuffle_epi8(a, order);
}

#endif

#define VECTOR_ALL ((1u << VECTOR_LANES) - 1) /* of a mask */

#endif
