/* hyperion top: what devices do now, as a table that renews itself. */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "driver/pci/checks.h"
#include "host/cli/cli.h"
#include "host/cli/pci.h"
#include "host/cli/record.h"

static const char help[] =
    "usage: hyperion top [--interval SECONDS] [--count N] [--json] [FILE…]\n\n"
    "Shows what the devices of running commands do, and how the cards on the PCI bus are. FILE is\n"
    "what a command was told with --stats; without FILE, the command of this user that began last\n"
    "and named no file. On a terminal the table renews itself until q is pressed.\n\n"
    "  WORK     batches on the device, on average over the interval\n"
    "  QUEUE    batches that wait for it\n\n"
    "  --interval N   seconds between two looks, 1 to 3600 (default: 1)\n"
    "  --count N      end after N tables (default: 0, never; outside a terminal 1)\n"
    "  --json         one object a table: {\"devices\",\"cards\"}\n\n"
    "Exit codes: 0 ok, 2 wrong usage or no such file.\n\n"
    "example: hyperion top run.stats\n";

enum { MAX_FILES = 16 };

struct top {
    const char *files[MAX_FILES]; /* NULL: the usual one */
    unsigned file_count;
    uint64_t interval; /* seconds */
    uint64_t count;
    bool json;
    bool terminal;
    struct cli_record *before[MAX_FILES]; /* the last two that differ in time */
    struct cli_record *latest[MAX_FILES];
    pcie_machine machine;
    bool has_bus;
};

/* What a device did between two looks, a second. */
struct rates {
    double batches, items, bytes, work, queue;
    uint64_t lies;
};

static volatile sig_atomic_t interrupted;

static void on_signal(int number)
{
    (void)number;
    interrupted = 1;
}

/* ---- figures ---- */

static const hyp_op_stats *find_op(const struct cli_record_device *device, uint32_t op)
{
    for (uint32_t i = 0; device && i < device->op_count; i++) {
        if (device->ops[i].op == op) {
            return &device->ops[i];
        }
    }
    return NULL;
}

/* The same device of an earlier look, NULL where there was none or another command wrote it. */
static const struct cli_record_device *find_before(const struct cli_record *before,
                                                   const struct cli_record *now, uint32_t index)
{
    return before && before->header.pid == now->header.pid &&
                   before->header.clock_ns == now->header.clock_ns &&
                   index < before->header.device_count
               ? &before->devices[index]
               : NULL;
}

static struct rates rates_of(const struct cli_record *before, const struct cli_record *now,
                             uint32_t index)
{
    static const hyp_op_stats nothing;
    const struct cli_record_device *device = &now->devices[index];
    const struct cli_record_device *earlier = find_before(before, now, index);
    uint64_t since = earlier ? before->header.updated_ns : now->header.clock_ns;
    struct rates rates = {0};

    /* A file that was not written since, or says what cannot be, tells nothing new. */
    if (now->header.updated_ns <= since) {
        return rates;
    }
    double ns = (double)(now->header.updated_ns - since);
    for (uint32_t i = 0; i < device->op_count; i++) {
        const hyp_op_stats *op = &device->ops[i];
        const hyp_op_stats *old = find_op(earlier, op->op);
        old = old ? old : &nothing;
        rates.batches += (double)(op->batches - old->batches) * 1e9 / ns;
        rates.items += (double)(op->items - old->items) * 1e9 / ns;
        rates.bytes +=
            (double)(op->input_bytes - old->input_bytes + op->output_bytes - old->output_bytes) *
            1e9 / ns;
        rates.work += (double)(op->run.sum_ns - old->run.sum_ns) / ns;
        rates.queue += (double)(op->queue.sum_ns - old->queue.sum_ns) / ns;
        rates.lies += op->lies;
    }
    return rates;
}

/* Whether nothing will be written any more: the command said so, or it is gone. */
static bool has_ended(const struct cli_record *record)
{
    return record->header.ended || record->header.pid == 0 ||
           (kill((pid_t)record->header.pid, 0) != 0 && errno == ESRCH);
}

/* ---- devices ---- */

static void print_device(const struct cli_record *before, const struct cli_record *now,
                         uint32_t index)
{
    const hyp_device_status *status = &now->devices[index].status;
    struct rates rates = rates_of(before, now, index);

    printf("%-10s  %-11s  %6.2f  %6.2f  %10.1f  %12.1f  %9.2f  %6" PRIu64 "  %6" PRIu64
           "  %4" PRIu64 "  %s (%" PRIu32 ")%s\n",
           status->name, hyp_device_state_name(status->state), rates.work, rates.queue,
           rates.batches, rates.items, rates.bytes / 1e6, status->faults, status->resets,
           rates.lies, now->header.command, now->header.pid, has_ended(now) ? ", ended" : "");
}

static json_t *json_device(const struct cli_record *before, const struct cli_record *now,
                           uint32_t index)
{
    const hyp_device_status *status = &now->devices[index].status;
    struct rates rates = rates_of(before, now, index);

    return json_pack("{s:s, s:s, s:s, s:I, s:b, s:f, s:f, s:f, s:f, s:f, s:I, s:I, s:I}", "device",
                     status->name, "state", hyp_device_state_name(status->state), "command",
                     now->header.command, "pid", (json_int_t)now->header.pid, "ended",
                     has_ended(now), "work", rates.work, "queue", rates.queue, "batches_per_second",
                     rates.batches, "items_per_second", rates.items, "bytes_per_second",
                     rates.bytes, "faults", (json_int_t)status->faults, "resets",
                     (json_int_t)status->resets, "lies", (json_int_t)rates.lies);
}

/* Reads a file; one that was not written since the last look tells what it told then. */
static bool look(struct top *top, unsigned f)
{
    struct cli_record *now = cli_record_read(top->files[f]);
    const struct cli_record *latest = top->latest[f];

    if (!now) {
        return false;
    }
    if (latest && latest->header.pid == now->header.pid &&
        latest->header.updated_ns == now->header.updated_ns) {
        free(now);
    } else {
        free(top->before[f]);
        top->before[f] = top->latest[f];
        top->latest[f] = now;
    }
    return true;
}

/* Reads every file once and shows it beside what it said before. Returns an exit code. */
static int show_devices(struct top *top, json_t *devices)
{
    if (!devices) {
        printf("%-10s  %-11s  %6s  %6s  %10s  %12s  %9s  %6s  %6s  %4s  %s\n", "DEVICE", "STATE",
               "WORK", "QUEUE", "BATCHES/S", "ITEMS/S", "MB/S", "FAULTS", "RESETS", "LIES",
               "COMMAND");
    }
    for (unsigned f = 0; f < top->file_count; f++) {
        if (!look(top, f)) {
            return CLI_USAGE;
        }
        const struct cli_record *now = top->latest[f];
        for (uint32_t i = 0; i < now->header.device_count; i++) {
            if (devices) {
                json_array_append_new(devices, json_device(top->before[f], now, i));
            } else {
                print_device(top->before[f], now, i);
            }
        }
    }
    return CLI_OK;
}

/* ---- cards ---- */

/* The warmest sensor of a card, or NULL. */
static const pcie_sensor *warmest(const pcie_card *card)
{
    const pcie_function *const functions[] = {card->management, card->user, card->golden};
    const pcie_sensor *found = NULL;

    for (size_t f = 0; f < sizeof functions / sizeof functions[0]; f++) {
        for (uint32_t i = 0; functions[f] && i < functions[f]->sensor_count; i++) {
            const pcie_sensor *sensor = &functions[f]->sensors[i];
            if (sensor->quantity == PCIE_TEMPERATURE && sensor->in_range &&
                (!found || sensor->value > found->value)) {
                found = sensor;
            }
        }
    }
    return found;
}

static void show_card(const pcie_card *card, json_t *cards)
{
    const pcie_function *function = pcie_card_first(card);
    const pcie_sensor *sensor = warmest(card);
    report findings = {0};
    char temperature[48] = "-";

    pcie_check_card(card, &findings);
    const char *verdict = report_verdict_name(report_worst(&findings));
    report_free(&findings);
    if (sensor) {
        snprintf(temperature, sizeof temperature, "%.1f C (%.30s)", (double)sensor->value / 1000,
                 sensor->name);
    }
    if (cards) {
        json_array_append_new(
            cards, json_pack("{s:s, s:s, s:s, s:o, s:o}", "address", function->address.text, "card",
                             card->family, "verdict", verdict, "temperature",
                             sensor ? json_real((double)sensor->value / 1000) : json_null(), "link",
                             cli_json_link(&function->link)));
    } else {
        printf("%-12s  %-16s  %-7s  %-20s  %s x%u\n", function->address.text, card->family, verdict,
               temperature, pcie_speed_name(function->link.speed), function->link.width);
    }
}

static void show_cards(struct top *top, json_t *cards)
{
    for (size_t i = 0; top->has_bus && i < top->machine.card_count; i++) {
        if (i == 0 && !cards) {
            printf("\n%-12s  %-16s  %-7s  %-20s  %s\n", "PCI ADDRESS", "CARD", "VERDICT", "WARMEST",
                   "LINK");
        }
        pcie_examine_card(&top->machine, &top->machine.cards[i]);
        show_card(&top->machine.cards[i], cards);
    }
}

/* ---- the loop ---- */

static int show(struct top *top)
{
    json_t *devices = top->json ? json_array() : NULL;
    json_t *cards = top->json ? json_array() : NULL;

    if (top->terminal) {
        printf("\033[H\033[J"); /* home, clear what follows */
    }
    int result = show_devices(top, devices);
    show_cards(top, cards);
    if (top->json && result == CLI_OK) {
        cli_print_json(json_pack("{s:o, s:o}", "devices", devices, "cards", cards));
    } else {
        json_decref(devices);
        json_decref(cards);
    }
    fflush(stdout);
    return result;
}

/* Waits for the next look. Returns false when the user wants to leave. */
static bool wait_interval(const struct top *top)
{
    uint64_t until = hyp_clock_ns() + top->interval * UINT64_C(1000000000);
    struct pollfd keyboard = {top->terminal ? STDIN_FILENO : -1, POLLIN, 0};
    uint64_t now;

    while (!interrupted && (now = hyp_clock_ns()) < until) {
        char key = 0;
        int ready = poll(&keyboard, 1, (int)((until - now) / 1000000) + 1);
        if (ready > 0 && (read(STDIN_FILENO, &key, 1) != 1 || key == 'q' || key == 'Q')) {
            return false;
        }
    }
    return !interrupted;
}

static int loop(struct top *top)
{
    int result = CLI_OK;

    for (uint64_t i = 0; result == CLI_OK && (top->count == 0 || i < top->count); i++) {
        if (i && !wait_interval(top)) {
            break;
        }
        result = show(top);
    }
    return result;
}

/* Keys without Enter and without an echo, as long as the table is shown. */
static int run_on_terminal(struct top *top)
{
    struct termios usual;
    struct sigaction action = {.sa_handler = on_signal};
    bool known = tcgetattr(STDIN_FILENO, &usual) == 0;

    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    if (known) {
        struct termios keys = usual;
        keys.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
        tcsetattr(STDIN_FILENO, TCSANOW, &keys);
    }
    printf("\033[?1049h\033[?25l"); /* the other screen, without a cursor */
    int result = loop(top);
    printf("\033[?25h\033[?1049l");
    fflush(stdout);
    if (known) {
        tcsetattr(STDIN_FILENO, TCSANOW, &usual);
    }
    return result;
}

static int run(struct top *top)
{
    char message[256];
    struct cli_record *first = cli_record_read(top->files[0]);

    /* Before the screen is taken: the message must stay. */
    if (!first) {
        return CLI_USAGE;
    }
    free(first);
    top->has_bus = pcie_scan(NULL, &top->machine, message) == 0;
    int result = top->terminal ? run_on_terminal(top) : loop(top);
    for (unsigned f = 0; f < top->file_count; f++) {
        free(top->before[f]);
        free(top->latest[f]);
    }
    pcie_free(&top->machine);
    return result;
}

static int read_options(int argc, char **argv, struct top *top)
{
    static const struct option options[] = {{"interval", required_argument, NULL, 'i'},
                                            {"count", required_argument, NULL, 'c'},
                                            {"json", no_argument, NULL, 'j'},
                                            {"help", no_argument, NULL, 'h'},
                                            {0}};
    bool right = true;
    int option;

    while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
        switch (option) {
        case 'i':
            right &= cli_parse_number(optarg, 3600, &top->interval) && top->interval > 0;
            break;
        case 'c':
            right &= cli_parse_number(optarg, 1000000000, &top->count);
            break;
        case 'j':
            top->json = true;
            break;
        case 'h':
            fputs(help, stdout);
            return -1;
        default:
            return cli_usage();
        }
    }
    if (!right || argc - optind > MAX_FILES) {
        cli_error("%s", right ? "more than 16 files are given"
                              : "--interval takes 1 to 3600 seconds, --count a whole number");
        return cli_usage();
    }
    while (optind < argc) {
        top->files[top->file_count++] = argv[optind++];
    }
    return CLI_OK;
}

int cli_top(int argc, char **argv)
{
    struct top top = {.interval = 1};
    int result = read_options(argc, argv, &top);

    if (result != CLI_OK) {
        return result < 0 ? CLI_OK : result;
    }
    top.file_count = top.file_count ? top.file_count : 1;
    top.terminal = !top.json && isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
    if (!top.terminal && !top.json && top.count == 0) {
        top.count = 1;
    }
    return run(&top);
}
