/* The host's checksum of what a card reads: every bit that a kernel reads counts, however often it
 * reads it, and no other does. That kernels compute the same is tested in tests/hw. */
#include <stdlib.h>
#include <string.h>

#include "host/src/crc32c.h"
#include "host/src/ops/op.h"
#include "host/src/result_check.h"
#include "tests/support/test.h"

enum { INPUT_BYTES = 1024, DATA_OFFSET = 320, DATA_BYTES = 609, BEAT = 64 };

struct message {
    uint64_t offset; /* in the data section */
    uint32_t length;
    uint32_t flags;
};

struct batch {
    hyp_batch_header header;
    uint8_t input[INPUT_BYTES];
};

static struct batch batch_of(const struct message *messages, uint32_t count)
{
    struct batch batch;

    batch.header = (hyp_batch_header){
        .magic = HYP_BATCH_INPUT_MAGIC,
        .layout_version = HYP_BATCH_LAYOUT_VERSION,
        .op = HYP_OP_KECCAK256,
        .item_count = count,
        .sequence = 77,
        .descriptors_offset = BEAT,
        .descriptors_length = count * sizeof(hyp_keccak_descriptor),
        .data_offset = DATA_OFFSET,
        .data_length = DATA_BYTES,
    };
    for (size_t i = 0; i < INPUT_BYTES; i++) {
        batch.input[i] = (uint8_t)(i * 37 + i / 256);
    }
    memcpy(batch.input, &batch.header, sizeof batch.header);
    for (uint32_t i = 0; i < count; i++) {
        const hyp_keccak_descriptor descriptor = {DATA_OFFSET + messages[i].offset,
                                                  messages[i].length, messages[i].flags};
        memcpy(batch.input + BEAT + i * sizeof descriptor, &descriptor, sizeof descriptor);
    }
    assert_int_equal(hyp_batch_check(&batch.header, DATA_OFFSET + DATA_BYTES), HYP_OK);
    return batch;
}

static uint64_t crc_of(const struct batch *batch)
{
    const struct hyp_memory input = {(void *)batch->input, INPUT_BYTES, -1, 1};
    uint64_t crc = 0;
    assert_true(hyp_input_crc(&batch->header, &input, NULL, UINT64_MAX, &crc));
    return crc;
}

static uint64_t beat_of(const struct batch *batch, uint64_t beat)
{
    return hyp_crc32c_beats(batch->input + beat * BEAT, BEAT, beat);
}

/* `reads[i]`: how often beat i of the data section is read. */
static void expect(const struct message *messages, uint32_t count, const unsigned reads[10])
{
    struct batch batch = batch_of(messages, count);
    uint64_t descriptor_beats = (count * sizeof(hyp_keccak_descriptor) + BEAT - 1) / BEAT;
    uint64_t wanted = 0;

    for (uint64_t beat = 0; beat <= descriptor_beats; beat++) {
        wanted += beat_of(&batch, beat);
    }
    for (uint64_t i = 0; i < 10; i++) {
        wanted += reads[i] * beat_of(&batch, DATA_OFFSET / BEAT + i);
    }
    assert_int_equal(crc_of(&batch), wanted);
    for (size_t bit = DATA_OFFSET * 8; bit < (DATA_OFFSET + 10 * BEAT) * 8; bit++) {
        struct batch damaged = batch;
        damaged.input[bit / 8] ^= (uint8_t)(1u << bit % 8);
        bool counts = reads[bit / 8 / BEAT - DATA_OFFSET / BEAT] > 0;
        assert_int_equal(crc_of(&damaged) != wanted, counts);
    }
}

static void beats_count_as_often_as_they_are_read(void **state)
{
    static const struct message side_by_side[] = {{0, 64, 0}, {64, 10, 0}, {80, 100, 0}};
    static const struct message twice[] = {{64, 100, 0}, {64, 100, 0}, {256, 8, 0}, {64, 100, 0}};
    static const struct message backwards[] = {{128, 8, 0}, {0, 136, 0}, {136, 1, 0}};
    static const struct message edges[] = {{0, 57, 0}, {0, 8, 0}, {0, 56, 0}, {56, 8, 0}};
    static const struct message empty_between[] = {{8, 8, 0}, {512, 0, 0}, {16, 8, 0}};
    static const struct message to_the_end[] = {{576, 33, 0}, {608, 1, 0}};
    static const struct message bad[] = {{0, 8, 1},   {4, 8, 0},   {600, 16, 0},
                                         {616, 0, 0}, {64, 64, 0}, {UINT64_MAX - 399, 500, 0}};
    (void)state;
    expect(NULL, 0, (unsigned[10]){0});
    /* The third message begins in the beat in which the second ended, which is still held. */
    expect(side_by_side, 3, (unsigned[10]){1, 1, 1});
    /* The second begins in a beat that is not the one in which the first ended. */
    expect(twice, 4, (unsigned[10]){0, 3, 3, 0, 1});
    /* A message that begins before the held beat reads it again. */
    expect(backwards, 3, (unsigned[10]){1, 1, 2});
    /* A message that ends in the last eight bytes of a beat leaves nothing of it to be held. */
    expect(edges, 4, (unsigned[10]){2});
    expect(empty_between, 3, (unsigned[10]){1});
    expect(to_the_end, 2, (unsigned[10]){[9] = 1});
    expect(bad, 6, (unsigned[10]){[1] = 1});
}

static void header_and_descriptors_count(void **state)
{
    static const struct message messages[] = {{0, 64, 0}, {64, 10, 0}, {80, 100, 0}};
    struct batch batch = batch_of(messages, 3);
    uint64_t wanted = crc_of(&batch);
    (void)state;
    for (unsigned bit = 0; bit < 64; bit++) {
        struct batch other = batch;
        other.header.sequence ^= UINT64_C(1) << bit; /* of its fields the one that means nothing */
        assert_true(crc_of(&other) != wanted);
    }
    for (size_t bit = BEAT * 8; bit < (size_t)2 * BEAT * 8; bit++) {
        struct batch damaged = batch;
        damaged.input[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_true(crc_of(&damaged) != wanted);
    }
}

/* No byte behind the memory is looked at, where that does not end with a beat. */
static void a_memory_may_end_within_a_beat(void **state)
{
    static const struct message messages[] = {{576, 33, 0}};
    struct batch batch = batch_of(messages, 1);
    uint8_t *cut = malloc(DATA_OFFSET + DATA_BYTES);
    (void)state;
    assert_non_null(cut);
    memcpy(cut, batch.input, DATA_OFFSET + DATA_BYTES);
    memset(batch.input + DATA_OFFSET + DATA_BYTES, 0, INPUT_BYTES - DATA_OFFSET - DATA_BYTES);
    const struct hyp_memory memory = {cut, DATA_OFFSET + DATA_BYTES, -1, 1};
    uint64_t crc = 0;
    assert_true(hyp_input_crc(&batch.header, &memory, NULL, UINT64_MAX, &crc));
    assert_int_equal(crc, crc_of(&batch));
    free(cut);
}

/* A thousand items that read the same are not a thousand times the work where that is not wanted.
 */
static void work_is_bounded(void **state)
{
    static const struct message messages[] = {{64, 100, 0}, {64, 100, 0}, {64, 100, 0}};
    struct batch batch = batch_of(messages, 3);
    const struct hyp_memory input = {batch.input, INPUT_BYTES, -1, 1};
    uint64_t crc = 5;
    (void)state;
    assert_false(hyp_input_crc(&batch.header, &input, NULL, 5, &crc));
    assert_int_equal(crc, 5);
    assert_true(hyp_input_crc(&batch.header, &input, NULL, 6, &crc));
    assert_int_equal(crc, crc_of(&batch));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(beats_count_as_often_as_they_are_read),
        cmocka_unit_test(header_and_descriptors_count),
        cmocka_unit_test(a_memory_may_end_within_a_beat),
        cmocka_unit_test(work_is_bounded),
    };
    return cmocka_run_group_tests_name("checksum of the input", tests, NULL, NULL);
}
