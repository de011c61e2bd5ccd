// The properties fire: each is shown a trace that breaks it, and one that does not.
#include <cstdio>
#include <functional>
#include <string>

#include "Vaxi_master_sva.h"
#include "Vaxi_read_channel.h"
#include "Vaxi_read_master_sva.h"
#include "Vaxi_write_master_sva.h"
#include "Vbatch_shell_sva.h"
#include "Vbeat_crc_sva.h"
#include "Vmatmul_core_sva.h"
#include "Vread_coalescer_sva.h"
#include "Vreorder_buffer.h"

#include "tests/hw/clocked.h"
#include "tests/sim/tap.h"

namespace
{

using hw::Clocked;
using Rules = Clocked<Vaxi_master_sva>;

// What assertion a trace provokes; empty if none.
std::string provoked(const std::function<void(Rules &)> &trace)
{
    Rules rules("rules");
    rules->running_i = 1;
    rules->wstrb_i = ~uint64_t{0};
    rules.rise();
    trace(rules);
    rules.rise();
    rules.rise();
    return rules.assertion();
}

void fires(const char *property, const std::function<void(Rules &)> &trace)
{
    const std::string text = provoked(trace);
    tap::contains(text.c_str(), std::string(".") + property + ":",
                  std::string(property) + " fires");
}

void test_axi_rules()
{
    const auto write_address = [](Rules &r, uint64_t address, uint8_t len) {
        r->awvalid_i = r->awready_i = 1;
        r->awaddr_i = address;
        r->awlen_i = len;
        r.rise();
        r->awvalid_i = r->awready_i = 0;
    };
    tap::ok(provoked([&](Rules &r) {
                r->arvalid_i = 1;
                r->araddr_i = 0x1fc0;
                r.rise();
                r->arready_i = 1;
                r.rise();
                r->arvalid_i = 0;
                write_address(r, 0x1f80, 1);
                r->wvalid_i = r->wready_i = 1;
                r.rise();
                r->wlast_i = 1;
                r.rise();
                r->wvalid_i = 0;
            }).empty(),
            "a legal trace provokes nothing");
    fires("ArStable", [](Rules &r) {
        r->arvalid_i = 1;
        r.rise();
        r->arvalid_i = 0;
    });
    fires("ArStable", [](Rules &r) {
        r->arvalid_i = 1;
        r.rise();
        r->araddr_i = 64;
    });
    fires("AwStable", [](Rules &r) {
        r->awvalid_i = 1;
        r->awlen_i = 3;
        r.rise();
        r->awlen_i = 4;
    });
    fires("WStable", [&](Rules &r) {
        write_address(r, 0, 3);
        r->wvalid_i = 1;
        r.rise();
        r->wvalid_i = 0;
    });
    fires("ArAligned", [](Rules &r) {
        r->arvalid_i = 1;
        r->araddr_i = 32;
    });
    fires("AwAligned", [](Rules &r) {
        r->awvalid_i = 1;
        r->awaddr_i = 1;
    });
    fires("ArInsidePage", [](Rules &r) {
        r->arvalid_i = 1;
        r->araddr_i = 0x1fc0;
        r->arlen_i = 1;
    });
    fires("AwInsidePage", [](Rules &r) {
        r->awvalid_i = 1;
        r->awlen_i = 64;
    });
    fires("WAfterAw", [](Rules &r) {
        r->wvalid_i = 1;
        r->wlast_i = 0;
    });
    fires("WLast", [&](Rules &r) {
        write_address(r, 0, 1);
        r->wvalid_i = r->wlast_i = 1;
    });
    fires("WStrobe", [&](Rules &r) {
        write_address(r, 0, 1);
        r->wvalid_i = 1;
        r->wstrb_i = 1;
    });
    fires("FewAhead", [&](Rules &r) {
        for (int i = 0; i < 16; i++)
            write_address(r, 0, 1);
        r->awvalid_i = 1;
    });
    fires("Quiet", [](Rules &r) {
        r->running_i = 0;
        r->arvalid_i = 1;
    });
}

void test_bound_properties()
{
    Clocked<Vreorder_buffer> buffer("buffer");
    buffer->write_i = 1; // of a tag that was never given out
    buffer.rise();
    buffer.rise();
    tap::contains(buffer.assertion().c_str(), "WriteIsAllocated",
                  "a bound property fires: reorder_buffer WriteIsAllocated");

    Clocked<Vaxi_read_channel> channel("channel"); // 64 beats deep
    channel->push_i = 1;                           // of beats that were never asked for
    for (int i = 0; i < 70; i++)
        channel.rise();
    tap::contains(channel.assertion().c_str(), "PushHasRoom",
                  "a bound property fires: axi_read_channel PushHasRoom");
}

// A module of properties in reset's wake, with inputs that `legal` sets; then a trace and what it
// provokes.
template <class Top> class Properties
{
  public:
    using Trace = std::function<void(Clocked<Top> &)>;

    Properties(const char *of, Trace legal) : of_(of), legal_(std::move(legal))
    {
    }

    void accepts(const char *what, const Trace &trace) const
    {
        const std::string text = provoked_by(trace);
        if (!tap::ok(text.empty(), std::string(of_) + ": " + what + " provokes nothing"))
            std::printf("# %s\n", text.c_str());
    }
    void fires(const char *property, const Trace &trace) const
    {
        tap::contains(provoked_by(trace).c_str(), std::string(".") + property + ":",
                      std::string(of_) + " " + property + " fires");
    }

  private:
    std::string provoked_by(const Trace &trace) const
    {
        Clocked<Top> rules("rules");
        legal_(rules);
        rules.rise();
        trace(rules);
        rules.rise();
        rules.rise();
        return rules.assertion();
    }

    const char *of_;
    Trace legal_;
};

void test_read_master()
{
    using Top = Clocked<Vaxi_read_master_sva>;
    const auto ask = [](Top &r, uint64_t beat, uint64_t beats) { // a request, and its one burst
        r->idle_o = 0;
        r->req1_valid_i = r->req1_ready_o = r->req1_counts_i = 1;
        r->req1_addr_i = beat;
        r->req1_beats_i = beats;
        r->arvalid_o = r->arready_i = 1;
        r->araddr_o = beat * 64;
        r.rise();
        r->req1_valid_i = r->arvalid_o = 0;
    };
    const auto take = [](Top &r, uint64_t beat, bool counts, bool last) {
        r->rvalid_i = r->rready_o = r->beat_o = 1;
        r->rlast_i = last;
        r->beat_addr_o = beat;
        r->beat_counts_o = counts;
        r.rise();
        r->rvalid_i = r->beat_o = 0;
    };
    const auto rest = [](Top &r) { r->idle_o = r->req0_ready_o = r->req1_ready_o = 1; };
    const Properties<Vaxi_read_master_sva> reader("axi_read_master", rest);

    reader.accepts("a burst of two", [&](Top &r) {
        ask(r, 5, 2);
        take(r, 5, true, false);
        take(r, 6, true, true);
        rest(r);
    });
    reader.fires("BeatIsTaken", [&](Top &r) {
        ask(r, 5, 2);
        r->rvalid_i = r->beat_o = 1; // and ready is not
        r->rready_o = 0;
        r->beat_addr_o = 5;
    });
    reader.fires("BeatAddress", [&](Top &r) {
        ask(r, 5, 2);
        take(r, 5, true, false);
        take(r, 5, true, true);
    });
    reader.fires("CountedOnce", [&](Top &r) { // the second does not count
        ask(r, 5, 2);
        take(r, 5, true, false);
        take(r, 6, false, true);
        rest(r);
    });
}

void test_write_master()
{
    using Top = Clocked<Vaxi_write_master_sva>;
    const auto ask = [](Top &r, uint64_t beat, uint64_t beats) {
        r->done_o = 0;
        r->req0_valid_i = r->req0_ready_o = 1;
        r->req0_addr_i = beat;
        r->req0_beats_i = beats;
        r->awvalid_o = r->awready_i = 1;
        r->awaddr_o = beat * 64;
        r.rise();
        r->req0_valid_i = r->awvalid_o = 0;
    };
    const auto take = [](Top &r, uint64_t beat, bool last) {
        r->wvalid_o = r->wready_i = r->beat_o = 1;
        r->wlast_o = last;
        r->beat_addr_o = beat;
        r.rise();
        r->wvalid_o = r->beat_o = 0;
    };
    const auto rest = [](Top &r) { r->done_o = 1; };
    const Properties<Vaxi_write_master_sva> writer("axi_write_master", rest);

    writer.accepts("a burst of two", [&](Top &r) {
        ask(r, 5, 2);
        take(r, 5, false);
        take(r, 6, true);
        rest(r);
    });
    writer.fires("BeatIsTaken", [&](Top &r) {
        ask(r, 5, 2);
        r->wvalid_o = r->beat_o = 1;
        r->wready_i = 0;
        r->beat_addr_o = 5;
    });
    writer.fires("BeatAddress", [&](Top &r) {
        ask(r, 5, 2);
        take(r, 6, false);
    });
    writer.fires("WrittenOnce", [&](Top &r) {
        ask(r, 5, 2);
        take(r, 5, true);
        rest(r);
    });
}

void test_coalescer()
{
    using Top = Clocked<Vread_coalescer_sva>;
    const auto take = [](Top &r, uint64_t offset, uint64_t beats) {
        r->valid_i = r->ready_o = 1;
        r->offset_i = offset;
        r->beats_i = beats;
        r.rise();
        r->valid_i = 0;
    };
    const auto give = [](Top &r, uint64_t offset, uint64_t beats) {
        r->valid_o = r->ready_i = 1;
        r->offset_o = offset;
        r->beats_o = beats;
        r.rise();
        r->valid_o = 0;
    };
    const Properties<Vread_coalescer_sva> coalescer("read_coalescer", [](Top &) {});

    coalescer.accepts("two reads that go out as one", [&](Top &r) {
        take(r, 10, 2);
        r->beats_q = 2;
        take(r, 12, 3);
        r->beats_q = 5;
        give(r, 10, 5);
        r->beats_q = 0;
    });
    coalescer.fires("EachBeatOnce", [&](Top &r) { take(r, 10, 2); });
    coalescer.fires("EachBeatOnce", [&](Top &r) { // 10, 11 came in, 11, 12 go out
        take(r, 10, 2);
        r->beats_q = 2;
        give(r, 11, 2);
        r->beats_q = 0;
    });
}

void test_beat_crc()
{
    using Top = Clocked<Vbeat_crc_sva>;
    const Properties<Vbeat_crc_sva> crc("beat_crc", [](Top &) {});
    crc.accepts("a beat", [](Top &r) {
        r->valid_i = 1;
        r.rise();
        r->valid_i = 0;
        r.rise();
        r->valid_o = 1;
        r.rise();
        r->valid_o = 0;
    });
    crc.fires("EachBeatOnce", [](Top &r) { // never comes out
        r->valid_i = 1;
        r.rise();
        r->valid_i = 0;
    });
    crc.fires("EachBeatOnce", [](Top &r) { r->valid_o = 1; });
}

using Shell = Clocked<Vbatch_shell_sva>;

constexpr uint64_t kInput = 1000, kOutput = 2000; // addresses of the buffers, in beats

// A run that has asked for header, a beat of descriptors, of statuses and of results.
void begin_run(Shell &r)
{
    r->idle = 1;
    r->input_addr_q = kInput;
    r->output_addr_q = kOutput;
    r.rise();
    r->idle = 0;
    r->m_axi_wstrb_o = ~uint64_t{0};
    r->descriptors_offset = 64;
    r->descriptor_beats = r->status_beats = r->result_beats = 1;
    r->req0_ready = r->wreq0_ready = r->wreq1_ready = r->wdata0_ready = 1;
    r->header_request = 1;
    r.rise();
    r->header_request = 0;
    r->begin_run = 1;
    r.rise();
    r->begin_run = 0;
}

void read_beat(Shell &r, uint64_t place, bool used = true)
{
    r->read_beat = r->read_counts = r->read_valid = 1;
    r->read_addr = kInput + place;
    r->read_index = place;
    r->used0 = used;
    r.rise();
    r->read_beat = r->read_valid = r->used0 = 0;
}

void write_beat(Shell &r, uint64_t place)
{
    r->write_beat = 1;
    r->write_addr = kOutput + place;
    r->written_valid = place >= 2;
    r->written_index = place;
    r.rise();
    r->write_beat = r->written_valid = 0;
}

// The CRCs of beats read and written.
void crcs(Shell &r, uint32_t read, uint32_t written)
{
    r->read_crc_valid = r->written_crc_valid = 1;
    r->read_crc = read;
    r->written_crc = written;
    r.rise();
    r->read_crc_valid = r->written_crc_valid = 0;
}

void test_shell_beats(const Properties<Vbatch_shell_sva> &shell)
{
    shell.fires("WriteCounts", [](Shell &r) { // a beat of results that does not count
        r->write_beat = 1;
        r->write_addr = kOutput + 2;
    });
    shell.fires("WriteCounts", [](Shell &r) { // one that was not written
        r->written_valid = 1;
        r->write_addr = kOutput + 2;
        r->written_index = 2;
    });
    shell.fires("WriteCounts", [](Shell &r) { // the counters
        r->write_beat = r->written_valid = r->written_index = 1;
        r->write_addr = kOutput + 1;
    });
    shell.fires("WriteIsThat", [](Shell &r) {
        r->write_beat = r->written_valid = 1;
        r->write_addr = kOutput + 2;
        r->written_index = 3;
    });
    shell.fires("WriteIsThat", [](Shell &r) {
        r->m_axi_wdata_o[15] = 1;
        write_beat(r, 2);
    });
    shell.fires("TailIsZero", [](Shell &r) {
        r->m_axi_wstrb_o = 0xffffffff;
        r->m_axi_wdata_o[8] = r->written_data[8] = 1;
        write_beat(r, 2);
    });
    shell.fires("TailIsZero", [](Shell &r) {
        r->m_axi_wstrb_o = ~uint64_t{0} >> 1;
        write_beat(r, 2);
    });
    shell.fires("ReadCounts", [](Shell &r) {
        r->read_beat = r->read_counts = 1;
        r->read_addr = kInput;
    });
    shell.fires("ReadIsThat", [](Shell &r) {
        r->read_beat = r->read_counts = r->read_valid = 1;
        r->read_addr = kInput + 1;
    });
    shell.fires("ReadIsThat", [](Shell &r) {
        r->m_axi_rdata_i[0] = 1;
        read_beat(r, 1);
    });
}

void test_shell_run(const Properties<Vbatch_shell_sva> &shell)
{
    shell.fires("BaseStays", [](Shell &r) { r->input_addr_q++; });
    shell.fires("BaseStays", [](Shell &r) { r->output_addr_q++; });
    shell.fires("NothingLate", [](Shell &r) {
        r->idle = 1;
        r->read_crc_valid = 1;
    });
    shell.fires("AskedIsTaken", [](Shell &r) {
        r->req0_ready = 0;
        r->begin_run = 1;
    });
    shell.fires("AskedIsTaken", [](Shell &r) {
        r->wreq1_ready = 0;
        r->begin_run = 1;
    });
    shell.fires("FinishIsTaken", [](Shell &r) {
        r->wreq0_ready = 0;
        r->finish_request = 1;
    });
    shell.fires("FinishIsTaken", [](Shell &r) {
        r->wdata0_ready = 0;
        r->finish_beat = 1;
    });
    shell.fires("AllWritten", [](Shell &r) {
        read_beat(r, 0);
        read_beat(r, 1);
        write_beat(r, 2);
        write_beat(r, 0);
    });
    shell.fires("AllRead", [](Shell &r) {
        read_beat(r, 0);
        write_beat(r, 2);
        write_beat(r, 3);
        write_beat(r, 0);
    });
    shell.fires("AllUsed", [](Shell &r) {
        read_beat(r, 0);
        read_beat(r, 1, false);
        write_beat(r, 2);
        write_beat(r, 3);
        write_beat(r, 0);
    });
}

// Header's words: 8 is the number of failed items, then the CRC32C of the results and the sum of
// the input, 64 bits.
void finish(Shell &r, uint32_t results, uint32_t input)
{
    read_beat(r, 0);
    read_beat(r, 1);
    write_beat(r, 2);
    write_beat(r, 3);
    crcs(r, 5, 6);
    crcs(r, 7, 12);
    r->m_axi_wdata_o[9] = results;
    r->m_axi_wdata_o[10] = input;
    write_beat(r, 0);
}

void test_shell()
{
    const Properties<Vbatch_shell_sva> shell("batch_shell", begin_run);
    shell.accepts("a run", [](Shell &r) { finish(r, 6 + 12, 5 + 7); });
    shell.accepts("a second run", [](Shell &r) {
        finish(r, 6 + 12, 5 + 7);
        r->idle = 1;
        r.rise();
        r->m_axi_wdata_o[9] = r->m_axi_wdata_o[10] = 0;
        begin_run(r);
        finish(r, 6 + 12, 5 + 7);
    });
    shell.fires("HeaderResults", [](Shell &r) { finish(r, 6 | 12, 5 + 7); });
    shell.fires("HeaderInput", [](Shell &r) { finish(r, 6 + 12, 5 ^ 7); });
    shell.fires("HeaderResults", [](Shell &r) { // of a run that failed
        r->failed_q = 1;
        finish(r, 6 + 12, 0);
    });
    test_shell_beats(shell);
    test_shell_run(shell);
}

void test_matmul()
{
    using Top = Clocked<Vmatmul_core_sva>;
    const Properties<Vmatmul_core_sva> core("matmul_core", [](Top &) {});
    core.fires("BanksApart", [](Top &r) { r->stepping = r->reading = 1; });
    core.fires("RowsCountOnce", [](Top &r) { // no item wants it
        r->rows_asked = r->rows_count = r->rows_beats = r->rows_used = 1;
        r.rise();
        r->rows_asked = 0;
    });
    core.fires("WeightsCountOnce", [](Top &r) {
        r->b_asked = r->weights_count = r->b_beats = r->b_used = 1;
        r.rise();
        r->b_asked = 0;
    });
    core.fires("AllUsed", [](Top &r) { r->parameters_asked = r->parameters_beats = 1; });
}

} // namespace

int main()
{
    test_axi_rules();
    test_bound_properties();
    test_read_master();
    test_write_master();
    test_coalescer();
    test_beat_crc();
    test_shell();
    test_matmul();
    return tap::done();
}
