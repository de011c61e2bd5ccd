#include "host/src/result_check.h"

#include <string.h>

#include "host/src/fail.h"
#include "host/src/ops/op.h"

static uint32_t count_failed(const uint8_t *statuses, uint32_t count)
{
    uint32_t failed = 0;
    uint32_t i = 0;

    while (i < count) {
        uint64_t eight;
        if (count - i >= sizeof eight) {
            memcpy(&eight, statuses + i, sizeof eight);
            if (eight == 0) { /* nearly always: HYP_STATUS_OK is 0 */
                i += sizeof eight;
                continue;
            }
        }
        failed += statuses[i++] != HYP_STATUS_OK;
    }
    return failed;
}

int hyp_result_check(const hyp_batch_header *batch, const struct hyp_memory *output,
                     hyp_device_kind kind, uint32_t *failed, hyp_error *error)
{
    hyp_result_header header;
    memcpy(&header, output->data, sizeof header);
    uint32_t kernel_id =
        kind == HYP_DEVICE_CPU || kind == HYP_DEVICE_SET ? 0 : hyp_op_find(batch->op)->kernel_id;

    if (header.magic != HYP_BATCH_OUTPUT_MAGIC ||
        header.layout_version != HYP_BATCH_LAYOUT_VERSION || header.op != batch->op ||
        header.kernel_id != kernel_id || header.sequence != batch->sequence) {
        return hyp_fail(error, HYP_EDEVICE,
                        "the result header is not this job's (magic %08x, op %u, kernel id %08x, "
                        "sequence %llx)",
                        header.magic, header.op, header.kernel_id,
                        (unsigned long long)header.sequence);
    }
    if (header.status != HYP_STATUS_OK || header.item_count != batch->item_count) {
        return hyp_fail(error, HYP_EDEVICE,
                        "a well-formed batch was refused: status %u, %u of %u items done",
                        header.status, header.item_count, batch->item_count);
    }
    uint32_t counted =
        count_failed((const uint8_t *)output->data + HYP_STATUS_OFFSET, header.item_count);
    if (counted != header.items_failed) {
        return hyp_fail(error, HYP_EDEVICE,
                        "the result says that %u items failed, its status bytes say %u",
                        header.items_failed, counted);
    }
    *failed = counted;
    return HYP_OK;
}
