#include "host/src/crc32c.h"

#include <stdbool.h>
#include <string.h>

#if defined(__x86_64__)
#include <nmmintrin.h>
#endif

enum { BEAT = 64 };

/* Four bits at a time: small, and only for processors without the instruction. */
static uint32_t update_portable(uint32_t crc, const uint8_t *data, size_t bytes)
{
    static const uint32_t table[16] = {
        0x00000000, 0x105ec76f, 0x20bd8ede, 0x30e349b1, 0x417b1dbc, 0x5125dad3,
        0x61c69362, 0x7198540d, 0x82f63b78, 0x92a8fc17, 0xa24bb5a6, 0xb21572c9,
        0xc38d26c4, 0xd3d3e1ab, 0xe330a81a, 0xf36e6f75,
    };
    for (size_t i = 0; i < bytes; i++) {
        crc = table[(crc ^ data[i]) & 15] ^ crc >> 4;
        crc = table[(crc ^ (unsigned)data[i] >> 4) & 15] ^ crc >> 4;
    }
    return crc;
}

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) static uint32_t update_sse42(uint32_t crc, const uint8_t *data,
                                                               size_t bytes)
{
    uint64_t wide = crc;
    for (; bytes >= 8; bytes -= 8, data += 8) {
        uint64_t eight;
        memcpy(&eight, data, sizeof eight);
        wide = _mm_crc32_u64(wide, eight);
    }
    for (; bytes > 0; bytes--, data++) {
        wide = _mm_crc32_u8((uint32_t)wide, *data);
    }
    return (uint32_t)wide;
}

/* Beats do not depend on each other, so that the processor works on several at once. */
__attribute__((target("sse4.2"))) static uint64_t beats_sse42(const uint8_t *data, size_t count,
                                                              uint64_t index)
{
    uint64_t sum = 0;
    for (; count > 0; count--, data += BEAT, index++) {
        uint64_t crc = UINT32_MAX;
        for (int i = 0; i < BEAT; i += 8) {
            uint64_t eight;
            memcpy(&eight, data + i, sizeof eight);
            crc = _mm_crc32_u64(crc, eight);
        }
        sum += ~(uint32_t)_mm_crc32_u64(crc, index);
    }
    return sum;
}

static bool has_sse42(void)
{
    return __builtin_cpu_supports("sse4.2");
}
#endif

uint32_t hyp_crc32c(uint32_t crc, const void *data, size_t bytes)
{
#if defined(__x86_64__)
    if (has_sse42()) {
        return ~update_sse42(~crc, data, bytes);
    }
#endif
    return ~update_portable(~crc, data, bytes);
}

static uint64_t beats_portable(const uint8_t *data, size_t count, uint64_t index)
{
    uint64_t sum = 0;
    for (; count > 0; count--, data += BEAT, index++) {
        uint32_t crc = update_portable(UINT32_MAX, data, BEAT);
        sum += ~update_portable(crc, (const uint8_t *)&index, sizeof index);
    }
    return sum;
}

static uint64_t whole_beats(const uint8_t *data, size_t count, uint64_t index)
{
#if defined(__x86_64__)
    if (has_sse42()) {
        return beats_sse42(data, count, index);
    }
#endif
    return beats_portable(data, count, index);
}

uint64_t hyp_crc32c_beats(const void *data, size_t bytes, uint64_t index)
{
    size_t whole = bytes / BEAT;
    size_t left = bytes % BEAT;
    uint64_t sum = whole_beats(data, whole, index);

    if (left > 0) {
        uint8_t last[BEAT] = {0};
        memcpy(last, (const uint8_t *)data + whole * BEAT, left);
        sum += whole_beats(last, 1, index + whole);
    }
    return sum;
}
