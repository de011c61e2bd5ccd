// Integers of any size to and from Verilator's wide signals.
#ifndef HYPERION_TESTS_SECP256K1_BIG_H
#define HYPERION_TESTS_SECP256K1_BIG_H

#include <gmpxx.h>
#include <verilated.h>

#include <random>

namespace big
{

using Integer = mpz_class;

inline const Integer kPrime = (Integer(1) << 256) - (Integer(1) << 32) - 977; // of the field: p
inline const Integer kOrder("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141",
                            16); // n

inline void to_words(const Integer &value, WData *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        words[i] = static_cast<WData>(mpz_class((value >> (32 * i)) & 0xffffffffu).get_ui());
}

inline Integer from_words(const WData *words, size_t count)
{
    Integer value = 0;
    for (size_t i = count; i-- > 0;)
        value = (value << 32) | words[i];
    return value;
}

inline Integer random_below(const Integer &limit, std::mt19937_64 &random)
{
    Integer value = 0;
    for (size_t bits = 0; bits < mpz_sizeinbase(limit.get_mpz_t(), 2) + 64; bits += 32)
        value = (value << 32) | static_cast<uint32_t>(random());
    return value % limit;
}

} // namespace big

#endif
