// Turns what RTL says ($error, $fatal, a failed assertion, $stop) into a violation, instead of a
// message on stdout and an abort.
#ifndef HYPERION_SIM_RTL_MESSAGES_H
#define HYPERION_SIM_RTL_MESSAGES_H

#include <string>

#include "sim/rules.h"

namespace sim
{

// While one lives, models evaluated on this thread speak for `unit`.
class RtlMessages
{
  public:
    RtlMessages(const std::string &unit, Verdict &verdict);
    ~RtlMessages();
    RtlMessages(const RtlMessages &) = delete;
    RtlMessages &operator=(const RtlMessages &) = delete;
};

} // namespace sim

#endif
