/* hyp_keccak256 and the permutation against published values. */
#include <stdlib.h>
#include <string.h>

#include "host/src/keccak/keccak.h"
#include "hyperion/keccak.h"
#include "tests/keccak/vectors.h"
#include "tests/support/test.h"

/* KeccakF-1600-IntermediateValues of the Keccak team: the zero state after one and after two
 * permutations. */
static const uint64_t permuted_once[HYP_KECCAK_LANES] = {
    0xf1258f7940e1dde7, 0x84d5ccf933c0478a, 0xd598261ea65aa9ee, 0xbd1547306f80494d,
    0x8b284e056253d057, 0xff97a42d7f8e6fd4, 0x90fee5a0a44647c4, 0x8c5bda0cd6192e76,
    0xad30a6f71b19059c, 0x30935ab7d08ffc64, 0xeb5aa93f2317d635, 0xa9a6e6260d712103,
    0x81a57c16dbcf555f, 0x43b831cd0347c826, 0x01f22f1a11a5569f, 0x05e5635a21d9ae61,
    0x64befef28cc970f2, 0x613670957bc46611, 0xb87c5a554fd00ecb, 0x8c3ee88a1ccf32c8,
    0x940c7922ae3a2614, 0x1841f924a2c509e4, 0x16f53526e70465c2, 0x75f644e97f30a13b,
    0xeaf1ff7b5ceca249};
static const uint64_t permuted_twice[HYP_KECCAK_LANES] = {
    0x2d5c954df96ecb3c, 0x6a332cd07057b56d, 0x093d8d1270d76b6c, 0x8a20d9b25569d094,
    0x4f9c4f99e5e7f156, 0xf957b9a2da65fb38, 0x85773dae1275af0d, 0xfaf4f247c3d810f7,
    0x1f1b9ee6f79a8759, 0xe4fecc0fee98b425, 0x68ce61b6b9ce68a1, 0xdeea66c4ba8f974f,
    0x33c43d836eafb1f5, 0xe00654042719dbd9, 0x7cf8a9f009831265, 0xfd5449a6bf174743,
    0x97ddad33d8994b40, 0x48ead5fc5d0be774, 0xe3b8c8ee55b7b03c, 0x91a0226e649e42e9,
    0x900e3129e7badd7b, 0x202a9ec5faa3cce8, 0x5b3402464e1c3db6, 0x609f4e62a44c1059,
    0x20d06cd26a8fbf5c};

static void permutation_of_zero(void **unused)
{
    uint64_t state[HYP_KECCAK_LANES] = {0};

    (void)unused;
    hyp_keccak_f1600(state);
    assert_memory_equal(state, permuted_once, sizeof state);
    hyp_keccak_f1600(state);
    assert_memory_equal(state, permuted_twice, sizeof state);
}

/* ShortMsgKAT of the submission, capacity 512. */
static void submission_known_answers(void **unused)
{
    static const struct {
        const char *message;
        size_t length;
        const char *digest;
    } answers[] = {
        {"", 0, "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"},
        {"\xcc", 1, "eead6dbfc7340a56caedc044696a168870549a6a7f6f56961e84a54bd9970b8a"},
        {"\x41\xfb", 2, "a8eaceda4d47b3281a795ad9e1ea2122b407baf9aabcb9e18b5717b7873537d2"},
    };
    uint8_t digest[HYP_KECCAK_DIGEST_SIZE];
    uint8_t want[HYP_KECCAK_DIGEST_SIZE];

    (void)unused;
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        assert_true(vectors_parse_digest(answers[i].digest, want));
        hyp_keccak256(answers[i].message, answers[i].length, digest);
        assert_memory_equal(digest, want, sizeof want);
    }
    hyp_keccak256(NULL, 0, digest);
    assert_true(vectors_parse_digest(answers[0].digest, want));
    assert_memory_equal(digest, want, sizeof want);
}

static void shared_lengths(void **unused)
{
    size_t count;
    struct vector *vectors = vectors_load(&count);

    (void)unused;
    if (!vectors) {
        print_message("# keccak256.txt of the shared data is not here\n");
        skip();
    }
    assert_true(count > 500);
    for (size_t i = 0; i < count; i++) {
        uint8_t digest[HYP_KECCAK_DIGEST_SIZE];
        uint8_t *message = malloc(vectors[i].length + 1);
        assert_non_null(message);
        vectors_message(vectors[i].length, message);
        hyp_keccak256(message, vectors[i].length, digest);
        assert_memory_equal(digest, vectors[i].digest, sizeof digest);
        free(message);
    }
    free(vectors);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(permutation_of_zero),
        cmocka_unit_test(submission_known_answers),
        cmocka_unit_test(shared_lengths),
    };
    return cmocka_run_group_tests_name("keccak-256", tests, NULL, NULL);
}
