/* The inside of a context of recoveries. */
#ifndef HYPERION_RECOVER_CONTEXT_H
#define HYPERION_RECOVER_CONTEXT_H

#include <pthread.h>
#include <stdatomic.h>

#include "host/src/keccak/keccak.h"
#include "host/src/recover/variants.h"

/* How a context computes. From `least` signatures on, a vector that is not full still beats one
 * after the other (measured). */
struct hyp_recover_means {
    const char *name;
    const struct hyp_recover_variant *lanes;           /* NULL: libsecp256k1 */
    const struct hyp_combination_variant *combination; /* NULL as well */
    hyp_keccak_items_function *hash;
    struct hyp_recover_pace pace;
    uint32_t least;
};

/* What one call works in. Idle ones wait in the context for the next call. */
struct hyp_recover_workplace {
    struct hyp_recover_workplace *next;
    struct hyp_recover_workspace *vectors;
    struct hyp_combination *combination;               /* NULL until keys are first proven */
    hyp_keccak_descriptor messages[HYP_RECOVER_CHUNK]; /* the keys */
    uint8_t keys[HYP_RECOVER_CHUNK][64];
    uint8_t digests[HYP_RECOVER_CHUNK][HYP_KECCAK_DIGEST_SIZE];
};

struct hyp_recover_shared {
    pthread_mutex_t lock;
    struct hyp_recover_workplace *idle;
    atomic_uint_fast64_t unproven;
};

struct hyp_recover_context {
    const struct hyp_recover_means *means;
    struct hyp_recover_start start;
    struct hyp_recover_shared *shared;
};

/* A workplace for one call; NULL where memory is short. It is given back when the call is done. */
struct hyp_recover_workplace *hyp_recover_workplace_take(const struct hyp_recover_context *context);
void hyp_recover_workplace_return(const struct hyp_recover_context *context,
                                  struct hyp_recover_workplace *place);

/* From the operating system; false where there are none. */
bool hyp_recover_random_bytes(uint8_t *bytes, size_t length);

#endif
