/* An event loop that hashes lines as they come and never waits for a device:
 *
 *     cc epoll.c $(pkg-config --cflags --libs hyperion) -o epoll
 *     printf 'abc\n\n' | ./epoll cpu
 *
 * Standard input and the queue are two descriptors of one epoll. Lines that come while batches are
 * under way go into the next batch; when all are, the input waits in its pipe: backpressure. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <hyperion/hyperion.h>

enum { BATCHES = 4, LINES = 256, LINE_BYTES = 4096, INPUT_BYTES = 65536 };

/* A batch, and the lines that it hashes. */
struct slot {
    hyp_keccak_batch *batch;
    char lines[LINES][LINE_BYTES];
    int in_flight;
};

struct loop {
    hyp_context *context;
    hyp_device *device;
    hyp_queue *queue;
    struct slot slots[BATCHES];
    char input[INPUT_BYTES];
    size_t used; /* of input */
    int ended;   /* no more will come */
};

static struct slot *free_slot(struct loop *loop)
{
    for (int i = 0; i < BATCHES; i++) {
        if (!loop->slots[i].in_flight) {
            return &loop->slots[i];
        }
    }
    return NULL;
}

/* Moves whole lines from the input into the slot. Returns how many. */
static int take_lines(struct loop *loop, struct slot *slot)
{
    char *end;
    int count = 0;

    hyp_keccak_batch_clear(slot->batch);
    while (count < LINES && (end = memchr(loop->input, '\n', loop->used)) != NULL) {
        size_t length = (size_t)(end - loop->input);
        size_t kept = length < LINE_BYTES ? length : LINE_BYTES - 1;
        memcpy(slot->lines[count], loop->input, kept);
        slot->lines[count][kept] = 0;
        hyp_keccak_batch_add(slot->batch, slot->lines[count], kept);
        loop->used -= length + 1;
        memmove(loop->input, end + 1, loop->used);
        count++;
    }
    return count;
}

static int submit_what_came(struct loop *loop)
{
    struct slot *slot;

    while ((slot = free_slot(loop)) != NULL && take_lines(loop, slot) > 0) {
        hyp_job job = hyp_keccak_batch_job(slot->batch, slot);
        job.deadline_ns = hyp_clock_ns() + 5000000000u;
        int accepted = hyp_queue_submit(loop->queue, &job, 1);
        if (accepted != 1) {
            return accepted < 0 ? accepted : HYP_EAGAIN; /* the queue is as deep as the slots */
        }
        slot->in_flight = 1;
    }
    return HYP_OK;
}

static int print_what_is_done(struct loop *loop)
{
    hyp_completion completion;

    while (hyp_queue_reap(loop->queue, &completion, 1) == 1) {
        struct slot *slot = completion.user;
        slot->in_flight = 0;
        if (completion.result) {
            return completion.result;
        }
        for (uint32_t i = 0; i < hyp_keccak_batch_count(slot->batch); i++) {
            for (int byte = 0; byte < 32; byte++) {
                printf("%02x", hyp_keccak_batch_digest(slot->batch, i)[byte]);
            }
            printf("  %s\n", slot->lines[i]);
        }
    }
    return HYP_OK;
}

static int read_input(struct loop *loop)
{
    ssize_t got = read(STDIN_FILENO, loop->input + loop->used, INPUT_BYTES - loop->used - 1);

    if (got < 0) {
        return errno == EINTR ? HYP_OK : HYP_EIO;
    }
    if (got == 0 && loop->used > 0 && loop->input[loop->used - 1] != '\n') {
        loop->input[loop->used++] = '\n'; /* a last line without an end */
    }
    loop->ended = got == 0;
    loop->used += (size_t)got;
    return HYP_OK;
}

static int busy(const struct loop *loop)
{
    for (int i = 0; i < BATCHES; i++) {
        if (loop->slots[i].in_flight) {
            return 1;
        }
    }
    return 0;
}

static int run(struct loop *loop)
{
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    int done = hyp_queue_eventfd(loop->queue);
    struct epoll_event on_done = {.events = EPOLLIN, .data.fd = done};
    struct epoll_event on_input = {.events = EPOLLIN, .data.fd = STDIN_FILENO};
    struct epoll_event event;
    int listening = 1; /* to the input */
    int result = HYP_OK;

    if (epoll < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, done, &on_done) < 0 ||
        epoll_ctl(epoll, EPOLL_CTL_ADD, STDIN_FILENO, &on_input) < 0) {
        return HYP_EIO;
    }
    while (result == HYP_OK && (!loop->ended || loop->used > 0 || busy(loop))) {
        /* While there is no room for more, only completions are of interest. */
        int room = !loop->ended && loop->used < INPUT_BYTES / 2;
        if (room != listening) {
            /* Not only masked: the end of a pipe is reported in any case. */
            epoll_ctl(epoll, room ? EPOLL_CTL_ADD : EPOLL_CTL_DEL, STDIN_FILENO, &on_input);
            listening = room;
        }
        if (epoll_wait(epoll, &event, 1, -1) != 1) {
            continue;
        }
        result = event.data.fd == done ? print_what_is_done(loop) : read_input(loop);
        if (result == HYP_OK) {
            result = submit_what_came(loop);
        }
    }
    close(epoll);
    return result;
}

int main(int argc, char **argv)
{
    static struct loop loop;
    hyp_error error = {0, ""};

    int result = hyp_context_create(NULL, &loop.context, &error);
    if (result == HYP_OK) {
        result =
            hyp_device_open(loop.context, argc > 1 ? argv[1] : NULL, NULL, &loop.device, &error);
    }
    if (result == HYP_OK) {
        result = hyp_queue_create(loop.device, NULL, &loop.queue);
    }
    for (int i = 0; i < BATCHES && result == HYP_OK; i++) {
        result = hyp_keccak_batch_create(loop.device, LINES, (size_t)LINES * LINE_BYTES,
                                         &loop.slots[i].batch);
    }
    if (result == HYP_OK) {
        result = run(&loop);
    }
    if (result) {
        fprintf(stderr, "epoll: %s\n", error.code ? error.message : hyp_strerror(result));
    }
    hyp_queue_destroy(loop.queue);
    for (int i = 0; i < BATCHES; i++) {
        hyp_keccak_batch_destroy(loop.slots[i].batch);
    }
    hyp_device_close(loop.device);
    hyp_context_destroy(loop.context);
    return result ? 3 : 0;
}
