/* ecrecover through the public API against libsecp256k1 in a bare loop: parse, recover, serialise;
 * the library also checks ranges and hashes the key to the address. */
#include <secp256k1_recovery.h>
#include <stdlib.h>
#include <string.h>

#include "bench/cpu/bench.h"
#include "bench/cpu/runner.h"
#include "bench/cpu/statistics.h"
#include "tests/recover/signatures.h"

enum { ITEMS = 1024, SAMPLES = 31, SIDES = 6, LONG_ITEMS = 16384 };

struct side {
    const char *name;
    bool exists;
    bool by_library;
    struct runner runner;
    hyp_ecrecover_batch *batches[RUNNER_JOBS];
    hyp_job jobs[RUNNER_JOBS];
    double samples[SAMPLES];
    double ns;   /* median */
    double best; /* of the samples */
};

static void recover_bare(const hyp_ecrecover_descriptor *items, uint8_t (*keys)[65])
{
    const secp256k1_context *secp = secp256k1_context_static;

    for (size_t i = 0; i < ITEMS; i++) {
        secp256k1_ecdsa_recoverable_signature signature;
        secp256k1_pubkey key;
        uint8_t compact[64];
        size_t length = sizeof keys[i];
        memcpy(compact, items[i].r, 32);
        memcpy(compact + 32, items[i].s, 32);
        if (!secp256k1_ecdsa_recoverable_signature_parse_compact(secp, &signature, compact,
                                                                 items[i].recid) ||
            !secp256k1_ecdsa_recover(secp, &key, &signature, items[i].hash)) {
            bench_fail("libsecp256k1", HYP_EINVAL);
        }
        secp256k1_ec_pubkey_serialize(secp, keys[i], &length, &key, SECP256K1_EC_UNCOMPRESSED);
    }
}

static void open_side(struct side *side, const char *name, const char *variant, unsigned threads,
                      const hyp_ecrecover_descriptor *items)
{
    side->name = name;
    side->by_library = true;
    side->exists = runner_open(&side->runner, variant, threads);
    for (size_t i = 0; side->exists && i < RUNNER_JOBS; i++) {
        bench_check("create",
                    hyp_ecrecover_batch_create(side->runner.device, ITEMS, 0, &side->batches[i]));
        for (size_t k = 0; k < ITEMS; k++) {
            bench_check("add", hyp_ecrecover_batch_add(side->batches[i], items[k].hash, items[k].r,
                                                       items[k].s, items[k].recid));
        }
        side->jobs[i] = hyp_ecrecover_batch_job(side->batches[i], &side->jobs[i]);
    }
}

static void close_side(struct side *side)
{
    if (side->exists && side->by_library) {
        for (size_t i = 0; i < RUNNER_JOBS; i++) {
            hyp_ecrecover_batch_destroy(side->batches[i]);
        }
        runner_close(&side->runner);
    }
}

static unsigned threads_of(const struct side *side)
{
    return side->by_library ? side->runner.threads : 1;
}

/* Nanoseconds an item. */
static double sample(struct side *side, const hyp_ecrecover_descriptor *items, uint8_t (*keys)[65])
{
    unsigned runs = side->by_library ? RUNNER_JOBS : 1;
    double start = bench_clock_ns(threads_of(side));

    if (side->by_library) {
        runner_run(&side->runner, side->jobs, runs);
    } else {
        recover_bare(items, keys);
    }
    return (bench_clock_ns(threads_of(side)) - start) / (runs * (double)ITEMS);
}

static void verify(const struct side *side, const uint8_t (*keys)[65])
{
    for (uint32_t i = 0; side->by_library && i < ITEMS; i++) {
        if (memcmp(hyp_ecrecover_batch_public_key(side->batches[0], i), keys[i] + 1, 64) != 0) {
            bench_fail(side->name, HYP_EMISMATCH);
        }
    }
}

/* When the first item of a long batch is final, and when all are: wall clock, best and median. */
static void early_results(const struct side *side, const hyp_ecrecover_descriptor *items)
{
    double first[SAMPLES];
    double all[SAMPLES];
    hyp_ecrecover_batch *batch;

    bench_check("create", hyp_ecrecover_batch_create(side->runner.device, LONG_ITEMS, 0, &batch));
    for (size_t k = 0; k < LONG_ITEMS; k++) {
        const hyp_ecrecover_descriptor *item = &items[k % ITEMS];
        bench_check("add",
                    hyp_ecrecover_batch_add(batch, item->hash, item->r, item->s, item->recid));
    }
    const hyp_job job = hyp_ecrecover_batch_job(batch, batch);
    for (size_t k = 0; k < SAMPLES; k++) {
        hyp_completion completion;
        uint64_t start = hyp_clock_ns();
        bench_check("submit", hyp_queue_submit(side->runner.queue, &job, 1));
        bench_check("wait", hyp_queue_wait_items(side->runner.queue, batch, 1, UINT64_MAX));
        first[k] = (double)(hyp_clock_ns() - start);
        bench_check("wait", hyp_queue_wait(side->runner.queue, UINT64_MAX));
        all[k] = (double)(hyp_clock_ns() - start);
        bench_check("reap", hyp_queue_reap(side->runner.queue, &completion, 1));
        bench_check(side->name, completion.result);
    }
    double middle = median(first, SAMPLES); /* sorts */
    double end = median(all, SAMPLES);
    printf("%s, %u threads, a batch of %d: first item after %.2f ms (median %.2f), all after %.1f "
           "(%.1f)\n",
           side->name, side->runner.threads, LONG_ITEMS, first[0] / 1e6, middle / 1e6, all[0] / 1e6,
           end / 1e6);
    hyp_ecrecover_batch_destroy(batch);
}

static void report(const struct side *sides, FILE *json)
{
    const char *comma = "";

    printf("ecrecover: batches of %d, %d samples\n\n%-42s %7s %9s %9s  %s\n", ITEMS, SAMPLES,
           "implementation", "threads", "ns", "best ns", "times libsecp256k1 (medians)");
    fprintf(json, "[");
    for (size_t i = 0; i < SIDES; i++) {
        const struct side *side = &sides[i];
        unsigned threads = threads_of(side);
        if (!side->exists) {
            continue;
        }
        printf("%-42s %7u %9.0f %9.0f  %.3f\n", side->name, threads, side->ns, side->best,
               sides[0].ns / side->ns);
        fprintf(json,
                "%s\n{\"implementation\":\"%s\",\"threads\":%u,\"ns_per_item\":%.1f,"
                "\"best_ns_per_item\":%.1f,\"times_libsecp256k1\":%.3f}",
                comma, side->name, threads, side->ns, side->best, sides[0].ns / side->ns);
        comma = ",";
    }
    fprintf(json, "]");
    printf("\n");
}

void recover_bench(FILE *json)
{
    struct side *sides = calloc(SIDES, sizeof *sides);
    hyp_ecrecover_descriptor *items = calloc(ITEMS, sizeof *items);
    uint8_t(*keys)[65] = calloc(ITEMS, sizeof *keys);
    struct random_source random = {0x68797065};

    if (!sides || !items || !keys) {
        bench_fail("memory", HYP_ENOMEM);
    }
    for (size_t i = 0; i < ITEMS; i++) {
        sign_random(&random, &items[i]);
    }
    sides[0] = (struct side){.name = "libsecp256k1, bare loop", .exists = true};
    open_side(&sides[1], "hyperion portable (libsecp256k1)", "portable", 1, items);
    open_side(&sides[2], "hyperion portable (libsecp256k1)", "portable", 0, items);
    open_side(&sides[3], "hyperion avx2", "avx2", 1, items);
    open_side(&sides[4], "hyperion avx512", "avx512", 1, items);
    open_side(&sides[5], "hyperion avx512", "avx512", 0, items);
    for (size_t k = 0; k < SAMPLES; k++) {
        for (size_t i = 0; i < SIDES; i++) {
            if (sides[i].exists) {
                sides[i].samples[k] = sample(&sides[i], items, keys);
                verify(&sides[i], (const uint8_t(*)[65])keys);
            }
        }
    }
    for (size_t i = 0; i < SIDES; i++) {
        sides[i].ns = median(sides[i].samples, SAMPLES);
        sides[i].best = sides[i].samples[0]; /* sorted by now */
    }
    report(sides, json);
    for (size_t i = 3; i < SIDES; i++) {
        if (sides[i].exists) {
            early_results(&sides[i], items);
        }
    }
    for (size_t i = 0; i < SIDES; i++) {
        close_side(&sides[i]);
    }
    free(sides);
    free(items);
    free(keys);
}
