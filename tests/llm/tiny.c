#include "tests/llm/tiny.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/llm/import.h"
#include "tests/support/random_batch.h"
#include "tests/support/test.h"

const struct llm_shape tiny_shape = {16, 20, 2, 4, 2, 272, 24};

static uint64_t weight_count(const struct llm_shape *shape, bool shared)
{
    uint64_t dim = shape->dim;
    uint64_t layer =
        2 * dim + 2 * dim * dim + 2 * dim * llm_kv_dim(shape) + 3 * dim * shape->hidden;

    return shape->vocabulary * dim * (shared ? 1 : 2) + shape->layers * layer + dim +
           (uint64_t)shape->context * llm_head_size(shape);
}

uint8_t *tiny_checkpoint(const struct llm_shape *shape, bool shared, uint64_t seed, size_t *size)
{
    struct random random = {seed * 2654435761u + 1};
    uint64_t count = weight_count(shape, shared);
    int32_t header[7] = {(int32_t)shape->dim,      (int32_t)shape->hidden,
                         (int32_t)shape->layers,   (int32_t)shape->heads,
                         (int32_t)shape->kv_heads, (int32_t)shape->vocabulary,
                         (int32_t)shape->context};

    header[5] = shared ? header[5] : -header[5];
    *size = sizeof header + (size_t)count * sizeof(float);
    uint8_t *file = malloc(*size);
    assert_non_null(file);
    memcpy(file, header, sizeof header);
    for (uint64_t i = 0; i < count; i++) {
        /* about ±1, so that attention and gates are neither flat nor saturated */
        float weight = (float)((double)random_below(&random, 2001) / 1000.0 - 1.0);
        memcpy(file + sizeof header + i * sizeof weight, &weight, sizeof weight);
    }
    return file;
}

static void put_token(uint8_t *file, size_t *size, const char *text, float score)
{
    uint32_t length = (uint32_t)strlen(text);

    memcpy(file + *size, &score, 4);
    memcpy(file + *size + 4, &length, 4);
    memcpy(file + *size + 8, text, length);
    *size += 8 + length;
}

uint8_t *tiny_tokenizer(bool bytes, size_t *size)
{
    static const char *const words[] = {" ", "a",  "b",    "ab", " a", "ba", "aba",
                                        "é", "é ", "abab", "c",  "bb", "ca"};
    static const float scores[] = {-1e9f, -1e9f, -1e9f, -3,    -2, -3, -1,
                                   -1e9f, -4,    -2.5f, -1e9f, -3, 5};
    uint8_t *file = malloc(272 * 24);
    char text[16];

    assert_non_null(file);
    memset(file, 0, 4);
    *size = 4;
    put_token(file, size, "<unk>", 0);
    put_token(file, size, "\n<s>\n", 0);
    put_token(file, size, "\n</s>\n", 0);
    for (unsigned i = 0; i < 256; i++) {
        snprintf(text, sizeof text, bytes ? "<0x%02X>" : "unused%02x", i);
        put_token(file, size, text, 0);
    }
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        put_token(file, size, words[i], scores[i]);
    }
    return file;
}

uint8_t *tiny_model(bool shared, uint64_t seed, size_t *size)
{
    size_t checkpoint_size;
    size_t tokenizer_size;
    uint8_t *checkpoint = tiny_checkpoint(&tiny_shape, shared, seed, &checkpoint_size);
    uint8_t *tokenizer = tiny_tokenizer(true, &tokenizer_size);
    uint8_t *file;

    assert_int_equal(llm_import_llama2c(checkpoint, checkpoint_size, tokenizer, tokenizer_size,
                                        &file, size, NULL),
                     HYP_OK);
    free(checkpoint);
    free(tokenizer);
    return file;
}
