/* Keys that are expected of signatures. */
#include "host/src/context.h"
#include "host/src/recover/recover.h"
#include "hyperion/ecrecover.h"

int hyp_ecrecover_check_keys(hyp_context *context, const hyp_ecrecover_descriptor *items,
                             const uint8_t (*keys)[64], uint32_t count, uint32_t flags,
                             uint8_t *right)
{
    if (!context || flags & ~HYP_ECRECOVER_LOW_S || (count && (!items || !keys || !right))) {
        return HYP_EINVAL;
    }
    if (hyp_context_is_foreign(context)) {
        return HYP_EFORKED;
    }
    return hyp_recover_check_keys(context->recover, items, keys, count, flags, right)
               ? HYP_OK
               : HYP_EMISMATCH;
}
