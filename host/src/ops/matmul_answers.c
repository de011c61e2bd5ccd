/* The known answers of the op matmul: every flag, ragged edges, extreme values, and descriptors
 * that must be refused. Small, because simulated cards compute them on every open. */
#include "host/src/ops/matmul_answers.h"

#include <stdlib.h>
#include <string.h>

#include "host/src/fail.h"
#include "host/src/ops/matmul.h"
#include "host/src/ops/ops.h"

/* Where the bytes of an item come from. */
enum filling {
    MIXED,    /* all values, pseudo-random */
    LOWEST,   /* −128 in A and B */
    EXTREMES, /* −128 and 127 in turn */
};

struct shape {
    uint32_t rows;
    uint32_t inner;
    uint32_t columns;
    uint32_t flags;
    enum filling filling;
};

static const struct shape good[] = {
    {1, 64, 64, 0, MIXED},
    {1, 100, 130, HYP_MATMUL_REQUANT8, MIXED},
    {3, 5, 7, HYP_MATMUL_BIAS, MIXED},
    {17, 33, 65, HYP_MATMUL_ACCUMULATE, MIXED},
    {5, 70, 16, HYP_MATMUL_REQUANT8, EXTREMES},
    {4, 16, 20, HYP_MATMUL_BIAS | HYP_MATMUL_REQUANT16, MIXED},
    {2, 128, 3, 0, LOWEST},
    {18, 16, 17, HYP_MATMUL_BIAS | HYP_MATMUL_ACCUMULATE | HYP_MATMUL_REQUANT8, EXTREMES},
    {0, 4, 4, 0, MIXED},
    {4, 4, 0, 0, MIXED},
    {3, 0, 5, HYP_MATMUL_BIAS, MIXED},
    {2, 0, 20, 0, MIXED},
};
enum { GOOD = sizeof good / sizeof good[0] };

/* Each breaks one rule alone, of an item that is good otherwise. */
enum refusal {
    BOTH_REQUANTS,
    UNKNOWN_FLAG,
    INNER_TOO_LARGE,
    INNER_TOO_LARGE_FOR_BIAS,
    A_UNALIGNED,
    A_BEFORE_DATA,
    A_BEHIND_DATA,
    B_BEHIND_DATA,
    BIAS_WRAPS,
    ACCUMULATE_BEHIND_DATA,
    REQUANT_BEHIND_DATA,
    RESULT_BEHIND_RESULTS,
    NOT_RESIDENT,
    REFUSED,
};

static const struct shape refused_shape = {2, 3, 4, 0, MIXED};

enum { ITEMS = GOOD + REFUSED };

static void refuse(hyp_matmul_descriptor *item, enum refusal refusal, uint64_t data_end,
                   uint64_t results_end)
{
    switch (refusal) {
    case BOTH_REQUANTS:
        item->flags = HYP_MATMUL_REQUANT8 | HYP_MATMUL_REQUANT16;
        item->requant_offset = item->a_offset;
        break;
    case UNKNOWN_FLAG:
        item->flags = 32;
        break;
    case INNER_TOO_LARGE: /* no rows and no columns: the other rules hold */
        *item = (hyp_matmul_descriptor){.inner = HYP_MATMUL_MAX_INNER + 1,
                                        .a_offset = item->a_offset,
                                        .b_offset = item->b_offset};
        break;
    case INNER_TOO_LARGE_FOR_BIAS:
        *item = (hyp_matmul_descriptor){.inner = HYP_MATMUL_MAX_INNER_BIAS + 1,
                                        .flags = HYP_MATMUL_BIAS,
                                        .a_offset = item->a_offset,
                                        .b_offset = item->b_offset,
                                        .bias_offset = item->b_offset};
        break;
    case A_UNALIGNED:
        item->a_offset += 32;
        break;
    case A_BEFORE_DATA:
        item->a_offset = 0;
        break;
    case A_BEHIND_DATA:
        item->a_offset = data_end - HYP_MATMUL_BEAT;
        break;
    case B_BEHIND_DATA:
        item->b_offset = data_end - UINT64_C(2) * HYP_MATMUL_BEAT;
        break;
    case BIAS_WRAPS:
        item->flags = HYP_MATMUL_BIAS;
        item->bias_offset = UINT64_MAX - (HYP_MATMUL_BEAT - 1);
        break;
    case ACCUMULATE_BEHIND_DATA:
        item->flags = HYP_MATMUL_ACCUMULATE;
        item->accumulate_offset = data_end;
        break;
    case REQUANT_BEHIND_DATA:
        item->flags = HYP_MATMUL_REQUANT8;
        item->requant_offset = data_end - HYP_MATMUL_BEAT;
        break;
    case RESULT_BEHIND_RESULTS:
        item->result_offset = results_end - HYP_MATMUL_BEAT;
        break;
    case NOT_RESIDENT:
        item->flags = HYP_MATMUL_B_RESIDENT;
        item->b_offset = UINT64_C(1) << 48;
        break;
    case REFUSED:
        break;
    }
}

/* A small generator: values must be the same everywhere. */
static uint8_t next_byte(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return (uint8_t)(*state >> 24);
}

static void fill_matrix(uint8_t *to, uint64_t rows, uint32_t columns, uint64_t pitch,
                        enum filling filling, uint32_t *state)
{
    for (uint64_t i = 0; i < rows; i++) {
        for (uint32_t j = 0; j < columns; j++) {
            uint8_t mixed = next_byte(state);
            to[i * pitch + j] = filling == MIXED    ? mixed
                                : filling == LOWEST ? 0x80
                                : mixed & 1         ? 0x7f
                                                    : 0x80;
        }
    }
}

/* Small enough that three of them cannot wrap. */
static void fill_words(uint8_t *to, uint64_t count, uint32_t *state)
{
    for (uint64_t i = 0; i < count; i++) {
        int32_t word = (int32_t)((uint32_t)next_byte(state) << 8 | next_byte(state)) - 32768;
        memcpy(to + 4 * i, &word, sizeof word);
    }
}

static void fill_requant(uint8_t *to, uint32_t columns, uint64_t multiplier_beats, uint32_t *state)
{
    for (uint32_t j = 0; j < columns; j++) {
        uint32_t multiplier = (uint32_t)next_byte(state) << 23 | next_byte(state);
        memcpy(to + 4 * (size_t)j, &multiplier, sizeof multiplier);
        to[multiplier_beats * HYP_MATMUL_BEAT + j] = (uint8_t)(30 + next_byte(state) % 13);
    }
    if (columns > 2) { /* the ends of what is allowed */
        const uint32_t most = HYP_MATMUL_MAX_MULTIPLIER;
        memcpy(to, &most, sizeof most);
        to[multiplier_beats * HYP_MATMUL_BEAT] = 0;
        memcpy(to + 4, &most, sizeof most);
        to[multiplier_beats * HYP_MATMUL_BEAT + 1] = HYP_MATMUL_MAX_SHIFT;
    }
}

/* Lays out an item behind `at`, which moves; data is zero where nothing is written. Fills it unless
 * `data` is NULL. */
static hyp_matmul_descriptor lay_out(const struct shape *shape, uint8_t *data, uint64_t *at,
                                     uint64_t *results, uint32_t *state)
{
    hyp_matmul_descriptor item = {
        .rows = shape->rows,
        .inner = shape->inner,
        .columns = shape->columns,
        .flags = shape->flags,
    };
    const struct hyp_matmul_beats beats = hyp_matmul_beats(&item);
    const bool requant = shape->flags & (HYP_MATMUL_REQUANT8 | HYP_MATMUL_REQUANT16);

    item.a_offset = *at;
    item.b_offset = item.a_offset + beats.a * HYP_MATMUL_BEAT;
    item.bias_offset = item.b_offset + beats.b * HYP_MATMUL_BEAT;
    uint64_t bias = shape->flags & HYP_MATMUL_BIAS ? beats.bias : 0;
    item.accumulate_offset = item.bias_offset + bias * HYP_MATMUL_BEAT;
    uint64_t accumulate = shape->flags & HYP_MATMUL_ACCUMULATE ? beats.accumulate : 0;
    item.requant_offset = item.accumulate_offset + accumulate * HYP_MATMUL_BEAT;
    *at = item.requant_offset + (requant ? beats.requant : 0) * HYP_MATMUL_BEAT;
    item.result_offset = *results;
    *results += beats.result * HYP_MATMUL_BEAT;
    if (data) {
        uint64_t pitch = (shape->inner + 63ull) & ~63ull;
        uint64_t panels = (shape->columns + 63ull) / 64;
        fill_matrix(data + item.a_offset, shape->rows, shape->inner, pitch, shape->filling, state);
        fill_matrix(data + item.b_offset, panels * shape->inner, 64, 64, shape->filling, state);
        fill_words(data + item.bias_offset, bias * 16, state);
        fill_words(data + item.accumulate_offset, accumulate * 16, state);
        if (requant) {
            fill_requant(data + item.requant_offset, shape->columns, beats.multipliers, state);
        }
    }
    return item;
}

/* All items; with data NULL only to learn how long they are. */
static void lay_out_all(uint8_t *data, uint64_t *at, uint64_t *results,
                        hyp_matmul_descriptor items[ITEMS])
{
    uint32_t state = 1;

    for (unsigned i = 0; i < ITEMS; i++) {
        items[i] = lay_out(i < GOOD ? &good[i] : &refused_shape, data, at, results, &state);
    }
    for (unsigned i = 0; i < REFUSED; i++) {
        refuse(&items[GOOD + i], (enum refusal)i, *at, *results);
    }
}

size_t hyp_matmul_answers_batch(void *input, size_t input_size)
{
    hyp_matmul_descriptor items[ITEMS];
    hyp_batch_header header = {
        .magic = HYP_BATCH_INPUT_MAGIC,
        .layout_version = HYP_BATCH_LAYOUT_VERSION,
        .op = HYP_OP_MATMUL,
        .item_count = ITEMS,
        .sequence = 0x6d6d6c,
        .descriptors_offset = sizeof header,
        .descriptors_length = sizeof items,
        .data_offset = sizeof header + sizeof items,
    };
    uint64_t end = header.data_offset;
    uint64_t results = 0;

    lay_out_all(NULL, &end, &results, items);
    if (end > input_size) {
        return 0;
    }
    memset(input, 0, end);
    header.data_length = end - header.data_offset;
    end = header.data_offset;
    results = 0;
    lay_out_all(input, &end, &results, items);
    header.result_beats = (uint32_t)(results / HYP_MATMUL_BEAT);
    memcpy(input, &header, sizeof header);
    memcpy((uint8_t *)input + header.descriptors_offset, items, sizeof items);
    return end;
}

static int compare_item(const hyp_batch_header *header, const void *input, const uint8_t *got,
                        const uint8_t *want, uint32_t index, hyp_error *error)
{
    uint64_t results = hyp_results_offset(header->item_count);
    uint64_t offset;
    uint64_t length;

    bool has_result = hyp_op_matmul.result_region(header, input, index, &offset, &length);
    if (got[HYP_STATUS_OFFSET + index] != want[HYP_STATUS_OFFSET + index] ||
        (has_result && memcmp(got + results + offset, want + results + offset, length) != 0)) {
        const struct shape *shape = index < GOOD ? &good[index] : &refused_shape;
        return hyp_fail(error, HYP_EMISMATCH,
                        "matmul: known answer %u (%u x %u x %u, flags %u) came back wrong, status "
                        "%s, should be %s",
                        index, shape->rows, shape->inner, shape->columns, shape->flags,
                        hyp_status_name(got[HYP_STATUS_OFFSET + index]),
                        hyp_status_name(want[HYP_STATUS_OFFSET + index]));
    }
    return HYP_OK;
}

int hyp_matmul_answers_check(const void *input, const void *output, hyp_error *error)
{
    hyp_batch_header header;
    int result = HYP_OK;

    memcpy(&header, input, sizeof header);
    size_t input_bytes = header.data_offset + header.data_length;
    uint8_t *want = calloc(1, hyp_batch_output_bytes(&header));
    if (!want) {
        return hyp_fail(error, HYP_ENOMEM, "matmul: no memory to check known answers");
    }
    hyp_op_matmul.reference(input, input_bytes, NULL, want, 0, header.item_count);
    for (uint32_t i = 0; i < header.item_count && result == HYP_OK; i++) {
        result = compare_item(&header, input, output, want, i, error);
    }
    free(want);
    return result;
}
