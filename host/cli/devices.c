/* hyperion devices: what there is, without starting any of it. */
#include <stdio.h>
#include <stdlib.h>

#include "host/cli/cli.h"

static const char help[] =
    "usage: hyperion devices [--json]\n\n"
    "Lists the devices of this machine. Nothing is loaded or started. Simulated cards are called\n"
    "simulated.\n\n"
    "  --json   one object a device: "
    "{\"name\",\"kind\",\"description\",\"bitstream\",\"memory_bytes\"}\n\n"
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

static void print_list(const hyp_device_info *infos, size_t count, bool json)
{
    if (!json) {
        printf("%-8s  %-10s  %-44s  %s\n", "DEVICE", "KIND", "DESCRIPTION", "BITSTREAM");
    }
    for (size_t i = 0; i < count; i++) {
        const hyp_device_info *info = &infos[i];
        if (json) {
            cli_print_json(json_pack("{s:s, s:s, s:s, s:s, s:I}", "name", info->name, "kind",
                                     kind_name(info->kind), "description", info->description,
                                     "bitstream", info->bitstream, "memory_bytes",
                                     (json_int_t)info->memory_bytes));
        } else {
            printf("%-8s  %-10s  %-44s  %s\n", info->name, kind_name(info->kind), info->description,
                   *info->bitstream ? info->bitstream : "-");
        }
    }
}

static int list(bool json)
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
            print_list(infos, count < capacity ? count : capacity, json);
        }
    }
    if (result) {
        cli_error("%s", error.message);
    }
    free(infos);
    hyp_context_destroy(context);
    return cli_exit_code(result);
}

int cli_devices(int argc, char **argv)
{
    static const struct option options[] = {
        {"json", no_argument, NULL, 'j'}, {"help", no_argument, NULL, 'h'}, {0}};
    bool json = false;
    int option;

    while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
        switch (option) {
        case 'j':
            json = true;
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
    return list(json);
}
