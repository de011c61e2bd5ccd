#include "sim/axi_checker.h"

#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <cstring>

namespace sim
{

namespace
{

constexpr unsigned kIncrementing = 1; // AxBURST
constexpr unsigned kFullWidth = 6;    // AxSIZE: 2^6 bytes a beat
constexpr unsigned kPageBytes = 4096;
constexpr unsigned kMaxBeats = kPageBytes / kBeatBytes;

} // namespace

AxiChecker::AxiChecker(const AxiPins &pins, const std::string &unit, uint64_t memory_base,
                       uint64_t memory_bytes, Verdict &verdict)
    : pins_(pins), where_(unit + " " + pins.name + " "), memory_base_(memory_base),
      memory_bytes_(memory_bytes), verdict_(verdict)
{
}

void AxiChecker::fail(const char *channel, Rule rule, const char *format, ...)
{
    char detail[200];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(detail, sizeof detail, format, arguments);
    va_end(arguments);
    verdict_.fail(where_ + channel, rule, "%s", detail);
}

void AxiChecker::observe(bool running)
{
    const Address read = {*pins_.arvalid != 0, *pins_.araddr, *pins_.arid,
                          *pins_.arlen,        *pins_.arsize, *pins_.arburst};
    const Address write = {*pins_.awvalid != 0, *pins_.awaddr, *pins_.awid,
                           *pins_.awlen,        *pins_.awsize, *pins_.awburst};
    observe_read_data();
    observe_address("AR", read, *pins_.arready != 0, stalled_read_, running);
    if (read.valid && *pins_.arready)
        reads_.push_back({read.id, read.len + 1u});

    observe_write_response();
    observe_address("AW", write, *pins_.awready != 0, stalled_write_, running);
    if (write.valid && *pins_.awready)
        observe_write_address();
    observe_write_data(running);
}

void AxiChecker::observe_reset()
{
    if (*pins_.arvalid || *pins_.awvalid || *pins_.wvalid)
        fail(*pins_.arvalid   ? "AR"
             : *pins_.awvalid ? "AW"
                              : "W",
             Rule::kReset, "valid while in reset");
}

void AxiChecker::observe_done()
{
    if (!quiet())
        fail("", Rule::kDoneEarly,
             "ap_done with %zu reads, %zu writes without data and %zu responses outstanding",
             reads_.size(), writes_.size(), finished_writes_.size());
}

void AxiChecker::observe_address(const char *channel, const Address &now, bool ready,
                                 Address &stalled, bool running)
{
    if (stalled.valid && !now.valid)
        fail(channel, Rule::kValidStable, "valid fell before ready");
    else if (stalled.valid && !(now == stalled))
        fail(channel, Rule::kPayloadStable, "address or attributes changed before ready");
    if (now.valid && !stalled.valid) {
        if (!running)
            fail(channel, Rule::kOutsideRun, "request at 0x%" PRIx64 " outside of a run",
                 now.address);
        check_burst(channel, now);
    }
    stalled.valid = now.valid && !ready;
    if (stalled.valid)
        stalled = now;
}

void AxiChecker::check_burst(const char *channel, const Address &burst)
{
    const unsigned beats = burst.len + 1u;
    const uint64_t bytes = uint64_t{beats} * kBeatBytes;
    if (burst.burst != kIncrementing)
        fail(channel, Rule::kBurstType, "burst type %u is not INCR", burst.burst);
    else if (burst.size != kFullWidth)
        fail(channel, Rule::kBurstSize, "size 2^%u bytes is not the width of the port", burst.size);
    else if (burst.address % kBeatBytes != 0)
        fail(channel, Rule::kBurstAlignment, "address 0x%" PRIx64 " is not a multiple of %u",
             burst.address, kBeatBytes);
    else if (beats > kMaxBeats)
        fail(channel, Rule::kBurstLength, "%u beats are more than %u", beats, kMaxBeats);
    else if (burst.address % kPageBytes + bytes > kPageBytes)
        fail(channel, Rule::kBurst4k, "%u beats from 0x%" PRIx64 " cross a 4 KiB boundary", beats,
             burst.address);
    else if (burst.address < memory_base_ || bytes > memory_bytes_ ||
             burst.address - memory_base_ > memory_bytes_ - bytes)
        fail(channel, Rule::kBurstRange, "%u beats from 0x%" PRIx64 " lie outside of the memory",
             beats, burst.address);
}

void AxiChecker::observe_read_data()
{
    StalledData &stalled = stalled_read_data_;
    const bool valid = *pins_.rvalid != 0;
    if (stalled.valid && !valid)
        fail("R", Rule::kValidStable, "valid fell before ready");
    else if (stalled.valid && (stalled.id != *pins_.rid || stalled.response != *pins_.rresp ||
                               stalled.last != *pins_.rlast ||
                               std::memcmp(stalled.data.data(), pins_.rdata, kBeatBytes) != 0))
        fail("R", Rule::kPayloadStable, "data changed before ready");

    const bool taken = valid && *pins_.rready;
    stalled.valid = valid && !taken;
    if (stalled.valid) {
        stalled.id = *pins_.rid;
        stalled.response = *pins_.rresp;
        stalled.last = *pins_.rlast;
        std::memcpy(stalled.data.data(), pins_.rdata, kBeatBytes);
    }
    if (!valid)
        return;

    const auto burst = std::find_if(reads_.begin(), reads_.end(),
                                    [this](const Burst &b) { return b.id == *pins_.rid; });
    if (burst == reads_.end()) {
        fail("R", Rule::kReadUnrequested, "data with ID %u, which has no burst outstanding",
             *pins_.rid);
        return;
    }
    if ((*pins_.rlast != 0) != (burst->beats == 1))
        fail("R", Rule::kReadLast, "last is %u with %u beats to come", *pins_.rlast, burst->beats);
    if (taken && --burst->beats == 0)
        reads_.erase(burst);
}

void AxiChecker::observe_write_response()
{
    StalledData &stalled = stalled_response_;
    const bool valid = *pins_.bvalid != 0;
    if (stalled.valid && !valid)
        fail("B", Rule::kValidStable, "valid fell before ready");
    else if (stalled.valid && (stalled.id != *pins_.bid || stalled.response != *pins_.bresp))
        fail("B", Rule::kPayloadStable, "response changed before ready");

    const bool taken = valid && *pins_.bready;
    stalled.valid = valid && !taken;
    stalled.id = *pins_.bid;
    stalled.response = *pins_.bresp;
    if (!valid)
        return;

    const auto burst = std::find_if(finished_writes_.begin(), finished_writes_.end(),
                                    [this](const Burst &b) { return b.id == *pins_.bid; });
    if (burst == finished_writes_.end())
        fail("B", Rule::kWriteUnrequested, "response with ID %u, which has no burst to answer",
             *pins_.bid);
    else if (taken)
        finished_writes_.erase(burst);
}

// An address was taken; its data may have come before it, wholly or in part.
void AxiChecker::observe_write_address()
{
    const Burst burst = {*pins_.awid, *pins_.awlen + 1u};
    if (early_data_.empty()) {
        writes_.push_back(burst);
        if (writes_.size() == 1 && data_beats_ >= burst.beats)
            fail("W", Rule::kLastMissing, "%u beats without last for a burst of %u", data_beats_,
                 burst.beats);
        return;
    }
    if (early_data_.front() != burst.beats)
        fail("W", early_data_.front() < burst.beats ? Rule::kLastEarly : Rule::kLastMissing,
             "last at beat %u of a burst of %u", early_data_.front(), burst.beats);
    early_data_.pop_front();
    finished_writes_.push_back(burst);
}

void AxiChecker::observe_write_data(bool running)
{
    StalledData &stalled = stalled_data_;
    const bool valid = *pins_.wvalid != 0;
    if (stalled.valid && !valid)
        fail("W", Rule::kValidStable, "valid fell before ready");
    else if (stalled.valid && (stalled.strobe != *pins_.wstrb || stalled.last != *pins_.wlast ||
                               std::memcmp(stalled.data.data(), pins_.wdata, kBeatBytes) != 0))
        fail("W", Rule::kPayloadStable, "data, strobes or last changed before ready");
    if (valid && !running)
        fail("W", Rule::kOutsideRun, "data outside of a run");

    const bool taken = valid && *pins_.wready;
    stalled.valid = valid && !taken;
    if (stalled.valid) {
        stalled.strobe = *pins_.wstrb;
        stalled.last = *pins_.wlast;
        std::memcpy(stalled.data.data(), pins_.wdata, kBeatBytes);
    }
    if (taken) {
        data_beats_++;
        end_data_burst(writes_.empty() ? 0 : writes_.front().beats);
    }
}

// After each beat; `announced` is the length of its burst, 0 while its address is not known.
void AxiChecker::end_data_burst(unsigned announced)
{
    const bool last = *pins_.wlast != 0;
    if (last && announced != 0 && data_beats_ < announced)
        fail("W", Rule::kLastEarly, "last at beat %u of a burst of %u", data_beats_, announced);
    if (!last && data_beats_ >= (announced != 0 ? announced : kMaxBeats))
        fail("W", Rule::kLastMissing, "%u beats without last for a burst of %u", data_beats_,
             announced != 0 ? announced : kMaxBeats);
    if (!last)
        return;
    if (announced != 0) {
        finished_writes_.push_back(writes_.front());
        writes_.pop_front();
    } else {
        early_data_.push_back(data_beats_);
    }
    data_beats_ = 0;
}

} // namespace sim
