#include "host/src/known_answers.h"

#include <string.h>

#include "host/src/fail.h"
#include "host/src/memory.h"
#include "host/src/ops/op.h"
#include "host/src/result_check.h"

enum { BUFFER_BYTES = 65536 };
static const uint64_t timeout_ns = UINT64_C(20000000000);

struct trial {
    const struct hyp_backend *backend;
    void *card;
    struct hyp_memory input;
    struct hyp_memory output;
};

static int wait_for_run(const struct trial *trial, struct hyp_run *run, hyp_error *error)
{
    uint64_t deadline = run->deadline_ns;

    while (hyp_clock_ns() < deadline) {
        struct hyp_run *finished = NULL;
        int result = trial->backend->progress(trial->card, deadline, &finished, error);
        if (result < 0) {
            return result;
        }
        if (finished == run) {
            return run->result;
        }
    }
    return hyp_fail(error, HYP_ETIMEDOUT, "no known answer within %u s",
                    (unsigned)(timeout_ns / 1000000000u));
}

static int run_op(const struct trial *trial, const struct hyp_op_info *op, hyp_device_kind kind,
                  hyp_error *error)
{
    hyp_batch_header header;
    uint32_t failed;

    memset(trial->output.data, 0xa5, trial->output.size);
    size_t input_bytes = hyp_known_answer_batch(op, trial->input.data, trial->input.size);
    memcpy(&header, trial->input.data, sizeof header);
    struct hyp_run run = {
        .op = op->op,
        .input = &trial->input,
        .output = &trial->output,
        .input_bytes = input_bytes,
        .output_bytes = hyp_batch_output_bytes(&header),
        .deadline_ns = hyp_clock_ns() + timeout_ns,
    };
    uint64_t input_crc = 0;
    hyp_input_crc(&header, &trial->input, NULL, UINT64_MAX, &input_crc);
    int result = trial->backend->start(trial->card, &run);
    if (result == HYP_OK) {
        result = wait_for_run(trial, &run, error);
    }
    if (result) {
        return hyp_fail(error, result, "%s: known answers: %s", op->name,
                        error && error->message[0] ? error->message : hyp_strerror(result));
    }
    result =
        hyp_result_check(&header, &trial->input, &trial->output, kind, input_crc, &failed, error);
    return result ? result : op->known_answer_check(trial->input.data, trial->output.data, error);
}

static int run_all(const struct trial *trial, const struct hyp_device_info *info, hyp_error *error)
{
    for (uint32_t i = 0; i < info->op_count; i++) {
        const struct hyp_op_info *op = hyp_op_find(info->ops[i].op);
        if (!op) {
            return hyp_fail(error, HYP_EVERSION, "the device offers op %u, which is unknown here",
                            info->ops[i].op);
        }
        int result = run_op(trial, op, info->kind, error);
        if (result) {
            return result;
        }
    }
    return HYP_OK;
}

int hyp_known_answers(const struct hyp_backend *backend, void *card,
                      const struct hyp_device_info *info, hyp_context *context, hyp_error *error)
{
    struct trial trial = {.backend = backend, .card = card};
    hyp_error own = {0, ""};

    int result = hyp_card_memory_create(backend, card, context, BUFFER_BYTES, &trial.input);
    if (result == HYP_OK) {
        result = hyp_card_memory_create(backend, card, context, BUFFER_BYTES, &trial.output);
    }
    if (result == HYP_OK) {
        result = run_all(&trial, info, &own);
        if (result) {
            hyp_fail(error, result, "%s", own.message);
            backend->reset(card, NULL);
        }
    } else {
        hyp_fail(error, result, "no memory for known answers");
    }
    hyp_card_memory_destroy(backend, card, &trial.output);
    hyp_card_memory_destroy(backend, card, &trial.input);
    return result;
}
