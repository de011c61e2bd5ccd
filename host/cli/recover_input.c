#include "host/cli/recover_input.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "host/cli/cli.h"

enum { PROBLEM_BYTES = 160 };

/* Skips blanks; returns the character after them without taking it, or EOF. */
static int peek(FILE *file)
{
    int c;
    do {
        c = getc(file);
    } while (c == ' ' || c == '\t' || c == '\n' || c == '\r');
    if (c != EOF) {
        ungetc(c, file);
    }
    return c;
}

static bool read_number(const json_t *object, const char *key, uint8_t out[32], char *problem)
{
    const json_t *value = json_object_get(object, key);
    const char *text = json_string_value(value);
    uint8_t bytes[33];
    size_t column;

    if (!text) {
        snprintf(problem, PROBLEM_BYTES, value ? "\"%s\" is not a string" : "\"%s\" is missing",
                 key);
        return false;
    }
    size_t length = json_string_length(value);
    long count = length <= 2 * sizeof bytes ? cli_parse_hex(text, length, bytes, &column) : 33;
    if (count < 0) {
        snprintf(problem, PROBLEM_BYTES, "\"%s\" is not hex at column %zu", key, column);
        return false;
    }
    if (count != 32) {
        snprintf(problem, PROBLEM_BYTES, "\"%s\" has %zu characters; 64 hex digits are wanted", key,
                 length);
        return false;
    }
    memcpy(out, bytes, 32);
    return true;
}

static enum recover_read read_object(const json_t *object, struct recover_item *item, char *problem)
{
    const json_t *recid = json_object_get(object, "recid");

    if (!json_is_object(object)) {
        snprintf(problem, PROBLEM_BYTES, "not an object");
        return RECOVER_BAD;
    }
    if (!read_number(object, "hash", item->hash, problem) ||
        !read_number(object, "r", item->r, problem) ||
        !read_number(object, "s", item->s, problem)) {
        return RECOVER_BAD;
    }
    if (!json_is_integer(recid)) {
        snprintf(problem, PROBLEM_BYTES,
                 recid ? "\"recid\" is not a whole number" : "\"recid\" is missing");
        return RECOVER_BAD;
    }
    json_int_t value = json_integer_value(recid);
    item->recid = value >= 0 && value < 255 ? (uint8_t)value : 255;
    return RECOVER_ITEM;
}

static enum recover_read broken(const json_error_t *error, char *problem)
{
    snprintf(problem, PROBLEM_BYTES, "%.120s", error->text);
    return RECOVER_BROKEN;
}

/* One element of the array, with the comma or bracket before it. */
static enum recover_read next_in_array(struct recover_input *input, struct recover_item *item,
                                       char *problem)
{
    json_error_t error;
    int c = peek(input->file);

    if (c == ']') {
        getc(input->file);
        if (peek(input->file) != EOF) {
            snprintf(problem, PROBLEM_BYTES, "text after the end of the array");
            return RECOVER_BROKEN;
        }
        return RECOVER_END;
    }
    if (input->number > 0) {
        if (c != ',') {
            snprintf(problem, PROBLEM_BYTES,
                     c == EOF ? "the array is cut short" : "a comma is missing between items");
            return RECOVER_BROKEN;
        }
        getc(input->file);
    }
    /* The decoder stops right behind an object, which is what lets an array of any size stream;
     * anything else it would have to read ahead of. */
    if (peek(input->file) != '{') {
        snprintf(problem, PROBLEM_BYTES, "an item is not an object, or the array is cut short");
        return RECOVER_BROKEN;
    }
    input->number++;
    json_t *object =
        json_loadf(input->file, JSON_DISABLE_EOF_CHECK | JSON_REJECT_DUPLICATES, &error);
    if (!object) {
        return broken(&error, problem);
    }
    enum recover_read result = read_object(object, item, problem);
    json_decref(object);
    return result;
}

static bool is_blank(const char *line)
{
    return line[strspn(line, " \t\r\n")] == 0;
}

static enum recover_read next_line(struct recover_input *input, struct recover_item *item,
                                   char *problem)
{
    json_error_t error;
    ssize_t length;

    do {
        errno = 0;
        length = getline(&input->line, &input->line_size, input->file);
        if (length < 0) {
            if (!errno) {
                return RECOVER_END;
            }
            snprintf(problem, PROBLEM_BYTES, "%s", strerror(errno));
            return RECOVER_BROKEN;
        }
        input->number++;
    } while (is_blank(input->line));
    json_t *object = json_loadb(input->line, (size_t)length, JSON_REJECT_DUPLICATES, &error);
    if (!object) {
        broken(&error, problem);
        return RECOVER_BAD; /* the next line may be good */
    }
    enum recover_read result = read_object(object, item, problem);
    json_decref(object);
    return result;
}

enum recover_read recover_input_next(struct recover_input *input, struct recover_item *item,
                                     char problem[PROBLEM_BYTES])
{
    if (!input->started) {
        input->started = true;
        input->array = peek(input->file) == '[';
        if (input->array) {
            getc(input->file);
        }
    }
    return input->array ? next_in_array(input, item, problem) : next_line(input, item, problem);
}

void recover_input_close(struct recover_input *input)
{
    free(input->line);
    input->line = NULL;
}
