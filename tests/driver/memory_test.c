/* Memory runs out at every single allocation in turn: the packer and the verifier say so, and never
 * answer with a container that lacks something. The same test under ASan sees that nothing leaks.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <jansson.h>
#include <stdlib.h>

#include "driver/xclbin/verify.h"
#include "tests/driver/container.h"

/* The linker sends the library's calls here (--wrap), and jansson is told. */
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *memory, size_t size);

static long left = -1; /* allocations until the one that fails; negative: none fails */

static bool fails(void)
{
    return left >= 0 && left-- == 0;
}

void *__wrap_malloc(size_t size)
{
    return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *memory, size_t size)
{
    return fails() ? NULL : __real_realloc(memory, size);
}

static void free_memory(void *memory)
{
    free(memory);
}

static int set_up(void **state)
{
    (void)state;
    json_set_alloc_funcs(__wrap_malloc, free_memory);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    left = -1;
    json_set_alloc_funcs(malloc, free);
    return 0;
}

static bool verifies(const uint8_t *image, size_t length)
{
    xclbin_reader reader;
    return xclbin_open(&reader, image, length, NULL) == XCLBIN_OK &&
           xclbin_verify(&reader, NULL, NULL) == XCLBIN_OK;
}

static void test_packing_without_memory_gives_nothing(void **state)
{
    long allocations = 0;
    bool packed = false;
    (void)state;

    for (; !packed; allocations++) {
        size_t length;
        left = allocations;
        uint8_t *image = container_make(&length);
        packed = left >= 0; /* the failure was never reached */
        left = -1;
        if (image && !verifies(image, length)) {
            fail_msg("allocation %ld failed and the container is incomplete", allocations);
        }
        free(image);
    }
    assert_true(allocations > 100);
}

static void test_verifying_without_memory_says_no(void **state)
{
    size_t length;
    uint8_t *image = container_make(&length);
    bool reached = false;
    (void)state;

    assert_non_null(image);
    for (long allocations = 0; !reached; allocations++) {
        left = allocations;
        bool good = verifies(image, length);
        reached = left >= 0;
        left = -1;
        /* Some allocations are only for speed in jansson; then the answer may still be yes. */
        if (reached) {
            assert_true(good);
        }
    }
    free(image);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_packing_without_memory_gives_nothing, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_verifying_without_memory_says_no, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("xclbin without memory", tests, NULL, NULL);
}
