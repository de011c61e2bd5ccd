/* Sensors that a driver registered below a function. */
#ifndef HYPERION_DRIVER_PCI_HWMON_H
#define HYPERION_DRIVER_PCI_HWMON_H

#include "driver/pci/pci.h"

void pcie_read_sensors(pcie_function *function);

/* "°C", "W", … and the factor from the unit of sysfs to it. */
const char *pcie_quantity_unit(pcie_quantity quantity);
double pcie_quantity_scale(pcie_quantity quantity);
/* "temperature", "power", "voltage", "current", "fan". */
const char *pcie_quantity_name(pcie_quantity quantity);

#endif
