/* Recovery of secp256k1 public keys from signatures, as Ethereum does it to find the sender of a
 * transaction. Semantics and the order of statuses: docs/ops.md, hyperion/batch.h. */
#ifndef HYPERION_ECRECOVER_H
#define HYPERION_ECRECOVER_H

#include <stddef.h>
#include <stdint.h>

#include "hyperion/batch.h"
#include "hyperion/queue.h"

HYP_BEGIN_DECLS

/* A batch under construction and its results: input and output buffer, sized once, used many times.
 */
typedef struct hyp_ecrecover_batch hyp_ecrecover_batch;

/* Creates a batch for at most `max_items` signatures; `flags` (HYP_ECRECOVER_…) hold for all of
 * them. The caller destroys it before the device is closed.
 * Returns 0, HYP_EINVAL (unknown flags, no items), HYP_ENOTSUP (the device has no ecrecover),
 * HYP_ETOOBIG (more than the device takes), HYP_ENOMEM. */
HYP_API int hyp_ecrecover_batch_create(hyp_device *device, uint32_t max_items, uint32_t flags,
                                       hyp_ecrecover_batch **batch);
HYP_API void hyp_ecrecover_batch_destroy(hyp_ecrecover_batch *batch);

/* Empties the batch; its memory stays. */
HYP_API void hyp_ecrecover_batch_clear(hyp_ecrecover_batch *batch);

/* Adds a signature: hash of the message, r and s as 32-byte big-endian numbers, recid 0 … 3; all
 * are copied and none is checked: what is wrong becomes the item's status. Returns its index, or
 * HYP_EAGAIN when the batch is full. */
HYP_API int hyp_ecrecover_batch_add(hyp_ecrecover_batch *batch, const uint8_t hash[32],
                                    const uint8_t r[32], const uint8_t s[32], uint8_t recid);

HYP_API uint32_t hyp_ecrecover_batch_count(const hyp_ecrecover_batch *batch);

/* The batch as a job, with deadline 0 and the given user pointer. Writes the batch header, so call
 * it after the last signature was added. */
HYP_API hyp_job hyp_ecrecover_batch_job(hyp_ecrecover_batch *batch, void *user);

/* Results, once the job has completed with result 0, or of items that are final before
 * (hyp_queue_items_done); valid until the batch is cleared or destroyed, zero where the status is
 * not HYP_STATUS_OK. public_key: 64 bytes, x and y big-endian; NULL with
 * HYP_ECRECOVER_ADDRESS_ONLY. address: 20 bytes. counters: the kernel's; zero from the CPU. Indices
 * must be less than the count. */
HYP_API uint8_t hyp_ecrecover_batch_status(const hyp_ecrecover_batch *batch, uint32_t index);
HYP_API const uint8_t *hyp_ecrecover_batch_public_key(const hyp_ecrecover_batch *batch,
                                                      uint32_t index);
HYP_API const uint8_t *hyp_ecrecover_batch_address(const hyp_ecrecover_batch *batch,
                                                   uint32_t index);
HYP_API hyp_result_counters hyp_ecrecover_batch_counters(const hyp_ecrecover_batch *batch);

/* Whether `count` signatures were made by the keys that are expected of them: on the calling
 * thread, by the CPU, for down to half of what recovering them costs (docs/benchmarks.md). Senders
 * of transactions that are known, from a pool or a database, are confirmed so.
 *
 * keys: 64 bytes each, x and y big-endian, as a batch gives them. flags: 0 or HYP_ECRECOVER_LOW_S.
 * right: one byte each, which becomes 1 where the signature is good and its key the expected one,
 * else 0. Returns 0 where all are right, or HYP_EMISMATCH where some are not; HYP_EINVAL (unknown
 * flags, no context, no place), HYP_EFORKED.
 *
 * From 64 signatures on all are proven at once by a random linear combination, and a wrong key is
 * taken for right with a chance of at most 2^-128; where that fails they are recovered and
 * compared, up to 4,096 together. Not an op: what a card says of this could not be checked for less
 * than doing it here. */
HYP_API int hyp_ecrecover_check_keys(hyp_context *context, const hyp_ecrecover_descriptor *items,
                                     const uint8_t (*keys)[64], uint32_t count, uint32_t flags,
                                     uint8_t *right);

HYP_END_DECLS

#endif
