/* hyperion stats: what the devices of a command did, as text, JSON or for Prometheus. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "host/cli/cli.h"
#include "host/cli/record.h"

static const char help[] =
    "usage: hyperion stats [OPTION…] [FILE]\n\n"
    "Shows what devices did and how they were when a command ended: counters, times, states, "
    "events. FILE is\n"
    "what the command was told with --stats; without FILE, the last command of this user that "
    "named no file.\n\n"
    "  --json         one JSON object\n"
    "  --prometheus   text in the Prometheus exposition format, for a textfile collector\n"
    "  --help         this text\n\n"
    "example: hyperion block --device sim:0,cpu --stats run.stats block.rlp; hyperion stats "
    "run.stats\n";

/* The times that an op is told by. */
struct phase {
    const char *name;
    const hyp_histogram *times;
};
enum { PHASES = 3 };

static void phases_of(const hyp_op_stats *op, struct phase phases[PHASES])
{
    phases[0] = (struct phase){"queue", &op->queue};
    phases[1] = (struct phase){"transfer", &op->transfer};
    phases[2] = (struct phase){"run", &op->run};
}

static double miss_chance(const hyp_op_stats *op)
{
    uint64_t items = op->items > op->items_checked ? op->items : op->items_checked;
    return items ? 1 - (double)op->items_checked / (double)items : 0;
}

/* ---- text ---- */

static const char *format_time(uint64_t ns, char text[16])
{
    if (ns == UINT64_MAX) {
        return "> 30 min";
    }
    if (ns < 10000000) {
        snprintf(text, 16, "%.1f us", (double)ns / 1e3);
    } else if (ns < UINT64_C(10000000000)) {
        snprintf(text, 16, "%.1f ms", (double)ns / 1e6);
    } else {
        snprintf(text, 16, "%.1f s", (double)ns / 1e9);
    }
    return text;
}

static void print_op(const struct cli_record_device *device, const hyp_op_stats *op)
{
    struct phase phases[PHASES];
    char p50[16];
    char p99[16];

    printf("%-10s %-10s %8" PRIu64 " %7" PRIu64 " %10" PRIu64 " %10" PRIu64 " %5" PRIu64
           " %7" PRIu64,
           device->status.name, cli_op_name(op->op), op->batches, op->batches_failed, op->items,
           op->items_checked, op->lies, op->retries);
    phases_of(op, phases);
    for (int i = 0; i < PHASES; i++) {
        if (phases[i].times->count) {
            printf(" %10s %10s", format_time(hyp_histogram_quantile_ns(phases[i].times, 0.5), p50),
                   format_time(hyp_histogram_quantile_ns(phases[i].times, 0.99), p99));
        } else {
            printf(" %10s %10s", "-", "-");
        }
    }
    putchar('\n');
}

/* What sampling may have let through. */
static void print_chances(const struct cli_record *record)
{
    for (uint32_t d = 0; d < record->header.device_count; d++) {
        const struct cli_record_device *device = &record->devices[d];
        for (uint32_t i = 0; i < device->op_count; i++) {
            double missed = miss_chance(&device->ops[i]);
            if (device->ops[i].items_checked && missed > 0) {
                printf("\n%s, %s: one wrong item among all would have been missed with a chance of "
                       "%.3g, 100 with %.3g.\n",
                       device->status.name, cli_op_name(device->ops[i].op), missed,
                       pow(missed, 100));
            }
        }
    }
}

static void print_text(const struct cli_record *record)
{
    const struct cli_record_header *header = &record->header;
    time_t began = (time_t)header->unix_seconds;
    struct tm broken;
    char when[32] = "";

    if (localtime_r(&began, &broken)) {
        strftime(when, sizeof when, "%F %T", &broken);
    }
    printf("hyperion %s, %s\n\n%-10s %-12s %8s %7s  %s\n", header->command, when, "DEVICE", "STATE",
           "FAULTS", "RESETS", "LAST FAULT");
    for (uint32_t d = 0; d < header->device_count; d++) {
        const hyp_device_status *status = &record->devices[d].status;
        printf("%-10s %-12s %8" PRIu64 " %7" PRIu64 "  %s\n", status->name,
               hyp_device_state_name(status->state), status->faults, status->resets,
               status->last_fault.code ? status->last_fault.message : "-");
    }
    printf("\n%-10s %-10s %8s %7s %10s %10s %5s %7s %10s %10s %10s %10s %10s %10s\n", "DEVICE",
           "OP", "BATCHES", "FAILED", "ITEMS", "CHECKED", "LIES", "RETRIES", "QUEUE p50", "p99",
           "COPY p50", "p99", "RUN p50", "p99");
    for (uint32_t d = 0; d < header->device_count; d++) {
        for (uint32_t i = 0; i < record->devices[d].op_count; i++) {
            print_op(&record->devices[d], &record->devices[d].ops[i]);
        }
    }
    print_chances(record);
    if (header->event_count) {
        puts("\nEVENTS");
    }
    if (header->events_lost) {
        printf("%" PRIu64 " earlier ones were not kept\n", header->events_lost);
    }
    for (uint32_t i = 0; i < header->event_count; i++) {
        const hyp_event *event = cli_record_event_at(record, i);
        printf("%+10.3f s  %-8s  %s\n", (double)(event->time_ns - header->clock_ns) / 1e9,
               hyp_event_kind_name(event->kind), event->message);
    }
}

/* ---- JSON ---- */

static json_t *integer(uint64_t value)
{
    return json_integer(value < INT64_MAX ? (json_int_t)value : INT64_MAX);
}

static json_t *json_times(const hyp_histogram *times)
{
    return json_pack("{s:o, s:o, s:o, s:o}", "count", integer(times->count), "sum_ns",
                     integer(times->sum_ns), "p50_ns",
                     integer(hyp_histogram_quantile_ns(times, 0.5)), "p99_ns",
                     integer(hyp_histogram_quantile_ns(times, 0.99)));
}

static json_t *json_op(const hyp_op_stats *op)
{
    struct phase phases[PHASES];
    json_t *object = json_pack(
        "{s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:f}", "op", cli_op_name(op->op),
        "batches", integer(op->batches), "batches_failed", integer(op->batches_failed), "items",
        integer(op->items), "items_failed", integer(op->items_failed), "input_bytes",
        integer(op->input_bytes), "output_bytes", integer(op->output_bytes), "items_checked",
        integer(op->items_checked), "lies", integer(op->lies), "retries", integer(op->retries),
        "miss_chance", miss_chance(op));

    phases_of(op, phases);
    for (int i = 0; i < PHASES; i++) {
        json_object_set_new(object, phases[i].name, json_times(phases[i].times));
    }
    return object;
}

static json_t *json_device(const struct cli_record_device *device)
{
    const hyp_device_status *status = &device->status;
    json_t *ops = json_array();

    for (uint32_t i = 0; i < device->op_count; i++) {
        json_array_append_new(ops, json_op(&device->ops[i]));
    }
    return json_pack(
        "{s:o, s:s, s:i, s:o, s:o, s:o, s:o}", "device", cli_json_text(status->name), "state",
        hyp_device_state_name(status->state), "failures_in_a_row", (int)status->failures, "faults",
        integer(status->faults), "resets", integer(status->resets), "last_fault",
        status->last_fault.code ? cli_json_text(status->last_fault.message) : json_null(), "ops",
        ops);
}

static void print_json(const struct cli_record *record)
{
    const struct cli_record_header *header = &record->header;
    json_t *devices = json_array();
    json_t *events = json_array();

    for (uint32_t d = 0; d < header->device_count; d++) {
        json_array_append_new(devices, json_device(&record->devices[d]));
    }
    for (uint32_t i = 0; i < header->event_count; i++) {
        const hyp_event *event = cli_record_event_at(record, i);
        json_array_append_new(events, json_pack("{s:f, s:s, s:o, s:o}", "seconds",
                                                (double)(event->time_ns - header->clock_ns) / 1e9,
                                                "event", hyp_event_kind_name(event->kind), "device",
                                                cli_json_text(event->device), "message",
                                                cli_json_text(event->message)));
    }
    cli_print_json(json_pack("{s:o, s:o, s:o, s:o, s:o}", "command", cli_json_text(header->command),
                             "unix_seconds", integer(header->unix_seconds), "devices", devices,
                             "events", events, "events_lost", integer(header->events_lost)));
}

/* ---- Prometheus ---- */

struct counter {
    const char *name;
    const char *help;
    size_t offset; /* in hyp_op_stats */
};

static const struct counter counters[] = {
    {"batches", "batches completed, well or not", offsetof(hyp_op_stats, batches)},
    {"batches_failed", "batches without a result", offsetof(hyp_op_stats, batches_failed)},
    {"items", "items of batches that completed well", offsetof(hyp_op_stats, items)},
    {"items_failed", "items with a status other than ok", offsetof(hyp_op_stats, items_failed)},
    {"input_bytes", "bytes of batches that completed well", offsetof(hyp_op_stats, input_bytes)},
    {"output_bytes", "bytes of their results", offsetof(hyp_op_stats, output_bytes)},
    {"items_checked", "items that the CPU checked", offsetof(hyp_op_stats, items_checked)},
    {"lies", "batches with a wrong answer", offsetof(hyp_op_stats, lies)},
    {"retries", "batches done again elsewhere", offsetof(hyp_op_stats, retries)},
};

static void print_counter(const struct cli_record *record, const struct counter *counter)
{
    printf("# HELP hyperion_%s_total %s\n# TYPE hyperion_%s_total counter\n", counter->name,
           counter->help, counter->name);
    for (uint32_t d = 0; d < record->header.device_count; d++) {
        const struct cli_record_device *device = &record->devices[d];
        for (uint32_t i = 0; i < device->op_count; i++) {
            uint64_t value;
            memcpy(&value, (const char *)&device->ops[i] + counter->offset, sizeof value);
            printf("hyperion_%s_total{device=\"%s\",op=\"%s\"} %" PRIu64 "\n", counter->name,
                   device->status.name, cli_op_name(device->ops[i].op), value);
        }
    }
}

/* Every fourth bucket: powers of two are fine enough for a time series. */
static void print_buckets(const char *phase, const char *device, const char *op,
                          const hyp_histogram *times)
{
    uint64_t below = 0;

    for (unsigned i = 0; i < HYP_HISTOGRAM_BUCKETS - 1; i++) {
        below += times->buckets[i];
        if (i % 4 == 0) {
            printf("hyperion_%s_seconds_bucket{device=\"%s\",op=\"%s\",le=\"%.9g\"} %" PRIu64 "\n",
                   phase, device, op, (double)hyp_histogram_limit_ns(i) / 1e9, below);
        }
    }
    printf("hyperion_%s_seconds_bucket{device=\"%s\",op=\"%s\",le=\"+Inf\"} %" PRIu64 "\n"
           "hyperion_%s_seconds_sum{device=\"%s\",op=\"%s\"} %.9g\n"
           "hyperion_%s_seconds_count{device=\"%s\",op=\"%s\"} %" PRIu64 "\n",
           phase, device, op, times->count, phase, device, op, (double)times->sum_ns / 1e9, phase,
           device, op, times->count);
}

static void print_histogram(const struct cli_record *record, int phase)
{
    struct phase phases[PHASES];
    hyp_op_stats none = {0};

    phases_of(&none, phases);
    printf("# HELP hyperion_%s_seconds time of batches\n# TYPE hyperion_%s_seconds histogram\n",
           phases[phase].name, phases[phase].name);
    for (uint32_t d = 0; d < record->header.device_count; d++) {
        const struct cli_record_device *device = &record->devices[d];
        for (uint32_t i = 0; i < device->op_count; i++) {
            phases_of(&device->ops[i], phases);
            print_buckets(phases[phase].name, device->status.name, cli_op_name(device->ops[i].op),
                          phases[phase].times);
        }
    }
}

static void print_prometheus(const struct cli_record *record)
{
    puts("# HELP hyperion_device_state 1 for the state that the device is in\n"
         "# TYPE hyperion_device_state gauge");
    for (uint32_t d = 0; d < record->header.device_count; d++) {
        const hyp_device_status *status = &record->devices[d].status;
        for (int state = HYP_STATE_ABSENT; state <= HYP_STATE_FAILED; state++) {
            printf("hyperion_device_state{device=\"%s\",state=\"%s\"} %d\n", status->name,
                   hyp_device_state_name((hyp_device_state)state), (int)status->state == state);
        }
    }
    puts("# HELP hyperion_faults_total devices lost, late, or answering nonsense or lies\n"
         "# TYPE hyperion_faults_total counter");
    for (uint32_t d = 0; d < record->header.device_count; d++) {
        const hyp_device_status *status = &record->devices[d].status;
        printf("hyperion_faults_total{device=\"%s\"} %" PRIu64 "\n", status->name, status->faults);
    }
    puts("# HELP hyperion_resets_total devices made fresh\n# TYPE hyperion_resets_total counter");
    for (uint32_t d = 0; d < record->header.device_count; d++) {
        const hyp_device_status *status = &record->devices[d].status;
        printf("hyperion_resets_total{device=\"%s\"} %" PRIu64 "\n", status->name, status->resets);
    }
    for (size_t i = 0; i < sizeof counters / sizeof counters[0]; i++) {
        print_counter(record, &counters[i]);
    }
    for (int i = 0; i < PHASES; i++) {
        print_histogram(record, i);
    }
}

int cli_stats(int argc, char **argv)
{
    enum { HELP = CLI_OPTION_COMMAND, JSON, PROMETHEUS };
    static const struct option options[] = {{"help", no_argument, NULL, HELP},
                                            {"json", no_argument, NULL, JSON},
                                            {"prometheus", no_argument, NULL, PROMETHEUS},
                                            {NULL, 0, NULL, 0}};
    void (*print)(const struct cli_record *record) = print_text;

    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        switch (option) {
        case HELP:
            fputs(help, stdout);
            return CLI_OK;
        case JSON:
            print = print_json;
            break;
        case PROMETHEUS:
            print = print_prometheus;
            break;
        default:
            return cli_usage();
        }
    }
    if (argc - optind > 1) {
        cli_error("takes one file, not %d", argc - optind);
        return cli_usage();
    }
    struct cli_record *record = cli_record_read(argv[optind]);
    if (!record) {
        return CLI_USAGE;
    }
    print(record);
    pthread_mutex_destroy(&record->lock);
    free(record);
    return CLI_OK;
}
