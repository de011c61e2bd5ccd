// Carries out the faults that a card was ordered to have (sim/fault_plan.h): tells a unit what its
// run is to suffer, and the card what its host is to see.
#ifndef HYPERION_SIM_FAULT_INJECTOR_H
#define HYPERION_SIM_FAULT_INJECTOR_H

#include <cstdint>
#include <ctime>

#include "sim/fault_injection.h"
#include "sim/fault_plan.h"
#include "sim/memory.h"
#include "sim/random.h"

namespace sim
{

// What one run suffers.
struct RunFaults {
    bool hang = false;
    bool short_write = false;
    double bitflip = 0; // with a CRC32C that fits
    double bitrot = 0;  // without
    sim_faults axi = {};

    bool any() const
    {
        return hang || short_write || bitflip > 0 || bitrot > 0 || axi.read_error ||
               axi.write_error;
    }
};

class FaultInjector
{
  public:
    FaultInjector(Memory &memory, const hyp_fault_plan &plan, uint64_t batches, uint64_t loads,
                  uint64_t seed);

    // A unit has taken ap_start, for the batch at `input`.
    RunFaults begin_run(uint64_t input);
    // Its output is complete: flips what is to be flipped.
    void end_run(const RunFaults &faults, uint64_t output, uint64_t output_bytes);

    // All that the host reads is ones.
    bool reads_ones() const
    {
        return dropped_ || dead_;
    }
    // And nothing happens any more.
    bool dead() const
    {
        return dead_;
    }
    bool wrong_uuid() const
    {
        return hyp_fault_wrong_uuid(&plan_, loads_);
    }

    // Around a step of the card: makes it take as long as a slow card would.
    class Slowness
    {
      public:
        explicit Slowness(const FaultInjector &injector);
        ~Slowness();
        Slowness(const Slowness &) = delete;
        Slowness &operator=(const Slowness &) = delete;

      private:
        double factor_;
        timespec begin_ = {};
    };

  private:
    bool is_trial(uint64_t input) const;
    bool happens(double probability);
    void flip(uint64_t address, uint64_t bit);
    void rot_input(double probability, uint64_t input);
    void flip_items(double probability, bool fitting, uint64_t output, uint64_t output_bytes);

    Memory &memory_;
    hyp_fault_plan plan_;
    uint64_t batches_, loads_;
    Random random_;
    bool dropped_ = false, dead_ = false;
    double slow_ = 1;
};

} // namespace sim

#endif
