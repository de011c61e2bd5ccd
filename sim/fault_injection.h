/* Faults that a test orders from the simulated card's memory, burst by burst. For programs there
 * are those of sim/fault_plan.h; a card never has a fault that was not ordered. */
#ifndef HYPERION_SIM_FAULT_INJECTION_H
#define HYPERION_SIM_FAULT_INJECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/card.h"

HYP_BEGIN_DECLS

/* Each field names a burst, counted from 1 for the next one that this port sends; 0 is none. */
typedef struct sim_faults {
    uint64_t read_error;    /* every beat of it is answered with SLVERR */
    uint64_t read_dropped;  /* never answered */
    uint64_t read_flipped;  /* the lowest bit of its first beat is wrong */
    uint64_t write_error;   /* answered with SLVERR; what it wrote is lost */
    uint64_t write_dropped; /* written, but never answered */
} sim_faults;

/* Orders faults from master `port` of unit `unit`, in place of those ordered before. Returns false
 * when there is no such port. */
HYP_API bool sim_card_inject(sim_card *card, size_t unit, size_t port, const sim_faults *faults);

HYP_END_DECLS

#endif
