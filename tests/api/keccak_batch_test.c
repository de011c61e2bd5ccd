/* The Keccak batch builder and the blocking call, on the CPU device. */
#include <stdlib.h>
#include <string.h>

#include "hyperion/hyperion.h"
#include "tests/support/test.h"

static hyp_context *context;
static hyp_device *device;

static int open_cpu(void **state)
{
    (void)state;
    return hyp_context_create(NULL, &context, NULL) ||
           hyp_device_open(context, "cpu", NULL, &device, NULL);
}

static int close_cpu(void **state)
{
    (void)state;
    hyp_device_close(device);
    hyp_context_destroy(context);
    return 0;
}

static void batch_is_full_by_items_or_by_bytes(void **state)
{
    hyp_keccak_batch *batch;
    void *message;

    (void)state;
    assert_int_equal(hyp_keccak_batch_create(device, 3, 24, &batch), HYP_OK);
    assert_int_equal(hyp_keccak_batch_add(batch, "0123456789", 10), 0);
    assert_int_equal(hyp_keccak_batch_add(batch, "012345678", 9), HYP_EAGAIN);
    assert_int_equal(hyp_keccak_batch_reserve(batch, 8, &message), 1);
    assert_int_equal((uintptr_t)message % 8, 0);
    assert_int_equal(hyp_keccak_batch_add(batch, NULL, 0), 2);
    assert_int_equal(hyp_keccak_batch_add(batch, NULL, 0), HYP_EAGAIN);
    assert_int_equal(hyp_keccak_batch_count(batch), 3);
    hyp_keccak_batch_clear(batch);
    assert_int_equal(hyp_keccak_batch_count(batch), 0);
    assert_int_equal(hyp_keccak_batch_reserve(batch, (size_t)UINT32_MAX + 1, &message),
                     HYP_ETOOBIG);
    assert_int_equal(hyp_keccak_batch_add(batch, "012345678901234567890123", 24), 0);
    hyp_keccak_batch_destroy(batch);
}

static void creation_is_checked(void **state)
{
    hyp_keccak_batch *batch;

    (void)state;
    assert_int_equal(hyp_keccak_batch_create(device, 0, 8, &batch), HYP_EINVAL);
    assert_int_equal(hyp_keccak_batch_create(NULL, 1, 8, &batch), HYP_EINVAL);
    assert_int_equal(hyp_keccak_batch_create(device, 1, 8, NULL), HYP_EINVAL);
    assert_int_equal(hyp_keccak_batch_create(device, HYP_BATCH_MAX_ITEMS + 1, 8, &batch),
                     HYP_ETOOBIG);
    assert_int_equal(hyp_keccak_batch_create(device, 1, SIZE_MAX, &batch), HYP_ETOOBIG);
    assert_null(batch);
    hyp_keccak_batch_destroy(NULL);
}

static void empty_batch_completes(void **state)
{
    hyp_keccak_batch *batch;
    hyp_completion completion;
    hyp_queue *queue;

    (void)state;
    assert_int_equal(hyp_keccak_batch_create(device, 1, 0, &batch), HYP_OK);
    assert_int_equal(hyp_queue_create(device, NULL, &queue), HYP_OK);
    hyp_job job = hyp_keccak_batch_job(batch, NULL);
    assert_int_equal(hyp_queue_submit(queue, &job, 1), 1);
    assert_int_equal(hyp_queue_wait(queue, UINT64_MAX), HYP_OK);
    assert_int_equal(hyp_queue_reap(queue, &completion, 1), 1);
    assert_int_equal(completion.result, HYP_OK);
    hyp_queue_destroy(queue);
    hyp_keccak_batch_destroy(batch);
}

/* More messages than one batch takes, of all lengths around a block, against one at a time. */
static void blocking_call_equals_one_at_a_time(void **state)
{
    enum { COUNT = 40000 };
    static uint8_t data[1024];
    const void **messages = calloc(COUNT, sizeof *messages);
    size_t *lengths = calloc(COUNT, sizeof *lengths);
    uint8_t *digests = malloc(COUNT * 32u);
    uint8_t want[32];

    (void)state;
    assert_true(messages && lengths && digests);
    for (size_t i = 0; i < sizeof data; i++) {
        data[i] = (uint8_t)(i * 31 + (i >> 8));
    }
    for (size_t i = 0; i < COUNT; i++) {
        messages[i] = data + i % 100;
        lengths[i] = i % 300;
    }
    assert_int_equal(hyp_keccak256_batch(device, messages, lengths, COUNT, 0, digests), HYP_OK);
    for (size_t i = 0; i < COUNT; i++) {
        hyp_keccak256(messages[i], lengths[i], want);
        assert_memory_equal(digests + 32 * i, want, 32);
    }
    assert_int_equal(hyp_keccak256_batch(device, NULL, NULL, 0, 0, NULL), HYP_OK);
    assert_int_equal(hyp_keccak256_batch(device, NULL, lengths, 1, 0, digests), HYP_EINVAL);
    lengths[0] = (size_t)UINT32_MAX + 1;
    assert_int_equal(hyp_keccak256_batch(device, messages, lengths, 1, 0, digests), HYP_ETOOBIG);
    free(messages);
    free(lengths);
    free(digests);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(batch_is_full_by_items_or_by_bytes),
        cmocka_unit_test(creation_is_checked),
        cmocka_unit_test(empty_batch_completes),
        cmocka_unit_test(blocking_call_equals_one_at_a_time),
    };
    return cmocka_run_group_tests_name("keccak batch", tests, open_cpu, close_cpu);
}
