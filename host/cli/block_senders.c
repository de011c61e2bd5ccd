#include <stdlib.h>
#include <string.h>

#include "host/cli/block.h"

enum {
    CARD_ITEMS = 4096,
    SIMULATED_ITEMS = 512, /* a simulated recovery takes milliseconds, and a batch has a deadline */
    QUEUE_DEPTH = 1024,
};

/* Which transaction an item of a batch is. */
struct place {
    struct block_senders *senders;
    size_t index;
};

struct slot {
    hyp_ecrecover_batch *batch;
    struct place *places;
    uint32_t flags;
};

struct block_recovery {
    const struct cli_device *cli;
    hyp_queue *queue;
    struct slot *slots; /* as many as the largest group has needed */
    size_t slot_count;
    size_t used; /* slots of this group */
    size_t in_flight;
    uint64_t timeout_ns;
    uint32_t units;
    uint32_t batch_items;
    uint32_t flags; /* of all batches */
    int result;     /* the first error of this group */
};

int block_recovery_create(const struct cli_device *cli, uint64_t timeout_ns,
                          struct block_recovery **result)
{
    const hyp_op_capability *capability = hyp_device_capability(cli->device, HYP_OP_ECRECOVER);
    struct block_recovery *recovery = calloc(1, sizeof *recovery);
    hyp_queue_options options = HYP_QUEUE_OPTIONS_INIT;

    *result = recovery;
    if (!recovery || !capability) {
        return recovery ? HYP_ENOTSUP : HYP_ENOMEM;
    }
    uint32_t items = cli->info->kind == HYP_DEVICE_SIMULATED_CARD ? SIMULATED_ITEMS : CARD_ITEMS;
    uint64_t places = capability->max_input_bytes / 2 / sizeof(hyp_ecrecover_descriptor);
    items = items < places ? items : (uint32_t)places;
    recovery->cli = cli;
    recovery->timeout_ns = timeout_ns;
    /* Keys can be proven together where all answers are checked, addresses alone cannot. */
    recovery->flags = cli->verify == HYP_VERIFY_STRICT ? 0 : HYP_ECRECOVER_ADDRESS_ONLY;
    recovery->units = capability->compute_units ? capability->compute_units : 1;
    recovery->batch_items = items < capability->max_items ? items : capability->max_items;
    options.depth = QUEUE_DEPTH;
    options.verify = cli->verify;
    return hyp_queue_create(cli->device, &options, &recovery->queue);
}

void block_recovery_destroy(struct block_recovery *recovery)
{
    if (!recovery) {
        return;
    }
    hyp_queue_destroy(recovery->queue);
    for (size_t i = 0; i < recovery->slot_count; i++) {
        hyp_ecrecover_batch_destroy(recovery->slots[i].batch);
        free(recovery->slots[i].places);
    }
    free(recovery->slots);
    free(recovery);
}

static void take_item(const struct slot *slot, uint32_t index)
{
    struct block_senders *senders = slot->places[index].senders;
    size_t transaction = slot->places[index].index;
    uint8_t status = hyp_ecrecover_batch_status(slot->batch, index);

    senders->statuses[transaction] = status;
    memcpy(senders->addresses[transaction], hyp_ecrecover_batch_address(slot->batch, index),
           ETH_ADDRESS_SIZE);
    if (status == HYP_STATUS_OK) {
        senders->recovered++;
    } else {
        senders->failed++;
    }
}

static void take_completion(struct block_recovery *recovery, const hyp_completion *completion)
{
    const struct slot *slot = &recovery->slots[(size_t)(uintptr_t)completion->user];

    recovery->in_flight--;
    if (completion->result) {
        recovery->result = recovery->result ? recovery->result : completion->result;
        return;
    }
    for (uint32_t i = 0; i < hyp_ecrecover_batch_count(slot->batch); i++) {
        take_item(slot, i);
    }
}

static void wait_for_one(struct block_recovery *recovery)
{
    hyp_completion completion;

    while (hyp_queue_reap(recovery->queue, &completion, 1) == 0) {
        hyp_queue_wait(recovery->queue, UINT64_MAX);
    }
    take_completion(recovery, &completion);
}

/* All batches are submitted at once and run one after the other: each gets time for those before
 * it. */
static int submit(struct block_recovery *recovery, size_t number)
{
    hyp_job job = hyp_ecrecover_batch_job(recovery->slots[number].batch, (void *)(uintptr_t)number);
    uint64_t turns = recovery->in_flight / recovery->units + 1;
    int accepted;

    job.deadline_ns = hyp_clock_ns() + turns * recovery->timeout_ns;
    while ((accepted = hyp_queue_submit(recovery->queue, &job, 1)) == 0) {
        if (recovery->in_flight == 0) {
            return HYP_EAGAIN;
        }
        wait_for_one(recovery);
    }
    if (accepted < 0) {
        return accepted;
    }
    recovery->in_flight++;
    return HYP_OK;
}

static int add_slot(struct block_recovery *recovery, uint32_t flags)
{
    struct slot *larger =
        reallocarray(recovery->slots, recovery->slot_count + 1, sizeof recovery->slots[0]);

    if (!larger) {
        return HYP_ENOMEM;
    }
    recovery->slots = larger;
    struct slot *slot = &larger[recovery->slot_count];
    *slot = (struct slot){.flags = flags};
    slot->places = reallocarray(NULL, recovery->batch_items, sizeof slot->places[0]);
    int result = slot->places
                     ? hyp_ecrecover_batch_create(recovery->cli->device, recovery->batch_items,
                                                  flags, &slot->batch)
                     : HYP_ENOMEM;
    if (result) {
        free(slot->places);
        return result;
    }
    recovery->slot_count++;
    return HYP_OK;
}

/* Takes an unused slot with these flags into use, as slots[used - 1]. */
static int take_slot(struct block_recovery *recovery, uint32_t flags)
{
    size_t at = recovery->used;

    while (at < recovery->slot_count && recovery->slots[at].flags != flags) {
        at++;
    }
    if (at == recovery->slot_count) {
        int result = add_slot(recovery, flags);
        if (result) {
            return result;
        }
    }
    struct slot taken = recovery->slots[at];
    recovery->slots[at] = recovery->slots[recovery->used];
    recovery->slots[recovery->used++] = taken;
    hyp_ecrecover_batch_clear(taken.batch);
    return HYP_OK;
}

static int add_item(struct block_recovery *recovery, uint32_t flags,
                    const struct eth_transaction *transaction, const uint8_t hash[ETH_HASH_SIZE],
                    struct place place)
{
    const struct slot *slot = recovery->used ? &recovery->slots[recovery->used - 1] : NULL;
    bool full = slot && hyp_ecrecover_batch_count(slot->batch) == recovery->batch_items;

    if (!slot || full || slot->flags != flags) {
        int result = slot ? submit(recovery, recovery->used - 1) : HYP_OK;
        if (result == HYP_OK) {
            result = take_slot(recovery, flags);
        }
        if (result) {
            return result;
        }
        slot = &recovery->slots[recovery->used - 1];
    }
    int index = hyp_ecrecover_batch_add(slot->batch, hash, transaction->r, transaction->s,
                                        transaction->recid);
    if (index < 0) {
        return index;
    }
    slot->places[index] = place;
    return HYP_OK;
}

static int add_block(struct block_recovery *recovery, const struct eth_block *block,
                     uint8_t (*hashes)[ETH_HASH_SIZE], struct block_senders *senders)
{
    uint32_t low_s = eth_low_s_required(block->header.number) ? HYP_ECRECOVER_LOW_S : 0;
    int result = HYP_OK;

    for (size_t i = 0; i < block->transaction_count && result == HYP_OK; i++) {
        result = add_item(recovery, low_s | recovery->flags, &block->transactions[i], hashes[i],
                          (struct place){senders, i});
    }
    return result;
}

static int create_senders(struct eth_arena *arena, size_t count, struct block_senders *senders)
{
    *senders = (struct block_senders){
        .addresses = eth_arena_array(arena, count, ETH_ADDRESS_SIZE),
        .statuses = eth_arena_array(arena, count, 1),
    };
    return senders->addresses && senders->statuses ? HYP_OK : HYP_ENOMEM;
}

int block_recovery_start(struct block_recovery *recovery, const struct eth_block *blocks,
                         size_t count, uint8_t (**hashes)[ETH_HASH_SIZE], struct eth_arena *arena,
                         struct block_senders *senders)
{
    int result = HYP_OK;

    recovery->used = 0;
    recovery->result = HYP_OK;
    for (size_t i = 0; i < count && result == HYP_OK; i++) {
        result = create_senders(arena, blocks[i].transaction_count, &senders[i]);
        if (result == HYP_OK) {
            result = add_block(recovery, &blocks[i], hashes[i], &senders[i]);
        }
    }
    if (result == HYP_OK && recovery->used) {
        result = submit(recovery, recovery->used - 1);
    }
    return result;
}

int block_recovery_finish(struct block_recovery *recovery)
{
    while (recovery->in_flight) {
        wait_for_one(recovery);
    }
    return recovery->result;
}
