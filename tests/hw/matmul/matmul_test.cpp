// The whole kernel matmul on the simulated card, as the card has it and with an array of other
// proportions.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "Vmatmul.h"
#include "Vmatmul_8x32.h"

#include "sim/verilated_kernel.h"
#include "tests/hw/matmul/matmul_batch.h"
#include "tests/sim/tap.h"

namespace
{

using namespace hw;

class Configuration
{
  public:
    Configuration(const char *name, decltype(sim::KernelType::create) create)
        : name_(name), create_(create)
    {
    }
    Card card(uint32_t latency = 100, uint32_t ready_percent = 100, uint64_t seed = 1) const
    {
        return Card("matmul", create_, latency, ready_percent, seed, true);
    }
    std::string title(const std::string &text) const
    {
        return std::string(name_) + ": " + text;
    }

  private:
    const char *name_;
    decltype(sim::KernelType::create) create_;
};

bool run_right(Card &card, const std::vector<Product> &products, uint64_t seed)
{
    const Batch batch = matmul_batch(products, seed);
    return matmul_right(products, batch, card.run(batch));
}

void test_shapes(const Configuration &c)
{
    sim::Random random(1);
    Card card = c.card();
    bool right = run_right(card, {random_product(random, 1, 1, 1, 0)}, 1);
    tap::ok(right, c.title("1 x 1 x 1"));
    for (const uint32_t rows : {1, 2, 7, 8, 15, 16, 17, 33})
        for (const uint32_t inner : {1, 3, 63, 64, 65, 130, 300})
            for (const uint32_t columns : {1, 15, 16, 17, 32, 63, 64, 65, 129})
                right = run_right(card, {random_product(random, rows, inner, columns, 0)}, inner) &&
                        right;
    tap::ok(right, c.title("shapes around every edge"));
}

// Everything that can be asked for, alone and together.
void test_flags(const Configuration &c)
{
    sim::Random random(2);
    Card card = c.card();
    bool right = true;
    for (uint32_t flags = 0; flags < 32; flags++) {
        if ((flags & kRequant8) && (flags & kRequant16))
            continue;
        std::vector<Product> products;
        for (const uint32_t columns : {5, 64, 100, 190})
            products.push_back(
                random_product(random, 1 + random.below(40), random.below(200), columns, flags));
        right = run_right(card, products, flags) && right;
    }
    tap::ok(right, c.title("bias, sums, int8, int16, resident weights in all combinations"));
}

void test_extremes(const Configuration &c)
{
    sim::Random random(3);
    Card card = c.card();
    for (const Values values : {Values::kLowest, Values::kExtreme}) {
        const std::string what = values == Values::kLowest ? "-128 everywhere" : "-128, 127 and 0";
        std::vector<Product> products;
        for (const uint32_t flags : {0u, uint32_t{kBias | kRequant8}, uint32_t{kRequant16}})
            products.push_back(random_product(random, 18, 1000, 70, flags, values));
        tap::ok(run_right(card, products, 3), c.title(what));
        tap::ok(run_right(card, {random_product(random, 1, 131071, 3, 0, values)}, 4),
                c.title(what + ", K = 131,071, one row"));
        tap::ok(run_right(card, {random_product(random, 3, 65535, 20, kBias, values)}, 5),
                c.title(what + ", K = 65,535 with a bias"));
    }
    tap::ok(run_right(card, {random_product(random, 17, 131071, 2, kAccumulate)}, 6),
            c.title("K = 131,071, more than the memory of A"));
}

void test_empty(const Configuration &c)
{
    sim::Random random(4);
    Card card = c.card();
    bool right = run_right(card, {}, 1);
    for (const uint32_t flags : {0u, uint32_t{kBias}, uint32_t{kBias | kAccumulate | kRequant8}}) {
        std::vector<Product> products;
        for (int shape = 0; shape < 8; shape++) {
            products.push_back(random_product(random, shape & 1 ? 20 : 0, shape & 2 ? 70 : 0,
                                              shape & 4 ? 90 : 0, flags));
            products.push_back(random_product(random, 3, 5, 7, flags));
        }
        right = run_right(card, products, flags) && right;
    }
    tap::ok(right, c.title("no rows, no columns, no inner dimension, no items"));
}

std::vector<Product> random_products(sim::Random &random, size_t count)
{
    std::vector<Product> products;
    for (size_t i = 0; i < count; i++) {
        uint32_t flags = random.below(32);
        if (flags & kRequant16)
            flags &= ~uint32_t{kRequant8};
        const uint32_t rows = random.chance(40) ? 1 : random.below(40);
        products.push_back(
            random_product(random, rows, random.below(400), random.below(200), flags));
    }
    return products;
}

void test_random(const Configuration &c, uint64_t seed)
{
    sim::Random random(seed);
    bool right = true;
    for (const uint32_t latency : {1, 20, 100, 400})
        for (const uint32_t ready : {10, 50, 90, 100}) {
            Card card = c.card(latency, ready, random.next());
            right = run_right(card, random_products(random, 1 + random.below(12)), random.next()) &&
                    right;
        }
    tap::ok(right, c.title("random batches under 16 memory timings"));
}

// Descriptors that must be refused, each among good ones: nothing else suffers.
struct Spoil {
    const char *what;
    unsigned word; // of the descriptor, 32 bits
    uint32_t value;
    bool placed; // its result is written, with zeros
};

void test_bad_items(const Configuration &c)
{
    static const Spoil spoils[] = {
        {"an unknown flag", 3, 1u << 5, true},
        {"the highest flag", 3, 1u << 31, true},
        {"A not aligned", 4, 1, true},
        {"A before the data", 4, 0, true},
        {"A beyond 2^32 bytes", 5, 1, true},
        {"A at the end of all addresses", 5, ~0u, true},
        {"B not aligned", 6, 32, true},
        {"B behind the data", 6, 1u << 30, true},
        {"B that wraps", 7, ~0u, true},
        {"K = 131,072", 1, 131072, true},
        {"K = 2^32 - 1", 1, ~0u, true},
        {"a result that is not aligned", 14, 4, false},
        {"a result behind the results", 14, 1u << 30, false},
        {"a result beyond 2^32 bytes", 15, 1, false},
        {"a result that wraps", 15, ~0u, false},
        {"N = 2^32 - 1", 2, ~0u, false},
        {"M = 2^32 - 1", 0, ~0u, false},
    };
    sim::Random random(5);
    Card card = c.card();
    for (const Spoil &spoil : spoils) {
        std::vector<Product> products = {random_product(random, 20, 100, 70, 0),
                                         random_product(random, 20, 100, 70, 0),
                                         random_product(random, 5, 64, 16, kRequant8)};
        Batch batch = matmul_batch(products, 7);
        matmul_descriptor(batch, 1)[spoil.word] = spoil.value;
        Run run = card.run(batch);
        if (!spoil.placed) { // what was there stays
            const uint64_t bytes = 20 * matmul_row_bytes(70, 0);
            const auto begin =
                run.output.begin() + static_cast<long>(hyp_results_offset(3) + bytes);
            const auto end = begin + static_cast<long>(bytes);
            const bool same =
                std::all_of(begin, end, [](uint8_t byte) { return byte == kUntouched; });
            tap::ok(same, c.title(std::string(spoil.what) + ": nothing is written"));
            std::fill(begin, end, uint8_t{0});
        }
        tap::ok(matmul_right(products, batch, run, {false, true, false}),
                c.title(std::string(spoil.what) + " costs its item only"));
    }
}

void test_bad_parameters(const Configuration &c)
{
    struct Case {
        const char *what;
        uint32_t flags;
        unsigned word;
        uint32_t value;
    };
    static const Case cases[] = {
        {"both requantisations", kRequant16, 3, kRequant8 | kRequant16},
        {"a bias behind the data", kBias, 8, 1u << 30},
        {"sums behind the data", kAccumulate, 10, 1u << 30},
        {"multipliers behind the data", kRequant8, 12, 1u << 30},
        {"K = 65,536 with a bias", kBias, 1, 65536},
        {"resident weights behind the arena", kResidentB, 6, 1u << 20},
        {"a resident bias that is not aligned", kResidentB | kBias, 8, 2},
        {"resident multipliers that wrap", kResidentB | kRequant16, 13, ~0u},
    };
    sim::Random random(6);
    Card card = c.card();
    for (const Case &test : cases) {
        const std::vector<Product> products = {random_product(random, 3, 100, 70, test.flags),
                                               random_product(random, 3, 100, 70, test.flags)};
        Batch batch = matmul_batch(products, 7);
        matmul_descriptor(batch, 1)[test.word] = test.value;
        tap::ok(matmul_right(products, batch, card.run(batch), {false, true}), c.title(test.what));
    }
    const std::vector<Product> products = {random_product(random, 3, 100, 70, kResidentB)};
    Batch batch = matmul_batch(products, 7);
    batch.resident.clear();
    tap::ok(matmul_right(products, batch, card.run(batch), {true}),
            c.title("resident weights where there is no arena"));
}

// An item without columns may have any number of rows, and takes no time.
void test_many_rows_of_nothing(const Configuration &c)
{
    sim::Random random(7);
    Card card = c.card();
    const std::vector<Product> products = {random_product(random, 0, 0, 0, 0),
                                           random_product(random, 2, 3, 4, 0)};
    Batch batch = matmul_batch(products, 8);
    matmul_descriptor(batch, 0)[0] = ~0u;
    const Run run = card.run(batch);
    tap::ok(matmul_right(products, batch, run) && run.cycles < 2000,
            c.title("2^32 - 1 rows without columns"));
}

// Whatever burst fails, on either port, the run ends, says so, and the next one is right.
void test_errors(const Configuration &c)
{
    sim::Random random(9);
    const std::vector<Product> products = {random_product(random, 20, 200, 130, kBias),
                                           random_product(random, 1, 300, 200, kRequant8),
                                           random_product(random, 9, 70, 64, kResidentB)};
    const Batch batch = matmul_batch(products, 9);
    bool ended = true, after = true;
    for (const uint32_t ready : {40, 100}) {
        Card card = c.card(60, ready, 3);
        const auto fails = [&](size_t port, uint64_t sim_faults::*kind, uint64_t burst) {
            RunOptions options;
            options.fault_port = port;
            options.faults.*kind = burst;
            const Run run = card.run(batch, options);
            ended = run.done && run.header().status == HYP_STATUS_BAD_INPUT &&
                    run.header().item_count == 0 && run.guard_intact() && ended;
            after = matmul_right(products, batch, card.run(batch)) && after;
        };
        for (uint64_t burst = 1; burst <= 20; burst++)
            fails(0, &sim_faults::read_error, burst);
        for (uint64_t burst = 1; burst <= 12; burst++)
            fails(1, &sim_faults::read_error, burst);
        for (uint64_t burst = 1; burst <= 8; burst++)
            fails(0, &sim_faults::write_error, burst);
    }
    tap::ok(ended, c.title("a burst answered with SLVERR ends the run, whichever port"));
    tap::ok(after, c.title("the run after an error is right"));
}

void test_bad_batches(const Configuration &c)
{
    sim::Random random(10);
    Card card = c.card();
    const std::vector<Product> products = {random_product(random, 5, 100, 70, 0)};
    const Batch batch = matmul_batch(products, 10);
    const auto refused = [&](const Batch &bad, const RunOptions &options) {
        const Run run = card.run(bad, options);
        return run.done && run.header().status == HYP_STATUS_BAD_INPUT && run.guard_intact();
    };
    RunOptions options;
    options.output_bytes = static_cast<int64_t>(batch.output_bytes) - 1;
    tap::ok(refused(batch, options), c.title("an output one byte less than the results"));
    Batch bad = batch;
    reinterpret_cast<hyp_batch_header *>(bad.input.data())->result_beats++;
    tap::ok(refused(bad, {}), c.title("result_beats that the output does not hold"));
    reinterpret_cast<hyp_batch_header *>(bad.input.data())->result_beats = ~0u;
    tap::ok(refused(bad, {}), c.title("result_beats of 2^32 - 1"));
    bad = batch;
    reinterpret_cast<hyp_batch_header *>(bad.input.data())->flags = 1;
    tap::ok(refused(bad, {}), c.title("flags of the batch"));
    tap::ok(matmul_right(products, batch, card.run(batch)), c.title("a good batch afterwards"));
}

void test_counters(const Configuration &c)
{
    sim::Random random(11);
    Card card = c.card();
    const std::vector<Product> products = {random_product(random, 20, 100, 70, 0),
                                           random_product(random, 1, 100, 70, 0)};
    const Batch batch = matmul_batch(products, 11);
    const Run run = card.run(batch);
    const hyp_result_counters counters = run.counters();
    tap::ok(counters.operations == 21 * 100 * 70,
            c.title("products are counted: " + std::to_string(counters.operations)));
    // results, one beat of statuses, header and counters
    tap::ok(counters.beats_written == 21 * 5 + 3, c.title("beats written"));
    tap::ok(counters.busy_cycles > 0 && counters.busy_cycles < counters.cycles,
            c.title("busy cycles"));
}

void test_all(const Configuration &c)
{
    test_shapes(c);
    test_flags(c);
    test_extremes(c);
    test_empty(c);
    test_random(c, 8);
    test_bad_items(c);
    test_bad_parameters(c);
    test_many_rows_of_nothing(c);
    test_errors(c);
    test_bad_batches(c);
    test_counters(c);
}

} // namespace

// With a number as argument: only random batches, that many times.
int main(int argc, char **argv)
{
    const Configuration card("16x16", sim::create_verilated<Vmatmul>);
    const Configuration other("8x32", sim::create_verilated<Vmatmul_8x32>);
    if (argc > 1) {
        for (uint64_t seed = 100; seed < 100 + std::strtoull(argv[1], nullptr, 10); seed++) {
            test_random(card, seed);
            test_random(other, seed);
        }
    } else {
        test_all(card);
        test_all(other);
    }
    return tap::done();
}
