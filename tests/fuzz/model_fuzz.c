/* Any bytes as a model file, and, behind their first byte, as a checkpoint and as a tokenizer: an
 * error or something whose every tensor can be read. Digests are made right first, so that what
 * lies behind them is reached. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "host/llm/checkpoint.h"
#include "host/llm/model.h"
#include "host/llm/tokenizer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static volatile unsigned sink;

/* Reads every byte, so that ASan sees what lies outside. */
static void touch(const void *data, uint64_t bytes)
{
    unsigned total = 0;

    for (uint64_t i = 0; i < bytes; i++) {
        total += ((const uint8_t *)data)[i];
    }
    sink = total;
}

/* The file with the digests that its tensors have. */
static void read_resealed(const struct llm_container *container)
{
    uint8_t root[LLM_DIGEST_SIZE];
    struct llm_model model;
    uint8_t *file;
    size_t size;

    if (llm_container_write(container->tensors, container->count, &file, &size, root, NULL)) {
        return;
    }
    if (llm_model_read(file, size, &model, NULL) == HYP_OK) {
        assert(memcmp(root, model.container.root, sizeof root) == 0);
        llm_model_release(&model);
    }
    free(file);
}

static void as_container(const uint8_t *data, size_t size)
{
    struct llm_container container;

    if (llm_container_read(data, size, &container, NULL)) {
        return;
    }
    for (uint32_t i = 0; i < container.count; i++) {
        touch(container.tensors[i].data, container.tensors[i].bytes);
    }
    read_resealed(&container);
    llm_container_release(&container);
}

static void as_tokenizer(const uint8_t *data, size_t size)
{
    struct llm_tokenizer *tokenizer;
    uint32_t *tokens;
    size_t count;

    if (size < 2 || llm_tokenizer_create(data + 1, size - 1, data[0], &tokenizer, NULL)) {
        return;
    }
    size_t length = size < 300 ? size : 300;
    if (llm_tokenizer_encode(tokenizer, (const char *)data, length, &tokens, &count, NULL) == 0) {
        assert(count >= 1 && count <= length + 2);
        for (size_t i = 0; i < count; i++) {
            size_t bytes;
            const char *text = llm_tokenizer_decode(tokenizer, LLM_TOKEN_BEGIN, tokens[i], &bytes);
            touch(text, bytes);
        }
        free(tokens);
    }
    llm_tokenizer_destroy(tokenizer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct llm_checkpoint checkpoint;
    uint8_t *copy = malloc(size + 1); /* aligned, and with an end that ASan watches */

    assert(copy);
    if (size) {
        memcpy(copy, data, size);
    }
    as_container(copy, size);
    as_tokenizer(copy, size);
    (void)llm_checkpoint_read(copy, size, &checkpoint, NULL);
    free(copy);
    return 0;
}
