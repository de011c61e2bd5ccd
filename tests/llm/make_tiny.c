/* Writes the made-up checkpoint and tokenizer of tiny.h to files, for tests of the command. */
#include <stdio.h>
#include <stdlib.h>

#include "tests/llm/tiny.h"

static void save(const char *name, uint8_t *content, size_t size)
{
    FILE *file = fopen(name, "wb");

    if (!file || fwrite(content, 1, size, file) != size || fclose(file) != 0) {
        perror(name);
        exit(2);
    }
    free(content);
}

int main(int argc, char **argv)
{
    size_t size;

    if (argc != 3) {
        fputs("usage: make_tiny CHECKPOINT TOKENIZER\n", stderr);
        return 2;
    }
    uint8_t *checkpoint = tiny_checkpoint(&tiny_shape, true, 1, &size);
    save(argv[1], checkpoint, size);
    uint8_t *tokenizer = tiny_tokenizer(true, &size);
    save(argv[2], tokenizer, size);
    return 0;
}
