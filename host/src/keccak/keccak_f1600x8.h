/* keccak-f[1600] on eight states at once with AVX-512. */
#ifndef HYPERION_KECCAK_F1600X8_H
#define HYPERION_KECCAK_F1600X8_H

#include <stdint.h>

#include "host/src/keccak/keccak.h"

/* Eight states, interleaved: lane i of state j is lanes[i][j]. */
struct hyp_keccak_x8 {
    _Alignas(64) uint64_t lanes[HYP_KECCAK_LANES][8];
};

/* One block for each of eight states, interleaved likewise. */
struct hyp_keccak_x8_block {
    _Alignas(64) uint64_t lanes[HYP_KECCAK_RATE_LANES][8];
};

/* Adds a block to each state and permutes all of them. `keep` has a bit a state; one whose bit is 0
 * is taken as zero before. */
void hyp_keccak_f1600x8(struct hyp_keccak_x8 *states, const struct hyp_keccak_x8_block *block,
                        unsigned keep);

/* Permutes, and stores only the first four lanes of the result, which are the digest. The states
 * stay as they are. */
void hyp_keccak_f1600x8_digest(const struct hyp_keccak_x8 *states, uint64_t digest[4][8]);

#endif
