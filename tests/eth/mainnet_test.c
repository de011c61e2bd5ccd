/* The mainnet blocks: every hash and root against what the chain says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "host/eth/verify.h"
#include "tests/eth/support.h"

static struct mainnet_block *files;
static size_t file_count;

static int load(void **state)
{
    (void)state;
    files = mainnet_load(&file_count);
    return 0;
}

static int unload(void **state)
{
    (void)state;
    mainnet_free(files, file_count);
    return 0;
}

static void need_data(void)
{
    if (file_count == 0) {
        print_message("skipped: no ../shared/data/mainnet-blocks\n");
        skip();
    }
}

static void decode(const struct mainnet_block *file, struct eth_arena *arena,
                   struct eth_block *block)
{
    struct eth_error error;
    char text[200];

    if (eth_block_decode(file->rlp, arena, block, &error)) {
        eth_error_text(&error, text, sizeof text);
        fail_msg("%s: %s", file->number, text);
    }
}

static void assert_hex(const char *number, const json_t *want, const uint8_t got[ETH_HASH_SIZE])
{
    uint8_t bytes[ETH_HASH_SIZE];

    if (!parse_hex(json_string_value(want), bytes, sizeof bytes) ||
        memcmp(bytes, got, sizeof bytes) != 0) {
        fail_msg("block %s: not %s", number, json_string_value(want));
    }
}

static void compare(const struct mainnet_block *file, const struct eth_block *block,
                    const struct eth_block_check *check)
{
    json_t *expect = json_loads(file->expect, 0, NULL);
    const json_t *transactions = json_object_get(expect, "transactions");
    const json_t *withdrawals_root = json_object_get(expect, "withdrawalsRoot");

    assert_non_null(expect);
    assert_int_equal(block->header.number, json_integer_value(json_object_get(expect, "number")));
    assert_hex(file->number, json_object_get(expect, "hash"), check->hash);
    assert_hex(file->number, json_object_get(expect, "transactionsRoot"), check->transactions_root);
    if (withdrawals_root) {
        assert_true(block->has_withdrawals);
        assert_hex(file->number, withdrawals_root, check->withdrawals_root);
    }
    assert_true(eth_block_check_ok(check));
    assert_int_equal(block->transaction_count, json_array_size(transactions));
    for (size_t i = 0; i < block->transaction_count; i++) {
        const json_t *transaction = json_array_get(transactions, i);
        assert_hex(file->number, json_object_get(transaction, "hash"),
                   check->transaction_hashes[i]);
    }
    json_decref(expect);
}

static void each_block_alone(void **state)
{
    struct eth_arena arena = {0};
    struct eth_arena scratch = {0};
    struct counting_hasher counter;
    struct eth_block_check check;
    struct eth_block block;

    (void)state;
    need_data();
    for (size_t i = 0; i < file_count; i++) {
        struct eth_hasher hasher = counting_hasher(&counter);
        decode(&files[i], &arena, &block);
        assert_int_equal(eth_blocks_verify(&block, 1, &hasher, &arena, &scratch, &check), 0);
        compare(&files[i], &block, &check);
        assert_int_equal(check.keccak.items, counter.messages);
        assert_int_equal(check.keccak.permutations, counter.permutations);
        assert_int_equal(check.keccak.batches, counter.calls);
        eth_arena_reset(&arena);
    }
    eth_arena_release(&arena);
    eth_arena_release(&scratch);
}

static void all_blocks_together(void **state)
{
    struct eth_arena arena = {0};
    struct eth_arena scratch = {0};
    struct counting_hasher counter;
    struct eth_hasher hasher = counting_hasher(&counter);
    uint64_t most_batches = 0;
    uint64_t items = 0;

    (void)state;
    need_data();
    struct eth_block *blocks = calloc(file_count, sizeof *blocks);
    struct eth_block_check *checks = calloc(file_count, sizeof *checks);
    assert_non_null(blocks);
    assert_non_null(checks);
    for (size_t i = 0; i < file_count; i++) {
        decode(&files[i], &arena, &blocks[i]);
    }
    assert_int_equal(eth_blocks_verify(blocks, file_count, &hasher, &arena, &scratch, checks), 0);
    for (size_t i = 0; i < file_count; i++) {
        compare(&files[i], &blocks[i], &checks[i]);
        items += checks[i].keccak.items;
        if (checks[i].keccak.batches > most_batches) {
            most_batches = checks[i].keccak.batches;
        }
    }
    assert_int_equal(counter.calls, most_batches); /* not the sum: levels are shared */
    assert_int_equal(counter.messages, items);
    free(blocks);
    free(checks);
    eth_arena_release(&arena);
    eth_arena_release(&scratch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_block_alone),
        cmocka_unit_test(all_blocks_together),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("mainnet blocks", tests, load, unload);
}
