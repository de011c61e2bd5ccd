// A simulated card module, as libhyperion loads it, whose kernel is tests/sim/rtl/increment.sv
// under the name of keccak256: so the backend is tested without a real kernel, and with one that
// misbehaves. INCREMENT_MODE in the environment is written to the mode register of each unit.
#include <cstdlib>

#include "Vincrement.h"

#include "sim/card.h"
#include "sim/kernel_set.h"
#include "sim/verilated_kernel.h"
#include "tests/sim/increment_card.h"

sim_card *sim_card_create(const sim_card_options *options, char *error, size_t error_size)
{
    sim_card *card = sim::create_card(
        options, {{"keccak256", 3, sim::create_verilated<Vincrement>, true}}, error, error_size);
    const char *mode = std::getenv("INCREMENT_MODE");
    for (size_t unit = 0; card && mode && unit < sim_card_unit_count(card); unit++)
        sim_card_write_register(card, sim_card_unit(card, unit)->base + increment::kModeRegister,
                                static_cast<uint32_t>(std::atoi(mode)));
    return card;
}
