// The card's memory, and the port that stands before it.
#include <cstring>
#include <set>
#include <string>
#include <vector>

#include "sim/axi_checker.h"
#include "sim/axi_memory.h"
#include "sim/memory.h"
#include "tests/sim/tap.h"
#include "tests/sim/wires.h"

namespace
{

constexpr uint64_t kBase = 0x4000000000, kBytes = uint64_t{16} << 30;

void sparse()
{
    sim::Memory memory(kBase, kBytes, 1);
    std::vector<uint8_t> written(200000), read(200000);
    sim::Random random(2);
    for (uint8_t &byte : written)
        byte = static_cast<uint8_t>(random.next());
    const uint64_t last = kBase + kBytes - written.size();
    memory.write(kBase + 12345, written.data(), written.size());
    memory.write(last, written.data(), written.size());
    memory.read(kBase + 12345, read.data(), read.size());
    tap::ok(read == written, "bytes across pages");
    memory.read(last, read.data(), read.size());
    tap::ok(read == written, "the last bytes of 16 GiB");
    memory.read(kBase + kBytes / 2, read.data(), read.size());
    tap::ok(read == std::vector<uint8_t>(read.size()), "untouched memory reads as zero");
    tap::ok(memory.contains(kBase, kBytes) && !memory.contains(kBase, kBytes + 1) &&
                !memory.contains(kBase - 1, 1) && memory.contains(kBase + kBytes, 0) &&
                !memory.contains(kBase + kBytes, 1) && !memory.contains(UINT64_MAX, UINT64_MAX),
            "where it ends");
}

void definedness()
{
    sim::Memory memory(kBase, kBytes, 1);
    uint32_t beat[sim::kBeatWords] = {};
    tap::ok(memory.read_beat(kBase, beat) == 0, "nothing is defined at first");
    memory.write(kBase + 3, "abcdefgh", 8);
    tap::ok(memory.read_beat(kBase, beat) == 0xff << 3 &&
                std::memcmp(reinterpret_cast<char *>(beat) + 3, "abcdefgh", 8) == 0,
            "eight bytes are");
    memory.undefine(kBase + 5, 2);
    tap::ok(memory.read_beat(kBase, beat) == (0xff << 3 & ~(3 << 5)), "two of them no longer");
    char bytes[8];
    memory.read(kBase + 3, bytes, 8);
    tap::ok(std::memcmp(bytes, "ab\0\0efgh", 8) == 0, "to the host they are zero");
    std::memset(beat, 0x55, sizeof beat);
    memory.write_beat(kBase + 64, beat, 0xf0);
    tap::ok(memory.read_beat(kBase + 64, beat) == 0xf0, "strobes define what they write");
    memory.write(kBase, std::vector<char>(300000, 1).data(), 300000);
    memory.undefine(kBase + 64, 300000 - 128);
    tap::ok(memory.read_beat(kBase, beat) == ~uint64_t{0} &&
                memory.read_beat(kBase + 64, beat) == 0 &&
                memory.read_beat(kBase + 262144, beat) == 0 &&
                memory.read_beat(kBase + 299968, beat) == 0xffffffff,
            "a range across pages is forgotten to its ends");
}

void noise()
{
    uint32_t first[sim::kBeatWords], second[sim::kBeatWords];
    sim::Memory one(kBase, kBytes, 1), other(kBase, kBytes, 2), same(kBase, kBytes, 1);
    one.read_beat(kBase, first);
    other.read_beat(kBase, second);
    tap::ok(std::memcmp(first, second, sizeof first) != 0, "undefined bytes depend on the seed");
    same.read_beat(kBase, second);
    tap::ok(std::memcmp(first, second, sizeof first) == 0, "and on nothing else");
}

// A port with its checker, and a kernel that the test plays.
struct Bench {
    sim::Memory memory{kBase, kBytes, 1};
    AxiWires wires;
    sim::AxiPins pins = wires.pins();
    sim::Verdict verdict;
    sim::AxiMemory port;
    sim::AxiChecker checker{pins, "unit_1", kBase, kBytes, verdict};

    explicit Bench(uint32_t latency = 10, uint32_t percent = 100, uint64_t seed = 1)
        : port(pins, "unit_1", memory, {latency, percent}, seed, verdict)
    {
        wires.rready = wires.bready = 1;
        memory.write(kBase, std::vector<char>(65536, 1).data(), 65536);
    }
    // Gives the cycle to the memory, then to the kernel.
    void drive()
    {
        port.drive(++verdict.cycle);
    }
    void observe()
    {
        checker.observe(true);
        if (!verdict.failed())
            port.observe(verdict.cycle);
    }
};

void latency()
{
    Bench bench(10);
    bench.drive();
    bench.wires.read_address(kBase, 2);
    bench.observe();
    const uint64_t asked = bench.verdict.cycle;
    bench.wires.arvalid = 0;
    uint64_t first = 0, last = 0;
    while (last == 0 && bench.verdict.cycle < 100) {
        bench.drive();
        bench.observe();
        if (bench.wires.rvalid)
            (bench.wires.rlast ? last : first) = bench.verdict.cycle;
    }
    tap::ok(first - asked == 10 && last - asked == 11,
            "the first beat comes after the latency, the second a cycle later");
}

// Asks for as many single beats as the port takes; returns how many.
unsigned ask_until_full(Bench &bench)
{
    unsigned taken = 0;
    for (unsigned i = 0; i < 200; i++) {
        bench.drive();
        bench.wires.arvalid = 1;
        bench.wires.araddr = kBase + i % 64 * 64;
        bench.wires.arlen = 0;
        if (bench.wires.arready)
            taken++;
        else
            bench.wires.arvalid = 0;
        bench.observe();
    }
    return taken;
}

void outstanding()
{
    Bench bench(1000);
    tap::ok(ask_until_full(bench) == sim::AxiMemory::kMaxOutstanding && !bench.verdict.failed(),
            "64 reads are outstanding at once");
}

// The order in which IDs are answered when a burst of each was asked for.
std::string order(uint64_t seed)
{
    Bench bench(20, 50, seed);
    std::string ids;
    unsigned asked = 0;
    for (unsigned i = 0; i < 500 && ids.size() < 4; i++) {
        bench.drive();
        bench.wires.arvalid = asked < 4;
        bench.wires.read_address(kBase + asked * 64, 1, asked % 2, bench.wires.arready);
        bench.wires.arvalid = asked < 4;
        bench.observe();
        asked += bench.wires.arvalid && bench.wires.arready;
        if (bench.wires.rvalid && bench.wires.rready)
            ids += static_cast<char>('0' + bench.wires.rid);
    }
    return bench.verdict.failed() ? bench.verdict.text() : ids;
}

void reordering()
{
    std::set<std::string> orders;
    bool fair = true;
    for (uint64_t seed = 0; seed < 50; seed++) {
        const std::string ids = order(seed);
        fair = fair && ids.size() == 4;
        orders.insert(ids);
    }
    tap::ok(fair, "every burst of two IDs is answered");
    tap::ok(orders.size() > 2, "in more than one order where timing is random");
}

void undefined_read()
{
    Bench bench(1);
    bench.drive();
    bench.wires.read_address(kBase + 65536, 1);
    bench.observe();
    bench.wires.arvalid = 0;
    for (int i = 0; i < 3; i++) {
        bench.drive();
        bench.observe();
    }
    tap::contains(bench.verdict.text().c_str(), "unit_1 m_axi_gmem R, read_undefined",
                  "reading what was never written is a fault");
}

void windows()
{
    struct Case {
        const char *name;
        bool write, inside;
        uint64_t address;
        unsigned beats;
        uint64_t strobe;
    };
    const uint64_t all = ~uint64_t{0};
    const Case cases[] = {
        {"all of the input", false, true, kBase + 64, 4, all},
        {"a beat before the input", false, false, kBase, 1, all},
        {"a beat behind the input", false, false, kBase + 320, 1, all},
        {"a burst over the end of the input", false, false, kBase + 64, 5, all},
        {"the first beat of the output", true, true, kBase + 0x1000, 1, all},
        {"the last bytes of the output", true, true, kBase + 0x1040, 1, 0xff},
        {"a byte behind the output", true, false, kBase + 0x1040, 1, 0x1ff},
        {"a beat behind the output", true, false, kBase + 0x1080, 1, 1},
        {"a beat before the output", true, false, kBase + 0xfc0, 1, all},
        {"a beat behind the output without strobes", true, true, kBase + 0x1080, 1, 0},
    };
    for (const Case &c : cases) {
        Bench bench;
        bench.port.set_windows({kBase + 64, kBase + 320}, {kBase + 0x1000, kBase + 0x1048});
        bench.drive();
        if (c.write) {
            bench.wires.write_address(c.address, c.beats);
            bench.wires.write_data(true);
            bench.wires.wstrb = c.strobe;
        } else {
            bench.wires.read_address(c.address, c.beats);
        }
        bench.observe();
        bench.wires.quiet();
        const std::string rule = c.write ? "write_window" : "read_window";
        if (c.inside)
            tap::ok(!bench.verdict.failed(), c.name);
        else
            tap::contains(bench.verdict.text().c_str(), rule, c.name);
    }
}

} // namespace

int main()
{
    sparse();
    definedness();
    noise();
    latency();
    outstanding();
    reordering();
    undefined_read();
    windows();
    return tap::done();
}
