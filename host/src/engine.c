/* The device engine: one thread a device that takes pending slots, starts them on the card,
 * enforces their deadlines, checks what comes back, and brings the card back to life after a fault.
 *
 * It alone calls the backend's open, start, progress, reset and close, so backends need no locks of
 * their own. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "host/src/device.h"
#include "host/src/fail.h"
#include "host/src/known_answers.h"
#include "host/src/patience.h"
#include "host/src/pending.h"
#include "host/src/result_check.h"
#include "host/src/verify.h"

/* What only the engine thread touches. */
struct engine {
    hyp_device *device;
    unsigned index;
    struct hyp_pending pending;  /* taken over from the device */
    bool has_cancelled;          /* some of these were cancelled, perhaps */
    uint64_t order;              /* of the job that started last */
    struct hyp_slot_list flying; /* started on the card */
    struct hyp_verifier verifier;
    bool card_is_up;
    uint64_t retry_ns;            /* when a card that would not come back is tried again */
    struct hyp_patience patience; /* waiting for jobs */
};

/* A card that cannot be reset is not asked again for this long: less than the first pause that a
 * set gives it (health.c), or else the set's next try would always come too early to be one. */
static const uint64_t reset_pause_ns = UINT64_C(200000000);

void hyp_slot_list_clear(struct hyp_slot_list *list)
{
    list->head = NULL;
    list->tail = &list->head;
}

void hyp_slot_list_append(struct hyp_slot_list *list, struct hyp_slot *slot)
{
    slot->next = NULL;
    slot->link = list->tail;
    *list->tail = slot;
    list->tail = &slot->next;
}

void hyp_slot_list_move(struct hyp_slot_list *from, struct hyp_slot_list *to)
{
    if (from->head) {
        from->head->link = to->tail;
        *to->tail = from->head;
        to->tail = from->tail;
        hyp_slot_list_clear(from);
    }
}

/* What is to be known of a job that has come to its end, before its queue gets it back. */
static void conclude(struct hyp_slot *slot, int result)
{
    struct hyp_device *device = hyp_queue_device(slot->queue);

    slot->is_flying = false;
    slot->completion.result = result;
    slot->completion.items_failed = result ? 0 : slot->completion.items_failed;
    slot->completion.finished_ns = hyp_clock_ns();
    if (!slot->completion.started_ns) {
        slot->completion.started_ns = slot->completion.finished_ns;
    }
    if (device->info.kind != HYP_DEVICE_SET) { /* whose members have figures of their own */
        hyp_statistics_completed(&device->statistics, slot, slot->items_checked);
    }
}

/* Gives concluded slots of one queue back to it. */
static void hand_over(struct hyp_slot_list *slots)
{
    if (slots->head) {
        hyp_queue_complete(slots->head->queue, slots);
    }
}

static void complete(struct hyp_slot *slot, int result)
{
    struct hyp_slot_list alone;

    hyp_slot_list_clear(&alone);
    conclude(slot, result);
    hyp_slot_list_append(&alone, slot);
    hand_over(&alone);
}

/* Completes the slots of a list for which `matches` holds and keeps the rest, in order. */
static void complete_matching(struct hyp_slot_list *list, int result,
                              bool (*matches)(const struct hyp_slot *, const void *),
                              const void *argument)
{
    struct hyp_slot *slot = list->head;
    hyp_slot_list_clear(list);
    while (slot) {
        struct hyp_slot *next = slot->next;
        if (matches(slot, argument)) {
            complete(slot, result);
        } else {
            hyp_slot_list_append(list, slot);
        }
        slot = next;
    }
}

static bool any_slot(const struct hyp_slot *slot, const void *unused)
{
    (void)slot;
    (void)unused;
    return true;
}

/* Completes those that wait to be started for which `matches` holds. */
static void complete_pending(struct engine *engine, int result,
                             bool (*matches)(const struct hyp_slot *, const void *),
                             const void *argument)
{
    struct hyp_slot_list taken;

    hyp_slot_list_clear(&taken);
    hyp_pending_take(&engine->pending, matches, argument, &taken);
    complete_matching(&taken, result, any_slot, NULL);
}

static bool is_cancelled(const struct hyp_slot *slot, const void *unused)
{
    (void)unused;
    return atomic_load(&slot->state) == HYP_SLOT_CANCELLED;
}

static bool is_late(const struct hyp_slot *slot, const void *now)
{
    return slot->run.deadline_ns <= *(const uint64_t *)now;
}

/* From here on a pending job can no longer be cancelled; false if it was. */
static bool claim(const struct hyp_slot *slot, const void *unused)
{
    int expected = HYP_SLOT_PENDING;
    (void)unused;
    return atomic_compare_exchange_strong((atomic_int *)&slot->state, &expected, HYP_SLOT_STARTED);
}

static bool claim_late(const struct hyp_slot *slot, const void *now)
{
    return is_late(slot, now) && claim(slot, NULL);
}

static bool claim_resident(const struct hyp_slot *slot, const void *unused)
{
    return slot->run.resident && claim(slot, unused);
}

static void remember_fault(hyp_device *device, const hyp_error *fault)
{
    pthread_mutex_lock(&device->lock);
    device->last_fault = *fault;
    pthread_mutex_unlock(&device->lock);
    hyp_statistics_fault(&device->statistics);
    hyp_emit(device->context, fault->code == HYP_EMISMATCH ? HYP_EVENT_LIE : HYP_EVENT_FAULT,
             device->info.name, 0, fault->code, "%s: %s", device->info.name, fault->message);
}

static void leave_out(struct engine *engine, hyp_error *error, int result)
{
    error->code = result;
    engine->retry_ns = hyp_clock_ns() + reset_pause_ns;
    hyp_statistics_state(&engine->device->statistics, HYP_STATE_QUARANTINED);
    remember_fault(engine->device, error);
}

/* Makes the card fresh: from here on it writes to no memory of before. Returns whether it may be
 * admitted. */
static bool reset_card(struct engine *engine)
{
    hyp_device *device = engine->device;
    hyp_error error = {0, ""};

    hyp_statistics_state(&device->statistics, HYP_STATE_RESETTING);
    hyp_emit(device->context, HYP_EVENT_RESET, device->info.name, 0, 0, "%s: resetting",
             device->info.name);
    engine->card_is_up = false;
    int result = device->backend->reset(device->card, &error);
    hyp_residency_lost(device);
    if (result) {
        leave_out(engine, &error, result);
    }
    return result == HYP_OK;
}

/* What a job costs for fairness: its bytes, and a launch. */
static uint64_t cost_of(const struct hyp_slot *slot)
{
    enum { LAUNCH_BYTES = 4096 };
    return slot->run.input_bytes + slot->run.output_bytes + LAUNCH_BYTES;
}

/* Start-time fair queueing: a queue's jobs follow each other at distances of their cost divided by
 * the queue's weight, and a queue that had nothing waiting begins where the device is. Goyal, Vin,
 * Cheng, Start-time fair queuing, 1996. */
static void give_order(const struct engine *engine, struct hyp_slot_list *slots)
{
    enum { SCALE = 16 };
    for (struct hyp_slot *slot = slots->head; slot; slot = slot->next) {
        struct hyp_share *share = slot->share;
        slot->run.order = share->order > engine->order ? share->order : engine->order;
        share->order = slot->run.order + cost_of(slot) * SCALE / share->weight;
    }
}

/* Takes over what was submitted and says whether to go on. Called with the lock held, and gives it
 * back. */
static bool take_over(struct engine *engine)
{
    hyp_device *device = engine->device;
    struct hyp_slot_list newcomers;

    hyp_slot_list_clear(&newcomers);
    hyp_slot_list_move(&device->pending, &newcomers);
    engine->has_cancelled = device->has_cancelled;
    device->has_cancelled = false;
    bool go_on = !device->stopping;
    /* Set under the lock that submitters take: whoever submits from now on wakes progress. */
    device->in_progress = go_on;
    pthread_mutex_unlock(&device->lock);
    give_order(engine, &newcomers);
    hyp_pending_add(&engine->pending, &newcomers);
    return go_on;
}

static void stop_waiting_here(hyp_device *device)
{
    pthread_mutex_lock(&device->lock);
    device->in_progress = false;
    pthread_mutex_unlock(&device->lock);
}

/* Completes what waits and is to wait no longer. */
static void complete_due(struct engine *engine, uint64_t now)
{
    if (engine->has_cancelled) {
        complete_pending(engine, HYP_ECANCELED, is_cancelled, NULL);
    }
    if (now >= engine->pending.first_deadline) {
        complete_pending(engine, HYP_ETIMEDOUT, claim_late, &now);
    }
}

/* While a card is asked for its known answers. */
static uint64_t look_after_pending(void *argument)
{
    struct engine *engine = argument;

    pthread_mutex_lock(&engine->device->lock);
    take_over(engine);
    complete_due(engine, hyp_clock_ns());
    return engine->pending.first_deadline;
}

/* Asks a fresh card for its known answers before it gets work again. */
static void admit_card(struct engine *engine)
{
    hyp_device *device = engine->device;
    const struct hyp_meanwhile meanwhile = {look_after_pending, engine};
    hyp_error error = {0, ""};

    int result = hyp_known_answers(device->backend, device->card, &device->info, device->context,
                                   &meanwhile, &error);
    stop_waiting_here(device);
    engine->card_is_up = result == HYP_OK;
    if (result) {
        leave_out(engine, &error, result);
    } else {
        hyp_statistics_state(&device->statistics, HYP_STATE_READY);
        hyp_emit(device->context, HYP_EVENT_ADMITTED, device->info.name, 0, 0,
                 "%s: reset, known answers are right", device->info.name);
    }
}

/* The card is gone, or has told something impossible: what was on it has no result. `refuted` are
 * slots whose result is already known to be wrong. All complete after the reset, when no memory of
 * theirs can be written any more, but before the known answers, which take their time. */
static void lose_card(struct engine *engine, const hyp_error *fault, struct hyp_slot_list *refuted)
{
    remember_fault(engine->device, fault);
    bool fresh = reset_card(engine);
    complete_matching(&engine->flying, HYP_EDEVICE, any_slot, NULL);
    while (refuted && refuted->head) {
        struct hyp_slot *slot = refuted->head;
        refuted->head = slot->next;
        complete(slot, slot->completion.result);
    }
    if (fresh) {
        admit_card(engine);
    }
}

/* A run has missed its deadline. Its memory may still be written, so nobody gets it back before the
 * card was reset; the innocent runs that were on the card with it start again. */
static void miss_deadline(struct engine *engine, uint64_t now)
{
    hyp_error fault;

    hyp_fail(&fault, HYP_ETIMEDOUT, "a job missed its deadline; the card is reset");
    remember_fault(engine->device, &fault);
    bool fresh = reset_card(engine);
    complete_matching(&engine->flying, HYP_ETIMEDOUT, is_late, &now);
    for (struct hyp_slot *slot = engine->flying.head; slot; slot = slot->next) {
        atomic_store(&slot->state, HYP_SLOT_PENDING);
        slot->is_flying = false;
    }
    hyp_pending_add(&engine->pending, &engine->flying);
    if (fresh) {
        admit_card(engine);
    }
}

/* From here to its end a job can no longer be cancelled, unless the card has no room for it yet. */
static int start_slot(hyp_device *device, struct hyp_slot *slot)
{
    if (!claim(slot, NULL)) {
        return HYP_ECANCELED;
    }
    int result = device->backend->start(device->card, &slot->run);
    if (result == HYP_EAGAIN) {
        atomic_store(&slot->state, HYP_SLOT_PENDING);
    }
    return result;
}

/* More beats than a card reads in that time: 256 GB/s. */
static uint64_t beats_in(uint64_t ns)
{
    return 4 * ns;
}

/* Whether what the card must have read was summed up, which is done while the card is at work and
 * before anything that it does could touch the input. Not where items read the same data again and
 * again: then it has to wait until the card is through with it, because deadlines cannot wait. */
static bool vouch_for_input(const hyp_device *device, struct hyp_slot *slot)
{
    const struct hyp_run *run = &slot->run;

    return hyp_result_is_of_card(device->info.kind) &&
           hyp_input_crc(&slot->header, run->input, run->resident,
                         2 * (run->input_bytes / HYP_SECTION_ALIGNMENT + 1), &slot->input_crc);
}

/* The same when the card says that it is done. It takes no longer than a card can have taken. */
static int vouch_late(struct hyp_slot *slot, hyp_error *fault)
{
    const struct hyp_run *run = &slot->run;
    uint64_t most_beats = run->input_bytes / HYP_SECTION_ALIGNMENT +
                          beats_in(hyp_clock_ns() - slot->completion.started_ns);

    return hyp_input_crc(&slot->header, run->input, run->resident, most_beats, &slot->input_crc)
               ? HYP_OK
               : hyp_fail(fault, HYP_EDEVICE,
                          "the card says that it is done, sooner than it can have read its input");
}

/* Starts what the card has room for. A full unit blocks only its own op. */
static void start_pending(struct engine *engine)
{
    hyp_device *device = engine->device;
    bool full[HYP_MAX_OPS] = {false};
    struct hyp_slot *slot;

    while ((slot = hyp_pending_first(&engine->pending, full)) != NULL) {
        uint64_t now = hyp_clock_ns(); /* before: a card may be done when start returns */
        int result = start_slot(device, slot);
        if (result == HYP_EAGAIN) {
            full[slot->run.op % HYP_MAX_OPS] = true;
            continue;
        }
        hyp_pending_remove_first(&engine->pending, slot);
        if (result) {
            complete(slot, result);
        } else {
            slot->completion.started_ns = now;
            slot->input_is_known = vouch_for_input(device, slot);
            engine->order = slot->run.order > engine->order ? slot->run.order : engine->order;
            slot->is_flying = true;
            hyp_slot_list_append(&engine->flying, slot);
        }
    }
}

/* Whether jobs may start now: the card must have what is to stay on it, and gets it while nothing
 * runs there. */
static bool bring_up_to_date(struct engine *engine)
{
    hyp_device *device = engine->device;
    hyp_error fault = {0, ""};

    if (!engine->card_is_up || !hyp_residency_is_stale(&device->residency)) {
        return true;
    }
    if (engine->flying.head) {
        return false;
    }
    int result = hyp_residency_update(device);
    if (result == HYP_EDEVICE) {
        hyp_fail(&fault, result, "the card does not take its resident memory");
        lose_card(engine, &fault, NULL);
        return false;
    }
    if (result) {
        complete_pending(engine, result, claim_resident, NULL);
    }
    /* It took its time: first those that are late by now are told. */
    return result != HYP_OK;
}

/* Takes a slot off the flying ones. False: it is none, because the backend has returned it twice.
 */
static bool land(struct engine *engine, struct hyp_slot *slot)
{
    if (!slot->is_flying) {
        return false;
    }
    slot->is_flying = false;
    *slot->link = slot->next;
    if (slot->next) {
        slot->next->link = slot->link;
    } else {
        engine->flying.tail = slot->link;
    }
    return true;
}

/* The card is never trusted: neither the frame of its answer nor, unless its queue says so, the
 * values. */
static int check_slot(struct engine *engine, struct hyp_slot *slot, hyp_error *fault)
{
    const hyp_device_info *info = &engine->device->info;
    if (slot->run.last_item) {
        return HYP_OK; /* a part: the CPU's, for the set above, which writes the frame */
    }
    int result = slot->input_is_known || !hyp_result_is_of_card(info->kind)
                     ? HYP_OK
                     : vouch_late(slot, fault);
    if (result == HYP_OK) {
        result = hyp_result_check(&slot->header, slot->run.input, slot->run.output, info->kind,
                                  slot->input_crc, &slot->completion.items_failed, fault);
    }
    if (result == HYP_OK && hyp_result_is_of_card(info->kind)) {
        uint64_t before = engine->verifier.checked;
        result = hyp_verify(&engine->verifier, slot->run.verify, &slot->header, &slot->run, fault);
        slot->items_checked = engine->verifier.checked - before;
    }
    return result;
}

static bool is_to_be_verified(const struct engine *engine, const struct hyp_slot *slot)
{
    return slot->run.verify != HYP_VERIFY_OFF && hyp_result_is_of_card(engine->device->info.kind);
}

/* Jobs of one queue go back to it together, so that their owner is woken once for all; but none
 * waits while another is checked. */
static void finish(struct engine *engine, struct hyp_run *finished)
{
    enum { MOST_TOGETHER = 16 }; /* with all, owner and device would take turns */
    struct hyp_slot_list refuted;
    struct hyp_slot_list done;
    hyp_error fault = {0, ""}; /* the first */
    hyp_error another;
    unsigned count = 0;

    hyp_slot_list_clear(&refuted);
    hyp_slot_list_clear(&done);
    while (finished) {
        struct hyp_slot *slot = (struct hyp_slot *)finished;
        finished = finished->next;
        if (!land(engine, slot)) {
            continue;
        }
        if (done.head && (done.head->queue != slot->queue || count % MOST_TOGETHER == 0 ||
                          is_to_be_verified(engine, slot))) {
            hand_over(&done);
        }
        count++;
        int result = slot->run.result;
        hyp_error *found = refuted.head ? &another : &fault;
        found->code = 0;
        if (result == HYP_OK) {
            result = check_slot(engine, slot, found);
        }
        if (found->code) {
            slot->completion.result = found->code;
            hyp_slot_list_append(&refuted, slot);
        } else {
            conclude(slot, result);
            hyp_slot_list_append(&done, slot);
        }
    }
    hand_over(&done);
    if (refuted.head) {
        /* A card that lies may also write when it says it is done. */
        lose_card(engine, &fault, &refuted);
    }
}

static uint64_t earliest_deadline(const struct engine *engine)
{
    uint64_t earliest = engine->pending.first_deadline;
    for (const struct hyp_slot *slot = engine->flying.head; slot; slot = slot->next) {
        earliest = slot->run.deadline_ns < earliest ? slot->run.deadline_ns : earliest;
    }
    return earliest;
}

static void wait_for_progress(struct engine *engine)
{
    hyp_device *device = engine->device;
    struct hyp_run *finished = NULL;
    hyp_error error = {0, ""};
    uint64_t now = hyp_clock_ns(); /* late is what was so before: a backend may end it by itself */

    int result =
        device->backend->progress(device->card, earliest_deadline(engine), &finished, &error);
    pthread_mutex_lock(&device->lock);
    device->in_progress = false;
    pthread_mutex_unlock(&device->lock);
    finish(engine, finished);
    if (result < 0) {
        error.code = result;
        lose_card(engine, &error, NULL);
        return;
    }
    for (const struct hyp_slot *slot = engine->flying.head; slot; slot = slot->next) {
        if (is_late(slot, &now)) {
            miss_deadline(engine, now);
            break;
        }
    }
}

/* With the lock held. */
static bool is_idle(const struct engine *engine)
{
    const hyp_device *device = engine->device;

    return !device->stopping && !device->pending.head && !engine->pending.count &&
           !engine->flying.head;
}

/* Waits for work, takes it over, and says whether to go on. */
static bool take_work(struct engine *engine)
{
    hyp_device *device = engine->device;

    pthread_mutex_lock(&device->lock);
    if (is_idle(engine)) {
        atomic_store(&device->has_news, false);
        pthread_mutex_unlock(&device->lock);
        uint64_t began = hyp_patience_spin(&engine->patience, &device->has_news, UINT64_MAX,
                                           device->context->cores);
        pthread_mutex_lock(&device->lock);
        while (is_idle(engine)) {
            pthread_cond_wait(&device->changed, &device->lock);
        }
        hyp_patience_learn(&engine->patience, began);
    }
    return take_over(engine);
}

/* A reset, too, may swallow the wake of who submits meanwhile: what there is has to be looked for
 * anew afterwards. */
static void retry_card(struct engine *engine)
{
    stop_waiting_here(engine->device);
    if (reset_card(engine)) {
        admit_card(engine);
    }
}

static void serve(struct engine *engine)
{
    while (take_work(engine)) {
        uint64_t now = hyp_clock_ns();
        complete_due(engine, now);
        if (!engine->card_is_up && now >= engine->retry_ns) {
            retry_card(engine);
            continue;
        }
        if (!engine->card_is_up) {
            complete_pending(engine, HYP_EDEVICE, claim, NULL);
        }
        if (bring_up_to_date(engine)) {
            start_pending(engine);
        }
        if (engine->flying.head) {
            wait_for_progress(engine);
        } else {
            stop_waiting_here(engine->device);
        }
    }
}

static int open_card(struct engine *engine, hyp_error *error)
{
    hyp_device *device = engine->device;
    int result = device->backend->open(device->context, engine->index, &device->options,
                                       &device->card, &device->info, error);
    if (result) {
        return result;
    }
    result = hyp_known_answers(device->backend, device->card, &device->info, device->context, NULL,
                               error);
    if (result) {
        device->backend->close(device->card);
    }
    return result;
}

struct start_arguments {
    hyp_device *device;
    unsigned index;
};

static void *run_engine(void *argument)
{
    struct start_arguments *start = argument;
    hyp_device *device = start->device;
    struct engine engine = {.device = device, .index = start->index, .card_is_up = true};
    hyp_error error = {0, ""};

    free(start);
    hyp_pending_init(&engine.pending);
    hyp_slot_list_clear(&engine.flying);
    int result = hyp_verifier_init(&engine.verifier, device->context);
    if (result == HYP_OK) {
        result = open_card(&engine, &error);
    }

    pthread_mutex_lock(&device->lock);
    device->open_result = result;
    device->open_error = error;
    device->opened = true;
    pthread_cond_broadcast(&device->changed);
    pthread_mutex_unlock(&device->lock);
    if (result) {
        return NULL;
    }
    hyp_statistics_state(&device->statistics, HYP_STATE_READY);
    serve(&engine);
    device->backend->close(device->card);
    device->card = NULL;
    complete_matching(&engine.flying, HYP_ECANCELED, any_slot, NULL);
    complete_pending(&engine, HYP_ECANCELED, any_slot, NULL);
    hyp_verifier_release(&engine.verifier);
    return NULL;
}

/* Signals belong to the program's own threads. */
static int start_thread(hyp_device *device, struct start_arguments *start)
{
    sigset_t all;
    sigset_t before;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int failed = pthread_create(&device->thread, NULL, run_engine, start);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return failed;
}

int hyp_engine_start(hyp_device *device, unsigned index, hyp_error *error)
{
    struct start_arguments *start = malloc(sizeof *start);
    if (!start) {
        return hyp_fail(error, HYP_ENOMEM, "no memory to start a device");
    }
    *start = (struct start_arguments){device, index};
    if (start_thread(device, start) != 0) {
        free(start);
        return hyp_fail(error, HYP_ENOMEM, "no thread for a device");
    }
    pthread_mutex_lock(&device->lock);
    while (!device->opened) {
        pthread_cond_wait(&device->changed, &device->lock);
    }
    int result = device->open_result;
    if (result) {
        hyp_fail(error, result, "%s", device->open_error.message);
    }
    pthread_mutex_unlock(&device->lock);
    if (result) {
        pthread_join(device->thread, NULL);
    }
    return result;
}

/* With the lock held. */
static void wake_engine(hyp_device *device)
{
    atomic_store_explicit(&device->has_news, true, memory_order_release);
    if (device->in_progress) {
        device->backend->wake(device->card);
    } else {
        pthread_cond_signal(&device->changed);
    }
}

void hyp_engine_stop(hyp_device *device)
{
    pthread_mutex_lock(&device->lock);
    bool is_first = !device->stopping;
    device->stopping = true;
    wake_engine(device);
    pthread_mutex_unlock(&device->lock);
    if (is_first) {
        pthread_join(device->thread, NULL);
    }
}

void hyp_engine_submit(hyp_device *device, struct hyp_slot_list *slots)
{
    pthread_mutex_lock(&device->lock);
    hyp_slot_list_move(slots, &device->pending);
    wake_engine(device);
    pthread_mutex_unlock(&device->lock);
}

void hyp_engine_wake(hyp_device *device)
{
    pthread_mutex_lock(&device->lock);
    device->has_cancelled = true;
    wake_engine(device);
    pthread_mutex_unlock(&device->lock);
}
