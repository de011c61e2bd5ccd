/* Filling in a hyp_error. */
#ifndef HYPERION_FAIL_H
#define HYPERION_FAIL_H

#include "hyperion/error.h"

/* Writes code and sentence into `error` (may be NULL) and returns the code, so that a function can
 * fail in one line. `error` may be an argument of the format. */
__attribute__((format(printf, 3, 4))) int hyp_fail(hyp_error *error, int code, const char *format,
                                                   ...);

#endif
