#include "hyperion/matmul.h"

#include <stdlib.h>
#include <string.h>

#include "host/src/batch.h"
#include "host/src/fail.h"
#include "host/src/ops/matmul.h"
#include "host/src/options.h"

struct hyp_matmul_batch {
    struct hyp_batch base;
    uint64_t last_b; /* offset of the B added last, or 0 */
    uint32_t last_inner;
    uint32_t last_columns;
};

/* The product in this version's struct, its pointers checked. */
static int check_pointers(const hyp_matmul_product *product, hyp_matmul_product *copy,
                          hyp_error *error)
{
    const hyp_matmul_product empty = HYP_MATMUL_PRODUCT_INIT;

    *copy = empty;
    int result = hyp_options_copy(copy, sizeof *copy, product, error);
    if (result) {
        return result;
    }
    if (!product || (!copy->a && copy->rows && copy->inner)) {
        return hyp_fail(error, HYP_EINVAL, "matmul: the product has no A");
    }
    if (!copy->multipliers != !copy->shifts) {
        return hyp_fail(error, HYP_EINVAL, "matmul: multipliers and shifts go together");
    }
    if (copy->multipliers ? copy->result_bits != 8 && copy->result_bits != 16
                          : copy->result_bits != 32) {
        return hyp_fail(error, HYP_EINVAL,
                        "matmul: results have 32 bits, or 8 or 16 with multipliers; not %u",
                        copy->result_bits);
    }
    return HYP_OK;
}

static int check_inner(const hyp_matmul_product *product, hyp_error *error)
{
    bool bias = product->bias || (product->accumulate && product->accumulated_bias);
    uint64_t inner =
        product->inner + (product->accumulate ? (uint64_t)product->accumulated_inner : 0);
    uint32_t most = bias ? HYP_MATMUL_MAX_INNER_BIAS : HYP_MATMUL_MAX_INNER;

    if (inner > most) {
        return hyp_fail(error, HYP_ETOOBIG,
                        "matmul: K is %llu over all that is summed up; more than %u%s might wrap",
                        (unsigned long long)inner, most, bias ? " with a bias" : "");
    }
    return HYP_OK;
}

static uint32_t flags_of(const hyp_matmul_product *product)
{
    return (product->bias ? HYP_MATMUL_BIAS : 0) |
           (product->accumulate ? HYP_MATMUL_ACCUMULATE : 0) |
           (!product->multipliers        ? 0
            : product->result_bits == 16 ? HYP_MATMUL_REQUANT16
                                         : HYP_MATMUL_REQUANT8);
}

static hyp_matmul_descriptor describe(const hyp_matmul_product *product)
{
    return (hyp_matmul_descriptor){
        .rows = product->rows,
        .inner = product->inner,
        .columns = product->columns,
        .flags = flags_of(product),
    };
}

/* Beats of data: everything but a B that is already there. */
static uint64_t data_beats(const hyp_matmul_product *product, const struct hyp_matmul_beats *beats)
{
    return beats->a + (product->b ? beats->b : 0) + (product->bias ? beats->bias : 0) +
           (product->accumulate ? beats->accumulate : 0) +
           (product->multipliers ? beats->requant : 0);
}

/* Beats that no memory holds are refused before they are made bytes. */
static const uint64_t most_beats = UINT64_C(1) << 50;

static int room(const hyp_matmul_product *product, size_t *data_bytes, size_t *result_bytes,
                hyp_error *error)
{
    const hyp_matmul_descriptor item = describe(product);
    const struct hyp_matmul_beats beats = hyp_matmul_beats(&item);
    uint64_t data = data_beats(product, &beats);

    int result = check_inner(product, error);
    if (result) {
        return result;
    }
    if (data > most_beats || beats.result > UINT32_MAX) {
        return hyp_fail(error, HYP_ETOOBIG, "matmul: %u x %u x %u does not fit a batch",
                        product->rows, product->inner, product->columns);
    }
    *data_bytes = data * HYP_MATMUL_BEAT;
    *result_bytes = beats.result * HYP_MATMUL_BEAT;
    return HYP_OK;
}

int hyp_matmul_room(const hyp_matmul_product *product, size_t *data_bytes, size_t *result_bytes,
                    hyp_error *error)
{
    hyp_matmul_product checked;

    if (!data_bytes || !result_bytes) {
        return hyp_fail(error, HYP_EINVAL, "hyp_matmul_room: nowhere to store the room");
    }
    int result = check_pointers(product, &checked, error);
    return result ? result : room(&checked, data_bytes, result_bytes, error);
}

int hyp_matmul_batch_create(hyp_device *device, uint32_t max_items, size_t max_data_bytes,
                            size_t max_result_bytes, hyp_matmul_batch **batch)
{
    if (!batch) {
        return HYP_EINVAL;
    }
    *batch = NULL;
    hyp_matmul_batch *made = calloc(1, sizeof *made);
    if (!made) {
        return HYP_ENOMEM;
    }
    int result = hyp_batch_init(&made->base, device, HYP_OP_MATMUL, 0, max_items, max_data_bytes,
                                max_result_bytes);
    if (result) {
        free(made);
        return result;
    }
    *batch = made;
    return HYP_OK;
}

void hyp_matmul_batch_destroy(hyp_matmul_batch *batch)
{
    if (batch) {
        hyp_batch_release(&batch->base);
        free(batch);
    }
}

void hyp_matmul_batch_clear(hyp_matmul_batch *batch)
{
    hyp_batch_clear(&batch->base);
    batch->last_b = 0;
}

void hyp_matmul_pack_b(const int8_t *b, size_t row_stride, size_t column_stride, uint32_t inner,
                       uint32_t columns, uint8_t *panels)
{
    for (uint32_t first = 0; first < columns; first += HYP_MATMUL_PANEL) {
        uint32_t width =
            columns - first < HYP_MATMUL_PANEL ? columns - first : (uint32_t)HYP_MATMUL_PANEL;
        for (uint32_t k = 0; k < inner; k++) {
            const int8_t *row = b + k * row_stride + first * column_stride;
            if (column_stride == 1) {
                memcpy(panels, row, width);
            } else {
                for (uint32_t j = 0; j < width; j++) {
                    panels[j] = (uint8_t)row[j * column_stride];
                }
            }
            memset(panels + width, 0, HYP_MATMUL_PANEL - width);
            panels += HYP_MATMUL_PANEL;
        }
    }
}

/* Rows of `bytes` bytes, each padded to whole beats. */
static void pack_rows(const void *from, uint32_t rows, size_t bytes, uint8_t *to)
{
    size_t pitch = (bytes + HYP_MATMUL_BEAT - 1) / HYP_MATMUL_BEAT * HYP_MATMUL_BEAT;

    for (uint32_t i = 0; i < rows && bytes; i++) {
        memcpy(to + i * pitch, (const uint8_t *)from + i * bytes, bytes);
        memset(to + i * pitch + bytes, 0, pitch - bytes);
    }
}

int hyp_matmul_check_columns(uint32_t columns, const int32_t *bias, const uint32_t *multipliers,
                             const uint8_t *shifts, hyp_error *error)
{
    for (uint32_t j = 0; bias && j < columns; j++) {
        if (bias[j] > HYP_MATMUL_MAX_BIAS || bias[j] < -HYP_MATMUL_MAX_BIAS) {
            return hyp_fail(error, HYP_EINVAL, "matmul: bias %d of column %u is 2^30 or more",
                            bias[j], j);
        }
    }
    for (uint32_t j = 0; multipliers && j < columns; j++) {
        if (multipliers[j] > HYP_MATMUL_MAX_MULTIPLIER || shifts[j] > HYP_MATMUL_MAX_SHIFT) {
            return hyp_fail(error, HYP_EINVAL,
                            "matmul: column %u has multiplier %u and shift %u; at most 2^31 - 1 "
                            "and 62 are allowed",
                            j, multipliers[j], shifts[j]);
        }
    }
    return HYP_OK;
}

/* Takes `beats` beats of the data section; returns their offset. */
static uint64_t take(struct hyp_batch *base, uint64_t beats)
{
    uint64_t offset = base->data_offset + base->data_used;

    base->data_used += beats * HYP_MATMUL_BEAT;
    return offset;
}

/* Copies the parts of a product into the data section, which has room for them. */
static void pack(hyp_matmul_batch *batch, const hyp_matmul_product *product,
                 hyp_matmul_descriptor *item)
{
    struct hyp_batch *base = &batch->base;
    const struct hyp_matmul_beats beats = hyp_matmul_beats(item);
    uint8_t *input = hyp_buffer_data(base->input);
    size_t words = 4 * (size_t)product->columns;

    item->a_offset = take(base, beats.a);
    pack_rows(product->a, product->rows, product->inner, input + item->a_offset);
    if (product->b) {
        batch->last_b = take(base, beats.b);
        batch->last_inner = product->inner;
        batch->last_columns = product->columns;
        hyp_matmul_pack_b(product->b, product->columns, 1, product->inner, product->columns,
                          input + batch->last_b);
    }
    item->b_offset = batch->last_b;
    if (product->bias) {
        item->bias_offset = take(base, beats.bias);
        pack_rows(product->bias, 1, words, input + item->bias_offset);
    }
    if (product->accumulate) {
        item->accumulate_offset = take(base, beats.accumulate);
        pack_rows(product->accumulate, product->rows, words, input + item->accumulate_offset);
    }
    if (product->multipliers) {
        item->requant_offset = take(base, beats.requant);
        uint8_t *requant = input + item->requant_offset;
        pack_rows(product->multipliers, 1, words, requant);
        pack_rows(product->shifts, 1, product->columns,
                  requant + beats.multipliers * HYP_MATMUL_BEAT);
    }
    item->result_offset = base->results_used;
    base->results_used += beats.result * HYP_MATMUL_BEAT;
}

int hyp_matmul_batch_add(hyp_matmul_batch *batch, const hyp_matmul_product *product,
                         hyp_error *error)
{
    struct hyp_batch *base = &batch->base;
    hyp_matmul_product checked;
    size_t data_bytes = 0;
    size_t result_bytes = 0;

    int result = check_pointers(product, &checked, error);
    if (result == HYP_OK) {
        result = room(&checked, &data_bytes, &result_bytes, error);
    }
    if (result == HYP_OK) {
        result = hyp_matmul_check_columns(checked.columns, checked.bias, checked.multipliers,
                                          checked.shifts, error);
    }
    if (result) {
        return result;
    }
    bool needs_b = checked.inner && checked.columns;
    if (!checked.b && needs_b &&
        (!batch->last_b || batch->last_inner != checked.inner ||
         batch->last_columns != checked.columns)) {
        return hyp_fail(error, HYP_EINVAL,
                        "matmul: no B, and the product before has none of %u x %u", checked.inner,
                        checked.columns);
    }
    if (base->count == base->max_items || data_bytes > base->max_data - base->data_used ||
        result_bytes > base->max_results - base->results_used) {
        return HYP_EAGAIN;
    }
    if (!checked.b && !needs_b) {
        batch->last_b = base->data_offset; /* of no length */
        batch->last_inner = checked.inner;
        batch->last_columns = checked.columns;
    }
    hyp_matmul_descriptor item = describe(&checked);
    pack(batch, &checked, &item);
    memcpy(hyp_batch_descriptor(base, base->count), &item, sizeof item);
    return (int)base->count++;
}

uint32_t hyp_matmul_batch_count(const hyp_matmul_batch *batch)
{
    return batch->base.count;
}

hyp_job hyp_matmul_batch_job(hyp_matmul_batch *batch, void *user)
{
    return hyp_batch_job(&batch->base, user);
}

uint8_t hyp_matmul_batch_status(const hyp_matmul_batch *batch, uint32_t index)
{
    return hyp_batch_status(&batch->base, index);
}

static hyp_matmul_descriptor item_at(const hyp_matmul_batch *batch, uint32_t index)
{
    hyp_matmul_descriptor item;
    memcpy(&item, hyp_batch_descriptor(&batch->base, index), sizeof item);
    return item;
}

const void *hyp_matmul_batch_result(const hyp_matmul_batch *batch, uint32_t index, size_t *pitch)
{
    const hyp_matmul_descriptor item = item_at(batch, index);

    if (pitch) {
        *pitch = hyp_matmul_beats(&item).row * HYP_MATMUL_BEAT;
    }
    return hyp_batch_results(&batch->base) + item.result_offset;
}

void hyp_matmul_batch_copy(const hyp_matmul_batch *batch, uint32_t index, void *result)
{
    const hyp_matmul_descriptor item = item_at(batch, index);
    size_t bytes = (size_t)item.columns * hyp_matmul_result_width(item.flags);
    size_t pitch;
    const uint8_t *from = hyp_matmul_batch_result(batch, index, &pitch);

    for (uint32_t i = 0; i < item.rows && bytes; i++) {
        memcpy((uint8_t *)result + i * bytes, from + i * pitch, bytes);
    }
}

hyp_result_counters hyp_matmul_batch_counters(const hyp_matmul_batch *batch)
{
    return hyp_batch_counters(&batch->base);
}

static int run_single(hyp_device *device, hyp_matmul_batch *batch,
                      const hyp_matmul_product *product, uint64_t deadline_ns, void *result,
                      hyp_error *error)
{
    hyp_queue *queue;

    int added = hyp_matmul_batch_add(batch, product, error);
    if (added < 0) {
        return added;
    }
    int failed = hyp_queue_create(device, NULL, &queue);
    if (failed) {
        return hyp_fail(error, failed, "matmul: no queue: %s", hyp_strerror(failed));
    }
    failed = hyp_batch_run(&batch->base, queue, deadline_ns);
    hyp_queue_destroy(queue);
    if (failed) {
        return hyp_fail(error, failed, "matmul: %s", hyp_strerror(failed));
    }
    if (hyp_matmul_batch_status(batch, 0) != HYP_STATUS_OK) {
        return hyp_fail(error, HYP_EDEVICE, "matmul: the device refused a good product: %s",
                        hyp_status_name(hyp_matmul_batch_status(batch, 0)));
    }
    hyp_matmul_batch_copy(batch, 0, result);
    return HYP_OK;
}

int hyp_matmul(hyp_device *device, const hyp_matmul_product *product, uint64_t deadline_ns,
               void *result, hyp_error *error)
{
    hyp_matmul_batch *batch;
    size_t data_bytes = 0;
    size_t result_bytes = 0;

    if (!device || !result) {
        return hyp_fail(error, HYP_EINVAL, "hyp_matmul: no device, or nowhere to store the result");
    }
    int failed = hyp_matmul_room(product, &data_bytes, &result_bytes, error);
    if (failed) {
        return failed;
    }
    failed = hyp_matmul_batch_create(device, 1, data_bytes, result_bytes, &batch);
    if (failed) {
        return hyp_fail(error, failed, "matmul: %s", hyp_strerror(failed));
    }
    failed = run_single(device, batch, product, deadline_ns, result, error);
    hyp_matmul_batch_destroy(batch);
    return failed;
}
