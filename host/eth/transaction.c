#include "host/eth/transaction.h"

#include <string.h>

#include "host/eth/fields.h"

#define HOMESTEAD_BLOCK       1150000u
#define BLOB_HASH_VERSION_KZG 0x01
#define EIP155_V_OFFSET       35u

/* A transaction while it is read: what the tables fill in beside the transaction's own fields. */
struct draft {
    struct eth_transaction transaction;
    struct eth_rlp access_list;
    struct eth_rlp blob_hashes;
    struct eth_rlp authorizations;
    uint64_t v; /* or yParity */
    struct eth_bytes r;
    struct eth_bytes s;
};

#define MEMBER(member) offsetof(struct draft, member)
#define COUNT(array)   (sizeof(array) / sizeof((array)[0]))

#define FIELD_CHAIN_ID                                                                             \
    {                                                                                              \
        "chain_id", ETH_FIELD_U64, 0, MEMBER(transaction.chain_id)                                 \
    }
#define FIELD_NONCE                                                                                \
    {                                                                                              \
        "nonce", ETH_FIELD_U64, 0, MEMBER(transaction.nonce)                                       \
    }
#define FIELD_GAS_PRICE                                                                            \
    {                                                                                              \
        "gas_price", ETH_FIELD_U256, 0, MEMBER(transaction.gas_price)                              \
    }
#define FIELD_PRIORITY_FEE                                                                         \
    {                                                                                              \
        "max_priority_fee_per_gas", ETH_FIELD_U256, 0, MEMBER(transaction.max_priority_fee)        \
    }
#define FIELD_MAX_FEE                                                                              \
    {                                                                                              \
        "max_fee_per_gas", ETH_FIELD_U256, 0, MEMBER(transaction.max_fee)                          \
    }
#define FIELD_GAS_LIMIT                                                                            \
    {                                                                                              \
        "gas_limit", ETH_FIELD_U64, 0, MEMBER(transaction.gas_limit)                               \
    }
#define FIELD_TO                                                                                   \
    {                                                                                              \
        "to", ETH_FIELD_TO, 0, MEMBER(transaction.to)                                              \
    }
#define FIELD_DESTINATION                                                                          \
    {                                                                                              \
        "destination", ETH_FIELD_TO, 0, MEMBER(transaction.to)                                     \
    }
#define FIELD_VALUE                                                                                \
    {                                                                                              \
        "value", ETH_FIELD_U256, 0, MEMBER(transaction.value)                                      \
    }
#define FIELD_DATA                                                                                 \
    {                                                                                              \
        "data", ETH_FIELD_BYTES, 0, MEMBER(transaction.data)                                       \
    }
#define FIELD_ACCESS_LIST                                                                          \
    {                                                                                              \
        "access_list", ETH_FIELD_LIST, 0, MEMBER(access_list)                                      \
    }

static const struct eth_field legacy_fields[] = {
    FIELD_NONCE, FIELD_GAS_PRICE, FIELD_GAS_LIMIT, FIELD_TO, FIELD_VALUE, FIELD_DATA,
};
static const struct eth_field access_list_fields[] = {
    FIELD_CHAIN_ID, FIELD_NONCE, FIELD_GAS_PRICE, FIELD_GAS_LIMIT,
    FIELD_TO,       FIELD_VALUE, FIELD_DATA,      FIELD_ACCESS_LIST,
};
static const struct eth_field dynamic_fee_fields[] = {
    FIELD_CHAIN_ID, FIELD_NONCE, FIELD_PRIORITY_FEE, FIELD_MAX_FEE,     FIELD_GAS_LIMIT,
    FIELD_TO,       FIELD_VALUE, FIELD_DATA,         FIELD_ACCESS_LIST,
};
static const struct eth_field blob_fields[] = {
    FIELD_CHAIN_ID,
    FIELD_NONCE,
    FIELD_PRIORITY_FEE,
    FIELD_MAX_FEE,
    FIELD_GAS_LIMIT,
    FIELD_TO,
    FIELD_VALUE,
    FIELD_DATA,
    FIELD_ACCESS_LIST,
    {"max_fee_per_blob_gas", ETH_FIELD_U256, 0, MEMBER(transaction.max_blob_fee)},
    {"blob_versioned_hashes", ETH_FIELD_LIST, 0, MEMBER(blob_hashes)},
};
static const struct eth_field set_code_fields[] = {
    FIELD_CHAIN_ID,     FIELD_NONCE,
    FIELD_PRIORITY_FEE, FIELD_MAX_FEE,
    FIELD_GAS_LIMIT,    FIELD_TO,
    FIELD_VALUE,        FIELD_DATA,
    FIELD_ACCESS_LIST,  {"authorization_list", ETH_FIELD_LIST, 0, MEMBER(authorizations)},
};
static const struct eth_field signature_fields[] = {
    {"v", ETH_FIELD_U64, 0, MEMBER(v)},
    {"r", ETH_FIELD_U256, 0, MEMBER(r)},
    {"s", ETH_FIELD_U256, 0, MEMBER(s)},
};

static const struct shape {
    const struct eth_field *fields;
    size_t count;
} shapes[] = {
    [ETH_LEGACY] = {legacy_fields, COUNT(legacy_fields)},
    [ETH_ACCESS_LIST] = {access_list_fields, COUNT(access_list_fields)},
    [ETH_DYNAMIC_FEE] = {dynamic_fee_fields, COUNT(dynamic_fee_fields)},
    [ETH_BLOB] = {blob_fields, COUNT(blob_fields)},
    [ETH_SET_CODE] = {set_code_fields, COUNT(set_code_fields)},
};

static int fail_in(struct eth_error *error, enum eth_rule rule, size_t offset, const char *field,
                   uint64_t detail)
{
    eth_fail(error, rule, offset);
    error->field = field;
    error->detail = detail;
    return rule;
}

/* One entry of an access list: [address, [storage key…]]. */
static int check_access(struct eth_rlp *list, struct eth_transaction *transaction,
                        struct eth_error *error)
{
    struct eth_rlp access;
    struct eth_rlp keys;
    const uint8_t *bytes;

    int rule = eth_rlp_next_list(list, &access, error);
    if (!rule) {
        rule = eth_rlp_next_fixed(&access, ETH_ADDRESS_SIZE, &bytes, error);
    }
    if (!rule) {
        rule = eth_rlp_next_list(&access, &keys, error);
    }
    while (!rule && !eth_rlp_at_end(&keys)) {
        rule = eth_rlp_next_fixed(&keys, ETH_HASH_SIZE, &bytes, error);
        transaction->access_list_keys++;
    }
    transaction->access_list_addresses++;
    return rule ? rule : eth_rlp_finish(&access, error);
}

static int check_access_list(struct draft *draft, struct eth_error *error)
{
    while (!eth_rlp_at_end(&draft->access_list)) {
        int rule = check_access(&draft->access_list, &draft->transaction, error);
        if (rule) {
            error->field = "access_list";
            return rule;
        }
    }
    return ETH_OK;
}

/* EIP-4844: at least one hash, all of version 1, and no contract creation. */
static int check_blob_hashes(struct draft *draft, struct eth_error *error)
{
    static const char field[] = "blob_versioned_hashes";
    struct eth_rlp *list = &draft->blob_hashes;
    const uint8_t *hash;

    if (eth_rlp_at_end(list)) {
        return fail_in(error, ETH_NO_ITEMS, eth_rlp_offset(list), field, 0);
    }
    while (!eth_rlp_at_end(list)) {
        size_t offset = eth_rlp_offset(list);
        int rule = eth_rlp_next_fixed(list, ETH_HASH_SIZE, &hash, error);
        if (rule) {
            error->field = field;
            return rule;
        }
        if (hash[0] != BLOB_HASH_VERSION_KZG) {
            return fail_in(error, ETH_BAD_BLOB_HASH, offset, field, hash[0]);
        }
        draft->transaction.blob_hashes++;
    }
    return ETH_OK;
}

/* One authorization of EIP-7702, with the bounds that it sets: a signature that does not recover
 * makes the authorization void, not the transaction, so yParity may be any byte. */
struct authorization {
    struct eth_bytes chain_id;
    const uint8_t *address;
    uint64_t nonce;
    uint64_t parity;
    struct eth_bytes r;
    struct eth_bytes s;
};

static int check_authorization(struct eth_rlp *list, struct eth_error *error)
{
    static const struct eth_field fields[] = {
        {"authorization_list", ETH_FIELD_U256, 0, offsetof(struct authorization, chain_id)},
        {"authorization_list", ETH_FIELD_FIXED, ETH_ADDRESS_SIZE,
         offsetof(struct authorization, address)},
        {"authorization_list", ETH_FIELD_U64, 0, offsetof(struct authorization, nonce)},
        {"authorization_list", ETH_FIELD_U64, 0, offsetof(struct authorization, parity)},
        {"authorization_list", ETH_FIELD_U256, 0, offsetof(struct authorization, r)},
        {"authorization_list", ETH_FIELD_U256, 0, offsetof(struct authorization, s)},
    };
    size_t offset = eth_rlp_offset(list);
    struct authorization authorization;
    struct eth_rlp items;

    int rule = eth_rlp_next_list(list, &items, error);
    if (!rule) {
        rule = eth_fields_decode(&items, fields, COUNT(fields), &authorization, error);
    }
    if (!rule) {
        rule = eth_rlp_finish(&items, error);
    }
    if (!rule && authorization.parity > UINT8_MAX) {
        rule = eth_fail(error, ETH_TOO_LARGE, offset);
    }
    return rule;
}

/* EIP-7702: at least one authorization, and no contract creation. */
static int check_authorizations(struct draft *draft, struct eth_error *error)
{
    static const char field[] = "authorization_list";
    struct eth_rlp *list = &draft->authorizations;

    if (eth_rlp_at_end(list)) {
        return fail_in(error, ETH_NO_ITEMS, eth_rlp_offset(list), field, 0);
    }
    while (!eth_rlp_at_end(list)) {
        int rule = check_authorization(list, error);
        if (rule) {
            error->field = field;
            return rule;
        }
        draft->transaction.authorizations++;
    }
    return ETH_OK;
}

/* What the type demands beyond the table. */
static int check_lists(struct draft *draft, size_t offset, struct eth_error *error)
{
    enum eth_transaction_type type = draft->transaction.type;

    if (type == ETH_LEGACY) {
        return ETH_OK;
    }
    if ((type == ETH_BLOB || type == ETH_SET_CODE) && draft->transaction.to.size == 0) {
        return fail_in(error, ETH_WRONG_LENGTH, offset, "to", 0);
    }
    int rule = check_access_list(draft, error);
    if (!rule && type == ETH_BLOB) {
        rule = check_blob_hashes(draft, error);
    }
    if (!rule && type == ETH_SET_CODE) {
        rule = check_authorizations(draft, error);
    }
    return rule;
}

/* v of legacy transactions: 27 + parity, or 35 + 2·chain id + parity (EIP-155). */
static int take_legacy_v(struct draft *draft, size_t offset, struct eth_error *error)
{
    struct eth_transaction *transaction = &draft->transaction;

    if (draft->v == 27 || draft->v == 28) {
        transaction->recid = (uint8_t)(draft->v - 27);
        return ETH_OK;
    }
    if (draft->v < EIP155_V_OFFSET) {
        return fail_in(error, ETH_BAD_V, offset, "v", draft->v);
    }
    transaction->has_chain_id = true;
    transaction->chain_id = (draft->v - EIP155_V_OFFSET) / 2;
    transaction->recid = (uint8_t)((draft->v - EIP155_V_OFFSET) % 2);
    return ETH_OK;
}

static void take_scalar(struct eth_bytes scalar, uint8_t out[32])
{
    memset(out, 0, 32);
    if (scalar.size > 0) {
        memcpy(out + 32 - scalar.size, scalar.data, scalar.size);
    }
}

static int decode_signature(struct eth_rlp *reader, struct draft *draft, struct eth_error *error)
{
    size_t offset = eth_rlp_offset(reader);

    int rule = eth_fields_decode(reader, signature_fields, COUNT(signature_fields), draft, error);
    if (rule) {
        return rule;
    }
    take_scalar(draft->r, draft->transaction.r);
    take_scalar(draft->s, draft->transaction.s);
    if (draft->transaction.type == ETH_LEGACY) {
        return take_legacy_v(draft, offset, error);
    }
    if (draft->v > 1) {
        return fail_in(error, ETH_BAD_PARITY, offset, "y_parity", draft->v);
    }
    draft->transaction.has_chain_id = true;
    draft->transaction.recid = (uint8_t)draft->v;
    return ETH_OK;
}

/* The list of fields and signature; `reader` reads its items. */
static int decode_fields(struct eth_rlp *reader, struct draft *draft, struct eth_error *error)
{
    const struct shape *shape = &shapes[draft->transaction.type];
    const uint8_t *start = reader->at;
    size_t offset = eth_rlp_offset(reader);

    int rule = eth_fields_decode(reader, shape->fields, shape->count, draft, error);
    if (rule) {
        return rule;
    }
    draft->transaction.unsigned_fields = (struct eth_bytes){start, (size_t)(reader->at - start)};
    rule = check_lists(draft, offset, error);
    if (!rule) {
        rule = decode_signature(reader, draft, error);
    }
    return rule ? rule : eth_rlp_finish(reader, error);
}

/* `encoding` is a type byte and a list, and lies in the input of `base`. */
static int decode_typed(struct eth_bytes encoding, const uint8_t *base, struct draft *draft,
                        struct eth_error *error)
{
    size_t offset = (size_t)(encoding.data - base);
    struct eth_rlp fields;

    if (encoding.size == 0) {
        return eth_fail(error, ETH_WRONG_LENGTH, offset);
    }
    uint8_t type = encoding.data[0];
    if (type == ETH_LEGACY || type >= COUNT(shapes)) {
        return fail_in(error, ETH_UNKNOWN_TYPE, offset, NULL, type);
    }
    draft->transaction.type = (enum eth_transaction_type)type;
    draft->transaction.encoding = encoding;
    struct eth_rlp reader = {base, encoding.data + 1, encoding.data + encoding.size, false};
    int rule = eth_rlp_next_list(&reader, &fields, error);
    if (!rule) {
        rule = decode_fields(&fields, draft, error);
    }
    return rule ? rule : eth_rlp_finish(&reader, error);
}

static int decode_legacy(const struct eth_rlp_item *item, const uint8_t *base, struct draft *draft,
                         struct eth_error *error)
{
    struct eth_bytes payload = item->payload;
    struct eth_rlp fields = {base, payload.data, payload.data + payload.size, true};

    draft->transaction.encoding = item->encoding;
    return decode_fields(&fields, draft, error);
}

int eth_transaction_decode(struct eth_rlp *reader, struct eth_transaction *transaction,
                           struct eth_error *error)
{
    struct eth_rlp_item item;
    struct draft draft = {0};

    int rule = eth_rlp_next(reader, &item, error);
    if (rule) {
        return rule;
    }
    rule = item.is_list ? decode_legacy(&item, reader->base, &draft, error)
                        : decode_typed(item.payload, reader->base, &draft, error);
    if (!rule) {
        *transaction = draft.transaction;
    }
    return rule;
}

int eth_transaction_decode_bytes(struct eth_bytes bytes, struct eth_transaction *transaction,
                                 struct eth_error *error)
{
    struct eth_rlp reader = eth_rlp_open(bytes);
    struct draft draft = {0};

    if (!eth_rlp_at_end(&reader) && reader.at[0] >= 0xc0) {
        int rule = eth_transaction_decode(&reader, transaction, error);
        return rule ? rule : eth_rlp_finish(&reader, error);
    }
    int rule = decode_typed((struct eth_bytes){reader.at, bytes.size}, reader.base, &draft, error);
    if (!rule) {
        *transaction = draft.transaction;
    }
    return rule;
}

void eth_transaction_signing_edges(const struct eth_transaction *transaction,
                                   struct eth_signing_edges *edges)
{
    uint8_t *head = edges->head;
    uint8_t *tail = edges->tail;

    if (transaction->type != ETH_LEGACY) {
        *head++ = (uint8_t)transaction->type;
    } else if (transaction->has_chain_id) { /* EIP-155 */
        tail = eth_rlp_put_u64(tail, transaction->chain_id);
        tail = eth_rlp_put_u64(tail, 0);
        tail = eth_rlp_put_u64(tail, 0);
    }
    edges->tail_size = (uint8_t)(tail - edges->tail);
    head = eth_rlp_put_list(head, transaction->unsigned_fields.size + edges->tail_size);
    edges->head_size = (uint8_t)(head - edges->head);
}

bool eth_transaction_has_low_s(const struct eth_transaction *transaction)
{
    static const uint8_t half_order[32] = {
        0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
        0xff, 0xff, 0xff, 0xff, 0xff, 0x5d, 0x57, 0x6e, 0x73, 0x57, 0xa4,
        0x50, 0x1d, 0xdf, 0xe9, 0x2f, 0x46, 0x68, 0x1b, 0x20, 0xa0,
    };

    return memcmp(transaction->s, half_order, sizeof half_order) <= 0;
}

bool eth_low_s_required(uint64_t block_number)
{
    return block_number >= HOMESTEAD_BLOCK;
}
