/* Proving answers: right ones are proven, whatever their points do to the additions; one wrong bit
 * anywhere is not, also where the lie is as consistent as a lie can be. */
#include <secp256k1.h>
#include <stdlib.h>
#include <string.h>

#include "host/src/recover/recover.h"
#include "hyperion/keccak.h"
#include "tests/recover/numbers.h"
#include "tests/recover/signatures.h"
#include "tests/support/test.h"

/* Sanitizers take five times as long. */
#if defined(__SANITIZE_ADDRESS__)
enum { MOST = 4200, RANDOM_ITEMS = 2000, WRONG_BITS = 60 };
#else
enum { MOST = 10000, RANDOM_ITEMS = 12000, WRONG_BITS = 500 };
#endif

static struct hyp_recover_context *context;
static struct hyp_recover_context *libsecp256k1;
static secp256k1_context *secp;
static struct random_source source;

/* Signatures, and the right answers until somebody spoils them. */
static struct {
    uint32_t count;
    uint32_t flags;
    hyp_ecrecover_descriptor items[MOST];
    uint8_t statuses[MOST];
    hyp_ecrecover_result results[MOST];
} batch;

static bool proven(void)
{
    return hyp_recover_prove(context, batch.items, batch.count, batch.flags, batch.statuses,
                             batch.results);
}

static void answer_with(const struct hyp_recover_context *with)
{
    hyp_recover_batch(with, batch.items, batch.count, batch.flags, batch.statuses, batch.results);
}

static void sign_batch(uint32_t count, unsigned one_mutated_in)
{
    batch.count = count;
    batch.flags = 0;
    for (uint32_t i = 0; i < count; i++) {
        sign_random(&source, &batch.items[i]);
        if (one_mutated_in && random_word(&source) % one_mutated_in == 0) {
            mutate(&source, &batch.items[i]);
        }
    }
    answer_with(context);
}

static uint32_t draw(uint32_t count)
{
    return (uint32_t)(random_word(&source) % count);
}

/* An item whose status is OK, or is not. */
static uint32_t draw_item(bool ok)
{
    for (;;) {
        uint32_t i = draw(batch.count);
        if ((batch.statuses[i] == HYP_STATUS_OK) == ok) {
            return i;
        }
    }
}

/* The address that belongs to a result's key: now only the key is a lie. */
static void make_consistent(hyp_ecrecover_result *result)
{
    uint8_t digest[32];

    hyp_keccak256(result->public_key, sizeof result->public_key, digest);
    memcpy(result->address, digest + 12, sizeof result->address);
}

/* --- right answers -------------------------------------------------------------------------- */

static void right_answers_are_proven(void **state)
{
    const uint32_t least = hyp_recover_least_proven(context);
    const uint32_t counts[] = {least,
                               least + 1,
                               HYP_RECOVER_CHUNK - 1,
                               HYP_RECOVER_CHUNK,
                               HYP_RECOVER_CHUNK + 1,
                               1000,
                               HYP_RECOVER_MOST_PROVEN,
                               HYP_RECOVER_MOST_PROVEN + 1,
                               MOST};

    (void)state;
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        if (counts[i] >= least) {
            sign_batch(counts[i], 0);
            assert_true(proven());
        }
    }
    sign_batch(least - 1, 0);
    assert_false(proven());
}

static void right_failures_are_proven(void **state)
{
    (void)state;
    for (unsigned one_in = 1; one_in <= 4; one_in++) {
        sign_batch(1500, one_in);
        batch.flags = one_in % 2 ? HYP_ECRECOVER_LOW_S : 0;
        answer_with(libsecp256k1);
        assert_true(proven());
    }
}

static void answers_of_libsecp256k1_are_proven(void **state)
{
    (void)state;
    sign_batch(1000, 20);
    answer_with(libsecp256k1);
    assert_true(proven());
}

static void addresses_alone_are_not_proven(void **state)
{
    (void)state;
    sign_batch(1000, 0);
    batch.flags = HYP_ECRECOVER_ADDRESS_ONLY;
    assert_false(proven());
}

/* PROVE_TEST_ITEMS asks for more. */
static void many_random_batches(void **state)
{
    const char *wanted = getenv("PROVE_TEST_ITEMS");
    unsigned long left = wanted ? strtoul(wanted, NULL, 10) : RANDOM_ITEMS;

    (void)state;
    while (left > 0) {
        uint32_t count = hyp_recover_least_proven(context) * 2 + draw(3000);
        sign_batch(count, 3 + draw(20));
        assert_true(proven());
        uint32_t place = draw_item(true);
        batch.results[place].public_key[draw(64)] ^= (uint8_t)(1u << draw(8));
        make_consistent(&batch.results[place]);
        assert_false(proven());
        left -= count < left ? count : left;
    }
}

/* --- points that meet ----------------------------------------------------------------------- */

/* Where there are few different points a sum on the way may happen to be infinity, about once in a
 * hundred of the batches below, and then nothing is proven. Five times in turn it will not. */
static bool proven_at_last(void)
{
    for (int i = 0; i < 5; i++) {
        if (proven()) {
            return true;
        }
    }
    return false;
}

static void a_signature_that_is_everywhere(void **state)
{
    (void)state;
    sign_batch(600, 0);
    for (uint32_t i = 1; i < batch.count; i++) {
        batch.items[i] = batch.items[0];
    }
    answer_with(context);
    assert_true(proven_at_last());
    batch.results[599].public_key[63] ^= 1;
    make_consistent(&batch.results[599]);
    assert_false(proven());
}

/* n - number, big-endian */
static void negate_number(uint8_t number[32])
{
    assert_true(secp256k1_ec_seckey_negate(secp, number));
}

/* Both R and the key of every other item are the negatives of those of the item before. */
static void opposite_pairs(void **state)
{
    (void)state;
    sign_batch(600, 0);
    for (uint32_t i = 1; i < batch.count; i += 2) {
        batch.items[i] = batch.items[i - 1];
        batch.items[i].recid ^= 1;
        negate_number(batch.items[i].hash);
    }
    answer_with(context);
    assert_memory_equal(batch.results[0].public_key, batch.results[1].public_key, 32);
    assert_memory_not_equal(batch.results[0].public_key, batch.results[1].public_key, 64);
    assert_true(proven_at_last());
    /* One signature and its opposite in all places. */
    for (uint32_t i = 2; i < batch.count; i++) {
        batch.items[i] = batch.items[i % 2];
    }
    answer_with(context);
    assert_true(proven_at_last());
    hyp_ecrecover_result swapped = batch.results[0];
    batch.results[0] = batch.results[1];
    batch.results[1] = swapped;
    assert_false(proven());
}

/* R and Q are small multiples of G, so they are equal, opposite or twice one another everywhere. */
static void multiples_of_g(void **state)
{
    (void)state;
    batch.count = 600;
    batch.flags = 0;
    for (uint32_t i = 0; i < batch.count; i++) {
        uint8_t u1[32] = {[31] = (uint8_t)draw(4)};
        uint8_t u2[32] = {[31] = (uint8_t)(1 + draw(3))};
        uint8_t k[32] = {[31] = (uint8_t)(1 + draw(3))};
        sign_with_factors(&batch.items[i], u1, u2, k);
    }
    answer_with(libsecp256k1);
    assert_true(proven_at_last());
}

/* No multiple of G is left. */
static void hashes_of_zero(void **state)
{
    (void)state;
    sign_batch(600, 0);
    for (uint32_t i = 0; i < batch.count; i++) {
        memset(batch.items[i].hash, 0, 32);
    }
    answer_with(context);
    assert_true(proven());
}

/* --- lies ----------------------------------------------------------------------------------- */

static void one_wrong_bit(void **state)
{
    (void)state;
    sign_batch(300, 10);
    for (unsigned i = 0; i < WRONG_BITS; i++) {
        uint32_t place = draw(batch.count);
        unsigned at = draw(sizeof batch.results[0] + 1);
        uint8_t *byte = at < sizeof batch.results[0] ? (uint8_t *)&batch.results[place] + at
                                                     : &batch.statuses[place];
        uint8_t bit = (uint8_t)(1u << draw(8));
        *byte ^= bit;
        assert_false(proven());
        *byte ^= bit;
    }
    assert_true(proven());
}

static void failures_that_are_none(void **state)
{
    hyp_ecrecover_result right;

    (void)state;
    sign_batch(400, 5);
    uint32_t good = draw_item(true);
    uint32_t bad = draw_item(false);
    uint8_t status = batch.statuses[bad];
    right = batch.results[good];
    memset(&batch.results[good], 0, sizeof right);
    for (unsigned wrong = 1; wrong < 256; wrong++) {
        batch.statuses[good] = (uint8_t)wrong;
        assert_false(proven());
    }
    batch.statuses[good] = HYP_STATUS_OK;
    assert_false(proven());
    batch.results[good] = right;
    batch.statuses[bad] = HYP_STATUS_OK;
    batch.results[bad] = right;
    assert_false(proven());
    batch.statuses[bad] = status;
    assert_false(proven());
    memset(&batch.results[bad], 0, sizeof right);
    assert_true(proven());
}

static void exchange(uint32_t a, uint32_t b)
{
    hyp_ecrecover_result result = batch.results[a];

    batch.results[a] = batch.results[b];
    batch.results[b] = result;
}

static void keys_of_others(void **state)
{
    (void)state;
    sign_batch(500, 0);
    for (int i = 0; i < 50; i++) {
        uint32_t a = draw(batch.count);
        uint32_t b = (a + 1 + draw(batch.count - 1)) % batch.count;
        exchange(a, b);
        assert_false(proven());
        exchange(a, b);
    }
    assert_true(proven());
}

/* p - y, big-endian */
static void negate_key(uint8_t key[64])
{
    mpz_t y;
    mpz_t p;

    mpz_init_set_str(p, FIELD_PRIME, 16);
    mpz_init(y);
    mpz_import(y, 32, 1, 1, 1, 0, key + 32);
    mpz_sub(y, p, y);
    memset(key + 32, 0, 32);
    mpz_export(key + 64 - (mpz_sizeinbase(y, 2) + 7) / 8, NULL, 1, 1, 1, 0, y);
    mpz_clears(y, p, NULL);
}

static void negated_keys(void **state)
{
    (void)state;
    sign_batch(300, 0);
    for (int i = 0; i < 30; i++) {
        hyp_ecrecover_result *result = &batch.results[draw(batch.count)];
        hyp_ecrecover_result right = *result;
        negate_key(result->public_key);
        make_consistent(result);
        assert_false(proven());
        *result = right;
    }
    assert_true(proven());
}

/* The key that a signature has with -s, or with -R, or with another hash. */
static void keys_of_malleated_signatures(void **state)
{
    (void)state;
    sign_batch(300, 0);
    for (int i = 0; i < 30; i++) {
        uint32_t place = draw(batch.count);
        hyp_ecrecover_descriptor item = batch.items[place];
        hyp_ecrecover_result right = batch.results[place];
        uint8_t status;
        switch (i % 4) {
        case 0:
            negate_number(item.s);
            break;
        case 1:
            item.recid ^= 1;
            break;
        case 2:
            item.hash[draw(32)] ^= 1;
            break;
        default: /* the same signature, with the same key */
            negate_number(item.s);
            item.recid ^= 1;
        }
        hyp_recover_batch(libsecp256k1, &item, 1, 0, &status, &batch.results[place]);
        assert_int_equal(status, HYP_STATUS_OK);
        assert_int_equal(proven(), i % 4 == 3);
        batch.results[place] = right;
    }
}

static void move_key(hyp_ecrecover_result *result, bool back)
{
    uint8_t bytes[65] = {4};
    size_t length = sizeof bytes;
    secp256k1_pubkey point;
    uint8_t step[32] = {[31] = 1};

    if (back) {
        negate_number(step);
    }
    memcpy(bytes + 1, result->public_key, 64);
    assert_true(secp256k1_ec_pubkey_parse(secp, &point, bytes, sizeof bytes));
    assert_true(secp256k1_ec_pubkey_tweak_add(secp, &point, step));
    secp256k1_ec_pubkey_serialize(secp, bytes, &length, &point, SECP256K1_EC_UNCOMPRESSED);
    memcpy(result->public_key, bytes + 1, 64);
    make_consistent(result);
}

/* Two keys that are wrong by G and by -G, of the same signature: without coefficients, or with the
 * same ones, the errors would cancel. */
static void errors_that_cancel(void **state)
{
    (void)state;
    sign_batch(300, 0);
    for (uint32_t i = 1; i < batch.count; i++) {
        batch.items[i] = batch.items[0];
    }
    answer_with(context);
    for (uint32_t i = 1; i < batch.count; i += 30) {
        move_key(&batch.results[0], false);
        move_key(&batch.results[i], true);
        assert_false(proven());
        move_key(&batch.results[0], true);
        move_key(&batch.results[i], false);
    }
    assert_true(proven_at_last());
}

/* A signature whose key has x = 1: Q is chosen, R = a·G + Q, s = r, hash = a·r. */
static void sign_for_small_x(hyp_ecrecover_descriptor *item)
{
    uint8_t bytes[65] = {2, [32] = 1};
    uint8_t a[32] = {[31] = 77};
    size_t length = sizeof bytes;
    secp256k1_pubkey point;

    memset(item, 0, sizeof *item);
    assert_true(secp256k1_ec_pubkey_parse(secp, &point, bytes, 33));
    assert_true(secp256k1_ec_pubkey_tweak_add(secp, &point, a));
    secp256k1_ec_pubkey_serialize(secp, bytes, &length, &point, SECP256K1_EC_UNCOMPRESSED);
    memcpy(item->r, bytes + 1, 32);
    memcpy(item->s, bytes + 1, 32);
    memcpy(item->hash, bytes + 1, 32);
    assert_true(secp256k1_ec_seckey_tweak_mul(secp, item->hash, a));
    item->recid = bytes[64] & 1;
}

/* x + p is the same coordinate, but not the same answer. */
static void coordinates_beyond_p(void **state)
{
    static const uint8_t p_plus_1[32] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                         0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                         0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                         0xff, 0xff, 0xff, 0xfe, 0xff, 0xff, 0xfc, 0x30};
    const uint8_t one[32] = {[31] = 1};

    (void)state;
    sign_batch(300, 0);
    sign_for_small_x(&batch.items[123]);
    answer_with(context);
    assert_int_equal(batch.statuses[123], HYP_STATUS_OK);
    assert_memory_equal(batch.results[123].public_key, one, 32);
    assert_true(proven());
    memcpy(batch.results[123].public_key, p_plus_1, 32);
    make_consistent(&batch.results[123]);
    assert_false(proven());
}

static void keys_off_the_curve(void **state)
{
    (void)state;
    sign_batch(300, 0);
    memset(batch.results[7].public_key, 0, 64);
    make_consistent(&batch.results[7]);
    assert_false(proven());
    memset(batch.results[7].public_key, 0xff, 64);
    make_consistent(&batch.results[7]);
    assert_false(proven());
}

/* --- expected keys -------------------------------------------------------------------------- */

static uint8_t expected[MOST][64];
static uint8_t right[MOST];

static bool check_keys(void)
{
    for (uint32_t i = 0; i < batch.count; i++) {
        memcpy(expected[i], batch.results[i].public_key, 64);
        right[i] = 7;
    }
    return hyp_recover_check_keys(context, batch.items, (const uint8_t(*)[64])expected, batch.count,
                                  batch.flags, right);
}

static void expected_keys_are_right(void **state)
{
    const uint32_t counts[] = {0, 1, 5, 63, 64, 300, HYP_RECOVER_MOST_PROVEN + 1};

    (void)state;
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        sign_batch(counts[i], 0);
        assert_true(check_keys());
        for (uint32_t j = 0; j < batch.count; j++) {
            assert_int_equal(right[j], 1);
        }
    }
}

/* Each wrong one is named, and no other; a signature without a key has no right one. */
static void unexpected_keys_are_named(void **state)
{
    static bool wrong[MOST];

    (void)state;
    for (int round = 0; round < 6; round++) {
        sign_batch(round < 3 ? 20 : MOST / 2, round % 3 ? 0 : 40);
        for (uint32_t i = 0; i < batch.count; i++) {
            wrong[i] = batch.statuses[i] != HYP_STATUS_OK;
        }
        for (int i = 0; i < 3; i++) {
            uint32_t place = draw_item(true);
            wrong[place] = true;
            batch.results[place].public_key[draw(64)] ^= (uint8_t)(1 + draw(255));
        }
        if (round % 3 == 2) {
            batch.flags = HYP_ECRECOVER_LOW_S;
            negate_number(batch.items[0].s);
            batch.items[0].recid ^= 1; /* the same key, but s is high */
            wrong[0] = true;
        }
        assert_false(check_keys());
        for (uint32_t i = 0; i < batch.count; i++) {
            assert_int_equal(right[i], !wrong[i]);
        }
    }
}

/* --- */

static int open_contexts(void **state)
{
    (void)state;
    source.state = 11;
    secp = secp256k1_context_create(SECP256K1_CONTEXT_NONE);
    return hyp_recover_context_create_with(HYP_RECOVER_SINGLE, NULL, &libsecp256k1);
}

static int close_contexts(void **state)
{
    (void)state;
    secp256k1_context_destroy(secp);
    hyp_recover_context_destroy(libsecp256k1);
    hyp_recover_context_destroy(context);
    return 0;
}

static int run_all(enum hyp_recover_method method, const char *name)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(right_answers_are_proven),
        cmocka_unit_test(right_failures_are_proven),
        cmocka_unit_test(answers_of_libsecp256k1_are_proven),
        cmocka_unit_test(addresses_alone_are_not_proven),
        cmocka_unit_test(many_random_batches),
        cmocka_unit_test(a_signature_that_is_everywhere),
        cmocka_unit_test(opposite_pairs),
        cmocka_unit_test(multiples_of_g),
        cmocka_unit_test(hashes_of_zero),
        cmocka_unit_test(one_wrong_bit),
        cmocka_unit_test(failures_that_are_none),
        cmocka_unit_test(keys_of_others),
        cmocka_unit_test(negated_keys),
        cmocka_unit_test(keys_of_malleated_signatures),
        cmocka_unit_test(errors_that_cancel),
        cmocka_unit_test(coordinates_beyond_p),
        cmocka_unit_test(keys_off_the_curve),
        cmocka_unit_test(expected_keys_are_right),
        cmocka_unit_test(unexpected_keys_are_named),
    };

    if (hyp_recover_context_create_with(method, NULL, &context)) {
        return 1;
    }
    return cmocka_run_group_tests_name(name, tests, open_contexts, close_contexts);
}

int main(void)
{
    static const char *const names[] = {"", "proving keys, avx2", "proving keys, avx512f",
                                        "proving keys, avx512ifma"};
    enum hyp_recover_method best = hyp_recover_best_method(hyp_cpu_variant_best());
    int failed = 0;

    if (best == HYP_RECOVER_SINGLE) {
        print_message("1..0 # skipped: this CPU has no vectors\n");
    }
    for (int method = HYP_RECOVER_AVX2; method <= (int)best; method++) {
        failed += run_all((enum hyp_recover_method)method, names[method]);
    }
    return failed;
}
