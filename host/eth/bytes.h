/* A piece of memory that somebody else owns: how the decoders refer to their input. */
#ifndef HYPERION_ETH_BYTES_H
#define HYPERION_ETH_BYTES_H

#include <stddef.h>
#include <stdint.h>

struct eth_bytes {
    const uint8_t *data; /* may be NULL if size is 0 */
    size_t size;
};

#define ETH_HASH_SIZE    32u
#define ETH_ADDRESS_SIZE 20u

/* Whoever computes keccak-256: a device, the CPU, a test. `hash` writes the digest of messages[i]
 * to digests[i]; count is at least 1. Returns 0, or a negative code that the caller of the hashing
 * function gets back. */
struct eth_hasher {
    int (*hash)(void *user, const struct eth_bytes *messages, size_t count,
                uint8_t (*digests)[ETH_HASH_SIZE]);
    void *user;
};

/* Keccak-f permutations that a message takes: one each 136 bytes, the padding included. */
static inline uint64_t eth_keccak_permutations(size_t message_size)
{
    return message_size / 136 + 1;
}

#endif
