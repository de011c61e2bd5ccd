// The memory's end of one AXI4 port: takes a beat each way each cycle, with a latency, and, where
// it is asked to, with a ready and valid that come and go at random.
#ifndef HYPERION_SIM_AXI_MEMORY_H
#define HYPERION_SIM_AXI_MEMORY_H

#include <array>
#include <cstdint>
#include <deque>
#include <string>

#include "sim/fault_injection.h"
#include "sim/kernel_model.h"
#include "sim/memory.h"
#include "sim/random.h"
#include "sim/rules.h"

namespace sim
{

struct AxiTiming {
    uint32_t
        latency; // cycles from an address to its first beat, from the last beat to its response
    uint32_t ready_percent; // of all channels
};

// Bytes [first, last) that a run may touch.
struct Window {
    uint64_t first, last;
};

class AxiMemory
{
  public:
    static constexpr size_t kMaxOutstanding = 64; // bursts each way

    AxiMemory(const AxiPins &pins, const std::string &unit, Memory &memory, AxiTiming timing,
              uint64_t seed, Verdict &verdict);

    // Once a cycle: drive before the pins settle, observe after they did and before the clock
    // rises.
    void drive(uint64_t now);
    void observe(uint64_t now);
    // In reset.
    void drive_idle();

    // A burst is read from one of the two read windows.
    void set_windows(Window read, Window write, Window also_read = {0, 0});
    void inject(const sim_faults &faults);
    // From now on nothing is answered.
    void hang()
    {
        hung_ = true;
    }
    // Of this run: writes to this address and behind it are acknowledged and lost.
    void lose_from(uint64_t address)
    {
        lost_from_ = address;
    }

    uint64_t beats_read() const
    {
        return beats_read_;
    }
    uint64_t beats_written() const
    {
        return beats_written_;
    }

  private:
    struct Burst {
        uint64_t address; // of the next beat
        uint64_t due;     // cycle of the first beat or of the response
        unsigned beats;   // left
        uint8_t id, response;
        bool flipped, dropped;
    };
    struct Beat {
        std::array<uint32_t, kBeatWords> data;
        uint64_t strobe;
        bool last;
    };

    void drive_read(uint64_t now);
    void drive_response(uint64_t now);
    bool choose_read(uint64_t now);
    void present_read();
    void accept_read_address(uint64_t now);
    void accept_write_address();
    void write_beat(const uint32_t *data, uint64_t strobe, bool last, uint64_t now);
    void drain_early_data(uint64_t now);
    bool ordered(uint64_t &countdown);

    const AxiPins &pins_;
    std::string where_;
    Memory &memory_;
    AxiTiming timing_;
    Random random_;
    Verdict &verdict_;
    Window read_window_, write_window_, also_read_window_;
    sim_faults faults_ = {};
    bool hung_ = false;
    uint64_t lost_from_ = UINT64_MAX;

    std::deque<Burst> reads_; // the first is being answered while reading_
    bool reading_ = false;    // a burst was begun and is not interrupted
    bool read_taken_ = false; // the beat on the pins was taken at the last clock
    bool response_taken_ = false;
    std::deque<Burst> writes_;    // addresses whose data is still to come
    std::deque<Burst> responses_; // written, to be answered
    std::deque<Beat> early_data_; // came before its address
    uint64_t beats_read_ = 0, beats_written_ = 0;
};

} // namespace sim

#endif
