/* Memory that is given back all at once: one arena a block. */
#ifndef HYPERION_ETH_ARENA_H
#define HYPERION_ETH_ARENA_H

#include <stddef.h>

struct eth_arena_chunk;

/* All zero is an empty arena. */
struct eth_arena {
    struct eth_arena_chunk *chunks; /* the first is the one in use */
    size_t used;                    /* of the first chunk */
};

/* Memory for `count` objects of `size` bytes, aligned for any type, not cleared; valid until the
 * arena is reset or released. NULL when memory cannot be had or the product overflows. `size` > 0.
 */
void *eth_arena_array(struct eth_arena *arena, size_t count, size_t size);

/* Takes back everything that was handed out, but keeps the last chunk for what comes next. */
void eth_arena_reset(struct eth_arena *arena);

/* Gives all memory back to the system; the arena is empty and can be used again. */
void eth_arena_release(struct eth_arena *arena);

#endif
