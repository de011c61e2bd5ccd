/* The op ecrecover on the device "cpu", through the public API: published vectors, every variant
 * against the reference, malformed items. */
#include <jansson.h>
#include <openssl/sha.h>
#include <secp256k1.h>
#include <stdlib.h>
#include <string.h>

#include "host/src/backend/cpu_ops.h"
#include "host/src/ops/ops.h"
#include "hyperion/hyperion.h"
#include "tests/recover/signatures.h"
#include "tests/support/shared_data.h"
#include "tests/support/test.h"

static const char portable[] = "portable";
static const char avx2[] = "avx2";
static const char avx512[] = "avx512";

struct cpu {
    hyp_context *context;
    hyp_device *device;
    hyp_queue *queue;
};

static void open_cpu(struct cpu *cpu, const char *variant)
{
    hyp_context_options options = HYP_CONTEXT_OPTIONS_INIT;

    options.cpu_variant = variant;
    options.cpu_threads = 2;
    int result = hyp_context_create(&options, &cpu->context, NULL);
    if (result == HYP_ENOTSUP) {
        print_message("# this CPU lacks %s\n", variant);
        skip();
    }
    assert_int_equal(result, HYP_OK);
    assert_int_equal(hyp_device_open(cpu->context, "cpu", NULL, &cpu->device, NULL), HYP_OK);
    assert_int_equal(hyp_queue_create(cpu->device, NULL, &cpu->queue), HYP_OK);
}

static void close_cpu(struct cpu *cpu)
{
    hyp_queue_destroy(cpu->queue);
    hyp_device_close(cpu->device);
    hyp_context_destroy(cpu->context);
}

static void run(struct cpu *cpu, hyp_ecrecover_batch *batch)
{
    hyp_job job = hyp_ecrecover_batch_job(batch, NULL);
    hyp_completion completion;

    assert_int_equal(hyp_queue_submit(cpu->queue, &job, 1), 1);
    assert_int_equal(hyp_queue_wait(cpu->queue, UINT64_MAX), HYP_OK);
    assert_int_equal(hyp_queue_reap(cpu->queue, &completion, 1), 1);
    assert_int_equal(completion.result, HYP_OK);
}

static void read_hex(const char *hex, uint8_t *bytes, size_t length)
{
    assert_int_equal(strlen(hex), 2 * length);
    for (size_t i = 0; i < length; i++) {
        const char digits[3] = {hex[2 * i], hex[2 * i + 1], 0};
        bytes[i] = (uint8_t)strtoul(digits, NULL, 16);
    }
}

static json_t *load(const char *name)
{
    const char *path = shared_data_path(name);
    if (!path) {
        print_message("# %s of the shared data is not here\n", name);
        skip();
    }
    json_t *json = json_load_file(path, 0, NULL);
    assert_non_null(json);
    return json;
}

static const char *text(const json_t *object, const char *name)
{
    const char *value = json_string_value(json_object_get(object, name));
    assert_non_null(value);
    return value;
}

static void add_case(hyp_ecrecover_batch *batch, const json_t *item)
{
    uint8_t hash[32];
    uint8_t r[32];
    uint8_t s[32];

    read_hex(text(item, "hash"), hash, sizeof hash);
    read_hex(text(item, "r"), r, sizeof r);
    read_hex(text(item, "s"), s, sizeof s);
    uint8_t recid = (uint8_t)json_integer_value(json_object_get(item, "recid"));
    assert_true(hyp_ecrecover_batch_add(batch, hash, r, s, recid) >= 0);
}

static void check_case(const hyp_ecrecover_batch *batch, uint32_t index, const json_t *item,
                       uint32_t flags)
{
    uint8_t key[64] = {0};
    uint8_t address[20] = {0};
    bool recovers = json_is_string(json_object_get(item, "pubkey"));

    if (recovers) {
        read_hex(text(item, "pubkey"), key, sizeof key);
        read_hex(text(item, "address"), address, sizeof address);
    }
    assert_int_equal(hyp_ecrecover_batch_status(batch, index) == HYP_STATUS_OK, recovers);
    assert_memory_equal(hyp_ecrecover_batch_address(batch, index), address, sizeof address);
    if (flags & HYP_ECRECOVER_ADDRESS_ONLY) {
        assert_null(hyp_ecrecover_batch_public_key(batch, index));
    } else {
        assert_memory_equal(hyp_ecrecover_batch_public_key(batch, index), key, sizeof key);
    }
}

static void shared_cases(void **state)
{
    json_t *cases = load("ecrecover.json");
    uint32_t count = (uint32_t)json_array_size(cases);
    struct cpu cpu;

    assert_true(count > 1000);
    open_cpu(&cpu, *state);
    for (uint32_t flags = 0; flags <= HYP_ECRECOVER_ADDRESS_ONLY;
         flags += HYP_ECRECOVER_ADDRESS_ONLY) {
        hyp_ecrecover_batch *batch;
        assert_int_equal(hyp_ecrecover_batch_create(cpu.device, count, flags, &batch), HYP_OK);
        for (uint32_t i = 0; i < count; i++) {
            add_case(batch, json_array_get(cases, i));
        }
        run(&cpu, batch);
        for (uint32_t i = 0; i < count; i++) {
            check_case(batch, i, json_array_get(cases, i), flags);
        }
        hyp_ecrecover_batch_destroy(batch);
    }
    close_cpu(&cpu);
    json_decref(cases);
}

/* r and s of a strict DER signature. */
static bool parse_der(const char *hex, uint8_t r_and_s[64])
{
    uint8_t der[512];
    secp256k1_ecdsa_signature signature;
    size_t length = strlen(hex) / 2;

    if (length > sizeof der) {
        return false;
    }
    read_hex(hex, der, length);
    if (!secp256k1_ecdsa_signature_parse_der(secp256k1_context_static, &signature, der, length)) {
        return false;
    }
    secp256k1_ecdsa_signature_serialize_compact(secp256k1_context_static, r_and_s, &signature);
    return true;
}

static void hash_message(const json_t *test, uint8_t hash[32])
{
    const char *hex = text(test, "msg");
    size_t length = strlen(hex) / 2;
    uint8_t *message = malloc(length + 1);

    assert_non_null(message);
    read_hex(hex, message, length);
    SHA256(message, length, hash);
    free(message);
}

/* Whether one of the four recids gives the key. */
static bool some_recid_gives(struct cpu *cpu, hyp_ecrecover_batch *batch, const uint8_t hash[32],
                             const uint8_t r_and_s[64], const uint8_t key[64])
{
    bool found = false;

    hyp_ecrecover_batch_clear(batch);
    for (uint8_t recid = 0; recid < 4; recid++) {
        assert_true(hyp_ecrecover_batch_add(batch, hash, r_and_s, r_and_s + 32, recid) >= 0);
    }
    run(cpu, batch);
    for (uint32_t recid = 0; recid < 4; recid++) {
        found = found || (hyp_ecrecover_batch_status(batch, recid) == HYP_STATUS_OK &&
                          memcmp(hyp_ecrecover_batch_public_key(batch, recid), key, 64) == 0);
    }
    return found;
}

/* A verification vector says what recovery must find: a signature verifies exactly if one of its
 * recids gives the key. */
static void wycheproof(struct cpu *cpu, const char *name, uint32_t flags, size_t least)
{
    json_t *file = load(name);
    hyp_ecrecover_batch *batch;
    size_t checked = 0;
    size_t i;
    size_t k;
    json_t *group;
    json_t *test;

    assert_int_equal(hyp_ecrecover_batch_create(cpu->device, 4, flags, &batch), HYP_OK);
    json_array_foreach(json_object_get(file, "testGroups"), i, group)
    {
        uint8_t key[65];
        read_hex(text(json_object_get(group, "publicKey"), "uncompressed"), key, sizeof key);
        json_array_foreach(json_object_get(group, "tests"), k, test)
        {
            uint8_t r_and_s[64];
            uint8_t hash[32];
            bool valid = strcmp(text(test, "result"), "valid") == 0;
            if (!parse_der(text(test, "sig"), r_and_s)) {
                assert_false(valid);
                continue;
            }
            hash_message(test, hash);
            assert_int_equal(some_recid_gives(cpu, batch, hash, r_and_s, key + 1), valid);
            checked++;
        }
    }
    assert_true(checked >= least);
    hyp_ecrecover_batch_destroy(batch);
    json_decref(file);
}

static void wycheproof_vectors(void **state)
{
    struct cpu cpu;

    open_cpu(&cpu, *state);
    wycheproof(&cpu, "wycheproof/ecdsa_secp256k1_sha256_test.json", 0, 200);
    wycheproof(&cpu, "wycheproof/ecdsa_secp256k1_sha256_bitcoin_test.json", HYP_ECRECOVER_LOW_S,
               200);
    close_cpu(&cpu);
}

/* A batch of strange and good signatures as bytes. */
static uint8_t *create_batch(struct random_source *random, uint32_t items, uint32_t flags)
{
    hyp_batch_header header = {.magic = HYP_BATCH_INPUT_MAGIC,
                               .layout_version = HYP_BATCH_LAYOUT_VERSION,
                               .op = HYP_OP_ECRECOVER,
                               .flags = flags,
                               .item_count = items,
                               .descriptors_offset = sizeof header,
                               .descriptors_length = items * sizeof(hyp_ecrecover_descriptor)};
    header.data_offset = header.descriptors_offset + header.descriptors_length;
    uint8_t *input = calloc(1, header.data_offset);
    assert_non_null(input);
    memcpy(input, &header, sizeof header);
    for (uint32_t i = 0; i < items; i++) {
        hyp_ecrecover_descriptor item = {0};
        sign_random(random, &item);
        if (random_word(random) % 4 == 0) {
            mutate(random, &item);
        }
        if (random_word(random) % 50 == 0) {
            item.reserved[random_word(random) % sizeof item.reserved] = 1;
        }
        memcpy(input + sizeof header + i * sizeof item, &item, sizeof item);
    }
    return input;
}

/* Parts of batches, bit for bit, bytes that nobody writes included. */
static void against_reference(void **state)
{
    hyp_context_options options = HYP_CONTEXT_OPTIONS_INIT;
    struct random_source random = {0x65637265};
    hyp_context *context;

    options.cpu_variant = *state;
    int result = hyp_context_create(&options, &context, NULL);
    if (result == HYP_ENOTSUP) {
        skip();
    }
    assert_int_equal(result, HYP_OK);
    for (uint32_t round = 0; round < 60; round++) {
        uint32_t items = round < 40 ? round + 1 : 300;
        uint32_t first = (uint32_t)(random_word(&random) % items);
        uint32_t last = first + (uint32_t)(random_word(&random) % (items - first + 1));
        uint32_t flags = (uint32_t)random_word(&random) & 3;
        uint8_t *input = create_batch(&random, items, flags);
        hyp_batch_header header;
        memcpy(&header, input, sizeof header);
        assert_int_equal(hyp_batch_check(&header, header.data_offset), HYP_OK);
        size_t bytes = hyp_batch_output_bytes(&header);
        uint8_t *want = malloc(bytes);
        uint8_t *have = malloc(bytes);
        assert_true(want && have);
        memset(want, 0x55, bytes);
        memset(have, 0x55, bytes);
        hyp_op_ecrecover.reference(input, header.data_offset, NULL, want, first, last);
        const struct hyp_cpu_work work = {
            .header = &header,
            .input = input,
            .output = have,
            .first = first,
            .last = last,
            .context = context,
            .yield_ns = UINT64_MAX,
        };
        uint32_t failed;
        assert_int_equal(hyp_cpu_op_find(HYP_OP_ECRECOVER)->compute(&work, &failed), last - first);
        assert_memory_equal(have, want, bytes);
        for (uint32_t i = first; i < last; i++) {
            failed -= want[HYP_STATUS_OFFSET + i] != HYP_STATUS_OK;
        }
        assert_int_equal(failed, 0);
        free(want);
        free(have);
        free(input);
    }
    hyp_context_destroy(context);
}

static void known_answers_of_the_reference(void **state)
{
    const struct hyp_op_info *op = &hyp_op_ecrecover;
    uint8_t *input = calloc(1, 65536);
    uint8_t *output = calloc(1, 65536);
    hyp_batch_header header;

    (void)state;
    assert_true(input && output);
    size_t bytes = op->known_answer_batch(input, 65536);
    assert_true(bytes > 0);
    memcpy(&header, input, sizeof header);
    assert_int_equal(hyp_batch_check(&header, bytes), HYP_OK);
    op->reference(input, bytes, NULL, output, 0, header.item_count);
    assert_int_equal(op->known_answer_check(input, output, NULL), HYP_OK);
    /* One wrong bit anywhere is found. */
    for (uint32_t i = 0; i < header.item_count; i++) {
        output[hyp_results_offset(header.item_count) + 128 * i + 83] ^= 1;
        assert_int_equal(op->known_answer_check(input, output, NULL), HYP_EMISMATCH);
        output[hyp_results_offset(header.item_count) + 128 * i + 83] ^= 1;
        output[HYP_STATUS_OFFSET + i] ^= 1;
        assert_int_equal(op->known_answer_check(input, output, NULL), HYP_EMISMATCH);
        output[HYP_STATUS_OFFSET + i] ^= 1;
    }
    free(input);
    free(output);
}

static void slices(void **state)
{
    struct random_source random = {0x736c6963};
    uint8_t *input = create_batch(&random, 20, HYP_ECRECOVER_LOW_S);
    uint8_t out[4096];
    hyp_batch_header header;
    hyp_batch_header sliced;

    (void)state;
    memcpy(&header, input, sizeof header);
    const struct hyp_slice slice = {&header, input, 5, 12};
    size_t bytes = hyp_op_ecrecover.gather(&slice, 1, 77, out, sizeof out);
    memcpy(&sliced, out, sizeof sliced);
    assert_int_equal(bytes, 64 + 7 * 128);
    assert_int_equal(hyp_batch_check(&sliced, bytes), HYP_OK);
    assert_int_equal(sliced.item_count, 7);
    assert_int_equal(sliced.sequence, 77);
    assert_int_equal(sliced.flags, HYP_ECRECOVER_LOW_S);
    assert_memory_equal(out + 64, input + 64 + 5 * 128, 7 * 128);
    memset(out, 0x55, sizeof out);
    assert_int_equal(hyp_op_ecrecover.gather(&slice, 1, 77, out, bytes - 1), bytes);
    for (size_t i = 0; i < sizeof out; i++) {
        assert_int_equal(out[i], 0x55);
    }
    free(input);
}

#define OF_VARIANT(test, variant)                                                                  \
    {                                                                                              \
#test " " #variant, test, NULL, NULL, (void *)(variant)                                    \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_answers_of_the_reference),
        cmocka_unit_test(slices),
        OF_VARIANT(shared_cases, portable),
        OF_VARIANT(shared_cases, avx2),
        OF_VARIANT(shared_cases, avx512),
        OF_VARIANT(wycheproof_vectors, portable),
        OF_VARIANT(wycheproof_vectors, avx2),
        OF_VARIANT(wycheproof_vectors, avx512),
        OF_VARIANT(against_reference, portable),
        OF_VARIANT(against_reference, avx2),
        OF_VARIANT(against_reference, avx512),
    };
    return cmocka_run_group_tests_name("ecrecover on the cpu", tests, NULL, NULL);
}
