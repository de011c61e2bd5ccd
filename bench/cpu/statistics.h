/* Samples of a measurement. */
#ifndef HYPERION_BENCH_CPU_STATISTICS_H
#define HYPERION_BENCH_CPU_STATISTICS_H

#include <stddef.h>

/* Sorts the samples and returns the middle one. */
double median(double *samples, size_t count);

#endif
