// Block buffer, ring and reorder buffer together, with a buffer of 8 blocks, so that messages
// longer than the buffer, their parking and back pressure from both ends occur all the time. Three
// stages: eight passes a permutation.
#include <cstdio>
#include <cstring>
#include <vector>

#include "Vkeccak_engine.h"

#include "hyperion/keccak.h"
#include "sim/random.h"
#include "tests/hw/clocked.h"
#include "tests/sim/tap.h"

namespace
{

constexpr size_t kRate = 136;

struct Block {
    uint8_t bytes[kRate];
    bool first, last, bad;
};

struct Digest {
    uint8_t bytes[HYP_KECCAK_DIGEST_SIZE];
    bool bad;
};

// Random messages as padded blocks, and what must come out.
void make(sim::Random &random, size_t count, size_t max_blocks, std::vector<Block> &blocks,
          std::vector<Digest> &digests)
{
    for (size_t i = 0; i < count; i++) {
        const bool bad = random.chance(10);
        const size_t length = bad                 ? 0
                              : random.chance(80) ? random.below(3 * kRate)
                                                  : random.below(max_blocks * kRate);
        std::vector<uint8_t> text(length / kRate * kRate + kRate);
        for (size_t b = 0; b < length; b++)
            text[b] = static_cast<uint8_t>(random.next());
        Digest digest = {{}, bad};
        if (!bad)
            hyp_keccak256(text.data(), length, digest.bytes);
        digests.push_back(digest);
        text[length] ^= 0x01;
        text.back() ^= 0x80;
        for (size_t b = 0; b < text.size(); b += kRate) {
            Block block = {{}, b == 0, b + kRate == text.size(), bad};
            std::memcpy(block.bytes, text.data() + b, kRate);
            blocks.push_back(block);
        }
    }
}

void test_messages(hw::Clocked<Vkeccak_engine> &engine, const char *name, uint32_t in, uint32_t out,
                   size_t max_blocks)
{
    sim::Random random(in * 100 + out);
    std::vector<Block> blocks;
    std::vector<Digest> digests;
    make(random, 300, max_blocks, blocks, digests);
    engine.reset();
    size_t next = 0, done = 0, permutations = 0, good_blocks = 0;
    bool right = true, offered = false;
    for (const Block &block : blocks)
        good_blocks += !block.bad;
    for (int i = 0; i < 400000 && done < digests.size(); i++) {
        offered = next < blocks.size() && (offered || random.chance(in));
        engine->block_valid_i = offered;
        if (offered) {
            std::memcpy(engine->block_i.data(), blocks[next].bytes, kRate);
            engine->block_first_i = blocks[next].first;
            engine->block_last_i = blocks[next].last;
            engine->block_bad_i = blocks[next].bad;
        }
        engine->digest_ready_i = random.chance(out);
        engine.settle();
        permutations += engine->permutation_o;
        if (engine->digest_valid_o && engine->digest_ready_i) {
            right = std::memcmp(engine->digest_o.data(), digests[done].bytes,
                                sizeof digests[done].bytes) == 0 &&
                    engine->digest_bad_o == digests[done].bad && right;
            done++;
        }
        const bool taken = offered && engine->block_ready_o;
        engine.rise();
        next += taken;
        offered = offered && !taken;
    }
    if (!engine.assertion().empty())
        std::printf("# %s\n", engine.assertion().c_str());
    tap::ok(right && done == digests.size() && permutations == good_blocks &&
                engine.assertion().empty(),
            std::string(name) + ": " + std::to_string(done) + " digests in order, " +
                std::to_string(permutations) + " permutations");
}

} // namespace

int main()
{
    hw::Clocked<Vkeccak_engine> engine("keccak_engine");
    test_messages(engine, "blocks and digests flow freely", 100, 100, 6);
    test_messages(engine, "blocks come slowly", 20, 100, 6);
    test_messages(engine, "digests leave slowly", 100, 5, 6);
    test_messages(engine, "messages longer than the buffer", 100, 100, 40);
    test_messages(engine, "long messages whose blocks come slower than they are used", 3, 100, 40);
    test_messages(engine, "all of it", 10, 10, 40);
    return tap::done();
}
