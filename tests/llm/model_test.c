/* Model files: what import writes is read back, and whatever is changed, cut off or added is
 * refused with the tensor that is wrong. */
#include "host/llm/model.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/llm/import.h"
#include "tests/llm/tiny.h"
#include "tests/support/random_batch.h"
#include "tests/support/shared_data.h"
#include "tests/support/test.h"

/* Of the tiny model with seed 1: the same on every machine. Changes only with the format. */
static const char tiny_root[] = "99905a1e1047279066381bc9376936557797577a6103adf6e92b1506a679a5ee";
/* Of stories260K with tok512. */
static const char stories_root[] =
    "ad1dcde918f614e88a1039b836517f8edc386ec6438416935981159170b6a15a";

static void expect_root(const struct llm_model *model, const char *wanted)
{
    char hex[2 * LLM_DIGEST_SIZE + 1];

    for (int i = 0; i < LLM_DIGEST_SIZE; i++) {
        snprintf(hex + 2 * i, 3, "%02x", model->container.root[i]);
    }
    assert_string_equal(hex, wanted);
}

static void test_known_root(void **state)
{
    (void)state;
    struct llm_model model;
    size_t size;
    uint8_t *file = tiny_model(true, 1, &size);

    assert_int_equal(llm_model_read(file, size, &model, NULL), HYP_OK);
    expect_root(&model, tiny_root);
    assert_memory_equal(&model.config.shape, &tiny_shape, sizeof tiny_shape);
    assert_true(model.config.shared);
    llm_model_release(&model);
    free(file);
}

static void test_own_classifier(void **state)
{
    (void)state;
    struct llm_model model;
    size_t size;
    uint8_t *file = tiny_model(false, 1, &size);

    assert_int_equal(llm_model_read(file, size, &model, NULL), HYP_OK);
    assert_false(model.config.shared);
    assert_non_null(llm_container_find(&model.container, "classifier.weight"));
    llm_model_release(&model);
    free(file);
}

static void test_real_root(void **state)
{
    (void)state;
    const char *path = shared_data_path("llm/stories260K.bin");
    struct llm_model model;
    size_t sizes[3];
    uint8_t *file;

    if (!path) {
        print_message("skipped: no ../shared/data/llm/stories260K.bin\n");
        skip();
    }
    uint8_t *checkpoint = read_whole_file(path, &sizes[0]);
    uint8_t *tokenizer = read_whole_file(shared_data_path("llm/tok512.bin"), &sizes[1]);
    assert_int_equal(
        llm_import_llama2c(checkpoint, sizes[0], tokenizer, sizes[1], &file, &sizes[2], NULL),
        HYP_OK);
    assert_int_equal(llm_model_read(file, sizes[2], &model, NULL), HYP_OK);
    expect_root(&model, stories_root);
    llm_model_release(&model);
    free(file);
    free(checkpoint);
    free(tokenizer);
}

/* Any byte changed is found. In a tensor's data it is the tensor that is named. */
static void test_changed_bytes(void **state)
{
    (void)state;
    struct llm_model model;
    struct llm_container good;
    size_t size;
    uint8_t *file = tiny_model(true, 2, &size);

    assert_int_equal(llm_container_read(file, size, &good, NULL), HYP_OK);
    for (size_t at = 0; at < size; at += at < 4096 ? 1 : 61) {
        hyp_error error = {0, ""};
        file[at] ^= 0x10;
        int result = llm_model_read(file, size, &model, &error);
        assert_true(result == HYP_EINVAL || result == HYP_EMISMATCH || result == HYP_EVERSION);
        assert_true(strlen(error.message) > 10);
        for (uint32_t i = 0; i < good.count; i++) {
            const uint8_t *data = good.tensors[i].data;
            if (file + at >= data && file + at < data + good.tensors[i].bytes) {
                assert_int_equal(result, HYP_EMISMATCH);
                assert_non_null(strstr(error.message, good.tensors[i].name));
            }
        }
        file[at] ^= 0x10;
    }
    llm_container_release(&good);
    free(file);
}

static void test_truncated(void **state)
{
    (void)state;
    struct llm_model model;
    size_t size;
    uint8_t *file = tiny_model(true, 3, &size);

    for (size_t cut = 0; cut < size; cut += cut < 512 ? 1 : 97) {
        hyp_error error = {0, ""};
        uint8_t *exact = malloc(cut + 1);
        memcpy(exact, file, cut);
        assert_int_equal(llm_model_read(exact, cut, &model, &error), HYP_EINVAL);
        if (cut > 16384) {
            assert_non_null(strstr(error.message, "truncated: "));
        }
        free(exact);
    }
    uint8_t *longer = realloc(file, size + 1);
    assert_non_null(longer);
    longer[size] = 0;
    assert_int_equal(llm_model_read(longer, size + 1, &model, NULL), HYP_EINVAL);
    free(longer);
}

static void test_other_version(void **state)
{
    (void)state;
    struct llm_model model;
    hyp_error error = {0, ""};
    size_t size;
    uint8_t *file = tiny_model(true, 1, &size);

    file[8] = 2;
    assert_int_equal(llm_model_read(file, size, &model, &error), HYP_EVERSION);
    assert_non_null(strstr(error.message, "version 2"));
    free(file);
}

/* A file whose digests are right but whose tensors are not those of a model. */
static void expect_refused(const struct llm_container *good, uint32_t index,
                           const struct llm_tensor *instead, const char *message)
{
    struct llm_tensor *tensors = calloc(good->count, sizeof *tensors);
    uint8_t root[LLM_DIGEST_SIZE];
    struct llm_model model;
    hyp_error error = {0, ""};
    uint8_t *file;
    size_t size;

    assert_non_null(tensors);
    memcpy(tensors, good->tensors, good->count * sizeof *tensors);
    tensors[index] = *instead;
    assert_int_equal(llm_container_write(tensors, good->count, &file, &size, root, NULL), HYP_OK);
    assert_int_equal(llm_model_read(file, size, &model, &error), HYP_EINVAL);
    if (!strstr(error.message, message)) {
        fail_msg("\"%s\" does not tell \"%s\"", error.message, message);
    }
    free(file);
    free(tensors);
}

/* The tensor with one of its bytes changed. */
static void expect_value_refused(const struct llm_container *good, uint32_t index, size_t at,
                                 uint8_t value, const char *message)
{
    struct llm_tensor changed = good->tensors[index];
    uint8_t *data = malloc(changed.bytes);

    assert_non_null(data);
    memcpy(data, changed.data, changed.bytes);
    data[at] = value;
    changed.data = data;
    expect_refused(good, index, &changed, message);
    free(data);
}

static void test_wrong_tensors(void **state)
{
    (void)state;
    struct llm_container good;
    size_t size;
    uint8_t *file = tiny_model(true, 1, &size);

    assert_int_equal(llm_container_read(file, size, &good, NULL), HYP_OK);
    expect_refused(&good, 12, &good.tensors[11], "layers.0.attention.qkv.shift belongs");
    struct llm_tensor shape = good.tensors[LLM_ROPE_SINE];
    shape.shape[0] = tiny_shape.context - 1;
    shape.bytes -= 2ul * llm_head_size(&tiny_shape) / 2;
    expect_refused(&good, LLM_ROPE_SINE, &shape, "rope.sine has another type or shape");
    expect_value_refused(&good, LLM_EMBEDDING_SHIFT, 5, 63, "embedding.shift");
    expect_value_refused(&good, LLM_EMBEDDING_MULTIPLIER, 3, 0x80, "embedding.multiplier");
    expect_value_refused(&good, LLM_SHIFTS, 0, 63, "shifts");
    expect_value_refused(&good, LLM_SHIFTS, 3, 0x80, "shifts");
    expect_value_refused(&good, LLM_TOKENIZER, 11, 0xff, "tokenizer: token 0");
    expect_value_refused(&good, LLM_CONFIG, 4 * LLM_FIELD_LAYERS, 3, "the file has 40 tensors");
    expect_value_refused(&good, LLM_CONFIG, 4 * LLM_FIELD_HEADS, 3, "heads (3) must divide");
    expect_value_refused(&good, LLM_CONFIG, 4 * LLM_FIELD_DIM, 0, "dim is 0");
    expect_value_refused(&good, LLM_CONFIG, 0, 2, "architecture 2");
    llm_container_release(&good);
    free(file);
}

/* ---- import ---- */

static void expect_import_refused(const uint8_t *checkpoint, size_t size, const char *message)
{
    size_t tokenizer_size;
    uint8_t *tokenizer = tiny_tokenizer(true, &tokenizer_size);
    hyp_error error = {0, ""};
    uint8_t *file;
    size_t file_size;

    assert_int_equal(
        llm_import_llama2c(checkpoint, size, tokenizer, tokenizer_size, &file, &file_size, &error),
        HYP_EINVAL);
    assert_null(file);
    if (!strstr(error.message, message)) {
        fail_msg("\"%s\" does not tell \"%s\"", error.message, message);
    }
    free(tokenizer);
}

static void test_bad_checkpoints(void **state)
{
    (void)state;
    size_t size;
    uint8_t *file = tiny_checkpoint(&tiny_shape, true, 1, &size);
    float *weights = (float *)(void *)(file + 28);
    int32_t *header = (int32_t *)(void *)file;

    expect_import_refused(file, 0, "0 bytes are too few");
    expect_import_refused(file, 27, "27 bytes are too few");
    expect_import_refused(file, size - 4, "truncated: RoPE sines ends at byte");
    expect_import_refused(file, size - 4 * 24 * 2 * 2 - 4, "truncated: final norm");
    for (size_t i = 0; i < 7; i++) {
        int32_t kept = header[i];
        header[i] = 0;
        expect_import_refused(file, size, "not a llama2.c checkpoint");
        header[i] = INT32_MIN;
        expect_import_refused(file, size, "not a llama2.c checkpoint");
        header[i] = INT32_MAX;
        expect_import_refused(file, size, "not a llama2.c checkpoint");
        header[i] = kept;
    }
    int32_t dim = header[0];
    int32_t hidden = header[1];
    header[0] = 0x616b3432;
    header[1] = 1;
    expect_import_refused(file, size, "a checkpoint of llama2.c's version 1");
    header[0] = dim;
    header[1] = hidden;
    header[6]--;
    expect_import_refused(file, size, "bytes, where its shape demands");
    header[6]++;
    weights[272 * 16 + 5] = NAN;
    expect_import_refused(file, size, "attention norm of the checkpoint has a weight that is no");
    weights[272 * 16 + 5] = 1;
    weights[272 * 16 + 2 * 16 + 1] = 1e30f;
    expect_import_refused(file, size, "layers.0.attention.qkv.weight: weights are too large");
    free(file);
}

/* All-zero rows and a huge spread between channels import and stay in range. */
static void test_extreme_weights(void **state)
{
    (void)state;
    size_t sizes[3];
    uint8_t *checkpoint = tiny_checkpoint(&tiny_shape, true, 1, &sizes[0]);
    uint8_t *tokenizer = tiny_tokenizer(true, &sizes[1]);
    float *weights = (float *)(void *)(checkpoint + 28);
    struct llm_model model;
    uint8_t *file;

    memset(weights, 0, 16 * sizeof *weights);            /* a token that is zero */
    memset(weights + 272 * 16 + 32, 0, 2 * 16 * 16 * 4); /* all of wq */
    for (int i = 0; i < 16; i++) {
        weights[272 * 16 + 32 + 512 + i] = 1e-38f; /* a channel of wk */
        weights[16 + i] = 1e3f;
    }
    assert_int_equal(
        llm_import_llama2c(checkpoint, sizes[0], tokenizer, sizes[1], &file, &sizes[2], NULL),
        HYP_OK);
    assert_int_equal(llm_model_read(file, sizes[2], &model, NULL), HYP_OK);
    llm_model_release(&model);
    free(file);
    free(checkpoint);
    free(tokenizer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_root),      cmocka_unit_test(test_own_classifier),
        cmocka_unit_test(test_real_root),       cmocka_unit_test(test_changed_bytes),
        cmocka_unit_test(test_truncated),       cmocka_unit_test(test_other_version),
        cmocka_unit_test(test_wrong_tensors),   cmocka_unit_test(test_bad_checkpoints),
        cmocka_unit_test(test_extreme_weights),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("model", tests, NULL, NULL);
}
