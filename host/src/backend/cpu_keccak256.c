/* Op keccak256 on the CPU. */
#include <string.h>

#include "host/src/backend/cpu_ops.h"
#include "host/src/keccak/keccak.h"
#include "host/src/ops/keccak256.h"

/* What a thread checks, then hashes, then looks at the clock: so few items that their copies stay
 * in the first-level cache, and so few bytes that it does not last, unless one group of messages is
 * longer. */
enum { PIECE_ITEMS = 512, GROUP = 8 };
static const uint64_t piece_bytes = 1u << 20;

/* Copies of descriptors and statuses: the batch lies in memory that others may write to, so what
 * was checked must be what is used. */
struct piece {
    hyp_keccak_descriptor descriptors[PIECE_ITEMS];
    uint8_t statuses[PIECE_ITEMS];
    uint32_t count;
    uint32_t failed;
    size_t longest;
};

/* A chunk lasts between these if the batch allows. */
static const uint64_t shortest_chunk_ps = 10000000;
static const uint64_t longest_chunk_ps = 200000000;

static struct hyp_cpu_plan plan(const hyp_batch_header *header, const uint8_t *input,
                                const hyp_context *context)
{
    (void)input;
    /* Picoseconds a permutation: rough. */
    static const uint64_t permutation_ps[] = {
        [HYP_CPU_PORTABLE] = 300000,
        [HYP_CPU_AVX2] = 115000,
        [HYP_CPU_AVX512] = 28000,
    };
    uint64_t blocks = header->item_count + header->data_length / HYP_KECCAK_RATE;
    uint64_t item_ps = permutation_ps[context->cpu_variant] * (blocks / header->item_count + 1);
    uint64_t least = shortest_chunk_ps / item_ps;
    uint64_t most = longest_chunk_ps / item_ps;

    return (struct hyp_cpu_plan){
        .item_ps = item_ps,
        .granule = 64,
        .least_items = (uint32_t)(least ? least : 1),
        .most_items = (uint32_t)(most ? most : 1),
        .shares = 2,
    };
}

static hyp_keccak_items_function *hash_function(enum hyp_cpu_variant variant)
{
    switch (variant) {
    case HYP_CPU_AVX512:
        return hyp_keccak_items_avx512;
    case HYP_CPU_AVX2:
        return hyp_keccak_items_avx2;
    case HYP_CPU_PORTABLE:
        break;
    }
    return hyp_keccak_items_portable;
}

/* Checks items from `first` on until the piece is full. */
static void check_piece(const struct hyp_cpu_work *work, uint32_t first, struct piece *piece)
{
    const uint8_t *descriptors = work->input + work->header->descriptors_offset;
    uint32_t most = work->last - first < PIECE_ITEMS ? work->last - first : PIECE_ITEMS;
    uint64_t bytes = 0;

    memcpy(piece->descriptors, descriptors + first * sizeof piece->descriptors[0],
           most * sizeof piece->descriptors[0]);
    uint32_t count = 0;
    uint32_t failed = 0;
    size_t longest = 0;
    while (count < most && bytes < piece_bytes) {
        uint32_t end = count + GROUP < most ? count + GROUP : most;
        for (; count < end; count++) {
            const hyp_keccak_descriptor *descriptor = &piece->descriptors[count];
            uint8_t status = hyp_keccak256_check(work->header, descriptor);
            size_t length = status == HYP_STATUS_OK ? descriptor->length : 0;
            piece->statuses[count] = status;
            failed += status != HYP_STATUS_OK;
            longest = length > longest ? length : longest;
            bytes += length;
        }
    }
    piece->count = count;
    piece->failed = failed;
    piece->longest = longest;
}

static void clear_failed(const struct piece *piece, uint8_t *digests)
{
    for (size_t i = 0; i < piece->count; i++) {
        if (piece->statuses[i] != HYP_STATUS_OK) {
            memset(digests + i * HYP_KECCAK_DIGEST_SIZE, 0, HYP_KECCAK_DIGEST_SIZE);
        }
    }
}

static uint32_t compute(const struct hyp_cpu_work *work, uint32_t *failed)
{
    hyp_keccak_items_function *hash = hash_function(work->context->cpu_variant);
    uint8_t *digests = work->output + hyp_results_offset(work->header->item_count);
    uint32_t next = work->first;
    struct piece piece;

    *failed = 0;
    while (next < work->last && (next == work->first || !hyp_cpu_work_should_yield(work))) {
        uint8_t *piece_digests = digests + (size_t)next * HYP_KECCAK_DIGEST_SIZE;
        check_piece(work, next, &piece);
        const struct hyp_keccak_items items = {work->input,   piece.descriptors, piece.statuses,
                                               piece_digests, piece.count,       piece.longest};
        hash(&items);
        if (piece.failed) {
            clear_failed(&piece, piece_digests);
        }
        memcpy(work->output + HYP_STATUS_OFFSET + next, piece.statuses, piece.count);
        *failed += piece.failed;
        next += piece.count;
    }
    return next - work->first;
}

const struct hyp_cpu_op hyp_cpu_keccak256 = {
    .op = HYP_OP_KECCAK256,
    .plan = plan,
    .compute = compute,
};
