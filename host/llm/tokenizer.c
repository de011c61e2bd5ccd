#include "host/llm/tokenizer.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/llm/bytes.h"

enum { BYTE_TOKEN_LENGTH = 6, NO_TOKEN = -1 };

struct token {
    const char *bytes;
    uint32_t length;
    int32_t score; /* ordered as the file's floats */
};

struct llm_tokenizer {
    uint32_t count;
    struct token *tokens; /* by id */
    uint32_t *sorted;     /* ids of what text can become, ordered by bytes, then by id */
    uint32_t sorted_count;
    int32_t byte_token[256]; /* id of <0xNN>, or NO_TOKEN */
    char bytes[256];         /* every byte, for decoding */
};

/* ---- reading ---- */

/* An integer that orders as the float with these bits does. Returns false for what is no number. */
static bool order_of(uint32_t bits, int32_t *order)
{
    if ((bits & 0x7f800000u) == 0x7f800000u) {
        return false;
    }
    *order = bits >> 31 ? -(int32_t)(bits & 0x7fffffffu) : (int32_t)bits;
    return true;
}

static int read_token(const uint8_t *file, size_t size, size_t *offset, uint32_t id,
                      struct token *token, hyp_error *error)
{
    if (size - *offset < 8) {
        return llm_fail(error, HYP_EINVAL, "the tokenizer is truncated at token %u", id);
    }
    uint32_t length = llm_get_u32(file + *offset + 4);
    if (!order_of(llm_get_u32(file + *offset), &token->score)) {
        return llm_fail(error, HYP_EINVAL, "the score of token %u is no number", id);
    }
    *offset += 8;
    if (length > size - *offset) {
        return llm_fail(error, HYP_EINVAL,
                        "token %u claims %u bytes, where the tokenizer has %zu left", id, length,
                        size - *offset);
    }
    token->bytes = (const char *)file + *offset;
    token->length = length;
    *offset += length;
    return HYP_OK;
}

static int read_tokens(struct llm_tokenizer *tokenizer, const uint8_t *file, size_t size,
                       hyp_error *error)
{
    size_t offset = 4;

    if (size < offset) {
        return llm_fail(error, HYP_EINVAL, "%zu bytes are too few for a tokenizer", size);
    }
    for (uint32_t id = 0; id < tokenizer->count; id++) {
        int result = read_token(file, size, &offset, id, &tokenizer->tokens[id], error);
        if (result) {
            return result;
        }
    }
    if (offset != size) {
        return llm_fail(error, HYP_EINVAL,
                        "the tokenizer goes on for %zu bytes after the model's %u tokens",
                        size - offset, tokenizer->count);
    }
    return HYP_OK;
}

static int compare_bytes(const char *a, uint32_t a_length, const char *b, uint32_t b_length)
{
    uint32_t common = a_length < b_length ? a_length : b_length;
    int order = common ? memcmp(a, b, common) : 0;

    return order ? order : (a_length > b_length) - (a_length < b_length);
}

static int compare_ids(const void *a, const void *b, void *user)
{
    const struct token *tokens = user;
    uint32_t i = *(const uint32_t *)a;
    uint32_t j = *(const uint32_t *)b;
    int order = compare_bytes(tokens[i].bytes, tokens[i].length, tokens[j].bytes, tokens[j].length);

    return order ? order : (i > j) - (i < j);
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* The byte that a token <0xNN> stands for, or −1. */
static int byte_of(const struct token *token)
{
    if (token->length != BYTE_TOKEN_LENGTH || memcmp(token->bytes, "<0x", 3) != 0 ||
        token->bytes[5] != '>') {
        return -1;
    }
    int high = hex_digit(token->bytes[3]);
    int low = hex_digit(token->bytes[4]);
    return high < 0 || low < 0 ? -1 : 16 * high + low;
}

static void index_tokens(struct llm_tokenizer *tokenizer)
{
    for (int i = 0; i < 256; i++) {
        tokenizer->byte_token[i] = NO_TOKEN;
        tokenizer->bytes[i] = (char)i;
    }
    for (uint32_t id = LLM_TOKEN_END + 1; id < tokenizer->count; id++) {
        int byte = byte_of(&tokenizer->tokens[id]);
        if (byte >= 0 && tokenizer->byte_token[byte] == NO_TOKEN) {
            tokenizer->byte_token[byte] = (int32_t)id;
        }
        if (byte < 0 && tokenizer->tokens[id].length > 0) {
            tokenizer->sorted[tokenizer->sorted_count++] = id;
        }
    }
    qsort_r(tokenizer->sorted, tokenizer->sorted_count, sizeof(uint32_t), compare_ids,
            tokenizer->tokens);
}

int llm_tokenizer_create(const void *file, size_t size, uint32_t vocabulary,
                         struct llm_tokenizer **tokenizer, hyp_error *error)
{
    struct llm_tokenizer *made = calloc(1, sizeof *made);

    *tokenizer = NULL;
    if (made) {
        made->count = vocabulary;
        made->tokens = calloc((size_t)vocabulary + 1, sizeof *made->tokens);
        made->sorted = calloc((size_t)vocabulary + 1, sizeof *made->sorted);
    }
    if (!made || !made->tokens || !made->sorted) {
        llm_tokenizer_destroy(made);
        return llm_fail(error, HYP_ENOMEM, "no memory for a tokenizer");
    }
    int result = read_tokens(made, file, size, error);
    if (result) {
        llm_tokenizer_destroy(made);
        return result;
    }
    index_tokens(made);
    *tokenizer = made;
    return HYP_OK;
}

void llm_tokenizer_destroy(struct llm_tokenizer *tokenizer)
{
    if (tokenizer) {
        free(tokenizer->tokens);
        free(tokenizer->sorted);
        free(tokenizer);
    }
}

/* The lowest id of a token with these bytes, or NO_TOKEN. */
static int32_t find_token(const struct llm_tokenizer *tokenizer, const char *bytes, uint32_t length)
{
    uint32_t low = 0;
    uint32_t high = tokenizer->sorted_count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        const struct token *token = &tokenizer->tokens[tokenizer->sorted[middle]];
        if (compare_bytes(token->bytes, token->length, bytes, length) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    if (low == tokenizer->sorted_count) {
        return NO_TOKEN;
    }
    const struct token *token = &tokenizer->tokens[tokenizer->sorted[low]];
    bool same = compare_bytes(token->bytes, token->length, bytes, length) == 0;
    return same ? (int32_t)tokenizer->sorted[low] : NO_TOKEN;
}

/* ---- encoding ---- */

/* A token in the list that encoding works on: pieces never move, so that their index is also their
 * order in the text. */
struct piece {
    uint32_t start; /* in the text with its space */
    uint32_t length;
    uint32_t token;
    uint32_t previous;
    uint32_t next;
    bool fallback; /* a byte without a token of its own: never joined */
};

/* Two neighbours that have a joined token. Stale once one of them has changed its length. */
struct join {
    int32_t score;
    uint32_t left;
    uint32_t left_length;
    uint32_t right_length;
    uint32_t token;
};

struct encoder {
    const struct llm_tokenizer *tokenizer;
    char *text;
    uint32_t length;
    struct piece *pieces;
    uint32_t piece_count;
    struct join *heap;
    size_t heap_count;
};

static const uint32_t none = UINT32_MAX;

static bool before(const struct join *a, const struct join *b)
{
    return a->score != b->score ? a->score > b->score : a->left < b->left;
}

static void push(struct encoder *encoder, struct join join)
{
    size_t at = encoder->heap_count++;

    while (at > 0 && before(&join, &encoder->heap[(at - 1) / 2])) {
        encoder->heap[at] = encoder->heap[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    encoder->heap[at] = join;
}

static struct join pop(struct encoder *encoder)
{
    struct join *heap = encoder->heap;
    struct join top = heap[0];
    struct join last = heap[--encoder->heap_count];
    size_t at = 0;

    for (size_t child = 1; child < encoder->heap_count; child = 2 * at + 1) {
        child += child + 1 < encoder->heap_count && before(&heap[child + 1], &heap[child]);
        if (!before(&heap[child], &last)) {
            break;
        }
        heap[at] = heap[child];
        at = child;
    }
    heap[at] = last;
    return top;
}

static void consider(struct encoder *encoder, uint32_t left)
{
    if (left == none || encoder->pieces[left].next == none) {
        return;
    }
    const struct piece *a = &encoder->pieces[left];
    const struct piece *b = &encoder->pieces[a->next];
    if (a->fallback || b->fallback) {
        return;
    }
    int32_t token = find_token(encoder->tokenizer, encoder->text + a->start, a->length + b->length);
    if (token != NO_TOKEN) {
        push(encoder, (struct join){encoder->tokenizer->tokens[token].score, left, a->length,
                                    b->length, (uint32_t)token});
    }
}

static void add_piece(struct encoder *encoder, uint32_t start, uint32_t length, int32_t token,
                      bool fallback)
{
    uint32_t index = encoder->piece_count++;

    encoder->pieces[index] =
        (struct piece){start, length, (uint32_t)token, index ? index - 1 : none, none, fallback};
    if (index) {
        encoder->pieces[index - 1].next = index;
    }
}

/* The bytes of the UTF-8 character at `at`; of something else at least one, and at most four. */
static uint32_t character_length(const struct encoder *encoder, uint32_t at)
{
    uint32_t length = 1;

    /* The space in front takes no stray bytes of the text. */
    while (at > 0 && length < 4 && at + length < encoder->length &&
           ((unsigned char)encoder->text[at + length] & 0xc0) == 0x80) {
        length++;
    }
    return length;
}

static int add_bytes(struct encoder *encoder, uint32_t at, uint32_t length, hyp_error *error)
{
    for (uint32_t i = at; i < at + length; i++) {
        unsigned char byte = (unsigned char)encoder->text[i];
        int32_t token = encoder->tokenizer->byte_token[byte];
        if (token == NO_TOKEN && i == 0) {
            continue; /* the space that was put in front, in a vocabulary without one */
        }
        if (token == NO_TOKEN) {
            return llm_fail(error, HYP_EINVAL,
                            "the tokenizer has no token for byte 0x%02x at position %u of the text",
                            byte, i - 1);
        }
        add_piece(encoder, i, 1, token, true);
    }
    return HYP_OK;
}

static int split(struct encoder *encoder, hyp_error *error)
{
    for (uint32_t at = 0; at < encoder->length;) {
        uint32_t length = character_length(encoder, at);
        int32_t token = find_token(encoder->tokenizer, encoder->text + at, length);
        if (token != NO_TOKEN) {
            add_piece(encoder, at, length, token, false);
        } else {
            int result = add_bytes(encoder, at, length, error);
            if (result) {
                return result;
            }
        }
        at += length;
    }
    return HYP_OK;
}

static void join_all(struct encoder *encoder)
{
    for (uint32_t i = 0; i + 1 < encoder->piece_count; i++) {
        consider(encoder, i);
    }
    while (encoder->heap_count) {
        struct join join = pop(encoder);
        struct piece *left = &encoder->pieces[join.left];
        if (left->length != join.left_length || left->next == none ||
            encoder->pieces[left->next].length != join.right_length) {
            continue;
        }
        struct piece *right = &encoder->pieces[left->next];
        left->length += right->length;
        left->token = join.token;
        left->next = right->next;
        right->length = 0;
        if (left->next != none) {
            encoder->pieces[left->next].previous = join.left;
        }
        consider(encoder, left->previous);
        consider(encoder, join.left);
    }
}

/* Of n pieces, n − 1 pairs are considered at first and two after each of at most n − 1 joins. */
static bool encoder_allocate(struct encoder *encoder, const char *text, size_t length)
{
    encoder->length = length ? (uint32_t)length + 1 : 0;
    encoder->text = malloc(length + 1);
    encoder->pieces = malloc((length + 1) * sizeof *encoder->pieces);
    encoder->heap = malloc(3 * (length + 1) * sizeof *encoder->heap);
    if (!encoder->text || !encoder->pieces || !encoder->heap) {
        return false;
    }
    encoder->text[0] = ' ';
    if (length) {
        memcpy(encoder->text + 1, text, length);
    }
    return true;
}

static bool list_tokens(const struct encoder *encoder, uint32_t **tokens, size_t *count)
{
    uint32_t *list = malloc(((size_t)encoder->piece_count + 1) * sizeof *list);

    if (!list) {
        return false;
    }
    list[0] = LLM_TOKEN_BEGIN;
    *count = 1;
    for (uint32_t i = encoder->piece_count ? 0 : none; i != none; i = encoder->pieces[i].next) {
        list[(*count)++] = encoder->pieces[i].token;
    }
    *tokens = list;
    return true;
}

int llm_tokenizer_encode(const struct llm_tokenizer *tokenizer, const char *text, size_t length,
                         uint32_t **tokens, size_t *count, hyp_error *error)
{
    struct encoder encoder = {.tokenizer = tokenizer};
    int result = HYP_OK;

    *tokens = NULL;
    *count = 0;
    if (length > (size_t)1 << 30) {
        return llm_fail(error, HYP_EINVAL, "a text of %zu bytes is too long", length);
    }
    bool memory = encoder_allocate(&encoder, text, length);
    if (memory) {
        result = split(&encoder, error);
    }
    if (memory && result == HYP_OK) {
        join_all(&encoder);
        memory = list_tokens(&encoder, tokens, count);
    }
    free(encoder.text);
    free(encoder.pieces);
    free(encoder.heap);
    return memory ? result
                  : llm_fail(error, HYP_ENOMEM, "no memory for a text of %zu bytes", length);
}

/* ---- decoding ---- */

const char *llm_tokenizer_decode(const struct llm_tokenizer *tokenizer, uint32_t previous,
                                 uint32_t token, size_t *length)
{
    *length = 0;
    if (token >= tokenizer->count || token <= LLM_TOKEN_END) {
        return "";
    }
    const struct token *found = &tokenizer->tokens[token];
    int byte = byte_of(found);
    if (byte >= 0) {
        *length = 1;
        return &tokenizer->bytes[byte];
    }
    bool skip = previous == LLM_TOKEN_BEGIN && found->length && found->bytes[0] == ' ';
    *length = found->length - skip;
    return found->bytes + skip;
}
