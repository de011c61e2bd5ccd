/* Senders of many blocks, from bytes to addresses: through the library's CPU device with one
 * thread, and in a plain loop with the same parser, hyp_keccak256 and libsecp256k1. Both run in
 * turn. What counts is the CPU time of the whole process, of the best run of each: other work on
 * the machine does not change it much, and what the library's threads do at the same time is not
 * hidden.
 *
 *     blocks_bench RESULT.json FILE.rlp… */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <secp256k1.h>
#include <secp256k1_recovery.h>

#include "host/cli/block.h"
#include "hyperion/keccak.h"
#include "tests/support/shared_data.h"

enum { ROUNDS = 15 };

struct input {
    struct eth_bytes *files;
    size_t count;
    size_t bytes;
};

struct result {
    uint64_t ns;
    size_t transactions;
    uint8_t digest[32]; /* of all addresses: both ways must find the same */
};

static void die(const char *what)
{
    fprintf(stderr, "blocks_bench: %s\n", what);
    exit(3);
}

static uint64_t cpu_ns(void)
{
    struct timespec time;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (uint64_t)time.tv_sec * UINT64_C(1000000000) + (uint64_t)time.tv_nsec;
}

static struct eth_block *decode_all(const struct input *input, struct eth_arena *arena)
{
    struct eth_block *blocks = eth_arena_array(arena, input->count, sizeof blocks[0]);
    struct eth_error error;

    for (size_t i = 0; i < input->count; i++) {
        if (!blocks || eth_block_decode(input->files[i], arena, &blocks[i], &error)) {
            die("a block does not decode");
        }
    }
    return blocks;
}

static void finish(struct result *result, const struct eth_block *blocks, size_t count,
                   const struct block_senders *senders, uint64_t started_ns)
{
    uint8_t chain[32 + ETH_ADDRESS_SIZE] = {0};

    result->ns = cpu_ns() - started_ns;
    result->transactions = 0;
    for (size_t i = 0; i < count; i++) {
        for (size_t t = 0; t < blocks[i].transaction_count; t++) {
            memcpy(chain + 32, senders[i].addresses[t], ETH_ADDRESS_SIZE);
            hyp_keccak256(chain, sizeof chain, chain);
        }
        result->transactions += blocks[i].transaction_count;
    }
    memcpy(result->digest, chain, 32);
}

/* What a node does today: one transaction after the other. */
static void recover_plainly(const secp256k1_context *secp256k1,
                            const struct eth_transaction *transaction, uint8_t *address)
{
    secp256k1_ecdsa_recoverable_signature signature;
    secp256k1_pubkey point;
    struct eth_signing_edges edges;
    uint8_t payload[1 << 17];
    uint8_t bytes[65];
    uint8_t hash[32];
    size_t size = sizeof bytes;

    eth_transaction_signing_edges(transaction, &edges);
    struct eth_message message = {
        .head = {edges.head, edges.head_size},
        .body = transaction->unsigned_fields,
        .tail = {edges.tail, edges.tail_size},
    };
    if (eth_message_size(&message) > sizeof payload) {
        die("a transaction is too large");
    }
    eth_message_write(&message, payload);
    hyp_keccak256(payload, eth_message_size(&message), hash);
    memcpy(bytes, transaction->r, 32);
    memcpy(bytes + 32, transaction->s, 32);
    if (!secp256k1_ecdsa_recoverable_signature_parse_compact(secp256k1, &signature, bytes,
                                                             transaction->recid) ||
        !secp256k1_ecdsa_recover(secp256k1, &point, &signature, hash)) {
        die("a sender cannot be recovered");
    }
    secp256k1_ec_pubkey_serialize(secp256k1, bytes, &size, &point, SECP256K1_EC_UNCOMPRESSED);
    hyp_keccak256(bytes + 1, 64, hash);
    memcpy(address, hash + 12, ETH_ADDRESS_SIZE);
}

static void run_plainly(const struct input *input, struct result *result)
{
    struct eth_arena arena = {0};
    uint64_t started_ns = cpu_ns();
    const struct eth_block *blocks = decode_all(input, &arena);
    struct block_senders *senders = eth_arena_array(&arena, input->count, sizeof senders[0]);

    if (!senders) {
        die("out of memory");
    }
    for (size_t i = 0; i < input->count; i++) {
        size_t count = blocks[i].transaction_count;
        senders[i].addresses = eth_arena_array(&arena, count, ETH_ADDRESS_SIZE);
        if (!senders[i].addresses) {
            die("out of memory");
        }
        for (size_t t = 0; t < count; t++) {
            recover_plainly(secp256k1_context_static, &blocks[i].transactions[t],
                            senders[i].addresses[t]);
        }
    }
    finish(result, blocks, input->count, senders, started_ns);
    eth_arena_release(&arena);
}

static void run_on_device(struct block_device *device, struct block_recovery *recovery,
                          const struct input *input, struct result *result)
{
    struct eth_arena arena = {0};
    uint64_t started_ns = cpu_ns();
    const struct eth_block *blocks = decode_all(input, &arena);
    struct eth_hasher hasher = block_device_hasher(device);
    struct block_senders *senders = eth_arena_array(&arena, input->count, sizeof senders[0]);
    struct eth_keccak_work *work = eth_arena_array(&arena, input->count, sizeof work[0]);
    uint8_t(**hashes)[ETH_HASH_SIZE] = eth_arena_array(&arena, input->count, sizeof(void *));

    if (!senders || !work || !hashes) {
        die("out of memory");
    }
    memset(work, 0, input->count * sizeof work[0]);
    if (eth_blocks_signing_hashes(blocks, input->count, &hasher, &arena, hashes, work) ||
        block_recovery_start(recovery, blocks, input->count, hashes, &arena, senders) ||
        block_recovery_finish(recovery)) {
        die("the device failed");
    }
    finish(result, blocks, input->count, senders, started_ns);
    eth_arena_release(&arena);
}

static void keep_best(struct result *best, const struct result *result)
{
    if (best->ns == 0 || result->ns < best->ns) {
        *best = *result;
    }
}

static void report(const char *path, const struct input *input, const struct result *plain,
                   const struct result *ours)
{
    double ratio = (double)plain->ns / (double)ours->ns;
    FILE *out = fopen(path, "w");

    printf("%zu blocks, %.1f MB, %zu senders, CPU time, best of %d runs\n", input->count,
           (double)input->bytes / 1e6, ours->transactions, (int)ROUNDS);
    printf("  %-28s %8.1f ms  %6.2f us a sender\n", "parser + libsecp256k1, loop",
           (double)plain->ns / 1e6, (double)plain->ns / 1e3 / (double)plain->transactions);
    printf("  %-28s %8.1f ms  %6.2f us a sender\n", "parser + hyperion, cpu",
           (double)ours->ns / 1e6, (double)ours->ns / 1e3 / (double)ours->transactions);
    printf("  ratio %.2f\n", ratio);
    if (!out ||
        fprintf(
            out,
            "{\"blocks\":%zu,\"bytes\":%zu,\"senders\":%zu,\"loop_ns\":%llu,\"hyperion_ns\":%llu,"
            "\"ratio\":%.3f}\n",
            input->count, input->bytes, ours->transactions, (unsigned long long)plain->ns,
            (unsigned long long)ours->ns, ratio) < 0 ||
        fclose(out) != 0) {
        die("cannot write the result");
    }
}

static void compare(struct block_device *device, struct block_recovery *recovery,
                    const struct input *input, const char *path)
{
    struct result plain = {0};
    struct result ours = {0};
    struct result result;

    for (int i = 0; i < ROUNDS; i++) {
        run_on_device(device, recovery, input, &result);
        keep_best(&ours, &result);
        if (i % 5 == 0) {
            run_plainly(input, &result);
            keep_best(&plain, &result);
        }
    }
    if (memcmp(plain.digest, ours.digest, sizeof plain.digest) != 0) {
        die("the two disagree");
    }
    report(path, input, &plain, &ours);
}

static struct input read_files(char **names, int count)
{
    struct input input = {calloc((size_t)count, sizeof(struct eth_bytes)), (size_t)count, 0};

    for (int i = 0; input.files && i < count; i++) {
        input.files[i].data = read_whole_file(names[i], &input.files[i].size);
        if (!input.files[i].data) {
            die("a file cannot be read");
        }
        input.bytes += input.files[i].size;
    }
    return input;
}

int main(int argc, char **argv)
{
    hyp_context_options options = HYP_CONTEXT_OPTIONS_INIT;
    struct cli_device cli = {0};
    struct block_device *device = NULL;
    struct block_recovery *recovery = NULL;

    if (argc < 3) {
        die("usage: blocks_bench RESULT.json FILE.rlp…");
    }
    struct input input = read_files(argv + 2, argc - 2);
    options.cpu_threads = 1;
    if (hyp_context_create(&options, &cli.context, NULL) ||
        hyp_device_open(cli.context, "cpu", NULL, &cli.device, NULL)) {
        die("no cpu device");
    }
    cli.info = hyp_device_get_info(cli.device);
    if (block_device_create(&cli, &device) ||
        block_recovery_create(&cli, UINT64_C(60000000000), &recovery)) {
        die("no ecrecover");
    }
    compare(device, recovery, &input, argv[1]);
    block_recovery_destroy(recovery);
    block_device_destroy(device);
    hyp_device_close(cli.device);
    hyp_context_destroy(cli.context);
    for (size_t i = 0; i < input.count; i++) {
        free((void *)input.files[i].data);
    }
    free(input.files);
    return 0;
}
