/* Numbers modulo n, the order of the group, VECTOR_LANES at a time.
 *
 * Five limbs of 52 bits, one vector a limb; all limbs < 2^52. Products are Montgomery's with
 * 2^260: montgomery(a, b) = a·b / 2^260 mod n. Operands are < 2^257, and then the result is
 * < (2^514 + 2^260·n) / 2^260 = 2^254 + n < 2^257 again. Canonical means < n. */
#ifndef HYPERION_RECOVER_LANES_SCALAR_H
#define HYPERION_RECOVER_LANES_SCALAR_H

#include <stdint.h>

#include "host/src/recover/lanes/vector.h"

struct hyp_scalar {
    vector n[5];
};

extern const uint64_t hyp_scalar_n[5];             /* n */
extern const uint64_t hyp_scalar_half_n_plus_1[5]; /* (n + 1) / 2 */
extern const uint64_t hyp_scalar_p_less_n[5]; /* p - n: x = r + n is a coordinate if r is below */
extern const uint64_t hyp_scalar_two_520[5];  /* 2^520 mod n: montgomery(a, this) = a·2^260 */

/* The same number in all lanes. */
void hyp_scalar_set(struct hyp_scalar *r, const uint64_t limbs[5]);

void hyp_scalar_montgomery(struct hyp_scalar *r, const struct hyp_scalar *a,
                           const struct hyp_scalar *b);

/* From < 2n to < n. */
void hyp_scalar_canonical(struct hyp_scalar *r, const struct hyp_scalar *a);

/* r = n - a for canonical a; so n for a = 0. */
void hyp_scalar_negate(struct hyp_scalar *r, const struct hyp_scalar *a);

/* Lanes in which a < bound, a = 0; a < 2^256. */
lane_mask hyp_scalar_below(const struct hyp_scalar *a, const uint64_t bound[5]);
lane_mask hyp_scalar_is_zero(const struct hyp_scalar *a);

/* a + b, carried: for sums below 2^260. */
void hyp_scalar_add_constant(struct hyp_scalar *r, const struct hyp_scalar *a, const uint64_t b[5],
                             lane_mask lanes);

/* a[i] = 2^260 / a[i] mod n, so that montgomery(x, a[i]) is the quotient; `count` ≥ 1 vectors, one
 * scalar inversion for all lanes. No lane may be zero mod n. scratch has room for `count`. */
void hyp_scalar_invert_all(struct hyp_scalar *a, struct hyp_scalar *scratch, unsigned count);

#endif
