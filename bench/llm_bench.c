/* What each part of the quantisation costs a language model, and how fast it writes on the CPU.
 *
 *   build/bench/llm CHECKPOINT TOKENIZER
 *
 * The budget: the fp32 model reads the text that it writes itself, once for each row of the table
 * with only that rounding (weights, embedding, rows before products, heads, probabilities), once
 * with all of them, and the integer model does the same. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "host/llm/import.h"
#include "host/llm/session.h"
#include "host/llm/tokenizer.h"
#include "hyperion/hyperion.h"
#include "tests/llm/float_model.h"
#include "tests/support/shared_data.h"

enum { ROUNDS = 9 };

struct source {
    uint8_t *file;
    size_t size;
    struct llm_checkpoint checkpoint;
};

static _Noreturn void fail(const char *what)
{
    fprintf(stderr, "llm bench: %s\n", what);
    exit(2);
}

static struct source read_source(const char *name)
{
    struct source source = {0};
    hyp_error error = {0, ""};

    source.file = read_whole_file(name, &source.size);
    if (!source.file) {
        fail("cannot read the checkpoint");
    }
    if (llm_checkpoint_read(source.file, source.size, &source.checkpoint, &error)) {
        fail(error.message);
    }
    return source;
}

/* ---- the budget ---- */

struct reading {
    double likelihood; /* mean negative log-likelihood of the fp32 model's tokens */
    uint32_t same;     /* positions with the same top token */
};

static const struct {
    const char *name;
    bool weights;
    bool embedding;
    struct float_rounding rounding;
} rows[] = {
    {"fp32", false, false, {false, false, false}},
    {"int8 weights, a step a channel", true, false, {false, false, false}},
    {"int8 embedding (not the classifier)", false, true, {false, false, false}},
    {"int8 rows before products", false, false, {true, false, false}},
    {"int8 q, k and v", false, false, {false, true, false}},
    {"15-bit probabilities", false, false, {false, false, true}},
    {"all of these", true, true, {true, true, true}},
};

static void round_matrix(const float *matrix, size_t count, uint32_t columns)
{
    for (size_t i = 0; i < count; i += columns) {
        float_round_row((float *)(uintptr_t)&matrix[i], columns); /* of the source's own copy */
    }
}

/* A copy of the checkpoint whose weights are rounded. The embedding may also be the classifier. */
static struct source rounded(const struct source *from, bool weights, bool embedding,
                             float **own_embedding)
{
    struct source copy = {.file = malloc(from->size), .size = from->size};
    const struct llm_shape *shape = &from->checkpoint.shape;
    struct llm_checkpoint *c = &copy.checkpoint;
    size_t square = (size_t)shape->layers * shape->dim * shape->dim;
    size_t narrow = (size_t)shape->layers * llm_kv_dim(shape) * shape->dim;
    size_t wide = (size_t)shape->layers * shape->hidden * shape->dim;
    size_t tokens = (size_t)shape->vocabulary * shape->dim;

    *own_embedding = malloc(tokens * sizeof(float));
    if (!copy.file || !*own_embedding) {
        fail("no memory");
    }
    memcpy(copy.file, from->file, from->size);
    llm_checkpoint_read(copy.file, copy.size, c, NULL);
    memcpy(*own_embedding, c->embedding, tokens * sizeof(float));
    if (weights) {
        round_matrix(c->wq, square, shape->dim);
        round_matrix(c->wk, narrow, shape->dim);
        round_matrix(c->wv, narrow, shape->dim);
        round_matrix(c->wo, square, shape->dim);
        round_matrix(c->w1, wide, shape->dim);
        round_matrix(c->w2, wide, shape->hidden);
        round_matrix(c->w3, wide, shape->dim);
        round_matrix(c->classifier, tokens, shape->dim);
    }
    c->embedding = *own_embedding;
    if (embedding) {
        round_matrix(c->embedding, tokens, shape->dim);
    }
    return copy;
}

/* The text that the fp32 model writes: context + 1 tokens. */
static uint32_t *write_text(const struct llm_checkpoint *checkpoint)
{
    uint32_t context = checkpoint->shape.context;
    struct float_model *model = float_model_create(checkpoint);
    uint32_t *text = malloc(((size_t)context + 1) * sizeof *text);

    if (!model || !text) {
        fail("no memory");
    }
    text[0] = LLM_TOKEN_BEGIN;
    for (uint32_t i = 0; i < context; i++) {
        text[i + 1] =
            float_argmax(float_model_step(model, text[i], i), checkpoint->shape.vocabulary);
    }
    float_model_destroy(model);
    return text;
}

static void add_position(struct reading *reading, const float *logits, uint32_t count,
                         uint32_t target)
{
    reading->likelihood += float_negative_log_likelihood(logits, count, target);
    reading->same += float_argmax(logits, count) == target;
}

static struct reading read_rounded(const struct source *source, size_t row, const uint32_t *text)
{
    float *embedding;
    struct source copy = rounded(source, rows[row].weights, rows[row].embedding, &embedding);
    struct float_model *model = float_model_create(&copy.checkpoint);
    struct reading reading = {0, 0};

    if (!model) {
        fail("no memory");
    }
    float_model_round(model, rows[row].rounding);
    for (uint32_t i = 0; i < copy.checkpoint.shape.context; i++) {
        add_position(&reading, float_model_step(model, text[i], i),
                     copy.checkpoint.shape.vocabulary, text[i + 1]);
    }
    float_model_destroy(model);
    free(embedding);
    free(copy.file);
    return reading;
}

static struct reading read_integers(struct llm_session *session, const struct llm_shape *shape,
                                    const uint32_t *text)
{
    float *logits = malloc(shape->vocabulary * sizeof *logits);
    struct reading reading = {0, 0};
    hyp_error error = {0, ""};

    if (!logits) {
        fail("no memory");
    }
    for (uint32_t i = 0; i < shape->context; i++) {
        if (llm_session_step(session, text[i], &error)) {
            fail(error.message);
        }
        for (uint32_t j = 0; j < shape->vocabulary; j++) {
            logits[j] = (float)llm_session_logits(session)[j] / 65536.0f;
        }
        add_position(&reading, logits, shape->vocabulary, text[i + 1]);
    }
    free(logits);
    return reading;
}

static void print_reading(const char *name, struct reading reading, struct reading reference,
                          uint32_t positions)
{
    printf("%-38s %8.5f %+8.3f %%  %6.2f %%\n", name, reading.likelihood / positions,
           (reading.likelihood / reference.likelihood - 1) * 100, 100.0 * reading.same / positions);
}

static void print_budget(const struct source *source, struct llm_session *session)
{
    const struct llm_shape *shape = &source->checkpoint.shape;
    uint32_t *text = write_text(&source->checkpoint);
    struct reading reference = {0, 0};

    printf("%u positions of the fp32 model's greedy text\n%-38s %8s %10s  %8s\n", shape->context,
           "rounded", "NLL", "to fp32", "same top");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct reading reading = read_rounded(source, i, text);
        reference = i ? reference : reading;
        print_reading(rows[i].name, reading, reference, shape->context);
    }
    print_reading("the integer model", read_integers(session, shape, text), reference,
                  shape->context);
    free(text);
}

/* ---- speed ---- */

static double seconds(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Greedy text of a length; the best of the rounds, in processor time of the whole process. */
static void print_speed(hyp_device *device, const struct llm_model *model, uint32_t tokens)
{
    const struct llm_choice greedy = {0, 0};
    double best_processor = 1e9;
    double best_wall = 1e9;

    for (int round = 0; round < ROUNDS; round++) {
        struct llm_session *session;
        hyp_error error = {0, ""};
        uint32_t token = LLM_TOKEN_BEGIN;
        if (llm_session_create(device, model, &session, &error)) {
            fail(error.message);
        }
        double processor = seconds(CLOCK_PROCESS_CPUTIME_ID);
        double wall = seconds(CLOCK_MONOTONIC);
        for (uint32_t i = 0; i < tokens; i++) {
            if (llm_session_step(session, token, &error) ||
                llm_session_choose(session, &greedy, &token, &error)) {
                fail(error.message);
            }
        }
        processor = seconds(CLOCK_PROCESS_CPUTIME_ID) - processor;
        wall = seconds(CLOCK_MONOTONIC) - wall;
        best_processor = processor < best_processor ? processor : best_processor;
        best_wall = wall < best_wall ? wall : best_wall;
        llm_session_destroy(session);
    }
    printf("%4u tokens: %7.0f a second of processor time, %7.0f of the wall clock\n", tokens,
           tokens / best_processor, tokens / best_wall);
}

int main(int argc, char **argv)
{
    hyp_context_options options = HYP_CONTEXT_OPTIONS_INIT;
    struct llm_session *session;
    struct llm_model model;
    hyp_context *context;
    hyp_device *device;
    hyp_error error = {0, ""};
    uint8_t *file;
    size_t size;

    if (argc != 3) {
        fail("usage: llm CHECKPOINT TOKENIZER");
    }
    struct source source = read_source(argv[1]);
    uint8_t *tokenizer = read_whole_file(argv[2], &size);
    options.cpu_threads = 1;
    if (!tokenizer ||
        llm_import_llama2c(source.file, source.size, tokenizer, size, &file, &size, &error) ||
        llm_model_read(file, size, &model, &error) ||
        hyp_context_create(&options, &context, &error) ||
        hyp_device_open(context, "cpu", NULL, &device, &error) ||
        llm_session_create(device, &model, &session, &error)) {
        fail(*error.message ? error.message : "cannot read the tokenizer");
    }
    print_budget(&source, session);
    llm_session_destroy(session);
    printf("\ngreedy text on the cpu device, one thread, best of %d\n", ROUNDS);
    for (uint32_t tokens = 64; tokens < source.checkpoint.shape.context; tokens *= 2) {
        print_speed(device, &model, tokens);
    }
    print_speed(device, &model, source.checkpoint.shape.context);
    hyp_device_close(device);
    hyp_context_destroy(context);
    llm_model_release(&model);
    free(file);
    free(tokenizer);
    free(source.file);
    return 0;
}
