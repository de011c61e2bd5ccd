/* Blocks: shapes, and what becomes of a block that was cut, prolonged or changed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "host/eth/verify.h"
#include "host/eth/writer.h"
#include "tests/eth/support.h"
#include "tests/support/shared_data.h"

static const char *const forks[] = {"frontier", "berlin", "london", "shanghai", "cancun", "prague"};
static const enum eth_header_shape shapes[] = {
    ETH_HEADER_FRONTIER, ETH_HEADER_FRONTIER, ETH_HEADER_LONDON,
    ETH_HEADER_SHANGHAI, ETH_HEADER_CANCUN,   ETH_HEADER_PRAGUE,
};
enum { FORKS = sizeof forks / sizeof forks[0] };

static struct eth_bytes made[FORKS];

static int load(void **state)
{
    char path[4200];

    (void)state;
    for (size_t i = 0; i < FORKS; i++) {
        snprintf(path, sizeof path, "%s/%s.rlp", made_blocks_folder(), forks[i]);
        made[i].data = read_whole_file(path, &made[i].size);
        if (!made[i].data) {
            print_error("no %s\n", path);
            return -1;
        }
    }
    return 0;
}

static int unload(void **state)
{
    (void)state;
    for (size_t i = 0; i < FORKS; i++) {
        free((void *)made[i].data);
    }
    return 0;
}

/* Decodes from memory of exactly the input's size, so that ASan sees a step too far. */
static int decode(struct eth_bytes input, struct eth_arena *arena, struct eth_block *block,
                  struct eth_error *error)
{
    eth_arena_reset(arena);
    int rule = eth_block_decode(input, arena, block, error);
    if (rule) {
        char text[200];
        eth_error_text(error, text, sizeof text);
        assert_int_equal(rule, error->rule);
        assert_in_range(error->offset, 0, input.size);
        assert_non_null(error->object);
        assert_true(strlen(text) > 10);
    }
    return rule;
}

static void verify(const struct eth_block *block, struct eth_arena *arena,
                   struct eth_block_check *check)
{
    struct counting_hasher counter;
    struct eth_hasher hasher = counting_hasher(&counter);
    struct eth_arena scratch = {0};

    assert_int_equal(eth_blocks_verify(block, 1, &hasher, arena, &scratch, check), 0);
    eth_arena_release(&scratch);
}

static void shapes_of_forks(void **state)
{
    struct eth_arena arena = {0};
    struct eth_block block;
    struct eth_block_check check;
    struct eth_error error;

    (void)state;
    for (size_t i = 0; i < FORKS; i++) {
        assert_int_equal(decode(made[i], &arena, &block, &error), ETH_OK);
        assert_int_equal(block.header.shape, shapes[i]);
        assert_int_equal(block.has_withdrawals, shapes[i] >= ETH_HEADER_SHANGHAI);
        assert_int_equal(block.header.withdrawals_root != NULL, block.has_withdrawals);
        assert_int_equal(block.header.parent_beacon_block_root != NULL,
                         shapes[i] >= ETH_HEADER_CANCUN);
        assert_int_equal(block.header.requests_hash != NULL, shapes[i] >= ETH_HEADER_PRAGUE);
        assert_int_equal(block.transaction_count, 18);
        verify(&block, &arena, &check);
        assert_true(eth_block_check_ok(&check));
    }
    eth_arena_release(&arena);
}

/* A block of our own: a header of any number of fields and lists of any encoding. */
static struct eth_writer compose(size_t header_fields, struct eth_bytes lists)
{
    static const uint8_t zeros[256];
    static const size_t sizes[] = {32, 32, 20, 32, 32, 32, 256, 0,  0,  0,  0, 0,
                                   0,  32, 8,  0,  32, 0,  0,   32, 32, 32, 32};
    struct eth_writer writer = {0};
    size_t block = eth_write_begin(&writer);
    size_t header = eth_write_begin(&writer);

    for (size_t i = 0; i < header_fields; i++) {
        eth_write_string(&writer, (struct eth_bytes){zeros, sizes[i]});
    }
    eth_write_end_list(&writer, header);
    eth_write_raw(&writer, lists);
    eth_write_end_list(&writer, block);
    assert_false(writer.failed);
    return writer;
}

static void composed(size_t header_fields, struct eth_bytes lists, enum eth_rule want)
{
    struct eth_writer writer = compose(header_fields, lists);
    struct eth_bytes input = {writer.data, writer.size};
    struct eth_arena arena = {0};
    struct eth_block block;
    struct eth_error error;

    assert_int_equal(decode(input, &arena, &block, &error), want);
    eth_arena_release(&arena);
    eth_writer_release(&writer);
}

#define LISTS(...)                                                                                 \
    ((struct eth_bytes){(const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__})})

static void header_field_counts(void **state)
{
    (void)state;
    for (size_t count = 0; count <= 23; count++) {
        bool withdrawals = count >= 17;
        bool known = count == 15 || count == 16 || count == 17 || count == 20 || count == 21;
        composed(count, withdrawals ? LISTS(0xc0, 0xc0, 0xc0) : LISTS(0xc0, 0xc0),
                 known ? ETH_OK : ETH_FIELD_COUNT);
    }
}

static void bodies(void **state)
{
    (void)state;
    composed(15, LISTS(0xc0), ETH_TOO_FEW);
    composed(15, LISTS(0xc0, 0x80), ETH_WANT_LIST);
    composed(15, LISTS(0x80, 0xc0), ETH_WANT_LIST);
    composed(15, LISTS(0xc0, 0xc0, 0xc0), ETH_WITHDRAWALS);
    composed(17, LISTS(0xc0, 0xc0), ETH_WITHDRAWALS);
    composed(17, LISTS(0xc0, 0xc0, 0x80), ETH_WANT_LIST);
    composed(17, LISTS(0xc0, 0xc0, 0xc0, 0xc0), ETH_TOO_MANY);
    composed(15, LISTS(0xc1, 0xc0, 0xc0), ETH_TOO_FEW);       /* an empty transaction */
    composed(15, LISTS(0xc1, 0x05, 0xc0), ETH_UNKNOWN_TYPE);  /* type 5 */
    composed(15, LISTS(0xc0, 0xc1, 0xc0), ETH_FIELD_COUNT);   /* an uncle without fields */
    composed(17, LISTS(0xc0, 0xc0, 0xc1, 0xc0), ETH_TOO_FEW); /* an empty withdrawal */
    composed(17, LISTS(0xc0, 0xc0, 0xc4, 0xc3, 1, 2, 3), ETH_WRONG_LENGTH);
    composed(17,
             LISTS(0xc0, 0xc0, 0xdb, 0xda, 1, 2, 0x94, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1, 2, 3, 4,
                   5, 6, 7, 8, 9, 3, 0, 0),
             ETH_TOO_MANY);
}

static void uncles(void **state)
{
    struct eth_writer header = compose(15, (struct eth_bytes){NULL, 0});
    struct eth_writer writer = {0};
    struct eth_arena arena = {0};
    struct eth_block_check check;
    struct eth_block block;
    struct eth_error error;

    (void)state;
    /* compose() makes [header]: exactly a list of one uncle. */
    size_t whole = eth_write_begin(&writer);
    struct eth_rlp reader = eth_rlp_open((struct eth_bytes){header.data, header.size});
    struct eth_rlp_item item;
    assert_int_equal(eth_rlp_next(&reader, &item, &error), ETH_OK);
    eth_write_raw(&writer, item.payload);
    eth_write_end_list(&writer, eth_write_begin(&writer));
    eth_write_raw(&writer, item.encoding);
    eth_write_end_list(&writer, whole);
    assert_int_equal(decode((struct eth_bytes){writer.data, writer.size}, &arena, &block, &error),
                     ETH_OK);
    assert_int_equal(block.uncle_count, 1);
    verify(&block, &arena, &check);
    assert_false(check.uncles_hash_ok);
    assert_false(eth_block_check_ok(&check));
    eth_arena_release(&arena);
    eth_writer_release(&header);
    eth_writer_release(&writer);
}

static void cut_anywhere(void **state)
{
    struct eth_arena arena = {0};
    struct eth_block block;
    struct eth_error error;

    (void)state;
    for (size_t size = 0; size < made[FORKS - 1].size; size++) {
        uint8_t *copy = malloc(size + 1);
        assert_non_null(copy);
        memcpy(copy + 1, made[FORKS - 1].data, size);
        assert_int_equal(decode((struct eth_bytes){copy + 1, size}, &arena, &block, &error),
                         ETH_TRUNCATED);
        free(copy);
    }
    eth_arena_release(&arena);
}

static void trailing_byte(void **state)
{
    struct eth_arena arena = {0};
    struct eth_block block;
    struct eth_error error;

    (void)state;
    for (size_t i = 0; i < FORKS; i++) {
        uint8_t *copy = calloc(made[i].size + 1, 1);
        assert_non_null(copy);
        memcpy(copy, made[i].data, made[i].size);
        assert_int_equal(decode((struct eth_bytes){copy, made[i].size + 1}, &arena, &block, &error),
                         ETH_TRAILING_BYTES);
        assert_int_equal(error.offset, made[i].size);
        free(copy);
    }
    eth_arena_release(&arena);
}

/* A changed byte gives an error, another hash of the header, or a root that does not fit: never the
 * same block twice. Signatures are covered by the roots, too. */
static void one_byte_changed(void **state)
{
    static const uint8_t changes[] = {0x01, 0x80, 0xff};
    struct eth_arena arena = {0};
    struct eth_block block;
    struct eth_block_check original;
    struct eth_block_check check;
    struct eth_error error;
    size_t decoded = 0;
    struct eth_bytes input = made[FORKS - 1];
    uint8_t *copy = malloc(input.size);

    (void)state;
    assert_non_null(copy);
    memcpy(copy, input.data, input.size);
    assert_int_equal(decode(input, &arena, &block, &error), ETH_OK);
    verify(&block, &arena, &original);
    for (size_t at = 0; at < input.size; at++) {
        uint8_t change = changes[at % sizeof changes];
        copy[at] ^= change;
        if (decode((struct eth_bytes){copy, input.size}, &arena, &block, &error) == ETH_OK) {
            verify(&block, &arena, &check);
            decoded++;
            assert_true(!eth_block_check_ok(&check) ||
                        memcmp(check.hash, original.hash, ETH_HASH_SIZE) != 0);
        }
        copy[at] ^= change;
    }
    assert_true(decoded > input.size / 2);
    free(copy);
    eth_arena_release(&arena);
}

/* A list of a hundred thousand tiny items costs its own size, not the product with a transaction's.
 */
static void many_empty_transactions(void **state)
{
    enum { MANY = 100000 };
    struct eth_writer lists = {0};
    static uint8_t empties[MANY];

    (void)state;
    memset(empties, 0xc0, sizeof empties);
    size_t list = eth_write_begin(&lists);
    eth_write_raw(&lists, (struct eth_bytes){empties, sizeof empties});
    eth_write_end_list(&lists, list);
    eth_write_end_list(&lists, eth_write_begin(&lists));
    composed(15, (struct eth_bytes){lists.data, lists.size}, ETH_TOO_FEW);
    eth_writer_release(&lists);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shapes_of_forks),  cmocka_unit_test(header_field_counts),
        cmocka_unit_test(bodies),           cmocka_unit_test(uncles),
        cmocka_unit_test(cut_anywhere),     cmocka_unit_test(trailing_byte),
        cmocka_unit_test(one_byte_changed), cmocka_unit_test(many_empty_transactions),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("block", tests, load, unload);
}
