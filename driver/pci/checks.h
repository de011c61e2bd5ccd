/* What the facts about cards mean: one finding a check. */
#ifndef HYPERION_DRIVER_PCI_CHECKS_H
#define HYPERION_DRIVER_PCI_CHECKS_H

#include "driver/pci/pci.h"
#include "driver/report/report.h"

/* From how many correctable errors on a link deserves attention, and from how many it is sick. Each
 * is a packet sent again: none is lost, but a healthy link has next to none for months. */
#define PCIE_CORRECTABLE_WARN 100
#define PCIE_CORRECTABLE_FAIL 10000

/* Adds findings on an examined function, whether it is a card's or not. */
void pcie_check_function(const pcie_function *function, report *to);

/* Adds findings on a card as a whole, then on each of its examined functions. */
void pcie_check_card(const pcie_card *card, report *to);

/* The link alone: "link" findings of a function. */
void pcie_check_link(const pcie_function *function, report *to);

#endif
