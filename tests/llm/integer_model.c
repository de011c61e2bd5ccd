#include "tests/llm/integer_model.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 4096 }; /* elements of any row, positions of any context: enough for the tests */

struct integer_model {
    const struct llm_model *file;
    int64_t exp2_table[257];
    int64_t sigmoid_table[1025];
    int32_t x[MOST];
    int32_t normed[MOST];
    int32_t wide[MOST]; /* q, k, v; gate, up */
    int32_t mixed[MOST];
    int32_t logits[MOST];
    int8_t *keys; /* [layers][kv_heads][context][head] */
    int8_t *values;
    int32_t *key_scales; /* [layers][kv_heads][context] */
    int32_t *value_scales;
};

struct integer_model *integer_model_create(const struct llm_model *file)
{
    const struct llm_shape *shape = &file->config.shape;
    size_t cells = (size_t)shape->layers * shape->kv_heads * shape->context;
    struct integer_model *model = calloc(1, sizeof *model);

    if (!model || shape->context > MOST || shape->vocabulary > MOST || 2 * shape->hidden > MOST) {
        free(model);
        return NULL;
    }
    model->file = file;
    for (int i = 0; i <= 256; i++) {
        model->exp2_table[i] = llroundl(ldexpl(exp2l(i / 256.0L), 30));
    }
    for (int i = 0; i <= 1024; i++) {
        model->sigmoid_table[i] = llroundl(ldexpl(1 / (1 + expl(-i / 64.0L)), 30));
    }
    model->keys = malloc(cells * llm_head_size(shape));
    model->values = malloc(cells * llm_head_size(shape));
    model->key_scales = malloc(cells * sizeof(int32_t));
    model->value_scales = malloc(cells * sizeof(int32_t));
    if (!model->keys || !model->values || !model->key_scales || !model->value_scales) {
        integer_model_destroy(model);
        return NULL;
    }
    return model;
}

void integer_model_destroy(struct integer_model *model)
{
    if (model) {
        free(model->keys);
        free(model->values);
        free(model->key_scales);
        free(model->value_scales);
        free(model);
    }
}

static const void *data(const struct integer_model *model, uint32_t index)
{
    return llm_model_tensor(model->file, index)->data;
}

/* ---- arithmetic ---- */

static int64_t shifted(int64_t value, unsigned shift)
{
    return shift ? (value + ((int64_t)1 << (shift - 1))) >> shift : value;
}

static int32_t saturated(int64_t value, int64_t most)
{
    return (int32_t)(value > most ? most : value < -most - 1 ? -most - 1 : value);
}

static int32_t scaled(int32_t x, int32_t multiplier, unsigned shift, int64_t most)
{
    return saturated(shifted((int64_t)x * multiplier, shift), most);
}

static int32_t largest_magnitude(const int32_t *x, uint32_t count)
{
    int64_t most = 0;

    for (uint32_t i = 0; i < count; i++) {
        most = llabs((long long)x[i]) > most ? llabs((long long)x[i]) : most;
    }
    return saturated(most, INT32_MAX);
}

struct factor {
    int32_t multiplier;
    unsigned shift;
};

/* numerator / x */
static struct factor reciprocal(int64_t x, uint32_t numerator)
{
    struct factor factor = {0, 0};

    if (x <= 0) {
        return factor;
    }
    for (;; factor.shift++) {
        __int128 quotient = ((__int128)numerator << factor.shift) / x;
        if (quotient >= 1 << 30 || factor.shift == 62) {
            factor.multiplier = (int32_t)quotient;
            return factor;
        }
    }
}

/* 1 / sqrt(x), x > 0: the largest m with m² · x ≤ 2^(2s), bit by bit */
static struct factor reciprocal_root(uint64_t x)
{
    for (unsigned shift = 0;; shift++) {
        uint64_t m = 0;
        for (uint64_t bit = (uint64_t)1 << 31; bit; bit >>= 1) {
            unsigned __int128 square = (unsigned __int128)(m + bit) * (m + bit);
            if (square <= ((unsigned __int128)1 << (2 * shift)) / x) {
                m += bit;
            }
        }
        if (m >= 1 << 30 || shift == 62) {
            return (struct factor){(int32_t)m, shift};
        }
    }
}

/* 2^x as Q30; x ≤ 0 in Q16 */
static int64_t power(const struct integer_model *model, int64_t x)
{
    int64_t fraction = x & 0xffff;
    int64_t whole = -(x >> 16);
    const int64_t *table = &model->exp2_table[fraction >> 8];
    int64_t value = table[0] + (((table[1] - table[0]) * (fraction & 255) + 128) >> 8);

    return whole > 62 ? 0 : shifted(value, (unsigned)whole);
}

static int64_t sigmoid(const struct integer_model *model, int32_t x)
{
    int64_t u = llabs((long long)x);
    int64_t value = (int64_t)1 << 30;

    if (u < 1 << 20) {
        const int64_t *table = &model->sigmoid_table[u / 1024];
        value = table[0] + (((table[1] - table[0]) * (u % 1024) + 512) >> 10);
    }
    return x < 0 ? ((int64_t)1 << 30) - value : value;
}

/* ---- parts of a layer ---- */

static int32_t quantise(const int32_t *x, uint32_t count, int8_t *out)
{
    int32_t scale = largest_magnitude(x, count);
    struct factor factor = reciprocal(scale, 127);

    for (uint32_t i = 0; i < count; i++) {
        out[i] = (int8_t)scaled(x[i], factor.multiplier, factor.shift, 127);
    }
    return scale;
}

static void product(const struct integer_model *model, const int32_t *x, uint32_t weight,
                    uint32_t multiplier, uint32_t back, int32_t *out)
{
    const struct llm_tensor *tensor = llm_model_tensor(model->file, weight);
    const int8_t *w = tensor->data;
    uint32_t inner = (uint32_t)tensor->shape[1];
    int8_t row[MOST];
    int32_t scale = quantise(x, inner, row);

    for (uint32_t n = 0; n < tensor->shape[0]; n++) {
        int32_t sum = 0;
        for (uint32_t k = 0; k < inner; k++) {
            sum += w[(size_t)n * inner + k] * row[k];
        }
        int32_t t = scaled(sum, ((const int32_t *)data(model, multiplier))[n],
                           ((const uint8_t *)data(model, multiplier + 1))[n], INT16_MAX);
        out[n] =
            scaled(t, scale, (unsigned)((const int32_t *)data(model, LLM_SHIFTS))[back], INT32_MAX);
    }
}

static void layer_product(const struct integer_model *model, const int32_t *x, uint32_t layer,
                          enum llm_layer_tensor weight, uint32_t number, int32_t *out)
{
    uint32_t index = llm_layer_index(layer, weight);

    product(model, x, index, index + 1, 4 * layer + number, out);
}

static void norm(struct integer_model *model, uint32_t weight)
{
    uint32_t dim = model->file->config.shape.dim;
    const int32_t *w = data(model, weight);
    int32_t most = largest_magnitude(model->x, dim);
    uint64_t sum = 0;
    unsigned k = 0;

    while ((most >> k) >= 1 << 23) {
        k++;
    }
    for (uint32_t i = 0; i < dim; i++) {
        int64_t z = shifted(model->x[i], k);
        sum += (uint64_t)(z * z);
    }
    uint64_t mean = sum / dim + (model->file->config.epsilon >> (2 * k));
    struct factor root = mean ? reciprocal_root(mean) : (struct factor){0, 16};
    for (uint32_t i = 0; i < dim; i++) {
        int64_t z = shifted(model->x[i], k);
        int32_t n = saturated(shifted(z * root.multiplier, root.shift - 16), INT32_MAX);
        model->normed[i] = scaled(n, w[i], 16, INT32_MAX);
    }
}

static void rotate(const struct integer_model *model, int32_t *x, uint32_t position)
{
    uint32_t pairs = llm_head_size(&model->file->config.shape) / 2;
    const int16_t *c = (const int16_t *)data(model, LLM_ROPE_COSINE) + (size_t)position * pairs;
    const int16_t *s = (const int16_t *)data(model, LLM_ROPE_SINE) + (size_t)position * pairs;

    for (uint32_t p = 0; p < pairs; p++) {
        int64_t u = x[2 * p];
        int64_t v = x[2 * p + 1];
        x[2 * p] = saturated(shifted(u * c[p] - v * s[p], 15), INT32_MAX);
        x[2 * p + 1] = saturated(shifted(u * s[p] + v * c[p], 15), INT32_MAX);
    }
}

static void softmax(const struct integer_model *model, const int32_t *scores, uint32_t count,
                    int32_t *probabilities)
{
    static int64_t powers[MOST];
    int64_t most = INT32_MIN;
    int64_t sum = 0;

    for (uint32_t i = 0; i < count; i++) {
        most = scores[i] > most ? scores[i] : most;
    }
    for (uint32_t i = 0; i < count; i++) {
        powers[i] = power(model, scores[i] - most);
        sum += powers[i];
    }
    struct factor factor = reciprocal(sum, 1 << 15);
    for (uint32_t i = 0; i < count; i++) {
        probabilities[i] =
            saturated(shifted(powers[i] * factor.multiplier, factor.shift), INT16_MAX);
    }
}

/* One head of q against the cache of its head of k and v. */
static void attend(const struct integer_model *model, const int8_t *q, int32_t scale, size_t cell,
                   uint32_t tokens, int32_t *out)
{
    static int32_t scores[MOST];
    static int32_t weights[MOST];
    uint32_t head = llm_head_size(&model->file->config.shape);
    int64_t sum = 0;

    for (uint32_t t = 0; t < tokens; t++) {
        int32_t dot = 0;
        for (uint32_t i = 0; i < head; i++) {
            dot += q[i] * model->keys[(cell + t) * head + i];
        }
        scores[t] = scaled(scaled(dot, model->key_scales[cell + t], 16, INT32_MAX), scale,
                           model->file->config.score_shift, INT32_MAX);
    }
    softmax(model, scores, tokens, weights);
    for (uint32_t t = 0; t < tokens; t++) {
        weights[t] = scaled(weights[t], model->value_scales[cell + t], 15, INT32_MAX);
        sum += weights[t];
    }
    int32_t whole = saturated(sum, INT32_MAX);
    struct factor part = reciprocal(whole, 1 << 14);
    for (uint32_t i = 0; i < head; i++) {
        int64_t mix = 0;
        for (uint32_t t = 0; t < tokens; t++) {
            mix += (int64_t)scaled(weights[t], part.multiplier, part.shift, INT16_MAX) *
                   model->values[(cell + t) * head + i];
        }
        out[i] = scaled(saturated(mix, INT32_MAX), whole, 21, INT32_MAX);
    }
}

static void attention(struct integer_model *model, uint32_t layer, uint32_t position)
{
    const struct llm_shape *shape = &model->file->config.shape;
    uint32_t head = llm_head_size(shape);
    uint32_t k = shape->heads;
    uint32_t v = k + shape->kv_heads;

    layer_product(model, model->normed, layer, LLM_QKV_WEIGHT, 0, model->wide);
    for (uint32_t h = 0; h < v; h++) {
        rotate(model, model->wide + (size_t)h * head, position);
    }
    for (uint32_t h = 0; h < shape->kv_heads; h++) {
        size_t cell = ((size_t)layer * shape->kv_heads + h) * shape->context + position;
        model->key_scales[cell] =
            quantise(model->wide + (size_t)(k + h) * head, head, model->keys + cell * head);
        model->value_scales[cell] =
            quantise(model->wide + (size_t)(v + h) * head, head, model->values + cell * head);
    }
    for (uint32_t h = 0; h < shape->heads; h++) {
        int8_t q[MOST];
        uint32_t kv = h / (shape->heads / shape->kv_heads);
        int32_t scale = quantise(model->wide + (size_t)h * head, head, q);
        attend(model, q, scale, ((size_t)layer * shape->kv_heads + kv) * shape->context,
               position + 1, model->mixed + (size_t)h * head);
    }
}

static void add_to_x(struct integer_model *model, const int32_t *delta)
{
    for (uint32_t i = 0; i < model->file->config.shape.dim; i++) {
        model->x[i] = saturated((int64_t)model->x[i] + delta[i], INT32_MAX);
    }
}

static void run_layer(struct integer_model *model, uint32_t layer, uint32_t position)
{
    uint32_t hidden = model->file->config.shape.hidden;
    int32_t delta[MOST];

    norm(model, llm_layer_index(layer, LLM_ATTENTION_NORM));
    attention(model, layer, position);
    layer_product(model, model->mixed, layer, LLM_OUTPUT_WEIGHT, 1, delta);
    add_to_x(model, delta);
    norm(model, llm_layer_index(layer, LLM_FEED_FORWARD_NORM));
    layer_product(model, model->normed, layer, LLM_GATE_UP_WEIGHT, 2, model->wide);
    for (uint32_t i = 0; i < hidden; i++) {
        int32_t gate = model->wide[i];
        gate = saturated(shifted(gate * sigmoid(model, gate), 30), INT32_MAX);
        model->wide[i] = scaled(gate, model->wide[hidden + i], 16, INT32_MAX);
    }
    layer_product(model, model->wide, layer, LLM_DOWN_WEIGHT, 3, delta);
    add_to_x(model, delta);
}

const int32_t *integer_model_step(struct integer_model *model, uint32_t token, uint32_t position)
{
    const struct llm_config *config = &model->file->config;
    const struct llm_shape *shape = &config->shape;
    const int8_t *row =
        (const int8_t *)data(model, LLM_EMBEDDING_WEIGHT) + (size_t)token * shape->dim;

    for (uint32_t i = 0; i < shape->dim; i++) {
        model->x[i] =
            scaled(row[i], ((const int32_t *)data(model, LLM_EMBEDDING_MULTIPLIER))[token],
                   ((const uint8_t *)data(model, LLM_EMBEDDING_SHIFT))[token], INT32_MAX);
    }
    for (uint32_t layer = 0; layer < shape->layers; layer++) {
        run_layer(model, layer, position);
    }
    norm(model, llm_tail_index(shape, LLM_FINAL_NORM));
    product(model, model->normed,
            config->shared ? (uint32_t)LLM_EMBEDDING_WEIGHT
                           : llm_tail_index(shape, LLM_CLASSIFIER_WEIGHT),
            llm_tail_index(shape, LLM_CLASSIFIER_MULTIPLIER), 4 * shape->layers, model->logits);
    return model->logits;
}
