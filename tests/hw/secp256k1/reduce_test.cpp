// The reduction after the multiplier against big integers: products around every carry of both
// folds, lazy e and f at the ends of their ranges, every factor and sign; the raw operations; and
// that its assertions fire.
#include <deque>
#include <string>
#include <vector>

#include "Vsecp256k1_reduce.h"

#include "tests/hw/secp256k1/bench.h"
#include "tests/hw/secp256k1/big.h"

namespace
{

using big::Integer;

constexpr size_t kLatency = 9;
const Integer kLazy = (Integer(1) << 256) + (Integer(1) << 80); // no register holds more
const Integer kProducts = Integer(1) << 520;
const Integer kRegister = Integer(1) << 264;
const int kScales[] = {1, 2, 8, 21, 63};

struct Operation {
    Integer product, e, f, high;
    bool subtract_e, subtract_f;
    int scale; // index of kScales
    enum { kField, kFieldOne, kLow, kHigh } mode;
};

class Reduce
{
  public:
    Reduce()
    {
        model_.rst_ni = 0;
        for (int i = 0; i < 4; i++)
            clock();
        model_.rst_ni = 1;
    }

    void feed(const Operation &operation)
    {
        show(operation);
        waiting_.push_back(operation);
        clock();
        if (waiting_.size() < kLatency)
            return;
        const bool good = right(waiting_.front());
        if (!good && wrong_++ < 3)
            gmp_printf("# product %Zx, e %Zx, f %Zx, scale %d\n",
                       waiting_.front().product.get_mpz_t(), waiting_.front().e.get_mpz_t(),
                       waiting_.front().f.get_mpz_t(), kScales[waiting_.front().scale]);
        waiting_.pop_front();
    }

    // Feeds nothings until the last result is out; whether all were right since the last call.
    bool finish()
    {
        for (size_t i = 0; i < kLatency; i++)
            feed({});
        const bool good = wrong_ == 0;
        wrong_ = 0;
        return good;
    }

  private:
    void clock()
    {
        model_.clk_i = 0;
        model_.eval();
        model_.clk_i = 1;
        model_.eval();
    }

    void show(const Operation &operation)
    {
        big::to_words(operation.product, model_.product_i, 17);
        big::to_words(operation.e, model_.e_i, 9);
        big::to_words(operation.f, model_.f_i, 9);
        big::to_words(operation.high, model_.high_i, 9);
        model_.subtract_e_i = operation.subtract_e;
        model_.subtract_f_i = operation.subtract_f;
        model_.scale_i = operation.scale;
        model_.raw_low_i = operation.mode == Operation::kLow;
        model_.raw_high_i = operation.mode == Operation::kHigh;
        model_.one_if_zero_i = operation.mode == Operation::kFieldOne;
    }

    bool right(const Operation &operation)
    {
        const Integer result = big::from_words(model_.result_o, 9);
        const Integer raw = operation.product + operation.f;
        if (operation.mode == Operation::kLow)
            return result == raw % kRegister;
        if (operation.mode == Operation::kHigh)
            return result == (raw >> 264) + operation.high;

        Integer value = operation.product - (operation.subtract_e ? operation.e : Integer(0));
        value *= kScales[operation.scale];
        value += operation.subtract_f ? Integer(-operation.f) : operation.f;
        mpz_mod(value.get_mpz_t(), value.get_mpz_t(), big::kPrime.get_mpz_t());
        const bool zero = value == 0;
        const bool one = zero && operation.mode == Operation::kFieldOne;
        return result < kLazy && result % big::kPrime == (one ? Integer(1) : value) &&
               model_.zero_o == zero && (one || big::from_words(model_.canonical_o, 8) == value);
    }

    Vsecp256k1_reduce model_;
    std::deque<Operation> waiting_;
    size_t wrong_ = 0;
};

// Around multiples of p and of 2^256, and where a carry runs through everything.
std::vector<Integer> products()
{
    const Integer &p = big::kPrime;
    const Integer one = 1;
    std::vector<Integer> values = {0, kProducts - 1, (kLazy - 1) * (kLazy - 1), (p - 1) * (p - 1)};
    for (const Integer &multiple : {Integer(1), Integer(2), Integer(63), Integer((one << 256) - 1),
                                    Integer((one << 263) + 12345), Integer(p - 1)})
        for (int d = -2; d <= 2; d++)
            values.push_back(p * multiple + d);
    for (size_t bit = 0; bit < 520; bit++) {
        values.push_back(one << bit);
        values.push_back((one << bit) - 1);
        values.push_back(kProducts - (one << bit));
        // low half all ones, so that every bit of the fold carries
        values.push_back((((one << 520) - (one << 256)) & ((one << bit) - 1)) | ((one << 256) - 1));
    }
    return values;
}

void test_edges(Reduce &reduce)
{
    const std::vector<Integer> ends = {0, 1, big::kPrime - 1, big::kPrime, kLazy - 1};
    const std::vector<Integer> all = products();
    for (size_t i = 0; i < all.size(); i++) {
        for (int scale = 0; scale < 5; scale++) {
            for (int signs = 0; signs < 4; signs++) {
                const Integer &e = ends[(i + scale) % ends.size()];
                const Integer &f = ends[(i / 5 + signs) % ends.size()];
                reduce.feed({all[i], e, f, 0, (signs & 1) != 0, (signs & 2) != 0, scale,
                             i % 2 ? Operation::kField : Operation::kFieldOne});
            }
        }
    }
    bench::report(reduce.finish(), "field operations at every edge");
}

// Results that are a multiple of p, reached in every way.
void test_zeros(Reduce &reduce)
{
    for (int scale = 0; scale < 5; scale++) {
        for (const Integer &e :
             {Integer(0), Integer(1), Integer(big::kPrime), Integer(kLazy - 1)}) {
            reduce.feed({e, e, 0, 0, true, false, scale, Operation::kFieldOne});
            reduce.feed({e + big::kPrime, e, big::kPrime, 0, true, true, scale, Operation::kField});
            reduce.feed({0, 0, e, 0, false, true, scale, Operation::kField});
            reduce.feed({e, 0, Integer(kScales[scale] * e) % big::kPrime, 0, false, true, scale,
                         Operation::kFieldOne});
        }
    }
    bench::report(reduce.finish(), "zero, told and replaced by one");
}

void test_raw(Reduce &reduce)
{
    std::mt19937_64 random(5);
    const Integer top = (Integer(1) << 263) - 1;
    for (const Integer &product : products()) {
        for (const Integer &f : {Integer(0), Integer(1), Integer(kRegister - 1)}) {
            reduce.feed({product, 0, f, 0, false, false, 0, Operation::kLow});
            reduce.feed({product, 0, f, top, false, false, 0, Operation::kHigh});
        }
    }
    bench::report(reduce.finish(), "raw operations at every edge");
}

void test_random(Reduce &reduce)
{
    std::mt19937_64 random(6);
    for (int i = 0; i < 50000; i++)
        reduce.feed({big::random_below(kProducts, random), big::random_below(kLazy, random),
                     big::random_below(kLazy, random), big::random_below(kRegister >> 1, random),
                     (i & 1) != 0, (i & 2) != 0 && (i & 12) < 8, i % 5,
                     (i & 12) < 8    ? Operation::kField
                     : (i & 12) == 8 ? Operation::kLow
                                     : Operation::kHigh});
    bench::report(reduce.finish(), "random operations of every kind");
}

void test_assertions(Reduce &reduce)
{
    bench::report(bench::fired() == 0, "no assertion fired so far");
    reduce.feed({1, kLazy, 0, 0, true, false, 0, Operation::kField});
    reduce.finish();
    bench::report(bench::fired() > 0, "e out of range is caught");
    reduce.feed({1, 0, kLazy, 0, false, true, 0, Operation::kField});
    reduce.finish();
    bench::report(bench::fired() > 0, "f out of range is caught");
    reduce.feed({(Integer(1) << 528) - 1, 0, 0, 0, false, false, 4, Operation::kField});
    reduce.finish();
    bench::report(bench::fired() > 0, "a product out of range is caught");
}

} // namespace

int main()
{
    Reduce reduce;
    for (int i = 0; i < 32; i++)
        reduce.feed({});
    test_edges(reduce);
    test_zeros(reduce);
    test_raw(reduce);
    test_random(reduce);
    test_assertions(reduce);
    return bench::finish();
}
