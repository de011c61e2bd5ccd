#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "host/cli/block.h"

static const char *verdict(bool ok)
{
    return ok ? "ok" : "WRONG";
}

/* A header may hold any 64 bits; what an integer of the JSON library cannot becomes a string. */
static json_t *json_number(uint64_t number)
{
    char text[24];

    if (number <= INT64_MAX) {
        return json_integer((json_int_t)number);
    }
    snprintf(text, sizeof text, "%" PRIu64, number);
    return json_string(text);
}

static json_t *json_root(bool present, const uint8_t *root)
{
    return present ? cli_json_hex(root, ETH_HASH_SIZE) : json_null();
}

static json_t *json_keccak(const struct eth_keccak_work *work)
{
    return json_pack("{s:I, s:I, s:I}", "items", (json_int_t)work->items, "permutations",
                     (json_int_t)work->permutations, "batches", (json_int_t)work->batches);
}

static json_t *json_senders(const struct block_senders *senders)
{
    if (!senders) {
        return json_null();
    }
    return json_pack("{s:I, s:I}", "recovered", (json_int_t)senders->recovered, "failed",
                     (json_int_t)senders->failed);
}

/* {"hash"}, {"hash","sender"} or {"hash","error"} */
static json_t *json_transaction(const struct block_file *file, size_t index)
{
    const struct block_senders *senders = file->senders;
    json_t *object = json_pack("{s:o}", "hash",
                               cli_json_hex(file->check->transaction_hashes[index], ETH_HASH_SIZE));

    if (senders && senders->statuses[index] == HYP_STATUS_OK) {
        json_object_set_new(object, "sender",
                            cli_json_hex(senders->addresses[index], ETH_ADDRESS_SIZE));
    } else if (senders) {
        json_object_set_new(object, "error",
                            json_string(hyp_status_name(senders->statuses[index])));
    }
    return object;
}

static json_t *json_transactions(const struct block_file *file)
{
    json_t *array = json_array();

    for (size_t i = 0; i < file->block->transaction_count; i++) {
        json_array_append_new(array, json_transaction(file, i));
    }
    return array;
}

static void print_json(const struct block_options *options, const struct block_file *file,
                       const char *device)
{
    const struct eth_block *block = file->block;
    const struct eth_block_check *check = file->check;
    bool withdrawals = block->has_withdrawals;

    json_t *object = json_pack(
        "{s:o, s:o, s:o, s:I, s:o, s:b, s:o, s:o, s:b, s:o, s:b, s:s, s:o}", "file",
        cli_json_text(file->name), "number", json_number(block->header.number), "hash",
        cli_json_hex(check->hash, ETH_HASH_SIZE), "transactions",
        (json_int_t)block->transaction_count, "transactions_root",
        cli_json_hex(check->transactions_root, ETH_HASH_SIZE), "transactions_root_ok",
        check->transactions_root_ok, "withdrawals_root",
        json_root(withdrawals, check->withdrawals_root), "withdrawals_root_ok",
        withdrawals ? json_boolean(check->withdrawals_root_ok) : json_null(), "uncles_hash_ok",
        check->uncles_hash_ok, "senders", json_senders(file->senders), "ok", block_file_ok(file),
        "device", device, "keccak", json_keccak(&check->keccak));
    if (options->txs) {
        json_object_set_new(object, "txs", json_transactions(file));
    }
    cli_print_json(object);
}

void block_print_head(const struct block_options *options)
{
    if (!options->json) {
        printf("%10s  %5s  %5s  %11s  %7s  %12s  %-8s  %10s  %s\n", "NUMBER", "TXS", "ROOT",
               "WITHDRAWALS", "SENDERS", "PERMUTATIONS", "DEVICE", "TIME", "HASH");
    }
}

static void print_transaction(const struct block_file *file, size_t index)
{
    const struct block_senders *senders = file->senders;
    char hash[2 * ETH_HASH_SIZE + 1];
    char address[2 * ETH_ADDRESS_SIZE + 1];

    cli_format_hex(file->check->transaction_hashes[index], ETH_HASH_SIZE, hash);
    printf("%10zu  0x%s", index, hash);
    if (senders && senders->statuses[index] == HYP_STATUS_OK) {
        cli_format_hex(senders->addresses[index], ETH_ADDRESS_SIZE, address);
        printf("  0x%s", address);
    } else if (senders) {
        printf("  %s", hyp_status_name(senders->statuses[index]));
    }
    putchar('\n');
}

static void print_row(const struct block_options *options, const struct block_file *file,
                      const char *device)
{
    const struct eth_block *block = file->block;
    const struct eth_block_check *check = file->check;
    char hash[2 * ETH_HASH_SIZE + 1];
    char time[32];

    cli_format_hex(check->hash, ETH_HASH_SIZE, hash);
    snprintf(time, sizeof time, "%.1f ms", (double)(file->finished_ns - file->started_ns) / 1e6);
    printf("%10" PRIu64 "  %5zu  %5s  %11s  %7s  %12" PRIu64 "  %-8s  %10s  0x%s\n",
           block->header.number, block->transaction_count, verdict(check->transactions_root_ok),
           block->has_withdrawals ? verdict(check->withdrawals_root_ok) : "-",
           file->senders ? verdict(file->senders->failed == 0) : "-", check->keccak.permutations,
           device, time, hash);
    for (size_t i = 0; options->txs && i < block->transaction_count; i++) {
        print_transaction(file, i);
    }
}

static void tell_mismatch(const struct block_file *file, const char *what, const uint8_t *header,
                          const uint8_t *computed)
{
    char want[2 * ETH_HASH_SIZE + 1];
    char got[2 * ETH_HASH_SIZE + 1];

    cli_format_hex(header, ETH_HASH_SIZE, want);
    cli_format_hex(computed, ETH_HASH_SIZE, got);
    cli_error("%s: the header has %s 0x%s, the block gives 0x%s", file->name, what, want, got);
}

static void tell_mismatches(const struct block_file *file)
{
    const struct eth_header *header = &file->block->header;
    const struct eth_block_check *check = file->check;

    if (!check->transactions_root_ok) {
        tell_mismatch(file, "transactions root", header->transactions_root,
                      check->transactions_root);
    }
    if (!check->withdrawals_root_ok) {
        tell_mismatch(file, "withdrawals root", header->withdrawals_root, check->withdrawals_root);
    }
    if (!check->uncles_hash_ok) {
        tell_mismatch(file, "uncles hash", header->uncles_hash, check->uncles_hash);
    }
}

/* The first transaction without a sender, and how many more there are. */
static void tell_failed_senders(const struct block_file *file)
{
    const struct block_senders *senders = file->senders;
    size_t first = 0;

    while (senders->statuses[first] == HYP_STATUS_OK) {
        first++;
    }
    cli_error("%s: the sender of transaction %zu cannot be recovered: %s (%zu of %zu such)",
              file->name, first, hyp_status_name(senders->statuses[first]), senders->failed,
              file->block->transaction_count);
}

int block_print_file(const struct block_options *options, const struct block_file *file,
                     const char *device)
{
    if (*file->problem) {
        cli_file_error(options->json, file->name, file->problem);
        return CLI_USAGE;
    }
    if (options->json) {
        print_json(options, file, device);
    } else {
        print_row(options, file, device);
    }
    tell_mismatches(file);
    if (file->senders && file->senders->failed > 0) {
        tell_failed_senders(file);
    }
    return block_file_ok(file) ? CLI_OK : CLI_NO;
}

static void print_count(const char *separator, size_t count, const char *what)
{
    if (count > 0) {
        printf("%s%zu %s", separator, count, what);
    }
}

void block_print_totals(const struct block_options *options, const struct block_totals *totals,
                        const char *device)
{
    if (options->json) {
        return;
    }
    printf("%zu block%s, %" PRIu64 " transactions: ", totals->blocks,
           totals->blocks == 1 ? "" : "s", totals->transactions);
    if (totals->wrong == 0 && totals->unread == 0) {
        printf("all ok");
    }
    print_count("", totals->wrong, "WRONG");
    print_count(totals->wrong ? ", " : "", totals->unread, "not checked");
    if (totals->has_senders) {
        printf(". %" PRIu64 " senders", totals->senders);
    } else {
        printf(". Senders not %s",
               options->no_senders ? "asked for" : "recovered: no ecrecover here");
    }
    printf(". %" PRIu64 " hashes, %" PRIu64 " permutations in %" PRIu64
           " batches on %s, %.1f ms.\n",
           totals->keccak.items, totals->keccak.permutations, totals->keccak.batches, device,
           (double)(hyp_clock_ns() - totals->started_ns) / 1e6);
}
