/* What the way through XRT's emulation costs, without a kernel: opening, launching, moving bytes,
 * coming back from a reset. The card is the fake one of the tests, whose runs take no time to speak
 * of.
 *
 *   build/bench/xrt_path XCLBIN
 *
 * Prints one line a figure: median, least and most of the rounds. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/src/backend/backend.h"
#include "host/src/context.h"
#include "host/src/memory.h"

#define ROUNDS 21
#define LARGE  ((size_t)64 << 20)
#define SMALL  ((size_t)4096)

static const struct hyp_backend *const backend = &hyp_backend_xrt;

struct bench {
    hyp_context *context;
    hyp_device_options options;
    void *card;
    struct hyp_memory input;
    struct hyp_memory output;
};

static void check(int result, const char *what, const hyp_error *error)
{
    if (result == HYP_OK)
        return;
    fprintf(stderr, "xrt_path: %s: %s\n", what, error->message);
    exit(EXIT_FAILURE);
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Times ROUNDS calls, each of which does `count` of what is counted. */
static void measure(const char *what, const char *unit, double scale, unsigned count,
                    void (*call)(struct bench *), struct bench *bench)
{
    double times[ROUNDS];
    for (int i = 0; i < ROUNDS; i++) {
        uint64_t before = hyp_clock_ns();
        call(bench);
        times[i] = (double)(hyp_clock_ns() - before) / scale / count;
    }
    qsort(times, ROUNDS, sizeof(times[0]), compare);
    printf("%-44s %8.1f %s (%.1f … %.1f)\n", what, times[ROUNDS / 2], unit, times[0],
           times[ROUNDS - 1]);
}

static void open_card(struct bench *bench)
{
    hyp_device_info info;
    hyp_error error = {0, ""};
    check(backend->open(bench->context, 0, &bench->options, &bench->card, &info, &error), "open",
          &error);
}

static void open_and_close(struct bench *bench)
{
    open_card(bench);
    backend->close(bench->card);
}

static void reset(struct bench *bench)
{
    hyp_error error = {0, ""};
    check(backend->reset(bench->card, &error), "reset", &error);
}

/* The fake card looks at the header alone: a batch of no items, however many bytes it claims to
 * have. */
static void run(struct bench *bench, size_t input_bytes, size_t output_bytes)
{
    struct hyp_run *finished = NULL;
    hyp_error error = {0, ""};
    struct hyp_run one = {.op = HYP_OP_KECCAK256,
                          .input = &bench->input,
                          .output = &bench->output,
                          .input_bytes = input_bytes,
                          .output_bytes = output_bytes};
    check(backend->start(bench->card, &one), "start", &error);
    while (!finished)
        check(backend->progress(bench->card, UINT64_MAX, &finished, &error), "progress", &error);
    check(one.result, "run", &error);
}

static void launch(struct bench *bench)
{
    for (int i = 0; i < 1000; i++)
        run(bench, SMALL, SMALL);
}

static void send(struct bench *bench)
{
    run(bench, LARGE, SMALL);
}

static void receive(struct bench *bench)
{
    run(bench, SMALL, LARGE);
}

static void fresh_memory(struct bench *bench)
{
    for (int i = 0; i < 100; i++) {
        struct hyp_memory kept = bench->input;
        check(hyp_card_memory_create(backend, bench->card, bench->context, SMALL, &bench->input),
              "memory", &(hyp_error){0, "none"});
        memcpy(bench->input.data, kept.data, SMALL);
        run(bench, SMALL, SMALL);
        hyp_card_memory_destroy(backend, bench->card, &bench->input);
        bench->input = kept;
    }
}

int main(int argc, char **argv)
{
    struct bench bench = {.options = HYP_DEVICE_OPTIONS_INIT};
    hyp_error error = {0, ""};
    hyp_batch_header header = {.magic = HYP_BATCH_INPUT_MAGIC,
                               .layout_version = HYP_BATCH_LAYOUT_VERSION,
                               .op = HYP_OP_KECCAK256,
                               .descriptors_offset = sizeof(header),
                               .data_offset = sizeof(header)};
    if (argc != 2) {
        fprintf(stderr, "usage: xrt_path XCLBIN\n");
        return 2;
    }
    bench.options.bitstream = argv[1];
    check(hyp_context_create(NULL, &bench.context, &error), "context", &error);
    measure("open and close", "ms", 1e6, 1, open_and_close, &bench);
    open_card(&bench);
    measure("reset", "ms", 1e6, 1, reset, &bench);
    check(hyp_card_memory_create(backend, bench.card, bench.context, LARGE, &bench.input), "memory",
          &error);
    check(hyp_card_memory_create(backend, bench.card, bench.context, LARGE, &bench.output),
          "memory", &error);
    memset(bench.input.data, 1, LARGE);
    memset(bench.output.data, 1, LARGE);
    memcpy(bench.input.data, &header, sizeof(header));
    measure("a run of 4 KiB to the card and back", "us", 1e3, 1000, launch, &bench);
    measure("the same, its input in new memory", "us", 1e3, 100, fresh_memory, &bench);
    measure("a run of 64 MiB to the card, 4 KiB back", "ms", 1e6, 1, send, &bench);
    measure("a run of 4 KiB to the card, 64 MiB back", "ms", 1e6, 1, receive, &bench);
    hyp_card_memory_destroy(backend, bench.card, &bench.input);
    hyp_card_memory_destroy(backend, bench.card, &bench.output);
    backend->close(bench.card);
    hyp_context_destroy(bench.context);
    return EXIT_SUCCESS;
}
