/* One entry an op: how its batch is laid out, what it means, how a device is tested for it. */
#ifndef HYPERION_OPS_OP_H
#define HYPERION_OPS_OP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host/src/backend/backend.h"
#include "hyperion/batch.h"
#include "hyperion/error.h"

/* Items [first, last) of a checked batch. */
struct hyp_slice {
    const hyp_batch_header *header;
    const void *input;
    uint32_t first;
    uint32_t last;
};

enum { HYP_MOST_SLICES = 16 }; /* in one batch */

struct hyp_op_info {
    enum hyp_op op;
    const char *name;     /* "keccak256": the name of op in text and of the kernel in xclbins */
    uint32_t kernel_id;   /* what the kernel writes into the result header */
    uint32_t known_flags; /* every bit that header.flags may have */
    uint32_t descriptor_size;

    /* Bytes of one result, which may depend on the flags. NULL where results have sizes of their
     * own: then the header's result_beats tells how long they are together. */
    uint32_t (*result_size)(uint32_t flags);

    /* The meaning of the op: computes items [first, last) of a batch whose header was checked, each
     * item's status and result, in plain C. `resident` is what stays on the device, or NULL. */
    void (*reference)(const void *input, size_t input_bytes, const struct hyp_memory *resident,
                      void *output, uint32_t first, uint32_t last);

    /* Where in the results section the result of an item lies, of an op whose results have sizes of
     * their own; false if it has no place there. NULL for the others. */
    bool (*result_region)(const hyp_batch_header *header, const void *input, uint32_t index,
                          uint64_t *offset, uint64_t *length);

    /* Adds to input_crc32c what the beats of data do that the items of a checked batch read
     * (docs/ops.md). `most_beats`: how many there may be; items may all read the same, so that a
     * small batch can have any number. Returns whether there were no more. NULL for ops without
     * data. */
    bool (*data_crc)(const hyp_batch_header *header, const struct hyp_memory *input,
                     const struct hyp_memory *resident, uint64_t most_beats, uint64_t *crc);

    /* Writes the items of up to HYP_MOST_SLICES slices, whose batches have the same flags, one
     * after the other as a batch of their own into `out`, with the sequence number given. An item
     * whose descriptor is bad stays bad. Returns its length in bytes, also when that is more than
     * `size`; then nothing was written. */
    size_t (*gather)(const struct hyp_slice *slices, size_t count, uint64_t sequence, void *out,
                     size_t size);

    /* Writes a batch of known answers into `input` (input_bytes given; at least 64 KiB) and stores
     * its length; compares the output of a device with what must come out, statuses included. */
    size_t (*known_answer_batch)(void *input, size_t input_size);
    int (*known_answer_check)(const void *input, const void *output, hyp_error *error);
};

static inline uint32_t hyp_slices_items(const struct hyp_slice *slices, size_t count)
{
    uint32_t items = 0;

    for (size_t i = 0; i < count; i++) {
        items += slices[i].last - slices[i].first;
    }
    return items;
}

/* NULL for an op that does not exist. */
const struct hyp_op_info *hyp_op_find(uint32_t op);

/* All ops, in order of hyp_op; the last entry is NULL. */
extern const struct hyp_op_info *const hyp_ops[];

/* The op's batch of known answers, marked as a trial. Returns its length. */
size_t hyp_known_answer_batch(const struct hyp_op_info *op, void *input, size_t input_size);

/* Exact size of the output buffer's used part for a checked header. */
size_t hyp_batch_output_bytes(const hyp_batch_header *header);

/* Where in the output the result of an item lies; false if it has no place there. */
bool hyp_result_region(const hyp_batch_header *header, const void *input, uint32_t index,
                       uint64_t *offset, uint64_t *length);

/* Whether header and sections hold together within `input_bytes` (which may be less than a header).
 * Takes a copy of the header, because the original lies in memory that others can write. Returns 0,
 * HYP_EBADBATCH, HYP_ENOTSUP (unknown op) or HYP_ETOOBIG. */
int hyp_batch_check(const hyp_batch_header *header, size_t input_bytes);

#endif
