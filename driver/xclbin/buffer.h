/* A growing run of bytes. Appending to a buffer for which memory could not be had does nothing, so
 * a writer checks `failed` once, at its end. */
#ifndef HYPERION_DRIVER_XCLBIN_BUFFER_H
#define HYPERION_DRIVER_XCLBIN_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct xclbin_buffer {
    uint8_t *data; /* freed by xclbin_buffer_free, or taken over by the caller */
    size_t size;
    size_t capacity;
    bool failed;
} xclbin_buffer;

/* Appends `size` zero bytes and returns where they are, valid until the next call; NULL on failure.
 */
uint8_t *xclbin_buffer_extend(xclbin_buffer *buffer, size_t size);

void xclbin_buffer_append(xclbin_buffer *buffer, const void *data, size_t size);

/* Appends zero bytes up to the next multiple of `alignment`. */
void xclbin_buffer_align(xclbin_buffer *buffer, size_t alignment);

/* Appends text, without a terminator. */
__attribute__((format(printf, 2, 3))) void xclbin_buffer_print(xclbin_buffer *buffer,
                                                               const char *format, ...);

/* Copies a text with its terminator if it fits `size` bytes; false, and nothing copied, if not. */
bool xclbin_copy_text(char *to, size_t size, const char *from);

void xclbin_buffer_free(xclbin_buffer *buffer);

#endif
