/* The simulated card: Verilated kernels, memory banks, and the interconnect between them.
 *
 * This is the one interface to it; two doors stand on it: the in-process backend
 * (libhyperion-sim.so) and the hw_emu server that XRT starts out of an xclbin. A card is
 * deterministic: the same calls with the same seed give the same bits and the same cycle counts.
 * One thread at a time may use a card; cards are independent of each other.
 *
 * Time advances only in sim_card_step. A compute unit that is idle is not stepped and costs
 * nothing. */
#ifndef HYPERION_SIM_CARD_H
#define HYPERION_SIM_CARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hyperion/export.h"

HYP_BEGIN_DECLS

typedef struct sim_card sim_card;

/* What a unit looks like from the host. */
typedef struct sim_unit_info {
    const char *kernel;      /* "keccak256" */
    const char *instance;    /* "keccak256_1" */
    uint64_t base;           /* of its control registers */
    uint32_t kernel_id;      /* from kernel.json */
    uint32_t kernel_version; /* 0x00MMmmpp */
} sim_unit_info;

typedef struct sim_card_options {
    size_t size;             /* sizeof(sim_card_options) */
    uint64_t memory_base;    /* address of the first byte of memory */
    uint64_t memory_bytes;   /* 0: 16 GiB; storage is sparse */
    uint32_t memory_latency; /* cycles from a read address to its first beat; 0: 100 */
    uint32_t
        ready_percent;  /* how often memory is ready, for addresses, data and responses; 0: 100 */
    uint64_t seed;      /* of everything random */
    const char *wave;   /* FST file to write, or NULL */
    const char *faults; /* what it is to do wrong (sim/fault_plan.h), or NULL */
    uint64_t batches;   /* that it was given before its last resets: faults go on counting there */
    uint64_t loads;     /* how often it came up before */
} sim_card_options;

/* Creates a card with all kernels this build has. Returns NULL with a sentence in `error` (at least
 * 200 bytes) when memory or a file could not be had. */
HYP_API sim_card *sim_card_create(const sim_card_options *options, char *error, size_t error_size);
HYP_API void sim_card_destroy(sim_card *card);

HYP_API size_t sim_card_unit_count(const sim_card *card);
HYP_API const sim_unit_info *sim_card_unit(const sim_card *card, size_t index);

/* Host access to card memory (DMA). Costs no cycles. Writing makes memory defined. Reading
 * undefined memory gives zeros to the host, but is a fault when a kernel does it. Returns false
 * when the range lies outside the card's memory. */
HYP_API bool sim_card_write_memory(sim_card *card, uint64_t address, const void *data,
                                   size_t bytes);
HYP_API bool sim_card_read_memory(sim_card *card, uint64_t address, void *data, size_t bytes);
/* Forgets the content of a range, so that a later read of it by a kernel is a fault. */
HYP_API bool sim_card_undefine_memory(sim_card *card, uint64_t address, uint64_t bytes);

/* One AXI4-Lite access to the control registers at `address` (unit base + offset). Runs the bus
 * cycles that it takes. Returns false when no unit answers there, or the unit answers with an
 * error. */
HYP_API bool sim_card_write_register(sim_card *card, uint64_t address, uint32_t value);
HYP_API bool sim_card_read_register(sim_card *card, uint64_t address, uint32_t *value);

/* Advances up to `cycles` cycles, less when every unit has become idle. Returns the cycles
 * advanced. */
HYP_API uint64_t sim_card_step(sim_card *card, uint64_t cycles);

/* Whether any unit is running (started and not yet done). */
HYP_API bool sim_card_busy(const sim_card *card);
HYP_API bool sim_card_unit_busy(const sim_card *card, size_t index);

/* Cycles since creation, and from ap_start to ap_done of the unit's latest run. */
HYP_API uint64_t sim_card_cycles(const sim_card *card);
HYP_API uint64_t sim_card_unit_run_cycles(const sim_card *card, size_t index);

/* What the card holds, in 16 bytes: a hash over its units (sim/identity.h). A card that was ordered
 * to says something else. */
HYP_API void sim_card_uuid(const sim_card *card, uint8_t uuid[16]);

/* Whether the card was ordered to die and did: all that is read of it is ones, nothing ends. */
HYP_API bool sim_card_dead(const sim_card *card);

/* NULL while all is well; else the first violation found by a protocol checker, an assertion in the
 * RTL or the memory, with its cycle and unit. A card with a fault stays faulty: it never finishes
 * another run. */
HYP_API const char *sim_card_fault(const sim_card *card);

HYP_END_DECLS

#endif
