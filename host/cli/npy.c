#include "host/cli/npy.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAGIC_SIZE = 6, HEADER_ALIGNMENT = 64 };
static const char magic[MAGIC_SIZE] = "\x93NUMPY";

static const struct {
    const char *name;
    const char *code; /* in "descr"; numbers of one byte have no order */
    size_t size;
} types[] = {
    [NPY_I8] = {"int8", "|i1", 1},   [NPY_U8] = {"uint8", "|u1", 1},
    [NPY_I16] = {"int16", "<i2", 2}, [NPY_U16] = {"uint16", "<u2", 2},
    [NPY_I32] = {"int32", "<i4", 4}, [NPY_U32] = {"uint32", "<u4", 4},
};
enum { TYPES = sizeof types / sizeof types[0] };

const char *npy_type_name(enum npy_type type)
{
    return types[type].name;
}

size_t npy_type_size(enum npy_type type)
{
    return types[type].size;
}

/* ---- the header: a Python dictionary with three entries ---- */

struct text {
    const char *at;
    const char *end;
};

static bool fail(char message[256], const char *what)
{
    snprintf(message, 256, "%s", what);
    return false;
}

static void skip_space(struct text *text)
{
    while (text->at < text->end && (*text->at == ' ' || *text->at == '\n' || *text->at == '\t')) {
        text->at++;
    }
}

/* Takes `c`, after spaces, if it comes next. */
static bool take(struct text *text, char c)
{
    skip_space(text);
    if (text->at == text->end || *text->at != c) {
        return false;
    }
    text->at++;
    return true;
}

static bool take_word(struct text *text, const char *word)
{
    size_t length = strlen(word);

    skip_space(text);
    if ((size_t)(text->end - text->at) < length || memcmp(text->at, word, length) != 0) {
        return false;
    }
    text->at += length;
    return true;
}

/* A string in either kind of quotes, cut to fit. Escapes do not occur in what is understood. */
static bool take_string(struct text *text, char *string, size_t size)
{
    skip_space(text);
    char quote = '\0';
    size_t length = 0;

    if (text->at < text->end) {
        quote = *text->at;
    }
    if (quote != '\'' && quote != '"') {
        return false;
    }
    for (text->at++; text->at < text->end && *text->at != quote; text->at++) {
        if (length + 1 < size) {
            string[length++] = *text->at;
        }
    }
    string[length] = 0;
    return take(text, quote);
}

static bool take_number(struct text *text, uint64_t *number)
{
    skip_space(text);
    if (text->at == text->end || *text->at < '0' || *text->at > '9') {
        return false;
    }
    for (*number = 0; text->at < text->end && *text->at >= '0' && *text->at <= '9'; text->at++) {
        if (__builtin_mul_overflow(*number, 10, number) ||
            __builtin_add_overflow(*number, (uint64_t)(*text->at - '0'), number)) {
            return false;
        }
    }
    return true;
}

static bool take_shape(struct text *text, struct npy *array)
{
    if (!take(text, '(')) {
        return false;
    }
    for (array->rank = 0; !take(text, ')'); array->rank++) {
        if (array->rank == NPY_MAX_RANK || !take_number(text, &array->shape[array->rank])) {
            return false;
        }
        skip_space(text);
        if (!take(text, ',') && (array->rank == 0 || text->at == text->end || *text->at != ')')) {
            return false;
        }
    }
    return true;
}

static bool find_type(const char *code, enum npy_type *type)
{
    for (int i = 0; i < TYPES; i++) {
        bool order = code[0] == types[i].code[0] || (types[i].size == 1 && strchr("<>=", code[0]));
        if (code[0] && order && strcmp(code + 1, types[i].code + 1) == 0) {
            *type = (enum npy_type)i;
            return true;
        }
    }
    return false;
}

static bool read_type(const char *code, enum npy_type *type, char message[256])
{
    if (find_type(code, type)) {
        return true;
    }
    snprintf(message, 256,
             "the array has dtype \"%.32s\"; int8, uint8, int16, uint16, int32 and uint32, "
             "little-endian, can be read: convert it with astype",
             code);
    for (char *c = message; *c; c++) {
        *c = (char)((unsigned char)*c < ' ' || (unsigned char)*c > '~' ? '?' : *c);
    }
    return false;
}

enum { SEEN_TYPE = 1, SEEN_ORDER = 2, SEEN_SHAPE = 4, SEEN_ALL = 7 };

/* One entry; `seen` gains what it is. */
static bool read_entry(struct text *text, struct npy *array, char code[64], unsigned *seen)
{
    char key[32];
    unsigned kind;
    bool read;

    if (!take_string(text, key, sizeof key) || !take(text, ':')) {
        return false;
    }
    if (strcmp(key, "descr") == 0) {
        kind = SEEN_TYPE;
        read = take_string(text, code, 64);
    } else if (strcmp(key, "fortran_order") == 0) {
        kind = SEEN_ORDER;
        array->fortran = take_word(text, "True");
        read = array->fortran || take_word(text, "False");
    } else {
        kind = strcmp(key, "shape") == 0 ? SEEN_SHAPE : 0;
        read = kind && take_shape(text, array);
    }
    if (!read || *seen & kind) {
        return false;
    }
    *seen |= kind;
    return true;
}

static bool read_dictionary(struct text *text, struct npy *array, char message[256])
{
    char code[64] = "";
    unsigned seen = 0;
    bool whole = take(text, '{');

    while (whole && !take(text, '}')) {
        whole = read_entry(text, array, code, &seen);
        skip_space(text);
        whole = whole && (take(text, ',') || (text->at < text->end && *text->at == '}'));
    }
    skip_space(text);
    if (!whole || seen != SEEN_ALL || text->at != text->end) {
        return fail(message, "the header of the array is damaged, or its dtype is a structure");
    }
    return read_type(code, &array->type, message);
}

/* ---- the file ---- */

/* Where the header's text lies. */
static bool find_header(const uint8_t *file, size_t size, struct text *text, char message[256])
{
    if (size < MAGIC_SIZE + 4 || memcmp(file, magic, MAGIC_SIZE) != 0) {
        return fail(message, "not a NumPy file (.npy)");
    }
    unsigned version = file[MAGIC_SIZE];
    if (version < 1 || version > 3 || file[MAGIC_SIZE + 1] != 0) {
        snprintf(message, 256, "NumPy format %u.%u is not known; 1.0, 2.0 and 3.0 are", version,
                 file[MAGIC_SIZE + 1]);
        return false;
    }
    size_t start = version == 1 ? MAGIC_SIZE + 4 : MAGIC_SIZE + 6;
    if (size < start) {
        return fail(message, "the file ends inside its header");
    }
    size_t length = file[MAGIC_SIZE + 2] | (size_t)file[MAGIC_SIZE + 3] << 8;
    if (version > 1) {
        length |= (size_t)file[MAGIC_SIZE + 4] << 16 | (size_t)file[MAGIC_SIZE + 5] << 24;
    }
    if (length > size - start) {
        return fail(message, "the file ends inside its header");
    }
    *text = (struct text){(const char *)file + start, (const char *)file + start + length};
    return true;
}

static bool count_bytes(struct npy *array)
{
    array->bytes = types[array->type].size;
    for (uint32_t i = 0; i < array->rank; i++) {
        if (__builtin_mul_overflow(array->bytes, array->shape[i], &array->bytes)) {
            return false;
        }
    }
    return true;
}

bool npy_read(const void *file, size_t size, struct npy *array, char message[256])
{
    struct text text;
    char shape[NPY_TEXT];

    *array = (struct npy){0};
    if (!find_header(file, size, &text, message) || !read_dictionary(&text, array, message)) {
        return false;
    }
    size_t there = size - (size_t)(text.end - (const char *)file);
    npy_format_shape(array, shape);
    if (!count_bytes(array) || array->bytes > there) {
        snprintf(message, 256,
                 "the file is truncated: an array of shape %s does not fit into %zu bytes", shape,
                 there);
        return false;
    }
    if (array->bytes < there) {
        snprintf(message, 256, "%" PRIu64 " bytes follow the array of shape %s",
                 there - array->bytes, shape);
        return false;
    }
    array->data = text.end;
    return true;
}

void npy_format_shape(const struct npy *array, char text[NPY_TEXT])
{
    size_t used = (size_t)snprintf(text, NPY_TEXT, "(");

    for (uint32_t i = 0; i < array->rank && used < NPY_TEXT; i++) {
        used += (size_t)snprintf(text + used, NPY_TEXT - used, "%s%" PRIu64, i ? ", " : "",
                                 array->shape[i]);
    }
    if (used < NPY_TEXT) {
        snprintf(text + used, NPY_TEXT - used, array->rank == 1 ? ",)" : ")");
    }
}

void *npy_row_major(const struct npy *array)
{
    size_t size = types[array->type].size;
    size_t rows = array->rank == 2 ? (size_t)array->shape[0] : 1;
    size_t columns = rows && array->bytes ? (size_t)array->bytes / size / rows : 0;
    uint8_t *copy = malloc(array->bytes ? (size_t)array->bytes : 1);
    const uint8_t *from = array->data;

    if (!copy) {
        return NULL;
    }
    if (!array->fortran || array->rank < 2) {
        memcpy(copy, from, (size_t)array->bytes);
        return copy;
    }
    for (size_t r = 0; r < rows; r++) {
        for (size_t c = 0; c < columns; c++) {
            memcpy(copy + (r * columns + c) * size, from + (c * rows + r) * size, size);
        }
    }
    return copy;
}

uint8_t *npy_write(enum npy_type type, uint64_t rows, uint64_t columns, const void *data,
                   size_t *size)
{
    char text[160];
    int used =
        snprintf(text, sizeof text,
                 "{'descr': '%s', 'fortran_order': False, 'shape': (%" PRIu64 ", %" PRIu64 "), }",
                 types[type].code, rows, columns);
    /* Spaces and a newline, such that the data begin at a multiple of 64. */
    size_t header = (MAGIC_SIZE + 4 + (size_t)used + 1 + HEADER_ALIGNMENT - 1) / HEADER_ALIGNMENT *
                    HEADER_ALIGNMENT;
    size_t bytes = (size_t)(rows * columns) * types[type].size;
    uint8_t *file = malloc(header + bytes);

    if (!file) {
        return NULL;
    }
    memset(file, ' ', header);
    memcpy(file, magic, MAGIC_SIZE);
    file[MAGIC_SIZE] = 1;
    file[MAGIC_SIZE + 1] = 0;
    file[MAGIC_SIZE + 2] = (uint8_t)(header - MAGIC_SIZE - 4);
    file[MAGIC_SIZE + 3] = (uint8_t)((header - MAGIC_SIZE - 4) >> 8);
    memcpy(file + MAGIC_SIZE + 4, text, (size_t)used);
    file[header - 1] = '\n';
    if (bytes) {
        memcpy(file + header, data, bytes);
    }
    *size = header + bytes;
    return file;
}
