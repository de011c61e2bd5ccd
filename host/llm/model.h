/* A quantised llama model in a model file: which tensors there are, in which order, and what they
 * mean. docs/llm.md tells how a layer is computed from them.
 *
 * Activations between products are fixed-point, i32 with 16 fraction bits ("Q16"). A product takes
 * a row as i8 and a scale, so a matrix W has for each of its output channels
 *
 *   weight     i8[columns][inner], W = weight · step for the step of the channel
 *   multiplier, shift
 *              what REQUANT needs to bring the i32 sums of a channel to i16, all channels to one
 *              unit; chosen such that no row can saturate
 *
 * and one shift that brings (i16 · scale of the row) back to Q16. */
#ifndef HYPERION_LLM_MODEL_H
#define HYPERION_LLM_MODEL_H

#include <stdbool.h>

#include "host/llm/container.h"
#include "host/llm/shape.h"

/* Tensors that begin the file. */
enum llm_head_tensor {
    LLM_CONFIG, /* i32[11]: see llm_config_field */
    LLM_SHIFTS, /* i32[4 · layers + 1]: of qkv, output, gate_up and down a layer; of classifier */
    LLM_SOURCE, /* u8[2][32]: keccak-256 of the checkpoint and of the tokenizer's file */
    LLM_TOKENIZER,        /* u8[]: the tokenizer's file as it is */
    LLM_EMBEDDING_WEIGHT, /* i8[vocabulary][dim]; Q16 = REQUANT by row */
    LLM_EMBEDDING_MULTIPLIER,
    LLM_EMBEDDING_SHIFT,
    LLM_ROPE_COSINE, /* i16[context][head / 2], 15 fraction bits */
    LLM_ROPE_SINE,
    LLM_HEAD_TENSORS,
};

/* Then these for each layer. */
enum llm_layer_tensor {
    LLM_ATTENTION_NORM, /* i32[dim] Q16 */
    LLM_QKV_WEIGHT,     /* columns: q of all heads, k of all kv_heads, v of all kv_heads */
    LLM_QKV_MULTIPLIER,
    LLM_QKV_SHIFT,
    LLM_OUTPUT_WEIGHT,
    LLM_OUTPUT_MULTIPLIER,
    LLM_OUTPUT_SHIFT,
    LLM_FEED_FORWARD_NORM,
    LLM_GATE_UP_WEIGHT, /* columns: gate (w1), then up (w3) */
    LLM_GATE_UP_MULTIPLIER,
    LLM_GATE_UP_SHIFT,
    LLM_DOWN_WEIGHT,
    LLM_DOWN_MULTIPLIER,
    LLM_DOWN_SHIFT,
    LLM_LAYER_TENSORS,
};

/* And these at the end. */
enum llm_tail_tensor {
    LLM_FINAL_NORM,
    LLM_CLASSIFIER_MULTIPLIER,
    LLM_CLASSIFIER_SHIFT,
    LLM_CLASSIFIER_WEIGHT, /* absent where the classifier shares the embedding's weight */
    LLM_TAIL_TENSORS,
};

enum llm_config_field {
    LLM_FIELD_ARCHITECTURE, /* 1: llama */
    LLM_FIELD_DIM,
    LLM_FIELD_HIDDEN,
    LLM_FIELD_LAYERS,
    LLM_FIELD_HEADS,
    LLM_FIELD_KV_HEADS,
    LLM_FIELD_VOCABULARY,
    LLM_FIELD_CONTEXT,
    LLM_FIELD_EPSILON,     /* of RMSNorm, in units of 2^-32 */
    LLM_FIELD_SCORE_SHIFT, /* what is left of 1 / sqrt(head) after the rest went into q's weights */
    LLM_FIELD_SHARED,      /* 1: the classifier shares the embedding's weight */
    LLM_CONFIG_FIELDS,
};

enum { LLM_ARCHITECTURE_LLAMA = 1, LLM_MAX_SHIFT = 62 };

struct llm_config {
    struct llm_shape shape;
    uint32_t epsilon;
    uint32_t score_shift;
    bool shared;
};

static inline uint32_t llm_layer_index(uint32_t layer, enum llm_layer_tensor tensor)
{
    return (uint32_t)LLM_HEAD_TENSORS + layer * (uint32_t)LLM_LAYER_TENSORS + (uint32_t)tensor;
}

static inline uint32_t llm_tail_index(const struct llm_shape *shape, enum llm_tail_tensor tensor)
{
    return llm_layer_index(shape->layers, LLM_ATTENTION_NORM) + (uint32_t)tensor;
}

/* Names, types and shapes of all tensors of such a model, without data; the caller frees them.
 * NULL without memory. */
struct llm_tensor *llm_model_layout(const struct llm_config *config, uint64_t tokenizer_bytes,
                                    uint32_t *count);

struct llm_model {
    struct llm_config config;
    struct llm_container container;
};

/* Reads a model file that is in memory (aligned as malloc does) and must outlive the model:
 * structure, digests, then whether it has exactly the tensors of its shape and numbers in their
 * ranges. HYP_EINVAL, HYP_EVERSION, HYP_EMISMATCH; the message names the tensor. */
int llm_model_read(const void *file, size_t size, struct llm_model *model, hyp_error *error);
void llm_model_release(struct llm_model *model);

static inline const struct llm_tensor *llm_model_tensor(const struct llm_model *model,
                                                        uint32_t index)
{
    return &model->container.tensors[index];
}

#endif
