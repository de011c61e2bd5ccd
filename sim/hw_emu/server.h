/* What XRT's emulation calls mean to a simulated card: decodes one call, carries it out, encodes
 * the answer. Knows no sockets, so that tests and the fuzzer drive it directly.
 *
 * XRT has no way to hear of a failure: it ignores the status of copies and register accesses. A
 * call that cannot be honoured is therefore refused, and the caller ends the process: a card that
 * is gone is noticed, a copy that silently did not happen is not. */
#ifndef HYPERION_SIM_HW_EMU_SERVER_H
#define HYPERION_SIM_HW_EMU_SERVER_H

#include <stddef.h>
#include <stdint.h>

#include "sim/card.h"
#include "sim/hw_emu/wire.h"

/* How long one read of a busy unit's control register may step the card before it is answered. XRT
 * polls without pause and does everything else between two polls. */
#define HW_EMU_STEP_NS 1000000u

struct hw_emu_server {
    sim_card *card; /* the caller's */
    struct hw_emu_buffer copy;
    char refusal[256]; /* why a call was refused */
};

enum hw_emu_verdict {
    HW_EMU_ANSWERED, /* the answer is to be sent */
    HW_EMU_CLOSED,   /* it is to be sent, and was the last one */
    HW_EMU_REFUSED,  /* see server.refusal; there is no answer */
};

/* Carries out one call of `size` bytes. The answer includes its header. */
enum hw_emu_verdict hw_emu_serve(struct hw_emu_server *server, uint32_t api, const uint8_t *call,
                                 size_t size, struct hw_emu_buffer *answer);

void hw_emu_server_free(struct hw_emu_server *server);

#endif
