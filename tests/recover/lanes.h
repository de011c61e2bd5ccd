/* What tests of the folder lanes begin with: they call vector code directly. */
#ifndef HYPERION_TESTS_RECOVER_LANES_H
#define HYPERION_TESTS_RECOVER_LANES_H

#include <stdbool.h>
#include <stdio.h>

#include "host/src/recover/lanes/multiply_add.h"

#if defined(__AVX512IFMA__)
#define LANES_NEED "avx512ifma"
#elif defined(__AVX512F__)
#define LANES_NEED "avx512dq"
#else
#define LANES_NEED "fma"
#endif

/* Whether this CPU can run them; else a skip was printed. */
static inline bool lanes_begin(void)
{
    if (!__builtin_cpu_supports(LANES_NEED)) {
        printf("1..1\nok 1 # SKIP this CPU lacks " LANES_NEED "\n");
        return false;
    }
    multiply_begin();
    return true;
}

#endif
