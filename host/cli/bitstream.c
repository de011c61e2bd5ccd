/* hyperion bitstream: makes, shows and checks xclbin containers. */
#include "host/cli/bitstream.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "driver/xclbin/verify.h"
#include "host/cli/cli.h"
#include "host/cli/file.h"

static const char help[] =
    "usage: hyperion bitstream pack --kernel FILE[:COUNT] … --simulator PROGRAM -o FILE\n"
    "       hyperion bitstream seal --kernel FILE[:COUNT] … -o FILE XCLBIN\n"
    "       hyperion bitstream inspect [--json] FILE…\n"
    "       hyperion bitstream verify [--json] FILE…\n\n"
    "Works on xclbin files, which XRT loads into a card or, for hw_emu, starts a simulation "
    "from.\n\n"
    "pack makes a hw_emu container, the same bytes from the same inputs:\n"
    "  --kernel FILE[:COUNT]  a kernel.json and how many compute units it gets (default 1);\n"
    "                         repeatable, and the order gives the addresses of the units\n"
    "  --simulator PROGRAM    the program that XRT starts as the card\n"
    "  --platform VBNV        name of the platform (default: a U250's)\n"
    "  --name NAME            of the bitstream (default: hyperion)\n"
    "  --version VERSION      of the bitstream (default: this program's)\n"
    "  -o, --output FILE      replaced as a whole or not at all\n"
    "seal gives a container made by other tools a manifest and the uuid of its content, with the\n"
    "same options but --simulator and --platform.\n\n"
    "inspect prints sections, memories, compute units and the manifest.\n"
    "verify checks the structure, every section against the manifest (size, crc32, sha256) and "
    "the\n"
    "uuid against the content; prints \"ok\" or what is wrong and where. It finds damage; it is "
    "no\n"
    "signature.\n"
    "  --json                 one object a file\n\n"
    "Exit codes: 0 ok, 1 a file failed verification, 2 bad input or usage.\n\n"
    "example: hyperion bitstream verify build/bitstreams/hyperion.hw_emu.xclbin\n";

int bitstream_help(void)
{
    fputs(help, stdout);
    return CLI_OK;
}

/* What is done with a file that could be read. Returns the exit code. */
typedef int file_action(const char *file, const uint8_t *image, size_t length, bool json);

static int inspect(const char *file, const uint8_t *image, size_t length, bool json)
{
    xclbin_reader reader;
    xclbin_error error;

    if (xclbin_open(&reader, image, length, &error)) {
        cli_file_error(json, file, error.message);
        return CLI_USAGE;
    }
    if (json) {
        bitstream_print_json(file, &reader);
    } else {
        bitstream_print_table(file, &reader);
    }
    return CLI_OK;
}

static void print_verdict(const char *file, const xclbin_reader *reader,
                          const xclbin_manifest *manifest, bool json)
{
    char uuid[37];

    xclbin_format_uuid(xclbin_uuid(reader), uuid);
    if (json) {
        cli_print_json(json_pack("{s:o, s:b, s:s, s:s, s:s, s:s}", "file", cli_json_text(file),
                                 "ok", 1, "name", manifest->name, "version", manifest->version,
                                 "target", manifest->target, "uuid", uuid));
    } else {
        printf("%s: ok (%s %s, %s, %s)\n", file, manifest->name, manifest->version,
               manifest->target, uuid);
    }
}

static void print_fault(const char *file, const xclbin_error *error, bool json)
{
    if (json) {
        cli_print_json(json_pack("{s:o, s:b, s:s, s:s, s:I, s:s}", "file", cli_json_text(file),
                                 "ok", 0, "fault", xclbin_fault_name(error->fault), "section",
                                 xclbin_section_name(error->section), "offset",
                                 (json_int_t)error->offset, "error", error->message));
    } else {
        printf("%s: %s\n", file, error->message);
    }
}

static int verify(const char *file, const uint8_t *image, size_t length, bool json)
{
    xclbin_reader reader;
    xclbin_error error;
    xclbin_manifest *manifest = malloc(sizeof *manifest);

    if (!manifest) {
        cli_file_error(json, file, "no memory");
        return CLI_DEVICE;
    }
    int fault = xclbin_open(&reader, image, length, &error);
    if (!fault) {
        fault = xclbin_verify(&reader, manifest, &error);
    }
    if (fault) {
        print_fault(file, &error, json);
    } else {
        print_verdict(file, &reader, manifest, json);
    }
    free(manifest);
    return fault ? CLI_NO : CLI_OK;
}

static int for_each_file(int argc, char **argv, file_action *action)
{
    static const struct option options[] = {
        {"json", no_argument, NULL, 'j'}, {"help", no_argument, NULL, 'h'}, {0}};
    bool json = false;
    int result = CLI_OK;
    int option;

    while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
        if (option == 'h') {
            return bitstream_help();
        }
        if (option != 'j') {
            return cli_usage();
        }
        json = true;
    }
    if (optind == argc) {
        cli_error("%s: no file given", argv[0]);
        return cli_usage();
    }
    for (int i = optind; i < argc; i++) {
        char message[256];
        size_t length;
        uint8_t *image = cli_read_file(argv[i], &length, message);
        if (image) {
            result = cli_worse(result, action(argv[i], image, length, json));
        } else {
            cli_file_error(json, argv[i], message);
            result = cli_worse(result, CLI_USAGE);
        }
        free(image);
    }
    return result;
}

int cli_bitstream(int argc, char **argv)
{
    const char *action = argc > 1 ? argv[1] : "";

    if (strcmp(action, "--help") == 0 || strcmp(action, "-h") == 0) {
        return bitstream_help();
    }
    if (strcmp(action, "pack") == 0) {
        return bitstream_pack(argc - 1, argv + 1);
    }
    if (strcmp(action, "seal") == 0) {
        return bitstream_seal(argc - 1, argv + 1);
    }
    if (strcmp(action, "inspect") == 0) {
        return for_each_file(argc - 1, argv + 1, inspect);
    }
    if (strcmp(action, "verify") == 0) {
        return for_each_file(argc - 1, argv + 1, verify);
    }
    cli_error("the first argument is pack, seal, inspect or verify, not \"%s\"", action);
    return cli_usage();
}
