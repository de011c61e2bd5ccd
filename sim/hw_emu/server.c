#include "sim/hw_emu/server.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <xcl_macros.h>

#include "sim/hw_emu/xrt_emulation.pb-c.h"

/* Registers that one call may access: more than any unit has. */
#define MAX_REGISTER_BYTES 4096u
/* Cycles between two looks at the clock. */
#define STEP_CYCLES 64

typedef enum hw_emu_verdict handler(struct hw_emu_server *server, const uint8_t *call, size_t size,
                                    struct hw_emu_buffer *answer);

__attribute__((format(printf, 2, 3))) static enum hw_emu_verdict
refuse(struct hw_emu_server *server, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(server->refusal, sizeof(server->refusal), format, arguments);
    va_end(arguments);
    return HW_EMU_REFUSED;
}

static enum hw_emu_verdict malformed(struct hw_emu_server *server, const char *call)
{
    return refuse(server, "XRT sent a %s that does not hold together", call);
}

/* Encodes `message` behind its header. */
static enum hw_emu_verdict reply(struct hw_emu_server *server, const ProtobufCMessage *message,
                                 struct hw_emu_buffer *answer)
{
    size_t size = protobuf_c_message_get_packed_size(message);
    if (hw_emu_buffer_resize(answer, HW_EMU_ANSWER_HEADER + size) != 0)
        return refuse(server, "no memory for an answer of %zu bytes", size);
    HwEmu__ResponseHeader header = HW_EMU__RESPONSE_HEADER__INIT;
    header.size = size;
    hw_emu__response_header__pack(&header, answer->data);
    protobuf_c_message_pack(message, answer->data + HW_EMU_ANSWER_HEADER);
    return HW_EMU_ANSWERED;
}

/* "Done", in the shape of every answer whose only field is a bool or a number numbered 1. */
static enum hw_emu_verdict acknowledge(struct hw_emu_server *server, struct hw_emu_buffer *answer)
{
    HwEmu__DataResponse response = HW_EMU__DATA_RESPONSE__INIT;
    response.valid = 1;
    return reply(server, &response.base, answer);
}

static enum hw_emu_verdict ignore(struct hw_emu_server *server, const uint8_t *call, size_t size,
                                  struct hw_emu_buffer *answer)
{
    (void)call;
    (void)size;
    return acknowledge(server, answer);
}

static enum hw_emu_verdict close_card(struct hw_emu_server *server, const uint8_t *call,
                                      size_t size, struct hw_emu_buffer *answer)
{
    (void)call;
    (void)size;
    enum hw_emu_verdict verdict = acknowledge(server, answer);
    return verdict == HW_EMU_ANSWERED ? HW_EMU_CLOSED : verdict;
}

/* What lay in a buffer before it was allocated is forgotten, so that a kernel that reads what the
 * host has not written is caught. */
static enum hw_emu_verdict allocate(struct hw_emu_server *server, const uint8_t *bytes, size_t size,
                                    struct hw_emu_buffer *answer)
{
    HwEmu__AllocDeviceBufferCall *call =
        hw_emu__alloc_device_buffer_call__unpack(NULL, size, bytes);
    if (!call)
        return malformed(server, "xclAllocDeviceBuffer");
    uint64_t address = call->ddraddress, length = call->size;
    hw_emu__alloc_device_buffer_call__free_unpacked(call, NULL);
    if (!sim_card_undefine_memory(server->card, address, length))
        return refuse(server,
                      "XRT allocated %" PRIu64 " bytes at 0x%" PRIx64
                      ", outside the simulated card's memory: the memory topology of the xclbin "
                      "and the simulator differ",
                      length, address);
    return acknowledge(server, answer);
}

/* dest + seek, src + skip. */
static bool add_offset(uint64_t *address, uint64_t offset)
{
    return !__builtin_add_overflow(*address, offset, address);
}

static enum hw_emu_verdict copy_to_card(struct hw_emu_server *server, const uint8_t *bytes,
                                        size_t size, struct hw_emu_buffer *answer)
{
    HwEmu__CopyHostToDeviceCall *call = hw_emu__copy_host_to_device_call__unpack(NULL, size, bytes);
    if (!call)
        return malformed(server, "xclCopyBufferHost2Device");
    uint64_t address = call->dest, length = call->src.len;
    bool written = call->size == length && add_offset(&address, call->seek) &&
                   sim_card_write_memory(server->card, address, call->src.data, length);
    hw_emu__copy_host_to_device_call__free_unpacked(call, NULL);
    if (!written)
        return refuse(server,
                      "XRT copied %" PRIu64 " bytes to 0x%" PRIx64
                      ", outside the simulated card's memory",
                      length, address);
    HwEmu__CopyResponse response = HW_EMU__COPY_RESPONSE__INIT;
    response.size = length;
    return reply(server, &response.base, answer);
}

static enum hw_emu_verdict copy_from_card(struct hw_emu_server *server, const uint8_t *bytes,
                                          size_t size, struct hw_emu_buffer *answer)
{
    HwEmu__CopyDeviceToHostCall *call = hw_emu__copy_device_to_host_call__unpack(NULL, size, bytes);
    if (!call)
        return malformed(server, "xclCopyBufferDevice2Host");
    uint64_t address = call->src, length = call->size;
    bool sound = add_offset(&address, call->skip) && length <= HW_EMU_MAX_CALL;
    hw_emu__copy_device_to_host_call__free_unpacked(call, NULL);
    if (!sound || hw_emu_buffer_resize(&server->copy, length) != 0 ||
        !sim_card_read_memory(server->card, address, server->copy.data, length))
        return refuse(server,
                      "XRT copied %" PRIu64 " bytes from 0x%" PRIx64
                      ", outside the simulated card's memory",
                      length, address);
    HwEmu__CopyResponse response = HW_EMU__COPY_RESPONSE__INIT;
    response.size = length;
    response.has_dest = 1;
    response.dest = (ProtobufCBinaryData){length, server->copy.data};
    return reply(server, &response.base, answer);
}

static enum hw_emu_verdict no_unit(struct hw_emu_server *server, uint64_t address)
{
    return refuse(server,
                  "XRT accessed register 0x%" PRIx64 ", where no compute unit is: the "
                  "xclbin and the simulator in it are of different versions",
                  address);
}

static enum hw_emu_verdict write_registers(struct hw_emu_server *server, const uint8_t *bytes,
                                           size_t size, struct hw_emu_buffer *answer)
{
    HwEmu__WriteCall *call = hw_emu__write_call__unpack(NULL, size, bytes);
    if (!call)
        return malformed(server, "xclWriteAddrKernelCtrl");
    uint64_t address = call->addr;
    size_t length = call->data.len;
    bool written = length % sizeof(uint32_t) == 0 && length <= MAX_REGISTER_BYTES;
    for (size_t done = 0; written && done < length; done += sizeof(uint32_t)) {
        uint32_t value;
        memcpy(&value, call->data.data + done, sizeof(value));
        written = sim_card_write_register(server->card, address + done, value);
    }
    hw_emu__write_call__free_unpacked(call, NULL);
    return written ? acknowledge(server, answer) : no_unit(server, address);
}

static uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* Steps the card if `address` is the control register of a unit that is running. */
static void advance(sim_card *card, uint64_t address)
{
    size_t unit = 0, count = sim_card_unit_count(card);
    while (unit < count && sim_card_unit(card, unit)->base != address)
        unit++;
    if (unit == count)
        return;
    uint64_t until = now_ns() + HW_EMU_STEP_NS;
    while (sim_card_unit_busy(card, unit) && now_ns() < until)
        if (sim_card_step(card, STEP_CYCLES) == 0)
            break;
}

static enum hw_emu_verdict read_registers(struct hw_emu_server *server, const uint8_t *bytes,
                                          size_t size, struct hw_emu_buffer *answer)
{
    HwEmu__ReadCall *call = hw_emu__read_call__unpack(NULL, size, bytes);
    if (!call)
        return malformed(server, "xclReadAddrKernelCtrl");
    uint64_t address = call->addr;
    size_t length = call->size;
    hw_emu__read_call__free_unpacked(call, NULL);

    uint32_t values[MAX_REGISTER_BYTES / sizeof(uint32_t)];
    if (length % sizeof(uint32_t) != 0 || length > sizeof(values))
        return malformed(server, "xclReadAddrKernelCtrl");
    advance(server->card, address);
    for (size_t i = 0; i < length / sizeof(uint32_t); i++)
        if (!sim_card_read_register(server->card, address + i * sizeof(uint32_t), &values[i]))
            return no_unit(server, address);
    HwEmu__DataResponse response = HW_EMU__DATA_RESPONSE__INIT;
    response.valid = 1;
    response.has_data = 1;
    response.data = (ProtobufCBinaryData){length, (uint8_t *)values};
    return reply(server, &response.base, answer);
}

/* The old access to card memory, outside of buffers: nobody who uses XRT's buffers needs it. */
static enum hw_emu_verdict refuse_ram(struct hw_emu_server *server, const uint8_t *call,
                                      size_t size, struct hw_emu_buffer *answer)
{
    (void)call;
    (void)size;
    (void)answer;
    return refuse(server, "XRT accessed card memory outside of a buffer, which this simulated card "
                          "does not offer");
}

static enum hw_emu_verdict read_counters(struct hw_emu_server *server, const uint8_t *call,
                                         size_t size, struct hw_emu_buffer *answer)
{
    (void)call;
    (void)size;
    HwEmu__PerfMonCountersResponse response = HW_EMU__PERF_MON_COUNTERS_RESPONSE__INIT;
    return reply(server, &response.base, answer);
}

static enum hw_emu_verdict read_timestamp(struct hw_emu_server *server, const uint8_t *call,
                                          size_t size, struct hw_emu_buffer *answer)
{
    (void)call;
    (void)size;
    HwEmu__TimestampResponse response = HW_EMU__TIMESTAMP_RESPONSE__INIT;
    response.device_timestamp = sim_card_cycles(server->card);
    return reply(server, &response.base, answer);
}

static enum hw_emu_verdict read_messages(struct hw_emu_server *server, const uint8_t *call,
                                         size_t size, struct hw_emu_buffer *answer)
{
    (void)call;
    (void)size;
    HwEmu__DebugMessagesResponse response = HW_EMU__DEBUG_MESSAGES_RESPONSE__INIT;
    return reply(server, &response.base, answer);
}

static handler *const handlers[] = {
    [xclClose_n] = close_card,
    [xclLoadBitstream_n] = ignore,
    [xclAllocDeviceBuffer_n] = allocate,
    [xclFreeDeviceBuffer_n] = ignore,
    [xclCopyBufferHost2Device_n] = copy_to_card,
    [xclCopyBufferDevice2Host_n] = copy_from_card,
    [xclWriteAddrSpaceDeviceRam_n] = refuse_ram,
    [xclWriteAddrKernelCtrl_n] = write_registers,
    [xclReadAddrSpaceDeviceRam_n] = refuse_ram,
    [xclReadAddrKernelCtrl_n] = read_registers,
    [xclPerfMonReadCounters_n] = read_counters,
    [xclGetDeviceTimestamp_n] = read_timestamp,
    [xclGetDebugMessages_n] = read_messages,
    [xclSetEnvironment_n] = ignore,
};

enum hw_emu_verdict hw_emu_serve(struct hw_emu_server *server, uint32_t api, const uint8_t *call,
                                 size_t size, struct hw_emu_buffer *answer)
{
    if (api >= sizeof(handlers) / sizeof(handlers[0]) || !handlers[api])
        return refuse(server, "XRT made call %" PRIu32 ", which this simulated card does not have",
                      api);
    enum hw_emu_verdict verdict = handlers[api](server, call, size, answer);
    const char *fault = sim_card_fault(server->card);
    if (fault && verdict != HW_EMU_CLOSED)
        return refuse(server, "%s", fault);
    return verdict;
}

void hw_emu_server_free(struct hw_emu_server *server)
{
    hw_emu_buffer_free(&server->copy);
}
