/* Op keccak256 on the CPU. */
#include "host/src/backend/cpu_ops.h"
#include "host/src/ops/keccak256.h"

/* What a thread hashes between two looks at the clock, unless one group of messages is longer. */
static const uint64_t piece_bytes = 1u << 20;

/* Nanoseconds a permutation, by variant, and the same for what an item costs besides: rough. */
static uint64_t cost_ns(const hyp_batch_header *header, enum hyp_cpu_variant variant)
{
    static const uint64_t permutation_ns[] = {
        [HYP_CPU_PORTABLE] = 300,
        [HYP_CPU_AVX2] = 70,
        [HYP_CPU_AVX512] = 22,
    };
    uint64_t permutations = header->item_count + header->data_length / HYP_KECCAK_RATE;
    return permutations * permutation_ns[variant];
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

/* How many of the items, a multiple of 8 unless it is all, make up a piece. */
static size_t piece_items(const struct hyp_keccak_items *items)
{
    uint64_t bytes = 0;
    size_t count = 0;

    while (count < items->count && bytes < piece_bytes) {
        size_t end = count + 8 < items->count ? count + 8 : items->count;
        for (; count < end; count++) {
            bytes += items->statuses[count] == HYP_STATUS_OK ? items->descriptors[count].length : 0;
        }
    }
    return count;
}

/* Returns how many items were hashed before it was time to stop. */
static uint32_t hash_in_pieces(const struct hyp_cpu_work *work, struct hyp_keccak_items items,
                               hyp_keccak_items_function *hash)
{
    uint32_t done = 0;

    do {
        struct hyp_keccak_items piece = items;
        piece.count = piece_items(&items);
        hash(&piece);
        items.descriptors += piece.count;
        items.statuses += piece.count;
        items.digests += piece.count * HYP_KECCAK_DIGEST_SIZE;
        items.count -= piece.count;
        done += (uint32_t)piece.count;
    } while (items.count && !hyp_cpu_work_should_yield(work));
    return done;
}

static uint32_t count_failed(const uint8_t *statuses, uint32_t count)
{
    uint32_t failed = 0;

    for (uint32_t i = 0; i < count; i++) {
        failed += statuses[i] != HYP_STATUS_OK;
    }
    return failed;
}

static uint32_t compute(const struct hyp_cpu_work *work, uint32_t *failed)
{
    hyp_keccak_items_function *hash = hash_function(work->variant);
    struct hyp_keccak_items items =
        hyp_keccak256_items(work->header, work->input, work->output, work->first, work->last);
    struct hyp_keccak256_check check = hyp_keccak256_check_items(work->header, &items);

    if (check.bytes > piece_bytes) {
        uint32_t done = hash_in_pieces(work, items, hash);
        *failed = count_failed(items.statuses, done);
        return done;
    }
    hash(&items);
    *failed = check.failed;
    return work->last - work->first;
}

const struct hyp_cpu_op hyp_cpu_keccak256 = {
    .op = HYP_OP_KECCAK256,
    .granule = 64,
    .cost_ns = cost_ns,
    .compute = compute,
};
