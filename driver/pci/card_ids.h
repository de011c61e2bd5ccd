/* The table of card_ids.txt, which the build turns into C. */
#ifndef HYPERION_DRIVER_PCI_CARD_IDS_H
#define HYPERION_DRIVER_PCI_CARD_IDS_H

#include <stdint.h>

typedef enum pcie_role {
    PCIE_ROLE_MANAGEMENT, /* flashes, resets, reads sensors; XRT's driver xclmgmt */
    PCIE_ROLE_USER,       /* runs kernels; XRT's driver xocl */
    PCIE_ROLE_GOLDEN,     /* the factory's image: cannot run kernels until it is flashed */
} pcie_role;

typedef struct pcie_card_id {
    uint16_t vendor;
    uint16_t device;
    pcie_role role;
    const char *family; /* "Alveo U55C" */
} pcie_card_id;

/* Static storage; NULL for an id that is not in the table. */
const pcie_card_id *pcie_find_card_id(uint16_t vendor, uint16_t device);

/* "management", "user", "golden". */
const char *pcie_role_name(pcie_role role);

#endif
