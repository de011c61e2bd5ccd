// One line of `make bench-rtl`: a run of a kernel in simulation, printed as a JSON object.
#ifndef HYPERION_BENCH_RTL_ROW_H
#define HYPERION_BENCH_RTL_ROW_H

#include <cstdint>
#include <functional>
#include <string>

#include "tests/hw/batch_card.h"

namespace bench
{

// Runs the batch and prints its row. Returns false if the run did not end or its result is wrong.
//   kernel, configuration, workload: what was run, e.g. "keccak256", "U=8", "64"
//   items: of the batch; right: whether the output is what it must be
//   utilisation: of the counters of a run; the busiest of port and datapath unless it is given
bool print_row(const std::string &kernel, const std::string &configuration,
               const std::string &workload, uint64_t items, hw::Card &card, const hw::Batch &batch,
               const std::function<bool(const hw::Batch &, const hw::Run &)> &right,
               const std::function<double(const hyp_result_counters &)> &utilisation = nullptr);

} // namespace bench

#endif
