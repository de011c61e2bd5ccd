#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "host/src/context.h"

const char *hyp_event_kind_name(hyp_event_kind kind)
{
    static const char *const names[] = {"fault", "lie",  "reset", "admitted",
                                        "state", "late", "redone"};
    return (unsigned)kind < sizeof names / sizeof names[0] ? names[kind] : "unknown";
}

static hyp_log_level level_of(hyp_event_kind kind)
{
    return kind == HYP_EVENT_FAULT || kind == HYP_EVENT_LIE ? HYP_LOG_ERROR
           : kind == HYP_EVENT_REDONE                       ? HYP_LOG_INFO
                                                            : HYP_LOG_WARNING;
}

void hyp_emit(const hyp_context *context, hyp_event_kind kind, const char *device, uint32_t op,
              int code, const char *format, ...)
{
    hyp_event event = {.kind = kind, .op = op, .code = code, .time_ns = hyp_clock_ns()};
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(event.message, sizeof event.message, format, arguments);
    va_end(arguments);
    hyp_log(context, level_of(kind), "%s", event.message);
    if (context->event) {
        snprintf(event.device, sizeof event.device, "%s", device);
        context->event(context->event_user, &event);
    }
}
