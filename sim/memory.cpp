#include "sim/memory.h"

#include <algorithm>
#include <cstring>
#include <new>

namespace sim
{

namespace
{

// The bits of a beat's mask for bytes [first, first + count).
uint64_t mask_of(unsigned first, unsigned count)
{
    return (count == kBeatBytes ? ~uint64_t{0} : (uint64_t{1} << count) - 1) << first;
}

// Sets or clears the bits of bytes [first, last) of a page.
void mark(uint64_t *defined, uint64_t first, uint64_t last, bool value)
{
    while (first < last) {
        const unsigned in_beat = first % kBeatBytes;
        const auto count =
            static_cast<unsigned>(std::min<uint64_t>(kBeatBytes - in_beat, last - first));
        const uint64_t bits = mask_of(in_beat, count);
        if (value)
            defined[first / kBeatBytes] |= bits;
        else
            defined[first / kBeatBytes] &= ~bits;
        first += count;
    }
}

} // namespace

Memory::Memory(uint64_t base, uint64_t bytes, uint64_t seed)
    : base_(base), bytes_(bytes), page_count_((bytes + kPageBytes - 1) / kPageBytes),
      // NOLINTNEXTLINE(bugprone-sizeof-expression): a table of pointers is what is wanted
      pages_(static_cast<Page **>(std::calloc(page_count_, sizeof(Page *)))), noise_(seed)
{
    if (!pages_)
        throw std::bad_alloc();
}

Memory::~Memory()
{
    for (uint64_t i = 0; i < page_count_; i++)
        std::free(pages_[i]);
}

Memory::Page *Memory::make_page(uint64_t offset)
{
    Page *&entry = pages_[offset / kPageBytes];
    if (!entry) {
        entry = static_cast<Page *>(std::aligned_alloc(kBeatBytes, sizeof(Page)));
        if (!entry)
            throw std::bad_alloc();
        std::memset(entry->defined, 0, sizeof entry->defined);
    }
    return entry;
}

void Memory::write(uint64_t address, const void *data, size_t bytes)
{
    const auto *source = static_cast<const uint8_t *>(data);
    uint64_t offset = address - base_;
    while (bytes > 0) {
        const uint64_t in_page = offset % kPageBytes;
        const size_t count = std::min<uint64_t>(bytes, kPageBytes - in_page);
        Page *target = make_page(offset);
        std::memcpy(target->data + in_page, source, count);
        mark(target->defined, in_page, in_page + count, true);
        source += count;
        offset += count;
        bytes -= count;
    }
}

void Memory::read(uint64_t address, void *data, size_t bytes) const
{
    auto *target = static_cast<uint8_t *>(data);
    uint64_t offset = address - base_;
    while (bytes > 0) {
        const uint64_t in_page = offset % kPageBytes;
        const unsigned in_beat = offset % kBeatBytes;
        const size_t count = std::min<uint64_t>(bytes, kBeatBytes - in_beat);
        const Page *source = page(offset);
        const uint64_t wanted = mask_of(in_beat, static_cast<unsigned>(count));
        const uint64_t defined = source ? source->defined[in_page / kBeatBytes] : 0;
        if (source && (defined & wanted) == wanted) {
            std::memcpy(target, source->data + in_page, count);
        } else {
            for (size_t i = 0; i < count; i++)
                target[i] = defined >> (in_beat + i) & 1 ? source->data[in_page + i] : 0;
        }
        target += count;
        offset += count;
        bytes -= count;
    }
}

void Memory::undefine(uint64_t address, uint64_t bytes)
{
    uint64_t offset = address - base_;
    while (bytes > 0) {
        const uint64_t in_page = offset % kPageBytes;
        const uint64_t count = std::min<uint64_t>(bytes, kPageBytes - in_page);
        if (Page *target = page(offset))
            mark(target->defined, in_page, in_page + count, false);
        offset += count;
        bytes -= count;
    }
}

uint64_t Memory::read_beat(uint64_t address, uint32_t *data)
{
    const uint64_t offset = address - base_;
    const uint64_t in_page = offset % kPageBytes;
    const Page *source = page(offset);
    const uint64_t defined = source ? source->defined[in_page / kBeatBytes] : 0;
    if (source)
        std::memcpy(data, source->data + in_page, kBeatBytes);
    if (defined == ~uint64_t{0})
        return defined;
    auto *bytes = reinterpret_cast<uint8_t *>(data);
    for (unsigned i = 0; i < kBeatBytes; i++)
        if (!(defined >> i & 1))
            bytes[i] = static_cast<uint8_t>(noise_.next());
    return defined;
}

void Memory::write_beat(uint64_t address, const uint32_t *data, uint64_t strobe)
{
    if (strobe == 0)
        return;
    const uint64_t offset = address - base_;
    const uint64_t in_page = offset % kPageBytes;
    Page *target = make_page(offset);
    target->defined[in_page / kBeatBytes] |= strobe;
    if (strobe == ~uint64_t{0}) {
        std::memcpy(target->data + in_page, data, kBeatBytes);
        return;
    }
    const auto *bytes = reinterpret_cast<const uint8_t *>(data);
    for (unsigned i = 0; i < kBeatBytes; i++)
        if (strobe >> i & 1)
            target->data[in_page + i] = bytes[i];
}

} // namespace sim
