/* Everything about one function. */
#include <errno.h>
#include <inttypes.h>
#include <pci/pci.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "driver/pci/attribute.h"
#include "driver/pci/bus.h"
#include "driver/pci/capabilities.h"
#include "driver/pci/hwmon.h"
#include "driver/pci/vpd.h"
#include "driver/pci/xrt.h"

#define VPD_BYTES 32768

static const char *const speeds[] = {"unknown speed", "2.5 GT/s",  "5.0 GT/s", "8.0 GT/s",
                                     "16.0 GT/s",     "32.0 GT/s", "64.0 GT/s"};
enum { SPEED_COUNT = sizeof speeds / sizeof speeds[0] };

const char *pcie_speed_name(uint8_t speed)
{
    return speeds[speed < SPEED_COUNT ? speed : 0];
}

/* sysfs writes "8.0 GT/s PCIe", "8 GT/s" in older kernels, "Unknown" for a link that is down. */
static uint8_t parse_speed(const char *text)
{
    char *end;
    double number = strtod(text, &end);

    for (uint8_t i = 1; i < SPEED_COUNT && strncmp(end, " GT/s", 5) == 0; i++) {
        if (number == strtod(speeds[i], NULL)) {
            return i;
        }
    }
    return 0;
}

/* The link as sysfs tells it to everybody, where configuration space is only for root. */
static void read_link_files(const char *folder, pcie_link *link)
{
    char speed[40];
    char max_speed[40];
    int64_t width = 0;
    int64_t max_width = 0;

    if (link->known || pcie_read_text(folder, "current_link_speed", speed, sizeof speed) ||
        pcie_read_text(folder, "max_link_speed", max_speed, sizeof max_speed) ||
        pcie_read_number(folder, "current_link_width", &width) ||
        pcie_read_number(folder, "max_link_width", &max_width) || width < 0 || width > 32 ||
        max_width < 1 || max_width > 32) {
        return;
    }
    link->known = true;
    link->speed = parse_speed(speed);
    link->max_speed = parse_speed(max_speed);
    link->width = (uint8_t)width;
    link->max_width = (uint8_t)max_width;
}

/* The port whose secondary bus is the function's own. */
static void read_slot(pcie_machine *machine, pcie_function *function)
{
    uint8_t config[4096];

    function->has_slot = false;
    for (size_t i = 0; i < machine->function_count && !function->has_slot; i++) {
        const pcie_function *port = &machine->functions[i];
        if (port->class_code != PCI_CLASS_BRIDGE_PCI ||
            port->address.domain != function->address.domain) {
            continue;
        }
        unsigned size = pcie_bus_config(machine->bus, &port->address, config);
        if (size < 64 || (config[PCI_HEADER_TYPE] & 0x7f) != PCI_HEADER_TYPE_BRIDGE ||
            config[PCI_SECONDARY_BUS] != function->address.bus) {
            continue;
        }
        char folder[PATH_MAX];
        snprintf(folder, sizeof folder, "%s/bus/pci/devices/%s",
                 machine->sysfs ? machine->sysfs : "", port->address.text);
        function->has_slot = true;
        function->slot = port->address;
        function->slot_link = (pcie_link){0};
        pcie_read_link_registers(config, size, &function->slot_link);
        read_link_files(machine->sysfs ? folder : "", &function->slot_link);
    }
}

/* Lines "BadTLP 12" up to a total. Returns whether there was one. */
static bool read_counter(pcie_function *function, const char *file, uint64_t *total, char kind[32])
{
    char text[2048];
    char *rest = text;
    const char *line;
    uint64_t most = 0;
    bool has_total = false;

    if (pcie_read_attribute(function, file, text, sizeof text)) {
        return false;
    }
    while ((line = strsep(&rest, "\n"))) {
        char name[32];
        uint64_t count;
        if (sscanf(line, "%31s %" SCNu64, name, &count) != 2) { // NOLINT(cert-err34-c): wraps
            continue;
        }
        if (strncmp(name, "TOTAL_", 6) == 0) {
            *total = count;
            has_total = true;
        } else if (count > most) {
            most = count;
            memcpy(kind, name, sizeof name);
        }
    }
    if (!has_total) {
        pcie_add_problem(function, file, EINVAL);
    }
    return has_total;
}

static void read_aer_files(pcie_function *function)
{
    pcie_aer *aer = &function->aer;
    char ignored[32] = "";

    aer->counted =
        read_counter(function, "aer_dev_correctable", &aer->correctable, aer->correctable_kind) &&
        read_counter(function, "aer_dev_nonfatal", &aer->nonfatal, ignored) &&
        read_counter(function, "aer_dev_fatal", &aer->fatal, aer->fatal_kind);
}

static void read_vpd(pcie_function *function)
{
    uint8_t *bytes = malloc(VPD_BYTES);
    long size = bytes ? pcie_read_bytes(function->folder, "vpd", bytes, VPD_BYTES) : -ENOMEM;

    if (size < 0) {
        /* Only root may read it, and a card need not have it. */
        if (size != -ENOENT && size != -EACCES && size != -EPERM) {
            pcie_add_problem(function, "vpd", (int)-size);
        }
    } else if (size > 0 && !pcie_parse_vpd(bytes, (size_t)size, function)) {
        pcie_add_problem(function, "vpd", EINVAL);
    }
    free(bytes);
}

static void read_files(pcie_function *function)
{
    int64_t node = -1;

    pcie_read_attribute(function, "power_state", function->power_state,
                        sizeof function->power_state);
    if (strcmp(function->power_state, "unknown") == 0) {
        function->power_state[0] = 0;
    }
    pcie_read_attribute(function, "reset_method", function->reset_methods,
                        sizeof function->reset_methods);
    pcie_read_link(function->folder, "driver", function->driver, sizeof function->driver);
    pcie_read_link(function->folder, "iommu_group", function->iommu_group,
                   sizeof function->iommu_group);
    int result = pcie_read_number(function->folder, "numa_node", &node);
    if (result && result != -ENOENT) {
        pcie_add_problem(function, "numa_node", -result);
    }
    function->numa_node = node >= 0 && node < 4096 ? (int)node : -1;
    read_aer_files(function);
}

static void forget(pcie_function *function)
{
    pcie_function known = *function;

    memset(function, 0, sizeof *function);
    function->address = known.address;
    function->vendor = known.vendor;
    function->device = known.device;
    function->class_code = known.class_code;
    function->id = known.id;
    function->numa_node = -1;
}

void pcie_look(pcie_machine *machine, pcie_function *function)
{
    uint8_t config[4096];

    forget(function);
    if (machine->sysfs && snprintf(function->folder, PATH_MAX, "%s/bus/pci/devices/%s",
                                   machine->sysfs, function->address.text) >= PATH_MAX) {
        function->folder[0] = 0;
    }
    read_files(function);
    unsigned size = pcie_bus_config(machine->bus, &function->address, config);
    pcie_read_capabilities(config, size, function);
    read_slot(machine, function);
    if (function->vanished) {
        return; /* what the kernel remembers of it is no news */
    }
    read_link_files(function->folder, &function->link);
    pcie_bus_resources(machine->bus, function);
    pcie_read_xrt(function);
}

void pcie_examine(pcie_machine *machine, pcie_function *function)
{
    pcie_look(machine, function);
    if (!function->vanished) {
        pcie_read_sensors(function);
        read_vpd(function);
    }
}

void pcie_examine_card(pcie_machine *machine, const pcie_card *card)
{
    pcie_function *const functions[] = {card->management, card->user, card->golden};

    for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++) {
        if (functions[i]) {
            pcie_examine(machine, functions[i]);
        }
    }
}

static uint8_t lesser(uint8_t a, uint8_t b)
{
    return a < b ? a : b;
}

void pcie_link_limit(const pcie_function *function, uint8_t *speed, uint8_t *width)
{
    const pcie_link *card = &function->link;
    const pcie_link *slot = &function->slot_link;

    *speed = card->max_speed;
    *width = card->max_width;
    if (function->has_slot && slot->known) {
        *speed = card->known ? lesser(*speed, slot->max_speed) : slot->max_speed;
        *width = card->known ? lesser(*width, slot->max_width) : slot->max_width;
    }
}

bool pcie_link_degraded(const pcie_function *function)
{
    uint8_t speed;
    uint8_t width;

    pcie_link_limit(function, &speed, &width);
    return function->link.known && (function->link.speed < speed || function->link.width < width);
}
