#include <secp256k1.h>
#include <secp256k1_recovery.h>
#include <stdlib.h>
#include <string.h>

#include "host/cli/bench.h"

/* Signatures are made once and repeated: making one costs as much as recovering from it. */
enum { DISTINCT = 4096 };

struct signature {
    uint8_t hash[32];
    uint8_t compact[64]; /* r, s */
    int recid;
};

struct recover_batch {
    hyp_ecrecover_batch *batch;
    secp256k1_context *secp256k1;
    struct signature *signatures;
    uint32_t distinct;
    uint32_t items;
};

static bool sign(const secp256k1_context *secp256k1, uint32_t number, struct signature *signature)
{
    secp256k1_ecdsa_recoverable_signature made;
    uint8_t key[32];

    hyp_keccak256(&number, sizeof number, key);
    hyp_keccak256(key, sizeof key, signature->hash);
    return secp256k1_ecdsa_sign_recoverable(secp256k1, &made, signature->hash, key, NULL, NULL) &&
           secp256k1_ecdsa_recoverable_signature_serialize_compact(secp256k1, signature->compact,
                                                                   &signature->recid, &made);
}

static void destroy(void *batch)
{
    struct recover_batch *recover = batch;

    if (recover) {
        hyp_ecrecover_batch_destroy(recover->batch);
        if (recover->secp256k1) {
            secp256k1_context_destroy(recover->secp256k1);
        }
        free(recover->signatures);
        free(recover);
    }
}

static bool make_signatures(struct recover_batch *recover)
{
    recover->secp256k1 = secp256k1_context_create(SECP256K1_CONTEXT_NONE);
    recover->signatures = calloc(recover->distinct, sizeof *recover->signatures);
    bool good = recover->secp256k1 && recover->signatures;
    for (uint32_t i = 0; good && i < recover->distinct; i++) {
        good = sign(recover->secp256k1, i, &recover->signatures[i]);
    }
    return good;
}

static int prepare(const struct cli_device *device, const struct bench_item *item, uint32_t items,
                   void **batch)
{
    struct recover_batch *recover = calloc(1, sizeof *recover);

    (void)item;
    *batch = recover;
    if (!recover) {
        cli_error("no memory for a batch");
        return CLI_DEVICE;
    }
    recover->items = items;
    recover->distinct = items < DISTINCT ? items : DISTINCT;
    if (!make_signatures(recover)) {
        cli_error("cannot make signatures to recover from");
        return CLI_DEVICE;
    }
    int result = hyp_ecrecover_batch_create(device->device, items, 0, &recover->batch);
    for (uint32_t i = 0; result == HYP_OK && i < items; i++) {
        const struct signature *from = &recover->signatures[i % recover->distinct];
        int index = hyp_ecrecover_batch_add(recover->batch, from->hash, from->compact,
                                            from->compact + 32, (uint8_t)from->recid);
        result = index < 0 ? index : HYP_OK;
    }
    return result ? cli_device_failure(device, "cannot prepare a batch", result) : CLI_OK;
}

static hyp_job job(void *batch, void *user)
{
    const struct recover_batch *recover = batch;
    return hyp_ecrecover_batch_job(recover->batch, user);
}

static hyp_result_counters counters(const void *batch)
{
    const struct recover_batch *recover = batch;
    return hyp_ecrecover_batch_counters(recover->batch);
}

/* What every client does today: parse, recover, serialise, hash, one signature at a time. */
static bool run_peer(const void *batch)
{
    const struct recover_batch *recover = batch;

    for (uint32_t i = 0; i < recover->items; i++) {
        const struct signature *from = &recover->signatures[i % recover->distinct];
        secp256k1_ecdsa_recoverable_signature parsed;
        secp256k1_pubkey key;
        uint8_t serialised[65];
        uint8_t digest[32];
        size_t length = sizeof serialised;
        if (!secp256k1_ecdsa_recoverable_signature_parse_compact(recover->secp256k1, &parsed,
                                                                 from->compact, from->recid) ||
            !secp256k1_ecdsa_recover(recover->secp256k1, &key, &parsed, from->hash) ||
            !secp256k1_ec_pubkey_serialize(recover->secp256k1, serialised, &length, &key,
                                           SECP256K1_EC_UNCOMPRESSED)) {
            return false;
        }
        hyp_keccak256(serialised + 1, 64, digest);
        if (memcmp(digest + 12, hyp_ecrecover_batch_address(recover->batch, i), 20) != 0) {
            return false;
        }
    }
    return true;
}

const struct bench_op bench_recover = {
    .name = "recover",
    .peer = "libsecp256k1",
    .default_count = 16384,
    .prepare = prepare,
    .job = job,
    .counters = counters,
    .destroy = destroy,
    .run_peer = run_peer,
};
