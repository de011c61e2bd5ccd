#include "host/eth/round.h"

#include <stdlib.h>
#include <string.h>

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

int eth_round_add(struct eth_round *round, struct eth_message message, struct eth_keccak_work *work)
{
    if (round->count == round->capacity && grow(round)) {
        return HYP_ENOMEM;
    }
    round->messages[round->count++] = message;
    work->items++;
    work->permutations += eth_message_size(&message) / KECCAK_RATE + 1;
    return 0;
}

static uint8_t *put(uint8_t *out, struct eth_bytes piece)
{
    if (piece.size > 0) {
        memcpy(out, piece.data, piece.size);
    }
    return out + piece.size;
}

void eth_message_write(const struct eth_message *message, uint8_t *out)
{
    out = put(out, message->head);
    out = put(out, message->body);
    put(out, message->tail);
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
