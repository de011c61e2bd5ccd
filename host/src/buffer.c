#include "host/src/buffer.h"

#include <stdlib.h>

#include "host/src/device.h"
#include "host/src/memory.h"

int hyp_buffer_create(hyp_device *device, size_t bytes, hyp_buffer **buffer)
{
    if (!device || !buffer || bytes == 0) {
        return HYP_EINVAL;
    }
    *buffer = NULL;
    if (hyp_context_is_foreign(device->context)) {
        return HYP_EFORKED;
    }
    hyp_buffer *made = calloc(1, sizeof *made);
    if (!made) {
        return HYP_ENOMEM;
    }
    made->device = device;
    int result = hyp_card_memory_create(device->backend, device->card, device->context, bytes,
                                        &made->memory);
    if (result) {
        free(made);
        return result;
    }
    *buffer = made;
    return HYP_OK;
}

void hyp_buffer_destroy(hyp_buffer *buffer)
{
    if (!buffer || hyp_context_is_foreign(buffer->device->context)) {
        return;
    }
    hyp_card_memory_destroy(buffer->device->backend, buffer->device->card, &buffer->memory);
    free(buffer);
}

void *hyp_buffer_data(const hyp_buffer *buffer)
{
    return buffer->memory.data;
}

size_t hyp_buffer_size(const hyp_buffer *buffer)
{
    return buffer->memory.size;
}
