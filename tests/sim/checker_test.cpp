// Every rule of sim/rules.h that concerns pins: what breaks it is found, and said; what is legal is
// not. (The rules of the memory are in memory_test.cpp, the kernel's own assertions in
// card_test.cpp.)
#include <functional>
#include <string>

#include "sim/axi_checker.h"
#include "sim/control_port.h"
#include "sim/kernel_set.h"
#include "tests/sim/tap.h"
#include "tests/sim/wires.h"

namespace
{

constexpr uint64_t kBase = 0x4000000000, kBytes = 1 << 20;

struct Bench {
    AxiWires wires;
    sim::AxiPins pins = wires.pins();
    sim::Verdict verdict;
    sim::AxiChecker checker{pins, "unit_1", kBase, kBytes, verdict};

    // One cycle with what `drive` puts on the wires, over wires that are quiet.
    void cycle(const std::function<void(AxiWires &)> &drive, bool running = true)
    {
        wires.quiet();
        drive(wires);
        verdict.cycle++;
        checker.observe(running);
    }
    void pause()
    {
        cycle([](AxiWires &) {});
    }
};

void expect(const Bench &bench, const std::string &wanted, const std::string &name)
{
    tap::contains(bench.verdict.text().c_str(), "unit_1 m_axi_gmem " + wanted + ":", name);
}

void legal_traffic()
{
    Bench bench;
    // A stalled address, then two reads of two IDs answered out of order, with a stalled beat.
    bench.cycle([](AxiWires &w) { w.read_address(kBase, 2, 0, false); });
    bench.cycle([](AxiWires &w) { w.read_address(kBase, 2, 0); });
    bench.cycle([](AxiWires &w) { w.read_address(kBase + kBytes - 64, 1, 1); });
    bench.cycle([](AxiWires &w) { w.read_data(1, true, false); });
    bench.cycle([](AxiWires &w) { w.read_data(1, true); });
    bench.cycle([](AxiWires &w) { w.read_data(0, false); });
    bench.cycle([](AxiWires &w) { w.read_data(0, true); });
    // Data before its address, and an address in the middle of its data.
    bench.cycle([](AxiWires &w) { w.write_data(false); });
    bench.cycle([](AxiWires &w) { w.write_data(true, false); });
    bench.cycle([](AxiWires &w) { w.write_data(true); });
    bench.cycle([](AxiWires &w) { w.write_data(false); });
    bench.cycle([](AxiWires &w) { w.write_address(kBase + 4096, 2); });
    bench.cycle([](AxiWires &w) {
        w.write_address(kBase, 64, 1);
        w.write_data(false);
    });
    for (int beat = 3; beat <= 64; beat++)
        bench.cycle([beat](AxiWires &w) { w.write_data(beat == 64); });
    bench.cycle([](AxiWires &w) { w.response(1, false); });
    bench.cycle([](AxiWires &w) { w.response(1); });
    tap::ok(!bench.checker.quiet(), "a write without its response is outstanding");
    bench.cycle([](AxiWires &w) { w.response(0); });
    bench.checker.observe_done();
    bench.checker.observe_reset();
    tap::ok(!bench.verdict.failed() && bench.checker.quiet(), "legal traffic is no fault");
    if (bench.verdict.failed())
        std::printf("# %s\n", bench.verdict.text().c_str());
}

void stability()
{
    struct Case {
        const char *name, *wanted;
        std::function<void(AxiWires &)> first, second;
    };
    const auto nothing = [](AxiWires &) {};
    const Case cases[] = {
        {"ARVALID falls", "AR, valid_stable",
         [](AxiWires &w) { w.read_address(kBase, 1, 0, false); }, nothing},
        {"ARADDR changes", "AR, payload_stable",
         [](AxiWires &w) { w.read_address(kBase, 1, 0, false); },
         [](AxiWires &w) { w.read_address(kBase + 64, 1); }},
        {"ARID changes", "AR, payload_stable",
         [](AxiWires &w) { w.read_address(kBase, 1, 0, false); },
         [](AxiWires &w) { w.read_address(kBase, 1, 1); }},
        {"ARLEN changes", "AR, payload_stable",
         [](AxiWires &w) { w.read_address(kBase, 1, 0, false); },
         [](AxiWires &w) { w.read_address(kBase, 2); }},
        {"AWVALID falls", "AW, valid_stable",
         [](AxiWires &w) { w.write_address(kBase, 1, 0, false); }, nothing},
        {"AWADDR changes", "AW, payload_stable",
         [](AxiWires &w) { w.write_address(kBase, 1, 0, false); },
         [](AxiWires &w) { w.write_address(kBase + 64, 1); }},
        {"WVALID falls", "W, valid_stable", [](AxiWires &w) { w.write_data(true, false); },
         nothing},
        {"WDATA changes", "W, payload_stable", [](AxiWires &w) { w.write_data(true, false); },
         [](AxiWires &w) {
             w.write_data(true);
             w.wdata[15] ^= 1;
         }},
        {"WSTRB changes", "W, payload_stable", [](AxiWires &w) { w.write_data(true, false); },
         [](AxiWires &w) {
             w.write_data(true);
             w.wstrb ^= 1;
         }},
        {"WLAST changes", "W, payload_stable", [](AxiWires &w) { w.write_data(true, false); },
         [](AxiWires &w) { w.write_data(false); }},
        {"RVALID falls", "R, valid_stable", [](AxiWires &w) { w.read_data(0, false, false); },
         nothing},
        {"RDATA changes", "R, payload_stable", [](AxiWires &w) { w.read_data(0, false, false); },
         [](AxiWires &w) {
             w.read_data(0, false);
             w.rdata[0] ^= 1;
         }},
        {"RRESP changes", "R, payload_stable", [](AxiWires &w) { w.read_data(0, false, false); },
         [](AxiWires &w) {
             w.read_data(0, false);
             w.rresp = 2;
         }},
        {"BVALID falls", "B, valid_stable", [](AxiWires &w) { w.response(0, false); }, nothing},
        {"BRESP changes", "B, payload_stable", [](AxiWires &w) { w.response(0, false); },
         [](AxiWires &w) {
             w.response(0);
             w.bresp = 2;
         }},
    };
    for (const Case &c : cases) {
        Bench bench;
        // So that data and responses have something to answer.
        bench.cycle([](AxiWires &w) {
            w.read_address(kBase, 2);
            w.write_address(kBase, 1);
            w.write_data(true);
        });
        bench.cycle(c.first);
        tap::ok(!bench.verdict.failed(), std::string(c.name) + ": not yet");
        bench.cycle(c.second);
        expect(bench, c.wanted, c.name);
    }
}

void bursts()
{
    struct Case {
        const char *name, *rule;
        uint64_t address;
        unsigned beats;
        uint8_t size, type;
    };
    const Case cases[] = {
        {"FIXED", "burst_type", kBase, 1, 6, 0},
        {"WRAP", "burst_type", kBase, 4, 6, 2},
        {"narrow", "burst_size", kBase, 1, 5, 1},
        {"unaligned", "burst_alignment", kBase + 32, 1, 6, 1},
        {"65 beats", "burst_length", kBase, 65, 6, 1},
        {"across 4 KiB", "burst_4k", kBase + 4096 - 64, 2, 6, 1},
        {"below the memory", "burst_range", kBase - 64, 1, 6, 1},
        {"above the memory", "burst_range", kBase + kBytes, 1, 6, 1},
        {"at the end of the address space", "burst_range", ~uint64_t{63}, 1, 6, 1},
    };
    for (const Case &c : cases) {
        Bench read, write;
        read.cycle([&c](AxiWires &w) {
            w.read_address(c.address, c.beats, 0, false);
            w.arsize = c.size;
            w.arburst = c.type;
        });
        expect(read, std::string("AR, ") + c.rule, std::string("a read, ") + c.name);
        write.cycle([&c](AxiWires &w) {
            w.write_address(c.address, c.beats, 0, false);
            w.awsize = c.size;
            w.awburst = c.type;
        });
        expect(write, std::string("AW, ") + c.rule, std::string("a write, ") + c.name);
    }
}

void write_lengths()
{
    Bench early;
    early.cycle([](AxiWires &w) { w.write_address(kBase, 3); });
    early.cycle([](AxiWires &w) { w.write_data(false); });
    early.cycle([](AxiWires &w) { w.write_data(true); });
    expect(early, "W, last_early", "WLAST a beat early");

    Bench missing;
    missing.cycle([](AxiWires &w) { w.write_address(kBase, 2); });
    missing.cycle([](AxiWires &w) { w.write_data(false); });
    missing.cycle([](AxiWires &w) { w.write_data(false); });
    expect(missing, "W, last_missing", "no WLAST");

    Bench ahead_early;
    ahead_early.cycle([](AxiWires &w) { w.write_data(true); });
    ahead_early.cycle([](AxiWires &w) { w.write_address(kBase, 2); });
    expect(ahead_early, "W, last_early", "WLAST early, data before the address");

    Bench ahead_missing;
    ahead_missing.cycle([](AxiWires &w) { w.write_data(false); });
    ahead_missing.cycle([](AxiWires &w) { w.write_data(false); });
    ahead_missing.cycle([](AxiWires &w) { w.write_address(kBase, 2); });
    expect(ahead_missing, "W, last_missing", "no WLAST, data before the address");

    Bench endless;
    for (int beat = 0; beat < 64; beat++)
        endless.cycle([](AxiWires &w) { w.write_data(false); });
    expect(endless, "W, last_missing", "data without end and without an address");
}

void responses()
{
    Bench unasked;
    unasked.cycle([](AxiWires &w) { w.read_data(0, true); });
    expect(unasked, "R, read_unrequested", "read data that nobody asked for");

    Bench wrong_id;
    wrong_id.cycle([](AxiWires &w) { w.read_address(kBase, 1, 1); });
    wrong_id.cycle([](AxiWires &w) { w.read_data(0, true); });
    expect(wrong_id, "R, read_unrequested", "read data with another ID");

    Bench one_more;
    one_more.cycle([](AxiWires &w) { w.read_address(kBase, 1); });
    one_more.cycle([](AxiWires &w) { w.read_data(0, true); });
    one_more.cycle([](AxiWires &w) { w.read_data(0, true); });
    expect(one_more, "R, read_unrequested", "a beat too many");

    Bench early;
    early.cycle([](AxiWires &w) { w.read_address(kBase, 2); });
    early.cycle([](AxiWires &w) { w.read_data(0, true); });
    expect(early, "R, read_last", "RLAST early");

    Bench missing;
    missing.cycle([](AxiWires &w) { w.read_address(kBase, 1); });
    missing.cycle([](AxiWires &w) { w.read_data(0, false); });
    expect(missing, "R, read_last", "no RLAST");

    Bench no_write;
    no_write.cycle([](AxiWires &w) { w.response(); });
    expect(no_write, "B, write_unrequested", "a response to nothing");

    Bench too_soon;
    too_soon.cycle([](AxiWires &w) { w.write_address(kBase, 2); });
    too_soon.cycle([](AxiWires &w) { w.write_data(false); });
    too_soon.cycle([](AxiWires &w) { w.response(); });
    expect(too_soon, "B, write_unrequested", "a response before WLAST");

    Bench wrong_write_id;
    wrong_write_id.cycle([](AxiWires &w) { w.write_address(kBase, 1, 1); });
    wrong_write_id.cycle([](AxiWires &w) { w.write_data(true); });
    wrong_write_id.cycle([](AxiWires &w) { w.response(0); });
    expect(wrong_write_id, "B, write_unrequested", "a response with another ID");

    Bench twice;
    twice.cycle([](AxiWires &w) { w.write_address(kBase, 1); });
    twice.cycle([](AxiWires &w) { w.write_data(true); });
    twice.cycle([](AxiWires &w) { w.response(); });
    twice.cycle([](AxiWires &w) { w.response(); });
    expect(twice, "B, write_unrequested", "a second response");
}

void runs()
{
    Bench read, write, data;
    read.cycle([](AxiWires &w) { w.read_address(kBase, 1); }, false);
    expect(read, "AR, outside_run", "a read outside of a run");
    write.cycle([](AxiWires &w) { w.write_address(kBase, 1); }, false);
    expect(write, "AW, outside_run", "a write outside of a run");
    data.cycle([](AxiWires &w) { w.write_data(true); }, false);
    expect(data, "W, outside_run", "data outside of a run");

    const std::function<void(AxiWires &)> left[] = {
        [](AxiWires &w) { w.read_address(kBase, 1); },
        [](AxiWires &w) { w.write_address(kBase, 1); },
        [](AxiWires &w) { w.write_data(true); },
        [](AxiWires &w) { w.write_data(false); },
        [](AxiWires &w) {
            w.write_address(kBase, 1);
            w.write_data(true);
        },
    };
    for (const auto &leave : left) {
        Bench bench;
        bench.cycle(leave);
        bench.checker.observe_done();
        expect(bench, ", done_early", "done with something outstanding");
    }
}

void reset()
{
    const std::function<void(AxiWires &)> valids[] = {
        [](AxiWires &w) { w.arvalid = 1; },
        [](AxiWires &w) { w.awvalid = 1; },
        [](AxiWires &w) { w.wvalid = 1; },
    };
    const char *const channels[] = {"AR", "AW", "W"};
    for (size_t i = 0; i < 3; i++) {
        Bench bench;
        valids[i](bench.wires);
        bench.checker.observe_reset();
        expect(bench, std::string(channels[i]) + ", reset", "valid in reset");
    }
}

void first_violation()
{
    Bench bench;
    bench.pause();
    bench.cycle([](AxiWires &w) { w.response(); });
    const std::string text = bench.verdict.text();
    tap::contains(text.c_str(), "cycle 2, ", "a violation tells its cycle");
    bench.cycle([](AxiWires &w) { w.read_data(0, true); });
    tap::ok(bench.verdict.text() == text, "the first violation stays");
}

struct ControlBench {
    ControlWires wires;
    sim::AxiLitePins pins = wires.pins();
    sim::Verdict verdict;
    sim::ControlPort port{pins, "unit_1", 100, 1, verdict};

    void cycle()
    {
        port.drive();
        port.observe();
    }
    // A read whose address is taken.
    void ask()
    {
        port.begin_read(0x10);
        wires.arready = 1;
        cycle();
        wires.arready = 0;
    }
    // A write whose address and data are taken.
    void tell()
    {
        port.begin_write(0x10, 5);
        wires.awready = wires.wready = 1;
        cycle();
        wires.awready = wires.wready = 0;
    }
    // A cycle in which the master is not ready.
    void stall()
    {
        port.drive();
        wires.rready = wires.bready = 0;
        port.observe();
    }
};

void expect(const ControlBench &bench, const std::string &wanted, const std::string &name)
{
    tap::contains(bench.verdict.text().c_str(), "unit_1 s_axi_control " + wanted + ":", name);
}

void control_accesses()
{
    ControlBench bench;
    bench.tell();
    tap::ok(bench.port.write_taken() && !bench.port.idle(), "a write that waits for its response");
    bench.wires.bvalid = 1;
    bench.cycle();
    bench.wires.bvalid = 0;
    tap::ok(bench.port.idle() && !bench.port.error(), "and has it");
    bench.ask();
    bench.cycle();
    bench.wires.rvalid = 1;
    bench.wires.rdata = 77;
    bench.wires.rresp = 2;
    bench.cycle();
    tap::ok(bench.port.idle() && bench.port.error() && bench.port.value() == 77,
            "a read answered with SLVERR");
    tap::ok(!bench.verdict.failed(), "is legal");
}

void control_rules()
{
    ControlBench read, write, fallen, changed, write_fallen, silent, both;
    read.wires.rvalid = 1;
    read.cycle();
    expect(read, "R, control_unrequested", "read data that nobody asked for");
    write.wires.bvalid = 1;
    write.cycle();
    expect(write, "B, control_unrequested", "a response that nobody asked for");
    both.port.begin_read(0);
    both.wires.rvalid = 1;
    both.cycle();
    expect(both, "R, control_unrequested", "data before the address was taken");

    fallen.ask();
    fallen.wires.rvalid = 1;
    fallen.stall();
    fallen.wires.rvalid = 0;
    fallen.stall();
    expect(fallen, "R, valid_stable", "RVALID falls");
    changed.ask();
    changed.wires.rvalid = 1;
    changed.stall();
    changed.wires.rdata = 1;
    changed.cycle();
    expect(changed, "R, payload_stable", "RDATA changes");
    write_fallen.tell();
    write_fallen.wires.bvalid = 1;
    write_fallen.stall();
    write_fallen.wires.bvalid = 0;
    write_fallen.cycle();
    expect(write_fallen, "B, valid_stable", "BVALID falls");

    silent.ask();
    for (unsigned i = 0; i < sim::ControlPort::kMaxCycles; i++)
        silent.cycle();
    expect(silent, "R, control_silent", "no answer");

    ControlBench in_reset;
    in_reset.wires.bvalid = 1;
    in_reset.port.observe_reset();
    expect(in_reset, "B, reset", "a response in reset");
}

// A kernel without a clock, whose pins stay as the test sets them: not of Verilator's making.
class StillKernel : public sim::KernelModel
{
  public:
    StillKernel()
    {
        reset_n = &reset_pin;
        interrupt = &interrupt_pin;
        control = control_wires.pins();
        masters = {axi_wires.pins()};
    }
    void settle() override
    {
    }
    void rise() override
    {
    }
    void trace(VerilatedFstC *) override
    {
    }

    AxiWires axi_wires;
    ControlWires control_wires;
    uint8_t reset_pin = 0, interrupt_pin = 0;
};

std::unique_ptr<sim::KernelModel> interrupts_in_reset(VerilatedContext *, const char *)
{
    auto kernel = std::make_unique<StillKernel>();
    kernel->interrupt_pin = 1;
    return kernel;
}

std::unique_ptr<sim::KernelModel> reads_in_reset(VerilatedContext *, const char *)
{
    auto kernel = std::make_unique<StillKernel>();
    kernel->axi_wires.arvalid = 1;
    return kernel;
}

std::unique_ptr<sim::KernelModel> never_answers(VerilatedContext *, const char *)
{
    return std::make_unique<StillKernel>();
}

std::string why_no_card(decltype(sim::KernelType::create) create)
{
    char error[200] = "";
    sim_card_options options = {};
    options.size = sizeof options;
    sim_card *card = sim::create_card(&options, {{"still", 1, create, true}}, error, sizeof error);
    sim_card_destroy(card);
    return card ? "there is one" : error;
}

void cards_of_bad_kernels()
{
    tap::contains(why_no_card(interrupts_in_reset).c_str(),
                  "still_1 interrupt, reset:", "no card whose kernel interrupts in reset");
    tap::contains(why_no_card(reads_in_reset).c_str(),
                  "still_1 m_axi_gmem AR, reset:", "no card whose kernel reads in reset");
    tap::contains(why_no_card(never_answers).c_str(), "still_1 s_axi_control R, control_silent:",
                  "no card whose kernel does not tell its id");
    char error[200] = "";
    tap::ok(!sim::create_card(nullptr, {}, error, sizeof error) && error[0] != 0,
            "no card without kernels");
}

} // namespace

int main()
{
    legal_traffic();
    stability();
    bursts();
    write_lengths();
    responses();
    runs();
    reset();
    first_violation();
    control_accesses();
    control_rules();
    cards_of_bad_kernels();
    return tap::done();
}
