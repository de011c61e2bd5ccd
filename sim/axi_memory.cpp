#include "sim/axi_memory.h"

#include <cinttypes>
#include <cstring>

namespace sim
{

namespace
{

constexpr uint8_t kOkay = 0;
constexpr uint8_t kSlaveError = 2;
constexpr size_t kMaxEarlyData = 16; // beats taken before their address

// The strobes of a beat at `address` that lie inside `window`.
uint64_t strobes_inside(uint64_t address, const Window &window)
{
    if (address >= window.first && address + kBeatBytes <= window.last)
        return ~uint64_t{0};
    uint64_t inside = 0;
    for (unsigned i = 0; i < kBeatBytes; i++)
        if (address + i >= window.first && address + i < window.last)
            inside |= uint64_t{1} << i;
    return inside;
}

bool contains(const Window &window, uint64_t address, uint64_t bytes)
{
    return address >= window.first && address <= window.last && bytes <= window.last - address;
}

} // namespace

AxiMemory::AxiMemory(const AxiPins &pins, const std::string &unit, Memory &memory, AxiTiming timing,
                     uint64_t seed, Verdict &verdict)
    : pins_(pins), where_(unit + " " + pins.name + " "), memory_(memory), timing_(timing),
      random_(seed), verdict_(verdict), read_window_{0, UINT64_MAX}, write_window_{0, UINT64_MAX},
      also_read_window_{0, 0}
{
    drive_idle();
}

void AxiMemory::drive_idle()
{
    *pins_.arready = *pins_.awready = *pins_.wready = 0;
    *pins_.rvalid = *pins_.bvalid = 0;
}

void AxiMemory::set_windows(Window read, Window write, Window also_read)
{
    also_read_window_ = also_read;
    read_window_ = read;
    write_window_ = write;
}

void AxiMemory::inject(const sim_faults &faults)
{
    faults_ = faults;
}

// Counts down to the burst that a fault was ordered for.
bool AxiMemory::ordered(uint64_t &countdown)
{
    return countdown != 0 && --countdown == 0;
}

void AxiMemory::drive(uint64_t now)
{
    if (hung_) {
        drive_idle();
        return;
    }
    const uint32_t percent = timing_.ready_percent;
    *pins_.arready = reads_.size() < kMaxOutstanding && random_.chance(percent);
    *pins_.awready =
        writes_.size() + responses_.size() < kMaxOutstanding && random_.chance(percent);
    *pins_.wready =
        (!writes_.empty() || early_data_.size() < kMaxEarlyData) && random_.chance(percent);
    if (read_taken_)
        *pins_.rvalid = 0;
    if (response_taken_)
        *pins_.bvalid = 0;
    // What was not taken stays as it is.
    if (!*pins_.rvalid)
        drive_read(now);
    if (!*pins_.bvalid)
        drive_response(now);
}

void AxiMemory::drive_read(uint64_t now)
{
    if (reads_.empty() || !random_.chance(timing_.ready_percent))
        return;
    if (reading_ || choose_read(now))
        present_read();
}

// Brings the burst to answer next to the front. Bursts of one ID are answered in order; with random
// timing those of another ID may overtake.
bool AxiMemory::choose_read(uint64_t now)
{
    size_t chosen = 0;
    if (timing_.ready_percent < 100 && reads_.size() > 1 && random_.chance(50)) {
        while (chosen < reads_.size() && reads_[chosen].id == reads_.front().id)
            chosen++;
        if (chosen == reads_.size())
            chosen = 0;
    }
    if (reads_[chosen].dropped || reads_[chosen].due > now)
        return false;
    if (chosen != 0) {
        const Burst burst = reads_[chosen];
        reads_.erase(reads_.begin() + static_cast<std::ptrdiff_t>(chosen));
        reads_.push_front(burst);
    }
    reading_ = true;
    return true;
}

void AxiMemory::present_read()
{
    Burst &burst = reads_.front();
    const uint64_t defined = memory_.read_beat(burst.address, pins_.rdata);
    if (defined == 0)
        verdict_.fail(where_ + "R", Rule::kReadUndefined,
                      "64 bytes at 0x%" PRIx64 " were never written", burst.address);
    if (burst.flipped)
        pins_.rdata[0] ^= 1;
    burst.flipped = false;
    *pins_.rid = burst.id;
    *pins_.rresp = burst.response;
    *pins_.rlast = burst.beats == 1;
    *pins_.rvalid = 1;
}

void AxiMemory::drive_response(uint64_t now)
{
    if (responses_.empty() || responses_.front().due > now || responses_.front().dropped ||
        !random_.chance(timing_.ready_percent))
        return;
    *pins_.bid = responses_.front().id;
    *pins_.bresp = responses_.front().response;
    *pins_.bvalid = 1;
}

void AxiMemory::observe(uint64_t now)
{
    read_taken_ = *pins_.rvalid && *pins_.rready;
    if (read_taken_) {
        beats_read_++;
        reads_.front().address += kBeatBytes;
        if (--reads_.front().beats == 0) {
            reads_.pop_front();
            reading_ = false;
        }
    }
    response_taken_ = *pins_.bvalid && *pins_.bready;
    if (response_taken_)
        responses_.pop_front();
    if (*pins_.arvalid && *pins_.arready)
        accept_read_address(now);
    if (*pins_.awvalid && *pins_.awready) {
        accept_write_address();
        drain_early_data(now);
    }
    if (*pins_.wvalid && *pins_.wready) {
        if (writes_.empty()) {
            Beat beat = {{}, *pins_.wstrb, *pins_.wlast != 0};
            std::memcpy(beat.data.data(), pins_.wdata, kBeatBytes);
            early_data_.push_back(beat);
        } else {
            write_beat(pins_.wdata, *pins_.wstrb, *pins_.wlast != 0, now);
        }
    }
}

void AxiMemory::accept_read_address(uint64_t now)
{
    Burst burst = {};
    burst.address = *pins_.araddr;
    burst.due = now + timing_.latency;
    burst.beats = *pins_.arlen + 1u;
    burst.id = *pins_.arid;
    burst.response = ordered(faults_.read_error) ? kSlaveError : kOkay;
    burst.dropped = ordered(faults_.read_dropped);
    burst.flipped = ordered(faults_.read_flipped);
    const uint64_t bytes = uint64_t{burst.beats} * kBeatBytes;
    if (!contains(read_window_, burst.address, bytes) &&
        !contains(also_read_window_, burst.address, bytes))
        verdict_.fail(where_ + "AR", Rule::kReadWindow,
                      "%u beats from 0x%" PRIx64 " leave the input buffer", burst.beats,
                      burst.address);
    reads_.push_back(burst);
}

void AxiMemory::accept_write_address()
{
    Burst burst = {};
    burst.address = *pins_.awaddr;
    burst.beats = *pins_.awlen + 1u;
    burst.id = *pins_.awid;
    burst.response = ordered(faults_.write_error) ? kSlaveError : kOkay;
    burst.dropped = ordered(faults_.write_dropped);
    writes_.push_back(burst);
}

void AxiMemory::write_beat(const uint32_t *data, uint64_t strobe, bool last, uint64_t now)
{
    Burst &burst = writes_.front();
    beats_written_++;
    if ((strobe & ~strobes_inside(burst.address, write_window_)) != 0)
        verdict_.fail(where_ + "W", Rule::kWriteWindow,
                      "beat at 0x%" PRIx64 " leaves the output buffer", burst.address);
    else if (burst.response == kOkay)
        memory_.write_beat(burst.address, data,
                           strobe & strobes_inside(burst.address, {0, lost_from_}));
    burst.address += kBeatBytes;
    if (last || --burst.beats == 0) {
        burst.due = now + timing_.latency;
        responses_.push_back(burst);
        writes_.pop_front();
    }
}

void AxiMemory::drain_early_data(uint64_t now)
{
    while (!early_data_.empty() && !writes_.empty()) {
        const Beat beat = early_data_.front();
        early_data_.pop_front();
        write_beat(beat.data.data(), beat.strobe, beat.last, now);
    }
}

} // namespace sim
