/* The memory that the library shares with this process, and where on the card it lies.
 *
 * Buffers use the library's pages themselves (xrtBOAllocUserPtr): no copy on the host side.
 *
 * On a real card each memory has a buffer object in each memory group that a compute unit needs it
 * in. In XRT's hardware emulation a buffer object never gives its range of card memory back when it
 * is freed (a fault of XRT 2.13), so there one large buffer object a group is made over a reserved
 * range of addresses, memories are mapped into that range, and parts of the large one are handed
 * out and taken back here. */
#ifndef HYPERION_CARD_HOST_MEMORY_H
#define HYPERION_CARD_HOST_MEMORY_H

#include <stdbool.h>
#include <stdint.h>
#include <xrt.h>
#include <xrt/xrt_bo.h>
#include <xrt/xrt_device.h>

#include "hyperion/error.h"

#define MEMORY_MAX_GROUPS 4

struct memory_placement {
    int group;
    uint8_t *data;   /* mapped here */
    uint64_t offset; /* in the arena */
    xrtBufferHandle buffer;
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
    xrtBufferHandle buffer;
};

struct memory_table {
    xrtDeviceHandle device;
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

/* The buffer object of a memory in a memory group, made at first use. NULL with a sentence. */
xrtBufferHandle memory_buffer(struct memory_table *table, struct memory *memory, int group,
                              hyp_error *error);

/* A run begins or ends to use a memory. */
void memory_hold(struct memory *memory);
void memory_release(struct memory_table *table, struct memory *memory);

#endif
