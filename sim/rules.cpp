#include "sim/rules.h"

#include <cinttypes>
#include <cstdio>

namespace sim
{

const char *rule_name(Rule rule)
{
    switch (rule) {
    case Rule::kValidStable:
        return "valid_stable";
    case Rule::kPayloadStable:
        return "payload_stable";
    case Rule::kReset:
        return "reset";
    case Rule::kBurstType:
        return "burst_type";
    case Rule::kBurstSize:
        return "burst_size";
    case Rule::kBurstAlignment:
        return "burst_alignment";
    case Rule::kBurstLength:
        return "burst_length";
    case Rule::kBurst4k:
        return "burst_4k";
    case Rule::kBurstRange:
        return "burst_range";
    case Rule::kOutsideRun:
        return "outside_run";
    case Rule::kLastEarly:
        return "last_early";
    case Rule::kLastMissing:
        return "last_missing";
    case Rule::kReadUnrequested:
        return "read_unrequested";
    case Rule::kReadLast:
        return "read_last";
    case Rule::kWriteUnrequested:
        return "write_unrequested";
    case Rule::kDoneEarly:
        return "done_early";
    case Rule::kReadUndefined:
        return "read_undefined";
    case Rule::kReadWindow:
        return "read_window";
    case Rule::kWriteWindow:
        return "write_window";
    case Rule::kControlUnrequested:
        return "control_unrequested";
    case Rule::kControlSilent:
        return "control_silent";
    case Rule::kAssertion:
        return "assertion";
    case Rule::kHostMemory:
        return "host_memory";
    }
    return "unknown";
}

void Verdict::fail(const std::string &where, Rule rule, const char *format, ...)
{
    if (failed())
        return;
    char detail[300];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(detail, sizeof detail, format, arguments);
    va_end(arguments);
    text_ =
        "cycle " + std::to_string(cycle) + ", " + where + ", " + rule_name(rule) + ": " + detail;
}

} // namespace sim
