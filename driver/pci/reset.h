/* Resetting functions and slots through sysfs. Needs root.
 *
 * A function level reset concerns one function: the kernel saves its configuration, resets it, and
 * restores it; drivers that can, stay bound. A hot reset concerns a slot with every function in it:
 * they are removed, the secondary bus of the port above is reset, and the bus is scanned again, so
 * that drivers bind anew and a card that came to life with another shell is found as it now is.
 * Meanwhile the port's own errors are masked: a link that goes down under a port is a fatal error,
 * on which servers stop. */
#ifndef HYPERION_DRIVER_PCI_RESET_H
#define HYPERION_DRIVER_PCI_RESET_H

#include "driver/pci/pci.h"

typedef enum pcie_reset_kind {
    PCIE_RESET_FUNCTION,
    PCIE_RESET_HOT,
} pcie_reset_kind;

typedef struct pcie_reset_options {
    unsigned settle_ms; /* from the end of a hot reset to the scan; 0: 1000, what the specification
                           gives a device to become ready */
    /* Told before each step, for people; NULL: nobody is. */
    void (*tell)(void *user, const char *step);
    void *user;
} pcie_reset_options;

/* The functions that a reset of `function` concerns: itself, or every one in its slot; those behind
 * it where it is a port. Stores up to `capacity` and returns how many there are. */
size_t pcie_reset_scope(pcie_machine *machine, pcie_function *function, pcie_reset_kind kind,
                        pcie_function **functions, size_t capacity);

/* Resets. Returns 0, or a negative errno value with one sentence: what failed and what to do. After
 * a hot reset the machine describes what was; scan again. A function that did not come back is an
 * error, -ENODEV. `options` may be NULL. */
int pcie_reset(pcie_machine *machine, pcie_function *function, pcie_reset_kind kind,
               const pcie_reset_options *options, char message[256]);

#endif
