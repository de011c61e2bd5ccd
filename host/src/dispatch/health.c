#include "host/src/dispatch/health.h"

/* The first pause; a reset with known answers takes about this long. */
static const uint64_t first_pause_ns = UINT64_C(250000000);

const char *hyp_health_name(enum hyp_health_state state)
{
    static const char *const names[] = {"absent",  "starting",    "ready",
                                        "suspect", "quarantined", "failed"};
    return names[state];
}

void hyp_health_opened(struct hyp_health *health, bool well)
{
    *health = (struct hyp_health){.state = well ? HYP_HEALTH_READY : HYP_HEALTH_ABSENT};
}

bool hyp_health_admits(struct hyp_health *health, uint64_t now_ns)
{
    if (health->state == HYP_HEALTH_QUARANTINED && now_ns >= health->retry_ns) {
        health->state = HYP_HEALTH_SUSPECT;
        health->probing = false;
    }
    return health->state == HYP_HEALTH_READY ||
           (health->state == HYP_HEALTH_SUSPECT && !health->probing);
}

void hyp_health_started(struct hyp_health *health)
{
    health->probing = health->state == HYP_HEALTH_SUSPECT;
}

void hyp_health_succeeded(struct hyp_health *health)
{
    /* Only a probe clears a suspect: what comes back after a failure was started before it. */
    if (health->state == HYP_HEALTH_SUSPECT && health->probing) {
        health->state = HYP_HEALTH_READY;
        health->probing = false;
    }
    if (health->state == HYP_HEALTH_READY) {
        health->failures = 0;
    }
}

void hyp_health_failed(struct hyp_health *health, uint64_t now_ns)
{
    /* Several jobs that one fault took down are one failure. */
    if (health->state != HYP_HEALTH_READY && health->state != HYP_HEALTH_SUSPECT) {
        return;
    }
    health->probing = false;
    health->failures++;
    if (health->failures >= HYP_HEALTH_MOST_FAILURES) {
        health->state = HYP_HEALTH_FAILED;
        return;
    }
    health->state = HYP_HEALTH_QUARANTINED;
    health->retry_ns = now_ns + (first_pause_ns << (health->failures - 1));
}

void hyp_health_untold(struct hyp_health *health)
{
    health->probing = false;
}

void hyp_health_readmit(struct hyp_health *health)
{
    if (health->state == HYP_HEALTH_FAILED || health->state == HYP_HEALTH_QUARANTINED) {
        health->state = HYP_HEALTH_SUSPECT;
        health->failures = 0;
        health->probing = false;
    }
}
