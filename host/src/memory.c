#include "host/src/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "host/src/context.h"
#include "hyperion/batch.h"

static int map(struct hyp_memory *memory)
{
    int flags = memory->fd < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED;
    void *data = mmap(NULL, memory->size, PROT_READ | PROT_WRITE, flags, memory->fd, 0);

    if (data == MAP_FAILED) {
        return errno == ENOMEM ? HYP_ENOMEM : HYP_EIO;
    }
    memory->data = data;
    return HYP_OK;
}

/* Gives the file behind shared memory its size for good: pages that somebody else could cut off
 * would end this process when it reads them. */
static int set_size(const struct hyp_memory *memory)
{
    if (ftruncate(memory->fd, (off_t)memory->size) != 0) {
        return errno == EFBIG || errno == EINVAL ? HYP_ETOOBIG : HYP_ENOMEM;
    }
    return fcntl(memory->fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0 ? HYP_OK
                                                                                          : HYP_EIO;
}

int hyp_memory_create(struct hyp_memory *memory, size_t bytes, bool shared, uint64_t id)
{
    size_t rounded;

    *memory = (struct hyp_memory){.fd = -1, .id = id};
    if (__builtin_add_overflow(bytes, HYP_BATCH_ALIGNMENT - 1, &rounded)) {
        return HYP_ETOOBIG;
    }
    memory->size = rounded & ~(size_t)(HYP_BATCH_ALIGNMENT - 1);
    if (shared) {
        memory->fd = memfd_create("hyperion-batch", MFD_CLOEXEC | MFD_ALLOW_SEALING);
        if (memory->fd < 0) {
            return errno == ENOMEM ? HYP_ENOMEM : HYP_EIO;
        }
        int result = set_size(memory);
        if (result) {
            hyp_memory_destroy(memory);
            return result;
        }
    }
    int result = map(memory);
    if (result) {
        hyp_memory_destroy(memory);
    }
    return result;
}

void hyp_memory_destroy(struct hyp_memory *memory)
{
    if (memory->data) {
        munmap(memory->data, memory->size);
    }
    if (memory->fd >= 0) {
        close(memory->fd);
    }
    *memory = (struct hyp_memory){.fd = -1};
}

int hyp_card_memory_create(const struct hyp_backend *backend, void *card, hyp_context *context,
                           size_t bytes, struct hyp_memory *memory)
{
    uint64_t id = atomic_fetch_add(&context->next_id, 1);
    int result = hyp_memory_create(memory, bytes, backend->needs_shared_memory, id);
    if (result == HYP_OK && backend->memory_created) {
        result = backend->memory_created(card, memory);
        if (result) {
            hyp_memory_destroy(memory);
        }
    }
    return result;
}

void hyp_card_memory_destroy(const struct hyp_backend *backend, void *card,
                             struct hyp_memory *memory)
{
    if (!memory->data) {
        return;
    }
    if (backend->memory_destroyed && card) {
        backend->memory_destroyed(card, memory);
    }
    hyp_memory_destroy(memory);
}
