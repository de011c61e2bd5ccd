#include "hyperion/tensor.h"

hyp_view hyp_view_of(hyp_tensor *tensor)
{
    return hyp_view_rows(tensor, 0, tensor ? hyp_tensor_rows(tensor) : 0);
}

hyp_view hyp_view_rows(hyp_tensor *tensor, uint32_t first, uint32_t count)
{
    uint32_t columns = tensor ? hyp_tensor_columns(tensor) : 0;

    return (hyp_view){
        .tensor = tensor,
        .offset = (uint64_t)first * columns,
        .rows = count,
        .columns = columns,
        .row_stride = columns,
        .column_stride = 1,
    };
}

/* A view that leaves its tensor is found when it is used; here it must only not come back into it
 * by wrapping. */
hyp_view hyp_view_columns(hyp_view view, uint32_t first, uint32_t count)
{
    uint64_t skipped;

    if (__builtin_mul_overflow(first, view.column_stride, &skipped) ||
        __builtin_add_overflow(view.offset, skipped, &view.offset)) {
        view.offset = UINT64_MAX;
    }
    view.columns = count;
    return view;
}

hyp_view hyp_view_transpose(hyp_view view)
{
    return (hyp_view){
        .tensor = view.tensor,
        .offset = view.offset,
        .rows = view.columns,
        .columns = view.rows,
        .row_stride = view.column_stride,
        .column_stride = view.row_stride,
    };
}

hyp_view hyp_view_repeat_row(hyp_view view, uint32_t rows)
{
    view.rows = rows;
    view.row_stride = 0;
    return view;
}

hyp_view hyp_view_repeat_column(hyp_view view, uint32_t columns)
{
    view.columns = columns;
    view.column_stride = 0;
    return view;
}
