#include "host/src/backend/sim_module.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/src/fail.h"
#include "host/src/installed.h"

bool hyp_sim_module_find(char path[PATH_MAX])
{
    const char *given = getenv("HYP_SIM_MODULE");

    if (given) {
        int length = snprintf(path, PATH_MAX, "%s", given);
        return length > 0 && length < PATH_MAX && access(path, R_OK) == 0;
    }
    return hyp_find_installed("hyperion/libhyperion-sim.so", path) ||
           hyp_find_installed("lib/hyperion/libhyperion-sim.so", path);
}

static const struct symbol {
    const char *name;
    size_t offset; /* of its pointer in struct hyp_sim_module */
} symbols[] = {
    {"sim_card_create", offsetof(struct hyp_sim_module, create)},
    {"sim_card_destroy", offsetof(struct hyp_sim_module, destroy)},
    {"sim_card_unit_count", offsetof(struct hyp_sim_module, unit_count)},
    {"sim_card_unit", offsetof(struct hyp_sim_module, unit)},
    {"sim_card_write_memory", offsetof(struct hyp_sim_module, write_memory)},
    {"sim_card_read_memory", offsetof(struct hyp_sim_module, read_memory)},
    {"sim_card_undefine_memory", offsetof(struct hyp_sim_module, undefine_memory)},
    {"sim_card_write_register", offsetof(struct hyp_sim_module, write_register)},
    {"sim_card_read_register", offsetof(struct hyp_sim_module, read_register)},
    {"sim_card_step", offsetof(struct hyp_sim_module, step)},
    {"sim_card_unit_busy", offsetof(struct hyp_sim_module, unit_busy)},
    {"sim_card_fault", offsetof(struct hyp_sim_module, fault)},
    {"sim_card_uuid", offsetof(struct hyp_sim_module, uuid)},
};

int hyp_sim_module_load(struct hyp_sim_module *module, hyp_error *error)
{
    char path[PATH_MAX];

    if (!hyp_sim_module_find(path)) {
        return hyp_fail(error, HYP_ENODEV,
                        "no libhyperion-sim.so: build the simulated card (make), or name it in "
                        "HYP_SIM_MODULE");
    }
    module->handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!module->handle) {
        return hyp_fail(error, HYP_ENODEV, "%s", dlerror());
    }
    for (size_t i = 0; i < sizeof symbols / sizeof symbols[0]; i++) {
        void *address = dlsym(module->handle, symbols[i].name);
        if (!address) {
            hyp_sim_module_unload(module);
            return hyp_fail(error, HYP_EVERSION, "%s has no %s: it is of another version", path,
                            symbols[i].name);
        }
        memcpy((char *)module + symbols[i].offset, &address, sizeof address);
    }
    return HYP_OK;
}

void hyp_sim_module_unload(struct hyp_sim_module *module)
{
    dlclose(module->handle);
    module->handle = NULL;
}
