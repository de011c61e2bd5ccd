/* The parts of driver/pci by themselves: addresses, formats fed with noise, who uses a card, and
 * the steps of a reset on a tree of ordinary files. What a reset does to a real bus is tested in
 * QEMU. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "driver/pci/capabilities.h"
#include "driver/pci/checks.h"
#include "driver/pci/pci.h"
#include "driver/pci/reset.h"
#include "driver/pci/users.h"
#include "driver/pci/vpd.h"
#include "tests/support/test.h"

static char folder[64] = "/tmp/hyperion-pci-XXXXXX";

static int run(const char *format, const char *argument)
{
    char command[512];
    snprintf(command, sizeof command, format, argument, argument);
    return system(command); // NOLINT(cert-env33-c): a test
}

/* ---- addresses ---- */

static void addresses_are_read_whole_or_not_at_all(void **state)
{
    static const struct {
        const char *text;
        const char *whole;
    } cases[] = {
        {"0000:65:00.1", "0000:65:00.1"},
        {"65:00.1", "0000:65:00.1"},
        {"65:00", "0000:65:00.0"},
        {"10000:e1:1f.7", "10000:e1:1f.7"},
        {"0:A:B.0", "0000:0a:0b.0"},
        {"", NULL},
        {"65", NULL},
        {"65:20.0", NULL},
        {"65:00.8", NULL},
        {"65:00.1x", NULL},
        {"0000:65:00.1.1", NULL},
        {" 65:00.1", NULL},
        {"0x65:00.1", NULL},
        {"1:2:3:4.5", NULL},
        {"00000000000000000000:65:00.1", NULL},
        {"165:00.1", NULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        pcie_address address;
        bool read = pcie_parse_address(cases[i].text, &address);
        if (read != (cases[i].whole != NULL) ||
            (read && strcmp(address.text, cases[i].whole) != 0)) {
            fail_msg("\"%s\" gives %s", cases[i].text, read ? address.text : "nothing");
        }
    }
}

/* ---- noise ---- */

static uint64_t next(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

static void noise_for_configuration_space_ends(void **state)
{
    static const unsigned sizes[] = {0, 63, 64, 255, 256, 4095, 4096};
    uint64_t seed = 20261125;
    (void)state;
    for (int i = 0; i < 20000; i++) {
        unsigned size = sizes[next(&seed) % 7];
        uint8_t *config = malloc(size + 1);
        pcie_function *function = calloc(1, sizeof *function);
        assert_non_null(config);
        assert_non_null(function);
        for (unsigned j = 0; j < size; j++) {
            config[j] = (uint8_t)next(&seed);
        }
        if (size > 0x34) {
            config[6] |= 0x10; /* there is a list */
        }
        /* Exactly as many bytes as are named may be read: sanitizers see others. */
        uint8_t *exact = realloc(config, size ? size : 1);
        assert_non_null(exact);
        pcie_read_capabilities(exact, size, function);
        report findings = {0};
        pcie_check_function(function, &findings);
        for (size_t j = 0; j < findings.count; j++) {
            assert_true(*findings.findings[j].cause && *findings.findings[j].remedy);
        }
        report_free(&findings);
        free(function);
        free(exact);
    }
}

static void lists_that_loop_end(void **state)
{
    uint8_t config[4096] = {0};
    (void)state;
    config[6] = 0x10;
    config[0x34] = 0x40;
    config[0x40] = 0x05;
    config[0x41] = 0x40;
    assert_int_equal(pcie_find_capability(config, sizeof config, 0x10), 0);
    memcpy(config + 0x100, "\x02\x00\x01\x10", 4); /* next: 0x100 */
    assert_int_equal(pcie_find_extended(config, sizeof config, 1), 0);
}

static void noise_for_vpd_ends(void **state)
{
    uint64_t seed = 7;
    (void)state;
    for (int i = 0; i < 20000; i++) {
        size_t size = next(&seed) % 80;
        uint8_t *bytes = malloc(size ? size : 1);
        pcie_function *function = calloc(1, sizeof *function);
        assert_non_null(bytes);
        assert_non_null(function);
        for (size_t j = 0; j < size; j++) {
            static const uint8_t likely[] = {0x82, 0x90, 0x91, 0x78, 'S', 'N', 0, 1, 2, 3};
            bytes[j] = next(&seed) % 3 ? likely[next(&seed) % sizeof likely] : (uint8_t)next(&seed);
        }
        pcie_parse_vpd(bytes, size, function);
        assert_true(memchr(function->serial, 0, sizeof function->serial) != NULL);
        free(bytes);
        free(function);
    }
}

/* ---- users ---- */

static void a_process_that_holds_a_card_is_named(void **state)
{
    char proc[128];
    pcie_user users[2];
    pcie_function *function = calloc(1, sizeof *function);
    (void)state;
    assert_non_null(function);
    snprintf(function->folder, sizeof function->folder, "%s/function", folder);
    snprintf(proc, sizeof proc, "%s/proc", folder);
    assert_int_equal(run("mkdir -p %s/function/drm/renderD128 %s/proc/self", folder), 0);
    assert_int_equal(pcie_find_users(function, proc, users, 2), 0);
    assert_int_equal(run("mkdir -p %s/proc/4711/fd %s/proc/12/fd", folder), 0);
    assert_int_equal(
        run("ln -s /dev/null %s/proc/12/fd/3 && echo node > %s/proc/4711/comm", folder), 0);
    assert_int_equal(run("ln -s /dev/dri/renderD129 %s/proc/4711/fd/3", folder), 0);
    assert_int_equal(pcie_find_users(function, proc, users, 2), 0);
    assert_int_equal(run("ln -s /dev/dri/renderD128 %s/proc/4711/fd/4", folder), 0);
    assert_int_equal(pcie_find_users(function, proc, users, 2), 1);
    assert_int_equal(users[0].pid, 4711);
    assert_string_equal(users[0].program, "node");
    assert_string_equal(users[0].node, "/dev/dri/renderD128");
    free(function);
}

/* ---- resets on ordinary files ---- */

static void read_back(const char *name, char text[64])
{
    char path[256];
    snprintf(path, sizeof path, "%s/tree/bus/pci/devices/%s", folder, name);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    size_t length = fread(text, 1, 63, file);
    text[length] = 0;
    fclose(file);
}

static void count_step(void *user, const char *step)
{
    (void)step;
    ++*(int *)user;
}

static void a_slot_is_reset_with_all_its_functions(void **state)
{
    char root[128];
    char message[256];
    char text[64];
    int steps = 0;
    pcie_machine machine;
    pcie_address address;
    pcie_function *scope[4];
    (void)state;
    snprintf(root, sizeof root, "%s/tree", folder);
    assert_int_equal(run("tests/pci/trees.py healthy-u55c %s/tree", folder), 0);
    assert_int_equal(run("for d in %s/tree/bus/pci/devices/*; do : > $d/remove; : > $d/rescan; : > "
                         "$d/reset; done",
                         folder),
                     0);
    pcie_source source = {root, NULL};
    assert_int_equal(pcie_scan(&source, &machine, message), 0);
    assert_true(pcie_parse_address("65:00.1", &address));
    pcie_function *user = pcie_find(&machine, &address);
    assert_non_null(user);
    assert_int_equal(pcie_reset_scope(&machine, user, PCIE_RESET_HOT, scope, 4), 2);
    assert_int_equal(pcie_reset_scope(&machine, user, PCIE_RESET_FUNCTION, scope, 4), 1);

    pcie_reset_options options = {1, count_step, &steps};
    assert_int_equal(pcie_reset(&machine, user, PCIE_RESET_HOT, &options, message), 0);
    assert_int_equal(steps, 5);
    read_back("0000:65:00.0/remove", text);
    assert_string_equal(text, "1");
    read_back("0000:65:00.1/remove", text);
    assert_string_equal(text, "1");
    read_back("0000:64:00.0/rescan", text);
    assert_string_equal(text, "1");
    read_back("0000:65:00.1/reset", text);
    assert_string_equal(text, "");

    assert_int_equal(pcie_reset(&machine, user, PCIE_RESET_FUNCTION, &options, message), 0);
    read_back("0000:65:00.1/reset", text);
    assert_string_equal(text, "1");
    read_back("0000:65:00.1/reset_method", text);
    assert_memory_equal(text, "default", 7);
    assert_int_equal(pcie_reset(&machine, scope[0] - 1, PCIE_RESET_FUNCTION, &options, message),
                     -ENOTSUP);
    assert_non_null(strstr(message, "--hot"));
    pcie_free(&machine);
}

static int set_up(void **state)
{
    (void)state;
    return mkdtemp(folder) ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    return run("rm -rf %s", folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_are_read_whole_or_not_at_all),
        cmocka_unit_test(noise_for_configuration_space_ends),
        cmocka_unit_test(lists_that_loop_end),
        cmocka_unit_test(noise_for_vpd_ends),
        cmocka_unit_test(a_process_that_holds_a_card_is_named),
        cmocka_unit_test(a_slot_is_reset_with_all_its_functions),
    };
    return cmocka_run_group_tests_name("driver/pci", tests, set_up, tear_down);
}
