/* Writes a zip archive whose bytes depend on nothing but its entries: no clock, no user, no file
 * system. (The format is PKWARE's APPNOTE.TXT; deflate by zlib.) XRT unpacks it with the program
 * `unzip`. */
#ifndef HYPERION_DRIVER_XCLBIN_ZIP_H
#define HYPERION_DRIVER_XCLBIN_ZIP_H

#include "driver/xclbin/buffer.h"
#include "driver/xclbin/xclbin.h"

typedef struct xclbin_zip_entry {
    const char *name; /* relative path */
    unsigned mode;    /* permission bits, such as 0755 */
    const void *data;
    size_t size; /* below 4 GiB */
} xclbin_zip_entry;

/* Appends the whole archive to `out`. Returns XCLBIN_OK, XCLBIN_FAULT_INPUT or XCLBIN_FAULT_MEMORY.
 */
int xclbin_zip_write(xclbin_buffer *out, const xclbin_zip_entry *entries, size_t count,
                     xclbin_error *error);

#endif
