/* Keccak in portable C: the reference that every other implementation is compared with.
 * Source: The Keccak reference, version 3.0 (G. Bertoni, J. Daemen, M. Peeters, G. Van Assche). */
#include "host/src/keccak/keccak.h"

#include <string.h>

#include "hyperion/keccak.h"

const uint64_t hyp_keccak_round_constants[HYP_KECCAK_ROUNDS] = {
    0x0000000000000001, 0x0000000000008082, 0x800000000000808a, 0x8000000080008000,
    0x000000000000808b, 0x0000000080000001, 0x8000000080008081, 0x8000000000008009,
    0x000000000000008a, 0x0000000000000088, 0x0000000080008009, 0x000000008000000a,
    0x000000008000808b, 0x800000000000008b, 0x8000000000008089, 0x8000000000008003,
    0x8000000000008002, 0x8000000000000080, 0x000000000000800a, 0x800000008000000a,
    0x8000000080008081, 0x8000000000008080, 0x0000000080000001, 0x8000000080008008,
};

static inline uint64_t rotate_left(uint64_t value, unsigned count)
{
    return value << (count & 63) | value >> (-count & 63);
}

/* Chi of one row: each lane, and the two on its right. */
static inline void chi(uint64_t row[5], uint64_t b0, uint64_t b1, uint64_t b2, uint64_t b3,
                       uint64_t b4)
{
    row[0] = b0 ^ (~b1 & b2);
    row[1] = b1 ^ (~b2 & b3);
    row[2] = b2 ^ (~b3 & b4);
    row[3] = b3 ^ (~b4 & b0);
    row[4] = b4 ^ (~b0 & b1);
}

/* One round from a to e. Theta adds d[x] to every lane of column x; rho and pi are the distances
 * and the order in which chi takes the lanes: lane (x, y) moves to (y, 2x + 3y). Written row by row
 * because fewer values are alive at a time than step by step. */
static inline void keccak_round(const uint64_t a[HYP_KECCAK_LANES], uint64_t e[HYP_KECCAK_LANES],
                                uint64_t constant)
{
    uint64_t c0 = a[0] ^ a[5] ^ a[10] ^ a[15] ^ a[20];
    uint64_t c1 = a[1] ^ a[6] ^ a[11] ^ a[16] ^ a[21];
    uint64_t c2 = a[2] ^ a[7] ^ a[12] ^ a[17] ^ a[22];
    uint64_t c3 = a[3] ^ a[8] ^ a[13] ^ a[18] ^ a[23];
    uint64_t c4 = a[4] ^ a[9] ^ a[14] ^ a[19] ^ a[24];
    uint64_t d0 = c4 ^ rotate_left(c1, 1);
    uint64_t d1 = c0 ^ rotate_left(c2, 1);
    uint64_t d2 = c1 ^ rotate_left(c3, 1);
    uint64_t d3 = c2 ^ rotate_left(c4, 1);
    uint64_t d4 = c3 ^ rotate_left(c0, 1);

    chi(e, a[0] ^ d0, rotate_left(a[6] ^ d1, 44), rotate_left(a[12] ^ d2, 43),
        rotate_left(a[18] ^ d3, 21), rotate_left(a[24] ^ d4, 14));
    e[0] ^= constant;
    chi(e + 5, rotate_left(a[3] ^ d3, 28), rotate_left(a[9] ^ d4, 20), rotate_left(a[10] ^ d0, 3),
        rotate_left(a[16] ^ d1, 45), rotate_left(a[22] ^ d2, 61));
    chi(e + 10, rotate_left(a[1] ^ d1, 1), rotate_left(a[7] ^ d2, 6), rotate_left(a[13] ^ d3, 25),
        rotate_left(a[19] ^ d4, 8), rotate_left(a[20] ^ d0, 18));
    chi(e + 15, rotate_left(a[4] ^ d4, 27), rotate_left(a[5] ^ d0, 36), rotate_left(a[11] ^ d1, 10),
        rotate_left(a[17] ^ d2, 15), rotate_left(a[23] ^ d3, 56));
    chi(e + 20, rotate_left(a[2] ^ d2, 62), rotate_left(a[8] ^ d3, 55), rotate_left(a[14] ^ d4, 39),
        rotate_left(a[15] ^ d0, 41), rotate_left(a[21] ^ d1, 2));
}

void hyp_keccak_f1600(uint64_t state[HYP_KECCAK_LANES])
{
    uint64_t between[HYP_KECCAK_LANES];

    for (unsigned i = 0; i < HYP_KECCAK_ROUNDS; i += 2) {
        keccak_round(state, between, hyp_keccak_round_constants[i]);
        keccak_round(between, state, hyp_keccak_round_constants[i + 1]);
    }
}

void hyp_keccak_pad(const uint8_t *message, size_t length, uint8_t block[HYP_KECCAK_RATE])
{
    memset(block, 0, HYP_KECCAK_RATE);
    if (length) {
        memcpy(block, message, length);
    }
    block[length] = 0x01;
    block[HYP_KECCAK_RATE - 1] |= 0x80;
}

static void absorb(uint64_t state[HYP_KECCAK_LANES], const uint8_t block[HYP_KECCAK_RATE])
{
    for (unsigned i = 0; i < HYP_KECCAK_RATE_LANES; i++) {
        uint64_t lane;
        memcpy(&lane, block + 8 * (size_t)i, sizeof lane);
        state[i] ^= lane;
    }
    hyp_keccak_f1600(state);
}

void hyp_keccak256(const void *message, size_t length, uint8_t digest[32])
{
    uint64_t state[HYP_KECCAK_LANES] = {0};
    uint8_t last_block[HYP_KECCAK_RATE];
    const uint8_t *bytes = message;

    while (length >= HYP_KECCAK_RATE) {
        absorb(state, bytes);
        bytes += HYP_KECCAK_RATE;
        length -= HYP_KECCAK_RATE;
    }
    hyp_keccak_pad(bytes, length, last_block);
    absorb(state, last_block);
    memcpy(digest, state, HYP_KECCAK_DIGEST_SIZE);
}

void hyp_keccak_items_portable(const struct hyp_keccak_items *items)
{
    for (size_t i = 0; i < items->count; i++) {
        const hyp_keccak_descriptor *descriptor = &items->descriptors[i];
        if (items->statuses[i] == HYP_STATUS_OK) {
            hyp_keccak256(items->input + descriptor->offset, descriptor->length,
                          items->digests + i * HYP_KECCAK_DIGEST_SIZE);
        }
    }
}
