#include "tests/sim/increment_card.h"

#include "Vincrement.h"

#include "sim/kernel_set.h"
#include "sim/random.h"
#include "sim/verilated_kernel.h"

namespace increment
{

Card create(const sim_card_options &options, unsigned units)
{
    char error[200] = "";
    Card card(sim::create_card(&options,
                               {{"increment", units, sim::create_verilated<Vincrement>, true}},
                               error, sizeof error));
    if (!card)
        std::printf("# %s\n", error);
    return card;
}

std::vector<uint32_t> input_words(size_t bytes, uint64_t seed)
{
    sim::Random random(seed);
    std::vector<uint32_t> words(bytes / 4);
    for (uint32_t &word : words)
        word = static_cast<uint32_t>(random.next());
    return words;
}

std::vector<uint32_t> expected_words(const std::vector<uint32_t> &input)
{
    std::vector<uint32_t> words = input;
    for (uint32_t &word : words)
        word++;
    return words;
}

uint64_t base(sim_card *card, size_t unit)
{
    return sim_card_unit(card, unit)->base;
}

void write_register64(sim_card *card, size_t unit, uint16_t offset, uint64_t value)
{
    sim_card_write_register(card, base(card, unit) + offset, static_cast<uint32_t>(value));
    sim_card_write_register(card, base(card, unit) + offset + 4,
                            static_cast<uint32_t>(value >> 32));
}

void start(sim_card *card, size_t unit, const std::vector<uint32_t> &input, Mode mode,
           uint64_t input_address, uint64_t output_address)
{
    sim_card_write_memory(card, input_address, input.data(), input.size() * 4);
    write_register64(card, unit, 0x10, input_address);
    write_register64(card, unit, 0x1c, output_address);
    write_register64(card, unit, 0x28, input.size() * 4);
    write_register64(card, unit, 0x34, input.size() * 4);
    sim_card_write_register(card, base(card, unit) + kModeRegister, mode);
    sim_card_write_register(card, base(card, unit), 1);
}

bool finish(sim_card *card, size_t unit, uint64_t cycles)
{
    const uint64_t end = sim_card_cycles(card) + cycles;
    while (sim_card_unit_busy(card, unit) && sim_card_cycles(card) < end && !sim_card_fault(card))
        sim_card_step(card, end - sim_card_cycles(card));
    return !sim_card_unit_busy(card, unit) && !sim_card_fault(card);
}

std::vector<uint32_t> output_words(sim_card *card, size_t words, uint64_t address)
{
    std::vector<uint32_t> output(words);
    sim_card_read_memory(card, address, output.data(), words * 4);
    return output;
}

} // namespace increment
