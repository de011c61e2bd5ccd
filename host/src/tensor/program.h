/* The inside of a program. */
#ifndef HYPERION_PROGRAM_INTERNAL_H
#define HYPERION_PROGRAM_INTERNAL_H

#include "host/src/opcodes/opcode.h"
#include "host/src/tensor/device_product.h"
#include "hyperion/program.h"

struct hyp_program {
    hyp_device *device;
    struct hyp_instruction *instructions;
    uint32_t count;
    uint32_t capacity;
    hyp_tensor **tensors; /* one reference each; a tensor may be there more than once */
    size_t tensor_count;
    size_t tensor_capacity;
    uint64_t gas;
    struct hyp_product_runner runner;
    hyp_error error; /* of the first opcode that could not be added */
};

#endif
