/* Freivalds' test with AVX-512: B and A meet the vectors digit by digit (base 256, VNNI's product
 * of u8 and i8), C as 52-bit products (IFMA). */
#include <immintrin.h>
#include <string.h>

#include "host/src/freivalds/freivalds.h"

enum {
    BEAT = 64,
    VECTORS = HYP_FREIVALDS_VECTORS,
    R_DIGITS = 3, /* 20 bits */
    /* |y| <= 2^7 · 2^20 · 2^27 columns < 2^55: with 2^55 added it is seven digits. */
    Y_DIGITS = 7,
    /* A lane sums four products of a digit and an element a beat, each below 2^15: 2^9 beats and
     * the sixteen lanes together stay below 2^31. */
    MOST_BEATS = 512,
};

/* In the scratch memory: the digits of r, digit by digit for each panel; after times_b they give
 * way to those of y and a vector of ones. */
static uint8_t *r_digits(const struct hyp_freivalds_work *work, uint32_t panel)
{
    return work->scratch + (size_t)panel * VECTORS * R_DIGITS * BEAT;
}

static uint8_t *y_digits(const struct hyp_freivalds_work *work, uint32_t beat)
{
    return work->scratch + (size_t)beat * (VECTORS * Y_DIGITS + 1) * BEAT;
}

static void split_r(struct hyp_freivalds_work *work)
{
    for (uint32_t p = 0; p < work->panels; p++) {
        uint8_t *digits = r_digits(work, p);
        for (int v = 0; v < VECTORS; v++) {
            for (int d = 0; d < R_DIGITS; d++, digits += BEAT) {
                for (int j = 0; j < BEAT; j++) {
                    digits[j] = (uint8_t)(work->r[v][(size_t)p * BEAT + j] >> 8 * d);
                }
            }
        }
    }
}

/* The four sums of the lanes of four vectors. */
static inline __m128i sum_lanes(__m512i a, __m512i b, __m512i c, __m512i d)
{
    __m512i ab = _mm512_add_epi32(_mm512_unpacklo_epi32(a, b), _mm512_unpackhi_epi32(a, b));
    __m512i cd = _mm512_add_epi32(_mm512_unpacklo_epi32(c, d), _mm512_unpackhi_epi32(c, d));
    __m512i all = _mm512_add_epi32(_mm512_unpacklo_epi64(ab, cd), _mm512_unpackhi_epi64(ab, cd));
    __m256i half = _mm256_add_epi32(_mm512_castsi512_si256(all), _mm512_extracti64x4_epi64(all, 1));

    return _mm_add_epi32(_mm256_castsi256_si128(half), _mm256_extracti128_si256(half, 1));
}

/* Four rows of B at once: their beats lie side by side in every panel. The digits of r are sums of
 * at most 2^15 · columns, so panels are taken in stretches that 32 bits hold. */
static void times_b_rows(struct hyp_freivalds_work *work, uint32_t k, uint32_t count)
{
    const uint8_t *b = work->product->b + (size_t)k * BEAT;
    const size_t stride = (size_t)work->product->inner * BEAT;

    for (uint32_t begin = 0; begin < work->panels; begin += MOST_BEATS) {
        uint32_t end = work->panels - begin < MOST_BEATS ? work->panels : begin + MOST_BEATS;
        __m512i sums[VECTORS * R_DIGITS][4];
        memset(sums, 0, sizeof sums);
        for (uint32_t p = begin; p < end; p++) {
            const uint8_t *digits = r_digits(work, p);
            for (uint32_t row = 0; row < 4; row++) {
                __m512i values =
                    _mm512_loadu_si512(b + p * stride + (size_t)(row < count ? row : 0) * BEAT);
                for (int d = 0; d < VECTORS * R_DIGITS; d++) {
                    sums[d][row] = _mm512_dpbusd_epi32(
                        sums[d][row], _mm512_load_si512(digits + (size_t)d * BEAT), values);
                }
            }
        }
        for (int v = 0; v < VECTORS; v++) {
            uint64_t y[4] = {0};
            for (int d = R_DIGITS - 1; d >= 0; d--) {
                const __m512i *of = sums[(size_t)v * R_DIGITS + d];
                int32_t four[4];
                _mm_storeu_si128((__m128i *)(void *)four, sum_lanes(of[0], of[1], of[2], of[3]));
                for (int row = 0; row < 4; row++) {
                    y[row] = (y[row] << 8) + (uint64_t)(int64_t)four[row];
                }
            }
            for (uint32_t row = 0; row < count; row++) {
                work->y[v][k + row] += y[row];
            }
        }
    }
}

static void times_b(struct hyp_freivalds_work *work)
{
    const uint32_t inner = work->product->inner;

    split_r(work);
    for (uint32_t k = 0; k < inner; k += 4) {
        times_b_rows(work, k, inner - k < 4 ? inner - k : 4);
    }
}

/* Digits of y + 2^55, so that all are positive; the ones tell how often 2^55 is in a sum too much.
 * Digits behind the last row are zero: what pads A counts nothing. */
static void prepare_a(struct hyp_freivalds_work *work)
{
    for (uint32_t beat = 0; beat < work->inner_pads; beat++) {
        uint8_t *digits = y_digits(work, beat);
        uint32_t first = beat * BEAT;
        uint32_t left = work->product->inner - first < BEAT ? work->product->inner - first : BEAT;
        memset(digits, 0, (size_t)(VECTORS * Y_DIGITS + 1) * BEAT);
        for (int v = 0; v < VECTORS; v++) {
            for (uint32_t j = 0; j < left; j++) {
                uint64_t y = work->y[v][first + j] + (UINT64_C(1) << 55);
                for (int d = 0; d < Y_DIGITS; d++) {
                    digits[(size_t)(v * Y_DIGITS + d) * BEAT + j] = (uint8_t)(y >> 8 * d);
                }
            }
        }
        memset(digits + (size_t)VECTORS * Y_DIGITS * BEAT, 1, left);
    }
}

static void times_a(const struct hyp_freivalds_work *work, uint32_t row, uint64_t sums[VECTORS])
{
    const uint8_t *a = work->product->a + (uint64_t)row * work->inner_pads * BEAT;

    sums[0] = sums[1] = 0;
    for (uint32_t begin = 0; begin < work->inner_pads; begin += MOST_BEATS) {
        uint32_t end =
            work->inner_pads - begin < MOST_BEATS ? work->inner_pads : begin + MOST_BEATS;
        __m512i parts[16];
        int32_t four[16];
        memset(parts, 0, sizeof parts);
        for (uint32_t beat = begin; beat < end; beat++) {
            const uint8_t *digits = y_digits(work, beat);
            __m512i values = _mm512_loadu_si512(a + (size_t)beat * BEAT);
            for (int d = 0; d < VECTORS * Y_DIGITS + 1; d++) {
                parts[d] = _mm512_dpbusd_epi32(
                    parts[d], _mm512_load_si512(digits + (size_t)d * BEAT), values);
            }
        }
        for (int d = 0; d < 16; d += 4) {
            _mm_storeu_si128((__m128i *)(void *)(four + d),
                             sum_lanes(parts[d], parts[d + 1], parts[d + 2], parts[d + 3]));
        }
        uint64_t too_much = (uint64_t)(int64_t)four[VECTORS * Y_DIGITS] << 55;
        for (int v = 0; v < VECTORS; v++) {
            uint64_t sum = 0;
            for (int d = Y_DIGITS - 1; d >= 0; d--) {
                sum = (sum << 8) + (uint64_t)(int64_t)four[(size_t)v * Y_DIGITS + d];
            }
            sums[v] += sum - too_much;
        }
    }
}

/* C with 2^31 added is 32 bits without a sign; its product with r has 52. */
static void times_c(const struct hyp_freivalds_work *work, const uint8_t *row,
                    uint64_t sums[VECTORS])
{
    const __m512i sign = _mm512_set1_epi32(INT32_MIN);
    const __m512i low = _mm512_set1_epi64(UINT32_MAX);
    const uint32_t columns = work->product->columns;
    __m512i even[VECTORS] = {_mm512_setzero_si512(), _mm512_setzero_si512()};
    __m512i odd[VECTORS] = {_mm512_setzero_si512(), _mm512_setzero_si512()};
    __m512i r_sums[VECTORS] = {_mm512_setzero_si512(), _mm512_setzero_si512()};

    for (uint32_t j = 0; j < columns; j += 16) {
        uint32_t left = columns - j;
        __mmask16 mask = left < 16 ? (__mmask16)((1u << left) - 1) : 0xffff;
        __m512i c = _mm512_xor_si512(_mm512_maskz_loadu_epi32(mask, row + 4 * (size_t)j), sign);
        __m512i c_even = _mm512_and_si512(c, low);
        __m512i c_odd = _mm512_srli_epi64(c, 32);
        for (int v = 0; v < VECTORS; v++) {
            __m512i r = _mm512_load_si512(work->r[v] + j);
            __m512i r_even = _mm512_and_si512(r, low);
            __m512i r_odd = _mm512_srli_epi64(r, 32);
            even[v] = _mm512_madd52lo_epu64(even[v], c_even, r_even);
            odd[v] = _mm512_madd52lo_epu64(odd[v], c_odd, r_odd);
            r_sums[v] = _mm512_add_epi64(r_sums[v], _mm512_add_epi64(r_even, r_odd));
        }
    }
    for (int v = 0; v < VECTORS; v++) {
        uint64_t sum = (uint64_t)_mm512_reduce_add_epi64(_mm512_add_epi64(even[v], odd[v]));
        sums[v] = sum - ((uint64_t)_mm512_reduce_add_epi64(r_sums[v]) << 31);
    }
}

const struct hyp_freivalds_kernels hyp_freivalds_avx512 = {times_b, prepare_a, times_a, times_c};
