/* Batch recovery against libsecp256k1, item by item, and against the shared vectors. */
#include <jansson.h>
#include <pthread.h>
#include <secp256k1.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#if defined(__SSE2__)
#include <xmmintrin.h>
#endif

#include <cmocka.h>

#include "host/src/keccak/keccak.h"
#include "host/src/recover/recover.h"
#include "host/src/recover/tables.h"
#include "hyperion/error.h"
#include "tests/recover/numbers.h"
#include "tests/recover/signatures.h"
#include "tests/support/shared_data.h"

static struct hyp_recover_context *context;

/* The best of this CPU; HYP_TEST_METHOD holds it to one that needs less. */
static enum hyp_recover_method method(void)
{
    enum hyp_recover_method best = hyp_recover_best_method(hyp_cpu_variant_best());
    const char *wanted = getenv("HYP_TEST_METHOD");

    if (!wanted) {
        return best;
    }
    return strcmp(wanted, "avx512f") == 0 ? HYP_RECOVER_AVX512F
           : strcmp(wanted, "avx2") == 0  ? HYP_RECOVER_AVX2
                                          : HYP_RECOVER_SINGLE;
}

static int setup(void **state)
{
    (void)state;
    return hyp_recover_context_create_with(method(), NULL, &context);
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

/* How many; tests/recover/soak.sh asks for more. */
static unsigned long item_count(void)
{
    const char *wanted = getenv("RECOVER_TEST_ITEMS");

    if (wanted) {
        return strtoul(wanted, NULL, 10);
    }
#if defined(__SANITIZE_ADDRESS__)
    return 3000;
#else
    return 100000;
#endif
}

static void test_random_signatures(void **state)
{
    unsigned long total = item_count();
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

/* What other CPUs run gives the same bits. */
static void test_variants(void **state)
{
    static const char *const names[] = {"libsecp256k1", "avx2"};
    hyp_ecrecover_descriptor items[300];
    struct random_source random = {9};

    (void)state;
    for (unsigned i = 0; i < 300; i++) {
        sign_random(&random, &items[i]);
        if (i % 2) {
            mutate(&random, &items[i]);
        }
    }
    for (int v = HYP_CPU_PORTABLE; v <= HYP_CPU_AVX2 && v <= (int)hyp_cpu_variant_best(); v++) {
        struct hyp_recover_context *other;
        assert_int_equal(hyp_recover_context_create((enum hyp_cpu_variant)v, &other), 0);
        assert_string_equal(hyp_recover_method(other),
                            __builtin_cpu_supports("fma") ? names[v] : names[0]);
        compare_with(other, items, 300, HYP_ECRECOVER_LOW_S);
        hyp_recover_context_destroy(other);
    }
}

#if defined(__SSE2__)
/* Whatever the caller's thread does with floating point, the bits are the same; and it goes on
 * doing so afterwards. Some methods multiply by doubles. */
static void test_floating_point_state(void **state)
{
    const unsigned usual = _mm_getcsr();
    static const unsigned states[] = {
        0x1f80 | _MM_ROUND_UP, /* nothing traps */
        0x1f80 | _MM_ROUND_DOWN | _MM_FLUSH_ZERO_ON | 0x40 /* denormals are zero */,
        _MM_ROUND_NEAREST, /* every exception traps */
    };
    hyp_ecrecover_descriptor items[64];
    hyp_ecrecover_result wanted[64];
    hyp_ecrecover_result results[64];
    uint8_t statuses[64];
    struct random_source random = {10};

    (void)state;
    for (unsigned i = 0; i < 64; i++) {
        sign_random(&random, &items[i]);
    }
    hyp_recover_batch(context, items, 64, 0, statuses, wanted);
    for (unsigned i = 0; i < sizeof states / sizeof *states; i++) {
        unsigned after;
        _mm_setcsr(states[i]);
        hyp_recover_batch(context, items, 64, 0, statuses, results);
        after = _mm_getcsr();
        _mm_setcsr(usual);
        assert_int_equal(after & ~(unsigned)_MM_EXCEPT_MASK, states[i]);
        assert_memory_equal(results, wanted, sizeof wanted);
    }
}
#endif

/* HYP_TEST_CHOICE says what this CPU, perhaps an emulated one, must choose by itself. */
static void test_method(void **state)
{
    const char *wanted = getenv("HYP_TEST_CHOICE");
    struct hyp_recover_context *chosen;

    (void)state;
    assert_int_equal(hyp_recover_context_create(hyp_cpu_variant_best(), &chosen), 0);
    if (wanted) {
        assert_string_equal(hyp_recover_method(chosen), wanted);
    } else if (hyp_cpu_variant_best() == HYP_CPU_AVX512) {
        assert_string_equal(hyp_recover_method(chosen),
                            __builtin_cpu_supports("avx512ifma") ? "avx512ifma" : "avx512f");
    } else {
        assert_string_equal(hyp_recover_method(chosen),
                            __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")
                                ? "avx2"
                                : "libsecp256k1");
    }
    hyp_recover_context_destroy(chosen);
}

/* --- threads and memory ----------------------------------------------------------------------- */

static void *recover_repeatedly(void *argument)
{
    const hyp_ecrecover_descriptor *items = argument;
    static _Thread_local hyp_ecrecover_result results[100];
    uint8_t statuses[100];

    for (int round = 0; round < 10; round++) {
        hyp_recover_batch(context, items, 100, 0, statuses, results);
        for (unsigned i = 0; i < 100; i++) {
            hyp_ecrecover_result wanted;
            if (statuses[i] != expect(&items[i], 0, &wanted) ||
                memcmp(&results[i], &wanted, sizeof wanted) != 0) {
                return argument;
            }
        }
    }
    return NULL;
}

static void test_threads_share_a_context(void **state)
{
    hyp_ecrecover_descriptor items[4][100];
    struct random_source random = {10};
    pthread_t threads[4];

    (void)state;
    for (unsigned t = 0; t < 4; t++) {
        for (unsigned i = 0; i < 100; i++) {
            sign_random(&random, &items[t][i]);
        }
    }
    for (unsigned t = 0; t < 4; t++) {
        assert_int_equal(pthread_create(&threads[t], NULL, recover_repeatedly, items[t]), 0);
    }
    for (unsigned t = 0; t < 4; t++) {
        void *wrong;
        pthread_join(threads[t], &wrong);
        assert_null(wrong);
    }
}

static bool memory_is_short;
void *__real_aligned_alloc(size_t alignment, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size);

void *__wrap_aligned_alloc(size_t alignment, size_t size)
{
    return memory_is_short ? NULL : __real_aligned_alloc(alignment, size);
}

static void test_without_memory(void **state)
{
    hyp_ecrecover_descriptor items[40];
    struct random_source random = {11};

    (void)state;
    for (unsigned i = 0; i < 40; i++) {
        sign_random(&random, &items[i]);
    }
    items[3].recid = 9;
    memory_is_short = true;
    compare(items, 40, 0);
    memory_is_short = false;
    compare(items, 40, 0);
}

static void test_bad_start(void **state)
{
    struct hyp_recover_context *made = NULL;
    uint8_t start[32] = {0};

    (void)state;
    if (method() == HYP_RECOVER_SINGLE) {
        skip();
    }
    assert_int_equal(hyp_recover_context_create_with(method(), start, &made), HYP_EINVAL);
    memset(start, 0xff, sizeof start);
    assert_int_equal(hyp_recover_context_create_with(method(), start, &made), HYP_EINVAL);
    assert_null(made);
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

#define LAMBDA "5363ad4cc05c30e0a5261c028812645a122e22ea20816678df02967c1b23bd72"

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
    static const uint64_t small[] = {1, 2, 3, 15, 16, 17, 31, 32, 33, 8191, 8192, 8193};
    hyp_ecrecover_descriptor *items = malloc(4000 * sizeof *items);
    uint8_t lambda[32];
    uint8_t zero[32] = {0};
    unsigned count = 0;

    (void)state;
    for (unsigned i = 0; i < 32; i++) {
        sscanf(&LAMBDA[2 * i], "%2hhx", &lambda[i]);
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

/* k = start / (d + d'·λ) mod n */
static void meeting_point(uint8_t k[32], const uint8_t start[32], int d1, int d2)
{
    mpz_t n, t, divisor;

    mpz_init_set_str(n, GROUP_ORDER, 16);
    mpz_init_set_str(divisor, LAMBDA, 16);
    mpz_init(t);
    mpz_mul_si(divisor, divisor, d2);
    mpz_set_si(t, d1);
    mpz_add(divisor, divisor, t);
    assert_true(mpz_invert(divisor, divisor, n));
    mpz_import(t, 32, 1, 1, 1, 0, start);
    mpz_mul(t, t, divisor);
    mpz_mod(t, t, n);
    memset(k, 0, 32);
    mpz_export(k + 32 - (mpz_sizeinbase(t, 2) + 7) / 8, NULL, 1, 1, 1, 0, t);
    mpz_clears(n, t, divisor, NULL);
}

/* Who knows the start t·G can make the first addition meet it: that adds d·R + d'·λR with the
 * highest digits of u2, so R = t/(d + d'·λ)·G gives equal or opposite points. Of all pairs of
 * digits that can stand there one is u2's, with either sign: the vectors must see those two, leave
 * them to libsecp256k1, and prove all others. */
static void test_known_start(void **state)
{
    enum { DIGITS = 22 }; /* -21, -19 … 21: the halves of u2 are below 1.272·2^128 */
    hyp_ecrecover_descriptor *items = malloc(DIGITS * DIGITS * sizeof *items);
    struct hyp_recover_context *known;
    struct random_source random = {6};

    (void)state;
    for (unsigned round = 0; round < 8; round++) {
        uint8_t start[32];
        uint8_t u1[32];
        uint8_t u2[32];
        random_fill(&random, start, 32);
        random_fill(&random, u1, 32);
        random_fill(&random, u2, 32);
        start[0] = u1[0] = u2[0] = 1; /* below n */
        for (int i = 0; i < DIGITS * DIGITS; i++) {
            uint8_t k[32];
            meeting_point(k, start, i / DIGITS * 2 - 21, i % DIGITS * 2 - 21);
            sign_with_factors(&items[i], u1, u2, k);
        }
        assert_int_equal(hyp_recover_context_create_with(method(), start, &known), 0);
        compare_with(known, items, DIGITS * DIGITS, 0);
        if (method() != HYP_RECOVER_SINGLE) {
            assert_int_equal(hyp_recover_unproven_count(known), 2);
        }
        hyp_recover_context_destroy(known);
    }
    free(items);
}

/* Every row of the table of G, by libsecp256k1. */
static void test_table(void **state)
{
    secp256k1_context *secp = secp256k1_context_create(SECP256K1_CONTEXT_NONE);

    (void)state;
    assert_true(hyp_recover_table_is_intact());
    for (unsigned q = 0; q < HYP_RECOVER_TABLES; q++) {
        for (unsigned i = 0; i < HYP_RECOVER_ROWS; i++) {
            uint8_t factor[32];
            uint8_t bytes[65];
            size_t length = sizeof bytes;
            secp256k1_pubkey point;
            number(factor, 2 * i + 1, 64 * q);
            assert_true(secp256k1_ec_pubkey_create(secp, &point, factor));
            secp256k1_ec_pubkey_serialize(secp, bytes, &length, &point, SECP256K1_EC_UNCOMPRESSED);
            for (unsigned j = 0; j < 64; j++) {
                unsigned byte = 31 - j % 32;
                uint64_t word = hyp_recover_table[q][i][j / 32 * 4 + byte / 8];
                assert_int_equal(bytes[1 + j], word >> byte % 8 * 8 & 0xff);
            }
        }
    }
    secp256k1_context_destroy(secp);
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
#if defined(__SANITIZE_THREAD__)
    /* Under TSan the one test that has threads. */
    const struct CMUnitTest threads[] = {
        cmocka_unit_test_setup_teardown(test_threads_share_a_context, setup, teardown),
    };
    return cmocka_run_group_tests(threads, NULL, NULL);
#endif
    /* Under emulation, which is slow. */
    const struct CMUnitTest quick[] = {
        cmocka_unit_test_setup_teardown(test_random_signatures, setup, teardown),
        cmocka_unit_test_setup_teardown(test_addresses_only, setup, teardown),
        cmocka_unit_test_setup_teardown(test_method, setup, teardown),
        cmocka_unit_test_setup_teardown(test_variants, setup, teardown),
        cmocka_unit_test_setup_teardown(test_precedence, setup, teardown),
    };
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_random_signatures, setup, teardown),
        cmocka_unit_test_setup_teardown(test_every_batch_size, setup, teardown),
        cmocka_unit_test_setup_teardown(test_addresses_only, setup, teardown),
        cmocka_unit_test_setup_teardown(test_method, setup, teardown),
        cmocka_unit_test_setup_teardown(test_variants, setup, teardown),
#if defined(__SSE2__)
        cmocka_unit_test_setup_teardown(test_floating_point_state, setup, teardown),
#endif
        cmocka_unit_test_setup_teardown(test_threads_share_a_context, setup, teardown),
        cmocka_unit_test_setup_teardown(test_without_memory, setup, teardown),
        cmocka_unit_test_setup_teardown(test_bad_start, setup, teardown),
        cmocka_unit_test_setup_teardown(test_table, setup, teardown),
        cmocka_unit_test_setup_teardown(test_every_lane_and_failure, setup, teardown),
        cmocka_unit_test_setup_teardown(test_precedence, setup, teardown),
        cmocka_unit_test_setup_teardown(test_structured_factors, setup, teardown),
        cmocka_unit_test_setup_teardown(test_known_start, setup, teardown),
        cmocka_unit_test_setup_teardown(test_ecrecover_json, setup, teardown),
    };

    if (getenv("RECOVER_TEST_QUICK")) {
        return cmocka_run_group_tests(quick, NULL, NULL);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
