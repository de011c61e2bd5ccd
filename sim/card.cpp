#include "sim/card.h"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <memory>
#include <mutex>
#include <new>
#include <string>
#include <vector>

#include <verilated.h>
#include <verilated_fst_c.h>

#include "sim/address_map.h"
#include "sim/fault_injection.h"
#include "sim/fault_injector.h"
#include "sim/identity.h"
#include "sim/kernel_set.h"
#include "sim/memory.h"
#include "sim/unit.h"

namespace
{

constexpr uint32_t kDefaultLatency = 100;
constexpr uint64_t kControlBytes = 0x1000;
constexpr uint16_t kKernelId = 0xff0, kKernelVersion = 0xff4;

// Verilator has state for all of the process: it seeds the random reset values of every model anew
// when one card is made, and notes who set a thread's context last.
std::mutex process_state;

thread_local const sim_card *entered; // whose context this thread has

struct Slot {
    std::string kernel, instance;
    sim_unit_info info;
    std::unique_ptr<sim::Unit> unit;
    bool clocked; // in this cycle
};

} // namespace

struct sim_card {
    sim_card(const sim_card_options &options, uint64_t memory_bytes, const hyp_fault_plan &plan)
        : memory(options.memory_base, memory_bytes, options.seed),
          injector(memory, plan, options.batches, options.loads + 1, options.seed)
    {
    }

    ~sim_card();

    // Verilator finds the context of some calls by thread; that of this thread may be another
    // card's, or gone.
    void enter()
    {
        if (entered == this)
            return;
        const std::lock_guard<std::mutex> lock(process_state);
        enter_locked();
    }
    void enter_locked()
    {
        Verilated::threadContextp(&context);
        entered = this;
    }
    void add(const sim::KernelType &type, unsigned number, const sim_card_options &options);
    void clock();
    bool access(uint64_t address, sim::Unit *&unit, uint16_t &offset);
    bool finish_access(const sim::Unit &unit);
    bool running() const;
    bool active() const;

    VerilatedContext context;
    sim::Memory memory;
    sim::Verdict verdict;
    sim::FaultInjector injector;
    std::vector<std::unique_ptr<Slot>> slots; // stay where they are: their strings are handed out
    std::unique_ptr<VerilatedFstC> wave;      // closed before the models go
};

sim_card::~sim_card()
{
    enter();
    if (wave)
        wave->close();
    slots.clear();
    entered = nullptr;
}

void sim_card::add(const sim::KernelType &type, unsigned number, const sim_card_options &options)
{
    auto slot = std::make_unique<Slot>();
    slot->kernel = type.name;
    slot->instance = slot->kernel + "_" + std::to_string(number);
    sim::UnitOptions unit = {};
    unit.timing.latency = options.memory_latency ? options.memory_latency : kDefaultLatency;
    unit.timing.ready_percent = options.ready_percent ? options.ready_percent : 100;
    unit.seed = options.seed + (uint64_t{slots.size()} + 1) * 0x10000;
    unit.batch_arguments = type.batch_arguments;
    unit.resident_arguments = type.resident_arguments;
    const auto create = wave && type.create_traced ? type.create_traced : type.create;
    slot->unit = std::make_unique<sim::Unit>(create(&context, slot->instance.c_str()),
                                             slot->instance, memory, unit, verdict, injector);
    slot->info = {slot->kernel.c_str(), slot->instance.c_str(),
                  SIM_UNIT_BASE + slots.size() * SIM_UNIT_STEP, 0, 0};
    if (wave)
        slot->unit->trace(wave.get());
    slots.push_back(std::move(slot));
}

// One cycle of every unit that is active.
void sim_card::clock()
{
    const uint64_t now = ++verdict.cycle;
    for (auto &slot : slots) {
        slot->clocked = slot->unit->active();
        if (slot->clocked)
            slot->unit->settle(now);
    }
    if (wave)
        wave->dump(2 * now);
    for (auto &slot : slots)
        if (slot->clocked)
            slot->unit->rise();
    if (wave)
        wave->dump(2 * now + 1);
}

bool sim_card::running() const
{
    for (const auto &slot : slots)
        if (slot->unit->running())
            return true;
    return false;
}

bool sim_card::active() const
{
    for (const auto &slot : slots)
        if (slot->unit->active())
            return true;
    return false;
}

// Finds what answers at `address`.
bool sim_card::access(uint64_t address, sim::Unit *&unit, uint16_t &offset)
{
    if (address < SIM_UNIT_BASE || verdict.failed())
        return false;
    const uint64_t index = (address - SIM_UNIT_BASE) / SIM_UNIT_STEP;
    const uint64_t in_unit = (address - SIM_UNIT_BASE) % SIM_UNIT_STEP;
    if (index >= slots.size() || in_unit >= kControlBytes || in_unit % 4 != 0)
        return false;
    unit = slots[index]->unit.get();
    offset = static_cast<uint16_t>(in_unit);
    return true;
}

bool sim_card::finish_access(const sim::Unit &unit)
{
    enter();
    while (!unit.access_done() && !verdict.failed())
        clock();
    return !verdict.failed() && !unit.access_error();
}

namespace
{

// Returns a sentence on what is wrong with the options, or an empty one.
std::string check_options(const sim_card_options &options, uint64_t memory_bytes)
{
    if (memory_bytes % 4096 != 0 || options.memory_base % 4096 != 0)
        return "base and size of the card's memory must be multiples of 4096";
    if (memory_bytes > sim::Memory::kMaxBytes || options.memory_base > UINT64_MAX - memory_bytes)
        return "the card's memory is too large, or does not fit into 64 address bits";
    if (options.ready_percent > 100)
        return "ready_percent must be 1 to 100";
    return {};
}

// Models, their reset, and what they say of themselves.
std::string build(sim_card &card, const sim_card_options &options, const sim::KernelSet &kernels)
{
    if (kernels.empty())
        return "this build of the simulated card holds no kernel";
    if (options.wave) {
        card.context.traceEverOn(true);
        card.wave = std::make_unique<VerilatedFstC>();
    }
    for (const sim::KernelType &type : kernels)
        for (unsigned number = 1; number <= type.units; number++)
            card.add(type, number, options);
    if (card.wave) {
        card.wave->open(options.wave);
        if (!card.wave->isOpen())
            return std::string("cannot write the wave file ") + options.wave;
    }
    for (auto &slot : card.slots) {
        slot->unit->reset();
        if (!sim_card_read_register(&card, slot->info.base + kKernelId, &slot->info.kernel_id) ||
            !sim_card_read_register(&card, slot->info.base + kKernelVersion,
                                    &slot->info.kernel_version))
            return card.verdict.failed() ? card.verdict.text()
                                         : slot->instance + " does not tell its id and version";
    }
    return {};
}

} // namespace

sim_card *sim::create_card(const sim_card_options *given, const KernelSet &kernels, char *error,
                           size_t error_size)
{
    // A caller of an older version knows fewer options.
    sim_card_options options = {};
    if (given)
        std::memcpy(&options, given, std::min(given->size, sizeof options));
    const uint64_t memory_bytes = options.memory_bytes ? options.memory_bytes : SIM_MEMORY_BYTES;
    std::string problem = check_options(options, memory_bytes);
    hyp_fault_plan plan;
    char fault_error[300];
    if (problem.empty() &&
        !hyp_fault_plan_parse(options.faults, &plan, fault_error, sizeof fault_error))
        problem = fault_error;
    std::unique_ptr<sim_card> card;
    if (problem.empty()) {
        try {
            const std::lock_guard<std::mutex> lock(process_state);
            card = std::make_unique<sim_card>(options, memory_bytes, plan);
            card->enter_locked();
            card->context.randReset(2);
            // 0 would mean a seed of Verilator's own choosing.
            card->context.randSeed(static_cast<int>(options.seed & 0x3fffffff) + 1);
            problem = build(*card, options, kernels);
        } catch (const std::bad_alloc &) {
            problem = "no memory for the simulated card";
        }
    }
    if (problem.empty())
        return card.release();
    snprintf(error, error_size, "%s", problem.c_str());
    return nullptr;
}

void sim_card_destroy(sim_card *card)
{
    delete card;
}

size_t sim_card_unit_count(const sim_card *card)
{
    return card->slots.size();
}

const sim_unit_info *sim_card_unit(const sim_card *card, size_t index)
{
    return index < card->slots.size() ? &card->slots[index]->info : nullptr;
}

bool sim_card_write_memory(sim_card *card, uint64_t address, const void *data, size_t bytes)
{
    if (!card->memory.contains(address, bytes))
        return false;
    if (card->injector.dead())
        return true;
    try {
        card->memory.write(address, data, bytes);
        return true;
    } catch (const std::bad_alloc &) {
        card->verdict.fail("memory", sim::Rule::kHostMemory, "no memory to simulate it");
        return false;
    }
}

bool sim_card_read_memory(sim_card *card, uint64_t address, void *data, size_t bytes)
{
    if (!card->memory.contains(address, bytes))
        return false;
    if (card->injector.reads_ones())
        std::memset(data, 0xff, bytes);
    else
        card->memory.read(address, data, bytes);
    return true;
}

bool sim_card_undefine_memory(sim_card *card, uint64_t address, uint64_t bytes)
{
    if (!card->memory.contains(address, bytes))
        return false;
    card->memory.undefine(address, bytes);
    return true;
}

bool sim_card_write_register(sim_card *card, uint64_t address, uint32_t value)
{
    sim::Unit *unit;
    uint16_t offset;
    if (!card->access(address, unit, offset))
        return false;
    if (card->injector.dead())
        return true;
    unit->begin_write(offset, value);
    return card->finish_access(*unit);
}

bool sim_card_read_register(sim_card *card, uint64_t address, uint32_t *value)
{
    sim::Unit *unit;
    uint16_t offset;
    if (!card->access(address, unit, offset))
        return false;
    if (card->injector.reads_ones()) {
        *value = UINT32_MAX;
        return true;
    }
    unit->begin_read(offset);
    if (!card->finish_access(*unit))
        return false;
    *value = unit->access_value();
    return true;
}

uint64_t sim_card_step(sim_card *card, uint64_t cycles)
{
    uint64_t done = 0;
    if (card->injector.dead())
        return 0;
    const sim::FaultInjector::Slowness slowness(card->injector);
    card->enter();
    try {
        while (done < cycles && card->active() && !card->verdict.failed()) {
            card->clock();
            done++;
        }
    } catch (const std::bad_alloc &) {
        card->verdict.fail("memory", sim::Rule::kHostMemory, "no memory to simulate it");
    }
    return done;
}

bool sim_card_busy(const sim_card *card)
{
    return card->running();
}

bool sim_card_unit_busy(const sim_card *card, size_t index)
{
    return index < card->slots.size() &&
           (card->injector.dead() || card->slots[index]->unit->running());
}

uint64_t sim_card_cycles(const sim_card *card)
{
    return card->verdict.cycle;
}

uint64_t sim_card_unit_run_cycles(const sim_card *card, size_t index)
{
    return index < card->slots.size() ? card->slots[index]->unit->run_cycles(card->verdict.cycle)
                                      : 0;
}

void sim_card_uuid(const sim_card *card, uint8_t uuid[16])
{
    hyp_sim_identity_begin(uuid);
    for (const auto &slot : card->slots)
        hyp_sim_identity_add(uuid, &slot->info);
    if (card->injector.wrong_uuid())
        uuid[0] ^= 1;
}

bool sim_card_dead(const sim_card *card)
{
    return card->injector.dead();
}

const char *sim_card_fault(const sim_card *card)
{
    return card->verdict.failed() ? card->verdict.text().c_str() : nullptr;
}

bool sim_card_inject(sim_card *card, size_t unit, size_t port, const sim_faults *faults)
{
    return unit < card->slots.size() && card->slots[unit]->unit->inject(port, *faults);
}
