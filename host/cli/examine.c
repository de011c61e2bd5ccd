/* hyperion examine: everything that the PCI bus and the kernel tell of a card, each line with a
 * verdict. */
#include <stdio.h>
#include <string.h>

#include "driver/pci/checks.h"
#include "driver/pci/users.h"
#include "host/cli/cli.h"
#include "host/cli/findings.h"
#include "host/cli/pci.h"

static const char help[] =
    "usage: hyperion examine [--json] [--sysfs DIR | --dump FILE] [DEVICE]\n\n"
    "Reports on the accelerator cards of this machine, or on DEVICE: a PCI address\n"
    "(0000:65:00.1, 65:00.1) or xrt:N. Each line has a verdict: ok, warn or fail; the last two\n"
    "come with a cause and a remedy. Works without XRT; root sees more. Nothing is changed.\n\n"
    "  --sysfs DIR   read a copy of another machine's sysfs tree instead of /sys\n"
    "  --dump FILE   read configuration spaces as `lspci -xxxx` printed them (as root)\n"
    "  --json        one object a card: {\"card\",\"device\",\"verdict\",\"functions\","
    "\"findings\"}\n\n"
    "Exit codes: 0 nothing failed, 1 something did, 2 bad input or usage, 3 no card, or no PCI "
    "bus.\n\n"
    "example: hyperion examine 0000:65:00.1\n";

static void print_title(const pcie_card *card, const pcie_function *function, int xrt)
{
    if (card) {
        printf("%s at %s", card->family, function->address.text);
    } else {
        printf("%s: %04x:%04x, no accelerator card that this version knows", function->address.text,
               function->vendor, function->device);
    }
    if (xrt >= 0) {
        printf(", device xrt:%d", xrt);
    }
    printf("\n\n");
}

static json_t *json_functions(const pcie_card *card, const pcie_function *function)
{
    json_t *array = json_array();

    if (!card) {
        json_array_append_new(array, cli_json_function(function));
        return array;
    }
    const pcie_function *const functions[] = {card->management, card->user, card->golden};
    for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++) {
        if (functions[i]) {
            json_array_append_new(array, cli_json_function(functions[i]));
        }
    }
    return array;
}

/* On the running machine: who has the card open. */
static void check_users(const pcie_machine *machine, const pcie_function *function, report *to)
{
    pcie_user user;
    size_t count = strcmp(machine->sysfs ? machine->sysfs : "", "/sys")
                       ? 0
                       : pcie_find_users(function, NULL, &user, 1);

    if (count) {
        report_ok(to, function->address.text, "users", "process %d (%s) has %s open%s", user.pid,
                  user.program, user.node, count > 1 ? ", and others" : "");
    }
}

/* A card by one of its functions, or where `card` is NULL a function that belongs to none. */
static int examine(pcie_machine *machine, const pcie_card *card, pcie_function *function, bool json)
{
    report findings = {0};

    if (card) {
        pcie_examine_card(machine, card);
        pcie_check_card(card, &findings);
        check_users(machine, card->user ? card->user : function, &findings);
    } else {
        pcie_examine(machine, function);
        pcie_check_function(function, &findings);
        check_users(machine, function, &findings);
    }
    int xrt = pcie_xrt_index(machine, card && card->user ? card->user : function);
    if (json) {
        cli_print_json(json_pack(
            "{s:o, s:o, s:s, s:o, s:o}", "card", card ? json_string(card->family) : json_null(),
            "device", xrt >= 0 ? json_sprintf("xrt:%d", xrt) : json_null(), "verdict",
            report_verdict_name(report_worst(&findings)), "functions",
            json_functions(card, function), "findings", cli_json_findings(&findings)));
    } else {
        print_title(card, function, xrt);
        cli_print_findings(&findings);
    }
    int result = cli_report_code(&findings);
    report_free(&findings);
    return result;
}

static int examine_all(pcie_machine *machine, bool json)
{
    int result = CLI_OK;

    if (machine->card_count == 0) {
        cli_error("no accelerator card among the %zu functions of the PCI bus: is one plugged in, "
                  "powered, and its slot enabled in the firmware? A card that was removed comes "
                  "back with a rescan (`hyperion reset --hot` of its slot)",
                  machine->function_count);
        return CLI_DEVICE;
    }
    for (size_t i = 0; i < machine->card_count; i++) {
        if (i && !json) {
            putchar('\n');
        }
        result = cli_worse(result, examine(machine, &machine->cards[i],
                                           pcie_card_first(&machine->cards[i]), json));
    }
    return result;
}

static int run(const pcie_source *source, const char *name, bool json)
{
    pcie_machine machine;
    pcie_function *function;
    int result = cli_pci_scan(source, &machine);

    if (result) {
        return result;
    }
    if (name) {
        result = cli_pci_find(&machine, name, &function);
        if (result == CLI_OK) {
            result = examine(&machine, pcie_card_of(&machine, function), function, json);
        }
    } else {
        result = examine_all(&machine, json);
    }
    pcie_free(&machine);
    return result;
}

int cli_examine(int argc, char **argv)
{
    static const struct option options[] = {{"json", no_argument, NULL, 'j'},
                                            {"sysfs", required_argument, NULL, 's'},
                                            {"dump", required_argument, NULL, 'd'},
                                            {"help", no_argument, NULL, 'h'},
                                            {0}};
    pcie_source source = {NULL, NULL};
    bool json = false;
    int option;

    while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
        switch (option) {
        case 'j':
            json = true;
            break;
        case 's':
            source.sysfs = optarg;
            break;
        case 'd':
            source.dump = optarg;
            break;
        case 'h':
            fputs(help, stdout);
            return CLI_OK;
        default:
            return cli_usage();
        }
    }
    if (argc - optind > 1 || (source.sysfs && source.dump)) {
        cli_error("%s", source.sysfs && source.dump ? "--sysfs and --dump exclude each other"
                                                    : "more than one device is given");
        return cli_usage();
    }
    return run(&source, argv[optind], json);
}
