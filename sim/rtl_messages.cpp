#include "sim/rtl_messages.h"

#include <cstdarg>
#include <cstdio>

#include "sim/rtl_printf.h" // before Verilator's header, which it configures

#include <verilated.h>

namespace sim
{

namespace
{

struct Speaker {
    const std::string *unit = nullptr;
    Verdict *verdict = nullptr;
    std::string text; // what the RTL printed since it began to be evaluated
};

thread_local Speaker speaker;

void stop(const char *what, const char *file, int line)
{
    if (!speaker.verdict)
        return;
    while (!speaker.text.empty() && speaker.text.back() == '\n')
        speaker.text.pop_back();
    if (speaker.text.empty())
        speaker.text = std::string(what) + " at " + file + ":" + std::to_string(line);
    speaker.verdict->fail(*speaker.unit + " RTL", Rule::kAssertion, "%s", speaker.text.c_str());
    speaker.text.clear();
}

} // namespace

RtlMessages::RtlMessages(const std::string &unit, Verdict &verdict)
{
    speaker.unit = &unit;
    speaker.verdict = &verdict;
}

RtlMessages::~RtlMessages()
{
    speaker.unit = nullptr;
    speaker.verdict = nullptr;
    if (!speaker.text.empty())
        speaker.text.clear();
}

} // namespace sim

void sim_rtl_printf(const char *format, ...)
{
    char line[500];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    sim::speaker.text += line;
}

// Verilator's runtime calls these; it leaves them out when VL_USER_… is defined.
void vl_stop(const char *filename, int linenum, const char *)
{
    sim::stop("$stop", filename, linenum);
}

void vl_fatal(const char *filename, int linenum, const char *, const char *message)
{
    sim::stop(message, filename, linenum);
}

void vl_finish(const char *filename, int linenum, const char *)
{
    sim::stop("$finish", filename, linenum);
}

void vl_warn(const char *, int, const char *, const char *)
{
}
