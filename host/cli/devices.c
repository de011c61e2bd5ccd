/* hyperion devices: what there is, without starting any of it. */
#include <stdio.h>
#include <stdlib.h>

#include "host/cli/cli.h"
#include "host/cli/pci.h"

static const char help[] =
    "usage: hyperion devices [--json] [--sysfs DIR]\n\n"
    "Lists the devices of this machine, then the accelerator cards on its PCI bus with their "
    "link,\nNUMA node and driver. Nothing is loaded or started. Simulated cards are called "
    "simulated.\n\n"
    "  --sysfs DIR   list only the cards in a copy of another machine's sysfs tree\n"
    "  --json        one object a device:\n"
    "                {\"name\",\"kind\",\"description\",\"bitstream\",\"memory_bytes\",\"pci\"};"
    "\n                name is null for a card that XRT does not drive\n\n"
    "example: hyperion devices --json\n";

static const char *kind_name(hyp_device_kind kind)
{
    switch (kind) {
    case HYP_DEVICE_CPU:
        return "cpu";
    case HYP_DEVICE_SIMULATED_CARD:
        return "simulated";
    case HYP_DEVICE_CARD:
        return "card";
    case HYP_DEVICE_SET:
        return "set";
    }
    return "unknown";
}

/* ---- cards on the bus ---- */

static json_t *json_pci(const pcie_card *card, const pcie_function *function)
{
    return json_pack("{s:s, s:s, s:o, s:o, s:o, s:o}", "address", function->address.text, "card",
                     card ? card->family : "", "driver",
                     *function->driver ? json_string(function->driver) : json_null(), "numa_node",
                     function->numa_node >= 0 ? json_integer(function->numa_node) : json_null(),
                     "link", cli_json_link(&function->link), "slot_link",
                     cli_json_link(&function->slot_link));
}

static void format_link(uint8_t speed, uint8_t width, char text[32])
{
    snprintf(text, 32, "%s x%u", pcie_speed_name(speed), width);
}

static void print_card(const pcie_card *card, const pcie_function *function, int xrt)
{
    char device[16] = "-";
    char now[32] = "-";
    char limit[32] = "-";
    char node[16] = "-";
    uint8_t speed;
    uint8_t width;

    if (xrt >= 0) {
        snprintf(device, sizeof device, "xrt:%d", xrt);
    }
    if (function->numa_node >= 0) {
        snprintf(node, sizeof node, "%d", function->numa_node);
    }
    if (function->link.known) {
        pcie_link_limit(function, &speed, &width);
        format_link(function->link.speed, function->link.width, now);
        format_link(speed, width, limit);
    }
    printf("%-12s  %-16s  %-8s  %-13s  %-13s  %4s  %s\n", function->address.text, card->family,
           device, function->vanished ? "vanished" : now, limit, node,
           *function->driver ? function->driver : "-");
}

static void print_cards(pcie_machine *machine)
{
    for (size_t i = 0; i < machine->card_count; i++) {
        const pcie_card *card = &machine->cards[i];
        pcie_function *function = pcie_card_first(card);
        if (i == 0) {
            printf("%-12s  %-16s  %-8s  %-13s  %-13s  %4s  %s\n", "PCI ADDRESS", "CARD", "DEVICE",
                   "LINK", "COULD BE", "NUMA", "DRIVER");
        }
        pcie_look(machine, function);
        print_card(card, function, pcie_xrt_index(machine, function));
    }
}

/* Cards that are no device. */
static void print_other_cards(pcie_machine *machine, bool with_driven)
{
    for (size_t i = 0; i < machine->card_count; i++) {
        const pcie_card *card = &machine->cards[i];
        pcie_function *function = pcie_card_first(card);
        int xrt = pcie_xrt_index(machine, function);
        if (xrt >= 0 && !with_driven) {
            continue;
        }
        pcie_look(machine, function);
        cli_print_json(json_pack("{s:o, s:s, s:s, s:s, s:i, s:o}", "name",
                                 xrt >= 0 ? json_sprintf("xrt:%d", xrt) : json_null(), "kind",
                                 "card", "description", card->family, "bitstream", "",
                                 "memory_bytes", 0, "pci", json_pci(card, function)));
    }
}

/* ---- devices ---- */

static json_t *json_pci_of(pcie_machine *machine, const hyp_device_info *info)
{
    unsigned index;
    pcie_function *function = info->kind == HYP_DEVICE_CARD && cli_card_index(info->name, &index)
                                  ? pcie_find_xrt(machine, index)
                                  : NULL;

    if (!function) {
        return json_null();
    }
    pcie_look(machine, function);
    return json_pci(pcie_card_of(machine, function), function);
}

static void print_list(const hyp_device_info *infos, size_t count, pcie_machine *machine, bool json)
{
    if (!json) {
        printf("%-8s  %-10s  %-44s  %s\n", "DEVICE", "KIND", "DESCRIPTION", "BITSTREAM");
    }
    for (size_t i = 0; i < count; i++) {
        const hyp_device_info *info = &infos[i];
        if (json) {
            cli_print_json(json_pack(
                "{s:s, s:s, s:s, s:s, s:I, s:o}", "name", info->name, "kind", kind_name(info->kind),
                "description", info->description, "bitstream", info->bitstream, "memory_bytes",
                (json_int_t)info->memory_bytes, "pci", json_pci_of(machine, info)));
        } else {
            printf("%-8s  %-10s  %-44s  %s\n", info->name, kind_name(info->kind), info->description,
                   *info->bitstream ? info->bitstream : "-");
        }
    }
}

static int list_devices(pcie_machine *machine, bool json)
{
    hyp_device_info *infos = NULL;
    hyp_context *context;
    hyp_error error = {0, ""};
    size_t count = 0;

    int result = hyp_context_create(NULL, &context, &error);
    if (result) {
        cli_error("%s", error.message);
        return cli_exit_code(result);
    }
    result = hyp_device_list(context, NULL, 0, &count, &error);
    size_t capacity = count;
    if (result == HYP_OK && (infos = calloc(capacity + 1, sizeof *infos))) {
        result = hyp_device_list(context, infos, capacity, &count, &error);
        if (result == HYP_OK) {
            print_list(infos, count < capacity ? count : capacity, machine, json);
        }
    }
    if (result) {
        cli_error("%s", error.message);
    }
    free(infos);
    hyp_context_destroy(context);
    return cli_exit_code(result);
}

static int list(const char *sysfs, bool json)
{
    pcie_source source = {sysfs, NULL};
    pcie_machine machine;
    char message[256];
    int result = CLI_OK;

    /* A machine without a PCI bus has devices too. */
    int missing = pcie_scan(&source, &machine, message);
    if (missing && sysfs) {
        cli_error("%s", message);
        return CLI_USAGE;
    }
    if (!sysfs) {
        result = list_devices(&machine, json);
    }
    if (result == CLI_OK && json) {
        print_other_cards(&machine, sysfs != NULL);
    } else if (result == CLI_OK) {
        if (!sysfs && machine.card_count) {
            putchar('\n');
        }
        print_cards(&machine);
    }
    pcie_free(&machine);
    return result;
}

int cli_devices(int argc, char **argv)
{
    static const struct option options[] = {{"json", no_argument, NULL, 'j'},
                                            {"sysfs", required_argument, NULL, 's'},
                                            {"help", no_argument, NULL, 'h'},
                                            {0}};
    const char *sysfs = NULL;
    bool json = false;
    int option;

    while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
        switch (option) {
        case 'j':
            json = true;
            break;
        case 's':
            sysfs = optarg;
            break;
        case 'h':
            fputs(help, stdout);
            return CLI_OK;
        default:
            return cli_usage();
        }
    }
    if (optind < argc) {
        cli_error("unexpected argument \"%s\"", argv[optind]);
        return cli_usage();
    }
    return list(sysfs, json);
}
