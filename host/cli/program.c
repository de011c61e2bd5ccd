/* hyperion program: loads an xclbin into a card and asks it for known answers. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "driver/pci/users.h"
#include "driver/xclbin/xclbin.h"
#include "host/cli/bitstream.h"
#include "host/cli/cli.h"
#include "host/cli/file.h"
#include "host/cli/findings.h"
#include "host/cli/pci.h"

static const char help[] =
    "usage: hyperion program [--device D] [--require-signed KEY] [--json] XCLBIN\n\n"
    "Loads an xclbin into a card through XRT and admits it only after known answers of every op\n"
    "came back right. Before, the file is compared with the card and with this program, and a\n"
    "card that another process has open is left alone. What the card keeps in flash, its\n"
    "platform, is not touched.\n\n"
    "  --device D           xrt:N or opencl:N (default: xrt:0, without a card the simulated one)\n"
    "  --require-signed K   refuse a file unless FILE.sig is its signature by the public key K\n"
    "  --json               one object: {\"device\",\"file\",\"ok\",\"simulated\",\"uuid\","
    "\"seconds\",\"ops\"}\n\n"
    "Exit codes: 0 loaded and right, 1 the file does not fit or the card is in use, 2 bad input "
    "or\n"
    "usage, 3 the card failed.\n\n"
    "example: hyperion program --device xrt:0 hyperion.hw.xclbin\n";

/* The user function behind the name of a device, or NULL where it is a simulation. */
static pcie_function *find_card(pcie_machine *machine, const char *device)
{
    char message[256];
    unsigned index;

    if (pcie_scan(NULL, machine, message) || !cli_card_index(device, &index)) {
        return NULL;
    }
    pcie_function *function = pcie_find_xrt(machine, index);
    if (function) {
        pcie_look(machine, function);
    }
    return function;
}

static int check_free(const pcie_function *function)
{
    pcie_user user;

    if (function && pcie_find_users(function, NULL, &user, 1)) {
        cli_error("%s is in use by process %d (%s), which has %s open: stop it first",
                  function->address.text, user.pid, user.program, user.node);
        return CLI_NO;
    }
    return CLI_OK;
}

/* Before anything is loaded. Returns CLI_OK, or after a message or a report another code. */
static int check_before(const char *file, const char *device)
{
    char message[256];
    xclbin_reader reader;
    xclbin_error error;
    report findings = {0};
    pcie_machine machine;
    size_t length;
    uint8_t *image = cli_read_file(file, &length, message);

    if (!image || xclbin_open(&reader, image, length, &error)) {
        cli_error("%s: %s", file, image ? error.message : message);
        free(image);
        return CLI_USAGE;
    }
    const pcie_function *function = find_card(&machine, device);
    int result = check_free(function);
    if (result == CLI_OK) {
        result = bitstream_compare(&reader, function, &findings);
        if (result != CLI_OK) {
            cli_error("%s does not fit %s:", file, device);
            cli_print_findings(&findings);
        }
    }
    report_free(&findings);
    pcie_free(&machine);
    free(image);
    return result;
}

static json_t *json_ops(const hyp_device_info *info)
{
    json_t *array = json_array();

    for (uint32_t i = 0; i < info->op_count; i++) {
        const hyp_op_capability *op = &info->ops[i];
        json_array_append_new(array, json_pack("{s:s, s:i, s:s}", "op", cli_op_name(op->op),
                                               "compute_units", (int)op->compute_units, "version",
                                               cli_version_text(op->kernel_version)));
    }
    return array;
}

static void print_loaded(const struct cli_device *device, const char *file, double seconds,
                         bool json)
{
    const hyp_device_info *info = device->info;
    char uuid[37];

    xclbin_format_uuid(info->bitstream_uuid, uuid);
    if (json) {
        cli_print_json(json_pack("{s:s, s:o, s:b, s:b, s:s, s:f, s:o}", "device", info->name,
                                 "file", cli_json_text(file), "ok", 1, "simulated",
                                 info->kind == HYP_DEVICE_SIMULATED_CARD, "uuid", uuid, "seconds",
                                 seconds, "ops", json_ops(info)));
        return;
    }
    printf("%s (%s) holds %s, uuid %s, after %.1f s; known answers are right\n", info->name,
           info->description, file, uuid, seconds);
    for (uint32_t i = 0; i < info->op_count; i++) {
        printf("  %-10s  %u compute units, version %s\n", cli_op_name(info->ops[i].op),
               info->ops[i].compute_units, cli_version_text(info->ops[i].kernel_version));
    }
}

static int program(struct cli_device_options *options, const char *file, bool json)
{
    struct cli_device device;
    int result = check_before(file, options->name);

    if (result == CLI_OK) {
        uint64_t start = hyp_clock_ns();
        options->device.bitstream = file;
        result = cli_device_open(options, &device);
        if (result == CLI_OK) {
            print_loaded(&device, file, (double)(hyp_clock_ns() - start) / 1e9, json);
            cli_device_close(&device);
        }
    }
    return result;
}

int cli_program(int argc, char **argv)
{
    static const struct option known[] = {CLI_DEVICE_LONG_OPTIONS,
                                          {"json", no_argument, NULL, 'j'},
                                          {"help", no_argument, NULL, 'h'},
                                          {0}};
    struct cli_device_options options = CLI_DEVICE_OPTIONS_INIT;
    bool json = false;
    int option;

    while ((option = getopt_long(argc, argv, "h", known, NULL)) != -1) {
        if (option == 'h') {
            fputs(help, stdout);
            return CLI_OK;
        }
        if (option == 'j') {
            json = true;
        } else if (cli_device_option(&options, option, optarg) != CLI_OK) {
            return CLI_USAGE;
        }
    }
    options.name = options.name ? options.name : "xrt:0";
    bool takes_xclbin =
        strncmp(options.name, "xrt", 3) == 0 || strncmp(options.name, "opencl", 6) == 0;
    if (argc - optind != 1 || !takes_xclbin || strchr(options.name, ',')) {
        cli_error("%s", takes_xclbin ? "program takes one xclbin and one device"
                                     : "only xrt:N and opencl:N are loaded with an xclbin");
        return cli_usage();
    }
    return program(&options, argv[optind], json);
}
