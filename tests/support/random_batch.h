/* Random keccak256 batches for differential tests. */
#ifndef HYPERION_TESTS_RANDOM_BATCH_H
#define HYPERION_TESTS_RANDOM_BATCH_H

#include <stddef.h>
#include <stdint.h>

/* xorshift64*: the same numbers from the same seed everywhere. */
struct random {
    uint64_t state; /* not 0 */
};
uint64_t random_u64(struct random *random);
/* 0 … bound − 1 */
uint64_t random_below(struct random *random, uint64_t bound);

enum lengths {
    LENGTHS_BELOW_64,
    LENGTHS_64,
    LENGTHS_BELOW_128,
    LENGTHS_BELOW_BLOCK,
    LENGTHS_BLOCK_EDGES, /* within 2 bytes of a multiple of 136 */
    LENGTHS_TO_2000,
    LENGTHS_ONE_LONG, /* short ones, and one of 20,000 bytes */
    LENGTHS_KINDS,
};

struct random_batch {
    uint8_t *input; /* ends where its pages end: the byte behind it cannot be read */
    size_t input_bytes;
    size_t output_bytes;
    void *pages;
    size_t pages_bytes;
};

/* A batch of `items` messages with random content. Of 100 descriptors about `bad_percent` are
 * malformed. Fails the test if there is no memory. */
struct random_batch random_batch_create(struct random *random, uint32_t items, enum lengths lengths,
                                        unsigned bad_percent);
void random_batch_destroy(struct random_batch *batch);

#endif
