/* libpci behind functions that return: its own way of telling an error is to end the program. */
#ifndef HYPERION_DRIVER_PCI_BUS_H
#define HYPERION_DRIVER_PCI_BUS_H

#include "driver/pci/pci.h"

/* Opens the source and lists its functions into the machine (address, ids and class), in order of
 * address. Returns 0 or a negative errno value with a sentence. */
int pcie_bus_open(const pcie_source *source, pcie_machine *machine, char message[256]);
void pcie_bus_close(struct pcie_bus *bus);

/* Reads configuration space from its start on, into at most 4096 bytes. Returns how many can be
 * read: 0, 64, 256 or 4096. */
unsigned pcie_bus_config(struct pcie_bus *bus, const pcie_address *address, uint8_t config[4096]);

/* Base addresses as the kernel has them, and the label of the slot. */
void pcie_bus_resources(struct pcie_bus *bus, pcie_function *function);

#endif
