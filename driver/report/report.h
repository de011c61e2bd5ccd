/* Findings for people who must act on them: each line has a verdict, what was found, why that is
 * so, and what to do. There is no way to add one without cause and remedy. */
#ifndef HYPERION_DRIVER_REPORT_REPORT_H
#define HYPERION_DRIVER_REPORT_REPORT_H

#include <stdbool.h>
#include <stddef.h>

typedef enum report_verdict {
    REPORT_OK,
    REPORT_WARN, /* it works, and something is worth attention */
    REPORT_FAIL, /* it does not work, or will not for long */
} report_verdict;

typedef struct report_finding {
    report_verdict verdict;
    char subject[40]; /* what it is about: "0000:65:00.1", "machine" */
    char check[24];   /* which check: "link", "aer" */
    char fact[256];   /* what was found */
    char cause[256];  /* why, or why it is right */
    char remedy[256]; /* what to do; "none needed" where it is right */
} report_finding;

typedef struct report {
    size_t count;
    size_t capacity;
    report_finding *findings;
    bool incomplete; /* memory ran out */
} report;

/* "ok", "warn", "fail". */
const char *report_verdict_name(report_verdict verdict);

/* Each adds one finding; `format` makes the fact. Texts that are too long are cut. */
__attribute__((format(printf, 4, 5))) void report_ok(report *to, const char *subject,
                                                     const char *check, const char *format, ...);
__attribute__((format(printf, 6, 7))) void report_warn(report *to, const char *subject,
                                                       const char *check, const char *cause,
                                                       const char *remedy, const char *format, ...);
__attribute__((format(printf, 6, 7))) void report_fail(report *to, const char *subject,
                                                       const char *check, const char *cause,
                                                       const char *remedy, const char *format, ...);

/* The worst verdict; of an empty report REPORT_OK, of an incomplete one REPORT_FAIL. */
report_verdict report_worst(const report *of);

void report_free(report *of);

#endif
