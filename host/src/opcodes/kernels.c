#include "host/src/opcodes/kernels.h"

const struct hyp_opcode_kernels *hyp_opcode_kernels_of(enum hyp_cpu_variant variant)
{
#ifdef __x86_64__
    if (variant == HYP_CPU_AVX512) {
        return &hyp_opcode_kernels_avx512;
    }
    if (variant == HYP_CPU_AVX2) {
        return &hyp_opcode_kernels_avx2;
    }
#endif
    (void)variant;
    return &hyp_opcode_kernels_portable;
}
