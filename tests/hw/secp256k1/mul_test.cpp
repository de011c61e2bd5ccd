// The multiplier with 0, 1 and 2 levels of Karatsuba: every pair of edge operands, random ones, and
// its latency; a product a cycle throughout.
#include <deque>
#include <string>
#include <vector>

#include "Vsecp256k1_mul0.h"
#include "Vsecp256k1_mul1.h"
#include "Vsecp256k1_mul2.h"

#include "tests/hw/secp256k1/bench.h"
#include "tests/hw/secp256k1/big.h"

namespace
{

using big::Integer;

constexpr size_t kWidth = 264;

// 0, 1, all ones, p, n, 2^256 and, around every half and tile boundary, a lone bit and a run of
// ones.
std::vector<Integer> edges()
{
    const Integer all = (Integer(1) << kWidth) - 1;
    std::vector<Integer> values = {0,       1,           2,           all,
                                   all - 1, big::kPrime, big::kOrder, Integer(1) << 256};
    for (const size_t bit : {16, 17,  25,  26,  33,  34,  51,  52,  66,  67,  68,
                             78, 131, 132, 133, 134, 198, 199, 200, 247, 262, 263}) {
        values.push_back(Integer(1) << bit);
        values.push_back((Integer(1) << bit) - 1);
        values.push_back(all - (Integer(1) << bit));
    }
    return values;
}

// One pair a cycle goes in; products must come out in order, `latency` cycles later.
template <class Model> class Multiplier
{
  public:
    explicit Multiplier(size_t latency) : latency_(latency)
    {
    }

    void feed(const Integer &a, const Integer &b)
    {
        big::to_words(a, model_.a_i, 9);
        big::to_words(b, model_.b_i, 9);
        expected_.push_back(a * b);
        model_.clk_i = 0;
        model_.eval();
        model_.clk_i = 1;
        model_.eval();
        if (expected_.size() < latency_)
            return;
        wrong_ += big::from_words(model_.product_o, 17) != expected_.front();
        expected_.pop_front();
    }

    size_t wrong() const
    {
        return wrong_;
    }

  private:
    Model model_;
    size_t latency_, wrong_ = 0;
    std::deque<Integer> expected_;
};

template <class Model> void test(const char *name, size_t latency)
{
    Multiplier<Model> multiplier(latency);
    const std::vector<Integer> values = edges();
    for (const Integer &a : values)
        for (const Integer &b : values)
            multiplier.feed(a, b);
    std::mt19937_64 random(latency);
    const Integer limit = Integer(1) << kWidth;
    for (int i = 0; i < 20000; i++)
        multiplier.feed(big::random_below(limit, random), big::random_below(limit, random));
    for (size_t i = 0; i < latency; i++)
        multiplier.feed(0, 0);
    bench::report(multiplier.wrong() == 0, name);
}

} // namespace

int main()
{
    test<Vsecp256k1_mul0>("176 tiles, schoolbook: latency 6", 6);
    test<Vsecp256k1_mul1>("144 tiles, one level of Karatsuba: latency 10", 10);
    test<Vsecp256k1_mul2>("108 tiles, two levels of Karatsuba: latency 13", 13);
    return bench::finish();
}
