// FIFO, reorder buffer, packers and the coalescer of reads, each against a few
// lines of model.
#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>
#include <deque>
#include <vector>

#include "Vread_coalescer.h"
#include "Vreorder_buffer.h"
#include "Vresult_packer.h"
#include "Vstatus_packer.h"
#include "Vsync_fifo.h"

#include "sim/random.h"
#include "tests/hw/clocked.h"
#include "tests/sim/tap.h"

namespace
{

using hw::Clocked;

template <class Top> bool quiet(const Clocked<Top> &bench)
{
    if (!bench.assertion().empty())
        std::printf("# %s\n", bench.assertion().c_str());
    return bench.assertion().empty();
}

constexpr size_t kFifoDepth = 16;
constexpr int kFifoCycles = 4000;

// Pushes and pops at random; `in` and `out` are percentages. Returns whether order and level were
// kept; counts what passed.
bool run_fifo(Clocked<Vsync_fifo> &fifo, uint32_t in, uint32_t out, size_t &passed)
{
    sim::Random random(in * 1000 + out);
    std::deque<uint32_t> held;
    uint32_t next = 1;
    bool right = true, waiting = false;
    passed = 0;
    fifo.reset();
    for (int i = 0; i < kFifoCycles; i++) {
        fifo->valid_i = waiting || random.chance(in); // what was offered and not taken stays
        fifo->data_i = next;
        fifo->ready_i = random.chance(out);
        fifo.settle();
        right =
            fifo->level_o == held.size() && fifo->ready_o == (held.size() < kFifoDepth) && right;
        waiting = fifo->valid_i && !fifo->ready_o;
        if (fifo->valid_o && fifo->ready_i) {
            right = !held.empty() && held.front() == fifo->data_o && right;
            if (!held.empty())
                held.pop_front();
            passed++;
        }
        if (fifo->valid_i && fifo->ready_o)
            held.push_back(next++);
        fifo.rise();
    }
    fifo->valid_i = 0;
    return right;
}

void test_fifo()
{
    Clocked<Vsync_fifo> fifo("sync_fifo");
    bool right = true;
    size_t passed = 0;
    for (const uint32_t in : {10, 50, 90, 100})
        for (const uint32_t out : {10, 50, 90, 100})
            right = run_fifo(fifo, in, out, passed) && right;
    tap::ok(right && quiet(fifo), "FIFO: order and level, from mostly empty to mostly full");
    tap::ok(passed >= kFifoCycles - 3,
            "FIFO: one item a cycle: " + std::to_string(passed) + " in 4,000 cycles");
}

void test_reorder()
{
    Clocked<Vreorder_buffer> buffer("reorder_buffer"); // 16 deep
    sim::Random random(5);
    std::vector<uint32_t> open; // numbers of allocated tags not written yet
    std::vector<uint32_t> tags; // by number
    uint32_t read = 0;
    bool right = true, was_full = false;
    for (int i = 0; i < 20000; i++) {
        buffer->ready_i = random.chance(60);
        buffer->write_i = !open.empty() && random.chance(70);
        size_t chosen = 0;
        if (buffer->write_i) {
            chosen = random.below(open.size());
            buffer->write_tag_i = tags[open[chosen]];
            buffer->write_data_i = open[chosen] * 2654435761u;
        }
        buffer.settle();
        buffer->alloc_i = buffer->alloc_ready_o && random.chance(80);
        was_full = was_full || !buffer->alloc_ready_o;
        buffer.settle();
        if (buffer->valid_o && buffer->ready_i)
            right = buffer->data_o == read++ * 2654435761u && right;
        if (buffer->write_i)
            open.erase(open.begin() + chosen);
        if (buffer->alloc_i) {
            open.push_back(tags.size());
            tags.push_back(buffer->alloc_tag_o);
        }
        buffer.rise();
    }
    tap::ok(right && read > 5000 && was_full && quiet(buffer),
            "reorder buffer: " + std::to_string(read) + " results in order");
}

// Words in, beats out, with and without back pressure.
void test_result_packer()
{
    Clocked<Vresult_packer> packer("result_packer");
    sim::Random random(6);
    bool right = true;
    for (const uint32_t count : {0, 1, 2, 3, 4, 255, 256}) {
        std::vector<std::array<uint32_t, 16>> beats;
        uint32_t taken = 0;
        packer->start_i = 1;
        packer->count_i = count;
        packer->word_valid_i = 0;
        packer->beat_ready_i = 0;
        packer.rise();
        packer->start_i = 0;
        for (int i = 0; i < 1200; i++) {
            packer->word_valid_i = random.chance(70);
            for (uint32_t w = 0; w < 8; w++)
                packer->word_i[w] = taken * 8 + w + 1;
            packer->beat_ready_i = random.chance(70);
            packer.settle();
            if (packer->beat_valid_o && packer->beat_ready_i) {
                beats.emplace_back();
                std::copy_n(packer->beat_o.data(), 16, beats.back().begin());
            }
            taken += packer->word_valid_i && packer->word_ready_o;
            packer.rise();
        }
        right = taken == count && beats.size() == (count + 1) / 2 && right;
        for (uint32_t word = 0; word < 16 * beats.size(); word++)
            right = beats[word / 16][word % 16] == (word < 8 * count ? word + 1 : 0) && right;
    }
    tap::ok(right, "result packer: takes exactly its count, last beat filled with zeros");
}

void test_status_packer()
{
    Clocked<Vstatus_packer> packer("status_packer");
    sim::Random random(7);
    bool right = true;
    for (const uint32_t count : {0, 1, 63, 64, 65, 128, 200}) {
        std::vector<uint8_t> expected, got;
        uint32_t failed = 0;
        packer->start_i = 1;
        packer->count_i = count;
        packer->status_valid_i = 0;
        packer->beat_ready_i = 0;
        packer.rise();
        packer->start_i = 0;
        for (int i = 0; i < 1000; i++) {
            packer->status_valid_i = random.chance(70);
            packer->status_i = random.chance(50) ? 0 : random.below(256);
            packer->beat_ready_i = random.chance(50);
            packer.settle();
            if (packer->beat_valid_o && packer->beat_ready_i) {
                const auto *bytes = reinterpret_cast<const uint8_t *>(packer->beat_o.data());
                got.insert(got.end(), bytes, bytes + 64);
            }
            if (packer->status_valid_i && packer->status_ready_o) {
                expected.push_back(packer->status_i);
                failed += packer->status_i != 0;
            }
            packer.rise();
        }
        right = expected.size() == count && packer->failed_o == failed && right;
        expected.resize((count + 63) / 64 * 64);
        right = expected == got && right;
    }
    tap::ok(right,
            "status packer: takes exactly its count, counts failures, last beat filled with zeros");
}

struct Read {
    uint64_t offset, beats;
};

// What comes out covers what went in, beat by beat in order; runs of neighbours cost few reads.
bool coalesce(Clocked<Vread_coalescer> &bench, const std::vector<Read> &in, uint32_t base,
              uint32_t ready, bool hungry, std::vector<Read> &out)
{
    sim::Random random(ready);
    std::vector<uint64_t> expected, got;
    for (const Read &read : in)
        for (uint64_t i = 0; i < read.beats; i++)
            expected.push_back(read.offset + i);
    out.clear();
    bench->valid_i = 0;
    bench->ready_i = 0;
    bench.reset();
    bench->base_i = base;
    bench->hungry_i = hungry;
    size_t next = 0;
    for (int i = 0; i < 20000 && (got.size() < expected.size() || next < in.size()); i++) {
        bench->valid_i = next < in.size() && (bench->valid_i || random.chance(80));
        bench->last_i = next == in.size();
        if (next < in.size()) {
            bench->offset_i = in[next].offset;
            bench->beats_i = in[next].beats;
        }
        bench->ready_i = random.chance(ready);
        bench.settle();
        if (bench->valid_o && bench->ready_i) {
            out.push_back({bench->offset_o, bench->beats_o});
            for (uint64_t b = 0; b < out.back().beats; b++)
                got.push_back(out.back().offset + b);
        }
        const bool taken = bench->valid_i && bench->ready_o;
        bench.rise();
        next += taken;
        if (taken)
            bench->valid_i = 0;
    }
    return got == expected && next == in.size();
}

void test_coalescer()
{
    Clocked<Vread_coalescer> bench("read_coalescer");
    sim::Random random(8);
    std::vector<Read> out;
    bool right = true;
    for (int round = 0; round < 200; round++) {
        std::vector<Read> in;
        uint64_t offset = random.below(1000);
        for (int i = 0; i < 60; i++) {
            const uint64_t beats = random.chance(20)   ? 0
                                   : random.chance(90) ? random.below(4)
                                                       : random.below(300);
            offset = random.chance(80) ? offset : random.below(1 << 20);
            in.push_back({offset, beats});
            offset += beats;
        }
        right =
            coalesce(bench, in, random.below(64), 20 + random.below(81), random.chance(50), out) &&
            right;
    }
    tap::ok(right, "coalescer: every beat once and in order, 200 random lists of reads");

    std::vector<Read> in;
    for (uint64_t i = 0; i < 640; i++)
        in.push_back({17 + i, 1});
    right = coalesce(bench, in, 5, 100, false, out);
    bool aligned = out.size() == 11; // 42 + 9 × 64 + 22 beats
    for (size_t i = 0; i + 1 < out.size(); i++)
        aligned = (out[i].offset + out[i].beats + 5) % 64 == 0 && aligned;
    tap::ok(right && aligned, "coalescer: 640 single beats make " + std::to_string(out.size()) +
                                  " reads that end at 4 KiB");
}

} // namespace

int main()
{
    test_fifo();
    test_reorder();
    test_result_packer();
    test_status_packer();
    test_coalescer();
    return tap::done();
}
