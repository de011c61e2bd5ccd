#include "host/src/tensor/tensor.h"

#include <stdlib.h>
#include <string.h>

#include "host/src/device.h"
#include "host/src/fail.h"
#include "host/src/ops/matmul.h"
#include "host/src/options.h"

enum { ALIGNMENT = 64 };

const char *hyp_type_name(hyp_type type)
{
    static const char *const names[] = {
        [HYP_I8] = "i8", [HYP_I16] = "i16", [HYP_I32] = "i32", [HYP_I64] = "i64", [HYP_U8] = "u8"};
    return (unsigned)type <= HYP_U8 && names[type] ? names[type] : "unknown";
}

size_t hyp_type_size(hyp_type type)
{
    static const uint8_t sizes[] = {
        [HYP_I8] = 1, [HYP_I16] = 2, [HYP_I32] = 4, [HYP_I64] = 8, [HYP_U8] = 1};
    return (unsigned)type <= HYP_U8 ? sizes[type] : 0;
}

/* Zeroed; a tensor without elements has memory too, so that its address is one. */
static int allocate(size_t bytes, hyp_tensor **tensor)
{
    hyp_tensor *made = calloc(1, sizeof *made);
    size_t room;

    *tensor = NULL;
    if (!made) {
        return HYP_ENOMEM;
    }
    if (__builtin_add_overflow(bytes, 2 * ALIGNMENT - 1, &room)) {
        free(made);
        return HYP_ETOOBIG;
    }
    room &= ~(size_t)(ALIGNMENT - 1);
    made->data = aligned_alloc(ALIGNMENT, room);
    if (!made->data) {
        free(made);
        return HYP_ENOMEM;
    }
    memset(made->data, 0, room);
    made->bytes = bytes;
    atomic_init(&made->references, 1);
    *tensor = made;
    return HYP_OK;
}

int hyp_tensor_create(hyp_device *device, hyp_type type, uint32_t rows, uint32_t columns,
                      hyp_tensor **tensor)
{
    uint64_t elements = (uint64_t)rows * columns;
    size_t bytes;

    if (!device || !tensor || hyp_type_size(type) == 0) {
        return HYP_EINVAL;
    }
    *tensor = NULL;
    if (__builtin_mul_overflow(elements, hyp_type_size(type), &bytes)) {
        return HYP_ETOOBIG;
    }
    int result = allocate(bytes, tensor);
    if (result) {
        return result;
    }
    (*tensor)->device = device;
    (*tensor)->type = type;
    (*tensor)->rows = rows;
    (*tensor)->columns = columns;
    (*tensor)->elements = elements;
    return HYP_OK;
}

void hyp_tensor_retain(hyp_tensor *tensor)
{
    if (tensor) {
        atomic_fetch_add_explicit(&tensor->references, 1, memory_order_relaxed);
    }
}

void hyp_tensor_release(hyp_tensor *tensor)
{
    if (tensor && atomic_fetch_sub_explicit(&tensor->references, 1, memory_order_acq_rel) == 1) {
        if (tensor->is_weights) {
            hyp_residency_forget(tensor);
        }
        free(tensor->data);
        free(tensor);
    }
}

void *hyp_tensor_data(const hyp_tensor *tensor)
{
    return tensor->is_weights ? NULL : tensor->data;
}

hyp_type hyp_tensor_type(const hyp_tensor *tensor)
{
    return tensor->type;
}

uint32_t hyp_tensor_rows(const hyp_tensor *tensor)
{
    return tensor->rows;
}

uint32_t hyp_tensor_columns(const hyp_tensor *tensor)
{
    return tensor->columns;
}

static int check_weights(const hyp_weights *given, hyp_weights *weights, hyp_error *error)
{
    const hyp_weights empty = HYP_WEIGHTS_INIT;

    *weights = empty;
    int result = hyp_options_copy(weights, sizeof *weights, given, error);
    if (result) {
        return result;
    }
    if (!weights->values && weights->rows && weights->columns) {
        return hyp_fail(error, HYP_EINVAL, "weights have no values");
    }
    if (!weights->multipliers != !weights->shifts) {
        return hyp_fail(error, HYP_EINVAL, "weights: multipliers and shifts go together");
    }
    uint32_t most = weights->bias ? HYP_MATMUL_MAX_INNER_BIAS : HYP_MATMUL_MAX_INNER;
    if (weights->rows > most) {
        return hyp_fail(error, HYP_ETOOBIG, "weights have %u rows; more than %u%s might wrap",
                        weights->rows, most, weights->bias ? " with a bias" : "");
    }
    return hyp_matmul_check_columns(weights->columns, weights->bias, weights->multipliers,
                                    weights->shifts, error);
}

static size_t whole_beats(size_t bytes)
{
    return (bytes + HYP_MATMUL_BEAT - 1) / HYP_MATMUL_BEAT * HYP_MATMUL_BEAT;
}

static void pack(const hyp_weights *weights, hyp_tensor *tensor)
{
    struct hyp_packed_weights *packed = &tensor->packed;
    size_t words = 4 * (size_t)weights->columns;
    uint8_t *at = tensor->data;

    packed->inner = weights->rows;
    packed->columns = weights->columns;
    packed->panels = at;
    hyp_matmul_pack_b(weights->values, weights->transposed ? 1 : weights->columns,
                      weights->transposed ? weights->rows : 1, weights->rows, weights->columns, at);
    at += (size_t)weights->rows * whole_beats(weights->columns);
    if (weights->bias) {
        memcpy(at, weights->bias, words);
        packed->bias = (const int32_t *)(const void *)at;
        at += whole_beats(words);
    }
    if (weights->multipliers) {
        memcpy(at, weights->multipliers, words);
        packed->multipliers = (const uint32_t *)(const void *)at;
        at += whole_beats(words);
        memcpy(at, weights->shifts, weights->columns);
        packed->shifts = at;
    }
}

int hyp_weights_create(hyp_device *device, const hyp_weights *given, hyp_tensor **tensor,
                       hyp_error *error)
{
    hyp_weights weights;

    if (!device || !given || !tensor) {
        return hyp_fail(error, HYP_EINVAL, "hyp_weights_create: an argument is NULL");
    }
    *tensor = NULL;
    int result = check_weights(given, &weights, error);
    if (result) {
        return result;
    }
    /* At most 2^17 · 2^32 + 2^34 + 2^34 + 2^32 bytes. */
    size_t words = whole_beats(4 * (size_t)weights.columns);
    size_t bytes = weights.rows * whole_beats(weights.columns) + (weights.bias ? words : 0) +
                   (weights.multipliers ? words + whole_beats(weights.columns) : 0);
    result = allocate(bytes, tensor);
    if (result) {
        return hyp_fail(error, result, "no memory for weights of %u x %u", weights.rows,
                        weights.columns);
    }
    (*tensor)->device = device;
    (*tensor)->type = HYP_I8;
    (*tensor)->rows = weights.rows;
    (*tensor)->columns = weights.columns;
    (*tensor)->elements = (uint64_t)weights.rows * weights.columns;
    (*tensor)->is_weights = true;
    pack(&weights, *tensor);
    atomic_fetch_add(&device->residency.weights, bytes);
    return HYP_OK;
}
