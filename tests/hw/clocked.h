// A Verilated module with clk_i and rst_ni, clocked by hand.
//
// A cycle: the bench sets the inputs and calls settle(), looks at the outputs that belong to them,
// and calls rise().
#ifndef HYPERION_TESTS_HW_CLOCKED_H
#define HYPERION_TESTS_HW_CLOCKED_H

#include <cstdint>
#include <string>

#include <verilated.h>

#include "sim/rtl_messages.h"

namespace hw
{

template <class Top> class Clocked
{
  public:
    explicit Clocked(const char *name) : messages_(name_ = name, verdict_), top_(&context_, name)
    {
        reset();
    }
    ~Clocked()
    {
        // The model's scopes unregister from the thread's context, which must be theirs.
        Verilated::threadContextp(&context_);
        top_.final();
    }

    Top *operator->()
    {
        return &top_;
    }
    void settle()
    {
        top_.clk_i = 0;
        top_.eval();
    }
    void rise()
    {
        settle();
        top_.clk_i = 1;
        top_.eval();
        cycle_++;
    }
    void reset()
    {
        top_.rst_ni = 0;
        for (int i = 0; i < 3; i++)
            rise();
        top_.rst_ni = 1;
    }
    uint64_t cycle() const
    {
        return cycle_;
    }
    // The first assertion that failed; empty while none has.
    const std::string &assertion() const
    {
        return verdict_.text();
    }

  private:
    std::string name_;
    sim::Verdict verdict_;
    sim::RtlMessages messages_;
    VerilatedContext context_;
    Top top_;
    uint64_t cycle_ = 0;
};

} // namespace hw

#endif
