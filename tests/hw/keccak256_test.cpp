// The whole kernel keccak256 on the simulated card, with 8 and with 24 round stages: against the
// plain C reference, under every kind of memory timing, with malformed batches and with memory that
// answers errors.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "Vkeccak256.h"
#include "Vkeccak256_u24.h"

#include "sim/random.h"
#include "sim/verilated_kernel.h"
#include "tests/hw/keccak_batch.h"
#include "tests/sim/tap.h"

namespace
{

using namespace hw;

using Create = decltype(sim::KernelType::create);

class Configuration
{
  public:
    Configuration(const char *name, Create create) : name_(name), create_(create)
    {
    }

    Card card(uint32_t latency = 100, uint32_t ready_percent = 100, uint64_t seed = 1) const
    {
        return Card("keccak256", create_, latency, ready_percent, seed);
    }
    std::string title(const std::string &text) const
    {
        return std::string(name_) + ": " + text;
    }

  private:
    const char *name_;
    Create create_;
};

void test_lengths(const Configuration &u)
{
    std::vector<uint32_t> lengths = {0, 1, 7, 8, 9, 20, 32, 55, 56, 63, 64, 65, 110, 127, 128};
    for (const uint32_t edge : {136, 272, 408, 544})
        for (int32_t d = -9; d <= 9; d++)
            lengths.push_back(edge + d);
    Card card = u.card();
    Batch batch = keccak_batch(lengths, 1);
    tap::ok(keccak_right(batch, card.run(batch)), u.title("lengths around every edge"));
    for (const uint32_t length :
         {69631u, 69632u, 69633u, 1u << 20}) { // the block buffer holds 69,632 bytes
        batch = keccak_batch({20, length, 532, length / 3, 64}, length);
        tap::ok(keccak_right(batch, card.run(batch)),
                u.title("a message of " + std::to_string(length) + " bytes among others"));
    }
}

void test_counts(const Configuration &u)
{
    Card card = u.card();
    bool right = true;
    for (const uint32_t count :
         {0, 1, 2, 3, 4, 5, 8, 9, 63, 64, 65, 127, 128, 129, 255, 256, 257}) {
        Batch batch = keccak_batch(std::vector<uint32_t>(count, 33), count);
        right = keccak_right(batch, card.run(batch)) && right;
    }
    tap::ok(right, u.title("counts around every edge, one card"));
    Batch batch = keccak_batch(std::vector<uint32_t>(5000, 0), 1);
    tap::ok(keccak_right(batch, card.run(batch)),
            u.title("5,000 empty messages, which need no data"));
}

// Lengths as they come: short ones, blocks and a few long ones.
std::vector<uint32_t> random_lengths(sim::Random &random, size_t count)
{
    std::vector<uint32_t> lengths(count);
    for (uint32_t &length : lengths)
        length = random.below(12) == 0  ? random.below(6000)
                 : random.below(10) < 6 ? random.below(140)
                                        : random.below(700);
    return lengths;
}

// Descriptors that point anywhere: out of order, overlapping, with gaps, and a few that must be
// refused.
void scramble(Batch &batch, sim::Random &random)
{
    const hyp_batch_header header = header_of(batch);
    const uint64_t data_end = header.data_offset + header.data_length;
    for (uint32_t i = 0; i < header.item_count; i++) {
        hyp_keccak_descriptor &descriptor = descriptor_of(batch, i);
        switch (random.below(15)) {
        case 9: // in the beats around the end of the one before
            if (i > 0) {
                const hyp_keccak_descriptor &last = descriptor_of(batch, i - 1);
                const uint64_t near =
                    (last.offset + last.length) / 8 * 8 + 64 - 8 * random.below(16);
                descriptor.offset = std::max<uint64_t>(header.data_offset, near);
                descriptor.length = random.below(200);
            }
            break;
        case 10: // the one before once more
            descriptor = descriptor_of(batch, i - (i > 0));
            break;
        case 0:
            descriptor = descriptor_of(batch, random.below(header.item_count));
            break;
        case 1:
            descriptor.offset = header.data_offset + random.below(header.data_length / 8 + 1) * 8;
            descriptor.length =
                random.below(std::min<uint64_t>(300, data_end - descriptor.offset + 1));
            break;
        case 2:
            descriptor.length -= std::min<uint32_t>(descriptor.length, random.below(20));
            break;
        case 3:
            descriptor.flags = 1u << random.below(32);
            break;
        case 4:
            descriptor.offset += 1 + random.below(7);
            break;
        case 5:
            descriptor.offset = header.data_offset - 8 * (1 + random.below(8));
            break;
        case 6:
            descriptor.length = data_end - descriptor.offset + 1 + random.below(1000);
            break;
        case 7:
            descriptor.offset |= uint64_t{1} << (40 + random.below(24));
            break;
        case 8:
            descriptor.offset = ~uint64_t{7} - 8 * random.below(4);
            descriptor.length = random.below(64);
            break;
        default:
            break;
        }
    }
}

void test_random(const Configuration &u, uint64_t seed)
{
    sim::Random random(seed);
    bool packed = true, scrambled = true;
    for (const uint32_t latency : {1, 20, 100, 400})
        for (const uint32_t ready : {10, 50, 90, 100}) {
            Card card = u.card(latency, ready, random.next());
            Batch batch =
                keccak_batch(random_lengths(random, 1 + random.below(200)), random.next());
            packed = keccak_right(batch, card.run(batch)) && packed;
            scramble(batch, random);
            scrambled = keccak_right(batch, card.run(batch)) && scrambled;
        }
    tap::ok(packed, u.title("random lengths under 16 memory timings"));
    tap::ok(scrambled,
            u.title("descriptors in any order, overlapping and bad, under 16 memory timings"));
}

void test_alignment(const Configuration &u)
{
    sim::Random random(8);
    bool right = true;
    Card card = u.card();
    for (int i = 0; i < 24;
         i++) { // buffers that begin anywhere in a page, so that bursts meet its end
        RunOptions options;
        options.input_address += 64 * random.below(64);
        options.output_address += 64 * random.below(64);
        Batch batch = keccak_batch(random_lengths(random, 1 + random.below(300)), i);
        right = keccak_right(batch, card.run(batch, options)) && right;
    }
    tap::ok(right, u.title("buffers at any multiple of 64"));
}

// A run that must end with bad_input and no items, having written nothing but the first two beats.
bool refused(const Run &run)
{
    const hyp_result_header header = run.header();
    return run.done && header.magic == HYP_BATCH_OUTPUT_MAGIC &&
           header.status == HYP_STATUS_BAD_INPUT && header.item_count == 0 &&
           header.items_failed == 0 &&
           std::all_of(run.output.begin() + HYP_STATUS_OFFSET, run.output.end(),
                       [](uint8_t byte) { return byte == kUntouched; });
}

void test_bad_headers(const Configuration &u)
{
    struct Case {
        const char *what;
        void (*spoil)(hyp_batch_header &);
    };
    static const Case cases[] = {
        {"magic", [](hyp_batch_header &h) { h.magic ^= 1; }},
        {"layout version", [](hyp_batch_header &h) { h.layout_version = 1; }},
        {"op", [](hyp_batch_header &h) { h.op = HYP_OP_ECRECOVER; }},
        {"flags", [](hyp_batch_header &h) { h.flags = 0x80000000; }},
        {"count more than the maximum", [](hyp_batch_header &h) { h.item_count = (1u << 24) + 1; }},
        {"count that does not fit the descriptors", [](hyp_batch_header &h) { h.item_count--; }},
        {"count and descriptors beyond the input",
         [](hyp_batch_header &h) {
             h.item_count = 1u << 24;
             h.descriptors_length = uint64_t{16} << 24;
         }},
        {"result beats", [](hyp_batch_header &h) { h.result_beats = 1; }},
        {"crc32c", [](hyp_batch_header &h) { h.crc32c = 1u << 31; }},
        {"unaligned descriptors", [](hyp_batch_header &h) { h.descriptors_offset += 8; }},
        {"descriptors in the header", [](hyp_batch_header &h) { h.descriptors_offset = 0; }},
        {"descriptors far away", [](hyp_batch_header &h) { h.descriptors_offset = ~uint64_t{63}; }},
        {"descriptors beyond 2^40",
         [](hyp_batch_header &h) { h.descriptors_offset |= uint64_t{1} << 40; }},
        {"unaligned data", [](hyp_batch_header &h) { h.data_offset += 32; }},
        {"data in the header", [](hyp_batch_header &h) { h.data_offset = 0; }},
        {"data longer than the input", [](hyp_batch_header &h) { h.data_length++; }},
        {"data that wraps", [](hyp_batch_header &h) { h.data_length = ~uint64_t{0}; }},
        {"data beyond 2^40", [](hyp_batch_header &h) { h.data_offset |= uint64_t{1} << 41; }},
    };
    Card card = u.card();
    for (const Case &bad : cases) {
        Batch batch = keccak_batch({64, 136, 532}, 1);
        bad.spoil(header_of(batch));
        tap::ok(refused(card.run(batch)), u.title(std::string("bad header: ") + bad.what));
    }
    Batch batch = keccak_batch({64, 136, 532}, 1);
    tap::ok(keccak_right(batch, card.run(batch)), u.title("a good batch afterwards"));
}

void test_bad_arguments(const Configuration &u)
{
    Card card = u.card();
    const Batch batch = keccak_batch({64, 136, 532}, 1);
    RunOptions options;
    options.input_bytes = static_cast<int64_t>(batch.input.size()) - 1;
    tap::ok(refused(card.run(batch, options)), u.title("input_bytes one byte less than the batch"));
    options.input_bytes = 63;
    tap::ok(refused(card.run(batch, options)), u.title("input_bytes less than a header"));
    options.input_bytes = int64_t{1} << 40;
    tap::ok(refused(card.run(batch, options)), u.title("input_bytes of 1 TiB"));
    options = {};
    options.output_bytes = static_cast<int64_t>(batch.output_bytes) - 1;
    tap::ok(refused(card.run(batch, options)),
            u.title("output_bytes one byte less than the results"));
    options.output_bytes = 128;
    tap::ok(refused(card.run(batch, options)),
            u.title("output_bytes that hold header and counters only"));

    options = {};
    options.input_address += 8;
    tap::ok(refused(card.run(batch, options)), u.title("an input buffer that is not aligned"));
    options = {};

    const auto silent = [](const Run &run) {
        return run.done && std::all_of(run.output.begin(), run.output.end(),
                                       [](uint8_t byte) { return byte == kUntouched; });
    };
    options.output_bytes = 127;
    tap::ok(silent(card.run(batch, options)),
            u.title("output_bytes too small for a header: nothing is written"));
    options = {};
    options.output_address += 32;
    tap::ok(silent(card.run(batch, options)),
            u.title("an output buffer that is not aligned: nothing is written"));
    tap::ok(keccak_right(batch, card.run(batch)), u.title("a good batch afterwards"));
}

// Whatever burst fails, the run ends, says so, and the next one is right.
void test_errors(const Configuration &u)
{
    sim::Random random(9);
    const Batch batch = keccak_batch(random_lengths(random, 400), 9);
    bool reads = true, writes = true, after = true;
    for (const uint32_t ready : {40, 100}) {
        Card card = u.card(100, ready, 3);
        for (uint64_t burst = 1; burst <= 24; burst++) {
            RunOptions options;
            options.faults.read_error = burst;
            const Run run = card.run(batch, options);
            reads = run.done && run.header().status == HYP_STATUS_BAD_INPUT &&
                    run.header().item_count == 0 && run.guard_intact() && reads;
            after = keccak_right(batch, card.run(batch)) && after;
        }
        for (uint64_t burst = 1; burst <= 4; burst++) {
            RunOptions options;
            options.faults.write_error = burst;
            const Run run = card.run(batch, options);
            writes = run.done && run.header().status == HYP_STATUS_BAD_INPUT &&
                     run.header().item_count == 0 && run.guard_intact() && writes;
            after = keccak_right(batch, card.run(batch)) && after;
        }
    }
    tap::ok(reads, u.title("a read burst answered with SLVERR ends the run"));
    tap::ok(writes, u.title("a write burst answered with SLVERR ends the run"));
    tap::ok(after, u.title("the run after an error is right"));
}

void test_counters(const Configuration &u, uint32_t passes)
{
    Card card = u.card();
    Batch batch = keccak_batch({0, 64, 136, 532, 64}, 1);
    descriptor_of(batch, 4).flags = 1;
    const Run run = card.run(batch);
    const hyp_result_counters counters = run.counters();
    tap::ok(counters.operations == 1 + 1 + 2 + 4,
            u.title("permutations are counted, but not of bad items"));
    tap::ok(counters.compute_slots_used == counters.operations * passes, u.title("compute slots"));
    // header, 80 bytes of descriptors, 736 of data (the last message is bad and not read)
    tap::ok(counters.beats_read == 1 + 2 + 12,
            u.title("beats read: " + std::to_string(counters.beats_read)));
    tap::ok(counters.beats_written == 2 + 1 + 3,
            u.title("beats written: " + std::to_string(counters.beats_written)));
    tap::ok(counters.cycles <= run.cycles && run.cycles - counters.cycles < 130,
            u.title("cycles: " + std::to_string(counters.cycles) + " of " +
                    std::to_string(run.cycles)));
    tap::ok(counters.busy_cycles > 0 && counters.busy_cycles < counters.cycles,
            u.title("busy cycles"));
}

void test_speed(const Configuration &u)
{
    Card card = u.card();
    for (const uint32_t length : {64, 136, 532}) {
        Batch batch = keccak_batch(std::vector<uint32_t>(2048, length), length);
        const Run run = card.run(batch);
        const hyp_result_counters c = run.counters();
        const double utilisation =
            static_cast<double>(std::max({c.beats_read, c.beats_written, c.compute_slots_used})) /
            run.cycles;
        // Filling and draining takes up to 800 cycles, which 16,384 messages hide and 2,048 do not.
        const double enough = static_cast<double>(run.cycles - 800) / run.cycles;
        tap::ok(keccak_right(batch, run) && utilisation >= enough,
                u.title("2,048 messages of " + std::to_string(length) +
                        " bytes keep port or ring busy: " + std::to_string(utilisation)));
    }
}

void test_all(const Configuration &u, uint32_t passes)
{
    test_lengths(u);
    test_counts(u);
    test_random(u, 7);
    test_alignment(u);
    test_bad_headers(u);
    test_bad_arguments(u);
    test_errors(u);
    test_counters(u, passes);
    test_speed(u);
}

} // namespace

// With a number as argument: only random batches, that many times.
int main(int argc, char **argv)
{
    const Configuration u8("U=8", sim::create_verilated<Vkeccak256>);
    const Configuration u24("U=24", sim::create_verilated<Vkeccak256_u24>);
    if (argc > 1) {
        for (uint64_t seed = 100; seed < 100 + std::strtoull(argv[1], nullptr, 10); seed++) {
            test_random(u8, seed);
            test_random(u24, seed);
        }
    } else {
        test_all(u8, 3);
        test_all(u24, 1);
    }
    return tap::done();
}
