#include "host/src/context.h"

#include <pthread.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "host/src/fail.h"
#include "host/src/options.h"
#include "host/src/recover/recover.h"
#include "hyperion/version.h"

uint64_t hyp_clock_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

const char *hyp_cpu_variant_name(enum hyp_cpu_variant variant)
{
    static const char *const names[] = {"portable", "avx2", "avx512"};
    return names[variant];
}

enum hyp_cpu_variant hyp_cpu_variant_best(void)
{
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl")) {
        return HYP_CPU_AVX512;
    }
    if (__builtin_cpu_supports("avx2")) {
        return HYP_CPU_AVX2;
    }
#endif
    return HYP_CPU_PORTABLE;
}

static int choose_variant(const char *name, enum hyp_cpu_variant *variant, hyp_error *error)
{
    enum hyp_cpu_variant best = hyp_cpu_variant_best();

    if (!name) {
        *variant = best;
        return HYP_OK;
    }
    for (int i = HYP_CPU_PORTABLE; i <= HYP_CPU_AVX512; i++) {
        if (strcmp(name, hyp_cpu_variant_name((enum hyp_cpu_variant)i)) == 0) {
            if (i > (int)best) {
                return hyp_fail(error, HYP_ENOTSUP,
                                "this CPU cannot run the variant \"%s\"; its best is \"%s\"", name,
                                hyp_cpu_variant_name(best));
            }
            *variant = (enum hyp_cpu_variant)i;
            return HYP_OK;
        }
    }
    return hyp_fail(error, HYP_EINVAL,
                    "unknown CPU variant \"%s\": choose portable, avx2 or avx512", name);
}

static unsigned usable_cpus(void)
{
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) != 0) {
        return 1;
    }
    return (unsigned)CPU_COUNT(&set);
}

/* Grows in every child, so that it differs between a process and those forked from it. */
static atomic_uint forks;

static void count_fork(void)
{
    atomic_fetch_add_explicit(&forks, 1, memory_order_relaxed);
}

static void watch_forks(void)
{
    pthread_atfork(NULL, NULL, count_fork);
}

bool hyp_context_is_foreign(const hyp_context *context)
{
    return context->forks != atomic_load_explicit(&forks, memory_order_relaxed);
}

int hyp_context_create(const hyp_context_options *options, hyp_context **context, hyp_error *error)
{
    hyp_context_options wanted = HYP_CONTEXT_OPTIONS_INIT;

    if (!context) {
        return hyp_fail(error, HYP_EINVAL, "hyp_context_create: context is NULL");
    }
    *context = NULL;
    int result = hyp_options_copy(&wanted, sizeof wanted, options, error);
    if (result) {
        return result;
    }
    enum hyp_cpu_variant variant = HYP_CPU_PORTABLE;
    result = choose_variant(wanted.cpu_variant, &variant, error);
    if (result) {
        return result;
    }
    hyp_context *made = calloc(1, sizeof *made);
    if (!made) {
        return hyp_fail(error, HYP_ENOMEM, "no memory for a context");
    }
    made->log = wanted.log;
    made->log_user = wanted.log_user;
    made->log_level = wanted.log_level;
    made->event = wanted.event;
    made->event_user = wanted.event_user;
    made->cores = usable_cpus();
    made->cpu_threads = wanted.cpu_threads ? wanted.cpu_threads : made->cores;
    made->cpu_variant = variant;
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, watch_forks);
    made->forks = atomic_load(&forks);
    atomic_init(&made->next_id, 1);
    result = hyp_recover_context_create(variant, &made->recover);
    if (result) {
        free(made);
        return hyp_fail(error, result, "public-key recovery on the CPU cannot be set up");
    }
    *context = made;
    return HYP_OK;
}

void hyp_context_destroy(hyp_context *context)
{
    if (context && !hyp_context_is_foreign(context)) {
        hyp_recover_context_destroy(context->recover);
        free(context);
    }
}

void hyp_log(const hyp_context *context, hyp_log_level level, const char *format, ...)
{
    if (!context->log || level > context->log_level) {
        return;
    }
    char message[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    context->log(context->log_user, level, message);
}
