/* Moving 64-bit words between rows (one signature's words side by side) and lanes. */
#ifndef HYPERION_RECOVER_LANES_ROWS_H
#define HYPERION_RECOVER_LANES_ROWS_H

#include <stddef.h>

#include "host/src/recover/lanes/vector.h"

/* The halves of a row that is a point. */
#define ROW_X 0
#define ROW_Y 1

#if VECTOR_LANES == 8

/* Eight rows of eight words, transposed in place. */
VECTOR_INLINE void rows_transpose(vector r[8])
{
    vector a0 = _mm512_unpacklo_epi64(r[0], r[1]);
    vector a1 = _mm512_unpackhi_epi64(r[0], r[1]);
    vector a2 = _mm512_unpacklo_epi64(r[2], r[3]);
    vector a3 = _mm512_unpackhi_epi64(r[2], r[3]);
    vector a4 = _mm512_unpacklo_epi64(r[4], r[5]);
    vector a5 = _mm512_unpackhi_epi64(r[4], r[5]);
    vector a6 = _mm512_unpacklo_epi64(r[6], r[7]);
    vector a7 = _mm512_unpackhi_epi64(r[6], r[7]);
    vector b0 = _mm512_shuffle_i64x2(a0, a2, 0x88);
    vector b1 = _mm512_shuffle_i64x2(a0, a2, 0xdd);
    vector b2 = _mm512_shuffle_i64x2(a4, a6, 0x88);
    vector b3 = _mm512_shuffle_i64x2(a4, a6, 0xdd);
    vector c0 = _mm512_shuffle_i64x2(a1, a3, 0x88);
    vector c1 = _mm512_shuffle_i64x2(a1, a3, 0xdd);
    vector c2 = _mm512_shuffle_i64x2(a5, a7, 0x88);
    vector c3 = _mm512_shuffle_i64x2(a5, a7, 0xdd);

    r[0] = _mm512_shuffle_i64x2(b0, b2, 0x88);
    r[1] = _mm512_shuffle_i64x2(c0, c2, 0x88);
    r[2] = _mm512_shuffle_i64x2(b1, b3, 0x88);
    r[3] = _mm512_shuffle_i64x2(c1, c3, 0x88);
    r[4] = _mm512_shuffle_i64x2(b0, b2, 0xdd);
    r[5] = _mm512_shuffle_i64x2(c0, c2, 0xdd);
    r[6] = _mm512_shuffle_i64x2(b1, b3, 0xdd);
    r[7] = _mm512_shuffle_i64x2(c1, c3, 0xdd);
}

/* word[i] = word i of every lane's row of eight. */
VECTOR_INLINE void rows_load(vector word[8], const void *const row[VECTOR_LANES])
{
    _Pragma("GCC unroll 8") for (int lane = 0; lane < VECTOR_LANES; lane++)
    {
        word[lane] = vector_load(row[lane]);
    }
    rows_transpose(word);
}

/* The same of half a row: words 0…3, or 4…7. Part of the transposition is done by loading halves.
 */
VECTOR_INLINE void rows_load_half(vector word[4], const uint64_t *const row[VECTOR_LANES],
                                  size_t half)
{
    vector pair[4]; /* rows i and i + 2 */

    _Pragma("GCC unroll 4") for (int i = 0; i < 4; i++)
    {
        int lane = i < 2 ? i : i + 2;
        pair[i] = _mm512_inserti64x4(
            _mm512_castsi256_si512(_mm256_loadu_si256((const __m256i *)row[lane] + half)),
            _mm256_loadu_si256((const __m256i *)row[lane + 2] + half), 1);
    }
    vector a0 = _mm512_unpacklo_epi64(pair[0], pair[1]);
    vector a1 = _mm512_unpackhi_epi64(pair[0], pair[1]);
    vector a2 = _mm512_unpacklo_epi64(pair[2], pair[3]);
    vector a3 = _mm512_unpackhi_epi64(pair[2], pair[3]);
    word[0] = _mm512_shuffle_i64x2(a0, a2, 0x88);
    word[1] = _mm512_shuffle_i64x2(a1, a3, 0x88);
    word[2] = _mm512_shuffle_i64x2(a0, a2, 0xdd);
    word[3] = _mm512_shuffle_i64x2(a1, a3, 0xdd);
}

/* The other way, for the first `count` lanes. */
VECTOR_INLINE void rows_store(void *const row[VECTOR_LANES], size_t count, const vector word[8])
{
    vector r[8];

    _Pragma("GCC unroll 8") for (int i = 0; i < 8; i++)
    {
        r[i] = word[i];
    }
    rows_transpose(r);
    for (size_t lane = 0; lane < count; lane++) {
        vector_store(row[lane], r[lane]);
    }
}

#else

/* Four rows of four words, transposed in place. */
VECTOR_INLINE void rows_transpose(vector r[4])
{
    vector a0 = _mm256_unpacklo_epi64(r[0], r[1]);
    vector a1 = _mm256_unpackhi_epi64(r[0], r[1]);
    vector a2 = _mm256_unpacklo_epi64(r[2], r[3]);
    vector a3 = _mm256_unpackhi_epi64(r[2], r[3]);

    r[0] = _mm256_permute2x128_si256(a0, a2, 0x20);
    r[1] = _mm256_permute2x128_si256(a1, a3, 0x20);
    r[2] = _mm256_permute2x128_si256(a0, a2, 0x31);
    r[3] = _mm256_permute2x128_si256(a1, a3, 0x31);
}

VECTOR_INLINE void rows_load_half(vector word[4], const uint64_t *const row[VECTOR_LANES],
                                  size_t half)
{
    _Pragma("GCC unroll 4") for (int lane = 0; lane < VECTOR_LANES; lane++)
    {
        word[lane] = vector_load((const vector *)row[lane] + half);
    }
    rows_transpose(word);
}

VECTOR_INLINE void rows_load(vector word[8], const void *const row[VECTOR_LANES])
{
    _Pragma("GCC unroll 4") for (int lane = 0; lane < VECTOR_LANES; lane++)
    {
        word[lane] = vector_load(row[lane]);
        word[lane + 4] = vector_load((const vector *)row[lane] + 1);
    }
    rows_transpose(word);
    rows_transpose(word + 4);
}

VECTOR_INLINE void rows_store(void *const row[VECTOR_LANES], size_t count, const vector word[8])
{
    vector r[8];

    _Pragma("GCC unroll 8") for (int i = 0; i < 8; i++)
    {
        r[i] = word[i];
    }
    rows_transpose(r);
    rows_transpose(r + 4);
    for (size_t lane = 0; lane < count; lane++) {
        vector_store(row[lane], r[lane]);
        vector_store((vector *)row[lane] + 1, r[lane + 4]);
    }
}

#endif

/* Four words (64 bits) ↔ five limbs (52 bits) of the same number < 2^256. */
VECTOR_INLINE void rows_words_to_limbs(vector limb[5], const vector word[4])
{
    const vector mask = vector_splat(0xfffffffffffff);

    limb[0] = vector_and(word[0], mask);
    limb[1] = vector_and(vector_or(vector_right(word[0], 52), vector_left(word[1], 12)), mask);
    limb[2] = vector_and(vector_or(vector_right(word[1], 40), vector_left(word[2], 24)), mask);
    limb[3] = vector_and(vector_or(vector_right(word[2], 28), vector_left(word[3], 36)), mask);
    limb[4] = vector_right(word[3], 16);
}

VECTOR_INLINE void rows_limbs_to_words(vector word[4], const vector limb[5])
{
    word[0] = vector_or(limb[0], vector_left(limb[1], 52));
    word[1] = vector_or(vector_right(limb[1], 12), vector_left(limb[2], 40));
    word[2] = vector_or(vector_right(limb[2], 24), vector_left(limb[3], 28));
    word[3] = vector_or(vector_right(limb[3], 36), vector_left(limb[4], 16));
}

#endif
