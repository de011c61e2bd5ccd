#include "host/src/faults.h"

#include <stdio.h>
#include <string.h>

#include "host/src/fail.h"
#include "sim/fault_plan.h"

/* "sim:1:hang@3": the name ends at the last colon. Returns the fault, or NULL where name or
 * fault are missing. */
static const char *fault_of(const char *entry, size_t length, size_t *name_length)
{
    const char *colon = memrchr(entry, ':', length);
    *name_length = colon ? (size_t)(colon - entry) : 0;
    return colon && colon > entry && *name_length + 1 < length ? colon + 1 : NULL;
}

/* Without a number a name means the device 0. */
static bool is_same_device(const char *a, size_t a_length, const char *b, size_t b_length)
{
    if (a_length > 2 && memcmp(a + a_length - 2, ":0", 2) == 0) {
        a_length -= 2;
    }
    if (b_length > 2 && memcmp(b + b_length - 2, ":0", 2) == 0) {
        b_length -= 2;
    }
    return a_length == b_length && memcmp(a, b, a_length) == 0;
}

static bool is_listed(const char *name, size_t length, const char *names)
{
    for (;;) {
        size_t next = strcspn(names, ",");
        if (is_same_device(name, length, names, next)) {
            return true;
        }
        if (names[next] == '\0') {
            return false;
        }
        names += next + 1;
    }
}

static int check_entry(const char *entry, size_t length, const char *names, hyp_error *error)
{
    struct hyp_fault_plan plan;
    char text[128];
    char why[300];
    size_t name_length;
    const char *fault = fault_of(entry, length, &name_length);

    if (!fault || length >= sizeof text) {
        return hyp_fail(error, HYP_EINVAL,
                        "\"%.*s\" does not say what fault which device is to have: write it like "
                        "sim:1:hang@3",
                        length < sizeof text ? (int)length : 60, entry);
    }
    memcpy(text, fault, length - (size_t)(fault - entry));
    text[length - (size_t)(fault - entry)] = '\0';
    if (!hyp_fault_plan_parse(text, &plan, why, sizeof why)) {
        return hyp_fail(error, HYP_EINVAL, "%s", why);
    }
    if (!is_listed(entry, name_length, names)) {
        return hyp_fail(error, HYP_EINVAL, "fault \"%.*s\": %.*s is not opened; devices are %s",
                        (int)length, entry, (int)name_length, entry, names);
    }
    if (is_same_device(entry, name_length, "cpu", 3)) {
        return hyp_fail(error, HYP_EINVAL,
                        "fault \"%.*s\": only simulated cards can be ordered to have faults",
                        (int)length, entry);
    }
    return HYP_OK;
}

int hyp_faults_check(const char *faults, const char *names, hyp_error *error)
{
    if (!faults || !*faults) {
        return HYP_OK;
    }
    if (strlen(faults) >= HYP_FAULTS_BYTES) {
        return hyp_fail(error, HYP_EINVAL, "the list of faults is longer than %d characters",
                        HYP_FAULTS_BYTES - 1);
    }
    for (;;) {
        size_t length = strcspn(faults, ",");
        int result = check_entry(faults, length, names, error);
        if (result || faults[length] == '\0') {
            return result;
        }
        faults += length + 1;
    }
}

void hyp_faults_select(const char *faults, const char *device, bool with_name,
                       char selected[HYP_FAULTS_BYTES])
{
    size_t used = 0;

    selected[0] = '\0';
    while (faults && *faults && strlen(faults) < HYP_FAULTS_BYTES) {
        size_t length = strcspn(faults, ",");
        size_t name_length;
        const char *fault = fault_of(faults, length, &name_length);
        if (fault && is_same_device(faults, name_length, device, strlen(device))) {
            const char *from = with_name ? faults : fault;
            used += (size_t)snprintf(selected + used, HYP_FAULTS_BYTES - used, "%s%.*s",
                                     used ? "," : "", (int)(faults + length - from), from);
        }
        faults += length + (faults[length] != '\0');
    }
}

bool hyp_run_is_trial(const struct hyp_run *run)
{
    hyp_batch_header header = {0};

    if (run->input_bytes >= sizeof header) {
        memcpy(&header, run->input->data, sizeof header);
    }
    return (header.sequence & HYP_SEQUENCE_TRIAL) != 0;
}
