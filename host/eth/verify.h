/* What can be checked of a block by hashing alone: that its header commits to its transactions,
 * uncles and withdrawals. Several blocks are checked together and share the rounds of hashing: the
 * first has all headers, transactions and leaves of tries, each further one a level of the tries.
 */
#ifndef HYPERION_ETH_VERIFY_H
#define HYPERION_ETH_VERIFY_H

#include <stdbool.h>
#include <stdint.h>

#include "host/eth/arena.h"
#include "host/eth/block.h"
#include "host/eth/round.h"

struct eth_block_check {
    uint8_t hash[ETH_HASH_SIZE];
    uint8_t (*transaction_hashes)[ETH_HASH_SIZE]; /* in the arena; one a transaction */
    uint8_t transactions_root[ETH_HASH_SIZE];     /* as computed */
    uint8_t withdrawals_root[ETH_HASH_SIZE];      /* as computed; zero if the block has none */
    uint8_t uncles_hash[ETH_HASH_SIZE];           /* as computed */
    bool transactions_root_ok;                    /* the header has the same */
    bool withdrawals_root_ok;                     /* true if the block has none */
    bool uncles_hash_ok;
    struct eth_keccak_work keccak;
};

static inline bool eth_block_check_ok(const struct eth_block_check *check)
{
    return check->transactions_root_ok && check->withdrawals_root_ok && check->uncles_hash_ok;
}

/* Checks `count` blocks. Results that are not in *checks lie in `arena`; `scratch` is used in
 * between and reset. Returns 0, what the hasher returned, or HYP_ENOMEM. */
int eth_blocks_verify(const struct eth_block *blocks, size_t count, const struct eth_hasher *hasher,
                      struct eth_arena *arena, struct eth_arena *scratch,
                      struct eth_block_check *checks);

/* The hashes that the transactions of `count` blocks were signed over, in one round for all:
 * hashes[i] is in `arena` and has one entry a transaction of blocks[i]. The work is added to
 * work[i]. Returns as above. */
int eth_blocks_signing_hashes(const struct eth_block *blocks, size_t count,
                              const struct eth_hasher *hasher, struct eth_arena *arena,
                              uint8_t (**hashes)[ETH_HASH_SIZE], struct eth_keccak_work *work);

#endif
