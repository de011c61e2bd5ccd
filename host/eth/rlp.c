#include "host/eth/rlp.h"

#include <string.h>

enum {
    STRING_BASE = 0x80,
    LIST_BASE = 0xc0,
    SHORT_MAX = 55, /* longest payload whose length stands in the first byte */
};

struct eth_rlp eth_rlp_open(struct eth_bytes input)
{
    static const uint8_t nothing[1];
    const uint8_t *base = input.data ? input.data : nothing;

    return (struct eth_rlp){base, base, base + input.size, false};
}

static int past_end(const struct eth_rlp *reader, size_t offset, struct eth_error *error)
{
    return eth_fail(error, reader->in_list ? ETH_PAST_LIST_END : ETH_TRUNCATED, offset);
}

/* The length in `digits` big-endian bytes at `at`, which lie inside the input. */
static int long_length(const uint8_t *at, size_t digits, size_t offset, size_t *length,
                       struct eth_error *error)
{
    size_t value = 0;

    if (at[0] == 0) {
        return eth_fail(error, ETH_NON_CANONICAL_SIZE, offset);
    }
    if (digits > sizeof(size_t)) {
        return eth_fail(error, ETH_OVERSIZED, offset);
    }
    for (size_t i = 0; i < digits; i++) {
        value = value << 8 | at[i];
    }
    if (value <= SHORT_MAX) {
        return eth_fail(error, ETH_NON_CANONICAL_SIZE, offset);
    }
    *length = value;
    return ETH_OK;
}

int eth_rlp_next(struct eth_rlp *reader, struct eth_rlp_item *item, struct eth_error *error)
{
    size_t offset = eth_rlp_offset(reader);
    size_t left = (size_t)(reader->end - reader->at);
    size_t prefix = 1;
    size_t length;

    if (left == 0) {
        return eth_fail(error, reader->in_list ? ETH_TOO_FEW : ETH_TRUNCATED, offset);
    }
    uint8_t first = reader->at[0];
    uint8_t base = first >= LIST_BASE ? LIST_BASE : STRING_BASE;
    if (first < STRING_BASE) {
        prefix = 0;
        length = 1;
    } else if (first - base <= SHORT_MAX) {
        length = (size_t)(first - base);
    } else {
        prefix += (size_t)(first - base - SHORT_MAX);
        if (prefix > left) {
            return past_end(reader, offset, error);
        }
        int rule = long_length(reader->at + 1, prefix - 1, offset, &length, error);
        if (rule) {
            return rule;
        }
    }
    if (length > left - prefix) {
        return past_end(reader, offset, error);
    }
    if (first == STRING_BASE + 1 && reader->at[1] < STRING_BASE) {
        return eth_fail(error, ETH_NON_CANONICAL_BYTE, offset);
    }
    item->is_list = first >= LIST_BASE;
    item->encoding = (struct eth_bytes){reader->at, prefix + length};
    item->payload = (struct eth_bytes){reader->at + prefix, length};
    reader->at += prefix + length;
    return ETH_OK;
}

int eth_rlp_next_list(struct eth_rlp *reader, struct eth_rlp *list, struct eth_error *error)
{
    struct eth_rlp_item item;
    size_t offset = eth_rlp_offset(reader);

    int rule = eth_rlp_next(reader, &item, error);
    if (rule) {
        return rule;
    }
    if (!item.is_list) {
        return eth_fail(error, ETH_WANT_LIST, offset);
    }
    *list = (struct eth_rlp){reader->base, item.payload.data, item.payload.data + item.payload.size,
                             true};
    return ETH_OK;
}

int eth_rlp_next_string(struct eth_rlp *reader, struct eth_bytes *string, struct eth_error *error)
{
    struct eth_rlp_item item;
    size_t offset = eth_rlp_offset(reader);

    int rule = eth_rlp_next(reader, &item, error);
    if (rule) {
        return rule;
    }
    if (item.is_list) {
        return eth_fail(error, ETH_WANT_STRING, offset);
    }
    *string = item.payload;
    return ETH_OK;
}

int eth_rlp_next_fixed(struct eth_rlp *reader, size_t size, const uint8_t **bytes,
                       struct eth_error *error)
{
    struct eth_bytes string;
    size_t offset = eth_rlp_offset(reader);

    int rule = eth_rlp_next_string(reader, &string, error);
    if (rule) {
        return rule;
    }
    if (string.size != size) {
        return eth_fail(error, ETH_WRONG_LENGTH, offset);
    }
    *bytes = string.data;
    return ETH_OK;
}

static int next_integer(struct eth_rlp *reader, size_t max_size, struct eth_bytes *value,
                        struct eth_error *error)
{
    size_t offset = eth_rlp_offset(reader);

    int rule = eth_rlp_next_string(reader, value, error);
    if (rule) {
        return rule;
    }
    if (value->size > 0 && value->data[0] == 0) {
        return eth_fail(error, ETH_LEADING_ZERO, offset);
    }
    if (value->size > max_size) {
        return eth_fail(error, ETH_TOO_LARGE, offset);
    }
    return ETH_OK;
}

int eth_rlp_next_u64(struct eth_rlp *reader, uint64_t *value, struct eth_error *error)
{
    struct eth_bytes digits;

    int rule = next_integer(reader, sizeof *value, &digits, error);
    if (rule) {
        return rule;
    }
    *value = 0;
    for (size_t i = 0; i < digits.size; i++) {
        *value = *value << 8 | digits.data[i];
    }
    return ETH_OK;
}

int eth_rlp_next_u256(struct eth_rlp *reader, struct eth_bytes *value, struct eth_error *error)
{
    return next_integer(reader, 32, value, error);
}

int eth_rlp_count(const struct eth_rlp *reader, size_t *count, struct eth_error *error)
{
    struct eth_rlp rest = *reader;
    struct eth_rlp_item item;

    for (*count = 0; !eth_rlp_at_end(&rest); ++*count) {
        int rule = eth_rlp_next(&rest, &item, error);
        if (rule) {
            return rule;
        }
    }
    return ETH_OK;
}

int eth_rlp_finish(const struct eth_rlp *reader, struct eth_error *error)
{
    if (eth_rlp_at_end(reader)) {
        return ETH_OK;
    }
    return eth_fail(error, reader->in_list ? ETH_TOO_MANY : ETH_TRAILING_BYTES,
                    eth_rlp_offset(reader));
}

static size_t significant_bytes(uint64_t value)
{
    size_t bytes = 0;

    for (; value; value >>= 8) {
        bytes++;
    }
    return bytes;
}

static uint8_t *put_big_endian(uint8_t *out, uint64_t value)
{
    for (size_t i = significant_bytes(value); i-- > 0;) {
        *out++ = (uint8_t)(value >> 8 * i);
    }
    return out;
}

static uint8_t *put_prefix(uint8_t *out, uint8_t base, size_t payload_size)
{
    if (payload_size <= SHORT_MAX) {
        *out++ = (uint8_t)(base + payload_size);
        return out;
    }
    *out++ = (uint8_t)(base + SHORT_MAX + significant_bytes(payload_size));
    return put_big_endian(out, payload_size);
}

size_t eth_rlp_prefix_size(size_t payload_size)
{
    return payload_size <= SHORT_MAX ? 1 : 1 + significant_bytes(payload_size);
}

uint8_t *eth_rlp_put_string_prefix(uint8_t *out, size_t payload_size)
{
    return put_prefix(out, STRING_BASE, payload_size);
}

static bool is_single_byte(struct eth_bytes string)
{
    return string.size == 1 && string.data[0] < STRING_BASE;
}

size_t eth_rlp_string_size(struct eth_bytes string)
{
    return is_single_byte(string) ? 1 : eth_rlp_prefix_size(string.size) + string.size;
}

size_t eth_rlp_u64_size(uint64_t value)
{
    return value > 0 && value < STRING_BASE ? 1 : 1 + significant_bytes(value);
}

uint8_t *eth_rlp_put_list(uint8_t *out, size_t payload_size)
{
    return put_prefix(out, LIST_BASE, payload_size);
}

uint8_t *eth_rlp_put_string(uint8_t *out, struct eth_bytes string)
{
    if (!is_single_byte(string)) {
        out = put_prefix(out, STRING_BASE, string.size);
    }
    if (string.size > 0) {
        memcpy(out, string.data, string.size);
    }
    return out + string.size;
}

uint8_t *eth_rlp_put_u64(uint8_t *out, uint64_t value)
{
    uint8_t digits[sizeof value];
    uint8_t *end = put_big_endian(digits, value);

    return eth_rlp_put_string(out, (struct eth_bytes){digits, (size_t)(end - digits)});
}
