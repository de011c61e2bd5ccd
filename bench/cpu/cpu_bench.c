/* Measures the ops on the CPU: `cpu_bench OUTPUT.json` prints tables and writes the figures.
 *
 * The implementations take turns, sample by sample, so that all of them see the same moods of the
 * machine; figures are medians. Batches are prepared before; two are in flight, as a program would
 * have it. "1 thread" is one computing thread of the device; the thread that submits sleeps
 * meanwhile, and what it costs is counted. One thread is measured in processor time, more by the
 * wall clock. */
#include <stdio.h>

#include "bench/cpu/bench.h"
#include "hyperion/hyperion.h"

int main(int argc, char **argv)
{
    hyp_device_info info;
    size_t count;
    hyp_context *context;

    if (argc != 2) {
        fprintf(stderr, "usage: cpu_bench OUTPUT.json\n");
        return 2;
    }
    FILE *json = fopen(argv[1], "w");
    if (!json) {
        perror(argv[1]);
        return 1;
    }
    if (hyp_context_create(NULL, &context, NULL) != HYP_OK ||
        hyp_device_list(context, &info, 1, &count, NULL) != HYP_OK) {
        fprintf(stderr, "cpu_bench: no device\n");
        return 1;
    }
    hyp_context_destroy(context);
    printf("CPU: %s. One thread: processor time; more: wall clock.\n\n", info.description);
    fprintf(json, "{\"cpu\":\"%s\",\n\"keccak256\":", info.description);
    keccak_bench(json);
    fprintf(json, ",\n\"ecrecover\":");
    recover_bench(json);
    fprintf(json, "}\n");
    return fclose(json) == 0 ? 0 : 1;
}
