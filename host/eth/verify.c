#include "host/eth/verify.h"

#include <string.h>

#include "host/eth/trie.h"
#include "hyperion/error.h"

enum { HEADER = 0, UNCLES = 1, TRANSACTIONS = 2 }; /* places among the messages of a block */

/* Messages of several blocks on their way through one call of the hasher. */
struct round {
    struct eth_bytes *messages;
    uint8_t (*digests)[ETH_HASH_SIZE];
    size_t count;
};

static int round_allocate(struct round *round, size_t capacity, struct eth_arena *arena)
{
    round->messages = eth_arena_array(arena, capacity, sizeof round->messages[0]);
    round->digests = eth_arena_array(arena, capacity, sizeof round->digests[0]);
    round->count = 0;
    return round->messages && round->digests ? 0 : HYP_ENOMEM;
}

static void round_add(struct round *round, struct eth_bytes message, struct eth_keccak_work *work)
{
    round->messages[round->count++] = message;
    work->items++;
    work->permutations += eth_keccak_permutations(message.size);
}

static int round_hash(const struct round *round, const struct eth_hasher *hasher)
{
    if (round->count == 0) {
        return 0;
    }
    return hasher->hash(hasher->user, round->messages, round->count, round->digests);
}

static size_t transactions_in(const struct eth_block *blocks, size_t count)
{
    size_t transactions = 0;

    for (size_t i = 0; i < count; i++) {
        transactions += blocks[i].transaction_count;
    }
    return transactions;
}

/* Hashes header, uncles and transactions of all blocks in one call. */
static int hash_contents(const struct eth_block *blocks, size_t count,
                         const struct eth_hasher *hasher, struct eth_arena *arena,
                         struct eth_block_check *checks)
{
    struct round round;

    int result =
        round_allocate(&round, transactions_in(blocks, count) + TRANSACTIONS * count, arena);
    if (result) {
        return result;
    }
    for (size_t i = 0; i < count; i++) {
        struct eth_keccak_work *work = &checks[i].keccak;
        checks[i].transaction_hashes = round.digests + round.count + TRANSACTIONS;
        work->batches++;
        round_add(&round, blocks[i].header.encoding, work);
        round_add(&round, blocks[i].uncles, work);
        for (size_t t = 0; t < blocks[i].transaction_count; t++) {
            round_add(&round, blocks[i].transactions[t].encoding, work);
        }
    }
    result = round_hash(&round, hasher);
    for (size_t i = 0; i < count && result == 0; i++) {
        uint8_t(*digests)[ETH_HASH_SIZE] = checks[i].transaction_hashes - TRANSACTIONS;
        memcpy(checks[i].hash, digests[HEADER], ETH_HASH_SIZE);
        memcpy(checks[i].uncles_hash, digests[UNCLES], ETH_HASH_SIZE);
        checks[i].uncles_hash_ok =
            memcmp(checks[i].uncles_hash, blocks[i].header.uncles_hash, ETH_HASH_SIZE) == 0;
    }
    return result;
}

static int lay_out_tries(const struct eth_block *block, struct eth_arena *arena,
                         struct eth_trie **transactions, struct eth_trie **withdrawals)
{
    size_t count = block->transaction_count;
    struct eth_bytes *values = eth_arena_array(arena, count, sizeof values[0]);

    if (!values) {
        return HYP_ENOMEM;
    }
    for (size_t i = 0; i < count; i++) {
        values[i] = block->transactions[i].encoding;
    }
    /* rlp(index) keys differ and no value is empty: what can fail is memory. */
    if (eth_trie_create_list(arena, values, count, transactions) ||
        eth_trie_create_list(arena, block->withdrawals, block->withdrawal_count, withdrawals)) {
        return HYP_ENOMEM;
    }
    return 0;
}

static void take_roots(const struct eth_block *block, const struct eth_trie *transactions,
                       const struct eth_trie *withdrawals, struct eth_block_check *check)
{
    size_t levels = eth_trie_levels(transactions);

    memcpy(check->transactions_root, eth_trie_root(transactions), ETH_HASH_SIZE);
    check->transactions_root_ok =
        memcmp(check->transactions_root, block->header.transactions_root, ETH_HASH_SIZE) == 0;
    check->withdrawals_root_ok = true;
    if (block->has_withdrawals) {
        memcpy(check->withdrawals_root, eth_trie_root(withdrawals), ETH_HASH_SIZE);
        check->withdrawals_root_ok =
            memcmp(check->withdrawals_root, block->header.withdrawals_root, ETH_HASH_SIZE) == 0;
    }
    if (eth_trie_levels(withdrawals) > levels) {
        levels = eth_trie_levels(withdrawals);
    }
    check->keccak.items += eth_trie_hashed(transactions) + eth_trie_hashed(withdrawals);
    check->keccak.permutations +=
        eth_trie_permutations(transactions) + eth_trie_permutations(withdrawals);
    check->keccak.batches += levels;
}

int eth_blocks_verify(const struct eth_block *blocks, size_t count, const struct eth_hasher *hasher,
                      struct eth_arena *arena, struct eth_arena *scratch,
                      struct eth_block_check *checks)
{
    struct eth_trie **tries = eth_arena_array(arena, 2 * count, sizeof(struct eth_trie *));

    if (!tries) {
        return HYP_ENOMEM;
    }
    memset(checks, 0, count * sizeof checks[0]);
    int result = hash_contents(blocks, count, hasher, arena, checks);
    for (size_t i = 0; i < count && result == 0; i++) {
        result = lay_out_tries(&blocks[i], arena, &tries[2 * i], &tries[2 * i + 1]);
    }
    if (result == 0) {
        result = eth_tries_hash(tries, 2 * count, hasher, scratch);
    }
    for (size_t i = 0; i < count && result == 0; i++) {
        take_roots(&blocks[i], tries[2 * i], tries[2 * i + 1], &checks[i]);
    }
    return result;
}

static int add_signing_payloads(const struct eth_block *block, struct eth_arena *arena,
                                struct round *round, struct eth_keccak_work *work)
{
    for (size_t i = 0; i < block->transaction_count; i++) {
        const struct eth_transaction *transaction = &block->transactions[i];
        size_t size = eth_transaction_signing_size(transaction);
        uint8_t *payload = eth_arena_array(arena, size, 1);
        if (!payload) {
            return HYP_ENOMEM;
        }
        eth_transaction_signing_payload(transaction, payload);
        round_add(round, (struct eth_bytes){payload, size}, work);
    }
    work->batches += block->transaction_count > 0;
    return 0;
}

int eth_blocks_signing_hashes(const struct eth_block *blocks, size_t count,
                              const struct eth_hasher *hasher, struct eth_arena *arena,
                              uint8_t (**digests)[ETH_HASH_SIZE], struct eth_keccak_work *work)
{
    struct round round;

    int result = round_allocate(&round, transactions_in(blocks, count), arena);
    for (size_t i = 0; i < count && result == 0; i++) {
        digests[i] = round.digests + round.count;
        result = add_signing_payloads(&blocks[i], arena, &round, &work[i]);
    }
    return result ? result : round_hash(&round, hasher);
}
