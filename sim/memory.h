// The card's memory: sparse pages that know which of their bytes were ever written.
#ifndef HYPERION_SIM_MEMORY_H
#define HYPERION_SIM_MEMORY_H

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>

#include "sim/kernel_model.h"
#include "sim/random.h"

namespace sim
{

class Memory
{
  public:
    static constexpr uint64_t kPageBytes = 1 << 16;
    static constexpr uint64_t kMaxBytes = uint64_t{1}
                                          << 44; // its page table is 2 GiB of address space

    // `bytes` is a multiple of 4096. Throws std::bad_alloc.
    Memory(uint64_t base, uint64_t bytes, uint64_t seed);
    ~Memory();
    Memory(const Memory &) = delete;
    Memory &operator=(const Memory &) = delete;

    uint64_t base() const
    {
        return base_;
    }
    uint64_t bytes() const
    {
        return bytes_;
    }
    bool contains(uint64_t address, uint64_t bytes) const
    {
        return address >= base_ && address - base_ <= bytes_ && bytes <= bytes_ - (address - base_);
    }

    // The host's accesses; the range lies inside.
    void write(uint64_t address, const void *data, size_t bytes);
    void read(uint64_t address, void *data, size_t bytes) const; // undefined bytes read as zero
    void undefine(uint64_t address, uint64_t bytes);

    // A kernel's accesses: one aligned beat inside the memory. read_beat returns which bytes are
    // defined (bit i for byte i) and fills the others with noise that depends on the seed, so that
    // a kernel that uses them is found out by comparing seeds.
    uint64_t read_beat(uint64_t address, uint32_t *data);
    void write_beat(uint64_t address, const uint32_t *data, uint64_t strobe);

  private:
    struct Page {
        uint64_t defined[kPageBytes / kBeatBytes];
        alignas(kBeatBytes) uint8_t data[kPageBytes];
    };

    Page *page(uint64_t offset) const
    {
        return pages_[offset / kPageBytes];
    }
    Page *make_page(uint64_t offset);

    struct Free {
        void operator()(void *pointer) const
        {
            std::free(pointer);
        }
    };

    uint64_t base_, bytes_, page_count_;
    std::unique_ptr<Page *[], Free> pages_; // from calloc: the kernel backs only what is touched
    Random noise_;
};

} // namespace sim

#endif
