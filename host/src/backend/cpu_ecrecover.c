/* Op ecrecover on the CPU. */
#include <string.h>

#include "host/src/backend/cpu_ops.h"
#include "host/src/recover/recover.h"

static struct hyp_cpu_plan plan(const hyp_batch_header *header, const uint8_t *input,
                                const hyp_context *context)
{
    const struct hyp_recover_pace pace = hyp_recover_pace(context->recover);

    (void)header;
    (void)input;
    return (struct hyp_cpu_plan){
        .item_ps = pace.item_ps,
        .granule = pace.granule,
        .least_items = pace.least,
        .most_items = pace.piece,
        .first_items = pace.granule,
        .shares = 1,
    };
}

static uint32_t count_failed(const uint8_t *statuses, uint32_t count)
{
    uint32_t failed = 0;

    for (uint32_t i = 0; i < count; i++) {
        failed += statuses[i] != HYP_STATUS_OK;
    }
    return failed;
}

/* Piece by piece, with a look at the clock after each. Works on copies: the batch may lie in memory
 * that others can write to, and recid is checked before it is used. */
static uint32_t compute(const struct hyp_cpu_work *work, uint32_t *failed)
{
    uint32_t flags = work->header->flags;
    uint32_t most = hyp_recover_pace(work->context->recover).piece;
    size_t result_size = flags & HYP_ECRECOVER_ADDRESS_ONLY ? sizeof(hyp_ecrecover_address)
                                                            : sizeof(hyp_ecrecover_result);
    uint8_t *results = work->output + hyp_results_offset(work->header->item_count);
    uint32_t next = work->first;
    hyp_ecrecover_descriptor items[HYP_RECOVER_CHUNK];
    uint8_t statuses[HYP_RECOVER_CHUNK];

    *failed = 0;
    while (next < work->last && (next == work->first || !hyp_cpu_work_should_yield(work))) {
        uint32_t count = work->last - next < most ? work->last - next : most;
        memcpy(items, work->input + work->header->descriptors_offset + next * sizeof items[0],
               count * sizeof items[0]);
        hyp_recover_batch(work->context->recover, items, count, flags, statuses,
                          results + next * result_size);
        memcpy(work->output + HYP_STATUS_OFFSET + next, statuses, count);
        *failed += count_failed(statuses, count);
        next += count;
    }
    return next - work->first;
}

const struct hyp_cpu_op hyp_cpu_ecrecover = {
    .op = HYP_OP_ECRECOVER,
    .plan = plan,
    .compute = compute,
};
