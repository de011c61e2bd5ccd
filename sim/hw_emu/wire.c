#include "sim/hw_emu/wire.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sim/hw_emu/xrt_emulation.pb-c.h"

int hw_emu_buffer_resize(struct hw_emu_buffer *buffer, size_t size)
{
    if (size > buffer->capacity) {
        /* The content need not survive: no realloc. */
        uint8_t *data = malloc(size);
        if (!data)
            return -1;
        free(buffer->data);
        buffer->data = data;
        buffer->capacity = size;
    }
    buffer->size = size;
    return 0;
}

void hw_emu_buffer_free(struct hw_emu_buffer *buffer)
{
    free(buffer->data);
    *buffer = (struct hw_emu_buffer){0};
}

int hw_emu_call_header_decode(const uint8_t header[HW_EMU_CALL_HEADER], uint64_t *size,
                              uint32_t *api)
{
    HwEmu__CallHeader *decoded = hw_emu__call_header__unpack(NULL, HW_EMU_CALL_HEADER, header);
    if (!decoded)
        return -1;
    *size = decoded->size;
    *api = decoded->xcl_api;
    hw_emu__call_header__free_unpacked(decoded, NULL);
    return 0;
}

/* Reads all of `size` bytes. Returns how many were had before the end; -1 for an error. */
static ssize_t read_fully(int socket, uint8_t *to, size_t size)
{
    size_t done = 0;
    while (done < size) {
        ssize_t n = read(socket, to + done, size - done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        if (n == 0)
            break;
        done += (size_t)n;
    }
    return (ssize_t)done;
}

enum hw_emu_received hw_emu_receive(int socket, uint32_t *api, struct hw_emu_buffer *call)
{
    uint8_t header[HW_EMU_CALL_HEADER];
    uint64_t size;
    ssize_t n = read_fully(socket, header, sizeof(header));
    if (n == 0)
        return HW_EMU_EOF;
    if (n != sizeof(header) || hw_emu_call_header_decode(header, &size, api) != 0)
        return HW_EMU_BROKEN;
    if (size > HW_EMU_MAX_CALL || hw_emu_buffer_resize(call, size) != 0)
        return HW_EMU_BROKEN;
    return read_fully(socket, call->data, size) == (ssize_t)size ? HW_EMU_CALL : HW_EMU_BROKEN;
}

int hw_emu_send(int socket, const struct hw_emu_buffer *answer)
{
    size_t done = 0;
    while (done < answer->size) {
        /* The host may be gone: an error, not a signal. */
        ssize_t n = send(socket, answer->data + done, answer->size - done, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        done += (size_t)n;
    }
    return 0;
}
