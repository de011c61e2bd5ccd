/* make-block: writes a block that nobody mined, the same one each time: every type of transaction
 * that the fork knows, signed with libsecp256k1 by keys that follow from their index, withdrawals,
 * and a header with the right roots. Beside it, what must come out of it: hashes, roots and senders
 * in JSON. */
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <secp256k1.h>
#include <secp256k1_recovery.h>

#include "host/eth/header.h"
#include "host/eth/transaction.h"
#include "host/eth/trie.h"
#include "host/eth/writer.h"
#include "hyperion/keccak.h"

enum { CHAIN_ID = 1, WITHDRAWALS = 16, SENDERS = 23, SET_CODE_MAGIC = 0x05 };

static const struct fork {
    const char *name;
    uint64_t number;
    enum eth_header_shape shape;
    unsigned kinds; /* the first so many of enum kind exist */
} forks[] = {
    {"frontier", 1000000, ETH_HEADER_FRONTIER, 1}, {"berlin", 12300000, ETH_HEADER_FRONTIER, 3},
    {"london", 13000000, ETH_HEADER_LONDON, 4},    {"shanghai", 17100000, ETH_HEADER_SHANGHAI, 4},
    {"cancun", 19500000, ETH_HEADER_CANCUN, 5},    {"prague", 22500000, ETH_HEADER_PRAGUE, 6},
};

enum kind {
    KIND_LEGACY,
    KIND_EIP155,
    KIND_ACCESS_LIST,
    KIND_DYNAMIC_FEE,
    KIND_BLOB,
    KIND_SET_CODE
};

struct signed_transaction {
    struct eth_bytes encoding; /* in the arena */
    uint8_t sender[ETH_ADDRESS_SIZE];
    uint8_t hash[ETH_HASH_SIZE];
};

struct block {
    const struct fork *fork;
    size_t count;
    size_t high_s; /* the transaction that gets the other s, or no transaction's number */
    struct signed_transaction *transactions;
    struct eth_bytes *values;
    struct eth_bytes withdrawals[WITHDRAWALS];
    uint8_t transactions_root[ETH_HASH_SIZE];
    uint8_t withdrawals_root[ETH_HASH_SIZE];
    uint8_t hash[ETH_HASH_SIZE];
    struct eth_arena arena;
    secp256k1_context *secp256k1;
};

static void die(const char *what)
{
    fprintf(stderr, "make-block: %s\n", what);
    exit(2);
}

/* 32 bytes that follow from a name and an index: keys, addresses, hashes, data. */
static void derive(const char *name, size_t index, uint8_t out[32])
{
    char text[64];
    int length = snprintf(text, sizeof text, "hyperion %s %zu", name, index);

    hyp_keccak256(text, (size_t)length, out);
}

static void write_bytes(struct eth_writer *writer, const uint8_t *bytes, size_t size)
{
    eth_write_string(writer, (struct eth_bytes){bytes, size});
}

static void write_derived(struct eth_writer *writer, const char *name, size_t index, size_t size)
{
    uint8_t bytes[32];

    derive(name, index, bytes);
    write_bytes(writer, bytes, size);
}

/* A 256-bit integer: big-endian without leading zeros. */
static void write_integer(struct eth_writer *writer, const uint8_t bytes[32])
{
    size_t zeros = 0;

    while (zeros < 32 && bytes[zeros] == 0) {
        zeros++;
    }
    write_bytes(writer, bytes + zeros, 32 - zeros);
}

/* The writer's content in the arena; empties the writer. */
static struct eth_bytes keep(struct block *block, struct eth_writer *writer)
{
    if (writer->failed) {
        die("out of memory");
    }
    uint8_t *copy = eth_arena_array(&block->arena, writer->size, 1);
    if (!copy) {
        die("out of memory");
    }
    memcpy(copy, writer->data, writer->size);
    struct eth_bytes bytes = {copy, writer->size};
    eth_writer_release(writer);
    return bytes;
}

struct signature {
    uint8_t r[32];
    uint8_t s[32];
    int recid;
};

static void secret_key(const struct block *block, size_t index, uint8_t key[32])
{
    derive("secret key", index, key);
    if (!secp256k1_ec_seckey_verify(block->secp256k1, key)) {
        die("derived key is out of range");
    }
}

static void sign(const struct block *block, size_t signer, struct eth_bytes payload,
                 struct signature *signature)
{
    secp256k1_ecdsa_recoverable_signature recoverable;
    uint8_t compact[64];
    uint8_t hash[32];
    uint8_t key[32];

    secret_key(block, signer, key);
    hyp_keccak256(payload.data, payload.size, hash);
    if (!secp256k1_ecdsa_sign_recoverable(block->secp256k1, &recoverable, hash, key, NULL, NULL)) {
        die("signing failed");
    }
    secp256k1_ecdsa_recoverable_signature_serialize_compact(block->secp256k1, compact,
                                                            &signature->recid, &recoverable);
    memcpy(signature->r, compact, 32);
    memcpy(signature->s, compact + 32, 32);
}

static void address_of(const struct block *block, size_t signer, uint8_t address[ETH_ADDRESS_SIZE])
{
    secp256k1_pubkey point;
    uint8_t serialized[65];
    size_t size = sizeof serialized;
    uint8_t digest[32];
    uint8_t key[32];

    secret_key(block, signer, key);
    if (!secp256k1_ec_pubkey_create(block->secp256k1, &point, key)) {
        die("no public key");
    }
    secp256k1_ec_pubkey_serialize(block->secp256k1, serialized, &size, &point,
                                  SECP256K1_EC_UNCOMPRESSED);
    hyp_keccak256(serialized + 1, 64, digest);
    memcpy(address, digest + 12, ETH_ADDRESS_SIZE);
}

/* Some transactions have no data, some a transfer call, some a lot; a few deploy a contract. */
static void write_destination_and_data(struct eth_writer *writer, size_t index, bool may_create)
{
    static const size_t data_sizes[] = {0, 0, 4, 68, 68, 132, 300, 1500};
    size_t size = data_sizes[index % 8];
    uint8_t data[1500 + 32];

    if (may_create && index % 17 == 3) {
        write_bytes(writer, NULL, 0);
    } else {
        write_derived(writer, "destination", index, ETH_ADDRESS_SIZE);
    }
    eth_write_u64(writer, index % 3 ? 1000000000000000 * index : 0);
    for (size_t at = 0; at < size; at += 32) {
        derive("data", 100 * index + at / 32, data + at);
    }
    write_bytes(writer, data, size);
}

static void write_access_list(struct eth_writer *writer, size_t index)
{
    size_t list = eth_write_begin(writer);

    for (size_t address = 0; address < index % 3; address++) {
        size_t entry = eth_write_begin(writer);
        write_derived(writer, "accessed address", index + address, ETH_ADDRESS_SIZE);
        size_t keys = eth_write_begin(writer);
        for (size_t key = 0; key < (index + address) % 4; key++) {
            write_derived(writer, "storage key", 10 * index + key, ETH_HASH_SIZE);
        }
        eth_write_end_list(writer, keys);
        eth_write_end_list(writer, entry);
    }
    eth_write_end_list(writer, list);
}

static void write_blob_hashes(struct eth_writer *writer, size_t index)
{
    size_t list = eth_write_begin(writer);
    uint8_t hash[32];

    for (size_t blob = 0; blob <= index % 3; blob++) {
        derive("blob", 10 * index + blob, hash);
        hash[0] = 0x01;
        write_bytes(writer, hash, sizeof hash);
    }
    eth_write_end_list(writer, list);
}

/* [chain id, address, nonce, parity, r, s], signed over 0x05 and the first three (EIP-7702). */
static void write_authorization(const struct block *block, struct eth_writer *writer, size_t index)
{
    static const uint8_t magic = SET_CODE_MAGIC;
    struct eth_writer fields = {0};
    struct eth_writer payload = {0};
    struct signature signature;

    eth_write_u64(&fields, index % 2 ? CHAIN_ID : 0);
    write_derived(&fields, "delegate", index, ETH_ADDRESS_SIZE);
    eth_write_u64(&fields, index);
    eth_write_raw(&payload, (struct eth_bytes){&magic, 1});
    size_t list = eth_write_begin(&payload);
    eth_write_raw(&payload, (struct eth_bytes){fields.data, fields.size});
    eth_write_end_list(&payload, list);
    sign(block, index % SENDERS, (struct eth_bytes){payload.data, payload.size}, &signature);
    list = eth_write_begin(writer);
    eth_write_raw(writer, (struct eth_bytes){fields.data, fields.size});
    eth_write_u64(writer, (uint64_t)signature.recid);
    write_integer(writer, signature.r);
    write_integer(writer, signature.s);
    eth_write_end_list(writer, list);
    eth_writer_release(&fields);
    eth_writer_release(&payload);
}

static void write_authorizations(const struct block *block, struct eth_writer *writer, size_t index)
{
    size_t list = eth_write_begin(writer);

    for (size_t i = 0; i <= index % 2; i++) {
        write_authorization(block, writer, index + i);
    }
    eth_write_end_list(writer, list);
}

/* Everything before the signature. */
static void write_fields(const struct block *block, struct eth_writer *writer, enum kind kind,
                         size_t index)
{
    if (kind >= KIND_ACCESS_LIST) {
        eth_write_u64(writer, CHAIN_ID);
    }
    eth_write_u64(writer, index / SENDERS);
    if (kind >= KIND_DYNAMIC_FEE) {
        eth_write_u64(writer, 1500000000);
    }
    eth_write_u64(writer, 30000000000 + index);
    eth_write_u64(writer, 21000 + 1000 * index);
    write_destination_and_data(writer, index, kind < KIND_BLOB);
    if (kind >= KIND_ACCESS_LIST) {
        write_access_list(writer, index);
    }
    if (kind == KIND_BLOB) {
        eth_write_u64(writer, 1);
        write_blob_hashes(writer, index);
    }
    if (kind == KIND_SET_CODE) {
        write_authorizations(block, writer, index);
    }
}

static void write_type(struct eth_writer *writer, enum kind kind)
{
    uint8_t type = (uint8_t)(kind - KIND_EIP155);

    if (kind > KIND_EIP155) {
        eth_write_raw(writer, (struct eth_bytes){&type, 1});
    }
}

static uint64_t signature_v(enum kind kind, int recid)
{
    static const uint64_t bases[] = {[KIND_LEGACY] = 27, [KIND_EIP155] = 35 + 2 * CHAIN_ID};

    return (kind <= KIND_EIP155 ? bases[kind] : 0) + (uint64_t)recid;
}

/* What is signed: the fields in a list, and with EIP-155 the chain id and two zeros behind them. */
static void sign_fields(const struct block *block, const struct eth_writer *fields, enum kind kind,
                        size_t index, struct signature *signature)
{
    struct eth_writer payload = {0};

    write_type(&payload, kind);
    size_t list = eth_write_begin(&payload);
    eth_write_raw(&payload, (struct eth_bytes){fields->data, fields->size});
    if (kind == KIND_EIP155) {
        eth_write_u64(&payload, CHAIN_ID);
        eth_write_u64(&payload, 0);
        eth_write_u64(&payload, 0);
    }
    eth_write_end_list(&payload, list);
    if (payload.failed) {
        die("out of memory");
    }
    sign(block, index % SENDERS, (struct eth_bytes){payload.data, payload.size}, signature);
    eth_writer_release(&payload);
}

/* (r, n - s) with the other parity recovers to the same key. EIP-2 forbids it from Homestead on. */
static void negate_s(const struct block *block, struct signature *signature)
{
    if (!secp256k1_ec_seckey_negate(block->secp256k1, signature->s)) {
        die("s is out of range");
    }
    signature->recid ^= 1;
}

static void make_transaction(struct block *block, size_t index)
{
    struct signed_transaction *transaction = &block->transactions[index];
    enum kind kind = (enum kind)(index % block->fork->kinds);
    struct eth_writer fields = {0};
    struct eth_writer writer = {0};
    struct signature signature;

    write_fields(block, &fields, kind, index);
    sign_fields(block, &fields, kind, index, &signature);
    if (index == block->high_s) {
        negate_s(block, &signature);
    }
    write_type(&writer, kind);
    size_t list = eth_write_begin(&writer);
    eth_write_raw(&writer, (struct eth_bytes){fields.data, fields.size});
    eth_write_u64(&writer, signature_v(kind, signature.recid));
    write_integer(&writer, signature.r);
    write_integer(&writer, signature.s);
    eth_write_end_list(&writer, list);
    transaction->encoding = keep(block, &writer);
    hyp_keccak256(transaction->encoding.data, transaction->encoding.size, transaction->hash);
    address_of(block, index % SENDERS, transaction->sender);
    block->values[index] = transaction->encoding;
    eth_writer_release(&fields);
}

static void make_withdrawals(struct block *block)
{
    for (size_t i = 0; i < WITHDRAWALS; i++) {
        struct eth_writer writer = {0};
        size_t list = eth_write_begin(&writer);
        eth_write_u64(&writer, 40000000 + i);
        eth_write_u64(&writer, 500000 + 7 * i);
        write_derived(&writer, "withdrawal address", i / 4, ETH_ADDRESS_SIZE);
        eth_write_u64(&writer, 17000000 + 1000 * i);
        eth_write_end_list(&writer, list);
        block->withdrawals[i] = keep(block, &writer);
    }
}

static int hash_here(void *user, const struct eth_message *messages, size_t count)
{
    (void)user;
    for (size_t i = 0; i < count; i++) {
        size_t size = eth_message_size(&messages[i]);
        uint8_t *whole = malloc(size);
        if (!whole) {
            die("out of memory");
        }
        eth_message_write(&messages[i], whole);
        hyp_keccak256(whole, size, messages[i].digest);
        free(whole);
    }
    return 0;
}

static void make_root(struct block *block, const struct eth_bytes *values, size_t count,
                      uint8_t root[ETH_HASH_SIZE])
{
    struct eth_hasher hasher = {hash_here, NULL};
    struct eth_arena scratch = {0};
    struct eth_keccak_work work = {0};
    struct eth_trie *trie;

    if (eth_trie_create_list(&block->arena, values, count, &trie) ||
        eth_trie_hash(trie, &hasher, &scratch, &work)) {
        die("out of memory");
    }
    memcpy(root, eth_trie_root(trie), ETH_HASH_SIZE);
    eth_arena_release(&scratch);
}

static void write_header_extensions(const struct block *block, struct eth_writer *writer)
{
    enum eth_header_shape shape = block->fork->shape;
    uint8_t empty_requests[ETH_HASH_SIZE] = {0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14,
                                             0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24,
                                             0x27, 0xae, 0x41, 0xe4, 0x64, 0x9b, 0x93, 0x4c,
                                             0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55};

    if (shape >= ETH_HEADER_LONDON) {
        eth_write_u64(writer, 12000000000);
    }
    if (shape >= ETH_HEADER_SHANGHAI) {
        write_bytes(writer, block->withdrawals_root, ETH_HASH_SIZE);
    }
    if (shape >= ETH_HEADER_CANCUN) {
        eth_write_u64(writer, 393216);
        eth_write_u64(writer, 0);
        write_derived(writer, "beacon block root", 0, ETH_HASH_SIZE);
    }
    if (shape >= ETH_HEADER_PRAGUE) {
        write_bytes(writer, empty_requests, ETH_HASH_SIZE); /* SHA-256 of nothing (EIP-7685) */
    }
}

static void write_header(const struct block *block, struct eth_writer *writer)
{
    static const uint8_t empty_list = 0xc0;
    static const uint8_t bloom[ETH_BLOOM_SIZE];
    uint8_t uncles_hash[ETH_HASH_SIZE];
    size_t list = eth_write_begin(writer);

    hyp_keccak256(&empty_list, 1, uncles_hash);
    write_derived(writer, "parent", 0, ETH_HASH_SIZE);
    write_bytes(writer, uncles_hash, ETH_HASH_SIZE);
    write_derived(writer, "beneficiary", 0, ETH_ADDRESS_SIZE);
    write_derived(writer, "state", 0, ETH_HASH_SIZE);
    write_bytes(writer, block->transactions_root, ETH_HASH_SIZE);
    write_derived(writer, "receipts", 0, ETH_HASH_SIZE);
    write_bytes(writer, bloom, sizeof bloom);
    eth_write_u64(writer, block->fork->number > 15537393 ? 0 : 11000000000000000);
    eth_write_u64(writer, block->fork->number);
    eth_write_u64(writer, 36000000);
    eth_write_u64(writer, 21000 * block->count);
    eth_write_u64(writer, 1700000000);
    write_bytes(writer, (const uint8_t *)"hyperion", 8);
    write_derived(writer, "mix", 0, ETH_HASH_SIZE);
    write_bytes(writer, bloom, ETH_NONCE_SIZE);
    write_header_extensions(block, writer);
    eth_write_end_list(writer, list);
}

/* A typed transaction stands in the block as a string, a legacy one as the list that it is. */
static void write_transactions(const struct block *block, struct eth_writer *writer)
{
    size_t list = eth_write_begin(writer);

    for (size_t i = 0; i < block->count; i++) {
        if (i % block->fork->kinds > KIND_EIP155) {
            eth_write_string(writer, block->values[i]);
        } else {
            eth_write_raw(writer, block->values[i]);
        }
    }
    eth_write_end_list(writer, list);
}

static struct eth_bytes write_block(struct block *block)
{
    struct eth_writer writer = {0};
    size_t list = eth_write_begin(&writer);

    write_header(block, &writer);
    if (!writer.failed) {
        hyp_keccak256(writer.data, writer.size, block->hash);
    }
    write_transactions(block, &writer);
    eth_write_end_list(&writer, eth_write_begin(&writer)); /* no uncles */
    if (block->fork->shape >= ETH_HEADER_SHANGHAI) {
        size_t withdrawals = eth_write_begin(&writer);
        for (size_t i = 0; i < WITHDRAWALS; i++) {
            eth_write_raw(&writer, block->withdrawals[i]);
        }
        eth_write_end_list(&writer, withdrawals);
    }
    eth_write_end_list(&writer, list);
    return keep(block, &writer);
}

static void print_hex(FILE *out, const char *before, const uint8_t *bytes, size_t size)
{
    fprintf(out, "%s\"0x", before);
    for (size_t i = 0; i < size; i++) {
        fprintf(out, "%02x", bytes[i]);
    }
    fputc('"', out);
}

static void print_expectation(const struct block *block, FILE *out)
{
    fprintf(out, "{\"number\":%llu", (unsigned long long)block->fork->number);
    print_hex(out, ",\"hash\":", block->hash, ETH_HASH_SIZE);
    print_hex(out, ",\"transactionsRoot\":", block->transactions_root, ETH_HASH_SIZE);
    if (block->fork->shape >= ETH_HEADER_SHANGHAI) {
        print_hex(out, ",\"withdrawalsRoot\":", block->withdrawals_root, ETH_HASH_SIZE);
    }
    fputs(",\"transactions\":[", out);
    for (size_t i = 0; i < block->count; i++) {
        const struct signed_transaction *transaction = &block->transactions[i];
        print_hex(out, i ? ",{\"hash\":" : "{\"hash\":", transaction->hash, ETH_HASH_SIZE);
        print_hex(out, ",\"from\":", transaction->sender, ETH_ADDRESS_SIZE);
        fputc('}', out);
    }
    fputs("]}\n", out);
}

static void save(const struct block *block, struct eth_bytes rlp, const char *rlp_path,
                 const char *json_path)
{
    FILE *out = fopen(rlp_path, "wb");

    if (!out || fwrite(rlp.data, 1, rlp.size, out) != rlp.size || fclose(out) != 0) {
        die("cannot write the block");
    }
    out = fopen(json_path, "w");
    if (!out) {
        die("cannot write the expectation");
    }
    print_expectation(block, out);
    if (fclose(out) != 0) {
        die("cannot write the expectation");
    }
}

static void make_block(struct block *block, const char *rlp_path, const char *json_path)
{
    block->secp256k1 = secp256k1_context_create(SECP256K1_CONTEXT_NONE);
    block->transactions =
        eth_arena_array(&block->arena, block->count, sizeof block->transactions[0]);
    block->values = eth_arena_array(&block->arena, block->count, sizeof block->values[0]);
    if (!block->secp256k1 || !block->transactions || !block->values) {
        die("out of memory");
    }
    for (size_t i = 0; i < block->count; i++) {
        make_transaction(block, i);
    }
    make_withdrawals(block);
    make_root(block, block->values, block->count, block->transactions_root);
    make_root(block, block->withdrawals, WITHDRAWALS, block->withdrawals_root);
    save(block, write_block(block), rlp_path, json_path);
    secp256k1_context_destroy(block->secp256k1);
    eth_arena_release(&block->arena);
}

static const struct fork *find_fork(const char *name)
{
    for (size_t i = 0; i < sizeof forks / sizeof forks[0]; i++) {
        if (strcmp(forks[i].name, name) == 0) {
            return &forks[i];
        }
    }
    die("--fork takes frontier, berlin, london, shanghai, cancun or prague");
    return NULL;
}

int main(int argc, char **argv)
{
    static const struct option options[] = {{"fork", required_argument, NULL, 'f'},
                                            {"transactions", required_argument, NULL, 't'},
                                            {"high-s", required_argument, NULL, 's'},
                                            {0}};
    struct block block = {.fork = find_fork("prague"), .count = 96, .high_s = SIZE_MAX};
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == 'f') {
            block.fork = find_fork(optarg);
        } else if (option == 't') {
            block.count = strtoul(optarg, NULL, 10);
        } else if (option == 's') {
            block.high_s = strtoul(optarg, NULL, 10);
        } else {
            return 2;
        }
    }
    if (argc - optind != 2) {
        die("usage: make-block [--fork NAME] [--transactions N] [--high-s INDEX] BLOCK.rlp "
            "EXPECT.json");
    }
    make_block(&block, argv[optind], argv[optind + 1]);
    return 0;
}
