// Batches of matrix products for benches, and what must come out: computed here from the definition
// in docs/ops.md, with nothing of the library, and by the library's reference.
#ifndef HYPERION_TESTS_HW_MATMUL_MATMUL_BATCH_H
#define HYPERION_TESTS_HW_MATMUL_MATMUL_BATCH_H

#include <cstdint>
#include <vector>

#include "sim/random.h"
#include "tests/hw/batch_card.h"

namespace hw
{

enum MatmulFlags : uint32_t {
    kBias = 1,
    kAccumulate = 2,
    kRequant8 = 4,
    kRequant16 = 8,
    kResidentB = 16,
};

// One product; tensors row by row, without padding.
struct Product {
    uint32_t rows = 0, inner = 0, columns = 0, flags = 0;
    std::vector<int8_t> a, b;
    std::vector<int32_t> bias, accumulate;
    std::vector<uint32_t> multiplier;
    std::vector<uint8_t> shift;
};

// How the values are chosen.
enum class Values { kRandom, kLowest, kExtreme };

Product random_product(sim::Random &random, uint32_t rows, uint32_t inner, uint32_t columns,
                       uint32_t flags, Values values = Values::kRandom);

// Lays the products out. Padding holds random bytes; gaps of random length lie between tensors.
Batch matmul_batch(const std::vector<Product> &products, uint64_t seed);

// The descriptor of an item, to be spoiled: words of 32 bits.
uint32_t *matmul_descriptor(Batch &batch, uint32_t index);

// Bytes of an output row of `flags`, padded.
uint64_t matmul_row_bytes(uint32_t columns, uint32_t flags);

// Whether a run gave exactly these results, and zeros and bad_input for the items in `bad`.
bool matmul_right(const std::vector<Product> &products, const Batch &batch, const Run &run,
                  const std::vector<bool> &bad = {});

} // namespace hw

#endif
