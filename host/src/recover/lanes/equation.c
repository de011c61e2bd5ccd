/* From signatures and keys to terms: -a·R, (a·r/s)·Q, and in the end (sum of a·z/s)·G.
 *
 * a = 2·A + 1 for 128 random bits A, so R is multiplied by -a = 2·k' - (2^129 - 1) (glv.h), with k'
 * = (2^129 - 1 - a)/2 = 2^128 - 1 - A, the complement of A. */
#include <string.h>

#include "host/src/recover/lanes/combination.h"
#include "host/src/recover/lanes/rows.h"
#include "host/src/recover/tables.h"

/* a + b of canonical numbers, canonical. */
static void add(struct hyp_scalar *r, const struct hyp_scalar *a, const struct hyp_scalar *b)
{
    static const uint64_t zero[5] = {0};
    struct hyp_scalar sum;

    for (int i = 0; i < 5; i++) {
        sum.n[i] = vector_add(a->n[i], b->n[i]);
    }
    hyp_scalar_add_constant(&sum, &sum, zero, 0); /* carries */
    hyp_scalar_canonical(r, &sum);
}

/* --- points --------------------------------------------------------------------------------- */

/* Points of the first `count` lanes of a block, canonical, to rows TERMS_EACH apart. */
static void store_points(hyp_point_row *row, unsigned count, const struct hyp_point *point)
{
    for (unsigned k = 0; k < FE_VECTORS && k * VECTOR_LANES < count; k++) {
        unsigned left = count - k * VECTOR_LANES;
        vector words[8];
        void *place[VECTOR_LANES];

        rows_limbs_to_words(words, point->x.n[k]);
        rows_limbs_to_words(words + 4, point->y.n[k]);
        left = left < VECTOR_LANES ? left : VECTOR_LANES;
        for (unsigned lane = 0; lane < left; lane++) {
            place[lane] = row[(size_t)(k * VECTOR_LANES + lane) * TERMS_EACH];
        }
        rows_store(place, left, words);
    }
}

/* Keys of a block: big-endian to limbs; lanes beyond count repeat the first key. */
static void load_keys(struct hyp_point *point, const uint8_t (*keys)[64], unsigned count)
{
    for (unsigned k = 0; k < FE_VECTORS; k++) {
        const void *row[VECTOR_LANES];
        vector words[8];
        vector swapped[8];

        for (unsigned lane = 0; lane < VECTOR_LANES; lane++) {
            row[lane] = keys[k * VECTOR_LANES + lane < count ? k * VECTOR_LANES + lane : 0];
        }
        rows_load(words, row);
        for (unsigned i = 0; i < 8; i++) {
            swapped[i] = vector_swap_bytes(words[i < 4 ? 3 - i : 11 - i]);
        }
        rows_words_to_limbs(point->x.n[k], swapped);
        rows_words_to_limbs(point->y.n[k], swapped + 4);
    }
}

/* Lanes whose number, below 2^256, is not below p. */
static unsigned too_large(const struct hyp_fe *a)
{
    struct hyp_fe canonical;
    struct fe_mask differs;

    hyp_fe_canonical(&canonical, a);
    FE_EACH_VECTOR(k)
    {
        vector any = vector_zero();
        FE_EACH_LIMB(i)
        {
            any = vector_or(any, vector_xor(canonical.n[k][i], a->n[k][i]));
        }
        differs.m[k] = vector_any(any, any);
    }
    return block_mask(differs);
}

static unsigned not_on_curve(const struct hyp_point *point)
{
    struct hyp_fe left;
    struct hyp_fe right;

    hyp_fe_square(&left, &point->y);
    hyp_point_curve_square(&right, &point->x);
    return (hyp_block_mask)~block_mask(hyp_fe_is_equal(&left, &right));
}

/* λ·(x, y) = (β·x, y) */
static void times_lambda(struct hyp_point *result, const struct hyp_point *point)
{
    struct hyp_fe factor;

    fe_set(&factor, hyp_glv_beta);
    hyp_fe_multiply(&result->x, &point->x, &factor);
    hyp_fe_canonical(&result->x, &result->x);
    result->y = point->y;
}

/* Rows R, Q, λ·Q of a block's items, `row` the first. False where there is no R or Q. */
static bool read_points(hyp_point_row *row, const struct hyp_recover_block *block,
                        const uint8_t (*keys)[64], unsigned count)
{
    const unsigned used = (1u << count) - 1;
    struct hyp_point point = {block->x, block->y};
    unsigned bad = block->bad_input | block->bad_recid | block->bad_r | block->bad_s |
                   block->high_s | block->x_too_large | block->not_on_curve;

    hyp_fe_canonical(&point.y, &point.y);
    store_points(row, count, &point);
    load_keys(&point, keys, count);
    bad |= too_large(&point.x) | too_large(&point.y) | not_on_curve(&point);
    store_points(row + 1, count, &point);
    times_lambda(&point, &point);
    store_points(row + 2, count, &point);
    return !(bad & used);
}

/* --- scalars -------------------------------------------------------------------------------- */

/* a of the first `count` lanes, and 0 in the others; stores what their R are multiplied by. */
static void read_coefficients(struct hyp_scalar *a, uint64_t (*scalar)[4],
                              const uint8_t (*coefficients)[16], unsigned count)
{
    uint64_t words[3][VECTOR_LANES] = {{0}};
    vector ascending[4];

    for (unsigned lane = 0; lane < count; lane++) {
        uint64_t random[2];
        memcpy(random, coefficients[lane], sizeof random);
        words[0][lane] = random[0] << 1 | 1;
        words[1][lane] = random[1] << 1 | random[0] >> 63;
        words[2][lane] = random[1] >> 63;
        const uint64_t of_r[4] = {~random[0], ~random[1], 0, 0};
        memcpy(scalar[(size_t)lane * TERMS_EACH], of_r, sizeof of_r);
    }
    for (int i = 0; i < 3; i++) {
        ascending[i] = vector_load(words[i]);
    }
    ascending[3] = vector_zero();
    rows_words_to_limbs(a->n, ascending);
}

/* The halves of up to VECTOR_LANES scalars; those of a lane lie side by side. */
static void store_halves(uint64_t (*scalar)[4], unsigned count, const struct hyp_glv_half half[2])
{
    vector words[8] = {half[0].word[0], half[0].word[1], half[0].word[2], vector_zero(),
                       half[1].word[0], half[1].word[1], half[1].word[2], vector_zero()};
    void *place[VECTOR_LANES];

    for (unsigned lane = 0; lane < count; lane++) {
        place[lane] = scalar[(size_t)lane * TERMS_EACH];
    }
    rows_store(place, count, words);
}

/* Scalars of the first `count` lanes of vector v, `scalar` that of the first R. s is inverted. */
static void read_scalars(struct hyp_combination *c, const struct hyp_recover_workspace *w,
                         unsigned v, uint64_t (*scalar)[4], const uint8_t (*coefficients)[16],
                         unsigned count)
{
    struct hyp_glv_half half[2];
    struct hyp_scalar factor;
    struct hyp_scalar a;
    struct hyp_scalar u;

    read_coefficients(&a, scalar, coefficients, count);
    hyp_scalar_set(&factor, hyp_scalar_two_520);
    hyp_scalar_montgomery(&a, &a, &factor);
    hyp_scalar_montgomery(&a, &a, &w->s[v]); /* 2^260·a/s */
    hyp_scalar_montgomery(&u, &a, &w->hash[v]);
    hyp_scalar_canonical(&u, &u);
    add(&c->of_g, &c->of_g, &u);
    hyp_scalar_montgomery(&u, &a, &w->r[v]);
    hyp_scalar_canonical(&u, &u);
    hyp_glv_split(half, &u);
    store_halves(scalar + 1, count, half);
}

/* --- the equation --------------------------------------------------------------------------- */

void hyp_equation_begin(struct hyp_combination *c)
{
    static const uint64_t zero[5] = {0};
    struct hyp_point g;

    c->terms = TERMS_OF_G;
    c->rows = MOST_TERMS;
    c->free_rows = 0;
    c->sums.count = 0;
    c->doubles.count = 0;
    hyp_scalar_set(&c->of_g, zero);
    fe_set(&g.x, &hyp_recover_table[0][0][0]);
    fe_set(&g.y, &hyp_recover_table[0][0][4]);
    store_points(&c->row[0], 1, &g);
    times_lambda(&g, &g);
    store_points(&c->row[1], 1, &g);
}

bool hyp_equation_read(struct hyp_combination *c, struct hyp_recover_workspace *w,
                       const hyp_ecrecover_descriptor *items, const uint8_t (*keys)[64],
                       const uint8_t (*coefficients)[16], unsigned count, uint32_t flags)
{
    unsigned blocks = (count + FE_LANES - 1) / FE_LANES;
    bool good = true;

    hyp_recover_read_items(w, items, count, blocks, flags);
    hyp_recover_points(w, blocks);
    hyp_scalar_invert_all(w->s, w->scratch, blocks * FE_VECTORS);
    for (unsigned first = 0; first < count; first += FE_LANES) {
        unsigned used = count - first < FE_LANES ? count - first : FE_LANES;
        good &= read_points(&c->row[c->terms + first * TERMS_EACH], &w->block[first / FE_LANES],
                            keys + first, used);
    }
    for (unsigned first = 0; first < count; first += VECTOR_LANES) {
        unsigned used = count - first < VECTOR_LANES ? count - first : VECTOR_LANES;
        read_scalars(c, w, first / VECTOR_LANES, &c->scalar[c->terms + first * TERMS_EACH],
                     coefficients + first, used);
    }
    c->terms += count * TERMS_EACH;
    return good;
}

void hyp_equation_finish(struct hyp_combination *c)
{
    struct hyp_glv_half half[2];
    struct hyp_scalar other;

    for (int distance = VECTOR_LANES / 2; distance > 0; distance /= 2) {
        for (int i = 0; i < 5; i++) {
            other.n[i] = vector_swap(c->of_g.n[i], distance);
        }
        add(&c->of_g, &c->of_g, &other);
    }
    hyp_glv_split(half, &c->of_g);
    store_halves(&c->scalar[0], 1, half);
    for (unsigned t = 0; t < c->terms; t++) {
        c->tag[t] = (uint32_t)c->row[t][0];
    }
}
