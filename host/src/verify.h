/* Checking what a card answered: some items, or all, are computed again on the CPU and compared.
 * Products of matrices are all proven (host/src/freivalds), and so are all recoveries of a batch
 * where that is faster (hyp_recover_prove). */
#ifndef HYPERION_VERIFY_H
#define HYPERION_VERIFY_H

#include "host/src/backend/backend.h"
#include "host/src/context.h"

/* A sample is one item in this many, but at least the least. Of recoveries it is half as many: one
 * costs as much as twenty short hashes, and a million a second are to cost less than a twentieth of
 * a core (docs/benchmarks.md). */
enum { HYP_VERIFY_SHARE = 64, HYP_VERIFY_SHARE_RECOVERIES = 128, HYP_VERIFY_LEAST = 4 };

/* Memory for results to compare with, and a generator of places to look at. One thread at a time.
 */
struct hyp_verifier {
    const hyp_context *context;
    struct hyp_memory scratch;
    struct hyp_memory gathered; /* a sample as a batch of its own, and its results */
    uint64_t random[4];
    uint64_t checked; /* items, since creation */
    uint64_t lies;
};

/* Seeds the generator from the operating system; items are computed as the context says. Returns 0
 * or HYP_EIO. */
int hyp_verifier_init(struct hyp_verifier *verifier, const hyp_context *context);
void hyp_verifier_release(struct hyp_verifier *verifier);

/* A number below `count` (> 0) that nobody could know before. */
uint32_t hyp_verify_draw(struct hyp_verifier *verifier, uint32_t count);

/* How many of `count` items of an op (rows of a matmul) a check in this mode looks at. */
uint32_t hyp_verify_sample_size(hyp_verify_mode mode, uint32_t op, uint32_t count);

/* Computes items [first, last) again and compares: a part of hyp_verify. */
int hyp_verify_items(struct hyp_verifier *verifier, const hyp_batch_header *header,
                     const struct hyp_run *run, uint32_t first, uint32_t last, hyp_error *error);

/* verify_matmul.c: hyp_verify for HYP_OP_MATMUL, in the modes sampled and strict. Every product of
 * 32-bit results is proven; of requantised ones rows are computed again, a sample or all. */
int hyp_verify_matmul(struct hyp_verifier *verifier, hyp_verify_mode mode,
                      const hyp_batch_header *header, const struct hyp_run *run, hyp_error *error);

/* Compares the output of a batch whose frame was checked with what the CPU makes of it. The places
 * are drawn after the result is there, so that nobody can know them. Returns 0; HYP_EMISMATCH with
 * a sentence that names the first wrong item; HYP_ENOMEM; HYP_ENOTSUP where the CPU does not have
 * the op. */
int hyp_verify(struct hyp_verifier *verifier, hyp_verify_mode mode, const hyp_batch_header *header,
               const struct hyp_run *run, hyp_error *error);

#endif
