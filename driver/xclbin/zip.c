#include "driver/xclbin/zip.h"

#include <string.h>
#include <zlib.h>

#include "driver/xclbin/bytes.h"
#include "driver/xclbin/error.h"

enum {
    LOCAL_HEADER_SIZE = 30,
    CENTRAL_HEADER_SIZE = 46,
    END_RECORD_SIZE = 22,
    VERSION_NEEDED = 20,        /* 2.0: deflate */
    MADE_BY_UNIX = 3 << 8 | 20, /* so that unzip restores the permission bits */
    METHOD_DEFLATE = 8,
    DOS_DATE = 0 << 9 | 1 << 5 | 1, /* 1980-01-01, the format's first day */
    REGULAR_FILE = 0100000,         /* S_IFREG */
    MAX_ENTRIES = 16,
};

typedef struct stored {
    uint32_t crc;
    uint32_t packed_size;
    uint32_t offset; /* of the local header in the archive */
} stored;

/* The fields that a local and a central header share, from "version needed" on. */
static void put_common(uint8_t *header, const xclbin_zip_entry *entry, const stored *place)
{
    store16(header, VERSION_NEEDED);
    store16(header + 4, METHOD_DEFLATE);
    store16(header + 8, DOS_DATE);
    store32(header + 10, place->crc);
    store32(header + 14, place->packed_size);
    store32(header + 18, (uint32_t)entry->size);
    store16(header + 22, (uint16_t)strlen(entry->name));
}

/* Appends the entry's content as a raw deflate stream; its size, or 0 on failure. */
static size_t append_deflated(xclbin_buffer *out, const xclbin_zip_entry *entry)
{
    z_stream stream = {0};
    size_t packed = 0;

    if (deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, -MAX_WBITS, 9, Z_DEFAULT_STRATEGY) !=
        Z_OK) {
        return 0;
    }
    size_t bound = deflateBound(&stream, entry->size);
    size_t start = out->size;
    uint8_t *room = xclbin_buffer_extend(out, bound);
    if (room && bound <= UINT32_MAX) {
        stream.next_in = (Bytef *)(uintptr_t)entry->data;
        stream.avail_in = (uInt)entry->size;
        stream.next_out = room;
        stream.avail_out = (uInt)bound;
        if (deflate(&stream, Z_FINISH) == Z_STREAM_END) {
            packed = bound - stream.avail_out;
        }
    }
    deflateEnd(&stream);
    if (room) {
        out->size = start + packed;
    }
    return packed;
}

static bool append_entry(xclbin_buffer *out, size_t archive, const xclbin_zip_entry *entry,
                         stored *place)
{
    size_t header = out->size;
    size_t packed;

    place->crc = (uint32_t)crc32_z(crc32_z(0, NULL, 0), entry->data, entry->size);
    place->offset = (uint32_t)(header - archive);
    xclbin_buffer_extend(out, LOCAL_HEADER_SIZE);
    xclbin_buffer_append(out, entry->name, strlen(entry->name));
    packed = append_deflated(out, entry);
    if (packed == 0 || out->failed) {
        return false;
    }
    place->packed_size = (uint32_t)packed;
    store32(out->data + header, 0x04034b50);
    put_common(out->data + header + 4, entry, place);
    return true;
}

static void append_central(xclbin_buffer *out, const xclbin_zip_entry *entry, const stored *place)
{
    uint8_t *header = xclbin_buffer_extend(out, CENTRAL_HEADER_SIZE);

    if (header) {
        store32(header, 0x02014b50);
        store16(header + 4, MADE_BY_UNIX);
        put_common(header + 6, entry, place);
        store32(header + 38, (uint32_t)(REGULAR_FILE | entry->mode) << 16);
        store32(header + 42, place->offset);
    }
    xclbin_buffer_append(out, entry->name, strlen(entry->name));
}

static void append_end(xclbin_buffer *out, size_t count, size_t directory, size_t directory_end)
{
    uint8_t *record = xclbin_buffer_extend(out, END_RECORD_SIZE);

    if (record) {
        store32(record, 0x06054b50);
        store16(record + 8, (uint16_t)count);
        store16(record + 10, (uint16_t)count);
        store32(record + 12, (uint32_t)(directory_end - directory));
        store32(record + 16, (uint32_t)directory);
    }
}

static int check_entries(const xclbin_zip_entry *entries, size_t count, xclbin_error *error)
{
    uint64_t total = 0;

    for (size_t i = 0; i < count; i++) {
        total += entries[i].size;
    }
    /* Half of what the 32-bit fields hold, because deflate may add a little. */
    if (count > MAX_ENTRIES || total > UINT32_MAX / 2) {
        return xclbin_fail(error, XCLBIN_FAULT_INPUT, XCLBIN_BITSTREAM, 0,
                           "BITSTREAM: %zu files of %llu bytes are too much for the zip payload",
                           count, (unsigned long long)total);
    }
    return XCLBIN_OK;
}

int xclbin_zip_write(xclbin_buffer *out, const xclbin_zip_entry *entries, size_t count,
                     xclbin_error *error)
{
    stored places[MAX_ENTRIES];
    size_t archive = out->size;
    int fault = check_entries(entries, count, error);

    if (fault) {
        return fault;
    }
    for (size_t i = 0; i < count; i++) {
        if (!append_entry(out, archive, &entries[i], &places[i])) {
            return xclbin_fail(error, XCLBIN_FAULT_MEMORY, XCLBIN_BITSTREAM, 0,
                               "BITSTREAM: no memory to compress %s", entries[i].name);
        }
    }
    size_t directory = out->size - archive;
    for (size_t i = 0; i < count; i++) {
        append_central(out, &entries[i], &places[i]);
    }
    append_end(out, count, directory, out->size - archive);
    return out->failed ? xclbin_fail(error, XCLBIN_FAULT_MEMORY, XCLBIN_BITSTREAM, 0,
                                     "BITSTREAM: no memory for the zip payload")
                       : XCLBIN_OK;
}
