/* Products of a program that run on its device. */
#ifndef HYPERION_TENSOR_DEVICE_PRODUCT_H
#define HYPERION_TENSOR_DEVICE_PRODUCT_H

#include "host/src/batch.h"
#include "host/src/opcodes/opcode.h"

/* A queue and a batch of one item, made when they are first needed, for one program. */
struct hyp_product_runner {
    hyp_verify_mode verify;
    hyp_queue *queue;
    struct hyp_batch batch;
};
void hyp_product_runner_release(struct hyp_product_runner *runner);

/* Whether the device computes this opcode: a MATMUL with weights, on a device that is not the CPU
 * and has the op. */
bool hyp_product_for_device(const hyp_device *device, const struct hyp_instruction *instruction);

/* Computes it there. Returns 0; HYP_ETOOBIG, if it does not fit the device, or how the job failed.
 */
int hyp_product_run(struct hyp_product_runner *runner, hyp_device *device,
                    const struct hyp_instruction *instruction, uint64_t deadline_ns);

#endif
