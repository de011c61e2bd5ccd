/* A card in a few lines behind sim/card.h: for tests of what stands around it, where the Verilated
 * one would be slow, or too well behaved.
 *
 * One unit per FAKE_UNITS, all of kernel "keccak256". A run takes FAKE_RUN_CYCLES cycles and then
 * copies the batch's descriptors to its results, so that tests can tell whose result is whose.
 *
 * FAKE_CARD in the environment makes it misbehave: "broken" does not come up, "silent" does not
 * answer, "endless" never finishes a run, "fault" finds a fault at the end of one. */
#include "tests/xrt/fake_card.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "hyperion/batch.h"
#include "sim/address_map.h"

#define DESCRIPTOR sizeof(hyp_keccak_descriptor)

struct fake_unit {
    sim_unit_info info;
    uint32_t registers[16];
    bool done;
    uint64_t left; /* cycles of the run under way */
};

struct sim_card {
    uint64_t base;
    uint64_t size;
    uint8_t *memory;
    uint64_t cycles;
    struct fake_unit units[FAKE_UNITS];
    const char *fault;
};

static const char *const instances[FAKE_UNITS] = {"keccak256_1", "keccak256_2"};

static bool misbehaves(const char *how)
{
    const char *wanted = getenv("FAKE_CARD");
    return wanted && strcmp(wanted, how) == 0;
}

sim_card *sim_card_create(const sim_card_options *options, char *error, size_t error_size)
{
    sim_card *card = calloc(1, sizeof(*card));
    if (!card || misbehaves("broken")) {
        snprintf(error, error_size, "the fake card is broken");
        free(card);
        return NULL;
    }
    if (misbehaves("silent"))
        pause();
    card->base = options->memory_base;
    card->size = FAKE_MEMORY;
    card->memory = mmap(NULL, FAKE_MEMORY, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (card->memory == MAP_FAILED)
        abort();
    for (size_t i = 0; i < FAKE_UNITS; i++)
        card->units[i].info = (sim_unit_info){.kernel = "keccak256",
                                              .instance = instances[i],
                                              .base = SIM_UNIT_BASE + i * SIM_UNIT_STEP,
                                              .kernel_id = 1,
                                              .kernel_version = FAKE_VERSION};
    return card;
}

void sim_card_destroy(sim_card *card)
{
    if (!card)
        return;
    munmap(card->memory, FAKE_MEMORY);
    free(card);
}

size_t sim_card_unit_count(const sim_card *card)
{
    (void)card;
    return FAKE_UNITS;
}

const sim_unit_info *sim_card_unit(const sim_card *card, size_t index)
{
    return &card->units[index].info;
}

static uint8_t *range(sim_card *card, uint64_t address, uint64_t bytes)
{
    if (address < card->base || address - card->base > card->size ||
        bytes > card->size - (address - card->base))
        return NULL;
    return card->memory + (address - card->base);
}

bool sim_card_write_memory(sim_card *card, uint64_t address, const void *data, size_t bytes)
{
    uint8_t *to = range(card, address, bytes);
    if (to && bytes > 0)
        memcpy(to, data, bytes);
    return to != NULL;
}

bool sim_card_read_memory(sim_card *card, uint64_t address, void *data, size_t bytes)
{
    uint8_t *from = range(card, address, bytes);
    if (from && bytes > 0)
        memcpy(data, from, bytes);
    return from != NULL;
}

bool sim_card_undefine_memory(sim_card *card, uint64_t address, uint64_t bytes)
{
    return range(card, address, bytes) != NULL;
}

static struct fake_unit *unit_at(sim_card *card, uint64_t address, uint64_t *offset)
{
    for (size_t i = 0; i < FAKE_UNITS; i++) {
        *offset = address - card->units[i].info.base;
        if (address >= card->units[i].info.base && *offset < sizeof(card->units[i].registers) &&
            *offset % 4 == 0)
            return &card->units[i];
    }
    return NULL;
}

bool sim_card_write_register(sim_card *card, uint64_t address, uint32_t value)
{
    uint64_t offset;
    struct fake_unit *unit = unit_at(card, address, &offset);
    if (!unit)
        return false;
    if (offset == 0 && (value & 1))
        unit->left = misbehaves("endless") ? UINT64_MAX : FAKE_RUN_CYCLES;
    else
        unit->registers[offset / 4] = value;
    return true;
}

bool sim_card_read_register(sim_card *card, uint64_t address, uint32_t *value)
{
    uint64_t offset;
    for (size_t i = 0; i < FAKE_UNITS; i++)
        if (address == card->units[i].info.base + FAKE_VERSION_REGISTER) {
            *value = FAKE_VERSION;
            return true;
        }
    struct fake_unit *unit = unit_at(card, address, &offset);
    if (!unit)
        return false;
    if (offset != 0) {
        *value = unit->registers[offset / 4];
        return true;
    }
    *value = unit->left ? 1 : unit->done ? 6 : 4;
    unit->done = false;
    return true;
}

static uint64_t argument(const struct fake_unit *unit, size_t offset)
{
    return unit->registers[offset / 4] | (uint64_t)unit->registers[offset / 4 + 1] << 32;
}

/* What a run does to memory. False if its arguments or its batch do not hold together. */
static bool compute(sim_card *card, const struct fake_unit *unit)
{
    uint64_t input = argument(unit, 0x10), output = argument(unit, 0x1c);
    hyp_batch_header in;
    if (!sim_card_read_memory(card, input, &in, sizeof(in)) || in.magic != HYP_BATCH_INPUT_MAGIC ||
        in.item_count > FAKE_MAX_ITEMS)
        return false;
    hyp_result_header result = {.magic = HYP_BATCH_OUTPUT_MAGIC,
                                .layout_version = HYP_BATCH_LAYOUT_VERSION,
                                .op = in.op,
                                .sequence = in.sequence,
                                .item_count = in.item_count};
    const uint8_t *descriptors =
        range(card, input + in.descriptors_offset, (uint64_t)in.item_count * DESCRIPTOR);
    uint8_t *statuses = range(card, output + HYP_STATUS_OFFSET, in.item_count);
    uint8_t *results = range(card, output + hyp_results_offset(in.item_count),
                             (uint64_t)in.item_count * HYP_KECCAK_DIGEST_SIZE);
    if (!descriptors || !statuses || !results ||
        !sim_card_write_memory(card, output, &result, sizeof(result)))
        return false;
    memset(statuses, 0, in.item_count);
    for (uint32_t i = 0; i < in.item_count; i++)
        memmove(results + (size_t)i * HYP_KECCAK_DIGEST_SIZE, descriptors + (size_t)i * DESCRIPTOR,
                DESCRIPTOR);
    return true;
}

static void finish(sim_card *card, struct fake_unit *unit)
{
    unit->done = true;
    if (misbehaves("fault"))
        card->fault = "keccak256_1: the fake card found a fault in cycle 1000";
    else if (!compute(card, unit))
        card->fault = "fake card: bad arguments";
}

uint64_t sim_card_step(sim_card *card, uint64_t cycles)
{
    if (!sim_card_busy(card))
        return 0;
    for (size_t i = 0; i < FAKE_UNITS; i++) {
        struct fake_unit *unit = &card->units[i];
        if (unit->left > cycles) {
            unit->left -= cycles;
        } else if (unit->left > 0) {
            unit->left = 0;
            finish(card, unit);
        }
    }
    card->cycles += cycles;
    return cycles;
}

bool sim_card_unit_busy(const sim_card *card, size_t index)
{
    return card->units[index].left > 0;
}

bool sim_card_busy(const sim_card *card)
{
    for (size_t i = 0; i < FAKE_UNITS; i++)
        if (sim_card_unit_busy(card, i))
            return true;
    return false;
}

uint64_t sim_card_cycles(const sim_card *card)
{
    return card->cycles;
}

uint64_t sim_card_unit_run_cycles(const sim_card *card, size_t index)
{
    (void)card;
    (void)index;
    return FAKE_RUN_CYCLES;
}

const char *sim_card_fault(const sim_card *card)
{
    return card->fault;
}

bool sim_card_dead(const sim_card *card)
{
    (void)card;
    return false;
}
