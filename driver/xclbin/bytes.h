/* Little-endian fields of a memory image, at any alignment. The caller has checked the bounds. */
#ifndef HYPERION_DRIVER_XCLBIN_BYTES_H
#define HYPERION_DRIVER_XCLBIN_BYTES_H

#include <stdint.h>

static inline uint16_t load16(const uint8_t *from)
{
    return (uint16_t)(from[0] | from[1] << 8);
}

static inline uint32_t load32(const uint8_t *from)
{
    return load16(from) | (uint32_t)load16(from + 2) << 16;
}

static inline uint64_t load64(const uint8_t *from)
{
    return load32(from) | (uint64_t)load32(from + 4) << 32;
}

static inline void store16(uint8_t *to, uint16_t value)
{
    to[0] = (uint8_t)value;
    to[1] = (uint8_t)(value >> 8);
}

static inline void store32(uint8_t *to, uint32_t value)
{
    store16(to, (uint16_t)value);
    store16(to + 2, (uint16_t)(value >> 16));
}

static inline void store64(uint8_t *to, uint64_t value)
{
    store32(to, (uint32_t)value);
    store32(to + 4, (uint32_t)(value >> 32));
}

#endif
