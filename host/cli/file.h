/* Whole files. */
#ifndef HYPERION_CLI_FILE_H
#define HYPERION_CLI_FILE_H

#include <stddef.h>
#include <stdint.h>

/* Reads a whole file. Returns NULL and a sentence in `message` when that fails. The caller frees
 * it. */
uint8_t *cli_read_file(const char *name, size_t *length, char message[256]);

/* Replaces a file as a whole or not at all. Returns CLI_OK, or CLI_USAGE after a message. */
int cli_write_file(const char *name, const void *content, size_t size);

#endif
