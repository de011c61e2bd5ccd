// The inverter against big integers: edge values and random ones modulo p and n, below the modulus
// and up to twice it; multiples of the modulus; always the same latency; and that its assertions
// fire.
#include <vector>

#include "Vsecp256k1_invert.h"

#include "tests/hw/secp256k1/bench.h"
#include "tests/hw/secp256k1/big.h"

namespace
{

using big::Integer;

constexpr int kLatency = 593;

class Inverter
{
  public:
    Inverter()
    {
        model_.rst_ni = 0;
        model_.start_i = 0;
        clock();
        clock();
        model_.rst_ni = 1;
    }

    void start(const Integer &value, bool mod_n)
    {
        big::to_words(value, model_.value_i, 9);
        model_.mod_n_i = mod_n;
        model_.start_i = 1;
        clock();
        model_.start_i = 0;
    }

    // Cycles from start to ready; 0 if it never is.
    int wait()
    {
        for (int cycle = 1; cycle < 1000; cycle++) {
            if (model_.ready_o)
                return cycle;
            clock();
        }
        return 0;
    }

    Integer inverse()
    {
        return big::from_words(model_.inverse_o, 8);
    }

    void clock()
    {
        model_.clk_i = 0;
        model_.eval();
        model_.clk_i = 1;
        model_.eval();
    }

  private:
    Vsecp256k1_invert model_;
};

// 1 mod p; mod n half of the Montgomery radix 2^264.
Integer scale(bool mod_n)
{
    return mod_n ? Integer((Integer(1) << 263) % big::kOrder) : Integer(1);
}

bool right(Inverter &inverter, const Integer &value, bool mod_n)
{
    const Integer &modulus = mod_n ? big::kOrder : big::kPrime;
    inverter.start(value, mod_n);
    const int cycles = inverter.wait();
    const Integer inverse = inverter.inverse();
    const Integer wanted = value % modulus == 0 ? Integer(0) : scale(mod_n);
    const bool good =
        cycles == kLatency && inverse < modulus && value * inverse % modulus == wanted;
    if (!good)
        gmp_printf("# %Zx mod %s: %Zx after %d cycles\n", value.get_mpz_t(), mod_n ? "n" : "p",
                   inverse.get_mpz_t(), cycles);
    return good;
}

std::vector<Integer> values(const Integer &modulus)
{
    std::vector<Integer> made = {1,
                                 2,
                                 3,
                                 modulus - 1,
                                 modulus - 2,
                                 modulus + 1,
                                 2 * modulus - 1,
                                 (modulus + 1) / 2,
                                 (Integer(1) << 256) - 1};
    for (size_t bit = 4; bit < 256; bit += 7)
        made.push_back(Integer(1) << bit);
    std::mt19937_64 random(1);
    for (int i = 0; i < 200; i++)
        made.push_back(big::random_below(2 * modulus - 1, random) + 1);
    return made;
}

} // namespace

int main()
{
    Inverter inverter;
    for (const bool mod_n : {false, true}) {
        const Integer &modulus = mod_n ? big::kOrder : big::kPrime;
        bool good = true;
        for (const Integer &value : values(modulus))
            good = right(inverter, value, mod_n) && good;
        bench::report(good, mod_n ? "inverses mod n" : "inverses mod p");
        good = right(inverter, 0, mod_n) && right(inverter, modulus, mod_n);
        bench::report(good, mod_n ? "zero mod n" : "zero mod p");
    }
    bench::report(bench::fired() == 0, "no assertion fired so far");
    inverter.start(5, false);
    inverter.clock();
    inverter.start(7, false);
    bench::report(bench::fired() > 0, "a start while busy is caught");
    Inverter other;
    other.start(3 * big::kPrime, false);
    other.clock();
    other.clock();
    bench::report(bench::fired() > 0, "a value out of range is caught");
    return bench::finish();
}
