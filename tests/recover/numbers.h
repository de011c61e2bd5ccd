/* GMP beside vector lanes. */
#ifndef HYPERION_TESTS_RECOVER_NUMBERS_H
#define HYPERION_TESTS_RECOVER_NUMBERS_H

#include <gmp.h>
#include <stdbool.h>
#include <stdint.h>

#include "tests/recover/signatures.h"

#define FIELD_PRIME "fffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2f"
#define GROUP_ORDER "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141"

/* number = sum of limb[i]·2^(52·i); the mask, if asked for, takes the low 52 bits of limbs 0…3. */
void number_from_limbs(mpz_t number, const uint64_t limb[5], bool mask);

/* A limb below `bound`: one of the extremes, or anything. */
uint64_t random_limb(struct random_source *random, uint64_t bound);

#endif
