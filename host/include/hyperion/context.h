/* A context: the root that devices, buffers, batches and queues hang from.
 *
 * Order of arguments, everywhere: the object first, then inputs, then outputs, then the hyp_error.
 * Threads: any number of threads may use one context, its devices and buffers. A batch and a queue
 * belong to one thread at a time.
 * Lifetimes: children are destroyed before their parent (queues and batches before their device,
 * devices before their context). Destroying NULL does nothing.
 * Processes: threads and cards do not follow a fork. In the child all that needs a device returns
 * HYP_EFORKED at once, and destroying frees nothing. A child that execs, or creates a context of
 * its own, is fine. */
#ifndef HYPERION_CONTEXT_H
#define HYPERION_CONTEXT_H

#include <stddef.h>
#include <stdint.h>

#include "hyperion/error.h"
#include "hyperion/export.h"

HYP_BEGIN_DECLS

typedef struct hyp_context hyp_context;

typedef enum hyp_log_level {
    HYP_LOG_ERROR = 0,
    HYP_LOG_WARNING = 1,
    HYP_LOG_INFO = 2,
    HYP_LOG_DEBUG = 3,
} hyp_log_level;

/* Receives one line without a newline. May be called from any thread, never after
 * hyp_context_destroy has returned. It must not call the library. */
typedef void hyp_log_function(void *user, hyp_log_level level, const char *message);

typedef enum hyp_event_kind {
    HYP_EVENT_FAULT = 0,    /* a device was lost, was late, or answered nonsense */
    HYP_EVENT_LIE = 1,      /* an answer was checked and is wrong */
    HYP_EVENT_RESET = 2,    /* a device is being made fresh */
    HYP_EVENT_ADMITTED = 3, /* its known answers came back right after a reset */
    HYP_EVENT_STATE = 4,    /* a member of a set changed its state: code is the hyp_device_state */
    HYP_EVENT_LATE = 5,     /* a member is slow with some work, which is done elsewhere too: code
                               HYP_OK; or was given up for it: HYP_ETIMEDOUT */
    HYP_EVENT_REDONE = 6,   /* work that a member had failed was given to this one */
} hyp_event_kind;

/* "fault", "lie", …; never NULL. */
HYP_API const char *hyp_event_kind_name(hyp_event_kind kind);

typedef struct hyp_event {
    uint64_t time_ns; /* CLOCK_MONOTONIC */
    hyp_event_kind kind;
    int code;          /* HYP_E… of faults and lies; else see the kind */
    uint32_t op;       /* hyp_op where one is concerned, else 0 */
    uint32_t reserved; /* 0 */
    char device[32];   /* its name */
    char message[200]; /* one sentence */
} hyp_event;

/* Receives what happens to devices. Called as hyp_log_function is; the event is valid during the
 * call. */
typedef void hyp_event_function(void *user, const hyp_event *event);

typedef struct hyp_context_options {
    size_t size;           /* sizeof(hyp_context_options): older programs keep working */
    hyp_log_function *log; /* NULL: nothing is logged. The library itself never prints. */
    void *log_user;        /* passed to log */
    hyp_log_level log_level;
    unsigned cpu_threads;    /* of the cpu device; 0: one for each CPU this process may run on */
    const char *cpu_variant; /* NULL: the best this CPU has; else "portable", "avx2" or "avx512" */
    hyp_event_function *event; /* NULL: events are only logged */
    void *event_user;          /* passed to event */
} hyp_context_options;

#define HYP_CONTEXT_OPTIONS_INIT                                                                   \
    {                                                                                              \
        sizeof(hyp_context_options), NULL, NULL, HYP_LOG_WARNING, 0, NULL, NULL, NULL              \
    }

/* Creates a context. `options` may be NULL for defaults; it is copied.
 * Returns 0 and stores the context, which the caller destroys; or HYP_EINVAL (unknown variant,
 * options too small), HYP_ENOTSUP (this CPU lacks the variant), HYP_ENOMEM, HYP_EIO. */
HYP_API int hyp_context_create(const hyp_context_options *options, hyp_context **context,
                               hyp_error *error);

/* Destroys a context. Its devices must have been closed. */
HYP_API void hyp_context_destroy(hyp_context *context);

/* The clock that deadlines are told in: CLOCK_MONOTONIC, in nanoseconds. */
HYP_API uint64_t hyp_clock_ns(void);

HYP_END_DECLS

#endif
