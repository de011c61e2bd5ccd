/* The module libhyperion-sim.so, which holds the simulated card (sim/card.h): found and loaded when
 * a simulated device is opened, so that libhyperion itself needs no Verilator and no C++. */
#ifndef HYPERION_BACKEND_SIM_MODULE_H
#define HYPERION_BACKEND_SIM_MODULE_H

#include <limits.h>
#include <stdbool.h>

#include "hyperion/error.h"
#include "sim/card.h"

/* The functions of sim/card.h. */
struct hyp_sim_module {
    void *handle;
    sim_card *(*create)(const sim_card_options *options, char *error, size_t error_size);
    void (*destroy)(sim_card *card);
    size_t (*unit_count)(const sim_card *card);
    const sim_unit_info *(*unit)(const sim_card *card, size_t index);
    bool (*write_memory)(sim_card *card, uint64_t address, const void *data, size_t bytes);
    bool (*read_memory)(sim_card *card, uint64_t address, void *data, size_t bytes);
    bool (*undefine_memory)(sim_card *card, uint64_t address, uint64_t bytes);
    bool (*write_register)(sim_card *card, uint64_t address, uint32_t value);
    bool (*read_register)(sim_card *card, uint64_t address, uint32_t *value);
    uint64_t (*step)(sim_card *card, uint64_t cycles);
    bool (*unit_busy)(const sim_card *card, size_t index);
    const char *(*fault)(const sim_card *card);
    void (*uuid)(const sim_card *card, uint8_t uuid[16]);
};

/* Where the module is: $HYP_SIM_MODULE, or lib/hyperion/libhyperion-sim.so of the build or
 * installation that the library was loaded from. Returns whether there is such a file. */
bool hyp_sim_module_find(char path[PATH_MAX]);

/* Loads it. Returns 0, HYP_ENODEV where there is none, or HYP_EVERSION where it is another one. */
int hyp_sim_module_load(struct hyp_sim_module *module, hyp_error *error);
void hyp_sim_module_unload(struct hyp_sim_module *module);

#endif
