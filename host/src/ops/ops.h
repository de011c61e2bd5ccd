/* The ops there are; one file each defines one. */
#ifndef HYPERION_OPS_OPS_H
#define HYPERION_OPS_OPS_H

#include "host/src/ops/op.h"

extern const struct hyp_op_info hyp_op_keccak256;
extern const struct hyp_op_info hyp_op_ecrecover;
extern const struct hyp_op_info hyp_op_matmul;

#endif
