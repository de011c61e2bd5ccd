/* The one thing that XRT offers to C++ alone. */
#ifndef HYPERION_CARD_HOST_RESET_H
#define HYPERION_CARD_HOST_RESET_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Resets a real card (XRT's hot reset): afterwards no compute unit runs. `device` is XRT's
 * low-level handle. Returns 0, or -1 with XRT's words in `why`. */
int card_hot_reset(void *device, char *why, size_t size);

#ifdef __cplusplus
}
#endif

#endif
