/* Keccak-256 of a batch, four messages at once, with AVX2. */
#include <immintrin.h>
#include <string.h>

#include "host/src/keccak/keccak_lanes.h"

#define WIDTH 4

/* Four states: lane i of state j is element j of lanes[i]. */
struct states {
    __m256i lanes[HYP_KECCAK_LANES];
};

#define XOR(a, b) _mm256_xor_si256(a, b)

static inline __m256i rotate_left(__m256i value, int count)
{
    return _mm256_or_si256(_mm256_slli_epi64(value, count), _mm256_srli_epi64(value, 64 - count));
}

static inline __m256i parity(const __m256i a[HYP_KECCAK_LANES], unsigned x)
{
    return XOR(XOR(XOR(a[x], a[x + 5]), XOR(a[x + 10], a[x + 15])), a[x + 20]);
}

/* Chi of one row: each lane, and the two on its right. */
static inline void chi(__m256i row[5], __m256i b0, __m256i b1, __m256i b2, __m256i b3, __m256i b4)
{
    row[0] = XOR(b0, _mm256_andnot_si256(b1, b2));
    row[1] = XOR(b1, _mm256_andnot_si256(b2, b3));
    row[2] = XOR(b2, _mm256_andnot_si256(b3, b4));
    row[3] = XOR(b3, _mm256_andnot_si256(b4, b0));
    row[4] = XOR(b4, _mm256_andnot_si256(b0, b1));
}

/* One round from a to e, in the order of the portable one (keccak.c). */
static inline void keccak_round(const __m256i a[HYP_KECCAK_LANES], __m256i e[HYP_KECCAK_LANES],
                                uint64_t constant)
{
    __m256i c0 = parity(a, 0);
    __m256i c1 = parity(a, 1);
    __m256i c2 = parity(a, 2);
    __m256i c3 = parity(a, 3);
    __m256i c4 = parity(a, 4);
    __m256i d0 = XOR(c4, rotate_left(c1, 1));
    __m256i d1 = XOR(c0, rotate_left(c2, 1));
    __m256i d2 = XOR(c1, rotate_left(c3, 1));
    __m256i d3 = XOR(c2, rotate_left(c4, 1));
    __m256i d4 = XOR(c3, rotate_left(c0, 1));

    chi(e, XOR(a[0], d0), rotate_left(XOR(a[6], d1), 44), rotate_left(XOR(a[12], d2), 43),
        rotate_left(XOR(a[18], d3), 21), rotate_left(XOR(a[24], d4), 14));
    e[0] = XOR(e[0], _mm256_set1_epi64x((long long)constant));
    chi(e + 5, rotate_left(XOR(a[3], d3), 28), rotate_left(XOR(a[9], d4), 20),
        rotate_left(XOR(a[10], d0), 3), rotate_left(XOR(a[16], d1), 45),
        rotate_left(XOR(a[22], d2), 61));
    chi(e + 10, rotate_left(XOR(a[1], d1), 1), rotate_left(XOR(a[7], d2), 6),
        rotate_left(XOR(a[13], d3), 25), rotate_left(XOR(a[19], d4), 8),
        rotate_left(XOR(a[20], d0), 18));
    chi(e + 15, rotate_left(XOR(a[4], d4), 27), rotate_left(XOR(a[5], d0), 36),
        rotate_left(XOR(a[11], d1), 10), rotate_left(XOR(a[17], d2), 15),
        rotate_left(XOR(a[23], d3), 56));
    chi(e + 20, rotate_left(XOR(a[2], d2), 62), rotate_left(XOR(a[8], d3), 55),
        rotate_left(XOR(a[14], d4), 39), rotate_left(XOR(a[15], d0), 41),
        rotate_left(XOR(a[21], d1), 2));
}

static void permute(struct states *states)
{
    __m256i between[HYP_KECCAK_LANES];

    for (unsigned i = 0; i < HYP_KECCAK_ROUNDS; i += 2) {
        keccak_round(states->lanes, between, hyp_keccak_round_constants[i]);
        keccak_round(between, states->lanes, hyp_keccak_round_constants[i + 1]);
    }
}

/* The block of each lane: in the message, or padded in `padded`. */
static void find_blocks(const struct hyp_keccak_lanes *lanes,
                        uint8_t padded[WIDTH][HYP_KECCAK_RATE], const uint8_t *blocks[WIDTH])
{
    for (unsigned lane = 0; lane < WIDTH; lane++) {
        blocks[lane] = padded[lane];
        if (!(lanes->active & 1u << lane)) {
            continue;
        }
        if (lanes->left[lane] >= HYP_KECCAK_RATE) {
            blocks[lane] = lanes->message[lane];
        } else {
            hyp_keccak_pad(lanes->message[lane], lanes->left[lane], padded[lane]);
        }
    }
}

static inline void add_lane(struct states *states, unsigned i, __m256i word)
{
    states->lanes[i] = XOR(states->lanes[i], word);
}

static void add_blocks(struct states *states, const uint8_t *const blocks[WIDTH])
{
    for (unsigned i = 0; i < 16; i += 4) {
        __m256i row[WIDTH];
        for (unsigned lane = 0; lane < WIDTH; lane++) {
            row[lane] =
                _mm256_loadu_si256((const __m256i *)(const void *)(blocks[lane] + 8 * (size_t)i));
        }
        __m256i low_01 = _mm256_unpacklo_epi64(row[0], row[1]);
        __m256i high_01 = _mm256_unpackhi_epi64(row[0], row[1]);
        __m256i low_23 = _mm256_unpacklo_epi64(row[2], row[3]);
        __m256i high_23 = _mm256_unpackhi_epi64(row[2], row[3]);
        add_lane(states, i, _mm256_permute2x128_si256(low_01, low_23, 0x20));
        add_lane(states, i + 1, _mm256_permute2x128_si256(high_01, high_23, 0x20));
        add_lane(states, i + 2, _mm256_permute2x128_si256(low_01, low_23, 0x31));
        add_lane(states, i + 3, _mm256_permute2x128_si256(high_01, high_23, 0x31));
    }
    long long last[WIDTH];
    for (unsigned lane = 0; lane < WIDTH; lane++) {
        memcpy(&last[lane], blocks[lane] + 128, sizeof last[lane]);
    }
    add_lane(states, 16, _mm256_setr_epi64x(last[0], last[1], last[2], last[3]));
}

/* Zeroes the states whose message begins. */
static void clear_fresh(struct states *states, unsigned fresh)
{
    const __m256i bits = _mm256_setr_epi64x(1, 2, 4, 8);
    __m256i clear = _mm256_cmpeq_epi64(_mm256_and_si256(_mm256_set1_epi64x(fresh), bits), bits);

    for (unsigned i = 0; fresh && i < HYP_KECCAK_LANES; i++) {
        states->lanes[i] = _mm256_andnot_si256(clear, states->lanes[i]);
    }
}

static void write_digest(const struct states *states, unsigned lane, uint8_t *digest)
{
    const uint8_t *bytes = (const uint8_t *)states->lanes + 8 * (size_t)lane;

    for (size_t i = 0; i < HYP_KECCAK_DIGEST_SIZE / 8; i++) {
        memcpy(digest + 8 * i, bytes + i * sizeof(__m256i), 8);
    }
}

void hyp_keccak_items_avx2(const struct hyp_keccak_items *items)
{
    struct hyp_keccak_lanes lanes;
    struct states states;
    uint8_t padded[WIDTH][HYP_KECCAK_RATE] = {{0}};
    const uint8_t *blocks[WIDTH];

    memset(&states, 0, sizeof states);
    hyp_keccak_lanes_init(&lanes, items, WIDTH);
    while (lanes.active) {
        clear_fresh(&states, lanes.fresh);
        find_blocks(&lanes, padded, blocks);
        add_blocks(&states, blocks);
        permute(&states);
        unsigned ended = hyp_keccak_lanes_advance(&lanes);
        for (; ended; ended &= ended - 1) {
            unsigned lane = (unsigned)__builtin_ctz(ended);
            write_digest(&states, lane, lanes.digest[lane]);
            hyp_keccak_lanes_refill(&lanes, lane);
        }
    }
}
