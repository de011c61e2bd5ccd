/* A view whose tensor was resolved: what opcodes read and write. */
#ifndef HYPERION_OPCODES_ARRAY_H
#define HYPERION_OPCODES_ARRAY_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "hyperion/tensor.h"

struct hyp_array {
    uint8_t *data; /* element (0, 0); NULL: absent */
    hyp_type type;
    uint32_t rows;
    uint32_t columns;
    uint64_t row_stride; /* in elements */
    uint64_t column_stride;
};

static inline uint8_t *hyp_array_at(const struct hyp_array *array, uint64_t row, uint64_t column)
{
    static const uint8_t sizes[] = {
        [HYP_I8] = 1, [HYP_I16] = 2, [HYP_I32] = 4, [HYP_I64] = 8, [HYP_U8] = 1};

    return array->data +
           (row * array->row_stride + column * array->column_stride) * sizes[array->type];
}

static inline int64_t hyp_array_load(const struct hyp_array *array, uint64_t row, uint64_t column)
{
    const uint8_t *at = hyp_array_at(array, row, column);
    int16_t i16;
    int32_t i32;
    int64_t i64;

    switch (array->type) {
    case HYP_I8:
        return (int8_t)*at;
    case HYP_U8:
        return *at;
    case HYP_I16:
        memcpy(&i16, at, sizeof i16);
        return i16;
    case HYP_I32:
        memcpy(&i32, at, sizeof i32);
        return i32;
    case HYP_I64:
        memcpy(&i64, at, sizeof i64);
        return i64;
    }
    return 0;
}

static inline int64_t hyp_clamp(int64_t value, int64_t least, int64_t most)
{
    return value < least ? least : value > most ? most : value;
}

/* Stores a value, saturated to the array's type. */
static inline void hyp_array_store(const struct hyp_array *array, uint64_t row, uint64_t column,
                                   int64_t value)
{
    uint8_t *at = hyp_array_at(array, row, column);
    int16_t i16;
    int32_t i32;

    switch (array->type) {
    case HYP_I8:
        *at = (uint8_t)hyp_clamp(value, INT8_MIN, INT8_MAX);
        break;
    case HYP_U8:
        *at = (uint8_t)hyp_clamp(value, 0, UINT8_MAX);
        break;
    case HYP_I16:
        i16 = (int16_t)hyp_clamp(value, INT16_MIN, INT16_MAX);
        memcpy(at, &i16, sizeof i16);
        break;
    case HYP_I32:
        i32 = (int32_t)hyp_clamp(value, INT32_MIN, INT32_MAX);
        memcpy(at, &i32, sizeof i32);
        break;
    case HYP_I64:
        memcpy(at, &value, sizeof value);
        break;
    }
}

/* Adds half and shifts: division by 2^shift to the nearest, halves up. value + half must fit. */
static inline int64_t hyp_round_shift(int64_t value, uint32_t shift)
{
    return (value + (shift ? INT64_C(1) << (shift - 1) : 0)) >> shift;
}

#endif
