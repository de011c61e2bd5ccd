/* Products with AVX-512 VNNI.
 *
 * vpdpbusd sums four products of an unsigned and a signed byte into 32 bits, without saturation. B
 * is made unsigned by adding 128, and 128 times the sum of the row of A is taken away again: Σ a ·
 * (b + 128) − 128 · Σ a. It wants four values of k beside each other, so four rows of the panel are
 * interleaved: once for many rows of A, in registers for few. The interleaving works within 128-bit
 * lanes, so that vector q has, in lane l, columns 16l + 4q …; the sums are put in order at the end.
 */
#include <immintrin.h>
#include <string.h>

#include "host/src/matmul/matmul.h"

enum {
    TILE = 6,     /* rows: 24 vectors of sums */
    CHUNK = 2048, /* values of k that are interleaved at a time: 128 KiB of the stack */
    QUADS = CHUNK / 4,
};

/* sums += the four products in each element of `b` (unsigned bytes) and `a` (signed). Not the
 * intrinsic: gcc 12 copies the sums around it, and runs out of registers. */
static inline __attribute__((always_inline)) void add_products(__m512i *sums, __m512i b, __m512i a)
{
    __asm__("vpdpbusd %2, %1, %0" : "+v"(*sums) : "v"(b), "v"(a));
}

/* Four rows of a panel, interleaved and unsigned. */
static inline __attribute__((always_inline)) void interleave(const __m512i row[4], __m512i quad[4])
{
    const __m512i sign = _mm512_set1_epi8((char)0x80);
    __m512i low01 = _mm512_unpacklo_epi8(row[0], row[1]);
    __m512i high01 = _mm512_unpackhi_epi8(row[0], row[1]);
    __m512i low23 = _mm512_unpacklo_epi8(row[2], row[3]);
    __m512i high23 = _mm512_unpackhi_epi8(row[2], row[3]);

    quad[0] = _mm512_xor_si512(_mm512_unpacklo_epi16(low01, low23), sign);
    quad[1] = _mm512_xor_si512(_mm512_unpackhi_epi16(low01, low23), sign);
    quad[2] = _mm512_xor_si512(_mm512_unpacklo_epi16(high01, high23), sign);
    quad[3] = _mm512_xor_si512(_mm512_unpackhi_epi16(high01, high23), sign);
}

/* Rows k … k + 3; those from `inner` on are anything, since A has zeros there. */
static inline __attribute__((always_inline)) void load_rows(const uint8_t *panel, uint32_t inner,
                                                            uint32_t k, __m512i row[4])
{
    for (uint32_t i = 0; i < 4; i++) {
        row[i] = k + i < inner ? _mm512_loadu_si512(panel + (size_t)(k + i) * HYP_MATMUL_PANEL)
                               : _mm512_setzero_si512();
    }
}

/* a[k … k + 3], zeros from `inner` on, in every element. */
static inline __attribute__((always_inline)) __m512i broadcast(const int8_t *a)
{
    int32_t word;
    memcpy(&word, a, sizeof word);
    return _mm512_set1_epi32(word);
}

static inline __m512i broadcast_rest(const int8_t *a, uint32_t count)
{
    int32_t word = 0;
    memcpy(&word, a, count);
    return _mm512_set1_epi32(word);
}

/* The sums of one row of A: vector q as above. Structs of their own rather than an array, which gcc
 * would keep in memory. */
struct sums {
    __m512i q0;
    __m512i q1;
    __m512i q2;
    __m512i q3;
};

static inline __attribute__((always_inline)) void start(struct sums *sums, int32_t value)
{
    sums->q0 = sums->q1 = sums->q2 = sums->q3 = _mm512_set1_epi32(value);
}

static inline __attribute__((always_inline)) void add_row(struct sums *sums, const __m512i quad[4],
                                                          __m512i word)
{
    add_products(&sums->q0, quad[0], word);
    add_products(&sums->q1, quad[1], word);
    add_products(&sums->q2, quad[2], word);
    add_products(&sums->q3, quad[3], word);
}

static inline __attribute__((always_inline)) void store(int32_t *c, __m512i value, bool first)
{
    if (!first) {
        value = _mm512_add_epi32(value, _mm512_loadu_si512(c));
    }
    _mm512_storeu_si512(c, value);
}

/* Puts the sums of a row in order, and adds them to what is there unless it is the first chunk. */
static inline __attribute__((always_inline)) void store_row(int32_t *c, const struct sums *sums,
                                                            bool first)
{
    __m512i low01 = _mm512_shuffle_i32x4(sums->q0, sums->q1, 0x44);
    __m512i low23 = _mm512_shuffle_i32x4(sums->q2, sums->q3, 0x44);
    __m512i high01 = _mm512_shuffle_i32x4(sums->q0, sums->q1, 0xee);
    __m512i high23 = _mm512_shuffle_i32x4(sums->q2, sums->q3, 0xee);

    store(c, _mm512_shuffle_i32x4(low01, low23, 0x88), first);
    store(c + 16, _mm512_shuffle_i32x4(low01, low23, 0xdd), first);
    store(c + 32, _mm512_shuffle_i32x4(high01, high23, 0x88), first);
    store(c + 48, _mm512_shuffle_i32x4(high01, high23, 0xdd), first);
}

/* Asks for the place where sums will go: it is often far away, and its pages alike in the cache. */
static inline __attribute__((always_inline)) void prefetch_row(const int32_t *c)
{
    for (unsigned q = 0; q < 4; q++) {
        __builtin_prefetch(c + (size_t)16 * q, 1);
    }
}

/* Where a tile is. */
struct place {
    uint32_t row;
    uint32_t k;
    uint32_t count; /* of values of k */
};

/* `rows` rows (a constant, so that sums live in registers) with values [k, k + count) of the panel.
 * They are interleaved in `quads`, or with quads NULL are taken from the panel itself. */
static inline __attribute__((always_inline)) void
tile(const struct hyp_matmul_panel *p, const unsigned rows, struct place at, const __m512i *quads)
{
    const size_t pitch = p->a_pitch;
    const int8_t *a = p->a + at.row * pitch + at.k;
    const uint32_t whole = at.count & ~3u;
    struct sums s[TILE];
    __m512i quad[4];
    __m512i raw[4];

#define ROWS(statement)                                                                            \
    do {                                                                                           \
        FOR_ROW(0, statement);                                                                     \
        FOR_ROW(1, statement);                                                                     \
        FOR_ROW(2, statement);                                                                     \
        FOR_ROW(3, statement);                                                                     \
        FOR_ROW(4, statement);                                                                     \
        FOR_ROW(5, statement);                                                                     \
    } while (0)
#define FOR_ROW(n, statement)                                                                      \
    if (rows > (n)) {                                                                              \
        const unsigned r = (n);                                                                    \
        statement;                                                                                 \
    }
    ROWS(start(&s[r], at.k ? 0 : (int32_t)(-128 * (uint32_t)p->row_sums[at.row + r])));
    if (quads) {
        ROWS(prefetch_row(p->c + (at.row + r) * p->c_pitch));
    }
    for (uint32_t i = 0; i < whole; i += 4) {
        if (quads && i % 64 == 0) {
            ROWS(__builtin_prefetch(a + (TILE + r) * pitch + i));
        }
        if (quads) {
            memcpy(quad, quads + i, sizeof quad);
        } else {
            load_rows(p->panel, UINT32_MAX, at.k + i, raw);
            interleave(raw, quad);
        }
        ROWS(add_row(&s[r], quad, broadcast(a + r * pitch + i)));
    }
    if (whole < at.count) {
        load_rows(p->panel, p->inner, at.k + whole, raw);
        interleave(raw, quad);
        ROWS(add_row(&s[r], quad, broadcast_rest(a + r * pitch + whole, at.count - whole)));
    }
    ROWS(store_row(p->c + (at.row + r) * p->c_pitch, &s[r], at.k == 0));
#undef FOR_ROW
#undef ROWS
}

/* Every number of rows that a tile may have gets code of its own. */
static inline __attribute__((always_inline)) void
tile_of(const struct hyp_matmul_panel *p, unsigned rows, struct place at, const __m512i *quads)
{
    switch (rows) {
    case 1:
        tile(p, 1, at, quads);
        break;
    case 2:
        tile(p, 2, at, quads);
        break;
    case 3:
        tile(p, 3, at, quads);
        break;
    case 4:
        tile(p, 4, at, quads);
        break;
    case 5:
        tile(p, 5, at, quads);
        break;
    default:
        tile(p, TILE, at, quads);
        break;
    }
}

/* With 1 as the unsigned factor. */
static int32_t row_sum(const int8_t *row, uint32_t count)
{
    __m512i sums = _mm512_setzero_si512();
    uint32_t k = 0;

    for (; k + 64 <= count; k += 64) {
        add_products(&sums, _mm512_set1_epi8(1), _mm512_loadu_si512(row + k));
    }
    const __mmask64 rest = (UINT64_C(1) << (count - k)) - 1;
    add_products(&sums, _mm512_set1_epi8(1), _mm512_maskz_loadu_epi8(rest, row + k));
    return _mm512_reduce_add_epi32(sums);
}

static void compute(const struct hyp_matmul_panel *p)
{
    __m512i quads[CHUNK];
    uint32_t k = 0;

    if (p->rows <= TILE) {
        tile_of(p, p->rows, (struct place){0, 0, p->inner}, NULL);
        return;
    }
    do { /* also for K = 0, which makes zeros */
        uint32_t count = p->inner - k < CHUNK ? p->inner - k : (uint32_t)CHUNK;
        for (uint32_t i = 0; i + 4 <= count; i += 4) {
            __m512i raw[4];
            load_rows(p->panel, UINT32_MAX, k + i, raw);
            interleave(raw, quads + i);
        }
        for (uint32_t row = 0; row < p->rows; row += TILE) {
            tile_of(p, p->rows - row, (struct place){row, k, count}, quads);
        }
        k += count;
    } while (k < p->inner);
}

const struct hyp_matmul_kernel hyp_matmul_avx512 = {
    .name = "avx512",
    .compute = compute,
    .row_sum = row_sum,
};
