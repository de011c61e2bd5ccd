#include "host/eth/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>

#define FIRST_CHUNK ((size_t)1 << 16)

struct eth_arena_chunk {
    struct eth_arena_chunk *next;
    size_t size; /* of content */
    alignas(max_align_t) unsigned char content[];
};

/* Chunks double, so that their number is logarithmic in what a block needs. */
static struct eth_arena_chunk *add_chunk(struct eth_arena *arena, size_t needed)
{
    size_t size = FIRST_CHUNK;
    size_t total;

    if (arena->chunks && arena->chunks->size <= SIZE_MAX / 4) {
        size = 2 * arena->chunks->size;
    }
    if (size < needed) {
        size = needed;
    }
    if (__builtin_add_overflow(sizeof(struct eth_arena_chunk), size, &total)) {
        return NULL;
    }
    struct eth_arena_chunk *chunk = malloc(total);
    if (chunk) {
        chunk->next = arena->chunks;
        chunk->size = size;
        arena->chunks = chunk;
        arena->used = 0;
    }
    return chunk;
}

void *eth_arena_array(struct eth_arena *arena, size_t count, size_t size)
{
    size_t bytes;

    if (__builtin_mul_overflow(count, size, &bytes) || bytes > SIZE_MAX - alignof(max_align_t)) {
        return NULL;
    }
    bytes = (bytes + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
    struct eth_arena_chunk *chunk = arena->chunks;
    if (!chunk || chunk->size - arena->used < bytes) {
        chunk = add_chunk(arena, bytes);
        if (!chunk) {
            return NULL;
        }
    }
    void *memory = chunk->content + arena->used;
    arena->used += bytes;
    return memory;
}

static void free_chunks(struct eth_arena_chunk *chunk)
{
    while (chunk) {
        struct eth_arena_chunk *next = chunk->next;
        free(chunk);
        chunk = next;
    }
}

void eth_arena_reset(struct eth_arena *arena)
{
    if (arena->chunks) {
        free_chunks(arena->chunks->next);
        arena->chunks->next = NULL;
    }
    arena->used = 0;
}

void eth_arena_release(struct eth_arena *arena)
{
    free_chunks(arena->chunks);
    *arena = (struct eth_arena){0};
}
