// The wires of one AXI4 port and of one control port, for tests that play the kernel, the memory or
// both.
#ifndef HYPERION_TESTS_SIM_WIRES_H
#define HYPERION_TESTS_SIM_WIRES_H

#include <cstdint>

#include "sim/kernel_model.h"

struct AxiWires {
    uint8_t awvalid = 0, awid = 0, awlen = 0, awsize = 6, awburst = 1, awready = 0;
    uint64_t awaddr = 0;
    uint8_t wvalid = 0, wlast = 0, wready = 0;
    uint32_t wdata[sim::kBeatWords] = {};
    uint64_t wstrb = ~uint64_t{0};
    uint8_t bvalid = 0, bid = 0, bresp = 0, bready = 0;
    uint8_t arvalid = 0, arid = 0, arlen = 0, arsize = 6, arburst = 1, arready = 0;
    uint64_t araddr = 0;
    uint8_t rvalid = 0, rid = 0, rresp = 0, rlast = 0, rready = 0;
    uint32_t rdata[sim::kBeatWords] = {};

    sim::AxiPins pins()
    {
        return {"m_axi_gmem", &awvalid, &awid,  &awlen, &awsize, &awburst, &awaddr, &awready,
                &wvalid,      &wlast,   wdata,  &wstrb, &wready, &bvalid,  &bid,    &bresp,
                &bready,      &arvalid, &arid,  &arlen, &arsize, &arburst, &araddr, &arready,
                &rvalid,      &rid,     &rresp, &rlast, rdata,   &rready};
    }

    void read_address(uint64_t address, unsigned beats, uint8_t id = 0, bool ready = true)
    {
        arvalid = 1;
        arready = ready;
        araddr = address;
        arlen = static_cast<uint8_t>(beats - 1);
        arid = id;
    }
    void write_address(uint64_t address, unsigned beats, uint8_t id = 0, bool ready = true)
    {
        awvalid = 1;
        awready = ready;
        awaddr = address;
        awlen = static_cast<uint8_t>(beats - 1);
        awid = id;
    }
    void write_data(bool last, bool ready = true)
    {
        wvalid = 1;
        wready = ready;
        wlast = last;
    }
    void response(uint8_t id = 0, bool ready = true)
    {
        bvalid = 1;
        bready = ready;
        bid = id;
    }
    void read_data(uint8_t id, bool last, bool ready = true)
    {
        rvalid = 1;
        rready = ready;
        rid = id;
        rlast = last;
    }
    void quiet()
    {
        arvalid = awvalid = wvalid = bvalid = rvalid = 0;
    }
};

struct ControlWires {
    uint8_t awvalid = 0, wvalid = 0, wstrb = 0, bready = 0, arvalid = 0, rready = 0;
    uint16_t awaddr = 0, araddr = 0;
    uint32_t wdata = 0, rdata = 0;
    uint8_t awready = 0, wready = 0, bvalid = 0, bresp = 0, arready = 0, rvalid = 0, rresp = 0;

    sim::AxiLitePins pins()
    {
        return {&awvalid, &wvalid, &wstrb,  &bready, &arvalid, &rready, &awaddr, &araddr, &wdata,
                &awready, &wready, &bvalid, &bresp,  &arready, &rvalid, &rresp,  &rdata};
    }
};

#endif
