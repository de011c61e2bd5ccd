/* The inside of a context. */
#ifndef HYPERION_CONTEXT_INTERNAL_H
#define HYPERION_CONTEXT_INTERNAL_H

#include <stdatomic.h>
#include <stdbool.h>

#include "hyperion/context.h"

/* Which instruction set the CPU kernels use. Ordered: each includes those before it. */
enum hyp_cpu_variant {
    HYP_CPU_PORTABLE = 0,
    HYP_CPU_AVX2 = 1,
    HYP_CPU_AVX512 = 2, /* F, BW, DQ, VL */
};

struct hyp_backend;

struct hyp_context {
    hyp_log_function *log;
    void *log_user;
    hyp_log_level log_level;
    hyp_event_function *event;
    void *event_user;
    unsigned cores;       /* that the process may use */
    unsigned cpu_threads; /* at least 1 */
    enum hyp_cpu_variant cpu_variant;
    struct hyp_recover_context *recover;     /* what recoveries on the CPU share */
    unsigned forks;                          /* before this context, in this process */
    atomic_uint_fast64_t next_id;            /* of memories and batches */
    const struct hyp_backend *extra_backend; /* one that a test brings along, or NULL */
    const char *pci_folder;                  /* what a test has for /sys/bus/pci, or NULL */
};

/* "portable", "avx2", "avx512". */
const char *hyp_cpu_variant_name(enum hyp_cpu_variant variant);

/* The best variant that this CPU and operating system run. */
enum hyp_cpu_variant hyp_cpu_variant_best(void);

/* Whether the context is of a process that this one was forked from. */
bool hyp_context_is_foreign(const hyp_context *context);

/* Hands one line to the log callback, if the level is wanted. */
__attribute__((format(printf, 3, 4))) void hyp_log(const hyp_context *context, hyp_log_level level,
                                                   const char *format, ...);

/* Tells of something that happened to a device: one sentence, to the event callback and the log. */
__attribute__((format(printf, 6, 7))) void hyp_emit(const hyp_context *context, hyp_event_kind kind,
                                                    const char *device, uint32_t op, int code,
                                                    const char *format, ...);

#endif
