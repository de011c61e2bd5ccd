#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "host/src/buffer.h"
#include "host/src/device.h"
#include "host/src/ops/op.h"
#include "host/src/options.h"
#include "host/src/patience.h"

enum { DEFAULT_DEPTH = 64, MAX_DEPTH = 65536, LATENCY_WEIGHT = 16 };

struct hyp_queue {
    hyp_device *device;
    uint32_t depth;
    hyp_verify_mode verify;
    struct hyp_share share;
    struct hyp_slot *slots;
    struct hyp_slot *free_slots;  /* of the owner thread alone */
    uint32_t in_flight;           /* submitted and not yet reaped; of the owner thread alone */
    struct hyp_patience patience; /* of the owner thread alone */
    void (*tell)(void *argument); /* that a job has completed; or NULL */
    void *tell_argument;
    int event_fd;

    pthread_mutex_t lock; /* guards what follows, shared with the engine */
    pthread_cond_t done;
    struct hyp_slot_list finished;
    atomic_bool has_finished; /* whether that is not empty; changed under the lock, read without */
    bool owner_waits;
    bool wants_events; /* the owner has asked for the descriptor: keep it up to date */
};

static int init_sync(hyp_queue *queue)
{
    pthread_condattr_t attributes;

    queue->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (queue->event_fd < 0) {
        return HYP_EIO;
    }
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_mutex_init(&queue->lock, NULL);
    pthread_cond_init(&queue->done, &attributes);
    pthread_condattr_destroy(&attributes);
    return HYP_OK;
}

int hyp_queue_create(hyp_device *device, const hyp_queue_options *options, hyp_queue **queue)
{
    hyp_queue_options wanted = HYP_QUEUE_OPTIONS_INIT;

    if (!device || !queue) {
        return HYP_EINVAL;
    }
    *queue = NULL;
    if (hyp_context_is_foreign(device->context)) {
        return HYP_EFORKED;
    }
    int result = hyp_options_copy(&wanted, sizeof wanted, options, NULL);
    if (result || wanted.depth > MAX_DEPTH || (int)wanted.verify < HYP_VERIFY_SAMPLED ||
        wanted.verify > HYP_VERIFY_OFF || (int)wanted.priority < HYP_PRIORITY_BULK ||
        wanted.priority > HYP_PRIORITY_LATENCY) {
        return HYP_EINVAL;
    }
    hyp_queue *made = calloc(1, sizeof *made);
    if (!made) {
        return HYP_ENOMEM;
    }
    made->device = device;
    made->verify = wanted.verify;
    made->share.weight = wanted.priority == HYP_PRIORITY_LATENCY ? LATENCY_WEIGHT : 1;
    made->depth = wanted.depth ? wanted.depth : DEFAULT_DEPTH;
    made->slots = calloc(made->depth, sizeof *made->slots);
    result = made->slots ? init_sync(made) : HYP_ENOMEM;
    if (result) {
        free(made->slots);
        free(made);
        return result;
    }
    hyp_slot_list_clear(&made->finished);
    for (uint32_t i = 0; i < made->depth; i++) {
        made->slots[i].queue = made;
        made->slots[i].share = &made->share;
        made->slots[i].next = made->free_slots;
        made->free_slots = &made->slots[i];
    }
    *queue = made;
    return HYP_OK;
}

hyp_device *hyp_queue_device(const hyp_queue *queue)
{
    return queue->device;
}

/* Items become final while the job runs. The owner says what it wants before it looks for it under
 * the lock, and here the count is set before that is looked at: so none sleeps through it. */
static void tell_items(struct hyp_slot *slot, uint32_t items)
{
    hyp_queue *queue = slot->queue;

    atomic_store(&slot->items_done, items);
    uint32_t wanted = atomic_load(&slot->items_wanted);
    if (wanted && items >= wanted) {
        pthread_mutex_lock(&queue->lock);
        pthread_cond_signal(&queue->done);
        pthread_mutex_unlock(&queue->lock);
    }
}

static void advanced(struct hyp_run *run)
{
    tell_items((struct hyp_slot *)run, run->items_done);
}

/* A job's own deadline, or that of the device; no timeout is too long. */
static uint64_t deadline_of(const hyp_device *device, const hyp_job *job, uint64_t now)
{
    uint64_t deadline;

    if (job->deadline_ns) {
        return job->deadline_ns;
    }
    return __builtin_add_overflow(now, device->options.job_timeout_ns, &deadline) ? UINT64_MAX
                                                                                  : deadline;
}

/* Checks a job and fills in its slot. */
static int accept(const hyp_queue *queue, const hyp_job *job,
                  const struct hyp_submission *submission, struct hyp_slot *slot)
{
    hyp_device *device = queue->device;

    if (!job->input || !job->output || job->input == job->output || job->input->device != device ||
        job->output->device != device || job->input_bytes > job->input->memory.size) {
        return HYP_EINVAL;
    }
    memcpy(&slot->header, job->input->memory.data, sizeof slot->header);
    int result = hyp_batch_check(&slot->header, job->input_bytes);
    if (result) {
        return result;
    }
    const hyp_op_capability *capability = hyp_device_capability(device, (hyp_op)slot->header.op);
    if (!capability) {
        return HYP_ENOTSUP;
    }
    size_t output_bytes = hyp_batch_output_bytes(&slot->header);
    if (slot->header.item_count > capability->max_items ||
        job->input_bytes > capability->max_input_bytes || output_bytes > job->output->memory.size) {
        return HYP_ETOOBIG;
    }
    uint64_t now = hyp_clock_ns();
    slot->run = (struct hyp_run){
        .op = (hyp_op)slot->header.op,
        .input = &job->input->memory,
        .output = &job->output->memory,
        .resident = submission->resident,
        .input_bytes = job->input_bytes,
        .output_bytes = output_bytes,
        .deadline_ns = deadline_of(device, job, now),
        .verify = submission->verify,
        .urgent = queue->share.weight == LATENCY_WEIGHT,
        .first_item = submission->first_item,
        .last_item = submission->last_item,
        .advanced = advanced,
    };
    atomic_store(&slot->items_done, 0);
    slot->completion = (hyp_completion){.user = job->user, .submitted_ns = now};
    slot->items_checked = 0;
    atomic_store(&slot->state, HYP_SLOT_PENDING);
    return HYP_OK;
}

static int submit(hyp_queue *queue, const hyp_job *jobs, size_t count,
                  const struct hyp_submission *submission)
{
    struct hyp_slot_list accepted;
    int result = HYP_OK;
    int taken = 0;

    hyp_slot_list_clear(&accepted);
    for (size_t i = 0; i < count && queue->free_slots; i++) {
        struct hyp_slot *slot = queue->free_slots;
        struct hyp_slot *next_free = slot->next;
        result = accept(queue, &jobs[i], submission, slot);
        if (result) {
            break;
        }
        queue->free_slots = next_free;
        hyp_slot_list_append(&accepted, slot);
        taken++;
    }
    if (taken == 0) {
        return result;
    }
    queue->in_flight += (uint32_t)taken;
    hyp_engine_submit(queue->device, &accepted);
    return taken;
}

int hyp_queue_submit(hyp_queue *queue, const hyp_job *jobs, size_t count)
{
    if (!queue || (count && !jobs)) {
        return HYP_EINVAL;
    }
    if (hyp_context_is_foreign(queue->device->context)) {
        return HYP_EFORKED;
    }
    const struct hyp_submission submission = {.verify = queue->verify};
    return submit(queue, jobs, count, &submission);
}

int hyp_queue_submit_as(hyp_queue *queue, const hyp_job *job,
                        const struct hyp_submission *submission)
{
    return submit(queue, job, 1, submission);
}

int hyp_queue_submit_resident(hyp_queue *queue, const hyp_job *job, const struct hyp_memory *arena)
{
    const struct hyp_submission submission = {.verify = queue->verify, .resident = arena};
    return submit(queue, job, 1, &submission);
}

static void raise_event(const hyp_queue *queue)
{
    uint64_t one = 1;
    /* Can only fail when the counter is full, and then it is readable as it should be. */
    ssize_t ignored = write(queue->event_fd, &one, sizeof one);
    (void)ignored;
}

static void clear_event(const hyp_queue *queue)
{
    uint64_t count;
    /* Can only fail when nothing was raised. */
    ssize_t ignored = read(queue->event_fd, &count, sizeof count);
    (void)ignored;
}

void hyp_queue_tell(hyp_queue *queue, void (*tell)(void *argument), void *argument)
{
    queue->tell = tell;
    queue->tell_argument = argument;
}

void hyp_queue_complete(hyp_queue *queue, struct hyp_slot_list *slots)
{
    for (struct hyp_slot *slot = slots->head; slot; slot = slot->next) {
        if (slot->completion.result == HYP_OK) {
            atomic_store(&slot->items_done, slot->header.item_count);
        }
    }
    pthread_mutex_lock(&queue->lock);
    bool was_empty = !queue->finished.head;
    hyp_slot_list_move(slots, &queue->finished);
    atomic_store_explicit(&queue->has_finished, true, memory_order_release);
    if (queue->owner_waits) {
        pthread_cond_signal(&queue->done);
    }
    if (was_empty && queue->wants_events) {
        raise_event(queue);
    }
    if (queue->tell) {
        queue->tell(queue->tell_argument);
    }
    pthread_mutex_unlock(&queue->lock);
}

int hyp_queue_reap(hyp_queue *queue, hyp_completion *completions, size_t capacity)
{
    int reaped = 0;

    if (!queue || (capacity && !completions)) {
        return HYP_EINVAL;
    }
    if (hyp_context_is_foreign(queue->device->context)) {
        return HYP_EFORKED;
    }
    pthread_mutex_lock(&queue->lock);
    while (queue->finished.head && (size_t)reaped < capacity) {
        struct hyp_slot *slot = queue->finished.head;
        queue->finished.head = slot->next;
        completions[reaped++] = slot->completion;
        atomic_store(&slot->state, HYP_SLOT_FREE);
        slot->next = queue->free_slots;
        queue->free_slots = slot;
    }
    if (!queue->finished.head) {
        hyp_slot_list_clear(&queue->finished);
        atomic_store_explicit(&queue->has_finished, false, memory_order_relaxed);
        if (reaped && queue->wants_events) {
            clear_event(queue);
        }
    }
    pthread_mutex_unlock(&queue->lock);
    queue->in_flight -= (uint32_t)reaped;
    return reaped;
}

static struct timespec to_timespec(uint64_t ns)
{
    return (struct timespec){(time_t)(ns / 1000000000u), (long)(ns % 1000000000u)};
}

int hyp_queue_wait(hyp_queue *queue, uint64_t deadline_ns)
{
    const struct timespec until = to_timespec(deadline_ns);
    int result = HYP_OK;

    if (!queue) {
        return HYP_EINVAL;
    }
    if (hyp_context_is_foreign(queue->device->context)) {
        return HYP_EFORKED;
    }
    if (!queue->in_flight) {
        return HYP_EAGAIN;
    }
    if (atomic_load_explicit(&queue->has_finished, memory_order_acquire)) {
        return HYP_OK;
    }
    uint64_t began = hyp_patience_spin(&queue->patience, &queue->has_finished, deadline_ns,
                                       queue->device->context->cores);
    pthread_mutex_lock(&queue->lock);
    queue->owner_waits = true;
    while (!queue->finished.head && result != HYP_ETIMEDOUT) {
        if (pthread_cond_timedwait(&queue->done, &queue->lock, &until) == ETIMEDOUT) {
            result = HYP_ETIMEDOUT;
        }
    }
    queue->owner_waits = false;
    if (queue->finished.head) {
        result = HYP_OK;
    }
    pthread_mutex_unlock(&queue->lock);
    hyp_patience_learn(&queue->patience, began);
    return result;
}

/* The slot of a job that is submitted and not yet reaped; the oldest of several. */
static struct hyp_slot *find_slot(const hyp_queue *queue, const void *user)
{
    struct hyp_slot *oldest = NULL;

    for (uint32_t i = 0; i < queue->depth; i++) {
        struct hyp_slot *slot = &queue->slots[i];
        if (atomic_load(&slot->state) != HYP_SLOT_FREE && slot->completion.user == user &&
            (!oldest || slot->completion.submitted_ns < oldest->completion.submitted_ns)) {
            oldest = slot;
        }
    }
    return oldest;
}

static bool is_finished(const hyp_queue *queue, const struct hyp_slot *wanted)
{
    const struct hyp_slot *slot = queue->finished.head;

    while (slot && slot != wanted) {
        slot = slot->next;
    }
    return slot != NULL;
}

int hyp_queue_items_done(const hyp_queue *queue, const void *user)
{
    if (queue && hyp_context_is_foreign(queue->device->context)) {
        return HYP_EFORKED;
    }
    const struct hyp_slot *slot = queue ? find_slot(queue, user) : NULL;

    return slot ? (int)atomic_load(&slot->items_done) : HYP_EINVAL;
}

int hyp_queue_wait_items(hyp_queue *queue, const void *user, uint32_t items, uint64_t deadline_ns)
{
    const struct timespec until = to_timespec(deadline_ns);
    bool in_time = true;

    if (queue && hyp_context_is_foreign(queue->device->context)) {
        return HYP_EFORKED;
    }
    struct hyp_slot *slot = queue ? find_slot(queue, user) : NULL;
    if (!slot) {
        return HYP_EINVAL;
    }
    pthread_mutex_lock(&queue->lock);
    queue->owner_waits = true;
    atomic_store(&slot->items_wanted, items);
    while (in_time && atomic_load(&slot->items_done) < items && !is_finished(queue, slot)) {
        in_time = pthread_cond_timedwait(&queue->done, &queue->lock, &until) != ETIMEDOUT;
    }
    atomic_store(&slot->items_wanted, 0);
    queue->owner_waits = false;
    in_time = in_time || is_finished(queue, slot);
    pthread_mutex_unlock(&queue->lock);
    uint32_t done = atomic_load(&slot->items_done);
    return in_time || done >= items ? (int)done : HYP_ETIMEDOUT;
}

int hyp_queue_eventfd(hyp_queue *queue)
{
    if (hyp_context_is_foreign(queue->device->context)) {
        return HYP_EFORKED;
    }
    pthread_mutex_lock(&queue->lock);
    if (!queue->wants_events) {
        queue->wants_events = true;
        if (queue->finished.head) {
            raise_event(queue);
        }
    }
    pthread_mutex_unlock(&queue->lock);
    return queue->event_fd;
}

static int cancel(hyp_queue *queue, const void *user, bool any_user)
{
    int cancelled = 0;

    for (uint32_t i = 0; i < queue->depth; i++) {
        struct hyp_slot *slot = &queue->slots[i];
        int expected = HYP_SLOT_PENDING;
        if ((any_user || slot->completion.user == user) &&
            atomic_compare_exchange_strong(&slot->state, &expected, HYP_SLOT_CANCELLED)) {
            cancelled++;
        }
    }
    if (cancelled) {
        hyp_engine_wake(queue->device);
    }
    return cancelled;
}

int hyp_queue_cancel(hyp_queue *queue, const void *user)
{
    if (!queue) {
        return HYP_EINVAL;
    }
    return hyp_context_is_foreign(queue->device->context) ? HYP_EFORKED
                                                          : cancel(queue, user, false);
}

void hyp_queue_destroy(hyp_queue *queue)
{
    hyp_completion completion;

    if (!queue || hyp_context_is_foreign(queue->device->context)) {
        return;
    }
    cancel(queue, NULL, true);
    while (queue->in_flight) {
        hyp_queue_wait(queue, UINT64_MAX / 2);
        hyp_queue_reap(queue, &completion, 1);
    }
    pthread_cond_destroy(&queue->done);
    pthread_mutex_destroy(&queue->lock);
    close(queue->event_fd);
    free(queue->slots);
    free(queue);
}
