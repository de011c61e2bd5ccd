// The core with a microprogram that reads results before they are there: its assertions must say
// so. (core_test runs the right program, and no assertion fires.)
#include "Vsecp256k1_rushed.h"

#include "tests/hw/secp256k1/bench.h"

namespace
{

void clock(Vsecp256k1_rushed &core)
{
    core.clk_i = 0;
    core.eval();
    core.clk_i = 1;
    core.eval();
}

} // namespace

int main()
{
    Vsecp256k1_rushed core;
    core.rst_ni = 0;
    core.in_valid_i = 0;
    core.out_ready_i = 1;
    for (int i = 0; i < 4; i++)
        clock(core);
    core.rst_ni = 1;
    for (int i = 0; i < 100; i++)
        clock(core);
    bench::report(bench::fired() == 0, "silent without work");
    core.in_valid_i = 1;
    core.in_last_i = 1;
    for (int i = 0; i < 8; i++)
        core.in_x_i[i] = core.in_r_i[i] = core.in_s_i[i] = core.in_z_i[i] = i + 1;
    for (int i = 0; i < 40 * 32; i++)
        clock(core);
    bench::report(bench::fired() > 0, "a read of what is not written yet is caught");
    return bench::finish();
}
