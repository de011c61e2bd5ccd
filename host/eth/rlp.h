/* RLP, strictly: what is not the one canonical encoding is refused. (Yellow paper, appendix B.)
 *
 * Decoding copies nothing: items point into the input, which must outlive them. Functions that can
 * fail return 0 or the rule that is broken (host/eth/error.h) and then fill in *error. */
#ifndef HYPERION_ETH_RLP_H
#define HYPERION_ETH_RLP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host/eth/bytes.h"
#include "host/eth/error.h"

/* Reads the items of a list, or of a whole input, one after the other. */
struct eth_rlp {
    const uint8_t *base; /* offset 0 of errors */
    const uint8_t *at;
    const uint8_t *end;
    bool in_list; /* an item that does not fit reaches past a list, not past the input */
};

struct eth_rlp_item {
    bool is_list;
    struct eth_bytes encoding; /* with its length in front */
    struct eth_bytes payload;
};

struct eth_rlp eth_rlp_open(struct eth_bytes input);

static inline bool eth_rlp_at_end(const struct eth_rlp *reader)
{
    return reader->at == reader->end;
}

static inline size_t eth_rlp_offset(const struct eth_rlp *reader)
{
    return (size_t)(reader->at - reader->base);
}

/* The next item of any kind. At the end: ETH_TOO_FEW in a list, ETH_TRUNCATED in the input. */
int eth_rlp_next(struct eth_rlp *reader, struct eth_rlp_item *item, struct eth_error *error);

/* The next item, which must be a list or a string. */
int eth_rlp_next_list(struct eth_rlp *reader, struct eth_rlp *list, struct eth_error *error);
int eth_rlp_next_string(struct eth_rlp *reader, struct eth_bytes *string, struct eth_error *error);

/* The next item, which must be a string of exactly `size` bytes. */
int eth_rlp_next_fixed(struct eth_rlp *reader, size_t size, const uint8_t **bytes,
                       struct eth_error *error);

/* The next item as an integer of at most 64 bits, or of at most 256 (big-endian without leading
 * zeros, 0 is empty). */
int eth_rlp_next_u64(struct eth_rlp *reader, uint64_t *value, struct eth_error *error);
int eth_rlp_next_u256(struct eth_rlp *reader, struct eth_bytes *value, struct eth_error *error);

/* Counts what is left without moving on. */
int eth_rlp_count(const struct eth_rlp *reader, size_t *count, struct eth_error *error);

/* Nothing may be left: ETH_TOO_MANY in a list, ETH_TRAILING_BYTES in the input. */
int eth_rlp_finish(const struct eth_rlp *reader, struct eth_error *error);

/* Encoding. Sizes first, then the eth_rlp_put functions into memory that is large enough; they
 * return where the next item goes. Sums of sizes that come from outside are the caller's to check.
 */
size_t eth_rlp_prefix_size(size_t payload_size); /* of a list, or of a string of ≥ 2 bytes */
size_t eth_rlp_string_size(struct eth_bytes string);
size_t eth_rlp_u64_size(uint64_t value);
uint8_t *eth_rlp_put_list(uint8_t *out, size_t payload_size); /* the prefix; items follow */
uint8_t *eth_rlp_put_string_prefix(uint8_t *out, size_t payload_size); /* not of a byte < 0x80 */
uint8_t *eth_rlp_put_string(uint8_t *out, struct eth_bytes string);
uint8_t *eth_rlp_put_u64(uint8_t *out, uint64_t value);

#endif
