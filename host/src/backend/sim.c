/* Simulated cards inside this process: batches run on Verilated RTL, without XRT.
 *
 * Batches are copied to the card's memory and back, as a driver's DMA does. What a run wrote and
 * read there is forgotten after it, so that a kernel which reads stale memory is found out. */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "host/src/backend/backend.h"
#include "host/src/backend/sim_module.h"
#include "host/src/context.h"
#include "host/src/fail.h"
#include "host/src/faults.h"
#include "host/src/ops/op.h"
#include "sim/address_map.h"
#include "sim/identity.h"

enum {
    MAX_CARDS = 64,
    /* Control registers, the same for every kernel (hw/README.md). */
    CTRL = 0x00,
    CTRL_START = 1,
    INTERRUPT_ENABLE = 0x04,
    ARGUMENT_INPUT = 0x10,
    ARGUMENT_OUTPUT = 0x1c,
    ARGUMENT_INPUT_BYTES = 0x28,
    ARGUMENT_OUTPUT_BYTES = 0x34,
    /* Of kernels that use what stays on the card. */
    ARGUMENT_RESIDENT = 0x40,
    ARGUMENT_RESIDENT_BYTES = 0x4c,
};

/* The card is stepped for about so long between two looks at the clock and the flag of wake. */
static const uint64_t min_slice_ns = 200000;
static const uint64_t max_slice_ns = 1000000;
/* Between two looks at a card on which nothing moves: it hangs, or is dead. */
static const uint64_t still_ns = 500000;

/* A compute unit and the run that is on it. */
struct unit {
    uint64_t base; /* of its control registers */
    uint32_t op;   /* 0 for a kernel that this library does not know */
    struct hyp_run *run;
    uint64_t input; /* in the card's memory */
    uint64_t output;
};

struct sim {
    struct hyp_sim_module module;
    sim_card *card; /* NULL after a reset that failed */
    sim_card_options options;
    char faults[HYP_FAULTS_BYTES];
    char *wave; /* as asked for; after a reset the file's name gets a number */
    unsigned resets;
    struct unit *units;
    size_t unit_count;
    const struct hyp_memory
        *resident;  /* what stays on the card, at the end of its memory; or NULL */
    uint64_t slice; /* cycles */
    atomic_bool woken;
};

/* A number from the environment, or `otherwise`. */
static unsigned environment_number(const char *name, unsigned otherwise, unsigned limit)
{
    const char *text = getenv(name);
    char *end;
    if (!text || *text < '0' || *text > '9') {
        return otherwise;
    }
    unsigned long number = strtoul(text, &end, 10);
    return *end == 0 && number <= limit ? (unsigned)number : otherwise;
}

/* Cards that are listed; those that can be named are as many as were asked for, or any. */
static unsigned card_count(void)
{
    return environment_number("HYP_SIM_CARDS", 1, MAX_CARDS);
}

static unsigned card_limit(void)
{
    return environment_number("HYP_SIM_CARDS", MAX_CARDS, MAX_CARDS);
}

static void describe(struct hyp_device_info *info, unsigned index)
{
    memset(info, 0, sizeof *info);
    snprintf(info->name, sizeof info->name, "sim:%u", index);
    snprintf(info->description, sizeof info->description, "simulated card (Verilator)");
    info->kind = HYP_DEVICE_SIMULATED_CARD;
}

static int list(const hyp_context *context, struct hyp_device_info *infos, size_t capacity,
                size_t *count, hyp_error *error)
{
    char path[PATH_MAX];

    (void)context;
    (void)error;
    if (!hyp_sim_module_find(path)) {
        return HYP_OK;
    }
    for (unsigned index = 0; index < card_count(); index++, (*count)++) {
        if (*count < capacity) {
            describe(&infos[*count], index);
        }
    }
    return HYP_OK;
}

static const struct hyp_op_info *op_of_kernel(const char *kernel)
{
    for (size_t i = 0; hyp_ops[i]; i++) {
        if (strcmp(hyp_ops[i]->name, kernel) == 0) {
            return hyp_ops[i];
        }
    }
    return NULL;
}

/* Whether the card says that it holds the kernels that were found. */
static int check_identity(const struct sim *sim, hyp_error *error)
{
    uint8_t said[16];
    uint8_t found[16];

    sim->module.uuid(sim->card, said);
    hyp_sim_identity_begin(found);
    for (size_t i = 0; i < sim->unit_count; i++) {
        hyp_sim_identity_add(found, sim->module.unit(sim->card, i));
    }
    if (memcmp(said, found, sizeof said) != 0) {
        return hyp_fail(error, HYP_EBITSTREAM,
                        "simulated card: it says that it holds another bitstream than it was "
                        "loaded with");
    }
    return HYP_OK;
}

/* Makes a card and learns its units. */
static int create_card(struct sim *sim, hyp_error *error)
{
    char text[300] = "";
    sim->card = sim->module.create(&sim->options, text, sizeof text);
    if (!sim->card) {
        return hyp_fail(error, HYP_EDEVICE, "simulated card: %s", text);
    }
    size_t count = sim->module.unit_count(sim->card);
    if (!sim->units) {
        sim->units = calloc(count, sizeof *sim->units);
        sim->unit_count = count;
    }
    if (!sim->units) {
        return hyp_fail(error, HYP_ENOMEM, "no memory for %zu simulated compute units", count);
    }
    for (size_t i = 0; i < count; i++) {
        const sim_unit_info *info = sim->module.unit(sim->card, i);
        const struct hyp_op_info *op = op_of_kernel(info->kernel);
        sim->units[i] = (struct unit){.base = info->base, .op = op ? op->op : 0};
    }
    return check_identity(sim, error);
}

static void destroy_card(struct sim *sim)
{
    if (sim->card) {
        sim->module.destroy(sim->card);
        sim->card = NULL;
    }
}

static void free_sim(struct sim *sim)
{
    destroy_card(sim);
    if (sim->module.handle) {
        hyp_sim_module_unload(&sim->module);
    }
    free((char *)sim->options.wave);
    free(sim->wave);
    free(sim->units);
    free(sim);
}

static void fill_info(const struct sim *sim, unsigned index, struct hyp_device_info *info)
{
    describe(info, index);
    info->memory_bytes = sim->options.memory_bytes;
    for (size_t i = 0; i < sim->unit_count; i++) {
        const struct unit *unit = &sim->units[i];
        hyp_op_capability *capability = info->ops;
        while (capability < info->ops + info->op_count && capability->op != unit->op) {
            capability++;
        }
        if (unit->op == 0 || capability == info->ops + HYP_MAX_OPS) {
            continue;
        }
        if (capability == info->ops + info->op_count) {
            *capability = (hyp_op_capability){
                .op = unit->op,
                .max_items = HYP_BATCH_MAX_ITEMS,
                .kernel_version = sim->module.unit(sim->card, i)->kernel_version,
                /* The other half is for the output, and for batches that run beside this one. */
                .max_input_bytes = sim->options.memory_bytes / 2,
            };
            info->op_count++;
        }
        capability->compute_units++;
    }
}

static int set_options(struct sim *sim, unsigned index, const hyp_device_options *options)
{
    char name[32];

    snprintf(name, sizeof name, "sim:%u", index);
    hyp_faults_select(options->faults, name, false, sim->faults);
    sim->options = (sim_card_options){
        .size = sizeof sim->options,
        .memory_base = SIM_MEMORY_BASE,
        .memory_bytes = options->memory_bytes ? options->memory_bytes : SIM_MEMORY_BYTES,
        .memory_latency = options->memory_latency,
        .ready_percent = environment_number("HYP_SIM_READY_PERCENT", 0, 100),
        .seed = options->seed,
        .faults = sim->faults,
    };
    if (options->wave) {
        sim->wave = strdup(options->wave);
        sim->options.wave = strdup(options->wave);
        return sim->wave && sim->options.wave ? HYP_OK : HYP_ENOMEM;
    }
    return HYP_OK;
}

static int open_card(hyp_context *context, unsigned index, const hyp_device_options *options,
                     void **card, struct hyp_device_info *info, hyp_error *error)
{
    (void)context;
    if (index >= card_limit()) {
        return hyp_fail(error, HYP_ENODEV,
                        "there is no sim:%u: the number of simulated cards is %u (HYP_SIM_CARDS)",
                        index, card_limit());
    }
    struct sim *sim = calloc(1, sizeof *sim);
    if (!sim || set_options(sim, index, options)) {
        if (sim) {
            free_sim(sim);
        }
        return hyp_fail(error, HYP_ENOMEM, "no memory for a simulated card");
    }
    atomic_init(&sim->woken, false);
    sim->slice = 100;
    int result = hyp_sim_module_load(&sim->module, error);
    if (result == HYP_OK) {
        result = create_card(sim, error);
    }
    if (result) {
        free_sim(sim);
        return result;
    }
    fill_info(sim, index, info);
    *card = sim;
    return HYP_OK;
}

static void close_card(void *card)
{
    free_sim(card);
}

static uint64_t round_up(uint64_t bytes)
{
    return (bytes + HYP_BATCH_ALIGNMENT - 1) & ~(uint64_t)(HYP_BATCH_ALIGNMENT - 1);
}

/* If [address, address + bytes) meets a buffer of a run, returns that buffer's end, else 0. */
static uint64_t occupied_until(const struct sim *sim, uint64_t address, uint64_t bytes)
{
    for (size_t i = 0; i < sim->unit_count; i++) {
        const struct unit *unit = &sim->units[i];
        if (!unit->run) {
            continue;
        }
        uint64_t input_end = unit->input + round_up(unit->run->input_bytes);
        if (address < input_end && unit->input < address + bytes) {
            return input_end;
        }
        uint64_t output_end = unit->output + round_up(unit->run->output_bytes);
        if (address < output_end && unit->output < address + bytes) {
            return output_end;
        }
    }
    return 0;
}

/* Where batches end and what stays on the card begins. */
static uint64_t batch_memory_end(const struct sim *sim)
{
    const uint64_t resident = sim->resident ? round_up(sim->resident->size) : 0;
    return sim->options.memory_base + sim->options.memory_bytes - resident;
}

/* First fit. There are two buffers a unit, so looking at all of them is cheap. */
static bool find_memory(const struct sim *sim, uint64_t bytes, uint64_t *found)
{
    const uint64_t end = batch_memory_end(sim);
    uint64_t address = sim->options.memory_base;
    while (bytes <= end - address) {
        uint64_t next = occupied_until(sim, address, bytes);
        if (!next) {
            *found = address;
            return true;
        }
        address = next;
    }
    return false;
}

static struct unit *free_unit(const struct sim *sim, uint32_t op)
{
    for (size_t i = 0; i < sim->unit_count; i++) {
        if (sim->units[i].op == op && !sim->units[i].run) {
            return &sim->units[i];
        }
    }
    return NULL;
}

static bool any_run(const struct sim *sim)
{
    for (size_t i = 0; i < sim->unit_count; i++) {
        if (sim->units[i].run) {
            return true;
        }
    }
    return false;
}

static bool write_argument(struct sim *sim, const struct unit *unit, unsigned offset,
                           uint64_t value)
{
    return sim->module.write_register(sim->card, unit->base + offset, (uint32_t)value) &&
           sim->module.write_register(sim->card, unit->base + offset + 4, (uint32_t)(value >> 32));
}

static bool write_resident_arguments(struct sim *sim, const struct unit *unit)
{
    const struct hyp_memory *resident = unit->run->resident ? sim->resident : NULL;
    return unit->op != HYP_OP_MATMUL ||
           (write_argument(sim, unit, ARGUMENT_RESIDENT, batch_memory_end(sim)) &&
            write_argument(sim, unit, ARGUMENT_RESIDENT_BYTES, resident ? resident->size : 0));
}

/* What goes to the card: whole beats, because that is what the kernel reads. */
static size_t sent_bytes(const struct hyp_run *run)
{
    size_t beats = (run->input_bytes + HYP_SECTION_ALIGNMENT - 1) / HYP_SECTION_ALIGNMENT;
    size_t bytes = beats * HYP_SECTION_ALIGNMENT;
    return bytes < run->input->size ? bytes : run->input->size;
}

/* Copies the input and starts the unit. Can fail only where the card has a fault, which progress
 * will tell. */
static void launch(struct sim *sim, const struct unit *unit)
{
    const struct hyp_run *run = unit->run;
    bool launched =
        sim->module.write_memory(sim->card, unit->input, run->input->data, sent_bytes(run)) &&
        write_argument(sim, unit, ARGUMENT_INPUT, unit->input) &&
        write_argument(sim, unit, ARGUMENT_OUTPUT, unit->output) &&
        write_argument(sim, unit, ARGUMENT_INPUT_BYTES, run->input_bytes) &&
        write_argument(sim, unit, ARGUMENT_OUTPUT_BYTES, run->output_bytes) &&
        write_resident_arguments(sim, unit) &&
        sim->module.write_register(sim->card, unit->base + CTRL, CTRL_START);
    (void)launched;
}

/* All of the shadow is copied, so that nothing in the arena is undefined: what was never written is
 * zero, as on the CPU. */
static int resident_reserve(void *card, const struct hyp_memory *shadow)
{
    struct sim *sim = card;

    if (!sim->card) {
        return HYP_EDEVICE;
    }
    if (shadow->size > sim->options.memory_bytes / 2) {
        return HYP_ETOOBIG;
    }
    if (sim->resident) {
        sim->module.undefine_memory(sim->card, batch_memory_end(sim), sim->resident->size);
    }
    sim->resident = shadow;
    return sim->module.write_memory(sim->card, batch_memory_end(sim), shadow->data, shadow->size)
               ? HYP_OK
               : HYP_EDEVICE;
}

static int resident_write(void *card, uint64_t offset, uint64_t bytes)
{
    struct sim *sim = card;

    if (!sim->card || !sim->resident || offset > sim->resident->size ||
        bytes > sim->resident->size - offset) {
        return HYP_EDEVICE;
    }
    return sim->module.write_memory(sim->card, batch_memory_end(sim) + offset,
                                    (const uint8_t *)sim->resident->data + offset, bytes)
               ? HYP_OK
               : HYP_EDEVICE;
}

/* Both buffers lie side by side. */
static int start(void *card, struct hyp_run *run)
{
    struct sim *sim = card;
    const uint64_t limit = batch_memory_end(sim) - sim->options.memory_base;
    uint64_t address;

    if (!sim->card) {
        return HYP_EDEVICE;
    }
    struct unit *unit = free_unit(sim, run->op);
    if (!unit) {
        return HYP_EAGAIN;
    }
    if (run->input_bytes > limit || run->output_bytes > limit ||
        round_up(run->input_bytes) + round_up(run->output_bytes) > limit) {
        return HYP_ETOOBIG;
    }
    const uint64_t input_bytes = round_up(run->input_bytes);
    if (!find_memory(sim, input_bytes + round_up(run->output_bytes), &address)) {
        return HYP_EAGAIN;
    }
    unit->run = run;
    unit->input = address;
    unit->output = address + input_bytes;
    sim->options.batches += !hyp_run_is_trial(run);
    uint64_t begin = hyp_clock_ns();
    launch(sim, unit);
    run->transfer_ns = hyp_clock_ns() - begin;
    return HYP_OK;
}

/* Steps for about half a millisecond. Returns whether anything moved. */
static bool step(struct sim *sim)
{
    uint64_t begin = hyp_clock_ns();
    uint64_t cycles = sim->module.step(sim->card, sim->slice);
    uint64_t elapsed = hyp_clock_ns() - begin;
    if (elapsed > max_slice_ns && sim->slice > 1) {
        sim->slice /= 2;
    } else if (elapsed < min_slice_ns && cycles == sim->slice) {
        sim->slice *= 2;
    }
    return cycles > 0;
}

/* Takes the result off the card and forgets the buffers. Returns false where the card has a fault.
 */
static bool collect(struct sim *sim, struct unit *unit)
{
    struct hyp_run *run = unit->run;
    uint32_t control;
    uint64_t begin = hyp_clock_ns();
    bool collected =
        sim->module.read_register(sim->card, unit->base + CTRL, &control) && /* clears done */
        sim->module.read_memory(sim->card, unit->output, run->output->data, run->output_bytes) &&
        sim->module.undefine_memory(sim->card, unit->input, sent_bytes(run)) &&
        sim->module.undefine_memory(sim->card, unit->output, run->output_bytes);
    run->transfer_ns += hyp_clock_ns() - begin;
    run->result = HYP_OK;
    return collected;
}

/* Whether the card is off the bus: every read is answered with ones then. No kernel's register of
 * interrupts holds only ones. */
static bool is_gone(const struct sim *sim)
{
    uint32_t value = 0;

    return sim->module.read_register(sim->card, sim->units[0].base + INTERRUPT_ENABLE, &value) &&
           value == UINT32_MAX;
}

static int progress(void *card, uint64_t until_ns, struct hyp_run **finished, hyp_error *error)
{
    struct sim *sim = card;

    *finished = NULL;
    while (sim->card && any_run(sim) && !atomic_exchange(&sim->woken, false)) {
        bool moved = step(sim);
        for (size_t i = 0; i < sim->unit_count; i++) {
            struct unit *unit = &sim->units[i];
            if (!unit->run || sim->module.unit_busy(sim->card, i)) {
                continue;
            }
            if (collect(sim, unit)) {
                unit->run->next = *finished;
                *finished = unit->run;
                unit->run = NULL;
            }
        }
        const char *fault = sim->module.fault(sim->card);
        if (fault) {
            return hyp_fail(error, HYP_EDEVICE, "simulated card: %s", fault);
        }
        if (!moved && is_gone(sim)) {
            return hyp_fail(error, HYP_EDEVICE,
                            "simulated card: its registers read as ones; it is off the bus");
        }
        if (*finished || hyp_clock_ns() >= until_ns) {
            break;
        }
        if (!moved) {
            nanosleep(&(struct timespec){0, (long)still_ns}, NULL);
        }
    }
    return HYP_OK;
}

static void wake(void *card)
{
    struct sim *sim = card;
    atomic_store(&sim->woken, true);
}

/* The wave of the card that failed is kept: the new one writes to FILE.1, FILE.2, … */
static int next_wave(struct sim *sim, hyp_error *error)
{
    char *name;
    if (!sim->wave) {
        return HYP_OK;
    }
    if (asprintf(&name, "%s.%u", sim->wave, sim->resets) < 0) {
        return hyp_fail(error, HYP_ENOMEM, "no memory for the name of a wave file");
    }
    free((char *)sim->options.wave);
    sim->options.wave = name;
    return HYP_OK;
}

static int reset(void *card, hyp_error *error)
{
    struct sim *sim = card;

    destroy_card(sim);
    for (size_t i = 0; i < sim->unit_count; i++) {
        sim->units[i].run = NULL;
    }
    sim->resident = NULL; /* the engine reserves it again */
    sim->resets++;
    sim->options.loads++;
    int result = next_wave(sim, error);
    return result ? result : create_card(sim, error);
}

const struct hyp_backend hyp_backend_sim = {
    .name = "sim",
    .needs_shared_memory = false,
    .list = list,
    .open = open_card,
    .close = close_card,
    .resident_reserve = resident_reserve,
    .resident_write = resident_write,
    .start = start,
    .progress = progress,
    .wake = wake,
    .reset = reset,
};
