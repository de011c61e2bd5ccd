#include "host/eth/verify.h"

#include <string.h>

#include "host/eth/trie.h"
#include "hyperion/error.h"

/* One block while it is checked. */
struct candidate {
    const struct eth_block *block;
    struct eth_block_check *check;
    struct eth_trie *transactions;
    struct eth_trie *withdrawals;
};

static int lay_out(struct candidate *candidate, struct eth_arena *arena)
{
    const struct eth_block *block = candidate->block;
    size_t count = block->transaction_count;
    struct eth_bytes *values = eth_arena_array(arena, count, sizeof values[0]);

    candidate->check->transaction_hashes = eth_arena_array(arena, count, ETH_HASH_SIZE);
    if (!values || !candidate->check->transaction_hashes) {
        return HYP_ENOMEM;
    }
    for (size_t i = 0; i < count; i++) {
        values[i] = block->transactions[i].encoding;
    }
    /* rlp(index) keys differ and no value is empty: what can fail is memory. */
    if (eth_trie_create_list(arena, values, count, &candidate->transactions) ||
        eth_trie_create_list(arena, block->withdrawals, block->withdrawal_count,
                             &candidate->withdrawals)) {
        return HYP_ENOMEM;
    }
    return 0;
}

static int add_encoding(struct eth_round *round, struct eth_bytes encoding, uint8_t *digest,
                        struct eth_keccak_work *work)
{
    return eth_round_add(round, (struct eth_message){.body = encoding, .digest = digest}, work);
}

/* Header, uncles and transactions: what does not wait for any other hash. */
static int add_contents(const struct candidate *candidate, struct eth_round *round)
{
    const struct eth_block *block = candidate->block;
    struct eth_block_check *check = candidate->check;

    int result = add_encoding(round, block->header.encoding, check->hash, &check->keccak);
    if (result == 0) {
        result = add_encoding(round, block->uncles, check->uncles_hash, &check->keccak);
    }
    for (size_t i = 0; i < block->transaction_count && result == 0; i++) {
        result = add_encoding(round, block->transactions[i].encoding, check->transaction_hashes[i],
                              &check->keccak);
    }
    return result;
}

/* What a block has to hash in one round; nothing once both tries are done. */
static int add_to_round(const struct candidate *candidate, size_t number, struct eth_round *round,
                        struct eth_arena *scratch)
{
    struct eth_keccak_work *work = &candidate->check->keccak;
    uint64_t before = work->items;

    int result = number == 0 ? add_contents(candidate, round) : 0;
    if (result == 0) {
        result = eth_trie_add_level(candidate->transactions, number, round, scratch, work);
    }
    if (result == 0) {
        result = eth_trie_add_level(candidate->withdrawals, number, round, scratch, work);
    }
    work->batches += work->items > before;
    return result;
}

static size_t rounds_needed(const struct candidate *candidates, size_t count)
{
    size_t rounds = 1;

    for (size_t i = 0; i < count; i++) {
        size_t transactions = eth_trie_levels(candidates[i].transactions);
        size_t withdrawals = eth_trie_levels(candidates[i].withdrawals);
        rounds = transactions > rounds ? transactions : rounds;
        rounds = withdrawals > rounds ? withdrawals : rounds;
    }
    return rounds;
}

static int hash_rounds(const struct candidate *candidates, size_t count,
                       const struct eth_hasher *hasher, struct eth_arena *scratch)
{
    size_t rounds = rounds_needed(candidates, count);
    struct eth_round round = {0};
    int result = 0;

    for (size_t number = 0; number < rounds && result == 0; number++) {
        eth_arena_reset(scratch);
        for (size_t i = 0; i < count && result == 0; i++) {
            result = add_to_round(&candidates[i], number, &round, scratch);
        }
        if (result == 0) {
            result = eth_round_hash(&round, hasher);
        }
    }
    eth_round_release(&round);
    return result;
}

static void judge(const struct candidate *candidate)
{
    const struct eth_header *header = &candidate->block->header;
    struct eth_block_check *check = candidate->check;

    memcpy(check->transactions_root, eth_trie_root(candidate->transactions), ETH_HASH_SIZE);
    check->transactions_root_ok =
        memcmp(check->transactions_root, header->transactions_root, ETH_HASH_SIZE) == 0;
    check->uncles_hash_ok = memcmp(check->uncles_hash, header->uncles_hash, ETH_HASH_SIZE) == 0;
    check->withdrawals_root_ok = true;
    if (candidate->block->has_withdrawals) {
        memcpy(check->withdrawals_root, eth_trie_root(candidate->withdrawals), ETH_HASH_SIZE);
        check->withdrawals_root_ok =
            memcmp(check->withdrawals_root, header->withdrawals_root, ETH_HASH_SIZE) == 0;
    }
}

int eth_blocks_verify(const struct eth_block *blocks, size_t count, const struct eth_hasher *hasher,
                      struct eth_arena *arena, struct eth_arena *scratch,
                      struct eth_block_check *checks)
{
    struct candidate *candidates = eth_arena_array(arena, count, sizeof candidates[0]);
    int result = candidates ? 0 : HYP_ENOMEM;

    for (size_t i = 0; i < count && result == 0; i++) {
        checks[i] = (struct eth_block_check){0};
        candidates[i] = (struct candidate){.block = &blocks[i], .check = &checks[i]};
        result = lay_out(&candidates[i], arena);
    }
    if (result == 0) {
        result = hash_rounds(candidates, count, hasher, scratch);
    }
    for (size_t i = 0; i < count && result == 0; i++) {
        judge(&candidates[i]);
    }
    return result;
}

static int add_signing_payloads(const struct eth_block *block, struct eth_round *round,
                                struct eth_arena *arena, uint8_t (*hashes)[ETH_HASH_SIZE],
                                struct eth_keccak_work *work)
{
    size_t count = block->transaction_count;
    struct eth_signing_edges *edges = eth_arena_array(arena, count, sizeof edges[0]);
    int result = edges ? 0 : HYP_ENOMEM;

    for (size_t i = 0; i < count && result == 0; i++) {
        eth_transaction_signing_edges(&block->transactions[i], &edges[i]);
        struct eth_message message = {
            .head = {edges[i].head, edges[i].head_size},
            .body = block->transactions[i].unsigned_fields,
            .tail = {edges[i].tail, edges[i].tail_size},
            .digest = hashes[i],
        };
        result = eth_round_add(round, message, work);
    }
    work->batches += count > 0;
    return result;
}

int eth_blocks_signing_hashes(const struct eth_block *blocks, size_t count,
                              const struct eth_hasher *hasher, struct eth_arena *arena,
                              uint8_t (**hashes)[ETH_HASH_SIZE], struct eth_keccak_work *work)
{
    struct eth_round round = {0};
    int result = 0;

    for (size_t i = 0; i < count && result == 0; i++) {
        hashes[i] = eth_arena_array(arena, blocks[i].transaction_count, ETH_HASH_SIZE);
        result = hashes[i] ? add_signing_payloads(&blocks[i], &round, arena, hashes[i], &work[i])
                           : HYP_ENOMEM;
    }
    if (result == 0) {
        result = eth_round_hash(&round, hasher);
    }
    eth_round_release(&round);
    return result;
}
