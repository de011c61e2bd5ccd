/* The three products as plain loops that compilers turn into vectors. Compiled once for any CPU and
 * once for AVX2; a file that includes this defines KERNELS, the name of its table. */
#include <string.h>

#include "host/src/freivalds/freivalds.h"

enum { BEAT = 64, VECTORS = HYP_FREIVALDS_VECTORS, LANES = 16 };

/* 64 columns meet 64 elements of a vector: each lane sums four products below 2^27. */
static int64_t times_panel(const int8_t *b, const uint32_t *r)
{
    int32_t lanes[LANES] = {0};
    int64_t sum = 0;

    for (int j = 0; j < BEAT; j += LANES) {
        for (int lane = 0; lane < LANES; lane++) {
            lanes[lane] += b[j + lane] * (int32_t)r[j + lane];
        }
    }
    for (int lane = 0; lane < LANES; lane++) {
        sum += lanes[lane];
    }
    return sum;
}

static void times_b(struct hyp_freivalds_work *work)
{
    const uint32_t inner = work->product->inner;

    for (uint32_t p = 0; p < work->panels; p++) {
        const int8_t *panel = (const int8_t *)work->product->b + (uint64_t)p * inner * BEAT;
        for (uint32_t k = 0; k < inner; k++) {
            for (int v = 0; v < VECTORS; v++) {
                work->y[v][k] +=
                    (uint64_t)times_panel(panel + (size_t)k * BEAT, work->r[v] + (size_t)p * BEAT);
            }
        }
    }
}

/* y is below 2^55 either way: it is taken as high · 2^32 + low, both signed and of 32 bits. */
static int32_t *half_of_y(const struct hyp_freivalds_work *work, int vector, int high)
{
    return (int32_t *)(void *)work->scratch + (size_t)(2 * vector + high) * work->inner_pads * BEAT;
}

static void prepare_a(struct hyp_freivalds_work *work)
{
    for (int v = 0; v < VECTORS; v++) {
        int32_t *low = half_of_y(work, v, 0);
        int32_t *high = half_of_y(work, v, 1);
        for (uint32_t k = 0; k < work->product->inner; k++) {
            uint64_t y = work->y[v][k];
            low[k] = (int32_t)(uint32_t)y;
            high[k] = (int32_t)(uint32_t)((y - (uint64_t)(int64_t)low[k]) >> 32);
        }
    }
}

static void times_a(const struct hyp_freivalds_work *work, const uint8_t *a, uint32_t count,
                    hyp_freivalds_sums *sums)
{
    const uint32_t inner = work->product->inner;

    for (uint32_t i = 0; i < count; i++) {
        const int8_t *row = (const int8_t *)a + (size_t)i * work->inner_pads * BEAT;
        for (int v = 0; v < VECTORS; v++) {
            const int32_t *low = half_of_y(work, v, 0);
            const int32_t *high = half_of_y(work, v, 1);
            int64_t low_sum = 0; /* 2^17 · 2^7 · 2^31 */
            int64_t high_sum = 0;
            for (uint32_t k = 0; k < inner; k++) {
                low_sum += (int64_t)row[k] * low[k];
                high_sum += (int64_t)row[k] * high[k];
            }
            sums[i][v] = (uint64_t)low_sum + ((uint64_t)high_sum << 32);
        }
    }
}

static void times_c(const struct hyp_freivalds_work *work, const uint8_t *c, uint32_t count,
                    hyp_freivalds_sums *sums)
{
    const uint32_t columns = work->product->columns;

    for (uint32_t i = 0; i < count; i++) {
        const uint8_t *row = c + i * work->c_pitch;
        uint64_t sum[VECTORS] = {0};
        for (uint32_t j = 0; j < columns; j++) {
            int32_t element;
            memcpy(&element, row + 4 * (size_t)j, sizeof element);
            for (int v = 0; v < VECTORS; v++) {
                sum[v] += (uint64_t)((int64_t)element * (int32_t)work->r[v][j]);
            }
        }
        memcpy(sums[i], sum, sizeof sum);
    }
}

const struct hyp_freivalds_kernels KERNELS = {times_b, prepare_a, times_a, times_c};
