/* Transactions of every type: fields, signing payload, and every refusal with its rule and field.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "host/eth/round.h"
#include "host/eth/transaction.h"
#include "host/eth/writer.h"
#include "tests/eth/support.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define BYTES(...)                                                                                 \
    ((struct eth_bytes){(const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__})})
#define TIMES_19(x) x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x
#define TIMES_20(x) TIMES_19(x), x
#define TIMES_31(x) TIMES_20(x), x, x, x, x, x, x, x, x, x, x, x
#define TIMES_32(x) TIMES_31(x), x

/* Items as they are encoded in the samples. */
static const uint8_t chain_id_item[] = {0x82, 0x05, 0x39};
static const uint8_t nonce_item[] = {0x09};
static const uint8_t gas_price_item[] = {0x85, 0x04, 0xa8, 0x17, 0xc8, 0x00};
static const uint8_t max_priority_fee_per_gas_item[] = {0x84, 0x3b, 0x9a, 0xca, 0x00};
static const uint8_t max_fee_per_gas_item[] = {0x85, 0x04, 0xa8, 0x17, 0xc8, 0x00};
static const uint8_t gas_limit_item[] = {0x82, 0x52, 0x08};
static const uint8_t to_item[] = {0x94, TIMES_20(0xaa)};
static const uint8_t value_item[] = {0x88, 0x0d, 0xe0, 0xb6, 0xb3, 0xa7, 0x64, 0x00, 0x00};
static const uint8_t data_item[] = {0x83, 1, 2, 3};
static const uint8_t access_list_item[] = {0xf8, 0x5b, 0xf8, 0x59,        0x94, TIMES_20(0xbb),
                                           0xf8, 0x42, 0xa0, TIMES_32(1), 0xa0, TIMES_32(2)};
static const uint8_t max_fee_per_blob_gas_item[] = {0x01};
static const uint8_t blob_versioned_hashes_item[] = {0xe1, 0xa0, 0x01, TIMES_31(3)};
static const uint8_t authorization_list_item[] = {
    0xf8, 0x5c, 0xf8, 0x5a,        0x01, 0x94,       TIMES_20(0xcc),
    0x05, 0x01, 0xa0, TIMES_32(4), 0xa0, TIMES_32(5)};
static const uint8_t v_item[] = {0x1c};
static const uint8_t y_parity_item[] = {0x01};
static const uint8_t r_item[] = {0xa0, TIMES_32(0x77)};
static const uint8_t s_item[] = {0x9f, TIMES_31(0x66)};

struct item {
    const char *name;
    struct eth_bytes encoding;
};
#define ITEM(name)                                                                                 \
    {                                                                                              \
#name,                                                                                     \
        {                                                                                          \
            name##_item, sizeof name##_item                                                        \
        }                                                                                          \
    }

enum { MAX_ITEMS = 14 };
struct sample {
    size_t count;
    struct item items[MAX_ITEMS];
};

enum { TYPES = 5 };
static const struct sample samples[TYPES] = {
    [ETH_LEGACY] = {9,
                    {ITEM(nonce), ITEM(gas_price), ITEM(gas_limit), ITEM(to), ITEM(value),
                     ITEM(data), ITEM(v), ITEM(r), ITEM(s)}},
    [ETH_ACCESS_LIST] = {11,
                         {ITEM(chain_id), ITEM(nonce), ITEM(gas_price), ITEM(gas_limit), ITEM(to),
                          ITEM(value), ITEM(data), ITEM(access_list), ITEM(y_parity), ITEM(r),
                          ITEM(s)}},
    [ETH_DYNAMIC_FEE] = {12,
                         {ITEM(chain_id), ITEM(nonce), ITEM(max_priority_fee_per_gas),
                          ITEM(max_fee_per_gas), ITEM(gas_limit), ITEM(to), ITEM(value), ITEM(data),
                          ITEM(access_list), ITEM(y_parity), ITEM(r), ITEM(s)}},
    [ETH_BLOB] = {14,
                  {ITEM(chain_id), ITEM(nonce), ITEM(max_priority_fee_per_gas),
                   ITEM(max_fee_per_gas), ITEM(gas_limit), ITEM(to), ITEM(value), ITEM(data),
                   ITEM(access_list), ITEM(max_fee_per_blob_gas), ITEM(blob_versioned_hashes),
                   ITEM(y_parity), ITEM(r), ITEM(s)}},
    [ETH_SET_CODE] = {13,
                      {ITEM(chain_id), ITEM(nonce), ITEM(max_priority_fee_per_gas),
                       ITEM(max_fee_per_gas), ITEM(gas_limit), ITEM(to), ITEM(value), ITEM(data),
                       ITEM(access_list), ITEM(authorization_list), ITEM(y_parity), ITEM(r),
                       ITEM(s)}},
};

/* The transaction of some items; the caller releases the writer. */
static struct eth_writer encode(unsigned type, const struct sample *sample)
{
    struct eth_writer writer = {0};
    uint8_t byte = (uint8_t)type;

    if (type != ETH_LEGACY) {
        eth_write_raw(&writer, (struct eth_bytes){&byte, 1});
    }
    size_t list = eth_write_begin(&writer);
    for (size_t i = 0; i < sample->count; i++) {
        eth_write_raw(&writer, sample->items[i].encoding);
    }
    eth_write_end_list(&writer, list);
    assert_false(writer.failed);
    return writer;
}

/* Puts another encoding in the place of one field. */
static struct sample replaced(unsigned type, const char *name, struct eth_bytes encoding)
{
    struct sample sample = samples[type];
    bool found = false;

    for (size_t i = 0; i < sample.count; i++) {
        if (strcmp(sample.items[i].name, name) == 0) {
            sample.items[i].encoding = encoding;
            found = true;
        }
    }
    assert_true(found);
    return sample;
}

/* Decodes, alone and as an item of a list, and returns the rule; the field's name is in *error. */
static int decode_sample(unsigned type, const struct sample *sample,
                         struct eth_transaction *transaction, struct eth_error *error)
{
    struct eth_writer alone = encode(type, sample);
    struct eth_writer item = {0};
    struct eth_bytes bytes = {alone.data, alone.size};
    struct eth_error in_list;

    if (type == ETH_LEGACY) {
        eth_write_raw(&item, bytes);
    } else {
        eth_write_string(&item, bytes);
    }
    struct eth_rlp reader = eth_rlp_open((struct eth_bytes){item.data, item.size});
    int listed = eth_transaction_decode(&reader, transaction, &in_list);
    int rule = eth_transaction_decode_bytes(bytes, transaction, error);
    assert_int_equal(rule, listed);
    if (rule) {
        assert_int_equal(in_list.offset, error->offset + (item.size - alone.size));
        assert_in_range(error->offset, 0, alone.size);
    }
    eth_writer_release(&alone);
    eth_writer_release(&item);
    return rule;
}

static void accepted(unsigned type, const char *name, struct eth_bytes encoding)
{
    struct sample sample = replaced(type, name, encoding);
    struct eth_transaction transaction;
    struct eth_error error;

    if (decode_sample(type, &sample, &transaction, &error)) {
        fail_msg("type %u, %s: refused by rule %d", type, name, (int)error.rule);
    }
}

static void refused(unsigned type, const char *name, struct eth_bytes encoding, enum eth_rule rule)
{
    struct sample sample = replaced(type, name, encoding);
    struct eth_transaction transaction;
    struct eth_error error;

    int got = decode_sample(type, &sample, &transaction, &error);
    if (got != (int)rule) {
        fail_msg("type %u, %s: rule %d instead of %d", type, name, got, (int)rule);
    }
    /* A legacy v is one field with yParity in the table of the decoder. */
    if (strcmp(name, "y_parity") != 0) {
        assert_string_equal(error.field, name);
    }
}

static void samples_decode(void **state)
{
    (void)state;
    for (unsigned type = 0; type < TYPES; type++) {
        struct eth_writer writer = encode(type, &samples[type]);
        struct eth_bytes bytes = {writer.data, writer.size};
        struct eth_transaction transaction;
        struct eth_error error;
        assert_int_equal(eth_transaction_decode_bytes(bytes, &transaction, &error), ETH_OK);
        assert_int_equal(transaction.type, type);
        assert_int_equal(transaction.has_chain_id, type != ETH_LEGACY);
        assert_int_equal(transaction.chain_id, type == ETH_LEGACY ? 0 : 1337);
        assert_int_equal(transaction.nonce, 9);
        assert_int_equal(transaction.gas_limit, 21000);
        assert_int_equal(transaction.to.size, 20);
        assert_int_equal(transaction.data.size, 3);
        assert_int_equal(transaction.recid, 1);
        assert_int_equal(transaction.r[0], 0x77);
        assert_int_equal(transaction.s[0], 0); /* 31 bytes, aligned to the right */
        assert_int_equal(transaction.s[31], 0x66);
        assert_int_equal(transaction.access_list_addresses, type != ETH_LEGACY);
        assert_int_equal(transaction.access_list_keys, type == ETH_LEGACY ? 0 : 2);
        assert_int_equal(transaction.blob_hashes, type == ETH_BLOB);
        assert_int_equal(transaction.authorizations, type == ETH_SET_CODE);
        assert_true(transaction.encoding.data == writer.data);
        assert_int_equal(transaction.encoding.size, writer.size);
        eth_writer_release(&writer);
    }
}

static void fields_missing_and_extra(void **state)
{
    struct eth_transaction transaction;
    struct eth_error error;

    (void)state;
    for (unsigned type = 0; type < TYPES; type++) {
        struct sample sample = samples[type];
        while (sample.count > 0) {
            sample.count--;
            assert_int_equal(decode_sample(type, &sample, &transaction, &error), ETH_TOO_FEW);
        }
        sample = samples[type];
        if (sample.count < MAX_ITEMS) {
            sample.items[sample.count++] = sample.items[0];
            assert_int_equal(decode_sample(type, &sample, &transaction, &error), ETH_TOO_MANY);
        }
    }
}

/* Every field that is an integer, in every type. */
static void integers(void **state)
{
    static const char *const names64[] = {"chain_id", "nonce", "gas_limit"};
    static const char *const names256[] = {"gas_price",
                                           "max_priority_fee_per_gas",
                                           "max_fee_per_gas",
                                           "max_fee_per_blob_gas",
                                           "value",
                                           "r",
                                           "s"};

    (void)state;
    for (unsigned type = 0; type < TYPES; type++) {
        for (size_t i = 0; i < samples[type].count; i++) {
            const char *name = samples[type].items[i].name;
            bool is64 = false;
            bool is256 = false;
            for (size_t n = 0; n < COUNT(names64); n++) {
                is64 |= strcmp(name, names64[n]) == 0;
            }
            for (size_t n = 0; n < COUNT(names256); n++) {
                is256 |= strcmp(name, names256[n]) == 0;
            }
            if (!is64 && !is256) {
                continue;
            }
            accepted(type, name, BYTES(0x80));
            refused(type, name, BYTES(0x00), ETH_LEADING_ZERO);
            refused(type, name, BYTES(0x82, 0x00, 0xff), ETH_LEADING_ZERO);
            refused(type, name, BYTES(0xc0), ETH_WANT_STRING);
            refused(type, name, BYTES(0xa1, 1, TIMES_32(0)), ETH_TOO_LARGE);
            if (is64) {
                refused(type, name, BYTES(0x89, 1, 0, 0, 0, 0, 0, 0, 0, 0), ETH_TOO_LARGE);
            } else {
                accepted(type, name, BYTES(0xa0, TIMES_32(0xff)));
            }
        }
    }
}

static void destination_and_data(void **state)
{
    (void)state;
    for (unsigned type = 0; type < TYPES; type++) {
        refused(type, "to", BYTES(0x93, TIMES_19(1)), ETH_WRONG_LENGTH);
        refused(type, "to", BYTES(0x95, 1, TIMES_20(1)), ETH_WRONG_LENGTH);
        refused(type, "to", BYTES(0x01), ETH_WRONG_LENGTH);
        refused(type, "to", BYTES(0xc0), ETH_WANT_STRING);
        if (type == ETH_BLOB || type == ETH_SET_CODE) {
            refused(type, "to", BYTES(0x80), ETH_WRONG_LENGTH);
        } else {
            accepted(type, "to", BYTES(0x80));
        }
        accepted(type, "data", BYTES(0x80));
        accepted(type, "data", BYTES(0x00));
        refused(type, "data", BYTES(0xc0), ETH_WANT_STRING);
    }
}

static void access_lists(void **state)
{
    static const char name[] = "access_list";

    (void)state;
    for (unsigned type = 1; type < TYPES; type++) {
        accepted(type, name, BYTES(0xc0));
        accepted(type, name, BYTES(0xd7, 0xd6, 0x94, TIMES_20(1), 0xc0));
        refused(type, name, BYTES(0x80), ETH_WANT_LIST);
        refused(type, name, BYTES(0xc1, 0x80), ETH_WANT_LIST);
        refused(type, name, BYTES(0xc1, 0xc0), ETH_TOO_FEW);
        refused(type, name, BYTES(0xd6, 0xd5, 0x93, TIMES_19(1), 0xc0), ETH_WRONG_LENGTH);
        refused(type, name, BYTES(0xd6, 0xd5, 0x94, TIMES_20(1)), ETH_TOO_FEW);
        refused(type, name, BYTES(0xd7, 0xd6, 0x94, TIMES_20(1), 0x80), ETH_WANT_LIST);
        refused(type, name, BYTES(0xd8, 0xd7, 0x94, TIMES_20(1), 0xc1, 0x01), ETH_WRONG_LENGTH);
        refused(type, name, BYTES(0xd8, 0xd7, 0x94, TIMES_20(1), 0xc0, 0x01), ETH_TOO_MANY);
        refused(type, name, BYTES(0xf7, 0xf6, 0x94, TIMES_20(1), 0xe0, 0x9f, TIMES_31(1)),
                ETH_WRONG_LENGTH);
    }
}

static void blob_hashes(void **state)
{
    static const char name[] = "blob_versioned_hashes";

    (void)state;
    refused(ETH_BLOB, name, BYTES(0xc0), ETH_NO_ITEMS);
    refused(ETH_BLOB, name, BYTES(0x80), ETH_WANT_LIST);
    refused(ETH_BLOB, name, BYTES(0xe1, 0xa0, 0x02, TIMES_31(3)), ETH_BAD_BLOB_HASH);
    refused(ETH_BLOB, name, BYTES(0xe0, 0x9f, TIMES_31(1)), ETH_WRONG_LENGTH);
    refused(ETH_BLOB, name, BYTES(0xc1, 0xc0), ETH_WANT_STRING);
}

static void authorizations(void **state)
{
    static const char name[] = "authorization_list";

    (void)state;
    /* [0, address, 0, parity, 0, 0]: zero values, and any byte as parity, are for the EVM to judge.
     */
    accepted(ETH_SET_CODE, name,
             BYTES(0xdb, 0xda, 0x80, 0x94, TIMES_20(1), 0x80, 0x80, 0x80, 0x80));
    accepted(ETH_SET_CODE, name,
             BYTES(0xdc, 0xdb, 0x80, 0x94, TIMES_20(1), 0x80, 0x81, 0xff, 0x80, 0x80));
    refused(ETH_SET_CODE, name,
            BYTES(0xdd, 0xdc, 0x80, 0x94, TIMES_20(1), 0x80, 0x82, 0x01, 0x00, 0x80, 0x80),
            ETH_TOO_LARGE);
    refused(ETH_SET_CODE, name, BYTES(0xc0), ETH_NO_ITEMS);
    refused(ETH_SET_CODE, name, BYTES(0x80), ETH_WANT_LIST);
    refused(ETH_SET_CODE, name, BYTES(0xc1, 0x80), ETH_WANT_LIST);
    refused(ETH_SET_CODE, name, BYTES(0xc1, 0xc0), ETH_TOO_FEW);
    refused(ETH_SET_CODE, name, BYTES(0xda, 0xd9, 0x80, 0x94, TIMES_20(1), 0x80, 0x80, 0x80),
            ETH_TOO_FEW);
    refused(ETH_SET_CODE, name,
            BYTES(0xdc, 0xdb, 0x80, 0x94, TIMES_20(1), 0x80, 0x80, 0x80, 0x80, 0x80), ETH_TOO_MANY);
    refused(ETH_SET_CODE, name, BYTES(0xdb, 0xda, 0x00, 0x94, TIMES_20(1), 0x80, 0x80, 0x80, 0x80),
            ETH_LEADING_ZERO);
    refused(ETH_SET_CODE, name, BYTES(0xda, 0xd9, 0x80, 0x93, TIMES_19(1), 0x80, 0x80, 0x80, 0x80),
            ETH_WRONG_LENGTH);
}

static void parity(void **state)
{
    (void)state;
    for (unsigned type = 1; type < TYPES; type++) {
        accepted(type, "y_parity", BYTES(0x80));
        refused(type, "y_parity", BYTES(0x02), ETH_BAD_PARITY);
        refused(type, "y_parity", BYTES(0x1b), ETH_BAD_PARITY);
        refused(type, "y_parity", BYTES(0x00), ETH_LEADING_ZERO);
    }
}

static void legacy_v(void **state)
{
    static const struct {
        uint64_t v;
        uint64_t chain_id;
        bool ok;
        bool has_chain_id;
        uint8_t recid;
    } cases[] = {
        {0, 0, false, false, 0},
        {1, 0, false, false, 0},
        {26, 0, false, false, 0},
        {27, 0, true, false, 0},
        {28, 0, true, false, 1},
        {29, 0, false, false, 0},
        {34, 0, false, false, 0},
        {35, 0, true, true, 0},
        {36, 0, true, true, 1},
        {37, 1, true, true, 0},
        {38, 1, true, true, 1},
        {2709, 1337, true, true, 0},
        {UINT64_MAX, (UINT64_MAX - 35) / 2, true, true, 0},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct eth_transaction transaction;
        struct eth_error error;
        uint8_t v[9];
        size_t size = (size_t)(eth_rlp_put_u64(v, cases[i].v) - v);
        struct sample sample = replaced(ETH_LEGACY, "v", (struct eth_bytes){v, size});
        int rule = decode_sample(ETH_LEGACY, &sample, &transaction, &error);
        assert_int_equal(rule, cases[i].ok ? ETH_OK : ETH_BAD_V);
        if (cases[i].ok) {
            assert_int_equal(transaction.has_chain_id, cases[i].has_chain_id);
            assert_true(transaction.chain_id == cases[i].chain_id);
            assert_int_equal(transaction.recid, cases[i].recid);
        } else {
            assert_true(error.detail == cases[i].v);
        }
    }
}

static void unknown_types(void **state)
{
    struct eth_transaction transaction;
    struct eth_error error;

    (void)state;
    for (unsigned type = 0; type < 0xc0; type++) {
        uint8_t bytes[] = {(uint8_t)type, 0xc0};
        int rule = eth_transaction_decode_bytes((struct eth_bytes){bytes, sizeof bytes},
                                                &transaction, &error);
        bool known = type >= 1 && type <= 4;
        assert_int_equal(rule, known ? ETH_TOO_FEW : ETH_UNKNOWN_TYPE);
        assert_int_equal(error.detail, known ? 0 : type);
    }
    struct eth_rlp reader = eth_rlp_open(BYTES(0x80));
    assert_int_equal(eth_transaction_decode(&reader, &transaction, &error), ETH_WRONG_LENGTH);
    assert_int_equal(
        eth_transaction_decode_bytes((struct eth_bytes){NULL, 0}, &transaction, &error),
        ETH_WRONG_LENGTH);
}

/* The payload in one piece; returns its size. */
static size_t signing_payload(const struct eth_transaction *transaction, uint8_t *out)
{
    struct eth_signing_edges edges;

    eth_transaction_signing_edges(transaction, &edges);
    struct eth_message message = {
        .head = {edges.head, edges.head_size},
        .body = transaction->unsigned_fields,
        .tail = {edges.tail, edges.tail_size},
    };
    eth_message_write(&message, out);
    return eth_message_size(&message);
}

/* What was signed, put together from the items: EIP-155 and each typed EIP define it so. */
static void signing_payloads(void **state)
{
    (void)state;
    for (unsigned type = 0; type < TYPES; type++) {
        struct sample body = samples[type];
        struct eth_transaction transaction;
        struct eth_error error;
        uint8_t got[1000];
        body.count -= 3;
        struct eth_writer want = encode(type, &body);
        struct eth_writer whole = encode(type, &samples[type]);
        struct eth_bytes bytes = {whole.data, whole.size};
        assert_int_equal(eth_transaction_decode_bytes(bytes, &transaction, &error), ETH_OK);
        assert_int_equal(signing_payload(&transaction, got), want.size);
        assert_memory_equal(got, want.data, want.size);
        eth_writer_release(&want);
        eth_writer_release(&whole);
    }
}

/* The example of EIP-155: its signing data, signature and sender are written there. */
static void eip155_example(void **state)
{
    static const char signed_hex[] = "0xf86c098504a817c80082520894353535353535353535353535353535353"
                                     "5353535880de0b6b3a76400008025a0"
                                     "28ef61340bd939bc2195fe537567866003e1a15d3c71ff63e1590620aa636"
                                     "276a067cbe9d8997f761aecb703304b"
                                     "3800ccf555c9f3dc64214b297fb1966a3b6d83";
    static const char signing_hex[] = "0xec098504a817c800825208943535353535353535353535353535353535"
                                      "353535880de0b6b3a764000080018080";
    uint8_t bytes[(sizeof signed_hex - 3) / 2];
    uint8_t want[(sizeof signing_hex - 3) / 2];
    uint8_t got[sizeof want + 1];
    struct eth_transaction transaction;
    struct eth_error error;

    (void)state;
    assert_true(parse_hex(signed_hex, bytes, sizeof bytes));
    assert_true(parse_hex(signing_hex, want, sizeof want));
    assert_int_equal(
        eth_transaction_decode_bytes((struct eth_bytes){bytes, sizeof bytes}, &transaction, &error),
        ETH_OK);
    assert_int_equal(transaction.chain_id, 1);
    assert_int_equal(transaction.recid, 0);
    assert_int_equal(signing_payload(&transaction, got), sizeof want);
    assert_memory_equal(got, want, sizeof want);
}

static void low_s(void **state)
{
    struct eth_transaction transaction = {0};
    const char half[] = "0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0";

    (void)state;
    assert_true(parse_hex(half, transaction.s, 32));
    assert_true(eth_transaction_has_low_s(&transaction));
    transaction.s[31]++;
    assert_false(eth_transaction_has_low_s(&transaction));
    memset(transaction.s, 0, 32);
    assert_true(eth_transaction_has_low_s(&transaction));
    memset(transaction.s, 0xff, 32);
    assert_false(eth_transaction_has_low_s(&transaction));
    assert_false(eth_low_s_required(1149999));
    assert_true(eth_low_s_required(1150000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(samples_decode),
        cmocka_unit_test(fields_missing_and_extra),
        cmocka_unit_test(integers),
        cmocka_unit_test(destination_and_data),
        cmocka_unit_test(access_lists),
        cmocka_unit_test(blob_hashes),
        cmocka_unit_test(authorizations),
        cmocka_unit_test(parity),
        cmocka_unit_test(legacy_v),
        cmocka_unit_test(unknown_types),
        cmocka_unit_test(signing_payloads),
        cmocka_unit_test(eip155_example),
        cmocka_unit_test(low_s),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("transaction", tests, NULL, NULL);
}
