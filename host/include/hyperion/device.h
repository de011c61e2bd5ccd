/* Devices: the CPU, simulated cards, and cards behind XRT.
 *
 * Names: "cpu"; "sim" or "sim:N", a simulated card inside this process (Verilated RTL); "xrt:N",
 * the N-th card that XRT knows, or, on a machine without one, a simulated card behind XRT's
 * hardware emulation; "opencl:N", the same cards through OpenCL. Simulated cards are always called
 * simulated. */
#ifndef HYPERION_DEVICE_H
#define HYPERION_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hyperion/batch.h"
#include "hyperion/context.h"

HYP_BEGIN_DECLS

typedef struct hyp_device hyp_device;

typedef enum hyp_device_kind {
    HYP_DEVICE_CPU = 0,
    HYP_DEVICE_SIMULATED_CARD = 1,
    HYP_DEVICE_CARD = 2,
    HYP_DEVICE_SET = 3, /* several devices behind one name */
} hyp_device_kind;

/* How results of cards are checked before they are delivered. Results of the CPU are not. */
typedef enum hyp_verify_mode {
    HYP_VERIFY_SAMPLED = 0, /* 1 item in 64, of recoveries 1 in 128, at least 4 a batch, drawn after
                               the result is there, is computed again: for work whose result is
                               checked later, such as a root in a header */
    HYP_VERIFY_STRICT = 1,  /* every item, proven or computed again: no wrong answer gets out
                               (docs/dispatch.md) */
    HYP_VERIFY_OFF = 2,     /* for benchmarks */
} hyp_verify_mode;

/* How a set cuts a batch over its members. */
typedef enum hyp_split_mode {
    HYP_SPLIT_BY_COST = 0, /* so that it is done soonest: who is slow gets little or nothing */
    HYP_SPLIT_EVENLY = 1,  /* every member that is well gets its share, however slow: for drills,
                              where faults are to meet work */
} hyp_split_mode;

/* Limits of one op on one device. */
typedef struct hyp_op_capability {
    uint32_t op;              /* hyp_op */
    uint32_t compute_units;   /* batches of this op that run at once */
    uint32_t max_items;       /* of a batch */
    uint32_t kernel_version;  /* 0x00MMmmpp; 0 for the CPU */
    uint64_t max_input_bytes; /* of a batch, header and descriptors included */
} hyp_op_capability;

#define HYP_MAX_OPS 16

typedef struct hyp_device_info {
    char name[32];        /* what hyp_device_open takes: "xrt:0" */
    char description[96]; /* for people: "AMD EPYC 9655", "simulated card (Verilator)" */
    hyp_device_kind kind;
    uint8_t bitstream_uuid[16]; /* zero without a bitstream, or before it was loaded */
    char bitstream[256];        /* path of the xclbin, or empty */
    uint64_t memory_bytes;      /* on the card; 0 for the CPU */
    uint32_t op_count;          /* entries of ops; 0 in a list, where nothing is loaded yet */
    hyp_op_capability ops[HYP_MAX_OPS];
} hyp_device_info;

/* Lists devices without starting or loading any. Writes up to `capacity` entries and stores how
 * many there are in all. Returns 0, HYP_EINVAL or HYP_EIO. */
HYP_API int hyp_device_list(hyp_context *context, hyp_device_info *infos, size_t capacity,
                            size_t *count, hyp_error *error);

typedef struct hyp_device_options {
    size_t size;             /* sizeof(hyp_device_options) */
    const char *bitstream;   /* xrt, opencl: path of an xclbin; NULL: the installed or built one */
    uint64_t job_timeout_ns; /* for jobs without a deadline of their own; 0: 60 s */
    const char *wave;        /* sim: write an FST wave of the whole session to this file */
    uint64_t memory_bytes;   /* sim: size of the card's memory; 0: 16 GiB (sparse) */
    uint64_t seed;           /* sim: of the randomised memory timing and of faults */
    uint32_t memory_latency; /* sim: cycles from a read request to its first beat; 0: 100 */
    const char *members; /* of a set: hyp_device_open fills it in from a name such as "sim:0,cpu" */
    const char *faults;  /* simulated cards: what they are to do wrong, for tests of what stands
                            above them: "sim:1:hang@3,sim:0:bitflip=1e-3"; docs/simulation.md */
    bool require_signed; /* xrt: refuse an xclbin unless FILE.sig is its signature
                            (driver/README.md) */
    const char *public_key;  /* xrt, opencl: PEM file of the key that it must be by; NULL:
                                /etc/hyperion/bitstream-key.pem */
    uint64_t resident_bytes; /* cards: how much of their memory weights may stay in
                                (hyperion/tensor.h); 0: a quarter of it */
    hyp_split_mode split;    /* sets */
    bool allow_absent; /* sets: a member that cannot be opened is left out (HYP_STATE_ABSENT in
                          hyperion/stats.h, which also says why), as long as one can; "auto"
                          always does so */
} hyp_device_options;

#define HYP_DEVICE_OPTIONS_INIT                                                                    \
    {                                                                                              \
        sizeof(hyp_device_options), NULL, 0, NULL, 0, 0, 0, NULL, NULL, false, NULL, 0,            \
            HYP_SPLIT_BY_COST, false                                                               \
    }

/* Opens a device by name ("cpu", "sim:1", "xrt:0", "sim:0,cpu", "auto"; NULL: a real card if there
 * is one, else the CPU; never a simulation). Loads the bitstream and admits the device only after
 * known answers of every op came back right. `options` may be NULL and is copied. Returns 0 and
 * stores the device, which the caller closes; or HYP_EINVAL (no such kind of name), HYP_ENODEV
 * (this machine has no such device), HYP_EBITSTREAM, HYP_EDEVICE, HYP_EMISMATCH (a known answer was
 * wrong), HYP_ETIMEDOUT, HYP_ENOMEM. */
HYP_API int hyp_device_open(hyp_context *context, const char *name,
                            const hyp_device_options *options, hyp_device **device,
                            hyp_error *error);

/* Closes a device. Its queues, batches and buffers must have been destroyed. What still runs on the
 * card is abandoned with it, and not waited for. A reset or known answers that are under way are
 * waited for: at most 60 s for a load, and 20 s an op, times its units where the card is simulated.
 */
HYP_API void hyp_device_close(hyp_device *device);

/* What this device is and can do, now that it is loaded. Valid until the device is closed. */
HYP_API const hyp_device_info *hyp_device_get_info(const hyp_device *device);

/* The capability for one op, or NULL where the device lacks it. */
HYP_API const hyp_op_capability *hyp_device_capability(const hyp_device *device, hyp_op op);

/* Why jobs failed last on this device; returns its code, or 0 if none has. HYP_EFORKED in a child
 * of a fork. */
HYP_API int hyp_device_last_fault(const hyp_device *device, hyp_error *error);

HYP_END_DECLS

#endif
