/* How the parts of the xclbin library report a fault. */
#ifndef HYPERION_DRIVER_XCLBIN_ERROR_H
#define HYPERION_DRIVER_XCLBIN_ERROR_H

#include "driver/xclbin/xclbin.h"

/* Fills in `error` (may be NULL) and returns `fault`. */
__attribute__((format(printf, 5, 6))) int xclbin_fail(xclbin_error *error, int fault,
                                                      int64_t section, uint64_t offset,
                                                      const char *format, ...);

/* Whether `field`, up to its terminator or for all of `size` bytes, is printable ASCII: texts out
 * of a container are printed. */
bool xclbin_is_printable(const void *field, size_t size);

/* Name, version and platform of what is packed are printed, quoted in xml and compared: 1 to 63
 * letters, digits and "_.:+-" only. Returns XCLBIN_OK or XCLBIN_FAULT_INPUT. */
int xclbin_check_name(const char *text, xclbin_error *error);

#endif
