/* Any bytes as a block: refused with a rule inside the input, or everything that is made of it
 * holds together. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "host/eth/verify.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Not a hash, but quick, and reads every byte of every message. */
static int fold(void *user, const struct eth_message *messages, size_t count)
{
    (void)user;
    assert(count > 0);
    for (size_t i = 0; i < count; i++) {
        size_t size = eth_message_size(&messages[i]);
        uint8_t *whole = malloc(size);
        assert(whole && size > 0);
        eth_message_write(&messages[i], whole);
        memset(messages[i].digest, (int)count, ETH_HASH_SIZE);
        for (size_t at = 0; at < size; at++) {
            messages[i].digest[at % ETH_HASH_SIZE] ^= whole[at];
        }
        free(whole);
    }
    return 0;
}

/* A transaction decodes from its own encoding to the same fields, and what was signed is part of
 * it. */
static void check_transaction(const struct eth_transaction *transaction)
{
    struct eth_transaction again;
    struct eth_error error;

    assert(eth_transaction_decode_bytes(transaction->encoding, &again, &error) == ETH_OK);
    assert(again.type == transaction->type && again.nonce == transaction->nonce);
    assert(memcmp(again.r, transaction->r, 32) == 0 && memcmp(again.s, transaction->s, 32) == 0);
    assert(transaction->recid <= 1);
    struct eth_signing_edges edges;
    eth_transaction_signing_edges(transaction, &edges);
    assert(edges.head_size > 0 && edges.head_size <= ETH_SIGNING_EDGE);
    assert(edges.tail_size <= ETH_SIGNING_EDGE);
    assert(transaction->unsigned_fields.data >= transaction->encoding.data);
    assert(transaction->unsigned_fields.size < transaction->encoding.size);
}

static void check_block(const struct eth_block *block, struct eth_arena *arena)
{
    struct eth_hasher hasher = {fold, NULL};
    struct eth_arena scratch = {0};
    struct eth_keccak_work work = {0};
    struct eth_block_check check;
    uint8_t(*hashes)[ETH_HASH_SIZE];

    for (size_t i = 0; i < block->transaction_count; i++) {
        check_transaction(&block->transactions[i]);
    }
    assert(eth_blocks_verify(block, 1, &hasher, arena, &scratch, &check) == 0);
    assert(check.keccak.items >= 2 + block->transaction_count);
    assert(eth_blocks_signing_hashes(block, 1, &hasher, arena, &hashes, &work) == 0);
    assert(work.items == block->transaction_count);
    eth_arena_release(&scratch);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct eth_arena arena = {0};
    struct eth_block block;
    struct eth_error error;
    char text[160];

    if (eth_block_decode((struct eth_bytes){data, size}, &arena, &block, &error) == ETH_OK) {
        check_block(&block, &arena);
    } else {
        assert(error.rule != ETH_OK && error.offset <= size);
        eth_error_text(&error, text, sizeof text);
        assert(*text);
    }
    eth_arena_release(&arena);
    return 0;
}
