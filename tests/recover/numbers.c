#include "tests/recover/numbers.h"

void number_from_limbs(mpz_t number, const uint64_t limb[5], bool mask)
{
    mpz_set_ui(number, 0);
    for (int i = 4; i >= 0; i--) {
        mpz_mul_2exp(number, number, 52);
        mpz_add_ui(number, number, mask && i < 4 ? limb[i] & 0xfffffffffffff : limb[i]);
    }
}

uint64_t random_limb(struct random_source *random, uint64_t bound)
{
    uint64_t word = random_word(random);

    switch (word >> 61) {
    case 0:
        return 0;
    case 1:
    case 2:
        return bound - 1;
    case 3:
        return bound / 2;
    case 4:
        return bound - 1 - (word & 0xff);
    case 5:
        return word & 0xff;
    default:
        return random_word(random) % bound;
    }
}
