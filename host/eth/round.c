#include "host/eth/round.h"

#include <stdlib.h>

#include "hyperion/error.h"

enum { KECCAK_RATE = 136 }; /* bytes that one permutation takes in, padding included */

static int grow(struct eth_round *round)
{
    size_t capacity = round->capacity ? 2 * round->capacity : 256;
    struct eth_message *larger = reallocarray(round->messages, capacity, sizeof *larger);

    if (!larger) {
        return HYP_ENOMEM;
    }
    round->messages = larger;
    round->capacity = capacity;
    return 0;
}

int eth_round_add(struct eth_round *round, struct eth_bytes bytes, uint8_t *digest,
                  struct eth_keccak_work *work)
{
    if (round->count == round->capacity && grow(round)) {
        return HYP_ENOMEM;
    }
    round->messages[round->count].bytes = bytes;
    round->messages[round->count++].digest = digest;
    work->items++;
    work->permutations += bytes.size / KECCAK_RATE + 1;
    return 0;
}

int eth_round_hash(struct eth_round *round, const struct eth_hasher *hasher)
{
    size_t count = round->count;

    round->count = 0;
    return count ? hasher->hash(hasher->user, round->messages, count) : 0;
}

void eth_round_release(struct eth_round *round)
{
    free(round->messages);
    *round = (struct eth_round){0};
}
