#include "driver/report/report.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *report_verdict_name(report_verdict verdict)
{
    static const char *const names[] = {"ok", "warn", "fail"};
    return names[verdict];
}

static void add(report *to, report_verdict verdict, const char *subject, const char *check,
                const char *cause, const char *remedy, const char *format, va_list arguments)
{
    if (to->count == to->capacity) {
        size_t capacity = to->capacity ? 2 * to->capacity : 32;
        report_finding *larger = realloc(to->findings, capacity * sizeof *larger);
        if (!larger) {
            to->incomplete = true;
            return;
        }
        to->findings = larger;
        to->capacity = capacity;
    }
    report_finding *finding = &to->findings[to->count++];
    finding->verdict = verdict;
    snprintf(finding->subject, sizeof finding->subject, "%s", subject);
    snprintf(finding->check, sizeof finding->check, "%s", check);
    snprintf(finding->cause, sizeof finding->cause, "%s", cause);
    snprintf(finding->remedy, sizeof finding->remedy, "%s", remedy);
    vsnprintf(finding->fact, sizeof finding->fact, format, arguments);
}

void report_ok(report *to, const char *subject, const char *check, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    add(to, REPORT_OK, subject, check, "as it should be", "none needed", format, arguments);
    va_end(arguments);
}

void report_warn(report *to, const char *subject, const char *check, const char *cause,
                 const char *remedy, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    add(to, REPORT_WARN, subject, check, cause, remedy, format, arguments);
    va_end(arguments);
}

void report_fail(report *to, const char *subject, const char *check, const char *cause,
                 const char *remedy, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    add(to, REPORT_FAIL, subject, check, cause, remedy, format, arguments);
    va_end(arguments);
}

report_verdict report_worst(const report *of)
{
    report_verdict worst = of->incomplete ? REPORT_FAIL : REPORT_OK;

    for (size_t i = 0; i < of->count; i++) {
        if (of->findings[i].verdict > worst) {
            worst = of->findings[i].verdict;
        }
    }
    return worst;
}

void report_free(report *of)
{
    free(of->findings);
    memset(of, 0, sizeof *of);
}
