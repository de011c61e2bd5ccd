/* A llama2.c checkpoint and tokenizer made here, small and with random weights, so that everything
 * can be tested where the real model is absent. */
#ifndef HYPERION_TESTS_LLM_TINY_H
#define HYPERION_TESTS_LLM_TINY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host/llm/shape.h"

/* dim 16, hidden 20, layers 2, heads 4, kv_heads 2, vocabulary 272, context 24 */
extern const struct llm_shape tiny_shape;

/* The file's bytes; `shared`: without a classifier of its own. The same seed gives the same bytes.
 * The caller frees them; the test fails without memory. */
uint8_t *tiny_checkpoint(const struct llm_shape *shape, bool shared, uint64_t seed, size_t *size);

/* Tokens: 0 to 2 as usual, 256 bytes from 3 on, then " ", "a", "b", "ab", " a", "ba", "aba", "é",
 * …; `bytes` false: the byte tokens are replaced by words that no text becomes. */
uint8_t *tiny_tokenizer(bool bytes, size_t *size);

/* The model file imported from both. */
uint8_t *tiny_model(bool shared, uint64_t seed, size_t *size);

#endif
