#include "tests/hw/secp256k1/ecrecover_batch.h"

#include <algorithm>
#include <cstdio>
#include <cstring>

#include "hw/ecrecover.h"

extern "C" {
#include "host/src/ops/op.h"
}

namespace secp
{

namespace
{

bool same(const std::vector<uint8_t> &expected, const hw::Run &run, size_t first, size_t last)
{
    for (size_t i = first; i < last; i++) {
        if (expected[i] != run.output[i]) {
            std::printf("# byte %zu of the output: expected %02x, got %02x\n", i, expected[i],
                        run.output[i]);
            return false;
        }
    }
    return true;
}

bool header_right(const hyp_batch_header &header, const hyp_result_header &result, uint32_t failed)
{
    bool right = result.magic == HYP_BATCH_OUTPUT_MAGIC &&
                 result.layout_version == HYP_BATCH_LAYOUT_VERSION &&
                 result.op == HYP_OP_ECRECOVER && result.kernel_id == HYP_ECRECOVER_KERNEL_ID &&
                 result.kernel_version == HYP_ECRECOVER_KERNEL_VERSION &&
                 result.sequence == header.sequence && result.status == HYP_STATUS_OK &&
                 result.item_count == header.item_count && result.items_failed == failed;
    if (!right)
        std::printf("# result header: status %u, %u items, %u failed; expected %u, %u\n",
                    result.status, result.item_count, result.items_failed, header.item_count,
                    failed);
    return right;
}

} // namespace

hw::Batch ecrecover_batch(const std::vector<Item> &items, uint32_t flags, uint64_t sequence)
{
    hyp_batch_header header = {};
    header.magic = HYP_BATCH_INPUT_MAGIC;
    header.layout_version = HYP_BATCH_LAYOUT_VERSION;
    header.op = HYP_OP_ECRECOVER;
    header.flags = flags;
    header.item_count = static_cast<uint32_t>(items.size());
    header.sequence = sequence;
    header.descriptors_offset = sizeof header;
    header.descriptors_length = items.size() * sizeof(hyp_ecrecover_descriptor);
    header.data_offset = sizeof header + header.descriptors_length;

    hw::Batch batch;
    batch.input.resize(header.data_offset);
    std::memcpy(batch.input.data(), &header, sizeof header);
    for (uint32_t i = 0; i < header.item_count; i++) {
        hyp_ecrecover_descriptor &descriptor = descriptor_of(batch, i);
        std::copy(items[i].hash.begin(), items[i].hash.end(), descriptor.hash);
        std::copy(items[i].r.begin(), items[i].r.end(), descriptor.r);
        std::copy(items[i].s.begin(), items[i].s.end(), descriptor.s);
        descriptor.recid = items[i].recid;
    }
    batch.output_bytes = hyp_batch_output_bytes(&header);
    return batch;
}

hyp_batch_header &header_of(hw::Batch &batch)
{
    return *reinterpret_cast<hyp_batch_header *>(batch.input.data());
}

hyp_ecrecover_descriptor &descriptor_of(hw::Batch &batch, uint32_t index)
{
    return reinterpret_cast<hyp_ecrecover_descriptor *>(batch.input.data() +
                                                        sizeof(hyp_batch_header))[index];
}

bool ecrecover_right(const hw::Batch &batch, const hw::Run &run)
{
    hyp_batch_header header;
    std::memcpy(&header, batch.input.data(), sizeof header);
    const uint32_t count = header.item_count;
    std::vector<uint8_t> expected(batch.output_bytes);
    hyp_op_find(HYP_OP_ECRECOVER)
        ->reference(batch.input.data(), batch.input.size(), nullptr, expected.data(), 0, count);
    const auto statuses = expected.begin() + HYP_STATUS_OFFSET;
    const uint32_t failed = count - std::count(statuses, statuses + count, HYP_STATUS_OK);

    if (!run.done) {
        std::printf("# not done: %s\n", run.fault.c_str());
        return false;
    }
    return header_right(header, run.header(), failed) &&
           same(expected, run, HYP_STATUS_OFFSET, HYP_STATUS_OFFSET + count) &&
           same(expected, run, hyp_results_offset(count), expected.size()) && run.guard_intact() &&
           run.checksums_right(batch);
}

} // namespace secp
