/* RLP: known answers, every refusal with its rule and offset, round trips. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "host/eth/rlp.h"
#include "host/eth/writer.h"
#include "tests/eth/support.h"

#define BYTES(...)                                                                                 \
    ((struct eth_bytes){(const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__})})
#define TEXT(text) ((struct eth_bytes){(const uint8_t *)(text), sizeof(text) - 1})

static void assert_bytes(struct eth_bytes got, struct eth_bytes want)
{
    assert_int_equal(got.size, want.size);
    if (want.size > 0) {
        assert_memory_equal(got.data, want.data, want.size);
    }
}

static void string_is(struct eth_bytes string, struct eth_bytes encoding)
{
    struct eth_rlp reader = eth_rlp_open(encoding);
    struct eth_writer writer = {0};
    struct eth_bytes decoded;
    struct eth_error error;

    eth_write_string(&writer, string);
    assert_false(writer.failed);
    assert_bytes((struct eth_bytes){writer.data, writer.size}, encoding);
    assert_int_equal(eth_rlp_string_size(string), encoding.size);
    assert_int_equal(eth_rlp_next_string(&reader, &decoded, &error), ETH_OK);
    assert_bytes(decoded, string);
    assert_int_equal(eth_rlp_finish(&reader, &error), ETH_OK);
    eth_writer_release(&writer);
}

/* From the yellow paper and the Ethereum wiki. */
static void known_strings(void **state)
{
    static const char lorem[] = "Lorem ipsum dolor sit amet, consectetur adipisicing elit";
    uint8_t encoded[2 + sizeof lorem - 1] = {0xb8, 0x38};

    (void)state;
    memcpy(encoded + 2, lorem, sizeof lorem - 1);
    string_is(TEXT(""), BYTES(0x80));
    string_is(TEXT("dog"), BYTES(0x83, 'd', 'o', 'g'));
    string_is(BYTES(0x00), BYTES(0x00));
    string_is(BYTES(0x0f), BYTES(0x0f));
    string_is(BYTES(0x7f), BYTES(0x7f));
    string_is(BYTES(0x80), BYTES(0x81, 0x80));
    string_is(BYTES(0x04, 0x00), BYTES(0x82, 0x04, 0x00));
    string_is(TEXT(lorem), (struct eth_bytes){encoded, sizeof encoded});
}

static void known_integers(void **state)
{
    static const struct {
        uint64_t value;
        uint8_t encoding[10];
        size_t size;
    } cases[] = {
        {0, {0x80}, 1},
        {1, {0x01}, 1},
        {127, {0x7f}, 1},
        {128, {0x81, 0x80}, 2},
        {255, {0x81, 0xff}, 2},
        {256, {0x82, 0x01, 0x00}, 3},
        {1024, {0x82, 0x04, 0x00}, 3},
        {UINT64_MAX, {0x88, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, 9},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct eth_rlp reader = eth_rlp_open((struct eth_bytes){cases[i].encoding, cases[i].size});
        struct eth_error error;
        uint8_t out[10];
        uint64_t value;
        assert_int_equal(eth_rlp_put_u64(out, cases[i].value) - out, cases[i].size);
        assert_memory_equal(out, cases[i].encoding, cases[i].size);
        assert_int_equal(eth_rlp_u64_size(cases[i].value), cases[i].size);
        assert_int_equal(eth_rlp_next_u64(&reader, &value, &error), ETH_OK);
        assert_true(value == cases[i].value);
    }
}

/* [ [], [[]], [ [], [[]] ] ]: the set theoretical representation of three. */
static void known_lists(void **state)
{
    static const uint8_t three[] = {0xc7, 0xc0, 0xc1, 0xc0, 0xc3, 0xc0, 0xc1, 0xc0};
    struct eth_rlp reader = eth_rlp_open((struct eth_bytes){three, sizeof three});
    struct eth_rlp list;
    struct eth_rlp inner;
    struct eth_error error;
    size_t count;

    (void)state;
    assert_int_equal(eth_rlp_next_list(&reader, &list, &error), ETH_OK);
    assert_int_equal(eth_rlp_count(&list, &count, &error), ETH_OK);
    assert_int_equal(count, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(eth_rlp_next_list(&list, &inner, &error), ETH_OK);
        assert_int_equal(eth_rlp_count(&inner, &count, &error), ETH_OK);
        assert_int_equal(count, i);
    }
    assert_int_equal(eth_rlp_finish(&list, &error), ETH_OK);
    assert_int_equal(eth_rlp_finish(&reader, &error), ETH_OK);
}

static void item_fails(struct eth_bytes input, enum eth_rule rule, size_t offset)
{
    struct eth_rlp reader = eth_rlp_open(input);
    struct eth_rlp_item item;
    struct eth_error error;

    int result = eth_rlp_next(&reader, &item, &error);
    if (!result) {
        result = eth_rlp_finish(&reader, &error);
    }
    assert_int_equal(result, rule);
    assert_int_equal(error.rule, rule);
    assert_int_equal(error.offset, offset);
}

static void refused_items(void **state)
{
    (void)state;
    item_fails((struct eth_bytes){NULL, 0}, ETH_TRUNCATED, 0);
    item_fails(BYTES(0x81), ETH_TRUNCATED, 0);
    item_fails(BYTES(0x83, 'd', 'o'), ETH_TRUNCATED, 0);
    item_fails(BYTES(0xc1), ETH_TRUNCATED, 0);
    item_fails(BYTES(0xb8), ETH_TRUNCATED, 0);
    item_fails(BYTES(0xb9, 0x01), ETH_TRUNCATED, 0);
    item_fails(BYTES(0xb8, 0x38, 0x00), ETH_TRUNCATED, 0);
    item_fails(BYTES(0xf9, 0x01, 0x00), ETH_TRUNCATED, 0);
    item_fails(BYTES(0xbf, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff), ETH_TRUNCATED, 0);
    item_fails(BYTES(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff), ETH_TRUNCATED, 0);
    item_fails(BYTES(0x80, 0x80), ETH_TRAILING_BYTES, 1);
    item_fails(BYTES(0xc0, 0x00), ETH_TRAILING_BYTES, 1);
    item_fails(BYTES(0x81, 0x00), ETH_NON_CANONICAL_BYTE, 0);
    item_fails(BYTES(0x81, 0x7f), ETH_NON_CANONICAL_BYTE, 0);
    item_fails(BYTES(0xb8, 0x01, 0xff), ETH_NON_CANONICAL_SIZE, 0);
    item_fails(BYTES(0xb8, 0x37), ETH_NON_CANONICAL_SIZE, 0);
    item_fails(BYTES(0xb8, 0x00), ETH_NON_CANONICAL_SIZE, 0);
    item_fails(BYTES(0xb9, 0x00, 0x40), ETH_NON_CANONICAL_SIZE, 0);
    item_fails(BYTES(0xf8, 0x00), ETH_NON_CANONICAL_SIZE, 0);
    item_fails(BYTES(0xf8, 0x37), ETH_NON_CANONICAL_SIZE, 0);
    item_fails(BYTES(0xf9, 0x00, 0xff), ETH_NON_CANONICAL_SIZE, 0);
}

static struct eth_rlp open_list(struct eth_bytes input)
{
    struct eth_rlp reader = eth_rlp_open(input);
    struct eth_rlp list;
    struct eth_error error;

    assert_int_equal(eth_rlp_next_list(&reader, &list, &error), ETH_OK);
    return list;
}

/* Offsets count from the outermost input, and what leaves its list is not called truncated. */
static void refused_in_lists(void **state)
{
    struct eth_rlp list = open_list(BYTES(0xc3, 0x01, 0x83, 'd', 'o', 'g'));
    struct eth_rlp_item item;
    struct eth_error error;
    size_t count;

    (void)state;
    assert_int_equal(eth_rlp_count(&list, &count, &error), ETH_PAST_LIST_END);
    assert_int_equal(error.offset, 2);
    list = open_list(BYTES(0xc1, 0x01));
    assert_int_equal(eth_rlp_finish(&list, &error), ETH_TOO_MANY);
    assert_int_equal(error.offset, 1);
    assert_int_equal(eth_rlp_next(&list, &item, &error), ETH_OK);
    assert_int_equal(eth_rlp_next(&list, &item, &error), ETH_TOO_FEW);
    assert_int_equal(error.offset, 2);
}

static void refused_values(void **state)
{
    struct eth_bytes wide[] = {BYTES(0x89, 1, 0, 0, 0, 0, 0, 0, 0, 0), {NULL, 34}};
    uint8_t wide256[34] = {0xa1, 1};
    const uint8_t *fixed;
    struct eth_bytes string;
    struct eth_rlp list;
    struct eth_error error;
    uint64_t number;

    (void)state;
    wide[1].data = wide256;
    struct eth_rlp reader = eth_rlp_open(BYTES(0x00));
    assert_int_equal(eth_rlp_next_u64(&reader, &number, &error), ETH_LEADING_ZERO);
    reader = eth_rlp_open(BYTES(0x82, 0x00, 0x80));
    assert_int_equal(eth_rlp_next_u64(&reader, &number, &error), ETH_LEADING_ZERO);
    reader = eth_rlp_open(BYTES(0x82, 0x00, 0x80));
    assert_int_equal(eth_rlp_next_u256(&reader, &string, &error), ETH_LEADING_ZERO);
    reader = eth_rlp_open(wide[0]);
    assert_int_equal(eth_rlp_next_u64(&reader, &number, &error), ETH_TOO_LARGE);
    reader = eth_rlp_open(wide[0]);
    assert_int_equal(eth_rlp_next_u256(&reader, &string, &error), ETH_OK);
    reader = eth_rlp_open(wide[1]);
    assert_int_equal(eth_rlp_next_u256(&reader, &string, &error), ETH_TOO_LARGE);
    reader = eth_rlp_open(BYTES(0xc0));
    assert_int_equal(eth_rlp_next_u64(&reader, &number, &error), ETH_WANT_STRING);
    reader = eth_rlp_open(BYTES(0x80));
    assert_int_equal(eth_rlp_next_list(&reader, &list, &error), ETH_WANT_LIST);
    reader = eth_rlp_open(BYTES(0x82, 1, 2));
    assert_int_equal(eth_rlp_next_fixed(&reader, 3, &fixed, &error), ETH_WRONG_LENGTH);
    reader = eth_rlp_open(BYTES(0x82, 1, 2));
    assert_int_equal(eth_rlp_next_fixed(&reader, 2, &fixed, &error), ETH_OK);
    assert_int_equal(fixed[1], 2);
}

/* Sizes around every change of the prefix. */
static void sizes(void **state)
{
    static const size_t edges[] = {2, 54, 55, 56, 57, 255, 256, 257, 65535, 65536, 65537, 1u << 24};
    struct eth_error error;

    (void)state;
    for (size_t i = 0; i < sizeof edges / sizeof edges[0]; i++) {
        struct eth_writer writer = {0};
        uint8_t *content = calloc(edges[i], 1);
        assert_non_null(content);
        size_t start = eth_write_begin(&writer);
        eth_write_raw(&writer, (struct eth_bytes){content, edges[i]});
        eth_write_end_list(&writer, start);
        eth_write_string(&writer, (struct eth_bytes){content, edges[i]});
        assert_false(writer.failed);
        assert_int_equal(writer.size, 2 * (eth_rlp_prefix_size(edges[i]) + edges[i]));
        struct eth_rlp reader = eth_rlp_open((struct eth_bytes){writer.data, writer.size});
        struct eth_rlp list;
        struct eth_bytes string;
        size_t count;
        assert_int_equal(eth_rlp_next_list(&reader, &list, &error), ETH_OK);
        assert_int_equal(eth_rlp_count(&list, &count, &error), ETH_OK);
        assert_int_equal(count, edges[i]);
        assert_int_equal(eth_rlp_next_string(&reader, &string, &error), ETH_OK);
        assert_int_equal(string.size, edges[i]);
        assert_int_equal(eth_rlp_finish(&reader, &error), ETH_OK);
        free(content);
        eth_writer_release(&writer);
    }
}

static void write_random(struct eth_writer *writer, uint64_t *random, unsigned depth)
{
    uint8_t bytes[300];

    if (depth == 0 || random_below(random, 3) == 0) {
        size_t size = random_below(random, random_below(random, 4) ? 5 : sizeof bytes);
        random_fill(random, bytes, size);
        eth_write_string(writer, (struct eth_bytes){bytes, size});
        return;
    }
    size_t start = eth_write_begin(writer);
    for (size_t items = random_below(random, 6); items > 0; items--) {
        write_random(writer, random, depth - 1);
    }
    eth_write_end_list(writer, start);
}

/* Reads every item and writes it again. */
static int rewrite(struct eth_rlp *reader, struct eth_writer *writer, struct eth_error *error)
{
    struct eth_rlp_item item;

    while (!eth_rlp_at_end(reader)) {
        int rule = eth_rlp_next(reader, &item, error);
        if (rule) {
            return rule;
        }
        if (!item.is_list) {
            eth_write_string(writer, item.payload);
            continue;
        }
        struct eth_rlp list = {reader->base, item.payload.data,
                               item.payload.data + item.payload.size, true};
        size_t start = eth_write_begin(writer);
        rule = rewrite(&list, writer, error);
        if (rule) {
            return rule;
        }
        eth_write_end_list(writer, start);
    }
    return ETH_OK;
}

/* What decodes, encodes to the same bytes; so it does after a byte was changed, if it still
 * decodes. */
static void round_trips(void **state)
{
    uint64_t random = 0x9e3779b97f4a7c15;
    size_t survived = 0;

    (void)state;
    for (int i = 0; i < 20000; i++) {
        struct eth_writer input = {0};
        struct eth_writer output = {0};
        struct eth_error error;
        write_random(&input, &random, 5);
        if (i % 2) {
            input.data[random_below(&random, input.size)] ^=
                (uint8_t)(1 + random_below(&random, 255));
        }
        struct eth_rlp reader = eth_rlp_open((struct eth_bytes){input.data, input.size});
        int rule = rewrite(&reader, &output, &error);
        if (i % 2 == 0) {
            assert_int_equal(rule, ETH_OK);
        }
        if (rule == ETH_OK) {
            survived += i % 2;
            assert_bytes((struct eth_bytes){output.data, output.size},
                         (struct eth_bytes){input.data, input.size});
        } else {
            assert_in_range(error.offset, 0, input.size);
        }
        eth_writer_release(&input);
        eth_writer_release(&output);
    }
    assert_true(survived > 100);
}

static void message_names_place_and_rule(void **state)
{
    struct eth_error error;
    char text[160];

    (void)state;
    eth_fail(&error, ETH_LEADING_ZERO, 17);
    error.object = "transaction";
    error.index = 3;
    error.field = "gas_price";
    eth_error_text(&error, text, sizeof text);
    assert_string_equal(text, "transaction 3, gas_price: integer with a leading zero, at byte 17");
    eth_fail(&error, ETH_TRAILING_BYTES, 5);
    eth_error_text(&error, text, sizeof text);
    assert_string_equal(text, "trailing bytes, at byte 5");
    eth_error_text(&error, text, 9);
    assert_string_equal(text, "trailing");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_strings),
        cmocka_unit_test(known_integers),
        cmocka_unit_test(known_lists),
        cmocka_unit_test(refused_items),
        cmocka_unit_test(refused_in_lists),
        cmocka_unit_test(refused_values),
        cmocka_unit_test(sizes),
        cmocka_unit_test(round_trips),
        cmocka_unit_test(message_names_place_and_rule),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("rlp", tests, NULL, NULL);
}
