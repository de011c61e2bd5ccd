/* Products with AVX2.
 *
 * vpmaddwd sums two products of 16-bit numbers into 32 bits and never saturates (−32,768 does not
 * occur). vpmaddubsw would do twice as many, but saturates at 16 bits: it is not exact. Two rows of
 * the panel are widened and interleaved, within 128-bit lanes: vector v of 8 for columns 8v … is
 * put together so that sums come out in order. */
#include <immintrin.h>
#include <string.h>

#include "host/src/matmul/matmul.h"

enum {
    TILE = 3,    /* rows, by 32 columns: 12 vectors of sums */
    CHUNK = 256, /* values of k that are interleaved at a time: 32 KiB */
    VECTORS = 8, /* of a panel, 8 columns each */
};

/* Rows k and k + 1 of the panel, as pairs of 16 bits in the order of columns. The second is zero
 * from `inner` on. */
static inline void interleave(const uint8_t *panel, uint32_t inner, uint32_t k,
                              __m256i pairs[VECTORS])
{
    const uint8_t *row = panel + (size_t)k * HYP_MATMUL_PANEL;

    for (size_t half = 0; half < VECTORS / 2; half++) {
        __m128i first = _mm_loadu_si128((const __m128i *)(const void *)(row + 16 * half));
        __m128i second = _mm_setzero_si128();
        if (k + 1 < inner) {
            second = _mm_loadu_si128(
                (const __m128i *)(const void *)(row + HYP_MATMUL_PANEL + 16 * half));
        }
        pairs[2 * half] = _mm256_cvtepi8_epi16(_mm_unpacklo_epi8(first, second));
        pairs[2 * half + 1] = _mm256_cvtepi8_epi16(_mm_unpackhi_epi8(first, second));
    }
}

/* a[k] and a[k + 1] as 16 bits each, in every element. */
static inline __m256i broadcast(const int8_t *a, bool both)
{
    uint32_t low = (uint16_t)a[0];
    uint32_t high = both ? (uint32_t)(uint16_t)a[1] << 16 : 0;
    return _mm256_set1_epi32((int32_t)(low | high));
}

static inline __attribute__((always_inline)) void tile(const struct hyp_matmul_panel *p,
                                                       const unsigned rows, uint32_t row,
                                                       uint32_t k, uint32_t count, unsigned first,
                                                       const __m256i *pairs)
{
    const int8_t *a = p->a + row * p->a_pitch + k;
    __m256i sums[TILE][4];

    for (unsigned r = 0; r < rows; r++) {
        const int32_t *c = p->c + (row + r) * p->c_pitch + (size_t)8 * first;
        for (unsigned q = 0; q < 4; q++) {
            sums[r][q] = k ? _mm256_loadu_si256((const __m256i *)(const void *)(c + (size_t)8 * q))
                           : _mm256_setzero_si256();
        }
    }
    for (uint32_t i = 0; i < count; i += 2) {
        const __m256i *pair = pairs + (size_t)(i / 2) * VECTORS + first;
        for (unsigned r = 0; r < rows; r++) {
            __m256i word = broadcast(a + r * p->a_pitch + i, i + 1 < count);
            for (unsigned q = 0; q < 4; q++) {
                sums[r][q] = _mm256_add_epi32(sums[r][q], _mm256_madd_epi16(pair[q], word));
            }
        }
    }
    for (unsigned r = 0; r < rows; r++) {
        int32_t *c = p->c + (row + r) * p->c_pitch + (size_t)8 * first;
        for (unsigned q = 0; q < 4; q++) {
            _mm256_storeu_si256((__m256i *)(void *)(c + (size_t)8 * q), sums[r][q]);
        }
    }
}

static void tile_of(const struct hyp_matmul_panel *p, unsigned rows, uint32_t row, uint32_t k,
                    uint32_t count, const __m256i *pairs)
{
    for (unsigned first = 0; first < VECTORS; first += 4) {
        switch (rows) {
        case 1:
            tile(p, 1, row, k, count, first, pairs);
            break;
        case 2:
            tile(p, 2, row, k, count, first, pairs);
            break;
        default:
            tile(p, TILE, row, k, count, first, pairs);
            break;
        }
    }
}

static void compute(const struct hyp_matmul_panel *p)
{
    __m256i pairs[CHUNK / 2 * VECTORS];
    uint32_t k = 0;

    do { /* also for K = 0, which makes zeros */
        uint32_t count = p->inner - k < CHUNK ? p->inner - k : (uint32_t)CHUNK;
        for (uint32_t i = 0; i < count; i += 2) {
            interleave(p->panel, p->inner, k + i, pairs + (size_t)(i / 2) * VECTORS);
        }
        for (uint32_t row = 0; row < p->rows; row += TILE) {
            uint32_t rows = p->rows - row;
            tile_of(p, rows < TILE ? rows : TILE, row, k, count, pairs);
        }
        k += count;
    } while (k < p->inner);
}

const struct hyp_matmul_kernel hyp_matmul_avx2 = {
    .name = "avx2",
    .compute = compute,
    .row_sum = NULL,
};
