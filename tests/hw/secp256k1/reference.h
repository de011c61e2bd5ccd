// Recovery by libsecp256k1, with the statuses of hyperion/batch.h, for the benches of the recovery
// core.
#ifndef HYPERION_TESTS_SECP256K1_REFERENCE_H
#define HYPERION_TESTS_SECP256K1_REFERENCE_H

#include <array>
#include <cstdint>
#include <random>
#include <vector>

namespace secp
{

using Number = std::array<uint8_t, 32>; // big-endian

struct Item {
    Number hash, r, s;
    uint8_t recid;
};

struct Answer {
    uint8_t status;
    std::array<uint8_t, 64> key; // zero unless the status is 0

    bool operator==(const Answer &other) const
    {
        return status == other.status && key == other.key;
    }
};

// The status that range checks alone give: 0, or bad_recid, bad_r, bad_s, high_s.
uint8_t range_status(const Item &item, bool low_s);

// r + n; only for r that range_status let through with recid & 2.
Number add_order(const Number &r);

Answer recover(const Item &item, bool low_s);

// A random valid signature.
Item random_item(std::mt19937_64 &random);

// A valid signature with one of its parts changed, or structured numbers; often refused.
Item mutated_item(std::mt19937_64 &random);

// The cases of ../shared/data/ecrecover.json; empty where the file is absent.
struct Case {
    Item item;
    bool fails;
    std::array<uint8_t, 64> key;
};
std::vector<Case> shared_cases();

// Items that the model crafted against the microprogram (model/adversary.py): lines of hash r s
// recid in hex.
std::vector<Item> read_items(const char *path);

} // namespace secp

#endif
