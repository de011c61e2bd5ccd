/* Checking products of matrices. */
#include <stdlib.h>
#include <string.h>

#include "host/src/fail.h"
#include "host/src/freivalds/freivalds.h"
#include "host/src/ops/matmul.h"
#include "host/src/ops/op.h"
#include "host/src/verify.h"

/* An item that a card has answered, as it was described when it was looked at: the caller's memory
 * may change, a copy does not. */
struct answer {
    hyp_matmul_descriptor item;
    uint32_t index;
    const uint8_t *result;
};

static const uint8_t *weights_of(const struct hyp_run *run, const hyp_matmul_descriptor *item)
{
    return item->flags & HYP_MATMUL_B_RESIDENT && run->resident ? run->resident->data
                                                                : run->input->data;
}

/* Returns as hyp_freivalds. */
static int prove(const struct hyp_verifier *verifier, const struct hyp_run *run,
                 const struct answer *answer)
{
    const hyp_matmul_descriptor *item = &answer->item;
    const uint8_t *input = run->input->data;
    const uint8_t *weights = weights_of(run, item);
    const struct hyp_freivalds_product product = {
        .rows = item->rows,
        .inner = item->inner,
        .columns = item->columns,
        .a = input + item->a_offset,
        .b = weights + item->b_offset,
        .c = answer->result,
        .bias = item->flags & HYP_MATMUL_BIAS ? weights + item->bias_offset : NULL,
        .addend = item->flags & HYP_MATMUL_ACCUMULATE ? input + item->accumulate_offset : NULL,
    };

    return hyp_freivalds(&product, verifier->context->cpu_variant);
}

/* Computes some rows again. Returns 1 where they agree, 0 where not, or HYP_ENOMEM. */
static int sample_rows(struct hyp_verifier *verifier, const struct hyp_run *run,
                       const struct answer *answer)
{
    const hyp_matmul_descriptor *item = &answer->item;
    const size_t bytes = hyp_matmul_beats(item).row * HYP_MATMUL_BEAT;
    uint32_t sample = hyp_verify_sample_size(HYP_VERIFY_SAMPLED, HYP_OP_MATMUL, item->rows);
    uint8_t *row = malloc(bytes);
    int agree = 1;

    if (!row) {
        return HYP_ENOMEM;
    }
    for (uint32_t i = 0; i < sample && agree; i++) {
        uint32_t place = sample == item->rows ? i : hyp_verify_draw(verifier, item->rows);
        hyp_matmul_row(item, run->input->data, run->resident, place, row);
        agree = memcmp(row, answer->result + place * bytes, bytes) == 0;
    }
    free(row);
    return agree;
}

static int check_item(struct hyp_verifier *verifier, hyp_verify_mode mode,
                      const hyp_batch_header *header, const struct hyp_run *run, uint32_t index,
                      hyp_error *error)
{
    const uint32_t requantised = HYP_MATMUL_REQUANT8 | HYP_MATMUL_REQUANT16;
    struct answer answer = {.index = index};
    const uint8_t *output = run->output->data;
    int good = 0;

    memcpy(&answer.item,
           (const uint8_t *)run->input->data + header->descriptors_offset +
               (size_t)index * sizeof answer.item,
           sizeof answer.item);
    answer.result = output + hyp_results_offset(header->item_count) + answer.item.result_offset;
    bool ok = hyp_matmul_check(header, &answer.item, run->resident) == HYP_STATUS_OK &&
              output[HYP_STATUS_OFFSET + index] == HYP_STATUS_OK;
    if (ok && (answer.item.rows == 0 || answer.item.columns == 0)) {
        good = 1; /* nothing was computed */
    } else if (ok && !(answer.item.flags & requantised)) {
        good = prove(verifier, run, &answer);
    } else if (ok && mode == HYP_VERIFY_SAMPLED) {
        good = sample_rows(verifier, run, &answer);
    }
    if (good < 0) {
        return hyp_fail(error, good, "a product cannot be checked: %s", hyp_strerror(good));
    }
    if (good) {
        verifier->checked++;
        return HYP_OK;
    }
    /* Refused items, all that is requantised in strict mode, and what looks wrong: only computing
     * it again tells a lie from sums that 32 bits do not hold. */
    return hyp_verify_items(verifier, header, run, index, index + 1, error);
}

int hyp_verify_matmul(struct hyp_verifier *verifier, hyp_verify_mode mode,
                      const hyp_batch_header *header, const struct hyp_run *run, hyp_error *error)
{
    int result = HYP_OK;

    for (uint32_t i = 0; i < header->item_count && result == HYP_OK; i++) {
        result = check_item(verifier, mode, header, run, i, error);
    }
    return result;
}
