#include "driver/xclbin/buffer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool reserve(xclbin_buffer *buffer, size_t size)
{
    size_t needed;
    size_t capacity = buffer->capacity ? buffer->capacity : 4096;

    if (buffer->failed || __builtin_add_overflow(buffer->size, size, &needed)) {
        buffer->failed = true;
        return false;
    }
    while (capacity < needed) {
        if (__builtin_mul_overflow(capacity, 2, &capacity)) {
            buffer->failed = true;
            return false;
        }
    }
    if (capacity != buffer->capacity) {
        uint8_t *data = realloc(buffer->data, capacity);
        if (!data) {
            buffer->failed = true;
            return false;
        }
        buffer->data = data;
        buffer->capacity = capacity;
    }
    return true;
}

uint8_t *xclbin_buffer_extend(xclbin_buffer *buffer, size_t size)
{
    if (!reserve(buffer, size)) {
        return NULL;
    }
    uint8_t *start = buffer->data + buffer->size;
    memset(start, 0, size);
    buffer->size += size;
    return start;
}

void xclbin_buffer_append(xclbin_buffer *buffer, const void *data, size_t size)
{
    uint8_t *start = xclbin_buffer_extend(buffer, size);

    if (start && size) {
        memcpy(start, data, size);
    }
}

void xclbin_buffer_align(xclbin_buffer *buffer, size_t alignment)
{
    xclbin_buffer_extend(buffer, (alignment - buffer->size % alignment) % alignment);
}

void xclbin_buffer_print(xclbin_buffer *buffer, const char *format, ...)
{
    va_list arguments;
    char *text = NULL;

    va_start(arguments, format);
    int length = vasprintf(&text, format, arguments);
    va_end(arguments);
    if (length < 0) {
        buffer->failed = true;
        return;
    }
    xclbin_buffer_append(buffer, text, (size_t)length);
    free(text);
}

bool xclbin_copy_text(char *to, size_t size, const char *from)
{
    size_t length = strlen(from);

    if (length >= size) {
        return false;
    }
    memcpy(to, from, length + 1);
    return true;
}

void xclbin_buffer_free(xclbin_buffer *buffer)
{
    free(buffer->data);
    *buffer = (xclbin_buffer){0};
}
