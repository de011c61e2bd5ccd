/* The same as field_test.c, with products by doubles: what CPUs without IFMA run. */
#include "host/src/recover/avx512f_names.h"

#define FIELD_TEST_NEEDS "avx512dq"

#include "tests/recover/field_test.c"
