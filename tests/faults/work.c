#include "tests/faults/work.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "host/src/context.h"
#include "tests/support/random_batch.h"

enum { BUFFER_BYTES = 65536 };

struct job {
    hyp_buffer *input;
    hyp_buffer *output;
    size_t input_bytes;
    uint8_t *wanted; /* as the output must be */
    uint64_t deadline_ns;
    bool waiting;
};

struct worker {
    struct work *work;
    struct random random;
    hyp_queue *queue;
    uint8_t *known; /* the op's batch of known answers */
    hyp_batch_header known_header;
    struct job jobs[WORK_JOBS];
};

/* A random range of the known answers, as a batch of its own. */
static void fill(struct worker *worker, struct job *job)
{
    const struct hyp_op_info *op = worker->work->op;
    uint32_t count = worker->known_header.item_count;
    uint32_t first = (uint32_t)random_below(&worker->random, count);
    uint32_t last = first + 1 + (uint32_t)random_below(&worker->random, count - first);
    hyp_batch_header header;
    uint8_t *input = hyp_buffer_data(job->input);

    const struct hyp_slice slice = {&worker->known_header, worker->known, first, last};
    job->input_bytes = op->gather(&slice, 1, random_u64(&worker->random) >> 1, input, BUFFER_BYTES);
    memcpy(&header, input, sizeof header);
    memset(job->wanted, 0, BUFFER_BYTES);
    op->reference(input, job->input_bytes, NULL, job->wanted, 0, header.item_count);
    memset(hyp_buffer_data(job->output), 0x5a, BUFFER_BYTES);
}

static void submit(struct worker *worker, struct job *job)
{
    fill(worker, job);
    job->deadline_ns = hyp_clock_ns() + worker->work->deadline_ns;
    const hyp_job submitted = {.input = job->input,
                               .output = job->output,
                               .input_bytes = job->input_bytes,
                               .deadline_ns = job->deadline_ns,
                               .user = job};
    job->waiting = hyp_queue_submit(worker->queue, &submitted, 1) == 1;
    worker->work->counts.strange += !job->waiting;
    worker->work->counts.submitted++;
}

/* Every item's status and result, in its own place. */
static bool is_right(const struct job *job)
{
    const uint8_t *input = hyp_buffer_data(job->input);
    const uint8_t *output = hyp_buffer_data(job->output);
    hyp_batch_header header;

    memcpy(&header, input, sizeof header);
    for (uint32_t i = 0; i < header.item_count; i++) {
        uint64_t offset;
        uint64_t length;
        if (output[HYP_STATUS_OFFSET + i] != job->wanted[HYP_STATUS_OFFSET + i]) {
            return false;
        }
        if (hyp_result_region(&header, input, i, &offset, &length) &&
            memcmp(output + offset, job->wanted + offset, length) != 0) {
            return false;
        }
    }
    return true;
}

static void take(struct work *work, const hyp_completion *completion)
{
    struct job *job = completion->user;

    work->counts.strange += !job->waiting;
    job->waiting = false;
    work->counts.late += completion->finished_ns > job->deadline_ns + work->grace_ns;
    switch (completion->result) {
    case HYP_OK:
        *(is_right(job) ? &work->counts.right : &work->counts.wrong) += 1;
        break;
    case HYP_EDEVICE:
    case HYP_ETIMEDOUT:
    case HYP_EMISMATCH:
        work->counts.failed++;
        work->counts.error = completion->result;
        break;
    default:
        work->counts.strange++;
        break;
    }
}

static bool prepare(struct worker *worker)
{
    hyp_queue_options options = HYP_QUEUE_OPTIONS_INIT;
    struct work *work = worker->work;
    bool ready;

    options.verify = HYP_VERIFY_STRICT;
    ready = hyp_queue_create(work->device, &options, &worker->queue) == HYP_OK;
    worker->known = aligned_alloc(64, BUFFER_BYTES);
    work->op->known_answer_batch(worker->known, BUFFER_BYTES);
    memcpy(&worker->known_header, worker->known, sizeof worker->known_header);
    for (int i = 0; i < WORK_JOBS; i++) {
        struct job *job = &worker->jobs[i];
        job->wanted = malloc(BUFFER_BYTES);
        ready = ready && job->wanted &&
                hyp_buffer_create(work->device, BUFFER_BYTES, &job->input) == HYP_OK &&
                hyp_buffer_create(work->device, BUFFER_BYTES, &job->output) == HYP_OK;
    }
    return ready;
}

static void reap(struct worker *worker)
{
    hyp_completion completion;

    while (hyp_queue_reap(worker->queue, &completion, 1) == 1) {
        take(worker->work, &completion);
    }
}

static void *run(void *argument)
{
    struct worker *worker = argument;
    struct work *work = worker->work;

    if (!prepare(worker)) {
        work->counts.strange++;
        return NULL;
    }
    while (!work->stop && !work->counts.strange) {
        for (int i = 0; i < WORK_JOBS; i++) {
            if (!worker->jobs[i].waiting) {
                submit(worker, &worker->jobs[i]);
            }
        }
        hyp_queue_wait(worker->queue, UINT64_MAX);
        reap(worker);
        /* Small jobs on a CPU would take the machine from everything else. */
        nanosleep(&(struct timespec){0, 500000}, NULL);
    }
    while (hyp_queue_wait(worker->queue, UINT64_MAX) == HYP_OK) {
        reap(worker);
    }
    for (int i = 0; i < WORK_JOBS; i++) {
        work->counts.strange += worker->jobs[i].waiting; /* lost */
        hyp_buffer_destroy(worker->jobs[i].input);
        hyp_buffer_destroy(worker->jobs[i].output);
        free(worker->jobs[i].wanted);
    }
    hyp_queue_destroy(worker->queue);
    free(worker->known);
    free(worker);
    return NULL;
}

void work_begin(struct work *work)
{
    for (unsigned i = 0; i < WORK_THREADS; i++) {
        struct worker *worker = calloc(1, sizeof *worker);
        if (!worker) {
            abort();
        }
        worker->work = work;
        worker->random = (struct random){work->seed * WORK_THREADS + i + 1};
        if (pthread_create(&work->threads[i], NULL, run, worker) != 0) {
            abort();
        }
    }
}

void work_end(struct work *work)
{
    work->stop = true;
    for (unsigned i = 0; i < WORK_THREADS; i++) {
        pthread_join(work->threads[i], NULL);
    }
}
