/* Any bytes as calls of XRT's emulation protocol: each is answered in a well-formed way or refused
 * with a sentence. The input is a sequence of calls: one byte opcode, two bytes length, that many
 * bytes. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "sim/hw_emu/server.h"
#include "tests/xrt/fake_card.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_answer(const struct hw_emu_buffer *answer)
{
    uint64_t length;
    assert(answer->size >= HW_EMU_ANSWER_HEADER && answer->data[0] == 0x09);
    memcpy(&length, answer->data + 1, sizeof(length));
    assert(length == answer->size - HW_EMU_ANSWER_HEADER);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char error[256];
    sim_card_options options = {.size = sizeof(options), .memory_base = SIM_MEMORY_BASE};
    struct hw_emu_server server = {.card = sim_card_create(&options, error, sizeof(error))};
    struct hw_emu_buffer answer = {0};
    enum hw_emu_verdict verdict = HW_EMU_ANSWERED;

    assert(server.card);
    while (verdict == HW_EMU_ANSWERED && size >= 3) {
        size_t length = data[1] | (size_t)data[2] << 8;
        length = length < size - 3 ? length : size - 3;
        verdict = hw_emu_serve(&server, data[0], data + 3, length, &answer);
        if (verdict == HW_EMU_REFUSED)
            assert(server.refusal[0]);
        else
            check_answer(&answer);
        data += 3 + length;
        size -= 3 + length;
    }
    sim_card_destroy(server.card);
    hw_emu_server_free(&server);
    hw_emu_buffer_free(&answer);
    return 0;
}
