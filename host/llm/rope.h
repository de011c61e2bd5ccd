/* The tables of rotary position embedding. Part of the import, off the chain. */
#ifndef HYPERION_LLM_ROPE_H
#define HYPERION_LLM_ROPE_H

#include <stdint.h>

/* cosine and sine [context][head / 2] with 15 fraction bits (at most ±32,767) of
 * position · 10000^(−2i / head). Only with operations that IEEE 754 defines to the bit, so the same
 * on every host. Su et al., RoFormer (2021), section 3.2.2. */
void llm_rope_tables(uint32_t context, uint32_t head, int16_t *cosine, int16_t *sine);

#endif
