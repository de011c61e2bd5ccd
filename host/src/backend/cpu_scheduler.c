#include "host/src/backend/cpu_scheduler.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "host/src/backend/cpu_ops.h"
#include "host/src/ops/op.h"
#include "host/src/result_check.h"

/* A chunk that turns out to last longer than planned is stopped, so that wake, deadlines and reset
 * do not wait for it: an attacker can make an op's plan wrong by orders of magnitude. */
static const uint64_t yield_after_ns = 1000000;

/* A run that is offered is taken where the last one before it leaves each thread less to begin with
 * than this: so much that none runs dry before more is taken, so little that others overtake what
 * waits. */
static const uint64_t enough_ns = 500000;

/* A batch between start and its return by progress. */
struct task {
    struct hyp_run *run; /* NULL: none */
    const struct hyp_cpu_op *op;
    hyp_batch_header header;
    struct hyp_cpu_plan plan;
    uint32_t items;       /* or parts of items, where the op cuts them (struct hyp_cpu_plan) */
    uint32_t next_item;   /* the first that was never handed out */
    uint32_t items_left;  /* not computed yet */
    struct chunk *chunks; /* being computed */
    uint32_t failed;      /* items */
    int result;
    struct task *next; /* of the open or the free list */
};

struct chunk {
    struct task *task;
    uint32_t first;
    uint32_t last;
    struct chunk *next; /* of those of its task that are being computed */
};

struct hyp_cpu_scheduler {
    pthread_mutex_t lock; /* over everything below, but not while computing */
    pthread_cond_t work;  /* there may be something to take, or stopping */
    pthread_cond_t news;  /* for the thread in progress or reset */
    const hyp_context *context;
    unsigned threads;
    unsigned started_workers;
    unsigned sleeping_workers;
    unsigned chunks; /* of all tasks, being computed */
    bool stopping;
    bool resetting;
    bool woken;
    bool refused;                 /* a run, because there was enough */
    void (*tell)(void *argument); /* that something has finished; or NULL */
    void *tell_argument;
    struct task *open; /* tasks with items that were never handed out, oldest first */
    struct task **open_end;
    struct task *newest; /* of these, the last */
    struct task *free;
    struct hyp_run *finished;
    struct hyp_run **finished_end;
    struct task tasks[HYP_CPU_MAX_RUNS];
    struct chunk *rests; /* of chunks that were stopped halfway; one a thread at most */
    unsigned rest_count;
    pthread_t workers[]; /* threads − 1 */
};

static uint64_t min_u64(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static uint64_t max_u64(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

/* Saturates. */
static uint64_t open_cost_ns(const struct task *task)
{
    uint64_t items = task->items - task->next_item;
    uint64_t cost_ps;

    return (__builtin_mul_overflow(items, task->plan.item_ps, &cost_ps) ? UINT64_MAX : cost_ps) /
           1000;
}

/* Whether what was never handed out keeps all threads busy for a while. */
static bool has_enough(const struct hyp_cpu_scheduler *scheduler)
{
    return scheduler->newest && open_cost_ns(scheduler->newest) >= enough_ns * scheduler->threads;
}

/* How many items to take: a share of what is left, so that all threads end together. */
static uint32_t chunk_items(const struct hyp_cpu_scheduler *scheduler, const struct task *task)
{
    const struct hyp_cpu_plan *plan = &task->plan;
    uint64_t left = task->items - task->next_item;
    uint64_t shares = scheduler->threads == 1 ? 1 : (uint64_t)plan->shares * scheduler->threads;
    uint64_t items = (left + shares - 1) / shares;

    items = min_u64(max_u64(items, plan->least_items), plan->most_items);
    if (task->next_item == 0 && left > plan->most_items && plan->first_items) {
        items = min_u64(items, plan->first_items);
    }
    items = (items + plan->granule - 1) / plan->granule * plan->granule;
    return (uint32_t)min_u64(items, left);
}

static void close_task(struct hyp_cpu_scheduler *scheduler, struct task *task)
{
    struct task **link = &scheduler->open;
    struct task *before = NULL;
    while (*link && *link != task) {
        before = *link;
        link = &before->next;
    }
    if (*link) {
        *link = task->next;
        if (!*link) {
            scheduler->open_end = link;
            scheduler->newest = before;
        }
    }
    task->next_item = task->items;
}

static bool take_chunk(struct hyp_cpu_scheduler *scheduler, struct chunk *chunk)
{
    struct task *task = scheduler->open;

    if (scheduler->rest_count) {
        *chunk = scheduler->rests[--scheduler->rest_count];
    } else if (task) {
        uint32_t items = chunk_items(scheduler, task);
        *chunk = (struct chunk){task, task->next_item, task->next_item + items, NULL};
        task->next_item += items;
        if (task->next_item == task->items) {
            close_task(scheduler, task);
        }
    } else {
        return false;
    }
    chunk->next = chunk->task->chunks;
    chunk->task->chunks = chunk;
    scheduler->chunks++;
    return true;
}

/* Tells how far a task is done without a gap: up to the first item that is still to be computed. */
static void tell_progress(const struct hyp_cpu_scheduler *scheduler, const struct task *task)
{
    struct hyp_run *run = task->run;
    uint32_t done = task->next_item;

    for (const struct chunk *chunk = task->chunks; chunk; chunk = chunk->next) {
        done = chunk->first < done ? chunk->first : done;
    }
    for (unsigned i = 0; i < scheduler->rest_count; i++) {
        const struct chunk *rest = &scheduler->rests[i];
        done = rest->task == task && rest->first < done ? rest->first : done;
    }
    done /= task->plan.parts;
    if (run->advanced && done > run->items_done) {
        run->items_done = done;
        run->advanced(run);
    }
}

static void write_result_header(const struct task *task)
{
    const hyp_result_header header = {
        .magic = HYP_BATCH_OUTPUT_MAGIC,
        .layout_version = HYP_BATCH_LAYOUT_VERSION,
        .op = task->header.op,
        .sequence = task->header.sequence,
        .status = HYP_STATUS_OK,
        .item_count = task->header.item_count,
        .items_failed = task->failed,
    };
    const hyp_result_counters counters = {0};
    uint8_t *output = task->run->output->data;

    memcpy(output, &header, sizeof header);
    memcpy(output + sizeof header, &counters, sizeof counters);
}

/* Puts the run of a task that no thread touches any more on the finished list. */
static void finish_task(struct hyp_cpu_scheduler *scheduler, struct task *task)
{
    struct hyp_run *run = task->run;
    if (task->result == HYP_OK && !run->last_item) {
        write_result_header(task);
    }
    run->result = task->result;
    run->next = NULL;
    *scheduler->finished_end = run;
    scheduler->finished_end = &run->next;
    task->run = NULL;
    task->next = scheduler->free;
    scheduler->free = task;
    pthread_cond_signal(&scheduler->news);
    if (scheduler->tell) {
        scheduler->tell(scheduler->tell_argument);
    }
}

/* Stops handing out chunks of a task that has missed its deadline; those under way end soon. */
static void expire_task(struct hyp_cpu_scheduler *scheduler, struct task *task)
{
    unsigned kept = 0;

    close_task(scheduler, task);
    for (unsigned i = 0; i < scheduler->rest_count; i++) {
        if (scheduler->rests[i].task != task) {
            scheduler->rests[kept++] = scheduler->rests[i];
        }
    }
    scheduler->rest_count = kept;
    task->result = HYP_ETIMEDOUT;
}

/* Computes a chunk, or the first part of it, without the lock. */
static uint32_t compute_unlocked(struct hyp_cpu_scheduler *scheduler, const struct chunk *chunk,
                                 uint32_t *failed)
{
    const struct task *task = chunk->task;
    const struct hyp_cpu_work work = {
        .header = &task->header,
        .input = task->run->input->data,
        .resident = task->run->resident,
        .output = task->run->output->data,
        .first = chunk->first,
        .last = chunk->last,
        .parts = task->plan.parts,
        .context = scheduler->context,
        .yield_ns = min_u64(task->run->deadline_ns, hyp_clock_ns() + yield_after_ns),
    };

    pthread_mutex_unlock(&scheduler->lock);
    uint32_t done = task->op->compute(&work, failed);
    pthread_mutex_lock(&scheduler->lock);
    return done;
}

static void end_chunk(struct task *task, const struct chunk *chunk)
{
    struct chunk **link = &task->chunks;

    while (*link != chunk) {
        link = &(*link)->next;
    }
    *link = chunk->next;
}

/* Called and returns with the lock held. */
static void compute_chunk(struct hyp_cpu_scheduler *scheduler, struct chunk *chunk)
{
    struct task *task = chunk->task;
    uint32_t failed = 0;
    uint32_t done = compute_unlocked(scheduler, chunk, &failed);

    task->failed += failed;
    task->items_left -= done;
    end_chunk(task, chunk);
    scheduler->chunks--;
    chunk->first += done;
    if (task->result == HYP_OK && task->items_left) {
        if (chunk->first < chunk->last) {
            scheduler->rests[scheduler->rest_count++] = *chunk;
        }
        tell_progress(scheduler, task);
        if (hyp_clock_ns() >= task->run->deadline_ns) {
            expire_task(scheduler, task);
        }
    }
    if (!task->chunks && (task->items_left == 0 || task->result)) {
        finish_task(scheduler, task);
    }
    if (scheduler->chunks == 0 && scheduler->resetting) {
        pthread_cond_signal(&scheduler->news);
    }
}

/* Wakes one worker if it is worth it; that one wakes the next, so no thread pays for all. */
static void wake_worker(struct hyp_cpu_scheduler *scheduler)
{
    if (!scheduler->sleeping_workers) {
        return;
    }
    uint64_t cost = scheduler->rest_count ? HYP_CPU_WORTH_WAKING_NS : 0;
    for (const struct task *task = scheduler->open; task && cost < HYP_CPU_WORTH_WAKING_NS;
         task = task->next) {
        cost += open_cost_ns(task);
    }
    if (cost >= HYP_CPU_WORTH_WAKING_NS) {
        pthread_cond_signal(&scheduler->work);
    }
}

static void *run_worker(void *argument)
{
    struct hyp_cpu_scheduler *scheduler = argument;
    struct chunk chunk;

    pthread_mutex_lock(&scheduler->lock);
    while (!scheduler->stopping) {
        if (take_chunk(scheduler, &chunk)) {
            wake_worker(scheduler);
            compute_chunk(scheduler, &chunk);
        } else {
            scheduler->sleeping_workers++;
            pthread_cond_wait(&scheduler->work, &scheduler->lock);
            scheduler->sleeping_workers--;
        }
    }
    pthread_mutex_unlock(&scheduler->lock);
    return NULL;
}

/* Workers take no signals: those belong to the program's own threads. */
static int start_workers(struct hyp_cpu_scheduler *scheduler)
{
    sigset_t all;
    sigset_t before;
    int failed = 0;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    while (!failed && scheduler->started_workers + 1 < scheduler->threads) {
        failed = pthread_create(&scheduler->workers[scheduler->started_workers], NULL, run_worker,
                                scheduler);
        scheduler->started_workers += !failed;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return failed ? HYP_ENOMEM : HYP_OK;
}

static int init_locks(struct hyp_cpu_scheduler *scheduler)
{
    pthread_condattr_t attributes;

    if (pthread_condattr_init(&attributes) != 0) {
        return HYP_ENOMEM;
    }
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    int failed = pthread_mutex_init(&scheduler->lock, NULL);
    if (!failed && (failed = pthread_cond_init(&scheduler->work, NULL)) != 0) {
        pthread_mutex_destroy(&scheduler->lock);
    }
    if (!failed && (failed = pthread_cond_init(&scheduler->news, &attributes)) != 0) {
        pthread_cond_destroy(&scheduler->work);
        pthread_mutex_destroy(&scheduler->lock);
    }
    pthread_condattr_destroy(&attributes);
    return failed ? HYP_ENOMEM : HYP_OK;
}

static void clear_open(struct hyp_cpu_scheduler *scheduler)
{
    scheduler->open = NULL;
    scheduler->open_end = &scheduler->open;
    scheduler->newest = NULL;
    scheduler->refused = false;
}

static void clear_tasks(struct hyp_cpu_scheduler *scheduler)
{
    clear_open(scheduler);
    scheduler->finished = NULL;
    scheduler->finished_end = &scheduler->finished;
    scheduler->free = NULL;
    scheduler->rest_count = 0;
    for (size_t i = 0; i < HYP_CPU_MAX_RUNS; i++) {
        scheduler->tasks[i].run = NULL;
        scheduler->tasks[i].next = scheduler->free;
        scheduler->free = &scheduler->tasks[i];
    }
}

int hyp_cpu_scheduler_create(const hyp_context *context, struct hyp_cpu_scheduler **scheduler)
{
    unsigned threads = context->cpu_threads;
    struct hyp_cpu_scheduler *made =
        calloc(1, sizeof *made + (threads - 1) * sizeof made->workers[0]);

    *scheduler = NULL;
    if (!made) {
        return HYP_ENOMEM;
    }
    made->rests = calloc(threads, sizeof *made->rests);
    if (!made->rests || init_locks(made)) {
        free(made->rests);
        free(made);
        return HYP_ENOMEM;
    }
    made->context = context;
    made->threads = threads;

    clear_tasks(made);
    if (start_workers(made)) {
        hyp_cpu_scheduler_destroy(made);
        return HYP_ENOMEM;
    }
    *scheduler = made;
    return HYP_OK;
}

void hyp_cpu_scheduler_destroy(struct hyp_cpu_scheduler *scheduler)
{
    if (!scheduler) {
        return;
    }
    hyp_cpu_scheduler_reset(scheduler);
    pthread_mutex_lock(&scheduler->lock);
    scheduler->stopping = true;
    pthread_cond_broadcast(&scheduler->work);
    pthread_mutex_unlock(&scheduler->lock);
    for (unsigned i = 0; i < scheduler->started_workers; i++) {
        pthread_join(scheduler->workers[i], NULL);
    }
    pthread_cond_destroy(&scheduler->news);
    pthread_cond_destroy(&scheduler->work);
    pthread_mutex_destroy(&scheduler->lock);
    free(scheduler->rests);
    free(scheduler);
}

static void init_task(struct task *task, struct hyp_run *run, const hyp_batch_header *header,
                      const hyp_context *context)
{
    task->run = run;
    task->op = hyp_cpu_op_find(header->op);
    task->header = *header;
    /* A run that starts again after a reset goes on where its reader may be. */
    uint32_t first = run->items_done > run->first_item ? run->items_done : run->first_item;
    uint32_t last = run->last_item ? run->last_item : header->item_count;
    uint32_t left = last - first;
    task->plan.parts = 1;
    if (left) {
        task->plan = task->op->plan(header, run->input->data, context);
        task->plan.parts = task->plan.parts ? task->plan.parts : 1;
    }
    task->items = last * task->plan.parts;
    task->next_item = first * task->plan.parts;
    task->items_left = left * task->plan.parts;
    task->chunks = NULL;
    task->failed = hyp_result_count_failed(run->output->data, run->items_done);
    task->result = HYP_OK;
    task->next = NULL;
}

/* The task for a run, or NULL. With `if_needed`, none where there is enough. */
static struct task *take_task(struct hyp_cpu_scheduler *scheduler, bool if_needed)
{
    struct task *task = scheduler->free;

    if (if_needed && has_enough(scheduler)) {
        scheduler->refused = true;
        return NULL;
    }
    scheduler->free = task ? task->next : NULL;
    return task;
}

static int start(struct hyp_cpu_scheduler *scheduler, struct hyp_run *run, bool if_needed)
{
    hyp_batch_header header = {0};

    if (run->input_bytes >= sizeof header) {
        memcpy(&header, run->input->data, sizeof header);
    }
    int result = hyp_batch_check(&header, run->input_bytes);
    if (result) {
        return result;
    }
    if (!hyp_cpu_op_find(header.op)) {
        return HYP_ENOTSUP;
    }
    if (hyp_batch_output_bytes(&header) > run->output->size ||
        run->items_done > header.item_count || run->last_item > header.item_count ||
        (run->last_item && run->first_item > run->last_item)) {
        return HYP_EBADBATCH;
    }
    pthread_mutex_lock(&scheduler->lock);
    struct task *task = take_task(scheduler, if_needed);
    if (task) {
        init_task(task, run, &header, scheduler->context);
        if (task->items_left) {
            *scheduler->open_end = task;
            scheduler->open_end = &task->next;
            scheduler->newest = task;
        } else {
            finish_task(scheduler, task);
        }
    }
    pthread_mutex_unlock(&scheduler->lock);
    return task ? HYP_OK : HYP_EAGAIN;
}

int hyp_cpu_scheduler_start(struct hyp_cpu_scheduler *scheduler, struct hyp_run *run)
{
    return start(scheduler, run, false);
}

int hyp_cpu_scheduler_offer(struct hyp_cpu_scheduler *scheduler, struct hyp_run *run)
{
    return start(scheduler, run, true);
}

/* Waits for a worker or for wake; false when the time is up. */
static bool wait_for_news(struct hyp_cpu_scheduler *scheduler, uint64_t until_ns)
{
    if (until_ns / 1000000000 > INT32_MAX) {
        pthread_cond_wait(&scheduler->news, &scheduler->lock);
        return true;
    }
    const struct timespec until = {
        .tv_sec = (time_t)(until_ns / 1000000000),
        .tv_nsec = (long)(until_ns % 1000000000),
    };
    return pthread_cond_timedwait(&scheduler->news, &scheduler->lock, &until) == 0;
}

/* Ends the runs that are late, also those that nobody has computed anything of: a reset for them
 * would take what was computed from all others. Called with the lock held by the thread that takes
 * what has finished; chunks under way are waited for. */
static void end_late_runs(struct hyp_cpu_scheduler *scheduler, uint64_t now)
{
    for (size_t i = 0; i < HYP_CPU_MAX_RUNS; i++) {
        struct task *task = &scheduler->tasks[i];
        if (!task->run || task->run->deadline_ns > now) {
            continue;
        }
        expire_task(scheduler, task);
        if (!task->chunks) {
            finish_task(scheduler, task);
        }
        while (task->run) {
            pthread_cond_wait(&scheduler->news, &scheduler->lock);
        }
    }
}

/* With the lock held. */
static struct hyp_run *take_finished(struct hyp_cpu_scheduler *scheduler)
{
    struct hyp_run *finished = scheduler->finished;

    scheduler->finished = NULL;
    scheduler->finished_end = &scheduler->finished;
    return finished;
}

struct hyp_run *hyp_cpu_scheduler_progress(struct hyp_cpu_scheduler *scheduler, uint64_t until_ns)
{
    struct chunk chunk;
    bool in_time = true;
    uint64_t now = hyp_clock_ns();

    pthread_mutex_lock(&scheduler->lock);
    if (now >= until_ns) {
        end_late_runs(scheduler, now);
    }
    while (!scheduler->finished && !scheduler->woken && in_time &&
           !(scheduler->refused && !has_enough(scheduler))) {
        if (take_chunk(scheduler, &chunk)) {
            wake_worker(scheduler);
            compute_chunk(scheduler, &chunk);
            in_time = scheduler->finished || hyp_clock_ns() < until_ns;
        } else {
            in_time = wait_for_news(scheduler, until_ns);
        }
    }
    scheduler->woken = false;
    scheduler->refused = false;
    struct hyp_run *finished = take_finished(scheduler);
    pthread_mutex_unlock(&scheduler->lock);
    return finished;
}

struct hyp_run *hyp_cpu_scheduler_step(struct hyp_cpu_scheduler *scheduler, uint64_t until_ns,
                                       bool *computed)
{
    struct chunk chunk;
    bool in_time = true;

    *computed = false;
    pthread_mutex_lock(&scheduler->lock);
    while (!scheduler->finished && in_time && take_chunk(scheduler, &chunk)) {
        wake_worker(scheduler);
        compute_chunk(scheduler, &chunk);
        *computed = true;
        in_time = scheduler->finished || hyp_clock_ns() < until_ns;
    }
    struct hyp_run *finished = take_finished(scheduler);
    pthread_mutex_unlock(&scheduler->lock);
    return finished;
}

bool hyp_cpu_scheduler_is_idle(struct hyp_cpu_scheduler *scheduler)
{
    pthread_mutex_lock(&scheduler->lock);
    bool idle = !scheduler->finished && !scheduler->open && !scheduler->rest_count;
    pthread_mutex_unlock(&scheduler->lock);
    return idle;
}

void hyp_cpu_scheduler_tell(struct hyp_cpu_scheduler *scheduler, void (*tell)(void *argument),
                            void *argument)
{
    scheduler->tell = tell;
    scheduler->tell_argument = argument;
}

void hyp_cpu_scheduler_wake(struct hyp_cpu_scheduler *scheduler)
{
    pthread_mutex_lock(&scheduler->lock);
    scheduler->woken = true;
    pthread_cond_signal(&scheduler->news);
    pthread_mutex_unlock(&scheduler->lock);
}

void hyp_cpu_scheduler_reset(struct hyp_cpu_scheduler *scheduler)
{
    pthread_mutex_lock(&scheduler->lock);
    scheduler->resetting = true;
    for (size_t i = 0; i < HYP_CPU_MAX_RUNS; i++) {
        scheduler->tasks[i].result = HYP_ECANCELED; /* so that no rest is handed out */
    }
    scheduler->rest_count = 0;
    clear_open(scheduler);
    while (scheduler->chunks) {
        pthread_cond_wait(&scheduler->news, &scheduler->lock);
    }
    clear_tasks(scheduler);
    scheduler->resetting = false;
    scheduler->woken = false;
    pthread_mutex_unlock(&scheduler->lock);
}
