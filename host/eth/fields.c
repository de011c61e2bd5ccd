#include "host/eth/fields.h"

#include "host/eth/bytes.h"

static int next_to(struct eth_rlp *reader, struct eth_bytes *to, struct eth_error *error)
{
    size_t offset = eth_rlp_offset(reader);

    int rule = eth_rlp_next_string(reader, to, error);
    if (rule) {
        return rule;
    }
    if (to->size != 0 && to->size != ETH_ADDRESS_SIZE) {
        return eth_fail(error, ETH_WRONG_LENGTH, offset);
    }
    return ETH_OK;
}

static int decode_field(struct eth_rlp *reader, const struct eth_field *field, void *member,
                        struct eth_error *error)
{
    switch (field->kind) {
    case ETH_FIELD_FIXED:
        return eth_rlp_next_fixed(reader, field->size, member, error);
    case ETH_FIELD_U64:
        return eth_rlp_next_u64(reader, member, error);
    case ETH_FIELD_U256:
        return eth_rlp_next_u256(reader, member, error);
    case ETH_FIELD_BYTES:
        return eth_rlp_next_string(reader, member, error);
    case ETH_FIELD_TO:
        return next_to(reader, member, error);
    case ETH_FIELD_LIST:
        break;
    }
    return eth_rlp_next_list(reader, member, error);
}

int eth_fields_decode(struct eth_rlp *reader, const struct eth_field *fields, size_t count,
                      void *record, struct eth_error *error)
{
    for (size_t i = 0; i < count; i++) {
        int rule = decode_field(reader, &fields[i], (char *)record + fields[i].member, error);
        if (rule) {
            error->field = fields[i].name;
            return rule;
        }
    }
    return ETH_OK;
}
