// What the card needs of a kernel: its pins, its clock, its waves.
//
// Pins are pointers into the model, so that the memory and the checkers read and drive them without
// a call or a copy. A model of another make (a C++ one in a test, a netlist) implements the same
// class.
#ifndef HYPERION_SIM_KERNEL_MODEL_H
#define HYPERION_SIM_KERNEL_MODEL_H

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

class VerilatedContext;
class VerilatedFstC;

namespace sim
{

constexpr unsigned kBeatBytes = 64; // every master has 512 data bits
constexpr unsigned kBeatWords = kBeatBytes / 4;

// One AXI4 master: what the kernel drives is const here, what the card drives is not.
struct AxiPins {
    std::string name; // "m_axi_gmem"

    const uint8_t *awvalid, *awid, *awlen, *awsize, *awburst;
    const uint64_t *awaddr;
    uint8_t *awready;

    const uint8_t *wvalid, *wlast;
    const uint32_t *wdata;
    const uint64_t *wstrb;
    uint8_t *wready;

    uint8_t *bvalid, *bid, *bresp;
    const uint8_t *bready;

    const uint8_t *arvalid, *arid, *arlen, *arsize, *arburst;
    const uint64_t *araddr;
    uint8_t *arready;

    uint8_t *rvalid, *rid, *rresp, *rlast;
    uint32_t *rdata;
    const uint8_t *rready;
};

// The AXI4-Lite slave s_axi_control; here the card is the master.
struct AxiLitePins {
    uint8_t *awvalid, *wvalid, *wstrb, *bready, *arvalid, *rready;
    uint16_t *awaddr, *araddr;
    uint32_t *wdata;
    const uint8_t *awready, *wready, *bvalid, *bresp, *arready, *rvalid, *rresp;
    const uint32_t *rdata;
};

class KernelModel
{
  public:
    KernelModel() = default;
    virtual ~KernelModel() = default;
    KernelModel(const KernelModel &) = delete;
    KernelModel &operator=(const KernelModel &) = delete;

    // Lowers the clock and lets the outputs follow the inputs.
    virtual void settle() = 0;
    // Raises the clock: registers take what the pins have.
    virtual void rise() = 0;
    // Adds the model's signals to a wave file that is not open yet. Does nothing where the model
    // was built without waves.
    virtual void trace(VerilatedFstC *wave) = 0;

    uint8_t *reset_n = nullptr;
    const uint8_t *interrupt = nullptr;
    AxiLitePins control = {};
    std::vector<AxiPins> masters;
};

// A kernel that a card can hold, and how many compute units of it.
struct KernelType {
    const char *name; // "keccak256"
    unsigned units;
    std::unique_ptr<KernelModel> (*create)(VerilatedContext *context, const char *instance);
    // Whether its arguments are those of hw/README.md, so that its accesses can be held against
    // them.
    bool batch_arguments;
    // The same with waves, which costs time also when none are written; NULL where `create` has
    // them.
    std::unique_ptr<KernelModel> (*create_traced)(VerilatedContext *context,
                                                  const char *instance) = nullptr;
    // Whether it has the arguments of an arena besides, which its second port may read.
    bool resident_arguments = false;
};

} // namespace sim

#endif
