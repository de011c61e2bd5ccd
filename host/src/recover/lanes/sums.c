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

#define ROW_SHIFT 6
#define ROW_SIZE  (1u << ROW_SHIFT)

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

void hyp_recover_points(struct hyp_recover_workspace *w, unsigned blocks)
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

/* The next that is to be added, of which affine_chord or hyp_point_affine_tangent, and then
 * queue_added, remain to be called. */
static struct hyp_affine_sum *queue_add(struct queue *queue, struct hyp_point *sum,
                                        const struct hyp_fe *x_a, const struct hyp_fe *difference,
                                        const struct hyp_fe *inverse)
{
    struct hyp_affine_sum *next = &queue->sums[queue->count++];

    next->sum = sum;
    next->x_a = x_a;
    next->difference = difference;
    next->inverse = inverse;
    return next;
}

static void queue_added(struct queue *queue)
{
    if (queue->count == AFFINE_TOGETHER) {
        queue_flush(queue);
    }
}

static void queue_chord(struct queue *queue, struct hyp_affine_sum *sum, const struct hyp_fe *y_a,
                        struct fe_mask a_negative, const struct hyp_fe *y_b,
                        struct fe_mask b_negative)
{
    affine_chord(sum, y_a, a_negative, y_b, b_negative);
    queue_added(queue);
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
        fe_subtract_reduced(d, &b->x, &a->x);
    }
}

/* One step of one block. */
static void table_points(struct queue *queue, struct hyp_point *multiple,
                         const struct table_step *step, const struct hyp_fe *denominator,
                         const struct hyp_fe *inverse)
{
    const struct hyp_point *a = &multiple[step->a];
    const struct hyp_point *b = &multiple[step->b];

    if (a == b) {
        struct hyp_affine_sum *sum = queue_add(queue, &multiple[step->sum], &a->x, NULL, inverse);
        hyp_point_affine_tangent(sum, &a->y);
        queue_added(queue);
        return;
    }
    queue_chord(queue, queue_add(queue, &multiple[step->sum], &a->x, denominator, inverse), &a->y,
                none, &b->y, none);
    if (step->difference != NOTHING) {
        queue_chord(queue,
                    queue_add(queue, &multiple[step->difference], &a->x, denominator, inverse),
                    &a->y, none, &b->y, fe_mask_not(none));
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
        table_points(&queue, w->table.multiple[i / steps], &table_steps[level][i % steps],
                     &place->x, this);
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
                       unsigned small, const struct hyp_fe *denominator,
                       const struct hyp_fe *inverse)
{
    const struct hyp_point *a = &multiple[MULTIPLE_22];
    const struct hyp_point *b = &multiple[small_rows[small]];
    struct hyp_point result[2];
    struct queue queue = {.count = 0};

    for (int i = 0; i < 2; i++) {
        queue_chord(&queue, queue_add(&queue, &result[i], &a->x, denominator, inverse), &a->y, none,
                    &b->y, i ? fe_mask_not(none) : none);
    }
    queue_flush(&queue);
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
        table_pair(w->rows[i / INVERSES], w->table.multiple[i / INVERSES], i % INVERSES, &place->x,
                   &inverse);
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

/* Where the lanes' rows are; the lanes' tables lie `stride` rows apart. */
static inline void find_rows(const uint64_t *rows[VECTOR_LANES], const uint64_t *table,
                             size_t stride, vector row)
{
    uint64_t first[VECTOR_LANES];

    for (size_t lane = 0; lane < VECTOR_LANES; lane++) {
        first[lane] = (uintptr_t)table + lane * stride * ROW_SIZE;
    }
    vector_store(rows, vector_add(vector_load(first), vector_left(row, ROW_SHIFT)));
}

/* d·R and d'·λR, the latter still without λ. */
static void find_r(struct hyp_summands *s, const struct hyp_recover_workspace *w, unsigned b,
                   unsigned window)
{
    const struct hyp_recover_block *block = &w->block[b];
    unsigned offset = r_window_offset(window);
    unsigned width = r_window_width(window);

    for (size_t k = 0; k < FE_VECTORS; k++) {
        const uint64_t *table = w->rows[b][k * VECTOR_LANES][0];
        vector row = digit(block->half[k][0].word, offset, width, &s->a_negative.m[k]);
        find_rows(&s->row_a[k * VECTOR_LANES], table, R_ROWS, row);
        row = digit(block->half[k][1].word, offset, width, &s->b_negative.m[k]);
        find_rows(&s->row_b[k * VECTOR_LANES], table, R_ROWS, row);
    }
}

/* The digits of ±u1 in a quarter and the next. */
static void find_g(struct hyp_summands *s, const struct hyp_recover_workspace *w, unsigned b,
                   unsigned window, size_t quarter)
{
    const struct hyp_recover_block *block = &w->block[b];
    unsigned offset = g_window_offset(window);
    unsigned width = g_window_width(window);

    for (size_t k = 0; k < FE_VECTORS; k++) {
        vector row = digit(&block->quarter[k][quarter], offset, width, &s->a_negative.m[k]);
        find_rows(&s->row_a[k * VECTOR_LANES], hyp_recover_table[quarter][0], 0, row);
        row = digit(&block->quarter[k][quarter + 1], offset, width, &s->b_negative.m[k]);
        find_rows(&s->row_b[k * VECTOR_LANES], hyp_recover_table[quarter + 1][0], 0, row);
        s->a_negative.m[k] ^= block->g_negative.m[k];
        s->b_negative.m[k] ^= block->g_negative.m[k];
    }
}

/* Inlined, it costs more than it saves. */
static __attribute__((noinline)) void prefetch_rows(const struct hyp_summands *s)
{
    for (unsigned lane = 0; lane < FE_LANES; lane++) {
        __builtin_prefetch(s->row_a[lane]);
        __builtin_prefetch(s->row_b[lane]);
    }
}

/* Rows lie in the second cache or beyond: they are asked for so many summands ahead. */
#define AHEAD 3

static void find_ahead(struct hyp_recover_workspace *w, unsigned first, unsigned blocks, unsigned i)
{
    unsigned b = first + i / SUMS;
    unsigned index = i % SUMS;
    struct hyp_summands *s;

    if (i >= SUMS * blocks) {
        return;
    }
    s = &w->summands[i];
    if (index < R_WINDOWS) {
        find_r(s, w, b, index);
    } else {
        find_g(s, w, b, (index - SUM_G_HALVES) / 2, (index - SUM_G_HALVES) % 2 * (size_t)2);
    }
    prefetch_rows(s);
}

static __attribute__((noinline)) void load_x(struct hyp_fe *x, const uint64_t *const *rows)
{
    FE_EACH_VECTOR(k)
    {
        vector words[4];
        rows_load_half(words, rows + k * VECTOR_LANES, ROW_X);
        rows_words_to_limbs(x->n[k], words);
    }
}

FE_INLINE void load_y(struct hyp_fe *y, const uint64_t *const *rows)
{
    FE_EACH_VECTOR(k)
    {
        vector words[4];
        rows_load_half(words, rows + k * VECTOR_LANES, ROW_Y);
        rows_words_to_limbs(y->n[k], words);
    }
}

/* reduced = β·x_b - x_a */
static __attribute__((noinline)) void endomorphism_minus(struct hyp_fe *r, const struct hyp_fe *x_b,
                                                         const struct hyp_fe *factor,
                                                         const struct hyp_fe *x_a)
{
    struct fe_columns t;
    struct hyp_fe addend;

    fe_columns_from_bias(&t);
    fe_columns_subtract(&t, x_a);
    fe_columns_keep(&addend, &t);
    fe_product_columns(&t, &addend, factor, x_b);
    fe_carry(r, &t);
}

/* Two summands' differences of x. Step by step for both, so that one hides the other's latency. */
static void load_differences(struct hyp_summands *s, bool of_r, const struct hyp_fe *factor)
{
    struct hyp_fe x_b[2];

    for (int i = 0; i < 2; i++) {
        load_x(&s[i].x_a, s[i].row_a);
        load_x(&x_b[i], s[i].row_b);
    }
    for (int i = 0; i < 2; i++) {
        if (of_r) {
            endomorphism_minus(&s[i].sum.x, &x_b[i], factor, &s[i].x_a);
        } else {
            fe_subtract_reduced(&s[i].sum.x, &x_b[i], &s[i].x_a);
        }
    }
}

static __attribute__((noinline)) void load_chord(struct hyp_affine_sum *sum,
                                                 const struct hyp_summands *s, struct fe_mask flip)
{
    struct fe_mask a_negative;
    struct fe_mask b_negative;
    struct hyp_fe y_a;
    struct hyp_fe y_b;

    FE_EACH_VECTOR(k)
    {
        a_negative.m[k] = s->a_negative.m[k] ^ flip.m[k];
        b_negative.m[k] = s->b_negative.m[k] ^ flip.m[k];
    }
    load_y(&y_a, s->row_a);
    load_y(&y_b, s->row_b);
    affine_chord(sum, &y_a, a_negative, &y_b, b_negative);
}

static_assert(R_WINDOWS % 2 == 0 && SUMS % 2 == 0, "two summands are of the same kind");

/* The windows of R and the halves of G. */
static void add_digits(struct hyp_recover_workspace *w, unsigned first, unsigned blocks,
                       const bool *negate)
{
    struct hyp_fe_inversion inversion = {.count = 0};
    struct hyp_fe inverse[AFFINE_TOGETHER];
    struct queue queue = {.count = 0};
    struct hyp_fe factor;

    fe_set(&factor, hyp_glv_beta);
    for (unsigned i = 0; i < AHEAD; i++) {
        find_ahead(w, first, blocks, i);
    }
    for (unsigned i = 0; i < SUMS * blocks; i += 2) {
        struct hyp_summands *s = &w->summands[i];
        find_ahead(w, first, blocks, i + AHEAD);
        find_ahead(w, first, blocks, i + AHEAD + 1);
        load_differences(s, i % SUMS < R_WINDOWS, &factor);
        hyp_fe_inversion_push(&inversion, &s[0].sum.x, &s[0].sum.y);
        hyp_fe_inversion_push(&inversion, &s[1].sum.x, &s[1].sum.y);
    }
    hyp_fe_inversion_turn(&inversion);
    for (unsigned i = SUMS * blocks; i-- > 0;) {
        struct hyp_summands *s = &w->summands[i];
        struct hyp_fe *this = &inverse[i % AFFINE_TOGETHER];
        if (i >= AHEAD) {
            prefetch_rows(s - AHEAD);
        }
        hyp_fe_inversion_pop(&inversion, this, &s->sum.x, &s->sum.y);
        load_chord(queue_add(&queue, &s->sum, &s->x_a, &s->sum.x, this), s,
                   negate[i % SUMS] ? fe_mask_not(none) : none);
        queue_added(&queue);
    }
    queue_flush(&queue);
}

static const struct hyp_summands *halves_of(const struct hyp_recover_workspace *w, unsigned i)
{
    return &w->summands[i / G_WINDOWS * SUMS + SUM_G_HALVES + i % G_WINDOWS * 2];
}

/* The two halves of each window of G. */
static void add_halves(struct hyp_recover_workspace *w, unsigned blocks, const bool *negate)
{
    struct hyp_fe_inversion inversion = {.count = 0};
    struct hyp_fe inverse[AFFINE_TOGETHER];
    struct queue queue = {.count = 0};

    for (unsigned i = 0; i < G_WINDOWS * blocks; i++) {
        const struct hyp_summands *half = halves_of(w, i);
        fe_subtract_reduced(&w->g[i].x, &half[1].sum.x, &half[0].sum.x);
        hyp_fe_inversion_push(&inversion, &w->g[i].x, &w->g[i].y);
    }
    hyp_fe_inversion_turn(&inversion);
    for (unsigned i = G_WINDOWS * blocks; i-- > 0;) {
        const struct hyp_summands *half = halves_of(w, i);
        struct fe_mask sign = negate[i % G_WINDOWS] ? fe_mask_not(none) : none;
        struct hyp_fe *this = &inverse[i % AFFINE_TOGETHER];
        hyp_fe_inversion_pop(&inversion, this, &w->g[i].x, &w->g[i].y);
        queue_chord(&queue, queue_add(&queue, &w->g[i], &half[0].sum.x, &w->g[i].x, this),
                    &half[0].sum.y, sign, &half[1].sum.y, sign);
    }
    queue_flush(&queue);
}

void hyp_recover_tables(struct hyp_recover_workspace *w, unsigned blocks)
{
    hyp_recover_points(w, blocks);
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
