/* Opening a simulated card through the backend's table, and running one batch on it. */
#ifndef HYPERION_TESTS_SIM_ONE_RUN_H
#define HYPERION_TESTS_SIM_ONE_RUN_H

#include <stddef.h>
#include <stdint.h>

#include "host/src/backend/backend.h"

/* Fails the test where there is no card. The caller closes it by hyp_backend_sim.close. */
void *one_run_open(uint64_t seed, uint32_t latency, const char *ready_percent, const char *wave,
                   struct hyp_device_info *info);

/* Runs a batch to its end and checks the frame of its result; returns the output, which the caller
 * frees. */
uint8_t *one_run(void *card, const void *input, size_t input_bytes, size_t output_bytes);

hyp_result_counters one_run_counters(const uint8_t *output);

#endif
