// Binds any Verilated top that has the port names of hw/README.md to sim::KernelModel.
// Adding a kernel takes a row like this one:
//
//     {"keccak256", 1, sim::create_verilated<Vkeccak256>, true,
//     sim::create_verilated<Vkeccak256_wave>}
#ifndef HYPERION_SIM_VERILATED_KERNEL_H
#define HYPERION_SIM_VERILATED_KERNEL_H

#include <memory>

#include <verilated.h>
#include <verilated_fst_c.h>

#include "sim/kernel_model.h"

// The pins of the AXI4 master `port` of `top`. A macro because C++ cannot put port names together.
#define SIM_AXI_PINS(top, port)                                                                    \
    sim::AxiPins                                                                                   \
    {                                                                                              \
#port, &(top).port##_awvalid, &(top).port##_awid, &(top).port##_awlen,                     \
            &(top).port##_awsize, &(top).port##_awburst, &(top).port##_awaddr,                     \
            &(top).port##_awready, &(top).port##_wvalid, &(top).port##_wlast,                      \
            sim::words((top).port##_wdata), &(top).port##_wstrb, &(top).port##_wready,             \
            &(top).port##_bvalid, &(top).port##_bid, &(top).port##_bresp, &(top).port##_bready,    \
            &(top).port##_arvalid, &(top).port##_arid, &(top).port##_arlen, &(top).port##_arsize,  \
            &(top).port##_arburst, &(top).port##_araddr, &(top).port##_arready,                    \
            &(top).port##_rvalid, &(top).port##_rid, &(top).port##_rresp, &(top).port##_rlast,     \
            sim::words((top).port##_rdata), &(top).port##_rready                                   \
    }

namespace sim
{

inline uint32_t *words(VlWide<kBeatWords> &wide)
{
    return wide.data();
}

// Every kernel has m_axi_gmem; some read weights through a port of their own.
template <class Top>
auto bind_masters(Top &top, int)
    -> decltype(static_cast<void>(top.m_axi_weights_arvalid), std::vector<AxiPins>())
{
    return {SIM_AXI_PINS(top, m_axi_gmem), SIM_AXI_PINS(top, m_axi_weights)};
}
template <class Top> std::vector<AxiPins> bind_masters(Top &top, long)
{
    return {SIM_AXI_PINS(top, m_axi_gmem)};
}

template <class Top> class VerilatedKernel final : public KernelModel
{
  public:
    VerilatedKernel(VerilatedContext *context, const char *instance) : top_(context, instance)
    {
        reset_n = &top_.ap_rst_n;
        interrupt =
            &top_.__SYM__interrupt; // Verilator's name: "interrupt" is a reserved word to it
        control = {
            &top_.s_axi_control_awvalid, &top_.s_axi_control_wvalid,  &top_.s_axi_control_wstrb,
            &top_.s_axi_control_bready,  &top_.s_axi_control_arvalid, &top_.s_axi_control_rready,
            &top_.s_axi_control_awaddr,  &top_.s_axi_control_araddr,  &top_.s_axi_control_wdata,
            &top_.s_axi_control_awready, &top_.s_axi_control_wready,  &top_.s_axi_control_bvalid,
            &top_.s_axi_control_bresp,   &top_.s_axi_control_arready, &top_.s_axi_control_rvalid,
            &top_.s_axi_control_rresp,   &top_.s_axi_control_rdata};
        masters = bind_masters(top_, 0);
    }

    ~VerilatedKernel() override
    {
        top_.final();
    }

    void settle() override
    {
        top_.ap_clk = 0;
        top_.eval();
    }

    void rise() override
    {
        top_.ap_clk = 1;
        top_.eval();
    }

    void trace(VerilatedFstC *wave) override
    {
        trace_if_built(top_, wave, 0);
    }

  private:
    // Verilator gives a model the function trace only where it was asked for waves.
    template <class Model>
    static auto trace_if_built(Model &model, VerilatedFstC *wave, int)
        -> decltype(model.trace(wave, 99))
    {
        model.trace(wave, 99);
    }
    template <class Model> static void trace_if_built(Model &, VerilatedFstC *, long)
    {
    }

    Top top_;
};

template <class Top>
std::unique_ptr<KernelModel> create_verilated(VerilatedContext *context, const char *instance)
{
    return std::make_unique<VerilatedKernel<Top>>(context, instance);
}

} // namespace sim

#endif
