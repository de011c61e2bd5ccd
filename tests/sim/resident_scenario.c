#include "tests/sim/resident_scenario.h"

#include <stdlib.h>
#include <string.h>

#include "host/src/context.h"
#include "host/src/memory.h"
#include "host/src/ops/op.h"
#include "tests/support/test.h"

enum {
    ROWS = 3,
    INNER = 100,
    COLUMNS = 130,
    ITEMS = 3, /* with B alone, with bias, with multipliers */
    A_BYTES = ROWS * 128,
    B_BYTES = 3 * INNER * 64,
    WORDS_BYTES = 9 * 64,
    REQUANT_BYTES = WORDS_BYTES + 3 * 64,
    BIAS_AT = B_BYTES,
    REQUANT_AT = BIAS_AT + WORDS_BYTES,
    WEIGHTS_BYTES = REQUANT_AT + REQUANT_BYTES,
    DATA_AT = 64 + ITEMS * 64,
    ARENA_BYTES = 1 << 16,
};

static const uint64_t timeout_ns = UINT64_C(60000000000);

struct story {
    const struct hyp_backend *backend;
    void *card;
    struct hyp_memory arena;
    struct hyp_memory input;
    struct hyp_memory output;
    size_t output_bytes;
    hyp_batch_header header;
};

static void fill(void *bytes, size_t size, unsigned seed)
{
    uint32_t state = seed;
    for (size_t i = 0; i < size; i++) {
        state = state * 1664525 + 1013904223;
        ((uint8_t *)bytes)[i] = (uint8_t)(state >> 24);
    }
}

/* Three products of one A by weights at `weights` in the arena. */
static void write_batch(struct story *story, uint64_t weights)
{
    static const uint32_t flags[ITEMS] = {0, HYP_MATMUL_BIAS,
                                          HYP_MATMUL_BIAS | HYP_MATMUL_REQUANT8};
    uint8_t *input = story->input.data;
    uint64_t results = 0;
    for (uint32_t i = 0; i < ITEMS; i++) {
        const uint64_t row = flags[i] & HYP_MATMUL_REQUANT8 ? 3 * 64 : WORDS_BYTES;
        const hyp_matmul_descriptor item = {
            .rows = ROWS,
            .inner = INNER,
            .columns = COLUMNS,
            .flags = flags[i] | HYP_MATMUL_B_RESIDENT,
            .a_offset = DATA_AT,
            .b_offset = weights,
            .bias_offset = weights + BIAS_AT,
            .requant_offset = weights + REQUANT_AT,
            .result_offset = results,
        };
        memcpy(input + 64 + (size_t)i * 64, &item, sizeof item);
        results += ROWS * row;
    }
    story->header = (hyp_batch_header){
        .magic = HYP_BATCH_INPUT_MAGIC,
        .layout_version = HYP_BATCH_LAYOUT_VERSION,
        .op = HYP_OP_MATMUL,
        .item_count = ITEMS,
        .sequence = 7,
        .descriptors_offset = 64,
        .descriptors_length = ITEMS * 64,
        .data_offset = DATA_AT,
        .data_length = A_BYTES,
        .result_beats = (uint32_t)(results / 64),
    };
    memcpy(input, &story->header, sizeof story->header);
    story->output_bytes = hyp_batch_output_bytes(&story->header);
}

/* Returns the run's result. */
static int run(struct story *story, const struct hyp_memory *resident)
{
    struct hyp_run run = {
        .op = HYP_OP_MATMUL,
        .input = &story->input,
        .output = &story->output,
        .resident = resident,
        .input_bytes = DATA_AT + A_BYTES,
        .output_bytes = story->output_bytes,
        .deadline_ns = UINT64_MAX,
    };
    struct hyp_run *finished = NULL;
    hyp_error error = {0, ""};
    uint64_t end = hyp_clock_ns() + timeout_ns;
    memset(story->output.data, 0xcc, story->output_bytes);
    assert_int_equal(story->backend->start(story->card, &run), 0);
    while (!finished && hyp_clock_ns() < end) {
        if (story->backend->progress(story->card, end, &finished, &error)) {
            fail_msg("progress: %s", error.message);
        }
    }
    assert_ptr_equal(finished, &run);
    return run.result;
}

/* Runs, and compares statuses and results with the definition, by what the card should have. */
static void run_with(struct story *story, const struct hyp_memory *resident,
                     const struct hyp_memory *on_card)
{
    uint8_t *expected = calloc(1, story->output_bytes);
    const uint8_t *output = story->output.data;
    assert_non_null(expected);
    assert_int_equal(run(story, resident), 0);
    hyp_op_find(HYP_OP_MATMUL)
        ->reference(story->input.data, DATA_AT + A_BYTES, on_card, expected, 0, ITEMS);
    assert_int_equal(expected[HYP_STATUS_OFFSET], resident ? HYP_STATUS_OK : HYP_STATUS_BAD_INPUT);
    assert_memory_equal(expected + HYP_STATUS_OFFSET, output + HYP_STATUS_OFFSET, ITEMS);
    size_t results = hyp_results_offset(ITEMS);
    assert_memory_equal(expected + results, output + results, story->output_bytes - results);
    free(expected);
}

static void run_right(struct story *story, const struct hyp_memory *resident)
{
    run_with(story, resident, resident);
}

static void create(struct story *story, hyp_context *context, size_t bytes,
                   struct hyp_memory *memory)
{
    assert_int_equal(hyp_card_memory_create(story->backend, story->card, context, bytes, memory),
                     0);
}

static void reserve(struct story *story)
{
    assert_int_equal(story->backend->resident_reserve(story->card, &story->arena), 0);
}

void resident_scenario(const struct hyp_backend *backend, void *card, hyp_context *context)
{
    struct story story = {.backend = backend, .card = card};
    hyp_error error = {0, ""};
    create(&story, context, ARENA_BYTES, &story.arena);
    create(&story, context, DATA_AT + A_BYTES, &story.input);
    create(&story, context, ARENA_BYTES, &story.output);
    fill((uint8_t *)story.input.data + DATA_AT, A_BYTES, 1);

    /* What was never written is zero. */
    write_batch(&story, 4096);
    reserve(&story);
    run_right(&story, &story.arena);

    fill((uint8_t *)story.arena.data + 4096, WEIGHTS_BYTES, 2);
    assert_int_equal(backend->resident_write(card, 4096, WEIGHTS_BYTES), 0);
    run_right(&story, &story.arena);

    /* What the card was not told of is not there: nothing is sent again with a run. */
    struct hyp_memory before;
    create(&story, context, ARENA_BYTES, &before);
    memcpy(before.data, story.arena.data, ARENA_BYTES);
    fill((uint8_t *)story.arena.data + 4096 + 64, 1280, 3);
    run_with(&story, &story.arena, &before);
    hyp_card_memory_destroy(backend, card, &before);
    assert_int_equal(backend->resident_write(card, 4096 + 64, 1280), 0);
    run_right(&story, &story.arena);

    fill((uint8_t *)story.arena.data + 4096, WEIGHTS_BYTES, 5);
    assert_int_equal(backend->resident_write(card, 0, ARENA_BYTES), 0); /* all of it again */
    run_right(&story, &story.arena);

    run_right(&story, NULL); /* all items are bad: there is no arena for this run */
    run_right(&story, &story.arena);

    struct hyp_memory first = story.arena;
    create(&story, context, 2 * (size_t)ARENA_BYTES, &story.arena);
    write_batch(&story, ARENA_BYTES);
    fill((uint8_t *)story.arena.data + ARENA_BYTES, WEIGHTS_BYTES, 4);
    reserve(&story);
    hyp_card_memory_destroy(backend, card, &first);
    run_right(&story, &story.arena);

    assert_int_equal(backend->reset(card, &error), 0);
    reserve(&story);
    run_right(&story, &story.arena);

    hyp_card_memory_destroy(backend, card, &story.output);
    hyp_card_memory_destroy(backend, card, &story.input);
    hyp_card_memory_destroy(backend, card, &story.arena);
}

void resident_late_scenario(const struct hyp_backend *backend, void *card, hyp_context *context,
                            uint64_t card_bytes)
{
    struct story story = {.backend = backend, .card = card};
    create(&story, context, ARENA_BYTES, &story.arena);
    create(&story, context, ARENA_BYTES, &story.output);
    create(&story, context, (size_t)(card_bytes - ARENA_BYTES - ARENA_BYTES / 2), &story.input);
    fill((uint8_t *)story.input.data + DATA_AT, A_BYTES, 1);
    fill((uint8_t *)story.arena.data + 4096, WEIGHTS_BYTES, 2);
    write_batch(&story, 4096);
    run_right(&story, NULL);
    reserve(&story);
    assert_int_equal(run(&story, &story.arena), HYP_ENOMEM);

    struct hyp_memory large = story.input;
    create(&story, context, DATA_AT + A_BYTES, &story.input);
    memcpy(story.input.data, large.data, DATA_AT + A_BYTES);
    hyp_card_memory_destroy(backend, card, &large);
    run_right(&story, &story.arena);
    fill((uint8_t *)story.arena.data + 4096 + 640, 1280, 3);
    assert_int_equal(backend->resident_write(card, 4096 + 640, 1280), 0);
    run_right(&story, &story.arena);

    hyp_card_memory_destroy(backend, card, &story.output);
    hyp_card_memory_destroy(backend, card, &story.input);
    hyp_card_memory_destroy(backend, card, &story.arena);
}
