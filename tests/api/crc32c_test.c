/* CRC32C: the vectors of RFC 3720, appendix B.4, and both ways of computing it. */
#include <nmmintrin.h>
#include <string.h>

#include "host/src/crc32c.h"
#include "host/src/result_check.h"
#include "tests/support/random_batch.h"
#include "tests/support/test.h"

/* The way without the instruction, under other names. */
#undef __x86_64__
#define hyp_crc32c       portable_crc32c
#define hyp_crc32c_beats portable_crc32c_beats
uint32_t portable_crc32c(uint32_t crc, const void *data, size_t bytes);
uint64_t portable_crc32c_beats(const void *data, size_t bytes, uint64_t index);
#include "host/src/crc32c.c" // NOLINT(bugprone-suspicious-include)
#undef hyp_crc32c
#undef hyp_crc32c_beats

static void known_answers(void **state)
{
    uint8_t bytes[32];
    (void)state;
    assert_int_equal(hyp_crc32c(0, "", 0), 0);
    assert_int_equal(hyp_crc32c(0, "123456789", 9), 0xe3069283);
    assert_int_equal(portable_crc32c(0, "123456789", 9), 0xe3069283);
    memset(bytes, 0, sizeof bytes);
    assert_int_equal(hyp_crc32c(0, bytes, sizeof bytes), 0x8a9136aa);
    memset(bytes, 0xff, sizeof bytes);
    assert_int_equal(hyp_crc32c(0, bytes, sizeof bytes), 0x62a8ab43);
    for (unsigned i = 0; i < sizeof bytes; i++) {
        bytes[i] = (uint8_t)i;
    }
    assert_int_equal(hyp_crc32c(0, bytes, sizeof bytes), 0x46dd794e);
    assert_int_equal(portable_crc32c(0, bytes, sizeof bytes), 0x46dd794e);
}

static void both_ways_agree(void **state)
{
    struct random random = {11};
    uint8_t bytes[1000];
    (void)state;
    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = (uint8_t)random_u64(&random);
    }
    for (size_t length = 0; length < sizeof bytes; length++) {
        uint32_t begun = (uint32_t)random_u64(&random);
        uint64_t index = random_u64(&random);
        assert_int_equal(hyp_crc32c(begun, bytes, length), portable_crc32c(begun, bytes, length));
        assert_int_equal(hyp_crc32c_beats(bytes, length, index),
                         portable_crc32c_beats(bytes, length, index));
        size_t cut = (size_t)random_below(&random, length + 1);
        assert_int_equal(hyp_crc32c(hyp_crc32c(0, bytes, cut), bytes + cut, length - cut),
                         hyp_crc32c(0, bytes, length));
    }
}

/* A sum over beats is that of its pieces, and of each beat with its index behind it. */
static void beats_are_found_by_their_place(void **state)
{
    uint8_t bytes[4 * 64 + 8] = {1, 2, 3};
    uint64_t index = 7;
    (void)state;
    bytes[100] = 9;
    bytes[200] = 5;
    assert_int_equal(hyp_crc32c_beats(bytes, 256, 7),
                     hyp_crc32c_beats(bytes + 128, 128, 9) + hyp_crc32c_beats(bytes, 128, 7));
    assert_int_not_equal(hyp_crc32c_beats(bytes, 64, 7), hyp_crc32c_beats(bytes, 64, 8));
    assert_int_equal(hyp_crc32c_beats(bytes, 3, 7), hyp_crc32c_beats(bytes, 64, 7));
    assert_int_equal(hyp_crc32c_beats(bytes, 0, 7), 0);
    assert_int_equal(hyp_crc32c_beats(bytes, 256, 7), hyp_crc32c_beats(bytes, 64, 7) +
                                                          hyp_crc32c_beats(bytes + 64, 64, 8) +
                                                          hyp_crc32c_beats(bytes + 128, 64, 9) +
                                                          hyp_crc32c_beats(bytes + 192, 64, 10));
    memcpy(bytes + 64, &index, sizeof index);
    assert_int_equal(hyp_crc32c_beats(bytes, 64, 7), hyp_crc32c(0, bytes, 72));
}

/* What the checksum of results must notice: beats that have changed places, the same bit wrong in
 * two beats. In an exclusive or of CRCs both vanish. */
static void damage_to_two_beats_is_seen(void **state)
{
    enum { ITEMS = 64 };
    const hyp_batch_header batch = {.op = HYP_OP_KECCAK256, .item_count = ITEMS};
    const uint64_t results = hyp_results_offset(ITEMS);
    struct random random = {5};
    uint8_t output[HYP_STATUS_OFFSET + BEAT + ITEMS * 32] = {0};
    (void)state;
    assert_int_equal(results + ITEMS * 32, sizeof output);
    for (size_t i = results; i < sizeof output; i++) {
        output[i] = (uint8_t)random_u64(&random);
    }
    const uint32_t crc = hyp_result_crc(&batch, NULL, output);

    uint8_t damaged[sizeof output];
    memcpy(damaged, output, sizeof output);
    memcpy(damaged + results, output + results + BEAT, BEAT);
    memcpy(damaged + results + BEAT, output + results, BEAT);
    assert_int_not_equal(hyp_result_crc(&batch, NULL, damaged), crc);
    for (size_t bit = 0; bit < BEAT * 8; bit++) {
        memcpy(damaged, output, sizeof output);
        damaged[results + bit / 8] ^= (uint8_t)(1u << bit % 8);
        damaged[results + 7 * BEAT + bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_int_not_equal(hyp_result_crc(&batch, NULL, damaged), crc);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_answers),
        cmocka_unit_test(both_ways_agree),
        cmocka_unit_test(beats_are_found_by_their_place),
        cmocka_unit_test(damage_to_two_beats_is_seen),
    };
    return cmocka_run_group_tests_name("crc32c", tests, NULL, NULL);
}
