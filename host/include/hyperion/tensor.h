/* Tensors: two-dimensional arrays of integers that the opcodes of a program work on
 * (hyperion/program.h), and weights that stay on the device.
 *
 * A tensor is reference counted: its creator holds one reference, every program that uses it
 * another. Ordinary tensors lie in host memory, row-major and dense, and are read and written
 * through hyp_tensor_data while no program that uses them runs. Weights are packed once, when they
 * are created; on a device with memory of its own they are copied there when a program first needs
 * them, and stay. When that memory is full, the weights that were used longest ago and that no
 * running program needs make room; the copy on the host remains, so nothing is lost but time. */
#ifndef HYPERION_TENSOR_H
#define HYPERION_TENSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hyperion/device.h"
#include "hyperion/error.h"

HYP_BEGIN_DECLS

typedef enum hyp_type {
    HYP_I8 = 1,
    HYP_I16 = 2,
    HYP_I32 = 3,
    HYP_I64 = 4,
    HYP_U8 = 5, /* shifts */
} hyp_type;

/* "i8", "i16", …; "unknown" for what is none of them. Static storage. */
HYP_API const char *hyp_type_name(hyp_type type);
/* Bytes of an element; 0 for what is no type. */
HYP_API size_t hyp_type_size(hyp_type type);

typedef struct hyp_tensor hyp_tensor;

/* Creates a tensor of zeros; rows or columns may be 0. The caller releases it before the device is
 * closed. Returns 0; HYP_EINVAL (no such type); HYP_ETOOBIG; HYP_ENOMEM. */
HYP_API int hyp_tensor_create(hyp_device *device, hyp_type type, uint32_t rows, uint32_t columns,
                              hyp_tensor **tensor);

/* One reference more; one less, and the last frees it. NULL does nothing. From any thread. */
HYP_API void hyp_tensor_retain(hyp_tensor *tensor);
HYP_API void hyp_tensor_release(hyp_tensor *tensor);

/* The elements, row-major and dense, 64-byte aligned; valid while a reference is held. NULL for
 * weights. */
HYP_API void *hyp_tensor_data(const hyp_tensor *tensor);
HYP_API hyp_type hyp_tensor_type(const hyp_tensor *tensor);
HYP_API uint32_t hyp_tensor_rows(const hyp_tensor *tensor);
HYP_API uint32_t hyp_tensor_columns(const hyp_tensor *tensor);

/* The right side of products: int8 [rows][columns], that is K × N, with what the device may apply
 * to each column of the result. All is copied; pointers but `values` may be NULL. */
typedef struct hyp_weights {
    size_t size;                 /* sizeof(hyp_weights) */
    uint32_t rows;               /* K */
    uint32_t columns;            /* N */
    const int8_t *values;        /* [K][N] row-major; with transposed [N][K] */
    bool transposed;             /* values come as [N][K], as checkpoints often have them */
    const int32_t *bias;         /* [N], each less than 2^30 in magnitude */
    const uint32_t *multipliers; /* [N], each less than 2^31: for results of i8 or i16 */
    const uint8_t *shifts;       /* [N], each at most 62; with multipliers */
} hyp_weights;

#define HYP_WEIGHTS_INIT                                                                           \
    {                                                                                              \
        sizeof(hyp_weights), 0, 0, NULL, false, NULL, NULL, NULL                                   \
    }

/* Creates weights. The caller releases them before the device is closed. Returns 0 or, with a
 * sentence, HYP_EINVAL (pointers, values outside what is documented), HYP_ETOOBIG (K above 131,071,
 * or 65,535 with a bias), HYP_ENOMEM. */
HYP_API int hyp_weights_create(hyp_device *device, const hyp_weights *weights, hyp_tensor **tensor,
                               hyp_error *error);

/* What weights take of a device's own memory, and what became of them there. All zero on a device
 * that keeps none, such as the CPU. */
typedef struct hyp_residency_info {
    uint64_t bytes;     /* of the device's memory that are set aside for weights */
    uint64_t used;      /* of these, by weights that are there now */
    uint64_t tensors;   /* that are there now */
    uint64_t uploads;   /* of weights, since the device was opened */
    uint64_t evictions; /* of weights that made room for others */
} hyp_residency_info;

/* From any thread. All zero in a child of a fork. */
HYP_API void hyp_device_residency(hyp_device *device, hyp_residency_info *info);

/* A part of a tensor as an operand: element (i, j) is element offset + i · row_stride +
 * j · column_stride of the tensor. A stride of 0 repeats: one row of scales serves all rows. */
typedef struct hyp_view {
    hyp_tensor *tensor; /* NULL: an optional operand that is absent */
    uint64_t offset;    /* strides and offset count elements */
    uint32_t rows;
    uint32_t columns;
    uint64_t row_stride;
    uint64_t column_stride;
} hyp_view;

/* An operand that is absent. */
#ifdef __cplusplus
#define HYP_NO_VIEW (hyp_view{})
#else
#define HYP_NO_VIEW ((hyp_view){NULL, 0, 0, 0, 0, 0})
#endif

/* The whole tensor. */
HYP_API hyp_view hyp_view_of(hyp_tensor *tensor);
/* Rows [first, first + count). */
HYP_API hyp_view hyp_view_rows(hyp_tensor *tensor, uint32_t first, uint32_t count);
/* Columns [first, first + count) of a view. */
HYP_API hyp_view hyp_view_columns(hyp_view view, uint32_t first, uint32_t count);
/* Rows become columns. */
HYP_API hyp_view hyp_view_transpose(hyp_view view);
/* One row, or one column, for as many rows or columns as the other operand has. */
HYP_API hyp_view hyp_view_repeat_row(hyp_view view, uint32_t rows);
HYP_API hyp_view hyp_view_repeat_column(hyp_view view, uint32_t columns);

HYP_END_DECLS

#endif
