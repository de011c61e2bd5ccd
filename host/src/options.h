/* Options structs begin with their size, so that a program built with older, shorter ones still
 * works. */
#ifndef HYPERION_OPTIONS_H
#define HYPERION_OPTIONS_H

#include <stddef.h>

#include "hyperion/error.h"

/* Copies the caller's options over `wanted`, which holds the defaults: as many bytes as both know.
 * `given` may be NULL. A larger struct (a program newer than the library) is accepted only if all
 * that the library does not know is zero. Returns 0 or HYP_EINVAL. */
int hyp_options_copy(void *wanted, size_t wanted_size, const void *given, hyp_error *error);

#endif
