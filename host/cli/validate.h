/* What the ops bring to `hyperion validate`: batches whose right answers are known without the
 * device and without the library's batch code. */
#ifndef HYPERION_CLI_VALIDATE_H
#define HYPERION_CLI_VALIDATE_H

#include "host/cli/cli.h"

struct validate_op {
    hyp_op op;
    const char *source; /* of the right answers */
    uint32_t items;     /* of a batch for a card */
    uint32_t simulated; /* and for a simulated one, which is slow */

    /* A batch of `items` items made from `seed`. Returns an exit code. */
    int (*prepare)(const struct cli_device *device, uint32_t items, uint64_t seed, void **batch);
    hyp_job (*job)(void *batch, void *user);
    /* Compares all results. Returns how many items are wrong, and of the first one its index. */
    uint32_t (*check)(const void *batch, uint32_t *first);
    void (*destroy)(void *batch);
};

/* All ops; the last entry is NULL. */
extern const struct validate_op *const validate_ops[];

/* The next of a row of numbers that look random. */
uint64_t validate_random(uint64_t *seed);

#endif
