/* Signatures for tests and benchmarks of recovery. */
#ifndef HYPERION_TESTS_RECOVER_SIGNATURES_H
#define HYPERION_TESTS_RECOVER_SIGNATURES_H

#include <stdint.h>

#include "hyperion/batch.h"

/* A generator that gives the same numbers everywhere. */
struct random_source {
    uint64_t state;
};

uint64_t random_word(struct random_source *random);
void random_fill(struct random_source *random, void *bytes, size_t length);

/* A signature of a random key over a random hash, with low s. */
void sign_random(struct random_source *random, hyp_ecrecover_descriptor *item);

/* One of the ways in which a signature can be strange or wrong, chosen at random. */
void mutate(struct random_source *random, hyp_ecrecover_descriptor *item);

/* The signature whose key is u1·G + u2·R with R = k·G. Big-endian; u2 and k are not 0 mod n. */
void sign_with_factors(hyp_ecrecover_descriptor *item, const uint8_t u1[32], const uint8_t u2[32],
                       const uint8_t k[32]);

/* A signature whose key is the point at infinity. */
void sign_infinite(struct random_source *random, hyp_ecrecover_descriptor *item);

#endif
