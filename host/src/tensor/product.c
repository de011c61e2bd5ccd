#include "host/src/tensor/product.h"

#include <stdlib.h>
#include <string.h>

/* Whether the elements of each row lie side by side. */
static bool rows_are_dense(const struct hyp_array *array)
{
    return array->columns <= 1 || array->column_stride == 1;
}

static uint32_t panels_of(const struct hyp_instruction *in)
{
    return (uint32_t)(((uint64_t)in->result.columns + HYP_MATMUL_PANEL - 1) / HYP_MATMUL_PANEL);
}

static bool multiply(const struct hyp_instruction *in, const struct hyp_matmul_kernel *kernel)
{
    const struct hyp_packed_weights *weights = &in->weights;
    size_t width = hyp_type_size(in->result.type);

    if (in->c.data || !rows_are_dense(&in->a) || !rows_are_dense(&in->d) ||
        !rows_are_dense(&in->result)) {
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
    hyp_matmul_compute(&task, kernel, 0, panels_of(in));
    return true;
}

/* Rows of A that are split at once. */
enum { ROWS16 = 32 };

/* The two int8 halves of rows [first, first + rows) of a, and below them a row of ones:
 * a = 256 · high + low + 128. */
static void split_rows(const struct hyp_array *a, uint32_t first, uint32_t rows, int8_t *halves)
{
    size_t inner = a->columns;

    for (uint32_t i = 0; i < rows; i++) {
        int8_t *high = halves + 2 * (size_t)i * inner;
        for (size_t k = 0; k < inner; k++) {
            int32_t value = (int32_t)hyp_array_load(a, first + (uint64_t)i, k);
            high[k] = (int8_t)(value >> 8);
            high[inner + k] = (int8_t)((value & 0xff) - 128);
        }
    }
    memset(halves + 2 * (size_t)rows * inner, 1, inner);
}

static void join_rows(const struct hyp_instruction *in, uint32_t first, uint32_t rows,
                      const int32_t *sums)
{
    size_t columns = in->result.columns;
    const int32_t *ones = sums + 2 * (size_t)rows * columns;

    for (uint32_t i = 0; i < rows; i++) {
        const int32_t *high = sums + 2 * (size_t)i * columns;
        for (size_t j = 0; j < columns; j++) {
            int64_t sum = 256 * (int64_t)high[j] + high[columns + j] + 128 * (int64_t)ones[j];
            hyp_array_store(&in->result, first + (uint64_t)i, j,
                            hyp_round_shift(sum, in->immediate[0]));
        }
    }
}

/* As products of int8, with as many rows more as that takes. */
static bool multiply16(const struct hyp_instruction *in, const struct hyp_matmul_kernel *kernel)
{
    size_t inner = in->a.columns;
    size_t columns = in->result.columns;
    uint32_t most = in->result.rows < ROWS16 ? in->result.rows : (uint32_t)ROWS16;
    size_t rows_split = 2 * (size_t)most + 1;
    /* K has 17 bits and N 32: no overflow. */
    int8_t *halves = malloc(rows_split * inner + 1);
    int32_t *sums = malloc(rows_split * columns * sizeof *sums + 1);
    bool possible = halves && sums;

    for (uint32_t row = 0; possible && row < in->result.rows; row += most) {
        uint32_t rows = in->result.rows - row < most ? in->result.rows - row : most;
        const struct hyp_matmul_task task = {
            .a = halves,
            .a_pitch = inner,
            .rows = 2 * rows + 1,
            .inner = in->a.columns,
            .columns = in->result.columns,
            .panels = in->weights.panels,
            .width = sizeof *sums,
            .result = sums,
            .result_pitch = columns * sizeof *sums,
        };
        split_rows(&in->a, row, rows, halves);
        hyp_matmul_compute(&task, kernel, 0, panels_of(in));
        join_rows(in, row, rows, sums);
    }
    free(halves);
    free(sums);
    return possible;
}

bool hyp_product_with_weights(const struct hyp_instruction *in,
                              const struct hyp_matmul_kernel *kernel)
{
    if (!in->weights.panels) {
        return false;
    }
    return in->opcode == HYP_OPCODE_MATMUL     ? multiply(in, kernel)
           : in->opcode == HYP_OPCODE_MATMUL16 ? multiply16(in, kernel)
                                               : false;
}
