#include "host/src/verify.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "host/src/backend/cpu_ops.h"
#include "host/src/fail.h"
#include "host/src/memory.h"
#include "host/src/ops/op.h"
#include "host/src/recover/recover.h"

/* Items are computed in pieces of this many where all are checked: a lie ends it early. */
enum { PIECE = 256 };

/* Recoveries of a sample that are computed together, and the room for both their batch and its
 * results. */
enum { GATHERED = 256, GATHERED_BYTES = 131072 };

int hyp_verifier_init(struct hyp_verifier *verifier, const hyp_context *context)
{
    *verifier =
        (struct hyp_verifier){.context = context, .scratch = {.fd = -1}, .gathered = {.fd = -1}};
    return getrandom(verifier->random, sizeof verifier->random, 0) == sizeof verifier->random
               ? HYP_OK
               : HYP_EIO;
}

void hyp_verifier_release(struct hyp_verifier *verifier)
{
    hyp_memory_destroy(&verifier->scratch);
    hyp_memory_destroy(&verifier->gathered);
}

static uint64_t rotate(uint64_t x, int by)
{
    return x << by | x >> (64 - by);
}

/* xoshiro256** by Blackman and Vigna. Its state is secret and never leaves the process, and a card
 * sees the draw only by being caught. */
static uint64_t draw(uint64_t state[4])
{
    uint64_t result = rotate(state[1] * 5, 7) * 9;
    uint64_t shifted = state[1] << 17;

    state[2] ^= state[0];
    state[3] ^= state[1];
    state[1] ^= state[2];
    state[0] ^= state[3];
    state[2] ^= shifted;
    state[3] = rotate(state[3], 45);
    return result;
}

uint32_t hyp_verify_draw(struct hyp_verifier *verifier, uint32_t count)
{
    /* The high half of a product is as even as 64 random bits allow. */
    return (uint32_t)((unsigned __int128)draw(verifier->random) * count >> 64);
}

uint32_t hyp_verify_sample_size(hyp_verify_mode mode, uint32_t op, uint32_t count)
{
    uint32_t share = op == HYP_OP_ECRECOVER ? HYP_VERIFY_SHARE_RECOVERIES : HYP_VERIFY_SHARE;

    if (mode == HYP_VERIFY_OFF) {
        return 0;
    }
    uint32_t sample = count / share;
    if (sample < HYP_VERIFY_LEAST) {
        sample = HYP_VERIFY_LEAST;
    }
    return mode == HYP_VERIFY_STRICT || sample > count ? count : sample;
}

static int make_room(struct hyp_memory *memory, size_t bytes)
{
    if (memory->size >= bytes) {
        return HYP_OK;
    }
    hyp_memory_destroy(memory);
    return hyp_memory_create(memory, bytes, false, 0);
}

static bool same_result(const hyp_batch_header *header, const void *input, const uint8_t *theirs,
                        const uint8_t *ours, uint32_t index)
{
    uint64_t offset;
    uint64_t length;

    if (!hyp_result_region(header, input, index, &offset, &length)) {
        return true;
    }
    return memcmp(theirs + offset, ours + offset, length) == 0;
}

static int tell_lie(struct hyp_verifier *verifier, const hyp_batch_header *header, uint32_t index,
                    uint8_t theirs, uint8_t ours, hyp_error *error)
{
    verifier->lies++;
    return hyp_fail(error, HYP_EMISMATCH, "%s: item %u of %u is wrong (status %s, should be %s)",
                    hyp_op_find(header->op)->name, index, header->item_count,
                    hyp_status_name(theirs), hyp_status_name(ours));
}

int hyp_verify_items(struct hyp_verifier *verifier, const hyp_batch_header *header,
                     const struct hyp_run *run, uint32_t first, uint32_t last, hyp_error *error)
{
    if (make_room(&verifier->scratch, hyp_batch_output_bytes(header))) {
        return hyp_fail(error, HYP_ENOMEM, "no memory to check a result");
    }
    const struct hyp_cpu_work work = {
        .header = header,
        .input = run->input->data,
        .resident = run->resident,
        .output = verifier->scratch.data,
        .first = first,
        .last = last,
        .parts = 1,
        .context = verifier->context,
        .yield_ns = UINT64_MAX,
    };
    const uint8_t *theirs = run->output->data;
    const uint8_t *ours = verifier->scratch.data;
    uint32_t failed = 0;

    hyp_cpu_op_find(header->op)->compute(&work, &failed);
    verifier->checked += last - first;
    for (uint32_t i = first; i < last; i++) {
        if (theirs[HYP_STATUS_OFFSET + i] != ours[HYP_STATUS_OFFSET + i] ||
            !same_result(header, run->input->data, theirs, ours, i)) {
            return tell_lie(verifier, header, i, theirs[HYP_STATUS_OFFSET + i],
                            ours[HYP_STATUS_OFFSET + i], error);
        }
    }
    return HYP_OK;
}

/* Up to GATHERED recoveries, from places drawn for them, as one batch: the CPU recovers many at
 * once much faster than one by one. Their descriptors hold all that they need. */
static int check_gathered(struct hyp_verifier *verifier, const hyp_batch_header *header,
                          const struct hyp_run *run, uint32_t count, hyp_error *error)
{
    const size_t size = sizeof(hyp_ecrecover_descriptor);
    const size_t result_size = hyp_op_find(header->op)->result_size(header->flags);
    uint8_t *input = verifier->gathered.data;
    uint8_t *ours = input + GATHERED_BYTES / 2;
    const uint8_t *theirs = run->output->data;
    hyp_batch_header batch = *header;
    uint32_t places[GATHERED];
    uint32_t failed = 0;

    batch.item_count = count;
    batch.descriptors_offset = sizeof batch;
    batch.descriptors_length = count * size;
    batch.data_offset = sizeof batch + count * size;
    batch.data_length = 0;
    for (uint32_t i = 0; i < count; i++) {
        places[i] = hyp_verify_draw(verifier, header->item_count);
        memcpy(input + sizeof batch + i * size,
               (const uint8_t *)run->input->data + header->descriptors_offset + places[i] * size,
               size);
    }
    const struct hyp_cpu_work work = {.header = &batch,
                                      .input = input,
                                      .output = ours,
                                      .last = count,
                                      .parts = 1,
                                      .context = verifier->context,
                                      .yield_ns = UINT64_MAX};
    hyp_cpu_op_find(header->op)->compute(&work, &failed);
    verifier->checked += count;
    for (uint32_t i = 0; i < count; i++) {
        uint8_t their_status = theirs[HYP_STATUS_OFFSET + places[i]];
        uint8_t our_status = ours[HYP_STATUS_OFFSET + i];
        if (their_status != our_status ||
            memcmp(theirs + hyp_results_offset(header->item_count) + places[i] * result_size,
                   ours + hyp_results_offset(count) + i * result_size, result_size) != 0) {
            return tell_lie(verifier, header, places[i], their_status, our_status, error);
        }
    }
    return HYP_OK;
}

static int check_sample_at_once(struct hyp_verifier *verifier, const hyp_batch_header *header,
                                const struct hyp_run *run, uint32_t sample, hyp_error *error)
{
    int result = HYP_OK;

    if (make_room(&verifier->gathered, GATHERED_BYTES)) {
        return hyp_fail(error, HYP_ENOMEM, "no memory to check a result");
    }
    for (uint32_t done = 0; done < sample && result == HYP_OK; done += GATHERED) {
        uint32_t count = sample - done < GATHERED ? sample - done : GATHERED;
        result = check_gathered(verifier, header, run, count, error);
    }
    return result;
}

/* All recoveries at once. False where they are wrong, or are to be computed again to know. */
static bool prove_recoveries(struct hyp_verifier *verifier, const hyp_batch_header *header,
                             const struct hyp_run *run)
{
    const uint8_t *input = run->input->data;
    const uint8_t *output = run->output->data;

    if (!hyp_recover_prove(verifier->context->recover,
                           (const void *)(input + header->descriptors_offset), header->item_count,
                           header->flags, output + HYP_STATUS_OFFSET,
                           output + hyp_results_offset(header->item_count))) {
        return false;
    }
    verifier->checked += header->item_count;
    return true;
}

static int check_all(struct hyp_verifier *verifier, const hyp_batch_header *header,
                     const struct hyp_run *run, hyp_error *error)
{
    const uint32_t count = header->item_count;
    int result = HYP_OK;

    for (uint32_t i = 0; i < count && result == HYP_OK; i += PIECE) {
        uint32_t last = count - i < PIECE ? count : i + PIECE;
        result = hyp_verify_items(verifier, header, run, i, last, error);
    }
    return result;
}

int hyp_verify(struct hyp_verifier *verifier, hyp_verify_mode mode, const hyp_batch_header *header,
               const struct hyp_run *run, hyp_error *error)
{
    uint32_t count = header->item_count;
    uint32_t sample = hyp_verify_sample_size(mode, header->op, count);

    if (sample == 0) {
        return HYP_OK;
    }
    if (!hyp_cpu_op_find(header->op)) {
        return hyp_fail(error, HYP_ENOTSUP, "op %u cannot be checked: the CPU does not have it",
                        header->op);
    }
    if (header->op == HYP_OP_MATMUL) {
        return hyp_verify_matmul(verifier, mode, header, run, error);
    }
    if (header->op == HYP_OP_ECRECOVER) {
        if (sample < count) {
            return check_sample_at_once(verifier, header, run, sample, error);
        }
        if (prove_recoveries(verifier, header, run)) {
            return HYP_OK;
        }
    }
    if (sample == count) {
        return check_all(verifier, header, run, error);
    }
    int result = HYP_OK;
    for (uint32_t i = 0; i < sample && result == HYP_OK; i++) {
        uint32_t place = hyp_verify_draw(verifier, count);
        result = hyp_verify_items(verifier, header, run, place, place + 1, error);
    }
    return result;
}
