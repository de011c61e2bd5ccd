/* The framing of XRT's emulation protocol: a 14-byte header before each call, a 9-byte header
 * before each answer. What arrives is bounded before memory is had for it. */
#ifndef HYPERION_SIM_HW_EMU_WIRE_H
#define HYPERION_SIM_HW_EMU_WIRE_H

#include <stddef.h>
#include <stdint.h>

/* XRT's default packet_size is 8 MiB of payload; a call carries one packet and some fields. */
#define HW_EMU_MAX_CALL (16u << 20)

#define HW_EMU_CALL_HEADER   14
#define HW_EMU_ANSWER_HEADER 9

/* Bytes that grow, and are kept from one message to the next. */
struct hw_emu_buffer {
    uint8_t *data;
    size_t size;
    size_t capacity;
};

/* Makes room for `size` bytes and sets the size; the content is undefined. Returns 0 or -1. */
int hw_emu_buffer_resize(struct hw_emu_buffer *buffer, size_t size);
void hw_emu_buffer_free(struct hw_emu_buffer *buffer);

enum hw_emu_received {
    HW_EMU_CALL,   /* a call is in the buffer */
    HW_EMU_EOF,    /* the host closed the socket between two calls */
    HW_EMU_BROKEN, /* read error, end inside a call, a header that is none, too long, no memory */
};

/* Waits for one call. */
enum hw_emu_received hw_emu_receive(int socket, uint32_t *api, struct hw_emu_buffer *call);

/* Decodes the header of a call; returns 0, or -1 for bytes that are none. */
int hw_emu_call_header_decode(const uint8_t header[HW_EMU_CALL_HEADER], uint64_t *size,
                              uint32_t *api);

/* Sends an answer, header included. Returns 0 or -1. */
int hw_emu_send(int socket, const struct hw_emu_buffer *answer);

#endif
