/* The hw_emu xclbin that the build made, against the card inside it: XRT takes unit names,
 * addresses and memory from the container, and the card answers only at its own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "driver/xclbin/verify.h"
#include "sim/address_map.h"
#include "sim/card.h"
#include "tests/support/shared_data.h"

static uint8_t *image;
static xclbin_reader reader;
static xclbin_manifest manifest;
static sim_card *card;

static int open_both(void **state)
{
    const sim_card_options options = {
        .size = sizeof options, .memory_base = SIM_MEMORY_BASE, .memory_bytes = SIM_MEMORY_BYTES};
    const char *build = getenv("BUILD");
    char path[4096];
    char error[200];
    xclbin_error fault;
    size_t length;
    (void)state;

    snprintf(path, sizeof path, "%s/bitstreams/hyperion.hw_emu.xclbin", build ? build : "build");
    image = read_whole_file(path, &length);
    card = sim_card_create(&options, error, sizeof error);
    if (!image || !card) {
        fprintf(stderr, "# %s\n", image ? error : path);
        return -1;
    }
    if (xclbin_open(&reader, image, length, &fault) || xclbin_verify(&reader, &manifest, &fault)) {
        fprintf(stderr, "# %s: %s\n", path, fault.message);
        return -1;
    }
    return 0;
}

static int close_both(void **state)
{
    (void)state;
    sim_card_destroy(card);
    free(image);
    return 0;
}

static void test_units_are_those_of_the_card(void **state)
{
    (void)state;
    assert_int_equal(xclbin_unit_count(&reader), sim_card_unit_count(card));
    for (uint32_t i = 0; i < xclbin_unit_count(&reader); i++) {
        xclbin_unit packed = xclbin_unit_at(&reader, i);
        const sim_unit_info *simulated = sim_card_unit(card, i);
        assert_string_equal(packed.kernel, simulated->kernel);
        assert_string_equal(packed.instance, simulated->instance);
        assert_int_equal(packed.base, simulated->base);
    }
}

/* What the manifest promises is what the registers of the RTL say. */
static void test_ids_and_versions_are_those_of_the_rtl(void **state)
{
    enum { KERNEL_ID = 0xff0, KERNEL_VERSION = 0xff4 };
    (void)state;

    for (uint32_t i = 0; i < manifest.unit_count; i++) {
        const xclbin_manifest_kernel *kernel = &manifest.kernels[manifest.units[i].kernel];
        uint64_t base = xclbin_unit_at(&reader, i).base;
        uint32_t id = 0;
        uint32_t version = 0;
        assert_true(sim_card_read_register(card, base + KERNEL_ID, &id));
        assert_true(sim_card_read_register(card, base + KERNEL_VERSION, &version));
        assert_int_equal(id, kernel->id);
        assert_int_equal(version, kernel->version);
    }
}

static void test_memory_is_that_of_the_card(void **state)
{
    uint8_t byte = 1;
    (void)state;

    assert_int_equal(xclbin_memory_count(&reader), 1);
    xclbin_memory memory = xclbin_memory_at(&reader, 0);
    uint64_t bytes = memory.kbytes * 1024;
    assert_true(sim_card_write_memory(card, memory.base, &byte, 1));
    assert_true(sim_card_write_memory(card, memory.base + bytes - 1, &byte, 1));
    assert_false(sim_card_write_memory(card, memory.base - 1, &byte, 1));
    assert_false(sim_card_write_memory(card, memory.base + bytes, &byte, 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_units_are_those_of_the_card),
        cmocka_unit_test(test_ids_and_versions_are_those_of_the_rtl),
        cmocka_unit_test(test_memory_is_that_of_the_card),
    };
    return cmocka_run_group_tests_name("xclbin and card", tests, open_both, close_both);
}
