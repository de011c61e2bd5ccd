/* Cutting scalars into the digits that the main loop adds.
 *
 * All digits are odd: a window of w bits of k' = (k + 2^b - 1)/2 with value v stands for the digit
 * 2v - (2^w - 1), because the sum of (2^w - 1)·2^offset over windows that tile b bits is 2^b - 1.
 * So any odd k, -2^b < k < 2^b, is written without carries and without zeros, and there is no
 * special case in any addition. The digit's sign is the window's top bit; its size 2i + 1 has index
 * i = the other bits, inverted where the digit is negative. */
#ifndef HYPERION_RECOVER_LANES_GLV_H
#define HYPERION_RECOVER_LANES_GLV_H

#include "host/src/recover/lanes/scalar.h"

#define GLV_BITS 129 /* |k1|, |k2| < 2^129 */

/* k' of eight scalars, as 64-bit words, the lowest first. */
struct hyp_glv_half {
    vector word[3];
};

/* β, the cube root of 1 in the field that belongs to λ; four words, the lowest first. */
extern const uint64_t hyp_glv_beta[4];

/* For canonical k: odd k1, k2 with k = k1 + λ·k2 (mod n), as (k1 + 2^129 - 1)/2 and the same of k2.
 * λ is the cube root of 1 for which λ·(x, y) = (β·x, y). */
void hyp_glv_split(struct hyp_glv_half half[2], const struct hyp_scalar *k);

#endif
