#include "tests/hw/secp256k1/reference.h"

#include <cstdio>
#include <cstring>

#include <jansson.h>
#include <secp256k1.h>
#include <secp256k1_recovery.h>

extern "C" {
#include "hyperion/batch.h"
#include "tests/support/shared_data.h"
}

namespace secp
{
namespace
{

const Number kOrder = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                       0xff, 0xff, 0xff, 0xff, 0xfe, 0xba, 0xae, 0xdc, 0xe6, 0xaf, 0x48,
                       0xa0, 0x3b, 0xbf, 0xd2, 0x5e, 0x8c, 0xd0, 0x36, 0x41, 0x41};
const Number kHalfOrder = {0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                           0xff, 0xff, 0xff, 0xff, 0xff, 0x5d, 0x57, 0x6e, 0x73, 0x57, 0xa4,
                           0x50, 0x1d, 0xdf, 0xe9, 0x2f, 0x46, 0x68, 0x1b, 0x20, 0xa0};
// p - n: r + n is a coordinate only for r below it.
const Number kGap = {0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,
                     0,    0,    0,    0,    1,    0x45, 0x51, 0x23, 0x19, 0x50, 0xb7,
                     0x5f, 0xc4, 0x40, 0x2d, 0xa1, 0x72, 0x2f, 0xc9, 0xba, 0xee};

const secp256k1_context *context()
{
    static secp256k1_context *made = secp256k1_context_create(SECP256K1_CONTEXT_NONE);
    return made;
}

bool is_zero(const Number &number)
{
    return number == Number{};
}

Number random_number(std::mt19937_64 &random)
{
    Number number;
    for (auto &byte : number) {
        byte = static_cast<uint8_t>(random());
    }
    return number;
}

bool parse_hex(const char *text, uint8_t *out, size_t bytes)
{
    if (std::strlen(text) < 2 * bytes) {
        return false;
    }
    for (size_t i = 0; i < bytes; i++) {
        unsigned value;
        if (std::sscanf(text + 2 * i, "%2x", &value) != 1) {
            return false;
        }
        out[i] = static_cast<uint8_t>(value);
    }
    return true;
}

// Small numbers, and numbers near 0, n, p and 2^256: what ranges are tested with.
Number edge_number(std::mt19937_64 &random)
{
    Number number{};
    switch (random() % 5) {
    case 0:
        number[31] = static_cast<uint8_t>(random() % 4);
        break;
    case 1:
        number = kOrder;
        number[31] = static_cast<uint8_t>(number[31] + random() % 5 - 2);
        break;
    case 2:
        number.fill(0xff);
        number[31] = static_cast<uint8_t>(random());
        break;
    case 3:
        number = kHalfOrder;
        number[31] = static_cast<uint8_t>(number[31] + random() % 5 - 2);
        break;
    default:
        number = kGap;
        number[31] = static_cast<uint8_t>(number[31] + random() % 5 - 2);
        break;
    }
    return number;
}

} // namespace

uint8_t range_status(const Item &item, bool low_s)
{
    if (item.recid > 3) {
        return HYP_STATUS_BAD_RECID;
    }
    if (is_zero(item.r) || item.r >= kOrder) {
        return HYP_STATUS_BAD_R;
    }
    if (is_zero(item.s) || item.s >= kOrder) {
        return HYP_STATUS_BAD_S;
    }
    if (low_s && item.s > kHalfOrder) {
        return HYP_STATUS_HIGH_S;
    }
    return (item.recid & 2) && item.r >= kGap ? HYP_STATUS_BAD_R : HYP_STATUS_OK;
}

Number add_order(const Number &r)
{
    Number sum;
    unsigned carry = 0;
    for (int i = 31; i >= 0; i--) {
        carry += r[i] + kOrder[i];
        sum[i] = static_cast<uint8_t>(carry);
        carry >>= 8;
    }
    return sum;
}

Answer recover(const Item &item, bool low_s)
{
    Answer answer{range_status(item, low_s), {}};
    if (answer.status != HYP_STATUS_OK) {
        return answer;
    }
    // x is on the curve exactly if a compressed key with it parses.
    uint8_t compressed[33] = {2};
    Number x = item.recid & 2 ? add_order(item.r) : item.r;
    std::memcpy(compressed + 1, x.data(), 32);
    secp256k1_pubkey key;
    if (!secp256k1_ec_pubkey_parse(context(), &key, compressed, 33)) {
        answer.status = HYP_STATUS_NOT_ON_CURVE;
        return answer;
    }
    uint8_t compact[64];
    std::memcpy(compact, item.r.data(), 32);
    std::memcpy(compact + 32, item.s.data(), 32);
    secp256k1_ecdsa_recoverable_signature signature;
    if (!secp256k1_ecdsa_recoverable_signature_parse_compact(context(), &signature, compact,
                                                             item.recid) ||
        !secp256k1_ecdsa_recover(context(), &key, &signature, item.hash.data())) {
        answer.status = HYP_STATUS_INFINITY;
        return answer;
    }
    uint8_t serialized[65];
    size_t length = sizeof serialized;
    secp256k1_ec_pubkey_serialize(context(), serialized, &length, &key, SECP256K1_EC_UNCOMPRESSED);
    std::memcpy(answer.key.data(), serialized + 1, 64);
    return answer;
}

Item random_item(std::mt19937_64 &random)
{
    for (;;) {
        Item item;
        Number secret = random_number(random);
        item.hash = random_number(random);
        secp256k1_ecdsa_recoverable_signature signature;
        if (!secp256k1_ecdsa_sign_recoverable(context(), &signature, item.hash.data(),
                                              secret.data(), nullptr, nullptr)) {
            continue;
        }
        uint8_t compact[64];
        int recid;
        secp256k1_ecdsa_recoverable_signature_serialize_compact(context(), compact, &recid,
                                                                &signature);
        std::memcpy(item.r.data(), compact, 32);
        std::memcpy(item.s.data(), compact + 32, 32);
        item.recid = static_cast<uint8_t>(recid);
        return item;
    }
}

Item mutated_item(std::mt19937_64 &random)
{
    Item item = random_item(random);
    switch (random() % 8) {
    case 0:
        item.recid = static_cast<uint8_t>(random() % 6);
        break;
    case 1:
        item.r = random_number(random);
        break;
    case 2:
        item.s = random_number(random);
        break;
    case 3:
        item.hash = edge_number(random);
        break;
    case 4:
        item.r = edge_number(random);
        item.recid = static_cast<uint8_t>(random() % 4);
        break;
    case 5:
        item.s = edge_number(random);
        break;
    case 6:
        item.hash[random() % 32] ^= static_cast<uint8_t>(1u << random() % 8);
        break;
    default:
        item.recid ^= 1;
        break;
    }
    return item;
}

std::vector<Case> shared_cases()
{
    std::vector<Case> cases;
    const char *path = shared_data_path("ecrecover.json");
    json_t *root = path ? json_load_file(path, 0, nullptr) : nullptr;
    size_t index;
    json_t *entry;
    json_array_foreach(root, index, entry)
    {
        Case made{};
        parse_hex(json_string_value(json_object_get(entry, "hash")), made.item.hash.data(), 32);
        parse_hex(json_string_value(json_object_get(entry, "r")), made.item.r.data(), 32);
        parse_hex(json_string_value(json_object_get(entry, "s")), made.item.s.data(), 32);
        made.item.recid = static_cast<uint8_t>(json_integer_value(json_object_get(entry, "recid")));
        const char *key = json_string_value(json_object_get(entry, "pubkey"));
        made.fails = key == nullptr;
        if (key) {
            parse_hex(key, made.key.data(), 64);
        }
        cases.push_back(made);
    }
    json_decref(root);
    return cases;
}

std::vector<Item> read_items(const char *path)
{
    std::vector<Item> items;
    FILE *file = std::fopen(path, "r");
    char line[256];
    while (file && std::fgets(line, sizeof line, file)) {
        Item item;
        if (std::strlen(line) >= 64 * 3 + 4 && parse_hex(line, item.hash.data(), 32) &&
            parse_hex(line + 65, item.r.data(), 32) && parse_hex(line + 130, item.s.data(), 32)) {
            item.recid = static_cast<uint8_t>(line[195] - '0');
            items.push_back(item);
        }
    }
    if (file) {
        std::fclose(file);
    }
    return items;
}

} // namespace secp
