// The check of descriptors in RTL against the library's, on descriptors made of edges: sizes and
// offsets that just fit, just do not, and wrap.
#include <cstdio>
#include <cstring>

#include "Vmatmul_check.h"

#include "sim/random.h"
#include "tests/hw/clocked.h"
#include "tests/sim/tap.h"

// In C a function may have the name of a struct.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wshadow"
extern "C" {
#include "host/src/ops/matmul.h"
}
#pragma GCC diagnostic pop

namespace
{

constexpr uint64_t kBeat = 64;
constexpr unsigned kGoodBit = 455, kPlacedBit = 454; // the highest of matmul_pkg::job_t

using Check = hw::Clocked<Vmatmul_check>;

// What stands around a descriptor.
struct Room {
    hyp_batch_header header = {};
    hyp_memory resident = {nullptr, 0, -1, 1};
};

Room random_room(sim::Random &random)
{
    Room room;
    room.header.data_offset = kBeat * (1 + random.below(100));
    room.header.data_length = random.below(100000);
    if (random.chance(10))
        room.header.data_length = (uint64_t{1} << 40) - 1 - room.header.data_offset;
    room.header.result_beats =
        random.chance(10) ? ~0u : static_cast<uint32_t>(random.below(100000));
    room.resident.size = random.chance(30) ? 0 : kBeat * random.below(2000);
    return room;
}

uint32_t random_dimension(sim::Random &random)
{
    static const uint32_t edges[] = {
        0,  1,   15,    16,    17,    31,     32,     33,         63,         64,
        65, 128, 65535, 65536, 65537, 131071, 131072, 0x7fffffff, 0x80000000, 0xffffffff};
    if (random.chance(30))
        return edges[random.below(sizeof edges / sizeof edges[0])];
    return static_cast<uint32_t>(random.below(random.chance(50) ? 300 : 3000));
}

// An offset for `beats` beats that is near one end of [begin, end), or anywhere.
uint64_t random_offset(sim::Random &random, uint64_t begin, uint64_t end, uint64_t beats)
{
    uint64_t offset = begin + kBeat * random.below(20);
    if (random.chance(60))
        offset = end / kBeat * kBeat - kBeat * beats;
    switch (random.below(12)) {
    case 0:
        return offset + kBeat;
    case 1:
        return offset - kBeat;
    case 2:
        return offset + 1 + random.below(63);
    case 3:
        return offset | uint64_t{1} << random.below(64);
    case 4:
        return random.chance(50) ? random.next() : ~uint64_t{63};
    default:
        return offset;
    }
}

hyp_matmul_descriptor random_item(sim::Random &random, const Room &room)
{
    hyp_matmul_descriptor item = {};
    item.rows = random_dimension(random);
    item.inner = random_dimension(random);
    item.columns = random_dimension(random);
    item.flags = random.below(32);
    if (random.chance(80) && (item.flags & HYP_MATMUL_REQUANT8))
        item.flags &= ~uint32_t{HYP_MATMUL_REQUANT16};
    if (random.chance(3))
        item.flags |= 1u << random.below(32);
    const struct hyp_matmul_beats beats = hyp_matmul_beats(&item);
    const uint64_t begin = room.header.data_offset;
    const uint64_t end = begin + room.header.data_length;
    const bool resident = item.flags & HYP_MATMUL_B_RESIDENT;
    const uint64_t first = resident ? 0 : begin, last = resident ? room.resident.size : end;
    item.a_offset = random_offset(random, begin, end, beats.a);
    item.b_offset = random_offset(random, first, last, beats.b);
    item.bias_offset = random_offset(random, first, last, beats.bias);
    item.accumulate_offset = random_offset(random, begin, end, beats.accumulate);
    item.requant_offset = random_offset(random, first, last, beats.requant);
    item.result_offset =
        random_offset(random, 0, kBeat * uint64_t{room.header.result_beats}, beats.result);
    return item;
}

// Returns whether the item is good, and whether its result has a place, as the RTL says.
void ask(Check &check, const Room &room, const hyp_matmul_descriptor &item, bool &good,
         bool &placed)
{
    check->data_begin_i = room.header.data_offset / kBeat;
    check->data_end_i = (room.header.data_offset + room.header.data_length) / kBeat;
    check->results_i = room.header.result_beats;
    check->resident_beats_i = room.resident.size / kBeat;
    std::memcpy(check->descriptor_i.data(), &item, sizeof item);
    check->descriptor_valid_i = 1;
    check->job_ready_i = 0;
    for (int cycle = 0; cycle < 100 && !check->job_valid_o; cycle++)
        check.rise();
    good = check->job_o[kGoodBit / 32] >> kGoodBit % 32 & 1;
    placed = check->job_o[kPlacedBit / 32] >> kPlacedBit % 32 & 1;
    check->job_ready_i = 1;
    check.rise();
    check->descriptor_valid_i = 0;
    check.rise();
}

} // namespace

int main()
{
    constexpr int kItems = 200000;
    sim::Random random(1);
    Check check("check");
    check->input_addr_i = 0;
    check->resident_addr_i = 0;
    unsigned good_items = 0, placed_items = 0, wrong = 0;
    Room room;
    for (int i = 0; i < kItems; i++) {
        if (i % 16 == 0)
            room = random_room(random);
        const hyp_matmul_descriptor item = random_item(random, room);
        const bool expected =
            hyp_matmul_check(&room.header, &item, &room.resident) == HYP_STATUS_OK;
        const bool fits = hyp_matmul_result_fits(&room.header, &item);
        bool good, placed;
        ask(check, room, item, good, placed);
        good_items += expected;
        placed_items += fits;
        if ((good != expected || placed != fits) && wrong++ < 5)
            std::printf("# %u x %u x %u, flags %x: good %d, placed %d; expected %d, %d\n",
                        item.rows, item.inner, item.columns, item.flags, good, placed, expected,
                        fits);
    }
    tap::ok(wrong == 0, "200,000 descriptors of edges are judged as by the library");
    std::printf("# %u were good, %u had a place\n", good_items, placed_items);
    tap::ok(good_items > kItems / 50 && good_items < kItems / 2, "good ones and bad ones");
    tap::ok(placed_items > kItems / 10 && placed_items < kItems * 9 / 10,
            "results with and without a place");
    return tap::done();
}
