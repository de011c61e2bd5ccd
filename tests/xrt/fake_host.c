/* A helper process that lies, in the way that its first argument's environment asks for: the
 * library must believe nothing. FAKE_HOST names the lie; "honest" answers a LOAD as a card with one
 * keccak256 unit would. */
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host/src/backend/xrt_channel.h"

static bool lies(const char *how)
{
    const char *wanted = getenv("FAKE_HOST");
    return wanted && strcmp(wanted, how) == 0;
}

static void send_bytes(const void *bytes, size_t size)
{
    if (send(CARD_HOST_SOCKET, bytes, size, MSG_NOSIGNAL) < 0)
        _exit(1);
}

/* Where the uuid lies in the header of an xclbin. */
#define UUID_OFFSET 416

static uint8_t uuid[16];

static void answer_load(union card_host_message *message)
{
    memset(message, 0, sizeof(*message));
    memcpy(message->loaded.uuid, uuid, sizeof(uuid));
    message->loaded.uuid[15] ^= lies("wrong uuid");
    message->loaded.memory_bytes = 1 << 30;
    message->loaded.simulated = 1;
    message->loaded.unit_count = lies("too many units") ? CARD_HOST_MAX_UNITS + 1 : 1;
    strcpy(message->loaded.units[0].kernel, lies("no kernel") ? "vadd" : "keccak256");
    if (lies("unterminated"))
        memset(message->loaded.units[0].kernel, 'k', sizeof(message->loaded.units[0].kernel));
    hyp_card_host_send(CARD_HOST_SOCKET, CARD_HOST_LOADED, message, lies("descriptor") ? 0 : -1);
}

static void answer_run(union card_host_message *message)
{
    uint64_t id = message->run.id;
    memset(message, 0, sizeof(*message));
    message->run_done.id = lies("unknown run") ? id + 1 : id;
    message->run_done.result = lies("strange result") ? 77 : lies("impossible result") ? -99 : 0;
    memset(message->run_done.message, 'm', sizeof(message->run_done.message));
    hyp_card_host_send(CARD_HOST_SOCKET, CARD_HOST_RUN_DONE, message, -1);
    if (lies("twice"))
        hyp_card_host_send(CARD_HOST_SOCKET, CARD_HOST_RUN_DONE, message, -1);
}

static void answer(union card_host_message *message)
{
    static const char garbage[100] = "garbage";
    struct card_host_header header = {CARD_HOST_VERSION, CARD_HOST_RUN_DONE,
                                      sizeof(struct card_host_run_done)};
    bool run = message->header.type == CARD_HOST_RUN;
    if (message->header.type == CARD_HOST_LOAD && lies("garbage at load"))
        send_bytes(garbage, sizeof(garbage));
    else if (message->header.type == CARD_HOST_LOAD && lies("old version"))
        send_bytes(&(struct card_host_header){CARD_HOST_VERSION + 1, CARD_HOST_LOADED, 8}, 8);
    else if (message->header.type == CARD_HOST_LOAD)
        answer_load(message);
    else if (run && lies("garbage"))
        send_bytes(garbage, sizeof(garbage));
    else if (run && lies("cut short"))
        send_bytes(&header, sizeof(header));
    else if (run && lies("one byte"))
        send_bytes(&header, 1);
    else if (run && lies("loaded again"))
        answer_load(message);
    else if (run && lies("weights unasked"))
        hyp_card_host_send(CARD_HOST_SOCKET, CARD_HOST_RESIDENT_DONE, message, -1);
    else if (run && !lies("silent"))
        answer_run(message);
}

int main(void)
{
    for (;;) {
        union card_host_message message;
        int fd;
        struct pollfd socket = {CARD_HOST_SOCKET, POLLIN, 0};
        poll(&socket, 1, -1);
        int result = hyp_card_host_receive(CARD_HOST_SOCKET, &message, &fd);
        if (fd >= 0) {
            if (message.header.type == CARD_HOST_LOAD &&
                pread(fd, uuid, sizeof(uuid), UUID_OFFSET) != sizeof(uuid))
                _exit(1);
            if (message.header.type == CARD_HOST_MEMORY_ADD && lies("shrinks memory"))
                (void)!ftruncate(fd, 0);
            close(fd);
        }
        if (result != 1)
            _exit(0);
        answer(&message);
    }
}
