#include "host/card-host/card.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "driver/pci/xrt.h"
#include "driver/xclbin/compatible.h"
#include "driver/xclbin/signature.h"
#include "driver/xclbin/verify.h"
#include "driver/xclbin/xclbin.h"
#include "host/card-host/emulation.h"
#include "host/card-host/interpose.h"
#include "host/card-host/users.h"
#include "host/kernels.h"
#include "host/src/fail.h"
#include "hw/matmul.h"
#include "sim/fault_plan.h"

/* What every kernel has (hw/README.md). */
enum {
    ARGUMENT_INPUT,
    ARGUMENT_OUTPUT,
    ARGUMENT_INPUT_BYTES,
    ARGUMENT_OUTPUT_BYTES,
    COMMON_ARGUMENTS,
    /* Of kernels that use memory which stays on the card. */
    ARGUMENT_RESIDENT = COMMON_ARGUMENTS,
    ARGUMENT_RESIDENT_BYTES,
    ALL_ARGUMENTS
};

/* The runtime waits for ever for a simulated card that does not answer. */
#define EMULATION_LOAD_SECONDS 40
/* Kernels read and write whole beats. */
#define BEAT 64u
#define PAGE 4096u

uint64_t runtime_now_ns(void)
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

static void set_number(const char *name, uint64_t number)
{
    char text[24];
    snprintf(text, sizeof(text), "%" PRIu64, number);
    setenv(name, text, 1);
}

/* The simulator, which XRT starts, finds its orders in its environment. */
static void order_faults(const struct card_host_load *load)
{
    setenv("HYP_SIM_FAULTS", load->faults, 1);
    set_number("HYP_SIM_SEED", load->seed);
    set_number("HYP_SIM_BATCHES", load->batches);
    set_number("HYP_SIM_LOADS", load->loads);
}

/* No emulated card is ever asked what it holds: the answer is made up here. */
static void falsify_uuid(const struct card_host_load *load, uint8_t uuid[16])
{
    struct hyp_fault_plan plan;
    char error[300];
    if (hyp_fault_plan_parse(load->faults, &plan, error, sizeof(error)) &&
        hyp_fault_wrong_uuid(&plan, load->loads + 1))
        uuid[0] ^= 1;
}

static int prepare_surroundings(struct card *card, const char *folder,
                                const struct card_host_load *load, const xclbin_reader *reader,
                                hyp_error *error)
{
    xclbin_target target = xclbin_get_target(reader);
    if (target == XCLBIN_TARGET_HW_EMU) {
        card->simulated = true;
        order_faults(load);
        interpose_begin(CARD_HOST_SOCKET, folder, EMULATION_LOAD_SECONDS);
        return emulation_prepare(folder, xclbin_platform(reader), error);
    }
    if (target != XCLBIN_TARGET_HW)
        return hyp_fail(error, HYP_EBITSTREAM,
                        "%s is for %s, which cannot run kernels in RTL: use one for hw or hw_emu",
                        load->path, xclbin_target_name(target));
    if (load->faults[0])
        return hyp_fail(error, HYP_EINVAL, "only simulated cards can be ordered to have faults");
    if (!load->bdf[0])
        return hyp_fail(error, HYP_ENODEV,
                        "%s is for a card (%s), and this machine has none that XRT drives",
                        load->path, xclbin_platform(reader));
    emulation_forbid();
    return 0;
}

static int open_device(struct card *card, const struct card_host_load *load, hyp_error *error)
{
    card->device = card->runtime->open(card->simulated ? NULL : load->bdf);
    if (!card->device)
        return hyp_fail(error, HYP_EDEVICE, "%s cannot open %s%s: %s", card->runtime->name,
                        card->simulated ? "the simulated card" : "the card at ",
                        card->simulated ? "" : load->bdf, strerror(errno));
    if (load->reset && !card->simulated)
        card->device = card->runtime->reset(card->device, load->bdf, error);
    return card->device ? 0 : error->code;
}

static int load_xclbin(struct card *card, const struct card_host_load *load, const void *image,
                       size_t size, const xclbin_reader *reader, uint8_t uuid[16], hyp_error *error)
{
    if (card->runtime->load(card->device, image, size, reader, uuid) != 0)
        return hyp_fail(error, HYP_EBITSTREAM,
                        "%s does not load %s: it is for %s; is that this card's platform, and does "
                        "no other process use the card with another xclbin?",
                        card->runtime->name, load->path, xclbin_platform(reader));
    return 0;
}

/* Opens one compute unit. False for a unit that is not one of ours: it lacks the arguments. */
static bool open_unit(struct card *card, const xclbin_reader *reader, const xclbin_unit *named)
{
    struct card_unit *unit = &card->units[card->unit_count];
    const unsigned arguments[] = {ARGUMENT_INPUT, ARGUMENT_OUTPUT, ARGUMENT_RESIDENT};
    const bool resident = strcmp(named->kernel, HYP_MATMUL_KERNEL_NAME) == 0;
    int groups[] = {-1, -1, -1};
    memcpy(unit->name.kernel, named->kernel, sizeof(unit->name.kernel));
    memcpy(unit->name.instance, named->instance, sizeof(unit->name.instance));
    unit->handle = card->runtime->open_unit(card->device, reader, named, arguments,
                                            resident ? 3 : 2, groups, &unit->name.kernel_version);
    if (!unit->handle)
        return false;
    unit->input_group = groups[0];
    unit->output_group = groups[1];
    unit->resident_group = groups[2];
    card->unit_count++;
    return true;
}

static int open_units(struct card *card, const char *path, const xclbin_reader *reader,
                      struct card_host_loaded *loaded, hyp_error *error)
{
    for (uint32_t i = 0; i < xclbin_unit_count(reader) && i < CARD_HOST_MAX_UNITS; i++) {
        xclbin_unit unit = xclbin_unit_at(reader, i);
        if (open_unit(card, reader, &unit))
            loaded->units[card->unit_count - 1] = card->units[card->unit_count - 1].name;
        else
            fprintf(stderr,
                    "compute unit %s:%s is not used: %s does not open it with the "
                    "arguments of a Hyperion kernel\n",
                    unit.kernel, unit.instance, card->runtime->name);
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

static const struct card_runtime *const runtimes[] = {
    [CARD_HOST_XRT] = &card_runtime_xrt,
    [CARD_HOST_OPENCL] = &card_runtime_opencl,
};

/* The very bytes that XRT is given, whoever changes the file meanwhile. */
static int check_signature(const struct card_host_load *load, const void *image, size_t size,
                           hyp_error *error)
{
    xclbin_error why;
    if (!load->require_signed)
        return 0;
    if (load->signature_bytes > sizeof(load->signature) || load->key_bytes > sizeof(load->key))
        return hyp_fail(error, HYP_EINVAL, "a load names more bytes than it has");
    if (xclbin_check_signature(image, size, load->key, load->key_bytes, load->signature,
                               load->signature_bytes, &why) != 0)
        return hyp_fail(error, HYP_EBITSTREAM, "%s is refused: %s", load->path, why.message);
    return 0;
}

/* Of the card, in sysfs. */
static void format_folder(char folder[64], const char *bdf)
{
    snprintf(folder, 64, "/sys/bus/pci/devices/%.16s", bdf);
}

/* What XRT would only tell in the kernel's log. */
static int check_place(const struct card_host_load *load, const xclbin_reader *reader,
                       hyp_error *error)
{
    static pcie_function function; /* large; there is one card a process */
    const char *interfaces[PCIE_MAX_UUIDS];
    report findings = {0};
    int result = 0;
    xclbin_place place = {load->bdf[0] ? load->bdf : "the simulated card",
                          xclbin_get_target(reader) == XCLBIN_TARGET_HW,
                          NULL,
                          0,
                          interfaces,
                          HYP_KERNEL_COUNT,
                          hyp_kernels};
    if (place.is_card) {
        format_folder(function.folder, load->bdf);
        snprintf(function.driver, sizeof(function.driver), "xocl");
        pcie_read_xrt(&function);
        place.platform = function.xrt.platform;
        place.interface_count = function.xrt.interface_count;
        for (uint32_t i = 0; i < function.xrt.interface_count; i++)
            interfaces[i] = function.xrt.interfaces[i];
    }
    xclbin_check_place(reader, &place, &findings);
    for (size_t i = 0; i < findings.count && result == 0; i++) {
        const report_finding *finding = &findings.findings[i];
        if (finding->verdict == REPORT_FAIL)
            result = hyp_fail(error, HYP_EBITSTREAM, "%s does not fit: %s: %s; %s", load->path,
                              finding->check, finding->fact, finding->remedy);
    }
    report_free(&findings);
    return result;
}

static void fill_loaded(struct card *card, const struct card_host_load *load,
                        const xclbin_reader *reader, struct card_host_loaded *loaded)
{
    falsify_uuid(load, loaded->uuid);
    card->memories.runtime = &card->runtime->memory;
    card->memories.device = card->device;
    loaded->memory_bytes = memory_bytes(reader);
    if (card->simulated) {
        /* XRT's emulation keeps as much again free before and behind each buffer. */
        loaded->memory_bytes = loaded->memory_bytes / 3 / PAGE * PAGE;
        card->memories.arena_bytes = loaded->memory_bytes;
    }
    loaded->simulated = card->simulated;
    snprintf(loaded->platform, sizeof(loaded->platform), "%s", xclbin_platform(reader));
}

/* Whatever another process that has the card can prevent: it is named then. */
static int take_card(struct card *card, const struct card_host_load *load, const void *image,
                     size_t size, const xclbin_reader *reader, struct card_host_loaded *loaded,
                     hyp_error *error)
{
    int result = open_device(card, load, error);
    if (result == 0)
        result = load_xclbin(card, load, image, size, reader, loaded->uuid, error);
    if (result == 0) {
        fill_loaded(card, load, reader, loaded);
        result = open_units(card, load->path, reader, loaded, error);
    }
    if (result != 0 && !card->simulated) {
        char folder[64];
        format_folder(folder, load->bdf);
        card_name_user(folder, NULL, error);
    }
    return result;
}

int card_open(struct card *card, const char *folder, const struct card_host_load *load,
              const void *image, size_t size, struct card_host_loaded *loaded, hyp_error *error)
{
    xclbin_reader reader;
    if (load->runtime >= sizeof(runtimes) / sizeof(runtimes[0]))
        return hyp_fail(error, HYP_EINVAL, "there is no runtime %" PRIu32, load->runtime);
    card->runtime = runtimes[load->runtime];
    int result = check_signature(load, image, size, error);
    if (result == 0)
        result = check_xclbin(load->path, image, size, &reader, error);
    if (result == 0)
        result = prepare_surroundings(card, folder, load, &reader, error);
    if (result == 0)
        result = check_place(load, &reader, error);
    return result == 0 ? take_card(card, load, image, size, &reader, loaded, error) : result;
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

static bool copied_before(const struct card *card, uint32_t index)
{
    uint32_t i = 0;
    while (i < index && card->units[i].resident_group != card->units[index].resident_group)
        i++;
    return i < index;
}

/* Copies a range of what stays on the card to its place there; all of it where that is new. */
static int fill_place(struct card *card, struct memory *memory, struct memory_placement *place,
                      uint64_t offset, uint64_t bytes, hyp_error *error)
{
    uint64_t from = place->filled ? offset : 0;
    uint64_t count = place->filled ? bytes : memory->size;
    if (card->runtime->copy(card->device, place->buffer, from, count) != 0)
        return hyp_fail(error, HYP_EDEVICE, "%s could not copy weights to the card",
                        card->runtime->name);
    place->filled = true;
    return 0;
}

int card_resident(struct card *card, const struct card_host_resident *range, hyp_error *error)
{
    hyp_error own = {0};
    struct memory *memory = memory_find(&card->memories, range->id);
    if (!memory || range->offset > memory->size || range->bytes > memory->size - range->offset)
        return 0;
    for (uint32_t i = 0; i < card->unit_count; i++) {
        int group = card->units[i].resident_group;
        if (group < 0 || copied_before(card, i))
            continue;
        struct memory_placement *place = memory_place(&card->memories, memory, group, &own);
        if (place && fill_place(card, memory, place, range->offset, range->bytes, error) != 0)
            return error->code;
    }
    return 0;
}

static struct runtime_launch make_launch(const struct card_host_run *run, void *input, void *output)
{
    return (struct runtime_launch){
        .arguments = {[ARGUMENT_INPUT] = {.buffer = input},
                      [ARGUMENT_OUTPUT] = {.buffer = output},
                      [ARGUMENT_INPUT_BYTES] = {.value = run->input_bytes},
                      [ARGUMENT_OUTPUT_BYTES] = {.value = run->output_bytes}},
        .argument_count = COMMON_ARGUMENTS,
        .input = input,
        .output = output,
        .input_bytes = round_to_beat(run->input_bytes),
        .output_bytes = run->output_bytes,
    };
}

/* A kernel that takes resident memory is given some where there is none, of no length. A sentence
 * in `lost` means that the card is. */
static bool add_resident(struct card *card, struct card_unit *unit, const struct card_host_run *run,
                         struct memory *resident, hyp_error *error, hyp_error *lost)
{
    unit->resident = NULL;
    if (unit->resident_group < 0)
        return true;
    void *buffer = unit->launch.input;
    if (resident) {
        struct memory_placement *place =
            memory_place(&card->memories, resident, unit->resident_group, error);
        if (!place ||
            (!place->filled && fill_place(card, resident, place, 0, resident->size, lost) != 0))
            return false;
        buffer = place->buffer;
    }
    unit->launch.arguments[ARGUMENT_RESIDENT].buffer = buffer;
    unit->launch.arguments[ARGUMENT_RESIDENT_BYTES].value = resident ? run->resident_bytes : 0;
    unit->launch.argument_count = ALL_ARGUMENTS;
    unit->resident = resident;
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
    struct memory *resident = memory_find(&card->memories, run->resident);
    if (run->unit >= card->unit_count || card->units[run->unit].busy)
        return refuse(done, HYP_EINVAL, "compute unit %" PRIu32 " does not exist or is busy",
                      run->unit);
    if (!input || !output || run->input_bytes > input->size || run->output_bytes > output->size ||
        (run->resident && !resident) || (resident && run->resident_bytes > resident->size))
        return refuse(done, HYP_EINVAL, "a run names memory that the card's process lacks");

    struct card_unit *unit = &card->units[run->unit];
    void *in = memory_buffer(&card->memories, input, unit->input_group, &own);
    void *out = in ? memory_buffer(&card->memories, output, unit->output_group, &own) : NULL;
    if (!out)
        return refuse(done, own.code, "%s", own.message);
    unit->done = *done;
    unit->launch = make_launch(run, in, out);
    if (!add_resident(card, unit, run, resident, &own, error))
        return refuse(done, own.code, "%s", own.message);
    if (card->runtime->start(unit->handle, &unit->launch, &unit->times, error) != 0)
        return false;
    memory_hold(input);
    memory_hold(output);
    if (unit->resident)
        memory_hold(unit->resident);
    unit->busy = true;
    unit->input = input;
    unit->output = output;
    return true;
}

bool card_poll(struct card *card, uint32_t index, struct card_host_run_done *done, hyp_error *error)
{
    struct card_unit *unit = &card->units[index];
    const struct runtime_times *times = &unit->times;
    if (!unit->busy ||
        card->runtime->poll(unit->handle, &unit->launch, &unit->times, error) != RUNTIME_ENDED)
        return false;
    unit->done.to_card_ns = times->copied_ns - times->started_ns;
    unit->done.run_ns = times->ran_ns - times->copied_ns;
    unit->done.from_card_ns = times->ended_ns - times->ran_ns;
    unit->busy = false;
    memory_release(&card->memories, unit->input);
    memory_release(&card->memories, unit->output);
    if (unit->resident)
        memory_release(&card->memories, unit->resident);
    *done = unit->done;
    return true;
}

bool card_busy(const struct card *card)
{
    for (uint32_t i = 0; i < card->unit_count; i++)
        if (card->units[i].busy)
            return true;
    return false;
}
