// The checksum of beats in RTL against the host's, in any order, with and without pauses.
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstring>

#include "Vbeat_crc.h"

#include "sim/random.h"
#include "tests/hw/clocked.h"
#include "tests/sim/tap.h"

extern "C" {
#include "host/src/crc32c.h"
}

namespace
{

constexpr unsigned kRounds = 400;
constexpr unsigned kLatency = 2;
constexpr uint64_t kIndices = uint64_t{1} << 34;

using Bench = hw::Clocked<Vbeat_crc>;

void idle(Bench &bench, unsigned cycles)
{
    bench->valid_i = 0;
    for (unsigned i = 0; i < cycles; i++)
        bench.rise();
}

void clear(Bench &bench)
{
    bench->clear_i = 1;
    idle(bench, 2);
    bench->clear_i = 0;
}

// Offers one beat for a cycle; returns what the host makes of it.
uint32_t offer(Bench &bench, const std::array<uint32_t, 16> &beat, uint64_t index)
{
    for (size_t word = 0; word < beat.size(); word++)
        bench->beat_i[word] = beat[word];
    bench->index_i = index;
    bench->valid_i = 1;
    bench.rise();
    return hyp_crc32c_beats(beat.data(), sizeof beat, index);
}

bool random_beats(Bench &bench, uint32_t pause_percent)
{
    sim::Random random(pause_percent + 1);
    bool right = true;
    for (unsigned round = 0; round < kRounds; round++) {
        uint32_t wanted = 0;
        clear(bench);
        const uint64_t beats = random.below(20);
        for (uint64_t i = 0; i < beats; i++) {
            std::array<uint32_t, 16> beat;
            for (uint32_t &word : beat)
                word = static_cast<uint32_t>(random.next());
            wanted ^= offer(bench, beat, random.below(kIndices));
            if (pause_percent != 0 && random.chance(pause_percent))
                idle(bench, 1);
        }
        idle(bench, kLatency);
        right = bench->crc_o == wanted && right;
    }
    return right;
}

// Every bit of beat and index by itself.
bool single_bits(Bench &bench)
{
    bool right = true;
    for (unsigned bit = 0; bit < 512 + 34; bit++) {
        std::array<uint32_t, 16> beat = {};
        if (bit < 512)
            beat[bit / 32] = 1u << bit % 32;
        clear(bench);
        const uint32_t wanted = offer(bench, beat, bit < 512 ? 0 : uint64_t{1} << (bit - 512));
        idle(bench, kLatency);
        right = bench->crc_o == wanted && right;
    }
    return right;
}

} // namespace

int main()
{
    Bench bench("beat_crc");
    bench->clear_i = 0;
    tap::ok(single_bits(bench), "every bit counts as it must");
    tap::ok(random_beats(bench, 0), "a beat a cycle");
    tap::ok(random_beats(bench, 50), "beats with pauses");
    return tap::done();
}
