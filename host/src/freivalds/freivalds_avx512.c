/* Freivalds' test with AVX-512: B and A meet the vectors digit by digit (base 256, VNNI's product
 * of u8 and i8), C as 52-bit products (IFMA). */
#include <immintrin.h>
#include <string.h>

#include "host/src/freivalds/freivalds.h"

enum {
    BEAT = 64,
    VECTORS = HYP_FREIVALDS_VECTORS,
    R_DIGITS = 3, /* 20 bits */
    /* |y| <= 2^27 · columns: with 2^(8 d - 1) added it is d digits without a sign: 5 up to 4,096
     * columns, 7 up to 2^28. */
    FEW_DIGITS = 5,
    FEW_COLUMNS = 4096,
    MOST_DIGITS = 7,
    /* A lane sums four products of a digit and an element a beat, each below 2^15: 2^9 beats and
     * the sixteen lanes together stay below 2^31. */
    MOST_BEATS = 512,
    PANELS_AT_ONCE = 8,
};

/* A loop that is unrolled before the compiler decides what stays in registers. */
// NOLINTNEXTLINE(bugprone-macro-parentheses): the name of a variable
#define EACH(i, count) _Pragma("GCC unroll 16") for (uint32_t i = 0; i < (count); i++)

/* In the scratch memory: the digits of r, digit by digit for each panel; after times_b they give
 * way to those of y and a vector of ones. */
static uint8_t *r_digits(const struct hyp_freivalds_work *work, uint32_t panel)
{
    return work->scratch + (size_t)panel * VECTORS * R_DIGITS * BEAT;
}

static int digits_of(const struct hyp_freivalds_work *work)
{
    return work->product->columns <= FEW_COLUMNS ? FEW_DIGITS : MOST_DIGITS;
}

static uint8_t *y_digits(const struct hyp_freivalds_work *work, uint32_t beat, int digits)
{
    return work->scratch + (size_t)beat * (size_t)(VECTORS * digits + 1) * BEAT;
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

/* Four rows of B at once, whose beats lie side by side in every panel, over some panels: not more
 * than a processor fetches ahead for. */
static void times_b_rows(struct hyp_freivalds_work *work, uint32_t begin, uint32_t end, uint32_t k,
                         uint32_t count)
{
    const uint8_t *b = work->product->b + (size_t)k * BEAT;
    const size_t stride = (size_t)work->product->inner * BEAT;
    __m512i sums[VECTORS * R_DIGITS][4];

    memset(sums, 0, sizeof sums);
    for (uint32_t p = begin; p < end; p++) {
        const uint8_t *digits = r_digits(work, p);
        EACH(row, 4)
        {
            __m512i values =
                _mm512_loadu_si512(b + p * stride + (size_t)(row < count ? row : 0) * BEAT);
            EACH(d, VECTORS * R_DIGITS)
            {
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

static void times_b(struct hyp_freivalds_work *work)
{
    const uint32_t inner = work->product->inner;

    split_r(work);
    for (uint32_t begin = 0; begin < work->panels; begin += PANELS_AT_ONCE) {
        uint32_t left = work->panels - begin;
        uint32_t end = left < PANELS_AT_ONCE ? work->panels : begin + PANELS_AT_ONCE;
        for (uint32_t k = 0; k < inner; k += 4) {
            times_b_rows(work, begin, end, k, inner - k < 4 ? inner - k : 4);
        }
    }
}

/* Digits of y plus half of what they can hold, so that all are positive; the ones tell how often
 * that half is in a sum too much. Digits behind the last row are zero: what pads A counts nothing.
 */
static void prepare_a(struct hyp_freivalds_work *work)
{
    const int count = digits_of(work);
    const uint64_t half = UINT64_C(1) << (8 * count - 1);

    for (uint32_t beat = 0; beat < work->inner_pads; beat++) {
        uint8_t *digits = y_digits(work, beat, count);
        uint32_t first = beat * BEAT;
        uint32_t left = work->product->inner - first < BEAT ? work->product->inner - first : BEAT;
        memset(digits, 0, (size_t)(VECTORS * count + 1) * BEAT);
        for (int v = 0; v < VECTORS; v++) {
            for (int d = 0; d < count; d++, digits += BEAT) {
                for (uint32_t j = 0; j < left; j++) {
                    digits[j] = (uint8_t)((work->y[v][first + j] + half) >> 8 * d);
                }
            }
        }
        memset(digits, 1, left);
    }
}

/* One row's sum from those of its digits, which come with half of what they hold too much. */
static uint64_t join_digits(const int32_t *of_digits, int count, int32_t ones)
{
    uint64_t sum = 0;

    for (int d = count - 1; d >= 0; d--) {
        sum = (sum << 8) + (uint64_t)(int64_t)of_digits[d];
    }
    return sum - ((uint64_t)(int64_t)ones << (8 * count - 1));
}

struct row_pair {
    const uint8_t *first;
    const uint8_t *second; /* may be the first again */
};

/* The sums of the digits over some beats of two rows, so that each digit is fetched once for both.
 * A function of its own, so that the sums stay in registers. */
static inline __attribute__((always_inline)) void
add_beats(const struct hyp_freivalds_work *work, const struct row_pair *rows, uint32_t begin,
          uint32_t end, const int count, __m512i sums[2][VECTORS * MOST_DIGITS + 2])
{
    const uint32_t vectors = VECTORS * (uint32_t)count + 1;
    const size_t ahead = (size_t)2 * work->inner_pads * BEAT;
    __m512i one[VECTORS * MOST_DIGITS + 1];
    __m512i two[VECTORS * MOST_DIGITS + 1];

    EACH(d, vectors)
    {
        one[d] = two[d] = _mm512_setzero_si512();
    }
    for (uint32_t beat = begin; beat < end; beat++) {
        const uint8_t *digits = y_digits(work, beat, count);
        const uint8_t *first = rows->first + (size_t)beat * BEAT;
        const uint8_t *second = rows->second + (size_t)beat * BEAT;
        /* The next two rows: processors fetch ahead only within a page. */
        _mm_prefetch((const char *)first + ahead, _MM_HINT_T0);
        _mm_prefetch((const char *)second + ahead, _MM_HINT_T0);
        __m512i values = _mm512_loadu_si512(first);
        __m512i others = _mm512_loadu_si512(second);
        EACH(d, vectors)
        {
            __m512i digit = _mm512_load_si512(digits + (size_t)d * BEAT);
            one[d] = _mm512_dpbusd_epi32(one[d], digit, values);
            two[d] = _mm512_dpbusd_epi32(two[d], digit, others);
        }
    }
    EACH(d, vectors)
    {
        sums[0][d] = one[d];
        sums[1][d] = two[d];
    }
}

static inline __attribute__((always_inline)) void
times_a_pair(const struct hyp_freivalds_work *work, const struct row_pair *rows,
             hyp_freivalds_sums sums[2], const int count)
{
    const int vectors = VECTORS * count + 1;

    memset(sums, 0, 2 * sizeof *sums);
    for (uint32_t begin = 0; begin < work->inner_pads; begin += MOST_BEATS) {
        uint32_t left = work->inner_pads - begin;
        uint32_t end = left < MOST_BEATS ? work->inner_pads : begin + MOST_BEATS;
        __m512i parts[2][VECTORS * MOST_DIGITS + 2];
        int32_t four[VECTORS * MOST_DIGITS + 2];
        memset(parts, 0, sizeof parts);
        add_beats(work, rows, begin, end, count, parts);
        for (int row = 0; row < 2; row++) {
            for (int d = 0; d < vectors; d += 4) {
                const __m512i *of = parts[row] + d;
                _mm_storeu_si128((__m128i *)(void *)(four + d),
                                 sum_lanes(of[0], of[1], of[2], of[3]));
            }
            for (int v = 0; v < VECTORS; v++) {
                sums[row][v] += join_digits(four + (size_t)v * count, count, four[vectors - 1]);
            }
        }
    }
}

static void times_a(const struct hyp_freivalds_work *work, const uint8_t *a, uint32_t count,
                    hyp_freivalds_sums *sums)
{
    const size_t pitch = (size_t)work->inner_pads * BEAT;

    for (uint32_t i = 0; i < count; i += 2) {
        hyp_freivalds_sums pair[2];
        const uint8_t *first = a + i * pitch;
        const struct row_pair rows = {first, i + 1 < count ? first + pitch : first};
        if (digits_of(work) == FEW_DIGITS) {
            times_a_pair(work, &rows, pair, FEW_DIGITS);
        } else {
            times_a_pair(work, &rows, pair, MOST_DIGITS);
        }
        memcpy(sums[i], pair, (i + 1 < count ? 2 : 1) * sizeof *pair);
    }
}

/* Sixteen columns of four rows. C with 2^31 added is 32 bits without a sign; its product with r has
 * 52. */
static inline __attribute__((always_inline)) void add_columns(__m512i sums[4][VECTORS][2],
                                                              const struct hyp_freivalds_work *work,
                                                              const uint8_t *const rows[4],
                                                              uint32_t j, __mmask16 mask)
{
    const __m512i sign = _mm512_set1_epi32(INT32_MIN);
    const __m512i low = _mm512_set1_epi64(UINT32_MAX);
    __m512i r[VECTORS][2];

    EACH(v, VECTORS)
    {
        __m512i both = _mm512_load_si512(work->r[v] + j);
        r[v][0] = _mm512_and_si512(both, low);
        r[v][1] = _mm512_srli_epi64(both, 32);
    }
    EACH(i, 4)
    {
        const uint8_t *at = rows[i] + 4 * (size_t)j;
        __m512i c = _mm512_xor_si512(_mm512_maskz_loadu_epi32(mask, at), sign);
        _mm_prefetch((const char *)at + 4 * work->c_pitch, _MM_HINT_T1); /* the next four rows */
        __m512i even = _mm512_and_si512(c, low);
        __m512i odd = _mm512_srli_epi64(c, 32);
        EACH(v, VECTORS)
        {
            sums[i][v][0] = _mm512_madd52lo_epu64(sums[i][v][0], even, r[v][0]);
            sums[i][v][1] = _mm512_madd52lo_epu64(sums[i][v][1], odd, r[v][1]);
        }
    }
}

/* Four rows. Only the copies of the sums leave the function, so that the sums themselves stay in
 * registers. */
static inline __attribute__((always_inline)) void
times_c_rows(const struct hyp_freivalds_work *work, const uint8_t *const rows[4],
             __m512i of_rows[4][VECTORS])
{
    const uint32_t columns = work->product->columns;
    __m512i sums[4][VECTORS][2];

    EACH(i, 4)
    {
        EACH(v, VECTORS)
        {
            sums[i][v][0] = sums[i][v][1] = _mm512_setzero_si512();
        }
    }
    for (uint32_t j = 0; j < columns; j += 16) {
        uint32_t left = columns - j;
        add_columns(sums, work, rows, j, left < 16 ? (__mmask16)((1u << left) - 1) : 0xffff);
    }
    EACH(i, 4)
    {
        EACH(v, VECTORS)
        {
            of_rows[i][v] = _mm512_add_epi64(sums[i][v][0], sums[i][v][1]);
        }
    }
}

/* Modulo 2^64, which the intrinsic for signed numbers is not. */
static uint64_t sum_words(__m512i words)
{
    uint64_t eight[8];
    uint64_t sum = 0;

    _mm512_storeu_si512(eight, words);
    for (int i = 0; i < 8; i++) {
        sum += eight[i];
    }
    return sum;
}

static void times_c(const struct hyp_freivalds_work *work, const uint8_t *c, uint32_t count,
                    hyp_freivalds_sums *sums)
{
    const uint8_t *rows[4];
    __m512i of_rows[4][VECTORS];

    for (uint32_t i = 0; i < 4; i++) {
        rows[i] = c + (i < count ? i : 0) * work->c_pitch;
    }
    times_c_rows(work, rows, of_rows);
    for (uint32_t i = 0; i < count; i++) {
        for (int v = 0; v < VECTORS; v++) {
            sums[i][v] = sum_words(of_rows[i][v]) - (work->r_sums[v] << 31);
        }
    }
}

const struct hyp_freivalds_kernels hyp_freivalds_avx512 = {times_b, prepare_a, times_a, times_c};
