/* cmocka, behind the headers it wants to be included first. */
#ifndef HYPERION_TESTS_TEST_H
#define HYPERION_TESTS_TEST_H

/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#endif
