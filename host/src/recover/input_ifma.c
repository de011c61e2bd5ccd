/* From signatures to digits. */
#include "host/src/recover/batch_ifma.h"
#include "host/src/recover/lanes.h"

/* What is computed in lanes beyond the last item: r = 1 is a valid coordinate. */
static const hyp_ecrecover_descriptor harmless = {.hash = {1}, .r = {[31] = 1}, .s = {[31] = 1}};

/* Defined once, for the files that are not compiled for vectors; the same in both variants. */
#if defined(__AVX512IFMA__)
const size_t hyp_recover_workspace_size = sizeof(struct hyp_recover_workspace);
#endif

static inline __m512i splat(uint64_t x)
{
    return _mm512_set1_epi64((long long)x);
}

/* Reverses the bytes of every word. */
static inline __m512i swap_bytes(__m512i x)
{
    const __m512i order =
        _mm512_broadcast_i32x4(_mm_set_epi64x(0x08090a0b0c0d0e0f, 0x0001020304050607));

    return _mm512_shuffle_epi8(x, order);
}

/* Words of eight 32-byte big-endian numbers, the highest word first, to limbs. */
static void limbs_from_big_endian(struct hyp_scalar *r, const __m512i words[4])
{
    __m512i ascending[4];

    for (int i = 0; i < 4; i++) {
        ascending[i] = swap_bytes(words[3 - i]);
    }
    lanes_words_to_limbs(r->n, ascending);
}

struct group {
    struct hyp_scalar hash, r, s;
    __m512i recid;
    __mmask8 reserved_used;
};

/* One vector's signatures: rows to lanes. */
static void read_group(struct group *g, const hyp_ecrecover_descriptor *const item[8])
{
    const __m512i recid_byte = splat(0xff);
    __m512i first[8];
    __m512i second[8];

    for (int lane = 0; lane < 8; lane++) {
        const uint8_t *bytes = (const uint8_t *)item[lane];
        first[lane] = _mm512_loadu_si512(bytes);
        second[lane] = _mm512_loadu_si512(bytes + 64);
    }
    lanes_transpose(first);
    lanes_transpose(second);
    limbs_from_big_endian(&g->hash, first);
    limbs_from_big_endian(&g->r, first + 4);
    limbs_from_big_endian(&g->s, second);

    __m512i reserved =
        _mm512_or_si512(_mm512_andnot_si512(recid_byte, second[4]),
                        _mm512_or_si512(second[5], _mm512_or_si512(second[6], second[7])));
    g->reserved_used = _mm512_test_epi64_mask(reserved, reserved);
    g->recid = _mm512_and_si512(second[4], recid_byte);
}

static void set_mask(hyp_block_mask *mask, unsigned vector, __mmask8 lanes)
{
    *mask = (hyp_block_mask)(*mask | (unsigned)lanes << (8 * vector));
}

static void replace_by_one(struct hyp_scalar *a, __mmask8 lanes)
{
    for (int i = 0; i < 5; i++) {
        a->n[i] = _mm512_mask_mov_epi64(a->n[i], lanes, splat(i == 0));
    }
}

/* Every check that needs no curve. Where one fails r, s become one, so that nothing that follows
 * sees a zero. Leaves x = r, or r + n where recid asks for it. */
static void check_group(struct hyp_recover_block *block, unsigned vector, struct group *g,
                        uint32_t flags)
{
    __mmask8 bad_recid = _mm512_cmpgt_epu64_mask(g->recid, splat(3));
    __mmask8 bad_r = (__mmask8)(hyp_scalar_is_zero(&g->r) | ~hyp_scalar_below(&g->r, hyp_scalar_n));
    __mmask8 bad_s = (__mmask8)(hyp_scalar_is_zero(&g->s) | ~hyp_scalar_below(&g->s, hyp_scalar_n));
    __mmask8 plus_n = _mm512_test_epi64_mask(g->recid, splat(2));
    __mmask8 too_large = (__mmask8)(plus_n & ~hyp_scalar_below(&g->r, hyp_scalar_p_less_n));
    __mmask8 high_s = 0;
    struct hyp_scalar x;

    if (flags & HYP_ECRECOVER_LOW_S) {
        high_s = (__mmask8)~hyp_scalar_below(&g->s, hyp_scalar_half_n_plus_1);
    }
    set_mask(&block->bad_input, vector, g->reserved_used);
    set_mask(&block->bad_recid, vector, bad_recid);
    set_mask(&block->bad_r, vector, bad_r);
    set_mask(&block->bad_s, vector, bad_s);
    set_mask(&block->high_s, vector, high_s);
    set_mask(&block->x_too_large, vector, too_large);
    set_mask(&block->odd_y, vector, _mm512_test_epi64_mask(g->recid, splat(1)));

    replace_by_one(&g->r, bad_r | too_large);
    replace_by_one(&g->s, bad_s);
    hyp_scalar_add_constant(&x, &g->r, hyp_scalar_n, (__mmask8)(plus_n & ~too_large & ~bad_r));
    for (int i = 0; i < 5; i++) {
        block->x.n[vector][i] = x.n[i];
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
        const hyp_ecrecover_descriptor *item[8];
        struct group g;

        for (unsigned lane = 0; lane < 8; lane++) {
            unsigned index = b * FE_LANES + v * 8 + lane;
            item[lane] = index < count ? &items[index] : &harmless;
        }
        read_group(&g, item);
        check_group(block, v, &g, flags);
        w->r[b * FE_VECTORS + v] = g.r;
        w->s[b * FE_VECTORS + v] = g.s;
        w->hash[b * FE_VECTORS + v] = g.hash;
    }
}

/* u1 = -hash/r: of hash/r and its negative the odd one is cut into digits, see glv_ifma.h. The
 * negative of 0 is n, odd and as good as 0. */
static void cut_u1(struct hyp_recover_block *block, unsigned vector,
                   const struct hyp_scalar *quotient)
{
    struct hyp_scalar odd;
    struct hyp_scalar negated;
    __m512i words[4];

    hyp_scalar_canonical(&odd, quotient);
    hyp_scalar_negate(&negated, &odd);
    block->g_negative.m[vector] = _mm512_test_epi64_mask(odd.n[0], splat(1));
    for (int i = 0; i < 5; i++) {
        odd.n[i] = _mm512_mask_mov_epi64(negated.n[i], block->g_negative.m[vector], odd.n[i]);
    }
    /* (k + 2^256 - 1)/2 for odd k */
    lanes_limbs_to_words(words, odd.n);
    for (int i = 0; i < 4; i++) {
        __m512i above = i < 3 ? _mm512_slli_epi64(words[i + 1], 63) : splat(1ull << 63);
        block->quarter[vector][i] = _mm512_or_si512(_mm512_srli_epi64(words[i], 1), above);
    }
}

void hyp_recover_read(struct hyp_recover_workspace *w, const hyp_ecrecover_descriptor *items,
                      unsigned count, unsigned blocks, uint32_t flags)
{
    for (unsigned b = 0; b < blocks; b++) {
        read_block(w, b, items, count, flags);
    }
    hyp_scalar_invert_all(w->r, w->scratch, blocks * FE_VECTORS);
    for (unsigned i = 0; i < blocks * FE_VECTORS; i++) {
        struct hyp_recover_block *block = &w->block[i / FE_VECTORS];
        unsigned vector = i % FE_VECTORS;
        struct hyp_scalar u;

        hyp_scalar_montgomery(&u, &w->r[i], &w->hash[i]);
        cut_u1(block, vector, &u);
        hyp_scalar_montgomery(&u, &w->r[i], &w->s[i]);
        hyp_scalar_canonical(&u, &u);
        hyp_glv_split(block->half[vector], &u);
    }
}
