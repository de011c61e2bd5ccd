/* What the tests of the xrt and opencl backends share: a card opened through the backend's table,
 * batches, and a look at the processes and files behind it. */
#ifndef HYPERION_TESTS_XRT_FIXTURE_H
#define HYPERION_TESTS_XRT_FIXTURE_H

#include <sys/types.h>

#include "host/src/backend/backend.h"
#include "host/src/context.h"
#include "host/src/memory.h"
#include "hyperion/hyperion.h"
#include "tests/support/test.h"

/* Set up by xrt_setup: the xclbin with the fake card, and an empty folder that takes the place of
 * $XDG_RUNTIME_DIR. */
extern char xrt_fake_xclbin[];
extern char xrt_runtime[];

int xrt_setup(void **state);
/* The same, and fake_host.c takes the place of the helper. */
int xrt_setup_fake_host(void **state);
int xrt_teardown(void **state);

/* The backend that the functions below use, xrt unless it was chosen. */
extern const struct hyp_backend *xrt_backend;
int xrt_use_xrt(void **state);
int xrt_use_opencl(void **state);

/* A test of both backends: two entries of a cmocka table. */
#define XRT_BOTH(name, teardown)                                                                   \
    {"xrt: " #name, name, xrt_use_xrt, teardown, NULL},                                            \
    {                                                                                              \
        "opencl: " #name, name, xrt_use_opencl, teardown, NULL                                     \
    }

struct xrt_fixture {
    hyp_context *context;
    void *card;
    hyp_device_info info;
};

/* Opens a card that must open, with an xclbin; NULL: the one that the backend finds by itself. */
struct xrt_fixture xrt_open(const char *bitstream);
void xrt_close(struct xrt_fixture *fixture);

/* Opens a card that must not: returns the code. */
int xrt_refused(const char *bitstream, hyp_error *error);

struct xrt_batch {
    struct hyp_memory input;
    struct hyp_memory output;
    struct hyp_run run;
};

/* A batch of `items` messages of pseudo-random lengths up to `max_length` and content, from `seed`.
 */
void xrt_batch_create(struct xrt_fixture *fixture, struct xrt_batch *batch, uint32_t items,
                      uint32_t max_length, uint64_t seed);
/* A batch whose input is a copy of `bytes`. */
void xrt_batch_wrap(struct xrt_fixture *fixture, struct xrt_batch *batch, const void *bytes,
                    size_t input_bytes, size_t output_bytes);
void xrt_batch_destroy(struct xrt_fixture *fixture, struct xrt_batch *batch);

/* Whether the output is what the fake card makes of the input, or what keccak256 is defined to be.
 */
void xrt_check_fake(const struct xrt_batch *batch);
void xrt_check_keccak(const struct xrt_batch *batch);

/* Starts the batch and waits up to 20 s for its end, which must come. */
void xrt_run(struct xrt_fixture *fixture, struct xrt_batch *batch);

/* Calls progress until it fails, for at most `timeout_ms`; returns the code, 0 for no failure. */
int xrt_wait_lost(struct xrt_fixture *fixture, unsigned timeout_ms, hyp_error *error);

/* Our helper processes, oldest first; and what a helper has started that is called `name`. 0: none.
 */
pid_t xrt_helper(unsigned index);
pid_t xrt_simulator(pid_t helper);

/* Waits until a process that may be nobody's child of ours is gone. */
void xrt_assert_gone(pid_t pid);

/* Entries of the folder that stands for $XDG_RUNTIME_DIR. */
unsigned xrt_leftovers(void);

#endif
