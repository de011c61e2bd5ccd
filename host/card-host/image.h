/* The xclbin that a card is to be loaded with, in memory. */
#ifndef HYPERION_CARD_HOST_IMAGE_H
#define HYPERION_CARD_HOST_IMAGE_H

#include <stddef.h>

#include "hyperion/error.h"

/* Reads a whole file. It is copied, not mapped: a mapping shows what others write to the file after
 * its signature was checked. `path` is for sentences. Returns 0, HYP_EBITSTREAM, HYP_EIO or
 * HYP_ENOMEM with a sentence. */
int image_read(const char *path, int fd, void **image, size_t *size, hyp_error *error);
void image_free(void *image, size_t size);

#endif
