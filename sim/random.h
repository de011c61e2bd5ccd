// A small generator of its own (splitmix64), so that a seed means the same everywhere.
#ifndef HYPERION_SIM_RANDOM_H
#define HYPERION_SIM_RANDOM_H

#include <cstdint>

namespace sim
{

class Random
{
  public:
    explicit Random(uint64_t seed) : state_(seed)
    {
    }

    uint64_t next()
    {
        state_ += 0x9e3779b97f4a7c15;
        uint64_t z = state_;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
        z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
        return z ^ (z >> 31);
    }

    // True in `percent` of 100 calls; draws nothing when that is always.
    bool chance(uint32_t percent)
    {
        return percent >= 100 || (next() >> 32) % 100 < percent;
    }

    uint64_t below(uint64_t limit)
    {
        return next() % limit;
    }

  private:
    uint64_t state_;
};

} // namespace sim

#endif
