/* The tokenizer: known answers, a plain implementation on random texts, text to tokens and back,
 * files that are damaged in every way. */
#include "host/llm/tokenizer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/llm/tiny.h"
#include "tests/support/random_batch.h"
#include "tests/support/shared_data.h"
#include "tests/support/test.h"

struct vocabulary {
    uint8_t *file;
    size_t size;
    uint32_t count;
    struct llm_tokenizer *tokenizer;
};

static struct vocabulary open_file(uint8_t *file, size_t size, uint32_t count)
{
    struct vocabulary vocabulary = {file, size, count, NULL};

    assert_int_equal(llm_tokenizer_create(file, size, count, &vocabulary.tokenizer, NULL), HYP_OK);
    return vocabulary;
}

static struct vocabulary open_tiny(bool bytes)
{
    size_t size;
    uint8_t *file = tiny_tokenizer(bytes, &size);

    return open_file(file, size, tiny_shape.vocabulary);
}

static void close_vocabulary(struct vocabulary *vocabulary)
{
    llm_tokenizer_destroy(vocabulary->tokenizer);
    free(vocabulary->file);
}

/* ---- the plain implementation: the best pair of all, again and again, as llama2.c does ---- */

struct entry {
    float score;
    uint32_t length;
    const char *text;
};

static void list_entries(const struct vocabulary *vocabulary, struct entry *entries)
{
    const uint8_t *at = vocabulary->file + 4;

    for (uint32_t i = 0; i < vocabulary->count; i++) {
        memcpy(&entries[i].score, at, 4);
        memcpy(&entries[i].length, at + 4, 4);
        entries[i].text = (const char *)at + 8;
        at += 8 + entries[i].length;
    }
}

static int look_up(const struct entry *entries, uint32_t count, const char *text, size_t length)
{
    for (uint32_t i = 3; i < count; i++) {
        if (entries[i].length == length && memcmp(entries[i].text, text, length) == 0) {
            return (int)i;
        }
    }
    return -1;
}

static size_t plain_split(const struct entry *entries, uint32_t count, const char *text,
                          size_t length, uint32_t *tokens)
{
    size_t used = 0;

    tokens[used++] = 1;
    if (length) {
        tokens[used++] = (uint32_t)look_up(entries, count, " ", 1);
    }
    for (size_t at = 0; at < length;) {
        size_t bytes = 1;
        while (bytes < 4 && at + bytes < length && ((uint8_t)text[at + bytes] & 0xc0) == 0x80) {
            bytes++;
        }
        int found = look_up(entries, count, text + at, bytes);
        for (size_t i = 0; found < 0 && i < bytes; i++) {
            tokens[used++] = 3u + (uint8_t)text[at + i];
        }
        if (found >= 0) {
            tokens[used++] = (uint32_t)found;
        }
        at += bytes;
    }
    return used;
}

static size_t plain_encode(const struct entry *entries, uint32_t count, const char *text,
                           size_t length, uint32_t *tokens)
{
    size_t used = plain_split(entries, count, text, length, tokens);

    for (;;) {
        size_t best = 0;
        int joined = -1;
        char pair[64];
        for (size_t i = 1; i + 1 < used; i++) {
            const struct entry *a = &entries[tokens[i]];
            const struct entry *b = &entries[tokens[i + 1]];
            memcpy(pair, a->text, a->length);
            memcpy(pair + a->length, b->text, b->length);
            int found = look_up(entries, count, pair, a->length + b->length);
            if (found >= 0 && (joined < 0 || entries[found].score > entries[joined].score)) {
                best = i;
                joined = found;
            }
        }
        if (joined < 0) {
            return used;
        }
        tokens[best] = (uint32_t)joined;
        memmove(&tokens[best + 1], &tokens[best + 2], (used - best - 2) * sizeof *tokens);
        used--;
    }
}

/* ---- tests ---- */

static void expect_tokens(const struct vocabulary *vocabulary, const char *text,
                          const uint32_t *wanted, size_t wanted_count)
{
    uint32_t *tokens;
    size_t count;

    assert_int_equal(
        llm_tokenizer_encode(vocabulary->tokenizer, text, strlen(text), &tokens, &count, NULL),
        HYP_OK);
    assert_int_equal(count, wanted_count);
    assert_memory_equal(tokens, wanted, wanted_count * sizeof *wanted);
    free(tokens);
}

static void test_known_answers(void **state)
{
    (void)state;
    struct vocabulary tiny = open_tiny(true);
    /* 259 " ", 260 "a", 261 "b", 262 "ab", 263 " a", 264 "ba", 265 "aba", 268 "abab", 271 "ca" */
    expect_tokens(&tiny, "", (const uint32_t[]){1}, 1);
    expect_tokens(&tiny, "a", (const uint32_t[]){1, 263}, 2);
    expect_tokens(&tiny, "ba", (const uint32_t[]){1, 259, 264}, 3);
    /* " a" scores −2, "ab" −3, "ba" −3: after " a" the rest is "ba" */
    expect_tokens(&tiny, "aba", (const uint32_t[]){1, 263, 264}, 3);
    expect_tokens(&tiny, "cab", (const uint32_t[]){1, 259, 271, 261}, 4);
    /* no token for x: its byte, which joins with nothing */
    expect_tokens(&tiny, "xa", (const uint32_t[]){1, 259, 3 + 'x', 260}, 4);
    expect_tokens(&tiny, "é", (const uint32_t[]){1, 259, 266}, 3);
    expect_tokens(&tiny, "ê", (const uint32_t[]){1, 259, 3 + 0xc3, 3 + 0xaa}, 4);
    close_vocabulary(&tiny);
}

static void decode_all(const struct vocabulary *vocabulary, const uint32_t *tokens, size_t count,
                       char *text, size_t *length)
{
    *length = 0;
    for (size_t i = 1; i < count; i++) {
        size_t bytes;
        const char *piece =
            llm_tokenizer_decode(vocabulary->tokenizer, tokens[i - 1], tokens[i], &bytes);
        memcpy(text + *length, piece, bytes);
        *length += bytes;
    }
}

/* Letters that join often, and now and then any byte. */
static size_t random_text(struct random *random, char *text, const char *letters)
{
    size_t length = (size_t)random_below(random, 60);

    for (size_t i = 0; i < length; i++) {
        text[i] = random_below(random, 8) ? letters[random_below(random, strlen(letters))]
                                          : (char)random_u64(random);
    }
    return length;
}

static void compare_random(struct vocabulary *vocabulary, const char *letters, int rounds)
{
    struct random random = {7};
    struct entry *entries = calloc(vocabulary->count, sizeof *entries);
    uint32_t wanted[256];
    char text[64];
    char again[256];
    size_t again_length;

    assert_non_null(entries);
    list_entries(vocabulary, entries);
    for (int i = 0; i < rounds; i++) {
        uint32_t *tokens;
        size_t count;
        size_t length = random_text(&random, text, letters);
        size_t wanted_count = plain_encode(entries, vocabulary->count, text, length, wanted);
        assert_int_equal(
            llm_tokenizer_encode(vocabulary->tokenizer, text, length, &tokens, &count, NULL),
            HYP_OK);
        assert_int_equal(count, wanted_count);
        assert_memory_equal(tokens, wanted, count * sizeof *tokens);
        decode_all(vocabulary, tokens, count, again, &again_length);
        assert_int_equal(again_length, length);
        assert_memory_equal(again, text, length);
        free(tokens);
    }
    free(entries);
}

static void test_random_texts(void **state)
{
    (void)state;
    struct vocabulary tiny = open_tiny(true);

    compare_random(&tiny, "aaabbbc ", 2000);
    close_vocabulary(&tiny);
}

static void test_real_vocabulary(void **state)
{
    (void)state;
    const char *path = shared_data_path("llm/tok512.bin");
    size_t size;

    if (!path) {
        print_message("skipped: no ../shared/data/llm/tok512.bin\n");
        skip();
    }
    uint8_t *file = read_whole_file(path, &size);
    struct vocabulary real = open_file(file, size, 512);
    compare_random(&real, "etaoin shrdlu.,TheOnce\n", 300);
    close_vocabulary(&real);
}

static void test_missing_byte(void **state)
{
    (void)state;
    struct vocabulary lacking = open_tiny(false);
    hyp_error error = {0, ""};
    uint32_t *tokens;
    size_t count;

    assert_int_equal(llm_tokenizer_encode(lacking.tokenizer, "aax", 3, &tokens, &count, &error),
                     HYP_EINVAL);
    assert_null(tokens);
    assert_string_equal(error.message,
                        "the tokenizer has no token for byte 0x78 at position 2 of the text");
    expect_tokens(&lacking, "ab", (const uint32_t[]){1, 263, 261}, 3);
    close_vocabulary(&lacking);
}

static void test_long_text(void **state)
{
    (void)state;
    struct vocabulary tiny = open_tiny(true);
    enum { LENGTH = 200000 };
    char *text = malloc(LENGTH);
    uint32_t *tokens;
    size_t count;

    assert_non_null(text);
    memset(text, 'b', LENGTH);
    assert_int_equal(llm_tokenizer_encode(tiny.tokenizer, text, LENGTH, &tokens, &count, NULL),
                     HYP_OK);
    assert_int_equal(count, 2 + LENGTH / 2);
    free(tokens);
    free(text);
    close_vocabulary(&tiny);
}

static void expect_refused(const uint8_t *file, size_t size, const char *message)
{
    struct llm_tokenizer *tokenizer;
    hyp_error error = {0, ""};

    assert_int_equal(llm_tokenizer_create(file, size, tiny_shape.vocabulary, &tokenizer, &error),
                     HYP_EINVAL);
    assert_null(tokenizer);
    if (!strstr(error.message, message)) {
        fail_msg("\"%s\" does not tell \"%s\"", error.message, message);
    }
}

static void test_bad_files(void **state)
{
    (void)state;
    size_t size;
    uint8_t *file = tiny_tokenizer(true, &size);

    for (size_t cut = 0; cut < size; cut++) {
        uint8_t *exact = malloc(cut + 1); /* ASan sees what reads past the end */
        memcpy(exact, file, cut);
        expect_refused(exact, cut, "tok");
        free(exact);
    }
    uint8_t *longer = realloc(file, size + 1);
    assert_non_null(longer);
    longer[size] = 0;
    expect_refused(longer, size + 1, "goes on for 1 bytes");
    memcpy(longer + 4 + 4, (const uint8_t[]){0xff, 0xff, 0xff, 0xff}, 4);
    expect_refused(longer, size, "token 0 claims 4294967295 bytes");
    memcpy(longer + 4, (const uint8_t[]){0, 0, 0xc0, 0x7f}, 4);
    expect_refused(longer, size, "score of token 0");
    free(longer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_answers),   cmocka_unit_test(test_random_texts),
        cmocka_unit_test(test_real_vocabulary), cmocka_unit_test(test_missing_byte),
        cmocka_unit_test(test_long_text),       cmocka_unit_test(test_bad_files),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("tokenizer", tests, NULL, NULL);
}
