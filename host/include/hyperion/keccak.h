/* Keccak-256 as Ethereum uses it: the original Keccak submission with capacity 512 and padding 0x01
 * (not NIST's SHA3-256, which pads 0x06). Semantics: docs/ops.md. */
#ifndef HYPERION_KECCAK_H
#define HYPERION_KECCAK_H

#include <stddef.h>
#include <stdint.h>

#include "hyperion/queue.h"

HYP_BEGIN_DECLS

/* The digest of one message, on the calling thread, without a context. `message` may be NULL if
 * `length` is 0. `digest` receives 32 bytes. */
HYP_API void hyp_keccak256(const void *message, size_t length, uint8_t digest[32]);

/* A batch under construction and its results: input and output buffer, sized once, used many times.
 */
typedef struct hyp_keccak_batch hyp_keccak_batch;

/* Creates a batch for at most `max_items` messages of together at most `max_data_bytes` bytes, each
 * rounded up to 8. The caller destroys it before the device is closed.
 * Returns 0, HYP_EINVAL, HYP_ETOOBIG (more than the device takes), HYP_ENOMEM. */
HYP_API int hyp_keccak_batch_create(hyp_device *device, uint32_t max_items, size_t max_data_bytes,
                                    hyp_keccak_batch **batch);
HYP_API void hyp_keccak_batch_destroy(hyp_keccak_batch *batch);

/* Empties the batch; its memory stays. */
HYP_API void hyp_keccak_batch_clear(hyp_keccak_batch *batch);

/* Adds a message by copying it. Returns its index, or HYP_EAGAIN when the batch is full. */
HYP_API int hyp_keccak_batch_add(hyp_keccak_batch *batch, const void *message, size_t length);

/* Adds a message of `length` bytes that the caller writes itself, to *message (8-byte aligned,
 * valid until the batch is cleared or destroyed), before the batch is submitted. No copy. Returns
 * its index, or HYP_EAGAIN when the batch is full. */
HYP_API int hyp_keccak_batch_reserve(hyp_keccak_batch *batch, size_t length, void **message);

HYP_API uint32_t hyp_keccak_batch_count(const hyp_keccak_batch *batch);

/* The batch as a job, with deadline 0 and the given user pointer. Writes the batch header, so call
 * it after the last message was added. */
HYP_API hyp_job hyp_keccak_batch_job(hyp_keccak_batch *batch, void *user);

/* Results, once the job has completed with result 0. digest: 32 bytes, valid until the batch is
 * cleared or destroyed; zero where the status is not HYP_STATUS_OK. counters: the kernel's; zero
 * from the CPU. Indices must be less than the count. */
HYP_API uint8_t hyp_keccak_batch_status(const hyp_keccak_batch *batch, uint32_t index);
HYP_API const uint8_t *hyp_keccak_batch_digest(const hyp_keccak_batch *batch, uint32_t index);
HYP_API hyp_result_counters hyp_keccak_batch_counters(const hyp_keccak_batch *batch);

/* Blocking convenience: digests of `count` messages on `device`, in batches as large as suit it.
 * messages[i] has lengths[i] bytes; digests receives count × 32 bytes. `deadline_ns` as in hyp_job,
 * for the whole call. Returns 0, or the first error (digests are then unspecified): HYP_ETOOBIG
 * names a message larger than the device's memory. */
HYP_API int hyp_keccak256_batch(hyp_device *device, const void *const *messages,
                                const size_t *lengths, size_t count, uint64_t deadline_ns,
                                uint8_t *digests);

HYP_END_DECLS

#endif
