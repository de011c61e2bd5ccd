/* A model that writes: the same logits from every variant of the CPU, the quality against fp32, the
 * end of the context, the price, the choice of tokens. */
#include "host/llm/session.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/llm/import.h"
#include "host/llm/tokenizer.h"
#include "hyperion/hyperion.h"
#include "tests/llm/float_model.h"
#include "tests/llm/integer_model.h"
#include "tests/llm/tiny.h"
#include "tests/support/random_batch.h"
#include "tests/support/shared_data.h"
#include "tests/support/test.h"

/* Of the made-up models after a context of made-up tokens. */
static const char shared_digest[] =
    "174db07a6ae549a7f48959695b48bf633bf8721511b941c90196bd826fbf9594";
static const char own_digest[] = "2f14bee801a170f7b3606b6d093fa0bad177b9843670ca65ca7c05d01b5a33d4";

/* A model file, a device and a session. */
struct writing {
    uint8_t *file;
    struct llm_model model;
    hyp_context *context;
    hyp_device *device;
    struct llm_session *session;
};

/* Takes the file over. Skips the test where the CPU lacks the variant. */
static void open_writing(struct writing *writing, uint8_t *file, size_t size, const char *variant)
{
    hyp_context_options options = HYP_CONTEXT_OPTIONS_INIT;

    *writing = (struct writing){.file = file};
    options.cpu_variant = variant;
    options.cpu_threads = 1;
    int result = hyp_context_create(&options, &writing->context, NULL);
    if (result == HYP_ENOTSUP) {
        free(file);
        print_message("skipped: this CPU has no %s\n", variant);
        skip();
    }
    assert_int_equal(result, HYP_OK);
    assert_int_equal(llm_model_read(file, size, &writing->model, NULL), HYP_OK);
    assert_int_equal(hyp_device_open(writing->context, "cpu", NULL, &writing->device, NULL),
                     HYP_OK);
    assert_int_equal(llm_session_create(writing->device, &writing->model, &writing->session, NULL),
                     HYP_OK);
}

static void open_tiny(struct writing *writing, bool shared, const char *variant)
{
    size_t size;
    uint8_t *file = tiny_model(shared, 1, &size);

    open_writing(writing, file, size, variant);
}

static void close_writing(struct writing *writing)
{
    llm_session_destroy(writing->session);
    hyp_device_close(writing->device);
    hyp_context_destroy(writing->context);
    llm_model_release(&writing->model);
    free(writing->file);
}

/* Begins a new text. */
static void restart(struct writing *writing)
{
    llm_session_destroy(writing->session);
    assert_int_equal(llm_session_create(writing->device, &writing->model, &writing->session, NULL),
                     HYP_OK);
}

static void step(struct writing *writing, uint32_t token)
{
    hyp_error error = {0, ""};

    if (llm_session_step(writing->session, token, &error)) {
        fail_msg("%s", error.message);
    }
}

static void expect_digest(const struct writing *writing, const char *wanted)
{
    uint8_t digest[LLM_DIGEST_SIZE];
    char hex[2 * LLM_DIGEST_SIZE + 1];

    llm_session_logits_digest(writing->session, digest);
    for (int i = 0; i < LLM_DIGEST_SIZE; i++) {
        snprintf(hex + 2 * i, 3, "%02x", digest[i]);
    }
    assert_string_equal(hex, wanted);
}

/* The made-up models over their whole context: these bits and no others, for ever. */
static void known_logits(bool shared, const char *variant)
{
    struct writing writing;

    open_tiny(&writing, shared, variant);
    for (uint32_t i = 0; i < tiny_shape.context; i++) {
        step(&writing, (i * 97 + 1) % tiny_shape.vocabulary);
    }
    expect_digest(&writing, shared ? shared_digest : own_digest);
    close_writing(&writing);
}

static void test_known_logits(void **state)
{
    (void)state;
    known_logits(true, NULL);
    known_logits(false, NULL);
}

static void test_portable(void **state)
{
    (void)state;
    known_logits(true, "portable");
}

static void test_avx2(void **state)
{
    (void)state;
    known_logits(true, "avx2");
}

static void test_avx512(void **state)
{
    (void)state;
    known_logits(true, "avx512");
}

/* A model whose weights are so large that the residual stream, scores and gates saturate. */
static uint8_t *loud_model(size_t *size)
{
    size_t sizes[2];
    uint8_t *checkpoint = tiny_checkpoint(&tiny_shape, false, 3, &sizes[0]);
    uint8_t *tokenizer = tiny_tokenizer(true, &sizes[1]);
    float *weights = (float *)(void *)(checkpoint + 28);
    uint8_t *file;

    for (size_t i = 0; i < (sizes[0] - 28) / sizeof *weights; i++) {
        weights[i] *= 200;
    }
    assert_int_equal(
        llm_import_llama2c(checkpoint, sizes[0], tokenizer, sizes[1], &file, size, NULL), HYP_OK);
    free(checkpoint);
    free(tokenizer);
    return file;
}

/* A text of pseudo-random tokens through the session and through the plain loops. */
static void compare_with_loops(struct writing *writing, uint32_t steps)
{
    const struct llm_shape *shape = &writing->model.config.shape;
    struct integer_model *loops = integer_model_create(&writing->model);

    assert_non_null(loops);
    for (uint32_t i = 0; i < steps; i++) {
        uint32_t token = (i * 97 + 1) % shape->vocabulary;
        step(writing, token);
        assert_memory_equal(llm_session_logits(writing->session),
                            integer_model_step(loops, token, i),
                            shape->vocabulary * sizeof(int32_t));
    }
    integer_model_destroy(loops);
}

static void test_plain_loops(void **state)
{
    (void)state;
    for (int shared = 0; shared < 2; shared++) {
        struct writing writing;
        open_tiny(&writing, shared, NULL);
        compare_with_loops(&writing, tiny_shape.context);
        close_writing(&writing);
    }
}

static void test_saturation(void **state)
{
    (void)state;
    struct writing writing;
    size_t size;
    uint8_t *file = loud_model(&size);

    open_writing(&writing, file, size, NULL);
    compare_with_loops(&writing, tiny_shape.context);
    const int32_t *logits = llm_session_logits(writing.session);
    uint32_t saturated = 0;
    for (uint32_t i = 0; i < tiny_shape.vocabulary; i++) {
        saturated += logits[i] == INT32_MAX || logits[i] == INT32_MIN;
    }
    assert_true(saturated > 0);
    close_writing(&writing);
}

/* A file that holds together, with any numbers that it may hold: made on purpose, it must be
 * computed like any other. */
static uint8_t *hostile_model(uint64_t seed, size_t *size)
{
    struct random random = {seed * 7919 + 1};
    struct llm_container container;
    uint8_t root[LLM_DIGEST_SIZE];
    uint8_t *hostile;
    size_t tiny_size;
    uint8_t *file = tiny_model(false, seed, &tiny_size);

    assert_int_equal(llm_container_read(file, tiny_size, &container, NULL), HYP_OK);
    for (uint32_t i = LLM_SHIFTS; i < container.count; i++) {
        const struct llm_tensor *tensor = &container.tensors[i];
        uint8_t *bytes = (uint8_t *)(uintptr_t)tensor->data; /* in the test's own file */
        bool shifts = i == LLM_SHIFTS || strstr(tensor->name, ".shift");
        size_t step = llm_type_size(tensor->type);
        for (size_t at = 0; at < tensor->bytes && i != LLM_TOKENIZER; at += step) {
            uint64_t value = random_below(&random, 4) ? random_u64(&random) : UINT64_C(1) << 31;
            value = shifts ? random_below(&random, 63) : value;
            value = strstr(tensor->name, ".multiplier") ? value & INT32_MAX : value;
            memcpy(bytes + at, &value, step);
        }
    }
    assert_int_equal(
        llm_container_write(container.tensors, container.count, &hostile, size, root, NULL),
        HYP_OK);
    llm_container_release(&container);
    free(file);
    return hostile;
}

static void test_hostile_models(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 12; seed++) {
        struct writing writing;
        size_t size;
        uint8_t *file = hostile_model(seed, &size);
        open_writing(&writing, file, size, NULL);
        compare_with_loops(&writing, tiny_shape.context);
        close_writing(&writing);
    }
}

/* A text that is read in pieces of `most` tokens and less gives the logits of one read one by one.
 */
static void read_in_pieces(struct writing *writing, uint32_t length, uint32_t most)
{
    uint32_t tokens[64];
    uint8_t wanted[LLM_DIGEST_SIZE];
    uint8_t digest[LLM_DIGEST_SIZE];

    restart(writing);
    for (uint32_t i = 0; i < length; i++) {
        tokens[i] = (i * 97 + 1) % writing->model.config.shape.vocabulary;
        step(writing, tokens[i]);
    }
    llm_session_logits_digest(writing->session, wanted);
    restart(writing);
    for (uint32_t i = 0, piece = most; i < length; i += piece) {
        piece = piece > 1 ? piece - 1 : most;
        piece = piece < length - i ? piece : length - i;
        assert_int_equal(llm_session_read(writing->session, tokens + i, piece, NULL), HYP_OK);
    }
    assert_int_equal(llm_session_position(writing->session), length);
    llm_session_logits_digest(writing->session, digest);
    assert_memory_equal(digest, wanted, sizeof wanted);
    assert_int_equal(llm_session_read(writing->session, NULL, 0, NULL), HYP_OK);
}

static void test_prompts(void **state)
{
    (void)state;
    struct writing writing;
    size_t size;
    uint8_t *loud = loud_model(&size);

    open_tiny(&writing, true, NULL);
    for (uint32_t most = 2; most <= tiny_shape.context + 1; most++) {
        read_in_pieces(&writing, tiny_shape.context, most);
    }
    close_writing(&writing);
    open_writing(&writing, loud, size, NULL);
    read_in_pieces(&writing, tiny_shape.context, 7);
    close_writing(&writing);
}

static void test_context_full(void **state)
{
    (void)state;
    struct writing writing;
    hyp_error error = {0, ""};
    uint8_t before[LLM_DIGEST_SIZE];
    uint8_t after[LLM_DIGEST_SIZE];

    open_tiny(&writing, true, NULL);
    for (uint32_t i = 0; i < tiny_shape.context; i++) {
        step(&writing, i);
    }
    llm_session_logits_digest(writing.session, before);
    assert_int_equal(llm_session_step(writing.session, 1, &error), HYP_ETOOBIG);
    assert_string_equal(error.message, "the model's context of 24 tokens is full");
    assert_int_equal(llm_session_read(writing.session, (const uint32_t[]){1, 2}, 2, NULL),
                     HYP_ETOOBIG);
    llm_session_logits_digest(writing.session, after);
    assert_memory_equal(before, after, sizeof before);
    assert_int_equal(llm_session_position(writing.session), tiny_shape.context);
    close_writing(&writing);
}

static void test_misuse(void **state)
{
    (void)state;
    const struct llm_choice choice = {0, 0};
    struct writing writing;
    uint32_t token;

    open_tiny(&writing, true, NULL);
    assert_int_equal(llm_session_step(writing.session, tiny_shape.vocabulary, NULL), HYP_EINVAL);
    assert_int_equal(llm_session_step(writing.session, UINT32_MAX, NULL), HYP_EINVAL);
    assert_int_equal(llm_session_choose(writing.session, &choice, &token, NULL), HYP_EINVAL);
    assert_int_equal(llm_session_position(writing.session), 0);
    close_writing(&writing);
}

/* What a text costs depends on its length, not on what it says. */
static void test_gas(void **state)
{
    (void)state;
    struct writing writing;
    uint64_t gas[3];

    open_tiny(&writing, true, NULL);
    for (uint32_t text = 0; text < 3; text++) {
        restart(&writing);
        for (uint32_t i = 0; i < 20; i++) {
            step(&writing, (i * text * 31) % tiny_shape.vocabulary);
        }
        gas[text] = llm_session_gas(writing.session);
    }
    assert_true(gas[0] > 0 && gas[0] == gas[1] && gas[1] == gas[2]);
    close_writing(&writing);
}

/* ---- choices ---- */

static uint32_t choose(struct writing *writing, uint32_t temperature, uint64_t seed)
{
    const struct llm_choice choice = {temperature, seed};
    uint32_t token = UINT32_MAX;

    assert_int_equal(llm_session_choose(writing->session, &choice, &token, NULL), HYP_OK);
    assert_true(token < tiny_shape.vocabulary);
    return token;
}

static uint32_t largest(const struct writing *writing)
{
    const int32_t *logits = llm_session_logits(writing->session);
    uint32_t best = 0;

    for (uint32_t i = 1; i < tiny_shape.vocabulary; i++) {
        best = logits[i] > logits[best] ? i : best;
    }
    return best;
}

/* Draws follow the softmax: with 4,000 draws no token is farther off than 6 standard deviations. */
static void test_draws(void **state)
{
    (void)state;
    enum { DRAWS = 4000 };
    struct writing writing;
    uint32_t counts[512] = {0};
    double sum = 0;

    open_tiny(&writing, true, NULL);
    for (uint32_t i = 0; i < 5; i++) {
        step(&writing, 7 * i);
    }
    const int32_t *logits = llm_session_logits(writing.session);
    assert_int_equal(choose(&writing, 0, 1), largest(&writing));
    assert_int_equal(choose(&writing, 1, 1), largest(&writing));
    uint32_t first = choose(&writing, 1000, 5);
    assert_int_equal(choose(&writing, 1000, 5), first);
    for (uint64_t seed = 0; seed < DRAWS; seed++) {
        counts[choose(&writing, 2000, seed)]++;
    }
    double most = logits[largest(&writing)] / 65536.0;
    for (uint32_t i = 0; i < tiny_shape.vocabulary; i++) {
        sum += exp((logits[i] / 65536.0 - most) / 2);
    }
    for (uint32_t i = 0; i < tiny_shape.vocabulary; i++) {
        double p = exp((logits[i] / 65536.0 - most) / 2) / sum;
        double deviation = sqrt(DRAWS * p * (1 - p)) + 1;
        assert_true(fabs(counts[i] - DRAWS * p) < 6 * deviation);
    }
    close_writing(&writing);
}

/* ---- the real model ---- */

struct story {
    uint8_t *checkpoint_file;
    uint8_t *tokenizer_file;
    size_t tokenizer_size;
    struct llm_checkpoint checkpoint;
    struct writing writing;
};

static void open_story(struct story *story)
{
    const char *path = shared_data_path("llm/stories260K.bin");
    size_t sizes[2];
    uint8_t *file;

    if (!path) {
        print_message("skipped: no ../shared/data/llm/stories260K.bin\n");
        skip();
    }
    story->checkpoint_file = read_whole_file(path, &sizes[0]);
    story->tokenizer_file =
        read_whole_file(shared_data_path("llm/tok512.bin"), &story->tokenizer_size);
    assert_int_equal(
        llm_checkpoint_read(story->checkpoint_file, sizes[0], &story->checkpoint, NULL), HYP_OK);
    assert_int_equal(llm_import_llama2c(story->checkpoint_file, sizes[0], story->tokenizer_file,
                                        story->tokenizer_size, &file, &sizes[1], NULL),
                     HYP_OK);
    open_writing(&story->writing, file, sizes[1], NULL);
}

static void close_story(struct story *story)
{
    close_writing(&story->writing);
    free(story->checkpoint_file);
    free(story->tokenizer_file);
}

/* −ln of the integer model's probability for `target`. */
static double integer_negative_log_likelihood(const struct writing *writing, uint32_t count,
                                              uint32_t target)
{
    const int32_t *logits = llm_session_logits(writing->session);
    float *scaled = malloc(count * sizeof *scaled);

    assert_non_null(scaled);
    for (uint32_t i = 0; i < count; i++) {
        scaled[i] = (float)logits[i] / 65536.0f;
    }
    double result = float_negative_log_likelihood(scaled, count, target);
    free(scaled);
    return result;
}

/* Both models read the text that the fp32 model writes, all 512 tokens that fit its context. */
static void test_quality(void **state)
{
    (void)state;
    const struct llm_choice greedy = {0, 0};
    struct story story;
    double wanted = 0;
    double got = 0;
    uint32_t same = 0;
    uint32_t token = LLM_TOKEN_BEGIN;

    open_story(&story);
    uint32_t count = story.checkpoint.shape.vocabulary;
    uint32_t context = story.checkpoint.shape.context;
    struct float_model *reference = float_model_create(&story.checkpoint);
    assert_non_null(reference);
    for (uint32_t i = 0; i < context; i++) {
        const float *logits = float_model_step(reference, token, i);
        uint32_t next = float_argmax(logits, count);
        uint32_t chosen;
        step(&story.writing, token);
        assert_int_equal(llm_session_choose(story.writing.session, &greedy, &chosen, NULL), HYP_OK);
        wanted += float_negative_log_likelihood(logits, count, next);
        got += integer_negative_log_likelihood(&story.writing, count, next);
        same += chosen == next;
        token = next;
    }
    float_model_destroy(reference);
    print_message("# %u positions: NLL %.5f in fp32, %.5f in integers (%+.3f %%), same top token "
                  "in %.2f %%\n",
                  context, wanted / context, got / context, (got / wanted - 1) * 100,
                  100.0 * same / context);
    assert_int_equal(context, 512);
    assert_true(got <= wanted * 1.02);
    assert_true(same * 100 >= context * 95);
    close_story(&story);
}

static void test_real_plain_loops(void **state)
{
    (void)state;
    struct story story;

    open_story(&story);
    compare_with_loops(&story.writing, 48);
    close_story(&story);
}

static void test_real_prompts(void **state)
{
    (void)state;
    struct story story;

    open_story(&story);
    read_in_pieces(&story.writing, 50, 41);
    close_story(&story);
}

static void test_greedy_text(void **state)
{
    (void)state;
    static const char wanted[] = "Once upon a time, there was a little girl named Lily.";
    const struct llm_choice greedy = {0, 0};
    struct llm_tokenizer *tokenizer;
    struct story story;
    char text[256] = "";
    size_t used = 0;
    uint32_t token = LLM_TOKEN_BEGIN;

    open_story(&story);
    assert_int_equal(
        llm_tokenizer_create(story.tokenizer_file, story.tokenizer_size, 512, &tokenizer, NULL),
        HYP_OK);
    while (used < strlen(wanted)) {
        uint32_t next;
        size_t length;
        step(&story.writing, token);
        assert_int_equal(llm_session_choose(story.writing.session, &greedy, &next, NULL), HYP_OK);
        const char *piece = llm_tokenizer_decode(tokenizer, token, next, &length);
        assert_true(length > 0 && used + length < sizeof text);
        memcpy(text + used, piece, length);
        used += length;
        token = next;
    }
    assert_memory_equal(text, wanted, strlen(wanted));
    llm_tokenizer_destroy(tokenizer);
    close_story(&story);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_logits),
        cmocka_unit_test(test_portable),
        cmocka_unit_test(test_avx2),
        cmocka_unit_test(test_avx512),
        cmocka_unit_test(test_plain_loops),
        cmocka_unit_test(test_saturation),
        cmocka_unit_test(test_prompts),
        cmocka_unit_test(test_real_prompts),
        cmocka_unit_test(test_hostile_models),
        cmocka_unit_test(test_real_plain_loops),
        cmocka_unit_test(test_context_full),
        cmocka_unit_test(test_misuse),
        cmocka_unit_test(test_gas),
        cmocka_unit_test(test_draws),
        cmocka_unit_test(test_quality),
        cmocka_unit_test(test_greedy_text),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("session", tests, NULL, NULL);
}
