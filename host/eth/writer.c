#include "host/eth/writer.h"

#include <stdlib.h>
#include <string.h>

#include "host/eth/rlp.h"

enum { PREFIX_MAX = 1 + sizeof(size_t) };

void eth_writer_release(struct eth_writer *writer)
{
    free(writer->data);
    *writer = (struct eth_writer){0};
}

/* Room for `bytes` more; false if there is none. */
static bool reserve(struct eth_writer *writer, size_t bytes)
{
    size_t needed;
    size_t capacity = writer->capacity ? writer->capacity : 1024;

    if (__builtin_add_overflow(writer->size, bytes, &needed) || needed > SIZE_MAX / 2) {
        writer->failed = true;
    }
    if (writer->failed || needed <= writer->capacity) {
        return !writer->failed;
    }
    while (capacity < needed) {
        capacity *= 2;
    }
    uint8_t *larger = realloc(writer->data, capacity);
    if (!larger) {
        writer->failed = true;
        return false;
    }
    writer->data = larger;
    writer->capacity = capacity;
    return true;
}

void eth_write_raw(struct eth_writer *writer, struct eth_bytes bytes)
{
    if (bytes.size > 0 && reserve(writer, bytes.size)) {
        memcpy(writer->data + writer->size, bytes.data, bytes.size);
        writer->size += bytes.size;
    }
}

void eth_write_string(struct eth_writer *writer, struct eth_bytes string)
{
    if (string.size <= SIZE_MAX - PREFIX_MAX && reserve(writer, string.size + PREFIX_MAX)) {
        uint8_t *end = eth_rlp_put_string(writer->data + writer->size, string);
        writer->size = (size_t)(end - writer->data);
    }
}

void eth_write_u64(struct eth_writer *writer, uint64_t value)
{
    if (reserve(writer, PREFIX_MAX)) {
        uint8_t *end = eth_rlp_put_u64(writer->data + writer->size, value);
        writer->size = (size_t)(end - writer->data);
    }
}

size_t eth_write_begin(const struct eth_writer *writer)
{
    return writer->size;
}

/* Puts a prefix in front of what was written since `start`. */
static void end(struct eth_writer *writer, size_t start,
                uint8_t *(*put_prefix)(uint8_t *out, size_t payload_size))
{
    if (!reserve(writer, PREFIX_MAX)) {
        return;
    }
    size_t payload = writer->size - start;
    size_t prefix = eth_rlp_prefix_size(payload);
    uint8_t *at = writer->data + start;
    memmove(at + prefix, at, payload);
    put_prefix(at, payload);
    writer->size += prefix;
}

void eth_write_end_list(struct eth_writer *writer, size_t start)
{
    end(writer, start, eth_rlp_put_list);
}

void eth_write_end_string(struct eth_writer *writer, size_t start)
{
    if (!writer->failed && writer->size - start == 1 && writer->data[start] < 0x80) {
        return; /* stands for itself */
    }
    end(writer, start, eth_rlp_put_string_prefix);
}
