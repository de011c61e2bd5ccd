#include "host/src/tensor/residency.h"

#include <stdlib.h>
#include <string.h>

#include "host/src/device.h"
#include "host/src/memory.h"
#include "host/src/tensor/tensor.h"

enum { SMALLEST_ARENA = 1 << 16 };

/* Weights in the arena. */
struct hyp_resident_block {
    struct hyp_resident_block *next;
    hyp_tensor *weights;
    uint64_t offset;
    uint64_t last_use;
    uint32_t pins;
};

void hyp_residency_init(struct hyp_residency *residency)
{
    pthread_mutex_init(&residency->lock, NULL);
}

void hyp_residency_release(struct hyp_residency *residency)
{
    pthread_mutex_destroy(&residency->lock);
}

static void destroy_memory(hyp_device *device, struct hyp_memory *memory)
{
    if (memory) {
        hyp_card_memory_destroy(device->backend, device->card, memory);
        free(memory);
    }
}

void hyp_residency_drop(hyp_device *device)
{
    struct hyp_residency *residency = &device->residency;

    pthread_mutex_lock(&residency->lock);
    destroy_memory(device, residency->shadow);
    destroy_memory(device, residency->retired);
    residency->shadow = NULL;
    residency->retired = NULL;
    atomic_store(&residency->stale, false);
    pthread_mutex_unlock(&residency->lock);
}

/* ---- places ---- */

static uint64_t limit_of(const hyp_device *device)
{
    uint64_t limit = device->options.resident_bytes;

    return limit ? limit : device->info.memory_bytes / 4;
}

static uint64_t end_of(const struct hyp_resident_block *block)
{
    return block->offset + block->weights->bytes; /* whole beats: hyp_weights_create rounds up */
}

/* The first gap of that size; returns the link where a block in it belongs, or NULL. */
static struct hyp_resident_block **find_gap(struct hyp_residency *residency, uint64_t bytes,
                                            uint64_t *offset)
{
    struct hyp_resident_block **link = &residency->blocks;

    *offset = 0;
    for (; *link; link = &(*link)->next) {
        if ((*link)->offset - *offset >= bytes) {
            return link;
        }
        *offset = end_of(*link);
    }
    bool fits = residency->shadow && bytes <= residency->shadow->size &&
                *offset <= residency->shadow->size - bytes;
    return fits ? link : NULL;
}

static void remove_block(struct hyp_residency *residency, struct hyp_resident_block *block)
{
    struct hyp_resident_block **link = &residency->blocks;

    while (*link != block) {
        link = &(*link)->next;
    }
    *link = block->next;
    block->weights->block = NULL;
    free(block);
}

/* Removes the block that was used longest ago and is not in use. Returns false if there is none. */
static bool evict(struct hyp_residency *residency)
{
    struct hyp_resident_block *oldest = NULL;

    for (struct hyp_resident_block *block = residency->blocks; block; block = block->next) {
        if (block->pins == 0 && (!oldest || block->last_use < oldest->last_use)) {
            oldest = block;
        }
    }
    if (oldest) {
        remove_block(residency, oldest);
        residency->evictions++;
    }
    return oldest != NULL;
}

/* ---- the arena ---- */

/* Without an upper end a power of two, so that an arena that grows is seldom copied. */
static uint64_t arena_size(uint64_t bytes, uint64_t limit)
{
    uint64_t size = SMALLEST_ARENA;

    while (size < bytes && size < limit) {
        size *= 2;
    }
    return size < limit ? size : limit;
}

/* A larger arena with the same content, if one is allowed and nothing uses the present one. */
static int grow(hyp_device *device, uint64_t bytes)
{
    struct hyp_residency *residency = &device->residency;
    struct hyp_memory *old = residency->shadow;
    uint64_t size = arena_size(bytes, limit_of(device));

    if (residency->pinned || size <= (old ? old->size : 0)) {
        return HYP_ETOOBIG;
    }
    struct hyp_memory *grown = calloc(1, sizeof *grown);
    if (!grown) {
        return HYP_ENOMEM;
    }
    int result =
        hyp_card_memory_create(device->backend, device->card, device->context, size, grown);
    if (result) {
        free(grown);
        return result;
    }
    if (old) {
        memcpy(grown->data, old->data, old->size);
    }
    if (old && residency->reserved) {
        residency->retired = old; /* the card knows it until it is told of the new one */
    } else {
        destroy_memory(device, old);
    }
    residency->shadow = grown;
    residency->reserved = false;
    return HYP_OK;
}

static void mark_stale(struct hyp_residency *residency, uint64_t begin, uint64_t end)
{
    if (residency->stale_begin == residency->stale_end) {
        residency->stale_begin = begin;
        residency->stale_end = end;
    }
    residency->stale_begin = begin < residency->stale_begin ? begin : residency->stale_begin;
    residency->stale_end = end > residency->stale_end ? end : residency->stale_end;
    atomic_store_explicit(&residency->stale, true, memory_order_release);
}

/* Room for weights: a gap, a larger arena, or the place of others. */
static int make_gap(hyp_device *device, uint64_t bytes, struct hyp_resident_block ***link,
                    uint64_t *offset)
{
    struct hyp_residency *residency = &device->residency;

    *link = find_gap(residency, bytes, offset);
    if (!*link) {
        uint64_t all = atomic_load(&residency->weights);
        uint64_t present = residency->shadow ? residency->shadow->size : 0;
        int result = grow(device, all > present + bytes ? all : present + bytes);
        if (result != HYP_OK && result != HYP_ETOOBIG) {
            return result;
        }
        *link = find_gap(residency, bytes, offset);
    }
    while (!*link && evict(residency)) {
        *link = find_gap(residency, bytes, offset);
    }
    return *link ? HYP_OK : HYP_ETOOBIG;
}

static int place(hyp_tensor *weights)
{
    hyp_device *device = weights->device;
    struct hyp_residency *residency = &device->residency;
    struct hyp_resident_block *block = calloc(1, sizeof *block);
    struct hyp_resident_block **link;

    if (!block) {
        return HYP_ENOMEM;
    }
    int result = make_gap(device, weights->bytes, &link, &block->offset);
    if (result) {
        free(block);
        return result;
    }
    block->weights = weights;
    block->next = *link;
    *link = block;
    weights->block = block;
    memcpy((uint8_t *)residency->shadow->data + block->offset, weights->data, weights->bytes);
    mark_stale(residency, block->offset, end_of(block));
    residency->uploads++;
    return HYP_OK;
}

int hyp_residency_pin(hyp_tensor *weights, uint64_t *offset, const struct hyp_memory **arena)
{
    hyp_device *device = weights->device;
    struct hyp_residency *residency = &device->residency;
    int result = HYP_OK;

    if (!device->backend->resident_reserve || weights->bytes == 0) {
        return HYP_ENOTSUP;
    }
    if (hyp_context_is_foreign(device->context)) {
        return HYP_EFORKED;
    }
    pthread_mutex_lock(&residency->lock);
    if (!weights->block) {
        result = weights->bytes <= limit_of(device) ? place(weights) : HYP_ETOOBIG;
    }
    if (result == HYP_OK) {
        weights->block->pins++;
        weights->block->last_use = ++residency->uses;
        residency->pinned++;
        *offset = weights->block->offset;
        *arena = residency->shadow;
    }
    pthread_mutex_unlock(&residency->lock);
    return result;
}

void hyp_residency_unpin(hyp_tensor *weights)
{
    struct hyp_residency *residency = &weights->device->residency;

    pthread_mutex_lock(&residency->lock);
    weights->block->pins--;
    residency->pinned--;
    pthread_mutex_unlock(&residency->lock);
}

void hyp_residency_forget(hyp_tensor *weights)
{
    struct hyp_residency *residency = &weights->device->residency;

    if (hyp_context_is_foreign(weights->device->context)) {
        return;
    }
    atomic_fetch_sub(&residency->weights, weights->bytes);
    pthread_mutex_lock(&residency->lock);
    if (weights->block) {
        remove_block(residency, weights->block);
    }
    pthread_mutex_unlock(&residency->lock);
}

void hyp_device_residency(hyp_device *device, hyp_residency_info *info)
{
    struct hyp_residency *residency = &device->residency;

    *info = (hyp_residency_info){0};
    if (hyp_context_is_foreign(device->context)) {
        return;
    }
    pthread_mutex_lock(&residency->lock);
    info->bytes = residency->shadow ? residency->shadow->size : 0;
    info->uploads = residency->uploads;
    info->evictions = residency->evictions;
    for (const struct hyp_resident_block *block = residency->blocks; block; block = block->next) {
        info->used += block->weights->bytes;
        info->tensors++;
    }
    pthread_mutex_unlock(&residency->lock);
}

/* ---- the card ---- */

static int bring_up_to_date(hyp_device *device)
{
    struct hyp_residency *residency = &device->residency;
    uint64_t bytes = residency->stale_end - residency->stale_begin;

    if (!residency->shadow) {
        return HYP_OK;
    }
    if (residency->reserved) {
        return bytes ? device->backend->resident_write(device->card, residency->stale_begin, bytes)
                     : HYP_OK;
    }
    int result = device->backend->resident_reserve(device->card, residency->shadow);
    if (result == HYP_OK) {
        residency->reserved = true;
        destroy_memory(device, residency->retired);
        residency->retired = NULL;
    }
    return result;
}

int hyp_residency_update(hyp_device *device)
{
    struct hyp_residency *residency = &device->residency;

    pthread_mutex_lock(&residency->lock);
    int result = bring_up_to_date(device);
    if (result == HYP_OK) {
        residency->stale_begin = 0;
        residency->stale_end = 0;
        atomic_store_explicit(&residency->stale, false, memory_order_release);
    }
    pthread_mutex_unlock(&residency->lock);
    return result;
}

void hyp_residency_lost(hyp_device *device)
{
    struct hyp_residency *residency = &device->residency;

    pthread_mutex_lock(&residency->lock);
    destroy_memory(device, residency->retired);
    residency->retired = NULL;
    residency->reserved = false;
    atomic_store_explicit(&residency->stale, residency->shadow != NULL, memory_order_release);
    pthread_mutex_unlock(&residency->lock);
}
