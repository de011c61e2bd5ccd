#include "tests/eth/support.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hyperion/error.h"
#include "hyperion/keccak.h"
#include "tests/support/shared_data.h"

static int count_and_hash(void *user, const struct eth_message *messages, size_t count)
{
    struct counting_hasher *counter = user;

    counter->calls++;
    counter->messages += count;
    for (size_t i = 0; i < count; i++) {
        size_t size = eth_message_size(&messages[i]);
        uint8_t *whole = malloc(size + 1);
        if (!whole) {
            return HYP_ENOMEM;
        }
        eth_message_write(&messages[i], whole);
        hyp_keccak256(whole, size, messages[i].digest);
        counter->permutations += size / 136 + 1;
        free(whole);
    }
    return 0;
}

struct eth_hasher counting_hasher(struct counting_hasher *counter)
{
    *counter = (struct counting_hasher){0};
    return (struct eth_hasher){count_and_hash, counter};
}

uint64_t random_u64(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * UINT64_C(0x2545f4914f6cdd1d);
}

size_t random_below(uint64_t *state, size_t bound)
{
    return (size_t)((random_u64(state) >> 16) % bound);
}

void random_fill(uint64_t *state, uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        bytes[i] = (uint8_t)(random_u64(state) >> 56);
    }
}

bool parse_hex(const char *hex, uint8_t *bytes, size_t size)
{
    if (!hex || strlen(hex) != 2 + 2 * size) {
        return false;
    }
    for (size_t i = 0; i < size; i++) {
        char digits[3] = {hex[2 + 2 * i], hex[3 + 2 * i], 0};
        char *end;
        bytes[i] = (uint8_t)strtoul(digits, &end, 16);
        if (*end) {
            return false;
        }
    }
    return true;
}

const char *made_blocks_folder(void)
{
    static char folder[4096];
    const char *build = getenv("BUILD");

    snprintf(folder, sizeof folder, "%s/tests/eth/blocks", build ? build : "build");
    return folder;
}

static bool load_block(const char *folder, const char *number, struct mainnet_block *block)
{
    char path[4400];
    size_t size;

    snprintf(block->number, sizeof block->number, "%s", number);
    snprintf(path, sizeof path, "%s/%s.expect.json", folder, number);
    block->expect = (char *)read_whole_file(path, &size);
    snprintf(path, sizeof path, "%s/%s.rlp", folder, number);
    block->rlp.data = read_whole_file(path, &block->rlp.size);
    return block->expect && block->rlp.data;
}

struct mainnet_block *mainnet_load(size_t *count)
{
    enum { MOST = 1000 };
    const char *path = shared_data_path("mainnet-blocks");
    struct mainnet_block *blocks = NULL;
    char folder[4096];

    *count = 0;
    if (!path) {
        return NULL;
    }
    snprintf(folder, sizeof folder, "%s", path);
    DIR *directory = opendir(folder);
    blocks = calloc(MOST, sizeof *blocks);
    for (struct dirent *entry; directory && blocks && (entry = readdir(directory));) {
        char *suffix = strstr(entry->d_name, ".rlp");
        if (suffix && *count < MOST) {
            *suffix = 0;
            *count += load_block(folder, entry->d_name, &blocks[*count]);
        }
    }
    if (directory) {
        closedir(directory);
    }
    return blocks;
}

void mainnet_free(struct mainnet_block *blocks, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(blocks[i].expect);
        free((void *)blocks[i].rlp.data);
    }
    free(blocks);
}
