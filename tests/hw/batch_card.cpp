#include "tests/hw/batch_card.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>

extern "C" {
#include "host/src/result_check.h"
}

namespace hw
{

std::vector<uint8_t> Batch::sent() const
{
    std::vector<uint8_t> padded = input;
    padded.resize((input.size() + HYP_SECTION_ALIGNMENT - 1) / HYP_SECTION_ALIGNMENT *
                      HYP_SECTION_ALIGNMENT,
                  0xa5);
    return padded;
}

hyp_result_header Run::header() const
{
    hyp_result_header header;
    std::memcpy(&header, output.data(), sizeof header);
    return header;
}

hyp_result_counters Run::counters() const
{
    hyp_result_counters counters;
    std::memcpy(&counters, output.data() + sizeof(hyp_result_header), sizeof counters);
    return counters;
}

bool Run::guard_intact() const
{
    return std::all_of(output.end() - kGuard, output.end(),
                       [](uint8_t byte) { return byte == kUntouched; });
}

bool Run::checksums_right(const Batch &batch) const
{
    std::vector<uint8_t> sent = batch.sent();
    std::vector<uint8_t> arena = batch.resident;
    const hyp_memory memory = {sent.data(), sent.size(), -1, 1};
    const hyp_memory resident = {arena.data(), arena.size(), -1, 2};
    hyp_batch_header header;
    std::memcpy(&header, sent.data(), sizeof header);
    uint64_t input = 0;
    hyp_input_crc(&header, &memory, &resident, UINT64_MAX, &input);
    const uint32_t results = hyp_result_crc(&header, sent.data(), output.data());
    const hyp_result_header result = this->header();
    if (result.input_crc32c == input && result.crc32c == results)
        return true;
    std::printf("# checksums of input %llx and results %08x; expected %llx and %08x\n",
                static_cast<unsigned long long>(result.input_crc32c), result.crc32c,
                static_cast<unsigned long long>(input), results);
    return false;
}

Card::Card(const char *name, decltype(sim::KernelType::create) create, uint32_t latency,
           uint32_t ready_percent, uint64_t seed, bool resident)
    : resident_(resident)
{
    sim_card_options options = {};
    options.size = sizeof options;
    options.memory_base = kMemory;
    options.memory_latency = latency;
    options.ready_percent = ready_percent;
    options.seed = seed;
    char error[200] = "";
    card_.reset(sim::create_card(&options, {{name, 1, create, true, nullptr, resident}}, error,
                                 sizeof error));
    if (!card_) {
        std::fprintf(stderr, "%s\n", error);
        std::exit(1);
    }
    base_ = sim_card_unit(card_.get(), 0)->base;
}

void Card::write_register64(uint16_t offset, uint64_t value)
{
    sim_card_write_register(card_.get(), base_ + offset, static_cast<uint32_t>(value));
    sim_card_write_register(card_.get(), base_ + offset + 4, static_cast<uint32_t>(value >> 32));
}

uint64_t Card::read_register64(uint16_t offset)
{
    uint32_t low = 0, high = 0;
    sim_card_read_register(card_.get(), base_ + offset, &low);
    sim_card_read_register(card_.get(), base_ + offset + 4, &high);
    return uint64_t{high} << 32 | low;
}

Run Card::run(const Batch &batch, const RunOptions &options)
{
    sim_card *card = card_.get();
    const std::vector<uint8_t> untouched(batch.output_bytes + kGuard, kUntouched);
    const std::vector<uint8_t> sent = batch.sent();
    sim_card_write_memory(card, options.input_address, sent.data(), sent.size());
    sim_card_write_memory(card, options.output_address, untouched.data(), untouched.size());
    sim_card_inject(card, 0, options.fault_port, &options.faults);
    if (resident_) {
        sim_card_write_memory(card, kResident, batch.resident.data(), batch.resident.size());
        write_register64(0x40, kResident);
        write_register64(0x4c, batch.resident.size());
    }

    write_register64(0x10, options.input_address);
    write_register64(0x1c, options.output_address);
    write_register64(0x28, options.input_bytes < 0 ? batch.input.size()
                                                   : static_cast<uint64_t>(options.input_bytes));
    write_register64(0x34, options.output_bytes < 0 ? batch.output_bytes
                                                    : static_cast<uint64_t>(options.output_bytes));
    sim_card_write_register(card, base_, 1);

    const uint64_t end = sim_card_cycles(card) + options.cycle_limit;
    while (sim_card_unit_busy(card, 0) && sim_card_cycles(card) < end && !sim_card_fault(card))
        sim_card_step(card, end - sim_card_cycles(card));

    Run run;
    run.fault = sim_card_fault(card) ? sim_card_fault(card) : "";
    run.done = !sim_card_unit_busy(card, 0) && run.fault.empty();
    run.cycles = sim_card_unit_run_cycles(card, 0);
    run.output.resize(untouched.size());
    sim_card_read_memory(card, options.output_address, run.output.data(), run.output.size());
    if (!run.fault.empty())
        std::printf("# %s\n", run.fault.c_str());
    return run;
}

} // namespace hw
