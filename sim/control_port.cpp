#include "sim/control_port.h"

namespace sim
{

ControlPort::ControlPort(const AxiLitePins &pins, const std::string &unit, uint32_t ready_percent,
                         uint64_t seed, Verdict &verdict)
    : pins_(pins), where_(unit + " s_axi_control "), ready_percent_(ready_percent), random_(seed),
      verdict_(verdict)
{
    drive_idle();
}

void ControlPort::drive_idle()
{
    *pins_.awvalid = *pins_.wvalid = *pins_.arvalid = 0;
    *pins_.bready = *pins_.rready = 0;
}

void ControlPort::begin(State state)
{
    state_ = state;
    address_pending_ = true;
    data_pending_ = state == State::kWrite;
    cycles_ = 0;
}

void ControlPort::begin_write(uint16_t offset, uint32_t value)
{
    *pins_.awaddr = offset;
    *pins_.wdata = value;
    *pins_.wstrb = 0xf;
    begin(State::kWrite);
}

void ControlPort::begin_read(uint16_t offset)
{
    *pins_.araddr = offset;
    begin(State::kRead);
}

// Address and data of a write come together, or, with random timing, in either order. A valid that
// is up stays up until it is taken.
void ControlPort::drive()
{
    const bool writing = state_ == State::kWrite;
    const bool reading = state_ == State::kRead;
    *pins_.awvalid =
        writing && address_pending_ && (*pins_.awvalid || random_.chance(ready_percent_));
    *pins_.wvalid = writing && data_pending_ && (*pins_.wvalid || random_.chance(ready_percent_));
    *pins_.arvalid =
        reading && address_pending_ && (*pins_.arvalid || random_.chance(ready_percent_));
    *pins_.bready = random_.chance(ready_percent_);
    *pins_.rready = random_.chance(ready_percent_);
}

void ControlPort::observe_response(const char *channel, bool valid, bool ready, bool requested,
                                   uint8_t response, uint32_t data, Stalled &stalled)
{
    if (stalled.valid && !valid)
        verdict_.fail(where_ + channel, Rule::kValidStable, "valid fell before ready");
    else if (stalled.valid && (stalled.data != data || stalled.response != response))
        verdict_.fail(where_ + channel, Rule::kPayloadStable, "response changed before ready");
    if (valid && !requested)
        verdict_.fail(where_ + channel, Rule::kControlUnrequested,
                      "response that no access asked for");
    stalled = {valid && !ready, data, response};
    if (valid && ready && requested) {
        value_ = data;
        error_ = response != 0;
        state_ = State::kIdle;
    }
}

void ControlPort::observe()
{
    // What is taken at this clock can be answered from the next cycle on.
    const bool taken = !address_pending_ && !data_pending_;
    const bool write_requested = state_ == State::kWrite && taken;
    const bool read_requested = state_ == State::kRead && taken;
    if (*pins_.awvalid && *pins_.awready)
        address_pending_ = false;
    if (*pins_.wvalid && *pins_.wready)
        data_pending_ = false;
    if (*pins_.arvalid && *pins_.arready)
        address_pending_ = false;
    observe_response("B", *pins_.bvalid != 0, *pins_.bready != 0, write_requested, *pins_.bresp, 0,
                     stalled_write_);
    observe_response("R", *pins_.rvalid != 0, *pins_.rready != 0, read_requested, *pins_.rresp,
                     *pins_.rdata, stalled_read_);
    if (state_ != State::kIdle && ++cycles_ > kMaxCycles)
        verdict_.fail(where_ + (state_ == State::kWrite ? "B" : "R"), Rule::kControlSilent,
                      "no response within %u cycles", kMaxCycles);
}

void ControlPort::observe_reset()
{
    if (*pins_.bvalid || *pins_.rvalid)
        verdict_.fail(where_ + (*pins_.bvalid ? "B" : "R"), Rule::kReset, "valid while in reset");
}

} // namespace sim
