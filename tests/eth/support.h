/* What the tests of host/eth share. */
#ifndef HYPERION_TESTS_ETH_SUPPORT_H
#define HYPERION_TESTS_ETH_SUPPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host/eth/round.h"

/* A hasher that uses hyp_keccak256 and counts. */
struct counting_hasher {
    size_t calls;
    uint64_t messages;
    uint64_t permutations;
};
struct eth_hasher counting_hasher(struct counting_hasher *counter);

/* xorshift64*: the same numbers everywhere. The state is not zero. */
uint64_t random_u64(uint64_t *state);
/* In [0, bound), bound > 0. */
size_t random_below(uint64_t *state, size_t bound);
void random_fill(uint64_t *state, uint8_t *bytes, size_t size);

/* "0x…" to bytes; false unless there are exactly `size` of them. */
bool parse_hex(const char *hex, uint8_t *bytes, size_t size);

/* The blocks that tools/make_block.c made, one a fork: FORK.rlp and FORK.expect.json. Static
 * storage. */
const char *made_blocks_folder(void);

/* The mainnet blocks of the shared data. */
struct mainnet_block {
    char number[256];
    struct eth_bytes rlp;
    char *expect; /* the JSON text */
};

/* All of them, in no particular order; `count` is 0 where the data is absent. */
struct mainnet_block *mainnet_load(size_t *count);
void mainnet_free(struct mainnet_block *blocks, size_t count);

#endif
