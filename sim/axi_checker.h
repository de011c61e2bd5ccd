// Watches one AXI4 master and its memory, cycle by cycle, and holds both sides to the protocol and
// to hw/README.md. It keeps its own books: it trusts neither the kernel nor the memory model.
#ifndef HYPERION_SIM_AXI_CHECKER_H
#define HYPERION_SIM_AXI_CHECKER_H

#include <array>
#include <cstdint>
#include <deque>
#include <string>

#include "sim/kernel_model.h"
#include "sim/rules.h"

namespace sim
{

class AxiChecker
{
  public:
    // Bursts must lie in [memory_base, memory_base + memory_bytes).
    AxiChecker(const AxiPins &pins, const std::string &unit, uint64_t memory_base,
               uint64_t memory_bytes, Verdict &verdict);

    // Once a cycle, when all pins are settled and before the clock rises. `running`: between
    // ap_start and ap_done.
    void observe(bool running);
    // In reset, instead of observe.
    void observe_reset();
    // When the kernel has said that it is done.
    void observe_done();

    bool quiet() const
    {
        return reads_.empty() && writes_.empty() && finished_writes_.empty() &&
               early_data_.empty() && data_beats_ == 0;
    }

  private:
    struct Burst {
        uint8_t id;
        unsigned beats; // still to come
    };
    struct Address {
        bool valid = false;
        uint64_t address = 0;
        uint8_t id = 0, len = 0, size = 0, burst = 0;

        bool operator==(const Address &other) const
        {
            return address == other.address && id == other.id && len == other.len &&
                   size == other.size && burst == other.burst;
        }
    };
    // What was announced in the cycle before and not taken.
    struct StalledData {
        bool valid = false;
        std::array<uint32_t, kBeatWords> data = {};
        uint64_t strobe = 0;
        uint8_t last = 0, id = 0, response = 0;
    };

    void observe_address(const char *channel, const Address &now, bool ready, Address &stalled,
                         bool running);
    void check_burst(const char *channel, const Address &burst);
    void observe_write_address();
    void observe_write_data(bool running);
    void observe_write_response();
    void observe_read_data();
    void end_data_burst(unsigned announced);

    __attribute__((format(printf, 4, 5))) void fail(const char *channel, Rule rule,
                                                    const char *format, ...);

    const AxiPins &pins_;
    std::string where_;
    uint64_t memory_base_, memory_bytes_;
    Verdict &verdict_;

    Address stalled_read_, stalled_write_;
    StalledData stalled_data_, stalled_read_data_, stalled_response_;
    std::deque<Burst> reads_;           // addresses taken, last beat not yet
    std::deque<Burst> writes_;          // addresses taken, WLAST not yet
    std::deque<Burst> finished_writes_; // WLAST taken, response not yet
    std::deque<unsigned> early_data_;   // lengths of data bursts that came before their address
    unsigned data_beats_ = 0;           // of the data burst under way
};

} // namespace sim

#endif
