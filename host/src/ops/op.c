#include "host/src/ops/op.h"

#include <string.h>

#include "host/src/ops/ops.h"

const struct hyp_op_info *const hyp_ops[] = {&hyp_op_keccak256, &hyp_op_ecrecover, &hyp_op_matmul,
                                             NULL};

const struct hyp_op_info *hyp_op_find(uint32_t op)
{
    for (size_t i = 0; hyp_ops[i]; i++) {
        if ((uint32_t)hyp_ops[i]->op == op) {
            return hyp_ops[i];
        }
    }
    return NULL;
}

const char *hyp_status_name(uint8_t status)
{
    static const char *const names[] = {"ok",    "bad_input", "bad_recid",    "bad_r",
                                        "bad_s", "high_s",    "not_on_curve", "infinity"};
    return status < sizeof names / sizeof names[0] ? names[status] : "unknown";
}

size_t hyp_known_answer_batch(const struct hyp_op_info *op, void *input, size_t input_size)
{
    hyp_batch_header header;
    size_t length = op->known_answer_batch(input, input_size);

    memcpy(&header, input, sizeof header);
    header.sequence |= HYP_SEQUENCE_TRIAL;
    memcpy(input, &header, sizeof header);
    return length;
}

size_t hyp_batch_output_bytes(const hyp_batch_header *header)
{
    const struct hyp_op_info *op = hyp_op_find(header->op);
    return hyp_results_offset(header->item_count) +
           (op->result_size ? (size_t)header->item_count * op->result_size(header->flags)
                            : (size_t)header->result_beats * HYP_SECTION_ALIGNMENT);
}

bool hyp_result_region(const hyp_batch_header *header, const void *input, uint32_t index,
                       uint64_t *offset, uint64_t *length)
{
    const struct hyp_op_info *op = hyp_op_find(header->op);
    bool has_region = true;

    if (op->result_size) {
        *length = op->result_size(header->flags);
        *offset = index * *length;
    } else {
        has_region = op->result_region(header, input, index, offset, length);
    }
    *offset += hyp_results_offset(header->item_count);
    return has_region;
}

/* Whether [offset, offset + length) is aligned, behind the header and inside the used part. */
static int section_is_inside(uint64_t offset, uint64_t length, uint64_t input_bytes)
{
    uint64_t end;
    return offset % HYP_SECTION_ALIGNMENT == 0 && offset >= sizeof(hyp_batch_header) &&
           !__builtin_add_overflow(offset, length, &end) && end <= input_bytes;
}

int hyp_batch_check(const hyp_batch_header *header, size_t input_bytes)
{
    if (input_bytes < sizeof *header || header->magic != HYP_BATCH_INPUT_MAGIC ||
        header->layout_version != HYP_BATCH_LAYOUT_VERSION) {
        return HYP_EBADBATCH;
    }
    const struct hyp_op_info *op = hyp_op_find(header->op);
    if (!op) {
        return HYP_ENOTSUP;
    }
    if (header->item_count > HYP_BATCH_MAX_ITEMS) {
        return HYP_ETOOBIG;
    }
    if (header->flags & ~op->known_flags || header->crc32c != 0 ||
        (op->result_size && header->result_beats != 0) ||
        header->descriptors_length != (uint64_t)header->item_count * op->descriptor_size ||
        !section_is_inside(header->descriptors_offset, header->descriptors_length, input_bytes) ||
        !section_is_inside(header->data_offset, header->data_length, input_bytes)) {
        return HYP_EBADBATCH;
    }
    return HYP_OK;
}
