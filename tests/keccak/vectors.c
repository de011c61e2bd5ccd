#include "tests/keccak/vectors.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/shared_data.h"

static int hex_value(char c)
{
    const char *digits = "0123456789abcdef";
    const char *found = c ? strchr(digits, c) : NULL;
    return found ? (int)(found - digits) : -1;
}

bool vectors_parse_digest(const char *hex, uint8_t digest[32])
{
    for (size_t i = 0; i < 32; i++) {
        int high = hex_value(hex[2 * i]);
        int low = high < 0 ? -1 : hex_value(hex[2 * i + 1]);
        if (low < 0) {
            return false;
        }
        digest[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

void vectors_message(size_t length, uint8_t *message)
{
    for (size_t i = 0; i < length; i++) {
        message[i] = (uint8_t)(i * 7 + length * 13 + (i >> 8));
    }
}

struct vector *vectors_load(size_t *count)
{
    const char *path = shared_data_path("keccak256.txt");
    size_t length;
    uint8_t *text = path ? read_whole_file(path, &length) : NULL;
    struct vector *vectors = text ? calloc(length / 64 + 1, sizeof *vectors) : NULL;

    *count = 0;
    for (char *line = (char *)text; vectors && line && *line;) {
        char *end = strchr(line, '\n');
        char *digest;
        struct vector *vector = &vectors[*count];
        vector->length = strtoul(line, &digest, 10);
        if (*digest == ' ' && vectors_parse_digest(digest + 1, vector->digest)) {
            (*count)++;
        }
        line = end ? end + 1 : NULL;
    }
    free(text);
    return vectors;
}
