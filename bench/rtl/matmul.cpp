// Cycles and utilisation of the kernel matmul, with the array of the simulated card and with one
// for a real card, memory latency 100 cycles. Utilisation: of the array's products a cycle,
// counting those that belong to the result; of single rows, where the port for weights is the
// limit, of its beats.
#include <string>

#include "Vmatmul.h"
#include "Vmatmul_64x64.h"

#include "bench/rtl/row.h"
#include "sim/verilated_kernel.h"
#include "tests/hw/matmul/matmul_batch.h"

namespace
{

constexpr uint32_t kLatency = 100;

struct Shape {
    uint32_t rows, inner, columns, flags;
    const char *note;
};

bool bench_array(const char *configuration, decltype(sim::KernelType::create) create,
                 double products_a_cycle)
{
    static const Shape shapes[] = {
        {512, 512, 512, 0, ""},
        {64, 512, 1376, 0, ""},
        {64, 512, 1376, hw::kBias | hw::kRequant8 | hw::kResidentB, " int8"},
        {1, 4096, 4096, 0, ""},
    };
    bool right = true;
    for (const Shape &shape : shapes) {
        sim::Random random(1);
        const std::vector<hw::Product> products = {
            hw::random_product(random, shape.rows, shape.inner, shape.columns, shape.flags)};
        const std::string workload = std::to_string(shape.rows) + "x" +
                                     std::to_string(shape.inner) + "x" +
                                     std::to_string(shape.columns) + shape.note;
        hw::Card card("matmul", create, kLatency, 100, 1, true);
        const double b_beats = static_cast<double>(shape.inner) * ((shape.columns + 63) / 64);
        right = bench::print_row(
                    "matmul", configuration, workload, 1, card, hw::matmul_batch(products, 1),
                    [&](const hw::Batch &batch, const hw::Run &run) {
                        return hw::matmul_right(products, batch, run);
                    },
                    [&](const hyp_result_counters &counters) {
                        return shape.rows == 1
                                   ? b_beats
                                   : static_cast<double>(counters.operations) / products_a_cycle;
                    }) &&
                right;
    }
    return right;
}

} // namespace

int main()
{
    const bool small = bench_array("16x16", sim::create_verilated<Vmatmul>, 16 * 16);
    const bool large = bench_array("64x64", sim::create_verilated<Vmatmul_64x64>, 64 * 64);
    return small && large ? 0 : 1;
}
