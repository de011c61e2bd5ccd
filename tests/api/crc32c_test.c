/* CRC32C: the vectors of RFC 3720, appendix B.4, and both ways of computing it. */
#include <nmmintrin.h>
#include <string.h>

#include "host/src/crc32c.h"
#include "tests/support/random_batch.h"
#include "tests/support/test.h"

/* The way without the instruction, under other names. */
#undef __x86_64__
#define hyp_crc32c           portable_crc32c
#define hyp_crc32c_beats     portable_crc32c_beats
#define hyp_crc32c_beats_sum portable_crc32c_beats_sum
uint32_t portable_crc32c(uint32_t crc, const void *data, size_t bytes);
uint32_t portable_crc32c_beats(const void *data, size_t bytes, uint64_t index);
uint64_t portable_crc32c_beats_sum(const void *data, size_t bytes, uint64_t index);
#include "host/src/crc32c.c" // NOLINT(bugprone-suspicious-include)
#undef hyp_crc32c
#undef hyp_crc32c_beats
#undef hyp_crc32c_beats_sum

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
        assert_int_equal(hyp_crc32c_beats_sum(bytes, length, index),
                         portable_crc32c_beats_sum(bytes, length, index));
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
                     hyp_crc32c_beats(bytes + 128, 128, 9) ^ hyp_crc32c_beats(bytes, 128, 7));
    assert_int_not_equal(hyp_crc32c_beats(bytes, 64, 7), hyp_crc32c_beats(bytes, 64, 8));
    assert_int_equal(hyp_crc32c_beats(bytes, 3, 7), hyp_crc32c_beats(bytes, 64, 7));
    assert_int_equal(hyp_crc32c_beats(bytes, 0, 7), 0);
    assert_int_equal(
        hyp_crc32c_beats_sum(bytes, 256, 7),
        (uint64_t)hyp_crc32c_beats(bytes, 64, 7) + hyp_crc32c_beats(bytes + 64, 64, 8) +
            hyp_crc32c_beats(bytes + 128, 64, 9) + hyp_crc32c_beats(bytes + 192, 64, 10));
    assert_int_equal(hyp_crc32c_beats_sum(bytes, 0, 7), 0);
    memcpy(bytes + 64, &index, sizeof index);
    assert_int_equal(hyp_crc32c_beats(bytes, 64, 7), hyp_crc32c(0, bytes, 72));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_answers),
        cmocka_unit_test(both_ways_agree),
        cmocka_unit_test(beats_are_found_by_their_place),
    };
    return cmocka_run_group_tests_name("crc32c", tests, NULL, NULL);
}
