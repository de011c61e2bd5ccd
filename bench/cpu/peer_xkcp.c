/* Keccak-256 by XKCP's eightfold permutation, used in the way that suits it best: whole lanes of
 * all eight messages are added, and extracted, by its own *LanesAll functions. */
#include "KeccakP-1600-times8-SnP.h"

#include "bench/cpu/peer.h"

enum { RATE = 136, RATE_LANES = RATE / 8 };

const char *const peer_name = "XKCP " KeccakP1600times8_implementation;

/* Bytes behind the last whole lane, and the padding. */
static void add_end(KeccakP1600times8_states *states, const uint8_t *messages, size_t stride,
                    size_t length)
{
    unsigned whole = (unsigned)length / 8 * 8;
    unsigned rest = (unsigned)length % 8;

    for (unsigned i = 0; i < 8; i++) {
        if (rest) {
            KeccakP1600times8_AddBytes(states, i, messages + i * stride + whole, whole, rest);
        }
        KeccakP1600times8_AddByte(states, i, 0x01, (unsigned)length);
        KeccakP1600times8_AddByte(states, i, 0x80, RATE - 1);
    }
}

void peer_keccak256(const uint8_t *messages, size_t stride, size_t length, size_t count,
                    uint8_t *digests)
{
    KeccakP1600times8_states states;
    unsigned stride_lanes = (unsigned)(stride / 8);

    KeccakP1600times8_StaticInitialize();
    for (size_t i = 0; i < count; i += 8) {
        const uint8_t *block = messages + i * stride;
        size_t left = length;
        KeccakP1600times8_InitializeAll(&states);
        for (; left >= RATE; left -= RATE, block += RATE) {
            KeccakP1600times8_AddLanesAll(&states, block, RATE_LANES, stride_lanes);
            KeccakP1600times8_PermuteAll_24rounds(&states);
        }
        KeccakP1600times8_AddLanesAll(&states, block, (unsigned)(left / 8), stride_lanes);
        add_end(&states, block, stride, left);
        KeccakP1600times8_PermuteAll_24rounds(&states);
        KeccakP1600times8_ExtractLanesAll(&states, digests + 32 * i, 4, 4);
    }
}
