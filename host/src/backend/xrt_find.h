/* Where the parts of the xrt backend are: cards, the helper program, xclbins. Starts nothing. */
#ifndef HYPERION_BACKEND_XRT_FIND_H
#define HYPERION_BACKEND_XRT_FIND_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hyperion/error.h"

#define HYP_XRT_MAX_CARDS 64

/* PCI address of a card, "0000:65:00.1". */
struct hyp_xrt_address {
    char text[16];
};

/* The cards that XRT's kernel driver (xocl) holds, in order of address. `driver` is its folder in
 * sysfs. Returns how many. */
size_t hyp_xrt_find_cards(const char *driver, struct hyp_xrt_address cards[HYP_XRT_MAX_CARDS]);

/* $HYP_CARD_HOST, or libexec/hyperion/hyperion-card-host of the build or installation that the
 * library was loaded from. Returns 0, or HYP_ENODEV with a sentence. */
int hyp_xrt_find_host(char path[PATH_MAX], hyp_error *error);

/* `given` (may be NULL), or $HYP_BITSTREAM, or the built or installed one for a card or its
 * simulation. Returns 0, or HYP_EBITSTREAM with a sentence. */
int hyp_xrt_find_bitstream(const char *given, bool simulated, char path[PATH_MAX],
                           hyp_error *error);

/* The UUID of an xclbin that is open. False for a file that is none. */
bool hyp_xrt_read_uuid(int fd, uint8_t uuid[16]);

#endif
