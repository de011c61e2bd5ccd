/* hyperion llm: a language model that writes on, in integers, with the same bits on every device.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/cli/cli.h"
#include "host/cli/file.h"
#include "host/llm/model.h"
#include "host/llm/session.h"
#include "host/llm/tokenizer.h"

static const char help[] =
    "usage: hyperion llm --model FILE [--prompt TEXT] [-n TOKENS] [OPTION…]\n\n"
    "Lets a language model (hyperion model) write on after TEXT. All arithmetic is in integers:\n"
    "every device gives the same text and the same logits, to the bit.\n\n"
    "  --model FILE       a model file; its digests are checked first\n"
    "  --prompt TEXT      what the text begins with (default: nothing)\n"
    "  -n, --tokens N     how many tokens to write (default: 64); ends earlier where the model\n"
    "                     ends its text, or its context is full\n"
    "  --temperature T    in thousandths: 0 (default) takes the likeliest token each time, 1000\n"
    "                     draws as the model was trained to, more is more surprising\n"
    "  --seed N           of the draw: the same seed gives the same text (of a sim device: also "
    "of\n"
    "                     its memory timing, which changes no bit)\n"
    "  --price            print what it will cost in gas, if the model does not end its text\n"
    "                     before, and write nothing\n"
    "  --json             one object at the end instead of the text\n" CLI_DEVICE_HELP
    "\nexample: hyperion llm --model stories260K.model --prompt \"Once upon a time\" -n 100\n";

enum {
    OPTION_MODEL = CLI_OPTION_COMMAND,
    OPTION_PROMPT,
    OPTION_TEMPERATURE,
    OPTION_PRICE,
    OPTION_JSON,
};

struct request {
    const char *model;
    const char *prompt;
    uint64_t tokens;
    uint64_t temperature;
    bool price;
    bool json;
    struct cli_device_options device;
};

/* A text as it grows. */
struct writer {
    const struct request *request;
    const struct llm_tokenizer *tokenizer;
    struct llm_session *session;
    uint32_t *tokens; /* those of the prompt, then what was chosen */
    size_t count;
    size_t prompt_count;
    char *text;
    size_t text_size;
    FILE *stream; /* writes to text */
    const char *stopped;
    uint64_t nanoseconds;
};

/* ---- output ---- */

static void put_token(struct writer *writer, uint32_t previous, uint32_t token)
{
    size_t length;
    const char *bytes = llm_tokenizer_decode(writer->tokenizer, previous, token, &length);

    fwrite(bytes, 1, length, writer->stream);
    if (!writer->request->json) {
        fwrite(bytes, 1, length, stdout);
        fflush(stdout);
    }
}

static double rate(const struct writer *writer)
{
    uint32_t steps = llm_session_position(writer->session);

    return writer->nanoseconds ? steps * 1e9 / (double)writer->nanoseconds : 0;
}

/* The text need not be UTF-8, which JSON must be. */
static json_t *text_json(const struct writer *writer)
{
    json_t *string = json_stringn(writer->text, writer->text_size);

    if (!string) {
        for (size_t i = 0; i < writer->text_size; i++) {
            writer->text[i] = (char)((unsigned char)writer->text[i] > 0x7f ? '?' : writer->text[i]);
        }
        string = json_stringn(writer->text, writer->text_size);
    }
    return string;
}

static void print_json(const struct writer *writer, const struct cli_device *device,
                       const struct llm_model *model)
{
    uint8_t digest[LLM_DIGEST_SIZE];
    json_t *tokens = json_array();

    for (size_t i = 0; i < writer->count; i++) {
        json_array_append_new(tokens, json_integer(writer->tokens[i]));
    }
    llm_session_logits_digest(writer->session, digest);
    cli_print_json(json_pack("{s:o, s:o, s:s, s:I, s:o, s:o, s:s, s:f, s:I, s:o}", "model",
                             cli_json_text(writer->request->model), "root",
                             cli_json_hex(model->container.root, LLM_DIGEST_SIZE), "device",
                             device->info->name, "prompt_tokens", (json_int_t)writer->prompt_count,
                             "tokens", tokens, "text", text_json(writer), "stopped",
                             writer->stopped, "tokens_per_second", rate(writer), "gas",
                             (json_int_t)llm_session_gas(writer->session), "logits_keccak",
                             cli_json_hex(digest, sizeof digest)));
}

/* ---- the text ---- */

/* Whether a further token is wanted; if not, `stopped` tells why. */
static bool goes_on(struct writer *writer, uint32_t context, uint32_t last)
{
    size_t written = writer->count - writer->prompt_count;

    writer->stopped = NULL;
    if (writer->count > writer->prompt_count &&
        (last == LLM_TOKEN_BEGIN || last == LLM_TOKEN_END)) {
        writer->stopped = "end";
    } else if (written >= writer->request->tokens) {
        writer->stopped = "tokens";
    } else if (writer->count > context) {
        writer->stopped = "context";
    }
    return writer->stopped == NULL;
}

static int write_on(struct writer *writer, uint32_t context, hyp_error *error)
{
    const struct llm_choice choice = {(uint32_t)writer->request->temperature,
                                      writer->request->device.device.seed};
    uint32_t last = LLM_TOKEN_BEGIN;
    int result = HYP_OK;

    for (size_t i = 0; i < writer->prompt_count; i++) {
        put_token(writer, last, writer->tokens[i]);
        last = writer->tokens[i];
    }
    result =
        llm_session_read(writer->session, writer->tokens, (uint32_t)writer->prompt_count, error);
    while (result == HYP_OK && goes_on(writer, context, last)) {
        uint32_t token = 0;
        if (writer->count > writer->prompt_count) {
            result = llm_session_step(writer->session, last, error);
        }
        if (result == HYP_OK) {
            result = llm_session_choose(writer->session, &choice, &token, error);
        }
        if (result == HYP_OK) {
            put_token(writer, last, token);
            writer->tokens[writer->count++] = last = token;
        }
    }
    return result;
}

static int report(struct writer *writer, const struct cli_device *device,
                  const struct llm_model *model)
{
    if (strcmp(writer->stopped, "context") == 0) {
        cli_error("the model's context of %" PRIu32 " tokens is full: %zu of %" PRIu64
                  " tokens were written",
                  model->config.shape.context, writer->count - writer->prompt_count,
                  writer->request->tokens);
    }
    if (writer->request->json) {
        print_json(writer, device, model);
        return CLI_OK;
    }
    putchar('\n');
    if (isatty(STDERR_FILENO)) {
        fflush(stdout);
        fprintf(stderr, "%" PRIu32 " steps, %.0f a second, %" PRIu64 " gas\n",
                llm_session_position(writer->session), rate(writer),
                llm_session_gas(writer->session));
    }
    return CLI_OK;
}

static void print_price(const struct writer *writer)
{
    const struct request *request = writer->request;
    const struct llm_choice choice = {(uint32_t)request->temperature, 0};
    uint64_t gas = llm_session_price(writer->session, (uint32_t)writer->prompt_count,
                                     (uint32_t)request->tokens, &choice);

    if (request->json) {
        cli_print_json(json_pack("{s:I}", "gas", (json_int_t)gas));
    } else {
        printf("%" PRIu64 " gas\n", gas);
    }
}

static int generate(struct writer *writer, const struct cli_device *device,
                    const struct llm_model *model)
{
    hyp_error error = {0, ""};
    int result = llm_session_create(device->device, model, &writer->session, &error);

    if (result == HYP_OK && writer->request->price) {
        print_price(writer);
        return CLI_OK;
    }
    if (result == HYP_OK) {
        llm_session_set_verify(writer->session, device->verify);
        uint64_t start = hyp_clock_ns();
        result = write_on(writer, model->config.shape.context, &error);
        writer->nanoseconds = hyp_clock_ns() - start;
    }
    if (result == HYP_OK && fflush(writer->stream) != 0) {
        result = llm_fail(&error, HYP_ENOMEM, "no memory for the text");
    }
    if (result) {
        cli_error("%s: %s", device->info->name, error.message);
        return cli_exit_code(result);
    }
    return report(writer, device, model);
}

/* ---- what is read first ---- */

static int encode_prompt(struct writer *writer, const struct llm_model *model)
{
    uint32_t context = model->config.shape.context;
    hyp_error error = {0, ""};
    uint32_t *tokens;

    int result = llm_tokenizer_encode(writer->tokenizer, writer->request->prompt,
                                      strlen(writer->request->prompt), &tokens,
                                      &writer->prompt_count, &error);
    if (result) {
        cli_error("the prompt: %s", error.message);
        return cli_exit_code(result);
    }
    if (writer->prompt_count > context) {
        cli_error("the prompt has %zu tokens, the model's context %" PRIu32, writer->prompt_count,
                  context);
        free(tokens);
        return CLI_USAGE;
    }
    /* Past the context no step is taken, so at most one token more is chosen. */
    writer->tokens = realloc(tokens, ((size_t)context + 1) * sizeof *tokens);
    if (!writer->tokens) {
        free(tokens);
        cli_error("no memory for %" PRIu32 " tokens", context);
        return CLI_DEVICE;
    }
    writer->count = writer->prompt_count;
    return CLI_OK;
}

static int run_model(const struct request *request, const struct llm_model *model)
{
    const struct llm_tensor *file = llm_model_tensor(model, LLM_TOKENIZER);
    struct writer writer = {.request = request};
    struct llm_tokenizer *tokenizer;
    struct cli_device device;
    hyp_error error = {0, ""};

    int result = llm_tokenizer_create(file->data, (size_t)file->bytes,
                                      model->config.shape.vocabulary, &tokenizer, &error);
    if (result) {
        cli_error("%s: tokenizer: %s", request->model, error.message);
        return cli_exit_code(result);
    }
    writer.tokenizer = tokenizer;
    writer.stream = open_memstream(&writer.text, &writer.text_size);
    result = writer.stream ? encode_prompt(&writer, model) : CLI_DEVICE;
    if (result == CLI_OK) {
        result = cli_device_open(&request->device, &device);
        if (result == CLI_OK) {
            result = generate(&writer, &device, model);
            llm_session_destroy(writer.session);
            cli_device_close(&device);
        }
    }
    if (writer.stream) {
        fclose(writer.stream);
    }
    free(writer.text);
    free(writer.tokens);
    llm_tokenizer_destroy(tokenizer);
    return result;
}

static int run(const struct request *request)
{
    struct llm_model model;
    hyp_error error = {0, ""};
    char message[256];
    size_t size;

    uint8_t *file = cli_read_file(request->model, &size, message);
    if (!file) {
        cli_error("%s: %s", request->model, message);
        return CLI_USAGE;
    }
    int result = CLI_USAGE;
    if (llm_model_read(file, size, &model, &error)) {
        cli_error("%s: %s", request->model, error.message);
    } else {
        result = run_model(request, &model);
        llm_model_release(&model);
    }
    free(file);
    return result;
}

/* ---- options ---- */

static int number_option(const char *name, const char *text, uint64_t most, uint64_t *number)
{
    if (!cli_parse_number(text, most, number)) {
        cli_error("%s takes a whole number up to %" PRIu64 ", not \"%s\"", name, most, text);
        return cli_usage();
    }
    return CLI_OK;
}

static int take_option(struct request *request, int option, const char *argument)
{
    switch (option) {
    case 'n':
        return number_option("--tokens", argument, UINT32_MAX, &request->tokens);
    case OPTION_TEMPERATURE:
        return number_option("--temperature", argument, LLM_MAX_TEMPERATURE, &request->temperature);
    case OPTION_MODEL:
        request->model = argument;
        return CLI_OK;
    case OPTION_PROMPT:
        request->prompt = argument;
        return CLI_OK;
    case OPTION_PRICE:
        request->price = true;
        return CLI_OK;
    case OPTION_JSON:
        request->json = true;
        return CLI_OK;
    default:
        return cli_device_option(&request->device, option, argument);
    }
}

int cli_llm(int argc, char **argv)
{
    static const struct option options[] = {
        CLI_DEVICE_LONG_OPTIONS,
        {"model", required_argument, NULL, OPTION_MODEL},
        {"prompt", required_argument, NULL, OPTION_PROMPT},
        {"tokens", required_argument, NULL, 'n'},
        {"temperature", required_argument, NULL, OPTION_TEMPERATURE},
        {"price", no_argument, NULL, OPTION_PRICE},
        {"json", no_argument, NULL, OPTION_JSON},
        {"help", no_argument, NULL, 'h'},
        {0}};
    struct request request = {.prompt = "", .tokens = 64, .device = CLI_DEVICE_OPTIONS_INIT};
    int option;

    while ((option = getopt_long(argc, argv, "hn:", options, NULL)) != -1) {
        if (option == 'h') {
            fputs(help, stdout);
            return CLI_OK;
        }
        if (take_option(&request, option, optarg)) {
            return CLI_USAGE;
        }
    }
    if (!request.model || optind != argc) {
        cli_error(request.model ? "unexpected argument \"%s\"; the text goes behind --prompt"
                                : "--model FILE is needed%s",
                  request.model ? argv[optind] : "");
        return cli_usage();
    }
    return run(&request);
}
