/* What configuration space says. Offsets and bits are those of <pci/header.h> where it has them. */
#ifndef HYPERION_DRIVER_PCI_CAPABILITIES_H
#define HYPERION_DRIVER_PCI_CAPABILITIES_H

#include "driver/pci/pci.h"

/* Offset of a capability in `size` bytes of configuration space, or 0. Lists that loop or point
 * outside are followed as far as they make sense. */
unsigned pcie_find_capability(const uint8_t *config, unsigned size, unsigned id);
unsigned pcie_find_extended(const uint8_t *config, unsigned size, unsigned id);

/* Speeds and widths of the link; not known where the capability cannot be read. */
void pcie_read_link_registers(const uint8_t *config, unsigned size, pcie_link *link);

/* Fills in command, MSI-X, AER, power state, function level reset and the vanished mark. */
void pcie_read_capabilities(const uint8_t *config, unsigned size, pcie_function *function);

#endif
