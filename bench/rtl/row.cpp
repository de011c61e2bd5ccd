#include "bench/rtl/row.h"

#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <ctime>

namespace bench
{

bool print_row(const std::string &kernel, const std::string &configuration,
               const std::string &workload, uint64_t items, hw::Card &card, const hw::Batch &batch,
               const std::function<bool(const hw::Batch &, const hw::Run &)> &right,
               const std::function<double(const hyp_result_counters &)> &utilisation)
{
    hw::RunOptions options;
    options.cycle_limit = uint64_t{1} << 40;
    const std::clock_t begin =
        std::clock(); // processor time: the machine may be busy with other things
    const hw::Run run = card.run(batch, options);
    const double seconds = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
    if (!right(batch, run)) {
        std::fprintf(stderr, "%s %s %s: the result is wrong\n", kernel.c_str(),
                     configuration.c_str(), workload.c_str());
        return false;
    }
    const hyp_result_counters counters = run.counters();
    const double busiest = static_cast<double>(
        std::max({counters.beats_read, counters.beats_written, counters.compute_slots_used}));
    const double cycles = static_cast<double>(run.cycles);
    std::printf("{\"kernel\":\"%s\",\"configuration\":\"%s\",\"workload\":\"%s\","
                "\"items\":%" PRIu64 ",\"cycles\":%" PRIu64 ",\"cycles_per_item\":%.4f,"
                "\"utilisation\":%.4f,\"beats_read\":%" PRIu64 ",\"beats_written\":%" PRIu64 ","
                "\"compute_slots_used\":%" PRIu64 ",\"items_per_second_at_300_mhz\":%.0f,"
                "\"simulated_cycles_per_second\":%.0f}\n",
                kernel.c_str(), configuration.c_str(), workload.c_str(), items, run.cycles,
                cycles / items, (utilisation ? utilisation(counters) : busiest) / cycles,
                counters.beats_read, counters.beats_written, counters.compute_slots_used,
                items / cycles * 300e6, cycles / seconds);
    std::fflush(stdout);
    return true;
}

} // namespace bench
