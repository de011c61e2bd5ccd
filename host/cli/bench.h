/* What an op brings to `hyperion bench`. */
#ifndef HYPERION_CLI_BENCH_H
#define HYPERION_CLI_BENCH_H

#include "host/cli/cli.h"

/* What one item is. */
struct bench_item {
    uint64_t size; /* bytes; 0 where an op is not sized */
    uint32_t rows; /* of a product: M × K × N */
    uint32_t inner;
    uint32_t columns;
};

struct bench_op {
    const char *name; /* of --op */
    const char *peer; /* of --vs; NULL: there is none */
    uint64_t default_count;
    bool sized;  /* --size means something */
    bool shaped; /* --shape does, and must be given; then a batch has one item unless told otherwise
                  */

    /* A batch of `items` items, ready to be run. Returns an exit code. */
    int (*prepare)(const struct cli_device *device, const struct bench_item *item, uint32_t items,
                   void **batch);
    hyp_job (*job)(void *batch, void *user);
    hyp_result_counters (*counters)(const void *batch);
    void (*destroy)(void *batch);

    /* Does the same work as one batch, item by item, with the peer. Returns false if it fails. */
    bool (*run_peer)(const void *batch);
};

extern const struct bench_op bench_keccak;
extern const struct bench_op bench_matmul;
extern const struct bench_op bench_recover;

#endif
