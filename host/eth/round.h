/* Rounds of hashing: messages that do not depend on each other, hashed in one call by whoever can.
 */
#ifndef HYPERION_ETH_ROUND_H
#define HYPERION_ETH_ROUND_H

#include <stddef.h>
#include <stdint.h>

#include "host/eth/bytes.h"

/* A message and where the 32 bytes of its keccak-256 go. */
struct eth_message {
    struct eth_bytes bytes;
    uint8_t *digest;
};

/* Whoever computes keccak-256: a device, the CPU, a test. `count` is at least 1. Returns 0, or a
 * negative code that the caller of the hashing function gets back. */
struct eth_hasher {
    int (*hash)(void *user, const struct eth_message *messages, size_t count);
    void *user;
};

/* What hashing takes. */
struct eth_keccak_work {
    uint64_t items;
    uint64_t permutations;
    uint64_t batches; /* rounds that had messages of whom this work is counted for */
};

/* All zero is an empty round. */
struct eth_round {
    struct eth_message *messages;
    size_t count;
    size_t capacity;
};

/* Adds a message, which must stay until the round is hashed, and counts it (not the batch). Returns
 * 0 or HYP_ENOMEM. */
int eth_round_add(struct eth_round *round, struct eth_bytes bytes, uint8_t *digest,
                  struct eth_keccak_work *work);

/* Hashes what was added, if anything was, and empties the round. Returns 0 or what the hasher
 * returned. */
int eth_round_hash(struct eth_round *round, const struct eth_hasher *hasher);

/* Gives the memory back. */
void eth_round_release(struct eth_round *round);

#endif
