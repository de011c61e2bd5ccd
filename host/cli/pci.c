#include "host/cli/pci.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "driver/pci/hwmon.h"

int cli_pci_scan(const pcie_source *source, pcie_machine *machine)
{
    char message[256];
    int result = pcie_scan(source, machine, message);

    if (result) {
        cli_error("%s", message);
        /* A tree that somebody named is input; the machine's own is not. */
        return source && (source->dump || source->sysfs) ? CLI_USAGE : CLI_DEVICE;
    }
    return CLI_OK;
}

bool cli_card_index(const char *name, unsigned *index)
{
    static const char *const prefixes[] = {"xrt:", "opencl:"};
    uint64_t number;

    for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++) {
        size_t length = strlen(prefixes[i]);
        if (strncmp(name, prefixes[i], length) == 0 &&
            cli_parse_number(name + length, 999, &number)) {
            *index = (unsigned)number;
            return true;
        }
    }
    return false;
}

int cli_pci_find(const pcie_machine *machine, const char *name, pcie_function **function)
{
    pcie_address address;
    unsigned index;

    *function = NULL;
    if (cli_card_index(name, &index)) {
        *function = pcie_find_xrt(machine, index);
        if (!*function) {
            cli_error("there is no %s: XRT's driver xocl holds no such card; `hyperion examine` "
                      "lists the cards that the PCI bus shows",
                      name);
        }
    } else if (pcie_parse_address(name, &address)) {
        *function = pcie_find(machine, &address);
        if (!*function) {
            cli_error("nothing is at PCI address %s: `hyperion examine` lists the cards; a card "
                      "that was removed comes back with `hyperion reset --hot` of its slot",
                      address.text);
        }
    } else {
        cli_error("\"%s\" is no device on the PCI bus: take an address such as 0000:65:00.1, or "
                  "xrt:N; simulated cards are checked with `hyperion validate`",
                  name);
        return cli_usage();
    }
    return *function ? CLI_OK : CLI_DEVICE;
}

json_t *cli_json_link(const pcie_link *link)
{
    if (!link->known) {
        return json_null();
    }
    return json_pack("{s:s, s:i, s:s, s:i}", "speed", pcie_speed_name(link->speed), "width",
                     link->width, "max_speed", pcie_speed_name(link->max_speed), "max_width",
                     link->max_width);
}

static json_t *text_or_null(const char *text)
{
    return *text ? json_string(text) : json_null();
}

static json_t *json_bars(const pcie_function *function)
{
    json_t *array = json_array();

    for (int i = 0; i < PCIE_BARS; i++) {
        const pcie_bar *bar = &function->bars[i];
        if (bar->address || bar->bytes) {
            json_array_append_new(array,
                                  json_pack("{s:i, s:o, s:I, s:b, s:b}", "index", i, "address",
                                            json_sprintf("0x%" PRIx64, bar->address), "bytes",
                                            (json_int_t)bar->bytes, "is_64bit", bar->is_64bit,
                                            "prefetchable", bar->is_prefetchable));
        }
    }
    return array;
}

static json_t *json_aer(const pcie_aer *aer)
{
    if (!aer->counted) {
        return json_null();
    }
    return json_pack("{s:I, s:I, s:I}", "correctable", (json_int_t)aer->correctable, "nonfatal",
                     (json_int_t)aer->nonfatal, "fatal", (json_int_t)aer->fatal);
}

static json_t *json_limit(bool has, int64_t limit, double scale)
{
    return has ? json_real((double)limit * scale) : json_null();
}

static json_t *json_sensors(const pcie_function *function)
{
    json_t *array = json_array();

    for (uint32_t i = 0; i < function->sensor_count; i++) {
        const pcie_sensor *sensor = &function->sensors[i];
        double scale = pcie_quantity_scale(sensor->quantity);
        json_array_append_new(
            array, json_pack("{s:s, s:s, s:s, s:o, s:o, s:o, s:o}", "quantity",
                             pcie_quantity_name(sensor->quantity), "name", sensor->name, "unit",
                             pcie_quantity_unit(sensor->quantity), "value",
                             json_limit(sensor->readable && sensor->in_range, sensor->value, scale),
                             "low", json_limit(sensor->has_low, sensor->low, scale), "high",
                             json_limit(sensor->has_high, sensor->high, scale), "critical",
                             json_limit(sensor->has_critical, sensor->critical, scale)));
    }
    return array;
}

static json_t *json_interfaces(const pcie_xrt *xrt)
{
    json_t *array = json_array();

    for (uint32_t i = 0; i < xrt->interface_count; i++) {
        json_array_append_new(array, json_string(xrt->interfaces[i]));
    }
    return array;
}

json_t *cli_json_function(const pcie_function *function)
{
    json_t *msix = function->msix.present
                       ? json_pack("{s:i, s:b}", "vectors", function->msix.vectors, "enabled",
                                   function->msix.enabled)
                       : json_null();
    json_t *slot = function->has_slot ? json_pack("{s:s, s:o, s:o}", "address", function->slot.text,
                                                  "label", text_or_null(function->slot_label),
                                                  "link", cli_json_link(&function->slot_link))
                                      : json_null();
    json_t *numa = function->numa_node >= 0 ? json_integer(function->numa_node) : json_null();

    return json_pack(
        "{s:s, s:o, s:o, s:o, s:o, s:b, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, "
        "s:o, s:o, s:o}",
        "address", function->address.text, "role",
        function->id ? json_string(pcie_role_name(function->id->role)) : json_null(), "vendor_id",
        json_sprintf("0x%04x", function->vendor), "device_id",
        json_sprintf("0x%04x", function->device), "driver", text_or_null(function->driver),
        "vanished", function->vanished, "link", cli_json_link(&function->link), "slot", slot,
        "numa_node", numa, "iommu_group", text_or_null(function->iommu_group), "power_state",
        text_or_null(function->power_state), "bars", json_bars(function), "msix", msix, "aer",
        json_aer(&function->aer), "serial", text_or_null(function->serial), "part_number",
        text_or_null(function->part_number), "platform", text_or_null(function->xrt.platform),
        "interfaces", json_interfaces(&function->xrt), "xclbin", text_or_null(function->xrt.xclbin),
        "sensors", json_sensors(function));
}
