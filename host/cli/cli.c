#include "host/cli/cli.h"
#include "host/cli/record.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *command_name = "";

void cli_set_command(const char *name)
{
    command_name = name;
}

void cli_error(const char *format, ...)
{
    va_list arguments;

    fflush(stdout);
    fprintf(stderr, "hyperion%s%s: ", *command_name ? " " : "", command_name);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
}

int cli_usage(void)
{
    fprintf(stderr, "Try `hyperion%s%s --help`.\n", *command_name ? " " : "", command_name);
    return CLI_USAGE;
}

int cli_exit_code(int error)
{
    switch (error) {
    case HYP_OK:
        return CLI_OK;
    case HYP_EINVAL:
    case HYP_EBITSTREAM:
    case HYP_ETOOBIG:
        return CLI_USAGE;
    default:
        return CLI_DEVICE;
    }
}

bool cli_parse_number(const char *text, uint64_t most, uint64_t *number)
{
    char *end;

    if (*text < '0' || *text > '9') {
        return false;
    }
    errno = 0;
    unsigned long long value = strtoull(text, &end, 10);
    if (errno || *end || value > most) {
        return false;
    }
    *number = value;
    return true;
}

static int number_option(const char *name, const char *text, uint64_t most, uint64_t *number)
{
    if (!cli_parse_number(text, most, number)) {
        cli_error("--%s takes a whole number up to %" PRIu64 ", not \"%s\"", name, most, text);
        return cli_usage();
    }
    return CLI_OK;
}

static int verify_option(const char *text, hyp_verify_mode *mode)
{
    static const char *const names[] = {"sampled", "strict", "off"};

    for (int i = HYP_VERIFY_SAMPLED; i <= HYP_VERIFY_OFF; i++) {
        if (strcmp(text, names[i]) == 0) {
            *mode = (hyp_verify_mode)i;
            return CLI_OK;
        }
    }
    cli_error("--verify takes sampled, strict or off, not \"%s\"", text);
    return cli_usage();
}

static int split_option(const char *text, struct cli_device_options *options)
{
    bool evenly = strcmp(text, "evenly") == 0;

    if (!evenly && strcmp(text, "cost") != 0) {
        cli_error("--split takes cost or evenly, not \"%s\"", text);
        return cli_usage();
    }
    options->device.split = evenly ? HYP_SPLIT_EVENLY : HYP_SPLIT_BY_COST;
    options->split_given = true;
    return CLI_OK;
}

/* Several are handed on as one list. */
static int fault_option(const char *text, char *faults, size_t size)
{
    size_t used = strlen(faults);
    size_t length = strlen(text);

    if (length >= size - used - 1) {
        cli_error("--fault: the faults are longer than %zu characters together", size - 2);
        return cli_usage();
    }
    snprintf(faults + used, size - used, "%s%s", used ? "," : "", text);
    return CLI_OK;
}

int cli_device_option(struct cli_device_options *options, int option, const char *argument)
{
    uint64_t number = 0;
    int result = CLI_OK;

    switch (option) {
    case CLI_OPTION_DEVICE:
        options->name = argument;
        break;
    case CLI_OPTION_BITSTREAM:
        options->device.bitstream = argument;
        break;
    case CLI_OPTION_THREADS:
        result = number_option("threads", argument, 1024, &number);
        options->threads = (unsigned)number;
        break;
    case CLI_OPTION_VARIANT:
        options->cpu_variant = argument;
        break;
    case CLI_OPTION_WAVE:
        options->device.wave = argument;
        break;
    case CLI_OPTION_REQUIRE_SIGNED:
        options->device.require_signed = true;
        options->device.public_key = argument;
        break;
    case CLI_OPTION_SEED:
        result = number_option("seed", argument, UINT64_MAX, &options->device.seed);
        break;
    case CLI_OPTION_TIMEOUT:
        result = number_option("timeout", argument, 1000000, &number);
        options->device.job_timeout_ns = number * UINT64_C(1000000000);
        break;
    case CLI_OPTION_VERIFY:
        result = verify_option(argument, &options->verify);
        break;
    case CLI_OPTION_FAULT:
        result = fault_option(argument, options->faults, sizeof options->faults);
        break;
    case CLI_OPTION_SPLIT:
        result = split_option(argument, options);
        break;
    case CLI_OPTION_STATS:
        options->stats = argument;
        break;
    case CLI_OPTION_VERBOSE:
        options->log_level = HYP_LOG_DEBUG;
        break;
    default:
        return cli_usage();
    }
    return result;
}

static void log_to_stderr(void *user, hyp_log_level level, const char *message)
{
    static const char *const names[] = {"error", "warning", "info", "debug"};
    (void)user;
    fprintf(stderr, "hyperion: %s: %s\n", names[level], message);
}

int cli_device_open(const struct cli_device_options *options, struct cli_device *device)
{
    hyp_context_options context_options = HYP_CONTEXT_OPTIONS_INIT;
    hyp_device_options device_options = options->device;
    hyp_error error = {0, ""};

    *device = (struct cli_device){.verify = options->verify};
    device->record = cli_record_create(command_name, options->stats);
    if (!device->record) {
        cli_error("no memory for a record of what devices do");
        return CLI_DEVICE;
    }
    context_options.event = cli_record_event;
    context_options.event_user = device->record;
    device_options.faults = options->faults;
    if (*options->faults && !options->split_given) {
        device_options.split = HYP_SPLIT_EVENLY;
    }
    context_options.log = log_to_stderr;
    context_options.log_level = options->log_level;
    context_options.cpu_threads = options->threads;
    context_options.cpu_variant = options->cpu_variant;
    int result = hyp_context_create(&context_options, &device->context, &error);
    if (result == HYP_OK) {
        result = hyp_device_open(device->context, options->name, &device_options, &device->device,
                                 &error);
    }
    if (result) {
        cli_error("%s", error.message);
        cli_device_close(device);
        return cli_exit_code(result);
    }
    device->info = hyp_device_get_info(device->device);
    cli_record_watch(device->record, device->device);
    return CLI_OK;
}

const char *cli_op_name(uint32_t op)
{
    switch (op) {
    case HYP_OP_KECCAK256:
        return "keccak256";
    case HYP_OP_ECRECOVER:
        return "ecrecover";
    case HYP_OP_MATMUL:
        return "matmul";
    default:
        return "unknown";
    }
}

const char *cli_version_text(uint32_t version)
{
    static char text[16];
    snprintf(text, sizeof text, "%u.%u.%u", version >> 16 & 0xff, version >> 8 & 0xff,
             version & 0xff);
    return text;
}

int cli_queue_create(const struct cli_device *device, hyp_queue **queue)
{
    hyp_queue_options options = HYP_QUEUE_OPTIONS_INIT;

    options.verify = device->verify;
    return hyp_queue_create(device->device, &options, queue);
}

void cli_device_close(struct cli_device *device)
{
    if (device->device) {
        cli_record_devices(device->record, device->device);
    }
    hyp_device_close(device->device);
    hyp_context_destroy(device->context);
    cli_record_finish(device->record);
    *device = (struct cli_device){.verify = HYP_VERIFY_SAMPLED};
}

int cli_device_failure(const struct cli_device *device, const char *what, int error)
{
    hyp_error fault = {0, ""};

    if (hyp_device_last_fault(device->device, &fault)) {
        cli_error("%s: %s: %s (%s)", what, device->info->name, hyp_strerror(error), fault.message);
    } else {
        cli_error("%s: %s: %s", what, device->info->name, hyp_strerror(error));
    }
    return cli_exit_code(error);
}

json_t *cli_json_hex(const uint8_t *bytes, size_t length)
{
    char text[2 * 256 + 3] = "0x";

    if (length > 256) {
        return NULL;
    }
    cli_format_hex(bytes, length, text + 2);
    return json_string(text);
}

json_t *cli_json_text(const char *text)
{
    json_t *string = json_string(text);
    char *copy = string ? NULL : strdup(text);

    if (copy) {
        for (char *c = copy; *c; c++) {
            if ((unsigned char)*c > 0x7f) {
                *c = '?';
            }
        }
        string = json_string(copy);
        free(copy);
    }
    return string;
}

void cli_print_json(json_t *object)
{
    json_dumpf(object, stdout, JSON_COMPACT);
    putchar('\n');
    json_decref(object);
}

void cli_file_error(bool json, const char *file, const char *message)
{
    if (json) {
        cli_print_json(
            json_pack("{s:o, s:o}", "file", cli_json_text(file), "error", cli_json_text(message)));
    }
    cli_error("%s: %s", file, message);
}

int cli_finish_output(void)
{
    if (fflush(stdout) != 0 || ferror(stdout)) {
        cli_error("cannot write to standard output: %s", strerror(errno));
        return CLI_DEVICE;
    }
    return CLI_OK;
}
