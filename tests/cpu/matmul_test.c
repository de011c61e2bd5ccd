/* The op matmul on the CPU: every variant, whole items and items in parts, against the reference,
 * on random and extreme products; and large products over threads. */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "host/src/backend/cpu_ops.h"
#include "host/src/matmul/matmul.h"
#include "host/src/ops/ops.h"
#include "hyperion/hyperion.h"
#include "tests/support/random_batch.h"
#include "tests/support/test.h"

enum { PAGE = 4096, GUARD = 64 };

/* A batch of one item whose last byte is followed by a page that cannot be read. */
struct single {
    uint8_t *pages;
    size_t pages_bytes;
    uint8_t *input;
    size_t input_bytes;
    hyp_batch_header header;
    size_t output_bytes;
};

static uint64_t take(uint64_t *at, uint64_t beats)
{
    uint64_t offset = *at;
    *at += beats * HYP_MATMUL_BEAT;
    return offset;
}

static struct single make_single(struct random *random, uint32_t m, uint32_t k, uint32_t n,
                                 uint32_t flags, unsigned extreme)
{
    hyp_matmul_descriptor item = {.rows = m, .inner = k, .columns = n, .flags = flags};
    const struct hyp_matmul_beats beats = hyp_matmul_beats(&item);
    uint64_t at = 128;
    struct single s = {0};

    item.accumulate_offset = take(&at, flags & HYP_MATMUL_ACCUMULATE ? beats.accumulate : 0);
    item.bias_offset = take(&at, flags & HYP_MATMUL_BIAS ? beats.bias : 0);
    item.requant_offset =
        take(&at, flags & (HYP_MATMUL_REQUANT8 | HYP_MATMUL_REQUANT16) ? beats.requant : 0);
    item.a_offset = take(&at, beats.a);
    item.b_offset = take(&at, beats.b);
    s.header = (hyp_batch_header){
        .magic = HYP_BATCH_INPUT_MAGIC,
        .layout_version = HYP_BATCH_LAYOUT_VERSION,
        .op = HYP_OP_MATMUL,
        .item_count = 1,
        .descriptors_offset = 64,
        .descriptors_length = 64,
        .data_offset = 128,
        .data_length = at - 128,
        .result_beats = (uint32_t)beats.result,
    };
    s.input_bytes = at;
    s.output_bytes = hyp_batch_output_bytes(&s.header);
    size_t used = (at + PAGE - 1) / PAGE * PAGE;
    s.pages_bytes = used + PAGE;
    s.pages = mmap(NULL, s.pages_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_true(s.pages != MAP_FAILED);
    assert_int_equal(mprotect(s.pages + used, PAGE, PROT_NONE), 0);
    s.input = s.pages + used - at;
    for (uint64_t i = 128; i < at; i++) {
        uint64_t bits = random_u64(random);
        s.input[i] = extreme == 0   ? (uint8_t)bits
                     : extreme == 1 ? 0x80
                                    : (uint8_t)(bits & 1 ? 0x7f : 0x80);
    }
    memcpy(s.input, &s.header, sizeof s.header);
    memcpy(s.input + 64, &item, sizeof item);
    return s;
}

/* The result of all parts of a variant, and of the reference, byte for byte. */
static void compare(const struct single *s, enum hyp_cpu_variant variant, uint32_t parts)
{
    const hyp_context context = {.cpu_variant = variant};
    uint8_t *want = calloc(1, s->output_bytes + GUARD);
    uint8_t *have = calloc(1, s->output_bytes + GUARD);
    uint32_t failed = 0;

    memset(want, 0xa5, s->output_bytes + GUARD);
    memset(have, 0xa5, s->output_bytes + GUARD);
    hyp_op_matmul.reference(s->input, s->input_bytes, NULL, want, 0, 1);
    for (uint32_t part = parts; part-- > 0;) {
        const struct hyp_cpu_work work = {
            .header = &s->header,
            .input = s->input,
            .output = have,
            .first = part,
            .last = part + 1,
            .parts = parts,
            .context = &context,
            .yield_ns = UINT64_MAX,
        };
        assert_int_equal(hyp_cpu_op_find(HYP_OP_MATMUL)->compute(&work, &failed), 1);
        assert_int_equal(failed, 0);
    }
    assert_memory_equal(have, want, s->output_bytes + GUARD);
    free(have);
    free(want);
}

static void variants(void **state)
{
    static const uint32_t flags[] = {
        0,
        HYP_MATMUL_BIAS,
        HYP_MATMUL_ACCUMULATE | HYP_MATMUL_REQUANT8,
        HYP_MATMUL_BIAS | HYP_MATMUL_ACCUMULATE | HYP_MATMUL_REQUANT16,
        HYP_MATMUL_REQUANT8,
    };
    struct random random = {11};

    (void)state;
    for (unsigned round = 0; round < 120; round++) {
        uint32_t m = (uint32_t)random_below(&random, round % 4 ? 20 : 400);
        uint32_t k = (uint32_t)random_below(&random, round % 5 ? 80 : 300);
        uint32_t n = (uint32_t)random_below(&random, 200);
        struct single s = make_single(&random, m, k, n, flags[round % 5], round % 3);
        for (int v = HYP_CPU_PORTABLE; v <= (int)hyp_cpu_variant_best(); v++) {
            compare(&s, (enum hyp_cpu_variant)v, 1);
            compare(&s, (enum hyp_cpu_variant)v, 1 + (uint32_t)random_below(&random, 9));
        }
        munmap(s.pages, s.pages_bytes);
    }
}

/* K at its limit, all −128: 2^14 · 131,071 fits by a hair. Chunks of k end in the middle of fours.
 */
static void largest_inner(void **state)
{
    static const uint32_t inner[] = {HYP_MATMUL_MAX_INNER, 65535, 4097, 2050, 2048, 1};
    struct random random = {12};

    (void)state;
    for (size_t i = 0; i < sizeof inner / sizeof inner[0]; i++) {
        for (uint32_t m = 1; m <= 8; m += 7) {
            struct single s = make_single(&random, m, inner[i], 3, 0, 1);
            for (int v = HYP_CPU_PORTABLE; v <= (int)hyp_cpu_variant_best(); v++) {
                compare(&s, (enum hyp_cpu_variant)v, 1);
            }
            munmap(s.pages, s.pages_bytes);
        }
    }
}

/* Large enough for many parts, on four threads. Linear in A: the product of A₁ + A₂ is the sum. */
static void threads_and_linearity(void **state)
{
    enum { M = 300, K = 256, N = 450 };
    hyp_context_options options = HYP_CONTEXT_OPTIONS_INIT;
    hyp_matmul_product product = HYP_MATMUL_PRODUCT_INIT;
    struct random random = {13};
    hyp_context *context;
    hyp_device *device;
    int8_t *a[3];
    int32_t *c[3];
    int8_t *b = malloc(K * N);

    (void)state;
    options.cpu_threads = 4;
    assert_int_equal(hyp_context_create(&options, &context, NULL), HYP_OK);
    assert_int_equal(hyp_device_open(context, "cpu", NULL, &device, NULL), HYP_OK);
    for (int i = 0; i < 3; i++) {
        a[i] = malloc(M * K);
        c[i] = malloc(sizeof(int32_t) * M * N);
    }
    for (int i = 0; i < M * K; i++) {
        a[0][i] = (int8_t)(random_below(&random, 128) - 64);
        a[1][i] = (int8_t)(random_below(&random, 128) - 64);
        a[2][i] = (int8_t)(a[0][i] + a[1][i]);
    }
    for (int i = 0; i < K * N; i++) {
        b[i] = (int8_t)random_u64(&random);
    }
    product.rows = M;
    product.inner = K;
    product.columns = N;
    product.b = b;
    for (int i = 0; i < 3; i++) {
        product.a = a[i];
        assert_int_equal(hyp_matmul(device, &product, 0, c[i], NULL), HYP_OK);
    }
    for (int i = 0; i < M * N; i++) {
        assert_int_equal(c[2][i], c[0][i] + c[1][i]);
    }
    for (int i = 0; i < 3; i++) {
        free(a[i]);
        free(c[i]);
    }
    free(b);
    hyp_device_close(device);
    hyp_context_destroy(context);
}

static int run_batch(hyp_device *device, hyp_matmul_batch *batch)
{
    hyp_completion completion;
    hyp_queue *queue;
    hyp_job job = hyp_matmul_batch_job(batch, NULL);

    assert_int_equal(hyp_queue_create(device, NULL, &queue), HYP_OK);
    assert_int_equal(hyp_queue_submit(queue, &job, 1), 1);
    hyp_queue_wait(queue, UINT64_MAX);
    assert_int_equal(hyp_queue_reap(queue, &completion, 1), 1);
    hyp_queue_destroy(queue);
    return completion.result;
}

/* A set cuts the batch, and puts the results of its members where they belong. */
static void sets(void **state)
{
    enum { ITEMS = 600, M = 5, K = 90, N = 77 };
    static const char *const names[] = {"cpu", "cpu,cpu"};
    struct random random = {14};
    hyp_matmul_batch *batches[2];
    hyp_context *context;
    hyp_device *devices[2];
    int8_t *a = malloc(M * K);
    int8_t *b = malloc(K * N);
    int32_t bias[N];

    (void)state;
    assert_int_equal(hyp_context_create(NULL, &context, NULL), HYP_OK);
    for (int d = 0; d < 2; d++) {
        hyp_matmul_product product = HYP_MATMUL_PRODUCT_INIT;
        assert_int_equal(hyp_device_open(context, names[d], NULL, &devices[d], NULL), HYP_OK);
        assert_int_equal(
            hyp_matmul_batch_create(devices[d], ITEMS, ITEMS * 40000, ITEMS * 2000, &batches[d]),
            HYP_OK);
        random.state = 14;
        for (int i = 0; i < ITEMS; i++) {
            product.rows = 1 + (uint32_t)random_below(&random, M);
            product.inner = (uint32_t)random_below(&random, K);
            product.columns = (uint32_t)random_below(&random, N);
            for (int j = 0; j < M * K; j++) {
                a[j] = (int8_t)random_u64(&random);
            }
            for (int j = 0; j < K * N; j++) {
                b[j] = (int8_t)random_u64(&random);
            }
            for (int j = 0; j < N; j++) {
                bias[j] = (int32_t)random_u64(&random) >> 3;
            }
            product.a = a;
            product.b = b;
            product.bias = i % 3 ? bias : NULL;
            assert_int_equal(hyp_matmul_batch_add(batches[d], &product, NULL), i);
        }
        assert_int_equal(run_batch(devices[d], batches[d]), HYP_OK);
    }
    for (uint32_t i = 0; i < ITEMS; i++) {
        int32_t results[2][M * N] = {0};
        for (int d = 0; d < 2; d++) {
            assert_int_equal(hyp_matmul_batch_status(batches[d], i), HYP_STATUS_OK);
            hyp_matmul_batch_copy(batches[d], i, results[d]);
        }
        assert_memory_equal(results[0], results[1], sizeof results[0]);
    }
    for (int d = 0; d < 2; d++) {
        hyp_matmul_batch_destroy(batches[d]);
        hyp_device_close(devices[d]);
    }
    hyp_context_destroy(context);
    free(a);
    free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(variants),
        cmocka_unit_test(largest_inner),
        cmocka_unit_test(threads_and_linearity),
        cmocka_unit_test(sets),
    };
    return cmocka_run_group_tests_name("matmul on the CPU", tests, NULL, NULL);
}
