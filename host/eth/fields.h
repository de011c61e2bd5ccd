/* Records: RLP lists whose items are fields of a struct, described by a table. */
#ifndef HYPERION_ETH_FIELDS_H
#define HYPERION_ETH_FIELDS_H

#include <stddef.h>
#include <stdint.h>

#include "host/eth/rlp.h"

enum eth_field_kind {
    ETH_FIELD_FIXED, /* `size` bytes; the member is a const uint8_t * */
    ETH_FIELD_U64,   /* uint64_t */
    ETH_FIELD_U256,  /* struct eth_bytes: big-endian without leading zeros, at most 32 */
    ETH_FIELD_BYTES, /* struct eth_bytes of any size */
    ETH_FIELD_TO,    /* struct eth_bytes of 20 bytes, or of 0: contract creation */
    ETH_FIELD_LIST,  /* struct eth_rlp, which reads its items; they are not looked at */
};

struct eth_field {
    const char *name;
    enum eth_field_kind kind;
    size_t size;   /* of ETH_FIELD_FIXED */
    size_t member; /* offset in the struct */
};

/* Reads `count` fields into `record`. On error the error's field is the name from the table. */
int eth_fields_decode(struct eth_rlp *reader, const struct eth_field *fields, size_t count,
                      void *record, struct eth_error *error);

#endif
