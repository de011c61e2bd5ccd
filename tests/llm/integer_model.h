/* The integer model once more, from docs/llm.md and docs/opcodes.md alone: plain loops over a model
 * file, without tensors, programs or devices. What hyperion llm computes must equal it bit for bit.
 */
#ifndef HYPERION_TESTS_LLM_INTEGER_MODEL_H
#define HYPERION_TESTS_LLM_INTEGER_MODEL_H

#include <stdint.h>

#include "host/llm/model.h"

struct integer_model;

/* NULL if there is no memory. The model must outlive it. */
struct integer_model *integer_model_create(const struct llm_model *model);
void integer_model_destroy(struct integer_model *model);

/* The logits [vocabulary], Q16, after `token` at `position`; positions must come in order from 0.
 * Valid until the next call. */
const int32_t *integer_model_step(struct integer_model *model, uint32_t token, uint32_t position);

#endif
