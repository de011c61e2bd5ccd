#include "host/eth/block.h"

#include "host/eth/fields.h"

enum { SHORTEST_TRANSACTION = 10 }; /* nine fields of one byte in a list */

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static int in_object(struct eth_error *error, const char *object, size_t index)
{
    error->object = object;
    error->index = index;
    return error->rule;
}

/* How many of `count` items can be transactions, given the bytes that they take together: memory
 * follows the size of the input, not the number of empty items in it. What is too short fails to
 * decode before the array is full. */
static size_t most_transactions(const struct eth_rlp *list, size_t count)
{
    size_t fit = (size_t)(list->end - list->at) / SHORTEST_TRANSACTION;

    return count <= fit ? count : fit + 1;
}

static int decode_transactions(struct eth_rlp *reader, struct eth_arena *arena,
                               struct eth_block *block, struct eth_error *error)
{
    size_t offset = eth_rlp_offset(reader);
    struct eth_rlp list;

    int rule = eth_rlp_next_list(reader, &list, error);
    if (!rule) {
        rule = eth_rlp_count(&list, &block->transaction_count, error);
    }
    if (rule) {
        return in_object(error, "transactions", ETH_NO_INDEX);
    }
    size_t capacity = most_transactions(&list, block->transaction_count);
    block->transactions = eth_arena_array(arena, capacity, sizeof block->transactions[0]);
    if (!block->transactions) {
        return eth_fail(error, ETH_NO_MEMORY, offset);
    }
    for (size_t i = 0; i < block->transaction_count; i++) {
        if (eth_transaction_decode(&list, &block->transactions[i], error)) {
            return in_object(error, "transaction", i);
        }
    }
    return ETH_OK;
}

static int decode_uncles(struct eth_rlp *reader, struct eth_block *block, struct eth_error *error)
{
    const uint8_t *start = reader->at;
    struct eth_header uncle;
    struct eth_rlp list;

    if (eth_rlp_next_list(reader, &list, error)) {
        return in_object(error, "uncles", ETH_NO_INDEX);
    }
    block->uncles = (struct eth_bytes){start, (size_t)(reader->at - start)};
    for (; !eth_rlp_at_end(&list); block->uncle_count++) {
        if (eth_header_decode(&list, &uncle, error)) {
            return in_object(error, "uncle", block->uncle_count);
        }
    }
    return ETH_OK;
}

struct withdrawal {
    uint64_t index;
    uint64_t validator;
    const uint8_t *address;
    uint64_t amount;
};

/* [index, validator index, address, amount in Gwei] (EIP-4895) */
static int decode_withdrawal(struct eth_rlp *reader, struct eth_bytes *encoding,
                             struct eth_error *error)
{
    static const struct eth_field fields[] = {
        {"index", ETH_FIELD_U64, 0, offsetof(struct withdrawal, index)},
        {"validator_index", ETH_FIELD_U64, 0, offsetof(struct withdrawal, validator)},
        {"address", ETH_FIELD_FIXED, ETH_ADDRESS_SIZE, offsetof(struct withdrawal, address)},
        {"amount", ETH_FIELD_U64, 0, offsetof(struct withdrawal, amount)},
    };
    const uint8_t *start = reader->at;
    struct withdrawal withdrawal;
    struct eth_rlp list;

    int rule = eth_rlp_next_list(reader, &list, error);
    if (!rule) {
        rule = eth_fields_decode(&list, fields, COUNT(fields), &withdrawal, error);
    }
    *encoding = (struct eth_bytes){start, (size_t)(reader->at - start)};
    return rule ? rule : eth_rlp_finish(&list, error);
}

static int decode_withdrawals(struct eth_rlp *reader, struct eth_arena *arena,
                              struct eth_block *block, struct eth_error *error)
{
    size_t offset = eth_rlp_offset(reader);
    struct eth_rlp list;

    int rule = eth_rlp_next_list(reader, &list, error);
    if (!rule) {
        rule = eth_rlp_count(&list, &block->withdrawal_count, error);
    }
    if (rule) {
        return in_object(error, "withdrawals", ETH_NO_INDEX);
    }
    block->has_withdrawals = true;
    block->withdrawals =
        eth_arena_array(arena, block->withdrawal_count, sizeof block->withdrawals[0]);
    if (!block->withdrawals) {
        return eth_fail(error, ETH_NO_MEMORY, offset);
    }
    for (size_t i = 0; i < block->withdrawal_count; i++) {
        if (decode_withdrawal(&list, &block->withdrawals[i], error)) {
            return in_object(error, "withdrawal", i);
        }
    }
    return ETH_OK;
}

static int decode_body(struct eth_rlp *reader, struct eth_arena *arena, struct eth_block *block,
                       struct eth_error *error)
{
    int rule = decode_transactions(reader, arena, block, error);
    if (!rule) {
        rule = decode_uncles(reader, block, error);
    }
    if (!rule && !eth_rlp_at_end(reader)) {
        rule = decode_withdrawals(reader, arena, block, error);
    }
    if (!rule && block->has_withdrawals != (block->header.withdrawals_root != NULL)) {
        eth_fail(error, ETH_WITHDRAWALS, eth_rlp_offset(reader));
        rule = in_object(error, "block", ETH_NO_INDEX);
    }
    return rule;
}

int eth_block_decode(struct eth_bytes input, struct eth_arena *arena, struct eth_block *block,
                     struct eth_error *error)
{
    struct eth_rlp reader = eth_rlp_open(input);
    struct eth_rlp list;

    *block = (struct eth_block){0};
    if (eth_rlp_next_list(&reader, &list, error)) {
        return in_object(error, "block", ETH_NO_INDEX);
    }
    if (eth_header_decode(&list, &block->header, error)) {
        return in_object(error, "header", ETH_NO_INDEX);
    }
    int rule = decode_body(&list, arena, block, error);
    if (rule) {
        return rule;
    }
    if (eth_rlp_finish(&list, error) || eth_rlp_finish(&reader, error)) {
        return in_object(error, "block", ETH_NO_INDEX);
    }
    return ETH_OK;
}
