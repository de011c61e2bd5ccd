/* hyperion keccak: digests of files, or of lines of hex, in bounded memory. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/cli/cli.h"
#include "host/cli/pipeline.h"

static const char help[] =
    "usage: hyperion keccak [OPTION…] [FILE…]\n\n"
    "Prints the Keccak-256 digest of each FILE as sha256sum does. Without FILE, or when FILE is -, "
    "reads\n"
    "standard input.\n\n"
    "  --lines            each line is one message in hex (with or without 0x), an empty line the "
    "empty\n"
    "                     message; prints one digest a line, for input of any size. A line that is "
    "not\n"
    "                     hex gives a line \"error: …\" in its place, and exit code "
    "2\n" CLI_DEVICE_HELP "\nexample: printf abc | hyperion keccak\n";

/* --lines: the size of a batch. */
enum { LINE_ITEMS = 8192, LINE_BYTES = 4 << 20 };

struct line_reader {
    struct cli_pipeline pipeline;
    uint64_t line_number;
};

static uint32_t count(const void *batch)
{
    return hyp_keccak_batch_count(batch);
}

static hyp_job make_job(void *batch, void *user)
{
    return hyp_keccak_batch_job(batch, user);
}

static void print_digests(void *user, const void *batch)
{
    char hex[2 * HYP_KECCAK_DIGEST_SIZE + 1];

    (void)user;
    for (uint32_t i = 0; i < hyp_keccak_batch_count(batch); i++) {
        cli_format_hex(hyp_keccak_batch_digest(batch, i), HYP_KECCAK_DIGEST_SIZE, hex);
        puts(hex);
    }
}

static void clear(void *batch)
{
    hyp_keccak_batch_clear(batch);
}

static void destroy(void *batch)
{
    hyp_keccak_batch_destroy(batch);
}

static const struct cli_pipeline_op digests = {count, make_job, print_digests, clear, destroy};

static int make_batch(const struct cli_device *device, size_t bytes, void **batch)
{
    hyp_keccak_batch *made;
    int result = hyp_keccak_batch_create(device->device, LINE_ITEMS, bytes, &made);
    *batch = result ? NULL : made;
    return result ? cli_device_failure(device, "no batch", result) : CLI_OK;
}

/* Room for a message of `bytes` in the batch that is being filled. */
static int reserve(struct line_reader *reader, size_t bytes, void **message)
{
    struct cli_pipeline *pipeline = &reader->pipeline;

    if (hyp_keccak_batch_reserve(cli_pipeline_slot(pipeline)->batch, bytes, message) >= 0) {
        return CLI_OK;
    }
    int result = cli_pipeline_turn(pipeline);
    if (result) {
        return result;
    }
    struct cli_pipeline_slot *slot = cli_pipeline_slot(pipeline);
    if (hyp_keccak_batch_reserve(slot->batch, bytes, message) >= 0) {
        return CLI_OK;
    }
    /* A line longer than an ordinary batch gets a batch of its own size, which stays in the ring.
     */
    void *larger;
    result = make_batch(pipeline->device, bytes + 8, &larger);
    if (result) {
        return result;
    }
    hyp_keccak_batch_destroy(slot->batch);
    slot->batch = larger;
    hyp_keccak_batch_reserve(slot->batch, bytes, message);
    return CLI_OK;
}

static int bad_line(struct line_reader *reader, size_t column)
{
    int result = cli_pipeline_drain(&reader->pipeline);
    if (result == CLI_OK) {
        printf("error: not hex at column %zu\n", column);
        cli_error("%s:%llu: not hex at column %zu", reader->pipeline.name,
                  (unsigned long long)reader->line_number, column);
        result = CLI_USAGE;
    }
    return result;
}

static int add_line(struct line_reader *reader, const char *line, size_t length)
{
    size_t column;
    void *message;

    if (length && line[length - 1] == '\n') {
        length--;
    }
    if (length && line[length - 1] == '\r') {
        length--;
    }
    uint8_t *bytes = malloc(length / 2 + 1);
    if (!bytes) {
        cli_error("%s:%llu: no memory for a line of %zu characters", reader->pipeline.name,
                  (unsigned long long)reader->line_number, length);
        return CLI_DEVICE;
    }
    long count = cli_parse_hex(line, length, bytes, &column);
    int result = count < 0 ? bad_line(reader, column) : reserve(reader, (size_t)count, &message);
    if (count > 0 && result == CLI_OK) {
        memcpy(message, bytes, (size_t)count);
    }
    free(bytes);
    return result;
}

static int read_lines(struct line_reader *reader, FILE *file)
{
    char *line = NULL;
    size_t size = 0;
    ssize_t length;
    int worst = CLI_OK;

    while (worst < CLI_DEVICE && (length = getline(&line, &size, file)) >= 0) {
        reader->line_number++;
        worst = cli_worse(worst, add_line(reader, line, (size_t)length));
    }
    free(line);
    if (worst < CLI_DEVICE) {
        worst = cli_worse(worst, cli_pipeline_drain(&reader->pipeline));
    }
    if (ferror(file)) {
        cli_error("%s: %s", reader->pipeline.name, strerror(errno));
        worst = cli_worse(worst, CLI_USAGE);
    }
    return worst;
}

static int hash_lines(const struct cli_device *device, const char *name, FILE *file)
{
    struct line_reader reader = {.pipeline = {.device = device, .op = &digests, .name = name}};
    int result = cli_pipeline_open(&reader.pipeline);

    for (int i = 0; i < CLI_PIPELINE_DEPTH && result == CLI_OK; i++) {
        result = make_batch(device, LINE_BYTES, &reader.pipeline.ring[i].batch);
    }
    if (result == CLI_OK) {
        result = read_lines(&reader, file);
    }
    cli_pipeline_close(&reader.pipeline);
    return result;
}

/* Reads a whole file. Returns NULL after a message. */
static uint8_t *read_all(const char *name, FILE *file, size_t *length)
{
    size_t size = 65536;
    size_t used = 0;
    uint8_t *content = malloc(size);

    while (content) {
        size_t got = fread(content + used, 1, size - used, file);
        used += got;
        if (got == 0) {
            break;
        }
        if (used == size) {
            uint8_t *larger = realloc(content, size *= 2);
            if (!larger) {
                free(content);
            }
            content = larger;
        }
    }
    if (!content || ferror(file)) {
        cli_error("%s: %s", name, content ? strerror(errno) : "larger than memory");
        free(content);
        return NULL;
    }
    *length = used;
    return content;
}

static int hash_file(const struct cli_device *device, const char *name, FILE *file)
{
    uint8_t digest[HYP_KECCAK_DIGEST_SIZE];
    char hex[2 * HYP_KECCAK_DIGEST_SIZE + 1];
    size_t length;

    uint8_t *content = read_all(name, file, &length);
    if (!content) {
        return CLI_USAGE;
    }
    const void *messages[] = {content};
    int error = hyp_keccak256_batch(device->device, messages, &length, 1, 0, digest);
    free(content);
    if (error == HYP_ETOOBIG) {
        const hyp_op_capability *limit = hyp_device_capability(device->device, HYP_OP_KECCAK256);
        cli_error("%s: %zu bytes are too many for %s, which takes messages up to about %llu bytes",
                  name, length, device->info->name,
                  (unsigned long long)(limit->max_input_bytes < UINT32_MAX ? limit->max_input_bytes
                                                                           : UINT32_MAX));
        return CLI_USAGE;
    }
    if (error) {
        return cli_device_failure(device, name, error);
    }
    cli_format_hex(digest, sizeof digest, hex);
    printf("%s  %s\n", hex, name);
    return CLI_OK;
}

static int hash_named(const struct cli_device *device, const char *name, bool lines)
{
    bool standard_input = strcmp(name, "-") == 0;
    FILE *file = standard_input ? stdin : fopen(name, "rb");

    if (!file) {
        cli_error("%s: %s", name, strerror(errno));
        return CLI_USAGE;
    }
    int result = lines ? hash_lines(device, name, file) : hash_file(device, name, file);
    if (!standard_input) {
        fclose(file);
    }
    return result;
}

int cli_keccak(int argc, char **argv)
{
    static const struct option options[] = {CLI_DEVICE_LONG_OPTIONS,
                                            {"lines", no_argument, NULL, 'l'},
                                            {"help", no_argument, NULL, 'h'},
                                            {0}};
    struct cli_device_options device_options = CLI_DEVICE_OPTIONS_INIT;
    struct cli_device device;
    bool lines = false;
    int option;

    while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
        if (option == 'h') {
            fputs(help, stdout);
            return CLI_OK;
        }
        if (option == 'l') {
            lines = true;
        } else if (cli_device_option(&device_options, option, optarg)) {
            return CLI_USAGE;
        }
    }
    int result = cli_device_open(&device_options, &device);
    if (result) {
        return result;
    }
    if (optind == argc) {
        result = hash_named(&device, "-", lines);
    }
    for (int i = optind; i < argc; i++) {
        result = cli_worse(result, hash_named(&device, argv[i], lines));
    }
    cli_device_close(&device);
    return result;
}
