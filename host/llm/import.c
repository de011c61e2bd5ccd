#include "host/llm/import.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "host/llm/checkpoint.h"
#include "host/llm/model.h"
#include "host/llm/quantise.h"
#include "host/llm/rope.h"
#include "host/llm/tokenizer.h"
#include "hyperion/keccak.h"

/* llama2.c's 1e-5, in units of 2^-32 */
enum { EPSILON = 42950, ALIGNMENT = 64 };

struct import {
    struct llm_checkpoint checkpoint;
    struct llm_config config;
    struct llm_tensor *tensors;
    uint64_t *places; /* of the data of each tensor, in memory */
    uint8_t *memory;
    uint32_t count;
    double *steps;       /* scratch: one a channel of the widest matrix */
    double query_factor; /* what q's weights take over, see plan_scores */
};

/* The data of a tensor, to write to. */
static void *data_of(const struct import *import, uint32_t index)
{
    return import->memory + import->places[index];
}

/* Scores are wanted in base 2 and Q16: q·k · log2(e) / sqrt(head). With q and k as int8 and scales
 * in Q16 that is (sum · scale_k · scale_q) · F / 2^16, F = log2(e) / (sqrt(head) · 127²). F·2^j in
 * [1, 2) goes into the weights of q, the shift by 16 + j remains. */
static void plan_scores(struct import *import)
{
    static const double log2_e = 1.442695040888963407;
    double factor = log2_e / (sqrt(llm_head_size(&import->config.shape)) * 127 * 127);
    int exponent;

    import->query_factor = 2 * frexp(factor, &exponent);
    import->config.score_shift = (uint32_t)(1 - exponent);
}

static void fill_config(struct import *import)
{
    int32_t *fields = data_of(import, LLM_CONFIG);
    const struct llm_shape *shape = &import->config.shape;

    fields[LLM_FIELD_ARCHITECTURE] = LLM_ARCHITECTURE_LLAMA;
    fields[LLM_FIELD_DIM] = (int32_t)shape->dim;
    fields[LLM_FIELD_HIDDEN] = (int32_t)shape->hidden;
    fields[LLM_FIELD_LAYERS] = (int32_t)shape->layers;
    fields[LLM_FIELD_HEADS] = (int32_t)shape->heads;
    fields[LLM_FIELD_KV_HEADS] = (int32_t)shape->kv_heads;
    fields[LLM_FIELD_VOCABULARY] = (int32_t)shape->vocabulary;
    fields[LLM_FIELD_CONTEXT] = (int32_t)shape->context;
    fields[LLM_FIELD_EPSILON] = (int32_t)import->config.epsilon;
    fields[LLM_FIELD_SCORE_SHIFT] = (int32_t)import->config.score_shift;
    fields[LLM_FIELD_SHARED] = import->config.shared;
}

static void fill_norm(struct import *import, uint32_t index, const float *weights)
{
    int32_t *norm = data_of(import, index);

    for (uint32_t i = 0; i < import->config.shape.dim; i++) {
        norm[i] = llm_to_q16(weights[i]);
    }
}

/* The matrix whose weight tensor is `index`; `number` is its place among the shifts. */
static int fill_matrix(struct import *import, uint32_t index, uint32_t number,
                       const struct llm_rows *parts, uint32_t part_count, hyp_error *error)
{
    struct llm_matrix matrix = {data_of(import, index), data_of(import, index + 1),
                                data_of(import, index + 2)};
    int32_t *shifts = data_of(import, LLM_SHIFTS);
    hyp_error detail = {0, ""};

    int result = llm_quantise_matrix(parts, part_count, (uint32_t)import->tensors[index].shape[1],
                                     import->steps, matrix, &shifts[number], &detail);
    return result ? llm_fail(error, result, "%s: %s", import->tensors[index].name, detail.message)
                  : HYP_OK;
}

static int fill_layer(struct import *import, uint32_t layer, hyp_error *error)
{
    const struct llm_checkpoint *from = &import->checkpoint;
    const struct llm_shape *shape = &from->shape;
    size_t dim = shape->dim;
    size_t hidden = shape->hidden;
    uint32_t kv_dim = llm_kv_dim(shape);
    /* Values come out of attention times 127 / 128 (docs/llm.md). */
    const struct {
        enum llm_layer_tensor tensor;
        uint32_t count;
        struct llm_rows parts[3];
    } matrices[] = {
        {LLM_QKV_WEIGHT,
         3,
         {{from->wq + layer * dim * dim, shape->dim, import->query_factor},
          {from->wk + layer * dim * kv_dim, kv_dim, 1},
          {from->wv + layer * dim * kv_dim, kv_dim, 1}}},
        {LLM_OUTPUT_WEIGHT, 1, {{from->wo + layer * dim * dim, shape->dim, 128.0 / 127}}},
        {LLM_GATE_UP_WEIGHT,
         2,
         {{from->w1 + layer * dim * hidden, shape->hidden, 1},
          {from->w3 + layer * dim * hidden, shape->hidden, 1}}},
        {LLM_DOWN_WEIGHT, 1, {{from->w2 + layer * dim * hidden, shape->dim, 1}}},
    };

    fill_norm(import, llm_layer_index(layer, LLM_ATTENTION_NORM),
              from->attention_norm + layer * dim);
    fill_norm(import, llm_layer_index(layer, LLM_FEED_FORWARD_NORM),
              from->feed_forward_norm + layer * dim);
    for (uint32_t i = 0; i < 4; i++) {
        int result = fill_matrix(import, llm_layer_index(layer, matrices[i].tensor), 4 * layer + i,
                                 matrices[i].parts, matrices[i].count, error);
        if (result) {
            return result;
        }
    }
    return HYP_OK;
}

/* The classifier's weight lies apart from its multipliers: it may be the embedding's. */
static int fill_classifier(struct import *import, hyp_error *error)
{
    const struct llm_shape *shape = &import->config.shape;
    uint32_t weight = import->config.shared ? (uint32_t)LLM_EMBEDDING_WEIGHT
                                            : llm_tail_index(shape, LLM_CLASSIFIER_WEIGHT);
    struct llm_matrix matrix = {data_of(import, weight),
                                data_of(import, llm_tail_index(shape, LLM_CLASSIFIER_MULTIPLIER)),
                                data_of(import, llm_tail_index(shape, LLM_CLASSIFIER_SHIFT))};
    struct llm_rows rows = {import->checkpoint.classifier, shape->vocabulary, 1};
    int32_t *shifts = data_of(import, LLM_SHIFTS);
    hyp_error detail = {0, ""};

    int result = llm_quantise_matrix(&rows, 1, shape->dim, import->steps, matrix,
                                     &shifts[4 * (size_t)shape->layers], &detail);
    return result ? llm_fail(error, result, "classifier: %s", detail.message) : HYP_OK;
}

static int fill(struct import *import, hyp_error *error)
{
    const struct llm_shape *shape = &import->config.shape;
    struct llm_matrix embedding = {data_of(import, LLM_EMBEDDING_WEIGHT),
                                   data_of(import, LLM_EMBEDDING_MULTIPLIER),
                                   data_of(import, LLM_EMBEDDING_SHIFT)};
    int result = HYP_OK;

    fill_config(import);
    llm_quantise_embedding(import->checkpoint.embedding, shape->vocabulary, shape->dim, embedding);
    llm_rope_tables(shape->context, llm_head_size(shape), data_of(import, LLM_ROPE_COSINE),
                    data_of(import, LLM_ROPE_SINE));
    for (uint32_t i = 0; i < shape->layers && result == HYP_OK; i++) {
        result = fill_layer(import, i, error);
    }
    fill_norm(import, llm_tail_index(shape, LLM_FINAL_NORM), import->checkpoint.final_norm);
    return result ? result : fill_classifier(import, error);
}

static int allocate(struct import *import, uint64_t tokenizer_bytes, hyp_error *error)
{
    const struct llm_shape *shape = &import->config.shape;
    uint64_t widest = shape->vocabulary;

    widest += 3 * (uint64_t)shape->dim + 2 * (uint64_t)shape->hidden;
    import->steps = calloc((size_t)widest, sizeof *import->steps);
    import->tensors = llm_model_layout(&import->config, tokenizer_bytes, &import->count);
    import->places = import->tensors ? calloc(import->count, sizeof *import->places) : NULL;
    if (!import->steps || !import->places) {
        llm_fail(error, HYP_ENOMEM, "no memory for a list of tensors");
        return HYP_ENOMEM;
    }
    uint64_t bytes = 0; /* far below 2^64 by the limits of shapes */
    for (uint32_t i = 0; i < import->count; i++) {
        import->places[i] = bytes;
        bytes += (import->tensors[i].bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    }
    import->memory = calloc(1, (size_t)bytes);
    if (!import->memory) {
        llm_fail(error, HYP_ENOMEM, "no memory for a model of %" PRIu64 " bytes", bytes);
        return HYP_ENOMEM;
    }
    for (uint32_t i = 0; i < import->count; i++) {
        import->tensors[i].data = data_of(import, i);
    }
    return HYP_OK;
}

static void release(struct import *import)
{
    free(import->memory);
    free(import->places);
    free(import->tensors);
    free(import->steps);
}

static int read_sources(struct import *import, const void *checkpoint, size_t checkpoint_size,
                        const void *tokenizer, size_t tokenizer_size, hyp_error *error)
{
    struct llm_tokenizer *read;

    int result = llm_checkpoint_read(checkpoint, checkpoint_size, &import->checkpoint, error);
    if (result) {
        return result;
    }
    result = llm_tokenizer_create(tokenizer, tokenizer_size, import->checkpoint.shape.vocabulary,
                                  &read, error);
    llm_tokenizer_destroy(read);
    import->config.shape = import->checkpoint.shape;
    import->config.epsilon = EPSILON;
    import->config.shared = import->checkpoint.classifier == import->checkpoint.embedding;
    return result;
}

int llm_import_llama2c(const void *checkpoint, size_t checkpoint_size, const void *tokenizer,
                       size_t tokenizer_size, uint8_t **file, size_t *size, hyp_error *error)
{
    struct import import = {.config = {.epsilon = EPSILON}};
    uint8_t root[LLM_DIGEST_SIZE];

    *file = NULL;
    *size = 0;
    int result =
        read_sources(&import, checkpoint, checkpoint_size, tokenizer, tokenizer_size, error);
    if (result) {
        return result;
    }
    plan_scores(&import);
    result = allocate(&import, tokenizer_size, error);
    if (result == HYP_OK) {
        uint8_t(*source)[LLM_DIGEST_SIZE] = data_of(&import, LLM_SOURCE);
        hyp_keccak256(checkpoint, checkpoint_size, source[0]);
        hyp_keccak256(tokenizer, tokenizer_size, source[1]);
        memcpy(data_of(&import, LLM_TOKENIZER), tokenizer, tokenizer_size);
        result = fill(&import, error);
    }
    if (result == HYP_OK) {
        result = llm_container_write(import.tensors, import.count, file, size, root, error);
    }
    release(&import);
    return result;
}
