#include "host/eth/header.h"

#include "host/eth/fields.h"

#define MEMBER(member) offsetof(struct eth_header, member)

static const struct eth_field fields[] = {
    {"parent_hash", ETH_FIELD_FIXED, ETH_HASH_SIZE, MEMBER(parent_hash)},
    {"uncles_hash", ETH_FIELD_FIXED, ETH_HASH_SIZE, MEMBER(uncles_hash)},
    {"beneficiary", ETH_FIELD_FIXED, ETH_ADDRESS_SIZE, MEMBER(beneficiary)},
    {"state_root", ETH_FIELD_FIXED, ETH_HASH_SIZE, MEMBER(state_root)},
    {"transactions_root", ETH_FIELD_FIXED, ETH_HASH_SIZE, MEMBER(transactions_root)},
    {"receipts_root", ETH_FIELD_FIXED, ETH_HASH_SIZE, MEMBER(receipts_root)},
    {"logs_bloom", ETH_FIELD_FIXED, ETH_BLOOM_SIZE, MEMBER(logs_bloom)},
    {"difficulty", ETH_FIELD_U256, 0, MEMBER(difficulty)},
    {"number", ETH_FIELD_U64, 0, MEMBER(number)},
    {"gas_limit", ETH_FIELD_U64, 0, MEMBER(gas_limit)},
    {"gas_used", ETH_FIELD_U64, 0, MEMBER(gas_used)},
    {"timestamp", ETH_FIELD_U64, 0, MEMBER(timestamp)},
    {"extra_data", ETH_FIELD_BYTES, 0, MEMBER(extra_data)},
    {"mix_hash", ETH_FIELD_FIXED, ETH_HASH_SIZE, MEMBER(mix_hash)},
    {"nonce", ETH_FIELD_FIXED, ETH_NONCE_SIZE, MEMBER(nonce)},
    {"base_fee_per_gas", ETH_FIELD_U256, 0, MEMBER(base_fee_per_gas)},
    {"withdrawals_root", ETH_FIELD_FIXED, ETH_HASH_SIZE, MEMBER(withdrawals_root)},
    {"blob_gas_used", ETH_FIELD_U64, 0, MEMBER(blob_gas_used)},
    {"excess_blob_gas", ETH_FIELD_U64, 0, MEMBER(excess_blob_gas)},
    {"parent_beacon_block_root", ETH_FIELD_FIXED, ETH_HASH_SIZE, MEMBER(parent_beacon_block_root)},
    {"requests_hash", ETH_FIELD_FIXED, ETH_HASH_SIZE, MEMBER(requests_hash)},
};

static bool is_known_shape(size_t count)
{
    return count == ETH_HEADER_FRONTIER || count == ETH_HEADER_LONDON ||
           count == ETH_HEADER_SHANGHAI || count == ETH_HEADER_CANCUN || count == ETH_HEADER_PRAGUE;
}

int eth_header_decode(struct eth_rlp *reader, struct eth_header *header, struct eth_error *error)
{
    const uint8_t *start = reader->at;
    size_t offset = eth_rlp_offset(reader);
    struct eth_rlp list;
    size_t count;

    *header = (struct eth_header){0};
    int rule = eth_rlp_next_list(reader, &list, error);
    if (!rule) {
        rule = eth_rlp_count(&list, &count, error);
    }
    if (rule) {
        return rule;
    }
    if (!is_known_shape(count)) {
        eth_fail(error, ETH_FIELD_COUNT, offset);
        error->detail = count;
        return ETH_FIELD_COUNT;
    }
    header->shape = (enum eth_header_shape)count;
    header->encoding = (struct eth_bytes){start, (size_t)(reader->at - start)};
    return eth_fields_decode(&list, fields, count, header, error);
}
