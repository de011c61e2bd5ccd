/* What a backend is: one table of functions that move batches to a kind of device and start
 * kernels.
 *
 * A backend knows nothing of queues, of the policy of deadlines, or of retries. The device engine
 * (engine.c) owns a card and calls open, start, progress, reset and close from one thread only,
 * which lives as long as the device (so a helper process may ask to die with it); memory functions
 * may be called from any thread at any time while the card is open; wake from any thread. */
#ifndef HYPERION_BACKEND_BACKEND_H
#define HYPERION_BACKEND_BACKEND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hyperion/device.h"
#include "hyperion/error.h"

/* Memory shared with a device. Page aligned, zeroed at creation. */
struct hyp_memory {
    void *data;
    size_t size;
    int fd;      /* the memfd behind it, or -1 where the backend needs none */
    uint64_t id; /* unique in the process; never reused */
};

/* One batch on its way through one device. Owned by the engine; the backend holds it from start
 * until it returns it from progress or until reset or close returns. */
struct hyp_run {
    enum hyp_op op;
    const struct hyp_memory *input;
    const struct hyp_memory *output;
    const struct hyp_memory *resident; /* what stays on the device, as last reserved; or NULL */
    size_t input_bytes;                /* used part */
    size_t output_bytes;               /* exact size of the result */
    uint64_t deadline_ns;              /* a hint: the engine enforces it */
    hyp_verify_mode verify; /* for backends that check by themselves what their members answer */
    uint64_t order;         /* of starting: the lowest first */
    bool urgent;            /* of a queue with HYP_PRIORITY_LATENCY: waits for no company */
    uint32_t first_item;    /* for the cpu backend: compute items [first, last) alone, and write no
                               result header; last 0: all, and the header */
    uint32_t last_item;
    int result;           /* set by the backend before it is returned */
    uint64_t transfer_ns; /* the same: copying to and from the card; 0: not told apart */

    /* Optional. For backends that answer item by item and whose answers need no check: tells that
     * items [0, items_done) are final. Called from any thread, for one run by one at a time, before
     * the run is returned. items_done is the backend's to set; it survives a reset, after which
     * these items are not written again, because somebody may be reading them. */
    void (*advanced)(struct hyp_run *run);
    uint32_t items_done;
    struct hyp_run *next; /* of the list that progress returns */
};

struct hyp_backend {
    const char *name;         /* "cpu", "sim", "xrt", "opencl" */
    bool needs_shared_memory; /* struct hyp_memory must have a memfd */
    bool same_cards;          /* another way to cards that another backend lists too */

    /* Appends devices to the list (name, description, kind; what is known without starting
     * anything). */
    int (*list)(const hyp_context *context, struct hyp_device_info *infos, size_t capacity,
                size_t *count, hyp_error *error);

    /* Opens card `index` and fills `info` entirely, ops included. */
    int (*open)(hyp_context *context, unsigned index, const hyp_device_options *options,
                void **card, struct hyp_device_info *info, hyp_error *error);
    void (*close)(void *card);

    /* Optional: told after memory was created, before it is unmapped. Not of memory that outlives
     * the card. */
    int (*memory_created)(void *card, const struct hyp_memory *memory);
    void (*memory_destroyed)(void *card, const struct hyp_memory *memory);

    /* Optional, both or none: memory that stays on the card between batches. resident_reserve makes
     * room for all of `shadow` on the card, in place of what was reserved before, and copies it
     * there; resident_write copies a range of the shadow. Both return when it is there. Not while a
     * run is under way; after a reset both are done again before anything else. Return 0,
     * HYP_ENOMEM, HYP_ETOOBIG or HYP_EDEVICE. */
    int (*resident_reserve)(void *card, const struct hyp_memory *shadow);
    int (*resident_write)(void *card, uint64_t offset, uint64_t bytes);

    /* Takes a run without waiting for it. Returns 0; HYP_EAGAIN when no unit for this op is free;
     * or an error that concerns this run alone. */
    int (*start)(void *card, struct hyp_run *run);

    /* Makes progress until at least one run has finished, `until_ns` has passed, or wake was
     * called; returns the finished runs as a list. A negative return means that the card is lost:
     * no further run will finish, and the engine calls reset. */
    int (*progress)(void *card, uint64_t until_ns, struct hyp_run **finished, hyp_error *error);

    /* Makes the progress call that is under way, or else the next one, return soon. */
    void (*wake)(void *card);

    /* Optional: the nanoseconds that a batch takes on this card, for cards that know it better than
     * a clock beside them, which also sees what else the machine does. 0: measure it. Any thread.
     */
    uint64_t (*batch_cost_ns)(void *card, const hyp_batch_header *batch);

    /* Abandons every run that has been started and makes the card fresh. When it returns, whatever
     * the result, the device can no longer write to any memory of abandoned runs. */
    int (*reset)(void *card, hyp_error *error);
};

extern const struct hyp_backend hyp_backend_cpu;
extern const struct hyp_backend hyp_backend_sim;
extern const struct hyp_backend hyp_backend_xrt;
extern const struct hyp_backend hyp_backend_opencl;
extern const struct hyp_backend hyp_backend_set; /* host/src/dispatch */

#endif
