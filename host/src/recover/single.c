/* One signature at a time, by libsecp256k1. */
#include <secp256k1.h>
#include <secp256k1_recovery.h>
#include <stdbool.h>
#include <string.h>

#include "host/src/recover/recover.h"

/* Big-endian. */
static const uint8_t order_n[32] = {
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe,
    0xba, 0xae, 0xdc, 0xe6, 0xaf, 0x48, 0xa0, 0x3b, 0xbf, 0xd2, 0x5e, 0x8c, 0xd0, 0x36, 0x41, 0x41};
static const uint8_t half_n[32] = {0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                   0xff, 0xff, 0xff, 0xff, 0xff, 0x5d, 0x57, 0x6e, 0x73, 0x57, 0xa4,
                                   0x50, 0x1d, 0xdf, 0xe9, 0x2f, 0x46, 0x68, 0x1b, 0x20, 0xa0};
static const uint8_t p_less_n[32] = {[15] = 0x01, 0x45, 0x51, 0x23, 0x19, 0x50, 0xb7, 0x5f, 0xc4,
                                     0x40,        0x2d, 0xa1, 0x72, 0x2f, 0xc9, 0xba, 0xee};

static bool any_set(const uint8_t *bytes, size_t length)
{
    uint8_t all = 0;

    for (size_t i = 0; i < length; i++) {
        all |= bytes[i];
    }
    return all != 0;
}

static bool in_range(const uint8_t scalar[32])
{
    return any_set(scalar, 32) && memcmp(scalar, order_n, 32) < 0;
}

/* Everything that can be said without the curve. */
static uint8_t check(const hyp_ecrecover_descriptor *item, uint32_t flags)
{
    if (any_set(item->reserved, sizeof item->reserved)) {
        return HYP_STATUS_BAD_INPUT;
    }
    if (item->recid > 3) {
        return HYP_STATUS_BAD_RECID;
    }
    if (!in_range(item->r)) {
        return HYP_STATUS_BAD_R;
    }
    if (!in_range(item->s)) {
        return HYP_STATUS_BAD_S;
    }
    if (flags & HYP_ECRECOVER_LOW_S && memcmp(item->s, half_n, 32) > 0) {
        return HYP_STATUS_HIGH_S;
    }
    if (item->recid & 2 && memcmp(item->r, p_less_n, 32) >= 0) {
        return HYP_STATUS_BAD_R;
    }
    return HYP_STATUS_OK;
}

/* Whether a point has the x coordinate that r and recid say. r was checked. */
static bool on_curve(const hyp_ecrecover_descriptor *item)
{
    uint8_t compressed[33] = {2};
    secp256k1_pubkey point;
    unsigned carry = 0;

    for (int i = 31; i >= 0; i--) {
        unsigned sum = item->r[i] + carry + (item->recid & 2 ? order_n[i] : 0u);
        compressed[1 + i] = (uint8_t)sum;
        carry = sum >> 8;
    }
    return secp256k1_ec_pubkey_parse(secp256k1_context_static, &point, compressed,
                                     sizeof compressed);
}

uint8_t hyp_recover_single(const hyp_ecrecover_descriptor *item, uint32_t flags, uint8_t key[64])
{
    const secp256k1_context *secp = secp256k1_context_static;
    secp256k1_ecdsa_recoverable_signature signature;
    secp256k1_pubkey point;
    uint8_t compact[64];
    uint8_t uncompressed[65];
    size_t length = sizeof uncompressed;
    uint8_t status = check(item, flags);

    if (status != HYP_STATUS_OK) {
        return status;
    }
    memcpy(compact, item->r, 32);
    memcpy(compact + 32, item->s, 32);
    if (!secp256k1_ecdsa_recoverable_signature_parse_compact(secp, &signature, compact,
                                                             item->recid) ||
        !secp256k1_ecdsa_recover(secp, &point, &signature, item->hash)) {
        return on_curve(item) ? HYP_STATUS_INFINITY : HYP_STATUS_NOT_ON_CURVE;
    }
    secp256k1_ec_pubkey_serialize(secp, uncompressed, &length, &point, SECP256K1_EC_UNCOMPRESSED);
    memcpy(key, uncompressed + 1, 64);
    return HYP_STATUS_OK;
}
