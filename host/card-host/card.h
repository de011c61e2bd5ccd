/* One card, opened through a runtime, loaded with one xclbin, running batches on its compute units.
 */
#ifndef HYPERION_CARD_HOST_CARD_H
#define HYPERION_CARD_HOST_CARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host/card-host/memory.h"
#include "host/card-host/protocol.h"
#include "host/card-host/runtime.h"

struct card_unit {
    struct card_host_unit name;
    void *handle; /* the runtime's */
    int input_group;
    int output_group;
    int resident_group; /* -1: the kernel takes no such memory */

    bool busy;
    struct memory *input;
    struct memory *output;
    struct memory *resident; /* or NULL */
    struct runtime_launch launch;
    struct runtime_times times;
    struct card_host_run_done done; /* the answer under construction */
};

struct card {
    const struct card_runtime *runtime;
    void *device; /* NULL until it is opened */
    bool simulated;
    struct memory_table memories;
    uint32_t unit_count;
    struct card_unit units[CARD_HOST_MAX_UNITS];
};

/* Opens the card that `load` names, or the simulated one that the image brings with it, and
 * loads `size` bytes of xclbin from `image`. `folder` is for the runtime's files. Fills in
 * `loaded`. Returns 0, or HYP_EBITSTREAM, HYP_EDEVICE, HYP_EIO with a sentence. There is no way
 * back: a card is closed by the end of the process. */
int card_open(struct card *card, const char *folder, const struct card_host_load *load,
              const void *image, size_t size, struct card_host_loaded *loaded, hyp_error *error);

/* Copies a range to the card, for all units that take resident memory. Where there is no room runs
 * that name the memory are refused, until there is: it is copied then. Returns 0, or HYP_EDEVICE
 * with a sentence: the card is lost. */
int card_resident(struct card *card, const struct card_host_resident *range, hyp_error *error);

/* Starts the unit on a batch. `done` receives the answer at once where the run is refused: returns
 * false then. A sentence in `error` means that the card is lost. */
bool card_start(struct card *card, const struct card_host_run *run, struct card_host_run_done *done,
                hyp_error *error);

/* Looks at unit `index`. Returns true when its run has ended and its output is there; `done` is
 * then the answer. A sentence in `error` means that the card is lost. */
bool card_poll(struct card *card, uint32_t index, struct card_host_run_done *done,
               hyp_error *error);

bool card_busy(const struct card *card);

#endif
