#include "sim/unit.h"

#include <algorithm>

#include "hyperion/batch.h"
#include "sim/rtl_messages.h"

namespace sim
{

namespace
{

constexpr uint16_t kControl = 0x00;
constexpr uint32_t kStart = 1u << 0;
constexpr uint32_t kDone = 1u << 1;
constexpr uint32_t kReady = 1u << 3;
constexpr uint32_t kAutoRestart = 1u << 7;

// Arguments of every kernel (hw/README.md), 64 bits each.
constexpr uint16_t kInput = 0x10, kOutput = 0x1c, kInputBytes = 0x28, kOutputBytes = 0x34;
// Of those that read an arena.
constexpr uint16_t kResident = 0x40, kResidentBytes = 0x4c;

constexpr unsigned kResetCycles = 32;
constexpr unsigned kResetSettled = 16; // outputs must be quiet from here on
constexpr unsigned kSettleCycles = 8;  // a unit is clocked for so long after it was done

uint64_t saturating_add(uint64_t a, uint64_t b)
{
    uint64_t sum;
    return __builtin_add_overflow(a, b, &sum) ? UINT64_MAX : sum;
}

} // namespace

Unit::Unit(std::unique_ptr<KernelModel> model, const std::string &instance, Memory &memory,
           const UnitOptions &options, Verdict &verdict, FaultInjector &injector)
    : model_(std::move(model)), instance_(instance), batch_arguments_(options.batch_arguments),
      resident_arguments_(options.resident_arguments), verdict_(verdict), injector_(injector),
      control_(model_->control, instance, options.timing.ready_percent, options.seed, verdict)
{
    uint64_t seed = options.seed;
    for (const AxiPins &pins : model_->masters)
        ports_.push_back(std::unique_ptr<Port>(
            new Port{{pins, instance, memory, options.timing, ++seed, verdict},
                     {pins, instance, memory.base(), memory.bytes(), verdict}}));
}

void Unit::reset()
{
    *model_->reset_n = 0;
    control_.drive_idle();
    for (auto &port : ports_)
        port->memory.drive_idle();
    const RtlMessages messages(instance_, verdict_);
    for (unsigned cycle = 0; cycle < kResetCycles; cycle++) {
        model_->settle();
        if (cycle >= kResetSettled) {
            control_.observe_reset();
            for (auto &port : ports_)
                port->checker.observe_reset();
            if (*model_->interrupt)
                verdict_.fail(instance_ + " interrupt", Rule::kReset, "high while in reset");
        }
        model_->rise();
    }
    *model_->reset_n = 1;
}

void Unit::settle(uint64_t now)
{
    next_access();
    control_.drive();
    for (auto &port : ports_)
        port->memory.drive(now);
    const RtlMessages messages(instance_, verdict_);
    model_->settle();
    observe(now);
}

void Unit::rise()
{
    const RtlMessages messages(instance_, verdict_);
    model_->rise();
}

void Unit::observe(uint64_t now)
{
    control_.observe();
    if (under_way_ && under_way_->write && control_.write_taken())
        take_write(now);
    for (auto &port : ports_)
        port->checker.observe(running_);
    // An address that broke a rule must not reach the memory.
    if (verdict_.failed())
        return;
    for (auto &port : ports_)
        port->memory.observe(now);
    if (settling_ != 0)
        settling_--;
    if (under_way_ && control_.idle())
        end_access(now);
}

// The host comes first; else the card asks a running kernel whether it is done, as the scheduler of
// a real card does. The host never notices: bits that clear on read are kept for it.
void Unit::next_access()
{
    if (under_way_)
        return;
    polling_ = !waiting_;
    if (waiting_)
        under_way_.swap(waiting_);
    else if (running_ && !run_faults_.hang)
        under_way_ = {false, kControl, 0};
    else
        return;
    if (under_way_->write)
        control_.begin_write(under_way_->offset, under_way_->value);
    else
        control_.begin_read(under_way_->offset);
}

// The kernel has the write; it may act on it before it answers.
void Unit::take_write(uint64_t now)
{
    const Request &write = *under_way_;
    if (write.offset / 4u < registers_.size())
        registers_[write.offset / 4u] = write.value;
    if (write.offset != kControl)
        return;
    auto_restart_ = (write.value & kAutoRestart) != 0;
    if ((write.value & kStart) != 0 && !running_) {
        running_ = true;
        start_cycle_ = now;
        open_windows();
        begin_faults();
    }
}

void Unit::begin_faults()
{
    run_faults_ = injector_.begin_run(argument(kInput));
    for (auto &port : ports_)
        port->memory.lose_from(UINT64_MAX);
    if (!run_faults_.any() || ports_.empty())
        return;
    AxiMemory &memory = ports_.front()->memory;
    if (run_faults_.axi.read_error || run_faults_.axi.write_error)
        memory.inject(run_faults_.axi);
    // The header arrives, the last half does not.
    if (run_faults_.short_write)
        memory.lose_from(saturating_add(
            argument(kOutput), std::max(argument(kOutputBytes) / 2, uint64_t{HYP_STATUS_OFFSET})));
    if (run_faults_.hang)
        for (auto &port : ports_)
            port->memory.hang();
}

void Unit::end_access(uint64_t now)
{
    uint32_t value = control_.value();
    const bool control_read = !under_way_->write && under_way_->offset == kControl;
    if (control_read && (value & kDone) != 0 && running_)
        end_run(now);
    if (polling_) {
        done_bits_ |= value & (kDone | kReady);
    } else {
        if (control_read) {
            value |= done_bits_;
            done_bits_ = 0;
        }
        access_value_ = value;
        access_error_ = control_.error();
    }
    under_way_.reset();
}

void Unit::end_run(uint64_t now)
{
    for (auto &port : ports_)
        port->checker.observe_done();
    injector_.end_run(run_faults_, argument(kOutput), argument(kOutputBytes));
    done_cycle_ = now;
    running_ = auto_restart_;
    settling_ = kSettleCycles;
    if (running_)
        start_cycle_ = now;
}

uint64_t Unit::argument(uint16_t offset) const
{
    return registers_[offset / 4u] | uint64_t{registers_[offset / 4u + 1]} << 32;
}

// What this run may touch: its input rounded up to whole beats, and exactly its output; ports
// beyond the first also the arena.
void Unit::open_windows()
{
    if (!batch_arguments_)
        return;
    const uint64_t input = argument(kInput);
    const uint64_t output = argument(kOutput);
    const uint64_t input_bytes =
        saturating_add(argument(kInputBytes), kBeatBytes - 1) & ~uint64_t{kBeatBytes - 1};
    const Window read = {input, saturating_add(input, input_bytes)};
    const Window write = {output, saturating_add(output, argument(kOutputBytes))};
    Window resident = {0, 0};
    if (resident_arguments_)
        resident = {argument(kResident),
                    saturating_add(argument(kResident), argument(kResidentBytes))};
    for (size_t i = 0; i < ports_.size(); i++)
        ports_[i]->memory.set_windows(read, write, i == 0 ? Window{0, 0} : resident);
}

bool Unit::inject(size_t port, const sim_faults &faults)
{
    if (port >= ports_.size())
        return false;
    ports_[port]->memory.inject(faults);
    return true;
}

} // namespace sim
