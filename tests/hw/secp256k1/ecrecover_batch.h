// Batches of the op ecrecover for benches of its kernel.
#ifndef HYPERION_TESTS_SECP256K1_ECRECOVER_BATCH_H
#define HYPERION_TESTS_SECP256K1_ECRECOVER_BATCH_H

#include <vector>

#include "tests/hw/batch_card.h"
#include "tests/hw/secp256k1/reference.h"

namespace secp
{

hw::Batch ecrecover_batch(const std::vector<Item> &items, uint32_t flags, uint64_t sequence);

hyp_batch_header &header_of(hw::Batch &batch);
hyp_ecrecover_descriptor &descriptor_of(hw::Batch &batch, uint32_t index);

// Whether a run that was done gave a sound header, the statuses and results of the op's plain C
// reference, and wrote nothing else behind them. Prints the first difference.
bool ecrecover_right(const hw::Batch &batch, const hw::Run &run);

} // namespace secp

#endif
