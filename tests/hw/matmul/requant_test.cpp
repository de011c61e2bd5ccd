// A lane of the way out against 128-bit arithmetic: every shift with extreme and random sums and
// multipliers, in all three widths.
#include <cstdint>
#include <cstdio>
#include <deque>
#include <memory>
#include <vector>

#include "Vmatmul_requant.h"

#include "sim/random.h"
#include "tests/sim/tap.h"

namespace
{

constexpr size_t kLatency = 6;

struct Item {
    uint32_t sum, bias, accumulate, multiplier;
    unsigned shift, width; // 0: int32, 1: int8, 2: int16
};

uint32_t expected(const Item &item)
{
    const uint32_t sum = item.sum + item.bias + item.accumulate;
    if (item.width == 0)
        return sum;
    const int64_t low = item.width == 1 ? INT8_MIN : INT16_MIN;
    const int64_t high = item.width == 1 ? INT8_MAX : INT16_MAX;
    const __int128 half = item.shift ? static_cast<__int128>(1) << (item.shift - 1) : 0;
    const __int128 product = static_cast<__int128>(static_cast<int32_t>(sum)) * item.multiplier;
    const __int128 value = (product + half) >> item.shift;
    const int64_t saturated = value < low ? low : value > high ? high : static_cast<int64_t>(value);
    return static_cast<uint32_t>(saturated) & (item.width == 1 ? 0xffu : 0xffffu);
}

class Bench
{
  public:
    // Feeds an item; compares what comes out for the one kLatency before.
    void step(const Item &item)
    {
        top_->sum_i = item.sum;
        top_->bias_i = item.bias;
        top_->accumulate_i = item.accumulate;
        top_->multiplier_i = item.multiplier;
        top_->shift_i = static_cast<uint8_t>(item.shift);
        top_->width_i = static_cast<uint8_t>(item.width);
        top_->clk_i = 0;
        top_->eval();
        under_way_.push_back(item);
        if (under_way_.size() > kLatency) {
            const Item &then = under_way_.front();
            if (top_->value_o != expected(then) && wrong_++ < 5)
                std::printf("# sum %x, bias %x, accumulate %x, multiplier %x, shift %u, width %u: "
                            "expected %x, got %x\n",
                            then.sum, then.bias, then.accumulate, then.multiplier, then.shift,
                            then.width, expected(then), top_->value_o);
            under_way_.pop_front();
            compared_++;
        }
        top_->clk_i = 1;
        top_->eval();
    }
    bool right() const
    {
        return wrong_ == 0 && compared_ > 0;
    }

  private:
    std::unique_ptr<Vmatmul_requant> top_ = std::make_unique<Vmatmul_requant>();
    std::deque<Item> under_way_;
    uint64_t wrong_ = 0, compared_ = 0;
};

void test_edges()
{
    static const uint32_t sums[] = {0,          1,          2,          127,        128,
                                    129,        32767,      32768,      0x3fffffff, 0x40000000,
                                    0x7ffffffe, 0x7fffffff, ~0u,        ~127u,      ~128u,
                                    0xffff8000, 0xffff7fff, 0x80000001, 0x80000000};
    static const uint32_t multipliers[] = {0,      1,          2,          3,          127,
                                           0x8000, 0x3fffffff, 0x40000000, 0x7ffffffe, 0x7fffffff};
    Bench bench;
    for (const uint32_t sum : sums)
        for (const uint32_t multiplier : multipliers)
            for (unsigned shift = 0; shift < 64; shift++)
                for (unsigned width = 0; width < 3; width++)
                    bench.step({sum, 0, 0, multiplier, shift, width});
    tap::ok(bench.right(), "every shift with sums and multipliers at their edges");
}

// Sums just below, at and above the middle between two results.
void test_halves()
{
    Bench bench;
    for (unsigned shift = 1; shift < 31; shift++)
        for (int result = -130; result <= 130; result++)
            for (int beside = -1; beside <= 1; beside++) {
                const int64_t sum =
                    (int64_t{result} << shift) + (int64_t{1} << (shift - 1)) + beside;
                if (sum == static_cast<int32_t>(sum))
                    bench.step({static_cast<uint32_t>(sum), 0, 0, 1, shift, 1});
            }
    tap::ok(bench.right(), "halves are rounded up");
}

void test_random()
{
    sim::Random random(1);
    Bench bench;
    for (int i = 0; i < 1000000; i++)
        bench.step({static_cast<uint32_t>(random.next()) >> random.below(32),
                    static_cast<uint32_t>(random.next()),
                    random.chance(50) ? 0 : static_cast<uint32_t>(random.next()),
                    static_cast<uint32_t>(random.next() & 0x7fffffff) >> random.below(31),
                    static_cast<unsigned>(random.below(64)),
                    static_cast<unsigned>(random.below(3))});
    tap::ok(bench.right(), "1,000,000 random ones, with bias and an earlier sum");
}

} // namespace

int main()
{
    test_edges();
    test_halves();
    test_random();
    return tap::done();
}
