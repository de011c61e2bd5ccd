/* From a llama2.c checkpoint and its tokenizer to a model file. This is the only code of this
 * folder that computes in floating point: it runs once, off the chain, and what counts afterwards
 * is the root of the file that came out. It uses only operations that IEEE 754 defines to the bit
 * (no exp, no sin), so the same input gives the same bytes on every host. */
#ifndef HYPERION_LLM_IMPORT_H
#define HYPERION_LLM_IMPORT_H

#include <stddef.h>
#include <stdint.h>

#include "host/llm/error.h"

/* Both files are in memory, the checkpoint aligned to 4 bytes. The caller frees *file. HYP_EINVAL
 * with what is wrong where; HYP_ENOMEM. */
int llm_import_llama2c(const void *checkpoint, size_t checkpoint_size, const void *tokenizer,
                       size_t tokenizer_size, uint8_t **file, size_t *size, hyp_error *error);

#endif
