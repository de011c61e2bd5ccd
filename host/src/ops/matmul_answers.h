/* The known answers of the op matmul. */
#ifndef HYPERION_OPS_MATMUL_ANSWERS_H
#define HYPERION_OPS_MATMUL_ANSWERS_H

#include <stddef.h>

#include "hyperion/error.h"

/* As in struct hyp_op_info. Right is what the reference says; tests/ops/matmul_test.c holds that to
 * digests from an independent program. */
size_t hyp_matmul_answers_batch(void *input, size_t input_size);
int hyp_matmul_answers_check(const void *input, const void *output, hyp_error *error);

#endif
