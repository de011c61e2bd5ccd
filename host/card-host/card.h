/* One card behind XRT: opened, loaded with one xclbin, running batches on its compute units. */
#ifndef HYPERION_CARD_HOST_CARD_H
#define HYPERION_CARD_HOST_CARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <xrt.h>
#include <xrt/xrt_device.h>
#include <xrt/xrt_kernel.h>

#include "host/card-host/memory.h"
#include "host/card-host/protocol.h"

struct card_unit {
    struct card_host_unit name;
    xrtKernelHandle kernel;
    xrtRunHandle run; /* one object for all runs of the unit */
    int input_group;
    int output_group;

    bool busy;
    uint64_t started_ns;
    struct memory *input;
    struct memory *output;
    uint64_t output_bytes;
    struct card_host_run_done done; /* the answer under construction */
};

struct card {
    xrtDeviceHandle device;
    bool simulated;
    struct memory_table memories;
    uint32_t unit_count;
    struct card_unit units[CARD_HOST_MAX_UNITS];
};

/* Opens the card at PCI address `bdf`, or the simulated one that the image brings with it, and
 * loads `size` bytes of xclbin from `image`. `folder` is for XRT's files; `path` names the xclbin
 * in sentences. Fills in `loaded`. Returns 0, or HYP_EBITSTREAM, HYP_EDEVICE, HYP_EIO with a
 * sentence. There is no way back: a card is closed by the end of the process. */
int card_open(struct card *card, const char *folder, const struct card_host_load *load,
              const void *image, size_t size, struct card_host_loaded *loaded, hyp_error *error);

/* Copies the input to the card and starts the unit. `done` receives the answer at once where the
 * run is refused: returns false then. A sentence in `error` means that the card is lost. */
bool card_start(struct card *card, const struct card_host_run *run, struct card_host_run_done *done,
                hyp_error *error);

/* Looks at unit `index`. Returns true when its run has ended, and copies its output; `done` is then
 * the answer. A sentence in `error` means that the card is lost. */
bool card_poll(struct card *card, uint32_t index, struct card_host_run_done *done,
               hyp_error *error);

bool card_busy(const struct card *card);

#endif
