/* The parts of cpu_bench. Each prints its table and writes a JSON object. */
#ifndef HYPERION_BENCH_CPU_BENCH_H
#define HYPERION_BENCH_CPU_BENCH_H

#include <stdio.h>

void keccak_bench(FILE *json);
void recover_bench(FILE *json);

#endif
