#include "host/src/backend/cpu_ops.h"

#include <stddef.h>

extern const struct hyp_cpu_op hyp_cpu_keccak256;
extern const struct hyp_cpu_op hyp_cpu_ecrecover;
extern const struct hyp_cpu_op hyp_cpu_matmul;

const struct hyp_cpu_op *const hyp_cpu_ops[] = {&hyp_cpu_keccak256, &hyp_cpu_ecrecover,
                                                &hyp_cpu_matmul, NULL};

const struct hyp_cpu_op *hyp_cpu_op_find(uint32_t op)
{
    for (size_t i = 0; hyp_cpu_ops[i]; i++) {
        if (hyp_cpu_ops[i]->op == op) {
            return hyp_cpu_ops[i];
        }
    }
    return NULL;
}
