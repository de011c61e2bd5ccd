/* Keccak-256 on the CPU: every variant through the public API, against a peer if one is linked in
 * and against OpenSSL's SHA3-256 (the same permutation and rate with another padding byte).
 *
 *     cpu_bench OUTPUT.json
 *
 * One sample is one batch of about a quarter of a millisecond or more. The implementations take
 * turns, sample by sample, so that all of them see the same moods of the machine; figures are
 * medians. Batches are prepared before; two are in flight, as a program would have it. "1 thread"
 * is one computing thread of the device; the thread that submits sleeps meanwhile. */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "bench/cpu/peer.h"
#include "bench/cpu/statistics.h"
#include "hyperion/hyperion.h"

enum { SAMPLES = 41, IN_FLIGHT = 2, MAX_RUNNERS = 8, SIZES = 6 };

static const size_t sizes[SIZES] = {20, 32, 64, 136, 532, 4096};

/* One implementation with its batch of the current size. */
struct runner {
    char name[64];
    unsigned threads;
    hyp_context *context; /* NULL: the peer or OpenSSL */
    hyp_device *device;
    hyp_queue *queue;
    hyp_keccak_batch *batches[IN_FLIGHT];
    void (*hash)(const uint8_t *, size_t, size_t, size_t, uint8_t *);
    double samples[SAMPLES];
    double ns_per_hash[SIZES];
};

struct messages {
    uint8_t *bytes;
    uint8_t *digests;
    size_t count;
    size_t size;
    size_t stride;
};

static void fail(const char *what, int code)
{
    fprintf(stderr, "cpu_bench: %s: %s\n", what, hyp_strerror(code));
    exit(1);
}

static void check(const char *what, int code)
{
    if (code < 0) {
        fail(what, code);
    }
}

static void hash_by_openssl(const uint8_t *messages, size_t stride, size_t length, size_t count,
                            uint8_t *digests)
{
    static EVP_MD *sha3;
    static EVP_MD_CTX *digest;

    if (!sha3) {
        sha3 = EVP_MD_fetch(NULL, "SHA3-256", NULL);
        digest = EVP_MD_CTX_new();
    }
    for (size_t i = 0; i < count; i++) {
        EVP_DigestInit_ex2(digest, sha3, NULL);
        EVP_DigestUpdate(digest, messages + i * stride, length);
        EVP_DigestFinal_ex(digest, digests + 32 * i, NULL);
    }
}

static bool open_runner(struct runner *runner, const char *variant, unsigned threads)
{
    hyp_context_options options = HYP_CONTEXT_OPTIONS_INIT;
    hyp_error error;

    options.cpu_variant = variant;
    options.cpu_threads = threads;
    int result = hyp_context_create(&options, &runner->context, &error);
    if (result == HYP_ENOTSUP) {
        return false;
    }
    check("context", result);
    check("device", hyp_device_open(runner->context, "cpu", NULL, &runner->device, &error));
    check("queue", hyp_queue_create(runner->device, NULL, &runner->queue));
    runner->threads = hyp_device_capability(runner->device, HYP_OP_KECCAK256)->compute_units;
    snprintf(runner->name, sizeof runner->name, "%s", variant);
    return true;
}

static void close_runner(struct runner *runner)
{
    hyp_queue_destroy(runner->queue);
    hyp_device_close(runner->device);
    hyp_context_destroy(runner->context);
}

static void fill_batches(struct runner *runner, const struct messages *messages)
{
    for (size_t i = 0; runner->context && i < IN_FLIGHT; i++) {
        check("batch",
              hyp_keccak_batch_create(runner->device, (uint32_t)messages->count,
                                      messages->count * messages->stride, &runner->batches[i]));
        for (size_t k = 0; k < messages->count; k++) {
            check("add",
                  hyp_keccak_batch_add(runner->batches[i], messages->bytes + k * messages->stride,
                                       messages->size));
        }
    }
}

static void destroy_batches(struct runner *runner)
{
    for (size_t i = 0; runner->context && i < IN_FLIGHT; i++) {
        hyp_keccak_batch_destroy(runner->batches[i]);
    }
}

/* Keeps the batches in flight until `runs` have completed; returns the nanoseconds that took. */
static double run_batches(struct runner *runner, unsigned runs)
{
    hyp_completion completions[IN_FLIGHT];
    unsigned submitted = 0;
    unsigned completed = 0;
    uint64_t start = hyp_clock_ns();

    while (submitted < IN_FLIGHT && submitted < runs) {
        hyp_job job = hyp_keccak_batch_job(runner->batches[submitted], runner->batches[submitted]);
        check("submit", hyp_queue_submit(runner->queue, &job, 1));
        submitted++;
    }
    while (completed < runs) {
        check("wait", hyp_queue_wait(runner->queue, UINT64_MAX));
        int count = hyp_queue_reap(runner->queue, completions, IN_FLIGHT);
        check("reap", count);
        for (int i = 0; i < count; i++, completed++) {
            check("batch", completions[i].result);
            if (submitted < runs) {
                hyp_job job = hyp_keccak_batch_job(completions[i].user, completions[i].user);
                check("submit", hyp_queue_submit(runner->queue, &job, 1));
                submitted++;
            }
        }
    }
    return (double)(hyp_clock_ns() - start);
}

/* Nanoseconds a hash. */
static double sample(struct runner *runner, const struct messages *messages)
{
    const unsigned runs = 8;

    if (runner->context) {
        return run_batches(runner, runs) / (runs * (double)messages->count);
    }
    uint64_t start = hyp_clock_ns();
    for (unsigned i = 0; i < runs; i++) {
        runner->hash(messages->bytes, messages->stride, messages->size, messages->count,
                     messages->digests);
    }
    return (double)(hyp_clock_ns() - start) / (runs * (double)messages->count);
}

/* A benchmark of wrong answers is worth nothing. */
static void verify(struct runner *runner, const struct messages *messages)
{
    uint8_t want[32];

    sample(runner, messages);
    for (size_t i = 0; i < messages->count; i++) {
        const uint8_t *have = runner->context
                                  ? hyp_keccak_batch_digest(runner->batches[0], (uint32_t)i)
                                  : messages->digests + 32 * i;
        hyp_keccak256(messages->bytes + i * messages->stride, messages->size, want);
        if (runner->hash != hash_by_openssl && memcmp(have, want, sizeof want) != 0) {
            fail(runner->name, HYP_EMISMATCH);
        }
    }
}

/* So many that messages and digests stay in a second-level cache and a batch is long enough. */
static struct messages create_messages(size_t size)
{
    struct messages messages = {.size = size, .stride = (size + 7) / 8 * 8};

    messages.count = size <= 136 ? 4096 : size <= 1024 ? 1024 : 256;
    messages.bytes = malloc(messages.count * messages.stride);
    messages.digests = malloc(messages.count * 32);
    if (!messages.bytes || !messages.digests) {
        fail("messages", HYP_ENOMEM);
    }
    for (size_t i = 0; i < messages.count * messages.stride; i++) {
        messages.bytes[i] = (uint8_t)(i * 2654435761u >> 13);
    }
    return messages;
}

static void measure_size(struct runner *runners, size_t count, size_t which)
{
    struct messages messages = create_messages(sizes[which]);

    for (size_t i = 0; i < count; i++) {
        fill_batches(&runners[i], &messages);
        verify(&runners[i], &messages);
    }
    for (size_t k = 0; k < SAMPLES; k++) {
        for (size_t i = 0; i < count; i++) {
            runners[i].samples[k] = sample(&runners[i], &messages);
        }
    }
    for (size_t i = 0; i < count; i++) {
        runners[i].ns_per_hash[which] = median(runners[i].samples, SAMPLES);
        destroy_batches(&runners[i]);
    }
    free(messages.bytes);
    free(messages.digests);
}

static size_t open_runners(struct runner *runners)
{
    static const char *const variants[] = {"portable", "avx2", "avx512"};
    size_t count = 0;

    for (size_t i = 0; i < 3; i++) {
        for (unsigned all = 0; all <= 1; all++) {
            if (open_runner(&runners[count], variants[i], !all) &&
                !(all && runners[count].threads == 1)) {
                count++;
            }
        }
    }
    snprintf(runners[count].name, sizeof runners[count].name, "OpenSSL SHA3-256");
    runners[count].threads = 1;
    runners[count++].hash = hash_by_openssl;
    if (peer_name) {
        snprintf(runners[count].name, sizeof runners[count].name, "%s", peer_name);
        runners[count].threads = 1;
        runners[count++].hash = peer_keccak256;
    }
    return count;
}

static void print_table(const struct runner *runners, size_t count, const char *cpu)
{
    const struct runner *peer = peer_name ? &runners[count - 1] : NULL;

    printf("Keccak-256 on %s, ns per hash (median of %d)%s\n\n", cpu, SAMPLES,
           peer ? "; in brackets: times as fast as XKCP" : "");
    printf("%-44s %7s", "implementation", "threads");
    for (size_t k = 0; k < SIZES; k++) {
        printf("  %8zu B    %s", sizes[k], peer ? "    " : "");
    }
    printf("\n");
    for (size_t i = 0; i < count; i++) {
        printf("%-44s %7u", runners[i].name, runners[i].threads);
        for (size_t k = 0; k < SIZES; k++) {
            printf("  %10.1f", runners[i].ns_per_hash[k]);
            if (peer) {
                printf(" (%5.2f)", peer->ns_per_hash[k] / runners[i].ns_per_hash[k]);
            } else {
                printf("   ");
            }
        }
        printf("\n");
    }
    printf("\n%s\n", peer ? "" : "No peer: build XKCP and run `make bench XKCP=DIR`.");
}

static int write_json(const char *path, const struct runner *runners, size_t count, const char *cpu)
{
    const struct runner *peer = peer_name ? &runners[count - 1] : NULL;
    FILE *file = fopen(path, "w");

    if (!file) {
        perror(path);
        return 1;
    }
    fprintf(file, "{\"op\":\"keccak256\",\"cpu\":\"%s\",\"samples\":%d,\"results\":[", cpu,
            SAMPLES);
    const char *comma = "";
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < SIZES; k++) {
            fprintf(file,
                    "%s\n{\"implementation\":\"%s\",\"threads\":%u,\"bytes\":%zu,"
                    "\"ns_per_hash\":%.2f,\"hashes_per_second\":%.0f",
                    comma, runners[i].name, runners[i].threads, sizes[k], runners[i].ns_per_hash[k],
                    1e9 / runners[i].ns_per_hash[k]);
            if (peer) {
                fprintf(file, ",\"ratio_to_xkcp\":%.3f",
                        peer->ns_per_hash[k] / runners[i].ns_per_hash[k]);
            }
            fprintf(file, "}");
            comma = ",";
        }
    }
    fprintf(file, "\n]}\n");
    return fclose(file) == 0 ? 0 : 1;
}

int main(int argc, char **argv)
{
    static struct runner runners[MAX_RUNNERS];
    char cpu[96];

    if (argc != 2) {
        fprintf(stderr, "usage: cpu_bench OUTPUT.json\n");
        return 2;
    }
    size_t count = open_runners(runners);
    snprintf(cpu, sizeof cpu, "%s", hyp_device_get_info(runners[0].device)->description);
    for (size_t k = 0; k < SIZES; k++) {
        measure_size(runners, count, k);
    }
    print_table(runners, count, cpu);
    int result = write_json(argv[1], runners, count, cpu);
    for (size_t i = 0; i < count; i++) {
        if (runners[i].context) {
            close_runner(&runners[i]);
        }
    }
    return result;
}
