/* Any bytes as a set of keys and values: the trie's levels hash every node once, whatever the order
 * of entries. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "host/eth/trie.h"
#include "hyperion/keccak.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MOST = 64 };

struct counter {
    size_t calls;
    size_t messages;
};

static int count_and_hash(void *user, const struct eth_message *messages, size_t count)
{
    struct counter *counter = user;

    counter->calls++;
    counter->messages += count;
    for (size_t i = 0; i < count; i++) {
        size_t size = eth_message_size(&messages[i]);
        uint8_t *whole = malloc(size);
        assert(whole);
        eth_message_write(&messages[i], whole);
        hyp_keccak256(whole, size, messages[i].digest);
        free(whole);
    }
    return 0;
}

/* [key length, value length, key, value]… */
static size_t parse(const uint8_t *data, size_t size, struct eth_trie_entry *entries)
{
    size_t count = 0;

    while (size >= 2 && count < MOST && size - 2 >= (size_t)data[0] + data[1]) {
        entries[count++] =
            (struct eth_trie_entry){{data + 2, data[0]}, {data + 2 + data[0], data[1]}};
        size_t used = 2 + (size_t)data[0] + data[1];
        data += used;
        size -= used;
    }
    return count;
}

static int root_of(struct eth_trie_entry *entries, size_t count, uint8_t root[ETH_HASH_SIZE])
{
    struct counter counter = {0, 0};
    struct eth_hasher hasher = {count_and_hash, &counter};
    struct eth_arena arena = {0};
    struct eth_arena scratch = {0};
    struct eth_keccak_work work = {0};
    struct eth_trie *trie;

    int rule = eth_trie_create(&arena, entries, count, &trie);
    if (rule == ETH_OK) {
        assert(eth_trie_hash(trie, &hasher, &scratch, &work) == 0);
        assert(counter.messages == work.items && counter.calls == work.batches);
        assert(counter.calls <= eth_trie_levels(trie));
        assert((counter.messages > 0) == (count > 0));
        memcpy(root, eth_trie_root(trie), ETH_HASH_SIZE);
    }
    eth_arena_release(&arena);
    eth_arena_release(&scratch);
    return rule;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct eth_trie_entry entries[MOST];
    struct eth_trie_entry reversed[MOST];
    uint8_t root[ETH_HASH_SIZE];
    uint8_t again[ETH_HASH_SIZE];

    size_t count = parse(data, size, entries);
    for (size_t i = 0; i < count; i++) {
        reversed[count - 1 - i] = entries[i];
    }
    int rule = root_of(entries, count, root);
    int rule_again = root_of(reversed, count, again);
    assert((rule == ETH_OK) == (rule_again == ETH_OK));
    assert(rule != ETH_OK || memcmp(root, again, ETH_HASH_SIZE) == 0);
    return 0;
}
