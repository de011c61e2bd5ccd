#include "host/llm/session.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "host/llm/bytes.h"
#include "hyperion/keccak.h"
#include "hyperion/program.h"

enum {
    INT8_MOST = 127,
    /* Probabilities times the scales of their values, as 16-bit weights whose sum is about this: so
     * no sum of products with int8 values leaves 32 bits, however long the context. */
    VALUE_WEIGHT_BITS = 14,
    VALUE_BITS = 7, /* in place of 127, see LLM_OUTPUT_WEIGHT in the import */
    KEY_SHIFT = 16, /* of a sum times the scale of its key */
    LOG2_E = 94548, /* Q16 */
};

/* Past keys and values of a layer: int8 [context][kv_dim] and a scale a head, [context][kv_heads].
 */
struct cache {
    hyp_tensor *keys;
    hyp_tensor *key_scales;
    hyp_tensor *values;
    hyp_tensor *value_scales;
};

struct layer {
    hyp_tensor *attention_norm;
    hyp_tensor *qkv;
    hyp_tensor *output;
    hyp_tensor *feed_forward_norm;
    hyp_tensor *gate_up;
    hyp_tensor *down;
    struct cache cache;
};

/* What a program computes in between, reused from layer to layer. Q16 unless a type is given. */
struct scratch {
    hyp_tensor *token;      /* i32 [1][1] */
    hyp_tensor *token_row;  /* i8 [1][dim]: the embedding */
    hyp_tensor *x;          /* [1][dim]: the residual stream */
    hyp_tensor *normed;     /* [1][dim] */
    hyp_tensor *quantised;  /* i8 [1][widest input of a product] */
    hyp_tensor *scale;      /* [1][1] */
    hyp_tensor *multiplier; /* i32 [1][1]: what RECIP made of the scale, and of a token's step */
    hyp_tensor *shift;      /* u8 [1][1] */
    hyp_tensor *product;    /* i16 [1][widest output of a product] */
    hyp_tensor *wide;       /* [1][the same]: q, k and v; gate and up; logits */
    hyp_tensor *delta;      /* [1][dim] */
    hyp_tensor *heads;      /* i8 [q, k and v heads][head] */
    hyp_tensor *head_scale; /* [q, k and v heads][1] */
    hyp_tensor *head_multiplier;
    hyp_tensor *head_shift;
    hyp_tensor *scores;        /* [heads][context]; at first sums of products */
    hyp_tensor *probabilities; /* i16 Q15 [heads][context] */
    hyp_tensor *weighted;      /* [heads][context]: probability times scale of the value */
    hyp_tensor *weights;       /* i16 [heads][context]: the same as parts of their sum */
    hyp_tensor *mixed;         /* [heads][head], also [1][dim] */
    hyp_tensor *odds;          /* Q30 [1][vocabulary]: of each token to be drawn */
    hyp_tensor *temperature;   /* i32 [1][1]: what a logit is multiplied with */
    hyp_tensor *minus_one;     /* i8 [1][1] */
};

struct llm_session {
    const struct llm_model *model;
    hyp_device *device;
    hyp_program *program;
    struct layer *layers;
    hyp_tensor *embedding;
    hyp_tensor *embedding_multiplier;
    hyp_tensor *embedding_shift;
    hyp_tensor *cosines;
    hyp_tensor *sines;
    hyp_tensor *final_norm;
    hyp_tensor *classifier;
    struct scratch scratch;
    uint32_t position;
    uint64_t gas;
    uint8_t digest[LLM_DIGEST_SIZE];
    uint8_t *message; /* digest and logits, for the next digest */
};

/* ---- creation ---- */

/* A tensor with the content of one in the file. */
static int copy_tensor(struct llm_session *session, uint32_t index, hyp_type type,
                       hyp_tensor **tensor)
{
    const struct llm_tensor *from = llm_model_tensor(session->model, index);
    uint32_t columns = from->rank == 2 ? (uint32_t)from->shape[1] : 1;
    uint32_t rows = (uint32_t)from->shape[0];

    int result = hyp_tensor_create(session->device, type, rows, columns, tensor);
    if (result == HYP_OK) {
        memcpy(hyp_tensor_data(*tensor), from->data, (size_t)from->bytes);
    }
    return result;
}

static int create_weights(struct llm_session *session, uint32_t weight, uint32_t multiplier,
                          hyp_tensor **tensor, hyp_error *error)
{
    const struct llm_tensor *from = llm_model_tensor(session->model, weight);
    hyp_weights weights = HYP_WEIGHTS_INIT;

    weights.rows = (uint32_t)from->shape[1];
    weights.columns = (uint32_t)from->shape[0];
    weights.values = from->data;
    weights.transposed = true;
    weights.multipliers = llm_model_tensor(session->model, multiplier)->data;
    weights.shifts = llm_model_tensor(session->model, multiplier + 1)->data;
    return hyp_weights_create(session->device, &weights, tensor, error);
}

static int create_layer(struct llm_session *session, uint32_t number, hyp_error *error)
{
    const struct llm_shape *shape = &session->model->config.shape;
    struct layer *layer = &session->layers[number];
    const struct {
        enum llm_layer_tensor weight;
        hyp_tensor **tensor;
    } matrices[] = {{LLM_QKV_WEIGHT, &layer->qkv},
                    {LLM_OUTPUT_WEIGHT, &layer->output},
                    {LLM_GATE_UP_WEIGHT, &layer->gate_up},
                    {LLM_DOWN_WEIGHT, &layer->down}};
    uint32_t head = llm_head_size(shape);
    const struct {
        hyp_type type;
        uint32_t rows;
        uint32_t columns;
        hyp_tensor **tensor;
    } caches[] = {{HYP_I8, shape->kv_heads * head, shape->context, &layer->cache.keys},
                  {HYP_I8, shape->kv_heads * shape->context, head, &layer->cache.values},
                  {HYP_I32, shape->kv_heads, shape->context, &layer->cache.key_scales},
                  {HYP_I32, shape->kv_heads, shape->context, &layer->cache.value_scales}};
    int result = copy_tensor(session, llm_layer_index(number, LLM_ATTENTION_NORM), HYP_I32,
                             &layer->attention_norm);

    if (result == HYP_OK) {
        result = copy_tensor(session, llm_layer_index(number, LLM_FEED_FORWARD_NORM), HYP_I32,
                             &layer->feed_forward_norm);
    }
    for (size_t i = 0; i < 4 && result == HYP_OK; i++) {
        uint32_t index = llm_layer_index(number, matrices[i].weight);
        result = create_weights(session, index, index + 1, matrices[i].tensor, error);
    }
    for (size_t i = 0; i < 4 && result == HYP_OK; i++) {
        result = hyp_tensor_create(session->device, caches[i].type, caches[i].rows,
                                   caches[i].columns, caches[i].tensor);
    }
    return result;
}

static uint32_t larger(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

static uint32_t all_heads(const struct llm_shape *shape)
{
    return shape->heads + 2 * shape->kv_heads;
}

static int create_scratch(struct llm_session *session)
{
    const struct llm_shape *shape = &session->model->config.shape;
    struct scratch *scratch = &session->scratch;
    uint32_t head = llm_head_size(shape);
    uint32_t widest = larger(larger(all_heads(shape) * head, 2 * shape->hidden), shape->vocabulary);
    const struct {
        hyp_tensor **tensor;
        hyp_type type;
        uint32_t rows;
        uint32_t columns;
    } all[] = {
        {&scratch->token, HYP_I32, 1, 1},
        {&scratch->token_row, HYP_I8, 1, shape->dim},
        {&scratch->x, HYP_I32, 1, shape->dim},
        {&scratch->normed, HYP_I32, 1, shape->dim},
        {&scratch->quantised, HYP_I8, 1, larger(shape->dim, shape->hidden)},
        {&scratch->scale, HYP_I32, 1, 1},
        {&scratch->multiplier, HYP_I32, 1, 1},
        {&scratch->shift, HYP_U8, 1, 1},
        {&scratch->product, HYP_I16, 1, widest},
        {&scratch->wide, HYP_I32, 1, widest},
        {&scratch->delta, HYP_I32, 1, shape->dim},
        {&scratch->heads, HYP_I8, all_heads(shape), head},
        {&scratch->head_scale, HYP_I32, all_heads(shape), 1},
        {&scratch->head_multiplier, HYP_I32, all_heads(shape), 1},
        {&scratch->head_shift, HYP_U8, all_heads(shape), 1},
        {&scratch->scores, HYP_I32, shape->heads, shape->context},
        {&scratch->probabilities, HYP_I16, shape->heads, shape->context},
        {&scratch->weighted, HYP_I32, shape->heads, shape->context},
        {&scratch->weights, HYP_I16, shape->heads, shape->context},
        {&scratch->mixed, HYP_I32, shape->heads, head},
        {&scratch->odds, HYP_I32, 1, shape->vocabulary},
        {&scratch->temperature, HYP_I32, 1, 1},
        {&scratch->minus_one, HYP_I8, 1, 1},
    };

    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        int result = hyp_tensor_create(session->device, all[i].type, all[i].rows, all[i].columns,
                                       all[i].tensor);
        if (result) {
            return result;
        }
    }
    *(int8_t *)hyp_tensor_data(scratch->minus_one) = -1;
    return HYP_OK;
}

static int create_tensors(struct llm_session *session, hyp_error *error)
{
    const struct llm_config *config = &session->model->config;
    const struct {
        uint32_t index;
        hyp_type type;
        hyp_tensor **tensor;
    } copies[] = {
        {LLM_EMBEDDING_WEIGHT, HYP_I8, &session->embedding},
        {LLM_EMBEDDING_MULTIPLIER, HYP_I32, &session->embedding_multiplier},
        {LLM_EMBEDDING_SHIFT, HYP_U8, &session->embedding_shift},
        {LLM_ROPE_COSINE, HYP_I16, &session->cosines},
        {LLM_ROPE_SINE, HYP_I16, &session->sines},
        {llm_tail_index(&config->shape, LLM_FINAL_NORM), HYP_I32, &session->final_norm},
    };
    uint32_t classifier = config->shared ? (uint32_t)LLM_EMBEDDING_WEIGHT
                                         : llm_tail_index(&config->shape, LLM_CLASSIFIER_WEIGHT);
    int result = hyp_program_create(session->device, &session->program);

    for (size_t i = 0; i < sizeof copies / sizeof copies[0] && result == HYP_OK; i++) {
        result = copy_tensor(session, copies[i].index, copies[i].type, copies[i].tensor);
    }
    for (uint32_t i = 0; i < config->shape.layers && result == HYP_OK; i++) {
        result = create_layer(session, i, error);
    }
    if (result == HYP_OK) {
        result = create_weights(session, classifier,
                                llm_tail_index(&config->shape, LLM_CLASSIFIER_MULTIPLIER),
                                &session->classifier, error);
    }
    return result ? result : create_scratch(session);
}

int llm_session_create(hyp_device *device, const struct llm_model *model,
                       struct llm_session **session, hyp_error *error)
{
    struct llm_session *made = calloc(1, sizeof *made);
    hyp_error detail = {0, ""};
    int result = HYP_ENOMEM;

    *session = NULL;
    if (made) {
        made->model = model;
        made->device = device;
        made->layers = calloc(model->config.shape.layers, sizeof *made->layers);
        made->message = malloc(LLM_DIGEST_SIZE + (size_t)model->config.shape.vocabulary * 4);
        result = made->layers && made->message ? create_tensors(made, &detail) : HYP_ENOMEM;
    }
    if (result) {
        llm_session_destroy(made);
        return llm_fail(error, result, "the model does not fit on the device: %s",
                        *detail.message ? detail.message : hyp_strerror(result));
    }
    *session = made;
    return HYP_OK;
}

static void release_layer(struct layer *layer)
{
    hyp_tensor *const tensors[] = {layer->attention_norm, layer->qkv,
                                   layer->output,         layer->feed_forward_norm,
                                   layer->gate_up,        layer->down,
                                   layer->cache.keys,     layer->cache.key_scales,
                                   layer->cache.values,   layer->cache.value_scales};

    for (size_t i = 0; i < sizeof tensors / sizeof tensors[0]; i++) {
        hyp_tensor_release(tensors[i]);
    }
}

static void release_scratch(struct scratch *scratch)
{
    hyp_tensor *tensors[sizeof *scratch / sizeof(hyp_tensor *)];

    memcpy(tensors, scratch, sizeof tensors); /* it consists of nothing else */
    for (size_t i = 0; i < sizeof tensors / sizeof tensors[0]; i++) {
        hyp_tensor_release(tensors[i]);
    }
}

void llm_session_destroy(struct llm_session *session)
{
    if (!session) {
        return;
    }
    hyp_tensor *const tensors[] = {session->embedding,       session->embedding_multiplier,
                                   session->embedding_shift, session->cosines,
                                   session->sines,           session->final_norm,
                                   session->classifier};

    hyp_program_destroy(session->program);
    for (size_t i = 0; i < sizeof tensors / sizeof tensors[0]; i++) {
        hyp_tensor_release(tensors[i]);
    }
    for (uint32_t i = 0; session->layers && i < session->model->config.shape.layers; i++) {
        release_layer(&session->layers[i]);
    }
    release_scratch(&session->scratch);
    free(session->layers);
    free(session->message);
    free(session);
}

/* ---- the program of a token ----
 *
 * Errors of the functions that add opcodes are kept by the program and come out when it runs. */

static hyp_view columns_of(hyp_tensor *tensor, uint32_t first, uint32_t count)
{
    return hyp_view_columns(hyp_view_of(tensor), first, count);
}

/* A dense tensor as rows of another length. */
static hyp_view reshaped(hyp_tensor *tensor, uint32_t rows, uint32_t columns)
{
    return (hyp_view){tensor, 0, rows, columns, columns, 1};
}

/* One number a row, for every column of that row. */
static hyp_view by_row(hyp_view column, uint32_t columns)
{
    return hyp_view_repeat_column(column, columns);
}

/* out = weights · row, all of it in Q16: the row becomes int8 with its largest magnitude as scale,
 * the products come back as i16, and the scale is multiplied in again. */
static void add_product(struct llm_session *session, hyp_view row, hyp_tensor *weights,
                        int32_t back, hyp_view out)
{
    struct scratch *scratch = &session->scratch;
    hyp_program *program = session->program;
    hyp_view quantised = columns_of(scratch->quantised, 0, row.columns);
    hyp_view product = columns_of(scratch->product, 0, out.columns);
    hyp_view scale = hyp_view_of(scratch->scale);
    hyp_view multiplier = hyp_view_of(scratch->multiplier);
    hyp_view shift = hyp_view_of(scratch->shift);

    hyp_program_row_abs_max(program, row, scale);
    hyp_program_recip(program, scale, INT8_MOST, multiplier, shift);
    hyp_program_requant(program, row, by_row(multiplier, row.columns), by_row(shift, row.columns),
                        0, quantised);
    hyp_program_matmul(program, quantised, hyp_view_of(weights), HYP_NO_VIEW, HYP_NO_VIEW, 0, false,
                       product);
    hyp_program_requant(program, product, by_row(scale, out.columns), HYP_NO_VIEW, (uint32_t)back,
                        out);
}

static int32_t back_shift(const struct llm_session *session, uint32_t number)
{
    return ((const int32_t *)llm_model_tensor(session->model, LLM_SHIFTS)->data)[number];
}

/* x = the embedding of the token */
static void add_embedding(struct llm_session *session)
{
    struct scratch *scratch = &session->scratch;
    hyp_program *program = session->program;
    hyp_view token = hyp_view_of(scratch->token);
    uint32_t dim = session->model->config.shape.dim;
    hyp_view multiplier = hyp_view_of(scratch->multiplier);
    hyp_view shift = hyp_view_of(scratch->shift);

    hyp_program_gather(program, hyp_view_of(session->embedding), token,
                       hyp_view_of(scratch->token_row));
    hyp_program_gather(program, hyp_view_of(session->embedding_multiplier), token, multiplier);
    hyp_program_gather(program, hyp_view_of(session->embedding_shift), token, shift);
    hyp_program_requant(program, hyp_view_of(scratch->token_row), by_row(multiplier, dim),
                        by_row(shift, dim), 0, hyp_view_of(scratch->x));
}

/* Where the cache keeps what belongs to this position: a row for each head of k or v, whose
 * elements lie `apart` from each other. */
static hyp_view cached(const struct llm_session *session, hyp_tensor *cache, uint32_t columns,
                       uint32_t apart)
{
    const struct llm_shape *shape = &session->model->config.shape;

    return (hyp_view){
        .tensor = cache,
        .offset = (uint64_t)session->position * (apart == 1 ? columns : 1),
        .rows = shape->kv_heads,
        .columns = columns,
        .row_stride = (uint64_t)shape->context * columns,
        .column_stride = apart,
    };
}

/* All heads of q, k and v become int8 with a scale a head; k and v join the cache. */
static void add_heads(struct llm_session *session, const struct cache *cache)
{
    const struct llm_shape *shape = &session->model->config.shape;
    struct scratch *scratch = &session->scratch;
    hyp_program *program = session->program;
    uint32_t head = llm_head_size(shape);
    hyp_view rows = reshaped(scratch->wide, all_heads(shape), head);
    hyp_view scale = hyp_view_of(scratch->head_scale);
    hyp_view multiplier = hyp_view_of(scratch->head_multiplier);
    hyp_view shift = hyp_view_of(scratch->head_shift);
    uint32_t k = shape->heads; /* the first row of k, and of v */
    uint32_t v = k + shape->kv_heads;

    hyp_program_row_abs_max(program, rows, scale);
    hyp_program_recip(program, scale, INT8_MOST, multiplier, shift);
    hyp_program_requant(program, rows, by_row(multiplier, head), by_row(shift, head), 0,
                        hyp_view_of(scratch->heads));
    hyp_program_copy(program, hyp_view_rows(scratch->heads, k, shape->kv_heads),
                     cached(session, cache->keys, head, shape->context));
    hyp_program_copy(program, hyp_view_rows(scratch->heads, v, shape->kv_heads),
                     cached(session, cache->values, head, 1));
    hyp_program_copy(program, hyp_view_rows(scratch->head_scale, k, shape->kv_heads),
                     cached(session, cache->key_scales, 1, 1));
    hyp_program_copy(program, hyp_view_rows(scratch->head_scale, v, shape->kv_heads),
                     cached(session, cache->value_scales, 1, 1));
}

/* The rows of the heads that share the keys and values of `kv`. */
static hyp_view group_of(const struct llm_shape *shape, hyp_tensor *tensor, uint32_t kv,
                         uint32_t columns)
{
    uint32_t group = shape->heads / shape->kv_heads;

    return hyp_view_columns(hyp_view_rows(tensor, kv * group, group), 0, columns);
}

/* One scale a past token, of the head `kv`, for each row of a group. */
static hyp_view scales_of(const struct llm_shape *shape, hyp_tensor *scales, uint32_t kv,
                          uint32_t tokens)
{
    hyp_view row = hyp_view_columns(hyp_view_rows(scales, kv, 1), 0, tokens);

    return hyp_view_repeat_row(row, shape->heads / shape->kv_heads);
}

/* probabilities = softmax of q · k / sqrt(head) */
static void add_scores(struct llm_session *session, const struct cache *cache)
{
    const struct llm_config *config = &session->model->config;
    const struct llm_shape *shape = &config->shape;
    struct scratch *scratch = &session->scratch;
    hyp_program *program = session->program;
    uint32_t head = llm_head_size(shape);
    uint32_t tokens = session->position + 1;
    hyp_view scores = columns_of(scratch->scores, 0, tokens);

    for (uint32_t kv = 0; kv < shape->kv_heads; kv++) {
        hyp_view sums = group_of(shape, scratch->scores, kv, tokens);
        hyp_view keys = hyp_view_columns(hyp_view_rows(cache->keys, kv * head, head), 0, tokens);
        hyp_program_matmul(program, group_of(shape, scratch->heads, kv, head), keys, HYP_NO_VIEW,
                           HYP_NO_VIEW, 0, false, sums);
        hyp_program_requant(program, sums, scales_of(shape, cache->key_scales, kv, tokens),
                            HYP_NO_VIEW, KEY_SHIFT, sums);
    }
    hyp_view query_scale = hyp_view_rows(scratch->head_scale, 0, shape->heads);
    hyp_program_requant(program, scores, by_row(query_scale, tokens), HYP_NO_VIEW,
                        config->score_shift, scores);
    hyp_program_softmax(program, scores, UINT32_MAX, 0,
                        columns_of(scratch->probabilities, 0, tokens));
}

/* mixed = probabilities · v. The scales of the values go into the probabilities, which become
 * 16-bit parts of their sum; the sum is multiplied in at the end. */
static void add_mix(struct llm_session *session, const struct cache *cache)
{
    const struct llm_shape *shape = &session->model->config.shape;
    struct scratch *scratch = &session->scratch;
    hyp_program *program = session->program;
    uint32_t head = llm_head_size(shape);
    uint32_t tokens = session->position + 1;
    hyp_view weighted = columns_of(scratch->weighted, 0, tokens);
    hyp_view sum = hyp_view_rows(scratch->head_scale, 0, shape->heads);
    hyp_view multiplier = hyp_view_rows(scratch->head_multiplier, 0, shape->heads);
    hyp_view shift = hyp_view_rows(scratch->head_shift, 0, shape->heads);

    for (uint32_t kv = 0; kv < shape->kv_heads; kv++) {
        hyp_program_requant(program, group_of(shape, scratch->probabilities, kv, tokens),
                            scales_of(shape, cache->value_scales, kv, tokens), HYP_NO_VIEW, 15,
                            group_of(shape, scratch->weighted, kv, tokens));
    }
    hyp_program_row_sum(program, weighted, sum);
    hyp_program_recip(program, sum, 1u << VALUE_WEIGHT_BITS, multiplier, shift);
    hyp_program_requant(program, weighted, by_row(multiplier, tokens), by_row(shift, tokens), 0,
                        columns_of(scratch->weights, 0, tokens));
    for (uint32_t kv = 0; kv < shape->kv_heads; kv++) {
        hyp_view values = hyp_view_rows(cache->values, kv * shape->context, tokens);
        hyp_program_matmul16(program, group_of(shape, scratch->weights, kv, tokens), values, 0,
                             group_of(shape, scratch->mixed, kv, head));
    }
    hyp_view mixed = hyp_view_of(scratch->mixed);
    hyp_program_requant(program, mixed, by_row(sum, head), HYP_NO_VIEW,
                        VALUE_WEIGHT_BITS + VALUE_BITS, mixed);
}

static void add_attention(struct llm_session *session, uint32_t number)
{
    const struct llm_config *config = &session->model->config;
    const struct llm_shape *shape = &config->shape;
    const struct layer *layer = &session->layers[number];
    struct scratch *scratch = &session->scratch;
    hyp_program *program = session->program;
    hyp_view x = hyp_view_of(scratch->x);
    hyp_view normed = hyp_view_of(scratch->normed);
    hyp_view qk = columns_of(scratch->wide, 0, shape->dim + llm_kv_dim(shape));

    hyp_program_rms_norm(program, x, reshaped(layer->attention_norm, 1, shape->dim),
                         config->epsilon, normed);
    add_product(session, normed, layer->qkv, back_shift(session, 4 * number),
                columns_of(scratch->wide, 0, all_heads(shape) * llm_head_size(shape)));
    hyp_program_rope(program, qk, hyp_view_rows(session->cosines, session->position, 1),
                     hyp_view_rows(session->sines, session->position, 1), false, qk);
    add_heads(session, &layer->cache);
    add_scores(session, &layer->cache);
    add_mix(session, &layer->cache);
    add_product(session, reshaped(scratch->mixed, 1, shape->dim), layer->output,
                back_shift(session, 4 * number + 1), hyp_view_of(scratch->delta));
    hyp_program_add_sat(program, x, hyp_view_of(scratch->delta), x);
}

static void add_feed_forward(struct llm_session *session, uint32_t number)
{
    const struct llm_config *config = &session->model->config;
    const struct llm_shape *shape = &config->shape;
    const struct layer *layer = &session->layers[number];
    struct scratch *scratch = &session->scratch;
    hyp_program *program = session->program;
    hyp_view x = hyp_view_of(scratch->x);
    hyp_view normed = hyp_view_of(scratch->normed);
    hyp_view gate = columns_of(scratch->wide, 0, shape->hidden);
    hyp_view up = columns_of(scratch->wide, shape->hidden, shape->hidden);

    hyp_program_rms_norm(program, x, reshaped(layer->feed_forward_norm, 1, shape->dim),
                         config->epsilon, normed);
    add_product(session, normed, layer->gate_up, back_shift(session, 4 * number + 2),
                columns_of(scratch->wide, 0, 2 * shape->hidden));
    hyp_program_silu(program, gate, gate);
    hyp_program_mul(program, gate, up, 16, gate);
    add_product(session, gate, layer->down, back_shift(session, 4 * number + 3),
                hyp_view_of(scratch->delta));
    hyp_program_add_sat(program, x, hyp_view_of(scratch->delta), x);
}

static void add_token(struct llm_session *session)
{
    const struct llm_config *config = &session->model->config;
    const struct llm_shape *shape = &config->shape;
    struct scratch *scratch = &session->scratch;
    hyp_view normed = hyp_view_of(scratch->normed);

    add_embedding(session);
    for (uint32_t i = 0; i < shape->layers; i++) {
        add_attention(session, i);
        add_feed_forward(session, i);
    }
    hyp_program_rms_norm(session->program, hyp_view_of(scratch->x),
                         reshaped(session->final_norm, 1, shape->dim), config->epsilon, normed);
    add_product(session, normed, session->classifier, back_shift(session, 4 * shape->layers),
                columns_of(scratch->wide, 0, shape->vocabulary));
}

/* ---- steps ---- */

static int run(struct llm_session *session, hyp_error *error)
{
    session->gas += hyp_program_gas(session->program);
    return hyp_program_run(session->program, 0, error);
}

static void extend_digest(struct llm_session *session)
{
    size_t bytes = (size_t)session->model->config.shape.vocabulary * sizeof(int32_t);

    memcpy(session->message, session->digest, LLM_DIGEST_SIZE);
    memcpy(session->message + LLM_DIGEST_SIZE, llm_session_logits(session), bytes);
    hyp_keccak256(session->message, LLM_DIGEST_SIZE + bytes, session->digest);
}

int llm_session_step(struct llm_session *session, uint32_t token, hyp_error *error)
{
    const struct llm_shape *shape = &session->model->config.shape;

    if (token >= shape->vocabulary) {
        return llm_fail(error, HYP_EINVAL, "token %" PRIu32 " is not among the model's %" PRIu32,
                        token, shape->vocabulary);
    }
    if (session->position == shape->context) {
        return llm_fail(error, HYP_ETOOBIG, "the model's context of %" PRIu32 " tokens is full",
                        shape->context);
    }
    hyp_program_clear(session->program);
    *(int32_t *)hyp_tensor_data(session->scratch.token) = (int32_t)token;
    add_token(session);
    int result = run(session, error);
    if (result == HYP_OK) {
        session->position++;
        extend_digest(session);
    }
    return result;
}

uint32_t llm_session_position(const struct llm_session *session)
{
    return session->position;
}

const int32_t *llm_session_logits(const struct llm_session *session)
{
    return hyp_tensor_data(session->scratch.wide);
}

uint64_t llm_session_gas(const struct llm_session *session)
{
    return session->gas;
}

void llm_session_logits_digest(const struct llm_session *session, uint8_t digest[LLM_DIGEST_SIZE])
{
    memcpy(digest, session->digest, LLM_DIGEST_SIZE);
}

/* ---- the choice of a token: programs that leave the logits as they are ---- */

static hyp_view logits_of(const struct llm_session *session)
{
    return columns_of(session->scratch.wide, 0, session->model->config.shape.vocabulary);
}

static int choose_largest(struct llm_session *session, uint32_t *token, hyp_error *error)
{
    hyp_tensor *result = session->scratch.token;

    hyp_program_clear(session->program);
    hyp_program_arg_max(session->program, logits_of(session), hyp_view_of(result));
    int failed = run(session, error);
    *token = (uint32_t)((const int32_t *)hyp_tensor_data(result))[0];
    return failed;
}

/* odds = 2^((logit − the largest) · log2(e) · 1000 / temperature) */
static int compute_odds(struct llm_session *session, uint32_t temperature, hyp_error *error)
{
    struct scratch *scratch = &session->scratch;
    hyp_program *program = session->program;
    uint32_t vocabulary = session->model->config.shape.vocabulary;
    hyp_view most = hyp_view_of(scratch->scale);
    hyp_view odds = hyp_view_of(scratch->odds);

    *(int32_t *)hyp_tensor_data(scratch->temperature) = (int32_t)(LOG2_E * 1000 / temperature);
    hyp_program_clear(program);
    hyp_program_row_max(program, logits_of(session), most);
    hyp_program_mul(program, most, hyp_view_of(scratch->minus_one), 0, most);
    hyp_program_add_sat(program, logits_of(session), by_row(most, vocabulary), odds);
    hyp_program_requant(program, odds, by_row(hyp_view_of(scratch->temperature), vocabulary),
                        HYP_NO_VIEW, 16, odds);
    hyp_program_exp2(program, odds, odds);
    return run(session, error);
}

/* The first 8 bytes of keccak-256(seed, position). */
static uint64_t random_number(uint64_t seed, uint64_t position)
{
    uint8_t message[16];
    uint8_t digest[LLM_DIGEST_SIZE];

    llm_put_u64(message, seed);
    llm_put_u64(message + 8, position);
    hyp_keccak256(message, sizeof message, digest);
    return llm_get_u64(digest);
}

/* The token in whose stretch of the sum of all odds the number falls. The largest logit has odds of
 * 2^30, so the sum is not 0; 2^20 tokens keep it below 2^51. */
static uint32_t draw(const int32_t *odds, uint32_t count, uint64_t number)
{
    uint64_t sum = 0;
    uint32_t token = 0;

    for (uint32_t i = 0; i < count; i++) {
        sum += (uint64_t)odds[i];
    }
    uint64_t at = (uint64_t)(((unsigned __int128)number * sum) >> 64);
    while (token + 1 < count && at >= (uint64_t)odds[token]) {
        at -= (uint64_t)odds[token++];
    }
    return token;
}

int llm_session_choose(struct llm_session *session, const struct llm_choice *choice,
                       uint32_t *token, hyp_error *error)
{
    if (session->position == 0 || choice->temperature > LLM_MAX_TEMPERATURE) {
        return llm_fail(error, HYP_EINVAL, "nothing to choose from, or a temperature above %d",
                        LLM_MAX_TEMPERATURE);
    }
    if (choice->temperature == 0) {
        return choose_largest(session, token, error);
    }
    int result = compute_odds(session, choice->temperature, error);
    if (result == HYP_OK) {
        *token =
            draw(hyp_tensor_data(session->scratch.odds), session->model->config.shape.vocabulary,
                 random_number(choice->seed, session->position));
    }
    return result;
}
