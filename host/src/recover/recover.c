#include "host/src/recover/recover.h"

#include <pthread.h>
#include <secp256k1.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "host/src/recover/context.h"
#include "host/src/recover/tables.h"

static const struct hyp_recover_means methods[] = {
    [HYP_RECOVER_SINGLE] = {.name = "libsecp256k1",
                            .hash = hyp_keccak_items_portable,
                            .pace = {40000000, 1, 1, 16}},
    [HYP_RECOVER_AVX2] = {.name = "avx2",
                          .lanes = &hyp_avx2_recover,
                          .hash = hyp_keccak_items_avx2,
                          .least = 2,
                          .pace = {13000000, 4, 16, 64},
                          .combination = &hyp_avx2_combination},
    [HYP_RECOVER_AVX512F] = {.name = "avx512f",
                             .lanes = &hyp_avx512f_recover,
                             .hash = hyp_keccak_items_avx512,
                             .least = 4,
                             .pace = {8000000, 16, 32, 128},
                             .combination = &hyp_avx512f_combination},
    [HYP_RECOVER_IFMA] = {.name = "avx512ifma",
                          .lanes = &hyp_ifma_recover,
                          .hash = hyp_keccak_items_avx512,
                          .least = 2,
                          .pace = {3000000, 16, 64, 256},
                          .combination = &hyp_ifma_combination},
};

/* --- workplaces ------------------------------------------------------------------------------ */

static void workplace_destroy(struct hyp_recover_workplace *place)
{
    if (place) {
        free(place->vectors);
        free(place->combination);
        free(place);
    }
}

static struct hyp_recover_workplace *workplace_create(const struct hyp_recover_context *context)
{
    struct hyp_recover_workplace *place = calloc(1, sizeof *place);

    if (!place) {
        return NULL;
    }
    if (context->means->lanes) {
        size_t size = (context->means->lanes->workspace_size + 63) / 64 * 64;
        place->vectors = aligned_alloc(64, size);
        if (!place->vectors) {
            free(place);
            return NULL;
        }
    }
    for (unsigned i = 0; i < HYP_RECOVER_CHUNK; i++) {
        place->messages[i] = (hyp_keccak_descriptor){.offset = 64 * (uint64_t)i, .length = 64};
    }
    return place;
}

struct hyp_recover_workplace *hyp_recover_workplace_take(const struct hyp_recover_context *context)
{
    struct hyp_recover_shared *shared = context->shared;
    struct hyp_recover_workplace *place;

    pthread_mutex_lock(&shared->lock);
    place = shared->idle;
    if (place) {
        shared->idle = place->next;
    }
    pthread_mutex_unlock(&shared->lock);
    return place ? place : workplace_create(context);
}

void hyp_recover_workplace_return(const struct hyp_recover_context *context,
                                  struct hyp_recover_workplace *place)
{
    struct hyp_recover_shared *shared = context->shared;

    pthread_mutex_lock(&shared->lock);
    place->next = shared->idle;
    shared->idle = place;
    pthread_mutex_unlock(&shared->lock);
}

/* --- context --------------------------------------------------------------------------------- */

enum hyp_recover_method hyp_recover_best_method(enum hyp_cpu_variant variant)
{
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (variant == HYP_CPU_AVX512) {
        return __builtin_cpu_supports("avx512ifma") ? HYP_RECOVER_IFMA : HYP_RECOVER_AVX512F;
    }
    if (variant == HYP_CPU_AVX2 && __builtin_cpu_supports("fma")) {
        return HYP_RECOVER_AVX2;
    }
#endif
    (void)variant;
    return HYP_RECOVER_SINGLE;
}

bool hyp_recover_random_bytes(uint8_t *bytes, size_t length)
{
    size_t got = 0;

    while (got < length) {
        ssize_t n = getrandom(bytes + got, length - got, 0);
        if (n < 0) {
            return false;
        }
        got += (size_t)n;
    }
    return true;
}

static uint64_t word_from_big_endian(const uint8_t *bytes)
{
    uint64_t word = 0;

    for (int i = 0; i < 8; i++) {
        word = word << 8 | bytes[i];
    }
    return word;
}

/* secret·G as a row. */
static int multiply_base(const secp256k1_context *secp, const uint8_t secret[32], uint64_t row[8])
{
    secp256k1_pubkey point;
    uint8_t bytes[65];
    size_t length = sizeof bytes;

    if (!secp256k1_ec_pubkey_create(secp, &point, secret)) {
        return HYP_EINVAL;
    }
    secp256k1_ec_pubkey_serialize(secp, bytes, &length, &point, SECP256K1_EC_UNCOMPRESSED);
    for (size_t i = 0; i < 4; i++) {
        row[i] = word_from_big_endian(bytes + 25 - 8 * i);
        row[4 + i] = word_from_big_endian(bytes + 57 - 8 * i);
    }
    return 0;
}

/* The start t·G and the finish -2^124·t·G. */
static int make_start(struct hyp_recover_start *start, uint8_t secret[32])
{
    static const uint8_t power[32] = {[16] = 0x10}; /* 2^124 */
    secp256k1_context *secp = secp256k1_context_create(SECP256K1_CONTEXT_NONE);
    int result;

    if (!secp) {
        return HYP_ENOMEM;
    }
    result = multiply_base(secp, secret, start->start);
    if (result == 0 && (!secp256k1_ec_seckey_tweak_mul(secp, secret, power) ||
                        !secp256k1_ec_seckey_negate(secp, secret))) {
        result = HYP_EINVAL;
    }
    if (result == 0) {
        result = multiply_base(secp, secret, start->finish);
    }
    secp256k1_context_destroy(secp);
    return result;
}

static int prepare_vectors(struct hyp_recover_context *context, const uint8_t start[32])
{
    uint8_t secret[32];
    int result;

    if (!hyp_recover_table_is_intact()) {
        return HYP_EIO;
    }
    if (start) {
        memcpy(secret, start, sizeof secret);
    } else if (!hyp_recover_random_bytes(secret, sizeof secret)) {
        return HYP_EIO;
    }
    result = make_start(&context->start, secret);
    explicit_bzero(secret, sizeof secret);
    return result;
}

int hyp_recover_context_create_with(enum hyp_recover_method method, const uint8_t start[32],
                                    struct hyp_recover_context **context)
{
    struct hyp_recover_context *made = calloc(1, sizeof *made);
    struct hyp_recover_shared *shared = calloc(1, sizeof *shared);
    int result = made && shared ? 0 : HYP_ENOMEM;

    if (result == 0) {
        pthread_mutex_init(&shared->lock, NULL);
        made->shared = shared;
        made->means = &methods[method];
        result = made->means->lanes ? prepare_vectors(made, start) : 0;
    }
    if (result != 0) {
        free(made);
        free(shared);
        return result;
    }
    *context = made;
    return 0;
}

int hyp_recover_context_create(enum hyp_cpu_variant variant, struct hyp_recover_context **context)
{
    return hyp_recover_context_create_with(hyp_recover_best_method(variant), NULL, context);
}

void hyp_recover_context_destroy(struct hyp_recover_context *context)
{
    if (!context) {
        return;
    }
    while (context->shared->idle) {
        struct hyp_recover_workplace *place = context->shared->idle;
        context->shared->idle = place->next;
        workplace_destroy(place);
    }
    pthread_mutex_destroy(&context->shared->lock);
    free(context->shared);
    free(context);
}

const char *hyp_recover_method(const struct hyp_recover_context *context)
{
    return context->means->name;
}

struct hyp_recover_pace hyp_recover_pace(const struct hyp_recover_context *context)
{
    return context->means->pace;
}

uint64_t hyp_recover_unproven_count(const struct hyp_recover_context *context)
{
    return atomic_load_explicit(&context->shared->unproven, memory_order_relaxed);
}

/* --- batches --------------------------------------------------------------------------------- */

void hyp_recover_store_result(void *results, uint32_t index, uint32_t flags, uint8_t status,
                              const uint8_t key[64], const uint8_t digest[HYP_KECCAK_DIGEST_SIZE])
{
    const uint8_t *address = digest + HYP_KECCAK_DIGEST_SIZE - 20;

    if (flags & HYP_ECRECOVER_ADDRESS_ONLY) {
        hyp_ecrecover_address *result = (hyp_ecrecover_address *)results + index;
        memset(result, 0, sizeof *result);
        if (status == HYP_STATUS_OK) {
            memcpy(result->address, address, sizeof result->address);
        }
    } else {
        hyp_ecrecover_result *result = (hyp_ecrecover_result *)results + index;
        memset(result, 0, sizeof *result);
        if (status == HYP_STATUS_OK) {
            memcpy(result->public_key, key, sizeof result->public_key);
            memcpy(result->address, address, sizeof result->address);
        }
    }
}

/* Statuses and keys of at most a chunk. */
static void recover_keys(const struct hyp_recover_context *context,
                         struct hyp_recover_workplace *place, const hyp_ecrecover_descriptor *items,
                         uint32_t count, uint32_t flags, uint8_t *statuses)
{
    uint64_t unproven = 0;

    if (!context->means->lanes || count < context->means->least) {
        for (uint32_t i = 0; i < count; i++) {
            statuses[i] = hyp_recover_single(&items[i], flags, place->keys[i]);
        }
        return;
    }
    context->means->lanes->recover(place->vectors, &context->start, items, count, flags, statuses,
                                   place->keys);
    for (uint32_t i = 0; i < count; i++) {
        if (statuses[i] == HYP_RECOVER_UNPROVEN) {
            statuses[i] = hyp_recover_single(&items[i], flags, place->keys[i]);
            unproven++;
        }
    }
    if (unproven) {
        atomic_fetch_add_explicit(&context->shared->unproven, unproven, memory_order_relaxed);
    }
}

static void recover_chunk(const struct hyp_recover_context *context,
                          struct hyp_recover_workplace *place,
                          const hyp_ecrecover_descriptor *items, uint32_t count, uint32_t flags,
                          uint8_t *statuses, void *results)
{
    const struct hyp_keccak_items messages = {
        .input = place->keys[0],
        .descriptors = place->messages,
        .statuses = statuses,
        .digests = place->digests[0],
        .count = count,
        .longest = 64,
    };

    recover_keys(context, place, items, count, flags, statuses);
    context->means->hash(&messages);
    for (uint32_t i = 0; i < count; i++) {
        hyp_recover_store_result(results, i, flags, statuses[i], place->keys[i], place->digests[i]);
    }
}

/* Where there is no memory to work in. */
static void recover_without_memory(const struct hyp_recover_context *context,
                                   const hyp_ecrecover_descriptor *items, uint32_t count,
                                   uint32_t flags, uint8_t *statuses, void *results)
{
    const hyp_keccak_descriptor message = {.offset = 0, .length = 64};
    uint8_t digest[HYP_KECCAK_DIGEST_SIZE];
    uint8_t key[64];

    for (uint32_t i = 0; i < count; i++) {
        statuses[i] = hyp_recover_single(&items[i], flags, key);
        context->means->hash(&(struct hyp_keccak_items){.input = key,
                                                        .descriptors = &message,
                                                        .statuses = &statuses[i],
                                                        .digests = digest,
                                                        .count = 1,
                                                        .longest = 64});
        hyp_recover_store_result(results, i, flags, statuses[i], key, digest);
    }
}

void hyp_recover_batch(const struct hyp_recover_context *context,
                       const hyp_ecrecover_descriptor *items, uint32_t count, uint32_t flags,
                       uint8_t *statuses, void *results)
{
    size_t result_size = flags & HYP_ECRECOVER_ADDRESS_ONLY ? sizeof(hyp_ecrecover_address)
                                                            : sizeof(hyp_ecrecover_result);
    struct hyp_recover_workplace *place = hyp_recover_workplace_take(context);

    if (!place) {
        recover_without_memory(context, items, count, flags, statuses, results);
        return;
    }
    while (count > 0) {
        uint32_t chunk = count < HYP_RECOVER_CHUNK ? count : HYP_RECOVER_CHUNK;
        recover_chunk(context, place, items, chunk, flags, statuses, results);
        items += chunk;
        statuses += chunk;
        results = (uint8_t *)results + chunk * result_size;
        count -= chunk;
    }
    hyp_recover_workplace_return(context, place);
}
