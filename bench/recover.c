/* Recovery of batches against libsecp256k1, both in turn in the same run.
 *
 *   build/bench/recover [--threads N] [--seconds S] [--attack] [--method NAME] [SIZE…]
 *
 * Prints nanoseconds of processor time an item, best of the rounds, for each batch size: so what
 * else the machine does counts less. With several threads it is the sum of theirs: it stays the
 * same as with one as far as they do not hinder each other. Both sides do the same work: checks,
 * key, keccak-256 of the key. */
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "host/src/keccak/keccak.h"
#include "host/src/recover/recover.h"
#include "tests/recover/signatures.h"

#define MOST_ITEMS 4096u

static double now(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

struct side {
    const struct hyp_recover_context *context;
    const hyp_ecrecover_descriptor *items;
    uint32_t batch;
    uint32_t items_a_round;
    uint8_t statuses[MOST_ITEMS];
    hyp_ecrecover_result results[MOST_ITEMS];
};

/* One thread's round: so many batches that the clock does not matter. */
static void *run(void *argument)
{
    struct side *side = argument;

    for (uint32_t done = 0; done < side->items_a_round; done += side->batch) {
        uint32_t first =
            side->batch < MOST_ITEMS ? done % (MOST_ITEMS / side->batch * side->batch) : 0;
        hyp_recover_batch(side->context, side->items + first, side->batch, 0,
                          side->statuses + first, side->results + first);
    }
    return NULL;
}

static double seconds_an_item(struct side *side, unsigned threads)
{
    pthread_t thread[64];
    struct side *copies = calloc(threads, sizeof *copies);
    double start;

    for (unsigned i = 0; i < threads; i++) {
        copies[i] = *side;
    }
    start = now(CLOCK_PROCESS_CPUTIME_ID);
    for (unsigned i = 1; i < threads; i++) {
        pthread_create(&thread[i], NULL, run, &copies[i]);
    }
    run(&copies[0]);
    for (unsigned i = 1; i < threads; i++) {
        pthread_join(thread[i], NULL);
    }
    start = now(CLOCK_PROCESS_CPUTIME_ID) - start;
    free(copies);
    return start / side->items_a_round / threads;
}

struct options {
    unsigned threads;
    double seconds; /* a size */
    bool attack;
    enum hyp_recover_method method;
};

static double lesser(double a, double b)
{
    return a < b ? a : b;
}

static void compare(struct side *vectors, struct side *single, uint32_t batch,
                    const struct options *options)
{
    double best[2] = {1, 1};
    double end = now(CLOCK_MONOTONIC) + options->seconds;

    /* Rounds of about half a millisecond on both sides, so that what else the machine does hits
     * both alike; with threads longer, so that starting them does not count. The peer's batch is
     * only a loop. */
    uint32_t scale = options->threads > 1 ? 32 : 1;
    vectors->batch = batch;
    vectors->items_a_round = scale * (batch < 4 ? 16 : batch < 256 ? 256 / batch * batch : batch);
    single->batch = batch < 16 ? batch : 16;
    single->items_a_round = scale * (16 / single->batch * single->batch);
    do {
        best[0] = lesser(best[0], seconds_an_item(vectors, options->threads));
        best[1] = lesser(best[1], seconds_an_item(single, options->threads));
    } while (now(CLOCK_MONOTONIC) < end);
    printf("%6u %12.0f %14.0f %8.2f\n", batch, best[0] * 1e9, best[1] * 1e9, best[1] / best[0]);
    fflush(stdout);
}

static void make_items(hyp_ecrecover_descriptor *items, bool attack)
{
    struct random_source random = {1};

    for (uint32_t i = 0; i < MOST_ITEMS; i++) {
        if (attack) {
            sign_infinite(&random, &items[i]);
        } else {
            sign_random(&random, &items[i]);
        }
    }
}

/* Methods that need less than the best one that this CPU has. */
static bool method_from_name(const char *name, enum hyp_recover_method *method)
{
    enum hyp_recover_method found = strcmp(name, "avx512f") == 0 ? HYP_RECOVER_AVX512F
                                    : strcmp(name, "avx2") == 0  ? HYP_RECOVER_AVX2
                                                                 : HYP_RECOVER_SINGLE;

    if (found > *method || (found == HYP_RECOVER_SINGLE && strcmp(name, "libsecp256k1") != 0)) {
        return false;
    }
    *method = found;
    return true;
}

int main(int argc, char **argv)
{
    static const uint32_t usual[] = {1, 4, 16, 64, 256, 1024, 4096};
    static hyp_ecrecover_descriptor items[MOST_ITEMS];
    static struct side vectors = {.items = items};
    static struct side single = {.items = items};
    struct options options = {
        .threads = 1, .seconds = 1, .method = hyp_recover_best_method(hyp_cpu_variant_best())};
    struct hyp_recover_context *contexts[2];
    int i = 1;

    for (; i < argc && strncmp(argv[i], "--", 2) == 0; i++) {
        if (strcmp(argv[i], "--attack") == 0) {
            options.attack = true;
        } else if (strcmp(argv[i], "--method") == 0 && i + 1 < argc &&
                   method_from_name(argv[i + 1], &options.method)) {
            i++;
        } else if (strcmp(argv[i], "--threads") == 0 && i + 1 < argc) {
            options.threads = (unsigned)atoi(argv[++i]);
        } else if (strcmp(argv[i], "--seconds") == 0 && i + 1 < argc) {
            options.seconds = atof(argv[++i]);
        } else {
            fprintf(stderr, "usage: recover [--threads N] [--seconds S] [--attack] "
                            "[--method avx512f|avx2|libsecp256k1] [SIZE...]\n");
            return 2;
        }
    }
    if (hyp_recover_context_create_with(options.method, NULL, &contexts[0]) != 0 ||
        hyp_recover_context_create_with(HYP_RECOVER_SINGLE, NULL, &contexts[1]) != 0) {
        fprintf(stderr, "recover: no context\n");
        return 3;
    }
    make_items(items, options.attack);
    vectors.context = contexts[0];
    single.context = contexts[1];
    printf("%u thread(s)%s\n batch %12s %14s    ratio\n", options.threads,
           options.attack ? ", every key is infinity" : "", hyp_recover_method(contexts[0]),
           "libsecp256k1");
    if (i == argc) {
        for (unsigned n = 0; n < sizeof usual / sizeof *usual; n++) {
            compare(&vectors, &single, usual[n], &options);
        }
    }
    for (; i < argc; i++) {
        uint32_t batch = (uint32_t)strtoul(argv[i], NULL, 10);
        if (batch < 1 || batch > MOST_ITEMS) {
            fprintf(stderr, "recover: sizes are 1 to %u\n", MOST_ITEMS);
            return 2;
        }
        compare(&vectors, &single, batch, &options);
    }
    hyp_recover_context_destroy(contexts[0]);
    hyp_recover_context_destroy(contexts[1]);
    return 0;
}
