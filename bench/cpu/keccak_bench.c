/* Keccak-256: every variant through the public API, against a peer if one is linked in and against
 * OpenSSL's SHA3-256, which is the same permutation and rate with another padding byte. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "bench/cpu/bench.h"
#include "bench/cpu/peer.h"
#include "bench/cpu/runner.h"
#include "bench/cpu/statistics.h"

enum { SAMPLES = 21, RUNS_A_SAMPLE = 16, MAX_SIDES = 8, SIZES = 6 };

static const size_t sizes[SIZES] = {20, 32, 64, 136, 532, 4096};

struct messages {
    uint8_t *bytes;
    uint8_t *digests;
    size_t count;
    size_t size;
    size_t stride;
};

typedef void hash_function(const uint8_t *messages, size_t stride, size_t length, size_t count,
                           uint8_t *digests);

/* One implementation with its batches of the current size. */
struct side {
    char name[80];
    bool by_library;
    struct runner runner;
    hyp_keccak_batch *batches[RUNNER_JOBS];
    hyp_job jobs[RUNNER_JOBS];
    hash_function *hash; /* of those that are not the library's */
    double samples[SAMPLES];
    double ns[SIZES];   /* median */
    double best[SIZES]; /* of the samples */
};

static void hash_by_openssl(const uint8_t *messages, size_t stride, size_t length, size_t count,
                            uint8_t *digests)
{
    EVP_MD *sha3 = EVP_MD_fetch(NULL, "SHA3-256", NULL);
    EVP_MD_CTX *digest = EVP_MD_CTX_new();

    for (size_t i = 0; i < count; i++) {
        EVP_DigestInit_ex2(digest, sha3, NULL);
        EVP_DigestUpdate(digest, messages + i * stride, length);
        EVP_DigestFinal_ex(digest, digests + 32 * i, NULL);
    }
    EVP_MD_CTX_free(digest);
    EVP_MD_free(sha3);
}

static void fill_batches(struct side *side, const struct messages *messages)
{
    for (size_t i = 0; side->by_library && i < RUNNER_JOBS; i++) {
        bench_check("create",
                    hyp_keccak_batch_create(side->runner.device, (uint32_t)messages->count,
                                            messages->count * messages->stride, &side->batches[i]));
        for (size_t k = 0; k < messages->count; k++) {
            bench_check("add", hyp_keccak_batch_add(side->batches[i],
                                                    messages->bytes + k * messages->stride,
                                                    messages->size));
        }
        side->jobs[i] = hyp_keccak_batch_job(side->batches[i], &side->jobs[i]);
    }
}

static void destroy_batches(struct side *side)
{
    for (size_t i = 0; side->by_library && i < RUNNER_JOBS; i++) {
        hyp_keccak_batch_destroy(side->batches[i]);
    }
}

static unsigned threads_of(const struct side *side)
{
    return side->by_library ? side->runner.threads : 1;
}

/* Nanoseconds a hash. */
static double sample(struct side *side, const struct messages *messages)
{
    double start = bench_clock_ns(threads_of(side));

    if (side->by_library) {
        runner_run(&side->runner, side->jobs, RUNS_A_SAMPLE);
    } else {
        for (unsigned i = 0; i < RUNS_A_SAMPLE; i++) {
            side->hash(messages->bytes, messages->stride, messages->size, messages->count,
                       messages->digests);
        }
    }
    double end = bench_clock_ns(threads_of(side));
    return (end - start) / (RUNS_A_SAMPLE * (double)messages->count);
}

/* A benchmark of wrong answers is worth nothing. */
static void verify(struct side *side, const struct messages *messages)
{
    sample(side, messages);
    for (size_t i = 0; i < messages->count && side->hash != hash_by_openssl; i++) {
        uint8_t want[HYP_KECCAK_DIGEST_SIZE];
        const uint8_t *have = side->by_library
                                  ? hyp_keccak_batch_digest(side->batches[0], (uint32_t)i)
                                  : messages->digests + i * sizeof want;
        hyp_keccak256(messages->bytes + i * messages->stride, messages->size, want);
        if (memcmp(have, want, sizeof want) != 0) {
            bench_fail(side->name, HYP_EMISMATCH);
        }
    }
}

/* So many that messages and digests stay in a second-level cache: XKCP's gathers suffer more than
 * we do when they do not, and the peer is to be measured at its best. */
static struct messages create_messages(size_t size)
{
    struct messages messages = {.size = size, .stride = (size + 7) / 8 * 8};

    messages.count = size <= 136 ? 4096 : size <= 1024 ? 1024 : 128;
    messages.bytes = malloc(messages.count * messages.stride);
    messages.digests = malloc(messages.count * HYP_KECCAK_DIGEST_SIZE);
    if (!messages.bytes || !messages.digests) {
        bench_fail("messages", HYP_ENOMEM);
    }
    for (size_t i = 0; i < messages.count * messages.stride; i++) {
        messages.bytes[i] = (uint8_t)(i * 2654435761u >> 13);
    }
    return messages;
}

static void measure_size(struct side *sides, size_t count, size_t which)
{
    struct messages messages = create_messages(sizes[which]);

    for (size_t i = 0; i < count; i++) {
        fill_batches(&sides[i], &messages);
        verify(&sides[i], &messages);
    }
    for (size_t k = 0; k < SAMPLES; k++) {
        for (size_t i = 0; i < count; i++) {
            sides[i].samples[k] = sample(&sides[i], &messages);
        }
    }
    for (size_t i = 0; i < count; i++) {
        sides[i].ns[which] = median(sides[i].samples, SAMPLES);
        sides[i].best[which] = sides[i].samples[0]; /* sorted by now */
        destroy_batches(&sides[i]);
    }
    free(messages.bytes);
    free(messages.digests);
}

static size_t open_sides(struct side *sides)
{
    static const char *const variants[] = {"portable", "avx2", "avx512"};
    size_t count = 0;

    for (size_t i = 0; i < 6; i++) {
        struct side *side = &sides[count];
        if (!runner_open(&side->runner, variants[i / 2], i % 2 ? 0 : 1)) {
            continue;
        }
        if (i % 2 && side->runner.threads == 1) {
            runner_close(&side->runner);
            continue;
        }
        snprintf(side->name, sizeof side->name, "hyperion %s", variants[i / 2]);
        side->by_library = true;
        count++;
    }
    snprintf(sides[count].name, sizeof sides[count].name, "OpenSSL SHA3-256");
    sides[count++].hash = hash_by_openssl;
    if (peer_name) {
        snprintf(sides[count].name, sizeof sides[count].name, "%s", peer_name);
        sides[count++].hash = peer_keccak256;
    }
    return count;
}

static void print_table(const struct side *sides, size_t count)
{
    const struct side *peer = peer_name ? &sides[count - 1] : NULL;

    printf("keccak256: ns a hash%s\n\n", peer ? ", and in brackets how many times as fast as XKCP"
                                              : " (no peer: see bench/cpu.mk)");
    printf("%-62s %7s", "implementation", "threads");
    for (size_t k = 0; k < SIZES; k++) {
        printf(" %7zu B%s", sizes[k], peer ? "       " : "");
    }
    printf("\n");
    for (size_t i = 0; i < count; i++) {
        printf("%-62s %7u", sides[i].name, threads_of(&sides[i]));
        for (size_t k = 0; k < SIZES; k++) {
            printf(" %9.1f", sides[i].ns[k]);
            if (peer) {
                printf(" (%4.2f)", peer->ns[k] / sides[i].ns[k]);
            }
        }
        printf("\n");
    }
    printf("\n");
}

static void write_json(FILE *json, const struct side *sides, size_t count)
{
    const struct side *peer = peer_name ? &sides[count - 1] : NULL;
    const char *comma = "";

    fprintf(json, "[");
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < SIZES; k++) {
            fprintf(json,
                    "%s\n{\"implementation\":\"%s\",\"threads\":%u,\"bytes\":%zu,"
                    "\"ns_per_hash\":%.2f,\"best_ns_per_hash\":%.2f,\"hashes_per_second\":%.0f",
                    comma, sides[i].name, threads_of(&sides[i]), sizes[k], sides[i].ns[k],
                    sides[i].best[k], 1e9 / sides[i].ns[k]);
            if (peer) {
                fprintf(json, ",\"times_xkcp\":%.3f", peer->ns[k] / sides[i].ns[k]);
            }
            fprintf(json, "}");
            comma = ",";
        }
    }
    fprintf(json, "]");
}

void keccak_bench(FILE *json)
{
    struct side *sides = calloc(MAX_SIDES, sizeof *sides);

    if (!sides) {
        bench_fail("memory", HYP_ENOMEM);
    }
    size_t count = open_sides(sides);
    for (size_t k = 0; k < SIZES; k++) {
        measure_size(sides, count, k);
    }
    print_table(sides, count);
    write_json(json, sides, count);
    for (size_t i = 0; i < count; i++) {
        if (sides[i].by_library) {
            runner_close(&sides[i].runner);
        }
    }
    free(sides);
}
