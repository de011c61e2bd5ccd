#include "sim/fault_injector.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

#include "hyperion/batch.h"

namespace sim
{

namespace
{

double seconds_between(const timespec &begin, const timespec &end)
{
    return static_cast<double>(end.tv_sec - begin.tv_sec) +
           static_cast<double>(end.tv_nsec - begin.tv_nsec) * 1e-9;
}

// What a beat adds to a checksum of beats (hw/common/rtl/beat_crc.sv), by the definition of CRC32C.
uint32_t crc_of_beat(std::array<uint8_t, kBeatBytes> beat, uint64_t index)
{
    uint32_t crc = UINT32_MAX;
    const auto take = [&crc](uint8_t byte) {
        crc ^= byte;
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78u : 0);
    };
    for (const uint8_t byte : beat)
        take(byte);
    for (unsigned byte = 0; byte < 8; byte++)
        take(static_cast<uint8_t>(index >> 8 * byte));
    return ~crc;
}

// What an item reads beside its descriptor, or part of that. Nothing where the kernel would refuse
// it.
struct Part {
    uint64_t offset, bytes;
};

Part data_of(const hyp_batch_header &header, const uint8_t *descriptor)
{
    Part part = {};
    uint64_t alignment = 8;
    if (header.op == HYP_OP_KECCAK256) {
        hyp_keccak_descriptor message;
        std::memcpy(&message, descriptor, sizeof message);
        part = {message.offset, message.flags == 0 ? message.length : 0};
    } else if (header.op == HYP_OP_MATMUL) {
        hyp_matmul_descriptor product;
        std::memcpy(&product, descriptor, sizeof product);
        const uint64_t row = (uint64_t{product.inner} + kBeatBytes - 1) / kBeatBytes * kBeatBytes;
        part = {product.a_offset, product.rows * row};
        alignment = kBeatBytes;
    }
    const uint64_t start = part.offset - header.data_offset;
    if (part.offset % alignment != 0 || start > header.data_length ||
        part.bytes > header.data_length - start)
        part.bytes = 0;
    return part;
}

} // namespace

FaultInjector::FaultInjector(Memory &memory, const hyp_fault_plan &plan, uint64_t batches,
                             uint64_t loads, uint64_t seed)
    // A card that was reset does not draw the same again.
    : memory_(memory), plan_(plan), batches_(batches), loads_(loads),
      random_(seed ^ (batches * 0x9e3779b97f4a7c15) ^ 0x6661756c74)
{
}

bool FaultInjector::is_trial(uint64_t input) const
{
    hyp_batch_header header = {};
    if (memory_.contains(input, sizeof header))
        memory_.read(input, &header, sizeof header);
    return (header.sequence & HYP_SEQUENCE_TRIAL) != 0;
}

RunFaults FaultInjector::begin_run(uint64_t input)
{
    RunFaults faults;
    if (plan_.count == 0)
        return faults;
    const bool trial = is_trial(input);
    batches_ += !trial;
    const auto find = [&](hyp_fault_kind kind) {
        return hyp_fault_find(&plan_, kind, batches_, trial);
    };
    faults.hang = find(HYP_FAULT_HANG) != nullptr;
    faults.short_write = find(HYP_FAULT_SHORT_WRITE) != nullptr;
    // The first burst of one kind, because any batch has one.
    if (find(HYP_FAULT_SLVERR))
        (random_.chance(50) ? faults.axi.read_error : faults.axi.write_error) = 1;
    const hyp_fault *flip = find(HYP_FAULT_BITFLIP);
    faults.bitflip = flip ? flip->value : 0;
    const hyp_fault *rot = find(HYP_FAULT_BITROT);
    faults.bitrot = rot ? rot->value : 0;
    const hyp_fault *input_rot = find(HYP_FAULT_INPUT_ROT);
    rot_input(input_rot ? input_rot->value : 0, input);
    const hyp_fault *slow = find(HYP_FAULT_SLOW);
    slow_ = slow ? slow->value : 1;
    dropped_ = dropped_ || find(HYP_FAULT_DROP);
    dead_ = dead_ || find(HYP_FAULT_DIE);
    return faults;
}

void FaultInjector::end_run(const RunFaults &faults, uint64_t output, uint64_t output_bytes)
{
    flip_items(faults.bitflip, true, output, output_bytes);
    flip_items(faults.bitrot, false, output, output_bytes);
}

bool FaultInjector::happens(double probability)
{
    return std::ldexp(static_cast<double>(random_.next() >> 11), -53) < probability;
}

void FaultInjector::flip(uint64_t address, uint64_t bit)
{
    uint8_t byte;
    memory_.read(address + bit / 8, &byte, 1);
    byte ^= static_cast<uint8_t>(1u << bit % 8);
    memory_.write(address + bit / 8, &byte, 1);
}

// A bit of the item's descriptor, or of the data that it reads.
void FaultInjector::rot_input(double probability, uint64_t input)
{
    hyp_batch_header header;
    if (!(probability > 0) || !memory_.contains(input, sizeof header))
        return;
    memory_.read(input, &header, sizeof header);
    const uint64_t descriptors = input + header.descriptors_offset;
    if (header.magic != HYP_BATCH_INPUT_MAGIC || header.item_count == 0 ||
        !memory_.contains(descriptors, header.descriptors_length))
        return;
    const uint64_t size = header.descriptors_length / header.item_count;
    for (uint32_t i = 0; i < header.item_count && size > 0; i++) {
        if (!happens(probability))
            continue;
        const uint64_t descriptor = descriptors + i * size;
        std::array<uint8_t, sizeof(hyp_ecrecover_descriptor)> bytes = {}; // the longest there is
        memory_.read(descriptor, bytes.data(), std::min<uint64_t>(size, bytes.size()));
        const Part data = data_of(header, bytes.data());
        const uint64_t bit = random_.below((size + data.bytes) * 8);
        if (bit < size * 8)
            flip(descriptor, bit);
        else if (memory_.contains(input + data.offset, data.bytes))
            flip(input + data.offset, bit - size * 8);
    }
}

void FaultInjector::flip_items(double probability, bool fitting, uint64_t output,
                               uint64_t output_bytes)
{
    hyp_result_header header;
    if (!(probability > 0) || output_bytes < sizeof header ||
        !memory_.contains(output, output_bytes))
        return;
    memory_.read(output, &header, sizeof header);
    const uint64_t results = hyp_results_offset(header.item_count);
    if (header.magic != HYP_BATCH_OUTPUT_MAGIC || header.item_count == 0 || results >= output_bytes)
        return;
    const uint64_t item = (output_bytes - results) / header.item_count;
    for (uint32_t i = 0; i < header.item_count && item > 0; i++) {
        if (!happens(probability))
            continue;
        const uint64_t bit = (results + i * item) * 8 + random_.below(item * 8);
        const uint64_t index = bit / (uint64_t{kBeatBytes} * 8);
        const auto crc =
            [&] { // of the beat as it lies there; what is behind the output counts as zeros
                std::array<uint8_t, kBeatBytes> beat = {};
                const uint64_t begin = index * kBeatBytes;
                memory_.read(output + begin, beat.data(),
                             std::min<uint64_t>(kBeatBytes, output_bytes - begin));
                return crc_of_beat(beat, index);
            };
        const uint32_t before = crc();
        flip(output, bit);
        if (fitting)
            header.crc32c += crc() - before;
    }
    memory_.write(output, &header, sizeof header);
}

FaultInjector::Slowness::Slowness(const FaultInjector &injector) : factor_(injector.slow_)
{
    if (factor_ > 1)
        clock_gettime(CLOCK_MONOTONIC, &begin_);
}

FaultInjector::Slowness::~Slowness()
{
    if (!(factor_ > 1))
        return;
    timespec end;
    clock_gettime(CLOCK_MONOTONIC, &end);
    const double pause = seconds_between(begin_, end) * (factor_ - 1);
    const auto whole = static_cast<time_t>(pause);
    const timespec left = {whole, static_cast<long>((pause - static_cast<double>(whole)) * 1e9)};
    nanosleep(&left, nullptr);
}

} // namespace sim
