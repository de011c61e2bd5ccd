// A compute unit: one kernel, its control port, and a memory port and a checker for each of its
// masters.
#ifndef HYPERION_SIM_UNIT_H
#define HYPERION_SIM_UNIT_H

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sim/axi_checker.h"
#include "sim/axi_memory.h"
#include "sim/control_port.h"
#include "sim/fault_injector.h"
#include "sim/kernel_model.h"

namespace sim
{

struct UnitOptions {
    AxiTiming timing;
    uint64_t seed;
    bool batch_arguments;    // hold its accesses against the arguments
    bool resident_arguments; // which include an arena
};

class Unit
{
  public:
    Unit(std::unique_ptr<KernelModel> model, const std::string &instance, Memory &memory,
         const UnitOptions &options, Verdict &verdict, FaultInjector &injector);

    // One cycle is settle, then rise.
    void settle(uint64_t now);
    void rise();
    void reset(); // with both halves of some cycles

    // Whether it must be clocked: it runs and may end, or a register is being accessed, or it has
    // just finished.
    bool active() const
    {
        return (running_ && !run_faults_.hang) || settling_ != 0 || waiting_ || under_way_;
    }
    // Between ap_start and ap_done.
    bool running() const
    {
        return running_;
    }
    // Of the latest run.
    uint64_t run_cycles(uint64_t now) const
    {
        return (running_ ? now : done_cycle_) - start_cycle_;
    }

    // One access of the host, begun with begin_*; the card clocks the unit until access_done.
    void begin_write(uint16_t offset, uint32_t value)
    {
        waiting_ = {true, offset, value};
    }
    void begin_read(uint16_t offset)
    {
        waiting_ = {false, offset, 0};
    }
    bool access_done() const
    {
        return !waiting_ && (!under_way_ || polling_);
    }
    bool access_error() const
    {
        return access_error_;
    }
    uint32_t access_value() const
    {
        return access_value_;
    }

    bool inject(size_t port, const sim_faults &faults);
    void trace(VerilatedFstC *wave)
    {
        model_->trace(wave);
    }

  private:
    struct Request {
        bool write;
        uint16_t offset;
        uint32_t value;
    };
    struct Port {
        AxiMemory memory;
        AxiChecker checker;
    };

    void observe(uint64_t now);
    void next_access();
    void take_write(uint64_t now);
    void end_access(uint64_t now);
    void end_run(uint64_t now);
    void open_windows();
    void begin_faults();
    uint64_t argument(uint16_t offset) const;

    std::unique_ptr<KernelModel> model_;
    std::string instance_;
    bool batch_arguments_, resident_arguments_;
    Verdict &verdict_;
    FaultInjector &injector_;
    RunFaults run_faults_;
    ControlPort control_;
    std::vector<std::unique_ptr<Port>> ports_;

    bool running_ = false, auto_restart_ = false;
    unsigned settling_ = 0; // cycles to go before the clock stops
    uint64_t start_cycle_ = 0, done_cycle_ = 0;
    uint32_t done_bits_ =
        0; // clear-on-read bits of CTRL that polling took and the host has not seen

    std::optional<Request> waiting_; // of the host
    std::optional<Request> under_way_;
    bool polling_ = false; // what is under way is the card's own
    bool access_error_ = false;
    uint32_t access_value_ = 0;
    std::array<uint32_t, 24> registers_ = {}; // as the host wrote them, from offset 0 on
};

} // namespace sim

#endif
