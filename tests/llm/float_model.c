#include "tests/llm/float_model.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct float_model {
    const struct llm_checkpoint *weights;
    struct float_rounding rounding;
    float *input;  /* [dim or hidden] of a product, rounded */
    float *x;      /* [dim] the residual stream */
    float *normed; /* [dim] */
    float *q;      /* [dim] */
    float *mixed;  /* [dim] what attention gathers */
    float *gate;   /* [hidden] */
    float *up;     /* [hidden] */
    float *delta;  /* [dim] */
    float *scores; /* [context] */
    float *logits; /* [vocabulary] */
    float *keys;   /* [layers][context][kv_dim] */
    float *values; /* the same */
};

struct float_model *float_model_create(const struct llm_checkpoint *checkpoint)
{
    const struct llm_shape *shape = &checkpoint->shape;
    size_t cache = (size_t)shape->layers * shape->context * llm_kv_dim(shape);
    struct float_model *model = calloc(1, sizeof *model);
    struct {
        float **pointer;
        size_t count;
    } parts[] = {
        {&model->x, shape->dim},
        {&model->normed, shape->dim},
        {&model->q, shape->dim},
        {&model->mixed, shape->dim},
        {&model->gate, shape->hidden},
        {&model->up, shape->hidden},
        {&model->delta, shape->dim},
        {&model->scores, shape->context},
        {&model->logits, shape->vocabulary},
        {&model->keys, cache},
        {&model->input, shape->dim > shape->hidden ? shape->dim : shape->hidden},
        {&model->values, cache},
    };

    if (!model) {
        return NULL;
    }
    model->weights = checkpoint;
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        *parts[i].pointer = calloc(parts[i].count, sizeof(float));
        if (!*parts[i].pointer) {
            float_model_destroy(model);
            return NULL;
        }
    }
    return model;
}

void float_model_destroy(struct float_model *model)
{
    if (!model) {
        return;
    }
    float *const parts[] = {model->x,      model->normed, model->q,      model->mixed,
                            model->gate,   model->up,     model->delta,  model->scores,
                            model->logits, model->keys,   model->values, model->input};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        free(parts[i]);
    }
    free(model);
}

static void norm(float *out, const float *x, const float *weight, uint32_t count)
{
    float sum = 0;

    for (uint32_t i = 0; i < count; i++) {
        sum += x[i] * x[i];
    }
    float scale = 1.0f / sqrtf(sum / (float)count + 1e-5f);
    for (uint32_t i = 0; i < count; i++) {
        out[i] = weight[i] * (scale * x[i]);
    }
}

void float_model_round(struct float_model *model, struct float_rounding rounding)
{
    model->rounding = rounding;
}

void float_round_row(float *row, uint32_t count)
{
    float most = 0;

    for (uint32_t i = 0; i < count; i++) {
        most = fabsf(row[i]) > most ? fabsf(row[i]) : most;
    }
    for (uint32_t i = 0; i < count && most > 0; i++) {
        row[i] = roundf(row[i] / most * 127) * most / 127;
    }
}

static void round_heads(const struct float_model *model, float *x, uint32_t count, uint32_t head)
{
    for (uint32_t i = 0; model->rounding.heads && i < count; i += head) {
        float_round_row(x + i, head);
    }
}

/* out[rows] = weight[rows][columns] · x */
static void product(struct float_model *model, float *out, const float *weight, const float *x,
                    uint32_t rows, uint32_t columns)
{
    if (model->rounding.rows) {
        memcpy(model->input, x, columns * sizeof *x);
        float_round_row(model->input, columns);
        x = model->input;
    }
    for (uint32_t r = 0; r < rows; r++) {
        float sum = 0;
        for (uint32_t c = 0; c < columns; c++) {
            sum += weight[(size_t)r * columns + c] * x[c];
        }
        out[r] = sum;
    }
}

/* Turns the pairs (2i, 2i + 1) of each head by position · 10000^(−2i / head). */
static void rotate(float *x, uint32_t count, uint32_t head, uint32_t position)
{
    for (uint32_t i = 0; i < count; i += 2) {
        float frequency = 1.0f / powf(10000.0f, (float)(i % head) / (float)head);
        float c = cosf((float)position * frequency);
        float s = sinf((float)position * frequency);
        float a = x[i];
        float b = x[i + 1];
        x[i] = a * c - b * s;
        x[i + 1] = a * s + b * c;
    }
}

static void softmax(float *x, uint32_t count)
{
    float most = x[float_argmax(x, count)];
    float sum = 0;

    for (uint32_t i = 0; i < count; i++) {
        x[i] = expf(x[i] - most);
        sum += x[i];
    }
    for (uint32_t i = 0; i < count; i++) {
        x[i] /= sum;
    }
}

/* One head: `q` against the keys of positions 0 … position, which lie `stride` apart. */
static void attend(const struct float_model *model, float *out, const float *q, const float *keys,
                   const float *values, uint32_t head, uint32_t stride, uint32_t position)
{
    float *scores = model->scores;

    for (uint32_t t = 0; t <= position; t++) {
        float sum = 0;
        for (uint32_t i = 0; i < head; i++) {
            sum += q[i] * keys[(size_t)t * stride + i];
        }
        scores[t] = sum / sqrtf((float)head);
    }
    softmax(scores, position + 1);
    for (uint32_t t = 0; model->rounding.probabilities && t <= position; t++) {
        scores[t] = roundf(scores[t] * 32768) / 32768;
    }
    for (uint32_t i = 0; i < head; i++) {
        out[i] = 0;
        for (uint32_t t = 0; t <= position; t++) {
            out[i] += scores[t] * values[(size_t)t * stride + i];
        }
    }
}

static void attention(struct float_model *model, uint32_t layer, uint32_t position)
{
    const struct llm_checkpoint *w = model->weights;
    uint32_t dim = w->shape.dim;
    uint32_t head = llm_head_size(&w->shape);
    uint32_t kv_dim = llm_kv_dim(&w->shape);
    float *keys = model->keys + (size_t)layer * w->shape.context * kv_dim;
    float *values = model->values + (size_t)layer * w->shape.context * kv_dim;
    float *key = keys + (size_t)position * kv_dim;

    norm(model->normed, model->x, w->attention_norm + (size_t)layer * dim, dim);
    product(model, model->q, w->wq + (size_t)layer * dim * dim, model->normed, dim, dim);
    product(model, key, w->wk + (size_t)layer * kv_dim * dim, model->normed, kv_dim, dim);
    product(model, values + (size_t)position * kv_dim, w->wv + (size_t)layer * kv_dim * dim,
            model->normed, kv_dim, dim);
    rotate(model->q, dim, head, position);
    rotate(key, kv_dim, head, position);
    round_heads(model, model->q, dim, head);
    round_heads(model, key, kv_dim, head);
    round_heads(model, values + (size_t)position * kv_dim, kv_dim, head);
    for (uint32_t h = 0; h < w->shape.heads; h++) {
        uint32_t kv = h / (w->shape.heads / w->shape.kv_heads) * head;
        attend(model, model->mixed + (size_t)h * head, model->q + (size_t)h * head, keys + kv,
               values + kv, head, kv_dim, position);
    }
    product(model, model->delta, w->wo + (size_t)layer * dim * dim, model->mixed, dim, dim);
}

static void feed_forward(struct float_model *model, uint32_t layer)
{
    const struct llm_checkpoint *w = model->weights;
    uint32_t dim = w->shape.dim;
    uint32_t hidden = w->shape.hidden;
    size_t matrix = (size_t)layer * dim * hidden;

    norm(model->normed, model->x, w->feed_forward_norm + (size_t)layer * dim, dim);
    product(model, model->gate, w->w1 + matrix, model->normed, hidden, dim);
    product(model, model->up, w->w3 + matrix, model->normed, hidden, dim);
    for (uint32_t i = 0; i < hidden; i++) {
        model->gate[i] *= model->up[i] / (1.0f + expf(-model->gate[i]));
    }
    product(model, model->delta, w->w2 + matrix, model->gate, dim, hidden);
}

static void add(float *x, const float *delta, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        x[i] += delta[i];
    }
}

const float *float_model_step(struct float_model *model, uint32_t token, uint32_t position)
{
    const struct llm_checkpoint *w = model->weights;
    uint32_t dim = w->shape.dim;

    for (uint32_t i = 0; i < dim; i++) {
        model->x[i] = w->embedding[(size_t)token * dim + i];
    }
    for (uint32_t layer = 0; layer < w->shape.layers; layer++) {
        attention(model, layer, position);
        add(model->x, model->delta, dim);
        feed_forward(model, layer);
        add(model->x, model->delta, dim);
    }
    norm(model->normed, model->x, w->final_norm, dim);
    product(model, model->logits, w->classifier, model->normed, w->shape.vocabulary, dim);
    return model->logits;
}

uint32_t float_argmax(const float *values, uint32_t count)
{
    uint32_t best = 0;

    for (uint32_t i = 1; i < count; i++) {
        best = values[i] > values[best] ? i : best;
    }
    return best;
}

double float_negative_log_likelihood(const float *logits, uint32_t count, uint32_t target)
{
    double most = logits[float_argmax(logits, count)];
    double sum = 0;

    for (uint32_t i = 0; i < count; i++) {
        sum += exp(logits[i] - most);
    }
    return log(sum) + most - logits[target];
}
