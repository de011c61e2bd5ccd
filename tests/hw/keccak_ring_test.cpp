// The ring alone: every slot runs its own permutation, and the digests are those of the C
// reference.
#include <cstdio>
#include <cstring>

#include "Vkeccak_ring.h"
#include "Vkeccak_ring_u24.h"

#include "hyperion/keccak.h"
#include "sim/random.h"
#include "tests/sim/tap.h"

namespace
{

constexpr size_t kRate = 136;

// A message of one block, and the block with its padding.
struct Message {
    uint8_t text[kRate], block[kRate] = {};
    size_t length;

    explicit Message(sim::Random &random) : length(random.below(kRate))
    {
        for (uint8_t &byte : text)
            byte = static_cast<uint8_t>(random.next());
        std::memcpy(block, text, length);
        block[length] ^= 0x01;
        block[kRate - 1] ^= 0x80;
    }
};

template <class Top> void test_ring(const char *name, unsigned stages)
{
    const unsigned slots = stages + 1, passes = 24 / stages;
    Top ring;
    sim::Random random(stages);
    std::vector<Message> messages;
    for (unsigned i = 0; i < 6 * slots; i++)
        messages.emplace_back(random);

    // Slot i comes round every `slots` cycles; each of its permutations takes `passes` rounds of
    // the ring.
    unsigned right = 0;
    for (unsigned cycle = 0; cycle < slots * (6 * passes + 1); cycle++) {
        const unsigned turn = cycle / slots, permutation = turn / passes, pass = turn % passes;
        const unsigned message = permutation * slots + cycle % slots;
        ring.clk_i = 0;
        ring.eval();
        if (pass == 0 && permutation > 0) {
            const Message &ended = messages[message - slots];
            uint8_t digest[HYP_KECCAK_DIGEST_SIZE];
            hyp_keccak256(ended.text, ended.length, digest);
            right += std::memcmp(digest, ring.digest_o.data(), sizeof digest) == 0;
        }
        ring.from_ring_i = pass != 0;
        ring.from_park_i = ring.park_i = 0;
        ring.absorb_i = pass == 0 && message < messages.size();
        ring.pass_i = pass;
        if (ring.absorb_i)
            std::memcpy(ring.block_i.data(), messages[message].block, kRate);
        ring.eval();
        ring.clk_i = 1;
        ring.eval();
    }
    tap::ok(right == messages.size(), std::string(name) + ": " + std::to_string(right) + " of " +
                                          std::to_string(messages.size()) +
                                          " interleaved permutations are right");
}

} // namespace

int main()
{
    test_ring<Vkeccak_ring>("8 stages", 8);
    test_ring<Vkeccak_ring_u24>("24 stages", 24);
    return tap::done();
}
