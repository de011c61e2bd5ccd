/* From signatures to digits. */
#include "host/src/recover/lanes/batch.h"
#include "host/src/recover/lanes/rows.h"

/* What is computed in lanes beyond the last item: r = 1 is a valid coordinate. */
static const hyp_ecrecover_descriptor harmless = {.hash = {1}, .r = {[31] = 1}, .s = {[31] = 1}};

/* Words of 32-byte big-endian numbers, the highest word first, to limbs. */
static void limbs_from_big_endian(struct hyp_scalar *r, const vector words[4])
{
    vector ascending[4];

    for (int i = 0; i < 4; i++) {
        ascending[i] = vector_swap_bytes(words[3 - i]);
    }
    rows_words_to_limbs(r->n, ascending);
}

struct group {
    struct hyp_scalar hash, r, s;
    vector recid;
    lane_mask reserved_used;
};

/* One vector's signatures: rows to lanes. */
static void read_group(struct group *g, const hyp_ecrecover_descriptor *const item[VECTOR_LANES])
{
    const vector recid_byte = vector_splat(0xff);
    const void *rows[VECTOR_LANES];
    vector first[8];
    vector second[8];

    for (int lane = 0; lane < VECTOR_LANES; lane++) {
        rows[lane] = item[lane];
    }
    rows_load(first, rows);
    for (int lane = 0; lane < VECTOR_LANES; lane++) {
        rows[lane] = (const uint8_t *)item[lane] + 64;
    }
    rows_load(second, rows);
    limbs_from_big_endian(&g->hash, first);
    limbs_from_big_endian(&g->r, first + 4);
    limbs_from_big_endian(&g->s, second);

    vector reserved = vector_or(vector_and_not(recid_byte, second[4]),
                                vector_or(second[5], vector_or(second[6], second[7])));
    g->reserved_used = vector_any(reserved, reserved);
    g->recid = vector_and(second[4], recid_byte);
}

static void set_mask(hyp_block_mask *mask, unsigned v, lane_mask lanes)
{
    *mask = (hyp_block_mask)(*mask | (unsigned)(lanes & VECTOR_ALL) << (VECTOR_LANES * v));
}

static void replace_by_one(struct hyp_scalar *a, lane_mask lanes)
{
    for (int i = 0; i < 5; i++) {
        a->n[i] = vector_select(a->n[i], lanes, vector_splat(i == 0));
    }
}

/* Every check that needs no curve. Where one fails r, s become one, so that nothing that follows
 * sees a zero. Leaves x = r, or r + n where recid asks for it. */
static void check_group(struct hyp_recover_block *block, unsigned v, struct group *g,
                        uint32_t flags)
{
    lane_mask bad_recid = vector_is_above(g->recid, vector_splat(3));
    lane_mask bad_r =
        (lane_mask)(hyp_scalar_is_zero(&g->r) | ~hyp_scalar_below(&g->r, hyp_scalar_n));
    lane_mask bad_s =
        (lane_mask)(hyp_scalar_is_zero(&g->s) | ~hyp_scalar_below(&g->s, hyp_scalar_n));
    lane_mask plus_n = vector_any(g->recid, vector_splat(2));
    lane_mask too_large = (lane_mask)(plus_n & ~hyp_scalar_below(&g->r, hyp_scalar_p_less_n));
    lane_mask high_s = 0;
    struct hyp_scalar x;

    if (flags & HYP_ECRECOVER_LOW_S) {
        high_s = (lane_mask)~hyp_scalar_below(&g->s, hyp_scalar_half_n_plus_1);
    }
    set_mask(&block->bad_input, v, g->reserved_used);
    set_mask(&block->bad_recid, v, bad_recid);
    set_mask(&block->bad_r, v, bad_r);
    set_mask(&block->bad_s, v, bad_s);
    set_mask(&block->high_s, v, high_s);
    set_mask(&block->x_too_large, v, too_large);
    set_mask(&block->odd_y, v, vector_any(g->recid, vector_splat(1)));

    replace_by_one(&g->r, bad_r | too_large);
    replace_by_one(&g->s, bad_s);
    hyp_scalar_add_constant(&x, &g->r, hyp_scalar_n, (lane_mask)(plus_n & ~too_large & ~bad_r));
    for (int i = 0; i < 5; i++) {
        block->x.n[v][i] = x.n[i];
    }
}

/* Signatures of one block; lanes beyond `count` get a harmless one. */
static void read_block(struct hyp_recover_workspace *w, unsigned b,
                       const hyp_ecrecover_descriptor *items, unsigned count, uint32_t flags)
{
    struct hyp_recover_block *block = &w->block[b];

    block->bad_input = block->bad_recid = block->bad_r = block->bad_s = 0;
    block->high_s = block->x_too_large = block->odd_y = 0;
    for (unsigned v = 0; v < FE_VECTORS; v++) {
        const hyp_ecrecover_descriptor *item[VECTOR_LANES];
        struct group g;

        for (unsigned lane = 0; lane < VECTOR_LANES; lane++) {
            unsigned index = b * FE_LANES + v * VECTOR_LANES + lane;
            item[lane] = index < count ? &items[index] : &harmless;
        }
        read_group(&g, item);
        check_group(block, v, &g, flags);
        w->r[b * FE_VECTORS + v] = g.r;
        w->s[b * FE_VECTORS + v] = g.s;
        w->hash[b * FE_VECTORS + v] = g.hash;
    }
}

/* u1 = -hash/r: of hash/r and its negative the odd one is cut into digits, see glv.h. The
 * negative of 0 is n, odd and as good as 0. */
static void cut_u1(struct hyp_recover_block *block, unsigned v, const struct hyp_scalar *quotient)
{
    struct hyp_scalar odd;
    struct hyp_scalar negated;
    vector words[4];

    hyp_scalar_canonical(&odd, quotient);
    hyp_scalar_negate(&negated, &odd);
    block->g_negative.m[v] = vector_any(odd.n[0], vector_splat(1));
    for (int i = 0; i < 5; i++) {
        odd.n[i] = vector_select(negated.n[i], block->g_negative.m[v], odd.n[i]);
    }
    /* (k + 2^256 - 1)/2 for odd k */
    rows_limbs_to_words(words, odd.n);
    for (int i = 0; i < 4; i++) {
        vector above = i < 3 ? vector_left(words[i + 1], 63) : vector_splat(1ull << 63);
        block->quarter[v][i] = vector_or(vector_right(words[i], 1), above);
    }
}

void hyp_recover_read_items(struct hyp_recover_workspace *w, const hyp_ecrecover_descriptor *items,
                            unsigned count, unsigned blocks, uint32_t flags)
{
    for (unsigned b = 0; b < blocks; b++) {
        read_block(w, b, items, count, flags);
    }
}

void hyp_recover_read(struct hyp_recover_workspace *w, const hyp_ecrecover_descriptor *items,
                      unsigned count, unsigned blocks, uint32_t flags)
{
    hyp_recover_read_items(w, items, count, blocks, flags);
    hyp_scalar_invert_all(w->r, w->scratch, blocks * FE_VECTORS);
    for (unsigned i = 0; i < blocks * FE_VECTORS; i++) {
        struct hyp_recover_block *block = &w->block[i / FE_VECTORS];
        unsigned v = i % FE_VECTORS;
        struct hyp_scalar u;

        hyp_scalar_montgomery(&u, &w->r[i], &w->hash[i]);
        cut_u1(block, v, &u);
        hyp_scalar_montgomery(&u, &w->r[i], &w->s[i]);
        hyp_scalar_canonical(&u, &u);
        hyp_glv_split(block->half[v], &u);
    }
}
