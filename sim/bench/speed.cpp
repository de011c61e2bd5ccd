// How fast the simulated card runs: cycles a second of CPU time, on one core, through sim/card.h.
//
//     speed [ITEMS [BYTES [UNITS]]]      batch of keccak256 on each of UNITS units; one line of
//     JSON
//
// What the kernel does is not checked here; tests/sim/keccak_test.c does.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <vector>

#include "Vkeccak256.h"
#include "Vkeccak256_wave.h"

#include "hyperion/batch.h"
#include "sim/address_map.h"
#include "sim/kernel_set.h"
#include "sim/verilated_kernel.h"

namespace
{

constexpr uint64_t kUnitMemory = 1 << 28;

double cpu_seconds()
{
    timespec now = {};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

std::vector<uint8_t> make_batch(uint32_t items, uint32_t bytes)
{
    const uint64_t padded = (uint64_t{bytes} + 7) & ~uint64_t{7};
    hyp_batch_header header = {};
    header.magic = HYP_BATCH_INPUT_MAGIC;
    header.layout_version = HYP_BATCH_LAYOUT_VERSION;
    header.op = HYP_OP_KECCAK256;
    header.item_count = items;
    header.descriptors_offset = sizeof header;
    header.descriptors_length = uint64_t{items} * sizeof(hyp_keccak_descriptor);
    header.data_offset =
        (header.descriptors_offset + header.descriptors_length + 63) & ~uint64_t{63};
    header.data_length = items * padded;
    std::vector<uint8_t> batch(header.data_offset + header.data_length);
    std::memcpy(batch.data(), &header, sizeof header);
    for (uint32_t i = 0; i < items; i++) {
        const hyp_keccak_descriptor descriptor = {header.data_offset + i * padded, bytes, 0};
        std::memcpy(batch.data() + sizeof header + i * sizeof descriptor, &descriptor,
                    sizeof descriptor);
    }
    for (uint64_t i = header.data_offset; i < batch.size(); i++)
        batch[i] = static_cast<uint8_t>(i * 0x9e3779b1 >> 24);
    return batch;
}

void write64(sim_card *card, uint64_t address, uint64_t value)
{
    sim_card_write_register(card, address, static_cast<uint32_t>(value));
    sim_card_write_register(card, address + 4, static_cast<uint32_t>(value >> 32));
}

void start(sim_card *card, size_t unit, const std::vector<uint8_t> &batch, uint64_t output_bytes)
{
    const uint64_t base = sim_card_unit(card, unit)->base;
    const uint64_t memory = SIM_MEMORY_BASE + unit * kUnitMemory;
    sim_card_write_memory(card, memory, batch.data(), batch.size());
    write64(card, base + 0x10, memory);
    write64(card, base + 0x1c, memory + kUnitMemory / 2);
    write64(card, base + 0x28, batch.size());
    write64(card, base + 0x34, output_bytes);
    sim_card_write_register(card, base, 1);
}

// The number that stands at `index` on the command line, if any does.
uint32_t number(int argc, char **argv, int index, uint32_t otherwise)
{
    return argc > index ? static_cast<uint32_t>(std::strtoul(argv[index], nullptr, 10)) : otherwise;
}

} // namespace

int main(int argc, char **argv)
{
    const uint32_t items = number(argc, argv, 1, 16384);
    const uint32_t bytes = number(argc, argv, 2, 64);
    const uint32_t units = number(argc, argv, 3, 1);
    char error[200];
    sim_card_options options = {};
    options.size = sizeof options;
    options.memory_base = SIM_MEMORY_BASE;
    options.wave = argc > 4 ? argv[4] : nullptr;
    const sim::KernelSet kernels = {{"keccak256", units, sim::create_verilated<Vkeccak256>, true,
                                     sim::create_verilated<Vkeccak256_wave>}};
    sim_card *card = sim::create_card(&options, kernels, error, sizeof error);
    if (!card) {
        std::fprintf(stderr, "speed: %s\n", error);
        return 3;
    }
    const std::vector<uint8_t> batch = make_batch(items, bytes);
    for (unsigned unit = 0; unit < units; unit++)
        start(card, unit, batch, hyp_results_offset(items) + uint64_t{items} * 32);
    const double begin = cpu_seconds();
    const uint64_t cycles = sim_card_step(card, UINT64_MAX);
    const double seconds = cpu_seconds() - begin;
    if (sim_card_fault(card))
        std::fprintf(stderr, "speed: %s\n", sim_card_fault(card));
    std::printf("{\"items\":%u,\"bytes\":%u,\"units\":%u,\"cycles\":%llu,\"seconds\":%.3f,"
                "\"cycles_per_second\":%.0f}\n",
                items, bytes, units, static_cast<unsigned long long>(cycles), seconds,
                static_cast<double>(cycles) / seconds);
    const bool failed = sim_card_fault(card) != nullptr;
    sim_card_destroy(card);
    return failed ? 3 : 0;
}
