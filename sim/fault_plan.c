#include "sim/fault_plan.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name;
    bool has_value;
    double least, most;
} kinds[HYP_FAULT_KINDS] = {
    [HYP_FAULT_HANG] = {"hang", false, 0, 0},
    [HYP_FAULT_SLVERR] = {"slverr", false, 0, 0},
    [HYP_FAULT_DROP] = {"drop", false, 0, 0},
    [HYP_FAULT_BITFLIP] = {"bitflip", true, 0, 1},
    [HYP_FAULT_BITROT] = {"bitrot", true, 0, 1},
    [HYP_FAULT_INPUT_ROT] = {"input-rot", true, 0, 1},
    [HYP_FAULT_SLOW] = {"slow", true, 1, 1000},
    [HYP_FAULT_SHORT_WRITE] = {"short-write", false, 0, 0},
    [HYP_FAULT_DIE] = {"die", false, 0, 0},
    [HYP_FAULT_WRONG_UUID] = {"wrong-uuid", false, 0, 0},
};

/* The parts of one FAULT, each terminated; NULL where it is missing. */
struct parts {
    char text[64];
    const char *name, *value, *when;
};

static bool split(const char *fault, size_t length, struct parts *parts)
{
    if (length >= sizeof parts->text) {
        return false;
    }
    memcpy(parts->text, fault, length);
    parts->text[length] = '\0';
    parts->name = parts->text;
    char *at = strchr(parts->text, '@');
    char *equals = strchr(parts->text, '=');
    parts->when = at ? at + 1 : NULL;
    parts->value = equals ? equals + 1 : NULL;
    if (at) {
        *at = '\0';
    }
    if (equals) {
        *equals = '\0';
    }
    return !at || !equals || equals < at;
}

static bool parse_when(const char *text, struct hyp_fault *fault)
{
    char *end;

    fault->first = 1;
    fault->last = UINT64_MAX;
    if (!text) {
        return true;
    }
    if (*text < '0' || *text > '9') {
        return false;
    }
    errno = 0;
    fault->first = strtoull(text, &end, 10);
    if (errno || fault->first == 0) {
        return false;
    }
    if (strcmp(end, "+") == 0) {
        return true;
    }
    fault->last = fault->first;
    return *end == '\0';
}

static bool parse_value(const char *text, struct hyp_fault *fault)
{
    char *end;

    if (!kinds[fault->kind].has_value || !text) {
        return !kinds[fault->kind].has_value && !text;
    }
    if (*text < '0' || *text > '9') {
        return false;
    }
    fault->value = strtod(text, &end);
    return *end == '\0' && fault->value >= kinds[fault->kind].least &&
           fault->value <= kinds[fault->kind].most;
}

static bool find_kind(const char *name, enum hyp_fault_kind *kind)
{
    for (int i = 0; i < HYP_FAULT_KINDS; i++) {
        if (strcmp(name, kinds[i].name) == 0) {
            *kind = (enum hyp_fault_kind)i;
            return true;
        }
    }
    return false;
}

static bool parse_fault(const char *text, size_t length, struct hyp_fault *fault, char *error,
                        size_t error_size)
{
    struct parts parts;
    int shown = length < 60 ? (int)length : 60;

    if (!split(text, length, &parts) || !find_kind(parts.name, &fault->kind)) {
        snprintf(error, error_size,
                 "\"%.*s\" is not a fault: faults are " HYP_FAULT_NAMES
                 ", each with @N for the N-th batch alone or @N+ from there on",
                 shown, text);
        return false;
    }
    if (!parse_value(parts.value, fault)) {
        if (kinds[fault->kind].has_value) {
            snprintf(error, error_size, "\"%.*s\": %s takes a number from %g to %g", shown, text,
                     parts.name, kinds[fault->kind].least, kinds[fault->kind].most);
        } else {
            snprintf(error, error_size, "\"%.*s\": %s takes no value", shown, text, parts.name);
        }
        return false;
    }
    if (!parse_when(parts.when, fault)) {
        snprintf(error, error_size, "\"%.*s\": batches are counted from 1, as in %s@3 or %s@3+",
                 shown, text, parts.name, parts.name);
        return false;
    }
    return true;
}

bool hyp_fault_plan_parse(const char *text, struct hyp_fault_plan *plan, char *error,
                          size_t error_size)
{
    *plan = (struct hyp_fault_plan){0};
    if (!text || !*text) {
        return true;
    }
    for (;;) {
        size_t length = strcspn(text, ",");
        if (plan->count == HYP_FAULT_MOST) {
            snprintf(error, error_size, "a card has at most %d faults", HYP_FAULT_MOST);
            return false;
        }
        if (!parse_fault(text, length, &plan->faults[plan->count], error, error_size)) {
            return false;
        }
        plan->count++;
        if (text[length] == '\0') {
            return true;
        }
        text += length + 1;
    }
}

const struct hyp_fault *hyp_fault_find(const struct hyp_fault_plan *plan, enum hyp_fault_kind kind,
                                       uint64_t batches, bool trial)
{
    for (unsigned i = 0; i < plan->count; i++) {
        const struct hyp_fault *fault = &plan->faults[i];
        bool begun = fault->first <= batches;
        bool over = trial ? fault->last <= batches : fault->last < batches;
        if (fault->kind == kind && begun && !over) {
            return fault;
        }
    }
    return NULL;
}

bool hyp_fault_wrong_uuid(const struct hyp_fault_plan *plan, uint64_t loads)
{
    for (unsigned i = 0; i < plan->count; i++) {
        const struct hyp_fault *fault = &plan->faults[i];
        if (fault->kind == HYP_FAULT_WRONG_UUID && fault->first <= loads && loads <= fault->last) {
            return true;
        }
    }
    return false;
}
