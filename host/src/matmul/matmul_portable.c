/* Products in plain C, which compilers turn into the vectors that the target always has. */
#include <string.h>

#include "host/src/matmul/matmul.h"

static void compute(const struct hyp_matmul_panel *panel)
{
    for (uint32_t i = 0; i < panel->rows; i++) {
        const int8_t *a = panel->a + i * panel->a_pitch;
        int32_t sums[HYP_MATMUL_PANEL] = {0};
        for (uint32_t k = 0; k < panel->inner; k++) {
            const int8_t *b = (const int8_t *)panel->panel + (size_t)k * HYP_MATMUL_PANEL;
            for (unsigned j = 0; j < HYP_MATMUL_PANEL; j++) {
                /* A product of two bytes fits 16 bits but for −128 · −128, which fits unsigned;
                 * compilers find the cheapest form of this by themselves. */
                sums[j] += a[k] * b[j];
            }
        }
        memcpy(panel->c + i * panel->c_pitch, sums, sizeof sums);
    }
}

const struct hyp_matmul_kernel hyp_matmul_portable = {
    .name = "portable",
    .compute = compute,
    .row_sum = NULL,
};
