/* The helper's table of memories, with a runtime's buffers replaced by a book of them: places
 * never overlap, what is written through them lands in the right memfd, and nothing is lost in
 * thousands of comings and goings. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "host/card-host/memory.h"
#include "tests/support/random_batch.h"
#include "tests/support/test.h"

#define PAGE       4096u
#define ARENA      (64u * PAGE)
#define MAX_BUFFER 4096

/* ---- in place of a runtime ---- */

struct buffer {
    uint8_t *data;
    size_t offset; /* in its parent */
    size_t size;
    int group;
    bool live;
};

static struct buffer buffers[MAX_BUFFER];
static unsigned live_buffers;
static bool no_buffers; /* it refuses */

static struct buffer *new_buffer(void)
{
    static size_t next;
    if (no_buffers)
        return NULL;
    while (buffers[next % MAX_BUFFER].live)
        next++;
    live_buffers++;
    return &buffers[next++ % MAX_BUFFER];
}

static void *create_buffer(void *device, void *data, size_t size, int group)
{
    (void)device;
    assert_int_equal((uintptr_t)data % PAGE, 0);
    struct buffer *buffer = new_buffer();
    if (buffer)
        *buffer = (struct buffer){data, 0, size, group, true};
    return buffer;
}

static void *part_buffer(void *whole_buffer, size_t size, size_t offset)
{
    const struct buffer *whole = whole_buffer;
    assert_true(whole->live && offset + size <= whole->size);
    struct buffer *buffer = new_buffer();
    if (buffer)
        *buffer = (struct buffer){whole->data + offset, offset, size, whole->group, true};
    return buffer;
}

static void free_buffer(void *handle)
{
    struct buffer *buffer = handle;
    assert_true(buffer->live);
    buffer->live = false;
    live_buffers--;
}

static const struct memory_runtime runtime = {create_buffer, part_buffer, free_buffer};

/* ---- tests ---- */

static int make_memfd(size_t size, uint8_t content)
{
    int fd = memfd_create("test", MFD_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(ftruncate(fd, (off_t)size), 0);
    assert_int_equal(pwrite(fd, &content, 1, 0), 1);
    assert_int_equal(pwrite(fd, &content, 1, (off_t)size - 1), 1);
    return fd;
}

static struct memory *add(struct memory_table *table, uint64_t id, unsigned pages)
{
    size_t size = (size_t)pages * PAGE;
    assert_int_equal(memory_add(table, id, size, make_memfd(size, (uint8_t)id)), 0);
    return memory_find(table, id);
}

static void check_content(const struct buffer *buffer, uint64_t id)
{
    assert_int_equal(buffer->data[0], (uint8_t)id);
    assert_int_equal(buffer->data[buffer->size - 1], (uint8_t)id);
}

/* Against a map of which page belongs to whom. */
static void places_never_overlap(void **state)
{
    (void)state;
    enum { SLOTS = 24 };
    struct memory_table table = {.runtime = &runtime, .arena_bytes = ARENA};
    struct random random = {7};
    uint64_t ids[SLOTS] = {0}, next_id = 1;
    uint64_t owner[ARENA / PAGE] = {0};
    unsigned refused = 0;
    for (int step = 0; step < 20000; step++) {
        size_t slot = (size_t)random_below(&random, SLOTS);
        if (ids[slot]) {
            const struct memory *memory = memory_find(&table, ids[slot]);
            check_content(memory->placements[0].buffer, ids[slot]);
            for (size_t page = 0; page < ARENA / PAGE; page++)
                owner[page] = owner[page] == ids[slot] ? 0 : owner[page];
            assert_true(memory_remove(&table, ids[slot]));
            ids[slot] = 0;
            continue;
        }
        unsigned pages = 1 + (unsigned)random_below(&random, 8);
        uint64_t id = next_id++;
        hyp_error error = {0, ""};
        const struct buffer *buffer = memory_buffer(&table, add(&table, id, pages), 0, &error);
        if (!buffer) {
            assert_int_equal(error.code, HYP_ENOMEM);
            unsigned longest = 0, run = 0;
            for (size_t page = 0; page < ARENA / PAGE; page++) {
                run = owner[page] ? 0 : run + 1;
                longest = run > longest ? run : longest;
            }
            assert_true(longest < pages); /* there was no room indeed */
            assert_true(memory_remove(&table, id));
            refused++;
            continue;
        }
        assert_int_equal(buffer->size, (size_t)pages * PAGE);
        check_content(buffer, id);
        for (size_t page = buffer->offset / PAGE; page < buffer->offset / PAGE + pages; page++) {
            assert_int_equal(owner[page], 0);
            owner[page] = id;
        }
        ids[slot] = id;
    }
    assert_true(refused > 100);
    for (size_t slot = 0; slot < SLOTS; slot++)
        if (ids[slot])
            memory_remove(&table, ids[slot]);
    assert_int_equal(live_buffers, 1); /* the arena */
    assert_null(table.first);
}

static void the_whole_arena_can_be_had(void **state)
{
    (void)state;
    struct memory_table table = {.runtime = &runtime, .arena_bytes = ARENA};
    hyp_error error = {0, ""};
    assert_non_null(memory_buffer(&table, add(&table, 1, ARENA / PAGE), 0, &error));
    assert_null(memory_buffer(&table, add(&table, 2, 1), 0, &error));
    assert_int_equal(error.code, HYP_ENOMEM);
    /* Another group has an arena of its own. */
    assert_non_null(memory_buffer(&table, memory_find(&table, 2), 1, &error));
    memory_remove(&table, 1);
    assert_non_null(memory_buffer(&table, memory_find(&table, 2), 0, &error));
    memory_remove(&table, 2);
}

static void groups_are_bounded(void **state)
{
    (void)state;
    struct memory_table table = {.runtime = &runtime, .arena_bytes = ARENA};
    hyp_error error = {0, ""};
    for (int group = 0; group < MEMORY_MAX_GROUPS; group++)
        assert_non_null(memory_buffer(&table, add(&table, (uint64_t)group + 1, 1), group, &error));
    assert_null(memory_buffer(&table, add(&table, 99, 1), MEMORY_MAX_GROUPS, &error));
    assert_int_equal(error.code, HYP_ENOTSUP);
    for (int group = 0; group < MEMORY_MAX_GROUPS; group++)
        memory_remove(&table, (uint64_t)group + 1);
    memory_remove(&table, 99);
}

static void a_memory_is_placed_once_a_group(void **state)
{
    (void)state;
    struct memory_table table = {.runtime = &runtime}; /* a real card */
    struct memory *memory = add(&table, 9, 3);
    hyp_error error = {0, ""};
    unsigned before = live_buffers;
    for (int group = 0; group < MEMORY_MAX_GROUPS; group++) {
        struct buffer *buffer = memory_buffer(&table, memory, group, &error);
        assert_non_null(buffer);
        assert_int_equal(buffer->group, group);
        check_content(buffer, 9);
        assert_ptr_equal(memory_buffer(&table, memory, group, &error), buffer);
    }
    assert_int_equal(live_buffers, before + MEMORY_MAX_GROUPS);
    assert_null(memory_buffer(&table, memory, MEMORY_MAX_GROUPS, &error));
    assert_int_equal(error.code, HYP_ENOTSUP);
    memory_remove(&table, 9);
    assert_int_equal(live_buffers, before);
}

static void runs_keep_a_removed_memory(void **state)
{
    (void)state;
    struct memory_table table = {.runtime = &runtime, .arena_bytes = ARENA};
    hyp_error error = {0, ""};
    struct memory *memory = add(&table, 4, 2);
    const struct buffer *buffer = memory_buffer(&table, memory, 0, &error);
    memory_hold(memory);
    memory_hold(memory);
    assert_true(memory_remove(&table, 4));
    assert_null(memory_find(&table, 4));
    assert_false(memory_remove(&table, 4));
    memory_release(&table, memory);
    assert_true(buffer->live);
    check_content(buffer, 4);
    memory_release(&table, memory);
    assert_false(buffer->live);
    assert_null(table.first);
}

static void false_claims_are_refused(void **state)
{
    (void)state;
    struct memory_table table = {.runtime = &runtime, .arena_bytes = ARENA};
    add(&table, 1, 1);
    assert_int_equal(memory_add(&table, 1, PAGE, make_memfd(PAGE, 1)), HYP_EINVAL);
    assert_int_equal(memory_add(&table, 2, 0, make_memfd(PAGE, 1)), HYP_EINVAL);
    assert_int_equal(memory_add(&table, 2, 100, make_memfd(PAGE, 1)), HYP_EINVAL);
    assert_int_equal(memory_add(&table, 2, 2 * PAGE, make_memfd(PAGE, 1)), HYP_EINVAL);
    assert_null(memory_find(&table, 2));
    memory_remove(&table, 1);
}

static void refusals_of_the_runtime_leave_nothing(void **state)
{
    (void)state;
    struct memory_table table = {.runtime = &runtime};
    hyp_error error = {0, ""};
    struct memory *memory = add(&table, 5, 1);
    no_buffers = true;
    assert_null(memory_buffer(&table, memory, 0, &error));
    assert_int_equal(error.code, HYP_ENOMEM);
    no_buffers = false;
    assert_non_null(memory_buffer(&table, memory, 0, &error));
    memory_remove(&table, 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(places_never_overlap),
        cmocka_unit_test(the_whole_arena_can_be_had),
        cmocka_unit_test(groups_are_bounded),
        cmocka_unit_test(a_memory_is_placed_once_a_group),
        cmocka_unit_test(runs_keep_a_removed_memory),
        cmocka_unit_test(false_claims_are_refused),
        cmocka_unit_test(refusals_of_the_runtime_leave_nothing),
    };
    return cmocka_run_group_tests_name("memories of the helper", tests, NULL, NULL);
}
