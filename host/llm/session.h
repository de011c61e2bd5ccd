/* A model that reads and writes one text on a device: a program of integer opcodes a token
 * (hyperion/program.h), with weights that stay on the device and keys and values of past tokens as
 * tensors. No floating point from token to token; docs/llm.md tells how a layer maps to opcodes. */
#ifndef HYPERION_LLM_SESSION_H
#define HYPERION_LLM_SESSION_H

#include <stdint.h>

#include "host/llm/model.h"
#include "hyperion/device.h"

struct llm_session;

/* The model must outlive the session; the caller destroys the session before it closes the device.
 * Returns 0 or, with a sentence, HYP_ENOMEM or what the device refuses. */
int llm_session_create(hyp_device *device, const struct llm_model *model,
                       struct llm_session **session, hyp_error *error);
/* As hyp_program_set_verify. */
void llm_session_set_verify(struct llm_session *session, hyp_verify_mode verify);
void llm_session_destroy(struct llm_session *session);

/* Takes the next tokens of the text, such as a prompt, several at once, and computes the logits
 * after each, the same as one by one. HYP_EINVAL: no token of the vocabulary; HYP_ETOOBIG: there is
 * no room for all of them in the context; either way nothing was taken. Else as hyp_program_run. */
int llm_session_read(struct llm_session *session, const uint32_t *tokens, uint32_t count,
                     hyp_error *error);

/* The same for one token. */
int llm_session_step(struct llm_session *session, uint32_t token, hyp_error *error);

/* How many tokens were taken. */
uint32_t llm_session_position(const struct llm_session *session);

/* [vocabulary], Q16, after the last token; valid until the next step. */
const int32_t *llm_session_logits(const struct llm_session *session);

/* The sum over all that was read and chosen so far: a function of the shape of the model and of how
 * many tokens were read each time. */
uint64_t llm_session_gas(const struct llm_session *session);

/* How the next token is chosen. Temperature 0: the largest logit, the lowest token of equals.
 * Else at random, in proportion to 2^(logit · log2(e) · 1000 / temperature), in integers, with a
 * number that is keccak-256 of seed and position (both u64, little-endian): the same everywhere. */
struct llm_choice {
    uint32_t temperature; /* in thousandths, at most LLM_MAX_TEMPERATURE */
    uint64_t seed;
};
enum { LLM_MAX_TEMPERATURE = 1000000 };

/* What reading a prompt of so many tokens and then choosing so many more, all of which but the last
 * are read too, will cost in gas, without running any of it; as far as the context goes. */
uint64_t llm_session_price(struct llm_session *session, uint32_t prompt, uint32_t tokens,
                           const struct llm_choice *choice);

/* A hash over all logits so far: d_0 = 32 zero bytes, d_i = keccak-256(d_{i−1}, logits after token
 * i as little-endian i32). */
void llm_session_logits_digest(const struct llm_session *session, uint8_t digest[LLM_DIGEST_SIZE]);

/* The token that follows the last one. Errors as hyp_program_run. */
int llm_session_choose(struct llm_session *session, const struct llm_choice *choice,
                       uint32_t *token, hyp_error *error);

#endif
