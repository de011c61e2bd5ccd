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
    "       hyperion bitstream verify [--json] [--key PUBLIC [--signature FILE]] FILE…\n"
    "       hyperion bitstream sign --key PRIVATE [-o FILE] XCLBIN\n"
    "       hyperion bitstream check [--json] [--device D] [--sysfs DIR] XCLBIN\n\n"
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
    "  --key PUBLIC           ask for a signature of the file by this key too (PEM, Ed25519)\n"
    "  --signature FILE       where the signature is (default: the file's name with .sig)\n"
    "sign writes the signature of a file by a private key, 64 bytes of Ed25519 over all of it.\n"
    "check compares a file with the card that it is for and with this program: mode, platform,\n"
    "interface, kernels and versions; each mismatch says which side differs and what to do.\n"
    "  --device D             a PCI address or xrt:N (default: the simulated card behind XRT)\n"
    "  --sysfs DIR            find the card in a copy of a sysfs tree\n"
    "  --json                 one object a file\n\n"
    "Exit codes: 0 ok, 1 a file failed verification or does not fit, 2 bad input or usage, 3 no "
    "such card.\n\n"
    "example: hyperion bitstream verify build/bitstreams/hyperion.hw_emu.xclbin\n";

int bitstream_help(void)
{
    fputs(help, stdout);
    return CLI_OK;
}

struct file_options {
    bool json;
    const char *key;       /* a file name; NULL: no signature is asked for */
    const char *signature; /* a file name; NULL: FILE.sig */
};

/* What is done with a file that could be read. Returns the exit code. */
typedef int file_action(const char *file, const uint8_t *image, size_t length,
                        const struct file_options *options);

static int inspect(const char *file, const uint8_t *image, size_t length,
                   const struct file_options *options)
{
    bool json = options->json;
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
                          const xclbin_manifest *manifest, const struct file_options *options)
{
    char uuid[37];

    xclbin_format_uuid(xclbin_uuid(reader), uuid);
    if (options->json) {
        cli_print_json(json_pack("{s:o, s:b, s:s, s:s, s:s, s:s, s:b}", "file", cli_json_text(file),
                                 "ok", 1, "name", manifest->name, "version", manifest->version,
                                 "target", manifest->target, "uuid", uuid, "signed",
                                 options->key != NULL));
    } else {
        printf("%s: ok (%s %s, %s, %s)%s\n", file, manifest->name, manifest->version,
               manifest->target, uuid, options->key ? ", signature ok" : "");
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

static int verify(const char *file, const uint8_t *image, size_t length,
                  const struct file_options *options)
{
    bool json = options->json;
    xclbin_reader reader;
    xclbin_error error;
    xclbin_manifest *manifest = malloc(sizeof *manifest);

    if (!manifest) {
        cli_file_error(json, file, "no memory");
        return CLI_DEVICE;
    }
    int signature = bitstream_check_signature(file, options->signature, options->key, image, length,
                                              json, &error);
    if (signature == CLI_USAGE) {
        free(manifest);
        return CLI_USAGE;
    }
    int fault = signature ? error.fault : xclbin_open(&reader, image, length, &error);
    if (!fault) {
        fault = xclbin_verify(&reader, manifest, &error);
    }
    if (fault) {
        print_fault(file, &error, json);
    } else {
        print_verdict(file, &reader, manifest, options);
    }
    free(manifest);
    return fault ? CLI_NO : CLI_OK;
}

/* Returns CLI_OK, or -1 after the help, or CLI_USAGE after a message. */
static int read_options(int argc, char **argv, bool with_key, struct file_options *options)
{
    static const struct option known[] = {{"json", no_argument, NULL, 'j'},
                                          {"help", no_argument, NULL, 'h'},
                                          {"key", required_argument, NULL, 'k'},
                                          {"signature", required_argument, NULL, 's'},
                                          {0}};
    int option;

    while ((option = getopt_long(argc, argv, "h", known, NULL)) != -1) {
        if (option == 'h') {
            bitstream_help();
            return -1;
        }
        if (option == 'j') {
            options->json = true;
        } else if (option == 'k' && with_key) {
            options->key = optarg;
        } else if (option == 's' && with_key) {
            options->signature = optarg;
        } else {
            return cli_usage();
        }
    }
    if (optind == argc || (options->signature && (!options->key || argc - optind > 1))) {
        cli_error("%s: %s", argv[0],
                  optind == argc ? "no file given" : "--signature goes with --key and one file");
        return cli_usage();
    }
    return CLI_OK;
}

static int for_each_file(int argc, char **argv, file_action *action)
{
    struct file_options options = {false, NULL, NULL};
    int result = read_options(argc, argv, action == verify, &options);

    if (result != CLI_OK) {
        return result < 0 ? CLI_OK : result;
    }
    for (int i = optind; i < argc; i++) {
        char message[256];
        size_t length;
        uint8_t *image = cli_read_file(argv[i], &length, message);
        if (image) {
            result = cli_worse(result, action(argv[i], image, length, &options));
        } else {
            cli_file_error(options.json, argv[i], message);
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
    if (strcmp(action, "sign") == 0) {
        return bitstream_sign(argc - 1, argv + 1);
    }
    if (strcmp(action, "check") == 0) {
        return bitstream_check(argc - 1, argv + 1);
    }
    cli_error("the first argument is pack, seal, inspect, verify, sign or check, not \"%s\"",
              action);
    return cli_usage();
}
