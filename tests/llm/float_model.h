/* The llama model of a checkpoint in fp32, as llama2.c computes it: what the integer model is
 * measured against. Plain loops; nothing here is shared with the code under test but the reader. */
#ifndef HYPERION_TESTS_LLM_FLOAT_MODEL_H
#define HYPERION_TESTS_LLM_FLOAT_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#include "host/llm/checkpoint.h"

struct float_model;

/* NULL if there is no memory. The checkpoint must outlive it. */
struct float_model *float_model_create(const struct llm_checkpoint *checkpoint);
void float_model_destroy(struct float_model *model);

/* What is rounded as in the integer model, to see what each costs; nothing at first. */
struct float_rounding {
    bool rows;          /* inputs of products to int8, by their largest magnitude */
    bool heads;         /* q, k and v to int8, head by head */
    bool probabilities; /* to 15 bits */
};
void float_model_round(struct float_model *model, struct float_rounding rounding);

/* The same for one row of anything. */
void float_round_row(float *row, uint32_t count);

/* The logits [vocabulary] after `token` at `position`; positions must come in order from 0. Valid
 * until the next call. */
const float *float_model_step(struct float_model *model, uint32_t token, uint32_t position);

/* The index of the largest; the lowest of equals. */
uint32_t float_argmax(const float *values, uint32_t count);

/* −ln of the softmax of `logits` at `target`. */
double float_negative_log_likelihood(const float *logits, uint32_t count, uint32_t target);

#endif
