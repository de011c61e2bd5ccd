/* Faults that simulated cards are ordered to have, as hyp_device_options names them:
 * "sim:1:hang@3,sim:0:die@2". What each means is the card's business (sim/fault_plan.h). */
#ifndef HYPERION_FAULTS_H
#define HYPERION_FAULTS_H

#include <stdbool.h>

#include "host/src/backend/backend.h"

enum { HYP_FAULTS_BYTES = 1024 };

/* Whether each is a fault that exists and is meant for one of the devices `names`, which have
 * commas between them. `faults` may be NULL. Returns 0, or HYP_EINVAL with a sentence. */
int hyp_faults_check(const char *faults, const char *names, hyp_error *error);

/* Those for `device`: with its name, or, for the card itself, without. `selected` is empty where
 * there are none. The list was checked. */
void hyp_faults_select(const char *faults, const char *device, bool with_name,
                       char selected[HYP_FAULTS_BYTES]);

/* Whether a run is the runtime's own, so that faults do not count it (HYP_SEQUENCE_TRIAL). */
bool hyp_run_is_trial(const struct hyp_run *run);

#endif
