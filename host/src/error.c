#include "hyperion/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "host/src/fail.h"

const char *hyp_strerror(int code)
{
    switch (code) {
    case HYP_OK:
        return "success";
    case HYP_EINVAL:
        return "invalid argument";
    case HYP_ENOMEM:
        return "out of memory";
    case HYP_ENODEV:
        return "no such device";
    case HYP_ENOTSUP:
        return "not supported by this device";
    case HYP_EAGAIN:
        return "try again later";
    case HYP_ETIMEDOUT:
        return "deadline passed";
    case HYP_ECANCELED:
        return "cancelled";
    case HYP_EDEVICE:
        return "device failed";
    case HYP_EBITSTREAM:
        return "unusable bitstream";
    case HYP_ETOOBIG:
        return "too large";
    case HYP_EIO:
        return "system call failed";
    case HYP_EMISMATCH:
        return "wrong answer from device";
    case HYP_EVERSION:
        return "version mismatch";
    case HYP_EBADBATCH:
        return "malformed batch";
    case HYP_EFORKED:
        return "context of another process";
    default:
        return "unknown error";
    }
}

int hyp_fail(hyp_error *error, int code, const char *format, ...)
{
    if (error) {
        char message[sizeof error->message];
        va_list arguments;
        va_start(arguments, format);
        vsnprintf(message, sizeof message, format, arguments);
        va_end(arguments);
        error->code = code;
        memcpy(error->message, message, sizeof message);
    }
    return code;
}
