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

#endif
