/* Products of programs on a simulated card (HYP_TEST_DEVICE: another way to it), with weights that
 * stay there: the CPU's bits whatever the arena holds, eviction, weights too large for it, the
 * card's reset, several threads. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/src/device.h"
#include "host/src/tensor/tensor.h"
#include "hyperion/hyperion.h"
#include "tests/support/random_batch.h"
#include "tests/support/test.h"

enum { ARENA = 1 << 16 };

struct devices {
    hyp_context *context;
    hyp_device *card;
    hyp_device *cpu;
};

/* `fault`: what goes wrong with the card, such as "slverr@3", or NULL. */
static void open_devices(struct devices *devices, uint64_t resident_bytes, const char *fault)
{
    const char *named = getenv("HYP_TEST_DEVICE");
    const char *name = named ? named : "sim:0";
    hyp_device_options options = HYP_DEVICE_OPTIONS_INIT;
    hyp_error error = {0, ""};
    char faults[64];

    snprintf(faults, sizeof faults, "%s:%s", name, fault ? fault : "");
    options.resident_bytes = resident_bytes;
    options.faults = fault ? faults : NULL;
    options.job_timeout_ns = UINT64_C(20000000000);
    assert_int_equal(hyp_context_create(NULL, &devices->context, NULL), HYP_OK);
    if (hyp_device_open(devices->context, name, &options, &devices->card, &error)) {
        fail_msg("%s", error.message);
    }
    assert_int_equal(hyp_device_open(devices->context, "cpu", NULL, &devices->cpu, NULL), HYP_OK);
}

static void close_devices(struct devices *devices)
{
    hyp_device_close(devices->card);
    hyp_device_close(devices->cpu);
    hyp_context_destroy(devices->context);
}

/* A product on both devices. */
struct product {
    uint32_t rows;
    uint32_t inner;
    uint32_t columns;
    hyp_type type; /* of the result */
    bool accumulates;
    bool strided;
    hyp_tensor *a[2]; /* of the card, of the CPU */
    hyp_tensor *weights[2];
    hyp_tensor *result[2];
};

static void fill(struct random *random, void *data, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++) {
        ((uint8_t *)data)[i] = (uint8_t)random_u64(random);
    }
}

static void make_weights(const struct devices *devices, struct random *random,
                         struct product *product, bool bias)
{
    size_t values = (size_t)product->inner * product->columns;
    int8_t *b = malloc(values);
    int32_t *biases = calloc(product->columns, sizeof *biases);
    uint32_t *multipliers = calloc(product->columns, sizeof *multipliers);
    uint8_t *shifts = calloc(product->columns, 1);
    hyp_weights weights = HYP_WEIGHTS_INIT;

    assert_true(b && biases && multipliers && shifts);
    fill(random, b, values);
    for (uint32_t j = 0; j < product->columns; j++) {
        biases[j] = (int32_t)random_below(random, 1 << 21) - (1 << 20);
        multipliers[j] = (uint32_t)random_u64(random) >> 1;
        shifts[j] = (uint8_t)(30 + random_below(random, 12));
    }
    weights.rows = product->inner;
    weights.columns = product->columns;
    weights.values = b;
    weights.transposed = random_below(random, 2);
    weights.bias = bias ? biases : NULL;
    weights.multipliers = multipliers;
    weights.shifts = shifts;
    assert_int_equal(hyp_weights_create(devices->card, &weights, &product->weights[0], NULL), 0);
    assert_int_equal(hyp_weights_create(devices->cpu, &weights, &product->weights[1], NULL), 0);
    free(b);
    free(biases);
    free(multipliers);
    free(shifts);
}

static struct product make_product(const struct devices *devices, struct random *random,
                                   uint32_t inner, uint32_t columns)
{
    static const hyp_type types[] = {HYP_I32, HYP_I16, HYP_I8};
    struct product product = {.rows = 1 + (uint32_t)random_below(random, 3),
                              .inner = inner,
                              .columns = columns,
                              .type = types[random_below(random, 3)],
                              .accumulates = random_below(random, 3) == 0,
                              .strided = random_below(random, 2)};
    hyp_device *const owners[] = {devices->card, devices->cpu};

    make_weights(devices, random, &product, random_below(random, 2));
    product.accumulates = product.accumulates && product.type == HYP_I32;
    for (int i = 0; i < 2; i++) {
        assert_int_equal(hyp_tensor_create(owners[i], HYP_I8, inner, product.rows, &product.a[i]),
                         HYP_OK);
        assert_int_equal(hyp_tensor_create(owners[i], product.type, product.rows, 2 * columns,
                                           &product.result[i]),
                         HYP_OK);
    }
    fill(random, hyp_tensor_data(product.a[0]), (size_t)product.rows * inner);
    memcpy(hyp_tensor_data(product.a[1]), hyp_tensor_data(product.a[0]),
           (size_t)product.rows * inner);
    return product;
}

static void free_product(struct product *product)
{
    for (int i = 0; i < 2; i++) {
        hyp_tensor_release(product->a[i]);
        hyp_tensor_release(product->weights[i]);
        hyp_tensor_release(product->result[i]);
    }
}

/* A dense, or a transpose of columns; the result in every second column, or at the left. */
static int run_on(hyp_device *device, const struct product *product, int which, hyp_error *error)
{
    hyp_view a = hyp_view_transpose(hyp_view_of(product->a[which]));
    hyp_view result = hyp_view_columns(hyp_view_of(product->result[which]), 0, product->columns);
    hyp_program *program;

    if (product->rows == 1) {
        a = (hyp_view){product->a[which], 0, 1, product->inner, product->inner, 1};
    }
    if (product->strided) {
        result.column_stride = 2;
    }
    assert_int_equal(hyp_program_create(device, &program), HYP_OK);
    hyp_program_matmul(program, a, hyp_view_of(product->weights[which]), HYP_NO_VIEW,
                       product->accumulates ? result : HYP_NO_VIEW, 0, false, result);
    int failed = hyp_program_run(program, 0, error);
    hyp_program_destroy(program);
    return failed;
}

static void compare(const struct devices *devices, const struct product *product)
{
    hyp_error error = {0, ""};
    size_t bytes = (size_t)product->rows * 2 * product->columns * hyp_type_size(product->type);

    if (run_on(devices->card, product, 0, &error) || run_on(devices->cpu, product, 1, &error)) {
        fail_msg("%s", error.message);
    }
    assert_memory_equal(hyp_tensor_data(product->result[0]), hyp_tensor_data(product->result[1]),
                        bytes);
}

static void everything_fits(void **state)
{
    enum { PRODUCTS = 12 };
    hyp_residency_info info;
    struct product products[PRODUCTS];
    struct devices devices;
    struct random random = {1};

    (void)state;
    open_devices(&devices, 0, NULL);
    for (int i = 0; i < PRODUCTS; i++) {
        products[i] = make_product(&devices, &random, 1 + (uint32_t)random_below(&random, 200),
                                   1 + (uint32_t)random_below(&random, 200));
    }
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < PRODUCTS; i++) {
            compare(&devices, &products[i]);
            assert_non_null(products[i].weights[0]->block);
        }
    }
    hyp_device_residency(devices.card, &info);
    assert_int_equal(info.tensors, PRODUCTS);
    assert_int_equal(info.uploads, PRODUCTS);
    assert_int_equal(info.evictions, 0);
    assert_int_equal(info.used, atomic_load(&devices.card->residency.weights));
    assert_true(info.used <= info.bytes);
    hyp_device_residency(devices.cpu, &info);
    assert_int_equal(info.bytes + info.used + info.tensors + info.uploads, 0);
    /* Made for all weights at once, so it never grew. */
    assert_int_equal(devices.card->residency.uses, 2 * PRODUCTS);
    assert_int_equal(devices.card->residency.pinned, 0);
    assert_null(devices.card->residency.retired);
    for (int i = 0; i < PRODUCTS; i++) {
        free_product(&products[i]);
    }
    assert_null(devices.card->residency.blocks);
    close_devices(&devices);
}

static void it_grows(void **state)
{
    enum { PRODUCTS = 4 };
    struct product products[PRODUCTS];
    struct devices devices;
    struct random random = {2};
    uint64_t first = 0;

    (void)state;
    open_devices(&devices, 0, NULL);
    for (int i = 0; i < PRODUCTS; i++) {
        products[i] = make_product(&devices, &random, 300, 200u << i);
        for (int j = 0; j <= i; j++) {
            compare(&devices, &products[j]);
        }
        first = first ? first : devices.card->residency.shadow->size;
        assert_non_null(products[i].weights[0]->block);
    }
    assert_true(devices.card->residency.shadow->size > 2 * first);
    for (int i = 0; i < PRODUCTS; i++) {
        free_product(&products[i]);
    }
    close_devices(&devices);
}

/* Three of these fit; a fourth takes the place of what was used longest ago. */
static void old_ones_make_room(void **state)
{
    enum { PRODUCTS = 5 };
    struct product products[PRODUCTS];
    struct devices devices;
    struct random random = {3};

    (void)state;
    open_devices(&devices, ARENA, NULL);
    for (int i = 0; i < PRODUCTS; i++) {
        products[i] = make_product(&devices, &random, 300, 60);
    }
    for (int i = 0; i < 3; i++) {
        compare(&devices, &products[i]);
    }
    compare(&devices, &products[0]);
    compare(&devices, &products[3]);
    assert_non_null(products[0].weights[0]->block);
    assert_null(products[1].weights[0]->block);
    assert_non_null(products[2].weights[0]->block);
    for (int i = 0; i < 4 * PRODUCTS; i++) {
        compare(&devices, &products[random_below(&random, PRODUCTS)]);
        assert_true(devices.card->residency.shadow->size <= ARENA);
    }
    hyp_residency_info info;
    hyp_device_residency(devices.card, &info);
    assert_true(info.evictions > 1 && info.uploads == info.evictions + info.tensors);
    /* What is larger than the arena travels with its job, and nobody makes room in vain. */
    struct hyp_resident_block *before = devices.card->residency.blocks;
    struct product large = make_product(&devices, &random, 1000, 128);
    compare(&devices, &large);
    assert_null(large.weights[0]->block);
    assert_ptr_equal(devices.card->residency.blocks, before);
    free_product(&large);
    for (int i = 0; i < PRODUCTS; i++) {
        free_product(&products[i]);
    }
    close_devices(&devices);
}

/* The third batch meets a memory that fails, which costs the card a reset; what was resident is
 * there again after the reset. */
static void a_reset_forgets_nothing(void **state)
{
    enum { PRODUCTS = 4 };
    struct product products[PRODUCTS];
    struct devices devices;
    struct random random = {4};
    hyp_error error = {0, ""};

    (void)state;
    open_devices(&devices, 0, "slverr@3");
    for (int i = 0; i < PRODUCTS; i++) {
        products[i] = make_product(&devices, &random, 100, 100);
        products[i].accumulates = false; /* so that it may run twice */
    }
    compare(&devices, &products[0]);
    compare(&devices, &products[1]);
    assert_int_equal(run_on(devices.card, &products[2], 0, &error), HYP_EDEVICE);
    assert_non_null(strstr(error.message, "opcode 0 (matmul): "));
    for (int i = 0; i < PRODUCTS; i++) {
        compare(&devices, &products[i]);
    }
    assert_int_equal(devices.card->residency.pinned, 0);
    for (int i = 0; i < PRODUCTS; i++) {
        free_product(&products[i]);
    }
    close_devices(&devices);
}

/* A wrong bit is found, unless nobody looks. */
static void products_are_checked(void **state)
{
    static const hyp_verify_mode modes[] = {HYP_VERIFY_STRICT, HYP_VERIFY_SAMPLED, HYP_VERIFY_OFF};

    (void)state;
    for (int i = 0; i < 3; i++) {
        struct devices devices;
        struct random random = {5};
        open_devices(&devices, 0, "bitflip=1@1");
        struct product product = make_product(&devices, &random, 100, 100);
        hyp_program *program;
        assert_int_equal(hyp_program_create(devices.card, &program), HYP_OK);
        hyp_program_set_verify(program, modes[i]);
        hyp_program_matmul(program, hyp_view_transpose(hyp_view_of(product.a[0])),
                           hyp_view_of(product.weights[0]), HYP_NO_VIEW, HYP_NO_VIEW, 0, false,
                           hyp_view_columns(hyp_view_of(product.result[0]), 0, product.columns));
        int wanted = modes[i] == HYP_VERIFY_OFF ? HYP_OK : HYP_EMISMATCH;
        assert_int_equal(hyp_program_run(program, 0, NULL), wanted);
        hyp_program_destroy(program);
        free_product(&product);
        close_devices(&devices);
    }
}

/* Threads with weights of their own, more than the arena holds. */
static void *use(void *argument)
{
    const struct devices *devices = argument;
    struct random random = {(uint64_t)(uintptr_t)&random | 1};

    for (int i = 0; i < 6; i++) {
        struct product product = make_product(devices, &random, 400, 64);
        struct product other = make_product(devices, &random, 200, 64);
        compare(devices, &product);
        compare(devices, &other);
        free_product(&product);
        free_product(&other);
    }
    return NULL;
}

static void threads_share_it(void **state)
{
    enum { THREADS = 3 };
    pthread_t threads[THREADS];
    struct devices devices;

    (void)state;
    open_devices(&devices, ARENA, NULL);
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, use, &devices), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
    assert_null(devices.card->residency.blocks);
    assert_int_equal(atomic_load(&devices.card->residency.weights), 0);
    close_devices(&devices);
}

/* Whoever had the lock when a process was forked does not exist in the child. */
static void a_child_waits_for_no_thread_of_its_parent(void **state)
{
    const int8_t value = 1;
    hyp_weights weights = HYP_WEIGHTS_INIT;
    hyp_residency_info info;
    hyp_context *context;
    hyp_device *device;
    hyp_tensor *tensor;
    int status;

    (void)state;
    weights.rows = 1;
    weights.columns = 1;
    weights.values = &value;
    assert_int_equal(hyp_context_create(NULL, &context, NULL), HYP_OK);
    assert_int_equal(hyp_device_open(context, "cpu", NULL, &device, NULL), HYP_OK);
    assert_int_equal(hyp_weights_create(device, &weights, &tensor, NULL), HYP_OK);
    pthread_mutex_lock(&device->residency.lock);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        alarm(60);
        hyp_device_residency(device, &info);
        hyp_tensor_release(tensor);
        _exit(0);
    }
    pthread_mutex_unlock(&device->residency.lock);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    hyp_tensor_release(tensor);
    hyp_device_close(device);
    hyp_context_destroy(context);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_fits),
        cmocka_unit_test(it_grows),
        cmocka_unit_test(old_ones_make_room),
        cmocka_unit_test(a_reset_forgets_nothing),
        cmocka_unit_test(threads_share_it),
        cmocka_unit_test(products_are_checked),
        cmocka_unit_test(a_child_waits_for_no_thread_of_its_parent),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("residency", tests, NULL, NULL);
}
