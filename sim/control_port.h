// The AXI4-Lite master in front of a kernel's control registers, one access at a time, and the
// checker of what the kernel answers.
#ifndef HYPERION_SIM_CONTROL_PORT_H
#define HYPERION_SIM_CONTROL_PORT_H

#include <cstdint>
#include <string>

#include "sim/kernel_model.h"
#include "sim/random.h"
#include "sim/rules.h"

namespace sim
{

class ControlPort
{
  public:
    static constexpr unsigned kMaxCycles = 1000; // an access that takes longer is a violation

    ControlPort(const AxiLitePins &pins, const std::string &unit, uint32_t ready_percent,
                uint64_t seed, Verdict &verdict);

    // Begins an access; only when idle.
    void begin_write(uint16_t offset, uint32_t value);
    void begin_read(uint16_t offset);

    // Once a cycle: drive before the pins settle, observe after they did and before the clock
    // rises.
    void drive();
    void observe();
    void drive_idle();
    // In reset, instead of observe.
    void observe_reset();

    bool idle() const
    {
        return state_ == State::kIdle;
    }
    // Whether the kernel has address and data of the write that is under way.
    bool write_taken() const
    {
        return !address_pending_ && !data_pending_;
    }
    // Of the access that ended last.
    uint32_t value() const
    {
        return value_;
    }
    bool error() const
    {
        return error_;
    }

  private:
    enum class State { kIdle, kWrite, kRead };
    struct Stalled {
        bool valid = false;
        uint32_t data = 0;
        uint8_t response = 0;
    };

    void begin(State state);
    void observe_response(const char *channel, bool valid, bool ready, bool requested,
                          uint8_t response, uint32_t data, Stalled &stalled);

    const AxiLitePins &pins_;
    std::string where_;
    uint32_t ready_percent_;
    Random random_;
    Verdict &verdict_;

    State state_ = State::kIdle;
    bool address_pending_ = false, data_pending_ = false; // not taken yet
    unsigned cycles_ = 0;
    Stalled stalled_write_, stalled_read_;
    uint32_t value_ = 0;
    bool error_ = false;
};

} // namespace sim

#endif
