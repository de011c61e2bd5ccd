/* Which processes have a function's device nodes open. */
#ifndef HYPERION_DRIVER_PCI_USERS_H
#define HYPERION_DRIVER_PCI_USERS_H

#include "driver/pci/pci.h"

typedef struct pcie_user {
    int pid;
    char program[32];
    char node[64]; /* what it has open: "/dev/dri/renderD128" */
} pcie_user;

/* Finds up to `capacity` processes and returns how many there are. Only root sees those of other
 * users. `proc` is the root of a proc file system, NULL for the true one. */
size_t pcie_find_users(const pcie_function *function, const char *proc, pcie_user *users,
                       size_t capacity);

#endif
