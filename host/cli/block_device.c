#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/cli/block.h"

enum {
    MAX_RING = 8,
    CARD_ITEMS = 16384, /* a launch costs: few large batches */
    CARD_BYTES = 8 << 20,
    CPU_ITEMS = 4096, /* a launch is cheap, memory is not: batches that stay in the cache */
    CPU_BYTES = 1 << 20,
    UNIT_ITEMS = 256,     /* fewer are not worth another compute unit */
    NODE_OVERHEAD = 1024, /* what a trie node adds to the value it holds, and a batch to its data */
};

struct slot {
    hyp_keccak_batch *batch;
    size_t bytes;                       /* capacity of the batch */
    const struct eth_message *messages; /* what it holds, and where the digests go */
    bool in_flight;
};

struct block_device {
    const struct cli_device *cli;
    hyp_queue *queue;
    struct slot ring[MAX_RING];
    unsigned ring_size;
    unsigned units;
    uint32_t batch_items;
    uint64_t batches;
};

static const hyp_op_capability *keccak_capability(const struct cli_device *device)
{
    return hyp_device_capability(device->device, HYP_OP_KECCAK256);
}

static int create_slot(struct block_device *device, struct slot *slot, size_t bytes)
{
    slot->bytes = bytes;
    return hyp_keccak_batch_create(device->cli->device, device->batch_items, bytes, &slot->batch);
}

/* One batch more than there are compute units: it is filled while they work. */
static int create_ring(struct block_device *device, const hyp_op_capability *capability)
{
    bool cpu = device->cli->info->kind == HYP_DEVICE_CPU;
    uint32_t items = cpu ? CPU_ITEMS : CARD_ITEMS;
    size_t bytes = cpu ? CPU_BYTES : CARD_BYTES;
    /* Data has at most half of the room, descriptors an eighth, so that header and result fit, too.
     */
    uint64_t room = capability->max_input_bytes / 2;
    uint64_t places = capability->max_input_bytes / 8 / sizeof(hyp_keccak_descriptor);
    int result = HYP_OK;

    bytes = bytes < room ? bytes : (size_t)room;
    items = items < places ? items : (uint32_t)places;

    device->units = capability->compute_units ? capability->compute_units : 1;
    device->ring_size = device->units < MAX_RING ? device->units + 1 : MAX_RING;
    device->batch_items = items < capability->max_items ? items : capability->max_items;
    for (unsigned i = 0; i < device->ring_size && result == HYP_OK; i++) {
        result = create_slot(device, &device->ring[i], bytes);
    }
    return result;
}

int block_device_create(const struct cli_device *cli, struct block_device **result)
{
    const hyp_op_capability *capability = keccak_capability(cli);
    struct block_device *device = calloc(1, sizeof *device);

    *result = device;
    if (!device) {
        return HYP_ENOMEM;
    }
    device->cli = cli;
    if (!capability) {
        return HYP_ENOTSUP;
    }
    int error = cli_queue_create(cli, &device->queue);
    return error ? error : create_ring(device, capability);
}

void block_device_destroy(struct block_device *device)
{
    if (device) {
        hyp_queue_destroy(device->queue);
        for (unsigned i = 0; i < device->ring_size; i++) {
            hyp_keccak_batch_destroy(device->ring[i].batch);
        }
        free(device);
    }
}

uint64_t block_device_batches(const struct block_device *device)
{
    return device->batches;
}

static int submit(struct block_device *device, struct slot *slot)
{
    hyp_job job = hyp_keccak_batch_job(slot->batch, slot);

    int accepted = hyp_queue_submit(device->queue, &job, 1);
    if (accepted != 1) {
        return accepted < 0 ? accepted : HYP_EAGAIN;
    }
    slot->in_flight = true;
    device->batches++;
    return HYP_OK;
}

static int take_completion(const hyp_completion *completion)
{
    struct slot *slot = completion->user;
    uint32_t count = hyp_keccak_batch_count(slot->batch);

    slot->in_flight = false;
    if (completion->result) {
        return completion->result;
    }
    if (completion->items_failed) {
        return HYP_EDEVICE; /* descriptors were ours: the device must take them */
    }
    for (uint32_t i = 0; i < count; i++) {
        memcpy(slot->messages[i].digest, hyp_keccak_batch_digest(slot->batch, i), ETH_HASH_SIZE);
    }
    return HYP_OK;
}

/* Waits until the slot's batch is done, and takes what else is done. */
static int wait_for(struct block_device *device, const struct slot *slot)
{
    hyp_completion completion;
    int result = HYP_OK;

    while (slot->in_flight) {
        hyp_queue_wait(device->queue, UINT64_MAX);
        while (hyp_queue_reap(device->queue, &completion, 1) == 1) {
            int taken = take_completion(&completion);
            result = result ? result : taken;
        }
    }
    return result;
}

static int wait_for_all(struct block_device *device)
{
    int result = HYP_OK;

    for (unsigned i = 0; i < device->ring_size; i++) {
        int waited = wait_for(device, &device->ring[i]);
        result = result ? result : waited;
    }
    return result;
}

/* Empties a slot whose batch is done, and gives it room for a message of `size` bytes. */
static int prepare_slot(struct block_device *device, struct slot *slot, size_t size)
{
    size_t padded = (size + 7) & ~(size_t)7;

    int result = wait_for(device, slot);
    if (result) {
        return result;
    }
    if (padded > slot->bytes) {
        hyp_keccak_batch_destroy(slot->batch);
        slot->batch = NULL;
        result = create_slot(device, slot, padded);
        if (result) {
            return result;
        }
    }
    hyp_keccak_batch_clear(slot->batch);
    return HYP_OK;
}

/* Fills one slot from the front of the messages and submits it; stores how many it took. */
static int run_slot(struct block_device *device, struct slot *slot,
                    const struct eth_message *messages, size_t count, size_t *taken)
{
    int result = prepare_slot(device, slot, eth_message_size(&messages[0]));

    if (result) {
        return result;
    }
    slot->messages = messages;
    for (*taken = 0; *taken < count; ++*taken) {
        const struct eth_message *message = &messages[*taken];
        void *memory;
        int index = hyp_keccak_batch_reserve(slot->batch, eth_message_size(message), &memory);
        if (index == HYP_EAGAIN && *taken > 0) {
            break;
        }
        if (index < 0) {
            return index;
        }
        eth_message_write(message, memory);
    }
    return submit(device, slot);
}

/* One round of hashing, cut so that every compute unit has a share. */
static int hash_round(void *user, const struct eth_message *messages, size_t count)
{
    struct block_device *device = user;
    size_t share = (count + device->units - 1) / device->units;
    size_t done = 0;
    size_t taken = 0;
    int result = HYP_OK;

    share = share > UNIT_ITEMS ? share : UNIT_ITEMS;
    for (unsigned next = 0; done < count && result == HYP_OK; done += taken) {
        size_t left = count - done;
        result = run_slot(device, &device->ring[next], messages + done, left < share ? left : share,
                          &taken);
        next = (next + 1) % device->ring_size;
    }
    int waited = wait_for_all(device);
    return result ? result : waited;
}

struct eth_hasher block_device_hasher(struct block_device *device)
{
    return (struct eth_hasher){hash_round, device};
}

bool block_device_fits(const struct cli_device *device, const struct eth_block *block,
                       char *problem, size_t size)
{
    const hyp_op_capability *capability = keccak_capability(device);
    size_t largest = block->header.encoding.size;

    if (!capability) {
        return true; /* block_device_create tells */
    }
    largest = block->uncles.size > largest ? block->uncles.size : largest;
    for (size_t i = 0; i < block->transaction_count; i++) {
        size_t bytes = block->transactions[i].encoding.size;
        largest = bytes > largest ? bytes : largest;
    }
    uint64_t most = capability->max_input_bytes / 4 * 3; /* descriptors and header have the rest */
    most = (most < UINT32_MAX ? most : UINT32_MAX) - NODE_OVERHEAD;
    if (largest <= most) {
        return true;
    }
    snprintf(problem, size, "a message of %zu bytes is too large for %s, which takes up to %llu",
             largest, device->info->name, (unsigned long long)most);
    return false;
}
