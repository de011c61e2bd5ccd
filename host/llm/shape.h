/* The shape of a llama model and its limits. */
#ifndef HYPERION_LLM_SHAPE_H
#define HYPERION_LLM_SHAPE_H

#include <stdint.h>

#include "host/llm/error.h"

struct llm_shape {
    uint32_t dim;    /* width of the residual stream */
    uint32_t hidden; /* width of the feed-forward layer */
    uint32_t layers;
    uint32_t heads;      /* of queries; each has dim / heads elements */
    uint32_t kv_heads;   /* of keys and values; divides heads */
    uint32_t vocabulary; /* tokens */
    uint32_t context;    /* positions */
};

/* Limits keep every sum inside its type (K ≤ 65,535 for products) and every size inside 64 bits. */
enum {
    LLM_MAX_DIM = 16384,
    LLM_MAX_HIDDEN = 65535,
    LLM_MAX_LAYERS = 256,
    LLM_MAX_HEAD = 256,
    LLM_MAX_VOCABULARY = 1 << 20,
    LLM_MAX_CONTEXT = 65535,
};

static inline uint32_t llm_head_size(const struct llm_shape *shape)
{
    return shape->dim / shape->heads;
}

static inline uint32_t llm_kv_dim(const struct llm_shape *shape)
{
    return shape->kv_heads * llm_head_size(shape);
}

/* HYP_OK, or HYP_EINVAL with what is out of range. */
int llm_shape_check(const struct llm_shape *shape, hyp_error *error);

#endif
