/* Blocks as they are stored and sent: [header, transactions, uncles, withdrawals?]. */
#ifndef HYPERION_ETH_BLOCK_H
#define HYPERION_ETH_BLOCK_H

#include <stdbool.h>

#include "host/eth/arena.h"
#include "host/eth/header.h"
#include "host/eth/transaction.h"

/* Points into the input and into the arena. */
struct eth_block {
    struct eth_header header;
    struct eth_transaction *transactions;
    size_t transaction_count;
    struct eth_bytes uncles; /* the list, encoded: keccak-256 of this is header.uncles_hash */
    size_t uncle_count;
    bool has_withdrawals;
    struct eth_bytes *withdrawals; /* encoded: the values of the withdrawals trie (EIP-4895) */
    size_t withdrawal_count;
};

/* Decodes one block and nothing after it. `input` and `arena` must outlive the block. Checks every
 * shape; not hashes and roots, which host/eth/verify.h does. */
int eth_block_decode(struct eth_bytes input, struct eth_arena *arena, struct eth_block *block,
                     struct eth_error *error);

#endif
