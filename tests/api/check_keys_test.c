/* hyp_ecrecover_check_keys: what it takes and refuses. What it computes: tests/recover/prove_test.
 */
#include <string.h>

#include "hyperion/ecrecover.h"
#include "tests/recover/signatures.h"
#include "tests/support/test.h"

enum { ITEMS = 200 };

static hyp_context *context;
static hyp_ecrecover_descriptor items[ITEMS];
static uint8_t keys[ITEMS][64];
static uint8_t right[ITEMS];

static int open_context(void **state)
{
    hyp_device *device;
    hyp_queue *queue;
    hyp_ecrecover_batch *batch;
    hyp_completion completion;
    struct random_source random = {3};

    (void)state;
    assert_int_equal(hyp_context_create(NULL, &context, NULL), HYP_OK);
    assert_int_equal(hyp_device_open(context, "cpu", NULL, &device, NULL), HYP_OK);
    assert_int_equal(hyp_queue_create(device, NULL, &queue), HYP_OK);
    assert_int_equal(hyp_ecrecover_batch_create(device, ITEMS, 0, &batch), HYP_OK);
    for (int i = 0; i < ITEMS; i++) {
        sign_random(&random, &items[i]);
        assert_int_equal(
            hyp_ecrecover_batch_add(batch, items[i].hash, items[i].r, items[i].s, items[i].recid),
            i);
    }
    hyp_job job = hyp_ecrecover_batch_job(batch, NULL);
    assert_int_equal(hyp_queue_submit(queue, &job, 1), 1);
    while (hyp_queue_reap(queue, &completion, 1) == 0) {
        hyp_queue_wait(queue, UINT64_MAX);
    }
    assert_int_equal(completion.result, HYP_OK);
    for (uint32_t i = 0; i < ITEMS; i++) {
        memcpy(keys[i], hyp_ecrecover_batch_public_key(batch, i), 64);
    }
    hyp_ecrecover_batch_destroy(batch);
    hyp_queue_destroy(queue);
    hyp_device_close(device);
    return 0;
}

static int close_context(void **state)
{
    (void)state;
    hyp_context_destroy(context);
    return 0;
}

static int check(uint32_t count, uint32_t flags)
{
    return hyp_ecrecover_check_keys(context, items, (const uint8_t(*)[64])keys, count, flags,
                                    right);
}

static void right_and_wrong(void **state)
{
    (void)state;
    assert_int_equal(check(ITEMS, 0), HYP_OK);
    assert_int_equal(check(ITEMS, HYP_ECRECOVER_LOW_S), HYP_OK);
    assert_int_equal(check(0, 0), HYP_OK);
    keys[77][12] ^= 1;
    assert_int_equal(check(ITEMS, 0), HYP_EMISMATCH);
    assert_int_equal(right[76], 1);
    assert_int_equal(right[77], 0);
    assert_int_equal(check(77, 0), HYP_OK);
    keys[77][12] ^= 1;
    assert_int_equal(check(ITEMS, 0), HYP_OK);
}

static void bad_arguments(void **state)
{
    const uint8_t(*expected)[64] = (const uint8_t(*)[64])keys;

    (void)state;
    assert_int_equal(check(ITEMS, HYP_ECRECOVER_ADDRESS_ONLY), HYP_EINVAL);
    assert_int_equal(hyp_ecrecover_check_keys(NULL, items, expected, 1, 0, right), HYP_EINVAL);
    assert_int_equal(hyp_ecrecover_check_keys(context, NULL, expected, 1, 0, right), HYP_EINVAL);
    assert_int_equal(hyp_ecrecover_check_keys(context, items, NULL, 1, 0, right), HYP_EINVAL);
    assert_int_equal(hyp_ecrecover_check_keys(context, items, expected, 1, 0, NULL), HYP_EINVAL);
    assert_int_equal(hyp_ecrecover_check_keys(context, NULL, NULL, 0, 0, NULL), HYP_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(right_and_wrong),
        cmocka_unit_test(bad_arguments),
    };
    return cmocka_run_group_tests_name("expected keys", tests, open_context, close_context);
}
