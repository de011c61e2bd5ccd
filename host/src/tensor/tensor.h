/* The inside of a tensor. */
#ifndef HYPERION_TENSOR_INTERNAL_H
#define HYPERION_TENSOR_INTERNAL_H

#include <stdatomic.h>

#include "host/src/opcodes/opcode.h"
#include "hyperion/tensor.h"

struct hyp_tensor {
    atomic_uint references;
    hyp_device *device;
    hyp_type type;
    uint32_t rows;
    uint32_t columns;
    uint64_t elements;
    uint8_t *data; /* 64-byte aligned, never NULL; of weights: panels, bias, multipliers, shifts */
    size_t bytes;
    bool is_weights;
    struct hyp_packed_weights packed; /* of weights; points into data */
    struct hyp_resident_block
        *block; /* of weights: their place on the card, or NULL; residency.c */
};

#endif
