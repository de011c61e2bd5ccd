/* hyperion validate: whether a device computes right, moves data right, and keeps doing both. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "driver/pci/checks.h"
#include "driver/report/report.h"
#include "host/cli/findings.h"
#include "host/cli/pci.h"
#include "host/cli/validate.h"

static const char help[] =
    "usage: hyperion validate [--device D] [OPTION…]\n\n"
    "Says whether a device is fit for service. Each line has a verdict; a fail comes with cause "
    "and\n"
    "remedy. Every answer is compared with one that was not made by the device.\n\n"
    "  link           speed and width, all that card and slot allow\n"
    "  opening        the bitstream loads, the library's known answers come back right\n"
    "  keccak256, ecrecover, matmul   a batch of each op that the device has\n"
    "  memory         patterns through the card's memory, and the bandwidth of reading them\n"
    "  dma            copies to the card and back: samples of what arrived, and the bandwidth\n"
    "  sustained      batches of all ops, several at once, for a while\n\n"
    "  --seconds N      of the sustained run (default: 5)\n"
    "  --memory MIB     for patterns and copies (default: 64, for simulated cards 1)\n"
    "  --waive CHECK    a fail of this check (link, memory, …) is told as a warn; may be repeated\n"
    "  --pci ADDRESS    the link to look at (default: that of the device)\n"
    "  --sysfs DIR      in a copy of a sysfs tree\n"
    "  --json           one object: "
    "{\"device\",\"simulated\",\"verdict\",\"findings\",\"figures\"}\n" CLI_DEVICE_HELP "\n"
    "Exit codes: 0 fit, 1 not fit, 2 bad input or usage, 3 no such device.\n\n"
    "example: hyperion validate --device xrt:0\n";

enum { MAX_WAIVED = 8, DEPTH = 3, MEBIBYTE = 1 << 20 };

/* So many items a sustained run has at least: one wrong bit in 10,000 items is then found with a
 * chance of 999,998 in a million, on a simulated card of 998 in a thousand. */
enum { SUSTAINED_ITEMS = 131072, SUSTAINED_SIMULATED = 65536 };

struct run {
    struct cli_device_options options;
    struct cli_device device;
    hyp_queue *queue;
    report findings;
    json_t *figures;
    uint64_t seconds;
    uint64_t memory_bytes; /* 0: what suits the device */
    const char *waived[MAX_WAIVED];
    unsigned waived_count;
    const char *pci;
    const char *sysfs;
    bool json;
};

static const char lies[] = "the device computes or moves data wrongly: a failing card, memory or "
                           "link, or a bitstream that misses its timing";
static const char take_out[] =
    "take it out of service; `hyperion examine`, then `hyperion reset --hot` and validate again; "
    "load another bitstream; replace the card";

static bool is_simulated(const struct run *run)
{
    return run->device.info->kind == HYP_DEVICE_SIMULATED_CARD;
}

/* ---- progress ---- */

static void show_progress(const struct run *run, const char *what, double share)
{
    static const char full[] = "####################";

    if (!isatty(STDERR_FILENO) || run->json) {
        return;
    }
    int done = share < 1 ? (int)(share * 20) : 20;
    fprintf(stderr, "\r%-12s [%-20.*s] %3d %%", what, done, full, done * 5);
    if (share >= 1) {
        fprintf(stderr, "\r%60s\r", "");
    }
    fflush(stderr);
}

/* ---- findings ---- */

static bool is_waived(const struct run *run, const char *check)
{
    for (unsigned i = 0; i < run->waived_count; i++) {
        if (strcmp(run->waived[i], check) == 0) {
            return true;
        }
    }
    return false;
}

/* Adds a fail, or a warn where the check was waived. */
static void add_fail(struct run *run, const char *check, const char *cause, const char *remedy,
                     const char *fact)
{
    const char *subject = run->device.info    ? run->device.info->name
                          : run->options.name ? run->options.name
                                              : "default";

    if (is_waived(run, check)) {
        report_warn(&run->findings, subject, check, cause, remedy, "%s (waived)", fact);
    } else {
        report_fail(&run->findings, subject, check, cause, remedy, "%s", fact);
    }
}

/* A job that has no result. */
static void add_failure(struct run *run, const char *check, int error)
{
    hyp_error fault = {0, ""};
    char fact[256];

    hyp_device_last_fault(run->device.device, &fault);
    snprintf(fact, sizeof fact, "no result: %s", hyp_strerror(error));
    add_fail(run, check, fault.code ? fault.message : "the device refused or lost the batch",
             take_out, fact);
}

static void add_wrong(struct run *run, const char *check, uint64_t wrong, uint64_t items,
                      uint32_t first)
{
    char fact[160];

    snprintf(fact, sizeof fact,
             "%" PRIu64 " of %" PRIu64 " answers are wrong, such as that of item %" PRIu32, wrong,
             items, first);
    add_fail(run, check, lies, take_out, fact);
}

static void add_figure(struct run *run, const char *name, double value)
{
    json_object_set_new(run->figures, name, json_real(value));
}

/* ---- jobs ---- */

/* Runs one job to its end and stores how long it took. Returns an error of the library. */
static int run_job(const struct run *run, hyp_job job, double *seconds)
{
    hyp_completion completion = {0};
    uint64_t start = hyp_clock_ns();
    int result = hyp_queue_submit(run->queue, &job, 1);

    if (result == 1) {
        /* The device's own deadline ends every job. */
        while ((result = hyp_queue_reap(run->queue, &completion, 1)) == 0) {
            hyp_queue_wait(run->queue, UINT64_MAX);
        }
    }
    *seconds = (double)(hyp_clock_ns() - start) / 1e9;
    return result == 1 ? completion.result : result < 0 ? result : HYP_EAGAIN;
}

/* ---- each op ---- */

static uint32_t items_of(const struct run *run, const struct validate_op *op)
{
    return is_simulated(run) ? op->simulated : op->items;
}

static void check_op(struct run *run, const struct validate_op *op)
{
    const char *name = cli_op_name(op->op);
    uint32_t items = items_of(run, op);
    uint32_t first = 0;
    void *batch = NULL;
    double seconds;

    if (!hyp_device_capability(run->device.device, op->op)) {
        report_ok(&run->findings, run->device.info->name, name, "not in this device's bitstream");
        return;
    }
    show_progress(run, name, 0);
    int result = op->prepare(&run->device, items, run->options.device.seed + op->op, &batch);
    if (result == CLI_OK) {
        result = run_job(run, op->job(batch, NULL), &seconds);
        uint32_t wrong = result ? 0 : op->check(batch, &first);
        if (result) {
            add_failure(run, name, result);
        } else if (wrong) {
            add_wrong(run, name, wrong, items, first);
        } else {
            report_ok(&run->findings, run->device.info->name, name,
                      "%" PRIu32 " items right, by %s", items, op->source);
        }
    } else {
        add_fail(run, name, "memory ran out, or the device is gone", "see the message above",
                 "a batch could not be made");
    }
    op->destroy(batch);
    show_progress(run, name, 1);
}

/* ---- memory ---- */

#define CHUNK 4096u /* bytes of one message: wrong bits are told to that */

/* Byte `at` of pattern number `pattern`. */
static uint8_t pattern_byte(unsigned pattern, uint64_t at, uint64_t seed)
{
    static const uint8_t constant[] = {0x00, 0xff, 0x55, 0xaa};

    if (pattern < 4) {
        return constant[pattern];
    }
    if (pattern == 4) { /* each 64-bit word says where it is */
        return (uint8_t)((at & ~UINT64_C(7)) >> (8 * (at & 7)));
    }
    uint64_t word = (at >> 3) * UINT64_C(0x9e3779b97f4a7c15) + seed;
    word ^= word >> 29;
    word *= UINT64_C(0xbf58476d1ce4e5b9);
    return (uint8_t)(word >> (8 * (at & 7)));
}
static const char *const patterns[] = {"0x00", "0xff", "0x55", "0xaa", "addresses", "random"};
enum { PATTERN_COUNT = sizeof patterns / sizeof patterns[0] };

static void fill_pattern(uint8_t *bytes, unsigned pattern, uint64_t from, uint64_t seed)
{
    for (unsigned i = 0; i < CHUNK; i++) {
        bytes[i] = pattern_byte(pattern, from + i, seed);
    }
}

/* Digests of every chunk as the device read it. Returns how many are wrong. */
static uint32_t check_chunks(const hyp_keccak_batch *batch, unsigned pattern, uint64_t seed,
                             uint32_t *first)
{
    uint32_t wrong = 0;

    for (uint32_t i = hyp_keccak_batch_count(batch); i-- > 0;) {
        uint8_t chunk[CHUNK];
        uint8_t digest[32];
        fill_pattern(chunk, pattern, (uint64_t)i * CHUNK, seed);
        hyp_keccak256(chunk, CHUNK, digest);
        if (memcmp(hyp_keccak_batch_digest(batch, i), digest, 32) != 0) {
            *first = i;
            wrong++;
        }
    }
    return wrong;
}

/* Returns whether the pattern came through; `seconds` grows by the time of the run. */
static bool check_pattern(struct run *run, hyp_keccak_batch *batch, uint32_t chunks,
                          unsigned pattern, double *seconds)
{
    uint64_t seed = run->options.device.seed + pattern;
    uint32_t first = 0;
    double took;
    char fact[160];

    hyp_keccak_batch_clear(batch);
    for (uint32_t i = 0; i < chunks; i++) {
        void *message;
        if (hyp_keccak_batch_reserve(batch, CHUNK, &message) >= 0) {
            fill_pattern(message, pattern, (uint64_t)i * CHUNK, seed);
        }
    }
    int result = run_job(run, hyp_keccak_batch_job(batch, NULL), &took);
    uint32_t wrong = result ? 0 : check_chunks(batch, pattern, seed, &first);
    *seconds += took;
    if (result) {
        add_failure(run, "memory", result);
    } else if (wrong) {
        snprintf(fact, sizeof fact,
                 "pattern %s: %" PRIu32 " of %" PRIu32 " pieces of 4 KiB are wrong, the first at "
                 "offset 0x%" PRIx64,
                 patterns[pattern], wrong, chunks, (uint64_t)first * CHUNK);
        add_fail(run, "memory", lies, take_out, fact);
    }
    return result == HYP_OK && wrong == 0;
}

static uint64_t memory_bytes(const struct run *run)
{
    uint64_t bytes = run->memory_bytes   ? run->memory_bytes
                     : is_simulated(run) ? MEBIBYTE
                                         : UINT64_C(64) * MEBIBYTE;
    uint64_t most =
        hyp_device_capability(run->device.device, HYP_OP_KECCAK256)->max_input_bytes / 2;
    return bytes < most ? bytes : most;
}

static void check_memory(struct run *run)
{
    uint32_t chunks = (uint32_t)(memory_bytes(run) / CHUNK);
    hyp_keccak_batch *batch = NULL;
    double seconds = 0;
    bool right = true;

    int result =
        hyp_keccak_batch_create(run->device.device, chunks, (size_t)chunks * CHUNK, &batch);
    if (result) {
        add_failure(run, "memory", result);
        return;
    }
    for (unsigned i = 0; i < PATTERN_COUNT; i++) {
        show_progress(run, "memory", (double)i / PATTERN_COUNT);
        right &= check_pattern(run, batch, chunks, i, &seconds);
    }
    show_progress(run, "memory", 1);
    if (right) {
        double rate = (double)chunks * CHUNK * PATTERN_COUNT / seconds;
        report_ok(&run->findings, run->device.info->name, "memory",
                  "%d patterns over %" PRIu32 " KiB, written, read and hashed at %.1f MB/s",
                  (int)PATTERN_COUNT, chunks * (CHUNK / 1024), rate / 1e6);
        add_figure(run, "memory_bytes_per_second", rate);
    }
    hyp_keccak_batch_destroy(batch);
}

/* ---- copies ---- */

#define SAMPLES 64u /* messages in the copied data that the device hashes */
#define COPIES                                                                                     \
    5u /* of the same data; the fastest is told, for the first one meets fresh memory              \
        */

/* Time in copies since `before`; 0 where the backend does not tell it apart. */
static uint64_t transfer_ns(const struct run *run)
{
    hyp_op_stats stats;
    int result = hyp_device_get_op_stats(run->device.device, 0, HYP_OP_KECCAK256, &stats);
    return result ? 0 : stats.transfer.sum_ns;
}

/* A batch whose data is large and whose few messages lie all over it, from the first byte to the
 * last: little is computed, all is copied. */
static size_t write_samples(uint8_t *input, uint64_t bytes)
{
    hyp_batch_header *header = (hyp_batch_header *)input;
    hyp_keccak_descriptor *descriptors = (hyp_keccak_descriptor *)(input + sizeof *header);
    uint64_t data = sizeof *header + SAMPLES * sizeof *descriptors;

    *header = (hyp_batch_header){.magic = HYP_BATCH_INPUT_MAGIC,
                                 .layout_version = HYP_BATCH_LAYOUT_VERSION,
                                 .op = HYP_OP_KECCAK256,
                                 .item_count = SAMPLES,
                                 .sequence = 1,
                                 .descriptors_offset = sizeof *header,
                                 .descriptors_length = SAMPLES * sizeof *descriptors,
                                 .data_offset = data,
                                 .data_length = bytes};
    for (uint32_t i = 0; i < SAMPLES; i++) {
        uint64_t last = bytes - 128;
        descriptors[i] = (hyp_keccak_descriptor){data + last / (SAMPLES - 1) * i / 8 * 8, 128, 0};
    }
    descriptors[SAMPLES - 1].offset = data + bytes - 128;
    return (size_t)(data + bytes);
}

static uint32_t check_samples(const uint8_t *input, const uint8_t *output)
{
    const hyp_keccak_descriptor *descriptors =
        (const hyp_keccak_descriptor *)(input + sizeof(hyp_batch_header));
    uint32_t wrong = 0;

    for (uint32_t i = 0; i < SAMPLES; i++) {
        uint8_t digest[32];
        hyp_keccak256(input + descriptors[i].offset, descriptors[i].length, digest);
        wrong += memcmp(output + hyp_results_offset(SAMPLES) + 32 * (size_t)i, digest, 32) != 0;
    }
    return wrong;
}

static void judge_copy(struct run *run, const char *check, int result, uint32_t wrong,
                       uint64_t bytes, uint64_t ns)
{
    char fact[128];

    if (result) {
        add_failure(run, check, result);
    } else if (wrong) {
        snprintf(fact, sizeof fact, "%" PRIu32 " samples arrived damaged", wrong);
        add_fail(run, check, lies, take_out, fact);
    } else if (ns == 0) {
        report_ok(&run->findings, run->device.info->name, check,
                  "%" PRIu64 " KiB right; no copy to be timed: the device works in this process",
                  bytes / 1024);
    } else {
        double rate = (double)bytes * 1e9 / (double)ns;
        report_ok(&run->findings, run->device.info->name, check,
                  "%" PRIu64 " KiB right, at %.1f MB/s", bytes / 1024, rate / 1e6);
        snprintf(fact, sizeof fact, "%s_bytes_per_second", check);
        add_figure(run, fact, rate);
    }
}

static void check_to_card(struct run *run)
{
    uint64_t bytes = memory_bytes(run) / 64 * 64;
    hyp_buffer *input = NULL;
    hyp_buffer *output = NULL;
    uint64_t seed = run->options.device.seed;
    double seconds;
    uint32_t wrong = 0;

    int result = hyp_buffer_create(run->device.device, (size_t)bytes + CHUNK, &input);
    result = result ? result : hyp_buffer_create(run->device.device, CHUNK, &output);
    uint64_t fastest = 0;
    if (result == HYP_OK) {
        uint8_t *content = hyp_buffer_data(input);
        size_t used = write_samples(content, bytes);
        for (size_t i = used - bytes; i + 8 <= used; i += 8) {
            uint64_t word = validate_random(&seed);
            memcpy(content + i, &word, 8);
        }
        hyp_job job = {input, output, used, 0, NULL};
        for (unsigned i = 0; i < COPIES && result == HYP_OK && wrong == 0; i++) {
            uint64_t before = transfer_ns(run);
            result = run_job(run, job, &seconds);
            uint64_t took = transfer_ns(run) - before;
            wrong = result ? 0 : check_samples(content, hyp_buffer_data(output));
            fastest = fastest == 0 || took < fastest ? took : fastest;
        }
    }
    judge_copy(run, "dma_to_card", result, wrong, bytes, fastest);
    hyp_buffer_destroy(input);
    hyp_buffer_destroy(output);
}

/* Messages without bytes: twice as many bytes come back as go out. */
static void check_from_card(struct run *run)
{
    static const uint8_t none[1];
    uint32_t items = (uint32_t)(memory_bytes(run) / 32);
    hyp_keccak_batch *batch = NULL;
    uint8_t digest[32];
    double seconds;
    uint32_t wrong = 0;

    hyp_keccak256(none, 0, digest);
    int result = hyp_keccak_batch_create(run->device.device, items, 64, &batch);
    for (uint32_t i = 0; result == HYP_OK && i < items; i++) {
        int index = hyp_keccak_batch_add(batch, none, 0);
        result = index < 0 ? index : HYP_OK;
    }
    uint64_t before = transfer_ns(run);
    if (result == HYP_OK) {
        result = run_job(run, hyp_keccak_batch_job(batch, NULL), &seconds);
        for (uint32_t i = 0; result == HYP_OK && i < items; i++) {
            wrong += memcmp(hyp_keccak_batch_digest(batch, i), digest, 32) != 0;
        }
    }
    judge_copy(run, "dma_both_ways", result, wrong, (uint64_t)items * (16 + 33),
               transfer_ns(run) - before);
    hyp_keccak_batch_destroy(batch);
}

/* ---- the sustained run ---- */

struct sustained {
    const struct validate_op *op;
    void *batch;
    uint32_t items;
};

struct tally {
    uint64_t items, wrong, failed;
    uint32_t first_wrong;
    const struct validate_op *wrong_op;
    int error;
};

static void take_result(struct tally *tally, const struct sustained *slot, int result)
{
    uint32_t first = 0;
    uint32_t wrong = result ? 0 : slot->op->check(slot->batch, &first);

    tally->items += slot->items;
    tally->wrong += wrong;
    tally->failed += result != HYP_OK;
    if (result) {
        tally->error = result;
    }
    if (wrong) {
        tally->first_wrong = first;
        tally->wrong_op = slot->op;
    }
}

/* Each batch is submitted again as soon as it was checked, until the time is over and enough was
 * computed; a device that fails every batch is given up. */
static void sustain(struct run *run, struct sustained *slots, unsigned count, struct tally *tally)
{
    uint64_t start = hyp_clock_ns();
    uint64_t least = run->seconds * UINT64_C(1000000000);
    uint64_t enough = is_simulated(run) ? SUSTAINED_SIMULATED : SUSTAINED_ITEMS;
    hyp_completion completion;
    unsigned in_flight = 0;

    for (unsigned i = 0; i < count; i++) {
        hyp_job job = slots[i].op->job(slots[i].batch, &slots[i]);
        in_flight += hyp_queue_submit(run->queue, &job, 1) == 1;
    }
    while (in_flight) {
        if (hyp_queue_reap(run->queue, &completion, 1) != 1) {
            hyp_queue_wait(run->queue, UINT64_MAX);
            continue;
        }
        struct sustained *slot = completion.user;
        uint64_t past = hyp_clock_ns() - start;
        in_flight--;
        take_result(tally, slot, completion.result);
        show_progress(run, "sustained", least ? (double)past / (double)(least + 1) * 0.99 : 0);
        /* When the time is over, the fastest op alone brings the number up to what is enough. */
        bool goes_on = past < least || (tally->items < enough && slot->op == slots[0].op);
        if (goes_on && tally->failed < 4) {
            hyp_job job = slot->op->job(slot->batch, slot);
            in_flight += hyp_queue_submit(run->queue, &job, 1) == 1;
        }
    }
    show_progress(run, "sustained", 1);
}

static void judge_sustained(struct run *run, const struct tally *tally, double seconds)
{
    char fact[200];

    if (tally->failed) {
        add_failure(run, "sustained", tally->error);
    }
    if (tally->wrong) {
        snprintf(fact, sizeof fact,
                 "%" PRIu64 " of %" PRIu64 " answers are wrong, such as that of item %" PRIu32
                 " in a batch of %s",
                 tally->wrong, tally->items, tally->first_wrong, cli_op_name(tally->wrong_op->op));
        add_fail(run, "sustained", lies, take_out, fact);
    }
    if (!tally->failed && !tally->wrong) {
        report_ok(&run->findings, run->device.info->name, "sustained",
                  "%" PRIu64 " items right in %.1f s", tally->items, seconds);
        add_figure(run, "sustained_items_per_second", (double)tally->items / seconds);
    }
}

static void check_sustained(struct run *run)
{
    struct sustained slots[DEPTH * 4];
    struct tally tally = {0};
    unsigned count = 0;
    int result = CLI_OK;

    for (const struct validate_op *const *op = validate_ops; *op; op++) {
        for (unsigned i = 0; i < DEPTH && hyp_device_capability(run->device.device, (*op)->op);
             i++) {
            struct sustained *slot = &slots[count++];
            *slot = (struct sustained){*op, NULL, items_of(run, *op)};
            result =
                cli_worse(result, (*op)->prepare(&run->device, slot->items,
                                                 run->options.device.seed + 100 + i, &slot->batch));
        }
    }
    uint64_t start = hyp_clock_ns();
    if (result == CLI_OK) {
        sustain(run, slots, count, &tally);
        judge_sustained(run, &tally, (double)(hyp_clock_ns() - start) / 1e9);
    } else {
        add_fail(run, "sustained", "memory ran out, or the device is gone", "see the message above",
                 "batches could not be made");
    }
    for (unsigned i = 0; i < count; i++) {
        slots[i].op->destroy(slots[i].batch);
    }
}

/* ---- the link ---- */

/* Moves what was found of a link into the report, where a fail may have been waived. */
static void take_link(struct run *run, const report *link)
{
    for (size_t i = 0; i < link->count; i++) {
        const report_finding *finding = &link->findings[i];
        if (finding->verdict == REPORT_OK) {
            report_ok(&run->findings, finding->subject, finding->check, "%s", finding->fact);
        } else if (finding->verdict == REPORT_WARN || is_waived(run, "link")) {
            report_warn(&run->findings, finding->subject, finding->check, finding->cause,
                        finding->remedy, "%s%s", finding->fact,
                        finding->verdict == REPORT_FAIL ? " (waived)" : "");
        } else {
            report_fail(&run->findings, finding->subject, finding->check, finding->cause,
                        finding->remedy, "%s", finding->fact);
        }
    }
}

/* Before the device is opened: a card whose link is down does not open. */
static int check_link(struct run *run)
{
    const char *name = run->pci ? run->pci : run->options.name;
    pcie_source source = {run->sysfs, NULL};
    pcie_machine machine;
    pcie_function *function;
    report link = {0};
    char message[256];
    unsigned index = 0;

    if (!name || (!run->pci && !cli_card_index(name, &index))) {
        return CLI_OK;
    }
    if (!run->pci) { /* a simulated card behind XRT has no link */
        bool found = pcie_scan(&source, &machine, message) == 0;
        function = found ? pcie_find_xrt(&machine, index) : NULL;
        if (!function) {
            if (found) {
                pcie_free(&machine);
            }
            return CLI_OK;
        }
    } else {
        int result = cli_pci_scan(&source, &machine);
        result = result ? result : cli_pci_find(&machine, name, &function);
        if (result) {
            return result;
        }
    }
    pcie_look(&machine, function);
    pcie_check_link(function, &link);
    take_link(run, &link);
    report_free(&link);
    pcie_free(&machine);
    return CLI_OK;
}

/* ---- all ---- */

/* Returns CLI_OK where the device is open, else another code; a card that answers wrongly is a
 * finding and CLI_NO. */
static int open_device(struct run *run)
{
    show_progress(run, "opening", 0);
    int result = cli_device_open(&run->options, &run->device);
    show_progress(run, "opening", 1);
    if (result == CLI_DEVICE) {
        add_fail(run, "opening", "told on standard error",
                 "`hyperion doctor` and `hyperion examine` look for the reason",
                 "the device does not open, or its known answers are wrong");
        return result;
    }
    if (result != CLI_OK) {
        return result;
    }
    report_ok(&run->findings, run->device.info->name, "opening", "%s, known answers right",
              run->device.info->description);
    hyp_queue_options options = HYP_QUEUE_OPTIONS_INIT;
    options.verify = HYP_VERIFY_OFF; /* it is done here, and told */
    int error = hyp_queue_create(run->device.device, &options, &run->queue);
    if (error) {
        result = cli_device_failure(&run->device, "no queue", error);
        cli_device_close(&run->device);
    }
    return result;
}

static void check_all(struct run *run)
{
    for (const struct validate_op *const *op = validate_ops; *op; op++) {
        check_op(run, *op);
    }
    if (hyp_device_capability(run->device.device, HYP_OP_KECCAK256)) {
        check_memory(run);
        check_to_card(run);
        check_from_card(run);
    }
    check_sustained(run);
}

static int print_report(struct run *run, const char *name, bool simulated)
{
    if (run->json) {
        cli_print_json(json_pack("{s:s, s:b, s:s, s:o, s:O}", "device", name, "simulated",
                                 simulated, "verdict",
                                 report_verdict_name(report_worst(&run->findings)), "findings",
                                 cli_json_findings(&run->findings), "figures", run->figures));
    } else {
        cli_print_findings(&run->findings);
        printf("\n%s is %s\n", name,
               report_worst(&run->findings) == REPORT_FAIL ? "not fit for service"
                                                           : "fit for service");
    }
    return cli_report_code(&run->findings);
}

static int validate(struct run *run)
{
    char name[32];
    int result = check_link(run);

    if (result) {
        return result;
    }
    int opened = open_device(run);
    if (opened != CLI_OK && (opened != CLI_DEVICE || run->findings.count == 0)) {
        return opened;
    }
    bool simulated = opened == CLI_OK && is_simulated(run);
    snprintf(name, sizeof name, "%s",
             opened == CLI_OK    ? run->device.info->name
             : run->options.name ? run->options.name
                                 : "default");
    if (opened == CLI_OK) {
        check_all(run);
        hyp_queue_destroy(run->queue);
        cli_device_close(&run->device);
    }
    result = print_report(run, name, simulated);
    return opened == CLI_OK ? result : opened;
}

static int number(const char *name, const char *text, uint64_t most, uint64_t *value)
{
    if (!cli_parse_number(text, most, value)) {
        cli_error("--%s takes a whole number up to %" PRIu64 ", not \"%s\"", name, most, text);
        return cli_usage();
    }
    return CLI_OK;
}

enum {
    OPTION_SECONDS = CLI_OPTION_COMMAND,
    OPTION_MEMORY,
    OPTION_WAIVE,
    OPTION_PCI,
    OPTION_SYSFS,
};

static int take_option(struct run *run, int option, const char *argument)
{
    switch (option) {
    case 'j':
        run->json = true;
        return CLI_OK;
    case OPTION_SECONDS:
        return number("seconds", argument, 1000000, &run->seconds);
    case OPTION_MEMORY: {
        int result = number("memory", argument, 4096, &run->memory_bytes);
        run->memory_bytes *= MEBIBYTE;
        return result;
    }
    case OPTION_WAIVE:
        if (run->waived_count == MAX_WAIVED) {
            cli_error("more than %d checks are waived", MAX_WAIVED);
            return cli_usage();
        }
        run->waived[run->waived_count++] = argument;
        return CLI_OK;
    case OPTION_PCI:
        run->pci = argument;
        return CLI_OK;
    case OPTION_SYSFS:
        run->sysfs = argument;
        return CLI_OK;
    default:
        return cli_device_option(&run->options, option, argument);
    }
}

static int read_options(int argc, char **argv, struct run *run)
{
    static const struct option known[] = {CLI_DEVICE_LONG_OPTIONS,
                                          {"seconds", required_argument, NULL, OPTION_SECONDS},
                                          {"memory", required_argument, NULL, OPTION_MEMORY},
                                          {"waive", required_argument, NULL, OPTION_WAIVE},
                                          {"pci", required_argument, NULL, OPTION_PCI},
                                          {"sysfs", required_argument, NULL, OPTION_SYSFS},
                                          {"json", no_argument, NULL, 'j'},
                                          {"help", no_argument, NULL, 'h'},
                                          {0}};
    int option;

    while ((option = getopt_long(argc, argv, "h", known, NULL)) != -1) {
        if (option == 'h') {
            fputs(help, stdout);
            return -1;
        }
        if (take_option(run, option, optarg) != CLI_OK) {
            return CLI_USAGE;
        }
    }
    if (optind < argc) {
        cli_error("unexpected argument \"%s\": the device is named with --device", argv[optind]);
        return cli_usage();
    }
    if (run->options.name &&
        (strchr(run->options.name, ',') || strcmp(run->options.name, "auto") == 0)) {
        cli_error("validate takes one device: members of a set cover for one another");
        return cli_usage();
    }
    return CLI_OK;
}

int cli_validate(int argc, char **argv)
{
    struct run *run = calloc(1, sizeof *run);

    if (!run) {
        cli_error("no memory");
        return CLI_DEVICE;
    }
    run->options = (struct cli_device_options)CLI_DEVICE_OPTIONS_INIT;
    run->seconds = 5;
    run->figures = json_object();
    int result = read_options(argc, argv, run);
    if (result == CLI_OK) {
        result = validate(run);
    }
    report_free(&run->findings);
    json_decref(run->figures);
    free(run);
    return result < 0 ? CLI_OK : result;
}
