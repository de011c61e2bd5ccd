/* A card that leaves the PCI bus while it is at work: a folder in place of sysfs, and a helper that
 * says nothing, as XRT does then. */
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/src/backend/xrt_presence.h"
#include "tests/xrt/fixture.h"

static const struct hyp_backend *const backend = &hyp_backend_xrt;
static const struct hyp_xrt_address address = {"0000:65:00.1"};
static char pci[64];

static void make_path(char path[PATH_MAX], const char *name)
{
    snprintf(path, PATH_MAX, "%s%s", pci, name);
}

static const char *const folders[] = {"/drivers", "/drivers/xocl", "/drivers/xocl/0000:65:00.1",
                                      "/devices", "/devices/0000:65:00.1"};

/* The configuration space says so of vendor and device. */
static void write_identity(uint32_t identity)
{
    char path[PATH_MAX];
    make_path(path, "/devices/0000:65:00.1/config");
    int config = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    assert_true(config >= 0);
    assert_int_equal(pwrite(config, &identity, sizeof(identity), 0), sizeof(identity));
    close(config);
}

static int make_bus(void **state)
{
    char path[PATH_MAX];
    (void)state;
    strcpy(pci, "/tmp/hyperion-test-XXXXXX");
    if (!mkdtemp(pci))
        return -1;
    for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
        make_path(path, folders[i]);
        assert_int_equal(mkdir(path, 0700), 0);
    }
    write_identity(0x500010ee);
    return 0;
}

static int remove_bus(void **state)
{
    char path[PATH_MAX];
    (void)state;
    make_path(path, "/devices/0000:65:00.1/config");
    assert_int_equal(unlink(path), 0);
    for (size_t i = sizeof(folders) / sizeof(folders[0]); i-- > 0;) {
        make_path(path, folders[i]);
        assert_int_equal(rmdir(path), 0);
    }
    return rmdir(pci);
}

static void ones_are_nobody(void **state)
{
    (void)state;
    const struct hyp_xrt_address other = {"0000:66:00.1"};
    const struct hyp_xrt_address none = {""};
    int config = hyp_xrt_presence_open(pci, &address);
    assert_true(config >= 0);
    assert_false(hyp_xrt_presence_is_lost(config));
    write_identity(UINT32_MAX);
    assert_true(hyp_xrt_presence_is_lost(config));
    close(config);
    assert_int_equal(hyp_xrt_presence_open(pci, &other), -1);
    assert_int_equal(hyp_xrt_presence_open(pci, &none), -1);
    assert_false(hyp_xrt_presence_is_lost(-1));
}

static void a_card_off_the_bus_is_lost(void **state)
{
    (void)state;
    hyp_device_options options = HYP_DEVICE_OPTIONS_INIT;
    struct xrt_fixture fixture = {0};
    struct hyp_run *finished;
    struct xrt_batch batch;
    hyp_error error = {0, ""};

    setenv("FAKE_HOST", "silent", 1);
    options.bitstream = xrt_fake_xclbin;
    assert_int_equal(hyp_context_create(NULL, &fixture.context, NULL), HYP_OK);
    fixture.context->pci_folder = pci;
    assert_int_equal(
        backend->open(fixture.context, 0, &options, &fixture.card, &fixture.info, &error), HYP_OK);
    xrt_batch_create(&fixture, &batch, 3, 10, 1);
    assert_int_equal(backend->start(fixture.card, &batch.run), HYP_OK);
    uint64_t begin = hyp_clock_ns();
    assert_int_equal(
        backend->progress(fixture.card, begin + 3 * HYP_XRT_PRESENCE_NS, &finished, &error),
        HYP_OK);
    assert_null(finished);

    write_identity(UINT32_MAX);
    assert_int_equal(xrt_wait_lost(&fixture, 20000, &error), HYP_EDEVICE);
    assert_non_null(strstr(error.message, "0000:65:00.1 is off the bus"));

    write_identity(0x500010ee);
    setenv("FAKE_HOST", "honest", 1);
    assert_int_equal(backend->reset(fixture.card, &error), HYP_OK);
    xrt_run(&fixture, &batch);
    xrt_batch_destroy(&fixture, &batch);
    xrt_close(&fixture);
    assert_int_equal(xrt_leftovers(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(ones_are_nobody, make_bus, remove_bus),
        cmocka_unit_test_setup_teardown(a_card_off_the_bus_is_lost, make_bus, remove_bus),
    };
    return cmocka_run_group_tests_name("presence", tests, xrt_setup_fake_host, xrt_teardown);
}
