/* keccak-f[1600] on eight states at once with AVX-512. */
#ifndef HYPERION_KECCAK_F1600X8_H
#define HYPERION_KECCAK_F1600X8_H

#include <stdint.h>

#include "host/src/keccak/keccak.h"

/* Eight states, interleaved: lane i of state j is lanes[i][j]. */
struct hyp_keccak_x8 {
    _Alignas(64) uint64_t lanes[HYP_KECCAK_LANES][8];
};

/* The permutation of all eight states. */
void hyp_keccak_f1600x8(struct hyp_keccak_x8 *states);

/* The same, but only the first four lanes of the result, which are the digest. The states stay as
 * they are. */
void hyp_keccak_f1600x8_digest(const struct hyp_keccak_x8 *states, uint64_t digest[4][8]);

#endif
