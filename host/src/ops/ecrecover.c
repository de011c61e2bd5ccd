/* The op ecrecover: its meaning and its known answers. Semantics: docs/ops.md. */
#include <string.h>

#include "host/src/fail.h"
#include "host/src/ops/ecrecover_answers.h"
#include "host/src/ops/ops.h"
#include "host/src/recover/recover.h"
#include "hw/ecrecover.h"
#include "hyperion/keccak.h"

static uint32_t result_size(uint32_t flags)
{
    return flags & HYP_ECRECOVER_ADDRESS_ONLY ? sizeof(hyp_ecrecover_address)
                                              : sizeof(hyp_ecrecover_result);
}

static void reference(const void *input, size_t input_bytes, const struct hyp_memory *resident,
                      void *output, uint32_t first, uint32_t last)
{
    const uint8_t *in = input;
    uint8_t *statuses = (uint8_t *)output + HYP_STATUS_OFFSET;
    hyp_batch_header header;

    (void)input_bytes; /* the header was checked against it */
    (void)resident;
    memcpy(&header, in, sizeof header);
    uint8_t *results = (uint8_t *)output + hyp_results_offset(header.item_count);
    for (uint32_t i = first; i < last; i++) {
        hyp_ecrecover_descriptor item;
        uint8_t key[64] = {0};
        uint8_t digest[HYP_KECCAK_DIGEST_SIZE];
        memcpy(&item, in + header.descriptors_offset + i * sizeof item, sizeof item);
        statuses[i] = hyp_recover_single(&item, header.flags, key);
        hyp_keccak256(key, sizeof key, digest);
        hyp_recover_store_result(results, i, header.flags, statuses[i], key, digest);
    }
}

/* Before items that follow it at once: used for gathered and for known answers. */
static hyp_batch_header make_header(uint32_t items, uint32_t flags, uint64_t sequence)
{
    hyp_batch_header header = {
        .magic = HYP_BATCH_INPUT_MAGIC,
        .layout_version = HYP_BATCH_LAYOUT_VERSION,
        .op = HYP_OP_ECRECOVER,
        .flags = flags,
        .item_count = items,
        .sequence = sequence,
        .descriptors_offset = sizeof header,
        .descriptors_length = items * sizeof(hyp_ecrecover_descriptor),
    };
    header.data_offset = header.descriptors_offset + header.descriptors_length;
    return header;
}

static size_t gather(const struct hyp_slice *slices, size_t count, uint64_t sequence, void *out,
                     size_t size)
{
    hyp_batch_header header =
        make_header(hyp_slices_items(slices, count), slices->header->flags, sequence);
    uint8_t *to = (uint8_t *)out + header.descriptors_offset;

    if (header.data_offset > size) {
        return header.data_offset;
    }
    memcpy(out, &header, sizeof header);
    for (const struct hyp_slice *slice = slices; slice < slices + count; slice++) {
        size_t bytes = (slice->last - slice->first) * sizeof(hyp_ecrecover_descriptor);
        memcpy(to,
               (const uint8_t *)slice->input + slice->header->descriptors_offset +
                   slice->first * sizeof(hyp_ecrecover_descriptor),
               bytes);
        to += bytes;
    }
    return header.data_offset;
}

static uint8_t hex_digit(char c)
{
    return (uint8_t)(c <= '9' ? c - '0' : c - 'a' + 10);
}

static void parse_hex(const char *hex, uint8_t *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        bytes[i] = (uint8_t)(hex_digit(hex[2 * i]) << 4 | hex_digit(hex[2 * i + 1]));
    }
}

/* One more than the answers: the last item has a reserved byte set. */
enum { KNOWN_ITEMS = HYP_ECRECOVER_ANSWERS + 1 };

static size_t known_answer_batch(void *input, size_t input_size)
{
    hyp_batch_header header = make_header(KNOWN_ITEMS, HYP_ECRECOVER_LOW_S, 0x65637265);
    uint8_t *descriptors = (uint8_t *)input + header.descriptors_offset;

    if (header.data_offset > input_size) {
        return 0;
    }
    memcpy(input, &header, sizeof header);
    for (size_t i = 0; i < KNOWN_ITEMS; i++) {
        const struct hyp_ecrecover_answer *answer =
            &hyp_ecrecover_answers[i % HYP_ECRECOVER_ANSWERS];
        hyp_ecrecover_descriptor item = {.recid = answer->recid};
        parse_hex(answer->hash, item.hash, sizeof item.hash);
        parse_hex(answer->r, item.r, sizeof item.r);
        parse_hex(answer->s, item.s, sizeof item.s);
        item.reserved[30] = i == HYP_ECRECOVER_ANSWERS;
        memcpy(descriptors + i * sizeof item, &item, sizeof item);
    }
    return header.data_offset;
}

static int known_answer_check(const void *input, const void *output, hyp_error *error)
{
    const uint8_t *statuses = (const uint8_t *)output + HYP_STATUS_OFFSET;
    const uint8_t *results = (const uint8_t *)output + hyp_results_offset(KNOWN_ITEMS);

    (void)input;
    for (size_t i = 0; i < KNOWN_ITEMS; i++) {
        uint8_t status = HYP_STATUS_BAD_INPUT;
        hyp_ecrecover_result want = {0};
        if (i < HYP_ECRECOVER_ANSWERS) {
            status = hyp_ecrecover_answers[i].status;
            if (status == HYP_STATUS_OK) {
                parse_hex(hyp_ecrecover_answers[i].key, want.public_key, sizeof want.public_key);
                parse_hex(hyp_ecrecover_answers[i].address, want.address, sizeof want.address);
            }
        }
        if (statuses[i] != status || memcmp(results + i * sizeof want, &want, sizeof want) != 0) {
            return hyp_fail(error, HYP_EMISMATCH,
                            "ecrecover: known answer %zu (%s) came back wrong, status %s", i,
                            hyp_status_name(status), hyp_status_name(statuses[i]));
        }
    }
    return HYP_OK;
}

const struct hyp_op_info hyp_op_ecrecover = {
    .op = HYP_OP_ECRECOVER,
    .name = "ecrecover",
    .kernel_id = HYP_ECRECOVER_KERNEL_ID,
    .known_flags = HYP_ECRECOVER_LOW_S | HYP_ECRECOVER_ADDRESS_ONLY,
    .descriptor_size = sizeof(hyp_ecrecover_descriptor),
    .result_size = result_size,
    .reference = reference,
    .gather = gather,
    .known_answer_batch = known_answer_batch,
    .known_answer_check = known_answer_check,
};
