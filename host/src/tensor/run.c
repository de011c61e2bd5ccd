/* Running programs. */
#include "host/src/device.h"
#include "host/src/fail.h"
#include "host/src/opcodes/kernels.h"
#include "host/src/tensor/product.h"
#include "host/src/tensor/program.h"

/* What computes fast on this CPU. */
struct kernels {
    const struct hyp_opcode_kernels *opcodes;
    const struct hyp_matmul_kernel *matmul;
};

/* On the device, or on the host by the best there is for this CPU. */
static int run_opcode(hyp_program *program, const struct kernels *kernels,
                      const struct hyp_instruction *instruction, uint64_t deadline_ns,
                      hyp_error *error)
{
    hyp_opcode_kernel *kernel = kernels->opcodes->by_opcode[instruction->opcode];

    if (hyp_product_for_device(program->device, instruction)) {
        int result = hyp_product_run(&program->runner, program->device, instruction, deadline_ns);
        if (result != HYP_ETOOBIG) {
            return result ? hyp_fail(error, result, "%s", hyp_strerror(result)) : HYP_OK;
        }
    }
    if (hyp_product_with_weights(instruction, kernels->matmul) || (kernel && kernel(instruction))) {
        return HYP_OK;
    }
    return hyp_opcode_find((uint32_t)instruction->opcode)->reference(instruction, error);
}

int hyp_program_run(hyp_program *program, uint64_t deadline_ns, hyp_error *error)
{
    if (!program) {
        return hyp_fail(error, HYP_EINVAL, "hyp_program_run: program is NULL");
    }
    if (program->error.code) {
        return hyp_fail(error, program->error.code, "%s", program->error.message);
    }
    enum hyp_cpu_variant variant = program->device->context->cpu_variant;
    const struct kernels kernels = {hyp_opcode_kernels_of(variant), hyp_matmul_kernel_for(variant)};
    uint64_t deadline =
        deadline_ns ? deadline_ns : hyp_clock_ns() + program->device->options.job_timeout_ns;
    for (uint32_t i = 0; i < program->count; i++) {
        if (hyp_clock_ns() >= deadline) {
            return hyp_fail(error, HYP_ETIMEDOUT, "opcode %u (%s): the deadline passed", i,
                            hyp_opcode_name(program->instructions[i].opcode));
        }
        hyp_error own = {0, ""};
        int result = run_opcode(program, &kernels, &program->instructions[i], deadline, &own);
        if (result) {
            return hyp_fail(error, result, "opcode %u (%s): %s", i,
                            hyp_opcode_name(program->instructions[i].opcode), own.message);
        }
    }
    return HYP_OK;
}
