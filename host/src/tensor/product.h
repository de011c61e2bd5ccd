/* Products with weights on the CPU. */
#ifndef HYPERION_TENSOR_PRODUCT_H
#define HYPERION_TENSOR_PRODUCT_H

#include <stdbool.h>

#include "host/src/matmul/matmul.h"
#include "host/src/opcodes/opcode.h"

/* Computes MATMUL or MATMUL16 with weights by a kernel of the op matmul. False, having done
 * nothing, for operands that are left to the reference: elements of a row apart from each other, a
 * bias besides.
 */
bool hyp_product_with_weights(const struct hyp_instruction *instruction,
                              const struct hyp_matmul_kernel *kernel);

#endif
