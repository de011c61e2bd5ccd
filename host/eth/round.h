/* Rounds of hashing: messages that do not depend on each other, hashed in one call by whoever can.
 */
#ifndef HYPERION_ETH_ROUND_H
#define HYPERION_ETH_ROUND_H

#include <stddef.h>
#include <stdint.h>

#include "host/eth/bytes.h"

/* A message in pieces, one behind the other, so that what is large stays where it is until it is
 * copied to the device; and where the 32 bytes of its keccak-256 go. */
struct eth_message {
    struct eth_bytes head;
    struct eth_bytes body;
    struct eth_bytes tail;
    uint8_t *digest;
};

static inline size_t eth_message_size(const struct eth_message *message)
{
    return message->head.size + message->body.size + message->tail.size;
}

/* Writes the message as one piece. */
void eth_message_write(const struct eth_message *message, uint8_t *out);

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

/* Adds a message, whose pieces must stay until the round is hashed, and counts it (not the batch).
 * Returns 0 or HYP_ENOMEM. */
int eth_round_add(struct eth_round *round, struct eth_message message,
                  struct eth_keccak_work *work);

/* Hashes what was added, if anything was, and empties the round. Returns 0 or what the hasher
 * returned. */
int eth_round_hash(struct eth_round *round, const struct eth_hasher *hasher);

/* Gives the memory back. */
void eth_round_release(struct eth_round *round);

#endif
