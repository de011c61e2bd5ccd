/* The same as field_test.c, as CPUs with AVX2 run it. */
#include "tests/recover/field_test.c"
