/* hyperion reset: brings a card back, by a reset of its function or of its slot. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "driver/pci/reset.h"
#include "driver/pci/users.h"
#include "host/cli/cli.h"
#include "host/cli/pci.h"

static const char help[] =
    "usage: hyperion reset [--hot | --flr] [--force] [--json] DEVICE\n\n"
    "Resets a card, as root. DEVICE is a PCI address or xrt:N. Whatever runs on the card is "
    "lost.\n\n"
    "  --hot     reset the slot (the default): every function in it is removed, the bus of the "
    "port\n"
    "            above is reset with the port's fatal errors masked, and scanned again; drivers\n"
    "            bind anew. DEVICE may be the port itself, to bring back a card that is gone\n"
    "  --flr     reset one function through the function itself; its driver stays\n"
    "  --force   even if a process has the card open, or another device is in the slot\n"
    "  --json    one object: {\"device\",\"kind\",\"ok\",\"functions\",\"steps\",\"error\"}\n\n"
    "Exit codes: 0 reset and back, 1 in use or shared, 2 wrong usage, 3 no such device, not root, "
    "or\nit did not come back.\n\n"
    "example: hyperion reset --hot 0000:65:00.1\n";

struct request {
    pcie_reset_kind kind;
    bool force;
    bool json;
    json_t *steps;
};

enum { MAX_FUNCTIONS = 64, MAX_USERS = 8 };

static void tell(void *user, const char *step)
{
    struct request *request = user;

    if (request->json) {
        json_array_append_new(request->steps, json_string(step));
    } else {
        printf("%s\n", step);
        fflush(stdout);
    }
}

/* The first process that has one of the functions open. */
static bool find_user(pcie_machine *machine, pcie_function *const *functions, size_t count,
                      char message[256])
{
    pcie_user user;

    for (size_t i = 0; i < count; i++) {
        pcie_look(machine, functions[i]);
        size_t users = pcie_find_users(functions[i], NULL, &user, 1);
        if (users) {
            snprintf(message, 256,
                     "%s is in use by process %d (%s), which has %s open%s: stop it, or --force",
                     functions[i]->address.text, user.pid, user.program, user.node,
                     users > 1 ? ", and by others" : "");
            return true;
        }
    }
    return false;
}

/* A slot that holds more than the card that was named. */
static bool find_stranger(const pcie_machine *machine, const pcie_function *named,
                          pcie_function *const *functions, size_t count, char message[256])
{
    const pcie_card *card = pcie_card_of(machine, named);

    for (size_t i = 0; card && i < count; i++) {
        if (pcie_card_of(machine, functions[i]) != card) {
            snprintf(message, 256,
                     "%s, which is no function of the %s, is in the same slot and would be reset "
                     "too: --force if that is meant",
                     functions[i]->address.text, card->family);
            return true;
        }
    }
    return false;
}

static int perform(pcie_machine *machine, pcie_function *function, struct request *request,
                   pcie_function *const *functions, size_t count, char message[256])
{
    pcie_reset_options options = {0, tell, request};

    if (!request->force && (find_user(machine, functions, count, message) ||
                            find_stranger(machine, function, functions, count, message))) {
        return CLI_NO;
    }
    if (geteuid() != 0) {
        snprintf(message, 256,
                 "a reset writes to the kernel's sysfs, which only root may: run the "
                 "command as root");
        return CLI_DEVICE;
    }
    return pcie_reset(machine, function, request->kind, &options, message) ? CLI_DEVICE : CLI_OK;
}

static void print_result(const struct request *request, const char *name, int result,
                         pcie_function *const *functions, size_t count, const char *message)
{
    if (request->json) {
        json_t *addresses = json_array();
        for (size_t i = 0; i < count; i++) {
            json_array_append_new(addresses, json_string(functions[i]->address.text));
        }
        cli_print_json(json_pack("{s:s, s:s, s:b, s:o, s:O, s:o}", "device", name, "kind",
                                 request->kind == PCIE_RESET_HOT ? "hot" : "flr", "ok",
                                 result == CLI_OK, "functions", addresses, "steps", request->steps,
                                 "error", result == CLI_OK ? json_null() : cli_json_text(message)));
    }
    if (result != CLI_OK) {
        cli_error("%s", message);
    } else if (!request->json) {
        printf("%s is back; `hyperion examine` and `hyperion validate` tell whether it is well\n",
               name);
    }
}

static int reset(const char *device, struct request *request)
{
    pcie_function *functions[MAX_FUNCTIONS];
    pcie_machine machine;
    pcie_function *function;
    char message[256] = "";
    int result = cli_pci_scan(NULL, &machine);

    if (result) {
        return result;
    }
    result = cli_pci_find(&machine, device, &function);
    if (result == CLI_OK) {
        size_t count =
            pcie_reset_scope(&machine, function, request->kind, functions, MAX_FUNCTIONS);
        count = count < MAX_FUNCTIONS ? count : MAX_FUNCTIONS;
        result = perform(&machine, function, request, functions, count, message);
        print_result(request, function->address.text, result, functions, count, message);
    }
    pcie_free(&machine);
    return result;
}

int cli_reset(int argc, char **argv)
{
    static const struct option options[] = {
        {"hot", no_argument, NULL, 'o'},   {"flr", no_argument, NULL, 'f'},
        {"force", no_argument, NULL, 'F'}, {"json", no_argument, NULL, 'j'},
        {"help", no_argument, NULL, 'h'},  {0}};
    struct request request = {PCIE_RESET_HOT, false, false, NULL};
    bool hot = false;
    int option;

    while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
        switch (option) {
        case 'o':
            hot = true;
            break;
        case 'f':
            request.kind = PCIE_RESET_FUNCTION;
            break;
        case 'F':
            request.force = true;
            break;
        case 'j':
            request.json = true;
            break;
        case 'h':
            fputs(help, stdout);
            return CLI_OK;
        default:
            return cli_usage();
        }
    }
    if (argc - optind != 1 || (hot && request.kind == PCIE_RESET_FUNCTION)) {
        cli_error("%s", hot && request.kind == PCIE_RESET_FUNCTION
                            ? "--hot and --flr exclude each other"
                            : "reset takes one device");
        return cli_usage();
    }
    request.steps = json_array();
    int result = reset(argv[optind], &request);
    json_decref(request.steps);
    return result;
}
