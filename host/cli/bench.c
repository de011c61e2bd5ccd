/* hyperion bench: what an op costs on a device, through the public API. */
#include "host/cli/bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char help[] =
    "usage: hyperion bench --op OP [--count N] [--size BYTES] [OPTION…]\n\n"
    "Runs one op on one device until N items are done, and prints what it took. Batches are "
    "prepared\n"
    "beforehand; what is timed is submission to completion. With --vs the peer does the same items "
    "in\n"
    "the same run, the two in turn, and the ratio is that of their best turns.\n\n"
    "  --op OP            keccak, matmul or recover\n"
    "  --count N          items (default: 16384; matmul: 4)\n"
    "  --size BYTES       keccak: length of each message (default: 64)\n"
    "  --shape MxKxN      matmul: int8 M x K times K x N; the items of a batch share the right "
    "side\n"
    "  --batch N          items in a batch (default: 16384, less where the device takes less; "
    "matmul: 1)\n"
    "  --vs PEER          recover: libsecp256k1, on one thread; sets --threads to 1 unless it is "
    "given\n"
    "  --json             one object: "
    "{\"device\",\"op\",\"count\",\"size\",\"batch\",\"seconds\",\n"
    "                     \"items_per_second\",\"ns_per_item\",\"bytes_per_second\"}; of matmul "
    "also\n"
    "                     \"shape\",\"products_per_second\" and on a card "
    "\"products_per_cycle\"; on a card also\n"
    "                     \"cycles\",\"cycles_per_item\",\"utilisation\"; on the cpu also\n"
    "                     \"first_item_seconds\": from submission until the first of a batch can "
    "be "
    "read;\n"
    "                     with --vs "
    "\"peer\",\"peer_ns_per_item\",\"ratio\",\"median_ratio\"\n" CLI_DEVICE_HELP
    "\nexample: hyperion bench --device cpu --op keccak --size 64 --count 10000000\n";

static const struct bench_op *const ops[] = {&bench_keccak, &bench_matmul, &bench_recover};

struct bench_options {
    const struct bench_op *op;
    uint64_t count; /* 0: the op's default */
    struct bench_item item;
    uint64_t batch;
    const char *peer;
    bool json;
};

struct bench_result {
    double seconds;
    uint64_t items;
    uint64_t cycles;
    double busiest; /* of the port or datapath that limits: cycles in use */
    double ns_per_item;
    double peer_ns_per_item;
    double median_ratio;       /* of the medians of the turns */
    double first_item_seconds; /* 0: not measured */
};

/* Two batches: one runs while the other waits its turn. */
enum { BATCHES = 2, BATCH_ITEMS = 16384, BATCH_BYTES = 64 << 20, TURNS = 7 };

struct bench {
    const struct cli_device *device;
    const struct bench_op *op;
    hyp_queue *queue;
    void *batches[BATCHES];
    uint32_t items; /* in a batch */
};

static void add_counters(const struct bench_op *op, const void *batch, struct bench_result *result)
{
    hyp_result_counters counters = op->counters(batch);
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

/* Runs the batches until `rounds` have completed, each again when it is done: the one that was
 * submitted last may be done first. */
static int run_rounds(struct bench *bench, uint64_t rounds, struct bench_result *result)
{
    hyp_completion completion;
    void *idle[BATCHES];
    unsigned idle_count = BATCHES;
    uint64_t submitted = 0;
    uint64_t done = 0;

    memcpy(idle, bench->batches, sizeof idle);

    uint64_t start = hyp_clock_ns();
    while (done < rounds) {
        for (; submitted < rounds && idle_count; submitted++) {
            void *batch = idle[--idle_count];
            hyp_job job = bench->op->job(batch, batch);
            int accepted = hyp_queue_submit(bench->queue, &job, 1);
            if (accepted != 1) {
                return cli_device_failure(bench->device, "submit",
                                          accepted ? accepted : HYP_EAGAIN);
            }
        }
        hyp_queue_wait(bench->queue, UINT64_MAX);
        while (hyp_queue_reap(bench->queue, &completion, 1) == 1) {
            if (completion.result) {
                return cli_device_failure(bench->device, "run", completion.result);
            }
            add_counters(bench->op, completion.user, result);
            idle[idle_count++] = completion.user;
            done++;
        }
    }
    double seconds = (double)(hyp_clock_ns() - start) * 1e-9;
    result->seconds += seconds;
    result->items += rounds * bench->items;
    result->ns_per_item = seconds * 1e9 / (double)(rounds * bench->items);
    return CLI_OK;
}

/* How soon the first item of a batch can be read, while the others are computed: the best of some
 * turns, of one where a batch takes long. Of cards that is when all can. */
static int time_first_item(struct bench *bench, struct bench_result *result)
{
    hyp_completion completion;

    uint64_t end = hyp_clock_ns() + UINT64_C(1000000000);
    for (int turn = 0; turn < TURNS && (turn == 0 || hyp_clock_ns() < end); turn++) {
        void *batch = bench->batches[0];
        hyp_job job = bench->op->job(batch, batch);
        uint64_t start = hyp_clock_ns();
        int accepted = hyp_queue_submit(bench->queue, &job, 1);
        if (accepted != 1) {
            return cli_device_failure(bench->device, "submit", accepted ? accepted : HYP_EAGAIN);
        }
        hyp_queue_wait_items(bench->queue, batch, 1, UINT64_MAX);
        double seconds = (double)(hyp_clock_ns() - start) * 1e-9;
        hyp_queue_wait(bench->queue, UINT64_MAX);
        hyp_queue_reap(bench->queue, &completion, 1);
        if (completion.result) {
            return cli_device_failure(bench->device, "run", completion.result);
        }
        if (turn == 0 || seconds < result->first_item_seconds) {
            result->first_item_seconds = seconds;
        }
    }
    return CLI_OK;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Device and peer in turn, so that a change of the machine's speed meets both; of each the best
 * turn counts, because what else the machine does only ever adds time. The medians are told beside
 * it. */
static int run_against_peer(struct bench *bench, uint64_t rounds, struct bench_result *result)
{
    uint64_t share = (rounds + TURNS - 1) / TURNS;
    double ours[TURNS];
    double theirs[TURNS];

    for (int turn = 0; turn < TURNS; turn++) {
        int code = run_rounds(bench, share, result);
        if (code) {
            return code;
        }
        ours[turn] = result->ns_per_item;
        uint64_t start = hyp_clock_ns();
        if (!bench->op->run_peer(bench->batches[0])) {
            cli_error("%s and %s do not agree", bench->device->info->name, bench->op->peer);
            return CLI_NO;
        }
        theirs[turn] = (double)(hyp_clock_ns() - start) / bench->items;
    }
    qsort(ours, TURNS, sizeof *ours, by_value);
    qsort(theirs, TURNS, sizeof *theirs, by_value);
    result->ns_per_item = ours[0];
    result->peer_ns_per_item = theirs[0];
    result->median_ratio = theirs[TURNS / 2] / ours[TURNS / 2];
    return CLI_OK;
}

static uint32_t items_of_a_batch(const struct cli_device *device,
                                 const struct bench_options *options)
{
    uint64_t items = options->batch ? options->batch : options->op->shaped ? 1 : BATCH_ITEMS;
    uint64_t by_bytes = options->item.size ? BATCH_BYTES / options->item.size : items;

    for (uint32_t i = 0; i < device->info->op_count; i++) {
        if (items > device->info->ops[i].max_items) {
            items = device->info->ops[i].max_items;
        }
    }
    items = items < options->count ? items : options->count;
    items = items < by_bytes ? items : by_bytes;
    return items ? (uint32_t)items : 1;
}

static int run_bench(const struct cli_device *device, const struct bench_options *options,
                     struct bench_result *result)
{
    struct bench bench = {
        .device = device, .op = options->op, .items = items_of_a_batch(device, options)};
    uint64_t rounds = (options->count + bench.items - 1) / bench.items;
    int code = CLI_OK;

    for (int i = 0; i < BATCHES && code == CLI_OK; i++) {
        code = options->op->prepare(device, &options->item, bench.items, &bench.batches[i]);
    }
    if (code == CLI_OK) {
        int error = cli_queue_create(device, &bench.queue);
        code = error           ? cli_device_failure(device, "no queue", error)
               : options->peer ? run_against_peer(&bench, rounds, result)
                               : run_rounds(&bench, rounds, result);
    }
    if (code == CLI_OK && bench.items > 1 && device->info->kind == HYP_DEVICE_CPU) {
        code = time_first_item(&bench, result);
    }
    hyp_queue_destroy(bench.queue);
    for (int i = 0; i < BATCHES; i++) {
        if (bench.batches[i]) {
            options->op->destroy(bench.batches[i]);
        }
    }
    return code;
}

enum { SHAPE_LENGTH = 40 };

static void print_shape(const struct bench_item *item, char text[SHAPE_LENGTH])
{
    snprintf(text, SHAPE_LENGTH, "%ux%ux%u", item->rows, item->inner, item->columns);
}

static double products_of(const struct bench_item *item)
{
    return (double)item->rows * item->inner * item->columns;
}

static void print_json(const struct cli_device *device, const struct bench_options *options,
                       const struct bench_result *result)
{
    double rate = 1e9 / result->ns_per_item;
    json_t *object =
        json_pack("{s:s, s:s, s:I, s:I, s:f, s:f, s:f}", "device", device->info->name, "op",
                  options->op->name, "count", (json_int_t)result->items, "batch",
                  (json_int_t)items_of_a_batch(device, options), "seconds", result->seconds,
                  "items_per_second", rate, "ns_per_item", result->ns_per_item);
    if (options->op->sized) {
        json_object_set_new(object, "size", json_integer((json_int_t)options->item.size));
        json_object_set_new(object, "bytes_per_second",
                            json_real(rate * (double)options->item.size));
    }
    if (options->op->shaped) {
        char shape[SHAPE_LENGTH];
        print_shape(&options->item, shape);
        json_object_set_new(object, "shape", json_string(shape));
        json_object_set_new(object, "products_per_second",
                            json_real(rate * products_of(&options->item)));
        if (result->cycles) {
            json_object_set_new(object, "products_per_cycle",
                                json_real(products_of(&options->item) * (double)result->items /
                                          (double)result->cycles));
        }
    }
    if (result->cycles) {
        double cycles = (double)result->cycles;
        json_object_set_new(object, "cycles", json_integer((json_int_t)result->cycles));
        json_object_set_new(object, "cycles_per_item", json_real(cycles / (double)result->items));
        json_object_set_new(object, "utilisation", json_real(result->busiest / cycles));
    }
    if (result->first_item_seconds > 0) {
        json_object_set_new(object, "first_item_seconds", json_real(result->first_item_seconds));
    }
    if (options->peer) {
        json_object_set_new(object, "peer", json_string(options->peer));
        json_object_set_new(object, "peer_ns_per_item", json_real(result->peer_ns_per_item));
        json_object_set_new(object, "ratio",
                            json_real(result->peer_ns_per_item / result->ns_per_item));
        json_object_set_new(object, "median_ratio", json_real(result->median_ratio));
    }
    cli_print_json(object);
}

static void print_text(const struct cli_device *device, const struct bench_options *options,
                       const struct bench_result *result)
{
    double rate = 1e9 / result->ns_per_item;

    printf("device       %s (%s)\n", device->info->name, device->info->description);
    printf("op           %s, %llu items in batches of %u", options->op->name,
           (unsigned long long)result->items, items_of_a_batch(device, options));
    if (options->op->sized) {
        printf(", %llu bytes each", (unsigned long long)options->item.size);
    }
    if (options->op->shaped) {
        char shape[SHAPE_LENGTH];
        print_shape(&options->item, shape);
        printf(", %s each", shape);
    }
    printf("\ntime         %.3f s\n", result->seconds);
    printf("rate         %.3f M items/s, %.1f ns an item", rate / 1e6, result->ns_per_item);
    if (options->op->sized) {
        printf(", %.3f GB/s", rate * (double)options->item.size / 1e9);
    }
    if (options->op->shaped) {
        printf(", %.4f T products/s", rate * products_of(&options->item) / 1e12);
    }
    putchar('\n');
    if (result->cycles) {
        printf("cycles       %llu, %.2f an item, utilisation %.3f",
               (unsigned long long)result->cycles, (double)result->cycles / (double)result->items,
               result->busiest / (double)result->cycles);
        if (options->op->shaped) {
            printf(", %.1f products a cycle",
                   products_of(&options->item) * (double)result->items / (double)result->cycles);
        }
        putchar('\n');
    }
    if (result->first_item_seconds > 0) {
        printf("first item   after %.3f ms\n", result->first_item_seconds * 1e3);
    }
    if (options->peer) {
        printf("peer         %s, %.1f ns an item; ratio %.2f (of medians %.2f)\n", options->peer,
               result->peer_ns_per_item, result->peer_ns_per_item / result->ns_per_item,
               result->median_ratio);
    }
}

static int bench(struct cli_device_options *device_options, struct bench_options *options)
{
    struct bench_result result = {0};
    struct cli_device device;

    if (!options->op) {
        cli_error("--op is missing: keccak, matmul or recover");
        return cli_usage();
    }
    if (options->peer && (!options->op->peer || strcmp(options->peer, options->op->peer) != 0)) {
        cli_error("--vs %s: %s can be compared with %s", options->peer, options->op->name,
                  options->op->peer ? options->op->peer : "nothing here");
        return cli_usage();
    }
    options->count = options->count ? options->count : options->op->default_count;
    options->item.size = options->op->sized ? options->item.size : 0;
    if (options->op->shaped != (options->item.rows != 0)) {
        cli_error(options->op->shaped ? "--op matmul needs --shape MxKxN"
                                      : "--shape is for --op matmul alone");
        return cli_usage();
    }
    if (options->peer && !device_options->threads) {
        device_options->threads = 1;
    }
    int code = cli_device_open(device_options, &device);
    if (code) {
        return code;
    }
    code = run_bench(&device, options, &result);
    if (code == CLI_OK && options->json) {
        print_json(&device, options, &result);
    } else if (code == CLI_OK) {
        print_text(&device, options, &result);
    }
    cli_device_close(&device);
    return code;
}

static bool choose_op(const char *name, struct bench_options *options)
{
    for (size_t i = 0; i < sizeof ops / sizeof ops[0]; i++) {
        if (strcmp(name, ops[i]->name) == 0) {
            options->op = ops[i];
        }
    }
    return options->op != NULL;
}

/* MxKxN, none of them 0. */
static bool parse_shape(const char *text, struct bench_item *item)
{
    uint32_t *const parts[] = {&item->rows, &item->inner, &item->columns};
    char part[16];

    for (size_t i = 0; i < 3; i++) {
        uint64_t number;
        size_t length = strcspn(text, "x");
        if (length >= sizeof part || text[length] != (i < 2 ? 'x' : 0)) {
            return false;
        }
        memcpy(part, text, length);
        part[length] = 0;
        if (!cli_parse_number(part, UINT64_C(1) << 24, &number) || number == 0) {
            return false;
        }
        *parts[i] = (uint32_t)number;
        text += length + 1;
    }
    return true;
}

int cli_bench(int argc, char **argv)
{
    enum {
        OPTION_OP = CLI_OPTION_COMMAND,
        OPTION_COUNT,
        OPTION_SIZE,
        OPTION_SHAPE,
        OPTION_BATCH,
        OPTION_PEER,
        OPTION_JSON
    };
    static const struct option options[] = {CLI_DEVICE_LONG_OPTIONS,
                                            {"op", required_argument, NULL, OPTION_OP},
                                            {"count", required_argument, NULL, OPTION_COUNT},
                                            {"size", required_argument, NULL, OPTION_SIZE},
                                            {"shape", required_argument, NULL, OPTION_SHAPE},
                                            {"batch", required_argument, NULL, OPTION_BATCH},
                                            {"vs", required_argument, NULL, OPTION_PEER},
                                            {"json", no_argument, NULL, OPTION_JSON},
                                            {"help", no_argument, NULL, 'h'},
                                            {0}};
    struct cli_device_options device_options = CLI_DEVICE_OPTIONS_INIT;
    struct bench_options wanted = {.item = {.size = 64}};
    int option;

    while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
        bool good = true;
        switch (option) {
        case OPTION_OP:
            if (!choose_op(optarg, &wanted)) {
                cli_error("--op %s: the ops are keccak, matmul and recover", optarg);
                return cli_usage();
            }
            break;
        case OPTION_COUNT:
            good = cli_parse_number(optarg, UINT64_C(1) << 40, &wanted.count);
            break;
        case OPTION_SIZE:
            good = cli_parse_number(optarg, BATCH_BYTES, &wanted.item.size);
            break;
        case OPTION_SHAPE:
            good = parse_shape(optarg, &wanted.item);
            break;
        case OPTION_BATCH:
            good = cli_parse_number(optarg, HYP_BATCH_MAX_ITEMS, &wanted.batch);
            break;
        case OPTION_PEER:
            wanted.peer = optarg;
            break;
        case OPTION_JSON:
            wanted.json = true;
            break;
        case 'h':
            fputs(help, stdout);
            return CLI_OK;
        default:
            if (cli_device_option(&device_options, option, optarg)) {
                return CLI_USAGE;
            }
        }
        if (!good) {
            cli_error("\"%s\" is not what this option takes", optarg);
            return cli_usage();
        }
    }
    return bench(&device_options, &wanted);
}
