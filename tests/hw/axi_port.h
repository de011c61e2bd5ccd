// A memory behind the pins of a master that is benched alone: the card's memory model and its
// checker.
#ifndef HYPERION_TESTS_HW_AXI_PORT_H
#define HYPERION_TESTS_HW_AXI_PORT_H

#include <cstdint>

#include "sim/axi_checker.h"
#include "sim/axi_memory.h"

namespace hw
{

constexpr uint64_t kPortMemory = 0x1000000;
constexpr uint64_t kPortBytes = 0x1000000;

// Pins for the half that a one-way master does not have.
struct AbsentPins {
    uint8_t byte = 0, size = 6, incr = 1;
    uint8_t driven[8] = {};
    uint64_t quad = 0;
    uint32_t words[sim::kBeatWords] = {};
};

template <class Top> sim::AxiPins read_pins(Top &top, AbsentPins &absent)
{
    AbsentPins &a = absent;
    return {"port",
            &a.byte,
            &a.byte,
            &a.byte,
            &a.size,
            &a.incr,
            &a.quad,
            &a.driven[0],
            &a.byte,
            &a.byte,
            a.words,
            &a.quad,
            &a.driven[1],
            &a.driven[2],
            &a.driven[3],
            &a.driven[4],
            &a.byte,
            &top.arvalid_o,
            &a.byte,
            &top.arlen_o,
            &a.size,
            &a.incr,
            &top.araddr_o,
            &top.arready_i,
            &top.rvalid_i,
            &a.driven[5],
            &top.rresp_i,
            &top.rlast_i,
            top.rdata_i.data(),
            &top.rready_o};
}

template <class Top> sim::AxiPins write_pins(Top &top, AbsentPins &absent)
{
    AbsentPins &a = absent;
    return {"port",
            &top.awvalid_o,
            &a.byte,
            &top.awlen_o,
            &a.size,
            &a.incr,
            &top.awaddr_o,
            &top.awready_i,
            &top.wvalid_o,
            &top.wlast_o,
            top.wdata_o.data(),
            &top.wstrb_o,
            &top.wready_i,
            &top.bvalid_i,
            &a.driven[0],
            &top.bresp_i,
            &top.bready_o,
            &a.byte,
            &a.byte,
            &a.byte,
            &a.size,
            &a.incr,
            &a.quad,
            &a.driven[1],
            &a.driven[2],
            &a.driven[3],
            &a.driven[4],
            &a.driven[5],
            a.words,
            &a.byte};
}

} // namespace hw

#endif
