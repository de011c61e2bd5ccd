/* Block headers in the shapes of every fork up to Prague and Osaka. */
#ifndef HYPERION_ETH_HEADER_H
#define HYPERION_ETH_HEADER_H

#include <stdint.h>

#include "host/eth/rlp.h"

/* How many fields the header has; each shape has all fields of the one before. */
enum eth_header_shape {
    ETH_HEADER_FRONTIER = 15,
    ETH_HEADER_LONDON = 16,   /* base fee (EIP-1559) */
    ETH_HEADER_SHANGHAI = 17, /* withdrawals root (EIP-4895) */
    ETH_HEADER_CANCUN = 20,   /* blob gas (EIP-4844) and parent beacon root (EIP-4788) */
    ETH_HEADER_PRAGUE = 21,   /* requests hash (EIP-7685) */
};

#define ETH_BLOOM_SIZE 256u
#define ETH_NONCE_SIZE 8u

/* Pointers point into the input. Hashes and roots are 32 bytes. Fields that the shape lacks are
 * NULL, zero or empty. */
struct eth_header {
    enum eth_header_shape shape;
    struct eth_bytes encoding; /* keccak-256 of this is the block hash */
    const uint8_t *parent_hash;
    const uint8_t *uncles_hash;
    const uint8_t *beneficiary; /* 20 bytes */
    const uint8_t *state_root;
    const uint8_t *transactions_root;
    const uint8_t *receipts_root;
    const uint8_t *logs_bloom;   /* 256 bytes */
    struct eth_bytes difficulty; /* integer */
    uint64_t number;
    uint64_t gas_limit;
    uint64_t gas_used;
    uint64_t timestamp;
    struct eth_bytes extra_data; /* any size: its limit differs from chain to chain */
    const uint8_t *mix_hash;
    const uint8_t *nonce; /* 8 bytes */
    struct eth_bytes base_fee_per_gas;
    const uint8_t *withdrawals_root;
    uint64_t blob_gas_used;
    uint64_t excess_blob_gas;
    const uint8_t *parent_beacon_block_root;
    const uint8_t *requests_hash;
};

/* Reads the next item, which must be a header of a known shape. */
int eth_header_decode(struct eth_rlp *reader, struct eth_header *header, struct eth_error *error);

#endif
