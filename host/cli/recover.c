/* hyperion recover: public keys and addresses from signatures, in order, in bounded memory. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "host/cli/cli.h"
#include "host/cli/pipeline.h"
#include "host/cli/recover_input.h"

static const char help[] =
    "usage: hyperion recover [OPTION…] [FILE…]\n\n"
    "Recovers secp256k1 public keys. Reads a JSON array, or one object a line:\n"
    "{\"hash\",\"r\",\"s\",\"recid\"}, numbers in hex with or without 0x. Prints one object a "
    "line, in order:\n"
    "{\"address\",\"pubkey\"}, or {\"error\"} where a signature gives no key. Without FILE, or "
    "when FILE is -,\n"
    "reads standard input. Exit code 0 when every item could be read, also where a key could not "
    "be\n"
    "recovered; 2 when one is malformed.\n\n"
    "  --low-s            s above n/2 is an error, as in Ethereum transactions (EIP-2)\n"
    "  --address-only     print addresses without public keys\n" CLI_DEVICE_HELP
    "\nexample: hyperion recover --device sim signatures.json\n";

enum { RECOVER_ITEMS = 4096 };

static uint32_t count(const void *batch)
{
    return hyp_ecrecover_batch_count(batch);
}

static hyp_job make_job(void *batch, void *user)
{
    return hyp_ecrecover_batch_job(batch, user);
}

static void print_keys(void *user, const void *batch)
{
    char address[2 * 20 + 1];
    char key[2 * 64 + 1];

    (void)user;
    for (uint32_t i = 0; i < hyp_ecrecover_batch_count(batch); i++) {
        uint8_t status = hyp_ecrecover_batch_status(batch, i);
        const uint8_t *public_key = hyp_ecrecover_batch_public_key(batch, i);
        if (status != HYP_STATUS_OK) {
            printf("{\"error\":\"%s\"}\n", hyp_status_name(status));
            continue;
        }
        cli_format_hex(hyp_ecrecover_batch_address(batch, i), 20, address);
        if (!public_key) {
            printf("{\"address\":\"0x%s\"}\n", address);
            continue;
        }
        cli_format_hex(public_key, 64, key);
        printf("{\"address\":\"0x%s\",\"pubkey\":\"0x%s\"}\n", address, key);
    }
}

static void clear(void *batch)
{
    hyp_ecrecover_batch_clear(batch);
}

static void destroy(void *batch)
{
    hyp_ecrecover_batch_destroy(batch);
}

static const struct cli_pipeline_op keys = {count, make_job, print_keys, clear, destroy};

static int add_item(struct cli_pipeline *pipeline, const struct recover_item *item)
{
    int index = hyp_ecrecover_batch_add(cli_pipeline_slot(pipeline)->batch, item->hash, item->r,
                                        item->s, item->recid);
    if (index >= 0) {
        return CLI_OK;
    }
    int result = cli_pipeline_turn(pipeline);
    if (result == CLI_OK) {
        hyp_ecrecover_batch_add(cli_pipeline_slot(pipeline)->batch, item->hash, item->r, item->s,
                                item->recid);
    }
    return result;
}

/* A malformed item keeps its place in the output. */
static int bad_item(struct cli_pipeline *pipeline, const struct recover_input *input,
                    const char *problem, bool last)
{
    int result = cli_pipeline_drain(pipeline);
    if (result) {
        return result;
    }
    if (!last) {
        cli_print_json(json_pack("{s:s, s:s}", "error", "bad_input", "detail", problem));
    }
    cli_error("%s: %s %llu: %s", pipeline->name, input->array ? "item" : "line",
              (unsigned long long)input->number + (last && input->array), problem);
    return CLI_USAGE;
}

static int recover_all(struct cli_pipeline *pipeline, FILE *file)
{
    struct recover_input input = {.file = file};
    struct recover_item item;
    char problem[160];
    int worst = CLI_OK;

    for (bool more = true; more && worst < CLI_DEVICE;) {
        switch (recover_input_next(&input, &item, problem)) {
        case RECOVER_ITEM:
            worst = cli_worse(worst, add_item(pipeline, &item));
            break;
        case RECOVER_BAD:
            worst = cli_worse(worst, bad_item(pipeline, &input, problem, false));
            break;
        case RECOVER_BROKEN:
            worst = cli_worse(worst, bad_item(pipeline, &input, problem, true));
            more = false;
            break;
        case RECOVER_END:
            worst = cli_worse(worst, cli_pipeline_drain(pipeline));
            more = false;
            break;
        }
    }
    recover_input_close(&input);
    return worst;
}

static int recover_file(const struct cli_device *device, const char *name, uint32_t flags)
{
    struct cli_pipeline pipeline = {.device = device, .op = &keys, .name = name};
    bool standard_input = strcmp(name, "-") == 0;
    FILE *file = standard_input ? stdin : fopen(name, "rb");

    if (!file) {
        cli_error("%s: %s", name, strerror(errno));
        return CLI_USAGE;
    }
    const hyp_op_capability *limit = hyp_device_capability(device->device, HYP_OP_ECRECOVER);
    uint32_t items = limit && limit->max_items < RECOVER_ITEMS ? limit->max_items : RECOVER_ITEMS;
    int result = cli_pipeline_open(&pipeline);
    for (int i = 0; i < CLI_PIPELINE_DEPTH && result == CLI_OK; i++) {
        hyp_ecrecover_batch *batch;
        int error = hyp_ecrecover_batch_create(device->device, items, flags, &batch);
        if (error) {
            result = cli_device_failure(device, "ecrecover", error);
        } else {
            pipeline.ring[i].batch = batch;
        }
    }
    if (result == CLI_OK) {
        result = recover_all(&pipeline, file);
    }
    cli_pipeline_close(&pipeline);
    if (!standard_input) {
        fclose(file);
    }
    return result;
}

int cli_recover(int argc, char **argv)
{
    enum { OPTION_LOW_S = CLI_OPTION_COMMAND, OPTION_ADDRESS_ONLY };
    static const struct option options[] = {
        CLI_DEVICE_LONG_OPTIONS,
        {"low-s", no_argument, NULL, OPTION_LOW_S},
        {"address-only", no_argument, NULL, OPTION_ADDRESS_ONLY},
        {"help", no_argument, NULL, 'h'},
        {0}};
    struct cli_device_options device_options = CLI_DEVICE_OPTIONS_INIT;
    struct cli_device device;
    uint32_t flags = 0;
    int option;

    while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
        if (option == 'h') {
            fputs(help, stdout);
            return CLI_OK;
        }
        if (option == OPTION_LOW_S) {
            flags |= HYP_ECRECOVER_LOW_S;
        } else if (option == OPTION_ADDRESS_ONLY) {
            flags |= HYP_ECRECOVER_ADDRESS_ONLY;
        } else if (cli_device_option(&device_options, option, optarg)) {
            return CLI_USAGE;
        }
    }
    int result = cli_device_open(&device_options, &device);
    if (result) {
        return result;
    }
    if (optind == argc) {
        result = recover_file(&device, "-", flags);
    }
    for (int i = optind; i < argc; i++) {
        result = cli_worse(result, recover_file(&device, argv[i], flags));
    }
    cli_device_close(&device);
    return result;
}
