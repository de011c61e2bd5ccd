/* The xclbin in the helper's memory: that which was checked, whatever becomes of the file. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/card-host/image.h"
#include "tests/support/test.h"

static char path[] = "/tmp/hyperion-test-XXXXXX";
static int file;

static int make_file(void **state)
{
    (void)state;
    file = mkstemp(path);
    return file < 0;
}

static int remove_file(void **state)
{
    (void)state;
    return close(file) || unlink(path);
}

static void it_stays_what_it_was(void **state)
{
    static char content[100000];
    hyp_error error = {0, ""};
    void *image;
    size_t size;
    (void)state;
    memset(content, 'x', sizeof content);
    assert_int_equal(pwrite(file, content, sizeof content, 0), sizeof content);
    assert_int_equal(image_read(path, file, &image, &size, &error), 0);
    assert_int_equal(size, sizeof content);
    assert_int_equal(pwrite(file, "changed", 7, 50000), 7);
    assert_memory_equal(image, content, sizeof content);
    assert_int_equal(ftruncate(file, 10), 0);
    assert_memory_equal(image, content, sizeof content);
    image_free(image, size);
}

static int refuse(int fd, const char *why)
{
    hyp_error error = {0, ""};
    void *image;
    size_t size;
    int result = image_read("a.xclbin", fd, &image, &size, &error);
    assert_int_equal(result, error.code);
    assert_non_null(strstr(error.message, why));
    return result;
}

static void what_is_no_file_of_its_size_is_refused(void **state)
{
    int ends[2];
    (void)state;
    assert_int_equal(ftruncate(file, 0), 0);
    assert_int_equal(refuse(file, "a.xclbin is empty"), HYP_EBITSTREAM);
    assert_int_equal(ftruncate(file, ((off_t)1 << 30) + 1), 0);
    assert_int_equal(refuse(file, "too large"), HYP_EBITSTREAM);
    int folder = open("/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_int_equal(refuse(folder, "no file"), HYP_EBITSTREAM);
    close(folder);
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(refuse(ends[0], "no file"), HYP_EBITSTREAM);
    close(ends[0]);
    close(ends[1]);
    assert_int_equal(ftruncate(file, 10), 0);
    int writable = open(path, O_WRONLY | O_CLOEXEC);
    assert_int_equal(refuse(writable, "cannot read a.xclbin"), HYP_EIO);
    close(writable);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_stays_what_it_was),
        cmocka_unit_test(what_is_no_file_of_its_size_is_refused),
    };
    return cmocka_run_group_tests_name("the xclbin in memory", tests, make_file, remove_file);
}
