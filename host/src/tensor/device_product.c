#include "host/src/tensor/device_product.h"

#include <string.h>

#include "host/src/device.h"
#include "host/src/ops/matmul.h"
#include "host/src/tensor/tensor.h"

/* The weights of a product: where the device finds them. */
struct placement {
    const struct hyp_memory *arena; /* NULL: they travel with the job */
    uint64_t offset;                /* in the arena */
};

void hyp_product_runner_release(struct hyp_product_runner *runner)
{
    hyp_queue_destroy(runner->queue);
    hyp_batch_release(&runner->batch);
    *runner = (struct hyp_product_runner){.verify = runner->verify};
}

/* On the CPU a product is computed by the calling thread, unless it is so large that the device's
 * threads are sooner together, the copies and the waking of threads included. */
static const uint64_t worth_threads = 32000000;

static bool is_worth_a_job(const hyp_device *device, const struct hyp_instruction *in)
{
    uint64_t results = (uint64_t)in->result.rows * in->result.columns;

    return device->info.kind != HYP_DEVICE_CPU ||
           (device->context->cpu_threads > 1 && results >= worth_threads / in->a.columns);
}

bool hyp_product_for_device(const hyp_device *device, const struct hyp_instruction *in)
{
    return in->opcode == HYP_OPCODE_MATMUL && in->weights_tensor && !in->c.data && in->a.columns &&
           in->result.rows && in->result.columns && is_worth_a_job(device, in) &&
           hyp_device_capability(device, HYP_OP_MATMUL);
}

static hyp_matmul_descriptor describe(const struct hyp_instruction *in,
                                      const struct placement *placement)
{
    hyp_matmul_descriptor item = {
        .rows = in->result.rows, .inner = in->a.columns, .columns = in->result.columns};

    item.flags = (in->weights.bias ? HYP_MATMUL_BIAS : 0) |
                 (in->d.data ? HYP_MATMUL_ACCUMULATE : 0) |
                 (in->result.type == HYP_I8    ? HYP_MATMUL_REQUANT8
                  : in->result.type == HYP_I16 ? HYP_MATMUL_REQUANT16
                                               : 0) |
                 (placement->arena ? HYP_MATMUL_B_RESIDENT : 0);
    return item;
}

/* A batch with room for the item, in place of a smaller one. */
static int make_room(struct hyp_product_runner *runner, hyp_device *device,
                     const hyp_matmul_descriptor *item, size_t weights_bytes)
{
    const struct hyp_matmul_beats beats = hyp_matmul_beats(item);
    struct hyp_batch *batch = &runner->batch;
    size_t data;
    size_t results;

    if (__builtin_mul_overflow(beats.a + beats.accumulate, HYP_MATMUL_BEAT, &data) ||
        __builtin_add_overflow(data, weights_bytes, &data) ||
        __builtin_mul_overflow(beats.result, HYP_MATMUL_BEAT, &results)) {
        return HYP_ETOOBIG;
    }
    if (batch->input && data <= batch->max_data && results <= batch->max_results) {
        hyp_batch_clear(batch);
        return HYP_OK;
    }
    data = data > batch->max_data ? data : batch->max_data;
    results = results > batch->max_results ? results : batch->max_results;
    hyp_batch_release(batch);
    *batch = (struct hyp_batch){0};
    return hyp_batch_init(batch, device, HYP_OP_MATMUL, 0, 1, data, results);
}

/* Takes room in the data section; returns its offset. */
static uint64_t take(struct hyp_batch *batch, uint64_t bytes)
{
    uint64_t offset = batch->data_offset + batch->data_used;

    batch->data_used += bytes;
    return offset;
}

/* Rows of i8 or i32, dense, each padded to whole beats. */
static uint64_t pack_rows(struct hyp_batch *batch, const struct hyp_array *array, uint64_t beats)
{
    uint64_t offset = take(batch, beats * HYP_MATMUL_BEAT);
    size_t pitch = (size_t)(beats / array->rows) * HYP_MATMUL_BEAT;
    size_t row_bytes = array->columns * hyp_type_size(array->type);
    uint8_t *to = (uint8_t *)hyp_buffer_data(batch->input) + offset;

    for (uint64_t i = 0; i < array->rows; i++, to += pitch) {
        struct hyp_array row = {to, array->type, 1, array->columns, 0, 1};
        if (array->column_stride == 1) {
            memcpy(to, hyp_array_at(array, i, 0), row_bytes);
        } else {
            for (uint64_t j = 0; j < array->columns; j++) {
                hyp_array_store(&row, 0, j, hyp_array_load(array, i, j));
            }
        }
        memset(to + row_bytes, 0, pitch - row_bytes);
    }
    return offset;
}

/* Panels, bias and requant lie in the arena, or in the data section, as they do in the tensor. */
static void pack_weights(struct hyp_batch *batch, const hyp_tensor *weights,
                         const struct placement *placement, hyp_matmul_descriptor *item)
{
    const struct hyp_packed_weights *packed = &weights->packed;
    uint64_t begin = placement->offset;

    if (!placement->arena) {
        begin = take(batch, weights->bytes);
        memcpy((uint8_t *)hyp_buffer_data(batch->input) + begin, weights->data, weights->bytes);
    }
    item->b_offset = begin;
    if (packed->bias) {
        item->bias_offset = begin + (uint64_t)((const uint8_t *)packed->bias - weights->data);
    }
    if (packed->multipliers) {
        item->requant_offset =
            begin + (uint64_t)((const uint8_t *)packed->multipliers - weights->data);
    }
}

static void unpack(const struct hyp_batch *batch, const struct hyp_instruction *in, uint64_t pitch)
{
    const uint8_t *from = hyp_batch_results(batch);
    size_t row_bytes = in->result.columns * hyp_type_size(in->result.type);

    for (uint64_t i = 0; i < in->result.rows; i++, from += pitch) {
        /* Only read. */
        const struct hyp_array row = {
            (uint8_t *)(uintptr_t)from, in->result.type, 1, in->result.columns, 0, 1};
        if (in->result.column_stride == 1) {
            memcpy(hyp_array_at(&in->result, i, 0), from, row_bytes);
        } else {
            for (uint64_t j = 0; j < in->result.columns; j++) {
                hyp_array_store(&in->result, i, j, hyp_array_load(&row, 0, j));
            }
        }
    }
}

static int submit_and_wait(struct hyp_product_runner *runner, const struct placement *placement,
                           uint64_t deadline_ns)
{
    hyp_job job = hyp_batch_job(&runner->batch, NULL);
    hyp_completion completion;

    job.deadline_ns = deadline_ns;
    int accepted = hyp_queue_submit_resident(runner->queue, &job, placement->arena);
    if (accepted != 1) {
        return accepted ? accepted : HYP_EAGAIN;
    }
    /* The engine completes every job by its deadline. */
    while (hyp_queue_reap(runner->queue, &completion, 1) == 0) {
        hyp_queue_wait(runner->queue, UINT64_MAX / 2);
    }
    if (completion.result == HYP_OK && hyp_batch_status(&runner->batch, 0) != HYP_STATUS_OK) {
        return HYP_EDEVICE;
    }
    return completion.result;
}

static int run_placed(struct hyp_product_runner *runner, hyp_device *device,
                      const struct hyp_instruction *in, const struct placement *placement,
                      uint64_t deadline_ns)
{
    const hyp_tensor *weights = in->weights_tensor;
    hyp_matmul_descriptor item = describe(in, placement);
    const struct hyp_matmul_beats beats = hyp_matmul_beats(&item);
    struct hyp_batch *batch = &runner->batch;

    int result = make_room(runner, device, &item, placement->arena ? 0 : weights->bytes);
    if (result) {
        return result;
    }
    item.a_offset = pack_rows(batch, &in->a, beats.a);
    if (in->d.data) {
        item.accumulate_offset = pack_rows(batch, &in->d, beats.accumulate);
    }
    pack_weights(batch, weights, placement, &item);
    batch->results_used = beats.result * HYP_MATMUL_BEAT;
    memcpy(hyp_batch_descriptor(batch, 0), &item, sizeof item);
    batch->count = 1;
    result = submit_and_wait(runner, placement, deadline_ns);
    if (result == HYP_OK) {
        unpack(batch, in, beats.row * HYP_MATMUL_BEAT);
    }
    return result;
}

int hyp_product_run(struct hyp_product_runner *runner, hyp_device *device,
                    const struct hyp_instruction *in, uint64_t deadline_ns)
{
    struct placement placement = {NULL, 0};

    if (!runner->queue) {
        hyp_queue_options options = HYP_QUEUE_OPTIONS_INIT;
        options.verify = runner->verify;
        int result = hyp_queue_create(device, &options, &runner->queue);
        if (result) {
            return result;
        }
    }
    if (device->info.kind == HYP_DEVICE_CPU) {
        /* Weights lie where the CPU reads them: they are an arena of their own. */
        const struct hyp_memory memory = {
            .data = in->weights_tensor->data, .size = in->weights_tensor->bytes, .fd = -1};
        placement.arena = &memory;
        return run_placed(runner, device, in, &placement, deadline_ns);
    }
    bool pinned =
        hyp_residency_pin(in->weights_tensor, &placement.offset, &placement.arena) == HYP_OK;
    int result = run_placed(runner, device, in, &placement, deadline_ns);
    if (pinned) {
        hyp_residency_unpin(in->weights_tensor);
    }
    return result;
}
