/* The functions of a machine and the cards among them. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "driver/pci/attribute.h"
#include "driver/pci/bus.h"

static bool same_slot(const pcie_address *a, const pcie_address *b)
{
    return a->domain == b->domain && a->bus == b->bus && a->device == b->device;
}

static pcie_function **place_of(pcie_card *card, pcie_role role)
{
    return role == PCIE_ROLE_MANAGEMENT ? &card->management
           : role == PCIE_ROLE_USER     ? &card->user
                                        : &card->golden;
}

/* Functions of one slot come one after the other. */
static void add_to_card(pcie_machine *machine, pcie_function *function)
{
    pcie_card *last = machine->card_count ? &machine->cards[machine->card_count - 1] : NULL;

    if (!last || !same_slot(&pcie_card_first(last)->address, &function->address) ||
        strcmp(last->family, function->id->family) != 0 || *place_of(last, function->id->role)) {
        last = &machine->cards[machine->card_count++];
        last->family = function->id->family;
    }
    *place_of(last, function->id->role) = function;
}

static int group_cards(pcie_machine *machine)
{
    machine->cards = calloc(machine->function_count + 1, sizeof *machine->cards);
    if (!machine->cards) {
        return -ENOMEM;
    }
    for (size_t i = 0; i < machine->function_count; i++) {
        pcie_function *function = &machine->functions[i];
        function->id = pcie_find_card_id(function->vendor, function->device);
        if (function->id) {
            add_to_card(machine, function);
        }
    }
    return 0;
}

int pcie_scan(const pcie_source *source, pcie_machine *machine, char message[256])
{
    pcie_source from = source ? *source : (pcie_source){NULL, NULL};

    memset(machine, 0, sizeof *machine);
    *message = 0;
    if (!from.sysfs) {
        from.sysfs = "/sys";
    }
    machine->sysfs = from.dump ? NULL : from.sysfs;
    int result = pcie_bus_open(&from, machine, message);
    if (!result && (result = group_cards(machine))) {
        snprintf(message, 256, "no memory for the cards of the PCI bus");
    }
    if (result) {
        pcie_free(machine);
    }
    return result;
}

void pcie_free(pcie_machine *machine)
{
    pcie_bus_close(machine->bus);
    free(machine->functions);
    free(machine->cards);
    memset(machine, 0, sizeof *machine);
}

/* Whether a text is hexadecimal digits with the colons and the dot of an address. */
static bool has_address_letters(const char *text)
{
    return strspn(text, "0123456789abcdefABCDEF:.") == strlen(text) && strlen(text) < 20;
}

bool pcie_parse_address(const char *text, pcie_address *address)
{
    char whole[32];
    unsigned domain;
    unsigned bus;
    unsigned device;
    unsigned function;
    int end = 0;

    if (!has_address_letters(text)) {
        return false;
    }
    const char *colon = strchr(text, ':');
    bool short_form = colon && !strchr(colon + 1, ':');
    snprintf(whole, sizeof whole, "%s%s%s", short_form ? "0:" : "", text,
             strchr(text, '.') ? "" : ".0");
    /* The widths bound the numbers, and the letters were checked. NOLINTNEXTLINE(cert-err34-c) */
    int read = sscanf(whole, "%8x:%2x:%2x.%1x%n", &domain, &bus, &device, &function, &end);
    if (read != 4 || whole[end] || device > 31 || function > 7) {
        return false;
    }
    *address = (pcie_address){domain, (uint8_t)bus, (uint8_t)device, (uint8_t)function, ""};
    snprintf(address->text, sizeof address->text, "%04x:%02x:%02x.%x", domain, bus, device,
             function);
    return true;
}

pcie_function *pcie_find(const pcie_machine *machine, const pcie_address *address)
{
    for (size_t i = 0; i < machine->function_count; i++) {
        if (strcmp(machine->functions[i].address.text, address->text) == 0) {
            return &machine->functions[i];
        }
    }
    return NULL;
}

const pcie_card *pcie_card_of(const pcie_machine *machine, const pcie_function *function)
{
    for (size_t i = 0; i < machine->card_count; i++) {
        const pcie_card *card = &machine->cards[i];
        if (card->management == function || card->user == function || card->golden == function) {
            return card;
        }
    }
    return NULL;
}

pcie_function *pcie_card_first(const pcie_card *card)
{
    return card->user ? card->user : card->management ? card->management : card->golden;
}

static bool is_xrt(const pcie_machine *machine, const pcie_function *function)
{
    char folder[PATH_MAX];
    char driver[32];

    return machine->sysfs &&
           snprintf(folder, sizeof folder, "%s/bus/pci/devices/%s", machine->sysfs,
                    function->address.text) < PATH_MAX &&
           pcie_read_link(folder, "driver", driver, sizeof driver) == 0 &&
           strcmp(driver, "xocl") == 0;
}

pcie_function *pcie_find_xrt(const pcie_machine *machine, unsigned index)
{
    for (size_t i = 0; i < machine->function_count; i++) {
        if (is_xrt(machine, &machine->functions[i]) && index-- == 0) {
            return &machine->functions[i];
        }
    }
    return NULL;
}

int pcie_xrt_index(const pcie_machine *machine, const pcie_function *function)
{
    int index = 0;

    for (size_t i = 0; i < machine->function_count; i++) {
        if (is_xrt(machine, &machine->functions[i])) {
            if (&machine->functions[i] == function) {
                return index;
            }
            index++;
        }
    }
    return -1;
}
