/* What XRT's kernel drivers, xocl and xclmgmt, show below a function. */
#ifndef HYPERION_DRIVER_PCI_XRT_H
#define HYPERION_DRIVER_PCI_XRT_H

#include "driver/pci/pci.h"

/* Fills in function->xrt; nothing where another driver or none is bound. */
void pcie_read_xrt(pcie_function *function);

#endif
