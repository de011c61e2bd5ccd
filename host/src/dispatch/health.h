/* The health of one member of a device set, as a state machine without clocks or threads of its
 * own.
 *
 *     starting ──opened──▶ ready ◀──success── suspect
 *                            │                   ▲ │
 *                         failure          pause │ │ failure
 *                            ▼              over │ ▼
 *                            └────────▶ quarantined ──third failure in a row──▶ failed
 *                                                                                  │ operator
 *                                                            suspect ◀─────────────┘
 *
 * The pause doubles with each failure in a row. A member that failed stays out until an operator
 * says otherwise. */
#ifndef HYPERION_DISPATCH_HEALTH_H
#define HYPERION_DISPATCH_HEALTH_H

#include <stdbool.h>
#include <stdint.h>

enum hyp_health_state {
    HYP_HEALTH_ABSENT,      /* could not be opened */
    HYP_HEALTH_STARTING,    /* being opened */
    HYP_HEALTH_READY,       /* takes work */
    HYP_HEALTH_SUSPECT,     /* takes one job to show that it is well again */
    HYP_HEALTH_QUARANTINED, /* takes nothing until its pause is over */
    HYP_HEALTH_FAILED,      /* takes nothing until an operator says otherwise */
};

enum { HYP_HEALTH_MOST_FAILURES = 3 };

struct hyp_health {
    enum hyp_health_state state;
    unsigned failures; /* in a row */
    uint64_t retry_ns; /* when quarantine ends */
    bool probing;      /* suspect, and its one job is under way */
};

/* "ready", "quarantined", … */
const char *hyp_health_name(enum hyp_health_state state);

/* The member was opened and gave its known answers, or it could not be. */
void hyp_health_opened(struct hyp_health *health, bool well);

/* Whether the member may be given a job now. Ends a quarantine whose pause is over. */
bool hyp_health_admits(struct hyp_health *health, uint64_t now_ns);

/* The member was given a job. */
void hyp_health_started(struct hyp_health *health);

/* A job came back right. */
void hyp_health_succeeded(struct hyp_health *health);

/* A job failed, came late, or came back wrong. */
void hyp_health_failed(struct hyp_health *health, uint64_t now_ns);

/* A job with which a suspect was to show that it is well came back and tells nothing of that: it
 * was not for this member, say. The next one will. */
void hyp_health_untold(struct hyp_health *health);

/* The operator wants it back. */
void hyp_health_readmit(struct hyp_health *health);

#endif
