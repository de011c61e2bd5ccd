#include "driver/pci/card_ids.h"

#include <stddef.h>

static const pcie_card_id table[] = {
#include "driver/pci/card_ids.inc"
};

const pcie_card_id *pcie_find_card_id(uint16_t vendor, uint16_t device)
{
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        if (table[i].vendor == vendor && table[i].device == device) {
            return &table[i];
        }
    }
    return NULL;
}

const char *pcie_role_name(pcie_role role)
{
    static const char *const names[] = {"management", "user", "golden"};
    return names[role];
}
