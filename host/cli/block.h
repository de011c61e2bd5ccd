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
    bool no_senders;
};

/* Who signed the transactions of a block; arrays in the group's arena, one entry a transaction. */
struct block_senders {
    uint8_t (*addresses)[ETH_ADDRESS_SIZE]; /* zero where recovery failed */
    uint8_t *statuses;                      /* hyp_status */
    size_t recovered;
    size_t failed;
};

/* One file on its way. */
struct block_file {
    const char *name;
    uint8_t *content; /* NULL if it could not be read */
    size_t size;
    char problem[320]; /* why there is no verdict; empty if there is one */
    const struct eth_block *block;
    const struct eth_block_check *check;
    const struct block_senders *senders; /* NULL where they were not recovered */
    uint64_t started_ns;
    uint64_t finished_ns;
};

/* What is summed up under the table. */
struct block_totals {
    size_t blocks;
    size_t wrong;
    size_t unread;
    uint64_t transactions;
    uint64_t senders; /* recovered */
    bool has_senders;
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

/* Recovery of senders, beside the hashing. A device without ecrecover gives HYP_ENOTSUP.
 * `timeout_ns` is for each batch once it is its turn. The caller destroys what was stored, also
 * after an error. */
struct block_recovery;
int block_recovery_create(const struct cli_device *device, uint64_t timeout_ns,
                          struct block_recovery **result);
void block_recovery_destroy(struct block_recovery *recovery);
/* Begins to recover all senders of the blocks, given what was signed; does not wait. `senders` has
 * an entry a block, which is complete once block_recovery_finish has returned 0. Both return 0 or
 * an error; finish must follow start in any case. */
int block_recovery_start(struct block_recovery *recovery, const struct eth_block *blocks,
                         size_t count, uint8_t (**hashes)[ETH_HASH_SIZE], struct eth_arena *arena,
                         struct block_senders *senders);
int block_recovery_finish(struct block_recovery *recovery);

/* Whether the device has room for every message of the block; if not, says in `problem` which has
 * not. */
bool block_device_fits(const struct cli_device *device, const struct eth_block *block,
                       char *problem, size_t size);

/* Whether all that was checked of the file is right. */
static inline bool block_file_ok(const struct block_file *file)
{
    return eth_block_check_ok(file->check) && (!file->senders || file->senders->failed == 0);
}

void block_print_head(const struct block_options *options);
/* Prints the verdict, or the problem. Returns the exit code for this file. */
int block_print_file(const struct block_options *options, const struct block_file *file,
                     const char *device);
void block_print_totals(const struct block_options *options, const struct block_totals *totals,
                        const char *device);

#endif
