/* hyperion-card-host: the process that holds one card for libhyperion, because XRT can hang, crash
 * or sleep where a library must not (docs/xrt-emulation.md). The only program of the project that
 * links XRT.
 *
 *     hyperion-card-host FOLDER
 *
 * Started by the library's xrt backend, never by people: file descriptor 3 is a socket that speaks
 * protocol.h, FOLDER a private folder for XRT's files, which the library removes; stdout and stderr
 * are a log. It dies with its parent, and by _exit alone, since closing a card is one of the things
 * in which XRT hangs. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "host/card-host/card.h"
#include "host/card-host/image.h"
#include "host/card-host/interpose.h"
#include "host/src/backend/xrt_channel.h"
#include "host/src/fail.h"

/* XRT offers nothing to wait on that works in emulation: a run is looked at this often. */
#define POLL_NS 50000

__attribute__((noreturn)) static void fail_for_good(const hyp_error *error)
{
    union card_host_message message;
    memset(&message, 0, sizeof(message));
    message.failed.code = error->code;
    snprintf(message.failed.message, sizeof(message.failed.message), "%s", error->message);
    hyp_card_host_send(CARD_HOST_SOCKET, CARD_HOST_FAILED, &message, -1);
    fflush(stdout);
    _exit(1);
}

static void check_error(const hyp_error *error)
{
    if (error->code != 0)
        fail_for_good(error);
}

/* The socket is full only when the library has stopped to read: then there is nobody to serve. */
static void send_done(const struct card_host_run_done *done)
{
    union card_host_message message;
    message.run_done = *done;
    if (hyp_card_host_send(CARD_HOST_SOCKET, CARD_HOST_RUN_DONE, &message, -1) != 0)
        _exit(1);
}

static void load(struct card *card, const char *folder, const struct card_host_load *request,
                 int fd)
{
    union card_host_message answer;
    hyp_error error = {0};
    size_t size;
    void *image;
    if (image_read(request->path, fd, &image, &size, &error) != 0)
        fail_for_good(&error);
    close(fd);

    memset(&answer, 0, sizeof(answer));
    if (card_open(card, folder, request, image, size, &answer.loaded, &error) != 0)
        fail_for_good(&error);
    interpose_ready();
    image_free(image, size);
    if (hyp_card_host_send(CARD_HOST_SOCKET, CARD_HOST_LOADED, &answer, -1) != 0)
        _exit(1);
}

static void run(struct card *card, const struct card_host_run *request)
{
    struct card_host_run_done done;
    hyp_error error = {0};
    bool started = card_start(card, request, &done, &error);
    check_error(&error);
    if (!started)
        send_done(&done);
}

static void resident(struct card *card, const struct card_host_resident *range)
{
    union card_host_message answer = {.resident = *range};
    hyp_error error = {0};
    card_resident(card, range, &error);
    check_error(&error);
    if (hyp_card_host_send(CARD_HOST_SOCKET, CARD_HOST_RESIDENT_DONE, &answer, -1) != 0)
        _exit(1);
}

static void protocol_error(const char *what)
{
    hyp_error error;
    hyp_fail(&error, HYP_EVERSION,
             "the card's process got %s: library and hyperion-card-host are of different versions",
             what);
    fail_for_good(&error);
}

static void handle(struct card *card, const char *folder, const union card_host_message *message,
                   int fd)
{
    bool takes_descriptor =
        message->header.type == CARD_HOST_LOAD || message->header.type == CARD_HOST_MEMORY_ADD;
    if (takes_descriptor != (fd >= 0))
        protocol_error("a message with too many or too few descriptors");
    if ((card->device == NULL) != (message->header.type == CARD_HOST_LOAD))
        protocol_error("a message before the xclbin, or a second xclbin");
    switch (message->header.type) {
    case CARD_HOST_LOAD:
        load(card, folder, &message->load, fd);
        break;
    case CARD_HOST_MEMORY_ADD:
        /* Where this fails, a run that needs the memory does. */
        memory_add(&card->memories, message->memory.id, message->memory.size, fd);
        break;
    case CARD_HOST_MEMORY_REMOVE:
        memory_remove(&card->memories, message->memory.id);
        break;
    case CARD_HOST_RESIDENT:
        resident(card, &message->resident);
        break;
    case CARD_HOST_RUN:
        run(card, &message->run);
        break;
    default:
        protocol_error("a message that only it sends");
    }
}

/* Takes all messages that are there. */
static void receive(struct card *card, const char *folder)
{
    union card_host_message message;
    int fd, result;
    while ((result = hyp_card_host_receive(CARD_HOST_SOCKET, &message, &fd)) == 1)
        handle(card, folder, &message, fd);
    if (result == -EPROTO)
        protocol_error("bytes that are no message");
    if (result != -EAGAIN)
        _exit(0); /* the library has let go of the card */
}

static void serve(struct card *card, const char *folder)
{
    for (;;) {
        struct pollfd socket = {CARD_HOST_SOCKET, POLLIN, 0};
        struct timespec pause = {0, POLL_NS};
        if (ppoll(&socket, 1, card_busy(card) ? &pause : NULL, NULL) > 0)
            receive(card, folder);
        for (uint32_t i = 0; i < card->unit_count; i++) {
            struct card_host_run_done done;
            hyp_error error = {0};
            bool ended = card_poll(card, i, &done, &error);
            check_error(&error);
            if (ended)
                send_done(&done);
        }
    }
}

int main(int argc, char **argv)
{
    static struct card card;
    if (argc != 2 || fcntl(CARD_HOST_SOCKET, F_SETFD, FD_CLOEXEC) != 0) {
        fprintf(stderr, "hyperion-card-host is started by libhyperion, not by hand\n");
        return 2;
    }
    /* The parent is the thread that drives the card. If it is gone already, the socket tells. */
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    setvbuf(stdout, NULL, _IOLBF, 0);
    serve(&card, argv[1]);
    return 0;
}
