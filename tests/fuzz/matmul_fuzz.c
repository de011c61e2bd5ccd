/* Batches of matmul with hostile descriptors: the CPU's kernels, items whole and in parts, give
 * what the reference gives, read nothing outside the batch and write nothing outside the output.
 * The first byte chooses how; the rest is the batch behind its magic and version. */
#include <stdlib.h>
#include <string.h>

#include "host/src/backend/cpu_ops.h"
#include "host/src/matmul/matmul.h"
#include "host/src/ops/matmul.h"
#include "host/src/ops/ops.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MOST_BEATS = 1024, MOST_ITEMS = 16 };
static const uint64_t most_products = 200000;

/* Whether the batch is small enough to be computed by the reference a hundred times a second. */
static bool is_small(const hyp_batch_header *header, const uint8_t *input)
{
    uint64_t products = 0;

    if (header->item_count > MOST_ITEMS || header->result_beats > MOST_BEATS) {
        return false;
    }
    for (uint32_t i = 0; i < header->item_count; i++) {
        hyp_matmul_descriptor item;
        memcpy(&item, input + header->descriptors_offset + i * sizeof item, sizeof item);
        if (hyp_matmul_check(header, &item, NULL) == HYP_STATUS_OK) {
            products += (uint64_t)item.rows * item.columns * (item.inner + UINT64_C(1));
        }
    }
    return products <= most_products;
}

static void compute(const hyp_batch_header *header, const uint8_t *input, uint8_t choice,
                    uint8_t *output)
{
    const enum hyp_cpu_variant best = hyp_cpu_variant_best();
    const hyp_context context = {.cpu_variant = (enum hyp_cpu_variant)(choice % (best + 1u))};
    const uint32_t parts = 1 + choice / 4 % 8;
    struct hyp_cpu_work work = {
        .header = header,
        .input = input,
        .output = output,
        .last = header->item_count * parts,
        .parts = parts,
        .context = &context,
        .yield_ns = UINT64_MAX,
    };
    uint32_t failed;

    if (header->item_count &&
        hyp_cpu_op_find(HYP_OP_MATMUL)->compute(&work, &failed) != work.last) {
        abort();
    }
}

static void compare(const hyp_batch_header *header, const uint8_t *input, size_t input_bytes,
                    uint8_t choice)
{
    size_t bytes = hyp_batch_output_bytes(header);
    uint8_t *want = malloc(bytes);
    uint8_t *have = malloc(bytes);

    if (want && have) {
        memset(want, 0xa5, bytes);
        memset(have, 0xa5, bytes);
        hyp_op_matmul.reference(input, input_bytes, NULL, want, 0, header->item_count);
        compute(header, input, choice, have);
        if (memcmp(want + HYP_STATUS_OFFSET, have + HYP_STATUS_OFFSET, bytes - HYP_STATUS_OFFSET)) {
            abort();
        }
    }
    free(want);
    free(have);
}

/* A slice is a batch that holds together, and no longer than the whole. */
static void gather(const hyp_batch_header *header, const uint8_t *input, size_t input_bytes,
                   uint8_t choice)
{
    uint32_t first = choice % header->item_count;
    hyp_batch_header sliced;
    uint8_t *out = malloc(input_bytes + 64);

    if (out) {
        const struct hyp_slice slice = {header, input, first, header->item_count};
        size_t bytes = hyp_op_matmul.gather(&slice, 1, 1, out, input_bytes + 64);
        memcpy(&sliced, out, sizeof sliced);
        if (bytes > input_bytes + 64 || hyp_batch_check(&sliced, bytes) ||
            sliced.result_beats > header->result_beats) {
            abort();
        }
    }
    free(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    hyp_batch_header header;

    if (size < 1 + sizeof header) {
        return 0;
    }
    size_t input_bytes = size - 1;
    uint8_t *input = aligned_alloc(64, (input_bytes + 63) & ~(size_t)63);
    if (!input) {
        return 0;
    }
    memcpy(input, data + 1, input_bytes);
    memcpy(&header, input, sizeof header);
    header.magic = HYP_BATCH_INPUT_MAGIC;
    header.layout_version = HYP_BATCH_LAYOUT_VERSION;
    header.op = HYP_OP_MATMUL;
    memcpy(input, &header, sizeof header);
    if (hyp_batch_check(&header, input_bytes) == HYP_OK && is_small(&header, input)) {
        compare(&header, input, input_bytes, data[0]);
        if (header.item_count) {
            gather(&header, input, input_bytes, data[0]);
        }
    }
    free(input);
    return 0;
}
