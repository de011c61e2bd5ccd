/* What dispatching costs, and what it gains.
 *
 *   build/bench/dispatch
 *
 * Devices here are stand-ins: "null" finishes every batch at once and computes nothing, so that
 * what remains is dispatch; "sleep" takes a scripted time and no processor. Times of dispatch are
 * processor time of the whole process, so what else the machine does counts less; those of sets are
 * wall-clock times, best of interleaved rounds. */
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>

#include "host/src/device.h"
#include "host/src/ops/op.h"
#include "host/src/result_check.h"
#include "hyperion/hyperion.h"

static void must(int result, const char *what)
{
    if (result < 0) {
        fprintf(stderr, "dispatch: %s: %s\n", what, hyp_strerror(result));
        exit(1);
    }
}

static double seconds(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* ---- stand-ins ---- */

enum { CARDS = 4, MOST_FLYING = 64 };

/* What a batch takes: with both 0 it is done at once. */
struct script {
    uint64_t fixed_ns;
    uint64_t item_ns;
};

struct card {
    struct script script;
    struct hyp_run *runs[MOST_FLYING];
    uint64_t ready_ns[MOST_FLYING];
    unsigned count;
    uint64_t busy_until_ns;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool woken;
};

static struct card cards[CARDS];

static int list(const hyp_context *context, struct hyp_device_info *infos, size_t capacity,
                size_t *count, hyp_error *error)
{
    (void)context;
    (void)infos;
    (void)capacity;
    (void)count;
    (void)error;
    return HYP_OK;
}

static int open_card(hyp_context *context, unsigned index, const hyp_device_options *options,
                     void **card, struct hyp_device_info *info, hyp_error *error)
{
    pthread_condattr_t attributes;

    (void)context;
    (void)options;
    (void)error;
    if (index >= CARDS) {
        return HYP_ENODEV;
    }
    struct card *it = &cards[index];
    *info = (struct hyp_device_info){.kind = HYP_DEVICE_CARD,
                                     .op_count = 1,
                                     .ops = {{.op = HYP_OP_KECCAK256,
                                              .compute_units = 1,
                                              .max_items = HYP_BATCH_MAX_ITEMS,
                                              .max_input_bytes = UINT64_C(1) << 40}}};
    snprintf(info->name, sizeof info->name, "stand-in:%u", index);
    prctl(PR_SET_TIMERSLACK, 1UL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_mutex_init(&it->lock, NULL);
    pthread_cond_init(&it->changed, &attributes);
    pthread_condattr_destroy(&attributes);
    it->count = 0;
    it->woken = false;
    it->busy_until_ns = 0;
    *card = it;
    return HYP_OK;
}

static void close_card(void *card)
{
    struct card *it = card;
    pthread_cond_destroy(&it->changed);
    pthread_mutex_destroy(&it->lock);
}

static bool is_trial(const struct hyp_run *run)
{
    const hyp_batch_header *header = run->input->data;
    return (header->sequence & HYP_SEQUENCE_TRIAL) != 0;
}

static int start(void *card, struct hyp_run *run)
{
    struct card *it = card;
    const hyp_batch_header *header = run->input->data;

    if (it->count == (it->script.item_ns ? 2 : MOST_FLYING)) {
        return HYP_EAGAIN;
    }
    uint64_t takes = it->script.fixed_ns + it->script.item_ns * header->item_count;
    uint64_t now = takes ? hyp_clock_ns() : 0;
    it->busy_until_ns = (it->busy_until_ns > now ? it->busy_until_ns : now) + takes;
    it->ready_ns[it->count] = it->busy_until_ns;
    it->runs[it->count++] = run;
    return HYP_OK;
}

/* The right answers to the batch that was answered last: asked for again, it takes no time. */
static bool answer_again(struct hyp_run *run, const struct hyp_op_info *op)
{
    static _Thread_local uint8_t input[65536]; /* of the thread of a device */
    static _Thread_local uint8_t output[65536];
    const hyp_batch_header *batch = run->input->data;
    const size_t skip = sizeof *batch; /* the sequence number differs */

    if (batch->item_count > 64 || run->input_bytes > sizeof input ||
        run->output_bytes > sizeof output) {
        return false; /* to be measured, not to be looked at */
    }
    if (memcmp(input + skip, (uint8_t *)run->input->data + skip, run->input_bytes - skip) != 0) {
        memcpy(input, run->input->data, run->input_bytes);
        op->reference(run->input->data, run->input_bytes, NULL, output, 0, batch->item_count);
    }
    memcpy(run->output->data, output, run->output_bytes);
    return true;
}

/* The frame of a result, so that it is taken; known answers are right. */
static void answer(struct hyp_run *run)
{
    const hyp_batch_header *batch = run->input->data;
    const struct hyp_op_info *op = hyp_op_find(batch->op);
    const hyp_result_header header = {.magic = HYP_BATCH_OUTPUT_MAGIC,
                                      .layout_version = HYP_BATCH_LAYOUT_VERSION,
                                      .op = batch->op,
                                      .kernel_id = op->kernel_id,
                                      .sequence = batch->sequence,
                                      .item_count = batch->item_count};
    uint8_t *output = run->output->data;

    bool right = is_trial(run) && answer_again(run, op);
    memcpy(output, &header, sizeof header);
    memset(output + sizeof header, 0, sizeof(hyp_result_counters));
    if (right) {
        uint32_t failed = 0;
        for (uint32_t i = 0; i < batch->item_count; i++) {
            failed += output[HYP_STATUS_OFFSET + i] != HYP_STATUS_OK;
        }
        memcpy(output + offsetof(hyp_result_header, items_failed), &failed, sizeof failed);
    } else {
        memset(output + HYP_STATUS_OFFSET, HYP_STATUS_OK, batch->item_count);
    }
    run->result = HYP_OK;
    uint32_t crc = hyp_result_crc(batch, run->input->data, output);
    memcpy(output + offsetof(hyp_result_header, crc32c), &crc, sizeof crc);
    uint64_t input_crc = 0;
    hyp_input_crc(batch, run->input, run->resident, UINT64_MAX, &input_crc);
    memcpy(output + offsetof(hyp_result_header, input_crc32c), &input_crc, sizeof input_crc);
}

static bool sweep(struct card *it, struct hyp_run **finished)
{
    unsigned kept = 0;
    uint64_t now = it->script.fixed_ns ? hyp_clock_ns() : UINT64_MAX;

    for (unsigned i = 0; i < it->count; i++) {
        if (it->ready_ns[i] <= now) {
            answer(it->runs[i]);
            it->runs[i]->next = *finished;
            *finished = it->runs[i];
        } else {
            it->ready_ns[kept] = it->ready_ns[i];
            it->runs[kept++] = it->runs[i];
        }
    }
    it->count = kept;
    return *finished != NULL;
}

static int progress(void *card, uint64_t until_ns, struct hyp_run **finished, hyp_error *error)
{
    struct card *it = card;

    (void)error;
    while (!sweep(it, finished)) {
        uint64_t next = it->count && it->ready_ns[0] < until_ns ? it->ready_ns[0] : until_ns;
        struct timespec until = {(time_t)(next / 1000000000u), (long)(next % 1000000000u)};
        pthread_mutex_lock(&it->lock);
        int timed_out = 0;
        while (!it->woken && !timed_out) {
            timed_out = pthread_cond_timedwait(&it->changed, &it->lock, &until);
        }
        bool woken = it->woken;
        it->woken = false;
        pthread_mutex_unlock(&it->lock);
        if (woken || hyp_clock_ns() >= until_ns) {
            sweep(it, finished);
            break;
        }
    }
    return HYP_OK;
}

static void wake(void *card)
{
    struct card *it = card;
    pthread_mutex_lock(&it->lock);
    it->woken = true;
    pthread_cond_signal(&it->changed);
    pthread_mutex_unlock(&it->lock);
}

static int reset(void *card, hyp_error *error)
{
    struct card *it = card;
    (void)error;
    it->count = 0;
    return HYP_OK;
}

static const struct hyp_backend stand_in = {
    .name = "stand-in",
    .list = list,
    .open = open_card,
    .close = close_card,
    .start = start,
    .progress = progress,
    .wake = wake,
    .reset = reset,
};

/* ---- a load ---- */

struct load {
    hyp_device *device;
    uint32_t items;
    uint32_t depth; /* jobs at once */
    unsigned jobs;
    double took; /* s, once the batches were there */
};

/* Runs so many jobs through a queue of its own. */
static void *run_load(void *argument)
{
    struct load *load = argument;
    hyp_queue_options options = HYP_QUEUE_OPTIONS_INIT;
    hyp_keccak_batch *batches[256];
    hyp_job jobs[256];
    hyp_completion completions[256];
    hyp_queue *queue;
    unsigned submitted = 0;
    unsigned done = 0;
    unsigned ready = load->depth; /* jobs[0 … ready) may be submitted */

    options.depth = load->depth;
    options.verify = HYP_VERIFY_OFF;
    must(hyp_queue_create(load->device, &options, &queue), "queue");
    for (uint32_t i = 0; i < load->depth; i++) {
        must(hyp_keccak_batch_create(load->device, load->items, load->items * 8ull, &batches[i]),
             "batch");
        for (uint32_t item = 0; item < load->items; item++) {
            must(hyp_keccak_batch_add(batches[i], "hyperion", 8), "item");
        }
        jobs[i] = hyp_keccak_batch_job(batches[i], NULL);
        jobs[i].user = (void *)(uintptr_t)i;
    }
    hyp_job next[256];
    memcpy(next, jobs, sizeof next);
    double start = seconds(CLOCK_MONOTONIC);
    while (done < load->jobs) {
        unsigned wanted = load->jobs - submitted < ready ? load->jobs - submitted : ready;
        int taken = wanted ? hyp_queue_submit(queue, next, wanted) : 0;
        must(taken, "submit");
        memmove(next, next + taken, (ready - (unsigned)taken) * sizeof *next);
        ready -= (unsigned)taken;
        submitted += (unsigned)taken;
        hyp_queue_wait(queue, UINT64_MAX);
        int count = hyp_queue_reap(queue, completions, 256);
        for (int i = 0; i < count; i++) {
            must(completions[i].result, "job");
            next[ready++] = jobs[(uintptr_t)completions[i].user];
        }
        done += (unsigned)count;
    }
    load->took = seconds(CLOCK_MONOTONIC) - start;
    hyp_queue_destroy(queue);
    for (uint32_t i = 0; i < load->depth; i++) {
        hyp_keccak_batch_destroy(batches[i]);
    }
    return NULL;
}

static hyp_device *open_device(hyp_context *context, const char *names)
{
    hyp_device *device;
    hyp_error error = {0, ""};
    if (hyp_device_open(context, names, NULL, &device, &error)) {
        fprintf(stderr, "dispatch: %s\n", error.message);
        exit(1);
    }
    return device;
}

/* ---- what a batch costs ---- */

/* Processor nanoseconds a job, `threads` loads at once, each with a queue of its own, on these
 * devices in turn. */
static double cost_of_jobs(hyp_context *context, const char *const *names, unsigned device_count,
                           unsigned threads, unsigned jobs, double *wall)
{
    hyp_device *devices[CARDS];
    pthread_t thread[CARDS];
    struct load loads[CARDS];
    double best = 1e9;

    *wall = 1e9;
    for (unsigned i = 0; i < device_count; i++) {
        devices[i] = open_device(context, names[i]);
    }
    for (unsigned i = 0; i < threads; i++) {
        loads[i] = (struct load){
            .device = devices[i % device_count], .items = 1, .depth = 64, .jobs = jobs};
    }
    for (int round = 0; round < 9; round++) {
        double start = seconds(CLOCK_PROCESS_CPUTIME_ID);
        double wall_start = seconds(CLOCK_MONOTONIC);
        for (unsigned i = 0; i < threads; i++) {
            pthread_create(&thread[i], NULL, run_load, &loads[i]);
        }
        for (unsigned i = 0; i < threads; i++) {
            pthread_join(thread[i], NULL);
        }
        double took = seconds(CLOCK_PROCESS_CPUTIME_ID) - start;
        double wall_took = seconds(CLOCK_MONOTONIC) - wall_start;
        best = took < best ? took : best;
        *wall = wall_took < *wall ? wall_took : *wall;
    }
    for (unsigned i = 0; i < device_count; i++) {
        hyp_device_close(devices[i]);
    }
    *wall = *wall * 1e9 / jobs / threads;
    return best * 1e9 / jobs / threads;
}

/* ---- what a second core gains ---- */

enum { CORE_ROUNDS = 9, CORE_JOBS = 200000 };

struct one_core {
    pthread_barrier_t *start;
    size_t core;
    unsigned card;
    double took[CORE_ROUNDS]; /* s */
};

/* The cores that this process may use; how many, up to `most`. */
static unsigned find_cores(size_t *cores, unsigned most)
{
    cpu_set_t set;
    unsigned count = 0;

    if (sched_getaffinity(0, sizeof set, &set) != 0) {
        return 0;
    }
    for (size_t core = 0; core < CPU_SETSIZE && count < most; core++) {
        if (CPU_ISSET(core, &set)) {
            cores[count++] = core;
        }
    }
    return count;
}

/* A load and its device on one core. */
static void *run_on_core(void *argument)
{
    struct one_core *it = argument;
    struct load load = {.items = 1, .depth = 64, .jobs = CORE_JOBS};
    hyp_context *context;
    char name[32];
    cpu_set_t set;

    CPU_ZERO(&set);
    CPU_SET(it->core, &set);
    /* The device's threads inherit it. */
    must(pthread_setaffinity_np(pthread_self(), sizeof set, &set) ? HYP_ENOTSUP : HYP_OK,
         "a thread on one core");
    must(hyp_context_create(NULL, &context, NULL), "context");
    context->extra_backend = &stand_in;
    snprintf(name, sizeof name, "stand-in:%u", it->card);
    load.device = open_device(context, name);
    for (int round = 0; round < CORE_ROUNDS; round++) {
        pthread_barrier_wait(it->start);
        run_load(&load);
        it->took[round] = load.took;
    }
    hyp_device_close(load.device);
    hyp_context_destroy(context);
    return NULL;
}

/* Jobs a second of a load on each core, all at once: the round whose slowest was the fastest. */
static double rate_on_cores(const size_t *cores, unsigned count)
{
    struct one_core loads[CARDS];
    pthread_t threads[CARDS];
    pthread_barrier_t start;
    double best = 0;

    pthread_barrier_init(&start, NULL, count);
    for (unsigned i = 0; i < count; i++) {
        loads[i] = (struct one_core){.start = &start, .core = cores[i], .card = i};
        pthread_create(&threads[i], NULL, run_on_core, &loads[i]);
    }
    for (unsigned i = 0; i < count; i++) {
        pthread_join(threads[i], NULL);
    }
    for (int round = 0; round < CORE_ROUNDS; round++) {
        double took = 0;
        for (unsigned i = 0; i < count; i++) {
            took = loads[i].took[round] > took ? loads[i].took[round] : took;
        }
        best = count * CORE_JOBS / took > best ? count * CORE_JOBS / took : best;
    }
    pthread_barrier_destroy(&start);
    return best;
}

static void measure_cores(void)
{
    size_t cores[2];

    if (find_cores(cores, 2) < 2) {
        printf("a thread and its device on one core, and two on two: not measured, because this "
               "process has one core\n");
        return;
    }
    double one = rate_on_cores(cores, 1);
    double two = rate_on_cores(cores, 2);
    printf(
        "a thread and its device on one core: %.2f million jobs/s; two on two: %.2f, %.2f times\n",
        1e-6 * one, 1e-6 * two, two / one);
}

static void measure_dispatch(hyp_context *context)
{
    enum { JOBS = 200000 };
    static const char *const plain[] = {"stand-in:0", "stand-in:1"};
    static const char *const sets[] = {"stand-in:0,stand-in:1"};
    double wall;

    memset(cards, 0, sizeof cards);
    double one = cost_of_jobs(context, plain, 1, 1, JOBS, &wall);
    double one_wall = wall;
    printf(
        "one queue, empty batches: %.0f ns of processor time a batch, %.2f million jobs/s by the "
        "clock\n",
        one, 1e3 / wall);
    double two = cost_of_jobs(context, plain, 2, 2, JOBS, &wall);
    printf("two threads, a device each: %.0f ns of processor time a batch, %.2f times one thread's "
           "for "
           "each core; %.2f million jobs/s by the clock, %.2f times one thread's\n",
           two, 2 * one / two, 1e3 / wall, one_wall / wall);
    measure_cores();
    double shared = cost_of_jobs(context, plain, 1, 2, JOBS, &wall);
    printf(
        "two threads, one device: %.0f ns of processor time a batch, %.2f times one thread's for "
        "each core; %.2f million jobs/s by the clock, %.2f times one thread's\n",
        shared, 2 * one / shared, 1e3 / wall, one_wall / wall);
    double set = cost_of_jobs(context, sets, 1, 1, JOBS, &wall);
    printf("a set of two: %.0f ns of processor time a batch\n", set);
}

/* ---- what sets gain ---- */

static const double round_s = 0.03;

/* In a thread of its own: where the kernel puts threads makes a difference, and lasts. */
static double time_of(hyp_device *device, uint32_t items, uint32_t depth, unsigned jobs)
{
    struct load load = {.device = device, .items = items, .depth = depth, .jobs = jobs};
    pthread_t thread;

    pthread_create(&thread, NULL, run_load, &load);
    pthread_join(thread, NULL);
    return load.took / jobs;
}

/* So many that a round lasts long enough for the kernel to settle on which core each thread runs.
 */
static unsigned jobs_in_a_round(hyp_device *device, uint32_t items, uint32_t depth)
{
    double jobs = round_s / time_of(device, items, depth, 2 * depth);
    return jobs < 2 * depth ? 2 * depth : (unsigned)jobs;
}

/* Best of some rounds. The device is opened for them, for the same reason. */
static double best_time(hyp_context *context, const char *name, uint32_t items, uint32_t depth)
{
    enum { ROUNDS = 3 };
    hyp_device *device = open_device(context, name);
    unsigned jobs = jobs_in_a_round(device, items, depth);
    double best = 1e9;

    for (int round = 0; round < ROUNDS; round++) {
        double took = time_of(device, items, depth, jobs);
        best = took < best ? took : best;
    }
    hyp_device_close(device);
    return best;
}

/* The best time of each device, which take turns. */
static void best_times(hyp_context *context, const char *const *names, size_t count, uint32_t items,
                       uint32_t depth, double *best)
{
    enum { TURNS = 11 };

    for (size_t i = 0; i < count; i++) {
        best[i] = 1e9;
    }
    for (size_t turn = 0; turn < TURNS * count; turn++) {
        double took = best_time(context, names[turn % count], items, depth);
        best[turn % count] = took < best[turn % count] ? took : best[turn % count];
    }
}

/* Two devices alone, and the two of `both`: share of the better of the two at each size, four jobs
 * under way. */
static void measure_pair(hyp_context *context, const char *one, const char *other, const char *both)
{
    const char *const names[] = {one, other, both};
    double worst = 1e9;

    printf("\n%8s %14s %14s %14s %8s\n", "items", one, other, "both, us", "share");
    for (uint32_t items = 1; items <= 65536; items *= 4) {
        double best[3];
        best_times(context, names, 3, items, 4, best);
        double fixed = best[0] < best[1] ? best[0] : best[1];
        printf("%8u %14.1f %14.1f %14.1f %8.3f\n", items, best[0] * 1e6, best[1] * 1e6,
               best[2] * 1e6, fixed / best[2]);
        worst = fixed / best[2] < worst ? fixed / best[2] : worst;
    }
    printf("worst share of the best fixed choice: %.3f\n", worst);
}

static void measure_two(hyp_context *context)
{
    static const char *const names[] = {"stand-in:0", "stand-in:1,stand-in:2"};
    double best[2];

    cards[0].script = cards[1].script = cards[2].script = (struct script){100000, 500};
    best_times(context, names, 2, 16384, 4, best);
    printf("\ntwo equal sleeping devices, batches of 16,384: %.2f times one\n", best[0] / best[1]);
    /* Small ones: what starting them together gains. */
    cards[0].script = cards[1].script = cards[2].script = (struct script){40000, 20};
    best_times(context, names, 2, 1, 64, best);
    printf("two equal sleeping devices, 64 jobs of one message under way: %.0f thousand jobs/s, "
           "%.1f times one\n",
           1e-3 / best[1], best[0] / best[1]);
}

int main(void)
{
    hyp_context *context;

    must(hyp_context_create(NULL, &context, NULL), "context");
    context->extra_backend = &stand_in;
    measure_dispatch(context);
    /* A card: 40 us a launch, then ten times a core; and what is to a CPU as that is to a card. */
    cards[0].script = cards[1].script = (struct script){40000, 20};
    cards[2].script = cards[3].script = (struct script){2000, 60};
    measure_pair(context, "stand-in:2", "stand-in:0", "stand-in:3,stand-in:1");
    measure_pair(context, "cpu", "stand-in:0", "cpu,stand-in:1");
    measure_two(context);
    hyp_context_destroy(context);
    return 0;
}
