/* hyperion bitstream check: a container against the card that it is to be loaded into. */
#include <stdio.h>
#include <stdlib.h>

#include "driver/xclbin/compatible.h"
#include "host/cli/bitstream.h"
#include "host/cli/cli.h"
#include "host/cli/file.h"
#include "host/cli/findings.h"
#include "host/cli/pci.h"
#include "host/kernels.h"

int bitstream_compare(const xclbin_reader *reader, const pcie_function *function, report *findings)
{
    const char *interfaces[PCIE_MAX_UUIDS];
    xclbin_place place = {"simulated card", false,      NULL, 0, interfaces,
                          HYP_KERNEL_COUNT, hyp_kernels};

    if (function) {
        place.name = function->address.text;
        place.is_card = true;
        place.platform = function->xrt.platform;
        place.interface_count = function->xrt.interface_count;
        for (uint32_t i = 0; i < function->xrt.interface_count; i++) {
            interfaces[i] = function->xrt.interfaces[i];
        }
    }
    xclbin_check_place(reader, &place, findings);
    return cli_report_code(findings);
}

static int compare(const char *file, const pcie_function *function, bool json)
{
    char message[256];
    xclbin_reader reader;
    xclbin_error error;
    report findings = {0};
    size_t length;
    uint8_t *image = cli_read_file(file, &length, message);

    if (!image) {
        cli_file_error(json, file, message);
        return CLI_USAGE;
    }
    if (xclbin_open(&reader, image, length, &error)) {
        cli_file_error(json, file, error.message);
        free(image);
        return CLI_USAGE;
    }
    int result = bitstream_compare(&reader, function, &findings);
    if (json) {
        cli_print_json(json_pack("{s:o, s:s, s:s, s:o}", "file", cli_json_text(file), "device",
                                 function ? function->address.text : "simulated", "verdict",
                                 report_verdict_name(report_worst(&findings)), "findings",
                                 cli_json_findings(&findings)));
    } else {
        cli_print_findings(&findings);
    }
    report_free(&findings);
    free(image);
    return result;
}

static int check(const char *file, const char *device, const char *sysfs, bool json)
{
    pcie_source source = {sysfs, NULL};
    pcie_machine machine;
    pcie_function *function;

    if (!device) {
        return compare(file, NULL, json);
    }
    int result = cli_pci_scan(&source, &machine);
    if (result) {
        return result;
    }
    result = cli_pci_find(&machine, device, &function);
    if (result == CLI_OK) {
        /* Whichever function was named: the user function takes the xclbin. */
        const pcie_card *card = pcie_card_of(&machine, function);
        function = card && card->user ? card->user : function;
        pcie_look(&machine, function);
        result = compare(file, function, json);
    }
    pcie_free(&machine);
    return result;
}

int bitstream_check(int argc, char **argv)
{
    static const struct option options[] = {{"json", no_argument, NULL, 'j'},
                                            {"device", required_argument, NULL, 'd'},
                                            {"sysfs", required_argument, NULL, 's'},
                                            {"help", no_argument, NULL, 'h'},
                                            {0}};
    const char *device = NULL;
    const char *sysfs = NULL;
    bool json = false;
    int option;

    while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
        switch (option) {
        case 'j':
            json = true;
            break;
        case 'd':
            device = optarg;
            break;
        case 's':
            sysfs = optarg;
            break;
        case 'h':
            return bitstream_help();
        default:
            return cli_usage();
        }
    }
    if (argc - optind != 1) {
        cli_error("check takes one xclbin");
        return cli_usage();
    }
    return check(argv[optind], device, sysfs, json);
}
