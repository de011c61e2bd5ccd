/* The endomorphism of Gallant, Lambert and Vanstone (2001).
 *
 * The lattice of (x, y) with x + λ·y = 0 (mod n) has the short basis (a1, b1), (a2, b2), found by
 * the extended Euclidean algorithm (Guide to Elliptic Curve Cryptography, algorithm 3.74):
 *
 *   a1 = b2 = 0x3086d221a7d46bcde86c90e49284eb15          ≈ 0.190·2^128
 *   b1 = -0xe4437ed6010e88286f547fa90abfe4c3              ≈ -0.892·2^128
 *   a2 = 0x114ca50f7a8e2f3f657c1108d9d44cfd8              ≈ 1.081·2^128
 *
 * (k, 0) = x1·(a1, b1) + x2·(a2, b2) over the rationals, with x1 = k·b2/n, x2 = -k·b1/n. For any
 * integers c1, c2, (k1, k2) = (k, 0) - c1·(a1, b1) - c2·(a2, b2) satisfies k1 + λ·k2 = k (mod n);
 * so correctness needs no precise c, only the size of k1, k2 does.
 *
 * c_i is the integer next above or below x_i that has the parity asked for: |x_i - c_i| ≤ 1 up to
 * the error of the constants g below (< 2^-127). So |k1| ≤ |a1| + |a2| + 2 < 1.272·2^128 and
 * |k2| ≤ |b1| + |b2| + 2 < 1.082·2^128: both below 2^129.
 *
 * Parity: a1, b1, b2 are odd, a2 is even. k1 = k - c1 (mod 2), k2 = c1 + c2 (mod 2): with c1 of the
 * other parity than k and c2 of the same parity as k both are odd. */
#include "host/src/recover/lanes/glv.h"

#include "host/src/recover/lanes/multiply_add.h"

#define LIMB_MASK 0xfffffffffffffull

/* round(2^384·b2/n), round(-2^384·b1/n) */
static const uint64_t g1[5] = {0x3209a45dbb031, 0x1471e8ca7fe89, 0x284eb153daa8a, 0x6bcde86c90e49,
                               0x03086d221a7d4};
static const uint64_t g2[5] = {0x1b4ae8ac47f71, 0xac9df506c6157, 0xabfe4c4221208, 0x88286f547fa90,
                               0x0e4437ed6010e};

const uint64_t hyp_glv_beta[4] = {0xc1396c28719501ee, 0x9cf0497512f58995, 0x6e64479eac3434e9,
                                  0x7ae96a2b657c0710};

/* The basis, modulo 2^156. */
static const uint64_t a1[3] = {0xc90e49284eb15, 0x21a7d46bcde86, 0x00000003086d2};
static const uint64_t minus_b1[3] = {0x47fa90abfe4c3, 0xd6010e88286f5, 0x0000000e4437e};
static const uint64_t a2[3] = {0x1108d9d44cfd8, 0xf7a8e2f3f657c, 0x000000114ca50};

/* Exact floor(k·g / 2^384), made odd or even: of the parity of `parity`. Three limbs < 2^52.
 * Columns hold at most ten halves: < 2^56. The product is < 2^512, so limb 9 < 2^44. */
static void quotient(vector c[3], const struct hyp_scalar *k, const uint64_t g[5], vector parity)
{
    vector t[10];

    for (int i = 0; i < 10; i++) {
        t[i] = vector_zero();
    }
    for (int i = 0; i < 5; i++) {
        for (int j = 0; j < 5; j++) {
            t[i + j] = multiply_add_low(t[i + j], k->n[i], vector_splat(g[j]));
            t[i + j + 1] = multiply_add_high(t[i + j + 1], k->n[i], vector_splat(g[j]));
        }
    }
    for (int i = 0; i < 9; i++) {
        t[i + 1] = vector_add(t[i + 1], vector_right(t[i], 52));
        t[i] = vector_and(t[i], vector_splat(LIMB_MASK));
    }
    /* Bit 384 is bit 20 of limb 7. */
    c[0] = vector_or(vector_right(t[7], 20), vector_left(t[8], 32));
    c[1] = vector_or(vector_right(t[8], 20), vector_left(t[9], 32));
    c[2] = vector_right(t[9], 20);
    c[0] = vector_and(c[0], vector_splat(LIMB_MASK));
    c[1] = vector_and(c[1], vector_splat(LIMB_MASK));
    c[0] = vector_add(c[0], vector_and(vector_xor(c[0], parity), vector_splat(1)));
    c[1] = vector_add(c[1], vector_right(c[0], 52));
    c[0] = vector_and(c[0], vector_splat(LIMB_MASK));
    c[2] = vector_add(c[2], vector_right(c[1], 52));
    c[1] = vector_and(c[1], vector_splat(LIMB_MASK));
}

/* t += c·a modulo 2^156 */
static void multiply_add(vector t[3], const vector c[3], const uint64_t a[3])
{
    for (int i = 0; i < 3; i++) {
        for (int j = 0; i + j < 3; j++) {
            t[i + j] = multiply_add_low(t[i + j], c[i], vector_splat(a[j]));
            if (i + j < 2) {
                t[i + j + 1] = multiply_add_high(t[i + j + 1], c[i], vector_splat(a[j]));
            }
        }
    }
}

/* (plus - minus + 2^129 - 1)/2, which is in [0, 2^129); limbs of 52 bits to words of 64. */
static void store_half(struct hyp_glv_half *half, const vector plus[3], const vector minus[3])
{
    static const uint64_t offset[3] = {LIMB_MASK, LIMB_MASK, (1u << 25) - 1};
    vector t[3];

    for (int i = 0; i < 3; i++) {
        t[i] = vector_add(vector_subtract(plus[i], minus[i]), vector_splat(offset[i]));
    }
    for (int i = 0; i < 2; i++) {
        t[i + 1] = vector_add(t[i + 1], vector_right_signed(t[i], 52));
        t[i] = vector_and(t[i], vector_splat(LIMB_MASK));
    }
    t[2] = vector_and(t[2], vector_splat(LIMB_MASK));
    half->word[0] = vector_or(vector_right(t[0], 1), vector_left(t[1], 51));
    half->word[1] = vector_or(vector_right(t[1], 13), vector_left(t[2], 39));
    half->word[2] = vector_right(t[2], 25);
}

void hyp_glv_split(struct hyp_glv_half half[2], const struct hyp_scalar *k)
{
    const vector zero = vector_zero();
    vector c1[3];
    vector c2[3];
    vector minus[3] = {zero, zero, zero};
    vector plus[3] = {zero, zero, zero};

    quotient(c1, k, g1, vector_xor(k->n[0], vector_splat(1)));
    quotient(c2, k, g2, k->n[0]);

    multiply_add(minus, c1, a1);
    multiply_add(minus, c2, a2);
    store_half(&half[0], k->n, minus); /* k1 = k - c1·a1 - c2·a2 */

    for (int i = 0; i < 3; i++) {
        minus[i] = zero;
    }
    multiply_add(plus, c1, minus_b1);
    multiply_add(minus, c2, a1);
    store_half(&half[1], plus, minus); /* k2 = -c1·b1 - c2·b2 */
}
