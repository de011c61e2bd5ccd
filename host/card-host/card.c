#include "host/card-host/card.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "driver/xclbin/verify.h"
#include "driver/xclbin/xclbin.h"
#include "host/card-host/emulation.h"
#include "host/card-host/interpose.h"
#include "host/card-host/reset.h"
#include "host/src/fail.h"

/* What every kernel has (hw/README.md). */
enum { ARGUMENT_INPUT, ARGUMENT_OUTPUT, ARGUMENT_INPUT_BYTES, ARGUMENT_OUTPUT_BYTES };

#define REGISTER_VERSION 0xff4

/* XRT waits for ever for a simulated card that does not answer. */
#define EMULATION_LOAD_SECONDS 40
/* Kernels read and write whole beats. */
#define BEAT 64u
#define PAGE 4096u

static uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* What a memory group can hold at least: the size of the smallest memory in use. */
static uint64_t memory_bytes(const xclbin_reader *reader)
{
    uint64_t least = 0, bytes;
    for (uint32_t i = 0; i < xclbin_memory_count(reader); i++) {
        xclbin_memory memory = xclbin_memory_at(reader, i);
        if (memory.used && !__builtin_mul_overflow(memory.kbytes, UINT64_C(1024), &bytes) &&
            (least == 0 || bytes < least))
            least = bytes;
    }
    return least;
}

static int prepare_surroundings(struct card *card, const char *folder,
                                const struct card_host_load *load, const xclbin_reader *reader,
                                hyp_error *error)
{
    xclbin_target target = xclbin_get_target(reader);
    if (target == XCLBIN_TARGET_HW_EMU) {
        card->simulated = true;
        interpose_begin(CARD_HOST_SOCKET, folder, EMULATION_LOAD_SECONDS);
        return emulation_prepare(folder, xclbin_platform(reader), error);
    }
    if (target != XCLBIN_TARGET_HW)
        return hyp_fail(error, HYP_EBITSTREAM,
                        "%s is for %s, which cannot run kernels in RTL: use one for hw or hw_emu",
                        load->path, xclbin_target_name(target));
    if (!load->bdf[0])
        return hyp_fail(error, HYP_ENODEV,
                        "%s is for a card (%s), and this machine has none that XRT drives",
                        load->path, xclbin_platform(reader));
    emulation_forbid();
    return 0;
}

/* A unit that an earlier process left running still writes to card memory, and loading the xclbin
 * that is loaded does not stop it. */
static int reset_card(struct card *card, const char *bdf, hyp_error *error)
{
    char why[200] = "";
    if (card_hot_reset(xrtDeviceToXclDevice(card->device), why, sizeof(why)) != 0)
        return hyp_fail(error, HYP_EDEVICE,
                        "the card at %s was left with work on it and cannot be reset (%s): reset "
                        "it as root with xbutil",
                        bdf, why);
    xrtDeviceClose(card->device);
    card->device = xrtDeviceOpenByBDF(bdf);
    return card->device ? 0
                        : hyp_fail(error, HYP_EDEVICE,
                                   "the card at %s did not come back from a "
                                   "reset",
                                   bdf);
}

static int open_device(struct card *card, const struct card_host_load *load, hyp_error *error)
{
    card->device = card->simulated ? xrtDeviceOpen(0) : xrtDeviceOpenByBDF(load->bdf);
    if (!card->device)
        return hyp_fail(error, HYP_EDEVICE, "XRT cannot open %s%s: %s",
                        card->simulated ? "the simulated card" : "the card at ",
                        card->simulated ? "" : load->bdf, strerror(errno));
    return load->reset && !card->simulated ? reset_card(card, load->bdf, error) : 0;
}

static int load_xclbin(struct card *card, const struct card_host_load *load, const void *image,
                       const xclbin_reader *reader, hyp_error *error)
{
    if (xrtDeviceLoadXclbin(card->device, image) != 0)
        return hyp_fail(error, HYP_EBITSTREAM,
                        "XRT does not load %s: it is for %s; is that this card's platform, and "
                        "does no other process use the card with another xclbin?",
                        load->path, xclbin_platform(reader));
    return 0;
}

/* The version word that every kernel has. XRT reads registers through exclusive contexts only, so
 * this goes before the context that work is done in; another process on the card prevents it, and
 * no harm is done. */
static uint32_t read_version(const struct card *card, const xuid_t uuid, const char *name)
{
    uint32_t version = 0;
    xrtKernelHandle kernel = xrtPLKernelOpenExclusive(card->device, uuid, name);
    if (!kernel)
        return 0;
    if (xrtKernelReadRegister(kernel, REGISTER_VERSION, &version) != 0)
        version = 0;
    xrtKernelClose(kernel);
    return version;
}

/* Opens one compute unit. False for a unit that is not one of ours: it lacks the arguments. */
static bool open_unit(struct card *card, const xuid_t uuid, const xclbin_unit *named)
{
    struct card_unit *unit = &card->units[card->unit_count];
    char name[160];
    snprintf(name, sizeof(name), "%s:{%s}", named->kernel, named->instance);
    memcpy(unit->name.kernel, named->kernel, sizeof(unit->name.kernel));
    memcpy(unit->name.instance, named->instance, sizeof(unit->name.instance));
    unit->name.kernel_version = read_version(card, uuid, name);
    unit->kernel = xrtPLKernelOpen(card->device, uuid, name);
    if (!unit->kernel)
        return false;
    unit->input_group = xrtKernelArgGroupId(unit->kernel, ARGUMENT_INPUT);
    unit->output_group = xrtKernelArgGroupId(unit->kernel, ARGUMENT_OUTPUT);
    if (unit->input_group >= 0 && unit->output_group >= 0)
        unit->run = xrtRunOpen(unit->kernel);
    if (!unit->run) {
        xrtKernelClose(unit->kernel);
        return false;
    }
    card->unit_count++;
    return true;
}

static int open_units(struct card *card, const char *path, const xclbin_reader *reader,
                      struct card_host_loaded *loaded, hyp_error *error)
{
    xuid_t uuid;
    memcpy(uuid, xclbin_uuid(reader), sizeof(uuid));
    for (uint32_t i = 0; i < xclbin_unit_count(reader) && i < CARD_HOST_MAX_UNITS; i++) {
        xclbin_unit unit = xclbin_unit_at(reader, i);
        if (open_unit(card, uuid, &unit))
            loaded->units[card->unit_count - 1] = card->units[card->unit_count - 1].name;
        else
            fprintf(stderr,
                    "compute unit %s:%s is not used: XRT does not open it with the "
                    "arguments of a Hyperion kernel\n",
                    unit.kernel, unit.instance);
    }
    if (card->unit_count == 0)
        return hyp_fail(error, HYP_EBITSTREAM, "%s has no compute unit that can be used", path);
    loaded->unit_count = card->unit_count;
    return 0;
}

/* A damaged file is told here, by the section that is damaged: a damaged simulator would only be
 * silent, a damaged bitstream would be programmed. A container without a manifest, as Vitis makes
 * them, has nothing to be compared with. */
static int check_xclbin(const char *path, const void *image, size_t size, xclbin_reader *reader,
                        hyp_error *error)
{
    xclbin_section manifest;
    xclbin_error why;
    if (xclbin_open(reader, image, size, &why) != 0 ||
        xclbin_require(reader, XCLBIN_BITSTREAM, &why) != 0 ||
        xclbin_require(reader, XCLBIN_EMBEDDED_METADATA, &why) != 0 ||
        xclbin_require(reader, XCLBIN_MEM_TOPOLOGY, &why) != 0 ||
        xclbin_require(reader, XCLBIN_IP_LAYOUT, &why) != 0 ||
        (xclbin_find_section(reader, XCLBIN_USER_METADATA, &manifest) &&
         xclbin_verify(reader, NULL, &why) != 0))
        return hyp_fail(error, HYP_EBITSTREAM, "%s is damaged: %s", path, why.message);
    return 0;
}

int card_open(struct card *card, const char *folder, const struct card_host_load *load,
              const void *image, size_t size, struct card_host_loaded *loaded, hyp_error *error)
{
    xclbin_reader reader;
    int result = check_xclbin(load->path, image, size, &reader, error);
    if (result == 0)
        result = prepare_surroundings(card, folder, load, &reader, error);
    if (result == 0)
        result = open_device(card, load, error);
    if (result == 0)
        result = load_xclbin(card, load, image, &reader, error);
    if (result != 0)
        return result;

    card->memories.device = card->device;
    loaded->memory_bytes = memory_bytes(&reader);
    if (card->simulated) {
        /* XRT's emulation keeps as much again free before and behind each buffer. */
        loaded->memory_bytes = loaded->memory_bytes / 3 / PAGE * PAGE;
        card->memories.arena_bytes = loaded->memory_bytes;
    }
    loaded->simulated = card->simulated;
    memcpy(loaded->uuid, xclbin_uuid(&reader), sizeof(loaded->uuid));
    snprintf(loaded->platform, sizeof(loaded->platform), "%s", xclbin_platform(&reader));
    return open_units(card, load->path, &reader, loaded, error);
}

__attribute__((format(printf, 3, 4))) static bool refuse(struct card_host_run_done *done, int code,
                                                         const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(done->message, sizeof(done->message), format, arguments);
    va_end(arguments);
    done->result = code;
    return false;
}

/* Whole beats, because the kernel reads whole beats; a memory ends at a page. */
static uint64_t round_to_beat(uint64_t bytes)
{
    return (bytes + BEAT - 1) / BEAT * BEAT;
}

static bool start_unit(struct card_unit *unit, const struct card_host_run *run,
                       xrtBufferHandle input, xrtBufferHandle output, hyp_error *error)
{
    uint64_t before = now_ns();
    if (xrtBOSync(input, XCL_BO_SYNC_BO_TO_DEVICE, round_to_beat(run->input_bytes), 0) != 0) {
        hyp_fail(error, HYP_EDEVICE, "XRT could not copy a batch to the card: %s", strerror(errno));
        return false;
    }
    unit->started_ns = now_ns();
    unit->done.to_card_ns = unit->started_ns - before;
    if (xrtRunSetArg(unit->run, ARGUMENT_INPUT, input) != 0 ||
        xrtRunSetArg(unit->run, ARGUMENT_OUTPUT, output) != 0 ||
        xrtRunSetArg(unit->run, ARGUMENT_INPUT_BYTES, run->input_bytes) != 0 ||
        xrtRunSetArg(unit->run, ARGUMENT_OUTPUT_BYTES, run->output_bytes) != 0 ||
        xrtRunStart(unit->run) != 0) {
        hyp_fail(error, HYP_EDEVICE, "XRT could not start %s: %s", unit->name.instance,
                 strerror(errno));
        return false;
    }
    return true;
}

bool card_start(struct card *card, const struct card_host_run *run, struct card_host_run_done *done,
                hyp_error *error)
{
    hyp_error own = {0};
    memset(done, 0, sizeof(*done));
    done->id = run->id;
    struct memory *input = memory_find(&card->memories, run->input);
    struct memory *output = memory_find(&card->memories, run->output);
    if (run->unit >= card->unit_count || card->units[run->unit].busy)
        return refuse(done, HYP_EINVAL, "compute unit %" PRIu32 " does not exist or is busy",
                      run->unit);
    if (!input || !output || run->input_bytes > input->size || run->output_bytes > output->size)
        return refuse(done, HYP_EINVAL, "a run names memory that the card's process lacks");

    struct card_unit *unit = &card->units[run->unit];
    xrtBufferHandle in = memory_buffer(&card->memories, input, unit->input_group, &own);
    xrtBufferHandle out =
        in ? memory_buffer(&card->memories, output, unit->output_group, &own) : NULL;
    if (!out)
        return refuse(done, own.code, "%s", own.message);
    unit->done = *done;
    if (!start_unit(unit, run, in, out, error))
        return false;
    memory_hold(input);
    memory_hold(output);
    unit->busy = true;
    unit->input = input;
    unit->output = output;
    unit->output_bytes = run->output_bytes;
    return true;
}

static void finish(struct card *card, struct card_unit *unit, hyp_error *error)
{
    uint64_t ended = now_ns();
    unit->done.run_ns = ended - unit->started_ns;
    xrtBufferHandle output =
        memory_buffer(&card->memories, unit->output, unit->output_group, error);
    if (!output || xrtBOSync(output, XCL_BO_SYNC_BO_FROM_DEVICE, unit->output_bytes, 0) != 0)
        hyp_fail(error, HYP_EDEVICE, "XRT could not copy a result from the card: %s",
                 strerror(errno));
    unit->done.from_card_ns = now_ns() - ended;
    unit->busy = false;
    memory_release(&card->memories, unit->input);
    memory_release(&card->memories, unit->output);
}

/* The states have no order: each is named. */
bool card_poll(struct card *card, uint32_t index, struct card_host_run_done *done, hyp_error *error)
{
    struct card_unit *unit = &card->units[index];
    if (!unit->busy)
        return false;
    enum ert_cmd_state state = xrtRunState(unit->run);
    switch (state) {
    case ERT_CMD_STATE_NEW:
    case ERT_CMD_STATE_QUEUED:
    case ERT_CMD_STATE_RUNNING:
    case ERT_CMD_STATE_SUBMITTED:
        return false;
    case ERT_CMD_STATE_COMPLETED:
        finish(card, unit, error);
        *done = unit->done;
        return true;
    default:
        hyp_fail(error, HYP_EDEVICE, "a run on %s ended in XRT's state %d", unit->name.instance,
                 (int)state);
        return false;
    }
}

bool card_busy(const struct card *card)
{
    for (uint32_t i = 0; i < card->unit_count; i++)
        if (card->units[i].busy)
            return true;
    return false;
}
