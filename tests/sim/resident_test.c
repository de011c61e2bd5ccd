/* Weights that stay on the simulated card. */
#include "host/src/context.h"
#include "tests/sim/one_run.h"
#include "tests/sim/resident_scenario.h"
#include "tests/support/test.h"

static void weights_stay(void **state)
{
    static hyp_context context = {.cpu_threads = 1};
    struct hyp_device_info info;
    void *card = one_run_open(1, 0, "100", NULL, &info);
    (void)state;
    resident_scenario(&hyp_backend_sim, card, &context);
    hyp_backend_sim.close(card);
}

static void too_large(void **state)
{
    struct hyp_device_info info;
    void *card = one_run_open(1, 0, "100", NULL, &info);
    const struct hyp_memory huge = {NULL, (size_t)info.memory_bytes, -1, 9};
    (void)state;
    assert_int_equal(hyp_backend_sim.resident_reserve(card, &huge), HYP_ETOOBIG);
    assert_int_equal(hyp_backend_sim.resident_write(card, 0, 64), HYP_EDEVICE);
    hyp_backend_sim.close(card);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(weights_stay),
        cmocka_unit_test(too_large),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
