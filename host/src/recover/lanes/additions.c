/* Affine additions of points that lie in rows, in lanes, many for one inversion.
 *
 * Who gives keys and signatures chooses points, and can make two that meet equal or opposite. Rows
 * are canonical, so comparing them is exact: equal points are doubled (2·y is never zero on a curve
 * of odd order), opposite points cancel and are dropped. So no denominator is ever zero, and what
 * an attacker gains is a doubling in the place of an addition. */
#include <string.h>

#include "host/src/recover/lanes/combination.h"
#include "host/src/recover/lanes/rows.h"

/* --- rows ----------------------------------------------------------------------------------- */

/* Rows of terms are in many sums and stay. */
static bool stays(hyp_term term)
{
    return term >> 1 < MOST_TERMS;
}

static uint32_t take_row(struct hyp_combination *c)
{
    return c->free_rows ? c->free_row[--c->free_rows] : c->rows++;
}

static void give_up_row(struct hyp_combination *c, hyp_term term)
{
    if (!stays(term)) {
        c->free_row[c->free_rows++] = term >> 1;
    }
}

static hyp_term copy(struct hyp_combination *c, hyp_term term)
{
    uint32_t row = take_row(c);

    memcpy(c->row[row], c->row[term >> 1], sizeof c->row[row]);
    c->tag[row] = c->tag[term >> 1];
    return row << 1 | (term & 1);
}

/* --- what is to be added -------------------------------------------------------------------- */

static bool same_half(const uint64_t *a, const uint64_t *b)
{
    return a[0] == b[0] && a[1] == b[1] && a[2] == b[2] && a[3] == b[3];
}

static void append(struct hyp_combination *c, struct hyp_addition_list *list,
                   struct hyp_addition addition)
{
    list->addition[list->count++] = addition;
    if (list->count == ADDITIONS) {
        hyp_additions_run(c);
    }
}

/* Both have the same x. */
static hyp_term add_same_x(struct hyp_combination *c, hyp_term a, hyp_term b, bool keep_b)
{
    bool same_y = same_half(c->row[a >> 1] + 4, c->row[b >> 1] + 4);
    bool equal = same_y == ((a & 1) == (b & 1));
    uint32_t sum;

    if (!keep_b) {
        give_up_row(c, b);
    }
    if (!equal) {
        give_up_row(c, a);
        return NO_TERM;
    }
    sum = stays(a) ? take_row(c) : a >> 1;
    append(c, &c->doubles, (struct hyp_addition){a, a, sum, NO_ROW});
    return sum << 1 | (a & 1);
}

hyp_term hyp_additions_add(struct hyp_combination *c, hyp_term a, hyp_term b, bool keep_b)
{
    uint32_t sum;

    if (b == NO_TERM) {
        return a;
    }
    if (a == NO_TERM) {
        return keep_b ? copy(c, b) : b;
    }
    if (c->tag[a >> 1] == c->tag[b >> 1] && same_half(c->row[a >> 1], c->row[b >> 1])) {
        return add_same_x(c, a, b, keep_b);
    }
    __builtin_prefetch(c->row[a >> 1]);
    __builtin_prefetch(c->row[b >> 1]);
    sum = stays(a) ? take_row(c) : a >> 1;
    append(c, &c->sums, (struct hyp_addition){a, b, sum, keep_b || stays(b) ? NO_ROW : b >> 1});
    return sum << 1;
}

/* --- in lanes ------------------------------------------------------------------------------- */

/* A coordinate of the lanes' points a, or b, and their signs if asked for. */
static inline void load(struct hyp_fe *coordinate, struct fe_mask *negative,
                        const struct hyp_combination *c, const struct hyp_addition *additions,
                        bool of_b, size_t half)
{
    for (size_t k = 0; k < FE_VECTORS; k++) {
        const uint64_t *row[VECTOR_LANES];
        vector words[4];
        unsigned mask = 0;

        _Pragma("GCC unroll 8") for (size_t lane = 0; lane < VECTOR_LANES; lane++)
        {
            const struct hyp_addition *addition = &additions[k * VECTOR_LANES + lane];
            hyp_term term = of_b ? addition->b : addition->a;
            row[lane] = c->row[term >> 1];
            mask |= (term & 1u) << lane;
        }
        rows_load_half(words, row, half);
        rows_words_to_limbs(coordinate->n[k], words);
        if (negative) {
            negative->m[k] = (lane_mask)mask;
        }
    }
}

static void store(struct hyp_combination *c, const struct hyp_addition *additions,
                  const struct hyp_point *point)
{
    struct hyp_fe x;
    struct hyp_fe y;

    hyp_fe_canonical(&x, &point->x);
    hyp_fe_canonical(&y, &point->y);
    for (size_t k = 0; k < FE_VECTORS; k++) {
        vector words[8];
        void *row[VECTOR_LANES];
        uint64_t tag[VECTOR_LANES];

        rows_limbs_to_words(words, x.n[k]);
        rows_limbs_to_words(words + 4, y.n[k]);
        vector_store(tag, words[0]);
        for (size_t lane = 0; lane < VECTOR_LANES; lane++) {
            uint32_t sum = additions[k * VECTOR_LANES + lane].sum;
            row[lane] = c->row[sum];
            c->tag[sum] = (uint32_t)tag[lane];
        }
        rows_store(row, VECTOR_LANES, words);
    }
}

static const struct hyp_addition *additions_of(const struct hyp_combination *c, unsigned sums,
                                               unsigned i)
{
    unsigned first = (i < sums ? i : i - sums) * FE_LANES;

    return i < sums ? &c->sums.addition[first] : &c->doubles.addition[first];
}

/* x_a, and the denominator: x_b - x_a, or 2·y_a. */
static void prepare(struct hyp_combination *c, unsigned sums, unsigned i)
{
    const struct hyp_addition *additions = additions_of(c, sums, i);
    struct hyp_block_sum *block = &c->block[i];
    struct fe_columns t;
    struct hyp_fe b;

    load(&block->x_a, NULL, c, additions, false, ROW_X);
    if (i < sums) {
        load(&b, NULL, c, additions, true, ROW_X);
        fe_subtract_reduced(&block->sum.x, &b, &block->x_a);
    } else {
        load(&b, NULL, c, additions, false, ROW_Y);
        fe_columns_from(&t, &b);
        fe_columns_add(&t, &b);
        fe_carry_sum(&block->sum.x, &t);
    }
}

/* What is left to know of an addition is y. */
static void draw_line(struct hyp_affine_sum *sum, const struct hyp_combination *c, unsigned sums,
                      unsigned i)
{
    const struct hyp_addition *additions = additions_of(c, sums, i);
    struct fe_mask negative[2];
    struct hyp_fe y[2];

    if (i < sums) {
        load(&y[0], &negative[0], c, additions, false, ROW_Y);
        load(&y[1], &negative[1], c, additions, true, ROW_Y);
        affine_chord(sum, &y[0], negative[0], &y[1], negative[1]);
    } else {
        load(&y[0], NULL, c, additions, false, ROW_Y);
        hyp_point_affine_tangent(sum, &y[0]);
    }
}

/* Blocks [i, i + count), the last first. */
static void add_blocks(struct hyp_combination *c, struct hyp_fe_inversion *inversion, unsigned i,
                       unsigned count, unsigned sums)
{
    struct hyp_fe inverse[AFFINE_TOGETHER];
    struct hyp_affine_sum sum[AFFINE_TOGETHER];

    for (unsigned j = count; j-- > 0;) {
        struct hyp_block_sum *block = &c->block[i + j];
        hyp_fe_inversion_pop(inversion, &inverse[j], &block->sum.x, &block->sum.y);
        sum[j].sum = &block->sum;
        sum[j].x_a = &block->x_a;
        sum[j].difference = i + j < sums ? &block->sum.x : NULL;
        sum[j].inverse = &inverse[j];
        draw_line(&sum[j], c, sums, i + j);
    }
    hyp_point_affine_add(sum, count);
    for (unsigned j = 0; j < count; j++) {
        store(c, additions_of(c, sums, i + j), &c->block[i + j].sum);
    }
}

/* Lanes that are left in the last block add G and λ·G. Returns the number of blocks. */
static unsigned fill_up(struct hyp_addition_list *list)
{
    while (list->count % FE_LANES) {
        list->addition[list->count++] = (struct hyp_addition){0, 2, SINK, NO_ROW};
    }
    return list->count / FE_LANES;
}

static void give_up_rows(struct hyp_combination *c)
{
    for (unsigned i = 0; i < c->sums.count; i++) {
        c->free_row[c->free_rows] = c->sums.addition[i].given_up;
        c->free_rows += c->sums.addition[i].given_up != NO_ROW;
    }
}

void hyp_additions_run(struct hyp_combination *c)
{
    struct hyp_fe_inversion inversion = {.count = 0};
    unsigned sums = fill_up(&c->sums);
    unsigned blocks = sums + fill_up(&c->doubles);

    if (blocks == 0) {
        return;
    }
    for (unsigned i = 0; i < blocks; i++) {
        prepare(c, sums, i);
        hyp_fe_inversion_push(&inversion, &c->block[i].sum.x, &c->block[i].sum.y);
    }
    hyp_fe_inversion_turn(&inversion);
    for (unsigned left = blocks; left > 0;) {
        unsigned count = left < AFFINE_TOGETHER ? left : AFFINE_TOGETHER;
        left -= count;
        add_blocks(c, &inversion, left, count, sums);
    }
    give_up_rows(c);
    c->sums.count = 0;
    c->doubles.count = 0;
}
