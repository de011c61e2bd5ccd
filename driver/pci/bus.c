#include "driver/pci/bus.h"

#include <errno.h>
#include <pci/pci.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "driver/pci/attribute.h"

struct pcie_bus {
    struct pci_access *access;
    struct pci_dev **devices; /* as machine->functions */
    size_t count;
    jmp_buf escape;
    char complaint[160];
};

/* libpci calls back without saying for whom. */
static _Thread_local struct pcie_bus *current;

__attribute__((noreturn, format(printf, 1, 2))) static void on_error(char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(current->complaint, sizeof current->complaint, format, arguments);
    va_end(arguments);
    longjmp(current->escape, 1);
}

/* The type is libpci's. */
__attribute__((format(printf, 1, 2))) static void
on_warning(char *format, ...) // NOLINT(readability-non-const-parameter)
{
    (void)format; /* what is missing shows in what was read */
}

/* Runs calls of libpci. Returns false where it gave up; the reason is in bus->complaint. */
static bool guarded(struct pcie_bus *bus, void (*call)(struct pcie_bus *, void *), void *argument)
{
    current = bus;
    if (setjmp(bus->escape) == 0) {
        call(bus, argument);
        return true;
    }
    return false;
}

/* ---- opening ---- */

static void open_access(struct pcie_bus *bus, void *argument)
{
    const pcie_source *source = argument;
    char path[PATH_MAX];

    bus->access = pci_alloc();
    bus->access->error = on_error;
    bus->access->warning = on_warning;
    if (source->dump) {
        bus->access->method = PCI_ACCESS_DUMP;
        pci_set_param(bus->access, "dump.name", (char *)source->dump);
    } else {
        bus->access->method = PCI_ACCESS_SYS_BUS_PCI;
        snprintf(path, sizeof path, "%s/bus/pci", source->sysfs);
        pci_set_param(bus->access, "sysfs.path", path);
    }
    pci_init(bus->access);
    pci_scan_bus(bus->access);
}

static int compare_devices(const void *a, const void *b)
{
    const struct pci_dev *left = *(struct pci_dev *const *)a;
    const struct pci_dev *right = *(struct pci_dev *const *)b;
    uint64_t x = (uint64_t)(uint32_t)left->domain << 16 | (unsigned)left->bus << 8 |
                 (unsigned)left->dev << 3 | left->func;
    uint64_t y = (uint64_t)(uint32_t)right->domain << 16 | (unsigned)right->bus << 8 |
                 (unsigned)right->dev << 3 | right->func;
    return (x > y) - (x < y);
}

static int collect(struct pcie_bus *bus)
{
    size_t count = 0;

    for (struct pci_dev *device = bus->access->devices; device; device = device->next) {
        count++;
    }
    bus->devices = calloc(count + 1, sizeof(struct pci_dev *));
    if (!bus->devices) {
        return -ENOMEM;
    }
    for (struct pci_dev *device = bus->access->devices; device; device = device->next) {
        bus->devices[bus->count++] = device;
    }
    qsort(bus->devices, bus->count, sizeof(struct pci_dev *), compare_devices);
    return 0;
}

static void identify(struct pcie_bus *bus, void *device)
{
    (void)bus;
    pci_fill_info(device, PCI_FILL_IDENT | PCI_FILL_CLASS);
}

static int list_functions(struct pcie_bus *bus, pcie_machine *machine)
{
    machine->functions = calloc(bus->count + 1, sizeof *machine->functions);
    if (!machine->functions) {
        return -ENOMEM;
    }
    for (size_t i = 0; i < bus->count; i++) {
        struct pci_dev *device = bus->devices[i];
        pcie_function *function = &machine->functions[i];
        function->address.domain = (uint32_t)device->domain;
        function->address.bus = device->bus;
        function->address.device = device->dev;
        function->address.function = device->func;
        snprintf(function->address.text, sizeof function->address.text, "%04x:%02x:%02x.%x",
                 (unsigned)device->domain, device->bus, device->dev, device->func);
        if (guarded(bus, identify, device)) {
            function->vendor = device->vendor_id;
            function->device = device->device_id;
            function->class_code = device->device_class;
        }
    }
    machine->function_count = bus->count;
    return 0;
}

static int check_source(const pcie_source *source, char message[256])
{
    char path[PATH_MAX];

    if (source->dump) {
        if (access(source->dump, R_OK) != 0) {
            int error = errno;
            snprintf(message, 256, "%.180s: %s", source->dump, strerror(error));
            return -error;
        }
        return 0;
    }
    int length = snprintf(path, sizeof path, "%s/bus/pci/devices", source->sysfs);
    if (length >= PATH_MAX || access(path, R_OK | X_OK) != 0) {
        int error = length >= PATH_MAX ? ENAMETOOLONG : errno;
        snprintf(message, 256, "%.160s/bus/pci/devices: %s: there is no PCI bus to be seen here",
                 source->sysfs, strerror(error));
        return -error;
    }
    return 0;
}

int pcie_bus_open(const pcie_source *source, pcie_machine *machine, char message[256])
{
    int result = check_source(source, message);
    struct pcie_bus *bus = result ? NULL : calloc(1, sizeof *bus);

    if (!bus) {
        return result ? result : -ENOMEM;
    }
    if (!guarded(bus, open_access, (void *)source)) {
        snprintf(message, 256, "the PCI bus cannot be listed: %s", bus->complaint);
        result = -EIO;
    }
    if (!result && (collect(bus) || list_functions(bus, machine))) {
        snprintf(message, 256, "no memory for the functions of the PCI bus");
        result = -ENOMEM;
    }
    if (result) {
        pcie_bus_close(bus);
        return result;
    }
    machine->bus = bus;
    return 0;
}

static void close_access(struct pcie_bus *bus, void *argument)
{
    (void)argument;
    pci_cleanup(bus->access);
}

void pcie_bus_close(struct pcie_bus *bus)
{
    if (bus) {
        if (bus->access) {
            guarded(bus, close_access, NULL);
        }
        free(bus->devices);
        free(bus);
    }
}

/* ---- reading ---- */

static struct pci_dev *find(const struct pcie_bus *bus, const pcie_address *address)
{
    for (size_t i = 0; i < bus->count; i++) {
        struct pci_dev *device = bus->devices[i];
        if ((uint32_t)device->domain == address->domain && device->bus == address->bus &&
            device->dev == address->device && device->func == address->function) {
            return device;
        }
    }
    return NULL;
}

struct config_read {
    struct pci_dev *device;
    uint8_t *config;
    int from, length;
    bool done;
};

static void read_config(struct pcie_bus *bus, void *argument)
{
    struct config_read *read = argument;
    (void)bus;
    read->done =
        pci_read_block(read->device, read->from, read->config + read->from, read->length) != 0;
}

unsigned pcie_bus_config(struct pcie_bus *bus, const pcie_address *address, uint8_t config[4096])
{
    static const int ends[] = {64, 256, 4096};
    struct pci_dev *device = find(bus, address);
    int have = 0;

    memset(config, 0xff, 4096);
    for (size_t i = 0; device && i < sizeof ends / sizeof ends[0]; i++) {
        struct config_read read = {device, config, have, ends[i] - have, false};
        if (!guarded(bus, read_config, &read) || !read.done) {
            break;
        }
        have = ends[i];
    }
    memset(config + have, 0xff, 4096 - (size_t)have);
    return (unsigned)have;
}

static void read_resources(struct pcie_bus *bus, void *device)
{
    (void)bus;
    pci_fill_info(device, PCI_FILL_BASES | PCI_FILL_SIZES | PCI_FILL_PHYS_SLOT | PCI_FILL_RESCAN);
}

void pcie_bus_resources(struct pcie_bus *bus, pcie_function *function)
{
    struct pci_dev *device = find(bus, &function->address);

    if (!device) {
        return;
    }
    if (!guarded(bus, read_resources, device)) {
        pcie_add_problem(function, "resource", EIO);
        return;
    }
    for (int i = 0; i < PCIE_BARS; i++) {
        pcie_bar *bar = &function->bars[i];
        bool memory = (device->base_addr[i] & PCI_BASE_ADDRESS_SPACE_IO) == 0;
        bar->address = device->base_addr[i] & (memory ? PCI_ADDR_MEM_MASK : PCI_ADDR_IO_MASK);
        bar->bytes = device->size[i];
        bar->is_64bit = memory && (device->base_addr[i] & PCI_BASE_ADDRESS_MEM_TYPE_64) != 0;
        bar->is_prefetchable =
            memory && (device->base_addr[i] & PCI_BASE_ADDRESS_MEM_PREFETCH) != 0;
    }
    snprintf(function->slot_label, sizeof function->slot_label, "%.31s",
             device->phy_slot ? device->phy_slot : "");
}
