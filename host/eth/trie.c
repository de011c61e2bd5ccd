#include "host/eth/trie.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "host/eth/rlp.h"
#include "hyperion/error.h"

#define NO_ENTRY UINT32_MAX

enum { RADIX = 16, INLINE_MAX = 31 };

enum node_kind { LEAF, EXTENSION, BRANCH };

/* A node covers the sorted entries [first, last), whose keys agree in their first `depth` nibbles.
 */
struct node {
    enum node_kind kind;
    uint8_t
        reference_size; /* how a parent refers to it: as RLP, 33 bytes of hash or the node itself */
    uint16_t child_mask; /* branch: which nibbles have a child */
    uint32_t first;
    uint32_t last;
    uint32_t first_child; /* children stand one after the other, behind their parent */
    uint32_t level;
    uint32_t value; /* entry whose value is in this node, or NO_ENTRY */
    size_t depth;
    size_t path_length; /* nibbles of leaf and extension */
    uint8_t reference[1 + ETH_HASH_SIZE];
};

struct eth_trie {
    const struct eth_trie_entry *entries;
    struct node *nodes; /* the root first, breadth first */
    uint32_t node_count;
    uint32_t level_count;
    uint32_t *by_level;    /* node numbers, level after level */
    uint32_t *level_start; /* level_count + 1 positions in by_level */
    uint8_t root[ETH_HASH_SIZE];
};

/* keccak-256 of the RLP of the empty string */
static const uint8_t empty_root[ETH_HASH_SIZE] = {
    0x56, 0xe8, 0x1f, 0x17, 0x1b, 0xcc, 0x55, 0xa6, 0xff, 0x83, 0x45, 0xe6, 0x92, 0xc0, 0xf8, 0x6e,
    0x5b, 0x48, 0xe0, 0x1b, 0x99, 0x6c, 0xad, 0xc0, 0x01, 0x62, 0x2f, 0xb5, 0xe3, 0x63, 0xb4, 0x21,
};

static int compare_entries(const void *left, const void *right)
{
    struct eth_bytes a = ((const struct eth_trie_entry *)left)->key;
    struct eth_bytes b = ((const struct eth_trie_entry *)right)->key;
    size_t shorter = a.size < b.size ? a.size : b.size;

    int order = shorter ? memcmp(a.data, b.data, shorter) : 0;
    return order ? order : (a.size > b.size) - (a.size < b.size);
}

static unsigned nibble(struct eth_bytes key, size_t index)
{
    uint8_t byte = key.data[index / 2];

    return index % 2 ? byte & 15u : byte >> 4;
}

/* How many nibbles two keys that agree in the first `depth` share after these. */
static size_t shared_path(struct eth_bytes a, struct eth_bytes b, size_t depth)
{
    size_t end = 2 * (a.size < b.size ? a.size : b.size);
    size_t at = depth;

    while (at < end && nibble(a, at) == nibble(b, at)) {
        at++;
    }
    return at - depth;
}

static void add_node(struct eth_trie *trie, uint32_t first, uint32_t last, size_t depth)
{
    trie->nodes[trie->node_count++] = (struct node){
        .first = first, .last = last, .depth = depth, .value = NO_ENTRY, .first_child = 0};
}

static void lay_out_branch(struct eth_trie *trie, struct node *node)
{
    const struct eth_trie_entry *entries = trie->entries;
    uint32_t at = node->first;

    node->kind = BRANCH;
    if (2 * entries[at].key.size == node->depth) {
        node->value = at++; /* the shortest key ends here, and sorts first */
    }
    while (at < node->last) {
        unsigned digit = nibble(entries[at].key, node->depth);
        uint32_t start = at;
        while (at < node->last && nibble(entries[at].key, node->depth) == digit) {
            at++;
        }
        node->child_mask |= (uint16_t)(1u << digit);
        add_node(trie, start, at, node->depth + 1);
    }
}

/* Decides what a node is and appends its children. */
static void lay_out_node(struct eth_trie *trie, struct node *node)
{
    struct eth_bytes first = trie->entries[node->first].key;
    struct eth_bytes last = trie->entries[node->last - 1].key;

    node->first_child = trie->node_count;
    if (node->last - node->first == 1) {
        node->kind = LEAF;
        node->path_length = 2 * first.size - node->depth;
        node->value = node->first;
        return;
    }
    node->path_length = shared_path(first, last, node->depth);
    if (node->path_length > 0) {
        node->kind = EXTENSION;
        add_node(trie, node->first, node->last, node->depth + node->path_length);
        return;
    }
    lay_out_branch(trie, node);
}

static uint32_t child_count(const struct node *node)
{
    return node->kind == BRANCH ? (uint32_t)__builtin_popcount(node->child_mask)
                                : (uint32_t)(node->kind == EXTENSION);
}

/* Children stand behind their parents, so one pass from the back sees them first. */
static void find_levels(struct eth_trie *trie)
{
    for (uint32_t i = trie->node_count; i-- > 0;) {
        struct node *node = &trie->nodes[i];
        uint32_t children = child_count(node);
        for (uint32_t child = 0; child < children; child++) {
            uint32_t above = trie->nodes[node->first_child + child].level + 1;
            node->level = above > node->level ? above : node->level;
        }
        if (node->level >= trie->level_count) {
            trie->level_count = node->level + 1;
        }
    }
}

/* Sorts the nodes by level, by counting. */
static int group_levels(struct eth_arena *arena, struct eth_trie *trie)
{
    size_t levels = trie->level_count;

    trie->by_level = eth_arena_array(arena, trie->node_count, sizeof trie->by_level[0]);
    trie->level_start = eth_arena_array(arena, levels + 2, sizeof trie->level_start[0]);
    if (!trie->by_level || !trie->level_start) {
        return ETH_NO_MEMORY;
    }
    /* level_start[n + 2] counts level n, then level_start[n + 1] is where level n begins and moves
     * up to its end as the nodes are placed. */
    memset(trie->level_start, 0, (levels + 2) * sizeof trie->level_start[0]);
    for (uint32_t i = 0; i < trie->node_count; i++) {
        trie->level_start[trie->nodes[i].level + 2]++;
    }
    for (size_t level = 2; level < levels + 2; level++) {
        trie->level_start[level] += trie->level_start[level - 1];
    }
    for (uint32_t i = 0; i < trie->node_count; i++) {
        trie->by_level[trie->level_start[trie->nodes[i].level + 1]++] = i;
    }
    return ETH_OK;
}

static int check_entries(const struct eth_trie_entry *entries, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (entries[i].value.size == 0) {
            return ETH_EMPTY_VALUE;
        }
        if (i > 0 && compare_entries(&entries[i - 1], &entries[i]) == 0) {
            return ETH_DUPLICATE_KEY;
        }
    }
    return ETH_OK;
}

int eth_trie_create(struct eth_arena *arena, struct eth_trie_entry *entries, size_t count,
                    struct eth_trie **result)
{
    struct eth_trie *trie = eth_arena_array(arena, 1, sizeof *trie);

    if (!trie || count > UINT32_MAX / 4) {
        return ETH_NO_MEMORY;
    }
    *trie = (struct eth_trie){.entries = entries};
    *result = trie;
    if (count == 0) {
        memcpy(trie->root, empty_root, sizeof empty_root);
        return ETH_OK;
    }
    qsort(entries, count, sizeof entries[0], compare_entries);
    int rule = check_entries(entries, count);
    if (rule) {
        return rule;
    }
    /* At most one leaf an entry, one branch fewer than entries, and one extension above each
     * branch. */
    trie->nodes = eth_arena_array(arena, 3 * count, sizeof trie->nodes[0]);
    if (!trie->nodes) {
        return ETH_NO_MEMORY;
    }
    add_node(trie, 0, (uint32_t)count, 0);
    for (uint32_t i = 0; i < trie->node_count; i++) {
        lay_out_node(trie, &trie->nodes[i]);
    }
    find_levels(trie);
    return group_levels(arena, trie);
}

int eth_trie_create_list(struct eth_arena *arena, const struct eth_bytes *values, size_t count,
                         struct eth_trie **trie)
{
    enum { KEY_SIZE = 9 };
    struct eth_trie_entry *entries = eth_arena_array(arena, count, sizeof entries[0]);
    uint8_t(*keys)[KEY_SIZE] = eth_arena_array(arena, count, KEY_SIZE);

    if (!entries || !keys) {
        return ETH_NO_MEMORY;
    }
    for (size_t i = 0; i < count; i++) {
        size_t size = (size_t)(eth_rlp_put_u64(keys[i], i) - keys[i]);
        entries[i] = (struct eth_trie_entry){{keys[i], size}, values[i]};
    }
    return eth_trie_create(arena, entries, count, trie);
}

size_t eth_trie_levels(const struct eth_trie *trie)
{
    return trie->level_count;
}

const uint8_t *eth_trie_root(const struct eth_trie *trie)
{
    return trie->root;
}

static size_t compact_path_size(const struct node *node)
{
    return node->path_length / 2 + 1;
}

/* Hex-prefix encoding of a node's path. */
static void compact_path(const struct eth_trie *trie, const struct node *node, uint8_t *out)
{
    struct eth_bytes key = trie->entries[node->first].key;
    unsigned flags = node->kind == LEAF ? 2 : 0;
    size_t at = node->depth;
    size_t end = node->depth + node->path_length;

    if (node->path_length % 2) {
        *out++ = (uint8_t)((flags | 1u) << 4 | nibble(key, at));
        at++;
    } else {
        *out++ = (uint8_t)(flags << 4);
    }
    for (; at < end; at += 2) {
        *out++ = (uint8_t)(nibble(key, at) << 4 | nibble(key, at + 1));
    }
}

static size_t compact_path_rlp_size(const struct node *node)
{
    size_t size = compact_path_size(node);

    return size == 1 ? 1 : eth_rlp_prefix_size(size) + size;
}

static struct eth_bytes node_value(const struct eth_trie *trie, const struct node *node)
{
    return node->value == NO_ENTRY ? (struct eth_bytes){NULL, 0} : trie->entries[node->value].value;
}

static size_t payload_size(const struct eth_trie *trie, const struct node *node)
{
    const struct node *children = trie->nodes + node->first_child;
    uint32_t count = child_count(node);
    size_t size = 0;

    for (uint32_t i = 0; i < count; i++) {
        size += children[i].reference_size;
    }
    if (node->kind == BRANCH) {
        size += RADIX - count;
    } else {
        size += compact_path_rlp_size(node);
    }
    return node->kind == EXTENSION ? size : size + eth_rlp_string_size(node_value(trie, node));
}

static uint8_t *put_reference(uint8_t *out, const struct node *child)
{
    memcpy(out, child->reference, child->reference_size);
    return out + child->reference_size;
}

static uint8_t *put_children(const struct eth_trie *trie, const struct node *node, uint8_t *out)
{
    const struct node *child = trie->nodes + node->first_child;

    for (unsigned digit = 0; digit < RADIX; digit++) {
        if (node->child_mask >> digit & 1) {
            out = put_reference(out, child++);
        } else {
            out = eth_rlp_put_string(out, (struct eth_bytes){NULL, 0});
        }
    }
    return out;
}

static uint8_t *put_path(const struct eth_trie *trie, const struct node *node, uint8_t *out)
{
    size_t size = compact_path_size(node);

    if (size > 1) { /* a single byte stands for itself: flags keep it below 0x80 */
        out = eth_rlp_put_string_prefix(out, size);
    }
    compact_path(trie, node, out);
    return out + size;
}

/* All of a node but its value, which follows. Returns where. */
static uint8_t *encode_head(const struct eth_trie *trie, const struct node *node, size_t payload,
                            uint8_t *out)
{
    struct eth_bytes value = node_value(trie, node);

    out = eth_rlp_put_list(out, payload);
    if (node->kind == BRANCH) {
        out = put_children(trie, node, out);
    } else {
        out = put_path(trie, node, out);
    }
    if (node->kind == EXTENSION) {
        return put_reference(out, trie->nodes + node->first_child);
    }
    if (eth_rlp_string_size(value) > value.size) {
        out = eth_rlp_put_string_prefix(out, value.size);
    }
    return out;
}

/* A node shorter than a hash stands in its parent as it is. */
static void inline_node(const struct eth_trie *trie, struct node *node, size_t payload)
{
    struct eth_bytes value = node_value(trie, node);
    uint8_t *end = encode_head(trie, node, payload, node->reference);

    if (value.size > 0) {
        memcpy(end, value.data, value.size);
    }
    node->reference_size = (uint8_t)(end + value.size - node->reference);
}

/* Other nodes are hashed, the root always. Values, which may be large, stay where they are. */
static int add_node_message(struct eth_trie *trie, struct node *node, struct eth_round *round,
                            struct eth_arena *scratch, struct eth_keccak_work *work)
{
    size_t payload = payload_size(trie, node);
    size_t size = eth_rlp_prefix_size(payload) + payload;
    bool is_root = node == trie->nodes;

    if (size <= INLINE_MAX && !is_root) {
        inline_node(trie, node, payload);
        return 0;
    }
    struct eth_message message = {.body = node_value(trie, node)};
    uint8_t *head = eth_arena_array(scratch, size - message.body.size, 1);
    if (!head) {
        return HYP_ENOMEM;
    }
    uint8_t *end = encode_head(trie, node, payload, head);
    message.head = (struct eth_bytes){head, (size_t)(end - head)};
    eth_rlp_put_string_prefix(node->reference, ETH_HASH_SIZE);
    node->reference_size = 1 + ETH_HASH_SIZE;
    message.digest = is_root ? trie->root : node->reference + 1;
    return eth_round_add(round, message, work);
}

int eth_trie_add_level(struct eth_trie *trie, size_t level, struct eth_round *round,
                       struct eth_arena *scratch, struct eth_keccak_work *work)
{
    int result = 0;

    if (level >= trie->level_count) {
        return 0;
    }
    for (uint32_t at = trie->level_start[level]; at < trie->level_start[level + 1] && !result;
         at++) {
        result = add_node_message(trie, &trie->nodes[trie->by_level[at]], round, scratch, work);
    }
    return result;
}

int eth_trie_hash(struct eth_trie *trie, const struct eth_hasher *hasher, struct eth_arena *scratch,
                  struct eth_keccak_work *work)
{
    struct eth_round round = {0};
    int result = 0;

    for (size_t level = 0; level < trie->level_count && result == 0; level++) {
        uint64_t before = work->items;
        eth_arena_reset(scratch);
        result = eth_trie_add_level(trie, level, &round, scratch, work);
        work->batches += work->items > before;
        if (result == 0) {
            result = eth_round_hash(&round, hasher);
        }
    }
    eth_round_release(&round);
    return result;
}
