// The control block: Vitis's register map and handshake.
#include <cstdio>
#include <cstdlib>

#include "Vaxil_control.h"

#include "hw/keccak256.h"
#include "sim/random.h"
#include "tests/hw/clocked.h"
#include "tests/sim/tap.h"

namespace
{

constexpr uint32_t kCtrl = HYP_KECCAK256_REG_CTRL, kGie = HYP_KECCAK256_REG_GIE,
                   kIer = HYP_KECCAK256_REG_IER, kIsr = HYP_KECCAK256_REG_ISR;
constexpr uint32_t kStart = 1, kDone = 2, kIdle = 4, kReady = 8, kContinue = 16, kAutoRestart = 128;

// What tests/hw/module.mk builds the module with: of no kernel, whose versions come and go.
constexpr uint32_t kVersion = 0x00010203;

using Control = hw::Clocked<Vaxil_control>;

// Clocks until `flag` is seen before a rising edge; false if it never comes.
template <class Flag> bool wait_for(Control &control, Flag flag)
{
    for (int i = 0; i < 20; i++) {
        control.settle();
        const bool seen = flag();
        control.rise();
        if (seen)
            return true;
    }
    return false;
}

// Address and data come `gap` cycles apart (negative: data first), the response is taken `late`
// cycles late.
bool write(Control &control, uint32_t address, uint32_t value, uint32_t strobes = 15, int gap = 0,
           int late = 0)
{
    control->awaddr_i = address;
    control->wdata_i = value;
    control->wstrb_i = strobes;
    control->bready_i = late == 0;
    control->awvalid_i = gap >= 0;
    control->wvalid_i = gap <= 0;
    for (int i = 0; i < std::abs(gap); i++)
        control.rise();
    control->awvalid_i = control->wvalid_i = 1;
    const bool taken = wait_for(control, [&] { return control->awready_o && control->wready_o; });
    control->awvalid_i = control->wvalid_i = 0;
    for (int i = 0; i < late; i++) {
        control.settle();
        if (!control->bvalid_o)
            return false;
        control.rise();
    }
    control->bready_i = 1;
    return taken && wait_for(control, [&] { return control->bvalid_o && control->bresp_o == 0; });
}

uint32_t read(Control &control, uint32_t address, int late = 0)
{
    control->araddr_i = address;
    control->arvalid_i = 1;
    control->rready_i = late == 0;
    wait_for(control, [&] { return control->arready_o; });
    control->arvalid_i = 0;
    for (int i = 0; i < late; i++)
        control.rise();
    control->rready_i = 1;
    uint32_t value = 0;
    const bool answered = wait_for(control, [&] {
        value = control->rdata_o;
        return control->rvalid_o && control->rresp_o == 0;
    });
    return answered ? value : 0xdeadbeef;
}

// The kernel's side of a run: takes the start, works, is done.
void run_kernel(Control &control)
{
    control->idle_i = 0;
    for (int i = 0; i < 5; i++)
        control.rise();
    control->done_i = 1;
    control.rise();
    control->done_i = 0;
    control->idle_i = 1;
    control.rise();
}

void test_registers(Control &control)
{
    static const uint32_t offsets[] = {
        HYP_KECCAK256_ARG_INPUT_OFFSET, HYP_KECCAK256_ARG_OUTPUT_OFFSET,
        HYP_KECCAK256_ARG_INPUT_BYTES_OFFSET, HYP_KECCAK256_ARG_OUTPUT_BYTES_OFFSET};
    bool right = true;
    for (uint32_t i = 0; i < 4; i++) {
        right = write(control, offsets[i], 0x11111111 * (2 * i + 1)) && right;
        right = write(control, offsets[i] + 4, 0x11111111 * (2 * i + 2)) && right;
    }
    control.settle();
    for (uint32_t i = 0; i < 8; i++) {
        const uint32_t want = 0x11111111 * (i + 1);
        right = read(control, offsets[i / 2] + 4 * (i % 2)) == want && control->args_o[i] == want &&
                right;
    }
    tap::ok(right, "four 64-bit arguments, written and read by halves");
    write(control, 0x10, 0xaabbccdd, 0x5);
    tap::ok(read(control, 0x10) == 0x11bb11dd, "byte strobes");
    tap::ok(read(control, HYP_KECCAK256_REG_KERNEL_ID) == HYP_KECCAK256_KERNEL_ID &&
                read(control, HYP_KECCAK256_REG_KERNEL_VERSION) == kVersion,
            "id and version");
    write(control, HYP_KECCAK256_REG_KERNEL_ID, 0);
    tap::ok(read(control, HYP_KECCAK256_REG_KERNEL_ID) == HYP_KECCAK256_KERNEL_ID,
            "id is read-only");
    write(control, 0x18, 0xffffffff);
    tap::ok(read(control, 0x18) == 0 && read(control, 0x800) == 0,
            "what is no register reads as zero");

    right = true;
    for (int gap = -3; gap <= 3; gap++)
        for (int late = 0; late < 3; late++) {
            right = write(control, 0x28, 100 * gap + late, 15, gap, late) && right;
            right = read(control, 0x28, late) == static_cast<uint32_t>(100 * gap + late) && right;
        }
    tap::ok(right, "address, data and response apart in time");
}

void test_run(Control &control)
{
    tap::ok(read(control, kCtrl) == kIdle && !control->start_o, "idle after reset");
    write(control, kCtrl, kStart);
    tap::ok(control->start_o && (read(control, kCtrl) & (kStart | kIdle | kDone)) == kStart,
            "started: not idle, not done");
    run_kernel(control);
    tap::ok(!control->start_o, "the start is taken back at the end of the run");
    tap::ok(read(control, kCtrl) == (kDone | kIdle | kReady), "done");
    tap::ok(read(control, kCtrl) == kIdle, "done is cleared by reading");

    write(control, kCtrl, kStart);
    run_kernel(control);
    write(control, kCtrl, kContinue);
    tap::ok(read(control, kCtrl) == kIdle, "done is cleared by continue");

    write(control, kCtrl, kStart | kAutoRestart);
    run_kernel(control);
    tap::ok(control->start_o, "auto-restart keeps the start");
    tap::ok(read(control, kCtrl) == (kStart | kDone | kReady | kAutoRestart),
            "auto-restart is read back");
    write(control, kCtrl, 0);
    run_kernel(control);
    tap::ok(!control->start_o, "no restart after auto-restart was cleared");
    read(control, kCtrl);
}

void test_interrupt(Control &control)
{
    write(control, kCtrl, kStart);
    run_kernel(control);
    tap::ok(read(control, kIsr) == 0 && !control->interrupt_o, "no status where it is not enabled");
    write(control, kIer, 1);
    write(control, kCtrl, kStart);
    run_kernel(control);
    tap::ok(read(control, kIsr) == 1 && !control->interrupt_o,
            "status, but no interrupt without the global enable");
    write(control, kGie, 1);
    control.settle();
    tap::ok(control->interrupt_o && read(control, kGie) == 1 && read(control, kIer) == 1,
            "interrupt");
    write(control, kIsr, 1);
    control.settle();
    tap::ok(read(control, kIsr) == 0 && !control->interrupt_o,
            "writing one toggles the status off");
    write(control, kIsr, 2);
    tap::ok(read(control, kIsr) == 2 && control->interrupt_o, "and on");
    write(control, kIsr, 2);
    write(control, kIer, 3);
    run_kernel(control);
    tap::ok(read(control, kIsr) == 3, "done and ready");
}

} // namespace

int main()
{
    Control control("axil_control");
    control->idle_i = 1;
    test_run(control);
    test_registers(control);
    test_interrupt(control);
    tap::ok(control.assertion().empty(), "no assertion failed " + control.assertion());
    return tap::done();
}
