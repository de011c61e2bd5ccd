/* What commands about cards on the PCI bus share. */
#ifndef HYPERION_CLI_PCI_H
#define HYPERION_CLI_PCI_H

#include "driver/pci/pci.h"
#include "host/cli/cli.h"

/* Lists the bus. Returns CLI_OK, or after a message another exit code. */
int cli_pci_scan(const pcie_source *source, pcie_machine *machine);

/* The number of a card in the name of a device behind XRT or OpenCL, which count alike: "xrt:1",
 * "opencl:1"; false for another name. */
bool cli_card_index(const char *name, unsigned *index);

/* The function that a device's name stands for: a PCI address, "xrt:N" or "opencl:N". Returns
 * CLI_OK and stores it, or after a message another exit code. */
int cli_pci_find(const pcie_machine *machine, const char *name, pcie_function **function);

/* A function's facts, as one object. */
json_t *cli_json_function(const pcie_function *function);

/* {"speed":"8.0 GT/s","width",…}, or null where the link is not known. */
json_t *cli_json_link(const pcie_link *link);

#endif
