/* Reading signatures for `hyperion recover`: a JSON array, or one object a line. */
#ifndef HYPERION_CLI_RECOVER_INPUT_H
#define HYPERION_CLI_RECOVER_INPUT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct recover_item {
    uint8_t hash[32];
    uint8_t r[32];
    uint8_t s[32];
    uint8_t recid; /* values above 255 are read as 255, which is as wrong as they are */
};

struct recover_input {
    FILE *file;
    bool started;
    bool array;
    uint64_t number; /* of the item read last, from 1; for an object a line, the line */
    char *line;
    size_t line_size;
};

enum recover_read {
    RECOVER_ITEM,   /* an item was read */
    RECOVER_BAD,    /* this item is malformed; `problem` says how; the next can be read */
    RECOVER_END,    /* there is no more */
    RECOVER_BROKEN, /* the input is malformed from here on; `problem` says how */
};

/* Reads the next item. `problem` has room for 160 bytes. */
enum recover_read recover_input_next(struct recover_input *input, struct recover_item *item,
                                     char problem[160]);
void recover_input_close(struct recover_input *input);

#endif
