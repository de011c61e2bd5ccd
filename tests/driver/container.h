/* A container for tests: two kernels, three units, a simulator of a few bytes. */
#ifndef HYPERION_TESTS_DRIVER_CONTAINER_H
#define HYPERION_TESTS_DRIVER_CONTAINER_H

#include <stddef.h>
#include <stdint.h>

#include "driver/xclbin/pack.h"

/* Descriptions of the two kernels. */
#define CONTAINER_ADDER  "tests/driver/adder.json"
#define CONTAINER_COPIER "tests/driver/copier.json"

/* The same bytes every time. The caller frees them. NULL, after a message on stderr, on failure. */
uint8_t *container_make(size_t *length);

#endif
