/* Batch recovery against libsecp256k1, item by item, and against the shared vectors. */
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "host/src/keccak/keccak.h"
#include "host/src/recover/recover.h"
#include "tests/recover/signatures.h"
#include "tests/support/shared_data.h"

static struct hyp_recover_context *context;

static int setup(void **state)
{
    (void)state;
    return hyp_recover_context_create(hyp_cpu_variant_best(), NULL, &context);
}

static int teardown(void **state)
{
    (void)state;
    hyp_recover_context_destroy(context);
    return 0;
}

/* What hyp_recover_batch must store for one item. */
static uint8_t expect(const hyp_ecrecover_descriptor *item, uint32_t flags,
                      hyp_ecrecover_result *result)
{
    const hyp_keccak_descriptor message = {.length = 64};
    uint8_t digest[32];
    uint8_t status;

    memset(result, 0, sizeof *result);
    status = hyp_recover_single(item, flags, result->public_key);
    if (status == HYP_STATUS_OK) {
        hyp_keccak_items_portable(&(struct hyp_keccak_items){.input = result->public_key,
                                                             .descriptors = &message,
                                                             .statuses = &status,
                                                             .digests = digest,
                                                             .count = 1});
        memcpy(result->address, digest + 12, 20);
    }
    return status;
}

/* Recovers the items as one batch and compares every byte. */
static void compare_with(const struct hyp_recover_context *with,
                         const hyp_ecrecover_descriptor *items, uint32_t count, uint32_t flags)
{
    uint8_t *statuses = malloc(count + 1);
    hyp_ecrecover_result *results = malloc((count + 1) * sizeof *results);

    memset(statuses, 0xee, count + 1);
    memset(results, 0xee, (count + 1) * sizeof *results);
    hyp_recover_batch(with, items, count, flags, statuses, results);
    for (uint32_t i = 0; i < count; i++) {
        hyp_ecrecover_result wanted;
        uint8_t status = expect(&items[i], flags, &wanted);
        if (statuses[i] != status || memcmp(&results[i], &wanted, sizeof wanted) != 0) {
            fail_msg("item %u of %u: status %u, wanted %u%s", i, count, statuses[i], status,
                     statuses[i] == status ? ", other key or address" : "");
        }
    }
    assert_int_equal(statuses[count], 0xee);
    assert_int_equal(results[count].public_key[0], 0xee);
    free(statuses);
    free(results);
}

static void compare(const hyp_ecrecover_descriptor *items, uint32_t count, uint32_t flags)
{
    compare_with(context, items, count, flags);
}

/* --- random signatures ----------------------------------------------------------------------- */

#define ROUND 1000u

static void test_random_signatures(void **state)
{
    /* TESTS_ITEMS is set by the soak run. */
    const char *wanted = getenv("RECOVER_TEST_ITEMS");
    unsigned long total = wanted ? strtoul(wanted, NULL, 10) : 100000;
    hyp_ecrecover_descriptor *items = malloc(ROUND * sizeof *items);
    struct random_source random = {total};
    unsigned long statuses[8] = {0};
    uint8_t key[64];

    (void)state;
    for (unsigned long done = 0; done < total; done += ROUND) {
        for (unsigned i = 0; i < ROUND; i++) {
            sign_random(&random, &items[i]);
            if (random_word(&random) % 4 == 0) {
                mutate(&random, &items[i]);
            }
        }
        if (done == 0) {
            for (unsigned i = 0; i < ROUND; i++) {
                statuses[hyp_recover_single(&items[i], HYP_ECRECOVER_LOW_S, key)]++;
            }
        }
        compare(items, ROUND, random_word(&random) & HYP_ECRECOVER_LOW_S);
    }
    /* The mutations do reach every status but infinity. */
    for (unsigned status = 0; status < HYP_STATUS_INFINITY; status++) {
        assert_true(statuses[status] > 0);
    }
    assert_int_equal(hyp_recover_unproven_count(context), 0);
    free(items);
}

static void test_every_batch_size(void **state)
{
    hyp_ecrecover_descriptor items[530];
    struct random_source random = {2};

    (void)state;
    for (unsigned i = 0; i < 530; i++) {
        sign_random(&random, &items[i]);
    }
    for (unsigned count = 0; count <= 34; count++) {
        compare(items + count, count, 0);
    }
    for (unsigned count = 255; count <= 257; count++) {
        compare(items, count, 0);
    }
    compare(items, 511, 0);
    compare(items, 530, 0);
}

static void test_addresses_only(void **state)
{
    hyp_ecrecover_descriptor items[40];
    hyp_ecrecover_address addresses[40];
    uint8_t statuses[40];
    struct random_source random = {3};
    const uint8_t zero[12] = {0};

    (void)state;
    for (unsigned i = 0; i < 40; i++) {
        sign_random(&random, &items[i]);
    }
    items[7].recid = 4;
    hyp_recover_batch(context, items, 40, HYP_ECRECOVER_ADDRESS_ONLY, statuses, addresses);
    for (unsigned i = 0; i < 40; i++) {
        hyp_ecrecover_result wanted;
        assert_int_equal(statuses[i], expect(&items[i], 0, &wanted));
        assert_memory_equal(addresses[i].address, wanted.address, 20);
        assert_memory_equal(addresses[i].reserved, zero, 12);
    }
}

/* --- every lane, every failure --------------------------------------------------------------- */

/* Makes `item` fail in one way. */
static void spoil(struct random_source *random, hyp_ecrecover_descriptor *item, uint8_t status)
{
    switch (status) {
    case HYP_STATUS_BAD_INPUT:
        item->reserved[30] = 1;
        break;
    case HYP_STATUS_BAD_RECID:
        item->recid = 4;
        break;
    case HYP_STATUS_BAD_R:
        memset(item->r, 0, 32);
        break;
    case HYP_STATUS_BAD_S:
        memset(item->s, 0xff, 32);
        break;
    case HYP_STATUS_HIGH_S:
        memset(item->s, 0, 32);
        item->s[0] = 0x80;
        break;
    case HYP_STATUS_NOT_ON_CURVE:
        memset(item->r, 0, 32);
        item->r[31] = 5; /* 5³ + 7 has no square root */
        break;
    default:
        do {
            sign_infinite(random, item);
        } while (item->s[0] >= 0x7f);
    }
}

static void test_every_lane_and_failure(void **state)
{
    hyp_ecrecover_descriptor good[32];
    hyp_ecrecover_descriptor items[32];
    struct random_source random = {4};

    (void)state;
    for (unsigned i = 0; i < 32; i++) {
        sign_random(&random, &good[i]);
    }
    for (uint8_t status = HYP_STATUS_BAD_INPUT; status <= HYP_STATUS_INFINITY; status++) {
        for (unsigned lane = 0; lane < 32; lane++) {
            hyp_ecrecover_result ignored;
            memcpy(items, good, sizeof items);
            spoil(&random, &items[lane], status);
            assert_int_equal(expect(&items[lane], HYP_ECRECOVER_LOW_S, &ignored), status);
            compare(items, 32, HYP_ECRECOVER_LOW_S);
        }
        for (unsigned lane = 0; lane < 32; lane++) {
            spoil(&random, &items[lane], status);
        }
        compare(items, 32, HYP_ECRECOVER_LOW_S);
    }
    assert_int_equal(hyp_recover_unproven_count(context), 0);
}

/* Pairs of faults in one item: the one of higher precedence is told. */
static void test_precedence(void **state)
{
    hyp_ecrecover_descriptor items[64];
    struct random_source random = {5};
    unsigned count = 0;

    (void)state;
    for (uint8_t first = HYP_STATUS_BAD_INPUT; first <= HYP_STATUS_NOT_ON_CURVE; first++) {
        for (uint8_t second = HYP_STATUS_NOT_ON_CURVE; second >= first; second--) {
            sign_random(&random, &items[count]);
            items[count].recid &= 1;
            spoil(&random, &items[count], second);
            if (first != HYP_STATUS_NOT_ON_CURVE) {
                spoil(&random, &items[count], first);
            }
            count++;
        }
    }
    /* x = r + n ≥ p comes after everything that is said of s. */
    for (unsigned i = 0; i < 4; i++) {
        sign_random(&random, &items[count]);
        items[count].recid = 2;
        spoil(&random, &items[count], (uint8_t)(HYP_STATUS_BAD_R + i));
        memset(items[count].r, 0x7f, 32);
        count++;
    }
    compare(items, count, HYP_ECRECOVER_LOW_S);
    compare(items, count, 0);
}

/* --- aimed at the algorithm ------------------------------------------------------------------ */

static void number(uint8_t bytes[32], uint64_t value, unsigned shift)
{
    memset(bytes, 0, 32);
    for (unsigned i = 0; i < 8; i++) {
        bytes[31 - shift / 8 - i] = (uint8_t)(value >> 8 * i);
    }
}

/* Small and single-digit factors: windows whose points coincide with each other and with rows of
 * the tables, u1 = 0, u2 = ±1, λ and around, R = G, R = 2^64·G. */
static void test_structured_factors(void **state)
{
    static const char *const lambda_text =
        "5363ad4cc05c30e0a5261c028812645a122e22ea20816678df02967c1b23bd72";
    static const uint64_t small[] = {1, 2, 3, 15, 16, 17, 31, 32, 33, 8191, 8192, 8193};
    hyp_ecrecover_descriptor *items = malloc(4000 * sizeof *items);
    uint8_t lambda[32];
    uint8_t zero[32] = {0};
    unsigned count = 0;

    (void)state;
    for (unsigned i = 0; i < 32; i++) {
        sscanf(lambda_text + 2 * i, "%2hhx", &lambda[i]);
    }
    for (unsigned a = 0; a < 12; a++) {
        for (unsigned b = 0; b < 12; b++) {
            for (unsigned shift = 0; shift <= 192; shift += 64) {
                uint8_t u1[32];
                uint8_t u2[32];
                uint8_t k[32];
                number(u1, small[a], shift);
                number(u2, small[b], 0);
                number(k, 1, shift);
                sign_with_factors(&items[count++], u1, u2, k);
                number(k, small[a], 0);
                sign_with_factors(&items[count++], u2, u1, k);
                sign_with_factors(&items[count++], u1, lambda, k);
                sign_with_factors(&items[count++], lambda, u2, k);
                sign_with_factors(&items[count++], zero, u2, k);
                sign_with_factors(&items[count++], u1, u2, lambda);
            }
        }
    }
    compare(items, count, 0);
    assert_int_equal(hyp_recover_unproven_count(context), 0);
    free(items);
}

/* Who knows the start can make the ladder meet it: the sum is wrong or lost, and libsecp256k1 must
 * be asked. Start T = t·G; a ladder that adds 0·G windows … reaches ±T when the first point that is
 * added, d·R + d'·λR, is T itself: with R = (d + d'λ)^-1·T. */
static void test_known_start(void **state)
{
    struct hyp_recover_context *known;
    hyp_ecrecover_descriptor items[96];
    struct random_source random = {6};
    uint8_t start[32] = {[31] = 1};

    (void)state;
    for (unsigned t = 1; t <= 3; t++) {
        start[31] = (uint8_t)t;
        assert_int_equal(hyp_recover_context_create(hyp_cpu_variant_best(), start, &known), 0);
        for (unsigned i = 0; i < 96; i++) {
            uint8_t u1[32];
            uint8_t u2[32];
            uint8_t k[32];
            number(k, i % 32 + 1, 0);
            number(u2, random_word(&random) % 32 + 1, 0);
            number(u1, random_word(&random) % 8, 0);
            sign_with_factors(&items[i], u1, u2, k);
        }
        compare_with(known, items, 96, 0);
        hyp_recover_context_destroy(known);
    }
}

/* --- vectors --------------------------------------------------------------------------------- */

static void read_hex(const json_t *object, const char *name, uint8_t *bytes, size_t length)
{
    const char *text = json_string_value(json_object_get(object, name));

    assert_non_null(text);
    assert_int_equal(strlen(text), 2 * length);
    for (size_t i = 0; i < length; i++) {
        assert_int_equal(sscanf(text + 2 * i, "%2hhx", &bytes[i]), 1);
    }
}

static void test_ecrecover_json(void **state)
{
    const char *path = shared_data_path("ecrecover.json");
    json_t *cases = path ? json_load_file(path, 0, NULL) : NULL;
    size_t count = json_array_size(cases);
    hyp_ecrecover_descriptor *items;
    hyp_ecrecover_result *results;
    uint8_t *statuses;

    (void)state;
    if (!path) {
        print_message("../shared/data/ecrecover.json is absent\n");
        skip();
    }
    assert_true(count > 1000);
    items = calloc(count, sizeof *items);
    results = calloc(count, sizeof *results);
    statuses = calloc(count, 1);
    for (size_t i = 0; i < count; i++) {
        const json_t *object = json_array_get(cases, i);
        read_hex(object, "hash", items[i].hash, 32);
        read_hex(object, "r", items[i].r, 32);
        read_hex(object, "s", items[i].s, 32);
        items[i].recid = (uint8_t)json_integer_value(json_object_get(object, "recid"));
    }
    compare(items, (uint32_t)count, 0);
    compare(items, (uint32_t)count, HYP_ECRECOVER_LOW_S);
    hyp_recover_batch(context, items, (uint32_t)count, 0, statuses, results);
    for (size_t i = 0; i < count; i++) {
        const json_t *object = json_array_get(cases, i);
        const json_t *key = json_object_get(object, "pubkey");
        uint8_t wanted[64];
        assert_int_equal(statuses[i] == HYP_STATUS_OK, json_is_string(key));
        if (json_is_string(key)) {
            read_hex(object, "pubkey", wanted, 64);
            assert_memory_equal(results[i].public_key, wanted, 64);
            read_hex(object, "address", wanted, 20);
            assert_memory_equal(results[i].address, wanted, 20);
        }
    }
    assert_int_equal(hyp_recover_unproven_count(context), 0);
    free(items);
    free(results);
    free(statuses);
    json_decref(cases);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_random_signatures, setup, teardown),
        cmocka_unit_test_setup_teardown(test_every_batch_size, setup, teardown),
        cmocka_unit_test_setup_teardown(test_addresses_only, setup, teardown),
        cmocka_unit_test_setup_teardown(test_every_lane_and_failure, setup, teardown),
        cmocka_unit_test_setup_teardown(test_precedence, setup, teardown),
        cmocka_unit_test_setup_teardown(test_structured_factors, setup, teardown),
        cmocka_unit_test_setup_teardown(test_known_start, setup, teardown),
        cmocka_unit_test_setup_teardown(test_ecrecover_json, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
