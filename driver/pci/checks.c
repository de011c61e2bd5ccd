#include "driver/pci/checks.h"

#include <errno.h>
#include <inttypes.h>
#include <pci/header.h>
#include <stdio.h>
#include <string.h>

#include "driver/pci/hwmon.h"

/* ---- the link ---- */

static void check_slot_width(const pcie_function *function, report *to)
{
    const pcie_link *card = &function->link;
    const pcie_link *slot = &function->slot_link;

    if (function->has_slot && slot->known &&
        (slot->max_speed < card->max_speed || slot->max_width < card->max_width)) {
        report_warn(to, function->address.text, "slot", "the slot, not the card, limits the link",
                    "move the card to a slot that has all its lanes, or accept the lower bandwidth",
                    "slot %s allows %s x%u, the card %s x%u", function->slot.text,
                    pcie_speed_name(slot->max_speed), slot->max_width,
                    pcie_speed_name(card->max_speed), card->max_width);
    } else if (function->has_slot && slot->known) {
        report_ok(to, function->address.text, "slot", "%s%s%s%s allows %s x%u", function->slot.text,
                  function->slot_label[0] ? " (slot " : "", function->slot_label,
                  function->slot_label[0] ? ")" : "", pcie_speed_name(slot->max_speed),
                  slot->max_width);
    }
}

void pcie_check_link(const pcie_function *function, report *to)
{
    const char *subject = function->address.text;
    const pcie_link *link = &function->link;
    uint8_t speed;
    uint8_t width;

    pcie_link_limit(function, &speed, &width);
    if (!link->known) {
        report_ok(to, subject, "link", "%s",
                  function->config_bytes < 256 ? "not shown to this user"
                                               : "none: the function is part of the root complex");
    } else if (link->width == 0 || link->speed == 0) {
        report_fail(to, subject, "link", "the two ends of the link do not agree on anything",
                    "reseat the card, try another slot, look for the card's power cable",
                    "down (could be %s x%u)", pcie_speed_name(speed), width);
    } else if (pcie_link_degraded(function)) {
        report_fail(to, subject, "link",
                    "lanes or speed were lost in training: a dirty or loose connector, a poor "
                    "riser, a damaged lane, or a limit in the firmware's settings",
                    "reset it with `hyperion reset --hot`; if it stays, clean and reseat the card, "
                    "try another slot, lift the slot's speed limit in the firmware",
                    "%s x%u, where card and slot allow %s x%u", pcie_speed_name(link->speed),
                    link->width, pcie_speed_name(speed), width);
    } else {
        report_ok(to, subject, "link", "%s x%u, all that card and slot allow",
                  pcie_speed_name(link->speed), link->width);
    }
    check_slot_width(function, to);
}

/* ---- configuration ---- */

static void check_config(const pcie_function *function, report *to)
{
    if (function->config_bytes < 64) {
        report_fail(to, function->address.text, "config",
                    "the kernel refuses to read the function's configuration space",
                    "look into the kernel's log for this address; `hyperion reset --hot` may bring "
                    "it back",
                    "configuration space cannot be read");
    } else if (function->config_bytes < 256) {
        report_warn(to, function->address.text, "config",
                    "only root may read capabilities, so that interrupts and error registers stay "
                    "unknown",
                    "run the command as root for the whole report",
                    "only the first %u bytes of configuration space are shown",
                    function->config_bytes);
    }
}

static void check_bars(const pcie_function *function, report *to)
{
    unsigned count = 0;
    uint64_t bytes = 0;

    for (unsigned i = 0; i < PCIE_BARS; i++) {
        const pcie_bar *bar = &function->bars[i];
        if (bar->bytes && !bar->address) {
            report_fail(to, function->address.text, "bars",
                        "the firmware or the kernel had no address space of that size left",
                        "switch on \"Above 4G Decoding\" in the firmware's settings, then restart; "
                        "or boot with pci=realloc",
                        "BAR %u of %" PRIu64 " KiB has no address", i, bar->bytes / 1024);
            return;
        }
        count += bar->bytes || bar->address;
        bytes += bar->bytes;
    }
    if (count == 0) {
        report_ok(to, function->address.text, "bars", "none");
    } else if (bytes == 0) {
        report_ok(to, function->address.text, "bars", "%u with an address", count);
    } else {
        report_ok(to, function->address.text, "bars", "%u, %" PRIu64 " KiB in all", count,
                  bytes / 1024);
    }
}

static void check_interrupts(const pcie_function *function, report *to)
{
    const pcie_msix *msix = &function->msix;

    if (!msix->present) {
        return;
    }
    if (function->driver[0] && !msix->enabled && strcmp(function->driver, "vfio-pci") != 0) {
        report_warn(to, function->address.text, "msix",
                    "the driver did not get its interrupts and polls, or has not finished starting",
                    "look for messages of the driver in the kernel's log; load it again",
                    "%u vectors, none enabled though %s is bound", msix->vectors, function->driver);
    } else {
        report_ok(to, function->address.text, "msix", "%u vectors, %s", msix->vectors,
                  msix->enabled ? "enabled" : "not enabled");
    }
}

static void check_command(const pcie_function *function, report *to)
{
    if (function->config_bytes < 64 || !function->driver[0] || !function->id) {
        return;
    }
    if (!(function->command & PCI_COMMAND_MEMORY) || !(function->command & PCI_COMMAND_MASTER)) {
        report_fail(to, function->address.text, "command",
                    "something, often an error handler or a failed reset, switched the function "
                    "off",
                    "unbind and bind the driver, or use `hyperion reset --hot`",
                    "memory access %s, bus mastering %s",
                    function->command & PCI_COMMAND_MEMORY ? "on" : "off",
                    function->command & PCI_COMMAND_MASTER ? "on" : "off");
    }
}

static void check_power(const pcie_function *function, report *to)
{
    if (!function->power_state[0]) {
        return;
    }
    if (strcmp(function->power_state, "D0") != 0) {
        report_warn(to, function->address.text, "power_state",
                    "runtime power management put the function to sleep",
                    "write \"on\" to power/control of the function; if it stays asleep, reset it",
                    "%s, not D0", function->power_state);
    } else {
        report_ok(to, function->address.text, "power_state", "D0");
    }
}

static void check_place(const pcie_function *function, report *to)
{
    if (!function->folder[0]) {
        return; /* a dump does not tell */
    }
    if (function->numa_node >= 0) {
        report_ok(to, function->address.text, "numa", "node %d", function->numa_node);
    } else {
        report_ok(to, function->address.text, "numa", "no node told: one node, or all are as near");
    }
    report_ok(to, function->address.text, "iommu", "%s%s",
              function->iommu_group[0] ? "group " : "no group: no IOMMU is in use",
              function->iommu_group);
}

/* ---- the driver ---- */

static void check_driver(const pcie_function *function, report *to)
{
    const char *subject = function->address.text;
    const char *expected = !function->id || function->id->role == PCIE_ROLE_GOLDEN ? NULL
                           : function->id->role == PCIE_ROLE_USER                  ? "xocl"
                                                                                   : "xclmgmt";
    char remedy[256];

    if (!function->folder[0]) {
        report_ok(to, subject, "driver", "a dump does not tell");
    } else if (!expected) {
        report_ok(to, subject, "driver", "%s",
                  function->driver[0] ? function->driver : "none bound");
    } else if (strcmp(function->driver, expected) == 0) {
        report_ok(to, subject, "driver", "%s", expected);
    } else if (strcmp(function->driver, "vfio-pci") == 0) {
        report_warn(to, subject, "driver", "the function was given to a virtual machine",
                    "none if that is meant; else unbind vfio-pci and bind XRT's driver",
                    "vfio-pci, not %s", expected);
    } else {
        snprintf(remedy, sizeof remedy,
                 "install XRT, then `modprobe %s`; if it is loaded, write %s to "
                 "/sys/bus/pci/drivers/%s/bind and read the kernel's log",
                 expected, subject, expected);
        const char *cause = function->driver[0]
                                ? "another driver claims the function"
                                : "XRT's driver is not loaded, or gave the function up";
        if (strcmp(expected, "xocl") == 0) {
            report_fail(to, subject, "driver", cause, remedy, "%s, not %s",
                        function->driver[0] ? function->driver : "none bound", expected);
        } else {
            report_warn(to, subject, "driver", cause, remedy, "%s, not %s: no flashing, no sensors",
                        function->driver[0] ? function->driver : "none bound", expected);
        }
    }
}

static void check_xrt(const pcie_function *function, report *to)
{
    const pcie_xrt *xrt = &function->xrt;
    const char *subject = function->address.text;

    if (strcmp(function->driver, "xocl") != 0) {
        return;
    }
    if (xrt->offline || (xrt->has_ready && !xrt->ready)) {
        report_fail(to, subject, "xrt",
                    "the driver found the card's shell not working, or a reset has not ended",
                    "wait a minute, then reset the card with `hyperion reset`; if it stays, flash "
                    "the platform again",
                    "the driver says the card is %s", xrt->offline ? "offline" : "not ready");
    } else if (!xrt->platform[0] && xrt->interface_count == 0) {
        report_warn(to, subject, "xrt", "the driver shows neither a platform nor an interface",
                    "install the deployment package of the card's platform and flash it",
                    "platform not told: no xclbin can be matched with it");
    } else {
        report_ok(to, subject, "xrt", "platform %s, interface %s",
                  xrt->platform[0] ? xrt->platform : "not told",
                  xrt->interface_count ? xrt->interfaces[0] : "not told");
    }
}

/* ---- errors ---- */

static void check_fatal(const pcie_function *function, report *to)
{
    const pcie_aer *aer = &function->aer;

    if (aer->fatal) {
        report_fail(to, function->address.text, "aer_fatal",
                    "the link broke a rule that it cannot recover from; answers since then may be "
                    "nonsense",
                    "reset the card with `hyperion reset --hot` and validate it; if it comes "
                    "again, replace riser or card",
                    "%" PRIu64 " fatal errors since start, mostly %s", aer->fatal,
                    aer->fatal_kind[0] ? aer->fatal_kind : "of unknown kind");
    }
    if (aer->nonfatal) {
        report_warn(to, function->address.text, "aer_nonfatal",
                    "requests were lost or answered with an error, while the link went on",
                    "look into the kernel's log for the requests; validate the card",
                    "%" PRIu64 " uncorrectable, not fatal errors since start", aer->nonfatal);
    }
}

static void check_correctable(const pcie_function *function, report *to)
{
    static const char cause[] = "the signal is poor: packets arrive damaged and are sent again";
    static const char remedy[] =
        "clean and reseat the card, try another slot or riser; watch whether the count still grows";
    const pcie_aer *aer = &function->aer;
    const char *kind = aer->correctable_kind[0] ? aer->correctable_kind : "of unknown kind";

    if (aer->correctable >= PCIE_CORRECTABLE_FAIL) {
        report_fail(to, function->address.text, "aer_correctable", cause, remedy,
                    "%" PRIu64 " correctable errors since start, mostly %s", aer->correctable,
                    kind);
    } else if (aer->correctable >= PCIE_CORRECTABLE_WARN) {
        report_warn(to, function->address.text, "aer_correctable", cause, remedy,
                    "%" PRIu64 " correctable errors since start, mostly %s", aer->correctable,
                    kind);
    }
}

static void check_aer(const pcie_function *function, report *to)
{
    const pcie_aer *aer = &function->aer;

    check_fatal(function, to);
    check_correctable(function, to);
    if (aer->counted && !aer->fatal && !aer->nonfatal && aer->correctable < PCIE_CORRECTABLE_WARN) {
        report_ok(to, function->address.text, "aer",
                  "%" PRIu64 " errors since start, all corrected", aer->correctable);
    }
    if (!aer->counted && aer->present && (aer->uncorrectable_status || aer->correctable_status)) {
        report_warn(to, function->address.text, "aer",
                    "errors were recorded in the function, and nobody has counted or cleared them",
                    "boot a kernel with AER enabled and firmware that hands it over (_OSC)",
                    "status registers: uncorrectable 0x%08" PRIx32 ", correctable 0x%08" PRIx32,
                    aer->uncorrectable_status, aer->correctable_status);
    } else if (!aer->counted && aer->present) {
        report_ok(to, function->address.text, "aer", "nothing in the status registers");
    }
}

/* ---- sensors ---- */

static bool too_high(const pcie_sensor *sensor, int64_t limit)
{
    /* Of a voltage both limits are walls; a fan has no upper one. */
    return sensor->quantity != PCIE_FAN && sensor->value >= limit;
}

static const char *high_cause(pcie_quantity quantity)
{
    switch (quantity) {
    case PCIE_TEMPERATURE:
        return "too little air, air that is too warm, or a fan or heat sink that failed";
    case PCIE_POWER:
    case PCIE_CURRENT:
        return "the kernels draw more than the card or its power cable is made for";
    default:
        return "a supply on the card, or the power that the chassis gives, is out of bounds";
    }
}

static const char *high_remedy(pcie_quantity quantity)
{
    switch (quantity) {
    case PCIE_TEMPERATURE:
        return "take work off the card now; check fans and airflow, clean the heat sink";
    case PCIE_POWER:
    case PCIE_CURRENT:
        return "take work off the card; check that its power cables are plugged in; use a "
               "bitstream with a lower clock";
    default:
        return "stop using the card; check its power cables and the chassis' power supply";
    }
}

/* "FPGA 71.0 C". */
static void format_value(const pcie_sensor *sensor, int64_t value, char text[40])
{
    snprintf(text, 40, "%.*f %s",
             sensor->quantity == PCIE_VOLTAGE ? 2 : sensor->quantity != PCIE_FAN,
             (double)value * pcie_quantity_scale(sensor->quantity),
             pcie_quantity_unit(sensor->quantity));
}

/* Returns false where the sensor tells nothing. */
static bool check_reading(const pcie_function *function, const pcie_sensor *sensor, report *to)
{
    if (sensor->readable && sensor->in_range && !sensor->fault) {
        return true;
    }
    report_warn(to, function->address.text, pcie_quantity_name(sensor->quantity),
                "the sensor, or the controller on the card that reads it, does not work",
                "reset the card's controller with `hyperion reset`; until then nothing watches "
                "this value",
                sensor->readable ? "%s: reads %" PRId64 ", which cannot be"
                                 : "%s: cannot be read (%" PRId64 ")",
                sensor->name, sensor->value);
    return false;
}

static void check_sensor(const pcie_function *function, const pcie_sensor *sensor, report *to)
{
    const char *subject = function->address.text;
    const char *check = pcie_quantity_name(sensor->quantity);
    char value[40];
    char limit[40];

    if (!check_reading(function, sensor, to)) {
        return;
    }
    format_value(sensor, sensor->value, value);
    if (sensor->has_critical && too_high(sensor, sensor->critical)) {
        format_value(sensor, sensor->critical, limit);
        report_fail(to, subject, check, high_cause(sensor->quantity), high_remedy(sensor->quantity),
                    "%s: %s, critical from %s on", sensor->name, value, limit);
    } else if (sensor->has_high && too_high(sensor, sensor->high)) {
        format_value(sensor, sensor->high, limit);
        report_warn(to, subject, check, high_cause(sensor->quantity), high_remedy(sensor->quantity),
                    "%s: %s, above its limit of %s", sensor->name, value, limit);
    } else if (sensor->has_low && sensor->value < sensor->low) {
        format_value(sensor, sensor->low, limit);
        report_fail(to, subject, check,
                    sensor->quantity == PCIE_FAN ? "the fan is blocked, unplugged or worn"
                                                 : high_cause(PCIE_VOLTAGE),
                    sensor->quantity == PCIE_FAN ? "take work off the card and replace the fan"
                                                 : high_remedy(PCIE_VOLTAGE),
                    "%s: %s, below its limit of %s", sensor->name, value, limit);
    } else if (sensor->alarm) {
        report_warn(to, subject, check, high_cause(sensor->quantity), high_remedy(sensor->quantity),
                    "%s: %s, and its driver raised an alarm", sensor->name, value);
    } else {
        report_ok(to, subject, check, "%s: %s", sensor->name, value);
    }
}

/* ---- all ---- */

static void check_identity(const pcie_function *function, report *to)
{
    if (function->serial[0] || function->part_number[0]) {
        report_ok(to, function->address.text, "serial", "%s%s%s",
                  function->serial[0] ? function->serial : "not told",
                  function->part_number[0] ? ", part " : "", function->part_number);
    }
}

static void check_problems(const pcie_function *function, report *to)
{
    for (uint32_t i = 0; i < function->problem_count; i++) {
        const pcie_problem *problem = &function->problems[i];
        bool denied = problem->error == EACCES || problem->error == EPERM;
        char reason[64];
        const char *text = problem->error == EINVAL
                               ? "its content is not what belongs there"
                               : strerror_r(problem->error, reason, sizeof reason);
        report_warn(to, function->address.text, "unreadable",
                    denied ? "this user may not read it"
                           : "the kernel, its driver or a copy of the tree gives no answer",
                    denied ? "run the command as root"
                           : "look into the kernel's log for this address; copy the tree again",
                    "%s: %s", problem->file, text);
    }
}

static void check_function(const pcie_function *function, bool with_link, report *to)
{
    if (function->vanished) {
        report_fail(to, function->address.text, "present",
                    "the card dropped off the bus: it lost power, overheated, crashed, or was "
                    "pulled out; every read is answered with all ones",
                    "`hyperion reset --hot` on its slot; if it does not come back, switch the "
                    "machine off and on, then check power cables and temperature",
                    "the kernel lists the function, and it does not answer");
        return;
    }
    check_config(function, to);
    check_driver(function, to);
    check_xrt(function, to);
    if (with_link) {
        pcie_check_link(function, to);
    }
    check_bars(function, to);
    check_command(function, to);
    check_interrupts(function, to);
    check_power(function, to);
    check_place(function, to);
    check_aer(function, to);
    check_identity(function, to);
    for (uint32_t i = 0; i < function->sensor_count; i++) {
        check_sensor(function, &function->sensors[i], to);
    }
    check_problems(function, to);
}

void pcie_check_function(const pcie_function *function, report *to)
{
    check_function(function, true, to);
}

static void check_whole(const pcie_card *card, report *to)
{
    const char *subject = ((const pcie_function *)pcie_card_first(card))->address.text;

    if (card->golden) {
        report_fail(to, subject, "functions",
                    "the card runs its factory image, which has no user function",
                    "flash the platform: `xbmgmt program --base --device ADDRESS`, then switch the "
                    "machine off and on",
                    "%s with the golden image only", card->family);
    } else if (!card->user) {
        report_fail(to, subject, "functions",
                    "the user function was removed, given to a virtual machine as a whole, or its "
                    "shell failed to load",
                    "rescan the bus with `hyperion reset --hot`; if it stays away, flash the "
                    "platform again and switch the machine off and on",
                    "%s: management function only, the user function is missing", card->family);
    } else if (!card->management) {
        report_warn(to, subject, "functions",
                    "this machine was given the user function alone, as clouds do, or the other "
                    "was removed",
                    "none if that is meant: flashing and resets are done where the other function "
                    "is; else rescan the bus",
                    "%s: user function only, the management function is missing", card->family);
    } else {
        report_ok(to, subject, "functions", "%s: management %s, user %s", card->family,
                  card->management->address.text, card->user->address.text);
    }
}

void pcie_check_card(const pcie_card *card, report *to)
{
    const pcie_function *const functions[] = {card->management, card->user, card->golden};

    const pcie_function *told = NULL;

    check_whole(card, to);
    for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++) {
        const pcie_function *function = functions[i];
        if (function) {
            /* Functions of one card share one link. */
            bool is_news = !told || memcmp(&told->link, &function->link, sizeof told->link) != 0;
            check_function(function, is_news, to);
            told = function->vanished ? told : function;
        }
    }
}
