#include "host/card-host/memory.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/src/fail.h"

#define PAGE 4096u

int memory_add(struct memory_table *table, uint64_t id, uint64_t size, int fd)
{
    struct stat status;
    struct memory *memory = NULL;
    int result = HYP_EINVAL;

    /* A memfd that is shorter than it claims would end this process with SIGBUS. */
    if (!memory_find(table, id) && size > 0 && size % PAGE == 0 && fstat(fd, &status) == 0 &&
        (uint64_t)status.st_size >= size) {
        memory = calloc(1, sizeof(*memory));
        result = HYP_ENOMEM;
    }
    if (!memory) {
        close(fd);
        return result;
    }
    *memory = (struct memory){.id = id, .size = size, .fd = fd, .next = table->first};
    table->first = memory;
    return 0;
}

struct memory *memory_find(const struct memory_table *table, uint64_t id)
{
    struct memory *memory = table->first;
    while (memory && (memory->id != id || memory->removed))
        memory = memory->next;
    return memory;
}

static void unmap(const struct memory_table *table, const struct memory *memory, uint8_t *data)
{
    if (!table->arena_bytes)
        munmap(data, memory->size);
    else if (mmap(data, memory->size, PROT_NONE,
                  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0) == MAP_FAILED)
        perror("a batch stays mapped until its place is used again");
}

static void destroy(struct memory_table *table, struct memory *memory)
{
    struct memory **link = &table->first;
    while (*link != memory)
        link = &(*link)->next;
    *link = memory->next;
    for (int i = 0; i < memory->placement_count; i++) {
        table->runtime->free(memory->placements[i].buffer);
        unmap(table, memory, memory->placements[i].data);
    }
    close(memory->fd);
    free(memory);
}

bool memory_remove(struct memory_table *table, uint64_t id)
{
    struct memory *memory = memory_find(table, id);
    if (!memory)
        return false;
    memory->removed = true;
    if (memory->runs == 0)
        destroy(table, memory);
    return true;
}

void memory_hold(struct memory *memory)
{
    memory->runs++;
}

void memory_release(struct memory_table *table, struct memory *memory)
{
    if (--memory->runs == 0 && memory->removed)
        destroy(table, memory);
}

/* The end of a placement in `group` that overlaps [offset, offset + size), or 0. */
static uint64_t obstacle(const struct memory_table *table, int group, uint64_t offset,
                         uint64_t size)
{
    for (const struct memory *memory = table->first; memory; memory = memory->next)
        for (int i = 0; i < memory->placement_count; i++) {
            const struct memory_placement *placement = &memory->placements[i];
            if (placement->group == group && placement->offset < offset + size &&
                offset < placement->offset + memory->size)
                return placement->offset + memory->size;
        }
    return 0;
}

/* First fit. Memories are few and come and go rarely, so that a search through all of them will do.
 */
static bool find_room(const struct memory_table *table, int group, uint64_t size, uint64_t *offset)
{
    uint64_t end;
    *offset = 0;
    if (size > table->arena_bytes)
        return false;
    while ((end = obstacle(table, group, *offset, size)) != 0) {
        *offset = end;
        if (end > table->arena_bytes - size)
            return false;
    }
    return true;
}

static struct memory_arena *find_arena(struct memory_table *table, int group, hyp_error *error)
{
    for (int i = 0; i < table->arena_count; i++)
        if (table->arenas[i].group == group)
            return &table->arenas[i];
    if (table->arena_count == MEMORY_MAX_GROUPS) {
        hyp_fail(error, HYP_ENOTSUP, "the card's units use more than %d memory groups",
                 MEMORY_MAX_GROUPS);
        return NULL;
    }
    struct memory_arena *arena = &table->arenas[table->arena_count];
    arena->group = group;
    arena->data = mmap(NULL, table->arena_bytes, PROT_NONE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (arena->data == MAP_FAILED) {
        hyp_fail(error, HYP_ENOMEM, "cannot reserve addresses for the card's memory: %s",
                 strerror(errno));
        return NULL;
    }
    arena->buffer = table->runtime->create(table->device, arena->data, table->arena_bytes, group);
    if (!arena->buffer) {
        munmap(arena->data, table->arena_bytes);
        hyp_fail(error, HYP_EDEVICE, "XRT gave no buffer in memory group %d: %s", group,
                 strerror(errno));
        return NULL;
    }
    table->arena_count++;
    return arena;
}

static int place_in_arena(struct memory_table *table, const struct memory *memory,
                          struct memory_placement *placement, hyp_error *error)
{
    struct memory_arena *arena = find_arena(table, placement->group, error);
    if (!arena)
        return -1;
    if (!find_room(table, placement->group, memory->size, &placement->offset))
        return hyp_fail(error, HYP_ENOMEM,
                        "the card's memory has no room for another %" PRIu64 " bytes",
                        memory->size);
    placement->data = mmap(arena->data + placement->offset, memory->size, PROT_READ | PROT_WRITE,
                           MAP_SHARED | MAP_FIXED, memory->fd, 0);
    if (placement->data == MAP_FAILED)
        return hyp_fail(error, HYP_ENOMEM, "cannot map a batch: %s", strerror(errno));
    placement->buffer = table->runtime->part(arena->buffer, memory->size, placement->offset);
    return 0;
}

static int place_on_card(struct memory_table *table, const struct memory *memory,
                         struct memory_placement *placement, hyp_error *error)
{
    placement->data = mmap(NULL, memory->size, PROT_READ | PROT_WRITE, MAP_SHARED, memory->fd, 0);
    if (placement->data == MAP_FAILED)
        return hyp_fail(error, HYP_ENOMEM, "cannot map a batch: %s", strerror(errno));
    placement->buffer =
        table->runtime->create(table->device, placement->data, memory->size, placement->group);
    return 0;
}

struct memory_placement *memory_place(struct memory_table *table, struct memory *memory, int group,
                                      hyp_error *error)
{
    for (int i = 0; i < memory->placement_count; i++)
        if (memory->placements[i].group == group)
            return &memory->placements[i];
    if (memory->placement_count == MEMORY_MAX_GROUPS) {
        hyp_fail(error, HYP_ENOTSUP, "a batch is used in more than %d memory groups",
                 MEMORY_MAX_GROUPS);
        return NULL;
    }
    struct memory_placement placement = {.group = group};
    int failed = table->arena_bytes ? place_in_arena(table, memory, &placement, error)
                                    : place_on_card(table, memory, &placement, error);
    if (failed)
        return NULL;
    if (!placement.buffer) {
        unmap(table, memory, placement.data);
        hyp_fail(error, HYP_ENOMEM,
                 "XRT gave no buffer of %" PRIu64 " bytes in memory group %d: %s", memory->size,
                 group, strerror(errno));
        return NULL;
    }
    memory->placements[memory->placement_count] = placement;
    return &memory->placements[memory->placement_count++];
}

void *memory_buffer(struct memory_table *table, struct memory *memory, int group, hyp_error *error)
{
    const struct memory_placement *placement = memory_place(table, memory, group, error);
    return placement ? placement->buffer : NULL;
}
