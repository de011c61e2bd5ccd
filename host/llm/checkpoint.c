#include "host/llm/checkpoint.h"

#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum {
    HEADER_FIELDS = 7,
    MAX_PARTS = 14,
    LATER_MAGIC = 0x616b3432, /* "24ka": what files of later versions begin with */
};

/* One tensor of the file, in the file's order; `target` is NULL for what is skipped. */
struct part {
    const char *name;
    const float **target;
    uint64_t rows;
    uint64_t columns;
};

/* Takes the shape from the header. The sign of the vocabulary says whether the classifier is a
 * tensor of its own. */
static int read_shape(const uint8_t *file, size_t size, struct llm_shape *shape, bool *classifier,
                      hyp_error *error)
{
    int32_t fields[HEADER_FIELDS];

    if (size < sizeof fields) {
        return llm_fail(error, HYP_EINVAL, "%zu bytes are too few for a checkpoint's header", size);
    }
    memcpy(fields, file, sizeof fields);
    if (fields[0] == LATER_MAGIC) {
        return llm_fail(error, HYP_EINVAL,
                        "a checkpoint of llama2.c's version %d, where version 0 can be imported: "
                        "export.py --version 0 writes it",
                        fields[1]);
    }
    *classifier = fields[5] < 0;
    if (*classifier && fields[5] != INT32_MIN) {
        fields[5] = -fields[5];
    }
    *shape = (struct llm_shape){(uint32_t)fields[0], (uint32_t)fields[1], (uint32_t)fields[2],
                                (uint32_t)fields[3], (uint32_t)fields[4], (uint32_t)fields[5],
                                (uint32_t)fields[6]};
    hyp_error detail = {0, ""};
    if (llm_shape_check(shape, &detail)) {
        return llm_fail(error, HYP_EINVAL, "not a llama2.c checkpoint: %s", detail.message);
    }
    return HYP_OK;
}

static size_t list_parts(struct llm_checkpoint *checkpoint, bool classifier,
                         struct part parts[MAX_PARTS])
{
    const struct llm_shape *shape = &checkpoint->shape;
    uint64_t layers = shape->layers;
    uint64_t dim = shape->dim;
    uint64_t rope = llm_head_size(shape) / 2;
    const struct part all[MAX_PARTS] = {
        {"embedding", &checkpoint->embedding, shape->vocabulary, dim},
        {"attention norm", &checkpoint->attention_norm, layers, dim},
        {"wq", &checkpoint->wq, layers * dim, dim},
        {"wk", &checkpoint->wk, layers * llm_kv_dim(shape), dim},
        {"wv", &checkpoint->wv, layers * llm_kv_dim(shape), dim},
        {"wo", &checkpoint->wo, layers * dim, dim},
        {"feed-forward norm", &checkpoint->feed_forward_norm, layers, dim},
        {"w1", &checkpoint->w1, layers * shape->hidden, dim},
        {"w2", &checkpoint->w2, layers * dim, shape->hidden},
        {"w3", &checkpoint->w3, layers * shape->hidden, dim},
        {"final norm", &checkpoint->final_norm, 1, dim},
        {"RoPE cosines", NULL, shape->context, rope},
        {"RoPE sines", NULL, shape->context, rope},
        {"classifier", &checkpoint->classifier, shape->vocabulary, dim},
    };

    memcpy(parts, all, sizeof all);
    return classifier ? MAX_PARTS : MAX_PARTS - 1;
}

static bool all_finite(const float *values, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++) {
        if (!isfinite(values[i])) {
            return false;
        }
    }
    return true;
}

int llm_checkpoint_read(const void *file, size_t size, struct llm_checkpoint *checkpoint,
                        hyp_error *error)
{
    struct part parts[MAX_PARTS];
    bool classifier = false;

    *checkpoint = (struct llm_checkpoint){0};
    int result = read_shape(file, size, &checkpoint->shape, &classifier, error);
    if (result) {
        return result;
    }
    size_t count = list_parts(checkpoint, classifier, parts);
    uint64_t offset = HEADER_FIELDS * sizeof(int32_t);
    for (size_t i = 0; i < count; i++) {
        /* The limits of the shape keep this far below 2^64. */
        uint64_t bytes = parts[i].rows * parts[i].columns * sizeof(float);
        if (bytes > size - offset) {
            return llm_fail(error, HYP_EINVAL,
                            "the checkpoint is truncated: %s ends at byte %" PRIu64
                            ", the file at %zu",
                            parts[i].name, offset + bytes, size);
        }
        const float *values = (const float *)(const void *)((const uint8_t *)file + offset);
        if (parts[i].target && !all_finite(values, parts[i].rows * parts[i].columns)) {
            return llm_fail(error, HYP_EINVAL,
                            "%s of the checkpoint has a weight that is no number", parts[i].name);
        }
        if (parts[i].target) {
            *parts[i].target = values;
        }
        offset += bytes;
    }
    if (offset != size) {
        return llm_fail(error, HYP_EINVAL,
                        "the checkpoint has %zu bytes, where its shape demands %" PRIu64, size,
                        offset);
    }
    if (!checkpoint->classifier) {
        checkpoint->classifier = checkpoint->embedding;
    }
    return HYP_OK;
}
