// The checksum of a beat in RTL against the host's, with and without pauses.
#include <array>
#include <cstdint>
#include <cstdio>
#include <deque>

#include "Vbeat_crc.h"

#include "sim/random.h"
#include "tests/hw/clocked.h"
#include "tests/sim/tap.h"

extern "C" {
#include "host/src/crc32c.h"
}

namespace
{

constexpr unsigned kBeats = 4000;
constexpr unsigned kIndexBits = 34;
constexpr uint64_t kIndices = uint64_t{1} << kIndexBits;

using Beat = std::array<uint32_t, 16>;

// The module, and what the host makes of the beats that are on their way through it.
class Bench : public hw::Clocked<Vbeat_crc>
{
  public:
    Bench() : Clocked("beat_crc")
    {
    }

    void offer(const Beat &beat, uint64_t index)
    {
        for (size_t word = 0; word < beat.size(); word++)
            (*this)->beat_i[word] = beat[word];
        (*this)->index_i = index;
        (*this)->valid_i = 1;
        wanted_.push_back(static_cast<uint32_t>(hyp_crc32c_beats(beat.data(), sizeof beat, index)));
        step();
    }

    void idle(unsigned cycles)
    {
        for (unsigned i = 0; i < cycles; i++) {
            (*this)->valid_i = 0;
            step();
        }
    }

    // Whether every beat has come out, in order, and right.
    bool right() const
    {
        return right_ && wanted_.empty();
    }

  private:
    void step()
    {
        rise();
        if (!(*this)->valid_o)
            return;
        right_ = right_ && !wanted_.empty() && (*this)->crc_o == wanted_.front();
        if (!wanted_.empty())
            wanted_.pop_front();
    }

    std::deque<uint32_t> wanted_;
    bool right_ = true;
};

bool random_beats(uint32_t pause_percent)
{
    Bench bench;
    sim::Random random(pause_percent + 1);
    for (unsigned i = 0; i < kBeats; i++) {
        Beat beat;
        for (uint32_t &word : beat)
            word = static_cast<uint32_t>(random.next());
        bench.offer(beat, random.below(kIndices));
        if (pause_percent != 0 && random.chance(pause_percent))
            bench.idle(1 + static_cast<unsigned>(random.below(3)));
    }
    bench.idle(2);
    return bench.right();
}

// Every bit of beat and index by itself.
bool single_bits()
{
    Bench bench;
    for (unsigned bit = 0; bit < 512 + kIndexBits; bit++) {
        Beat beat = {};
        if (bit < 512)
            beat[bit / 32] = 1u << bit % 32;
        bench.offer(beat, bit < 512 ? 0 : uint64_t{1} << (bit - 512));
    }
    bench.idle(2);
    return bench.right();
}

} // namespace

int main()
{
    tap::ok(single_bits(), "every bit counts as it must");
    tap::ok(random_beats(0), "a beat a cycle");
    tap::ok(random_beats(50), "beats with pauses");
    return tap::done();
}
