/* Transactions: legacy, with and without EIP-155, and typed (EIP-2718): EIP-2930, 1559, 4844, 7702.
 */
#ifndef HYPERION_ETH_TRANSACTION_H
#define HYPERION_ETH_TRANSACTION_H

#include <stdbool.h>
#include <stdint.h>

#include "host/eth/rlp.h"

enum eth_transaction_type {
    ETH_LEGACY = 0,
    ETH_ACCESS_LIST = 1, /* EIP-2930 */
    ETH_DYNAMIC_FEE = 2, /* EIP-1559 */
    ETH_BLOB = 3,        /* EIP-4844, as it stands in blocks: without the blobs */
    ETH_SET_CODE = 4,    /* EIP-7702 */
};

/* Byte strings point into the input. Integers of up to 256 bits are big-endian without leading
 * zeros. Fields that the type lacks are zero or empty. */
struct eth_transaction {
    enum eth_transaction_type type;
    bool has_chain_id; /* false: legacy without EIP-155 */
    uint8_t recid;     /* 0 or 1: yParity, or the parity in v */
    struct eth_bytes
        encoding; /* type byte and list: hashed for the transaction hash, the value in the trie */
    struct eth_bytes unsigned_fields; /* the items before the signature, as they are encoded */
    uint64_t chain_id;                /* at most 64 bits (EIP-2294) */
    uint64_t nonce;
    uint64_t gas_limit;
    struct eth_bytes gas_price;        /* legacy and EIP-2930 */
    struct eth_bytes max_priority_fee; /* per gas */
    struct eth_bytes max_fee;          /* per gas */
    struct eth_bytes max_blob_fee;     /* per blob gas */
    struct eth_bytes to;               /* 20 bytes, or none: contract creation */
    struct eth_bytes value;
    struct eth_bytes data;
    size_t access_list_addresses;
    size_t access_list_keys;
    size_t blob_hashes;
    size_t authorizations;
    uint8_t r[32]; /* big-endian; any value: recovery decides about the range */
    uint8_t s[32];
};

/* Reads the next item of a block's list of transactions: a list is a legacy transaction, a string
 * holds a typed one. Shapes are checked strictly: number and size of all fields, access list, blob
 * hashes and authorizations included. Whether the fork has the type is not checked. */
int eth_transaction_decode(struct eth_rlp *reader, struct eth_transaction *transaction,
                           struct eth_error *error);

/* Reads one transaction as `encoding` holds it, and nothing after it. */
int eth_transaction_decode_bytes(struct eth_bytes bytes, struct eth_transaction *transaction,
                                 struct eth_error *error);

/* The payload whose keccak-256 was signed: before and after unsigned_fields. */
#define ETH_SIGNING_EDGE                                                                           \
    12u /* the longest of either: type and length, or chain id and two zeros                       \
         */
struct eth_signing_edges {
    uint8_t head[ETH_SIGNING_EDGE];
    uint8_t tail[ETH_SIGNING_EDGE];
    uint8_t head_size;
    uint8_t tail_size;
};
void eth_transaction_signing_edges(const struct eth_transaction *transaction,
                                   struct eth_signing_edges *edges);

/* Whether s is at most n/2, n being the order of secp256k1. */
bool eth_transaction_has_low_s(const struct eth_transaction *transaction);

/* Whether signatures of a mainnet block must have a low s: from Homestead on (EIP-2). */
bool eth_low_s_required(uint64_t block_number);

#endif
