// The whole kernel matmul on the simulated card, as the card has it and with an array of other
// proportions.
#include <cstdio>
#include <cstdlib>
#include <string>

#include "Vmatmul.h"
#include "Vmatmul_8x32.h"

#include "sim/verilated_kernel.h"
#include "tests/hw/matmul/matmul_batch.h"
#include "tests/sim/tap.h"

namespace
{

using namespace hw;

class Configuration
{
  public:
    Configuration(const char *name, decltype(sim::KernelType::create) create)
        : name_(name), create_(create)
    {
    }
    Card card(uint32_t latency = 100, uint32_t ready_percent = 100, uint64_t seed = 1) const
    {
        return Card("matmul", create_, latency, ready_percent, seed, true);
    }
    std::string title(const std::string &text) const
    {
        return std::string(name_) + ": " + text;
    }

  private:
    const char *name_;
    decltype(sim::KernelType::create) create_;
};

bool run_right(Card &card, const std::vector<Product> &products, uint64_t seed)
{
    const Batch batch = matmul_batch(products, seed);
    return matmul_right(products, batch, card.run(batch));
}

void test_shapes(const Configuration &c)
{
    sim::Random random(1);
    Card card = c.card();
    bool right = run_right(card, {random_product(random, 1, 1, 1, 0)}, 1);
    tap::ok(right, c.title("1 x 1 x 1"));
    for (const uint32_t rows : {1, 2, 7, 8, 15, 16, 17, 33})
        for (const uint32_t inner : {1, 3, 63, 64, 65, 130, 300})
            for (const uint32_t columns : {1, 15, 16, 17, 32, 63, 64, 65, 129})
                right = run_right(card, {random_product(random, rows, inner, columns, 0)}, inner) &&
                        right;
    tap::ok(right, c.title("shapes around every edge"));
}

} // namespace

int main()
{
    const Configuration card("16x16", sim::create_verilated<Vmatmul>);
    const Configuration other("8x32", sim::create_verilated<Vmatmul_8x32>);
    test_shapes(card);
    test_shapes(other);
    return tap::done();
}
