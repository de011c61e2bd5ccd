#include "host/src/device.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/src/dispatch/members.h"
#include "host/src/fail.h"
#include "host/src/faults.h"
#include "host/src/options.h"

/* One row a backend. */
static const struct hyp_backend *const backends[] = {
    &hyp_backend_cpu,
    &hyp_backend_sim,
    &hyp_backend_xrt,
    &hyp_backend_opencl,
};
enum { BACKEND_COUNT = sizeof backends / sizeof backends[0] };

/* With `once`, a card that can be reached in several ways is listed once. */
static int list_devices(hyp_context *context, bool once, hyp_device_info *infos, size_t capacity,
                        size_t *count, hyp_error *error)
{
    *count = 0;
    for (size_t i = 0; i < BACKEND_COUNT; i++) {
        if (once && backends[i]->same_cards) {
            continue;
        }
        int result = backends[i]->list(context, infos, capacity, count, error);
        if (result) {
            return result;
        }
    }
    return HYP_OK;
}

int hyp_device_list(hyp_context *context, hyp_device_info *infos, size_t capacity, size_t *count,
                    hyp_error *error)
{
    if (!context || !count || (capacity && !infos)) {
        return hyp_fail(error, HYP_EINVAL, "hyp_device_list: an argument is NULL");
    }
    return list_devices(context, false, infos, capacity, count, error);
}

/* The number behind "sim:" in "sim:3"; no number means 0. Returns false if `name` is not of this
 * backend. */
static bool parse_index(const char *name, const struct hyp_backend *backend, unsigned *index)
{
    size_t length = strlen(backend->name);
    const char *digits = name + length + 1;
    char *end;

    *index = 0;
    if (strncmp(name, backend->name, length) != 0) {
        return false;
    }
    if (name[length] == 0) {
        return true;
    }
    if (name[length] != ':' || *digits < '0' || *digits > '9' || backend == &hyp_backend_cpu) {
        return false;
    }
    unsigned long number = strtoul(digits, &end, 10);
    *index = (unsigned)number;
    return *end == 0 && number <= 999;
}

static const struct hyp_backend *parse_name(const hyp_context *context, const char *name,
                                            unsigned *index)
{
    for (size_t i = 0; i < BACKEND_COUNT; i++) {
        if (parse_index(name, backends[i], index)) {
            return backends[i];
        }
    }
    const struct hyp_backend *extra = context->extra_backend;
    return extra && parse_index(name, extra, index) ? extra : NULL;
}

enum { NAMES_BYTES = 1024 };

/* Appends a name to a list with commas, if it has room. */
static void append_name(char names[NAMES_BYTES], const char *name)
{
    size_t used = strlen(names);
    snprintf(names + used, NAMES_BYTES - used, "%s%s", used ? "," : "", name);
}

/* The first `most` real cards of this machine: simulations are for those who ask for them. */
static int list_cards(hyp_context *context, size_t most, char names[NAMES_BYTES], hyp_error *error)
{
    size_t count = 0;
    int result = list_devices(context, true, NULL, 0, &count, error);
    if (result) {
        return result;
    }
    hyp_device_info *infos = calloc(count ? count : 1, sizeof *infos);
    if (!infos) {
        return hyp_fail(error, HYP_ENOMEM, "no memory for a list of %zu devices", count);
    }
    size_t listed = count;
    result = list_devices(context, true, infos, count, &listed, error);
    for (size_t i = 0; result == HYP_OK && most && i < count && i < listed; i++) {
        if (infos[i].kind == HYP_DEVICE_CARD) {
            append_name(names, infos[i].name);
            most--;
        }
    }
    free(infos);
    return result;
}

/* Turns no name and "auto" into names of devices. Returns an error of listing them. */
static int resolve_name(hyp_context *context, const char *name, char names[NAMES_BYTES],
                        hyp_error *error)
{
    names[0] = 0;
    if (name && strcmp(name, "auto") != 0) {
        append_name(names, name);
        return HYP_OK;
    }
    int result = list_cards(context, name ? SIZE_MAX : 1, names, error);
    if (name || !names[0]) {
        append_name(names, "cpu");
    }
    return result;
}

static void free_options(hyp_device_options *options)
{
    free((char *)options->bitstream);
    free((char *)options->wave);
    free((char *)options->members);
    free((char *)options->faults);
    free((char *)options->public_key);
}

static int copy_options(hyp_device_options *to, const hyp_device_options *from, hyp_error *error)
{
    hyp_device_options wanted = HYP_DEVICE_OPTIONS_INIT;
    int result = hyp_options_copy(&wanted, sizeof wanted, from, error);
    if (result) {
        return result;
    }
    *to = wanted;
    to->bitstream = wanted.bitstream ? strdup(wanted.bitstream) : NULL;
    to->wave = wanted.wave ? strdup(wanted.wave) : NULL;
    to->members = wanted.members ? strdup(wanted.members) : NULL;
    to->faults = wanted.faults ? strdup(wanted.faults) : NULL;
    to->public_key = wanted.public_key ? strdup(wanted.public_key) : NULL;
    if (!to->job_timeout_ns) {
        to->job_timeout_ns = UINT64_C(60000000000);
    }
    if ((wanted.bitstream && !to->bitstream) || (wanted.wave && !to->wave) ||
        (wanted.members && !to->members) || (wanted.faults && !to->faults) ||
        (wanted.public_key && !to->public_key)) {
        free_options(to);
        return hyp_fail(error, HYP_ENOMEM, "no memory for a device's options");
    }
    return HYP_OK;
}

static int init_lock(hyp_device *device)
{
    pthread_condattr_t attributes;
    if (pthread_mutex_init(&device->lock, NULL) != 0) {
        return HYP_ENOMEM;
    }
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    int failed = pthread_cond_init(&device->changed, &attributes);
    pthread_condattr_destroy(&attributes);
    if (failed) {
        pthread_mutex_destroy(&device->lock);
        return HYP_ENOMEM;
    }
    return HYP_OK;
}

static void free_device(hyp_device *device)
{
    hyp_residency_release(&device->residency);
    hyp_statistics_release(&device->statistics);
    pthread_cond_destroy(&device->changed);
    pthread_mutex_destroy(&device->lock);
    free_options(&device->options);
    free(device);
}

int hyp_device_open_on(hyp_context *context, const struct hyp_backend *backend, unsigned index,
                       const hyp_device_options *options, hyp_device **device, hyp_error *error)
{
    *device = NULL;
    hyp_device *made = calloc(1, sizeof *made);
    if (!made) {
        return hyp_fail(error, HYP_ENOMEM, "no memory for a device");
    }
    int result = copy_options(&made->options, options, error);
    if (result) {
        free(made);
        return result;
    }
    if (init_lock(made)) {
        free_options(&made->options);
        free(made);
        return hyp_fail(error, HYP_ENOMEM, "no memory for a device's lock");
    }
    made->context = context;
    made->backend = backend;
    hyp_slot_list_clear(&made->pending);
    hyp_statistics_init(&made->statistics);
    hyp_residency_init(&made->residency);
    result = hyp_engine_start(made, index, error);
    if (result) {
        free_device(made);
        return result;
    }
    *device = made;
    return HYP_OK;
}

static int open_set(hyp_context *context, const char *names, bool allow_absent,
                    const hyp_device_options *options, hyp_device **device, hyp_error *error)
{
    hyp_device_options with_members = HYP_DEVICE_OPTIONS_INIT;
    int result = hyp_options_copy(&with_members, sizeof with_members, options, error);

    with_members.members = names;
    with_members.allow_absent |= allow_absent;
    return result ? result
                  : hyp_device_open_on(context, &hyp_backend_set, 0, &with_members, device, error);
}

static int check_faults(const hyp_device_options *given, const char *names, hyp_error *error)
{
    hyp_device_options options = HYP_DEVICE_OPTIONS_INIT;
    int result = hyp_options_copy(&options, sizeof options, given, error);

    return result ? result : hyp_faults_check(options.faults, names, error);
}

static int fail_foreign(hyp_error *error)
{
    return hyp_fail(error, HYP_EFORKED,
                    "the context was created before a fork: create one in the child");
}

int hyp_device_open(hyp_context *context, const char *name, const hyp_device_options *options,
                    hyp_device **device, hyp_error *error)
{
    char names[NAMES_BYTES];
    unsigned index;

    if (!context || !device) {
        return hyp_fail(error, HYP_EINVAL, "hyp_device_open: an argument is NULL");
    }
    if (hyp_context_is_foreign(context)) {
        return fail_foreign(error);
    }
    *device = NULL; /* also when the name is refused */
    int result = resolve_name(context, name, names, error);
    if (result) {
        return result;
    }
    result = check_faults(options, names, error);
    if (result) {
        return result;
    }
    if (strchr(names, ',')) {
        return open_set(context, names, name && strcmp(name, "auto") == 0, options, device, error);
    }
    const struct hyp_backend *backend = parse_name(context, names, &index);
    if (!backend) {
        return hyp_fail(error, HYP_EINVAL,
                        "\"%s\" is not the name of a device: names are cpu, sim, sim:N, xrt:N and "
                        "opencl:N, "
                        "several of them with commas between, and auto; `hyperion devices` lists "
                        "those of this machine",
                        name);
    }
    return hyp_device_open_on(context, backend, index, options, device, error);
}

void hyp_device_close(hyp_device *device)
{
    if (!device || hyp_context_is_foreign(device->context)) {
        return;
    }
    hyp_residency_drop(device);
    hyp_engine_stop(device);
    free_device(device);
}

const hyp_device_info *hyp_device_get_info(const hyp_device *device)
{
    return &device->info;
}

const hyp_op_capability *hyp_device_capability(const hyp_device *device, hyp_op op)
{
    for (uint32_t i = 0; i < device->info.op_count; i++) {
        if (device->info.ops[i].op == (uint32_t)op) {
            return &device->info.ops[i];
        }
    }
    return NULL;
}

int hyp_device_last_fault(const hyp_device *device, hyp_error *error)
{
    if (hyp_context_is_foreign(device->context)) {
        return fail_foreign(error);
    }
    /* The lock is not part of what the caller sees as constant. */
    pthread_mutex_t *lock = (pthread_mutex_t *)&device->lock;
    pthread_mutex_lock(lock);
    int code = device->last_fault.code;
    if (code && error) {
        *error = device->last_fault;
    }
    pthread_mutex_unlock(lock);
    if (!code && device->backend == &hyp_backend_set &&
        hyp_set_is_down((hyp_device *)device, error)) {
        code = HYP_EDEVICE;
    }
    return code;
}
