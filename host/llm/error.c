#include "host/llm/error.h"

#include <stdarg.h>
#include <stdio.h>

int llm_fail(hyp_error *error, int code, const char *format, ...)
{
    if (error) {
        va_list arguments;
        error->code = code;
        va_start(arguments, format);
        vsnprintf(error->message, sizeof error->message, format, arguments);
        va_end(arguments);
    }
    return code;
}
