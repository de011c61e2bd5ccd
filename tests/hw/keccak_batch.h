// Batches of the op keccak256 for benches of its kernel.
#ifndef HYPERION_TESTS_HW_KECCAK_BATCH_H
#define HYPERION_TESTS_HW_KECCAK_BATCH_H

#include <cstdint>
#include <vector>

#include "tests/hw/batch_card.h"

namespace hw
{

// Messages of these lengths, one after another, with random content.
Batch keccak_batch(const std::vector<uint32_t> &lengths, uint64_t seed);

hyp_batch_header &header_of(Batch &batch);
hyp_keccak_descriptor &descriptor_of(Batch &batch, uint32_t index);

// What must be in the output: statuses and results of the op's plain C reference. Bytes between
// sections are zero.
std::vector<uint8_t> keccak_expected(const Batch &batch);

// Whether a run that was done gave a sound header, the expected statuses and results, and wrote
// nothing else behind them. Prints the first difference.
bool keccak_right(const Batch &batch, const Run &run);

} // namespace hw

#endif
