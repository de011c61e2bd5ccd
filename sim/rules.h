// The rules that a run is held to. docs/simulation.md says what each means.
#ifndef HYPERION_SIM_RULES_H
#define HYPERION_SIM_RULES_H

#include <cstdarg>
#include <cstdint>
#include <string>

namespace sim
{

enum class Rule {
    // Every channel
    kValidStable,   // valid stays until ready
    kPayloadStable, // and what it announces does not change
    kReset,         // no valid and no interrupt in reset
    // Addresses
    kBurstType,      // INCR
    kBurstSize,      // full width
    kBurstAlignment, // starts at a beat
    kBurstLength,    // at most 4 KiB
    kBurst4k,        // inside one 4 KiB page
    kBurstRange,     // inside the card's memory
    kOutsideRun,     // requests only between ap_start and ap_done
    // Write data
    kLastEarly,
    kLastMissing,
    // Responses
    kReadUnrequested, // an ID without an outstanding burst
    kReadLast,        // RLAST at the last beat, and only there
    kWriteUnrequested,
    kDoneEarly, // ap_done while something is outstanding
    // Memory
    kReadUndefined,
    kReadWindow,  // outside of the run's input buffer
    kWriteWindow, // outside of the run's output buffer
    // Control registers
    kControlUnrequested,
    kControlSilent,
    kAssertion,  // of the kernel itself
    kHostMemory, // not a violation: the simulation ran out of memory
};

const char *rule_name(Rule rule);

// Keeps the first violation.
class Verdict
{
  public:
    // Where: "keccak256_1 m_axi_gmem AR".
    __attribute__((format(printf, 4, 5))) void fail(const std::string &where, Rule rule,
                                                    const char *format, ...);

    bool failed() const
    {
        return !text_.empty();
    }
    const std::string &text() const
    {
        return text_;
    }

    uint64_t cycle = 0; // of the card; kept up to date by it

  private:
    std::string text_;
};

} // namespace sim

#endif
