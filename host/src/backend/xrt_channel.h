/* Sending and receiving the messages of protocol.h; used by both ends. */
#ifndef HYPERION_BACKEND_XRT_CHANNEL_H
#define HYPERION_BACKEND_XRT_CHANNEL_H

#include "host/card-host/protocol.h"

/* Fills in the header of a message of `type`; the caller has filled in the rest. Sends it with
 * `fd`, unless that is -1. Returns 0, -EAGAIN when the other end does not keep up, or another
 * negative errno value. Never blocks, raises no SIGPIPE, and is safe in a signal handler. */
int hyp_card_host_send(int socket, enum card_host_type type, union card_host_message *message,
                       int fd);

/* Takes one message if there is one. Returns 1, 0 when the other end has closed, -EAGAIN when there
 * is none, -EPROTO for bytes that are no message, or another negative errno value. *fd receives a
 * descriptor (close on exec) that came with it, or -1. Strings in the message are terminated. Never
 * blocks. */
int hyp_card_host_receive(int socket, union card_host_message *message, int *fd);

#endif
