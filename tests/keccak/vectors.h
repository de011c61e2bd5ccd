/* The digests of ../shared/data/keccak256.txt: one a length, the message follows from the length.
 */
#ifndef HYPERION_TESTS_KECCAK_VECTORS_H
#define HYPERION_TESTS_KECCAK_VECTORS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct vector {
    size_t length;
    uint8_t digest[32];
};

/* All vectors, in the order of the file; NULL where it is absent. The caller frees them. */
struct vector *vectors_load(size_t *count);

/* The message of `length` bytes that a vector's digest is of. */
void vectors_message(size_t length, uint8_t *message);

/* 64 hex digits at the start of `hex`; false if there are fewer. */
bool vectors_parse_digest(const char *hex, uint8_t digest[32]);

#endif
