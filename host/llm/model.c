#include "host/llm/model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/llm/tokenizer.h"

/* ---- layout ---- */

/* Of names before ".weight", ".multiplier" or ".shift". */
enum { PREFIX_SIZE = 48 };

static void set(struct llm_tensor *tensor, const char *name, enum llm_type type, uint64_t rows,
                uint64_t columns)
{
    *tensor = (struct llm_tensor){.type = type, .rank = columns ? 2 : 1, .shape = {rows, columns}};
    snprintf(tensor->name, sizeof tensor->name, "%s", name);
    tensor->bytes = llm_type_size(type) * rows * (columns ? columns : 1);
}

/* The three tensors of a matrix. */
static void set_matrix(struct llm_tensor *tensors, const char *name, uint64_t columns,
                       uint64_t inner)
{
    char full[LLM_NAME_SIZE];

    snprintf(full, sizeof full, "%.*s.weight", PREFIX_SIZE - 1, name);
    set(&tensors[0], full, LLM_I8, columns, inner);
    snprintf(full, sizeof full, "%.*s.multiplier", PREFIX_SIZE - 1, name);
    set(&tensors[1], full, LLM_I32, columns, 0);
    snprintf(full, sizeof full, "%.*s.shift", PREFIX_SIZE - 1, name);
    set(&tensors[2], full, LLM_U8, columns, 0);
}

static void set_layer(struct llm_tensor *tensors, uint32_t layer, const struct llm_shape *shape)
{
    char name[PREFIX_SIZE];

    snprintf(name, sizeof name, "layers.%u.attention.norm", layer);
    set(&tensors[LLM_ATTENTION_NORM], name, LLM_I32, shape->dim, 0);
    snprintf(name, sizeof name, "layers.%u.attention.qkv", layer);
    set_matrix(&tensors[LLM_QKV_WEIGHT], name, shape->dim + 2 * (uint64_t)llm_kv_dim(shape),
               shape->dim);
    snprintf(name, sizeof name, "layers.%u.attention.output", layer);
    set_matrix(&tensors[LLM_OUTPUT_WEIGHT], name, shape->dim, shape->dim);
    snprintf(name, sizeof name, "layers.%u.feed_forward.norm", layer);
    set(&tensors[LLM_FEED_FORWARD_NORM], name, LLM_I32, shape->dim, 0);
    snprintf(name, sizeof name, "layers.%u.feed_forward.gate_up", layer);
    set_matrix(&tensors[LLM_GATE_UP_WEIGHT], name, 2 * (uint64_t)shape->hidden, shape->dim);
    snprintf(name, sizeof name, "layers.%u.feed_forward.down", layer);
    set_matrix(&tensors[LLM_DOWN_WEIGHT], name, shape->dim, shape->hidden);
}

struct llm_tensor *llm_model_layout(const struct llm_config *config, uint64_t tokenizer_bytes,
                                    uint32_t *count)
{
    const struct llm_shape *shape = &config->shape;
    uint32_t tail = llm_tail_index(shape, LLM_FINAL_NORM);
    struct llm_tensor *tensors = calloc((size_t)tail + LLM_TAIL_TENSORS, sizeof *tensors);

    if (!tensors) {
        return NULL;
    }
    *count = tail + (config->shared ? LLM_CLASSIFIER_WEIGHT : LLM_TAIL_TENSORS);
    set(&tensors[LLM_CONFIG], "config", LLM_I32, LLM_CONFIG_FIELDS, 0);
    set(&tensors[LLM_SHIFTS], "shifts", LLM_I32, 4 * (uint64_t)shape->layers + 1, 0);
    set(&tensors[LLM_SOURCE], "source", LLM_U8, 2, LLM_DIGEST_SIZE);
    set(&tensors[LLM_TOKENIZER], "tokenizer", LLM_U8, tokenizer_bytes, 0);
    set_matrix(&tensors[LLM_EMBEDDING_WEIGHT], "embedding", shape->vocabulary, shape->dim);
    set(&tensors[LLM_ROPE_COSINE], "rope.cosine", LLM_I16, shape->context,
        llm_head_size(shape) / 2);
    set(&tensors[LLM_ROPE_SINE], "rope.sine", LLM_I16, shape->context, llm_head_size(shape) / 2);
    for (uint32_t i = 0; i < shape->layers; i++) {
        set_layer(&tensors[llm_layer_index(i, LLM_ATTENTION_NORM)], i, shape);
    }
    set(&tensors[tail + LLM_FINAL_NORM], "final_norm", LLM_I32, shape->dim, 0);
    set(&tensors[tail + LLM_CLASSIFIER_MULTIPLIER], "classifier.multiplier", LLM_I32,
        shape->vocabulary, 0);
    set(&tensors[tail + LLM_CLASSIFIER_SHIFT], "classifier.shift", LLM_U8, shape->vocabulary, 0);
    set(&tensors[tail + LLM_CLASSIFIER_WEIGHT], "classifier.weight", LLM_I8, shape->vocabulary,
        shape->dim);
    return tensors;
}

/* ---- reading ---- */

static int read_config(const struct llm_container *container, struct llm_config *config,
                       hyp_error *error)
{
    const struct llm_tensor *tensor = &container->tensors[LLM_CONFIG];
    hyp_error detail = {0, ""};

    if (container->count < LLM_HEAD_TENSORS || strcmp(tensor->name, "config") != 0 ||
        tensor->type != LLM_I32 || tensor->bytes != LLM_CONFIG_FIELDS * sizeof(int32_t)) {
        return llm_fail(error, HYP_EINVAL, "the file does not begin with a model's config");
    }
    const int32_t *fields = tensor->data;
    config->shape = (struct llm_shape){
        (uint32_t)fields[LLM_FIELD_DIM],      (uint32_t)fields[LLM_FIELD_HIDDEN],
        (uint32_t)fields[LLM_FIELD_LAYERS],   (uint32_t)fields[LLM_FIELD_HEADS],
        (uint32_t)fields[LLM_FIELD_KV_HEADS], (uint32_t)fields[LLM_FIELD_VOCABULARY],
        (uint32_t)fields[LLM_FIELD_CONTEXT],
    };
    config->epsilon = (uint32_t)fields[LLM_FIELD_EPSILON];
    config->score_shift = (uint32_t)fields[LLM_FIELD_SCORE_SHIFT];
    config->shared = fields[LLM_FIELD_SHARED] == 1;
    if (fields[LLM_FIELD_ARCHITECTURE] != LLM_ARCHITECTURE_LLAMA) {
        return llm_fail(error, HYP_EINVAL, "config: architecture %d is not known",
                        fields[LLM_FIELD_ARCHITECTURE]);
    }
    if (config->score_shift > LLM_MAX_SHIFT || fields[LLM_FIELD_SHARED] < 0 ||
        fields[LLM_FIELD_SHARED] > 1 || fields[LLM_FIELD_EPSILON] < 0) {
        return llm_fail(error, HYP_EINVAL, "config: epsilon, score_shift or shared out of range");
    }
    if (llm_shape_check(&config->shape, &detail)) {
        return llm_fail(error, HYP_EINVAL, "config: %s", detail.message);
    }
    return HYP_OK;
}

static int check_layout(const struct llm_model *model, hyp_error *error)
{
    const struct llm_container *container = &model->container;
    uint32_t count = 0;
    struct llm_tensor *wanted =
        llm_model_layout(&model->config, container->tensors[LLM_TOKENIZER].bytes, &count);

    if (!wanted) {
        return llm_fail(error, HYP_ENOMEM, "no memory for a list of tensors");
    }
    int result = HYP_OK;
    if (container->count != count) {
        result = llm_fail(error, HYP_EINVAL, "the file has %u tensors, its config demands %u",
                          container->count, count);
    }
    for (uint32_t i = 0; i < count && result == HYP_OK; i++) {
        const struct llm_tensor *tensor = &container->tensors[i];
        if (strcmp(tensor->name, wanted[i].name) != 0) {
            result = llm_fail(error, HYP_EINVAL, "tensor %u is %s, where %s belongs", i,
                              tensor->name, wanted[i].name);
        } else if (tensor->type != wanted[i].type || tensor->rank != wanted[i].rank ||
                   memcmp(tensor->shape, wanted[i].shape, sizeof tensor->shape) != 0) {
            result = llm_fail(error, HYP_EINVAL,
                              "%s has another type or shape than the config demands", tensor->name);
        }
    }
    free(wanted);
    return result;
}

static bool ends_with(const char *name, const char *ending)
{
    size_t length = strlen(name);
    size_t tail = strlen(ending);

    return length >= tail && strcmp(name + length - tail, ending) == 0;
}

/* What REQUANT and ROPE demand of their operands. */
static bool in_range(const struct llm_tensor *tensor)
{
    bool multiplier = ends_with(tensor->name, ".multiplier");
    bool shift = ends_with(tensor->name, ".shift");
    bool shifts = strcmp(tensor->name, "shifts") == 0;

    for (uint64_t i = 0; multiplier && i < tensor->shape[0]; i++) {
        if (((const int32_t *)tensor->data)[i] < 0) {
            return false;
        }
    }
    for (uint64_t i = 0; shift && i < tensor->shape[0]; i++) {
        if (((const uint8_t *)tensor->data)[i] > LLM_MAX_SHIFT) {
            return false;
        }
    }
    for (uint64_t i = 0; shifts && i < tensor->shape[0]; i++) {
        if (((const uint32_t *)tensor->data)[i] > LLM_MAX_SHIFT) {
            return false;
        }
    }
    return true;
}

static int check_content(const struct llm_model *model, hyp_error *error)
{
    const struct llm_tensor *file = llm_model_tensor(model, LLM_TOKENIZER);
    struct llm_tokenizer *tokenizer;
    hyp_error detail = {0, ""};

    for (uint32_t i = 0; i < model->container.count; i++) {
        if (!in_range(llm_model_tensor(model, i))) {
            return llm_fail(error, HYP_EINVAL, "%s has a number that is out of range",
                            llm_model_tensor(model, i)->name);
        }
    }
    int result = llm_tokenizer_create(file->data, (size_t)file->bytes,
                                      model->config.shape.vocabulary, &tokenizer, &detail);
    llm_tokenizer_destroy(tokenizer);
    return result ? llm_fail(error, result, "tokenizer: %s", detail.message) : HYP_OK;
}

int llm_model_read(const void *file, size_t size, struct llm_model *model, hyp_error *error)
{
    *model = (struct llm_model){0};
    int result = llm_container_read(file, size, &model->container, error);
    if (result) {
        return result;
    }
    result = llm_container_verify(&model->container, error);
    if (result == HYP_OK) {
        result = read_config(&model->container, &model->config, error);
    }
    if (result == HYP_OK) {
        result = check_layout(model, error);
    }
    if (result == HYP_OK) {
        result = check_content(model, error);
    }
    if (result) {
        llm_model_release(model);
    }
    return result;
}

void llm_model_release(struct llm_model *model)
{
    llm_container_release(&model->container);
    *model = (struct llm_model){0};
}
