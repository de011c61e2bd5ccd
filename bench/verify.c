/* What checking costs, against what it saves.
 *
 *   build/bench/verify
 *
 * One thread, nanoseconds of processor time, best of interleaved rounds: Freivalds' test against
 * the CPU's own product, the sample of a batch of recoveries, all of a batch, proven and
 * computed again, and the checksums of input and results. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "host/src/freivalds/freivalds.h"
#include "host/src/matmul/matmul.h"
#include "host/src/memory.h"
#include "host/src/ops/op.h"
#include "host/src/recover/recover.h"
#include "host/src/result_check.h"
#include "host/src/verify.h"
#include "tests/recover/signatures.h"

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static uint8_t *random_bytes(size_t count)
{
    uint64_t state = 1;
    uint8_t *bytes = aligned_alloc(64, (count + 63) / 64 * 64);
    for (size_t i = 0; i < count; i++) {
        state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        bytes[i] = (uint8_t)(state >> 56);
    }
    return bytes;
}

static void measure_product(uint32_t size, enum hyp_cpu_variant variant)
{
    uint8_t *a = random_bytes((size_t)size * size);
    uint8_t *b = random_bytes((size_t)size * size);
    uint8_t *c = random_bytes((size_t)size * size * 4);
    const struct hyp_matmul_task task = {.a = (int8_t *)a,
                                         .a_pitch = size,
                                         .rows = size,
                                         .inner = size,
                                         .columns = size,
                                         .panels = b,
                                         .width = 4,
                                         .result = c,
                                         .result_pitch = (size_t)size * 4};
    const struct hyp_freivalds_product product = {
        .rows = size, .inner = size, .columns = size, .a = a, .b = b, .c = c};
    double best[2] = {1e18, 1e18};

    for (int round = 0; round < (size > 1000 ? 9 : 60); round++) {
        double start = now();
        hyp_matmul_compute(&task, hyp_matmul_kernel_for(variant), 0, (size + 63) / 64);
        double middle = now();
        int right = hyp_freivalds(&product, variant);
        double end = now();
        if (right != 1) {
            fprintf(stderr, "verify: a right product was refused\n");
            exit(1);
        }
        best[0] = middle - start < best[0] ? middle - start : best[0];
        best[1] = end - middle < best[1] ? end - middle : best[1];
    }
    printf("%s, %u^3: product %.0f us, Freivalds' test %.1f us, %.2f %%\n",
           hyp_cpu_variant_name(variant), size, best[0] / 1e3, best[1] / 1e3,
           100 * best[1] / best[0]);
    free(a);
    free(b);
    free(c);
}

/* --- recoveries ----------------------------------------------------------------------------- */

/* A batch, and right answers to it. */
struct recoveries {
    hyp_batch_header header;
    struct hyp_memory input;
    struct hyp_memory output;
    struct hyp_run run;
    struct hyp_verifier verifier;
};

static void make_recoveries(struct recoveries *batch, const hyp_context *context, uint32_t items)
{
    const size_t bytes =
        sizeof(hyp_batch_header) + (size_t)items * sizeof(hyp_ecrecover_descriptor);
    struct random_source random = {1};

    batch->header = (hyp_batch_header){.magic = HYP_BATCH_INPUT_MAGIC,
                                       .layout_version = HYP_BATCH_LAYOUT_VERSION,
                                       .op = HYP_OP_ECRECOVER,
                                       .item_count = items,
                                       .descriptors_offset = sizeof batch->header,
                                       .descriptors_length = bytes - sizeof batch->header,
                                       .data_offset = bytes};
    const size_t output_bytes = hyp_batch_output_bytes(&batch->header);
    if (hyp_verifier_init(&batch->verifier, context) ||
        hyp_memory_create(&batch->input, bytes, false, 0) ||
        hyp_memory_create(&batch->output, output_bytes, false, 0)) {
        exit(1);
    }
    memcpy(batch->input.data, &batch->header, sizeof batch->header);
    hyp_ecrecover_descriptor *descriptors =
        (void *)((uint8_t *)batch->input.data + sizeof batch->header);
    for (uint32_t i = 0; i < items; i++) {
        sign_random(&random, &descriptors[i]);
    }
    batch->run = (struct hyp_run){.op = HYP_OP_ECRECOVER,
                                  .input = &batch->input,
                                  .output = &batch->output,
                                  .input_bytes = bytes,
                                  .output_bytes = output_bytes};
    hyp_op_find(HYP_OP_ECRECOVER)
        ->reference(batch->input.data, bytes, NULL, batch->output.data, 0, items);
}

static void release_recoveries(struct recoveries *batch)
{
    hyp_verifier_release(&batch->verifier);
    hyp_memory_destroy(&batch->input);
    hyp_memory_destroy(&batch->output);
}

static void expect_right(int result, const hyp_error *error)
{
    if (result) {
        fprintf(stderr, "verify: %s\n", error->message);
        exit(1);
    }
}

static void measure_sample(const hyp_context *context, uint32_t items)
{
    struct recoveries batch;
    hyp_error error = {0, ""};
    double best = 1e18;

    make_recoveries(&batch, context, items);
    for (int round = 0; round < 40; round++) {
        double start = now();
        int result =
            hyp_verify(&batch.verifier, HYP_VERIFY_SAMPLED, &batch.header, &batch.run, &error);
        double end = now();
        expect_right(result, &error);
        best = end - start < best ? end - start : best;
    }
    printf("ecrecover, %u items: sampled (%u looks) %.1f ns an item: %.2f %% of a core at "
           "1 M items/s\n",
           items, hyp_verify_sample_size(HYP_VERIFY_SAMPLED, HYP_OP_ECRECOVER, items), best / items,
           best / items / 10);
    release_recoveries(&batch);
}

/* All answers: computed again, and as strict verification does it. */
static void measure_strict(const hyp_context *context, uint32_t items)
{
    struct recoveries batch;
    hyp_error error = {0, ""};
    double best[2] = {1e18, 1e18};

    make_recoveries(&batch, context, items);
    for (uint32_t round = 0; round < 4 + 20000 / items; round++) {
        double start = now();
        expect_right(hyp_verify_items(&batch.verifier, &batch.header, &batch.run, 0, items, &error),
                     &error);
        double middle = now();
        expect_right(
            hyp_verify(&batch.verifier, HYP_VERIFY_STRICT, &batch.header, &batch.run, &error),
            &error);
        double end = now();
        best[0] = middle - start < best[0] ? middle - start : best[0];
        best[1] = end - middle < best[1] ? end - middle : best[1];
    }
    printf("%s, %u items: computed again %.0f ns an item, strict %.0f ns (%s): %.2f times\n",
           hyp_recover_method(context->recover), items, best[0] / items, best[1] / items,
           items >= hyp_recover_least_proven(context->recover) ? "proven" : "computed again",
           best[0] / best[1]);
    release_recoveries(&batch);
}

/* Signatures whose keys the caller expects: recovered, and checked. Of `different` signatures, one
 * after the other; with one, all points that meet are equal. */
static void measure_expected(const hyp_context *context, uint32_t items, uint32_t different)
{
    struct recoveries batch;
    double best[2] = {1e18, 1e18};

    make_recoveries(&batch, context, items);
    hyp_ecrecover_descriptor *descriptors =
        (void *)((uint8_t *)batch.input.data + sizeof batch.header);
    hyp_ecrecover_result *results =
        (void *)((uint8_t *)batch.output.data + hyp_results_offset(items));
    for (uint32_t i = different; i < items; i++) {
        descriptors[i] = descriptors[i % different];
        results[i] = results[i % different];
    }
    uint8_t *statuses = malloc(items);
    uint8_t(*keys)[64] = malloc((size_t)items * sizeof *keys);
    for (uint32_t i = 0; i < items; i++) {
        memcpy(keys[i], results[i].public_key, sizeof keys[i]);
    }
    for (uint32_t round = 0; round < 4 + 20000 / items; round++) {
        double start = now();
        hyp_recover_batch(context->recover, descriptors, items, 0, statuses, results);
        double middle = now();
        bool right = hyp_recover_check_keys(context->recover, descriptors,
                                            (const uint8_t(*)[64])keys, items, 0, statuses);
        double end = now();
        if (!right) {
            fprintf(stderr, "verify: a right key was refused\n");
            exit(1);
        }
        best[0] = middle - start < best[0] ? middle - start : best[0];
        best[1] = end - middle < best[1] ? end - middle : best[1];
    }
    printf("%s, %u expected keys, %u different: recovered %.0f ns a key, checked %.0f ns: "
           "%.2f times\n",
           hyp_recover_method(context->recover), items, different, best[0] / items, best[1] / items,
           best[0] / best[1]);
    free(statuses);
    free(keys);
    release_recoveries(&batch);
}

static void measure_recoveries(hyp_context *context)
{
    static const uint32_t counts[] = {64, 128, 256, 512, 1024, 4096, 16384};
    struct hyp_recover_context *best = context->recover;

    for (uint32_t items = 256; items <= 16384; items *= 4) {
        measure_sample(context, items);
    }
    for (int method = (int)hyp_recover_best_method(context->cpu_variant);
         method > HYP_RECOVER_SINGLE; method--) {
        if (hyp_recover_context_create_with((enum hyp_recover_method)method, NULL,
                                            &context->recover)) {
            exit(1);
        }
        for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
            measure_strict(context, counts[i]);
        }
        for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
            measure_expected(context, counts[i], counts[i]);
        }
        measure_expected(context, 1024, 1);
        hyp_recover_context_destroy(context->recover);
    }
    context->recover = best;
}

/* Messages side by side, as the builder lays them out, and what a card answers. */
static void measure_checksums(uint32_t length, uint32_t items)
{
    const size_t padded = (length + 7) / 8 * 8;
    hyp_batch_header header = {.magic = HYP_BATCH_INPUT_MAGIC,
                               .layout_version = HYP_BATCH_LAYOUT_VERSION,
                               .op = HYP_OP_KECCAK256,
                               .item_count = items,
                               .descriptors_offset = sizeof header,
                               .descriptors_length = items * sizeof(hyp_keccak_descriptor),
                               .data_length = items * padded};
    header.data_offset = (sizeof header + header.descriptors_length + 63) / 64 * 64;
    const size_t bytes = (header.data_offset + header.data_length + 63) / 64 * 64;
    uint8_t *input = random_bytes(bytes);
    uint8_t *output = random_bytes(hyp_batch_output_bytes(&header));
    const struct hyp_memory memory = {.data = input, .size = bytes, .fd = -1};
    volatile uint64_t sink = 0; /* so that nothing is left out */
    double best[2] = {1e18, 1e18};

    memcpy(input, &header, sizeof header);
    for (uint32_t i = 0; i < items; i++) {
        const hyp_keccak_descriptor descriptor = {header.data_offset + i * padded, length, 0};
        memcpy(input + sizeof header + i * sizeof descriptor, &descriptor, sizeof descriptor);
    }
    for (int round = 0; round < 200; round++) {
        double start = now();
        uint64_t crc = 0;
        hyp_input_crc(&header, &memory, NULL, UINT64_MAX, &crc);
        sink += crc;
        double middle = now();
        sink += hyp_result_crc(&header, input, output);
        double end = now();
        best[0] = middle - start < best[0] ? middle - start : best[0];
        best[1] = end - middle < best[1] ? end - middle : best[1];
    }
    printf("keccak256, %u messages of %u bytes: checksum of the input %.2f ns an item (%.1f GB/s), "
           "of the results %.2f ns\n",
           items, length, best[0] / items, (double)bytes / best[0], best[1] / items);
    (void)sink;
    free(input);
    free(output);
}

int main(void)
{
    hyp_context *context;

    for (int variant = HYP_CPU_PORTABLE; variant <= (int)hyp_cpu_variant_best(); variant++) {
        measure_product(512, (enum hyp_cpu_variant)variant);
        measure_product(2048, (enum hyp_cpu_variant)variant);
    }
    if (hyp_context_create(NULL, &context, NULL)) {
        return 1;
    }
    measure_recoveries(context);
    hyp_context_destroy(context);
    measure_checksums(64, 16384);
    measure_checksums(136, 16384);
    measure_checksums(532, 4096);
    return 0;
}
