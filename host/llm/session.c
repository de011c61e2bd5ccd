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
    MOST_ROWS = 16, /* tokens of a prompt that are taken at once */
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

/* What a program computes in between, reused from layer to layer. Q16 unless a type is given. There
 * are rows for MOST_ROWS tokens (R); a program uses the first ones. */
struct scratch {
    hyp_tensor *token;      /* i32 [R][1] */
    hyp_tensor *token_row;  /* i8 [R][dim]: the embedding */
    hyp_tensor *x;          /* [R][dim]: the residual stream */
    hyp_tensor *normed;     /* [R][dim] */
    hyp_tensor *quantised;  /* i8 [R][widest input of a product] */
    hyp_tensor *scale;      /* [R][1] */
    hyp_tensor *multiplier; /* i32 [R][1]: what RECIP made of the scale, and of a token's step */
    hyp_tensor *shift;      /* u8 [R][1] */
    hyp_tensor *product;    /* i16 [R][widest output of a product] */
    hyp_tensor *wide;       /* [R][the same]: gate and up; logits */
    hyp_tensor *gated;      /* [R][hidden] */
    hyp_tensor *delta;      /* [R][dim] */
    hyp_tensor *qkv;        /* [R][q, k and v heads · head] */
    hyp_tensor *heads;      /* i8, the same */
    hyp_tensor *head_scale; /* [R · q, k and v heads][1] */
    hyp_tensor *head_multiplier;
    hyp_tensor *head_shift;
    hyp_tensor *scores;        /* [heads · R][context]; at first sums of products */
    hyp_tensor *probabilities; /* i16 Q15 [heads · R][context] */
    hyp_tensor *weighted;      /* [heads · R][context]: probability times scale of the value */
    hyp_tensor *weights;       /* i16 [heads · R][context]: the same as parts of their sum */
    hyp_tensor *sum;           /* [heads · R][1] */
    hyp_tensor *sum_multiplier;
    hyp_tensor *sum_shift;
    hyp_tensor *mixed;       /* [R][dim] */
    hyp_tensor *odds;        /* Q30 [1][vocabulary]: of each token to be drawn */
    hyp_tensor *temperature; /* i32 [1][1]: what a logit is multiplied with */
    hyp_tensor *minus_one;   /* i8 [1][1] */
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
    uint32_t rows; /* tokens of the program that was built last, which begins at the position */
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
    uint32_t attention_rows = shape->heads * MOST_ROWS;
    uint32_t widest = larger(larger(all_heads(shape) * head, 2 * shape->hidden), shape->vocabulary);
    const struct {
        hyp_tensor **tensor;
        hyp_type type;
        uint32_t rows;
        uint32_t columns;
    } all[] = {
        {&scratch->token, HYP_I32, MOST_ROWS, 1},
        {&scratch->token_row, HYP_I8, MOST_ROWS, shape->dim},
        {&scratch->x, HYP_I32, MOST_ROWS, shape->dim},
        {&scratch->normed, HYP_I32, MOST_ROWS, shape->dim},
        {&scratch->quantised, HYP_I8, MOST_ROWS, larger(shape->dim, shape->hidden)},
        {&scratch->scale, HYP_I32, MOST_ROWS, 1},
        {&scratch->multiplier, HYP_I32, MOST_ROWS, 1},
        {&scratch->shift, HYP_U8, MOST_ROWS, 1},
        {&scratch->product, HYP_I16, MOST_ROWS, widest},
        {&scratch->wide, HYP_I32, MOST_ROWS, widest},
        {&scratch->gated, HYP_I32, MOST_ROWS, shape->hidden},
        {&scratch->delta, HYP_I32, MOST_ROWS, shape->dim},
        {&scratch->qkv, HYP_I32, MOST_ROWS, all_heads(shape) * head},
        {&scratch->heads, HYP_I8, MOST_ROWS, all_heads(shape) * head},
        {&scratch->head_scale, HYP_I32, MOST_ROWS * all_heads(shape), 1},
        {&scratch->head_multiplier, HYP_I32, MOST_ROWS * all_heads(shape), 1},
        {&scratch->head_shift, HYP_U8, MOST_ROWS * all_heads(shape), 1},
        {&scratch->scores, HYP_I32, attention_rows, shape->context},
        {&scratch->probabilities, HYP_I16, attention_rows, shape->context},
        {&scratch->weighted, HYP_I32, attention_rows, shape->context},
        {&scratch->weights, HYP_I16, attention_rows, shape->context},
        {&scratch->sum, HYP_I32, attention_rows, 1},
        {&scratch->sum_multiplier, HYP_I32, attention_rows, 1},
        {&scratch->sum_shift, HYP_U8, attention_rows, 1},
        {&scratch->mixed, HYP_I32, MOST_ROWS, shape->dim},
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

void llm_session_set_verify(struct llm_session *session, hyp_verify_mode verify)
{
    hyp_program_set_verify(session->program, verify);
}

/* ---- the program of some tokens ----
 *
 * Errors of the functions that add opcodes are kept by the program and come out when it runs. */

/* The rows of the program's tokens. */
static hyp_view rows_of(const struct llm_session *session, hyp_tensor *tensor)
{
    return hyp_view_rows(tensor, 0, session->rows);
}

static hyp_view columns_of(const struct llm_session *session, hyp_tensor *tensor, uint32_t first,
                           uint32_t count)
{
    return hyp_view_columns(rows_of(session, tensor), first, count);
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

/* out = weights · rows, all of it in Q16: a row becomes int8 with its largest magnitude as scale,
 * the products come back as i16, and the scale is multiplied in again. */
static void add_product(struct llm_session *session, hyp_view rows, hyp_tensor *weights,
                        int32_t back, hyp_view out)
{
    struct scratch *scratch = &session->scratch;
    hyp_program *program = session->program;
    hyp_view quantised = columns_of(session, scratch->quantised, 0, rows.columns);
    hyp_view product = columns_of(session, scratch->product, 0, out.columns);
    hyp_view scale = rows_of(session, scratch->scale);
    hyp_view multiplier = rows_of(session, scratch->multiplier);
    hyp_view shift = rows_of(session, scratch->shift);

    hyp_program_row_abs_max(program, rows, scale);
    hyp_program_recip(program, scale, INT8_MOST, multiplier, shift);
    hyp_program_requant(program, rows, by_row(multiplier, rows.columns),
                        by_row(shift, rows.columns), 0, quantised);
    hyp_program_matmul(program, quantised, hyp_view_of(weights), HYP_NO_VIEW, HYP_NO_VIEW, 0, false,
                       product);
    hyp_program_requant(program, product, by_row(scale, out.columns), HYP_NO_VIEW, (uint32_t)back,
                        out);
}

static int32_t back_shift(const struct llm_session *session, uint32_t number)
{
    return ((const int32_t *)llm_model_tensor(session->model, LLM_SHIFTS)->data)[number];
}

/* normed = x, normalised and weighted */
static void add_norm(struct llm_session *session, hyp_tensor *weight)
{
    const struct llm_config *config = &session->model->config;
    hyp_view row = reshaped(weight, 1, config->shape.dim);

    hyp_program_rms_norm(session->program, rows_of(session, session->scratch.x),
                         hyp_view_repeat_row(row, session->rows), config->epsilon,
                         rows_of(session, session->scratch.normed));
}

/* x = the embeddings of the tokens */
static void add_embedding(struct llm_session *session)
{
    struct scratch *scratch = &session->scratch;
    hyp_program *program = session->program;
    hyp_view token = rows_of(session, scratch->token);
    uint32_t dim = session->model->config.shape.dim;
    hyp_view multiplier = rows_of(session, scratch->multiplier);
    hyp_view shift = rows_of(session, scratch->shift);

    hyp_program_gather(program, hyp_view_of(session->embedding), token,
                       rows_of(session, scratch->token_row));
    hyp_program_gather(program, hyp_view_of(session->embedding_multiplier), token, multiplier);
    hyp_program_gather(program, hyp_view_of(session->embedding_shift), token, shift);
    hyp_program_requant(program, rows_of(session, scratch->token_row), by_row(multiplier, dim),
                        by_row(shift, dim), 0, rows_of(session, scratch->x));
}

/* The vectors of one head of q, k or v, a row a token. */
static hyp_view head_of(const struct llm_session *session, uint32_t number)
{
    const struct llm_shape *shape = &session->model->config.shape;
    uint32_t head = llm_head_size(shape);

    return columns_of(session, session->scratch.heads, number * head, head);
}

/* The scales of some heads: a row a head, a column a token. */
static hyp_view head_scales(const struct llm_session *session, uint32_t first, uint32_t count)
{
    uint32_t apart = all_heads(&session->model->config.shape);

    return (hyp_view){session->scratch.head_scale, first, count, session->rows, 1, apart};
}

/* Where the scales of the program's tokens belong in the cache: a row a head. */
static hyp_view cached_scales(const struct llm_session *session, hyp_tensor *scales)
{
    return hyp_view_columns(hyp_view_of(scales), session->position, session->rows);
}

/* k and v join the cache. */
static void add_to_cache(struct llm_session *session, const struct cache *cache)
{
    const struct llm_shape *shape = &session->model->config.shape;
    hyp_program *program = session->program;
    uint32_t head = llm_head_size(shape);
    uint32_t k = shape->heads; /* the first head of k, and of v */
    uint32_t v = k + shape->kv_heads;

    for (uint32_t kv = 0; kv < shape->kv_heads; kv++) {
        hyp_view keys = hyp_view_columns(hyp_view_rows(cache->keys, kv * head, head),
                                         session->position, session->rows);
        hyp_view values =
            hyp_view_rows(cache->values, kv * shape->context + session->position, session->rows);
        hyp_program_copy(program, head_of(session, k + kv), hyp_view_transpose(keys));
        hyp_program_copy(program, head_of(session, v + kv), values);
    }
    hyp_program_copy(program, head_scales(session, k, shape->kv_heads),
                     cached_scales(session, cache->key_scales));
    hyp_program_copy(program, head_scales(session, v, shape->kv_heads),
                     cached_scales(session, cache->value_scales));
}

/* All heads of q, k and v become int8 with a scale each. */
static void add_heads(struct llm_session *session)
{
    const struct llm_shape *shape = &session->model->config.shape;
    struct scratch *scratch = &session->scratch;
    hyp_program *program = session->program;
    uint32_t head = llm_head_size(shape);
    uint32_t count = session->rows * all_heads(shape);
    hyp_view scale = hyp_view_rows(scratch->head_scale, 0, count);
    hyp_view multiplier = hyp_view_rows(scratch->head_multiplier, 0, count);
    hyp_view shift = hyp_view_rows(scratch->head_shift, 0, count);
    hyp_view rows = reshaped(scratch->qkv, count, head);

    hyp_program_row_abs_max(program, rows, scale);
    hyp_program_recip(program, scale, INT8_MOST, multiplier, shift);
    hyp_program_requant(program, rows, by_row(multiplier, head), by_row(shift, head), 0,
                        reshaped(scratch->heads, count, head));
}

/* Rows of attention that read the same keys and values: of one token all heads that share them, of
 * several tokens one head. */
struct group {
    uint32_t kv;    /* the head of k and v */
    uint32_t first; /* row of scores, probabilities, weights */
    uint32_t rows;
    hyp_view queries; /* [rows][head] */
    hyp_view scales;  /* [rows][1] */
    hyp_view mixed;   /* [rows][head]: where the result belongs */
};

static uint32_t group_count(const struct llm_session *session)
{
    const struct llm_shape *shape = &session->model->config.shape;

    return session->rows == 1 ? shape->kv_heads : shape->heads;
}

static struct group group_at(const struct llm_session *session, uint32_t number)
{
    const struct llm_shape *shape = &session->model->config.shape;
    const struct scratch *scratch = &session->scratch;
    uint32_t head = llm_head_size(shape);
    uint32_t share = shape->heads / shape->kv_heads;

    if (session->rows == 1) {
        uint64_t offset = (uint64_t)number * share * head;
        return (struct group){
            .kv = number,
            .first = number * share,
            .rows = share,
            .queries = {scratch->heads, offset, share, head, head, 1},
            .scales = hyp_view_rows(scratch->head_scale, number * share, share),
            .mixed = {scratch->mixed, offset, share, head, head, 1},
        };
    }
    return (struct group){
        .kv = number / share,
        .first = number * session->rows,
        .rows = session->rows,
        .queries = head_of(session, number),
        .scales = hyp_view_transpose(head_scales(session, number, 1)),
        .mixed = columns_of(session, scratch->mixed, number * head, head),
    };
}

static hyp_view group_rows(const struct group *group, hyp_tensor *tensor, uint32_t columns)
{
    return hyp_view_columns(hyp_view_rows(tensor, group->first, group->rows), 0, columns);
}

/* One scale a token of the past, for each row of a group. */
static hyp_view past_scales(const struct group *group, hyp_tensor *scales, uint32_t tokens)
{
    hyp_view row = hyp_view_columns(hyp_view_rows(scales, group->kv, 1), 0, tokens);

    return hyp_view_repeat_row(row, group->rows);
}

/* weighted = softmax of q · k / sqrt(head), times the scales of the values */
static void add_scores(struct llm_session *session, const struct group *group,
                       const struct cache *cache)
{
    const struct llm_config *config = &session->model->config;
    struct scratch *scratch = &session->scratch;
    hyp_program *program = session->program;
    uint32_t head = llm_head_size(&config->shape);
    uint32_t tokens = session->position + session->rows;
    hyp_view scores = group_rows(group, scratch->scores, tokens);
    hyp_view probabilities = group_rows(group, scratch->probabilities, tokens);
    hyp_view keys = hyp_view_columns(hyp_view_rows(cache->keys, group->kv * head, head), 0, tokens);

    hyp_program_matmul(program, group->queries, keys, HYP_NO_VIEW, HYP_NO_VIEW, 0, false, scores);
    hyp_program_requant(program, scores, past_scales(group, cache->key_scales, tokens), HYP_NO_VIEW,
                        KEY_SHIFT, scores);
    hyp_program_requant(program, scores, by_row(group->scales, tokens), HYP_NO_VIEW,
                        config->score_shift, scores);
    /* A token looks at itself and at what came before it. */
    hyp_program_softmax(program, scores, session->position + 1, session->rows > 1, probabilities);
    hyp_program_requant(program, probabilities, past_scales(group, cache->value_scales, tokens),
                        HYP_NO_VIEW, 15, group_rows(group, scratch->weighted, tokens));
}

/* weights = 16-bit parts of the sums of weighted */
static void add_weights(struct llm_session *session)
{
    struct scratch *scratch = &session->scratch;
    hyp_program *program = session->program;
    uint32_t rows = session->model->config.shape.heads * session->rows;
    uint32_t tokens = session->position + session->rows;
    hyp_view weighted = hyp_view_columns(hyp_view_rows(scratch->weighted, 0, rows), 0, tokens);
    hyp_view weights = hyp_view_columns(hyp_view_rows(scratch->weights, 0, rows), 0, tokens);
    hyp_view sum = hyp_view_rows(scratch->sum, 0, rows);
    hyp_view multiplier = hyp_view_rows(scratch->sum_multiplier, 0, rows);
    hyp_view shift = hyp_view_rows(scratch->sum_shift, 0, rows);

    hyp_program_row_sum(program, weighted, sum);
    hyp_program_recip(program, sum, 1u << VALUE_WEIGHT_BITS, multiplier, shift);
    hyp_program_requant(program, weighted, by_row(multiplier, tokens), by_row(shift, tokens), 0,
                        weights);
}

/* mixed = weights · v, with the sum multiplied in again */
static void add_mix(struct llm_session *session, const struct group *group,
                    const struct cache *cache)
{
    const struct llm_shape *shape = &session->model->config.shape;
    struct scratch *scratch = &session->scratch;
    hyp_program *program = session->program;
    uint32_t tokens = session->position + session->rows;
    hyp_view values = hyp_view_rows(cache->values, group->kv * shape->context, tokens);
    hyp_view sum = group_rows(group, scratch->sum, 1);

    hyp_program_matmul16(program, group_rows(group, scratch->weights, tokens), values, 0,
                         group->mixed);
    hyp_program_requant(program, group->mixed, by_row(sum, llm_head_size(shape)), HYP_NO_VIEW,
                        VALUE_WEIGHT_BITS + VALUE_BITS, group->mixed);
}

static void add_attention(struct llm_session *session, uint32_t number)
{
    const struct llm_shape *shape = &session->model->config.shape;
    const struct layer *layer = &session->layers[number];
    struct scratch *scratch = &session->scratch;
    hyp_program *program = session->program;
    hyp_view x = rows_of(session, scratch->x);
    hyp_view qk = columns_of(session, scratch->qkv, 0, shape->dim + llm_kv_dim(shape));

    add_norm(session, layer->attention_norm);
    add_product(session, rows_of(session, scratch->normed), layer->qkv,
                back_shift(session, 4 * number), rows_of(session, scratch->qkv));
    hyp_program_rope(program, qk, hyp_view_rows(session->cosines, session->position, session->rows),
                     hyp_view_rows(session->sines, session->position, session->rows), false, qk);
    add_heads(session);
    add_to_cache(session, &layer->cache);
    for (uint32_t i = 0; i < group_count(session); i++) {
        const struct group group = group_at(session, i);
        add_scores(session, &group, &layer->cache);
    }
    add_weights(session);
    for (uint32_t i = 0; i < group_count(session); i++) {
        const struct group group = group_at(session, i);
        add_mix(session, &group, &layer->cache);
    }
    add_product(session, rows_of(session, scratch->mixed), layer->output,
                back_shift(session, 4 * number + 1), rows_of(session, scratch->delta));
    hyp_program_add_sat(program, x, rows_of(session, scratch->delta), x);
}

static void add_feed_forward(struct llm_session *session, uint32_t number)
{
    const struct llm_shape *shape = &session->model->config.shape;
    const struct layer *layer = &session->layers[number];
    struct scratch *scratch = &session->scratch;
    hyp_program *program = session->program;
    hyp_view x = rows_of(session, scratch->x);
    hyp_view gate = columns_of(session, scratch->wide, 0, shape->hidden);
    hyp_view up = columns_of(session, scratch->wide, shape->hidden, shape->hidden);
    hyp_view gated = rows_of(session, scratch->gated);

    add_norm(session, layer->feed_forward_norm);
    add_product(session, rows_of(session, scratch->normed), layer->gate_up,
                back_shift(session, 4 * number + 2),
                columns_of(session, scratch->wide, 0, 2 * shape->hidden));
    hyp_program_silu(program, gate, gated);
    hyp_program_mul(program, gated, up, 16, gated);
    add_product(session, gated, layer->down, back_shift(session, 4 * number + 3),
                rows_of(session, scratch->delta));
    hyp_program_add_sat(program, x, rows_of(session, scratch->delta), x);
}

static void add_tokens(struct llm_session *session)
{
    const struct llm_shape *shape = &session->model->config.shape;
    struct scratch *scratch = &session->scratch;

    add_embedding(session);
    for (uint32_t i = 0; i < shape->layers; i++) {
        add_attention(session, i);
        add_feed_forward(session, i);
    }
    add_norm(session, session->final_norm);
    add_product(session, rows_of(session, scratch->normed), session->classifier,
                back_shift(session, 4 * shape->layers),
                columns_of(session, scratch->wide, 0, shape->vocabulary));
}

/* The program that takes so many tokens at the position. */
static void build_tokens(struct llm_session *session, uint32_t count)
{
    hyp_program_clear(session->program);
    session->rows = count;
    add_tokens(session);
}

/* ---- steps ---- */

static int run(struct llm_session *session, hyp_error *error)
{
    session->gas += hyp_program_gas(session->program);
    return hyp_program_run(session->program, 0, error);
}

/* The logits behind one of the rows. */
static const int32_t *logits_at(const struct llm_session *session, uint32_t row)
{
    const hyp_tensor *wide = session->scratch.wide;

    return (const int32_t *)hyp_tensor_data(wide) + (size_t)row * hyp_tensor_columns(wide);
}

static void extend_digest(struct llm_session *session, uint32_t row)
{
    size_t bytes = (size_t)session->model->config.shape.vocabulary * sizeof(int32_t);

    memcpy(session->message, session->digest, LLM_DIGEST_SIZE);
    memcpy(session->message + LLM_DIGEST_SIZE, logits_at(session, row), bytes);
    hyp_keccak256(session->message, LLM_DIGEST_SIZE + bytes, session->digest);
}

/* At most MOST_ROWS tokens, for which there is room. */
static int take(struct llm_session *session, const uint32_t *tokens, uint32_t count,
                hyp_error *error)
{
    int32_t *rows = hyp_tensor_data(session->scratch.token);

    for (uint32_t i = 0; i < count; i++) {
        rows[i] = (int32_t)tokens[i];
    }
    build_tokens(session, count);
    int result = run(session, error);
    for (uint32_t i = 0; i < count && result == HYP_OK; i++) {
        extend_digest(session, i);
    }
    session->position += result == HYP_OK ? count : 0;
    return result;
}

int llm_session_read(struct llm_session *session, const uint32_t *tokens, uint32_t count,
                     hyp_error *error)
{
    const struct llm_shape *shape = &session->model->config.shape;
    int result = HYP_OK;

    for (uint32_t i = 0; i < count; i++) {
        if (tokens[i] >= shape->vocabulary) {
            return llm_fail(error, HYP_EINVAL,
                            "token %" PRIu32 " is not among the model's %" PRIu32, tokens[i],
                            shape->vocabulary);
        }
    }
    if (count > shape->context - session->position) {
        return llm_fail(error, HYP_ETOOBIG, "the model's context of %" PRIu32 " tokens is full",
                        shape->context);
    }
    for (uint32_t i = 0; i < count && result == HYP_OK; i += MOST_ROWS) {
        uint32_t left = count - i;
        result = take(session, tokens + i, left < MOST_ROWS ? left : (uint32_t)MOST_ROWS, error);
    }
    return result;
}

int llm_session_step(struct llm_session *session, uint32_t token, hyp_error *error)
{
    return llm_session_read(session, &token, 1, error);
}

uint32_t llm_session_position(const struct llm_session *session)
{
    return session->position;
}

const int32_t *llm_session_logits(const struct llm_session *session)
{
    return logits_at(session, session->rows - 1);
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
    hyp_view row = hyp_view_rows(session->scratch.wide, session->rows - 1, 1);

    return hyp_view_columns(row, 0, session->model->config.shape.vocabulary);
}

/* odds = 2^((logit − the largest) · log2(e) · 1000 / temperature) */
static void add_odds(struct llm_session *session, uint32_t temperature)
{
    struct scratch *scratch = &session->scratch;
    hyp_program *program = session->program;
    uint32_t vocabulary = session->model->config.shape.vocabulary;
    hyp_view most = hyp_view_rows(scratch->scale, 0, 1);
    hyp_view odds = hyp_view_of(scratch->odds);

    *(int32_t *)hyp_tensor_data(scratch->temperature) = (int32_t)(LOG2_E * 1000 / temperature);
    hyp_program_row_max(program, logits_of(session), most);
    hyp_program_mul(program, most, hyp_view_of(scratch->minus_one), 0, most);
    hyp_program_add_sat(program, logits_of(session), by_row(most, vocabulary), odds);
    hyp_program_requant(program, odds, by_row(hyp_view_of(scratch->temperature), vocabulary),
                        HYP_NO_VIEW, 16, odds);
    hyp_program_exp2(program, odds, odds);
}

/* The program of a choice: the largest logit, or the odds of all. */
static void build_choice(struct llm_session *session, const struct llm_choice *choice)
{
    hyp_program_clear(session->program);
    if (choice->temperature) {
        add_odds(session, choice->temperature);
    } else {
        hyp_program_arg_max(session->program, logits_of(session),
                            hyp_view_rows(session->scratch.token, 0, 1));
    }
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
    build_choice(session, choice);
    int result = run(session, error);
    if (result == HYP_OK && choice->temperature == 0) {
        *token = ((const uint32_t *)hyp_tensor_data(session->scratch.token))[0];
    } else if (result == HYP_OK) {
        *token =
            draw(hyp_tensor_data(session->scratch.odds), session->model->config.shape.vocabulary,
                 random_number(choice->seed, session->position));
    }
    return result;
}

/* ---- the price ---- */

uint64_t llm_session_price(struct llm_session *session, uint32_t prompt, uint32_t tokens,
                           const struct llm_choice *choice)
{
    const uint32_t position = session->position;
    const uint32_t rows = session->rows;
    uint32_t room = session->model->config.shape.context - position;
    uint64_t gas = 0;

    for (uint32_t left = prompt; left && room >= left; left -= session->rows) {
        build_tokens(session, left < MOST_ROWS ? left : (uint32_t)MOST_ROWS);
        gas += hyp_program_gas(session->program);
        session->position += session->rows;
        room -= session->rows;
    }
    /* The first choice follows the prompt, each further one the token that was chosen before. */
    for (uint32_t i = 0; i < tokens && (i == 0 || room); i++) {
        if (i > 0) {
            build_tokens(session, 1);
            gas += hyp_program_gas(session->program);
            session->position++;
            room--;
        }
        build_choice(session, choice);
        gas += hyp_program_gas(session->program);
    }
    session->position = position;
    session->rows = rows;
    return gas;
}
