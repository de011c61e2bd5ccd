/* Op matmul on the CPU. */
#include "host/src/backend/cpu_ops.h"
#include "host/src/ops/matmul.h"

static struct hyp_cpu_plan plan(const hyp_batch_header *header, const hyp_context *context)
{
    (void)header;
    (void)context;
    return (struct hyp_cpu_plan){
        .item_ps = 10000000,
        .granule = 1,
        .least_items = 1,
        .most_items = 16,
        .shares = 2,
    };
}

static uint32_t compute(const struct hyp_cpu_work *work, uint32_t *failed)
{
    uint32_t next = work->first;

    *failed = 0;
    while (next < work->last && (next == work->first || !hyp_cpu_work_should_yield(work))) {
        *failed += hyp_matmul_item(work->header, work->input, work->resident, work->output, next) !=
                   HYP_STATUS_OK;
        next++;
    }
    return next - work->first;
}

const struct hyp_cpu_op hyp_cpu_matmul = {
    .op = HYP_OP_MATMUL,
    .plan = plan,
    .compute = compute,
};
