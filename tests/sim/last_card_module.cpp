// The simulated card module of the build, which also tells the card that was made last: so that a
// test can order faults (sim/fault_injection.h) from the card below a device that it opened.
#include "Vkeccak256.h"

#include "sim/card.h"
#include "sim/kernel_set.h"
#include "sim/verilated_kernel.h"

static sim_card *last_card;

sim_card *sim_card_create(const sim_card_options *options, char *error, size_t error_size)
{
    last_card = sim::create_card(
        options, {{"keccak256", 2, sim::create_verilated<Vkeccak256>, true}}, error, error_size);
    return last_card;
}

extern "C" HYP_API sim_card *sim_card_last(void);
sim_card *sim_card_last(void)
{
    return last_card;
}
