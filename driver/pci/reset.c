#include "driver/pci/reset.h"

#include <errno.h>
#include <fcntl.h>
#include <pci/header.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "driver/pci/attribute.h"
#include "driver/pci/bus.h"
#include "driver/pci/capabilities.h"

#define SETTLE_MS     1000u
#define MAX_IN_SLOT   256u
#define BUS_RESET_MS  100u
#define SURPRISE_DOWN 0x20u /* in the AER registers for uncorrectable errors */
#define ERROR_REPORTING                                                                            \
    (PCI_EXP_DEVCTL_NFERE | PCI_EXP_DEVCTL_FERE | PCI_EXP_DEVCTL_URRE) /* of the port */

struct reset {
    pcie_machine *machine;
    const pcie_reset_options *options;
    char *message;
};

__attribute__((format(printf, 2, 3))) static void tell(const struct reset *reset,
                                                       const char *format, ...)
{
    char step[160];
    va_list arguments;

    if (reset->options && reset->options->tell) {
        va_start(arguments, format);
        vsnprintf(step, sizeof step, format, arguments);
        va_end(arguments);
        reset->options->tell(reset->options->user, step);
    }
}

__attribute__((format(printf, 3, 4))) static int fail(const struct reset *reset, int error,
                                                      const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(reset->message, 256, format, arguments);
    va_end(arguments);
    return error < 0 ? error : -error;
}

static int denied(const struct reset *reset, int error, const char *address, const char *file)
{
    return fail(reset, error, "%s: cannot write %s: %s%s", address, file, strerror(-error),
                error == -EACCES || error == -EPERM ? ": a reset needs root" : "");
}

static void wait_ms(unsigned ms)
{
    struct timespec time = {ms / 1000, (long)(ms % 1000) * 1000000};
    while (nanosleep(&time, &time) && errno == EINTR) {
    }
}

static void folder_of(const struct reset *reset, const char *address, char folder[PATH_MAX])
{
    snprintf(folder, PATH_MAX, "%s/bus/pci/devices/%s", reset->machine->sysfs, address);
}

/* ---- scope ---- */

/* The bus behind a port, or -1. */
static int secondary_bus(pcie_machine *machine, const pcie_function *port)
{
    uint8_t config[4096];
    unsigned size = pcie_bus_config(machine->bus, &port->address, config);

    return port->class_code == PCI_CLASS_BRIDGE_PCI && size >= 64 &&
                   (config[PCI_HEADER_TYPE] & 0x7f) == PCI_HEADER_TYPE_BRIDGE
               ? config[PCI_SECONDARY_BUS]
               : -1;
}

size_t pcie_reset_scope(pcie_machine *machine, pcie_function *function, pcie_reset_kind kind,
                        pcie_function **functions, size_t capacity)
{
    size_t count = 0;
    int behind = secondary_bus(machine, function);
    int bus = behind >= 0 ? behind : function->address.bus;

    for (size_t i = 0; i < machine->function_count; i++) {
        pcie_function *other = &machine->functions[i];
        bool concerned =
            kind == PCIE_RESET_FUNCTION
                ? other == function
                : other->address.domain == function->address.domain && other->address.bus == bus;
        if (concerned && count++ < capacity) {
            functions[count - 1] = other;
        }
    }
    return count;
}

/* ---- one function ---- */

static int reset_function(const struct reset *reset, pcie_function *function)
{
    char folder[PATH_MAX];
    char methods[64] = "";
    const char *address = function->address.text;

    folder_of(reset, address, folder);
    int told = pcie_read_text(folder, "reset_method", methods, sizeof methods);
    if ((told == 0 && !strstr(methods, "flr")) || (told && !function->has_flr)) {
        return fail(reset, -ENOTSUP,
                    "%s cannot reset itself (the kernel can: %s): reset its slot with --hot",
                    address, *methods ? methods : "nothing");
    }
    /* Without this the kernel may take another way. */
    int result = told == 0 ? pcie_write_text(folder, "reset_method", "flr") : 0;
    if (result) {
        return denied(reset, result, address, "reset_method");
    }
    tell(reset, "%s: function level reset", address);
    result = pcie_write_text(folder, "reset", "1");
    if (told == 0) {
        pcie_write_text(folder, "reset_method", "default");
    }
    return result ? denied(reset, result, address, "reset") : 0;
}

/* ---- a slot ---- */

/* Registers of the port that are changed for a while. */
struct port {
    int config; /* file */
    unsigned express, aer;
    uint16_t bridge_control, device_control;
    uint32_t uncorrectable_mask;
};

static int write_register(const struct port *port, unsigned at, const void *value, size_t size)
{
    return pwrite(port->config, value, size, at) == (ssize_t)size ? 0 : -(errno ? errno : EIO);
}

/* Integers of the processor are little-endian, as registers are. */
static int write16(const struct port *port, unsigned at, uint16_t value)
{
    return write_register(port, at, &value, sizeof value);
}

static int write32(const struct port *port, unsigned at, uint32_t value)
{
    return write_register(port, at, &value, sizeof value);
}

static int open_port(const struct reset *reset, const pcie_function *function, struct port *port)
{
    char path[PATH_MAX];
    uint8_t config[4096];
    unsigned size = pcie_bus_config(reset->machine->bus, &function->address, config);

    folder_of(reset, function->address.text, path);
    strncat(path, "/config", sizeof path - strlen(path) - 1);
    port->config = open(path, O_RDWR | O_CLOEXEC);
    if (port->config < 0) {
        return denied(reset, -errno, function->address.text, "config");
    }
    port->express = pcie_find_capability(config, size, PCI_CAP_ID_EXP);
    port->aer = pcie_find_extended(config, size, PCI_EXT_CAP_ID_AER);
    memcpy(&port->bridge_control, config + PCI_BRIDGE_CONTROL, 2);
    if (port->express) {
        memcpy(&port->device_control, config + port->express + PCI_EXP_DEVCTL, 2);
    }
    if (port->aer) {
        memcpy(&port->uncorrectable_mask, config + port->aer + PCI_ERR_UNCOR_MASK, 4);
    }
    return 0;
}

static int mask_errors(const struct reset *reset, const struct port *port, const char *address)
{
    uint16_t bridge = port->bridge_control & (uint16_t)~PCI_BRIDGE_CTL_SERR;
    uint16_t device = port->device_control & (uint16_t)~ERROR_REPORTING;
    int result = write16(port, PCI_BRIDGE_CONTROL, bridge);

    tell(reset, "%s: fatal errors of the port masked", address);
    if (!result && port->express) {
        result = write16(port, port->express + PCI_EXP_DEVCTL, device);
    }
    if (!result && port->aer) {
        result =
            write32(port, port->aer + PCI_ERR_UNCOR_MASK, port->uncorrectable_mask | SURPRISE_DOWN);
    }
    return result;
}

/* Forgets what the reset itself caused (status bits are cleared by writing ones), then as before.
 */
static int unmask_errors(const struct port *port)
{
    int result = 0;

    if (port->express) {
        write16(port, port->express + PCI_EXP_DEVSTA, 0x000f);
    }
    if (port->aer) {
        write32(port, port->aer + PCI_ERR_UNCOR_STATUS, SURPRISE_DOWN);
        result = write32(port, port->aer + PCI_ERR_UNCOR_MASK, port->uncorrectable_mask);
    }
    if (port->express && !result) {
        result = write16(port, port->express + PCI_EXP_DEVCTL, port->device_control);
    }
    return result ? result : write16(port, PCI_BRIDGE_CONTROL, port->bridge_control);
}

static int reset_bus(const struct reset *reset, const struct port *port, const char *address)
{
    uint16_t quiet = port->bridge_control & (uint16_t)~PCI_BRIDGE_CTL_SERR;
    unsigned settle =
        reset->options && reset->options->settle_ms ? reset->options->settle_ms : SETTLE_MS;

    tell(reset, "%s: secondary bus reset", address);
    int result = write16(port, PCI_BRIDGE_CONTROL, quiet | PCI_BRIDGE_CTL_BUS_RESET);
    wait_ms(BUS_RESET_MS);
    int released = write16(port, PCI_BRIDGE_CONTROL, quiet);
    wait_ms(settle);
    return result ? result : released;
}

/* Takes functions out of the kernel's hands, the last first: function 0 may carry the others. */
static int remove_functions(const struct reset *reset, pcie_function *const *functions,
                            size_t count)
{
    char folder[PATH_MAX];

    for (size_t i = count; i-- > 0;) {
        const char *address = functions[i]->address.text;
        folder_of(reset, address, folder);
        tell(reset, "%s: remove", address);
        int result = pcie_write_text(folder, "remove", "1");
        /* gone with a sibling, or by itself */
        if (result && result != -ENOENT && result != -ENODEV) {
            return denied(reset, result, address, "remove");
        }
    }
    return 0;
}

static int find_missing(const struct reset *reset, pcie_function *const *functions, size_t count)
{
    char folder[PATH_MAX];
    struct stat status;

    for (size_t i = 0; i < count; i++) {
        folder_of(reset, functions[i]->address.text, folder);
        if (stat(folder, &status) != 0) {
            return fail(reset, -ENODEV,
                        "%s did not come back from the reset: switch the machine off and on; then "
                        "check the card's power cables and seat",
                        functions[i]->address.text);
        }
    }
    return 0;
}

static int rescan(const struct reset *reset, const char *address)
{
    char folder[PATH_MAX];

    folder_of(reset, address, folder);
    tell(reset, "%s: scan the bus behind it", address);
    int result = pcie_write_text(folder, "rescan", "1");
    return result ? denied(reset, result, address, "rescan") : 0;
}

/* From the first change on, every way out puts the port's registers back and scans the bus again.
 */
static int reset_behind(const struct reset *reset, const pcie_function *function,
                        pcie_function *const *functions, size_t count)
{
    const char *address = function->address.text;
    struct port port = {.config = -1};
    int result = open_port(reset, function, &port);

    if (result) {
        return result;
    }
    result = mask_errors(reset, &port, address);
    if (result) {
        result = denied(reset, result, address, "a register in config");
    } else {
        result = remove_functions(reset, functions, count);
    }
    if (!result && (result = reset_bus(reset, &port, address))) {
        result = denied(reset, result, address, "the bridge control register");
    }
    int unmasked = unmask_errors(&port);
    if (!result && unmasked) {
        result = denied(reset, unmasked, address, "a register in config");
    }
    close(port.config);
    int scanned = rescan(reset, address);
    result = result ? result : scanned;
    return result ? result : find_missing(reset, functions, count);
}

static int reset_slot(const struct reset *reset, pcie_function *function)
{
    pcie_function *functions[MAX_IN_SLOT];
    size_t count =
        pcie_reset_scope(reset->machine, function, PCIE_RESET_HOT, functions, MAX_IN_SLOT);
    pcie_function *port = function;

    if (secondary_bus(reset->machine, function) < 0) {
        pcie_look(reset->machine, function);
        port = function->has_slot ? pcie_find(reset->machine, &function->slot) : NULL;
    }
    if (!port) {
        return fail(reset, -ENOTSUP,
                    "%s has no port above it whose bus could be reset: it is part of the root "
                    "complex, or in a virtual machine; try --flr",
                    function->address.text);
    }
    for (size_t i = 0; i < count; i++) {
        if (secondary_bus(reset->machine, functions[i]) >= 0) {
            return fail(reset, -ENOTSUP,
                        "behind %s is another port, %s, with a bus of its own: reset that one",
                        port->address.text, functions[i]->address.text);
        }
    }
    return reset_behind(reset, port, functions, count < MAX_IN_SLOT ? count : MAX_IN_SLOT);
}

int pcie_reset(pcie_machine *machine, pcie_function *function, pcie_reset_kind kind,
               const pcie_reset_options *options,
               char message[256]) // NOLINT(readability-non-const-parameter): written by fail()
{
    struct reset reset = {machine, options, message};

    if (!machine->sysfs) {
        return fail(&reset, -ENOTSUP, "a dump cannot be reset");
    }
    return kind == PCIE_RESET_FUNCTION ? reset_function(&reset, function)
                                       : reset_slot(&reset, function);
}
