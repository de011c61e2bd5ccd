/* What a simulated card inside a process has instead of a bitstream's UUID: a hash over the kernels
 * that it holds. The backend computes it too, over what it found, and refuses a card that says
 * something else. */
#ifndef HYPERION_SIM_IDENTITY_H
#define HYPERION_SIM_IDENTITY_H

#include <stdint.h>

#include "sim/card.h"

#ifdef __cplusplus
extern "C" {
#endif

void hyp_sim_identity_begin(uint8_t uuid[16]);
/* For each unit in order. */
void hyp_sim_identity_add(uint8_t uuid[16], const sim_unit_info *unit);

#ifdef __cplusplus
}
#endif

#endif
