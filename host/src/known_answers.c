#include "host/src/known_answers.h"

#include <string.h>

#include "host/src/fail.h"
#include "host/src/memory.h"
#include "host/src/ops/op.h"
#include "host/src/result_check.h"

enum {
    BUFFER_BYTES = 65536,
    MOST_UNITS = 64, /* that are asked of an op */
};
static const uint64_t timeout_ns = UINT64_C(20000000000);

struct trial {
    const struct hyp_backend *backend;
    void *card;
    const struct hyp_meanwhile *meanwhile; /* or NULL */
    struct hyp_memory input;
    struct hyp_memory outputs[MOST_UNITS];
};

/* An op's known answers, asked as often as there are units for it, all at once: each has its turn.
 */
struct questions {
    const struct hyp_op_info *op;
    hyp_batch_header header;
    uint64_t input_crc;
    uint64_t patience_ns;
    uint32_t count;
    uint32_t started;
    uint32_t finished;
    struct hyp_run runs[MOST_UNITS];
};

static uint32_t questions_for(const struct hyp_device_info *info, const hyp_op_capability *op)
{
    uint32_t units = hyp_result_is_of_card(info->kind) && op->compute_units ? op->compute_units : 1;

    return units < MOST_UNITS ? units : MOST_UNITS;
}

/* Units of a simulated card share a processor. */
static void prepare(struct trial *trial, const struct hyp_op_info *op, uint32_t count,
                    hyp_device_kind kind, struct questions *questions)
{
    size_t input_bytes = hyp_known_answer_batch(op, trial->input.data, trial->input.size);

    *questions = (struct questions){
        .op = op,
        .patience_ns = kind == HYP_DEVICE_SIMULATED_CARD ? timeout_ns * count : timeout_ns,
        .count = count,
    };
    memcpy(&questions->header, trial->input.data, sizeof questions->header);
    hyp_input_crc(&questions->header, &trial->input, NULL, UINT64_MAX, &questions->input_crc);
    for (uint32_t i = 0; i < count; i++) {
        memset(trial->outputs[i].data, 0xa5, trial->outputs[i].size);
        questions->runs[i] = (struct hyp_run){
            .op = op->op,
            .input = &trial->input,
            .output = &trial->outputs[i],
            .input_bytes = input_bytes,
            .output_bytes = hyp_batch_output_bytes(&questions->header),
            .deadline_ns = hyp_clock_ns() + questions->patience_ns,
        };
    }
}

/* Starts what the card has room for. */
static int start_runs(const struct trial *trial, struct questions *questions)
{
    int result = HYP_OK;

    while (questions->started < questions->count && result == HYP_OK) {
        result = trial->backend->start(trial->card, &questions->runs[questions->started]);
        questions->started += result == HYP_OK;
    }
    bool full = result == HYP_EAGAIN && questions->started > questions->finished;
    return full ? HYP_OK : result;
}

static int progress(const struct trial *trial, uint64_t deadline, struct hyp_run **finished,
                    hyp_error *error)
{
    const struct hyp_meanwhile *meanwhile = trial->meanwhile;
    uint64_t until = meanwhile ? meanwhile->look(meanwhile->argument) : deadline;

    return trial->backend->progress(trial->card, until < deadline ? until : deadline, finished,
                                    error);
}

static int wait_for_runs(const struct trial *trial, struct questions *questions, hyp_error *error)
{
    uint64_t deadline = questions->runs[0].deadline_ns;
    int result = HYP_OK;

    while (result == HYP_OK && questions->finished < questions->count &&
           hyp_clock_ns() < deadline) {
        struct hyp_run *finished = NULL;
        result = start_runs(trial, questions);
        if (result == HYP_OK) {
            result = progress(trial, deadline, &finished, error);
        }
        for (; finished && result == HYP_OK; finished = finished->next) {
            questions->finished++;
            result = finished->result;
        }
    }
    if (result || questions->finished == questions->count) {
        return result;
    }
    return hyp_fail(error, HYP_ETIMEDOUT, "no known answer within %u s",
                    (unsigned)(questions->patience_ns / 1000000000u));
}

static int check_answers(const struct trial *trial, const struct questions *questions,
                         hyp_device_kind kind, hyp_error *error)
{
    uint32_t failed;
    int result = HYP_OK;

    for (uint32_t i = 0; i < questions->count && result == HYP_OK; i++) {
        const struct hyp_memory *output = &trial->outputs[i];
        result = hyp_result_check(&questions->header, &trial->input, output, kind,
                                  questions->input_crc, &failed, error);
        if (result == HYP_OK) {
            result = questions->op->known_answer_check(trial->input.data, output->data, error);
        }
    }
    return result;
}

static int run_op(struct trial *trial, const struct hyp_op_info *op, uint32_t count,
                  hyp_device_kind kind, hyp_error *error)
{
    struct questions questions;

    prepare(trial, op, count, kind, &questions);
    int result = wait_for_runs(trial, &questions, error);
    if (result) {
        return hyp_fail(error, result, "%s: known answers: %s", op->name,
                        error && error->message[0] ? error->message : hyp_strerror(result));
    }
    return check_answers(trial, &questions, kind, error);
}

static int run_all(struct trial *trial, const struct hyp_device_info *info, hyp_error *error)
{
    for (uint32_t i = 0; i < info->op_count; i++) {
        const struct hyp_op_info *op = hyp_op_find(info->ops[i].op);
        if (!op) {
            return hyp_fail(error, HYP_EVERSION, "the device offers op %u, which is unknown here",
                            info->ops[i].op);
        }
        int result = run_op(trial, op, questions_for(info, &info->ops[i]), info->kind, error);
        if (result) {
            return result;
        }
    }
    return HYP_OK;
}

/* An output for each unit of the op that has most. */
static int create_memory(struct trial *trial, const struct hyp_device_info *info,
                         hyp_context *context)
{
    uint32_t most = 0;

    for (uint32_t i = 0; i < info->op_count; i++) {
        uint32_t count = questions_for(info, &info->ops[i]);
        most = count > most ? count : most;
    }
    int result =
        hyp_card_memory_create(trial->backend, trial->card, context, BUFFER_BYTES, &trial->input);
    for (uint32_t i = 0; i < most && result == HYP_OK; i++) {
        result = hyp_card_memory_create(trial->backend, trial->card, context, BUFFER_BYTES,
                                        &trial->outputs[i]);
    }
    return result;
}

static void destroy_memory(struct trial *trial)
{
    for (uint32_t i = 0; i < MOST_UNITS; i++) {
        hyp_card_memory_destroy(trial->backend, trial->card, &trial->outputs[i]);
    }
    hyp_card_memory_destroy(trial->backend, trial->card, &trial->input);
}

int hyp_known_answers(const struct hyp_backend *backend, void *card,
                      const struct hyp_device_info *info, hyp_context *context,
                      const struct hyp_meanwhile *meanwhile, hyp_error *error)
{
    struct trial trial = {.backend = backend, .card = card, .meanwhile = meanwhile};
    hyp_error own = {0, ""};

    int result = create_memory(&trial, info, context);
    if (result == HYP_OK) {
        result = run_all(&trial, info, &own);
        if (result) {
            hyp_fail(error, result, "%s", own.message);
            backend->reset(card, NULL);
        }
    } else {
        hyp_fail(error, result, "no memory for known answers");
    }
    destroy_memory(&trial);
    return result;
}
