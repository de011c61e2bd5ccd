// The kernels of this build's card. A new one is a row here and a line in sim/module.mk.
#include "Vecrecover.h"
#include "Vecrecover_wave.h"
#include "Vkeccak256.h"
#include "Vkeccak256_wave.h"
#include "Vmatmul.h"
#include "Vmatmul_wave.h"

#include "sim/card.h"
#include "sim/kernel_set.h"
#include "sim/verilated_kernel.h"

sim_card *sim_card_create(const sim_card_options *options, char *error, size_t error_size)
{
    static const sim::KernelSet kernels = {
        {"keccak256", SIM_KECCAK256_UNITS, sim::create_verilated<Vkeccak256>, true,
         sim::create_verilated<Vkeccak256_wave>},
        {"ecrecover", SIM_ECRECOVER_UNITS, sim::create_verilated<Vecrecover>, true,
         sim::create_verilated<Vecrecover_wave>},
        {"matmul", SIM_MATMUL_UNITS, sim::create_verilated<Vmatmul>, true,
         sim::create_verilated<Vmatmul_wave>, true},
    };
    return sim::create_card(options, kernels, error, error_size);
}
