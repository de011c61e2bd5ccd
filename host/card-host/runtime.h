/* What card.c needs of a runtime that moves bytes and starts kernels: a table of functions, filled
 * in by XRT's own interface (card_xrt.c) and by OpenCL (card_opencl.c). Above it nothing knows
 * which.
 *
 * There is no way back from anything: a card is closed by the end of the process. */
#ifndef HYPERION_CARD_HOST_RUNTIME_H
#define HYPERION_CARD_HOST_RUNTIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "driver/xclbin/xclbin.h"
#include "host/card-host/memory.h"
#include "host/card-host/protocol.h"
#include "hyperion/error.h"

#define RUNTIME_MAX_ARGUMENTS 8

/* An argument of a kernel: a buffer, or else a number of 64 bits. */
struct runtime_argument {
    void *buffer;
    uint64_t value;
};

/* One run of a unit: input to the card, kernel, output back. */
struct runtime_launch {
    struct runtime_argument arguments[RUNTIME_MAX_ARGUMENTS];
    unsigned argument_count;
    void *input; /* buffers of memory.c, which are among the arguments too */
    void *output;
    uint64_t input_bytes; /* that are copied */
    uint64_t output_bytes;
};

/* When each part of a run had ended. */
struct runtime_times {
    uint64_t started_ns, copied_ns, ran_ns, ended_ns;
};

enum runtime_state { RUNTIME_RUNNING, RUNTIME_ENDED, RUNTIME_LOST };

struct card_runtime {
    const char *name;               /* for sentences: "XRT" */
    struct memory_runtime memory;   /* its buffers */
    void *(*open)(const char *bdf); /* the card at a PCI address; NULL: the simulated one */
    /* A real card on which runs were abandoned: gives the card opened afresh, or NULL with a
     * sentence. */
    void *(*reset)(void *device, const char *bdf, hyp_error *error);
    /* Programs the card; `uuid` receives what it then says that it holds. Returns 0 or -1. */
    int (*load)(void *device, const void *image, size_t size, const xclbin_reader *reader,
                uint8_t uuid[16]);
    /* Opens a unit (hw/README.md). `groups` receives the memory groups of `count` arguments,
     * buffers all of them; `version` its version word, or 0. NULL for a unit that has no such
     * arguments. */
    void *(*open_unit)(void *device, const xclbin_reader *reader, const xclbin_unit *unit,
                       const unsigned *arguments, unsigned count, int *groups, uint32_t *version);
    /* Copies a range of a buffer to the card, and returns when it is there: 0, or -1. */
    int (*copy)(void *device, void *buffer, uint64_t offset, uint64_t bytes);
    /* Takes a launch, which stays where it is until the run has ended. Returns 0, or an error that
     * means that the card is lost. */
    int (*start)(void *unit, const struct runtime_launch *launch, struct runtime_times *times,
                 hyp_error *error);
    /* Looks whether the run has ended, and its output arrived. RUNTIME_LOST comes with a sentence.
     */
    enum runtime_state (*poll)(void *unit, const struct runtime_launch *launch,
                               struct runtime_times *times, hyp_error *error);
};

extern const struct card_runtime card_runtime_xrt;
extern const struct card_runtime card_runtime_opencl;

uint64_t runtime_now_ns(void);

#endif
