// A simulated card with one compute unit, and one batch run on it. For benches of whole kernels.
#ifndef HYPERION_TESTS_HW_BATCH_CARD_H
#define HYPERION_TESTS_HW_BATCH_CARD_H

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "hyperion/batch.h"
#include "sim/card.h"
#include "sim/fault_injection.h"
#include "sim/kernel_set.h"

namespace hw
{

constexpr uint64_t kMemory = 0x4000000000;
constexpr uint64_t kInput = kMemory + 0x1000;
constexpr uint64_t kOutput = kMemory + (uint64_t{1} << 32);
constexpr uint64_t kResident = kMemory + (uint64_t{2} << 32) + 0x3c0;
constexpr uint8_t kUntouched = 0xcc; // what the output buffer holds before a run
constexpr size_t kGuard = 128;       // bytes behind the output buffer that are looked at

struct Batch {
    std::vector<uint8_t> input;
    size_t output_bytes = 0;
    std::vector<uint8_t> resident; // the arena, for kernels that have one

    // What lies in the card's memory: whole beats, with bytes behind the input that mean nothing.
    std::vector<uint8_t> sent() const;
};

// How a run departs from the ordinary.
struct RunOptions {
    uint64_t input_address = kInput, output_address = kOutput;
    int64_t input_bytes = -1, output_bytes = -1; // what the kernel is told; -1: what it is
    sim_faults faults = {};
    size_t fault_port = 0;
    uint64_t cycle_limit = 20000000;
};

struct Run {
    bool done = false;           // ap_done came, and no checker complained
    std::string fault;           // what a checker said
    uint64_t cycles = 0;         // from ap_start to ap_done
    std::vector<uint8_t> output; // with kGuard bytes more

    hyp_result_header header() const;
    hyp_result_counters counters() const;
    // Whether nothing behind the output buffer was written.
    bool guard_intact() const;
    // Whether both checksums are what the host makes of input and output.
    bool checksums_right(const Batch &batch) const;
};

class Card
{
  public:
    // `create` makes the kernel (sim::create_verilated<Vtop>); latency and ready as in sim/card.h.
    Card(const char *name, decltype(sim::KernelType::create) create, uint32_t latency = 100,
         uint32_t ready_percent = 100, uint64_t seed = 1, bool resident = false);

    Run run(const Batch &batch, const RunOptions &options = {});

    sim_card *get() const
    {
        return card_.get();
    }
    uint64_t read_register64(uint16_t offset);

  private:
    void write_register64(uint16_t offset, uint64_t value);

    struct Destroy {
        void operator()(sim_card *card) const
        {
            sim_card_destroy(card);
        }
    };
    std::unique_ptr<sim_card, Destroy> card_;
    uint64_t base_ = 0;
    bool resident_;
};

} // namespace hw

#endif
