#include "tests/hw/keccak_batch.h"

#include <algorithm>
#include <cstdio>
#include <cstring>

#include "hw/keccak256.h"
#include "sim/random.h"

extern "C" {
#include "host/src/ops/op.h"
}

namespace hw
{

namespace
{

size_t round_up(size_t value, size_t multiple)
{
    return (value + multiple - 1) / multiple * multiple;
}

bool same(const std::vector<uint8_t> &expected, const Run &run, size_t first, size_t last)
{
    const auto differs = std::mismatch(expected.begin() + first, expected.begin() + last,
                                       run.output.begin() + first);
    if (differs.first == expected.begin() + last)
        return true;
    std::printf("# byte %zu of the output: expected %02x, got %02x\n",
                static_cast<size_t>(differs.first - expected.begin()), *differs.first,
                *differs.second);
    return false;
}

} // namespace

Batch keccak_batch(const std::vector<uint32_t> &lengths, uint64_t seed)
{
    const size_t descriptors_length = lengths.size() * sizeof(hyp_keccak_descriptor);
    const size_t data_offset = round_up(sizeof(hyp_batch_header) + descriptors_length, 64);
    std::vector<hyp_keccak_descriptor> descriptors;
    size_t end = data_offset;
    for (const uint32_t length : lengths) {
        descriptors.push_back({end, length, 0});
        end += round_up(length, 8);
    }

    Batch batch;
    batch.input.resize(end);
    sim::Random random(seed);
    for (uint8_t &byte : batch.input)
        byte = static_cast<uint8_t>(random.next());
    hyp_batch_header header = {};
    header.magic = HYP_BATCH_INPUT_MAGIC;
    header.layout_version = HYP_BATCH_LAYOUT_VERSION;
    header.op = HYP_OP_KECCAK256;
    header.item_count = static_cast<uint32_t>(lengths.size());
    header.sequence = random.next();
    header.descriptors_offset = sizeof header;
    header.descriptors_length = descriptors_length;
    header.data_offset = data_offset;
    header.data_length = end - data_offset;
    std::memcpy(batch.input.data(), &header, sizeof header);
    if (!descriptors.empty())
        std::memcpy(batch.input.data() + sizeof header, descriptors.data(), descriptors_length);
    batch.output_bytes = hyp_batch_output_bytes(&header);
    return batch;
}

hyp_batch_header &header_of(Batch &batch)
{
    return *reinterpret_cast<hyp_batch_header *>(batch.input.data());
}

hyp_keccak_descriptor &descriptor_of(Batch &batch, uint32_t index)
{
    return reinterpret_cast<hyp_keccak_descriptor *>(batch.input.data() +
                                                     header_of(batch).descriptors_offset)[index];
}

std::vector<uint8_t> keccak_expected(const Batch &batch)
{
    std::vector<uint8_t> output(batch.output_bytes);
    hyp_batch_header header;
    std::memcpy(&header, batch.input.data(), sizeof header);
    hyp_op_find(HYP_OP_KECCAK256)
        ->reference(batch.input.data(), batch.input.size(), nullptr, output.data(), 0,
                    header.item_count);
    return output;
}

bool keccak_right(const Batch &batch, const Run &run)
{
    const std::vector<uint8_t> expected = keccak_expected(batch);
    const hyp_result_header result = run.header();
    hyp_batch_header header;
    std::memcpy(&header, batch.input.data(), sizeof header);
    const uint32_t count = header.item_count;
    const auto statuses = expected.begin() + HYP_STATUS_OFFSET;
    const uint32_t failed = count - std::count(statuses, statuses + count, HYP_STATUS_OK);

    if (!run.done) {
        std::printf("# not done\n");
        return false;
    }
    if (result.magic != HYP_BATCH_OUTPUT_MAGIC ||
        result.layout_version != HYP_BATCH_LAYOUT_VERSION || result.op != HYP_OP_KECCAK256 ||
        result.kernel_id != HYP_KECCAK256_KERNEL_ID ||
        result.kernel_version != HYP_KECCAK256_KERNEL_VERSION ||
        result.sequence != header.sequence || result.status != HYP_STATUS_OK ||
        result.item_count != count || result.items_failed != failed) {
        std::printf("# result header: status %u, %u items, %u failed; expected %u, %u\n",
                    result.status, result.item_count, result.items_failed, count, failed);
        return false;
    }
    return same(expected, run, HYP_STATUS_OFFSET, HYP_STATUS_OFFSET + count) &&
           same(expected, run, hyp_results_offset(count), expected.size()) && run.guard_intact() &&
           run.checksums_right(batch);
}

} // namespace hw
