/* The text that orders faults: what it means, whom it concerns, when it applies. */
#include <string.h>

#include "host/src/faults.h"
#include "sim/fault_plan.h"
#include "tests/support/test.h"

static struct hyp_fault_plan parsed(const char *text)
{
    struct hyp_fault_plan plan;
    char error[300] = "";
    if (!hyp_fault_plan_parse(text, &plan, error, sizeof error)) {
        fail_msg("%s: %s", text, error);
    }
    return plan;
}

static void every_fault_is_known(void **state)
{
    static const struct {
        const char *text;
        enum hyp_fault_kind kind;
        double value;
        uint64_t first, last;
    } cases[] = {
        {"hang@3", HYP_FAULT_HANG, 0, 3, 3},
        {"slverr", HYP_FAULT_SLVERR, 0, 1, UINT64_MAX},
        {"slverr@7+", HYP_FAULT_SLVERR, 0, 7, UINT64_MAX},
        {"drop", HYP_FAULT_DROP, 0, 1, UINT64_MAX},
        {"bitflip=1e-3", HYP_FAULT_BITFLIP, 1e-3, 1, UINT64_MAX},
        {"bitflip=1@2", HYP_FAULT_BITFLIP, 1, 2, 2},
        {"bitrot=0.5", HYP_FAULT_BITROT, 0.5, 1, UINT64_MAX},
        {"input-rot=1e-3@4+", HYP_FAULT_INPUT_ROT, 1e-3, 4, UINT64_MAX},
        {"slow=2.5", HYP_FAULT_SLOW, 2.5, 1, UINT64_MAX},
        {"short-write@18446744073709551615", HYP_FAULT_SHORT_WRITE, 0, UINT64_MAX, UINT64_MAX},
        {"die@2", HYP_FAULT_DIE, 0, 2, 2},
        {"wrong-uuid@1", HYP_FAULT_WRONG_UUID, 0, 1, 1},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct hyp_fault_plan plan = parsed(cases[i].text);
        assert_int_equal(plan.count, 1);
        assert_int_equal(plan.faults[0].kind, cases[i].kind);
        assert_true(plan.faults[0].value == cases[i].value);
        assert_int_equal(plan.faults[0].first, cases[i].first);
        assert_int_equal(plan.faults[0].last, cases[i].last);
    }
    assert_int_equal(parsed("").count, 0);
    assert_int_equal(parsed(NULL).count, 0);
    assert_int_equal(parsed("hang@1,die@2,slow=3").count, 3);
}

static void nonsense_is_refused_by_name(void **state)
{
    static const char *const texts[] = {
        "hangs",
        "hang@",
        "hang@0",
        "hang@-1",
        "hang@3-",
        "hang@3++",
        "hang@1.5",
        "hang=1",
        "bitflip",
        "bitflip=",
        "bitflip=2",
        "bitflip=-1",
        "bitflip=x",
        "slow=0.5",
        "slow=nan",
        "slow=1e9",
        "slow@3=4",
        "hang,",
        ",hang",
        "hang,,die",
        "bitflip=1x",
        "drop@@3",
        "HANG",
        " hang",
        "hang@18446744073709551616",
        "hang@1000000000000000000000000000000000000000000000000000000000000",
        "hang,hang,hang,hang,hang,hang,hang,hang,hang,hang,hang,hang,hang,hang,hang,hang,hang",
    };
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct hyp_fault_plan plan;
        char error[300] = "";
        if (hyp_fault_plan_parse(texts[i], &plan, error, sizeof error)) {
            fail_msg("\"%s\" was taken", texts[i]);
        }
        assert_true(strlen(error) > 10);
    }
    struct hyp_fault_plan plan;
    char error[300];
    assert_false(hyp_fault_plan_parse("melt", &plan, error, sizeof error));
    assert_non_null(strstr(error, HYP_FAULT_NAMES));
}

static bool has(const char *text, uint64_t batches, bool trial)
{
    struct hyp_fault_plan plan = parsed(text);
    return hyp_fault_find(&plan, HYP_FAULT_HANG, batches, trial) != NULL;
}

static void trials_are_touched_by_what_lasts(void **state)
{
    (void)state;
    assert_false(has("hang@3", 2, false));
    assert_true(has("hang@3", 3, false));
    assert_false(has("hang@3", 4, false));
    assert_true(has("hang@3+", 4, false));
    /* The known answers of the first admission, and of a reset after the batch that failed. */
    assert_false(has("hang", 0, true));
    assert_true(has("hang", 1, true));
    assert_false(has("hang@3", 2, true));
    assert_false(has("hang@3", 3, true));
    assert_true(has("hang@3+", 3, true));
    assert_false(has("die,slow=2", 1, false));

    struct hyp_fault_plan plan = parsed("hang,wrong-uuid@2");
    assert_false(hyp_fault_wrong_uuid(&plan, 1));
    assert_true(hyp_fault_wrong_uuid(&plan, 2));
    assert_false(hyp_fault_wrong_uuid(&plan, 3));
}

static void devices_get_their_own(void **state)
{
    static const char list[] = "sim:1:hang@3,sim:0:die@2,sim:slow=2,sim:10:drop";
    char selected[HYP_FAULTS_BYTES];
    (void)state;
    hyp_faults_select(list, "sim:1", false, selected);
    assert_string_equal(selected, "hang@3");
    hyp_faults_select(list, "sim:0", false, selected);
    assert_string_equal(selected, "die@2,slow=2");
    hyp_faults_select(list, "sim", true, selected);
    assert_string_equal(selected, "sim:0:die@2,sim:slow=2");
    hyp_faults_select(list, "sim:10", false, selected);
    assert_string_equal(selected, "drop");
    hyp_faults_select(list, "xrt:0", false, selected);
    assert_string_equal(selected, "");
    hyp_faults_select(NULL, "xrt:0", false, selected);
    assert_string_equal(selected, "");
}

static void lists_are_checked(void **state)
{
    static const char *const wrong[] = {
        "hang",        ":hang",        "sim:",     "sim:2:hang", "sim:0:melt",
        "sim:0:hang,", "sim:0:hang,,", "cpu:hang", "xrt:0:die"};
    hyp_error error;
    (void)state;
    assert_int_equal(hyp_faults_check(NULL, "sim:0", NULL), HYP_OK);
    assert_int_equal(hyp_faults_check("", "sim:0", NULL), HYP_OK);
    assert_int_equal(hyp_faults_check("sim:hang,sim:1:die@1", "sim:0,sim:1,cpu", NULL), HYP_OK);
    assert_int_equal(hyp_faults_check("sim:0:hang", "sim", NULL), HYP_OK);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        error = (hyp_error){0, ""};
        assert_int_equal(hyp_faults_check(wrong[i], "sim:0,sim:1,cpu", &error), HYP_EINVAL);
        assert_true(strlen(error.message) > 20);
    }
    assert_int_equal(hyp_faults_check("sim:2:hang", "sim:0,sim:1", &error), HYP_EINVAL);
    assert_non_null(strstr(error.message, "sim:0,sim:1"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_fault_is_known),
        cmocka_unit_test(nonsense_is_refused_by_name),
        cmocka_unit_test(trials_are_touched_by_what_lasts),
        cmocka_unit_test(devices_get_their_own),
        cmocka_unit_test(lists_are_checked),
    };
    return cmocka_run_group_tests_name("faults: their text", tests, NULL, NULL);
}
