/* hyperion bench: what an op costs on a device, through the public API. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/cli/cli.h"

static const char help[] =
    "usage: hyperion bench --op OP [--count N] [--size BYTES] [OPTION…]\n\n"
    "Runs one op on one device until N items are done, and prints what it took. Batches are "
    "prepared\n"
    "beforehand; what is timed is submission to completion.\n\n"
    "  --op OP            keccak\n"
    "  --count N          items (default: 16384)\n"
    "  --size BYTES       keccak: length of each message (default: 64)\n"
    "  --json             one object: "
    "{\"device\",\"op\",\"count\",\"size\",\"seconds\",\"items_per_second\",\n"
    "                     \"bytes_per_second\"}; on a card also \"cycles\",\"cycles_per_item\",\n"
    "                     \"utilisation\"\n" CLI_DEVICE_HELP
    "\nexample: hyperion bench --device cpu --op keccak --size 64 --count 10000000\n";

struct bench_options {
    const char *op;
    uint64_t count;
    uint64_t size;
    bool json;
};

struct bench_result {
    double seconds;
    uint64_t cycles;
    double busiest; /* the port or datapath that limits: cycles in use */
};

/* Two batches of this many items: one runs while the other waits its turn. */
enum { BATCHES = 2, BATCH_ITEMS = 16384, BATCH_BYTES = 64 << 20 };

static void fill_message(uint8_t *message, size_t length, uint64_t seed)
{
    for (size_t i = 0; i < length; i++) {
        seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        message[i] = (uint8_t)(seed >> 56);
    }
}

static int prepare(const struct cli_device *device, uint64_t size, uint32_t items,
                   hyp_keccak_batch **batch)
{
    int result = hyp_keccak_batch_create(device->device, items, items * ((size + 7) & ~7ul), batch);

    for (uint32_t i = 0; result == HYP_OK && i < items; i++) {
        void *message;
        int index = hyp_keccak_batch_reserve(*batch, size, &message);
        if (index < 0) {
            result = index;
        } else {
            fill_message(message, size, i);
        }
    }
    return result ? cli_device_failure(device, "cannot prepare a batch", result) : CLI_OK;
}

static void add_counters(const hyp_keccak_batch *batch, struct bench_result *result)
{
    hyp_result_counters counters = hyp_keccak_batch_counters(batch);
    uint64_t busiest = counters.beats_read;

    if (counters.beats_written > busiest) {
        busiest = counters.beats_written;
    }
    if (counters.compute_slots_used > busiest) {
        busiest = counters.compute_slots_used;
    }
    result->cycles += counters.cycles;
    result->busiest += (double)busiest;
}

/* Runs the batches in turn until `rounds` have completed. */
static int run_rounds(const struct cli_device *device, hyp_queue *queue, hyp_keccak_batch **batches,
                      uint64_t rounds, struct bench_result *result)
{
    hyp_completion completion;
    uint64_t submitted = 0;
    uint64_t done = 0;

    uint64_t start = hyp_clock_ns();
    while (done < rounds) {
        for (; submitted < rounds && submitted - done < BATCHES; submitted++) {
            hyp_keccak_batch *batch = batches[submitted % BATCHES];
            hyp_job job = hyp_keccak_batch_job(batch, batch);
            int accepted = hyp_queue_submit(queue, &job, 1);
            if (accepted != 1) {
                return cli_device_failure(device, "submit", accepted ? accepted : HYP_EAGAIN);
            }
        }
        hyp_queue_wait(queue, UINT64_MAX);
        while (hyp_queue_reap(queue, &completion, 1) == 1) {
            if (completion.result) {
                return cli_device_failure(device, "run", completion.result);
            }
            add_counters(completion.user, result);
            done++;
        }
    }
    result->seconds = (double)(hyp_clock_ns() - start) * 1e-9;
    return CLI_OK;
}

static int bench_keccak(const struct cli_device *device, struct bench_options *options,
                        struct bench_result *result)
{
    hyp_keccak_batch *batches[BATCHES] = {NULL};
    hyp_queue *queue = NULL;
    uint64_t items = options->count < BATCH_ITEMS ? options->count : BATCH_ITEMS;
    uint64_t most = options->size ? BATCH_BYTES / options->size : BATCH_ITEMS;
    int code = CLI_OK;

    items = items < most ? items : most;
    items = items ? items : 1;
    uint64_t rounds = (options->count + items - 1) / items;
    options->count = rounds * items;
    for (int i = 0; i < BATCHES && code == CLI_OK; i++) {
        code = prepare(device, options->size, (uint32_t)items, &batches[i]);
    }
    if (code == CLI_OK) {
        int error = hyp_queue_create(device->device, NULL, &queue);
        code = error ? cli_device_failure(device, "no queue", error)
                     : run_rounds(device, queue, batches, rounds, result);
    }
    hyp_queue_destroy(queue);
    for (int i = 0; i < BATCHES; i++) {
        hyp_keccak_batch_destroy(batches[i]);
    }
    return code;
}

static void print_result(const struct cli_device *device, const struct bench_options *options,
                         const struct bench_result *result)
{
    double items = (double)options->count;
    double rate = items / result->seconds;

    if (options->json) {
        json_t *object =
            json_pack("{s:s, s:s, s:I, s:I, s:f, s:f, s:f}", "device", device->info->name, "op",
                      options->op, "count", (json_int_t)options->count, "size",
                      (json_int_t)options->size, "seconds", result->seconds, "items_per_second",
                      rate, "bytes_per_second", rate * (double)options->size);
        if (result->cycles) {
            json_object_set_new(object, "cycles", json_integer((json_int_t)result->cycles));
            json_object_set_new(object, "cycles_per_item",
                                json_real((double)result->cycles / items));
            json_object_set_new(object, "utilisation",
                                json_real(result->busiest / (double)result->cycles));
        }
        cli_print_json(object);
        return;
    }
    printf("device       %s (%s)\n", device->info->name, device->info->description);
    printf("op           %s, %llu items of %llu bytes\n", options->op,
           (unsigned long long)options->count, (unsigned long long)options->size);
    printf("time         %.3f s\n", result->seconds);
    printf("rate         %.3f M items/s, %.1f ns an item, %.3f GB/s\n", rate / 1e6, 1e9 / rate,
           rate * (double)options->size / 1e9);
    if (result->cycles) {
        printf("cycles       %llu, %.2f an item, utilisation %.3f\n",
               (unsigned long long)result->cycles, (double)result->cycles / items,
               result->busiest / (double)result->cycles);
    }
}

static int bench(const struct cli_device_options *device_options, struct bench_options *options)
{
    struct bench_result result = {0};
    struct cli_device device;

    if (!options->op || strcmp(options->op, "keccak") != 0) {
        cli_error("--op %s: the ops are: keccak", options->op ? options->op : "is missing");
        return cli_usage();
    }
    int code = cli_device_open(device_options, &device);
    if (code) {
        return code;
    }
    code = bench_keccak(&device, options, &result);
    if (code == CLI_OK) {
        print_result(&device, options, &result);
    }
    cli_device_close(&device);
    return code;
}

int cli_bench(int argc, char **argv)
{
    enum { OPTION_OP = CLI_OPTION_COMMAND, OPTION_COUNT, OPTION_SIZE, OPTION_JSON };
    static const struct option options[] = {CLI_DEVICE_LONG_OPTIONS,
                                            {"op", required_argument, NULL, OPTION_OP},
                                            {"count", required_argument, NULL, OPTION_COUNT},
                                            {"size", required_argument, NULL, OPTION_SIZE},
                                            {"json", no_argument, NULL, OPTION_JSON},
                                            {"help", no_argument, NULL, 'h'},
                                            {0}};
    struct cli_device_options device_options = CLI_DEVICE_OPTIONS_INIT;
    struct bench_options wanted = {.count = BATCH_ITEMS, .size = 64};
    int option;

    while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
        bool good = true;
        switch (option) {
        case OPTION_OP:
            wanted.op = optarg;
            break;
        case OPTION_COUNT:
            good = cli_parse_number(optarg, UINT64_C(1) << 40, &wanted.count);
            break;
        case OPTION_SIZE:
            good = cli_parse_number(optarg, BATCH_BYTES, &wanted.size);
            break;
        case OPTION_JSON:
            wanted.json = true;
            break;
        case 'h':
            fputs(help, stdout);
            return CLI_OK;
        default:
            good = cli_device_option(&device_options, option, optarg) == CLI_OK;
            if (!good) {
                return CLI_USAGE;
            }
        }
        if (!good) {
            cli_error("\"%s\" is not a number this option takes", optarg);
            return cli_usage();
        }
    }
    return bench(&device_options, &wanted);
}
