/* A set's members, for those outside it. From any thread while the set is open. */
#ifndef HYPERION_DISPATCH_MEMBERS_H
#define HYPERION_DISPATCH_MEMBERS_H

#include "host/src/device.h"
#include "hyperion/stats.h"

uint32_t hyp_set_member_count(const hyp_device *set);
/* `member` is below the count in all of these. */
/* NULL for a member that is absent. */
hyp_device *hyp_set_member_device(const hyp_device *set, uint32_t member);
/* What the set holds of a member, put over what its own device said. */
void hyp_set_member_status(const hyp_device *set, uint32_t member, hyp_device_status *status);
/* Takes effect when the set next looks for a member for some work. */
void hyp_set_member_readmit(const hyp_device *set, uint32_t member);

/* Whether no member takes work; if so, `error` (may be NULL) says of each in which state it is, and
 * why. */
bool hyp_set_is_down(hyp_device *set, hyp_error *error);

#endif
