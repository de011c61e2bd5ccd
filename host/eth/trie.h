/* Roots of Merkle-Patricia tries (yellow paper, appendix D), hashed level by level.
 *
 * A trie is laid out first, without hashing. Its nodes then stand in levels, counted from the
 * leaves: a node's level is one more than the highest among its children's, so that all nodes of a
 * level are independent of each other and all leaves lie in level 0. Each level is one round of
 * hashing, which any number of tries can share. */
#ifndef HYPERION_ETH_TRIE_H
#define HYPERION_ETH_TRIE_H

#include "host/eth/arena.h"
#include "host/eth/bytes.h"
#include "host/eth/error.h"
#include "host/eth/round.h"

/* Keys and values are any bytes; keys differ, values are not empty. */
struct eth_trie_entry {
    struct eth_bytes key;
    struct eth_bytes value;
};

struct eth_trie;

/* Lays out the trie of `count` entries (0 is allowed), which are sorted in place. Keys and values
 * are referred to, not copied: they and `arena`, where the trie lies, must outlive it. Returns 0,
 * ETH_NO_MEMORY, ETH_DUPLICATE_KEY or ETH_EMPTY_VALUE. */
int eth_trie_create(struct eth_arena *arena, struct eth_trie_entry *entries, size_t count,
                    struct eth_trie **trie);

/* The same for a list: the key of values[i] is rlp(i), as in the tries of transactions, receipts
 * and withdrawals. */
int eth_trie_create_list(struct eth_arena *arena, const struct eth_bytes *values, size_t count,
                         struct eth_trie **trie);

/* How many levels the trie has; 0 if it is empty. */
size_t eth_trie_levels(const struct eth_trie *trie);

/* Adds the nodes of a level that are to be hashed to a round; the level below must have been
 * hashed. Their encodings lie in `scratch` and must stay until the round is hashed. A level beyond
 * the last adds nothing. Returns 0 or HYP_ENOMEM. */
int eth_trie_add_level(struct eth_trie *trie, size_t level, struct eth_round *round,
                       struct eth_arena *scratch, struct eth_keccak_work *work);

/* Hashes one trie alone, level by level. `scratch` is reset for each level and must not be the
 * arena of the trie. Returns 0, what the hasher returned, or HYP_ENOMEM. */
int eth_trie_hash(struct eth_trie *trie, const struct eth_hasher *hasher, struct eth_arena *scratch,
                  struct eth_keccak_work *work);

/* The root, 32 bytes, once the trie has been hashed. */
const uint8_t *eth_trie_root(const struct eth_trie *trie);

#endif
