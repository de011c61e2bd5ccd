#include "host/src/matmul/matmul.h"

#include <string.h>

/* Rows that share a panel while it is in the cache; their sums and results stay on the stack. */
enum { BLOCK_ROWS = 768, TILE_ROWS = 24 };

const struct hyp_matmul_kernel *hyp_matmul_kernel_for(enum hyp_cpu_variant variant)
{
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (variant >= HYP_CPU_AVX512 && __builtin_cpu_supports("avx512vnni")) {
        return &hyp_matmul_avx512;
    }
    if (variant >= HYP_CPU_AVX2) {
        return &hyp_matmul_avx2;
    }
#endif
    (void)variant;
    return &hyp_matmul_portable;
}

/* What is done to sums before they are a result: a row of one panel. */
static void finish_row(const struct hyp_matmul_task *task, uint32_t row, uint32_t column,
                       uint32_t count, const int32_t *sums)
{
    uint8_t *result =
        (uint8_t *)task->result + row * task->result_pitch + (size_t)column * task->width;
    int32_t values[HYP_MATMUL_PANEL];

    for (uint32_t j = 0; j < count; j++) {
        uint32_t value = (uint32_t)sums[j];
        if (task->bias) {
            value += (uint32_t)task->bias[column + j];
        }
        if (task->accumulate) {
            value += (uint32_t)task->accumulate[row * task->accumulate_pitch + column + j];
        }
        values[j] = (int32_t)value;
    }
    if (!task->multipliers) {
        memcpy(result, values, count * sizeof values[0]);
        return;
    }
    int32_t limit = task->width == 1 ? INT8_MAX : INT16_MAX;
    for (uint32_t j = 0; j < count; j++) {
        int32_t value = hyp_matmul_requantise(values[j], task->multipliers[column + j],
                                              task->shifts[column + j], limit);
        if (task->width == 1) {
            ((int8_t *)result)[j] = (int8_t)value;
        } else {
            int16_t narrow = (int16_t)value;
            memcpy(result + 2 * (size_t)j, &narrow, sizeof narrow);
        }
    }
}

/* Through memory of our own: for the last panel, and where sums are not yet the result. */
static void compute_finished(const struct hyp_matmul_task *task,
                             const struct hyp_matmul_kernel *kernel, struct hyp_matmul_panel *panel,
                             uint32_t first_row, uint32_t column, uint32_t count)
{
    int32_t sums[TILE_ROWS * HYP_MATMUL_PANEL];
    struct hyp_matmul_panel part = *panel;

    part.c = sums;
    part.c_pitch = HYP_MATMUL_PANEL;
    for (uint32_t row = 0; row < panel->rows; row += TILE_ROWS) {
        part.a = panel->a + row * panel->a_pitch;
        part.row_sums = panel->row_sums + row;
        part.rows = panel->rows - row < TILE_ROWS ? panel->rows - row : (uint32_t)TILE_ROWS;
        kernel->compute(&part);
        for (uint32_t i = 0; i < part.rows; i++) {
            finish_row(task, first_row + row + i, column, count,
                       sums + (size_t)i * HYP_MATMUL_PANEL);
        }
    }
}

static void compute_block(const struct hyp_matmul_task *task,
                          const struct hyp_matmul_kernel *kernel, uint32_t first_row, uint32_t rows,
                          uint32_t first_panel, uint32_t last_panel)
{
    int32_t sums[BLOCK_ROWS];
    struct hyp_matmul_panel panel = {
        .a = task->a + first_row * task->a_pitch,
        .a_pitch = task->a_pitch,
        .rows = rows,
        .inner = task->inner,
        .row_sums = sums,
    };
    bool plain = !task->bias && !task->accumulate && !task->multipliers;

    for (uint32_t i = 0; i < rows && kernel->row_sum; i++) {
        sums[i] = kernel->row_sum(panel.a + i * task->a_pitch, task->inner);
    }
    for (uint32_t p = first_panel; p < last_panel; p++) {
        uint32_t column = p * HYP_MATMUL_PANEL;
        uint32_t left = task->columns - column;
        panel.panel = task->panels + (size_t)p * task->inner * HYP_MATMUL_PANEL;
        if (plain && left >= HYP_MATMUL_PANEL && task->result_pitch % sizeof(int32_t) == 0) {
            panel.c =
                (int32_t *)((uint8_t *)task->result + first_row * task->result_pitch) + column;
            panel.c_pitch = task->result_pitch / sizeof(int32_t);
            kernel->compute(&panel);
        } else {
            compute_finished(task, kernel, &panel, first_row, column,
                             left < HYP_MATMUL_PANEL ? left : (uint32_t)HYP_MATMUL_PANEL);
        }
    }
}

void hyp_matmul_compute(const struct hyp_matmul_task *task, const struct hyp_matmul_kernel *kernel,
                        uint32_t first_panel, uint32_t last_panel)
{
    for (uint32_t row = 0; row < task->rows && task->columns; row += BLOCK_ROWS) {
        uint32_t rows = task->rows - row < BLOCK_ROWS ? task->rows - row : (uint32_t)BLOCK_ROWS;
        compute_block(task, kernel, row, rows, first_panel, last_panel);
    }
}
