/* The parts of `hyperion block`: reading and checking groups of files, the device, printing. */
#ifndef HYPERION_CLI_BLOCK_H
#define HYPERION_CLI_BLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host/cli/cli.h"
#include "host/eth/verify.h"

struct block_options {
    bool json;
    bool txs;
};

/* One file on its way. */
struct block_file {
    const char *name;
    uint8_t *content; /* NULL if it could not be read */
    size_t size;
    char problem[320]; /* why there is no verdict; empty if there is one */
    const struct eth_block *block;
    const struct eth_block_check *check;
    uint64_t started_ns;
    uint64_t finished_ns;
};

/* What is summed up under the table. */
struct block_totals {
    size_t blocks;
    size_t wrong;
    size_t unread;
    uint64_t transactions;
    struct eth_keccak_work
        keccak; /* batches: of the device, not summed over blocks that share them */
    uint64_t started_ns;
};

/* The device as a hasher: a ring of batches, filled while others run. */
struct block_device;
int block_device_create(const struct cli_device *device, struct block_device **result);
void block_device_destroy(struct block_device *device);
struct eth_hasher block_device_hasher(struct block_device *device);
uint64_t block_device_batches(const struct block_device *device); /* that have been submitted */

/* Whether the device has room for every message of the block; if not, says in `problem` which has
 * not. */
bool block_device_fits(const struct cli_device *device, const struct eth_block *block,
                       char *problem, size_t size);

void block_print_head(const struct block_options *options);
/* Prints the verdict, or the problem. Returns the exit code for this file. */
int block_print_file(const struct block_options *options, const struct block_file *file,
                     const char *device);
void block_print_totals(const struct block_options *options, const struct block_totals *totals,
                        const char *device);

#endif
