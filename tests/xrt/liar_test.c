/* A helper process that lies to the library (fake_host.c): each lie is noticed, told in a sentence,
 * and harmless. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/xrt/fixture.h"

static const struct hyp_backend *const backend = &hyp_backend_xrt;

static int lie(void **state)
{
    setenv("FAKE_HOST", *state, 1);
    return 0;
}

static int leave_clean(void **state)
{
    (void)state;
    assert_int_equal(xrt_leftovers(), 0);
    return 0;
}

static void card_is_refused(void **state)
{
    (void)state;
    hyp_error error;
    int code = xrt_refused(xrt_fake_xclbin, &error);
    assert_true(code == HYP_EDEVICE || code == HYP_EBITSTREAM);
}

static void card_is_lost(void **state)
{
    (void)state;
    hyp_error error = {0, ""};
    struct xrt_batch batch;
    struct xrt_fixture fixture = xrt_open(xrt_fake_xclbin);
    xrt_batch_create(&fixture, &batch, 3, 10, 1);
    assert_int_equal(backend->start(fixture.card, &batch.run), HYP_OK);
    assert_int_equal(xrt_wait_lost(&fixture, 20000, &error), HYP_EDEVICE);
    assert_non_null(strstr(error.message, "hyperion-card-host"));
    setenv("FAKE_HOST", "honest", 1);
    assert_int_equal(backend->reset(fixture.card, &error), HYP_OK);
    xrt_run(&fixture, &batch);
    xrt_batch_destroy(&fixture, &batch);
    xrt_close(&fixture);
}

static void run_fails_alone(void **state)
{
    (void)state;
    hyp_error error = {0, ""};
    struct xrt_batch batch;
    struct hyp_run *finished = NULL;
    struct xrt_fixture fixture = xrt_open(xrt_fake_xclbin);
    xrt_batch_create(&fixture, &batch, 3, 10, 1);
    assert_int_equal(backend->start(fixture.card, &batch.run), HYP_OK);
    uint64_t until = hyp_clock_ns() + UINT64_C(30000000000);
    assert_int_equal(backend->progress(fixture.card, until, &finished, &error), HYP_OK);
    assert_ptr_equal(finished, &batch.run);
    assert_int_equal(batch.run.result, HYP_EDEVICE);
    xrt_batch_destroy(&fixture, &batch);
    xrt_close(&fixture);
}

/* What the library reads of a batch is there, whatever the helper does to the memory's file. */
static void memory_stays(void **state)
{
    (void)state;
    hyp_error error = {0, ""};
    struct xrt_batch batch;
    struct hyp_run *finished = NULL;
    unsigned sum = 0;
    struct xrt_fixture fixture = xrt_open(xrt_fake_xclbin);
    xrt_batch_create(&fixture, &batch, 3, 10, 1);
    assert_int_equal(backend->start(fixture.card, &batch.run), HYP_OK);
    uint64_t until = hyp_clock_ns() + UINT64_C(30000000000);
    assert_int_equal(backend->progress(fixture.card, until, &finished, &error), HYP_OK);
    assert_ptr_equal(finished, &batch.run);
    for (size_t i = 0; i < batch.output.size; i++)
        sum += ((const volatile uint8_t *)batch.output.data)[i];
    assert_int_equal(sum, 0);
    xrt_batch_destroy(&fixture, &batch);
    xrt_close(&fixture);
}

static void weights_do_not_arrive(void **state)
{
    (void)state;
    hyp_error error = {0, ""};
    struct hyp_memory weights;
    struct xrt_fixture fixture = xrt_open(xrt_fake_xclbin);
    assert_int_equal(hyp_card_memory_create(backend, fixture.card, fixture.context, 4096, &weights),
                     HYP_OK);
    assert_int_equal(backend->resident_reserve(fixture.card, &weights), HYP_EDEVICE);
    assert_int_equal(xrt_wait_lost(&fixture, 20000, &error), HYP_ETIMEDOUT);
    assert_int_equal(backend->reset(fixture.card, &error), HYP_OK);
    hyp_card_memory_destroy(backend, fixture.card, &weights);
    xrt_close(&fixture);
}

#define LIE(how, consequence)                                                                      \
    {                                                                                              \
        how, consequence, lie, leave_clean, how                                                    \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        LIE("garbage at load", card_is_refused), LIE("old version", card_is_refused),
        LIE("too many units", card_is_refused),  LIE("no kernel", card_is_refused),
        LIE("unterminated", card_is_refused),    LIE("descriptor", card_is_refused),
        LIE("wrong uuid", card_is_refused),      LIE("garbage", card_is_lost),
        LIE("cut short", card_is_lost),          LIE("one byte", card_is_lost),
        LIE("loaded again", card_is_lost),       LIE("weights unasked", card_is_lost),
        LIE("unknown run", card_is_lost),        LIE("twice", card_is_lost),
        LIE("strange result", run_fails_alone),  LIE("impossible result", run_fails_alone),
        LIE("shrinks memory", memory_stays),     LIE("takes no weights", weights_do_not_arrive),
    };
    return cmocka_run_group_tests_name("a helper that lies", tests, xrt_setup_fake_host,
                                       xrt_teardown);
}
