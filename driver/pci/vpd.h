/* Vital product data: what the maker wrote into the card. */
#ifndef HYPERION_DRIVER_PCI_VPD_H
#define HYPERION_DRIVER_PCI_VPD_H

#include <stddef.h>

#include "driver/pci/pci.h"

/* Takes product name, part number (PN) and serial number (SN) from `size` bytes. Returns false when
 * they are not vital product data; what came before the damage is kept. */
bool pcie_parse_vpd(const uint8_t *bytes, size_t size, pcie_function *function);

#endif
