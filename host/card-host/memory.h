/* The memory that the library shares with this process, and where on the card it lies.
 *
 * Buffers use the library's pages themselves: no copy on the host side.
 *
 * On a real card each memory has a buffer object in each memory group that a compute unit needs it
 * in. In XRT's hardware emulation a buffer object never gives its range of card memory back when it
 * is freed (a fault of XRT 2.13), so there one large buffer object a group is made over a reserved
 * range of addresses, memories are mapped into that range, and parts of the large one are handed
 * out and taken back here. */
#ifndef HYPERION_CARD_HOST_MEMORY_H
#define HYPERION_CARD_HOST_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hyperion/error.h"

#define MEMORY_MAX_GROUPS 4

/* How the runtime makes buffers. */
struct memory_runtime {
    /* A buffer in a memory group of the card over `size` bytes of this process at `data`, which are
     * page aligned; a part of one. NULL where there is none to be had. */
    void *(*create)(void *device, void *data, size_t size, int group);
    void *(*part)(void *whole, size_t size, size_t offset);
    void (*free)(void *buffer);
};

struct memory_placement {
    int group;
    uint8_t *data;   /* mapped here */
    uint64_t offset; /* in the arena */
    void *buffer;
    bool filled; /* of what stays on the card: it has been copied here, and every change since */
};

struct memory {
    uint64_t id;
    uint64_t size;
    int fd;
    unsigned runs; /* that use it now */
    bool removed;  /* the library has let go of it; ends with the last run */
    int placement_count;
    struct memory_placement placements[MEMORY_MAX_GROUPS];
    struct memory *next;
};

/* Emulation: all memory of one group. */
struct memory_arena {
    int group;
    uint8_t *data; /* reserved addresses */
    void *buffer;
};

struct memory_table {
    const struct memory_runtime *runtime;
    void *device;
    uint64_t arena_bytes; /* 0: a real card, no arenas */
    int arena_count;
    struct memory_arena arenas[MEMORY_MAX_GROUPS];
    struct memory *first;
};

/* Takes over `fd`. Returns 0, HYP_EINVAL (id known, size wrong) or HYP_ENOMEM. */
int memory_add(struct memory_table *table, uint64_t id, uint64_t size, int fd);
/* Forgets a memory, now or when its last run has ended. False if there is none of this id. */
bool memory_remove(struct memory_table *table, uint64_t id);

/* NULL if there is none, or it was removed. */
struct memory *memory_find(const struct memory_table *table, uint64_t id);

/* The place of a memory in a memory group, found at first use; its buffer. NULL with a sentence. */
struct memory_placement *memory_place(struct memory_table *table, struct memory *memory, int group,
                                      hyp_error *error);
void *memory_buffer(struct memory_table *table, struct memory *memory, int group, hyp_error *error);

/* A run begins or ends to use a memory. */
void memory_hold(struct memory *memory);
void memory_release(struct memory_table *table, struct memory *memory);

#endif
