#include "host/src/tensor/product.h"

/* Whether the elements of each row lie side by side. */
static bool rows_are_dense(const struct hyp_array *array)
{
    return array->columns <= 1 || array->column_stride == 1;
}

bool hyp_product_with_weights(const struct hyp_instruction *in,
                              const struct hyp_matmul_kernel *kernel)
{
    const struct hyp_packed_weights *weights = &in->weights;
    size_t width = hyp_type_size(in->result.type);

    if (in->opcode != HYP_OPCODE_MATMUL || !weights->panels || in->c.data ||
        !rows_are_dense(&in->a) || !rows_are_dense(&in->d) || !rows_are_dense(&in->result)) {
        return false;
    }
    const struct hyp_matmul_task task = {
        .a = (const int8_t *)in->a.data,
        .a_pitch = in->a.row_stride,
        .rows = in->result.rows,
        .inner = in->a.columns,
        .columns = in->result.columns,
        .panels = weights->panels,
        .bias = weights->bias,
        .accumulate = (const int32_t *)(const void *)in->d.data,
        .accumulate_pitch = in->d.row_stride,
        .multipliers = in->result.type == HYP_I32 ? NULL : weights->multipliers,
        .shifts = weights->shifts,
        .width = (uint32_t)width,
        .result = in->result.data,
        .result_pitch = in->result.row_stride * width,
    };
    uint64_t panels = ((uint64_t)task.columns + HYP_MATMUL_PANEL - 1) / HYP_MATMUL_PANEL;
    hyp_matmul_compute(&task, kernel, 0, (uint32_t)panels);
    return true;
}
