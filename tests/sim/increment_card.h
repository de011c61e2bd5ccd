// A simulated card with the kernel tests/sim/rtl/increment.sv, and one run of it.
#ifndef HYPERION_TESTS_SIM_INCREMENT_CARD_H
#define HYPERION_TESTS_SIM_INCREMENT_CARD_H

#include <cstdint>
#include <cstdio>
#include <memory>
#include <vector>

#include "sim/card.h"

namespace increment
{

constexpr uint64_t kMemory = 0x4000000000;
constexpr uint64_t kInput = kMemory + 0x10000;
constexpr uint64_t kOutput = kMemory + 0x800000;

enum Mode {
    kGood = 0,
    kAssertion = 1,
    kReadMore = 2,
    kHang = 3,
    kDoneEarly = 4,
    kWholeBeat = 5,
};
constexpr uint64_t kModeRegister = 0x40, kSlaveErrorRegister = 0x44, kErrorsRegister = 0x48;

struct Destroy {
    void operator()(sim_card *card) const
    {
        sim_card_destroy(card);
    }
};
using Card = std::unique_ptr<sim_card, Destroy>;

inline sim_card_options options()
{
    sim_card_options options = {};
    options.size = sizeof options;
    options.memory_base = kMemory;
    options.memory_bytes = 1 << 24;
    return options;
}

// A card with `units` compute units; prints why where there is none.
Card create(const sim_card_options &options, unsigned units = 1);

// What is in the input and what must come out.
std::vector<uint32_t> input_words(size_t bytes, uint64_t seed);
std::vector<uint32_t> expected_words(const std::vector<uint32_t> &input);

uint64_t base(sim_card *card, size_t unit);
void write_register64(sim_card *card, size_t unit, uint16_t offset, uint64_t value);

// Writes the input and the arguments, and starts the unit.
void start(sim_card *card, size_t unit, const std::vector<uint32_t> &input, Mode mode = kGood,
           uint64_t input_address = kInput, uint64_t output_address = kOutput);
// Steps until the unit is done, or `cycles` have passed, or there is a fault.
bool finish(sim_card *card, size_t unit, uint64_t cycles = 100000);
std::vector<uint32_t> output_words(sim_card *card, size_t words, uint64_t address = kOutput);

} // namespace increment

#endif
