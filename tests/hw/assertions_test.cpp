// The properties fire: each is shown a trace that breaks it, and one that does not.
#include <cstdio>
#include <functional>
#include <string>

#include "Vaxi_master_sva.h"
#include "Vaxi_read_channel.h"
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

} // namespace

int main()
{
    test_axi_rules();
    test_bound_properties();
    return tap::done();
}
