/* From digits and x coordinates to the points that the ladder adds.
 *
 * No addition here can meet equal or opposite points, whatever the signature, because both points
 * are known small multiples of the same point of prime order n:
 *   - table of R: (8, 1), (22, 9), … R;
 *   - d·R + d'·λR with odd |d|, |d'| < 32: d = ±d'·λ (mod n) would be a vector of the lattice of
 *     glv.c far shorter than its shortest, which is longer than 2^127;
 *   - halves of G: (d + d'·2^64)·2^o with |d|, |d'| < 2^13, and then
 *     (d0 + d1·2^64 ± (d2 + d3·2^64)·2^128)·2^o: nonzero integers below n in size.
 * So no denominator is ever zero, and nobody can spoil the inversion that a batch shares. */
#include "host/src/recover/lanes/batch.h"
#include "host/src/recover/lanes/rows.h"
#include "host/src/recover/tables.h"

static const uint64_t beta[4] = {0xc1396c28719501ee, 0x9cf0497512f58995, 0x6e64479eac3434e9,
                                 0x7ae96a2b657c0710};

/* --- R -------------------------------------------------------------------------------------- */

/* y from y² = x³ + 7, of the parity that recid asks for. Where there is none, or the signature is
 * bad already, R becomes G. */
static void choose_y(struct hyp_recover_block *block, struct hyp_fe *y, const struct hyp_fe *y2)
{
    struct hyp_fe t;
    struct hyp_fe g;
    struct fe_columns zero = {{{vector_zero()}}};
    struct fe_mask flip;
    struct fe_mask unusable;
    hyp_block_mask odd;

    hyp_fe_square(&t, y);
    block->not_on_curve = (hyp_block_mask)~block_mask(hyp_fe_is_equal(&t, y2));

    hyp_fe_canonical(y, y);
    FE_EACH_VECTOR(k)
    {
        flip.m[k] = vector_any(y->n[k][0], vector_splat(1));
    }
    odd = block_mask(flip);
    flip = block_lanes((hyp_block_mask)(odd ^ block->odd_y));
    fe_columns_from_bias(&zero);
    fe_columns_subtract(&zero, y);
    fe_carry_sum(&t, &zero);
    fe_select(y, flip, &t);

    unusable = block_lanes(block->not_on_curve | block->bad_r | block->x_too_large);
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

/* Multiples in hyp_recover_workspace.table.multiple. */
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
    NOTHING,
};

static_assert(NOTHING == MULTIPLES, "one place each");

/* sum = a + b and difference = a - b share the inverse of x_b - x_a. */
struct table_step {
    uint8_t a, b; /* a = b: doubling */
    uint8_t sum, difference;
};

/* Steps of a level share one inversion. */
#define LEVELS     5
#define MOST_STEPS 2

static const struct table_step table_steps[LEVELS][MOST_STEPS] = {
    {{MULTIPLE_1, MULTIPLE_1, MULTIPLE_2, NOTHING}},
    {{MULTIPLE_2, MULTIPLE_2, MULTIPLE_4, NOTHING}, {MULTIPLE_2, MULTIPLE_1, MULTIPLE_3, NOTHING}},
    {{MULTIPLE_4, MULTIPLE_4, MULTIPLE_8, NOTHING}},
    {{MULTIPLE_8, MULTIPLE_1, MULTIPLE_9, MULTIPLE_7},
     {MULTIPLE_8, MULTIPLE_3, MULTIPLE_11, MULTIPLE_5}},
    {{MULTIPLE_11, MULTIPLE_11, MULTIPLE_22, NOTHING}},
};
static const unsigned level_steps[LEVELS] = {1, 2, 1, 2, 1};

static const struct fe_mask none = {{0}};

/* Additions collected until enough can run side by side. Those that wait are fewer than
 * AFFINE_TOGETHER, so that many places for inverses, taken in turn, are enough. */
struct queue {
    struct hyp_affine_sum sums[AFFINE_TOGETHER];
    unsigned count;
};

static void queue_flush(struct queue *queue)
{
    if (queue->count) {
        hyp_point_affine_add(queue->sums, queue->count);
        queue->count = 0;
    }
}

static void queue_add(struct queue *queue, const struct hyp_affine_sum *sum)
{
    queue->sums[queue->count++] = *sum;
    if (queue->count == AFFINE_TOGETHER) {
        queue_flush(queue);
    }
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
        fe_subtract(d, &b->x, &a->x);
    }
}

/* One step of one block. */
static void table_points(struct queue *queue, struct hyp_point *multiple,
                         const struct table_step *step, const struct hyp_fe *inverse)
{
    struct hyp_affine_sum sum = {.sum = &multiple[step->sum],
                                 .a = &multiple[step->a],
                                 .b = &multiple[step->b],
                                 .inverse = inverse};

    queue_add(queue, &sum);
    if (step->difference != NOTHING) {
        sum.sum = &multiple[step->difference];
        sum.b_negative = fe_mask_not(none);
        queue_add(queue, &sum);
    }
}

static void table_level(struct hyp_recover_workspace *w, unsigned blocks, unsigned level)
{
    struct hyp_fe_inversion inversion = {.count = 0};
    struct hyp_fe inverse[AFFINE_TOGETHER];
    struct queue queue = {.count = 0};
    unsigned steps = level_steps[level];

    for (unsigned i = 0; i < blocks * steps; i++) {
        const struct table_step *step = &table_steps[level][i % steps];
        const struct hyp_point *multiple = w->table.multiple[i / steps];
        struct hyp_point *place = &w->table.inverse[i];
        table_denominator(&place->x, &multiple[step->a], &multiple[step->b]);
        hyp_fe_inversion_push(&inversion, &place->x, &place->y);
    }
    hyp_fe_inversion_turn(&inversion);
    for (unsigned i = blocks * steps; i-- > 0;) {
        const struct hyp_point *place = &w->table.inverse[i];
        struct hyp_fe *this = &inverse[i % AFFINE_TOGETHER];
        hyp_fe_inversion_pop(&inversion, this, &place->x, &place->y);
        table_points(&queue, w->table.multiple[i / steps], &table_steps[level][i % steps], this);
    }
    queue_flush(&queue);
}

/* Writes multiple 2·row + 1 of a block's points into the lanes' rows. */
static void store_row(uint64_t (*rows)[R_ROWS][8], unsigned row, const struct hyp_point *point)
{
    struct hyp_fe x;
    struct hyp_fe y;

    hyp_fe_below_2_256(&x, &point->x);
    hyp_fe_below_2_256(&y, &point->y);
    for (size_t k = 0; k < FE_VECTORS; k++) {
        vector words[8];
        void *place[VECTOR_LANES];

        rows_limbs_to_words(words, x.n[k]);
        rows_limbs_to_words(words + 4, y.n[k]);
        for (size_t lane = 0; lane < VECTOR_LANES; lane++) {
            place[lane] = rows[k * VECTOR_LANES + lane][row];
        }
        rows_store(place, VECTOR_LANES, words);
    }
}

static const uint8_t small_rows[] = {MULTIPLE_1, MULTIPLE_3, MULTIPLE_5,
                                     MULTIPLE_7, MULTIPLE_9, MULTIPLE_11};

/* Rows 22R ± the multiple of a small row: 13R … 31R are 22R ± {9, 7, 5, 3, 1}R. */
static void table_pair(uint64_t (*rows)[R_ROWS][8], const struct hyp_point *multiple,
                       unsigned small, const struct hyp_fe *inverse)
{
    struct hyp_point result[2];
    struct hyp_affine_sum sums[2] = {{.sum = &result[0],
                                      .a = &multiple[MULTIPLE_22],
                                      .b = &multiple[small_rows[small]],
                                      .inverse = inverse}};

    sums[1] = sums[0];
    sums[1].sum = &result[1];
    sums[1].b_negative = fe_mask_not(none);
    hyp_point_affine_add(sums, 2);
    store_row(rows, 11 + small, &result[0]);
    store_row(rows, 10 - small, &result[1]);
}

/* R … 11R are there. */
static void table_rows(struct hyp_recover_workspace *w, unsigned blocks)
{
    struct hyp_fe_inversion inversion = {.count = 0};
    struct hyp_fe inverse;

    for (unsigned i = 0; i < blocks * INVERSES; i++) {
        const struct hyp_point *multiple = w->table.multiple[i / INVERSES];
        struct hyp_point *place = &w->table.inverse[i];
        table_denominator(&place->x, &multiple[MULTIPLE_22], &multiple[small_rows[i % INVERSES]]);
        hyp_fe_inversion_push(&inversion, &place->x, &place->y);
    }
    hyp_fe_inversion_turn(&inversion);
    for (unsigned i = blocks * INVERSES; i-- > 0;) {
        const struct hyp_point *place = &w->table.inverse[i];
        hyp_fe_inversion_pop(&inversion, &inverse, &place->x, &place->y);
        table_pair(w->rows[i / INVERSES], w->table.multiple[i / INVERSES], i % INVERSES, &inverse);
    }
    for (unsigned b = 0; b < blocks; b++) {
        for (unsigned i = 0; i < sizeof small_rows; i++) {
            store_row(w->rows[b], i, &w->table.multiple[b][small_rows[i]]);
        }
    }
}

static void make_table(struct hyp_recover_workspace *w, unsigned blocks)
{
    for (unsigned b = 0; b < blocks; b++) {
        w->table.multiple[b][MULTIPLE_1] = (struct hyp_point){w->block[b].x, w->block[b].y};
    }
    for (unsigned level = 0; level < LEVELS; level++) {
        table_level(w, blocks, level);
    }
    table_rows(w, blocks);
}

/* --- sums of a window ------------------------------------------------------------------------ */

/* A window of k' (glv.h): the digit's sign, and its row. */
static inline vector digit(const vector *word, unsigned offset, unsigned width, lane_mask *negative)
{
    unsigned shift = offset % 64;
    vector x = vector_right_by(word[offset / 64], shift);

    if (shift + width > 64) {
        x = vector_or(x, vector_left_by(word[offset / 64 + 1], 64 - shift));
    }
    *negative = vector_none(x, vector_splat(1ull << (width - 1)));
    x = vector_invert_where(x, *negative);
    return vector_and(x, vector_splat((1ull << (width - 1)) - 1));
}

/* Addresses of the lanes' rows; tables lie `stride` words apart. */
static inline void row_addresses(const void *address[VECTOR_LANES], const uint64_t *table,
                                 size_t stride, vector row)
{
    uint64_t index[VECTOR_LANES];

    vector_store(index, row);
    for (size_t lane = 0; lane < VECTOR_LANES; lane++) {
        address[lane] = table + lane * stride + index[lane] * 8;
    }
}

static inline void load_rows(struct hyp_point *point, size_t k,
                             const void *const address[VECTOR_LANES])
{
    vector words[8];

    rows_load(words, address);
    rows_words_to_limbs(point->x.n[k], words);
    rows_words_to_limbs(point->y.n[k], words + 4);
}

/* Where the lanes' rows of both are. */
struct summand_rows {
    const void *a[FE_VECTORS][VECTOR_LANES];
    const void *b[FE_VECTORS][VECTOR_LANES];
};

/* d·R and d'·λR, the latter still without λ. */
static void find_r(struct hyp_summands *s, struct summand_rows *rows,
                   const struct hyp_recover_workspace *w, unsigned b, unsigned window)
{
    const struct hyp_recover_block *block = &w->block[b];
    unsigned offset = r_window_offset(window);
    unsigned width = r_window_width(window);

    for (size_t k = 0; k < FE_VECTORS; k++) {
        const uint64_t *table = w->rows[b][k * VECTOR_LANES][0];
        vector row = digit(block->half[k][0].word, offset, width, &s->a_negative.m[k]);
        row_addresses(rows->a[k], table, R_ROWS * (size_t)8, row);
        row = digit(block->half[k][1].word, offset, width, &s->b_negative.m[k]);
        row_addresses(rows->b[k], table, R_ROWS * (size_t)8, row);
    }
}

/* The digits of ±u1 in a quarter and the next. */
static void find_g(struct hyp_summands *s, struct summand_rows *rows,
                   const struct hyp_recover_workspace *w, unsigned b, unsigned window,
                   size_t quarter)
{
    const struct hyp_recover_block *block = &w->block[b];
    unsigned offset = g_window_offset(window);
    unsigned width = g_window_width(window);

    for (size_t k = 0; k < FE_VECTORS; k++) {
        vector row = digit(&block->quarter[k][quarter], offset, width, &s->a_negative.m[k]);
        row_addresses(rows->a[k], hyp_recover_table[quarter][0], 0, row);
        row = digit(&block->quarter[k][quarter + 1], offset, width, &s->b_negative.m[k]);
        row_addresses(rows->b[k], hyp_recover_table[quarter + 1][0], 0, row);
        s->a_negative.m[k] ^= block->g_negative.m[k];
        s->b_negative.m[k] ^= block->g_negative.m[k];
    }
}

static inline void find(struct hyp_summands *s, struct summand_rows *rows,
                        const struct hyp_recover_workspace *w, unsigned b, unsigned index)
{
    if (index < R_WINDOWS) {
        find_r(s, rows, w, b, index);
    } else {
        find_g(s, rows, w, b, (index - SUM_G_HALVES) / 2, (index - SUM_G_HALVES) % 2 * (size_t)2);
    }
}

static void load_summands(struct hyp_summands *s, const struct summand_rows *rows, bool of_r)
{
    for (size_t k = 0; k < FE_VECTORS; k++) {
        load_rows(&s->a, k, rows->a[k]);
        load_rows(&s->b, k, rows->b[k]);
    }
    if (of_r) {
        struct hyp_fe factor;
        fe_set(&factor, beta);
        hyp_fe_multiply(&s->b.x, &s->b.x, &factor);
    }
}

/* Rows lie in the second cache or beyond: they are asked for so many summands ahead. */
#define AHEAD 3

/* Inlined, it costs more than it saves. */
static __attribute__((noinline)) void prefetch_rows(const struct summand_rows *rows)
{
    for (size_t k = 0; k < FE_VECTORS; k++) {
        for (size_t lane = 0; lane < VECTOR_LANES; lane++) {
            __builtin_prefetch(rows->a[k][lane]);
            __builtin_prefetch(rows->b[k][lane]);
        }
    }
}

static void find_ahead(struct summand_rows ring[AHEAD + 1], struct hyp_recover_workspace *w,
                       unsigned first, unsigned blocks, unsigned i)
{
    struct summand_rows *rows = &ring[i % (AHEAD + 1)];

    if (i >= SUMS * blocks) {
        return;
    }
    find(&w->summands[i], rows, w, first + i / SUMS, i % SUMS);
    prefetch_rows(rows);
}

static const struct hyp_point *halves_of(const struct hyp_recover_workspace *w, unsigned i)
{
    return &w->sum[i / G_WINDOWS * SUMS + SUM_G_HALVES + i % G_WINDOWS * 2];
}

/* The windows of R and the halves of G. A sum's place holds the denominator in x and what the
 * inversion needs in y, until the sum is made. */
static void add_digits(struct hyp_recover_workspace *w, unsigned first, unsigned blocks,
                       const bool *negate)
{
    struct hyp_fe_inversion inversion = {.count = 0};
    struct hyp_fe inverse[AFFINE_TOGETHER];
    struct summand_rows ring[AHEAD + 1];
    struct queue queue = {.count = 0};

    for (unsigned i = 0; i < AHEAD; i++) {
        find_ahead(ring, w, first, blocks, i);
    }
    for (unsigned i = 0; i < SUMS * blocks; i++) {
        struct hyp_summands *s = &w->summands[i];
        find_ahead(ring, w, first, blocks, i + AHEAD);
        load_summands(s, &ring[i % (AHEAD + 1)], i % SUMS < R_WINDOWS);
        fe_subtract(&w->sum[i].x, &s->b.x, &s->a.x);
        hyp_fe_inversion_push(&inversion, &w->sum[i].x, &w->sum[i].y);
    }
    hyp_fe_inversion_turn(&inversion);
    for (unsigned i = SUMS * blocks; i-- > 0;) {
        const struct hyp_summands *s = &w->summands[i];
        bool flip = negate[i % SUMS];
        struct hyp_fe *this = &inverse[i % AFFINE_TOGETHER];
        hyp_fe_inversion_pop(&inversion, this, &w->sum[i].x, &w->sum[i].y);
        queue_add(&queue, &(struct hyp_affine_sum){
                              .sum = &w->sum[i],
                              .a = &s->a,
                              .b = &s->b,
                              .inverse = this,
                              .a_negative = flip ? fe_mask_not(s->a_negative) : s->a_negative,
                              .b_negative = flip ? fe_mask_not(s->b_negative) : s->b_negative});
    }
    queue_flush(&queue);
}

/* The two halves of each window of G. */
static void add_halves(struct hyp_recover_workspace *w, unsigned blocks, const bool *negate)
{
    struct hyp_fe_inversion inversion = {.count = 0};
    struct hyp_fe inverse[AFFINE_TOGETHER];
    struct queue queue = {.count = 0};

    for (unsigned i = 0; i < G_WINDOWS * blocks; i++) {
        const struct hyp_point *half = halves_of(w, i);
        fe_subtract(&w->g[i].x, &half[1].x, &half[0].x);
        hyp_fe_inversion_push(&inversion, &w->g[i].x, &w->g[i].y);
    }
    hyp_fe_inversion_turn(&inversion);
    for (unsigned i = G_WINDOWS * blocks; i-- > 0;) {
        const struct hyp_point *half = halves_of(w, i);
        struct fe_mask sign = negate[i % G_WINDOWS] ? fe_mask_not(none) : none;
        struct hyp_fe *this = &inverse[i % AFFINE_TOGETHER];
        hyp_fe_inversion_pop(&inversion, this, &w->g[i].x, &w->g[i].y);
        queue_add(&queue, &(struct hyp_affine_sum){.sum = &w->g[i],
                                                   .a = &half[0],
                                                   .b = &half[1],
                                                   .inverse = this,
                                                   .a_negative = sign,
                                                   .b_negative = sign});
    }
    queue_flush(&queue);
}

void hyp_recover_tables(struct hyp_recover_workspace *w, unsigned blocks)
{
    find_points(w, blocks);
    make_table(w, blocks);
}

void hyp_recover_sums(struct hyp_recover_workspace *w, unsigned first, unsigned blocks)
{
    struct hyp_ladder_step ladder[LADDER_STEPS];
    bool negate_sum[SUMS] = {false};
    bool negate_g[G_WINDOWS] = {false};

    hyp_ladder_build(ladder);
    for (unsigned i = 0; i < LADDER_STEPS; i++) {
        (ladder[i].of_g ? negate_g : negate_sum)[ladder[i].window] = ladder[i].negate;
    }
    add_digits(w, first, blocks, negate_sum);
    add_halves(w, blocks, negate_g);
}
