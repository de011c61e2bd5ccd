/* A checkpoint of llama2.c in its first format ("legacy", version 0), little-endian:
 *
 *   int32 dim, hidden, layers, heads, kv_heads, vocabulary, context
 *   fp32  embedding  [vocabulary][dim]
 *         attention norm [layers][dim]
 *         wq [layers][dim][dim]     wk, wv [layers][kv_heads · head][dim]     wo [layers][dim][dim]
 *         feed-forward norm [layers][dim]
 *         w1 [layers][hidden][dim]  w2 [layers][dim][hidden]  w3 [layers][hidden][dim]
 *         final norm [dim]
 *         RoPE tables, cos then sin, [context][head / 2] each: skipped, they follow from the shape
 *         classifier [vocabulary][dim], only if the vocabulary is negative; else the embedding
 *
 * where head = dim / heads. The file says nothing of RMSNorm's epsilon (1e-5) and of the base of
 * RoPE (10,000): llama2.c has them in its code. */
#ifndef HYPERION_LLM_CHECKPOINT_H
#define HYPERION_LLM_CHECKPOINT_H

#include <stddef.h>
#include <stdint.h>

#include "host/llm/error.h"
#include "host/llm/shape.h"

/* Pointers into the caller's memory, which must be aligned to 4 bytes and outlive this. */
struct llm_checkpoint {
    struct llm_shape shape;
    const float *embedding;
    const float *attention_norm;
    const float *wq;
    const float *wk;
    const float *wv;
    const float *wo;
    const float *feed_forward_norm;
    const float *w1;
    const float *w2;
    const float *w3;
    const float *final_norm;
    const float *classifier; /* may be the embedding */
};

/* Reads a whole file that is in memory. HYP_EINVAL: the shape is out of range, the size is not what
 * the shape demands, or a weight is not finite; the message names the tensor. */
int llm_checkpoint_read(const void *file, size_t size, struct llm_checkpoint *checkpoint,
                        hyp_error *error);

#endif
