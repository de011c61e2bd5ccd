/* From digits and x coordinates to the points that the ladder adds.
 *
 * No addition here can meet equal or opposite points, whatever the signature, because both points
 * are known small multiples of the same point of prime order n:
 *   - table of R: (8, 1), (22, 9), … R;
 *   - d·R + d'·λR with odd |d|, |d'| < 32: d = ±d'·λ (mod n) would be a vector of the lattice of
 *     glv_ifma.c far shorter than its shortest, which is longer than 2^127;
 *   - halves of G: (d + d'·2^64)·2^o with |d|, |d'| < 2^13, and then
 *     (d0 + d1·2^64 ± (d2 + d3·2^64)·2^128)·2^o: nonzero integers below n in size.
 * So no denominator is ever zero, and nobody can spoil the inversion that a batch shares. */
#include "host/src/recover/batch_ifma.h"
#include "host/src/recover/lanes.h"
#include "host/src/recover/tables.h"

static const uint64_t beta[4] = {0xc1396c28719501ee, 0x9cf0497512f58995, 0x6e64479eac3434e9,
                                 0x7ae96a2b657c0710};

static inline __m512i splat(uint64_t x)
{
    return _mm512_set1_epi64((long long)x);
}

/* --- R -------------------------------------------------------------------------------------- */

static inline struct fe_mask to_lanes(hyp_block_mask mask)
{
    return (struct fe_mask){{(__mmask8)mask, (__mmask8)(mask >> 8)}};
}

static inline hyp_block_mask from_lanes(struct fe_mask mask)
{
    return (hyp_block_mask)(mask.m[0] | (unsigned)mask.m[1] << 8);
}

/* y from y² = x³ + 7, of the parity that recid asks for. Where there is none, or the signature is
 * bad already, R becomes G. */
static void choose_y(struct hyp_recover_block *block, struct hyp_fe *y, const struct hyp_fe *y2)
{
    struct hyp_fe t;
    struct hyp_fe g;
    struct fe_columns zero = {{{_mm512_setzero_si512()}}};
    struct fe_mask flip;
    struct fe_mask unusable;
    hyp_block_mask odd;

    hyp_fe_square(&t, y);
    fe_subtract(&t, &t, y2, 0);
    block->not_on_curve = (hyp_block_mask)~from_lanes(hyp_fe_is_zero(&t));

    hyp_fe_canonical(y, y);
    FE_EACH_VECTOR(k)
    {
        flip.m[k] = _mm512_test_epi64_mask(y->n[k][0], splat(1));
    }
    odd = from_lanes(flip);
    flip = to_lanes((hyp_block_mask)(odd ^ block->odd_y));
    fe_columns_from_bias(&zero);
    fe_columns_subtract(&zero, y, 0);
    fe_carry_sum(&t, &zero);
    fe_select(y, flip, &t);

    unusable = to_lanes(block->not_on_curve | block->bad_r | block->x_too_large);
    fe_set(&g, &hyp_recover_table[0][0][0]);
    fe_select(&block->x, unusable, &g);
    fe_set(&g, &hyp_recover_table[0][0][4]);
    fe_select(y, unusable, &g);
    block->y = *y;
}

static void find_points(struct hyp_recover_workspace *w, unsigned blocks)
{
    for (unsigned b = 0; b < blocks; b += 2) {
        int count = b + 1 < blocks ? 2 : 1;
        struct hyp_fe y2[2];
        struct hyp_fe y[2];

        for (int i = 0; i < count; i++) {
            hyp_point_curve_square(&y2[i], &w->block[b + (unsigned)i].x);
        }
        hyp_fe_square_roots(y, y2, count);
        for (int i = 0; i < count; i++) {
            choose_y(&w->block[b + (unsigned)i], &y[i], &y2[i]);
        }
    }
}

/* --- table of R: R, 3R, … 31R ---------------------------------------------------------------- */

/* Where the small multiples lie while the table is made, and after them the inverses. */
enum {
    MULTIPLE_1,
    MULTIPLE_2,
    MULTIPLE_3,
    MULTIPLE_4,
    MULTIPLE_5,
    MULTIPLE_7,
    MULTIPLE_8,
    MULTIPLE_9,
    MULTIPLE_11,
    MULTIPLE_22,
    INVERSES,
};

/* sum = a + b and difference = a - b share the inverse of x_b - x_a. In one level all inverses are
 * shared. A difference or a sum that is not wanted is not made. */
struct table_step {
    uint8_t level;
    uint8_t a, b; /* a = b: doubling */
    uint8_t sum, difference;
};

#define NOTHING 0xff
#define LEVELS  5

static const struct table_step table_steps[] = {
    {0, MULTIPLE_1, MULTIPLE_1, MULTIPLE_2, NOTHING},
    {1, MULTIPLE_2, MULTIPLE_2, MULTIPLE_4, NOTHING},
    {1, MULTIPLE_2, MULTIPLE_1, MULTIPLE_3, NOTHING},
    {2, MULTIPLE_4, MULTIPLE_4, MULTIPLE_8, NOTHING},
    {3, MULTIPLE_8, MULTIPLE_1, MULTIPLE_9, MULTIPLE_7},
    {3, MULTIPLE_8, MULTIPLE_3, MULTIPLE_11, MULTIPLE_5},
    {4, MULTIPLE_11, MULTIPLE_11, MULTIPLE_22, NOTHING},
};

#define TABLE_STEPS (sizeof table_steps / sizeof *table_steps)

static const struct fe_mask none = {{0, 0}};
static const struct fe_mask all = {{0xff, 0xff}};

static struct hyp_point *slot(struct hyp_recover_workspace *w, unsigned blocks, unsigned index,
                              unsigned b)
{
    return &w->points[(size_t)index * blocks + b];
}

static void table_denominator(struct hyp_fe *d, const struct hyp_point *a,
                              const struct hyp_point *b)
{
    if (a == b) {
        struct fe_columns t;
        fe_columns_from(&t, &a->y);
        fe_columns_add(&t, &a->y);
        fe_carry_sum(d, &t);
    } else {
        fe_subtract(d, &b->x, &a->x, 0);
    }
}

/* All steps of one level, for all blocks. */
static void table_level(struct hyp_recover_workspace *w, unsigned blocks, unsigned level)
{
    struct hyp_point *inverses = slot(w, blocks, INVERSES, 0);
    unsigned count = 0;

    for (unsigned s = 0; s < TABLE_STEPS; s++) {
        const struct table_step *step = &table_steps[s];
        for (unsigned b = 0; step->level == level && b < blocks; b++) {
            table_denominator(&inverses[count++].x, slot(w, blocks, step->a, b),
                              slot(w, blocks, step->b, b));
        }
    }
    hyp_fe_invert_all(&inverses->x, &inverses->y, count, 2);
    count = 0;
    for (unsigned s = 0; s < TABLE_STEPS; s++) {
        const struct table_step *step = &table_steps[s];
        for (unsigned b = 0; step->level == level && b < blocks; b++) {
            const struct hyp_fe *inverse = &inverses[count++].x;
            const struct hyp_point *point_a = slot(w, blocks, step->a, b);
            const struct hyp_point *point_b = slot(w, blocks, step->b, b);
            if (step->a == step->b) {
                hyp_point_affine_double(slot(w, blocks, step->sum, b), point_a, inverse);
                continue;
            }
            hyp_point_affine_add(slot(w, blocks, step->sum, b), point_a, none, point_b, none,
                                 inverse);
            if (step->difference != NOTHING) {
                hyp_point_affine_add(slot(w, blocks, step->difference, b), point_a, none, point_b,
                                     all, inverse);
            }
        }
    }
}

/* Writes multiple 2·row + 1 of a block's points into the lanes' rows. */
static void store_row(struct hyp_recover_workspace *w, unsigned b, unsigned row,
                      const struct hyp_point *point)
{
    struct hyp_fe x;
    struct hyp_fe y;

    hyp_fe_below_2_256(&x, &point->x);
    hyp_fe_below_2_256(&y, &point->y);
    for (size_t k = 0; k < FE_VECTORS; k++) {
        __m512i words[8];
        lanes_limbs_to_words(words, x.n[k]);
        lanes_limbs_to_words(words + 4, y.n[k]);
        lanes_transpose(words);
        for (unsigned lane = 0; lane < 8; lane++) {
            _mm512_store_si512(w->rows[b][k * 8 + lane][row], words[lane]);
        }
    }
}

/* 22R ± {1, 3, 5, 7, 9}R = 13R … 31R */
static void table_end(struct hyp_recover_workspace *w, unsigned blocks)
{
    static const uint8_t small[] = {MULTIPLE_1, MULTIPLE_3, MULTIPLE_5,
                                    MULTIPLE_7, MULTIPLE_9, MULTIPLE_11};
    struct hyp_point *inverses = slot(w, blocks, INVERSES, 0);

    for (unsigned i = 0; i < 5; i++) {
        for (unsigned b = 0; b < blocks; b++) {
            table_denominator(&inverses[i * blocks + b].x, slot(w, blocks, MULTIPLE_22, b),
                              slot(w, blocks, small[i], b));
        }
    }
    hyp_fe_invert_all(&inverses->x, &inverses->y, 5 * blocks, 2);
    for (unsigned b = 0; b < blocks; b++) {
        const struct hyp_point *middle = slot(w, blocks, MULTIPLE_22, b);
        for (unsigned i = 0; i < 6; i++) {
            store_row(w, b, i, slot(w, blocks, small[i], b));
        }
        for (unsigned i = 0; i < 5; i++) {
            const struct hyp_point *other = slot(w, blocks, small[i], b);
            const struct hyp_fe *inverse = &inverses[i * blocks + b].x;
            struct hyp_point result;
            hyp_point_affine_add(&result, middle, none, other, none, inverse);
            store_row(w, b, 11 + i, &result);
            hyp_point_affine_add(&result, middle, none, other, all, inverse);
            store_row(w, b, 10 - i, &result);
        }
    }
}

static void make_table(struct hyp_recover_workspace *w, unsigned blocks)
{
    for (unsigned b = 0; b < blocks; b++) {
        slot(w, blocks, MULTIPLE_1, b)->x = w->block[b].x;
        slot(w, blocks, MULTIPLE_1, b)->y = w->block[b].y;
    }
    for (unsigned level = 0; level < LEVELS; level++) {
        table_level(w, blocks, level);
    }
    table_end(w, blocks);
}

/* --- sums of a window ------------------------------------------------------------------------ */

/* A window of k' (glv_ifma.h): the digit's sign, and its row. */
static inline __m512i digit(const __m512i *word, unsigned offset, unsigned width,
                            __mmask8 *negative)
{
    unsigned shift = offset % 64;
    __m512i x = _mm512_srl_epi64(word[offset / 64], _mm_cvtsi32_si128((int)shift));

    if (shift + width > 64) {
        x = _mm512_or_si512(
            x, _mm512_sll_epi64(word[offset / 64 + 1], _mm_cvtsi32_si128((int)(64 - shift))));
    }
    *negative = _mm512_testn_epi64_mask(x, splat(1ull << (width - 1)));
    x = _mm512_mask_xor_epi64(x, *negative, x, splat(UINT64_MAX));
    return _mm512_and_si512(x, splat((1ull << (width - 1)) - 1));
}

/* Row row[lane] of each lane's table; tables lie `stride` words apart. */
static inline void load_rows(struct hyp_point *point, unsigned k, const uint64_t *table,
                             size_t stride, __m512i row)
{
    __m512i words[8];
    uint64_t index[8] __attribute__((aligned(64)));

    _mm512_store_si512(index, row);
    for (size_t lane = 0; lane < 8; lane++) {
        words[lane] = _mm512_load_si512(table + lane * stride + index[lane] * 8);
    }
    lanes_transpose(words);
    lanes_words_to_limbs(point->x.n[k], words);
    lanes_words_to_limbs(point->y.n[k], words + 4);
}

struct summands {
    struct hyp_point a, b;
    struct fe_mask a_negative, b_negative;
};

/* d·R and d'·λR */
static void load_r(struct summands *s, const struct hyp_recover_workspace *w, unsigned b,
                   unsigned window, bool negate)
{
    const struct hyp_recover_block *block = &w->block[b];
    unsigned offset = r_window_offset(window);
    unsigned width = r_window_width(window);
    struct hyp_fe factor;

    for (size_t k = 0; k < FE_VECTORS; k++) {
        const uint64_t *rows = &w->rows[b][k * 8][0][0];
        __m512i row = digit(block->half[k][0].word, offset, width, &s->a_negative.m[k]);
        load_rows(&s->a, k, rows, R_ROWS * (size_t)8, row);
        row = digit(block->half[k][1].word, offset, width, &s->b_negative.m[k]);
        load_rows(&s->b, k, rows, R_ROWS * (size_t)8, row);
        if (negate) {
            s->a_negative.m[k] = (__mmask8)~s->a_negative.m[k];
            s->b_negative.m[k] = (__mmask8)~s->b_negative.m[k];
        }
    }
    fe_set(&factor, beta);
    hyp_fe_multiply(&s->b.x, &s->b.x, &factor);
}

/* The digits of ±u1 in a quarter and the next. */
static void load_g(struct summands *s, const struct hyp_recover_workspace *w, unsigned b,
                   unsigned window, size_t quarter)
{
    const struct hyp_recover_block *block = &w->block[b];
    unsigned offset = g_window_offset(window);
    unsigned width = g_window_width(window);

    for (size_t k = 0; k < FE_VECTORS; k++) {
        __m512i row = digit(&block->quarter[k][quarter], offset, width, &s->a_negative.m[k]);
        load_rows(&s->a, k, hyp_recover_table[quarter][0], 0, row);
        row = digit(&block->quarter[k][quarter + 1], offset, width, &s->b_negative.m[k]);
        load_rows(&s->b, k, hyp_recover_table[quarter + 1][0], 0, row);
        s->a_negative.m[k] ^= block->g_negative.m[k];
        s->b_negative.m[k] ^= block->g_negative.m[k];
    }
}

static void load_summands(struct summands *s, const struct hyp_recover_workspace *w, unsigned b,
                          unsigned index, bool negate)
{
    if (index < R_WINDOWS) {
        load_r(s, w, b, index, negate);
    } else {
        load_g(s, w, b, (index - SLOT_G_HALVES) / 2, (index - SLOT_G_HALVES) % 2 ? 2 : 0);
    }
}

/* The windows of R and the halves of G. */
static void add_digits(struct hyp_recover_workspace *w, unsigned blocks, const bool *negate)
{
    struct hyp_point *sums = w->points;
    struct summands s;

    for (unsigned i = 0; i < SLOT_G * blocks; i++) {
        load_summands(&s, w, i % blocks, i / blocks, false);
        fe_subtract(&sums[i].x, &s.b.x, &s.a.x, 0);
    }
    hyp_fe_invert_all(&sums->x, &sums->y, SLOT_G * blocks, 2);
    for (unsigned i = 0; i < SLOT_G * blocks; i++) {
        struct hyp_fe inverse = sums[i].x;
        load_summands(&s, w, i % blocks, i / blocks, negate[i / blocks]);
        hyp_point_affine_add(&sums[i], &s.a, s.a_negative, &s.b, s.b_negative, &inverse);
    }
}

/* The two halves of G. */
static void add_halves(struct hyp_recover_workspace *w, unsigned blocks, const bool *negate)
{
    struct hyp_point *sums = slot(w, blocks, SLOT_G, 0);

    for (unsigned i = 0; i < G_WINDOWS * blocks; i++) {
        unsigned half = SLOT_G_HALVES + 2 * (i / blocks);
        fe_subtract(&sums[i].x, &slot(w, blocks, half + 1, i % blocks)->x,
                    &slot(w, blocks, half, i % blocks)->x, 0);
    }
    hyp_fe_invert_all(&sums->x, &sums->y, G_WINDOWS * blocks, 2);
    for (unsigned i = 0; i < G_WINDOWS * blocks; i++) {
        unsigned half = SLOT_G_HALVES + 2 * (i / blocks);
        struct hyp_fe inverse = sums[i].x;
        struct fe_mask sign = negate[SLOT_G + i / blocks] ? all : none;
        hyp_point_affine_add(&sums[i], slot(w, blocks, half, i % blocks), sign,
                             slot(w, blocks, half + 1, i % blocks), sign, &inverse);
    }
}

void hyp_recover_sums(struct hyp_recover_workspace *w, unsigned blocks)
{
    struct hyp_ladder_step ladder[LADDER_STEPS];
    bool negate[SLOTS] = {false};

    hyp_ladder_build(ladder);
    for (unsigned i = 0; i < LADDER_STEPS; i++) {
        negate[ladder[i].slot] = ladder[i].negate;
    }
    find_points(w, blocks);
    make_table(w, blocks);
    add_digits(w, blocks, negate);
    add_halves(w, blocks, negate);
}
