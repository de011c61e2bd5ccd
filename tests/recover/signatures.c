#include "tests/recover/signatures.h"

#include <gmp.h>
#include <secp256k1.h>
#include <secp256k1_recovery.h>
#include <stdlib.h>
#include <string.h>

#include "tests/recover/numbers.h"

/* SplitMix64. */
uint64_t random_word(struct random_source *random)
{
    uint64_t x = random->state += 0x9e3779b97f4a7c15;

    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
    x = (x ^ x >> 27) * 0x94d049bb133111eb;
    return x ^ x >> 31;
}

void random_fill(struct random_source *random, void *bytes, size_t length)
{
    uint8_t *next = bytes;

    while (length > 0) {
        uint64_t word = random_word(random);
        size_t part = length < sizeof word ? length : sizeof word;
        memcpy(next, &word, part);
        next += part;
        length -= part;
    }
}

static const secp256k1_context *signing_context(void)
{
    static secp256k1_context *context;

    if (!context) {
        context = secp256k1_context_create(SECP256K1_CONTEXT_NONE);
    }
    return context;
}

void sign_random(struct random_source *random, hyp_ecrecover_descriptor *item)
{
    secp256k1_ecdsa_recoverable_signature signature;
    uint8_t compact[64];
    uint8_t secret[32];
    int recid;

    memset(item, 0, sizeof *item);
    do {
        random_fill(random, secret, sizeof secret);
        random_fill(random, item->hash, sizeof item->hash);
    } while (!secp256k1_ecdsa_sign_recoverable(signing_context(), &signature, item->hash, secret,
                                               NULL, NULL));
    secp256k1_ecdsa_recoverable_signature_serialize_compact(secp256k1_context_static, compact,
                                                            &recid, &signature);
    memcpy(item->r, compact, 32);
    memcpy(item->s, compact + 32, 32);
    item->recid = (uint8_t)recid;
}

static void small_number(struct random_source *random, uint8_t number[32])
{
    memset(number, 0, 32);
    number[31] = (uint8_t)(random_word(random) % 20);
}

/* A few ones or zeros at either end of runs: what carries dislike. */
static void run_of_bits(struct random_source *random, uint8_t number[32])
{
    unsigned first = (unsigned)(random_word(random) % 256);
    unsigned length = (unsigned)(random_word(random) % 256);

    memset(number, (int)(random_word(random) % 2 * 0xff), 32);
    for (unsigned bit = first; bit < first + length && bit < 256; bit++) {
        number[bit / 8] ^= (uint8_t)(1u << (bit % 8));
    }
}

void mutate(struct random_source *random, hyp_ecrecover_descriptor *item)
{
    uint8_t *const fields[] = {item->hash, item->r, item->s};
    uint8_t *field = fields[random_word(random) % 3];

    switch (random_word(random) % 12) {
    case 0:
        item->recid ^= 1;
        break;
    case 1:
        item->recid ^= 2;
        break;
    case 2:
        item->recid = (uint8_t)random_word(random);
        break;
    case 3:
        memset(field, 0, 32);
        break;
    case 4:
        memset(field, 0xff, 32);
        break;
    case 5:
        small_number(random, field);
        break;
    case 6:
        small_number(random, item->r);
        item->recid = 2 | (uint8_t)(random_word(random) & 1);
        break;
    case 7:
        run_of_bits(random, field);
        break;
    case 8:
        field[random_word(random) % 32] ^= (uint8_t)(1u << random_word(random) % 8);
        break;
    case 9:
        item->reserved[random_word(random) % sizeof item->reserved] = 1;
        break;
    case 10: /* just below, at and above n */
        memset(field, 0xff, 32);
        memcpy(field + 15, "\xfe\xba\xae\xdc\xe6\xaf\x48\xa0\x3b\xbf\xd2\x5e\x8c\xd0\x36\x41", 16);
        field[31] = (uint8_t)(0x40 + random_word(random) % 3);
        break;
    default:
        random_fill(random, field, 32);
    }
}

static void import(mpz_t number, const uint8_t bytes[32])
{
    mpz_import(number, 32, 1, 1, 1, 0, bytes);
}

static void export(uint8_t bytes[32], const mpz_t number)
{
    size_t length = (mpz_sizeinbase(number, 2) + 7) / 8;

    memset(bytes, 0, 32);
    mpz_export(bytes + 32 - length, NULL, 1, 1, 1, 0, number);
}

void sign_with_factors(hyp_ecrecover_descriptor *item, const uint8_t u1[32], const uint8_t u2[32],
                       const uint8_t k[32])
{
    uint8_t point_bytes[65];
    size_t length = sizeof point_bytes;
    secp256k1_pubkey point;
    mpz_t n;
    mpz_t r;
    mpz_t x;

    if (!secp256k1_ec_pubkey_create(signing_context(), &point, k)) {
        abort();
    }
    secp256k1_ec_pubkey_serialize(secp256k1_context_static, point_bytes, &length, &point,
                                  SECP256K1_EC_UNCOMPRESSED);
    mpz_init_set_str(n, GROUP_ORDER, 16);
    mpz_inits(r, x, NULL);
    memset(item, 0, sizeof *item);
    import(r, point_bytes + 1);
    item->recid = (uint8_t)((point_bytes[64] & 1) | (mpz_cmp(r, n) >= 0 ? 2 : 0));
    mpz_mod(r, r, n);
    export(item->r, r);
    import(x, u2);
    mpz_mul(x, x, r);
    mpz_mod(x, x, n);
    export(item->s, x); /* s = u2·r */
    import(x, u1);
    mpz_mul(x, x, r);
    mpz_neg(x, x);
    mpz_mod(x, x, n);
    export(item->hash, x); /* hash = -u1·r */
    mpz_clears(n, r, x, NULL);
}

void sign_infinite(struct random_source *random, hyp_ecrecover_descriptor *item)
{
    uint8_t k[32];
    uint8_t u1[32];
    uint8_t u2[32];
    mpz_t product;
    mpz_t factor;
    mpz_t n;

    random_fill(random, k, sizeof k);
    random_fill(random, u2, sizeof u2);
    k[0] = u2[0] = 1; /* below n */
    mpz_init_set_str(n, GROUP_ORDER, 16);
    mpz_inits(product, factor, NULL);
    import(product, k);
    import(factor, u2);
    mpz_mul(product, product, factor);
    mpz_neg(product, product);
    mpz_mod(product, product, n);
    export(u1, product);
    mpz_clears(n, product, factor, NULL);
    sign_with_factors(item, u1, u2, k);
}
