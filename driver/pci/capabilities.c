#include "driver/pci/capabilities.h"

#include <pci/pci.h>
#include <stdio.h>
#include <string.h>

static uint16_t word(const uint8_t *config, unsigned at)
{
    return (uint16_t)(config[at] | config[at + 1] << 8);
}

static uint32_t dword(const uint8_t *config, unsigned at)
{
    return word(config, at) | (uint32_t)word(config, at + 2) << 16;
}

unsigned pcie_find_capability(const uint8_t *config, unsigned size, unsigned id)
{
    unsigned at;

    if (size < 256 || !(word(config, PCI_STATUS) & PCI_STATUS_CAP_LIST)) {
        return 0;
    }
    at = config[PCI_CAPABILITY_LIST] & ~3u;
    for (int i = 0; i < 48 && at >= 64; i++) {
        if (config[at + PCI_CAP_LIST_ID] == id) {
            return at;
        }
        at = config[at + PCI_CAP_LIST_NEXT] & ~3u;
    }
    return 0;
}

unsigned pcie_find_extended(const uint8_t *config, unsigned size, unsigned id)
{
    unsigned at = 256;

    for (int i = 0; i < 480 && at >= 256 && at + 4 <= size; i++) {
        uint32_t header = dword(config, at);
        if (header == 0 || header == 0xffffffff) {
            return 0;
        }
        if ((header & 0xffff) == id) {
            return at;
        }
        at = header >> 20 & ~3u;
    }
    return 0;
}

void pcie_read_link_registers(const uint8_t *config, unsigned size, pcie_link *link)
{
    unsigned at = pcie_find_capability(config, size, PCI_CAP_ID_EXP);

    if (!at || at + PCI_EXP_LNKSTA + 2 > 256) {
        return;
    }
    uint32_t can = dword(config, at + PCI_EXP_LNKCAP);
    uint16_t does = word(config, at + PCI_EXP_LNKSTA);
    if ((can & PCI_EXP_LNKCAP_WIDTH) == 0 || can == 0xffffffff) {
        return; /* a function inside the root complex has no link */
    }
    link->known = true;
    link->max_speed = can & PCI_EXP_LNKCAP_SPEED;
    link->max_width = (uint8_t)((can & PCI_EXP_LNKCAP_WIDTH) >> 4);
    link->speed = does & PCI_EXP_LNKSTA_SPEED;
    link->width = (uint8_t)((does & PCI_EXP_LNKSTA_WIDTH) >> 4);
}

static void read_msix(const uint8_t *config, unsigned size, pcie_msix *msix)
{
    unsigned at = pcie_find_capability(config, size, PCI_CAP_ID_MSIX);

    if (at && at + 4 <= 256) {
        uint16_t control = word(config, at + 2);
        msix->present = true;
        msix->enabled = (control & PCI_MSIX_ENABLE) != 0;
        msix->vectors = (uint16_t)((control & PCI_MSIX_TABSIZE) + 1);
    }
}

static void read_power(const uint8_t *config, unsigned size, pcie_function *function)
{
    static const char *const names[] = {"D0", "D1", "D2", "D3hot"};
    unsigned at = pcie_find_capability(config, size, PCI_CAP_ID_PM);

    if (at && at + PCI_PM_CTRL + 2 <= 256 && !function->power_state[0]) {
        snprintf(function->power_state, sizeof function->power_state, "%s",
                 names[word(config, at + PCI_PM_CTRL) & PCI_PM_CTRL_STATE_MASK]);
    }
}

static void read_aer(const uint8_t *config, unsigned size, pcie_aer *aer)
{
    unsigned at = pcie_find_extended(config, size, PCI_EXT_CAP_ID_AER);

    if (at && at + PCI_ERR_COR_STATUS + 4 <= size) {
        aer->present = true;
        aer->uncorrectable_status = dword(config, at + PCI_ERR_UNCOR_STATUS);
        aer->correctable_status = dword(config, at + PCI_ERR_COR_STATUS);
    }
}

void pcie_read_capabilities(const uint8_t *config, unsigned size, pcie_function *function)
{
    function->config_bytes = size;
    if (size < 64) {
        return;
    }
    function->vanished = dword(config, PCI_VENDOR_ID) == 0xffffffff;
    if (function->vanished) {
        return;
    }
    function->command = word(config, PCI_COMMAND);
    if ((config[PCI_HEADER_TYPE] & 0x7f) == PCI_HEADER_TYPE_NORMAL) {
        function->subsystem_vendor = word(config, PCI_SUBSYSTEM_VENDOR_ID);
        function->subsystem_device = word(config, PCI_SUBSYSTEM_ID);
    }
    pcie_read_link_registers(config, size, &function->link);
    read_msix(config, size, &function->msix);
    read_power(config, size, function);
    read_aer(config, size, &function->aer);
    unsigned at = pcie_find_capability(config, size, PCI_CAP_ID_EXP);
    function->has_flr = at && at + PCI_EXP_DEVCAP + 4 <= 256 &&
                        (dword(config, at + PCI_EXP_DEVCAP) & PCI_EXP_DEVCAP_FLRESET) != 0;
}
