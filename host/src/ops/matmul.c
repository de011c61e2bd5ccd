/* The op matmul: its check of descriptors and its meaning. Known answers: matmul_answers.c.
 * Semantics: docs/ops.md. */
#include "host/src/ops/matmul.h"

#include <string.h>

#include "host/src/crc32c.h"
#include "host/src/ops/matmul_answers.h"
#include "host/src/ops/ops.h"
#include "hw/matmul.h"

static uint64_t beats_of(uint64_t bytes)
{
    return (bytes + HYP_MATMUL_BEAT - 1) / HYP_MATMUL_BEAT;
}

uint32_t hyp_matmul_result_width(uint32_t flags)
{
    return flags & HYP_MATMUL_REQUANT16 ? 2 : flags & HYP_MATMUL_REQUANT8 ? 1 : 4;
}

struct hyp_matmul_beats hyp_matmul_beats(const hyp_matmul_descriptor *item)
{
    uint64_t words = beats_of(4 * (uint64_t)item->columns);
    uint64_t panels = beats_of(item->columns);
    uint64_t row = beats_of((uint64_t)hyp_matmul_result_width(item->flags) * item->columns);

    return (struct hyp_matmul_beats){
        .a = item->rows * beats_of(item->inner),
        .b = item->inner * panels,
        .bias = words,
        .accumulate = item->rows * words,
        .multipliers = words,
        .requant = words + panels,
        .row = row,
        .result = item->rows * row,
    };
}

/* Whether `beats` from `offset` on lie in the whole beats of [begin, end). Both begin and end may
 * be anything. */
static bool lies_in(uint64_t offset, uint64_t beats, uint64_t begin, uint64_t end)
{
    uint64_t first = offset / HYP_MATMUL_BEAT;

    return offset % HYP_MATMUL_BEAT == 0 && offset >= begin && first <= end / HYP_MATMUL_BEAT &&
           beats <= end / HYP_MATMUL_BEAT - first;
}

bool hyp_matmul_result_fits(const hyp_batch_header *header, const hyp_matmul_descriptor *item)
{
    return lies_in(item->result_offset, hyp_matmul_beats(item).result, 0,
                   (uint64_t)header->result_beats * HYP_MATMUL_BEAT);
}

static bool flags_and_inner_are_good(const hyp_matmul_descriptor *item)
{
    const uint32_t both = HYP_MATMUL_REQUANT8 | HYP_MATMUL_REQUANT16;
    uint32_t most =
        item->flags & HYP_MATMUL_BIAS ? HYP_MATMUL_MAX_INNER_BIAS : HYP_MATMUL_MAX_INNER;

    return !(item->flags & ~HYP_MATMUL_KNOWN_FLAGS) && (item->flags & both) != both &&
           item->inner <= most;
}

uint8_t hyp_matmul_check(const hyp_batch_header *header, const hyp_matmul_descriptor *item,
                         const struct hyp_memory *resident)
{
    const struct hyp_matmul_beats beats = hyp_matmul_beats(item);
    uint64_t begin = header->data_offset;
    uint64_t end = header->data_offset + header->data_length;
    uint32_t flags = item->flags;

    bool good = flags_and_inner_are_good(item) && hyp_matmul_result_fits(header, item) &&
                lies_in(item->a_offset, beats.a, begin, end) &&
                (!(flags & HYP_MATMUL_ACCUMULATE) ||
                 lies_in(item->accumulate_offset, beats.accumulate, begin, end));
    if (flags & HYP_MATMUL_B_RESIDENT) {
        begin = 0;
        end = resident ? resident->size : 0;
    }
    good = good && lies_in(item->b_offset, beats.b, begin, end) &&
           (!(flags & HYP_MATMUL_BIAS) || lies_in(item->bias_offset, beats.bias, begin, end)) &&
           (!(flags & (HYP_MATMUL_REQUANT8 | HYP_MATMUL_REQUANT16)) ||
            lies_in(item->requant_offset, beats.requant, begin, end));
    return good ? HYP_STATUS_OK : HYP_STATUS_BAD_INPUT;
}

/* What is summed of the parts of items. */
struct part_sum {
    const uint8_t *input;
    uint64_t left; /* beats that there may still be */
    uint64_t crc;
};

/* Returns false where there are more than may be. */
static bool sum_part(struct part_sum *sum, uint64_t offset, uint64_t beats)
{
    if (beats > sum->left) {
        return false;
    }
    sum->left -= beats;
    sum->crc +=
        hyp_crc32c_beats(sum->input + offset, beats * HYP_MATMUL_BEAT, offset / HYP_MATMUL_BEAT);
    return true;
}

static bool sum_item(struct part_sum *sum, const hyp_matmul_descriptor *item)
{
    const struct hyp_matmul_beats beats = hyp_matmul_beats(item);
    const uint32_t requant = HYP_MATMUL_REQUANT8 | HYP_MATMUL_REQUANT16;
    const bool here = !(item->flags & HYP_MATMUL_B_RESIDENT);

    return sum_part(sum, item->a_offset, beats.a) &&
           (!(item->flags & HYP_MATMUL_ACCUMULATE) ||
            sum_part(sum, item->accumulate_offset, beats.accumulate)) &&
           (!here || sum_part(sum, item->b_offset, beats.b)) &&
           (!here || !(item->flags & HYP_MATMUL_BIAS) ||
            sum_part(sum, item->bias_offset, beats.bias)) &&
           (!here || !(item->flags & requant) ||
            sum_part(sum, item->requant_offset, beats.requant));
}

/* A kernel that reads a beat of a part several times counts it the first time. */
static bool data_crc(const hyp_batch_header *header, const struct hyp_memory *input,
                     const struct hyp_memory *resident, uint64_t most_beats, uint64_t *crc)
{
    struct part_sum sum = {.input = input->data, .left = most_beats};
    bool complete = true;

    for (uint32_t i = 0; complete && i < header->item_count; i++) {
        hyp_matmul_descriptor item;
        memcpy(&item, sum.input + header->descriptors_offset + i * sizeof item, sizeof item);
        if (item.rows && item.columns &&
            hyp_matmul_check(header, &item, resident) == HYP_STATUS_OK) {
            complete = sum_item(&sum, &item);
        }
    }
    *crc += sum.crc;
    return complete;
}

static uint32_t load_u32(const uint8_t *bytes)
{
    uint32_t value;
    memcpy(&value, bytes, sizeof value);
    return value;
}

/* Where the parts of an item lie that was checked. */
struct parts {
    const uint8_t *a;
    const uint8_t *b;
    const uint8_t *bias;
    const uint8_t *accumulate;
    const uint8_t *requant;
    struct hyp_matmul_beats beats;
};

static int32_t element(const hyp_matmul_descriptor *item, const struct parts *parts, uint32_t row,
                       uint32_t column)
{
    const uint8_t *a = parts->a + row * beats_of(item->inner) * HYP_MATMUL_BEAT;
    const uint8_t *b = parts->b +
                       (uint64_t)(column / HYP_MATMUL_PANEL) * item->inner * HYP_MATMUL_PANEL +
                       column % HYP_MATMUL_PANEL;
    uint32_t sum = 0;

    for (uint64_t k = 0; k < item->inner; k++) {
        sum += (uint32_t)((int8_t)a[k] * (int8_t)b[k * HYP_MATMUL_PANEL]);
    }
    if (item->flags & HYP_MATMUL_BIAS) {
        sum += load_u32(parts->bias + 4 * (uint64_t)column);
    }
    if (item->flags & HYP_MATMUL_ACCUMULATE) {
        sum += load_u32(parts->accumulate + row * parts->beats.bias * HYP_MATMUL_BEAT +
                        4 * (uint64_t)column);
    }
    if (item->flags & (HYP_MATMUL_REQUANT8 | HYP_MATMUL_REQUANT16)) {
        uint32_t multiplier = load_u32(parts->requant + 4 * (uint64_t)column);
        uint8_t shift = parts->requant[parts->beats.multipliers * HYP_MATMUL_BEAT + column];
        int32_t limit = item->flags & HYP_MATMUL_REQUANT8 ? INT8_MAX : INT16_MAX;
        return hyp_matmul_requantise((int32_t)sum, multiplier, shift, limit);
    }
    return (int32_t)sum;
}

static struct parts parts_of(const hyp_matmul_descriptor *item, const uint8_t *input,
                             const struct hyp_memory *resident)
{
    /* Where nothing is resident, parts without length may still be said to be. */
    const uint8_t *weights =
        item->flags & HYP_MATMUL_B_RESIDENT && resident ? resident->data : input;
    return (struct parts){
        .a = input + item->a_offset,
        .b = weights + item->b_offset,
        /* Unused offsets were not checked: not even an address is made of them. */
        .bias = item->flags & HYP_MATMUL_BIAS ? weights + item->bias_offset : NULL,
        .accumulate = item->flags & HYP_MATMUL_ACCUMULATE ? input + item->accumulate_offset : NULL,
        .requant = item->flags & (HYP_MATMUL_REQUANT8 | HYP_MATMUL_REQUANT16)
                       ? weights + item->requant_offset
                       : NULL,
        .beats = hyp_matmul_beats(item),
    };
}

static void compute_row(const hyp_matmul_descriptor *item, const struct parts *parts, uint32_t row,
                        uint8_t *result)
{
    uint32_t width = hyp_matmul_result_width(item->flags);

    for (uint32_t j = 0; j < item->columns; j++) {
        int32_t value = element(item, parts, row, j);
        memcpy(result + (size_t)j * width, &value, width);
    }
}

void hyp_matmul_row(const hyp_matmul_descriptor *item, const uint8_t *input,
                    const struct hyp_memory *resident, uint32_t row, uint8_t *result)
{
    const struct parts parts = parts_of(item, input, resident);

    memset(result, 0, parts.beats.row * HYP_MATMUL_BEAT);
    compute_row(item, &parts, row, result);
}

static void compute(const uint8_t *input, const struct hyp_memory *resident,
                    const hyp_matmul_descriptor *item, uint8_t *result)
{
    const struct parts parts = parts_of(item, input, resident);

    /* An item without columns may have any number of rows. */
    for (uint32_t i = 0; i < item->rows && item->columns; i++) {
        compute_row(item, &parts, i, result + i * parts.beats.row * HYP_MATMUL_BEAT);
    }
}

static hyp_matmul_descriptor descriptor_at(const hyp_batch_header *header, const void *input,
                                           uint32_t index)
{
    hyp_matmul_descriptor item;
    memcpy(&item, (const uint8_t *)input + header->descriptors_offset + (size_t)index * sizeof item,
           sizeof item);
    return item;
}

uint8_t hyp_matmul_item(const hyp_batch_header *header, const uint8_t *input,
                        const struct hyp_memory *resident, uint8_t *output, uint32_t index)
{
    hyp_matmul_descriptor item = descriptor_at(header, input, index);
    uint8_t status = hyp_matmul_check(header, &item, resident);

    if (hyp_matmul_result_fits(header, &item)) {
        uint8_t *result = output + hyp_results_offset(header->item_count) + item.result_offset;
        memset(result, 0, hyp_matmul_beats(&item).result * HYP_MATMUL_BEAT);
        if (status == HYP_STATUS_OK) {
            compute(input, resident, &item, result);
        }
    }
    output[HYP_STATUS_OFFSET + index] = status;
    return status;
}

static void reference(const void *input, size_t input_bytes, const struct hyp_memory *resident,
                      void *output, uint32_t first, uint32_t last)
{
    hyp_batch_header header;

    (void)input_bytes; /* the header was checked against it */
    memcpy(&header, input, sizeof header);
    for (uint32_t i = first; i < last; i++) {
        hyp_matmul_item(&header, input, resident, output, i);
    }
}

static bool result_region(const hyp_batch_header *header, const void *input, uint32_t index,
                          uint64_t *offset, uint64_t *length)
{
    hyp_matmul_descriptor item = descriptor_at(header, input, index);

    *offset = item.result_offset;
    *length = hyp_matmul_beats(&item).result * HYP_MATMUL_BEAT;
    return hyp_matmul_result_fits(header, &item);
}

/* A range of bytes that grows to cover what it is shown. */
struct span {
    uint64_t begin;
    uint64_t end;
};

static void cover(struct span *span, uint64_t offset, uint64_t beats)
{
    uint64_t end = offset + beats * HYP_MATMUL_BEAT;

    span->begin = offset < span->begin ? offset : span->begin;
    span->end = end > span->end ? end : span->end;
}

/* What of data and results an item touches. */
static void cover_item(const hyp_batch_header *header, const hyp_matmul_descriptor *item,
                       struct span *data, struct span *results)
{
    const struct hyp_matmul_beats beats = hyp_matmul_beats(item);

    if (hyp_matmul_result_fits(header, item)) {
        cover(results, item->result_offset, beats.result);
    }
    if (hyp_matmul_check(header, item, NULL) != HYP_STATUS_OK) {
        return;
    }
    cover(data, item->a_offset, beats.a);
    if (item->flags & HYP_MATMUL_ACCUMULATE) {
        cover(data, item->accumulate_offset, beats.accumulate);
    }
    if (item->flags & HYP_MATMUL_B_RESIDENT) {
        return; /* nothing is: what good items have there has no length */
    }
    cover(data, item->b_offset, beats.b);
    if (item->flags & HYP_MATMUL_BIAS) {
        cover(data, item->bias_offset, beats.bias);
    }
    if (item->flags & (HYP_MATMUL_REQUANT8 | HYP_MATMUL_REQUANT16)) {
        cover(data, item->requant_offset, beats.requant);
    }
}

static const struct span nothing = {UINT64_MAX, 0};

/* The same of the items of a slice. */
static void cover_items(const struct hyp_slice *slice, struct span *data, struct span *results)
{
    const hyp_batch_header *header = slice->header;

    *data = *results = nothing;
    for (uint32_t i = slice->first; i < slice->last; i++) {
        const hyp_matmul_descriptor item = descriptor_at(header, slice->input, i);
        cover_item(header, &item, data, results);
    }
    if (data->begin > data->end) {
        *data = (struct span){header->data_offset, header->data_offset};
    }
    if (results->begin > results->end) {
        *results = (struct span){0, 0};
    }
}

static bool is_within(const struct span *inner, const struct span *outer)
{
    return inner->begin >= outer->begin && inner->end <= outer->end;
}

/* How a slice is moved. */
struct move {
    struct span data;
    struct span results;
    uint64_t data_up;
    uint64_t results_up;
};

/* An item as it stands among those gathered: moved, and bad where it was bad, or where it has
 * changed since it was measured and would touch what belongs to others. Offsets may wrap on their
 * way down. */
static hyp_matmul_descriptor move_item(const hyp_batch_header *header, hyp_matmul_descriptor item,
                                       const struct move *move)
{
    struct span data = nothing;
    struct span results = nothing;

    cover_item(header, &item, &data, &results);
    bool has_place = hyp_matmul_result_fits(header, &item) && is_within(&results, &move->results);
    if (hyp_matmul_check(header, &item, NULL) != HYP_STATUS_OK || !has_place ||
        !is_within(&data, &move->data)) {
        item.flags |= UINT32_C(1) << 31; /* no such flag: bad for every device */
    }
    /* Unused offsets may wrap: nobody looks at them. */
    item.a_offset += move->data_up;
    item.accumulate_offset += move->data_up;
    if (!(item.flags & HYP_MATMUL_B_RESIDENT)) {
        item.b_offset += move->data_up;
        item.bias_offset += move->data_up;
        item.requant_offset += move->data_up;
    }
    item.result_offset = has_place ? item.result_offset + move->results_up : UINT64_MAX;
    return item;
}

/* A slice's data and descriptors. */
static void write_slice(const struct hyp_slice *slice, const struct move *move, uint8_t *out,
                        uint8_t *descriptor)
{
    const struct span *data = &move->data;

    for (uint32_t i = slice->first; i < slice->last; i++) {
        hyp_matmul_descriptor moved =
            move_item(slice->header, descriptor_at(slice->header, slice->input, i), move);
        memcpy(descriptor, &moved, sizeof moved);
        descriptor += sizeof moved;
    }
    memcpy(out + (data->begin + move->data_up), (const uint8_t *)slice->input + data->begin,
           data->end - data->begin);
}

/* Items often share a B, so a slice takes the one stretch of data that covers all of them: never
 * more than the whole. Devices in sets have no resident memory. */
static size_t gather(const struct hyp_slice *slices, size_t count, uint64_t sequence, void *out,
                     size_t size)
{
    hyp_batch_header header = *slices->header;
    struct move moves[HYP_MOST_SLICES];

    header.item_count = hyp_slices_items(slices, count);
    header.sequence = sequence;
    header.descriptors_offset = sizeof header;
    header.descriptors_length = (uint64_t)header.item_count * sizeof(hyp_matmul_descriptor);
    header.data_offset = header.descriptors_offset + header.descriptors_length;
    header.data_length = 0;
    header.result_beats = 0;
    for (size_t i = 0; i < count; i++) {
        struct move *move = &moves[i];
        cover_items(&slices[i], &move->data, &move->results);
        /* These may wrap. */
        move->data_up = header.data_offset + header.data_length - move->data.begin;
        move->results_up = (uint64_t)header.result_beats * HYP_MATMUL_BEAT - move->results.begin;
        header.data_length += move->data.end - move->data.begin;
        header.result_beats +=
            (uint32_t)((move->results.end - move->results.begin) / HYP_MATMUL_BEAT);
    }
    size_t bytes = header.data_offset + header.data_length;
    if (bytes > size) {
        return bytes;
    }
    uint8_t *descriptor = (uint8_t *)out + header.descriptors_offset;
    for (size_t i = 0; i < count; i++) {
        write_slice(&slices[i], &moves[i], out, descriptor);
        descriptor += (slices[i].last - slices[i].first) * sizeof(hyp_matmul_descriptor);
    }
    memcpy(out, &header, sizeof header);
    return bytes;
}

const struct hyp_op_info hyp_op_matmul = {
    .op = HYP_OP_MATMUL,
    .name = "matmul",
    .kernel_id = HYP_MATMUL_KERNEL_ID,
    .known_flags = 0,
    .descriptor_size = sizeof(hyp_matmul_descriptor),
    .result_size = NULL,
    .result_region = result_region,
    .reference = reference,
    .data_crc = data_crc,
    .gather = gather,
    .known_answer_batch = hyp_matmul_answers_batch,
    .known_answer_check = hyp_matmul_answers_check,
};
