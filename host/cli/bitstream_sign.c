/* hyperion bitstream sign, and the part of verify that asks for a signature. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "driver/xclbin/signature.h"
#include "host/cli/bitstream.h"
#include "host/cli/cli.h"
#include "host/cli/file.h"

int bitstream_check_signature(const char *file, const char *signature, const char *key,
                              const uint8_t *image, size_t length, bool json, xclbin_error *error)
{
    char message[256];
    char *beside = NULL;
    size_t key_length;
    size_t signature_length;
    int result = CLI_USAGE;

    if (!key) {
        return CLI_OK;
    }
    if (!signature && asprintf(&beside, "%s.sig", file) >= 0) {
        signature = beside;
    }
    uint8_t *key_text = cli_read_file(key, &key_length, message);
    uint8_t *bytes =
        key_text && signature ? cli_read_file(signature, &signature_length, message) : NULL;
    if (!key_text) {
        cli_error("%s: %s", key, message);
    } else if (!bytes) {
        char reason[400];
        snprintf(reason, sizeof reason, "is not signed: %.120s: %.200s", signature ? signature : "",
                 message);
        cli_file_error(json, file, reason);
    } else {
        int fault = xclbin_check_signature(image, length, (const char *)key_text, key_length, bytes,
                                           signature_length, error);
        result = fault == XCLBIN_OK ? CLI_OK : fault == XCLBIN_FAULT_SIGNATURE ? CLI_NO : CLI_USAGE;
        if (result == CLI_USAGE) {
            cli_error("%s: %s", key, error->message);
        }
    }
    free(beside);
    free(key_text);
    free(bytes);
    return result;
}

static int write_signature(const char *file, const char *output, const uint8_t signature[])
{
    char *beside = NULL;

    if (!output && asprintf(&beside, "%s.sig", file) < 0) {
        cli_error("%s: no memory", file);
        return CLI_DEVICE;
    }
    int result = cli_write_file(output ? output : beside, signature, XCLBIN_SIGNATURE_SIZE);
    free(beside);
    return result;
}

/* A file that is no container, or a damaged one, is not worth a signature. */
static int sign(const char *file, const char *key, const char *output)
{
    char message[256];
    uint8_t signature[XCLBIN_SIGNATURE_SIZE];
    xclbin_reader reader;
    xclbin_error error;
    size_t length;
    size_t key_length;
    int result = CLI_USAGE;

    uint8_t *image = cli_read_file(file, &length, message);
    if (!image) {
        cli_error("%s: %s", file, message);
        return CLI_USAGE;
    }
    uint8_t *key_text = cli_read_file(key, &key_length, message);
    if (!key_text) {
        cli_error("%s: %s", key, message);
    } else if (xclbin_open(&reader, image, length, &error)) {
        cli_error("%s: %s", file, error.message);
    } else if (xclbin_sign(image, length, (const char *)key_text, key_length, signature, &error)) {
        cli_error("%s: %s", key, error.message);
    } else {
        result = write_signature(file, output, signature);
    }
    free(image);
    free(key_text);
    return result;
}

int bitstream_sign(int argc, char **argv)
{
    static const struct option options[] = {{"key", required_argument, NULL, 'k'},
                                            {"output", required_argument, NULL, 'o'},
                                            {"help", no_argument, NULL, 'h'},
                                            {0}};
    const char *key = NULL;
    const char *output = NULL;
    int option;

    while ((option = getopt_long(argc, argv, "ho:", options, NULL)) != -1) {
        switch (option) {
        case 'k':
            key = optarg;
            break;
        case 'o':
            output = optarg;
            break;
        case 'h':
            return bitstream_help();
        default:
            return cli_usage();
        }
    }
    if (!key || argc - optind != 1) {
        cli_error("sign takes --key PRIVATE and one xclbin");
        return cli_usage();
    }
    return sign(argv[optind], key, output);
}
