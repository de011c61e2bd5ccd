/* The same as scalar_test.c, as CPUs with AVX2 run it. */
#include "tests/recover/scalar_test.c"
