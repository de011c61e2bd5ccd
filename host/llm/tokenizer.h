/* Text to tokens and back, with the vocabulary of a llama2.c tokenizer file (little-endian):
 *
 *   u32 length of the longest token; then for each token: fp32 score, i32 length, its bytes
 *
 * A vocabulary is sentencepiece's: token 0 is unknown, 1 begins a text, 2 ends one, and tokens
 * written <0x00> … <0xFF> stand for single bytes. Scores are only ever compared, so they are kept
 * as integers of the same order. */
#ifndef HYPERION_LLM_TOKENIZER_H
#define HYPERION_LLM_TOKENIZER_H

#include <stddef.h>
#include <stdint.h>

#include "host/llm/error.h"

enum { LLM_TOKEN_UNKNOWN = 0, LLM_TOKEN_BEGIN = 1, LLM_TOKEN_END = 2 };

struct llm_tokenizer;

/* Reads a file that is in memory, which must outlive the tokenizer. `vocabulary` is how many tokens
 * the model has; the file must have as many. The caller destroys the tokenizer. HYP_EINVAL: the
 * file is truncated, has bytes left over, or a token or score is out of range; the message names
 * the token. */
int llm_tokenizer_create(const void *file, size_t size, uint32_t vocabulary,
                         struct llm_tokenizer **tokenizer, hyp_error *error);
void llm_tokenizer_destroy(struct llm_tokenizer *tokenizer);

/* The tokens of `text`, beginning with LLM_TOKEN_BEGIN. As in sentencepiece a space is put before
 * the text; each character becomes its token, or those of its UTF-8 bytes; then the pair of
 * neighbours whose joined token has the highest score is joined, the leftmost of equals, until none
 * can be. The caller frees *tokens. HYP_EINVAL: the vocabulary has no token for a byte; the message
 * tells which and where. Takes O(n log n) time for n bytes. */
int llm_tokenizer_encode(const struct llm_tokenizer *tokenizer, const char *text, size_t length,
                         uint32_t **tokens, size_t *count, hyp_error *error);

/* The bytes that `token` adds to a text after `previous`: without the space that begins a text, and
 * as one byte for <0xNN>. Not terminated, may be any bytes. Valid as long as the tokenizer. */
const char *llm_tokenizer_decode(const struct llm_tokenizer *tokenizer, uint32_t previous,
                                 uint32_t token, size_t *length);

#endif
