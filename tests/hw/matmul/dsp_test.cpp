// Two products in one DSP, exhaustively: every pair of factors with every common factor, as the
// first of a sum, and sums of seven at the extremes.
#include <cstdint>
#include <memory>

#include "Vmatmul_dsp.h"

#include "sim/random.h"
#include "tests/sim/tap.h"

namespace
{

constexpr int kLatency = 3;
constexpr int kField = 18;

struct Sums {
    int64_t low, high;
};

Sums take_apart(uint64_t sum)
{
    const int64_t whole = static_cast<int64_t>(sum << 28) >> 28; // 36 bits
    const int64_t low =
        static_cast<int64_t>(static_cast<uint64_t>(whole) << (64 - kField)) >> (64 - kField);
    return {low, (whole - low) >> kField};
}

class Bench
{
  public:
    // Feeds a step; returns what comes out, which belongs to the step kLatency calls ago.
    Sums step(bool first, int a, int low, int high)
    {
        first_ = first_ << 1 | first;
        top_->first_i = first_ >> 2 & 1;
        top_->a_i = static_cast<uint8_t>(a);
        top_->b_i =
            static_cast<uint16_t>(static_cast<uint8_t>(high) << 8 | static_cast<uint8_t>(low));
        top_->clk_i = 0;
        top_->eval();
        const Sums sums = take_apart(top_->sum_o);
        top_->clk_i = 1;
        top_->eval();
        return sums;
    }

  private:
    std::unique_ptr<Vmatmul_dsp> top_ = std::make_unique<Vmatmul_dsp>();
    unsigned first_ = 0;
};

void test_all_triples()
{
    Bench bench;
    uint64_t wrong = 0;
    const uint32_t end = 1u << 24;
    for (uint32_t i = 0; i < end + kLatency; i++) {
        const Sums sums = bench.step(true, static_cast<int8_t>(i), static_cast<int8_t>(i >> 8),
                                     static_cast<int8_t>(i >> 16));
        if (i < kLatency)
            continue;
        const uint32_t j = i - kLatency;
        const int a = static_cast<int8_t>(j);
        wrong += sums.low != a * static_cast<int8_t>(j >> 8) ||
                 sums.high != a * static_cast<int8_t>(j >> 16);
    }
    tap::ok(wrong == 0, "all 16,777,216 triples of int8 are exact");
}

// Sums of seven, the most that the low field holds.
void test_sums(const char *what, int8_t (*factor)(sim::Random &))
{
    constexpr int kLength = 7;
    sim::Random random(1);
    Bench bench;
    bool right = true;
    Sums expected[kLatency + 1] = {};
    Sums running = {};
    const int steps = 70000;
    for (int i = 0; i < steps; i++) {
        const int a = factor(random), low = factor(random), high = factor(random);
        const bool first = i % kLength == 0;
        running =
            first ? Sums{a * low, a * high} : Sums{running.low + a * low, running.high + a * high};
        const Sums sums = bench.step(first, a, low, high);
        if (i >= kLatency) {
            const Sums &then = expected[(i - kLatency) % (kLatency + 1)];
            right = right && sums.low == then.low && sums.high == then.high;
        }
        expected[i % (kLatency + 1)] = running;
    }
    tap::ok(right, what);
}

} // namespace

int main()
{
    test_all_triples();
    test_sums("sums of seven: -128 everywhere", [](sim::Random &) -> int8_t { return -128; });
    test_sums("sums of seven: -128 and 127",
              [](sim::Random &random) -> int8_t { return random.chance(50) ? -128 : 127; });
    test_sums("sums of seven: random",
              [](sim::Random &random) { return static_cast<int8_t>(random.next()); });
    return tap::done();
}
