/* How the functions of this folder fail: a code of hyperion/error.h and one sentence. */
#ifndef HYPERION_LLM_ERROR_H
#define HYPERION_LLM_ERROR_H

#include "hyperion/error.h"

/* Fills in `error`, if there is one, and returns `code`. */
__attribute__((format(printf, 3, 4))) int llm_fail(hyp_error *error, int code, const char *format,
                                                   ...);

#endif
