// Cycles and utilisation of the kernel keccak256: 16,384 messages of Ethereum's real lengths,
// memory latency 100 cycles.
#include <string>

#include "Vkeccak256.h"
#include "Vkeccak256_u24.h"

#include "bench/rtl/row.h"
#include "sim/random.h"
#include "sim/verilated_kernel.h"
#include "tests/hw/keccak_batch.h"

namespace
{

constexpr size_t kMessages = 16384;
constexpr uint32_t kLatency = 100;

// Addresses, hashes, mapping slots, transactions, branch nodes; as many of each, in random order.
std::vector<uint32_t> mixed_lengths()
{
    static const uint32_t real[] = {20, 32, 64, 110, 532};
    sim::Random random(1);
    std::vector<uint32_t> lengths(kMessages);
    for (uint32_t &length : lengths)
        length = real[random.below(5)];
    return lengths;
}

bool bench_all(const char *configuration, decltype(sim::KernelType::create) create)
{
    hw::Card card("keccak256", create, kLatency);
    bool right = true;
    for (const uint32_t length : {64u, 136u, 532u}) {
        const hw::Batch batch = hw::keccak_batch(std::vector<uint32_t>(kMessages, length), length);
        right = bench::print_row("keccak256", configuration, std::to_string(length), kMessages,
                                 card, batch, hw::keccak_right) &&
                right;
    }
    const hw::Batch batch = hw::keccak_batch(mixed_lengths(), 2);
    return bench::print_row("keccak256", configuration, "mix", kMessages, card, batch,
                            hw::keccak_right) &&
           right;
}

} // namespace

int main()
{
    const bool right8 = bench_all("U=8", sim::create_verilated<Vkeccak256>);
    const bool right24 = bench_all("U=24", sim::create_verilated<Vkeccak256_u24>);
    return right8 && right24 ? 0 : 1;
}
