/* Who has a card open, told where it cannot be had: from a tree that looks like sysfs, and one that
 * looks like /proc. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/card-host/users.h"
#include "host/src/fail.h"
#include "tests/support/test.h"

static char root[] = "/tmp/hyperion-test-XXXXXX";
static char function[64];
static char proc[64];
static hyp_error error;

/* Runs a command in the folder of the test. */
__attribute__((format(printf, 1, 2))) static void run(const char *format, ...)
{
    char command[512];
    va_list arguments;
    int length = snprintf(command, sizeof command, "cd %s && ", root);
    va_start(arguments, format);
    vsnprintf(command + length, sizeof command - (size_t)length, format, arguments);
    va_end(arguments);
    assert_int_equal(system(command), 0); // NOLINT(cert-env33-c): constant but for numbers
}

static void add_process(int pid, const char *program)
{
    run("mkdir -p proc/%d/fd && echo %s > proc/%d/comm && ln -s /dev/dri/renderD128 proc/%d/fd/4",
        pid, program, pid, pid);
}

static int make_trees(void **state)
{
    (void)state;
    assert_non_null(mkdtemp(root));
    snprintf(function, sizeof function, "%s/function", root);
    snprintf(proc, sizeof proc, "%s/proc", root);
    run("mkdir -p function/drm/renderD128 function/drm/card0 proc/1/fd");
    return 0;
}

static int remove_trees(void **state)
{
    (void)state;
    run("rm -r function proc");
    return rmdir(root);
}

static void ask(void)
{
    hyp_fail(&error, HYP_EBITSTREAM, "XRT does not load x.xclbin");
    card_name_user(function, proc, &error);
    assert_int_equal(error.code, HYP_EBITSTREAM);
}

static void nobody_is_named_where_nobody_has_it(void **state)
{
    (void)state;
    ask();
    assert_string_equal(error.message, "XRT does not load x.xclbin");
}

/* It has opened the card a moment ago. */
static void the_process_itself_is_not_named(void **state)
{
    (void)state;
    add_process(getpid(), "hyperion-card-h");
    ask();
    assert_string_equal(error.message, "XRT does not load x.xclbin");
}

static void another_process_is_named(void **state)
{
    (void)state;
    int other = getpid() == 4711 ? 4712 : 4711;
    char wanted[128];
    add_process(other, "node");
    ask();
    snprintf(wanted, sizeof wanted,
             "process %d (node) has /dev/dri/renderD128 open: XRT does not load x.xclbin", other);
    assert_string_equal(error.message, wanted);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nobody_is_named_where_nobody_has_it),
        cmocka_unit_test(the_process_itself_is_not_named),
        cmocka_unit_test(another_process_is_named),
    };
    return cmocka_run_group_tests_name("users of a card", tests, make_trees, remove_trees);
}
