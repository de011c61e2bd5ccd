/* What checking costs, against what it saves.
 *
 *   build/bench/verify
 *
 * One thread, nanoseconds of processor time, best of interleaved rounds: Freivalds' test against
 * the CPU's own product, and the sample of a batch of recoveries against all of it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "host/src/freivalds/freivalds.h"
#include "host/src/matmul/matmul.h"
#include "host/src/memory.h"
#include "host/src/ops/op.h"
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

/* A batch of recoveries, computed; then checked by its sample. */
static void measure_sample(const hyp_context *context, uint32_t items)
{
    struct hyp_verifier verifier;
    struct hyp_memory input;
    struct hyp_memory output;
    const size_t bytes =
        sizeof(hyp_batch_header) + (size_t)items * sizeof(hyp_ecrecover_descriptor);
    const hyp_batch_header header = {.magic = HYP_BATCH_INPUT_MAGIC,
                                     .layout_version = HYP_BATCH_LAYOUT_VERSION,
                                     .op = HYP_OP_ECRECOVER,
                                     .item_count = items,
                                     .descriptors_offset = sizeof header,
                                     .descriptors_length = bytes - sizeof header,
                                     .data_offset = bytes};
    hyp_error error = {0, ""};
    double best[2] = {1e18, 1e18};

    if (hyp_verifier_init(&verifier, context) || hyp_memory_create(&input, bytes, false, 0) ||
        hyp_memory_create(&output, hyp_batch_output_bytes(&header), false, 0)) {
        exit(1);
    }
    memcpy(input.data, &header, sizeof header);
    struct random_source random = {1};
    hyp_ecrecover_descriptor *items_at = (void *)((uint8_t *)input.data + sizeof header);
    for (uint32_t i = 0; i < items; i++) {
        sign_random(&random, &items_at[i]);
    }
    const struct hyp_run run = {.op = HYP_OP_ECRECOVER,
                                .input = &input,
                                .output = &output,
                                .input_bytes = bytes,
                                .output_bytes = hyp_batch_output_bytes(&header)};
    hyp_op_find(HYP_OP_ECRECOVER)->reference(input.data, bytes, NULL, output.data, 0, items);
    for (int round = 0; round < 40; round++) {
        double start = now();
        int strict =
            round < 4 ? hyp_verify(&verifier, HYP_VERIFY_STRICT, &header, &run, &error) : 0;
        double middle = now();
        int sampled = hyp_verify(&verifier, HYP_VERIFY_SAMPLED, &header, &run, &error);
        double end = now();
        if (strict || sampled) {
            fprintf(stderr, "verify: %s\n", error.message);
            exit(1);
        }
        if (round < 4) {
            best[0] = middle - start < best[0] ? middle - start : best[0];
        }
        best[1] = end - middle < best[1] ? end - middle : best[1];
    }
    printf(
        "ecrecover, %u items: strict %.0f ns an item, sampled (%u looks) %.1f ns an item: %.2f %% "
        "of a core at 1 M items/s\n",
        items, best[0] / items, hyp_verify_sample_size(HYP_VERIFY_SAMPLED, HYP_OP_ECRECOVER, items),
        best[1] / items, best[1] / items / 10);
    hyp_verifier_release(&verifier);
    hyp_memory_destroy(&input);
    hyp_memory_destroy(&output);
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
    for (uint32_t items = 256; items <= 16384; items *= 4) {
        measure_sample(context, items);
    }
    hyp_context_destroy(context);
    return 0;
}
