#include "host/src/freivalds/freivalds.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "hyperion/error.h"

enum { BEAT = 64, VECTORS = HYP_FREIVALDS_VECTORS };

/* ---- the test ---- */

static int32_t load_i32(const uint8_t *bytes)
{
    int32_t value;
    memcpy(&value, bytes, sizeof value);
    return value;
}

static const struct hyp_freivalds_kernels *kernels_of(enum hyp_cpu_variant variant)
{
#if defined(__x86_64__)
    if (variant == HYP_CPU_AVX512 && __builtin_cpu_supports("avx512vnni") &&
        __builtin_cpu_supports("avx512ifma")) {
        return &hyp_freivalds_avx512;
    }
    if (variant >= HYP_CPU_AVX2) {
        return &hyp_freivalds_avx2;
    }
#endif
    (void)variant;
    return &hyp_freivalds_portable;
}

static int draw_bytes(uint8_t *bytes, size_t count)
{
    while (count > 0) {
        ssize_t got = getrandom(bytes, count, 0);
        if (got < 0 && errno != EINTR) {
            return HYP_EIO;
        }
        bytes += got > 0 ? got : 0;
        count -= got > 0 ? (size_t)got : 0;
    }
    return HYP_OK;
}

/* Five random bytes are an element of both vectors. */
static int draw_vectors(struct hyp_freivalds_work *work)
{
    const uint32_t mask = (1u << HYP_FREIVALDS_BITS) - 1;
    uint32_t columns = work->product->columns;
    uint8_t *bytes = work->scratch; /* 5 of the 16 that there are for each */

    int result = draw_bytes(bytes, 5 * (size_t)columns);
    for (uint32_t j = 0; j < columns && result == HYP_OK; j++, bytes += 5) {
        uint64_t both = 0;
        memcpy(&both, bytes, 5);
        work->r[0][j] = (uint32_t)both & mask;
        work->r[1][j] = (uint32_t)(both >> HYP_FREIVALDS_BITS);
        work->r_sums[0] += work->r[0][j];
        work->r_sums[1] += work->r[1][j];
    }
    return result;
}

/* Whether the row of C ends as a row of the op must: the rest of its last beat is zero. */
static bool padding_is_zero(const uint8_t *row, uint32_t columns)
{
    uint32_t used = columns % (BEAT / 4);

    for (uint32_t j = used; used && j < BEAT / 4; j++) {
        if (load_i32(row + 4 * (size_t)(columns - used + j))) {
            return false;
        }
    }
    return true;
}

static int compare(struct hyp_freivalds_work *work, const struct hyp_freivalds_kernels *kernels)
{
    const struct hyp_freivalds_product *product = work->product;
    hyp_freivalds_sums bias = {0};
    hyp_freivalds_sums addend[HYP_FREIVALDS_ROWS] = {{0}};
    hyp_freivalds_sums theirs[HYP_FREIVALDS_ROWS];
    hyp_freivalds_sums ours[HYP_FREIVALDS_ROWS];

    if (product->bias) {
        kernels->times_c(work, product->bias, 1, &bias);
    }
    for (uint32_t i = 0; i < product->rows; i += HYP_FREIVALDS_ROWS) {
        uint32_t left = product->rows - i;
        uint32_t count = left < HYP_FREIVALDS_ROWS ? left : HYP_FREIVALDS_ROWS;
        const uint8_t *c = product->c + i * work->c_pitch;
        kernels->times_a(work, product->a + (uint64_t)i * work->inner_pads * BEAT, count, ours);
        kernels->times_c(work, c, count, theirs);
        if (product->addend) {
            kernels->times_c(work, product->addend + i * work->c_pitch, count, addend);
        }
        for (uint32_t row = 0; row < count; row++) {
            for (int v = 0; v < VECTORS; v++) {
                if (theirs[row][v] != ours[row][v] + bias[v] + addend[row][v]) {
                    return 0;
                }
            }
            if (!padding_is_zero(c + row * work->c_pitch, product->columns)) {
                return 0;
            }
        }
    }
    return 1;
}

int hyp_freivalds(const struct hyp_freivalds_product *product, enum hyp_cpu_variant variant)
{
    const struct hyp_freivalds_kernels *kernels = kernels_of(variant);
    struct hyp_freivalds_work work = {
        .product = product,
        .panels = (uint32_t)(((uint64_t)product->columns + BEAT - 1) / BEAT),
        .c_pitch = ((uint64_t)product->columns * 4 + BEAT - 1) / BEAT * BEAT,
        .inner_pads = (product->inner + BEAT - 1) / BEAT,
    };
    const size_t columns = (size_t)work.panels * BEAT;
    const size_t inner = (size_t)work.inner_pads * BEAT;
    const size_t r_bytes = columns * sizeof *work.r[0];
    const size_t y_bytes = inner * sizeof *work.y[0];
    const size_t bytes = VECTORS * (r_bytes + y_bytes) + 16 * (columns + inner);

    uint8_t *memory = aligned_alloc(BEAT, bytes);
    if (!memory) {
        return HYP_ENOMEM;
    }
    memset(memory, 0, VECTORS * (r_bytes + y_bytes));
    uint8_t *at = memory;
    for (int v = 0; v < VECTORS; v++) {
        work.r[v] = (uint32_t *)(void *)at;
        at += r_bytes;
        work.y[v] = (uint64_t *)(void *)at;
        at += y_bytes;
    }
    work.scratch = at;
    int result = draw_vectors(&work);
    if (result == HYP_OK) {
        kernels->times_b(&work);
        kernels->prepare_a(&work);
        result = compare(&work, kernels);
    }
    free(memory);
    return result;
}
