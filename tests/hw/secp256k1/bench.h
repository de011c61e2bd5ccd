// What the benches of single modules share: TAP, and what becomes of assertions in the RTL.
// Verilator's runtime calls us instead of printing and aborting (sim/rtl_printf.h).
#ifndef HYPERION_TESTS_SECP256K1_BENCH_H
#define HYPERION_TESTS_SECP256K1_BENCH_H

#include <cstddef>

namespace bench
{

// Prints one line of TAP.
void report(bool good, const char *name);
void skip(const char *name, const char *reason);

// Prints the plan; returns the exit status: 1 if a test failed or an assertion fired that nobody
// asked about.
int finish();

// Assertions that fired since the last call. Each is printed as a comment.
size_t fired();

} // namespace bench

#endif
