#include "tests/hw/matmul/matmul_batch.h"

#include <algorithm>
#include <cstdio>
#include <cstring>

#include "hw/matmul.h"

extern "C" {
#include "host/src/ops/op.h"
}

namespace hw
{

namespace
{

constexpr uint64_t kBeat = 64;

uint64_t round_up(uint64_t value, uint64_t multiple = kBeat)
{
    return (value + multiple - 1) / multiple * multiple;
}

uint32_t width_of(uint32_t flags)
{
    return flags & kRequant16 ? 2 : flags & kRequant8 ? 1 : 4;
}

// A buffer that tensors are put into, with gaps of random bytes.
class Arena
{
  public:
    explicit Arena(sim::Random &random) : random_(random)
    {
    }
    // Returns where `bytes` bytes begin.
    uint64_t add(uint64_t bytes)
    {
        grow(random_.below(3) * kBeat);
        const uint64_t offset = bytes_.size();
        grow(round_up(bytes));
        return offset;
    }
    void grow(uint64_t bytes)
    {
        for (uint64_t i = 0; i < bytes; i++)
            bytes_.push_back(static_cast<uint8_t>(random_.next()));
    }
    uint8_t *at(uint64_t offset)
    {
        return bytes_.data() + offset;
    }
    std::vector<uint8_t> &bytes()
    {
        return bytes_;
    }

  private:
    sim::Random &random_;
    std::vector<uint8_t> bytes_;
};

template <class T>
uint64_t put_rows(Arena &arena, const std::vector<T> &values, uint32_t rows, uint32_t columns)
{
    const uint64_t stride = round_up(columns * sizeof(T));
    const uint64_t offset = arena.add(rows * stride);
    for (uint32_t row = 0; row < rows && columns != 0; row++)
        std::memcpy(arena.at(offset + row * stride), &values[uint64_t{row} * columns],
                    columns * sizeof(T));
    return offset;
}

// Panels of 64 columns, k by k.
uint64_t put_panels(Arena &arena, const Product &product)
{
    const uint64_t panels = round_up(product.columns) / 64;
    const uint64_t offset = arena.add(panels * product.inner * 64);
    for (uint64_t p = 0; p < panels; p++)
        for (uint64_t k = 0; k < product.inner; k++)
            for (uint64_t c = 0; c < 64 && 64 * p + c < product.columns; c++)
                *arena.at(offset + (p * product.inner + k) * 64 + c) =
                    static_cast<uint8_t>(product.b[k * product.columns + 64 * p + c]);
    return offset;
}

uint64_t put_requant(Arena &arena, const Product &product)
{
    const uint64_t multipliers = round_up(uint64_t{product.columns} * 4);
    const uint64_t offset = arena.add(multipliers + round_up(product.columns));
    for (uint32_t c = 0; c < product.columns; c++) {
        std::memcpy(arena.at(offset + 4 * uint64_t{c}), &product.multiplier[c], 4);
        *arena.at(offset + multipliers + c) = product.shift[c];
    }
    return offset;
}

int64_t requantised(int32_t sum, uint32_t multiplier, unsigned shift, int64_t low, int64_t high)
{
    multiplier &= 0x7fffffff;
    shift &= 63;
    const int64_t half = shift ? int64_t{1} << (shift - 1) : 0;
    return std::clamp((int64_t{sum} * multiplier + half) >> shift, low, high);
}

// One row of the result, padded.
std::vector<uint8_t> expected_row(const Product &product, uint32_t row)
{
    std::vector<uint8_t> bytes(matmul_row_bytes(product.columns, product.flags));
    const uint32_t width = width_of(product.flags);
    std::vector<uint32_t> sums(product.columns);
    for (uint32_t k = 0; k < product.inner; k++) {
        const int32_t a = product.a[uint64_t{row} * product.inner + k];
        const int8_t *b = &product.b[uint64_t{k} * product.columns];
        for (uint32_t c = 0; c < product.columns; c++)
            sums[c] += static_cast<uint32_t>(a * b[c]);
    }
    for (uint32_t c = 0; c < product.columns; c++) {
        uint32_t sum = sums[c];
        if (product.flags & kBias)
            sum += static_cast<uint32_t>(product.bias[c]);
        if (product.flags & kAccumulate)
            sum += static_cast<uint32_t>(product.accumulate[uint64_t{row} * product.columns + c]);
        int64_t value = static_cast<int32_t>(sum);
        if (width == 1)
            value = requantised(static_cast<int32_t>(sum), product.multiplier[c], product.shift[c],
                                -128, 127);
        if (width == 2)
            value = requantised(static_cast<int32_t>(sum), product.multiplier[c], product.shift[c],
                                -32768, 32767);
        std::memcpy(&bytes[uint64_t{c} * width], &value, width);
    }
    return bytes;
}

bool header_right(const Run &run, uint32_t items, uint32_t failed)
{
    const hyp_result_header header = run.header();
    if (run.done && header.magic == HYP_BATCH_OUTPUT_MAGIC && header.op == HYP_MATMUL_KERNEL_OP &&
        header.kernel_id == HYP_MATMUL_KERNEL_ID && header.status == HYP_STATUS_OK &&
        header.item_count == items && header.items_failed == failed && run.guard_intact())
        return true;
    std::printf("# done %d, status %u, %u items, %u failed; expected %u, %u\n", run.done,
                header.status, header.item_count, header.items_failed, items, failed);
    return false;
}

} // namespace

uint64_t matmul_row_bytes(uint32_t columns, uint32_t flags)
{
    return round_up(uint64_t{columns} * width_of(flags));
}

Product random_product(sim::Random &random, uint32_t rows, uint32_t inner, uint32_t columns,
                       uint32_t flags, Values values)
{
    const auto factor = [&]() -> int8_t {
        if (values == Values::kLowest)
            return -128;
        if (values == Values::kExtreme)
            return random.chance(50) ? -128 : random.chance(50) ? 127 : 0;
        return static_cast<int8_t>(random.next());
    };
    Product product;
    product.rows = rows;
    product.inner = inner;
    product.columns = columns;
    product.flags = flags;
    product.a.resize(uint64_t{rows} * inner);
    product.b.resize(uint64_t{inner} * columns);
    std::generate(product.a.begin(), product.a.end(), factor);
    std::generate(product.b.begin(), product.b.end(), factor);
    product.bias.resize(columns);
    product.accumulate.resize(uint64_t{rows} * columns);
    product.multiplier.resize(columns);
    product.shift.resize(columns);
    for (int32_t &bias : product.bias)
        bias = static_cast<int32_t>(random.next());
    for (int32_t &sum : product.accumulate)
        sum = static_cast<int32_t>(random.next());
    // From none to all bits of the product are kept, at the edges more often.
    for (uint32_t c = 0; c < columns; c++) {
        product.multiplier[c] = static_cast<uint32_t>(random.next()) >> random.below(32);
        product.shift[c] = static_cast<uint8_t>(random.below(64));
        if (random.chance(30)) {
            product.multiplier[c] = random.chance(50) ? 0x7fffffff : random.below(3);
            product.shift[c] = random.chance(50) ? 0 : 62;
        }
    }
    return product;
}

Batch matmul_batch(const std::vector<Product> &products, uint64_t seed)
{
    sim::Random random(seed);
    Arena input(random), resident(random);
    const uint64_t descriptors = sizeof(hyp_batch_header);
    input.grow(descriptors + products.size() * kBeat + random.below(3) * kBeat);
    const uint64_t data_offset = input.bytes().size();
    uint64_t results = 0;
    for (size_t i = 0; i < products.size(); i++) {
        const Product &product = products[i];
        Arena &weights = product.flags & kResidentB ? resident : input;
        uint64_t offsets[6] = {};
        offsets[0] = put_rows(input, product.a, product.rows, product.inner);
        offsets[1] = put_panels(weights, product);
        if (product.flags & kBias)
            offsets[2] = put_rows(weights, product.bias, 1, product.columns);
        if (product.flags & kAccumulate)
            offsets[3] = put_rows(input, product.accumulate, product.rows, product.columns);
        if (product.flags & (kRequant8 | kRequant16))
            offsets[4] = put_requant(weights, product);
        offsets[5] = results;
        results += product.rows * matmul_row_bytes(product.columns, product.flags);
        const uint32_t sizes[4] = {product.rows, product.inner, product.columns, product.flags};
        std::memcpy(input.at(descriptors + i * kBeat), sizes, sizeof sizes);
        std::memcpy(input.at(descriptors + i * kBeat + sizeof sizes), offsets, sizeof offsets);
    }
    hyp_batch_header header = {};
    header.magic = HYP_BATCH_INPUT_MAGIC;
    header.layout_version = HYP_BATCH_LAYOUT_VERSION;
    header.op = HYP_MATMUL_KERNEL_OP;
    header.item_count = static_cast<uint32_t>(products.size());
    header.sequence = random.next();
    header.descriptors_offset = descriptors;
    header.descriptors_length = products.size() * kBeat;
    header.data_offset = data_offset;
    header.data_length = input.bytes().size() - data_offset;
    header.result_beats = static_cast<uint32_t>(results / kBeat);
    std::memcpy(input.at(0), &header, sizeof header);

    Batch batch;
    batch.input = input.bytes();
    batch.resident = resident.bytes();
    batch.output_bytes = hyp_results_offset(header.item_count) + results;
    return batch;
}

uint32_t *matmul_descriptor(Batch &batch, uint32_t index)
{
    return reinterpret_cast<uint32_t *>(batch.input.data() + sizeof(hyp_batch_header) +
                                        index * kBeat);
}

namespace
{

// The same by the reference of the library.
bool same_as_reference(const Batch &batch, const Run &run)
{
    hyp_batch_header header;
    std::memcpy(&header, batch.input.data(), sizeof header);
    std::vector<uint8_t> expected(batch.output_bytes);
    const hyp_memory resident = {const_cast<uint8_t *>(batch.resident.data()),
                                 batch.resident.size(), -1, 1};
    hyp_op_find(HYP_OP_MATMUL)
        ->reference(batch.input.data(), batch.input.size(), &resident, expected.data(), 0,
                    header.item_count);
    const auto same = [&](uint64_t first, uint64_t last) {
        return std::equal(expected.begin() + static_cast<long>(first),
                          expected.begin() + static_cast<long>(last),
                          run.output.begin() + static_cast<long>(first));
    };
    if (same(HYP_STATUS_OFFSET, HYP_STATUS_OFFSET + header.item_count) &&
        same(hyp_results_offset(header.item_count), expected.size()))
        return true;
    std::printf("# the reference of the library differs\n");
    return false;
}

} // namespace

bool matmul_right(const std::vector<Product> &products, const Batch &batch, const Run &run,
                  const std::vector<bool> &bad)
{
    const auto is_bad = [&](size_t i) { return i < bad.size() && bad[i]; };
    uint32_t failed = 0;
    for (size_t i = 0; i < products.size(); i++)
        failed += is_bad(i);
    if (!header_right(run, static_cast<uint32_t>(products.size()), failed) ||
        !run.checksums_right(batch))
        return false;
    uint64_t offset = hyp_results_offset(static_cast<uint32_t>(products.size()));
    for (size_t i = 0; i < products.size(); i++) {
        const Product &product = products[i];
        const uint64_t row_bytes = matmul_row_bytes(product.columns, product.flags);
        if (run.output[HYP_STATUS_OFFSET + i] !=
            (is_bad(i) ? HYP_STATUS_BAD_INPUT : HYP_STATUS_OK)) {
            std::printf("# item %zu has status %u\n", i, run.output[HYP_STATUS_OFFSET + i]);
            return false;
        }
        for (uint32_t row = 0; row < product.rows; row++, offset += row_bytes) {
            const std::vector<uint8_t> expected =
                is_bad(i) ? std::vector<uint8_t>(row_bytes) : expected_row(product, row);
            const auto differs = std::mismatch(expected.begin(), expected.end(),
                                               run.output.begin() + static_cast<long>(offset));
            if (differs.first == expected.end())
                continue;
            std::printf("# item %zu (%u x %u x %u, flags %u), row %u, byte %zu: expected %02x, got "
                        "%02x\n",
                        i, product.rows, product.inner, product.columns, product.flags, row,
                        static_cast<size_t>(differs.first - expected.begin()), *differs.first,
                        *differs.second);
            return false;
        }
    }
    return same_as_reference(batch, run);
}

} // namespace hw
