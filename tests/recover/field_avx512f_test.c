/* The same as field_test.c, as CPUs with AVX-512 but without IFMA run it. */
#include "tests/recover/field_test.c"
