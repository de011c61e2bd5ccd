/* Whether a card is still on the PCI bus. XRT waits for ever for one that is not. */
#ifndef HYPERION_BACKEND_XRT_PRESENCE_H
#define HYPERION_BACKEND_XRT_PRESENCE_H

#include <stdbool.h>

#include "host/src/backend/xrt_find.h"

/* Nothing waits longer than this to hear that a card is gone. */
#define HYP_XRT_PRESENCE_NS UINT64_C(100000000)

/* The configuration space of a card, to be closed; -1 where there is none to be read. `pci` is the
 * bus's folder in sysfs. A card that left the bus and came back needs a new one. */
int hyp_xrt_presence_open(const char *pci, const struct hyp_xrt_address *address);

/* Whether the card that was opened has left: the kernel knows it no more, or it answers with ones,
 * which is no vendor's number (PCI Local Bus Specification 3.0, 6.1). */
bool hyp_xrt_presence_is_lost(int config);

#endif
