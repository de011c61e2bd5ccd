/* The op keccak256: its check of descriptors, its meaning and its known answers. Semantics:
 * docs/ops.md. */
#include "host/src/ops/keccak256.h"

#include <string.h>

#include "host/src/crc32c.h"
#include "host/src/fail.h"
#include "host/src/ops/ops.h"
#include "hw/keccak256.h"
#include "hyperion/keccak.h"

static uint32_t result_size(uint32_t flags)
{
    (void)flags;
    return HYP_KECCAK_DIGEST_SIZE;
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
    uint8_t *digests = (uint8_t *)output + hyp_results_offset(header.item_count);
    for (size_t i = first; i < last; i++) {
        hyp_keccak_descriptor descriptor;
        uint8_t *digest = digests + i * HYP_KECCAK_DIGEST_SIZE;
        memcpy(&descriptor, in + header.descriptors_offset + i * sizeof descriptor,
               sizeof descriptor);
        statuses[i] = hyp_keccak256_check(&header, &descriptor);
        if (statuses[i] == HYP_STATUS_OK) {
            hyp_keccak256(in + descriptor.offset, descriptor.length, digest);
        } else {
            memset(digest, 0, HYP_KECCAK_DIGEST_SIZE);
        }
    }
}

static uint64_t padded(uint64_t length)
{
    return (length + 7) & ~(uint64_t)7;
}

static hyp_keccak_descriptor descriptor_at(const hyp_batch_header *header, const uint8_t *input,
                                           uint32_t index)
{
    hyp_keccak_descriptor descriptor;
    memcpy(&descriptor, input + header->descriptors_offset + (size_t)index * sizeof descriptor,
           sizeof descriptor);
    return descriptor;
}

/* Beats that lie side by side, gathered to be summed at once. */
struct beats {
    const struct hyp_memory *input;
    uint64_t first, end; /* counted from the start of the input */
    uint64_t left;       /* that may still be summed */
    uint64_t crc;
};

/* Returns false where there are more than may be. */
static bool sum(struct beats *beats)
{
    size_t begin = beats->first * HYP_SECTION_ALIGNMENT;
    size_t end = beats->end * HYP_SECTION_ALIGNMENT;
    uint64_t count = beats->end - beats->first;

    end = end < beats->input->size ? end : beats->input->size;
    if (count > beats->left) {
        return false;
    }
    beats->left -= count;
    if (begin < end) {
        beats->crc += hyp_crc32c_beats((const uint8_t *)beats->input->data + begin, end - begin,
                                       beats->first);
    }
    return true;
}

/* The kernel reads the beats of each message once, but for one that it still holds: the beat in
 * which the message before ended, where that left at least eight bytes of it (keccak_fetch.sv). */
static bool data_crc(const hyp_batch_header *header, const struct hyp_memory *input,
                     const struct hyp_memory *resident, uint64_t most_beats, uint64_t *crc)
{
    struct beats beats = {.input = input, .left = most_beats};
    uint64_t position = 0; /* where the last message that is not empty ended */

    (void)resident;
    for (uint32_t i = 0; i < header->item_count; i++) {
        hyp_keccak_descriptor descriptor = descriptor_at(header, input->data, i);
        if (hyp_keccak256_check(header, &descriptor) || descriptor.length == 0) {
            continue;
        }
        uint64_t first = descriptor.offset / HYP_SECTION_ALIGNMENT;
        uint64_t end = descriptor.offset + descriptor.length;
        first += position % HYP_SECTION_ALIGNMENT && first == position / HYP_SECTION_ALIGNMENT;
        if (first != beats.end) {
            if (!sum(&beats)) {
                return false;
            }
            beats.first = first;
        }
        beats.end = (end + HYP_SECTION_ALIGNMENT - 1) / HYP_SECTION_ALIGNMENT;
        position = (end + 7) & ~(uint64_t)7;
    }
    bool complete = sum(&beats);
    *crc += beats.crc;
    return complete;
}

/* The header of gathered items, and where the messages of each slice end. Messages may overlap in
 * the source, so that a slice can be longer than what it is cut from. */
static hyp_batch_header gathered_header(const struct hyp_slice *slices, size_t count,
                                        uint64_t sequence, uint64_t *ends)
{
    hyp_batch_header header = *slices->header;

    header.item_count = hyp_slices_items(slices, count);
    header.sequence = sequence;
    header.descriptors_offset = sizeof header;
    header.descriptors_length = (uint64_t)header.item_count * sizeof(hyp_keccak_descriptor);
    header.data_offset = (header.descriptors_offset + header.descriptors_length + 63) & ~63ull;
    header.data_length = 0;
    for (const struct hyp_slice *slice = slices; slice < slices + count; slice++) {
        for (uint32_t i = slice->first; i < slice->last; i++) {
            hyp_keccak_descriptor from = descriptor_at(slice->header, slice->input, i);
            if (hyp_keccak256_check(slice->header, &from) == HYP_STATUS_OK) {
                header.data_length += padded(from.length);
            }
        }
        *ends++ = header.data_offset + header.data_length;
    }
    return header;
}

/* Messages that lie side by side in the source, to be copied at once. */
struct side_by_side {
    const uint8_t *from;
    uint64_t from_end; /* of the last message, counted from the start of the source */
    uint8_t *to;
    uint64_t bytes; /* up to the end of the last message */
};

static void copy_messages(struct side_by_side *messages)
{
    if (messages->bytes) {
        memset(messages->to + padded(messages->bytes) - 8, 0, 8);
        memcpy(messages->to, messages->from, messages->bytes);
    }
    messages->bytes = 0;
}

/* Has a message copied to `to`, sooner or later. */
static void add_message(struct side_by_side *messages, const uint8_t *source,
                        const hyp_keccak_descriptor *message, uint8_t *to)
{
    if (messages->bytes && message->offset == padded(messages->from_end)) {
        messages->bytes = padded(messages->bytes) + message->length;
    } else {
        copy_messages(messages);
        messages->from = source + message->offset;
        messages->to = to;
        messages->bytes = message->length;
    }
    messages->from_end = message->offset + message->length;
}

/* Moves the items of a slice to `out`, their messages to [offset, end). */
static void move_items(const struct hyp_slice *slice, uint8_t *out, uint64_t offset, uint64_t end,
                       uint8_t *descriptors)
{
    struct side_by_side messages = {.bytes = 0};

    for (uint32_t i = slice->first; i < slice->last;
         i++, descriptors += sizeof(hyp_keccak_descriptor)) {
        hyp_keccak_descriptor from = descriptor_at(slice->header, slice->input, i);
        hyp_keccak_descriptor to = {offset, from.length, 0};
        uint64_t bytes = padded(from.length);
        /* The room is asked again because the source may change while it is read. */
        if (hyp_keccak256_check(slice->header, &from) || bytes > end - offset) {
            to = (hyp_keccak_descriptor){0, 0, 1}; /* no flag is known: bad for every device */
        } else if (bytes) {
            add_message(&messages, slice->input, &from, out + offset);
            offset += bytes;
        }
        memcpy(descriptors, &to, sizeof to);
    }
    copy_messages(&messages);
}

static size_t gather(const struct hyp_slice *slices, size_t count, uint64_t sequence, void *out,
                     size_t size)
{
    uint64_t ends[HYP_MOST_SLICES] = {0};
    hyp_batch_header header = gathered_header(slices, count, sequence, ends);
    size_t bytes = header.data_offset + header.data_length;
    uint64_t offset = header.data_offset;
    uint8_t *descriptors = (uint8_t *)out + header.descriptors_offset;

    if (bytes > size) {
        return bytes;
    }
    for (size_t i = 0; i < count; i++) {
        move_items(&slices[i], out, offset, ends[i], descriptors);
        offset = ends[i];
        descriptors += (size_t)(slices[i].last - slices[i].first) * sizeof(hyp_keccak_descriptor);
    }
    memcpy(out, &header, sizeof header);
    return bytes;
}

/* Byte i of a known answer's message is (131·i + length) mod 256. */
struct known_answer {
    uint32_t length;
    uint8_t digest[HYP_KECCAK_DIGEST_SIZE];
};

/* Both sides of the block's and the padding's edges. */
static const struct known_answer known_answers[] = {
    {0, {0xc5, 0xd2, 0x46, 0x01, 0x86, 0xf7, 0x23, 0x3c, 0x92, 0x7e, 0x7d,
         0xb2, 0xdc, 0xc7, 0x03, 0xc0, 0xe5, 0x00, 0xb6, 0x53, 0xca, 0x82,
         0x27, 0x3b, 0x7b, 0xfa, 0xd8, 0x04, 0x5d, 0x85, 0xa4, 0x70}},
    {1, {0x5f, 0xe7, 0xf9, 0x77, 0xe7, 0x1d, 0xba, 0x2e, 0xa1, 0xa6, 0x8e,
         0x21, 0x05, 0x7b, 0xee, 0xbb, 0x9b, 0xe2, 0xac, 0x30, 0xc6, 0x41,
         0x0a, 0xa3, 0x8d, 0x4f, 0x3f, 0xbe, 0x41, 0xdc, 0xff, 0xd2}},
    {20, {0x02, 0x64, 0x38, 0x59, 0x82, 0x81, 0x77, 0x59, 0x57, 0x70, 0xf7,
          0x5d, 0xc3, 0xe9, 0x23, 0xf1, 0x2c, 0x8a, 0xab, 0xe9, 0x6a, 0x9c,
          0x3c, 0xd5, 0x86, 0xd5, 0x1d, 0xbc, 0xd3, 0x13, 0xd6, 0x64}},
    {32, {0x8b, 0xb8, 0x03, 0x53, 0xab, 0xe5, 0xb3, 0x3a, 0x51, 0xc6, 0xfe,
          0x90, 0x5c, 0x06, 0x07, 0xa6, 0xf3, 0x91, 0x31, 0xef, 0x59, 0x24,
          0xe8, 0x78, 0xec, 0x7e, 0x97, 0x02, 0x51, 0xdd, 0x37, 0x97}},
    {64, {0x63, 0xfe, 0xd8, 0xad, 0xc3, 0x12, 0x04, 0x61, 0x77, 0x22, 0x3f,
          0x3a, 0xef, 0x9c, 0x8b, 0xc7, 0x1e, 0xf4, 0x57, 0xe3, 0xaa, 0x4c,
          0xa3, 0xb3, 0x73, 0x1c, 0xe9, 0xde, 0x0f, 0x25, 0xf2, 0xc4}},
    {135, {0xe8, 0x5a, 0x4b, 0x26, 0x3a, 0x3d, 0x22, 0x18, 0xd2, 0x7d, 0x9e,
           0x70, 0xb6, 0xb8, 0x55, 0x6b, 0x9a, 0xd5, 0xa8, 0x8d, 0x2d, 0xeb,
           0x8e, 0x62, 0x32, 0x53, 0x2a, 0xe9, 0x6b, 0x8b, 0xd2, 0xc8}},
    {136, {0xf1, 0x69, 0x16, 0x7e, 0x48, 0x5f, 0xb1, 0x69, 0x68, 0x9a, 0xe3,
           0x9f, 0x7b, 0xf0, 0x08, 0xc7, 0xa4, 0x88, 0xf5, 0x2c, 0xcf, 0xea,
           0x9f, 0x85, 0xb3, 0xed, 0x69, 0x90, 0xca, 0x95, 0x2d, 0x0d}},
    {137, {0x4c, 0xd3, 0xf4, 0xe3, 0xbc, 0x87, 0x2f, 0x0c, 0xca, 0x94, 0xa0,
           0x65, 0xce, 0x6e, 0x1e, 0xde, 0xda, 0xbf, 0xcb, 0xf3, 0x3b, 0xe6,
           0xde, 0x17, 0xa9, 0xfe, 0x18, 0x08, 0x2d, 0x5c, 0x97, 0x91}},
    {271, {0x37, 0xc7, 0xe7, 0xed, 0xf5, 0xf7, 0xb1, 0xce, 0x29, 0x13, 0xfa,
           0x72, 0x88, 0x06, 0x1d, 0x8c, 0x72, 0x72, 0xa3, 0x0e, 0xf8, 0xa0,
           0xa1, 0x75, 0x2d, 0x1d, 0x8b, 0x0b, 0x79, 0xf5, 0x7e, 0xcf}},
    {272, {0x22, 0x63, 0x89, 0x36, 0x28, 0xe2, 0x60, 0xb7, 0xa6, 0x3a, 0x72,
           0xd2, 0x7e, 0x41, 0x28, 0x2a, 0x71, 0x99, 0x70, 0xb2, 0x90, 0x3b,
           0x18, 0x72, 0xd9, 0x5d, 0x33, 0xa7, 0xde, 0x78, 0x40, 0x23}},
    {273, {0x32, 0x7d, 0x10, 0x2d, 0xcc, 0x70, 0xd4, 0x65, 0xcd, 0x1a, 0xe7,
           0x42, 0x3e, 0x32, 0x2c, 0x01, 0xe0, 0xef, 0xa3, 0x48, 0x88, 0xf7,
           0xe1, 0x93, 0x11, 0xa4, 0xf4, 0x42, 0x5b, 0xf3, 0x8d, 0x6d}},
    {543, {0x99, 0x15, 0xe4, 0x2b, 0x63, 0x6f, 0xfd, 0x1b, 0x50, 0x07, 0x33,
           0x93, 0x1d, 0x43, 0x1c, 0x5b, 0xd0, 0xd6, 0x65, 0x54, 0x02, 0x3f,
           0xe8, 0x3a, 0x6b, 0xc3, 0xf2, 0x11, 0x1f, 0x84, 0xe5, 0xff}},
    {544, {0xe6, 0x22, 0x39, 0xac, 0x78, 0x74, 0x6b, 0x4c, 0x9a, 0xb9, 0xb6,
           0x45, 0xb6, 0x13, 0x2a, 0x55, 0x2f, 0x54, 0xe5, 0x68, 0xff, 0xc7,
           0xeb, 0x22, 0x8d, 0xfc, 0x6d, 0x8c, 0xc1, 0x5e, 0xb1, 0x51}},
    {545, {0x14, 0x8e, 0x5e, 0x6c, 0xf0, 0x76, 0xe9, 0x76, 0x38, 0x45, 0x72,
           0xeb, 0x06, 0x4e, 0xbe, 0x4a, 0x66, 0x11, 0x95, 0x47, 0x76, 0x5f,
           0xe7, 0x73, 0xbb, 0x99, 0xe4, 0xca, 0xa3, 0xca, 0x04, 0x58}},
};

#define KNOWN_ANSWERS (sizeof known_answers / sizeof known_answers[0])

/* Descriptors that must be refused, in a batch whose data lies in [begin, end). */
enum { REFUSED = 5 };

static void write_refused(hyp_keccak_descriptor *descriptors, uint64_t begin, uint64_t end)
{
    descriptors[0] = (hyp_keccak_descriptor){end + 8, 16, 0};        /* behind the data */
    descriptors[1] = (hyp_keccak_descriptor){end - 8, 16, 0};        /* ends behind it */
    descriptors[2] = (hyp_keccak_descriptor){begin + 4, 16, 0};      /* not a multiple of 8 */
    descriptors[3] = (hyp_keccak_descriptor){UINT64_MAX - 7, 16, 0}; /* ends where it wraps to 8 */
    descriptors[4] = (hyp_keccak_descriptor){begin, 16, 1};          /* unknown flag */
}

#define KNOWN_ITEMS (KNOWN_ANSWERS + REFUSED)

static uint64_t round_up(uint64_t value, uint64_t multiple)
{
    return (value + multiple - 1) / multiple * multiple;
}

static size_t known_answer_batch(void *input, size_t input_size)
{
    uint8_t *bytes = input;
    hyp_batch_header header = {
        .magic = HYP_BATCH_INPUT_MAGIC,
        .layout_version = HYP_BATCH_LAYOUT_VERSION,
        .op = HYP_OP_KECCAK256,
        .item_count = KNOWN_ITEMS,
        .sequence = 0x6b65636b,
        .descriptors_offset = sizeof header,
        .descriptors_length = KNOWN_ITEMS * sizeof(hyp_keccak_descriptor),
    };
    hyp_keccak_descriptor descriptors[KNOWN_ITEMS] = {0};

    header.data_offset = round_up(sizeof header + sizeof descriptors, HYP_SECTION_ALIGNMENT);
    uint64_t end = header.data_offset;
    for (size_t i = 0; i < KNOWN_ANSWERS; i++) {
        uint32_t length = known_answers[i].length;
        descriptors[i] = (hyp_keccak_descriptor){.offset = end, .length = length};
        end += round_up(length, 8);
        if (end > input_size) {
            return 0;
        }
        for (uint32_t k = 0; k < length; k++) {
            bytes[descriptors[i].offset + k] = (uint8_t)(131 * k + length);
        }
    }
    write_refused(descriptors + KNOWN_ANSWERS, header.data_offset, end);
    header.data_length = end - header.data_offset;
    memcpy(bytes, &header, sizeof header);
    memcpy(bytes + header.descriptors_offset, descriptors, sizeof descriptors);
    return end;
}

static int known_answer_check(const void *input, const void *output, hyp_error *error)
{
    static const struct known_answer refused; /* zero digest */
    const uint8_t *statuses = (const uint8_t *)output + HYP_STATUS_OFFSET;
    const uint8_t *digests = (const uint8_t *)output + hyp_results_offset(KNOWN_ITEMS);

    (void)input;
    for (size_t i = 0; i < KNOWN_ITEMS; i++) {
        const struct known_answer *want = i < KNOWN_ANSWERS ? &known_answers[i] : &refused;
        uint8_t status = i < KNOWN_ANSWERS ? HYP_STATUS_OK : HYP_STATUS_BAD_INPUT;
        if (statuses[i] != status || memcmp(digests + i * HYP_KECCAK_DIGEST_SIZE, want->digest,
                                            HYP_KECCAK_DIGEST_SIZE) != 0) {
            return hyp_fail(error, HYP_EMISMATCH,
                            "keccak256: known answer %zu (%u bytes) came back wrong, status %s", i,
                            want->length, hyp_status_name(statuses[i]));
        }
    }
    return HYP_OK;
}

const struct hyp_op_info hyp_op_keccak256 = {
    .op = HYP_OP_KECCAK256,
    .name = "keccak256",
    .kernel_id = HYP_KECCAK256_KERNEL_ID,
    .known_flags = 0,
    .descriptor_size = sizeof(hyp_keccak_descriptor),
    .result_size = result_size,
    .reference = reference,
    .data_crc = data_crc,
    .gather = gather,
    .known_answer_batch = known_answer_batch,
    .known_answer_check = known_answer_check,
};
