// The whole kernel ecrecover on the simulated card: against the op's plain C reference
// (libsecp256k1), with every flag, batch size, memory timing and malformed descriptor, and with
// memory that answers errors.
#include <cstdio>
#include <cstdlib>
#include <string>

#include "Vecrecover.h"

#include "sim/verilated_kernel.h"
#include "tests/hw/secp256k1/ecrecover_batch.h"
#include "tests/sim/tap.h"

namespace
{

constexpr size_t kLanes = 32;
constexpr uint32_t kBothFlags = HYP_ECRECOVER_LOW_S | HYP_ECRECOVER_ADDRESS_ONLY;

hw::Card make_card(uint32_t latency = 100, uint32_t ready_percent = 100, uint64_t seed = 1)
{
    return hw::Card("ecrecover", sim::create_verilated<Vecrecover>, latency, ready_percent, seed);
}

// Valid and mutated ones in turn.
std::vector<secp::Item> mixed_items(size_t count, uint64_t seed)
{
    std::mt19937_64 random(seed);
    std::vector<secp::Item> items;
    while (items.size() < count)
        items.push_back(random() % 3 ? secp::random_item(random) : secp::mutated_item(random));
    return items;
}

void test_sizes()
{
    hw::Card card = make_card();
    for (const size_t count : {size_t{0}, size_t{1}, kLanes - 1, kLanes, kLanes + 1, 3 * kLanes}) {
        const hw::Batch batch = secp::ecrecover_batch(mixed_items(count, count), 0, count);
        tap::ok(secp::ecrecover_right(batch, card.run(batch)),
                "batch of " + std::to_string(count) + ", one card");
    }
}

void test_flags()
{
    hw::Card card = make_card();
    for (uint32_t flags = 0; flags <= kBothFlags; flags++) {
        const hw::Batch batch = secp::ecrecover_batch(mixed_items(2 * kLanes - 3, 7), flags, flags);
        tap::ok(secp::ecrecover_right(batch, card.run(batch)), "flags " + std::to_string(flags));
    }
    hw::Batch batch = secp::ecrecover_batch(mixed_items(2, 8), 4, 0);
    const hw::Run run = card.run(batch);
    tap::ok(run.done && run.header().status == HYP_STATUS_BAD_INPUT && run.header().item_count == 0,
            "an unknown flag is refused");
}

// A byte that must be zero, everywhere; every wrong recid; and which status goes first.
void test_descriptors()
{
    hw::Batch batch = secp::ecrecover_batch(mixed_items(4 * kLanes, 9), HYP_ECRECOVER_LOW_S, 9);
    for (uint32_t i = 0; i < 31; i++)
        secp::descriptor_of(batch, i).reserved[i] = static_cast<uint8_t>(1u << i % 8);
    for (uint32_t i = 31; i < 40; i++)
        secp::descriptor_of(batch, i).recid =
            static_cast<uint8_t>(i == 39 ? 255 : 4u << (i - 31) % 6);
    for (uint32_t i = 40; i < 72; i++) {
        hyp_ecrecover_descriptor &descriptor = secp::descriptor_of(batch, i);
        if (i & 1)
            descriptor.reserved[0] = 1;
        if (i & 2)
            descriptor.recid = 4;
        if (i & 4)
            std::fill_n(descriptor.r, 32, 0);
        if (i & 8)
            std::fill_n(descriptor.s, 32, 0xff);
        if (i & 16)
            std::fill_n(descriptor.hash, 32, 0);
    }
    hw::Card card = make_card();
    tap::ok(secp::ecrecover_right(batch, card.run(batch)), "malformed descriptors among good ones");
}

// What a lane that has nothing to invert does to the others.
void test_refused_lanes()
{
    hw::Card card = make_card();
    for (const char *where : {"first", "last", "all"}) {
        std::vector<secp::Item> items = mixed_items(kLanes, 10);
        for (size_t i = 0; i < items.size(); i++)
            if (*where == 'a' || i == (*where == 'f' ? 0 : kLanes - 1))
                items[i].r = {};
        const hw::Batch batch = secp::ecrecover_batch(items, 0, 10);
        tap::ok(secp::ecrecover_right(batch, card.run(batch)),
                std::string("r zero in the ") + where + " lane");
    }
}

void test_timing()
{
    for (const uint32_t ready : {5, 50}) {
        hw::Card card = make_card(300, ready, ready);
        const hw::Batch batch =
            secp::ecrecover_batch(mixed_items(kLanes + 9, ready), ready == 5, 11);
        tap::ok(secp::ecrecover_right(batch, card.run(batch)),
                "memory ready in " + std::to_string(ready) + " % of cycles");
    }
}

void test_errors()
{
    hw::Card card = make_card();
    const hw::Batch batch = secp::ecrecover_batch(mixed_items(kLanes + 1, 12), 0, 12);
    bool ended = true, after = true;
    for (int kind = 0; kind < 3; kind++) {
        hw::RunOptions options;
        options.faults.read_error = kind == 0 ? 2 : 0;
        options.faults.write_error = kind ? kind : 0;
        const hw::Run run = card.run(batch, options);
        ended =
            run.done && run.header().status == HYP_STATUS_BAD_INPUT && run.guard_intact() && ended;
        after = secp::ecrecover_right(batch, card.run(batch)) && after;
    }
    tap::ok(ended, "a burst answered with SLVERR ends the run");
    tap::ok(after, "the run after an error is right");
}

void test_counters()
{
    const size_t count = 8 * kLanes;
    hw::Card card = make_card();
    const hw::Batch batch = secp::ecrecover_batch(mixed_items(count, 13), 0, 13);
    const hw::Run run = card.run(batch);
    const hyp_result_counters counters = run.counters();
    const double per_item = static_cast<double>(counters.cycles) / count;
    const double used = static_cast<double>(counters.compute_slots_used) / counters.cycles;
    std::printf("# %.1f cycles an item, utilisation %.4f\n", per_item, used);
    tap::ok(secp::ecrecover_right(batch, run) && counters.operations == count &&
                counters.beats_read == 1 + 2 * count && per_item <= 2600 && used >= 0.9,
            "at most 2600 cycles an item, multiplier busy in 90 % of all cycles");
}

void test_crafted()
{
    const std::vector<secp::Item> items = secp::read_items(CRAFTED_ITEMS);
    hw::Card card = make_card();
    const hw::Batch batch = secp::ecrecover_batch(items, 0, 14);
    tap::ok(items.size() > 200 && secp::ecrecover_right(batch, card.run(batch)),
            "items crafted against the microprogram");
}

} // namespace

int main()
{
    test_sizes();
    test_flags();
    test_descriptors();
    test_refused_lanes();
    test_timing();
    test_errors();
    test_counters();
    test_crafted();
    return tap::done();
}
