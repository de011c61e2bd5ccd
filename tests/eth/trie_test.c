/* Trie roots: known answers, and a plain recursive trie as second opinion. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "host/eth/trie.h"
#include "host/eth/writer.h"
#include "hyperion/error.h"
#include "hyperion/keccak.h"
#include "tests/eth/support.h"

#define TEXT(text) ((struct eth_bytes){(const uint8_t *)(text), sizeof(text) - 1})

/* The second opinion: c(J, i) of the yellow paper, written down as it stands there: keys as one
 * nibble a byte, no sorting, no levels, each node encoded when it is met. */
struct pair {
    uint8_t nibbles[160];
    size_t length;
    struct eth_bytes value;
};

static void write_compact(struct eth_writer *writer, const uint8_t *nibbles, size_t length,
                          bool leaf)
{
    uint8_t bytes[100];
    size_t size = 0;
    size_t at = length % 2;

    bytes[size++] = (uint8_t)((leaf ? 0x20 : 0) + (at ? 0x10 + nibbles[0] : 0));
    for (; at < length; at += 2) {
        bytes[size++] = (uint8_t)(nibbles[at] * 16 + nibbles[at + 1]);
    }
    eth_write_string(writer, (struct eth_bytes){bytes, size});
}

static void write_node(struct eth_writer *writer, struct pair *const *pairs, size_t count,
                       size_t depth);

/* n(J, i): nothing, the node itself, or its hash. */
static void write_reference(struct eth_writer *writer, struct pair *const *pairs, size_t count,
                            size_t depth)
{
    struct eth_writer node = {0};
    uint8_t digest[ETH_HASH_SIZE];

    if (count == 0) {
        eth_write_string(writer, (struct eth_bytes){NULL, 0});
        return;
    }
    write_node(&node, pairs, count, depth);
    if (node.size < ETH_HASH_SIZE) {
        eth_write_raw(writer, (struct eth_bytes){node.data, node.size});
    } else {
        hyp_keccak256(node.data, node.size, digest);
        eth_write_string(writer, (struct eth_bytes){digest, sizeof digest});
    }
    eth_writer_release(&node);
}

static size_t common_depth(struct pair *const *pairs, size_t count, size_t depth)
{
    for (;; depth++) {
        for (size_t i = 0; i < count; i++) {
            if (pairs[i]->length == depth || pairs[i]->nibbles[depth] != pairs[0]->nibbles[depth]) {
                return depth;
            }
        }
    }
}

static void write_branch(struct eth_writer *writer, struct pair *const *pairs, size_t count,
                         size_t depth)
{
    struct pair **below = calloc(count, sizeof(struct pair *));
    struct eth_bytes value = {NULL, 0};

    assert_non_null(below);
    for (unsigned digit = 0; digit < 16; digit++) {
        size_t found = 0;
        for (size_t i = 0; i < count; i++) {
            if (pairs[i]->length > depth && pairs[i]->nibbles[depth] == digit) {
                below[found++] = pairs[i];
            }
        }
        write_reference(writer, below, found, depth + 1);
    }
    for (size_t i = 0; i < count; i++) {
        value = pairs[i]->length == depth ? pairs[i]->value : value;
    }
    eth_write_string(writer, value);
    free(below);
}

static void write_node(struct eth_writer *writer, struct pair *const *pairs, size_t count,
                       size_t depth)
{
    size_t list = eth_write_begin(writer);

    if (count == 1) {
        write_compact(writer, pairs[0]->nibbles + depth, pairs[0]->length - depth, true);
        eth_write_string(writer, pairs[0]->value);
    } else {
        size_t common = common_depth(pairs, count, depth);
        if (common > depth) {
            write_compact(writer, pairs[0]->nibbles + depth, common - depth, false);
            write_reference(writer, pairs, count, common);
        } else {
            write_branch(writer, pairs, count, depth);
        }
    }
    eth_write_end_list(writer, list);
}

static void plain_root(const struct eth_trie_entry *entries, size_t count, uint8_t root[32])
{
    struct pair *pairs = calloc(count + 1, sizeof *pairs);
    struct pair **pointers = calloc(count + 1, sizeof(struct pair *));
    struct eth_writer node = {0};

    assert_non_null(pairs);
    assert_non_null(pointers);
    for (size_t i = 0; i < count; i++) {
        pointers[i] = &pairs[i];
        pairs[i].value = entries[i].value;
        pairs[i].length = 2 * entries[i].key.size;
        assert_true(pairs[i].length <= sizeof pairs[i].nibbles);
        for (size_t n = 0; n < pairs[i].length; n++) {
            uint8_t byte = entries[i].key.data[n / 2];
            pairs[i].nibbles[n] = n % 2 ? byte & 15 : byte >> 4;
        }
    }
    if (count == 0) {
        eth_write_string(&node, (struct eth_bytes){NULL, 0});
    } else {
        write_node(&node, pointers, count, 0);
    }
    hyp_keccak256(node.data, node.size, root);
    eth_writer_release(&node);
    free(pairs);
    free(pointers);
}

static void root_of(struct eth_trie_entry *entries, size_t count, uint8_t root[32])
{
    struct eth_arena arena = {0};
    struct eth_arena scratch = {0};
    struct counting_hasher counter;
    struct eth_hasher hasher = counting_hasher(&counter);
    struct eth_keccak_work work = {0};
    struct eth_trie *trie;

    assert_int_equal(eth_trie_create(&arena, entries, count, &trie), ETH_OK);
    assert_int_equal(eth_trie_hash(trie, &hasher, &scratch, &work), 0);
    assert_int_equal(counter.messages, work.items);
    assert_int_equal(counter.permutations, work.permutations);
    assert_int_equal(counter.calls, work.batches);
    assert_true(counter.calls <= eth_trie_levels(trie));
    memcpy(root, eth_trie_root(trie), ETH_HASH_SIZE);
    eth_arena_release(&arena);
    eth_arena_release(&scratch);
}

static void root_is(struct eth_trie_entry *entries, size_t count, const char *hex)
{
    uint8_t want[32];
    uint8_t got[32];

    assert_true(parse_hex(hex, want, sizeof want));
    root_of(entries, count, got);
    assert_memory_equal(got, want, sizeof want);
    plain_root(entries, count, got);
    assert_memory_equal(got, want, sizeof want);
}

/* From the Ethereum tests (TrieTests/trieanyorder.json). */
static void known_roots(void **state)
{
    struct eth_trie_entry dogs[] = {{TEXT("doe"), TEXT("reindeer")},
                                    {TEXT("dog"), TEXT("puppy")},
                                    {TEXT("dogglesworth"), TEXT("cat")}};
    struct eth_trie_entry puppy[] = {{TEXT("do"), TEXT("verb")},
                                     {TEXT("horse"), TEXT("stallion")},
                                     {TEXT("doge"), TEXT("coin")},
                                     {TEXT("dog"), TEXT("puppy")}};
    struct eth_trie_entry foo[] = {{TEXT("foo"), TEXT("bar")}, {TEXT("food"), TEXT("bass")}};
    struct eth_trie_entry small[] = {
        {TEXT("be"), TEXT("e")}, {TEXT("dog"), TEXT("puppy")}, {TEXT("bed"), TEXT("d")}};
    struct eth_trie_entry test[] = {{TEXT("test"), TEXT("test")}, {TEXT("te"), TEXT("testy")}};
    struct eth_trie_entry one[] = {
        {TEXT("A"), TEXT("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")}};

    (void)state;
    root_is(NULL, 0, "0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421");
    root_is(one, 1, "0xd23786fb4a010da3ce639d66d5e904a11dbc02746d1ce25029e53290cabf28ab");
    root_is(dogs, 3, "0x8aad789dff2f538bca5d8ea56e8abe10f4c7ba3a5dea95fea4cd6e7c3a1168d3");
    root_is(puppy, 4, "0x5991bb8c6514148a29db676a14ac506cd2cd5775ace63c30a4fe457715e9ac84");
    root_is(foo, 2, "0x17beaa1648bafa633cda809c90c04af50fc8aed3cb40d16efbddee6fdf63c4c3");
    root_is(small, 3, "0x3f67c7a47520f79faa29255d2d3c084a7a6df0453116ed7232ff10277a8be68b");
    root_is(test, 2, "0x8452568af70d8d140f58d941338542f645fcca50094b20f3c3d8c3df49337928");
}

/* Keys of random length from few nibbles (many prefixes of each other) or of 32 random bytes. */
static size_t random_entries(uint64_t *random, struct eth_trie_entry *entries, size_t count,
                             uint8_t (*keys)[32], uint8_t (*values)[80])
{
    size_t kept = 0;
    bool narrow = random_below(random, 2);

    for (size_t i = 0; i < count; i++) {
        size_t size = narrow ? random_below(random, 8) : 32;
        size_t value_size = 1 + random_below(random, 80);
        random_fill(random, keys[kept], size);
        random_fill(random, values[kept], value_size);
        for (size_t n = 0; narrow && n < size; n++) {
            keys[kept][n] &= 0x11;
        }
        entries[kept] = (struct eth_trie_entry){{keys[kept], size}, {values[kept], value_size}};
        bool seen = false;
        for (size_t other = 0; other < kept && !seen; other++) {
            seen = entries[other].key.size == size && memcmp(keys[other], keys[kept], size) == 0;
        }
        kept += !seen;
    }
    return kept;
}

static void random_tries(void **state)
{
    enum { MOST = 200 };
    struct eth_trie_entry entries[MOST];
    uint8_t keys[MOST][32];
    uint8_t values[MOST][80];
    uint64_t random = 42;
    uint8_t got[32];
    uint8_t want[32];

    (void)state;
    for (int i = 0; i < 2000; i++) {
        size_t count = random_below(&random, i % 10 ? 20 : MOST);
        count = random_entries(&random, entries, count, keys, values);
        plain_root(entries, count, want);
        root_of(entries, count, got);
        assert_memory_equal(got, want, sizeof want);
    }
}

/* Lists of every length up to a few hundred, hashed together. */
static void lists(void **state)
{
    enum { MOST = 300 };
    struct eth_arena arena = {0};
    struct eth_arena scratch = {0};
    struct counting_hasher counter;
    struct eth_hasher hasher = counting_hasher(&counter);
    struct eth_round round = {0};
    struct eth_keccak_work work = {0};
    struct eth_trie *tries[MOST + 1];
    struct eth_trie_entry entries[MOST];
    struct eth_bytes values[MOST];
    uint8_t content[MOST][60];
    uint8_t keys[MOST][9];
    uint64_t random = 7;
    size_t most_levels = 0;
    uint8_t want[32];

    (void)state;
    for (size_t i = 0; i < MOST; i++) {
        random_fill(&random, content[i], sizeof content[i]);
        values[i] = (struct eth_bytes){content[i], 1 + random_below(&random, sizeof content[i])};
    }
    for (size_t count = 0; count <= MOST; count++) {
        assert_int_equal(eth_trie_create_list(&arena, values, count, &tries[count]), ETH_OK);
        if (eth_trie_levels(tries[count]) > most_levels) {
            most_levels = eth_trie_levels(tries[count]);
        }
    }
    for (size_t level = 0; level < most_levels; level++) {
        eth_arena_reset(&scratch);
        for (size_t count = 0; count <= MOST; count++) {
            assert_int_equal(eth_trie_add_level(tries[count], level, &round, &scratch, &work), 0);
        }
        assert_int_equal(eth_round_hash(&round, &hasher), 0);
    }
    eth_round_release(&round);
    assert_int_equal(counter.calls, most_levels);
    assert_int_equal(counter.messages, work.items);
    for (size_t count = 0; count <= MOST; count++) {
        for (size_t i = 0; i < count; i++) {
            struct eth_writer key = {0};
            eth_write_u64(&key, i);
            memcpy(keys[i], key.data, key.size);
            entries[i] = (struct eth_trie_entry){{keys[i], key.size}, values[i]};
            eth_writer_release(&key);
        }
        plain_root(entries, count, want);
        assert_memory_equal(eth_trie_root(tries[count]), want, sizeof want);
    }
    eth_arena_release(&arena);
    eth_arena_release(&scratch);
}

static void refusals(void **state)
{
    struct eth_trie_entry twice[] = {
        {TEXT("ab"), TEXT("1")}, {TEXT("a"), TEXT("2")}, {TEXT("ab"), TEXT("3")}};
    struct eth_trie_entry empty[] = {{TEXT("ab"), {NULL, 0}}};
    struct eth_arena arena = {0};
    struct eth_trie *trie;

    (void)state;
    assert_int_equal(eth_trie_create(&arena, twice, 3, &trie), ETH_DUPLICATE_KEY);
    assert_int_equal(eth_trie_create(&arena, empty, 1, &trie), ETH_EMPTY_VALUE);
    eth_arena_release(&arena);
}

static int refuse_second_call(void *user, const struct eth_message *messages, size_t count)
{
    int *calls = user;

    for (size_t i = 0; i < count; i++) {
        memset(messages[i].digest, 0, ETH_HASH_SIZE);
    }
    return ++*calls == 2 ? HYP_EDEVICE : 0;
}

static void hasher_failure_comes_back(void **state)
{
    struct eth_bytes values[40];
    struct eth_arena arena = {0};
    struct eth_arena scratch = {0};
    struct eth_keccak_work work = {0};
    struct eth_trie *trie;
    int calls = 0;
    struct eth_hasher hasher = {refuse_second_call, &calls};

    (void)state;
    for (size_t i = 0; i < 40; i++) {
        values[i] = TEXT("a value that is longer than thirty-two bytes");
    }
    assert_int_equal(eth_trie_create_list(&arena, values, 40, &trie), ETH_OK);
    assert_int_equal(eth_trie_hash(trie, &hasher, &scratch, &work), HYP_EDEVICE);
    assert_int_equal(calls, 2);
    eth_arena_release(&arena);
    eth_arena_release(&scratch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_roots),
        cmocka_unit_test(random_tries),
        cmocka_unit_test(lists),
        cmocka_unit_test(refusals),
        cmocka_unit_test(hasher_failure_comes_back),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("trie", tests, NULL, NULL);
}
