/* The backend of device sets: its cards are devices. */
#include "host/src/dispatch/set.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "host/src/backend/cpu_scheduler.h"
#include "host/src/fail.h"
#include "host/src/faults.h"
#include "host/src/options.h"

/* How long the CPU may take to stop working on what is late: many times what it does. */
static const uint64_t moment_ns = 20000000;

/* That there is something to look at for the set's thread. From any thread. */
static void tell(void *card)
{
    struct set *set = card;

    atomic_store(&set->has_news, true);
    if (atomic_load(&set->is_sleeping)) {
        uint64_t one = 1;
        /* Can only fail when the counter is full, and then the sleeper wakes too. */
        ssize_t ignored = write(set->wake_fd, &one, sizeof one);
        (void)ignored;
    }
}

/* Nobody waits any more for what the member still does: it ends with its card, not at its deadline.
 */
static void stop_member(struct set *set, unsigned index)
{
    struct set_member *member = &set->members[index];
    struct set_attempt **link = &set->attempts;

    hyp_engine_stop(member->device);
    while (*link) {
        struct set_attempt *attempt = *link;
        if (attempt->member == index) {
            *link = attempt->next;
            set_attempt_release(member, attempt);
        } else {
            link = &attempt->next;
        }
    }
}

static void close_set(void *card)
{
    struct set *set = card;

    set_compute_cancel(set);
    hyp_cpu_scheduler_destroy(set->scheduler);
    for (unsigned i = 0; i < set->member_count; i++) {
        struct set_member *member = &set->members[i];
        if (member->live) {
            stop_member(set, i);
        }
        set_spares_free(member);
        hyp_queue_destroy(member->queue);
        hyp_device_close(member->device);
    }
    if (set->wake_fd >= 0) {
        close(set->wake_fd);
    }
    free(set);
}

static void describe_ops(const struct hyp_device *device, struct hyp_device_info *info)
{
    for (uint32_t i = 0; i < device->info.op_count; i++) {
        hyp_op_capability theirs = device->info.ops[i];
        uint32_t at = 0;
        while (at < info->op_count && info->ops[at].op != theirs.op) {
            at++;
        }
        hyp_op_capability *ours = &info->ops[at];
        if (at == info->op_count) {
            info->op_count++;
            *ours = (hyp_op_capability){.op = theirs.op};
        }
        /* What is too large for one member is cut. */
        ours->compute_units += theirs.compute_units;
        ours->max_items = HYP_BATCH_MAX_ITEMS;
        if (theirs.max_input_bytes > ours->max_input_bytes) {
            ours->max_input_bytes = theirs.max_input_bytes;
        }
    }
}

/* Opens a member and measures it. After an error nothing of it is open. */
static int open_member(struct set *set, struct set_member *member,
                       const hyp_device_options *options, hyp_error *error)
{
    char faults[HYP_FAULTS_BYTES];
    hyp_device_options own = *options;

    hyp_faults_select(options->faults, member->name, true, faults);
    own.faults = faults;
    int result = hyp_device_open(set->context, member->name, &own, &member->device, error);
    if (result) {
        return result;
    }
    result = hyp_queue_create(member->device, NULL, &member->queue);
    if (result) {
        hyp_fail(error, result, "no queue for %s", member->name);
    } else {
        hyp_queue_tell(member->queue, tell, set);
        result = set_member_calibrate(member);
        if (result) {
            hyp_fail(error, result, "%s: cannot be measured: %s", member->name,
                     hyp_strerror(result));
        }
    }
    if (result == HYP_OK && set_member_is_cpu(member) && !set->scheduler) {
        result = hyp_cpu_scheduler_create(set->context, &set->scheduler);
        if (result) {
            hyp_fail(error, result, "no memory for the threads of a device set");
        } else {
            hyp_cpu_scheduler_tell(set->scheduler, tell, set);
        }
    }
    if (result) {
        hyp_queue_destroy(member->queue);
        hyp_device_close(member->device);
        member->queue = NULL;
        member->device = NULL;
    }
    return result;
}

static int add_member(struct set *set, const char *name, const hyp_device_options *options,
                      struct hyp_device_info *info, hyp_error *error)
{
    struct set_member *member = &set->members[set->member_count];

    if (set->member_count == SET_MOST_MEMBERS) {
        return hyp_fail(error, HYP_EINVAL, "a device set has at most %d members", SET_MOST_MEMBERS);
    }
    snprintf(member->name, sizeof member->name, "%s", name);
    hyp_health_opened(&member->health, false);
    set->member_count++;
    int result = open_member(set, member, options, &member->absence);
    if (result) {
        hyp_emit(set->context, HYP_EVENT_STATE, name, 0, HYP_STATE_ABSENT, "%s: absent: %s", name,
                 member->absence.message);
        return set->allow_absent && result != HYP_EINVAL
                   ? HYP_OK
                   : hyp_fail(error, result, "%s", member->absence.message);
    }
    hyp_health_opened(&member->health, true);
    atomic_store(&member->shown_state, HYP_STATE_READY);
    describe_ops(member->device, info);
    return HYP_OK;
}

/* Opens each name of the list. A member that cannot be opened is an error, because the operator
 * named it, unless some may be absent. */
static int add_members(struct set *set, const char *names, const hyp_device_options *options,
                       struct hyp_device_info *info, hyp_error *error)
{
    for (const char *at = names;;) {
        char name[sizeof info->name];
        size_t length = strcspn(at, ",");
        if (length == 0 || length >= sizeof name) {
            return hyp_fail(error, HYP_EINVAL,
                            "\"%s\" is not a list of devices: write them like sim:0,cpu", names);
        }
        memcpy(name, at, length);
        name[length] = 0;
        int result = add_member(set, name, options, info, error);
        if (result) {
            return result;
        }
        if (at[length] == 0) {
            return info->op_count ? HYP_OK
                                  : hyp_fail(error, HYP_ENODEV, "none of %s can be opened: %s",
                                             names, set->members[0].absence.message);
        }
        at += length + 1;
    }
}

static int open_set(hyp_context *context, unsigned index, const hyp_device_options *options,
                    void **card, struct hyp_device_info *info, hyp_error *error)
{
    struct set *set = calloc(1, sizeof *set);

    (void)index;
    if (!set) {
        return hyp_fail(error, HYP_ENOMEM, "no memory for a device set");
    }
    /* This thread is the set's own; it waits for tens of microseconds, and the kernel's usual slack
     * is as much. */
    prctl(PR_SET_TIMERSLACK, 1000UL);
    set->context = context;
    set->split = options->split;
    set->allow_absent = options->allow_absent;
    set->held_until_ns = UINT64_MAX;
    set->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (set->wake_fd < 0) {
        free(set);
        return hyp_fail(error, HYP_EIO, "no event descriptor for a device set");
    }
    hyp_device_options member_options = *options;
    member_options.members = NULL;
    *info = (struct hyp_device_info){.kind = HYP_DEVICE_SET};
    snprintf(info->name, sizeof info->name, "%s", options->members);
    int result = add_members(set, options->members, &member_options, info, error);
    if (result) {
        close_set(set);
        return result;
    }
    snprintf(info->description, sizeof info->description, "set of %u devices", set->member_count);
    *card = set;
    return HYP_OK;
}

static int start(void *card, struct hyp_run *run)
{
    /* Its ranges start in progress, which the engine calls when it has started all that it has: so
     * small ones can start together. */
    return set_job_begin(card, run);
}

/* Takes back all that members have finished. Returns whether there was something. */
static bool reap_members(struct set *set)
{
    enum { ALL = 2 * SET_MEMBER_MOST_JOBS }; /* as many as a member's queue holds */
    hyp_completion completions[ALL];
    bool reaped = false;

    for (unsigned i = 0; i < set->member_count; i++) {
        int count = hyp_queue_reap(set->members[i].queue, completions, ALL);
        for (int c = 0; c < count; c++) {
            set_attempt_finish(set, completions[c].user, &completions[c]);
            reaped = true;
        }
    }
    return reaped;
}

static uint64_t next_time(const struct set *set, uint64_t until_ns)
{
    uint64_t next = set_attempts_next_ns(set);

    next = set->held_until_ns < next ? set->held_until_ns : next;
    return next < until_ns ? next : until_ns;
}

/* Whether wake was called since this was last asked. */
static bool take_wake(struct set *set)
{
    return atomic_load(&set->is_woken) && atomic_exchange(&set->is_woken, false);
}

/* Until somebody writes to wake_fd, or `until_ns`. */
static void sleep_on_descriptor(const struct set *set, uint64_t until_ns)
{
    struct pollfd entry = {set->wake_fd, POLLIN, 0};
    uint64_t now = hyp_clock_ns();
    uint64_t left = until_ns > now ? until_ns - now : 0;
    struct timespec timeout = {(time_t)(left / 1000000000u), (long)(left % 1000000000u)};
    uint64_t count;

    if (ppoll(&entry, 1, &timeout, NULL) > 0) {
        /* Can only fail when nothing was written. */
        ssize_t ignored = read(set->wake_fd, &count, sizeof count);
        (void)ignored;
    }
}

/* Waits for news, if this thread has nothing to do. */
static void wait_for_news(struct set *set, uint64_t until_ns)
{
    if (atomic_load(&set->is_woken) || !set_compute_is_idle(set)) {
        return;
    }
    uint64_t began =
        hyp_patience_spin(&set->patience, &set->has_news, until_ns, set->context->cores);
    /* Told before it is asked: who has news from here on is seen, or sees that he must write. */
    atomic_store(&set->is_sleeping, true);
    if (!atomic_load(&set->has_news)) {
        sleep_on_descriptor(set, until_ns);
    }
    atomic_store(&set->is_sleeping, false);
    hyp_patience_learn(&set->patience, began);
}

/* Whether the CPU is about to stop working in the memory of a caller whose job is late, which it
 * does by itself. Were the engine to see that job now, it would take all others back with it. */
static bool is_stopping(const struct set *set, uint64_t now)
{
    for (unsigned i = 0; i < set->active_count; i++) {
        if (set->active[i]->in_place && now >= set->active[i]->run->deadline_ns) {
            return true;
        }
    }
    return false;
}

static int progress(void *card, uint64_t until_ns, struct hyp_run **finished, hyp_error *error)
{
    struct set *set = card;
    bool woken = false;
    uint64_t over_ns = UINT64_MAX; /* when there was nothing to do here but to wait for the CPU */

    (void)error;
    for (;;) {
        uint64_t now = hyp_clock_ns();
        bool busy = false;
        atomic_store(&set->has_news, false); /* from here on they are looked at */
        if (set->attempts) {
            bool reaped = reap_members(set);
            busy = set_compute_step(set, now);
            now = busy || reaped ? hyp_clock_ns() : now;
            set_attempts_look(set, now);
        }
        set_pump(set, now);
        bool stopping = now >= until_ns && is_stopping(set, now);
        if (set->finished || woken || now >= until_ns) {
            over_ns = now < over_ns ? now : over_ns;
            if (!stopping || now - over_ns >= moment_ns) {
                break;
            }
        }
        if (!busy) {
            wait_for_news(set, next_time(set, stopping ? over_ns + moment_ns : until_ns));
        }
        woken |= take_wake(set);
    }
    *finished = set->finished;
    set->finished = NULL;
    return HYP_OK;
}

static void wake(void *card)
{
    struct set *set = card;

    atomic_store(&set->is_woken, true);
    tell(set);
}

/* Whether the CPU works in a caller's memory. */
static bool is_in_place(const struct set *set)
{
    for (unsigned i = 0; i < set->active_count; i++) {
        if (set->active[i]->in_place) {
            return true;
        }
    }
    return false;
}

/* Forgets every job. Cards never had the caller's memory; what the CPU does in place ends at its
 * deadline, which is the job's. */
static int reset(void *card, hyp_error *error)
{
    struct set *set = card;

    (void)error;
    set_compute_cancel(set);
    while (is_in_place(set)) {
        take_wake(set); /* the engine looks for itself what there is */
        wait_for_news(set, hyp_clock_ns() + 10000000);
        atomic_store(&set->has_news, false);
        reap_members(set);
    }
    set_jobs_forget(set);
    set->finished = NULL;
    return HYP_OK;
}

/* clang-format off: the exception has to stand on the line of its parameter */
static int list(const hyp_context *context, struct hyp_device_info *infos, size_t capacity,
                size_t *count, /* NOLINT(readability-non-const-parameter): the table's signature */
                hyp_error *error)
/* clang-format on */
{
    (void)context;
    (void)infos;
    (void)capacity;
    (void)count;
    (void)error;
    return HYP_OK; /* sets are made by naming their members */
}

const struct hyp_backend hyp_backend_set = {
    .name = "set",
    .list = list,
    .open = open_set,
    .close = close_set,
    .start = start,
    .progress = progress,
    .wake = wake,
    .reset = reset,
};
