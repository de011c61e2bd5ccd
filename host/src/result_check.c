#include "host/src/result_check.h"

#include <string.h>

#include "host/src/crc32c.h"
#include "host/src/fail.h"
#include "host/src/ops/op.h"

uint32_t hyp_result_count_failed(const void *output, uint32_t count)
{
    const uint8_t *statuses = (const uint8_t *)output + HYP_STATUS_OFFSET;
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

/* Modulo 2^32, as the header has it. */
static uint32_t crc_of(const uint8_t *output, uint64_t offset, uint64_t bytes)
{
    return (uint32_t)hyp_crc32c_beats(output + offset, bytes, offset / HYP_SECTION_ALIGNMENT);
}

uint32_t hyp_result_crc(const hyp_batch_header *batch, const void *input, const void *output)
{
    const struct hyp_op_info *op = hyp_op_find(batch->op);
    uint64_t results = hyp_results_offset(batch->item_count);
    uint32_t crc = crc_of(output, HYP_STATUS_OFFSET, results - HYP_STATUS_OFFSET);

    if (op->result_size) {
        return crc +
               crc_of(output, results, (uint64_t)batch->item_count * op->result_size(batch->flags));
    }
    for (uint32_t i = 0; i < batch->item_count; i++) {
        uint64_t offset;
        uint64_t length;
        if (hyp_result_region(batch, input, i, &offset, &length)) {
            crc += crc_of(output, offset, length);
        }
    }
    return crc;
}

bool hyp_input_crc(const hyp_batch_header *batch, const struct hyp_memory *input,
                   const struct hyp_memory *resident, uint64_t most_beats, uint64_t *crc)
{
    const struct hyp_op_info *op = hyp_op_find(batch->op);
    uint64_t offset = batch->descriptors_offset;
    uint64_t room = input->size - offset;
    uint64_t bytes = (batch->descriptors_length + HYP_SECTION_ALIGNMENT - 1) &
                     ~(uint64_t)(HYP_SECTION_ALIGNMENT - 1);

    uint64_t sum = hyp_crc32c_beats(batch, sizeof *batch, 0);
    sum += hyp_crc32c_beats((const uint8_t *)input->data + offset, bytes < room ? bytes : room,
                            offset / HYP_SECTION_ALIGNMENT);
    if (op->data_crc && !op->data_crc(batch, input, resident, most_beats, &sum)) {
        return false;
    }
    *crc = sum;
    return true;
}

int hyp_result_check(const hyp_batch_header *batch, const struct hyp_memory *input,
                     const struct hyp_memory *output, hyp_device_kind kind, uint64_t input_crc,
                     uint32_t *failed, hyp_error *error)
{
    hyp_result_header header;
    memcpy(&header, output->data, sizeof header);
    bool is_card = hyp_result_is_of_card(kind);
    uint32_t kernel_id = is_card ? hyp_op_find(batch->op)->kernel_id : 0;

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
    uint32_t counted = hyp_result_count_failed(output->data, header.item_count);
    if (counted != header.items_failed) {
        return hyp_fail(error, HYP_EDEVICE,
                        "the result says that %u items failed, its status bytes say %u",
                        header.items_failed, counted);
    }
    if (is_card && header.input_crc32c != input_crc) {
        return hyp_fail(error, HYP_EDEVICE,
                        "the card did not read what was sent: the checksum of its input is "
                        "%llx, that of what it read %llx",
                        (unsigned long long)input_crc, (unsigned long long)header.input_crc32c);
    }
    uint32_t crc = is_card ? hyp_result_crc(batch, input->data, output->data) : header.crc32c;
    if (crc != header.crc32c) {
        return hyp_fail(error, HYP_EDEVICE,
                        "the results are not those that the card wrote: their CRC32C is %08x, the "
                        "card's %08x",
                        crc, header.crc32c);
    }
    *failed = counted;
    return HYP_OK;
}
