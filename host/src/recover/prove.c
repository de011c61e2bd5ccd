/* Proving answers instead of computing them again. */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "host/src/recover/context.h"

struct answers {
    const struct hyp_recover_context *context;
    const hyp_ecrecover_descriptor *items;
    uint32_t count;
    uint32_t flags;
    const uint8_t *statuses;             /* NULL: all are good */
    const hyp_ecrecover_result *results; /* NULL: keys are all that there is */
    const uint8_t *keys;                 /* the first, 64 bytes */
    size_t key_pitch;
};

/* Answers of one kind, from all over the batch. */
struct chunk {
    unsigned count;
    uint32_t place[HYP_RECOVER_CHUNK];
    hyp_ecrecover_descriptor items[HYP_RECOVER_CHUNK];
};

uint32_t hyp_recover_least_proven(const struct hyp_recover_context *context)
{
    return context->means->combination ? HYP_RECOVER_LEAST_PROVEN : UINT32_MAX;
}

static bool is_key(const struct answers *answers, uint32_t i)
{
    return !answers->statuses || answers->statuses[i] == HYP_STATUS_OK;
}

/* Up to `most` of the answers from *next on that are keys, or that are failures. */
static void gather(struct chunk *chunk, const struct answers *answers, uint32_t *next,
                   uint32_t most, bool keys)
{
    most = most < HYP_RECOVER_CHUNK ? most : HYP_RECOVER_CHUNK;
    for (chunk->count = 0; chunk->count < most && *next < answers->count; ++*next) {
        if (is_key(answers, *next) == keys) {
            chunk->items[chunk->count] = answers->items[*next];
            chunk->place[chunk->count++] = *next;
        }
    }
}

static uint32_t count_keys(const struct answers *answers)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < answers->count; i++) {
        count += is_key(answers, i);
    }
    return count;
}

/* Failures are computed again. */
static bool failures_are_right(const struct answers *answers)
{
    struct chunk chunk;
    hyp_ecrecover_result ours[HYP_RECOVER_CHUNK];
    uint8_t statuses[HYP_RECOVER_CHUNK];
    uint32_t next = 0;

    for (;;) {
        gather(&chunk, answers, &next, HYP_RECOVER_CHUNK, false);
        if (chunk.count == 0) {
            return true;
        }
        hyp_recover_batch(answers->context, chunk.items, chunk.count, answers->flags, statuses,
                          ours);
        for (unsigned i = 0; i < chunk.count; i++) {
            if (statuses[i] != answers->statuses[chunk.place[i]] ||
                memcmp(&ours[i], &answers->results[chunk.place[i]], sizeof ours[i]) != 0) {
                return false;
            }
        }
    }
}

static void copy_keys(const struct answers *answers, const struct chunk *chunk,
                      struct hyp_recover_workplace *place)
{
    for (unsigned i = 0; i < chunk->count; i++) {
        memcpy(place->keys[i], answers->keys + chunk->place[i] * answers->key_pitch, 64);
    }
}

/* Whether all else of a chunk's results follows from the keys, which are in the workplace. */
static bool results_follow(const struct answers *answers, const struct chunk *chunk,
                           struct hyp_recover_workplace *place)
{
    static const uint8_t good[HYP_RECOVER_CHUNK] = {HYP_STATUS_OK};
    const struct hyp_keccak_items messages = {
        .input = place->keys[0],
        .descriptors = place->messages,
        .statuses = good,
        .digests = place->digests[0],
        .count = chunk->count,
        .longest = 64,
    };
    hyp_ecrecover_result expected;

    answers->context->means->hash(&messages);
    for (unsigned i = 0; i < chunk->count; i++) {
        hyp_recover_store_result(&expected, 0, answers->flags, HYP_STATUS_OK, place->keys[i],
                                 place->digests[i]);
        if (memcmp(&expected, &answers->results[chunk->place[i]], sizeof expected) != 0) {
            return false;
        }
    }
    return true;
}

/* Adds a chunk to the combination, with coefficients that are drawn now. */
static bool add_chunk(const struct answers *answers, const struct chunk *chunk,
                      struct hyp_recover_workplace *place)
{
    uint8_t coefficients[HYP_RECOVER_CHUNK][16];
    const struct hyp_combination_variant *combination = answers->context->means->combination;

    copy_keys(answers, chunk, place);
    return (!answers->results || results_follow(answers, chunk, place)) &&
           hyp_recover_random_bytes(coefficients[0], chunk->count * sizeof coefficients[0]) &&
           combination->add(place->combination, place->vectors, chunk->items, place->keys,
                            coefficients, chunk->count, answers->flags);
}

/* The next `count` keys. */
static bool combination_is_right(const struct answers *answers, uint32_t *next, uint32_t count,
                                 struct hyp_recover_workplace *place)
{
    const struct hyp_combination_variant *combination = answers->context->means->combination;
    struct chunk chunk;

    combination->begin(place->combination);
    while (count > 0) {
        gather(&chunk, answers, next, count, true);
        if (chunk.count == 0 || !add_chunk(answers, &chunk, place)) {
            return false;
        }
        count -= chunk.count;
    }
    return combination->end(place->combination);
}

/* In combinations of about the same size. */
static bool keys_are_right(const struct answers *answers, uint32_t keys,
                           struct hyp_recover_workplace *place)
{
    uint32_t parts = (keys + HYP_RECOVER_MOST_PROVEN - 1) / HYP_RECOVER_MOST_PROVEN;
    uint32_t next = 0;

    for (; parts > 0; parts--) {
        uint32_t part = keys / parts;
        if (!combination_is_right(answers, &next, part, place)) {
            return false;
        }
        keys -= part;
    }
    return true;
}

static bool prepare(const struct hyp_recover_context *context, struct hyp_recover_workplace *place)
{
    size_t size = (context->means->combination->size + 63) / 64 * 64;

    if (!place->combination) {
        place->combination = aligned_alloc(64, size);
    }
    return place->combination;
}

/* Whether all keys, of which there are `keys`, are proven. */
static bool prove_keys(const struct answers *answers, uint32_t keys)
{
    struct hyp_recover_workplace *place = hyp_recover_workplace_take(answers->context);
    bool proven;

    if (!place) {
        return false;
    }
    proven = prepare(answers->context, place) && keys_are_right(answers, keys, place);
    hyp_recover_workplace_return(answers->context, place);
    return proven;
}

bool hyp_recover_prove(const struct hyp_recover_context *context,
                       const hyp_ecrecover_descriptor *items, uint32_t count, uint32_t flags,
                       const uint8_t *statuses, const void *results)
{
    const struct answers answers = {
        .context = context,
        .items = items,
        .count = count,
        .flags = flags,
        .statuses = statuses,
        .results = results,
        .keys = results,
        .key_pitch = sizeof(hyp_ecrecover_result),
    };
    uint32_t keys = count_keys(&answers);

    return !(flags & HYP_ECRECOVER_ADDRESS_ONLY) && keys >= hyp_recover_least_proven(context) &&
           failures_are_right(&answers) && prove_keys(&answers, keys);
}

static_assert(offsetof(hyp_ecrecover_result, public_key) == 0, "a result begins with its key");

/* --- expected keys --------------------------------------------------------------------------- */

/* Recovers keys and compares. */
static bool compare_keys(const struct answers *expected, uint8_t *right)
{
    hyp_ecrecover_result results[HYP_RECOVER_CHUNK];
    uint8_t statuses[HYP_RECOVER_CHUNK];
    bool all = true;

    for (uint32_t first = 0; first < expected->count; first += HYP_RECOVER_CHUNK) {
        uint32_t count = expected->count - first;
        count = count < HYP_RECOVER_CHUNK ? count : HYP_RECOVER_CHUNK;
        hyp_recover_batch(expected->context, expected->items + first, count, expected->flags,
                          statuses, results);
        for (uint32_t i = 0; i < count; i++) {
            const uint8_t *key = expected->keys + (first + i) * expected->key_pitch;
            right[first + i] =
                statuses[i] == HYP_STATUS_OK && memcmp(results[i].public_key, key, 64) == 0;
            all &= right[first + i];
        }
    }
    return all;
}

/* In parts, so that a wrong key makes only its own part be recovered. */
bool hyp_recover_check_keys(const struct hyp_recover_context *context,
                            const hyp_ecrecover_descriptor *items, const uint8_t (*keys)[64],
                            uint32_t count, uint32_t flags, uint8_t *right)
{
    uint32_t parts = count / HYP_RECOVER_MOST_PROVEN + (count % HYP_RECOVER_MOST_PROVEN != 0);
    bool all = true;

    for (; parts > 0; parts--) {
        uint32_t part = count / parts;
        const struct answers expected = {
            .context = context,
            .items = items,
            .count = part,
            .flags = flags,
            .keys = keys[0],
            .key_pitch = sizeof keys[0],
        };
        if (part >= hyp_recover_least_proven(context) && prove_keys(&expected, part)) {
            memset(right, 1, part);
        } else {
            all &= compare_keys(&expected, right);
        }
        items += part;
        keys += part;
        right += part;
        count -= part;
    }
    return all;
}
