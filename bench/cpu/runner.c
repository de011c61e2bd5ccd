#include "bench/cpu/runner.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

void bench_fail(const char *what, int code)
{
    fprintf(stderr, "cpu_bench: %s: %s\n", what, hyp_strerror(code));
    exit(1);
}

void bench_check(const char *what, int code)
{
    if (code < 0) {
        bench_fail(what, code);
    }
}

bool runner_open(struct runner *runner, const char *variant, unsigned threads)
{
    hyp_context_options options = HYP_CONTEXT_OPTIONS_INIT;

    memset(runner, 0, sizeof *runner);
    options.cpu_variant = variant;
    options.cpu_threads = threads;
    int result = hyp_context_create(&options, &runner->context, NULL);
    if (result == HYP_ENOTSUP) {
        return false;
    }
    bench_check("context", result);
    bench_check("device", hyp_device_open(runner->context, "cpu", NULL, &runner->device, NULL));
    bench_check("queue", hyp_queue_create(runner->device, NULL, &runner->queue));
    runner->variant = variant;
    runner->threads = hyp_device_capability(runner->device, HYP_OP_KECCAK256)->compute_units;
    return true;
}

void runner_close(struct runner *runner)
{
    hyp_queue_destroy(runner->queue);
    hyp_device_close(runner->device);
    hyp_context_destroy(runner->context);
}

static void submit(struct runner *runner, const hyp_job *job)
{
    if (hyp_queue_submit(runner->queue, job, 1) != 1) {
        bench_fail("submit", HYP_EAGAIN);
    }
}

double bench_clock_ns(unsigned threads)
{
    struct timespec now;
    clock_gettime(threads == 1 ? CLOCK_PROCESS_CPUTIME_ID : CLOCK_MONOTONIC, &now);
    return 1e9 * (double)now.tv_sec + (double)now.tv_nsec;
}

void runner_run(struct runner *runner, const hyp_job jobs[RUNNER_JOBS], unsigned runs)
{
    hyp_completion completions[RUNNER_JOBS];
    unsigned submitted = 0;
    unsigned completed = 0;

    while (submitted < RUNNER_JOBS && submitted < runs) {
        submit(runner, &jobs[submitted++]);
    }
    while (completed < runs) {
        bench_check("wait", hyp_queue_wait(runner->queue, UINT64_MAX));
        int count = hyp_queue_reap(runner->queue, completions, RUNNER_JOBS);
        bench_check("reap", count);
        for (int i = 0; i < count; i++, completed++) {
            bench_check("batch", completions[i].result);
            if (submitted < runs) {
                submit(runner, completions[i].user);
                submitted++;
            }
        }
    }
}
