/* The server of XRT's emulation protocol, call by call, against a fake card: what XRT sends is
 * answered in the shape that XRT reads, and what it should never send is refused. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <xcl_macros.h>

#include "hyperion/batch.h"
#include "sim/hw_emu/server.h"
#include "sim/hw_emu/xrt_emulation.pb-c.h"
#include "tests/support/test.h"
#include "tests/xrt/fake_card.h"

struct fixture {
    struct hw_emu_server server;
    struct hw_emu_buffer answer;
};

static int open_server(void **state)
{
    static struct fixture fixture;
    char error[256];
    sim_card_options options = {.size = sizeof(options), .memory_base = SIM_MEMORY_BASE};
    memset(&fixture, 0, sizeof(fixture));
    fixture.server.card = sim_card_create(&options, error, sizeof(error));
    *state = &fixture;
    return fixture.server.card ? 0 : -1;
}

static int close_server(void **state)
{
    struct fixture *fixture = *state;
    sim_card_destroy(fixture->server.card);
    hw_emu_server_free(&fixture->server);
    hw_emu_buffer_free(&fixture->answer);
    return 0;
}

static enum hw_emu_verdict serve(struct fixture *fixture, uint32_t api,
                                 const ProtobufCMessage *call)
{
    size_t size = protobuf_c_message_get_packed_size(call);
    uint8_t *bytes = malloc(size + 1);
    assert_non_null(bytes);
    protobuf_c_message_pack(call, bytes);
    enum hw_emu_verdict verdict =
        hw_emu_serve(&fixture->server, api, bytes, size, &fixture->answer);
    free(bytes);
    return verdict;
}

/* The answer behind its 9-byte header, whose length must be right. */
static const uint8_t *body(const struct fixture *fixture, size_t *size)
{
    uint64_t length;
    assert_true(fixture->answer.size >= HW_EMU_ANSWER_HEADER);
    assert_int_equal(fixture->answer.data[0], 0x09); /* fixed64, number 1 */
    memcpy(&length, fixture->answer.data + 1, sizeof(length));
    assert_int_equal(length, fixture->answer.size - HW_EMU_ANSWER_HEADER);
    *size = length;
    return fixture->answer.data + HW_EMU_ANSWER_HEADER;
}

static enum hw_emu_verdict write_memory(struct fixture *fixture, uint64_t address, uint64_t seek,
                                        void *data, size_t size, uint64_t claimed)
{
    HwEmu__CopyHostToDeviceCall call = HW_EMU__COPY_HOST_TO_DEVICE_CALL__INIT;
    call.has_dest = call.has_src = call.has_size = call.has_seek = 1;
    call.dest = address;
    call.seek = seek;
    call.size = claimed;
    call.src = (ProtobufCBinaryData){size, data};
    return serve(fixture, xclCopyBufferHost2Device_n, &call.base);
}

static enum hw_emu_verdict read_memory(struct fixture *fixture, uint64_t address, uint64_t skip,
                                       uint64_t size)
{
    HwEmu__CopyDeviceToHostCall call = HW_EMU__COPY_DEVICE_TO_HOST_CALL__INIT;
    call.has_src = call.has_size = call.has_skip = 1;
    call.src = address;
    call.skip = skip;
    call.size = size;
    return serve(fixture, xclCopyBufferDevice2Host_n, &call.base);
}

static enum hw_emu_verdict write_register(struct fixture *fixture, uint64_t address, uint32_t value)
{
    HwEmu__WriteCall call = HW_EMU__WRITE_CALL__INIT;
    call.has_addr = call.has_size = call.has_data = 1;
    call.addr = address;
    call.size = sizeof(value);
    call.data = (ProtobufCBinaryData){sizeof(value), (uint8_t *)&value};
    return serve(fixture, xclWriteAddrKernelCtrl_n, &call.base);
}

static enum hw_emu_verdict ask_registers(struct fixture *fixture, uint64_t address, uint32_t size)
{
    HwEmu__ReadCall call = HW_EMU__READ_CALL__INIT;
    call.has_addr = call.has_size = 1;
    call.addr = address;
    call.size = size;
    return serve(fixture, xclReadAddrKernelCtrl_n, &call.base);
}

static uint32_t read_register(struct fixture *fixture, uint64_t address)
{
    uint32_t value;
    size_t size;
    assert_int_equal(ask_registers(fixture, address, sizeof(value)), HW_EMU_ANSWERED);
    const uint8_t *bytes = body(fixture, &size);
    HwEmu__DataResponse *response = hw_emu__data_response__unpack(NULL, size, bytes);
    assert_non_null(response);
    assert_int_equal(response->valid, 1);
    assert_int_equal(response->data.len, sizeof(value));
    memcpy(&value, response->data.data, sizeof(value));
    hw_emu__data_response__free_unpacked(response, NULL);
    return value;
}

static void memory_is_copied(void **state)
{
    struct fixture *fixture = *state;
    uint8_t data[1000];
    size_t size;
    for (size_t i = 0; i < sizeof(data); i++)
        data[i] = (uint8_t)(i * 7);
    assert_int_equal(
        write_memory(fixture, SIM_MEMORY_BASE + 4096, 64, data, sizeof(data), sizeof(data)),
        HW_EMU_ANSWERED);
    assert_int_equal(read_memory(fixture, SIM_MEMORY_BASE, 4096 + 64, sizeof(data)),
                     HW_EMU_ANSWERED);
    const uint8_t *bytes = body(fixture, &size);
    HwEmu__CopyResponse *response = hw_emu__copy_response__unpack(NULL, size, bytes);
    assert_non_null(response);
    assert_int_equal(response->size, sizeof(data));
    assert_int_equal(response->dest.len, sizeof(data));
    assert_memory_equal(response->dest.data, data, sizeof(data));
    hw_emu__copy_response__free_unpacked(response, NULL);
}

static void copies_outside_memory_are_refused(void **state)
{
    struct fixture *fixture = *state;
    const uint64_t end = SIM_MEMORY_BASE + FAKE_MEMORY;
    uint8_t data[64] = {0};
    assert_int_equal(write_memory(fixture, SIM_MEMORY_BASE - 1, 0, data, 64, 64), HW_EMU_REFUSED);
    assert_non_null(strstr(fixture->server.refusal, "outside"));
    assert_int_equal(write_memory(fixture, end - 63, 0, data, 64, 64), HW_EMU_REFUSED);
    assert_int_equal(write_memory(fixture, end - 64, 0, data, 64, 64), HW_EMU_ANSWERED);
    assert_int_equal(write_memory(fixture, UINT64_MAX, 1, data, 64, 64), HW_EMU_REFUSED);
    assert_int_equal(write_memory(fixture, UINT64_MAX, SIM_MEMORY_BASE + 1, data, 64, 64),
                     HW_EMU_REFUSED);
    assert_int_equal(read_memory(fixture, end - 63, 0, 64), HW_EMU_REFUSED);
    assert_int_equal(read_memory(fixture, SIM_MEMORY_BASE, UINT64_MAX, 64), HW_EMU_REFUSED);
}

static void lengths_that_do_not_hold_together_are_refused(void **state)
{
    struct fixture *fixture = *state;
    uint8_t data[64] = {0};
    assert_int_equal(write_memory(fixture, SIM_MEMORY_BASE, 0, data, 64, 65), HW_EMU_REFUSED);
    assert_int_equal(write_memory(fixture, SIM_MEMORY_BASE, 0, data, 64, 63), HW_EMU_REFUSED);
    assert_int_equal(read_memory(fixture, SIM_MEMORY_BASE, 0, HW_EMU_MAX_CALL + 1), HW_EMU_REFUSED);
    assert_int_equal(read_memory(fixture, SIM_MEMORY_BASE, 0, UINT64_MAX), HW_EMU_REFUSED);
    assert_int_equal(ask_registers(fixture, SIM_UNIT_BASE, 3), HW_EMU_REFUSED);
    assert_int_equal(ask_registers(fixture, SIM_UNIT_BASE, UINT32_MAX & ~3u), HW_EMU_REFUSED);
    assert_int_equal(ask_registers(fixture, SIM_UNIT_BASE, 0), HW_EMU_ANSWERED);
}

static void registers_of_no_unit_are_refused(void **state)
{
    struct fixture *fixture = *state;
    assert_int_equal(write_register(fixture, SIM_UNIT_BASE - 4, 1), HW_EMU_REFUSED);
    assert_int_equal(ask_registers(fixture, 0, 4), HW_EMU_REFUSED);
    assert_non_null(strstr(fixture->server.refusal, "0x0"));
}

/* Polling alone takes a run to its end, and an idle unit costs no time. */
static void reads_of_a_busy_unit_advance_the_card(void **state)
{
    struct fixture *fixture = *state;
    const uint64_t unit = SIM_UNIT_BASE + SIM_UNIT_STEP, output = SIM_MEMORY_BASE + 4096;
    hyp_batch_header header = {.magic = HYP_BATCH_INPUT_MAGIC, .op = HYP_OP_KECCAK256};
    assert_int_equal(
        write_memory(fixture, SIM_MEMORY_BASE, 0, &header, sizeof(header), sizeof(header)),
        HW_EMU_ANSWERED);
    assert_int_equal(read_register(fixture, unit), 4);
    assert_int_equal(sim_card_cycles(fixture->server.card), 0);
    write_register(fixture, unit + 0x10, (uint32_t)SIM_MEMORY_BASE);
    write_register(fixture, unit + 0x14, (uint32_t)(SIM_MEMORY_BASE >> 32));
    write_register(fixture, unit + 0x1c, (uint32_t)output);
    write_register(fixture, unit + 0x20, (uint32_t)(output >> 32));
    assert_int_equal(read_register(fixture, unit + 0x1c), (uint32_t)output);
    assert_int_equal(write_register(fixture, unit, 1), HW_EMU_ANSWERED);
    uint32_t control = 0;
    for (int polls = 0; !(control & 2) && polls < 1000; polls++)
        control = read_register(fixture, unit);
    assert_int_equal(control, 6);
    assert_int_equal(read_register(fixture, unit), 4);
    assert_in_range(sim_card_cycles(fixture->server.card), FAKE_RUN_CYCLES, 2 * FAKE_RUN_CYCLES);
}

static void fault_of_the_card_ends_all(void **state)
{
    struct fixture *fixture = *state;
    write_register(fixture, SIM_UNIT_BASE, 1); /* with no arguments */
    enum hw_emu_verdict verdict = HW_EMU_ANSWERED;
    for (int polls = 0; verdict == HW_EMU_ANSWERED && polls < 1000; polls++)
        verdict = ask_registers(fixture, SIM_UNIT_BASE, 4);
    assert_int_equal(verdict, HW_EMU_REFUSED);
    assert_string_equal(fixture->server.refusal, "fake card: bad arguments");
}

static void small_calls_are_answered(void **state)
{
    static const uint32_t apis[] = {xclLoadBitstream_n,      xclAllocDeviceBuffer_n,
                                    xclFreeDeviceBuffer_n,   xclPerfMonReadCounters_n,
                                    xclGetDeviceTimestamp_n, xclGetDebugMessages_n,
                                    xclSetEnvironment_n};
    struct fixture *fixture = *state;
    HwEmu__AllocDeviceBufferCall call = HW_EMU__ALLOC_DEVICE_BUFFER_CALL__INIT;
    call.has_ddraddress = call.has_size = 1;
    call.ddraddress = SIM_MEMORY_BASE;
    call.size = 4096;
    size_t size;
    for (size_t i = 0; i < sizeof(apis) / sizeof(apis[0]); i++) {
        assert_int_equal(serve(fixture, apis[i], &call.base), HW_EMU_ANSWERED);
        body(fixture, &size);
    }
    assert_int_equal(serve(fixture, xclClose_n, &call.base), HW_EMU_CLOSED);
    body(fixture, &size);
    call.size = FAKE_MEMORY + 1;
    assert_int_equal(serve(fixture, xclAllocDeviceBuffer_n, &call.base), HW_EMU_REFUSED);
}

static void unknown_calls_are_refused(void **state)
{
    struct fixture *fixture = *state;
    static const uint32_t apis[] = {0,  2,    xclCopyBO_n, xclLoadXclbinContent_n,
                                    50, 1000, UINT32_MAX};
    for (size_t i = 0; i < sizeof(apis) / sizeof(apis[0]); i++)
        assert_int_equal(hw_emu_serve(&fixture->server, apis[i], NULL, 0, &fixture->answer),
                         HW_EMU_REFUSED);
}

/* ---- framing ---- */

static void calls_are_bounded_before_they_are_believed(void **state)
{
    (void)state;
    static const struct {
        uint8_t header[HW_EMU_CALL_HEADER];
        enum hw_emu_received received;
    } cases[] = {
        {{0x09, 0, 0, 0, 0, 0, 0, 0, 0, 0x15, 19, 0, 0, 0}, HW_EMU_CALL},
        {{0x09, 1, 0, 0, 1, 0, 0, 0, 0, 0x15, 19, 0, 0, 0}, HW_EMU_BROKEN}, /* 16 MiB + 1 */
        {{0x09, 255, 255, 255, 255, 255, 255, 255, 255, 0x15, 19, 0, 0, 0}, HW_EMU_BROKEN},
        {{0x09, 5, 0, 0, 0, 0, 0, 0, 0, 0x15, 19, 0, 0, 0}, HW_EMU_BROKEN}, /* ends within */
        {{0x08, 0, 0, 0, 0, 0, 0, 0, 0, 0x15, 19, 0, 0, 0}, HW_EMU_BROKEN},
        {{0}, HW_EMU_BROKEN},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct hw_emu_buffer call = {0};
        uint32_t api = 0;
        int ends[2];
        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
        assert_int_equal(write(ends[0], cases[i].header, HW_EMU_CALL_HEADER), HW_EMU_CALL_HEADER);
        close(ends[0]);
        assert_int_equal(hw_emu_receive(ends[1], &api, &call), cases[i].received);
        if (cases[i].received == HW_EMU_CALL)
            assert_int_equal(api, 19);
        hw_emu_buffer_free(&call);
        close(ends[1]);
    }
}

static void host_that_goes_is_noticed(void **state)
{
    (void)state;
    struct hw_emu_buffer call = {0}, answer = {0};
    uint32_t api;
    int ends[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    close(ends[0]);
    assert_int_equal(hw_emu_receive(ends[1], &api, &call), HW_EMU_EOF);
    assert_int_equal(hw_emu_buffer_resize(&answer, 100000), 0);
    memset(answer.data, 0, answer.size);
    assert_int_equal(hw_emu_send(ends[1], &answer), -1); /* and no SIGPIPE */
    hw_emu_buffer_free(&answer);
    close(ends[1]);
}

#define test(name) cmocka_unit_test_setup_teardown(name, open_server, close_server)

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(memory_is_copied),
        test(copies_outside_memory_are_refused),
        test(lengths_that_do_not_hold_together_are_refused),
        test(registers_of_no_unit_are_refused),
        test(reads_of_a_busy_unit_advance_the_card),
        test(fault_of_the_card_ends_all),
        test(small_calls_are_answered),
        test(unknown_calls_are_refused),
        cmocka_unit_test(calls_are_bounded_before_they_are_believed),
        cmocka_unit_test(host_that_goes_is_noticed),
    };
    return cmocka_run_group_tests_name("hw_emu server", tests, NULL, NULL);
}
