/* The device "cpu" as a benchmark drives it. */
#ifndef HYPERION_BENCH_CPU_RUNNER_H
#define HYPERION_BENCH_CPU_RUNNER_H

#include <stdbool.h>
#include <stdint.h>

#include "hyperion/hyperion.h"

/* Batches in flight: one runs, the next is there already. */
#define RUNNER_JOBS 2

struct runner {
    const char *variant;
    unsigned threads;
    hyp_context *context;
    hyp_device *device;
    hyp_queue *queue;
};

/* Ends the program with a sentence. */
_Noreturn void bench_fail(const char *what, int code);

/* Ends the program if `code` is an error. */
void bench_check(const char *what, int code);

/* `threads` as in hyp_context_options: 0 is one a CPU. False if this CPU lacks the variant. */
bool runner_open(struct runner *runner, const char *variant, unsigned threads);
void runner_close(struct runner *runner);

/* The clock that a side with `threads` threads is measured by, in nanoseconds: processor time of
 * the whole program for one thread, which other programs disturb least; else the wall clock. */
double bench_clock_ns(unsigned threads);

/* Submits the jobs in turn, RUNNER_JOBS at a time in flight, until `runs` have completed. */
void runner_run(struct runner *runner, const hyp_job jobs[RUNNER_JOBS], unsigned runs);

#endif
