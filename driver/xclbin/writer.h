/* Writes a container around sections. The same sections give the same bytes: no clock is read, and
 * the uuid is derived from the content. */
#ifndef HYPERION_DRIVER_XCLBIN_WRITER_H
#define HYPERION_DRIVER_XCLBIN_WRITER_H

#include "driver/xclbin/buffer.h"
#include "driver/xclbin/xclbin.h"

typedef struct xclbin_content {
    uint32_t kind;
    const void *data;
    size_t size;
    const char *name; /* NULL, or up to 16 characters */
} xclbin_content;

/* Appends the container to `out`, which must be empty. Returns XCLBIN_OK, XCLBIN_FAULT_INPUT (a
 * platform name that does not fit, too many sections) or XCLBIN_FAULT_MEMORY. */
int xclbin_write(xclbin_buffer *out, xclbin_target target, const char *platform,
                 const xclbin_content *sections, uint32_t count, xclbin_error *error);

/* The same with the header of another container: all of its fields but section count, length and
 * uuid stay. */
int xclbin_rewrite(xclbin_buffer *out, const uint8_t *header, const xclbin_content *sections,
                   uint32_t count, xclbin_error *error);

/* The uuid of a container of `length` bytes (at least a header): sha256 of the whole file with the
 * uuid field taken as zero, cut to 128 bits and marked as version 8 (RFC 9562). False when
 * libcrypto fails. */
bool xclbin_content_uuid(const uint8_t *image, size_t length, uint8_t uuid[16]);

/* False when libcrypto fails. */
bool xclbin_sha256(const void *data, size_t size, uint8_t digest[32]);

#endif
