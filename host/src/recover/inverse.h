/* Inversion modulo an odd 256-bit number, one at a time; everything else shares one of these. */
#ifndef HYPERION_RECOVER_INVERSE_H
#define HYPERION_RECOVER_INVERSE_H

#include <stdint.h>

/* A modulus m, odd, 2^255 < m < 2^256, in five signed digits of 62 bits. */
struct hyp_modulus {
    int64_t digit[5];
    uint64_t inverse_62; /* m^-1 mod 2^62 */
};

extern const struct hyp_modulus hyp_modulus_p; /* of the field */
extern const struct hyp_modulus hyp_modulus_n; /* order of the group */

/* r = 1 / a mod m; words are little-endian; a < m. The inverse of 0 is 0. Time depends on a: for
 * public values only. */
void hyp_invert(uint64_t r[4], const uint64_t a[4], const struct hyp_modulus *m);

#endif
