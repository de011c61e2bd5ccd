// Read and write master alone, at the card's memory model with its protocol checker: random
// requests on both channels, ready and latency at random, bursts at page ends, errors, stop and
// clear.
#include <algorithm>
#include <cstdio>
#include <cstring>
#include <deque>
#include <memory>
#include <vector>

#include "Vaxi_read_master.h"
#include "Vaxi_write_master.h"

#include "sim/random.h"
#include "tests/hw/axi_port.h"
#include "tests/hw/clocked.h"
#include "tests/sim/tap.h"

namespace
{

using namespace hw;

constexpr size_t kBeat = 64;

// A module, the memory at its port, and one cycle of both.
template <class Top> class Port
{
  public:
    Port(const char *name, sim::AxiPins (*pins)(Top &, AbsentPins &), sim::AxiTiming timing,
         uint64_t seed)
        : top(name), memory(kPortMemory, kPortBytes, seed), pins_(pins(*top.operator->(), absent_)),
          axi(pins_, name, memory, timing, seed, verdict_),
          checker_(pins_, name, kPortMemory, kPortBytes, verdict_)
    {
        content.resize(kPortBytes);
        sim::Random random(seed);
        for (uint8_t &byte : content)
            byte = static_cast<uint8_t>(random.next());
        memory.write(kPortMemory, content.data(), content.size());
    }

    // The memory drives its pins, everything settles; then `look` sees the cycle, and the clock
    // rises.
    template <class Look> void cycle(Look look)
    {
        axi.drive(now_);
        top.settle();
        look();
        axi.observe(now_);
        checker_.observe(true);
        top.rise();
        now_++;
        verdict_.cycle = now_;
    }
    bool quiet() const
    {
        if (verdict_.failed() || !top.assertion().empty())
            std::printf("# %s %s\n", verdict_.text().c_str(), top.assertion().c_str());
        return !verdict_.failed() && top.assertion().empty();
    }
    uint64_t now() const
    {
        return now_;
    }

    Clocked<Top> top;
    sim::Memory memory;
    std::vector<uint8_t> content; // what the memory holds, or should

  private:
    AbsentPins absent_;
    sim::AxiPins pins_;
    sim::Verdict verdict_;

  public:
    sim::AxiMemory axi;

  private:
    sim::AxiChecker checker_;
    uint64_t now_ = 0;
};

struct Request {
    uint64_t beat; // address in beats
    uint32_t beats;
    bool counts = false; // in the checksum of what is read; axi_read_master_sva sees to it
};

// Somewhere in memory, often near the end of a page.
Request random_request(sim::Random &random, uint32_t longest)
{
    const uint32_t beats = 1 + random.below(longest);
    uint64_t beat = kPortMemory / kBeat + random.below(kPortBytes / kBeat - 2 * longest);
    if (random.chance(50))
        beat = (beat | 63) - random.below(3);
    return {beat, beats, random.chance(50)};
}

// ---- Reading ----

using Reader = Port<Vaxi_read_master>;

struct ReadStream {
    std::vector<Request> requests;
    size_t next = 0, taken = 0;   // requests accepted, beats received
    std::deque<uint64_t> pending; // beats asked for
    uint32_t ready_percent = 100;
    bool right = true;
};

struct ReadPins {
    uint8_t &req_valid, &req_ready, &req_counts, &data_valid, &data_ready;
    uint64_t &req_addr, &req_beats;
    uint32_t *data;
};

void drive_stream(ReadStream &stream, const ReadPins &pins, sim::Random &random)
{
    pins.req_valid = stream.next < stream.requests.size();
    if (pins.req_valid) {
        pins.req_addr = stream.requests[stream.next].beat;
        pins.req_beats = stream.requests[stream.next].beats;
        pins.req_counts = stream.requests[stream.next].counts;
    }
    pins.data_ready = random.chance(stream.ready_percent);
}

void watch_stream(Reader &reader, ReadStream &stream, const ReadPins &pins)
{
    if (pins.req_valid && pins.req_ready) {
        const Request &request = stream.requests[stream.next++];
        for (uint32_t i = 0; i < request.beats; i++)
            stream.pending.push_back(request.beat + i);
    }
    if (pins.data_valid && pins.data_ready) {
        stream.right = !stream.pending.empty() && stream.right;
        if (stream.pending.empty())
            return;
        const uint64_t offset = stream.pending.front() * kBeat - kPortMemory;
        stream.right = std::memcmp(pins.data, &reader.content[offset], kBeat) == 0 && stream.right;
        stream.pending.pop_front();
        stream.taken++;
    }
}

bool finished(const ReadStream &stream)
{
    return stream.next == stream.requests.size() && stream.pending.empty();
}

ReadPins channel0(Reader &reader)
{
    auto &top = *reader.top.operator->();
    return {top.req0_valid_i,  top.req0_ready_o, top.req0_counts_i, top.data0_valid_o,
            top.data0_ready_i, top.req0_addr_i,  top.req0_beats_i,  top.data0_o.data()};
}

ReadPins channel1(Reader &reader)
{
    auto &top = *reader.top.operator->();
    return {top.req1_valid_i,  top.req1_ready_o, top.req1_counts_i, top.data1_valid_o,
            top.data1_ready_i, top.req1_addr_i,  top.req1_beats_i,  top.data1_o.data()};
}

// Runs both streams to their end; false if that does not come.
bool run_streams(Reader &reader, ReadStream &first, ReadStream &second, sim::Random &random,
                 int limit)
{
    const ReadPins pins0 = channel0(reader), pins1 = channel1(reader);
    for (int i = 0; i < limit && !(finished(first) && finished(second)); i++) {
        drive_stream(first, pins0, random);
        drive_stream(second, pins1, random);
        reader.cycle([&] {
            watch_stream(reader, first, pins0);
            watch_stream(reader, second, pins1);
        });
    }
    return finished(first) && finished(second) && first.right && second.right;
}

void test_reads()
{
    sim::Random random(1);
    bool right = true;
    for (const uint32_t ready : {20, 60, 100})
        for (const uint32_t latency : {1, 30, 200}) {
            Reader reader("axi_read_master", read_pins, {latency, ready}, random.next());
            ReadStream first, second;
            for (int i = 0; i < 30; i++) {
                first.requests.push_back(random_request(random, 40));
                second.requests.push_back(random_request(random, 200));
            }
            first.ready_percent = 10 + random.below(91);
            second.ready_percent = 10 + random.below(91);
            right = run_streams(reader, first, second, random, 200000) && reader.quiet() && right;
        }
    tap::ok(right, "reads: two streams get their beats in order under 9 memory timings");

    Reader reader("axi_read_master", read_pins, {100, 100}, 1);
    ReadStream none, all;
    all.requests.push_back({kPortMemory / kBeat + 37, 10000});
    right = run_streams(reader, none, all, random, 20000);
    tap::ok(right && reader.quiet() && reader.now() <= 10000 + 110,
            "reads: 10,000 beats in " + std::to_string(reader.now()) + " cycles at latency 100");
}

void test_read_stop()
{
    sim::Random random(2);
    bool right = true;
    for (int round = 0; round < 20; round++) {
        Reader reader("axi_read_master", read_pins, {50, 70}, random.next());
        ReadStream first, second;
        first.requests.push_back(random_request(random, 100));
        second.requests.push_back(random_request(random, 1000));
        run_streams(reader, first, second, random, random.below(300));
        auto &top = reader.top;
        top->req0_valid_i = top->req1_valid_i = 0;
        top->data0_ready_i = top->data1_ready_i = 0;
        top->stop_i = 1;
        bool idle = false;
        for (int i = 0; i < 2000 && !idle; i++)
            reader.cycle([&] { idle = top->idle_o; });
        top->clear_i = 1;
        reader.cycle([] {});
        top->stop_i = top->clear_i = 0;
        ReadStream again, other;
        again.requests.push_back(random_request(random, 50));
        other.requests.push_back(random_request(random, 200));
        right = idle && run_streams(reader, again, other, random, 20000) && reader.quiet() && right;
    }
    tap::ok(right, "reads: stopped at any time, drained, cleared, and right again");
}

void test_read_error()
{
    sim::Random random(3);
    Reader reader("axi_read_master", read_pins, {20, 100}, 3);
    sim_faults faults = {};
    faults.read_error = 2;
    reader.axi.inject(faults);
    auto &top = reader.top;
    top->req1_addr_i = kPortMemory / kBeat;
    top->req1_beats_i = 3 * 64;
    unsigned errors = 0, beats = 0;
    for (int i = 0; i < 400; i++) {
        top->req1_valid_i = i == 0;
        top->data1_ready_i = 1;
        reader.cycle([&] {
            errors += top->error_o;
            beats += top->beat_o;
        });
    }
    tap::ok(errors == 64 && beats == 192, "reads: every beat of a burst that fails is reported");
}

// ---- Writing ----

using Writer = Port<Vaxi_write_master>;

struct WriteStream {
    std::vector<Request> requests;
    size_t next = 0;
    uint64_t to_send = 0;
    uint32_t valid_percent = 100;
};

struct WritePins {
    uint8_t &req_valid, &req_ready, &req_half, &data_valid, &data_ready;
    uint64_t &req_addr, &req_beats;
    uint32_t *data;
};

WritePins write_channel(Writer &writer, bool second)
{
    auto &top = *writer.top.operator->();
    if (second)
        return {top.req1_valid_i,  top.req1_ready_o, top.req1_half_i,  top.data1_valid_i,
                top.data1_ready_o, top.req1_addr_i,  top.req1_beats_i, top.data1_i.data()};
    return {top.req0_valid_i,  top.req0_ready_o, top.req0_half_i,  top.data0_valid_i,
            top.data0_ready_o, top.req0_addr_i,  top.req0_beats_i, top.data0_i.data()};
}

// Data follows its request; what must be in memory goes into the writer's content.
class WriteDriver
{
  public:
    WriteDriver(Writer &writer, bool second, WriteStream stream, uint64_t seed)
        : writer_(writer), pins_(write_channel(writer, second)), stream_(std::move(stream)),
          random_(seed)
    {
    }

    void drive()
    {
        pins_.req_valid = left_ == 0 && stream_.next < stream_.requests.size();
        if (pins_.req_valid) {
            const Request &request = stream_.requests[stream_.next];
            pins_.req_addr = request.beat;
            pins_.req_beats = request.beats;
            pins_.req_half = request.beat & 1;
        }
        if (!pins_.data_valid || taken_) {
            pins_.data_valid = left_ != 0 && random_.chance(stream_.valid_percent);
            for (size_t w = 0; w < sim::kBeatWords; w++)
                pins_.data[w] = static_cast<uint32_t>(random_.next());
        }
    }

    void watch()
    {
        taken_ = pins_.data_valid && pins_.data_ready;
        if (taken_) {
            left_--;
            std::memcpy(&writer_.content[beat_++ * kBeat - kPortMemory], pins_.data,
                        left_ == 0 && half_ ? 32 : kBeat);
        }
        if (pins_.req_valid && pins_.req_ready) {
            const Request &request = stream_.requests[stream_.next++];
            left_ = request.beats;
            beat_ = request.beat;
            half_ = request.beat & 1;
        }
    }

    bool finished() const
    {
        return stream_.next == stream_.requests.size() && left_ == 0;
    }

  private:
    Writer &writer_;
    WritePins pins_;
    WriteStream stream_;
    sim::Random random_;
    uint64_t left_ = 0, beat_ = 0;
    bool half_ = false, taken_ = false;
};

// Requests that do not overlap those of the other stream: it has the other half of memory.
WriteStream random_writes(sim::Random &random, bool upper)
{
    WriteStream stream;
    stream.valid_percent = 20 + random.below(81);
    for (int i = 0; i < 20; i++) {
        Request request = random_request(random, 200);
        const uint64_t half = kPortBytes / kBeat / 2, first = kPortMemory / kBeat;
        request.beat = first + (request.beat - first) % (half - 200) + (upper ? half : 0);
        stream.requests.push_back(request);
    }
    return stream;
}

void test_writes()
{
    sim::Random random(4);
    bool right = true;
    for (const uint32_t ready : {20, 60, 100})
        for (const uint32_t latency : {1, 100}) {
            Writer writer("axi_write_master", write_pins, {latency, ready}, random.next());
            WriteDriver lower(writer, false, random_writes(random, false), random.next());
            WriteDriver upper(writer, true, random_writes(random, true), random.next());
            bool done = false;
            for (int i = 0; i < 200000 && !done; i++) {
                lower.drive();
                upper.drive();
                writer.cycle([&] {
                    lower.watch();
                    upper.watch();
                    done = lower.finished() && upper.finished() && writer.top->done_o;
                });
            }
            std::vector<uint8_t> memory(kPortBytes);
            writer.memory.read(kPortMemory, memory.data(), memory.size());
            right = done && memory == writer.content && writer.quiet() && right;
        }
    tap::ok(right, "writes: two streams leave exactly their bytes under 6 memory timings");
}

void test_write_error()
{
    Writer writer("axi_write_master", write_pins, {20, 100}, 5);
    sim_faults faults = {};
    faults.write_error = 1;
    writer.axi.inject(faults);
    WriteStream stream;
    stream.requests.push_back({kPortMemory / kBeat, 130});
    WriteDriver driver(writer, false, stream, 5);
    unsigned errors = 0, beats = 0;
    bool done = false;
    for (int i = 0; i < 2000 && !done; i++) {
        driver.drive();
        writer.cycle([&] {
            driver.watch();
            errors += writer.top->error_o;
            beats += writer.top->beat_o;
            done = driver.finished() && writer.top->done_o;
        });
    }
    tap::ok(done && errors == 1 && beats == 130,
            "writes: a burst that fails is reported once, and all end");
}

} // namespace

int main()
{
    test_reads();
    test_read_stop();
    test_read_error();
    test_writes();
    test_write_error();
    return tap::done();
}
