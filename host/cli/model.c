/* hyperion model: makes, shows and checks model files. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/cli/cli.h"
#include "host/cli/file.h"
#include "host/llm/import.h"
#include "host/llm/model.h"

static const char help[] =
    "usage: hyperion model import llama2c CHECKPOINT TOKENIZER -o FILE\n"
    "       hyperion model inspect [--json] FILE…\n"
    "       hyperion model verify [--json] FILE…\n\n"
    "Works on the files that `hyperion llm` runs.\n\n"
    "import quantises a checkpoint of llama2.c (its first format, fp32) to int8 and puts it with\n"
    "its tokenizer into a file; the same inputs give the same bytes on every machine.\n"
    "  -o, --output FILE  replaced as a whole or not at all\n\n"
    "inspect prints the Merkle root, the shape and the tensors.\n"
    "verify checks the digest of every tensor, the Merkle root over them, and that they are the\n"
    "tensors of a model; prints \"ok\" with the root, or which tensor is wrong.\n"
    "  --json             one object a file\n\n"
    "Exit codes: 0 ok, 1 a file failed verification, 2 bad input or usage.\n\n"
    "example: hyperion model import llama2c stories260K.bin tok512.bin -o stories260K.model\n";

static const char *const field_names[LLM_CONFIG_FIELDS] = {
    "architecture", "dim",     "hidden",  "layers",      "heads", "kv_heads",
    "vocabulary",   "context", "epsilon", "score_shift", "shared"};

/* ---- import ---- */

static uint8_t *read_file(const char *name, size_t *size)
{
    char message[256];
    uint8_t *content = cli_read_file(name, size, message);

    if (!content) {
        cli_error("%s: %s", name, message);
    }
    return content;
}

static int import(const char *checkpoint_name, const char *tokenizer_name, const char *output)
{
    hyp_error error = {0, ""};
    size_t checkpoint_size = 0;
    size_t tokenizer_size = 0;
    size_t size = 0;
    uint8_t *file = NULL;
    int result = CLI_USAGE;

    uint8_t *checkpoint = read_file(checkpoint_name, &checkpoint_size);
    uint8_t *tokenizer = checkpoint ? read_file(tokenizer_name, &tokenizer_size) : NULL;
    if (tokenizer) {
        int code = llm_import_llama2c(checkpoint, checkpoint_size, tokenizer, tokenizer_size, &file,
                                      &size, &error);
        if (code) {
            cli_error("%s, %s: %s", checkpoint_name, tokenizer_name, error.message);
            result = cli_exit_code(code);
        } else {
            result = cli_write_file(output, file, size);
        }
    }
    free(file);
    free(tokenizer);
    free(checkpoint);
    return result;
}

static int run_import(int argc, char **argv)
{
    static const struct option options[] = {
        {"output", required_argument, NULL, 'o'}, {"help", no_argument, NULL, 'h'}, {0}};
    const char *output = NULL;
    int option;

    while ((option = getopt_long(argc, argv, "ho:", options, NULL)) != -1) {
        if (option == 'h') {
            fputs(help, stdout);
            return CLI_OK;
        }
        if (option != 'o') {
            return cli_usage();
        }
        output = optarg;
    }
    if (argc - optind != 3 || strcmp(argv[optind], "llama2c") != 0) {
        cli_error("import takes llama2c, a checkpoint and a tokenizer");
        return cli_usage();
    }
    if (!output) {
        cli_error("import needs -o FILE");
        return cli_usage();
    }
    return import(argv[optind + 1], argv[optind + 2], output);
}

/* ---- inspect ---- */

static void format_shape(const struct llm_tensor *tensor, char *text, size_t size)
{
    size_t used = 0;

    text[0] = 0;
    for (uint32_t i = 0; i < tensor->rank && used < size; i++) {
        used += (size_t)snprintf(text + used, size - used, "%s%" PRIu64, i ? "×" : "",
                                 tensor->shape[i]);
    }
}

static void print_table(const char *name, const struct llm_container *container)
{
    const struct llm_tensor *config = llm_container_find(container, "config");
    char hex[2 * LLM_DIGEST_SIZE + 1];
    char shape[96];

    cli_format_hex(container->root, LLM_DIGEST_SIZE, hex);
    printf("%s\n  %-12s %d\n  %-12s 0x%s\n", name, "version", LLM_CONTAINER_VERSION, "root", hex);
    if (config && config->type == LLM_I32 && config->shape[0] == LLM_CONFIG_FIELDS) {
        for (int i = 0; i < LLM_CONFIG_FIELDS; i++) {
            printf("  %-12s %d\n", field_names[i], ((const int32_t *)config->data)[i]);
        }
    }
    printf("  %-40s %-4s %-16s %12s  %s\n", "tensor", "type", "shape", "bytes", "digest");
    for (uint32_t i = 0; i < container->count; i++) {
        const struct llm_tensor *tensor = &container->tensors[i];
        format_shape(tensor, shape, sizeof shape);
        cli_format_hex(tensor->digest, 8, hex);
        /* × has two bytes and one column. */
        printf("  %-40s %-4s %-*s %12" PRIu64 "  0x%s…\n", tensor->name,
               llm_type_name(tensor->type), 16 + (int)tensor->rank - 1, shape, tensor->bytes, hex);
    }
}

static json_t *tensor_json(const struct llm_tensor *tensor)
{
    json_t *shape = json_array();

    for (uint32_t i = 0; i < tensor->rank; i++) {
        json_array_append_new(shape, json_integer((json_int_t)tensor->shape[i]));
    }
    return json_pack("{s:s, s:s, s:o, s:I, s:o}", "name", tensor->name, "type",
                     llm_type_name(tensor->type), "shape", shape, "bytes",
                     (json_int_t)tensor->bytes, "digest",
                     cli_json_hex(tensor->digest, LLM_DIGEST_SIZE));
}

static void print_json(const char *name, const struct llm_container *container)
{
    const struct llm_tensor *config = llm_container_find(container, "config");
    json_t *fields = json_object();
    json_t *tensors = json_array();

    if (config && config->type == LLM_I32 && config->shape[0] == LLM_CONFIG_FIELDS) {
        for (int i = 0; i < LLM_CONFIG_FIELDS; i++) {
            json_object_set_new(fields, field_names[i],
                                json_integer(((const int32_t *)config->data)[i]));
        }
    }
    for (uint32_t i = 0; i < container->count; i++) {
        json_array_append_new(tensors, tensor_json(&container->tensors[i]));
    }
    cli_print_json(json_pack("{s:o, s:i, s:o, s:o, s:o}", "file", cli_json_text(name), "version",
                             LLM_CONTAINER_VERSION, "root",
                             cli_json_hex(container->root, LLM_DIGEST_SIZE), "config", fields,
                             "tensors", tensors));
}

static int inspect(const char *name, const uint8_t *file, size_t size, bool json)
{
    struct llm_container container;
    hyp_error error = {0, ""};

    if (llm_container_read(file, size, &container, &error)) {
        cli_file_error(json, name, error.message);
        return CLI_USAGE;
    }
    if (json) {
        print_json(name, &container);
    } else {
        print_table(name, &container);
    }
    llm_container_release(&container);
    return CLI_OK;
}

/* ---- verify ---- */

static int verify(const char *name, const uint8_t *file, size_t size, bool json)
{
    struct llm_model model;
    hyp_error error = {0, ""};
    char hex[2 * LLM_DIGEST_SIZE + 1];

    int code = llm_model_read(file, size, &model, &error);
    if (code == HYP_ENOMEM) {
        cli_file_error(json, name, error.message);
        return CLI_DEVICE;
    }
    if (code && json) {
        cli_print_json(json_pack("{s:o, s:b, s:s}", "file", cli_json_text(name), "ok", 0, "error",
                                 error.message));
    } else if (code) {
        printf("%s: %s\n", name, error.message);
    } else if (json) {
        cli_print_json(json_pack("{s:o, s:b, s:o}", "file", cli_json_text(name), "ok", 1, "root",
                                 cli_json_hex(model.container.root, LLM_DIGEST_SIZE)));
    } else {
        cli_format_hex(model.container.root, LLM_DIGEST_SIZE, hex);
        printf("%s: ok (0x%s)\n", name, hex);
    }
    llm_model_release(&model);
    return code ? CLI_NO : CLI_OK;
}

/* ---- all ---- */

typedef int file_action(const char *name, const uint8_t *file, size_t size, bool json);

static int for_each_file(int argc, char **argv, file_action *action)
{
    static const struct option options[] = {
        {"json", no_argument, NULL, 'j'}, {"help", no_argument, NULL, 'h'}, {0}};
    bool json = false;
    int result = CLI_OK;
    int option;

    while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
        if (option == 'h') {
            fputs(help, stdout);
            return CLI_OK;
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
        size_t size;
        uint8_t *file = cli_read_file(argv[i], &size, message);
        if (file) {
            result = cli_worse(result, action(argv[i], file, size, json));
        } else {
            cli_file_error(json, argv[i], message);
            result = cli_worse(result, CLI_USAGE);
        }
        free(file);
    }
    return result;
}

int cli_model(int argc, char **argv)
{
    const char *action = argc > 1 ? argv[1] : "";

    if (strcmp(action, "--help") == 0 || strcmp(action, "-h") == 0) {
        fputs(help, stdout);
        return CLI_OK;
    }
    if (strcmp(action, "import") == 0) {
        return run_import(argc - 1, argv + 1);
    }
    if (strcmp(action, "inspect") == 0) {
        return for_each_file(argc - 1, argv + 1, inspect);
    }
    if (strcmp(action, "verify") == 0) {
        return for_each_file(argc - 1, argv + 1, verify);
    }
    cli_error("the first argument is import, inspect or verify, not \"%s\"", action);
    return cli_usage();
}
