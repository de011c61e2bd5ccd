#include "host/src/backend/xrt_channel.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Room for one descriptor, aligned as the kernel wants it. */
union control {
    struct cmsghdr header;
    char bytes[CMSG_SPACE(sizeof(int))];
};

int hyp_card_host_send(int socket, enum card_host_type type, union card_host_message *message,
                       int fd)
{
    uint32_t size = card_host_message_size((uint16_t)type);
    message->header = (struct card_host_header){CARD_HOST_VERSION, (uint16_t)type, size};
    struct iovec data = {message, size};
    struct msghdr datagram = {.msg_iov = &data, .msg_iovlen = 1};
    union control control;
    if (fd >= 0) {
        memset(&control, 0, sizeof(control));
        datagram.msg_control = &control;
        datagram.msg_controllen = sizeof(control);
        control.header.cmsg_level = SOL_SOCKET;
        control.header.cmsg_type = SCM_RIGHTS;
        control.header.cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
    }
    ssize_t sent;
    do
        sent = sendmsg(socket, &datagram, MSG_NOSIGNAL | MSG_DONTWAIT);
    while (sent < 0 && errno == EINTR);
    return sent < 0 ? -errno : 0;
}

/* The first descriptor that came with a datagram, or -1; any other is closed. */
static int take_descriptor(struct msghdr *datagram)
{
    int kept = -1;
    struct cmsghdr *control = CMSG_FIRSTHDR(datagram);
    if (!control || control->cmsg_level != SOL_SOCKET || control->cmsg_type != SCM_RIGHTS)
        return -1;
    size_t count = (control->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (size_t i = 0; i < count; i++) {
        int fd;
        memcpy(&fd, CMSG_DATA(control) + i * sizeof(int), sizeof(fd));
        if (kept < 0)
            kept = fd;
        else
            close(fd);
    }
    return kept;
}

static void terminate(char *text, size_t size)
{
    text[size - 1] = '\0';
}

static void terminate_strings(union card_host_message *message)
{
    switch (message->header.type) {
    case CARD_HOST_LOAD:
        terminate(message->load.bdf, sizeof(message->load.bdf));
        terminate(message->load.path, sizeof(message->load.path));
        terminate(message->load.faults, sizeof(message->load.faults));
        break;
    case CARD_HOST_LOADED:
        terminate(message->loaded.platform, sizeof(message->loaded.platform));
        for (size_t i = 0; i < CARD_HOST_MAX_UNITS; i++) {
            struct card_host_unit *unit = &message->loaded.units[i];
            terminate(unit->kernel, sizeof(unit->kernel));
            terminate(unit->instance, sizeof(unit->instance));
        }
        break;
    case CARD_HOST_FAILED:
        terminate(message->failed.message, sizeof(message->failed.message));
        break;
    case CARD_HOST_RUN_DONE:
        terminate(message->run_done.message, sizeof(message->run_done.message));
        break;
    default:
        break;
    }
}

static int well_formed(const union card_host_message *message, size_t size)
{
    return size >= sizeof(struct card_host_header) &&
           message->header.version == CARD_HOST_VERSION && message->header.size == size &&
           card_host_message_size(message->header.type) == size;
}

int hyp_card_host_receive(int socket, union card_host_message *message, int *fd)
{
    struct iovec data = {message, sizeof(*message)};
    union control control;
    struct msghdr datagram = {.msg_iov = &data,
                              .msg_iovlen = 1,
                              .msg_control = &control,
                              .msg_controllen = sizeof(control)};
    ssize_t size;
    *fd = -1;
    do
        size = recvmsg(socket, &datagram, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    while (size < 0 && errno == EINTR);
    if (size < 0)
        return errno == EWOULDBLOCK ? -EAGAIN : -errno;
    if (size == 0)
        return 0;
    *fd = take_descriptor(&datagram);
    if ((datagram.msg_flags & MSG_TRUNC) || !well_formed(message, (size_t)size)) {
        if (*fd >= 0)
            close(*fd);
        *fd = -1;
        return -EPROTO;
    }
    terminate_strings(message);
    return 1;
}
