/* Batches with right answers for `hyperion validate`. */
#include <secp256k1.h>
#include <secp256k1_recovery.h>
#include <stdlib.h>
#include <string.h>

#include "host/cli/validate.h"

uint64_t validate_random(uint64_t *seed)
{
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *seed >> 24;
}

static void fill(void *bytes, size_t length, uint64_t *seed)
{
    for (size_t i = 0; i < length; i++) {
        ((uint8_t *)bytes)[i] = (uint8_t)validate_random(seed);
    }
}

static int failed(const struct cli_device *device, int error)
{
    return cli_device_failure(device, "cannot prepare a batch", error);
}

/* ---- keccak256: digests one by one, on this thread ---- */

#define MESSAGE_MOST 300u

struct keccak_batch {
    hyp_keccak_batch *batch;
    uint8_t (*digests)[32];
};

static void keccak_destroy(void *made)
{
    struct keccak_batch *keccak = made;
    if (keccak) {
        hyp_keccak_batch_destroy(keccak->batch);
        free(keccak->digests);
        free(keccak);
    }
}

static int keccak_prepare(const struct cli_device *device, uint32_t items, uint64_t seed,
                          void **made)
{
    struct keccak_batch *keccak = calloc(1, sizeof *keccak);
    int result = HYP_ENOMEM;

    *made = keccak;
    if (keccak && (keccak->digests = calloc(items, sizeof *keccak->digests))) {
        result = hyp_keccak_batch_create(
            device->device, items, (size_t)items * ((MESSAGE_MOST + 7) & ~7u), &keccak->batch);
    }
    for (uint32_t i = 0; result == HYP_OK && i < items; i++) {
        uint8_t message[MESSAGE_MOST];
        /* most are short, and all that can be special about a length is there */
        size_t length = validate_random(&seed) % (i % 16 ? 40 : MESSAGE_MOST);
        fill(message, length, &seed);
        hyp_keccak256(message, length, keccak->digests[i]);
        int index = hyp_keccak_batch_add(keccak->batch, message, length);
        result = index < 0 ? index : HYP_OK;
    }
    return result ? failed(device, result) : CLI_OK;
}

static hyp_job keccak_job(void *made, void *user)
{
    return hyp_keccak_batch_job(((struct keccak_batch *)made)->batch, user);
}

static uint32_t keccak_check(const void *made, uint32_t *first)
{
    const struct keccak_batch *keccak = made;
    uint32_t wrong = 0;

    for (uint32_t i = hyp_keccak_batch_count(keccak->batch); i-- > 0;) {
        if (hyp_keccak_batch_status(keccak->batch, i) != HYP_STATUS_OK ||
            memcmp(hyp_keccak_batch_digest(keccak->batch, i), keccak->digests[i], 32) != 0) {
            *first = i;
            wrong++;
        }
    }
    return wrong;
}

static const struct validate_op validate_keccak = {
    .op = HYP_OP_KECCAK256,
    .source = "digests one by one",
    .items = 65536,
    .simulated = 16384,
    .prepare = keccak_prepare,
    .job = keccak_job,
    .check = keccak_check,
    .destroy = keccak_destroy,
};

/* ---- ecrecover: keys whose signatures libsecp256k1 made ---- */

struct recover_batch {
    hyp_ecrecover_batch *batch;
    uint8_t (*keys)[64];
};

static void recover_destroy(void *made)
{
    struct recover_batch *recover = made;
    if (recover) {
        hyp_ecrecover_batch_destroy(recover->batch);
        free(recover->keys);
        free(recover);
    }
}

/* Signs a random hash with a random key. Returns the index in the batch or an error. */
static int add_signature(struct recover_batch *recover, const secp256k1_context *context,
                         uint64_t *seed, uint8_t public_key[64])
{
    uint8_t secret[32];
    uint8_t hash[32];
    uint8_t both[64];
    uint8_t serialized[65];
    size_t length = sizeof serialized;
    int recid = 0;
    secp256k1_pubkey key;
    secp256k1_ecdsa_recoverable_signature signature;

    fill(secret, sizeof secret, seed);
    fill(hash, sizeof hash, seed);
    secret[0] &= 0x7f; /* below the order */
    if (!secp256k1_ec_pubkey_create(context, &key, secret) ||
        !secp256k1_ecdsa_sign_recoverable(context, &signature, hash, secret, NULL, NULL)) {
        return HYP_EINVAL;
    }
    secp256k1_ec_pubkey_serialize(context, serialized, &length, &key, SECP256K1_EC_UNCOMPRESSED);
    memcpy(public_key, serialized + 1, 64);
    secp256k1_ecdsa_recoverable_signature_serialize_compact(context, both, &recid, &signature);
    return hyp_ecrecover_batch_add(recover->batch, hash, both, both + 32, (uint8_t)recid);
}

static int recover_prepare(const struct cli_device *device, uint32_t items, uint64_t seed,
                           void **made)
{
    struct recover_batch *recover = calloc(1, sizeof *recover);
    secp256k1_context *context = secp256k1_context_create(SECP256K1_CONTEXT_SIGN);
    int result = HYP_ENOMEM;

    *made = recover;
    if (recover && context && (recover->keys = calloc(items, sizeof *recover->keys))) {
        result = hyp_ecrecover_batch_create(device->device, items, 0, &recover->batch);
    }
    for (uint32_t i = 0; result == HYP_OK && i < items; i++) {
        int index = add_signature(recover, context, &seed, recover->keys[i]);
        result = index < 0 ? index : HYP_OK;
    }
    if (context) {
        secp256k1_context_destroy(context);
    }
    return result ? failed(device, result) : CLI_OK;
}

static hyp_job recover_job(void *made, void *user)
{
    return hyp_ecrecover_batch_job(((struct recover_batch *)made)->batch, user);
}

static uint32_t recover_check(const void *made, uint32_t *first)
{
    const struct recover_batch *recover = made;
    uint32_t wrong = 0;

    for (uint32_t i = hyp_ecrecover_batch_count(recover->batch); i-- > 0;) {
        uint8_t digest[32];
        hyp_keccak256(recover->keys[i], 64, digest);
        if (hyp_ecrecover_batch_status(recover->batch, i) != HYP_STATUS_OK ||
            memcmp(hyp_ecrecover_batch_public_key(recover->batch, i), recover->keys[i], 64) != 0 ||
            memcmp(hyp_ecrecover_batch_address(recover->batch, i), digest + 12, 20) != 0) {
            *first = i;
            wrong++;
        }
    }
    return wrong;
}

static const struct validate_op validate_ecrecover = {
    .op = HYP_OP_ECRECOVER,
    .source = "keys that signed with libsecp256k1",
    .items = 4096,
    .simulated = 16,
    .prepare = recover_prepare,
    .job = recover_job,
    .check = recover_check,
    .destroy = recover_destroy,
};

/* ---- matmul: sums in plain loops ---- */

enum { ROWS = 8, INNER = 96, COLUMNS = 80 };

struct matmul_batch {
    hyp_matmul_batch *batch;
    int32_t (*sums)[ROWS * COLUMNS];
};

static void matmul_destroy(void *made)
{
    struct matmul_batch *matmul = made;
    if (matmul) {
        hyp_matmul_batch_destroy(matmul->batch);
        free(matmul->sums);
        free(matmul);
    }
}

static void multiply(const int8_t *a, const int8_t *b, int32_t *sums)
{
    for (int i = 0; i < ROWS; i++) {
        for (int j = 0; j < COLUMNS; j++) {
            int32_t sum = 0;
            for (int k = 0; k < INNER; k++) {
                sum += a[i * INNER + k] * b[k * COLUMNS + j];
            }
            sums[i * COLUMNS + j] = sum;
        }
    }
}

static int matmul_prepare(const struct cli_device *device, uint32_t items, uint64_t seed,
                          void **made)
{
    int8_t a[ROWS * INNER];
    int8_t b[INNER * COLUMNS];
    hyp_matmul_product product = HYP_MATMUL_PRODUCT_INIT;
    struct matmul_batch *matmul = calloc(1, sizeof *matmul);
    size_t data = 0;
    size_t results = 0;

    product.rows = ROWS;
    product.inner = INNER;
    product.columns = COLUMNS;
    product.a = a;
    product.b = b;
    *made = matmul;
    int result = hyp_matmul_room(&product, &data, &results, NULL);
    if (!matmul || !(matmul->sums = calloc(items, sizeof *matmul->sums))) {
        result = HYP_ENOMEM;
    }
    if (result == HYP_OK) {
        result = hyp_matmul_batch_create(device->device, items, items * data, items * results,
                                         &matmul->batch);
    }
    for (uint32_t i = 0; result == HYP_OK && i < items; i++) {
        fill(a, sizeof a, &seed);
        fill(b, sizeof b, &seed);
        multiply(a, b, matmul->sums[i]);
        int index = hyp_matmul_batch_add(matmul->batch, &product, NULL);
        result = index < 0 ? index : HYP_OK;
    }
    return result ? failed(device, result) : CLI_OK;
}

static hyp_job matmul_job(void *made, void *user)
{
    return hyp_matmul_batch_job(((struct matmul_batch *)made)->batch, user);
}

static uint32_t matmul_check(const void *made, uint32_t *first)
{
    const struct matmul_batch *matmul = made;
    uint32_t wrong = 0;

    for (uint32_t i = hyp_matmul_batch_count(matmul->batch); i-- > 0;) {
        int32_t sums[ROWS * COLUMNS] = {0};
        if (hyp_matmul_batch_status(matmul->batch, i) == HYP_STATUS_OK) {
            hyp_matmul_batch_copy(matmul->batch, i, sums);
        }
        if (memcmp(sums, matmul->sums[i], sizeof sums) != 0) {
            *first = i;
            wrong++;
        }
    }
    return wrong;
}

static const struct validate_op validate_matmul = {
    .op = HYP_OP_MATMUL,
    .source = "sums in plain loops",
    .items = 256,
    .simulated = 4,
    .prepare = matmul_prepare,
    .job = matmul_job,
    .check = matmul_check,
    .destroy = matmul_destroy,
};

const struct validate_op *const validate_ops[] = {
    &validate_keccak,
    &validate_ecrecover,
    &validate_matmul,
    NULL,
};
