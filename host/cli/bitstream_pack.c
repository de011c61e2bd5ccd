/* hyperion bitstream pack and seal, which take the same kernels, names and output. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "driver/xclbin/manifest.h"
#include "driver/xclbin/pack.h"
#include "host/cli/bitstream.h"
#include "host/cli/cli.h"
#include "host/cli/file.h"

/* What the command line asks for. */
struct request {
    xclbin_kernel kernels[XCLBIN_MANIFEST_MAX_KERNELS];
    xclbin_pack_kernel packed[XCLBIN_MANIFEST_MAX_KERNELS];
    xclbin_pack_options options;
    const char *simulator;
    const char *output;
};

/* Splits "FILE:COUNT"; a file name may hold colons, a count is all digits. */
static bool split_count(char *text, uint32_t *count)
{
    char *colon = strrchr(text, ':');
    uint64_t number = 1;

    if (colon && cli_parse_number(colon + 1, XCLBIN_MANIFEST_MAX_UNITS, &number)) {
        *colon = 0;
    }
    *count = (uint32_t)number;
    return number > 0;
}

static int read_kernel(const char *file, xclbin_kernel *kernel)
{
    xclbin_error error = {.message = ""};
    size_t length;
    uint8_t *json = cli_read_file(file, &length, error.message);

    if (!json) {
        cli_error("%s: %s", file, error.message);
        return CLI_USAGE;
    }
    int fault = xclbin_kernel_parse(kernel, file, (const char *)json, length, &error);
    free(json);
    if (fault) {
        cli_error("%s", error.message);
        return CLI_USAGE;
    }
    return CLI_OK;
}

static int add_kernel(struct request *request, char *argument)
{
    uint32_t index = request->options.kernel_count;

    if (index == XCLBIN_MANIFEST_MAX_KERNELS) {
        cli_error("at most %u kernels can be packed", XCLBIN_MANIFEST_MAX_KERNELS);
        return CLI_USAGE;
    }
    if (!split_count(argument, &request->packed[index].units)) {
        cli_error("--kernel %s: a kernel has at least one unit", argument);
        return cli_usage();
    }
    request->packed[index].kernel = &request->kernels[index];
    request->options.kernel_count++;
    return read_kernel(argument, &request->kernels[index]);
}

static int take_option(struct request *request, int option, char *argument)
{
    switch (option) {
    case 'k':
        return add_kernel(request, argument);
    case 's':
        request->simulator = argument;
        break;
    case 'p':
        request->options.platform = argument;
        break;
    case 'n':
        request->options.name = argument;
        break;
    case 'v':
        request->options.version = argument;
        break;
    case 'o':
        request->output = argument;
        break;
    default:
        return cli_usage();
    }
    return CLI_OK;
}

/* Writes what was made, or tells why nothing was; returns the exit code. */
static int finish(const struct request *request, int fault, xclbin_buffer *container,
                  const xclbin_error *error)
{
    int result = CLI_USAGE;

    if (fault) {
        cli_error("%s", error->message);
    } else {
        result = cli_write_file(request->output, container->data, container->size);
    }
    xclbin_buffer_free(container);
    return result;
}

static int pack(struct request *request)
{
    xclbin_error error = {.message = ""};
    xclbin_buffer container = {0};
    size_t length;
    uint8_t *simulator = cli_read_file(request->simulator, &length, error.message);

    if (!simulator) {
        cli_error("%s: %s", request->simulator, error.message);
        return CLI_USAGE;
    }
    request->options.simulator = simulator;
    request->options.simulator_size = length;
    int fault = xclbin_pack(&request->options, &container, &error);
    free(simulator);
    return finish(request, fault, &container, &error);
}

static int seal(const struct request *request, const char *input)
{
    const xclbin_seal_options options = {request->options.name, request->options.version,
                                         request->packed, request->options.kernel_count};
    xclbin_error error = {.message = ""};
    xclbin_buffer container = {0};
    xclbin_reader reader;
    size_t length;
    uint8_t *image = cli_read_file(input, &length, error.message);

    if (!image) {
        cli_error("%s: %s", input, error.message);
        return CLI_USAGE;
    }
    int fault = xclbin_open(&reader, image, length, &error);
    if (!fault) {
        fault = xclbin_seal(&reader, &options, &container, &error);
    }
    free(image);
    return finish(request, fault, &container, &error);
}

static int usage_error(const char *message)
{
    cli_error("%s", message);
    return cli_usage();
}

static int pack_or_seal(struct request *request, bool sealing, char *const *operands)
{
    if (operands[0] && (!sealing || operands[1])) {
        cli_error("unexpected argument \"%s\"", operands[sealing]);
        return cli_usage();
    }
    if (!request->options.kernel_count || !request->output) {
        return usage_error("--kernel and -o must be given");
    }
    if (!sealing && !request->simulator) {
        return usage_error("pack: --simulator must be given");
    }
    if (sealing && !operands[0]) {
        return usage_error("seal: no file given");
    }
    return sealing ? seal(request, operands[0]) : pack(request);
}

static int run(int argc, char **argv, bool sealing)
{
    /* The first two describe what seal finds in its file. */
    enum { PACK_ONLY = 2 };
    static const struct option options[] = {{"simulator", required_argument, NULL, 's'},
                                            {"platform", required_argument, NULL, 'p'},
                                            {"kernel", required_argument, NULL, 'k'},
                                            {"name", required_argument, NULL, 'n'},
                                            {"version", required_argument, NULL, 'v'},
                                            {"output", required_argument, NULL, 'o'},
                                            {"help", no_argument, NULL, 'h'},
                                            {0}};
    const struct option *taken = sealing ? options + PACK_ONLY : options;
    struct request *request = calloc(1, sizeof *request);
    int result = CLI_OK;
    int option;

    if (!request) {
        cli_error("no memory");
        return CLI_DEVICE;
    }
    request->options.platform = XCLBIN_DEFAULT_PLATFORM;
    request->options.name = "hyperion";
    request->options.version = hyp_version_string();
    request->options.kernels = request->packed;
    while (result == CLI_OK && (option = getopt_long(argc, argv, "ho:", taken, NULL)) != -1) {
        if (option == 'h') {
            free(request);
            return bitstream_help();
        }
        result = take_option(request, option, optarg);
    }
    if (result == CLI_OK) {
        result = pack_or_seal(request, sealing, argv + optind);
    }
    free(request);
    return result;
}

int bitstream_pack(int argc, char **argv)
{
    return run(argc, argv, false);
}

int bitstream_seal(int argc, char **argv)
{
    return run(argc, argv, true);
}
