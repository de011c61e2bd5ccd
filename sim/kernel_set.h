// A card with a set of kernels of the caller's choosing: for benches of kernels that the build's
// card does not hold, or holds with other parameters. Such a card is used through sim/card.h.
#ifndef HYPERION_SIM_KERNEL_SET_H
#define HYPERION_SIM_KERNEL_SET_H

#include <cstddef>
#include <vector>

#include "sim/card.h"
#include "sim/kernel_model.h"

namespace sim
{

using KernelSet = std::vector<KernelType>;

// As sim_card_create.
sim_card *create_card(const sim_card_options *options, const KernelSet &kernels, char *error,
                      size_t error_size);

} // namespace sim

#endif
