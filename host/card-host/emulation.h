/* The surroundings that XRT's hardware emulation wants: environment variables and files. */
#ifndef HYPERION_CARD_HOST_EMULATION_H
#define HYPERION_CARD_HOST_EMULATION_H

#include "hyperion/error.h"

/* Writes the files into `folder` (private, absolute, made of characters a shell does not touch),
 * sets the environment and enters the folder; `platform` is the name of the card to be simulated.
 * To be called before XRT's first use, which reads all this once. Returns 0 or HYP_EIO with a
 * sentence. */
int emulation_prepare(const char *folder, const char *platform, hyp_error *error);

/* Undoes what a caller's environment may hold for emulation: the card is a real one. */
void emulation_forbid(void);

#endif
