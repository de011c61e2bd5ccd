// The kernels of this build's card. A new one is a row here and a line in sim/module.mk.
#include "sim/card.h"
#include "sim/kernel_set.h"
#include "sim/verilated_kernel.h"

#ifdef SIM_HAVE_KECCAK256
#include "Vkeccak256.h"
#endif

sim_card *sim_card_create(const sim_card_options *options, char *error, size_t error_size)
{
    static const sim::KernelSet kernels = {
#ifdef SIM_HAVE_KECCAK256
        {"keccak256", SIM_KECCAK256_UNITS, sim::create_verilated<Vkeccak256>, true},
#endif
    };
    return sim::create_card(options, kernels, error, error_size);
}
