#include "host/src/dispatch/members.h"

#include <stdio.h>
#include <string.h>

#include "host/src/dispatch/set.h"
#include "host/src/fail.h"

static struct set *set_of(const hyp_device *device)
{
    return device->card;
}

uint32_t hyp_set_member_count(const hyp_device *set)
{
    return set_of(set)->member_count;
}

hyp_device *hyp_set_member_device(const hyp_device *set, uint32_t member)
{
    return set_of(set)->members[member].device;
}

void hyp_set_member_status(const hyp_device *set, uint32_t member, hyp_device_status *status)
{
    const struct set_member *its = &set_of(set)->members[member];

    if (!its->device) {
        memcpy(status->name, its->name, sizeof status->name);
        status->last_fault = its->absence;
        return;
    }
    hyp_device_state state = (hyp_device_state)atomic_load(&its->shown_state);

    /* A card that is being reset is both; the reset is what can be seen. */
    if (status->state != HYP_STATE_RESETTING || state == HYP_STATE_FAILED) {
        status->state = state;
    }
    status->failures = atomic_load(&its->shown_failures);
}

void hyp_set_member_readmit(const hyp_device *set, uint32_t member)
{
    atomic_store(&set_of(set)->members[member].readmit, true);
}

bool hyp_set_is_down(hyp_device *set, hyp_error *error)
{
    char text[sizeof error->message] = "";
    size_t used = 0;

    for (uint32_t m = 0; m < hyp_set_member_count(set); m++) {
        hyp_device_status status;
        hyp_device_get_status(set, m, &status);
        /* A suspect that has not failed is only slow, or was let in again. */
        if (status.state == HYP_STATE_READY ||
            (status.state == HYP_STATE_SUSPECT && status.failures == 0)) {
            return false;
        }
        int length = snprintf(text + used, sizeof text - used, "%s%s is %s (%.100s)", m ? "; " : "",
                              status.name, hyp_device_state_name(status.state),
                              status.last_fault.code ? status.last_fault.message : "no fault");
        used += length > 0 && (size_t)length < sizeof text - used ? (size_t)length : 0;
    }
    hyp_fail(error, HYP_EDEVICE, "no device takes work: %s", text);
    return true;
}

void set_member_show(struct set *set, struct set_member *member)
{
    static const hyp_device_state states[] = {
        [HYP_HEALTH_ABSENT] = HYP_STATE_ABSENT,
        [HYP_HEALTH_STARTING] = HYP_STATE_STARTING,
        [HYP_HEALTH_READY] = HYP_STATE_READY,
        [HYP_HEALTH_SUSPECT] = HYP_STATE_SUSPECT,
        [HYP_HEALTH_QUARANTINED] = HYP_STATE_QUARANTINED,
        [HYP_HEALTH_FAILED] = HYP_STATE_FAILED,
    };
    hyp_device_state state = states[member->health.state];

    if (state == HYP_STATE_READY && member->stalled) {
        state = HYP_STATE_SUSPECT;
    }
    /* Both are written by this thread alone. */
    if (atomic_load(&member->shown_failures) != member->health.failures) {
        atomic_store(&member->shown_failures, member->health.failures);
    }
    if (atomic_load(&member->shown_state) == state) {
        return;
    }
    atomic_store(&member->shown_state, state);
    const char *name = member->device->info.name; /* an absent one has no device, and no changes */
    if (state == HYP_STATE_FAILED) {
        hyp_emit(set->context, HYP_EVENT_STATE, name, 0, state,
                 "%s: failed for the %uth time in a row; it stays out until it is readmitted", name,
                 member->health.failures);
    } else {
        hyp_emit(set->context, HYP_EVENT_STATE, name, 0, state, "%s: %s", name,
                 hyp_device_state_name(state));
    }
}

void set_members_admit(struct set *set, uint64_t now_ns)
{
    for (unsigned i = 0; i < set->member_count; i++) {
        struct set_member *member = &set->members[i];
        if (atomic_load(&member->readmit) && atomic_exchange(&member->readmit, false)) {
            hyp_health_readmit(&member->health);
        }
        hyp_health_admits(&member->health, now_ns);
        set_member_show(set, member);
    }
}
