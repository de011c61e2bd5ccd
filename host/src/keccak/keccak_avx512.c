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

static inline bool all_whole(const struct hyp_keccak_lanes *lanes)
{
    bool whole = lanes->active == 0xff;

    for (unsigned lane = 0; lane < WIDTH; lane++) {
        whole = whole & (lanes->left[lane] >= HYP_KECCAK_RATE);
    }
    return whole;
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

static inline void store_transposed(uint64_t (*lanes)[8], const __m512i rows[WIDTH])
{
    __m512i columns[WIDTH];

    transpose(rows, columns);
    for (unsigned i = 0; i < WIDTH; i++) {
        _mm512_store_si512(lanes[i], columns[i]);
    }
}

/* The next block of eight messages that all have a whole one. */
static inline void prepare_whole(const struct hyp_keccak_lanes *lanes,
                                 struct hyp_keccak_x8_block *block)
{
    __m512i rows[WIDTH];
    __m128i last[WIDTH];

    for (unsigned lane = 0; lane < WIDTH; lane++) {
        rows[lane] = _mm512_loadu_si512(lanes->message[lane]);
    }
    store_transposed(block->lanes, rows);
    for (unsigned lane = 0; lane < WIDTH; lane++) {
        rows[lane] = _mm512_loadu_si512(lanes->message[lane] + 64);
        last[lane] = _mm_loadl_epi64((const __m128i *)(const void *)(lanes->message[lane] + 128));
    }
    store_transposed(block->lanes + 8, rows);
    _mm512_store_si512(block->lanes[16], combine(last));
}

/* The next block of every active message, transposed. */
static void prepare_block(const struct hyp_keccak_lanes *lanes, struct hyp_keccak_x8_block *block)
{
    struct blocks blocks;

    if (all_whole(lanes)) {
        prepare_whole(lanes, block);
        return;
    }
    load_blocks(lanes, &blocks);
    store_transposed(block->lanes, blocks.low);
    store_transposed(block->lanes + 8, blocks.high);
    _mm512_store_si512(block->lanes[16], combine(blocks.last));
}

/* What one permutation works on. */
struct step {
    struct hyp_keccak_x8_block block;
    unsigned active;
    unsigned fresh;
    unsigned ended; /* lanes whose message ends with this block */
    uint8_t *digest[WIDTH];
};

/* Takes the next block of every active message; lanes whose message ends go on to the next one. */
static void prepare_step(struct hyp_keccak_lanes *lanes, struct step *step)
{
    step->active = lanes->active;
    if (!lanes->active) {
        return;
    }
    prepare_block(lanes, &step->block);
    step->fresh = lanes->fresh;
    step->ended = hyp_keccak_lanes_advance(lanes);
    for (unsigned ended = step->ended; ended; ended &= ended - 1) {
        unsigned lane = (unsigned)__builtin_ctz(ended);
        step->digest[lane] = lanes->digest[lane];
        hyp_keccak_lanes_refill(lanes, lane);
    }
}

static void write_ended(const struct step *step, const struct hyp_keccak_x8 *states)
{
    for (unsigned ended = step->ended; ended; ended &= ended - 1) {
        unsigned lane = (unsigned)__builtin_ctz(ended);
        for (unsigned i = 0; i < HYP_KECCAK_DIGEST_SIZE / 8; i++) {
            memcpy(step->digest[lane] + 8 * (size_t)i, &states->lanes[i][lane], 8);
        }
    }
}

/* Messages of any lengths. Each step is prepared before the permutation of the one before it, so
 * that the CPU can do the loads and transposes while that gets going. */
static void hash_any(const struct hyp_keccak_items *items)
{
    struct hyp_keccak_lanes lanes;
    struct hyp_keccak_x8 states;
    struct step steps[2];
    unsigned now = 0;

    memset(&states, 0, sizeof states);
    hyp_keccak_lanes_init(&lanes, items, WIDTH);
    prepare_step(&lanes, &steps[0]);
    while (steps[now].active) {
        prepare_step(&lanes, &steps[1 - now]);
        hyp_keccak_f1600x8(&states, &steps[now].block, ~steps[now].fresh);
        write_ended(&steps[now], &states);
        now = 1 - now;
    }
}

/* Eight messages of less than a block. */
struct group {
    _Alignas(64) const uint8_t *message[WIDTH];
    _Alignas(64) size_t length[WIDTH];
    uint8_t *digest[WIDTH];
};

/* Takes the next eight items if all of them are to be hashed, their descriptors read as two
 * registers. */
static inline bool take_full_group(const struct hyp_keccak_items *items, size_t *next,
                                   struct group *group)
{
    const __m512i even = _mm512_setr_epi64(0, 2, 4, 6, 8, 10, 12, 14);
    const __m512i odd = _mm512_setr_epi64(1, 3, 5, 7, 9, 11, 13, 15);
    size_t first = *next;
    uint64_t statuses;

    if (items->count - first < WIDTH) {
        return false;
    }
    memcpy(&statuses, items->statuses + first, sizeof statuses);
    if (statuses != 0) {
        return false;
    }
    __m512i low = _mm512_loadu_si512(items->descriptors + first);
    __m512i high = _mm512_loadu_si512(items->descriptors + first + WIDTH / 2);
    __m512i offset = _mm512_permutex2var_epi64(low, even, high);
    __m512i length = _mm512_permutex2var_epi64(low, odd, high); /* and flags, which are 0 */
    __m512i input = _mm512_set1_epi64((long long)(uintptr_t)items->input);
    _mm512_store_si512(group->message, _mm512_add_epi64(offset, input));
    _mm512_store_si512(group->length, length);
    for (unsigned i = 0; i < WIDTH; i++) {
        group->digest[i] = items->digests + (first + i) * HYP_KECCAK_DIGEST_SIZE;
    }
    *next = first + WIDTH;
    return true;
}

/* Takes the next eight messages; false if there is none. A place that is left over hashes nothing
 * into `unused`. */
static inline bool take_group(const struct hyp_keccak_items *items, size_t *next,
                              struct group *group, uint8_t *unused)
{
    unsigned taken = 0;
    size_t item;

    if (take_full_group(items, next, group)) {
        return true;
    }
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

/* Lanes 0 … 16 of states whose blocks end within the ninth, which is `ninth` in all of them. */
static inline void add_short(struct hyp_keccak_x8 *states, const __m512i low[WIDTH], __m512i ninth)
{
    store_transposed(states->lanes, low);
    _mm512_store_si512(states->lanes[8], ninth);
    for (unsigned i = 9; i < 16; i++) {
        _mm512_store_si512(states->lanes[i], _mm512_setzero_si512());
    }
    _mm512_store_si512(states->lanes[16], _mm512_set1_epi64((long long)pad_end));
}

static inline void add_long(struct hyp_keccak_x8 *states, const struct group *group)
{
    struct blocks blocks;

    for (unsigned i = 0; i < WIDTH; i++) {
        load_last_block(group->message[i], group->length[i], &blocks, i);
    }
    store_transposed(states->lanes, blocks.low);
    store_transposed(states->lanes + 8, blocks.high);
    _mm512_store_si512(states->lanes[16], combine(blocks.last));
}

/* Lanes 0 … 16 of states whose only block is the group's messages. Most are short, 64 bytes above
 * all (two words: the key of a mapping), and lanes behind the messages need no transposing. */
static inline void absorb_group(const struct group *group, struct hyp_keccak_x8 *states)
{
    const __m512i full = _mm512_set1_epi64(64);
    __m512i length = _mm512_load_si512(group->length);
    __m512i low[WIDTH];

    if (_mm512_cmpeq_epu64_mask(length, full) == 0xff) {
        for (unsigned i = 0; i < WIDTH; i++) {
            low[i] = _mm512_loadu_si512(group->message[i]);
        }
        add_short(states, low, _mm512_set1_epi64(1));
    } else if (_mm512_cmplt_epu64_mask(length, full) == 0xff) {
        for (unsigned i = 0; i < WIDTH; i++) {
            low[i] = load_padded(group->message[i], group->length[i]);
        }
        add_short(states, low, _mm512_setzero_si512());
    } else {
        add_long(states, group);
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

/* Messages of less than a block each. Prepared one group ahead, as in hash_any. */
static void hash_short(const struct hyp_keccak_items *items)
{
    struct hyp_keccak_x8 states[2];
    struct group groups[2];
    _Alignas(64) uint64_t digest[4][8];
    uint8_t unused[HYP_KECCAK_DIGEST_SIZE];
    size_t next = 0;
    unsigned now = 0;

    memset(states, 0, sizeof states);
    bool more = take_group(items, &next, &groups[0], unused);
    if (more) {
        absorb_group(&groups[0], &states[0]);
    }
    while (more) {
        more = take_group(items, &next, &groups[1 - now], unused);
        if (more) {
            absorb_group(&groups[1 - now], &states[1 - now]);
        }
        hyp_keccak_f1600x8_digest(&states[now], digest);
        write_digests(&groups[now], digest);
        now = 1 - now;
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
