/* Op matmul on the CPU. An item may be a large product, so items are cut into parts that threads
 * share: some panels of the result each, or some rows where there are few panels. */
#include <string.h>

#include "host/src/backend/cpu_ops.h"
#include "host/src/matmul/matmul.h"
#include "host/src/ops/matmul.h"

/* A part has about so many products, and an item at most so many parts. Parts of rows have so many
 * at least, since each of them prepares the panel anew. */
static const uint64_t part_products = 8000000;
enum { MOST_PARTS = 256, LEAST_ROWS = 192, MOST_LOOKED_AT = 4096 };

/* A chunk of parts lasts about this long. */
static const uint64_t chunk_ps = 200000000;

static uint64_t min_u64(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static uint64_t max_u64(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

static hyp_matmul_descriptor item_at(const hyp_batch_header *header, const uint8_t *input,
                                     uint32_t index)
{
    hyp_matmul_descriptor item;
    memcpy(&item, input + header->descriptors_offset + (size_t)index * sizeof item, sizeof item);
    return item;
}

/* Saturates. */
static uint64_t products_of(const hyp_matmul_descriptor *item)
{
    uint64_t products;

    return __builtin_mul_overflow((uint64_t)item->rows * item->columns, item->inner, &products)
               ? UINT64_MAX
               : products;
}

static struct hyp_cpu_plan plan(const hyp_batch_header *header, const uint8_t *input,
                                const hyp_context *context)
{
    /* Picoseconds a product: rough. */
    static const uint64_t product_ps[] = {
        [HYP_CPU_PORTABLE] = 90,
        [HYP_CPU_AVX2] = 19,
        [HYP_CPU_AVX512] = 5,
    };
    /* The first say enough of very many, and cost little. */
    uint32_t looked_at = (uint32_t)min_u64(header->item_count, MOST_LOOKED_AT);
    uint64_t most = 0;
    uint64_t sum = 0;

    for (uint32_t i = 0; i < looked_at; i++) {
        const hyp_matmul_descriptor item = item_at(header, input, i);
        /* What is refused costs nothing, however large it says it is. */
        uint64_t products = hyp_matmul_result_fits(header, &item) ? products_of(&item) : 0;
        most = max_u64(most, products);
        sum = sum + products < sum ? UINT64_MAX : sum + products;
    }
    uint64_t parts = min_u64(most / part_products + 1, MOST_PARTS);
    /* Many items need no parts, and units are counted in 32 bits. */
    parts = min_u64(parts, max_u64(1, (UINT64_C(1) << 24) / max_u64(1, header->item_count)));
    uint64_t unit = min_u64(sum / max_u64(1, looked_at * parts), UINT64_C(1) << 50);
    uint64_t item_ps = unit * product_ps[context->cpu_variant] + 100000;

    return (struct hyp_cpu_plan){
        .item_ps = item_ps,
        .granule = 1,
        .least_items = 1,
        .most_items = (uint32_t)max_u64(1, chunk_ps / item_ps),
        .shares = 2,
        .parts = (uint32_t)parts,
    };
}

/* [first, last) of `count` things, for share `index` of `shares`. */
static void share(uint32_t count, uint32_t index, uint32_t shares, uint32_t *first, uint32_t *last)
{
    *first = (uint32_t)((uint64_t)count * index / shares);
    *last = (uint32_t)((uint64_t)count * (index + 1) / shares);
}

static struct hyp_matmul_task task_of(const struct hyp_cpu_work *work,
                                      const hyp_matmul_descriptor *item,
                                      const struct hyp_matmul_beats *beats)
{
    bool resident = item->flags & HYP_MATMUL_B_RESIDENT && work->resident;
    const uint8_t *weights = resident ? work->resident->data : work->input;
    /* Unused offsets were not checked: not even an address is made of them. */
    bool scaled = item->flags & (HYP_MATMUL_REQUANT8 | HYP_MATMUL_REQUANT16);
    const uint8_t *requant = scaled ? weights + item->requant_offset : NULL;
    uint8_t *results = work->output + hyp_results_offset(work->header->item_count);

    return (struct hyp_matmul_task){
        .a = (const int8_t *)work->input + item->a_offset,
        .a_pitch = ((size_t)item->inner + HYP_MATMUL_BEAT - 1) / HYP_MATMUL_BEAT * HYP_MATMUL_BEAT,
        .rows = item->rows,
        .inner = item->inner,
        .columns = item->columns,
        .panels = weights + item->b_offset,
        .bias = item->flags & HYP_MATMUL_BIAS ? (const void *)(weights + item->bias_offset) : NULL,
        .accumulate = item->flags & HYP_MATMUL_ACCUMULATE
                          ? (const void *)(work->input + item->accumulate_offset)
                          : NULL,
        .accumulate_pitch = beats->bias * (HYP_MATMUL_BEAT / sizeof(int32_t)),
        .multipliers = (const void *)requant,
        .shifts = scaled ? requant + beats->multipliers * HYP_MATMUL_BEAT : NULL,
        .width = hyp_matmul_result_width(item->flags),
        .result = results + item->result_offset,
        .result_pitch = beats->row * HYP_MATMUL_BEAT,
    };
}

/* Zeros behind the columns of rows. */
static void pad_rows(const struct hyp_matmul_task *task, uint32_t first, uint32_t last)
{
    size_t used = (size_t)task->columns * task->width;

    for (uint32_t row = first; row < last && used < task->result_pitch; row++) {
        memset((uint8_t *)task->result + row * task->result_pitch + used, 0,
               task->result_pitch - used);
    }
}

/* Part `index` of the parts of a good item. */
static void compute_part(const struct hyp_cpu_work *work, const hyp_matmul_descriptor *item,
                         uint32_t index)
{
    const struct hyp_matmul_beats beats = hyp_matmul_beats(item);
    uint32_t panels =
        (uint32_t)(((uint64_t)item->columns + HYP_MATMUL_PANEL - 1) / HYP_MATMUL_PANEL);
    uint32_t across = panels && panels < work->parts ? panels : work->parts;
    uint32_t first;
    uint32_t last;

    if (item->rows == 0 || panels == 0) {
        return;
    }
    uint32_t down = (uint32_t)min_u64(work->parts / across, item->rows / LEAST_ROWS + 1);
    if (index >= across * down) {
        return;
    }
    struct hyp_matmul_task task = task_of(work, item, &beats);
    share(item->rows, index / across, down, &first, &last);
    task.a += first * task.a_pitch;
    task.accumulate = task.accumulate ? task.accumulate + first * task.accumulate_pitch : NULL;
    task.result = (uint8_t *)task.result + first * task.result_pitch;
    task.rows = last - first;
    share(panels, index % across, across, &first, &last);
    hyp_matmul_compute(&task, hyp_matmul_kernel_for(work->context->cpu_variant), first, last);
    if (last == panels) {
        pad_rows(&task, 0, task.rows);
    }
}

/* Each part checks the descriptor by itself, in a copy: others may write to the batch. The first
 * writes the status. */
static uint32_t compute_unit(const struct hyp_cpu_work *work, uint32_t unit)
{
    uint32_t index = unit / work->parts;
    const hyp_matmul_descriptor item = item_at(work->header, work->input, index);
    uint8_t status = hyp_matmul_check(work->header, &item, work->resident);
    bool first = unit % work->parts == 0;

    if (status == HYP_STATUS_OK) {
        compute_part(work, &item, unit % work->parts);
    } else if (first && hyp_matmul_result_fits(work->header, &item)) {
        memset(work->output + hyp_results_offset(work->header->item_count) + item.result_offset, 0,
               hyp_matmul_beats(&item).result * HYP_MATMUL_BEAT);
    }
    if (first) {
        work->output[HYP_STATUS_OFFSET + index] = status;
    }
    return first && status != HYP_STATUS_OK;
}

static uint32_t compute(const struct hyp_cpu_work *work, uint32_t *failed)
{
    uint32_t next = work->first;

    *failed = 0;
    while (next < work->last && (next == work->first || !hyp_cpu_work_should_yield(work))) {
        *failed += compute_unit(work, next);
        next++;
    }
    return next - work->first;
}

const struct hyp_cpu_op hyp_cpu_matmul = {
    .op = HYP_OP_MATMUL,
    .plan = plan,
    .compute = compute,
};
