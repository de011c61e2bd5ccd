/* Signing hashes and signatures of every transaction lead to the sender that the chain, or the
 * maker of the block, names. libsecp256k1 recovers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>
#include <secp256k1.h>
#include <secp256k1_recovery.h>

#include "host/eth/verify.h"
#include "hyperion/keccak.h"
#include "tests/eth/support.h"
#include "tests/support/shared_data.h"

static secp256k1_context *secp256k1;

static int set_up(void **state)
{
    (void)state;
    secp256k1 = secp256k1_context_create(SECP256K1_CONTEXT_NONE);
    return secp256k1 ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    secp256k1_context_destroy(secp256k1);
    return 0;
}

static bool recover(const struct eth_transaction *transaction, const uint8_t hash[32],
                    uint8_t address[ETH_ADDRESS_SIZE])
{
    secp256k1_ecdsa_recoverable_signature signature;
    secp256k1_pubkey point;
    uint8_t compact[64];
    uint8_t key[65];
    size_t size = sizeof key;
    uint8_t digest[32];

    memcpy(compact, transaction->r, 32);
    memcpy(compact + 32, transaction->s, 32);
    if (!secp256k1_ecdsa_recoverable_signature_parse_compact(secp256k1, &signature, compact,
                                                             transaction->recid) ||
        !secp256k1_ecdsa_recover(secp256k1, &point, &signature, hash)) {
        return false;
    }
    secp256k1_ec_pubkey_serialize(secp256k1, key, &size, &point, SECP256K1_EC_UNCOMPRESSED);
    hyp_keccak256(key + 1, 64, digest);
    memcpy(address, digest + 12, ETH_ADDRESS_SIZE);
    return true;
}

static void check_senders(const char *name, struct eth_bytes rlp, const char *expect_text,
                          size_t *types)
{
    json_t *expect = json_loads(expect_text, 0, NULL);
    const json_t *list = json_object_get(expect, "transactions");
    struct eth_arena arena = {0};
    struct counting_hasher counter;
    struct eth_hasher hasher = counting_hasher(&counter);
    struct eth_keccak_work work = {0};
    struct eth_block block;
    struct eth_error error;
    uint8_t(*hashes)[ETH_HASH_SIZE];

    assert_int_equal(eth_block_decode(rlp, &arena, &block, &error), ETH_OK);
    assert_int_equal(block.transaction_count, json_array_size(list));
    assert_int_equal(eth_blocks_signing_hashes(&block, 1, &hasher, &arena, &hashes, &work), 0);
    assert_int_equal(work.items, block.transaction_count);
    assert_int_equal(work.permutations, counter.permutations);
    for (size_t i = 0; i < block.transaction_count; i++) {
        const struct eth_transaction *transaction = &block.transactions[i];
        const json_t *from = json_object_get(json_array_get(list, i), "from");
        uint8_t want[ETH_ADDRESS_SIZE];
        uint8_t got[ETH_ADDRESS_SIZE];
        assert_true(parse_hex(json_string_value(from), want, sizeof want));
        if (!recover(transaction, hashes[i], got) || memcmp(got, want, sizeof want) != 0) {
            fail_msg("%s: wrong sender of transaction %zu", name, i);
        }
        if (eth_low_s_required(block.header.number)) {
            assert_true(eth_transaction_has_low_s(transaction));
        }
        types[transaction->type == ETH_LEGACY && transaction->has_chain_id ? 5
                                                                           : transaction->type]++;
    }
    json_decref(expect);
    eth_arena_release(&arena);
}

static void mainnet_senders(void **state)
{
    size_t types[6] = {0};
    size_t count;
    struct mainnet_block *files = mainnet_load(&count);

    (void)state;
    if (count == 0) {
        print_message("skipped: no ../shared/data/mainnet-blocks\n");
        skip();
    }
    for (size_t i = 0; i < count; i++) {
        check_senders(files[i].number, files[i].rlp, files[i].expect, types);
    }
    mainnet_free(files, count);
    assert_true(types[ETH_LEGACY] > 0 && types[5] > 0 && types[ETH_ACCESS_LIST] > 0 &&
                types[ETH_DYNAMIC_FEE] > 0 && types[ETH_BLOB] > 0);
}

static void made_senders(void **state)
{
    static const char *const forks[] = {"frontier", "berlin", "london",
                                        "shanghai", "cancun", "prague"};
    size_t types[6] = {0};
    char path[4200];

    (void)state;
    for (size_t i = 0; i < sizeof forks / sizeof forks[0]; i++) {
        struct eth_bytes rlp;
        size_t size;
        snprintf(path, sizeof path, "%s/%s.rlp", made_blocks_folder(), forks[i]);
        uint8_t *content = read_whole_file(path, &rlp.size);
        snprintf(path, sizeof path, "%s/%s.expect.json", made_blocks_folder(), forks[i]);
        char *expect = (char *)read_whole_file(path, &size);
        assert_non_null(content);
        assert_non_null(expect);
        rlp.data = content;
        check_senders(forks[i], rlp, expect, types);
        free(content);
        free(expect);
    }
    for (size_t type = 0; type < 6; type++) {
        assert_true(types[type] > 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(made_senders),
        cmocka_unit_test(mainnet_senders),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("senders", tests, set_up, tear_down);
}
