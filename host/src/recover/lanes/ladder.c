/* The ladder, and the way back to keys and statuses.
 *
 * The sum starts at T, a point that is chosen at random when the context is made and known to
 * nobody, so that after any number of steps it is 2^k·T plus something that the signature decides.
 * An addition meets an equal or opposite point only if T happens to be one of a handful of points
 * out of 2^256: no choice of signatures makes that likely. Should it happen, Z is 0 at the end and
 * the signature is computed by other means. */
#include "host/src/recover/lanes/batch.h"
#include "host/src/recover/lanes/rows.h"

static const uint64_t one[4] = {1};

/* The number of operations, the last addition included, is even: the sum ends with its own sign. */
static_assert((GLV_BITS - 5 + LADDER_STEPS + 1) % 2 == 0, "the result is not negated");

void hyp_ladder_build(struct hyp_ladder_step ladder[LADDER_STEPS])
{
    unsigned operations = 0;
    unsigned offset = r_window_offset(R_WINDOWS - 1);
    unsigned r = R_WINDOWS;
    unsigned g = G_WINDOWS;

    for (unsigned i = 0; i < LADDER_STEPS; i++) {
        bool next_is_r = r > 0 && (g == 0 || r_window_offset(r - 1) >= g_window_offset(g - 1));
        unsigned next = next_is_r ? r_window_offset(--r) : g_window_offset(--g);
        operations += offset - next;
        ladder[i] = (struct hyp_ladder_step){
            .doublings = (uint8_t)(offset - next),
            .window = (uint8_t)(next_is_r ? r : g),
            .of_g = !next_is_r,
            .negate = operations % 2 == 0,
        };
        operations++;
        offset = next;
    }
}

static void set_point(struct hyp_point *point, const uint64_t row[8])
{
    fe_set(&point->x, row);
    fe_set(&point->y, row + 4);
}

/* Lanes of the last addition, sum + finish, that met infinity where they may: both points have the
 * same x, and `before` is good. They are opposite, and the result proven to be infinity, where
 * R = y·Z³ + N, the numerator of the slope, is not zero (hyp_point_subtract); else they are equal.
 */
static hyp_block_mask opposite_lanes(const struct hyp_jacobian *before,
                                     const struct hyp_point *finish)
{
    struct hyp_fe z3;
    struct hyp_fe product;
    struct hyp_fe n;
    struct fe_columns t;

    hyp_fe_square(&z3, &before->z);
    hyp_fe_multiply(&z3, &z3, &before->z);
    hyp_fe_multiply(&product, &finish->y, &z3);
    fe_mask_limbs(&n, &before->y);
    fe_columns_from(&t, &product);
    fe_columns_add(&t, &n);
    fe_carry_sum(&product, &t);
    return (hyp_block_mask)~block_mask(hyp_fe_is_zero(&product));
}

/* Sums lie in the second cache or beyond: the doublings hide the way. */
static inline void prefetch_point(const struct hyp_point *point)
{
    for (size_t i = 0; i < sizeof *point; i += 64) {
        __builtin_prefetch((const uint8_t *)point + i);
    }
}

/* One block through the ladder; `b` counts from the first whose sums are there. */
static void climb(struct hyp_recover_block *block, const struct hyp_recover_workspace *w,
                  unsigned b, const struct hyp_ladder_step *ladder,
                  const struct hyp_recover_start *start)
{
    struct hyp_jacobian sum;
    struct hyp_jacobian before;
    struct hyp_point finish;
    hyp_block_mask lost;
    hyp_block_mask zero;

    fe_set(&sum.x, start->start);
    fe_set(&sum.y, start->start + 4);
    fe_set(&sum.z, one);
    for (unsigned i = 0; i < LADDER_STEPS; i++) {
        const struct hyp_point *added = ladder[i].of_g
                                            ? &w->g[b * G_WINDOWS + ladder[i].window]
                                            : &w->summands[b * SUMS + ladder[i].window].sum;
        prefetch_point(added);
        hyp_point_climb(&sum, ladder[i].doublings, added);
    }
    before = sum;
    set_point(&finish, start->finish);
    hyp_point_subtract(&sum, &finish);

    zero = block_mask(hyp_fe_is_zero(&sum.z));
    block->infinity = 0;
    block->unproven = zero;
    if (zero) {
        lost = block_mask(hyp_fe_is_zero(&before.z));
        block->infinity = (hyp_block_mask)(zero & ~lost & opposite_lanes(&before, &finish));
        block->unproven = (hyp_block_mask)(zero & ~block->infinity);
    }
    block->sum = sum;
}

/* 1/Z of every block, in w->z_inverse[b].x; where Z = 0, anything. */
static void invert_z(struct hyp_recover_workspace *w, unsigned blocks)
{
    struct hyp_fe replacement;

    fe_set(&replacement, one);
    for (unsigned b = 0; b < blocks; b++) {
        hyp_block_mask zero = w->block[b].infinity | w->block[b].unproven;
        w->z_inverse[b].x = w->block[b].sum.z;
        fe_select(&w->z_inverse[b].x, block_lanes(zero), &replacement);
    }
    hyp_fe_invert_all(&w->z_inverse->x, &w->z_inverse->y, blocks, 2);
}

/* Big-endian keys of one vector of canonical points. */
static void store_keys(uint8_t (*keys)[64], size_t count, const struct hyp_point *point, size_t k)
{
    void *rows[VECTOR_LANES];
    vector words[8];
    vector swapped[8];

    rows_limbs_to_words(words, point->x.n[k]);
    rows_limbs_to_words(words + 4, point->y.n[k]);
    for (unsigned i = 0; i < 8; i++) {
        swapped[i] = vector_swap_bytes(words[i < 4 ? 3 - i : 11 - i]);
    }
    for (size_t lane = 0; lane < count; lane++) {
        rows[lane] = keys[lane];
    }
    rows_store(rows, count, swapped);
}

/* Keys of one block. Whatever does not lie on the curve was computed wrongly, by whatever fault of
 * ours or of the machine, and is not given out. */
static void store_block(struct hyp_recover_block *block, const struct hyp_fe *z_inverse,
                        unsigned count, uint8_t (*keys)[64])
{
    struct hyp_fe t;
    struct hyp_fe y2;
    struct hyp_point point;

    hyp_fe_square(&t, z_inverse);
    hyp_fe_multiply(&point.x, &block->sum.x, &t);
    hyp_fe_multiply(&t, &t, z_inverse);
    hyp_fe_multiply(&point.y, &block->sum.y, &t);

    hyp_point_curve_square(&y2, &point.x);
    hyp_fe_square(&t, &point.y);
    block->unproven |= (hyp_block_mask)(~block_mask(hyp_fe_is_equal(&t, &y2)) & ~block->infinity);

    hyp_fe_canonical(&point.x, &point.x);
    hyp_fe_canonical(&point.y, &point.y);
    for (size_t k = 0; k < FE_VECTORS && k * VECTOR_LANES < count; k++) {
        size_t left = count - k * VECTOR_LANES;
        store_keys(&keys[k * VECTOR_LANES], left < VECTOR_LANES ? left : VECTOR_LANES, &point, k);
    }
}

/* In order of precedence (docs/ops.md). */
static uint8_t status_of(const struct hyp_recover_block *block, unsigned lane)
{
    const struct {
        hyp_block_mask lanes;
        uint8_t status;
    } tests[] = {
        {block->bad_input, HYP_STATUS_BAD_INPUT},
        {block->bad_recid, HYP_STATUS_BAD_RECID},
        {block->bad_r, HYP_STATUS_BAD_R},
        {block->bad_s, HYP_STATUS_BAD_S},
        {block->high_s, HYP_STATUS_HIGH_S},
        {block->x_too_large, HYP_STATUS_BAD_R},
        {block->not_on_curve, HYP_STATUS_NOT_ON_CURVE},
        {block->unproven, HYP_RECOVER_UNPROVEN},
        {block->infinity, HYP_STATUS_INFINITY},
    };

    for (unsigned i = 0; i < sizeof tests / sizeof *tests; i++) {
        if (tests[i].lanes >> lane & 1) {
            return tests[i].status;
        }
    }
    return HYP_STATUS_OK;
}

static __attribute__((noinline)) void recover(struct hyp_recover_workspace *w,
                                              const struct hyp_recover_start *start,
                                              const hyp_ecrecover_descriptor *items, unsigned count,
                                              uint32_t flags, uint8_t *statuses,
                                              uint8_t (*keys)[64])
{
    unsigned blocks = (count + FE_LANES - 1) / FE_LANES;
    struct hyp_ladder_step ladder[LADDER_STEPS];

    hyp_ladder_build(ladder);
    hyp_recover_read(w, items, count, blocks, flags);
    hyp_recover_tables(w, blocks);
    for (unsigned first = 0; first < blocks; first += HYP_RECOVER_STRIDE) {
        unsigned together = blocks - first;
        together = together < HYP_RECOVER_STRIDE ? together : HYP_RECOVER_STRIDE;
        hyp_recover_sums(w, first, together);
        for (unsigned b = 0; b < together; b++) {
            climb(&w->block[first + b], w, b, ladder, start);
        }
    }
    invert_z(w, blocks);
    for (unsigned b = 0; b < blocks; b++) {
        unsigned first = b * FE_LANES;
        unsigned used = count - first < FE_LANES ? count - first : FE_LANES;
        store_block(&w->block[b], &w->z_inverse[b].x, used, keys + first);
        for (unsigned lane = 0; lane < used; lane++) {
            statuses[first + lane] = status_of(&w->block[b], lane);
        }
    }
}

static void recover_and_restore(struct hyp_recover_workspace *w,
                                const struct hyp_recover_start *start,
                                const hyp_ecrecover_descriptor *items, unsigned count,
                                uint32_t flags, uint8_t *statuses, uint8_t (*keys)[64])
{
    unsigned before = multiply_begin();

    recover(w, start, items, count, flags, statuses, keys);
    multiply_end(before);
}

const struct hyp_recover_variant VARIANT(recover) = {
    .recover = recover_and_restore,
    .workspace_size = sizeof(struct hyp_recover_workspace),
};
