// The simulated card through its C interface, with a kernel of the tests' own.
#include <cstdio>
#include <cstring>
#include <string>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include "sim/fault_injection.h"
#include "tests/sim/increment_card.h"
#include "tests/sim/tap.h"

namespace
{

using namespace increment;

struct Result {
    bool right = false;
    uint64_t cycles = 0, run_cycles = 0;
    std::string fault;

    bool operator==(const Result &other) const
    {
        return right == other.right && cycles == other.cycles && run_cycles == other.run_cycles &&
               fault == other.fault;
    }
};

// Runs `count` batches on a fresh card.
Result run(const sim_card_options &options, size_t bytes, unsigned count = 1)
{
    Result result;
    const Card card = create(options);
    result.right = card != nullptr;
    for (unsigned i = 0; result.right && i < count; i++) {
        const std::vector<uint32_t> input = input_words(bytes, i);
        start(card.get(), 0, input);
        result.right = finish(card.get(), 0) &&
                       output_words(card.get(), input.size()) == expected_words(input);
    }
    if (card) {
        result.cycles = sim_card_cycles(card.get());
        result.run_cycles = sim_card_unit_run_cycles(card.get(), 0);
        result.fault = sim_card_fault(card.get()) ? sim_card_fault(card.get()) : "";
    }
    if (!result.right)
        std::printf("# %s\n", result.fault.c_str());
    return result;
}

void test_runs()
{
    tap::ok(run(options(), 64).right, "one beat");
    tap::ok(run(options(), 4).right, "one word");
    const Result result = run(options(), 1 << 18);
    tap::ok(result.right, "256 KiB");
    tap::ok(result.run_cycles > 4096 && result.run_cycles < 6000,
            "a beat a cycle: 4,096 beats in " + std::to_string(result.run_cycles) + " cycles");
    tap::ok(run(options(), 4160, 10).right, "ten runs one after another");
    tap::ok(run(options(), 0).right, "an empty input");
}

void test_timing()
{
    bool right = true;
    for (const uint32_t percent : {5, 25, 50, 75, 95})
        for (const uint32_t latency : {1, 7, 100, 400})
            for (uint64_t seed = 1; seed <= 4; seed++) {
                sim_card_options timing = options();
                timing.ready_percent = percent;
                timing.memory_latency = latency;
                timing.seed = seed;
                right = run(timing, 9000, 2).right && right;
            }
    tap::ok(right, "80 settings of ready, latency and seed give the same bits");

    sim_card_options timing = options();
    timing.memory_latency = 10;
    const uint64_t fast = run(timing, 64).run_cycles;
    timing.memory_latency = 110;
    const uint64_t slow = run(timing, 64).run_cycles;
    tap::ok(slow - fast >= 198 && slow - fast <= 205,
            "100 cycles of latency more cost one beat 200 there and back: " +
                std::to_string(slow - fast));
}

void test_determinism()
{
    sim_card_options timing = options();
    timing.ready_percent = 60;
    timing.seed = 7;
    const Result first = run(timing, 20000, 3);
    tap::ok(first.right && first == run(timing, 20000, 3), "same seed, same cycles");
    timing.seed = 8;
    tap::ok(first.cycles != run(timing, 20000, 3).cycles, "another seed, other cycles");

    // What registers hold before reset is random and depends on the seed.
    sim_card_options still = options();
    const Result zero = run(still, 20000, 2);
    bool same = zero.right;
    for (still.seed = 1; still.seed <= 8; still.seed++)
        same = run(still, 20000, 2) == zero && same;
    tap::ok(same, "no cycle and no bit depends on what was there before reset");
}

void test_units()
{
    const size_t bytes = 50000;
    const Card card = create(options(), 4);
    std::vector<std::vector<uint32_t>> inputs;
    for (size_t unit = 0; unit < 4; unit++) {
        inputs.push_back(input_words(bytes, 100 + unit));
        start(card.get(), unit, inputs[unit], kGood, kInput + unit * 0x20000,
              kOutput + unit * 0x20000);
    }
    tap::ok(sim_card_unit_count(card.get()) == 4 &&
                std::string(sim_card_unit(card.get(), 3)->instance) == "increment_4",
            "four units with names of their own");
    bool right = true;
    for (size_t unit = 0; unit < 4; unit++)
        right = finish(card.get(), unit) &&
                output_words(card.get(), bytes / 4, kOutput + unit * 0x20000) ==
                    expected_words(inputs[unit]) &&
                right;
    tap::ok(right, "four units at once");
    tap::ok(!sim_card_busy(card.get()) && sim_card_step(card.get(), 1000) < 20 &&
                sim_card_step(card.get(), 1000) == 0,
            "a card whose units are idle takes no steps");
}

void test_several_cards()
{
    std::vector<Result> results(6);
    std::vector<std::thread> threads;
    for (size_t i = 0; i < results.size(); i++)
        threads.emplace_back([&results, i] {
            sim_card_options timing = options();
            timing.ready_percent = 50;
            timing.seed = i / 2;
            results[i] = run(timing, 30000, 3);
        });
    for (std::thread &thread : threads)
        thread.join();
    bool right = true;
    for (size_t i = 0; i < results.size(); i += 2)
        right = results[i].right && results[i] == results[i + 1] && right;
    tap::ok(right, "six cards in six threads, equal seeds give equal cycles");
}

void test_registers()
{
    const Card card = create(options(), 2);
    const uint64_t unit = base(card.get(), 1);
    uint32_t value = 0;
    tap::ok(sim_card_unit(card.get(), 1)->kernel_id == 0x7e570001 &&
                sim_card_unit(card.get(), 1)->kernel_version == 0x00010203,
            "id and version come from the kernel");
    tap::ok(sim_card_read_register(card.get(), unit, &value) && value == 4, "CTRL: idle");
    start(card.get(), 1, input_words(4096, 1));
    tap::ok(sim_card_unit_busy(card.get(), 1) && !sim_card_unit_busy(card.get(), 0), "busy");
    tap::ok(sim_card_read_register(card.get(), unit, &value) && value == 1, "CTRL: started");
    finish(card.get(), 1);
    tap::ok(sim_card_read_register(card.get(), unit, &value) && (value & 2) != 0,
            "CTRL: done, for the host's first read although the card saw it before");
    tap::ok(sim_card_read_register(card.get(), unit, &value) && value == 4, "and for no second");
    tap::ok(!sim_card_read_register(card.get(), unit + kSlaveErrorRegister, &value),
            "SLVERR is an error");
    tap::ok(!sim_card_fault(card.get()), "but no violation");
    tap::ok(!sim_card_read_register(card.get(), unit + 0x1000, &value) &&
                !sim_card_read_register(card.get(), unit + 2, &value) &&
                !sim_card_write_register(card.get(), unit + 0x10000, 0) &&
                !sim_card_write_register(card.get(), 0, 0),
            "nothing answers elsewhere");
}

// The fault of one run in `mode`.
std::string fault_of(Mode mode, size_t bytes = 10000, uint64_t output_bytes = 0)
{
    const Card card = create(options());
    start(card.get(), 0, {}, kGood); // so that arguments are there
    finish(card.get(), 0);
    const std::vector<uint32_t> input = input_words(bytes, 1);
    if (output_bytes != 0) {
        sim_card_write_memory(card.get(), kInput, input.data(), bytes);
        write_register64(card.get(), 0, 0x28, bytes);
        write_register64(card.get(), 0, 0x34, output_bytes);
        sim_card_write_register(card.get(), base(card.get(), 0) + kModeRegister, mode);
        sim_card_write_register(card.get(), base(card.get(), 0), 1);
    } else {
        start(card.get(), 0, input, mode);
    }
    finish(card.get(), 0);
    const char *fault = sim_card_fault(card.get());
    return fault ? fault : "";
}

void test_misbehaviour()
{
    tap::contains(fault_of(kAssertion).c_str(), "assertion: ", "$error is a fault");
    tap::contains(fault_of(kAssertion).c_str(), "third beat of a run told to fail",
                  "that says what the RTL said");
    tap::contains(fault_of(kAssertion).c_str(), "increment_1 RTL", "and where");
    tap::contains(fault_of(kReadMore).c_str(), "increment_1 m_axi_gmem AR, read_window",
                  "reading beyond the input");
    tap::contains(fault_of(kWholeBeat, 10000, 9999).c_str(),
                  "increment_1 m_axi_gmem W, write_window", "writing beyond the output");
    tap::ok(fault_of(kGood, 10000, 9999).empty(), "an output that ends inside a beat");
    tap::contains(fault_of(kDoneEarly).c_str(), "done_early", "done before the last response");

    const Card card = create(options());
    start(card.get(), 0, input_words(64, 1), kHang);
    tap::ok(!finish(card.get(), 0, 5000) && !sim_card_fault(card.get()) &&
                sim_card_unit_busy(card.get(), 0),
            "a kernel that is never done is busy, and no fault");
}

void test_undefined()
{
    const Card card = create(options());
    const std::vector<uint32_t> input = input_words(4096, 1);
    start(card.get(), 0, input);
    finish(card.get(), 0);
    tap::ok(!sim_card_fault(card.get()), "a defined input");
    sim_card_undefine_memory(card.get(), kInput + 2048, 64);
    sim_card_write_register(card.get(), base(card.get(), 0), 1);
    finish(card.get(), 0);
    tap::contains(sim_card_fault(card.get()), "read_undefined: 64 bytes at 0x4000010800",
                  "reading what was forgotten is a fault");
    uint32_t value = 0;
    const uint64_t cycles = sim_card_cycles(card.get());
    tap::ok(sim_card_step(card.get(), 100) == 0 && sim_card_cycles(card.get()) == cycles &&
                !sim_card_read_register(card.get(), base(card.get(), 0), &value) &&
                sim_card_unit_busy(card.get(), 0),
            "a card with a fault stays as it is");
}

void test_injection()
{
    const Card card = create(options());
    const std::vector<uint32_t> input = input_words(16384, 1);
    uint32_t errors = 0;

    sim_faults faults = {};
    faults.read_error = 2;
    tap::ok(sim_card_inject(card.get(), 0, 0, &faults), "order a read error");
    start(card.get(), 0, input);
    finish(card.get(), 0);
    sim_card_read_register(card.get(), base(card.get(), 0) + kErrorsRegister, &errors);
    tap::ok(errors == 16 && !sim_card_fault(card.get()), "SLVERR on 16 beats");

    faults = {};
    faults.write_error = 3;
    sim_card_inject(card.get(), 0, 0, &faults);
    start(card.get(), 0, input);
    finish(card.get(), 0);
    sim_card_read_register(card.get(), base(card.get(), 0) + kErrorsRegister, &errors);
    tap::ok(errors == 1 && !sim_card_fault(card.get()), "SLVERR on a write");

    faults = {};
    faults.read_flipped = 1;
    sim_card_inject(card.get(), 0, 0, &faults);
    start(card.get(), 0, input);
    finish(card.get(), 0);
    std::vector<uint32_t> wrong = input;
    wrong[0] ^= 1;
    tap::ok(output_words(card.get(), input.size()) == expected_words(wrong), "one bit flipped");

    faults = {};
    faults.read_dropped = 4;
    sim_card_inject(card.get(), 0, 0, &faults);
    start(card.get(), 0, input);
    tap::ok(!finish(card.get(), 0, 10000) && !sim_card_fault(card.get()), "a lost read hangs");

    const Card other = create(options());
    faults = {};
    faults.write_dropped = 1;
    sim_card_inject(other.get(), 0, 0, &faults);
    start(other.get(), 0, input);
    tap::ok(!finish(other.get(), 0, 10000) && !sim_card_fault(other.get()),
            "a lost response hangs");
    tap::ok(!sim_card_inject(other.get(), 1, 0, &faults) &&
                !sim_card_inject(other.get(), 0, 1, &faults),
            "no such port");
}

void test_memory_access()
{
    const Card card = create(options());
    char bytes[100];
    std::memset(bytes, 7, sizeof bytes);
    tap::ok(sim_card_read_memory(card.get(), kMemory + 5, bytes, 1) && bytes[0] == 0,
            "what was never written reads as zero");
    tap::ok(sim_card_write_memory(card.get(), kMemory + (1 << 24) - 100, bytes, 100) &&
                !sim_card_write_memory(card.get(), kMemory + (1 << 24) - 99, bytes, 100) &&
                !sim_card_write_memory(card.get(), kMemory - 1, bytes, 1) &&
                !sim_card_read_memory(card.get(), UINT64_MAX, bytes, 2) &&
                !sim_card_undefine_memory(card.get(), kMemory, UINT64_MAX),
            "ranges outside are refused");
}

void test_options()
{
    sim_card_options bad = options();
    bad.memory_bytes = 100;
    tap::ok(!create(bad), "a size that is no multiple of 4096");
    bad = options();
    bad.memory_base = UINT64_MAX - 4095;
    tap::ok(!create(bad), "memory beyond 64 bits");
    bad = options();
    bad.wave = "/nonexistent/wave.fst";
    tap::ok(!create(bad), "a wave file that cannot be written");
}

void test_wave()
{
    const std::string name = "/tmp/hyperion-card-test." + std::to_string(getpid()) + ".fst";
    sim_card_options waved = options();
    waved.wave = name.c_str();
    const Result with = run(waved, 4096);
    struct stat status = {};
    const bool written = stat(name.c_str(), &status) == 0 && status.st_size > 1000;
    tap::ok(with.right && written, "a wave of " + std::to_string(status.st_size) + " bytes");
    tap::ok(with == run(options(), 4096), "and it changes nothing");
    unlink(name.c_str());
}

} // namespace

int main()
{
    test_runs();
    test_timing();
    test_determinism();
    test_units();
    test_several_cards();
    test_registers();
    test_misbehaviour();
    test_undefined();
    test_injection();
    test_memory_access();
    test_options();
    test_wave();
    return tap::done();
}
