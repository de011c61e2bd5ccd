/* Keccak-256 of a batch, eight messages at once, with AVX-512 (F, BW, DQ, VL).
 *
 * Blocks are read straight from the messages with byte masks and padded in registers; the loads of
 * eight messages are transposed, because the permutation wants lane i of all eight states in one
 * register. Masked-out bytes are never touched, so a message may end at the end of its page. */
#include <immintrin.h>
#include <stdbool.h>
#include <string.h>

#include "host/src/keccak/keccak_f1600x8.h"
#include "host/src/keccak/keccak_lanes.h"

#define WIDTH 8

/* The last byte of the padding, as bit 63 of the block's last lane. */
static const uint64_t pad_end = UINT64_C(1) << 63;

/* One block of each of eight messages, as loaded: bytes 0 … 63, 64 … 127, 128 … 135. */
struct blocks {
    __m512i low[WIDTH];
    __m512i high[WIDTH];
    __m128i last[WIDTH];
};

/* Rows become columns. */
static inline void transpose(const __m512i rows[WIDTH], __m512i columns[WIDTH])
{
    __m512i pairs[WIDTH];
    __m512i quads[WIDTH];

    for (int i = 0; i < WIDTH; i += 2) {
        pairs[i] = _mm512_unpacklo_epi64(rows[i], rows[i + 1]);
        pairs[i + 1] = _mm512_unpackhi_epi64(rows[i], rows[i + 1]);
    }
    for (int i = 0; i < WIDTH; i += 4) {
        for (int k = 0; k < 2; k++) {
            quads[i + k] = _mm512_shuffle_i64x2(pairs[i + k], pairs[i + k + 2], 0x88);
            quads[i + k + 2] = _mm512_shuffle_i64x2(pairs[i + k], pairs[i + k + 2], 0xdd);
        }
    }
    for (int i = 0; i < 4; i++) {
        columns[i] = _mm512_shuffle_i64x2(quads[i], quads[i + 4], 0x88);
        columns[i + 4] = _mm512_shuffle_i64x2(quads[i], quads[i + 4], 0xdd);
    }
}

/* Bytes [0, length) of 64, and the padding's first byte behind them if it falls among the 64. */
static inline __m512i load_padded(const uint8_t *bytes, size_t length)
{
    if (length >= 64) {
        return _mm512_loadu_si512(bytes);
    }
    __mmask64 pad = UINT64_C(1) << length;
    return _mm512_mask_mov_epi8(_mm512_maskz_loadu_epi8(pad - 1, bytes), pad, _mm512_set1_epi8(1));
}

static inline void load_last_block(const uint8_t *message, size_t length, struct blocks *blocks,
                                   unsigned lane)
{
    blocks->low[lane] = load_padded(message, length);
    blocks->high[lane] =
        length < 64 ? _mm512_setzero_si512() : load_padded(message + 64, length - 64);
    __m128i last = _mm_setzero_si128();
    if (length >= 128) {
        __mmask16 pad = (__mmask16)(1u << (length - 128));
        last = _mm_maskz_loadu_epi8((__mmask16)(pad - 1), message + 128);
        last = _mm_mask_mov_epi8(last, pad, _mm_set1_epi8(1));
    }
    blocks->last[lane] = _mm_or_si128(last, _mm_cvtsi64_si128((long long)pad_end));
}

static inline void load_whole_block(const uint8_t *message, struct blocks *blocks, unsigned lane)
{
    blocks->low[lane] = _mm512_loadu_si512(message);
    blocks->high[lane] = _mm512_loadu_si512(message + 64);
    blocks->last[lane] = _mm_loadl_epi64((const __m128i *)(const void *)(message + 128));
}

static inline void load_nothing(struct blocks *blocks, unsigned lane)
{
    blocks->low[lane] = _mm512_setzero_si512();
    blocks->high[lane] = _mm512_setzero_si512();
    blocks->last[lane] = _mm_setzero_si128();
}

/* The low halves of eight registers as one. */
static inline __m512i combine(const __m128i parts[WIDTH])
{
    __m256i half[2];

    for (int i = 0; i < 2; i++) {
        const __m128i *part = parts + 4 * (size_t)i;
        half[i] =
            _mm256_inserti128_si256(_mm256_castsi128_si256(_mm_unpacklo_epi64(part[0], part[1])),
                                    _mm_unpacklo_epi64(part[2], part[3]), 1);
    }
    return _mm512_inserti64x4(_mm512_castsi256_si512(half[0]), half[1], 1);
}

/* Adds eight lanes of the blocks to the states, from lane `first` on. */
static inline void add_lanes(struct hyp_keccak_x8 *states, unsigned first, const __m512i *words,
                             unsigned count, __mmask8 keep)
{
    for (unsigned i = 0; i < count; i++) {
        uint64_t *lane = states->lanes[first + i];
        __m512i before =
            keep == 0xff ? _mm512_load_si512(lane) : _mm512_maskz_loadu_epi64(keep, lane);
        _mm512_store_si512(lane, _mm512_xor_si512(before, words[i]));
    }
}

/* Adds the blocks to the states, of which only those in `keep` are not zero before. Inlined with a
 * constant 0xff where no message is fresh. */
static inline void add_blocks(struct hyp_keccak_x8 *states, const struct blocks *blocks,
                              __mmask8 keep)
{
    __m512i words[WIDTH];

    transpose(blocks->low, words);
    add_lanes(states, 0, words, WIDTH, keep);
    transpose(blocks->high, words);
    add_lanes(states, 8, words, WIDTH, keep);
    words[0] = combine(blocks->last);
    add_lanes(states, 16, words, 1, keep);
    for (unsigned i = HYP_KECCAK_RATE_LANES; keep != 0xff && i < HYP_KECCAK_LANES; i++) {
        _mm512_store_si512(states->lanes[i], _mm512_maskz_loadu_epi64(keep, states->lanes[i]));
    }
}

static inline void load_blocks(const struct hyp_keccak_lanes *lanes, struct blocks *blocks)
{
    for (unsigned lane = 0; lane < WIDTH; lane++) {
        if (!(lanes->active & 1u << lane)) {
            load_nothing(blocks, lane);
        } else if (lanes->left[lane] >= HYP_KECCAK_RATE) {
            load_whole_block(lanes->message[lane], blocks, lane);
        } else {
            load_last_block(lanes->message[lane], lanes->left[lane], blocks, lane);
        }
    }
}

static inline bool all_whole(const struct hyp_keccak_lanes *lanes)
{
    bool whole = lanes->active == 0xff;

    for (unsigned lane = 0; lane < WIDTH; lane++) {
        whole = whole & (lanes->left[lane] >= HYP_KECCAK_RATE);
    }
    return whole;
}

/* Adds the next block of every active message to its state. */
static void absorb(const struct hyp_keccak_lanes *lanes, struct hyp_keccak_x8 *states)
{
    struct blocks blocks;
    __mmask8 keep = (__mmask8)~lanes->fresh;

    if (all_whole(lanes)) {
        for (unsigned lane = 0; lane < WIDTH; lane++) {
            load_whole_block(lanes->message[lane], &blocks, lane);
        }
    } else {
        load_blocks(lanes, &blocks);
    }
    if (keep == 0xff) {
        add_blocks(states, &blocks, 0xff);
    } else {
        add_blocks(states, &blocks, keep);
    }
}

/* Messages of any lengths. */
static void hash_any(const struct hyp_keccak_items *items)
{
    struct hyp_keccak_lanes lanes;
    struct hyp_keccak_x8 states;

    memset(&states, 0, sizeof states);
    hyp_keccak_lanes_init(&lanes, items, WIDTH);
    while (lanes.active) {
        absorb(&lanes, &states);
        hyp_keccak_f1600x8(&states);
        unsigned ended = hyp_keccak_lanes_advance(&lanes);
        for (; ended; ended &= ended - 1) {
            unsigned lane = (unsigned)__builtin_ctz(ended);
            for (unsigned i = 0; i < HYP_KECCAK_DIGEST_SIZE / 8; i++) {
                memcpy(lanes.digest[lane] + 8 * (size_t)i, &states.lanes[i][lane], 8);
            }
            hyp_keccak_lanes_refill(&lanes, lane);
        }
    }
}

/* Eight messages of less than a block. */
struct group {
    const uint8_t *message[WIDTH];
    size_t length[WIDTH];
    uint8_t *digest[WIDTH];
};

/* Takes the next eight messages; false if there is none. A place that is left over hashes nothing
 * into `unused`. */
static inline bool take_group(const struct hyp_keccak_items *items, size_t *next,
                              struct group *group, uint8_t *unused)
{
    unsigned taken = 0;
    size_t item;

    while (taken < WIDTH && hyp_keccak_next_item(items, next, &item)) {
        group->message[taken] = items->input + items->descriptors[item].offset;
        group->length[taken] = items->descriptors[item].length;
        group->digest[taken] = items->digests + item * HYP_KECCAK_DIGEST_SIZE;
        taken++;
    }
    if (taken == 0) {
        return false;
    }
    for (; taken < WIDTH; taken++) {
        group->message[taken] = unused;
        group->length[taken] = 0;
        group->digest[taken] = unused;
    }
    return true;
}

/* Lanes 0 … 16 of states whose only block is the group's messages. Most blocks are short, and the
 * lanes behind the longest message are the same in all: they need no transposing. */
static inline void absorb_group(const struct group *group, struct hyp_keccak_x8 *states)
{
    struct blocks blocks;
    __m512i words[HYP_KECCAK_RATE_LANES];
    size_t any = 0; /* every bit that some length has */
    bool all_64 = true;

    for (unsigned i = 0; i < WIDTH; i++) {
        any |= group->length[i];
        all_64 = all_64 && group->length[i] == 64;
    }
    for (unsigned i = 0; i < WIDTH; i++) {
        load_last_block(group->message[i], group->length[i], &blocks, i);
    }
    transpose(blocks.low, words);
    if (any < 64 || all_64) {
        words[8] = all_64 ? _mm512_set1_epi64(1) : _mm512_setzero_si512();
        for (unsigned i = 9; i < 16; i++) {
            words[i] = _mm512_setzero_si512();
        }
    } else {
        transpose(blocks.high, words + 8);
    }
    words[16] = any < 128 ? _mm512_set1_epi64((long long)pad_end) : combine(blocks.last);
    for (unsigned i = 0; i < HYP_KECCAK_RATE_LANES; i++) {
        _mm512_store_si512(states->lanes[i], words[i]);
    }
}

static inline void write_digests(const struct group *group, uint64_t digest[4][8])
{
    __m512i lane[4];

    for (unsigned i = 0; i < 4; i++) {
        lane[i] = _mm512_load_si512(digest[i]);
    }
    __m512i even_low = _mm512_unpacklo_epi64(lane[0], lane[1]);
    __m512i even_high = _mm512_unpacklo_epi64(lane[2], lane[3]);
    __m512i odd_low = _mm512_unpackhi_epi64(lane[0], lane[1]);
    __m512i odd_high = _mm512_unpackhi_epi64(lane[2], lane[3]);
    const __m512i first_half = _mm512_setr_epi64(0, 1, 8, 9, 2, 3, 10, 11);
    const __m512i second_half = _mm512_setr_epi64(4, 5, 12, 13, 6, 7, 14, 15);
    const __m512i pairs[4] = {
        /* messages 0, 2 | 1, 3 | 4, 6 | 5, 7 */
        _mm512_permutex2var_epi64(even_low, first_half, even_high),
        _mm512_permutex2var_epi64(odd_low, first_half, odd_high),
        _mm512_permutex2var_epi64(even_low, second_half, even_high),
        _mm512_permutex2var_epi64(odd_low, second_half, odd_high),
    };
    for (unsigned i = 0; i < 4; i++) {
        unsigned message = (i & 1) + 4 * (i >> 1);
        _mm256_storeu_si256((__m256i *)(void *)group->digest[message],
                            _mm512_castsi512_si256(pairs[i]));
        _mm256_storeu_si256((__m256i *)(void *)group->digest[message + 2],
                            _mm512_extracti64x4_epi64(pairs[i], 1));
    }
}

/* Messages of less than a block each. */
static void hash_short(const struct hyp_keccak_items *items)
{
    struct hyp_keccak_x8 states;
    struct group group;
    _Alignas(64) uint64_t digest[4][8];
    uint8_t unused[HYP_KECCAK_DIGEST_SIZE];
    size_t next = 0;

    memset(&states, 0, sizeof states);
    while (take_group(items, &next, &group, unused)) {
        absorb_group(&group, &states);
        hyp_keccak_f1600x8_digest(&states, digest);
        write_digests(&group, digest);
    }
}

void hyp_keccak_items_avx512(const struct hyp_keccak_items *items)
{
    if (items->longest < HYP_KECCAK_RATE) {
        hash_short(items);
    } else {
        hash_any(items);
    }
}
