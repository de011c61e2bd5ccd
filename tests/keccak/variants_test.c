/* Every CPU variant of the op keccak256 against its reference, bit for bit: all small batch sizes,
 * all kinds of lengths, malformed descriptors, memory that ends where the batch ends. */
#include <stdlib.h>
#include <string.h>

#include "host/src/backend/cpu_ops.h"
#include "host/src/ops/ops.h"
#include "tests/support/random_batch.h"
#include "tests/support/test.h"

static const enum hyp_cpu_variant portable = HYP_CPU_PORTABLE;
static const enum hyp_cpu_variant avx2 = HYP_CPU_AVX2;
static const enum hyp_cpu_variant avx512 = HYP_CPU_AVX512;

static void skip_unless_supported(enum hyp_cpu_variant variant)
{
    if (variant > hyp_cpu_variant_best()) {
        print_message("# this CPU lacks %s\n", hyp_cpu_variant_name(variant));
        skip();
    }
}

/* Both fill their output with different bytes first, so that what neither writes is seen. */
static void compare_with_reference(const struct random_batch *batch, uint32_t first, uint32_t last,
                                   enum hyp_cpu_variant variant)
{
    hyp_batch_header header;
    memcpy(&header, batch->input, sizeof header);
    uint8_t *want = malloc(batch->output_bytes);
    uint8_t *have = malloc(batch->output_bytes);
    assert_non_null(want);
    assert_non_null(have);
    memset(want, 0x55, batch->output_bytes);
    memset(have, 0x55, batch->output_bytes);

    hyp_op_keccak256.reference(batch->input, batch->input_bytes, NULL, want, first, last);

    const hyp_context context = {.cpu_variant = variant};
    const struct hyp_cpu_work work = {
        .header = &header,
        .input = batch->input,
        .output = have,
        .first = first,
        .last = last,
        .context = &context,
        .yield_ns = UINT64_MAX,
    };
    uint32_t failed = UINT32_MAX;
    assert_int_equal(hyp_cpu_op_find(HYP_OP_KECCAK256)->compute(&work, &failed), last - first);
    assert_memory_equal(have, want, batch->output_bytes);

    uint32_t failures = 0;
    for (uint32_t i = first; i < last; i++) {
        failures += want[HYP_STATUS_OFFSET + i] != HYP_STATUS_OK;
    }
    assert_int_equal(failed, failures);
    free(want);
    free(have);
}

static void small_batches(void **state)
{
    enum hyp_cpu_variant variant = *(const enum hyp_cpu_variant *)*state;
    struct random random = {0x68797065};

    skip_unless_supported(variant);
    for (uint32_t items = 0; items <= 40; items++) {
        for (int lengths = 0; lengths < LENGTHS_KINDS; lengths++) {
            for (unsigned bad = 0; bad <= 100; bad += 25) {
                struct random_batch batch =
                    random_batch_create(&random, items, (enum lengths)lengths, bad);
                compare_with_reference(&batch, 0, items, variant);
                random_batch_destroy(&batch);
            }
        }
    }
}

static void parts_of_batches(void **state)
{
    enum hyp_cpu_variant variant = *(const enum hyp_cpu_variant *)*state;
    struct random random = {0x70617274};

    skip_unless_supported(variant);
    for (int round = 0; round < 300; round++) {
        uint32_t items = 1 + (uint32_t)random_below(&random, 200);
        uint32_t first = (uint32_t)random_below(&random, items);
        uint32_t last = first + (uint32_t)random_below(&random, items - first + 1);
        struct random_batch batch = random_batch_create(
            &random, items, (enum lengths)random_below(&random, LENGTHS_KINDS), 10);
        compare_with_reference(&batch, first, last, variant);
        random_batch_destroy(&batch);
    }
}

/* Enough bytes for several looks at the clock. */
static void many_pieces(void **state)
{
    enum hyp_cpu_variant variant = *(const enum hyp_cpu_variant *)*state;
    struct random random = {0x70696563};

    skip_unless_supported(variant);
    struct random_batch batch = random_batch_create(&random, 6000, LENGTHS_TO_2000, 5);
    compare_with_reference(&batch, 0, 6000, variant);
    random_batch_destroy(&batch);
}

/* Work that lasts too long is stopped between pieces, and can be taken up there. */
static void yielding(void **state)
{
    enum hyp_cpu_variant variant = *(const enum hyp_cpu_variant *)*state;
    struct random random = {0x7969656c};
    hyp_batch_header header;
    uint32_t items = 6000;
    const hyp_context context = {.cpu_variant = variant};
    uint32_t failed_in_all = 0;
    int parts = 0;

    skip_unless_supported(variant);
    struct random_batch batch = random_batch_create(&random, items, LENGTHS_TO_2000, 5);
    memcpy(&header, batch.input, sizeof header);
    uint8_t *want = calloc(1, batch.output_bytes);
    uint8_t *have = calloc(1, batch.output_bytes);
    assert_non_null(want);
    assert_non_null(have);
    hyp_op_keccak256.reference(batch.input, batch.input_bytes, NULL, want, 0, items);
    for (uint32_t first = 0; first < items; parts++) {
        const struct hyp_cpu_work work = {
            .header = &header,
            .input = batch.input,
            .output = have,
            .first = first,
            .last = items,
            .context = &context,
            .yield_ns = 1,
        };
        uint32_t failed = 0;
        uint32_t done = hyp_cpu_op_find(HYP_OP_KECCAK256)->compute(&work, &failed);
        assert_in_range(done, 1, items - first);
        failed_in_all += failed;
        first += done;
    }
    assert_true(parts > 3);
    assert_true(failed_in_all > 0);
    for (uint32_t i = 0; i < items; i++) {
        failed_in_all -= want[HYP_STATUS_OFFSET + i] != HYP_STATUS_OK;
    }
    assert_int_equal(failed_in_all, 0);
    assert_memory_equal(have, want, batch.output_bytes);
    free(want);
    free(have);
    random_batch_destroy(&batch);
}

/* The reference and the variants share the check of descriptors; the known answers do not. */
static void known_answers(void **state)
{
    const struct hyp_op_info *op = &hyp_op_keccak256;
    uint8_t *input = calloc(1, 65536);
    uint8_t *output = calloc(1, 65536);
    hyp_batch_header header;

    (void)state;
    assert_true(input && output);
    size_t bytes = op->known_answer_batch(input, 65536);
    assert_true(bytes > 0);
    memcpy(&header, input, sizeof header);
    assert_int_equal(hyp_batch_check(&header, bytes), HYP_OK);
    op->reference(input, bytes, NULL, output, 0, header.item_count);
    assert_int_equal(op->known_answer_check(input, output, NULL), HYP_OK);
    for (uint32_t i = 0; i < header.item_count; i++) { /* one wrong bit anywhere is found */
        uint8_t *digest = output + hyp_results_offset(header.item_count) + 32 * (size_t)i;
        digest[31] ^= 0x80;
        assert_int_equal(op->known_answer_check(input, output, NULL), HYP_EMISMATCH);
        digest[31] ^= 0x80;
        output[HYP_STATUS_OFFSET + i] ^= 1;
        assert_int_equal(op->known_answer_check(input, output, NULL), HYP_EMISMATCH);
        output[HYP_STATUS_OFFSET + i] ^= 1;
    }
    free(input);
    free(output);
}

#define OF_VARIANT(test, variant)                                                                  \
    {                                                                                              \
#test " " #variant, test, NULL, NULL, (void *)&(variant)                                   \
    }
#define OF_ALL_VARIANTS(test)                                                                      \
    OF_VARIANT(test, portable), OF_VARIANT(test, avx2), OF_VARIANT(test, avx512)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_answers),   OF_ALL_VARIANTS(small_batches),
        OF_ALL_VARIANTS(parts_of_batches), OF_ALL_VARIANTS(many_pieces),
        OF_ALL_VARIANTS(yielding),
    };
    return cmocka_run_group_tests_name("keccak256 variants", tests, NULL, NULL);
}
