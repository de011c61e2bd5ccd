#include "tests/hw/secp256k1/bench.h"

#include <cstdarg>
#include <cstdio>

#include "sim/rtl_printf.h" // before Verilator's header, which it configures

#include <verilated.h>

namespace bench
{
namespace
{

int count = 0;
int failures = 0;
size_t assertions = 0;

void assertion(const char *file, int line)
{
    if (assertions++ < 5) {
        std::printf("# assertion at %s:%d\n", file, line);
    }
}

} // namespace

void report(bool good, const char *name)
{
    std::printf("%sok %d - %s\n", good ? "" : "not ", ++count, name);
    std::fflush(stdout);
    failures += !good;
}

void skip(const char *name, const char *reason)
{
    std::printf("ok %d - %s # SKIP %s\n", ++count, name, reason);
}

size_t fired()
{
    size_t since = assertions;
    assertions = 0;
    return since;
}

int finish()
{
    report(assertions == 0, "no assertion fired");
    std::printf("1..%d\n", count);
    return failures != 0;
}

} // namespace bench

double sc_time_stamp()
{
    return 0;
}

void sim_rtl_printf(const char *, ...)
{
}

void vl_stop(const char *file, int line, const char *)
{
    bench::assertion(file, line);
}

void vl_fatal(const char *file, int line, const char *, const char *)
{
    bench::assertion(file, line);
}

void vl_finish(const char *, int, const char *)
{
}

void vl_warn(const char *, int, const char *, const char *)
{
}
