/* Moving 64-bit words between rows (one signature's words side by side) and lanes. */
#ifndef HYPERION_RECOVER_LANES_H
#define HYPERION_RECOVER_LANES_H

#include <immintrin.h>

/* Eight rows of eight words, transposed in place. */
static inline void lanes_transpose(__m512i r[8])
{
    __m512i a0 = _mm512_unpacklo_epi64(r[0], r[1]);
    __m512i a1 = _mm512_unpackhi_epi64(r[0], r[1]);
    __m512i a2 = _mm512_unpacklo_epi64(r[2], r[3]);
    __m512i a3 = _mm512_unpackhi_epi64(r[2], r[3]);
    __m512i a4 = _mm512_unpacklo_epi64(r[4], r[5]);
    __m512i a5 = _mm512_unpackhi_epi64(r[4], r[5]);
    __m512i a6 = _mm512_unpacklo_epi64(r[6], r[7]);
    __m512i a7 = _mm512_unpackhi_epi64(r[6], r[7]);
    __m512i b0 = _mm512_shuffle_i64x2(a0, a2, 0x88);
    __m512i b1 = _mm512_shuffle_i64x2(a0, a2, 0xdd);
    __m512i b2 = _mm512_shuffle_i64x2(a4, a6, 0x88);
    __m512i b3 = _mm512_shuffle_i64x2(a4, a6, 0xdd);
    __m512i c0 = _mm512_shuffle_i64x2(a1, a3, 0x88);
    __m512i c1 = _mm512_shuffle_i64x2(a1, a3, 0xdd);
    __m512i c2 = _mm512_shuffle_i64x2(a5, a7, 0x88);
    __m512i c3 = _mm512_shuffle_i64x2(a5, a7, 0xdd);

    r[0] = _mm512_shuffle_i64x2(b0, b2, 0x88);
    r[1] = _mm512_shuffle_i64x2(c0, c2, 0x88);
    r[2] = _mm512_shuffle_i64x2(b1, b3, 0x88);
    r[3] = _mm512_shuffle_i64x2(c1, c3, 0x88);
    r[4] = _mm512_shuffle_i64x2(b0, b2, 0xdd);
    r[5] = _mm512_shuffle_i64x2(c0, c2, 0xdd);
    r[6] = _mm512_shuffle_i64x2(b1, b3, 0xdd);
    r[7] = _mm512_shuffle_i64x2(c1, c3, 0xdd);
}

/* Rows of four words: row[i] holds row i in its lower half and row i + 4 in its upper; afterwards
 * row[i] holds word i of rows 0 … 7. */
static inline void lanes_transpose_half(__m512i row[4])
{
    __m512i a0 = _mm512_unpacklo_epi64(row[0], row[1]);
    __m512i a1 = _mm512_unpackhi_epi64(row[0], row[1]);
    __m512i a2 = _mm512_unpacklo_epi64(row[2], row[3]);
    __m512i a3 = _mm512_unpackhi_epi64(row[2], row[3]);
    /* Words 0 and 2 (1 and 3) of rows 0 1 | 0 1 | 4 5 | 4 5 and 2 3 | 2 3 | 6 7 | 6 7. */
    const __m512i low = _mm512_setr_epi64(0, 1, 8, 9, 4, 5, 12, 13);
    const __m512i high = _mm512_setr_epi64(2, 3, 10, 11, 6, 7, 14, 15);

    row[0] = _mm512_permutex2var_epi64(a0, low, a2);
    row[1] = _mm512_permutex2var_epi64(a1, low, a3);
    row[2] = _mm512_permutex2var_epi64(a0, high, a2);
    row[3] = _mm512_permutex2var_epi64(a1, high, a3);
}

/* Four words (64 bits) ↔ five limbs (52 bits) of the same number < 2^256. */
static inline void lanes_words_to_limbs(__m512i limb[5], const __m512i word[4])
{
    const __m512i mask = _mm512_set1_epi64(0xfffffffffffff);

    limb[0] = _mm512_and_si512(word[0], mask);
    limb[1] = _mm512_and_si512(
        _mm512_or_si512(_mm512_srli_epi64(word[0], 52), _mm512_slli_epi64(word[1], 12)), mask);
    limb[2] = _mm512_and_si512(
        _mm512_or_si512(_mm512_srli_epi64(word[1], 40), _mm512_slli_epi64(word[2], 24)), mask);
    limb[3] = _mm512_and_si512(
        _mm512_or_si512(_mm512_srli_epi64(word[2], 28), _mm512_slli_epi64(word[3], 36)), mask);
    limb[4] = _mm512_srli_epi64(word[3], 16);
}

static inline void lanes_limbs_to_words(__m512i word[4], const __m512i limb[5])
{
    word[0] = _mm512_or_si512(limb[0], _mm512_slli_epi64(limb[1], 52));
    word[1] = _mm512_or_si512(_mm512_srli_epi64(limb[1], 12), _mm512_slli_epi64(limb[2], 40));
    word[2] = _mm512_or_si512(_mm512_srli_epi64(limb[2], 24), _mm512_slli_epi64(limb[3], 28));
    word[3] = _mm512_or_si512(_mm512_srli_epi64(limb[3], 36), _mm512_slli_epi64(limb[4], 16));
}

#endif
