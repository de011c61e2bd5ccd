// Cycles and utilisation of the kernel ecrecover at full batches, memory latency 100 cycles.
#include <random>
#include <string>

#include "Vecrecover.h"

#include "bench/rtl/row.h"
#include "sim/verilated_kernel.h"
#include "tests/hw/secp256k1/ecrecover_batch.h"

namespace
{

constexpr uint32_t kLatency = 100;
constexpr size_t kLanes = 32;

bool bench_items(size_t count, uint32_t flags, const char *results)
{
    std::mt19937_64 random(count);
    std::vector<secp::Item> items;
    while (items.size() < count)
        items.push_back(secp::random_item(random));
    hw::Card card("ecrecover", sim::create_verilated<Vecrecover>, kLatency);
    const std::string workload = std::to_string(count) + " " + results;
    return bench::print_row("ecrecover", "32 lanes", workload, count, card,
                            secp::ecrecover_batch(items, flags, count), secp::ecrecover_right);
}

} // namespace

int main()
{
    const bool four = bench_items(4 * kLanes, 0, "keys");
    const bool many = bench_items(16 * kLanes, 0, "keys");
    const bool addresses =
        bench_items(16 * kLanes, HYP_ECRECOVER_LOW_S | HYP_ECRECOVER_ADDRESS_ONLY, "addresses");
    return four && many && addresses ? 0 : 1;
}
