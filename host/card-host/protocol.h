/* What libhyperion's xrt backend and its helper process, hyperion-card-host, say to each other.
 *
 * One message a datagram over a SOCK_SEQPACKET socket pair; fixed structs in the machine's own byte
 * order, since both ends run on one machine. Every message begins with a card_host_header. Neither
 * end trusts the other: a message whose version, type or size is not exactly what this header says
 * is an error of the one who sent it.
 *
 * From the library:
 *  - LOAD, with the fd of the xclbin, is answered with LOADED or FAILED.
 *  - MEMORY_ADD, with a memfd, and MEMORY_REMOVE: no answer. A run that needs what could not
 *    be had fails.
 *  - RESIDENT is answered with RESIDENT_DONE when the range is on the card, or has no room there:
 * it is for the runs that follow, and each of them looks for room again.
 *  - RUN is answered with RUN_DONE, once; runs end in any order.
 * From the helper at any time, as its last message, FAILED: the card is lost.
 *
 * Batches lie in the memfds: no byte of them passes through the socket. */
#ifndef HYPERION_CARD_HOST_PROTOCOL_H
#define HYPERION_CARD_HOST_PROTOCOL_H

#include <assert.h>
#include <stdint.h>

#define CARD_HOST_VERSION   4
#define CARD_HOST_MAX_UNITS 64
/* How the helper reaches the card. */
enum card_host_runtime { CARD_HOST_XRT = 0, CARD_HOST_OPENCL = 1 };
/* The helper's end of the socket pair. */
#define CARD_HOST_SOCKET 3

enum card_host_type {
    CARD_HOST_LOAD = 1,
    CARD_HOST_LOADED,
    CARD_HOST_FAILED,
    CARD_HOST_MEMORY_ADD,
    CARD_HOST_MEMORY_REMOVE,
    CARD_HOST_RUN,
    CARD_HOST_RUN_DONE,
    CARD_HOST_RESIDENT,
    CARD_HOST_RESIDENT_DONE, /* a card_host_resident too: the range that is meant */
};

struct card_host_header {
    uint16_t version; /* CARD_HOST_VERSION */
    uint16_t type;
    uint32_t size; /* of the whole message */
};

struct card_host_load {
    struct card_host_header header;
    uint32_t reset;   /* runs were abandoned: a real card is to be reset before it is loaded */
    uint32_t runtime; /* card_host_runtime */
    char bdf[16];     /* PCI address of the card, "0000:65:00.1"; empty where there is none */
    char path[256];   /* of the xclbin, for messages; the content comes with the descriptor */
    /* Of a simulated card, and for the faults ordered of it (sim/fault_plan.h): */
    uint64_t seed;
    uint64_t batches; /* that the device was given before */
    uint64_t loads;   /* how often it came up before */
    char faults[1024];
    /* Where only a signed xclbin may be loaded: */
    uint32_t require_signed;
    uint32_t signature_bytes; /* used of signature and key */
    uint32_t key_bytes;
    uint8_t signature[64];
    char key[1024]; /* public, in PEM */
};

struct card_host_unit {
    char kernel[64];
    char instance[64];
    uint32_t kernel_version; /* 0x00MMmmpp, from its register; 0 where that could not be read */
    uint32_t reserved;
};

struct card_host_loaded {
    struct card_host_header header;
    uint8_t uuid[16];
    uint64_t memory_bytes; /* that buffers of one memory group can have together */
    uint32_t simulated;
    uint32_t unit_count;
    char platform[64];
    struct card_host_unit units[CARD_HOST_MAX_UNITS];
};

struct card_host_failed {
    struct card_host_header header;
    int32_t code; /* HYP_E… */
    char message[500];
};

struct card_host_memory {
    struct card_host_header header;
    uint64_t id; /* never used twice */
    uint64_t size;
};

/* Bytes of a memory that are to be copied to the card and stay there. */
struct card_host_resident {
    struct card_host_header header;
    uint64_t id;
    uint64_t offset;
    uint64_t bytes;
};

struct card_host_run {
    struct card_host_header header;
    uint64_t id; /* of the run */
    uint32_t unit;
    uint32_t reserved;
    uint64_t input; /* ids of memories */
    uint64_t output;
    uint64_t input_bytes;
    uint64_t output_bytes;
    uint64_t resident; /* memory that stays on the card, or 0; for kernels that take it */
    uint64_t resident_bytes;
};

struct card_host_run_done {
    struct card_host_header header;
    uint64_t id;
    int32_t result; /* 0 or HYP_E…, which then concerns this run alone */
    uint32_t reserved;
    uint64_t to_card_ns; /* copying the input, running, copying the output */
    uint64_t run_ns;
    uint64_t from_card_ns;
    char message[200]; /* why, if result is not 0 */
};

/* Large enough for any message. */
union card_host_message {
    struct card_host_header header;
    struct card_host_load load;
    struct card_host_loaded loaded;
    struct card_host_failed failed;
    struct card_host_memory memory;
    struct card_host_resident resident;
    struct card_host_run run;
    struct card_host_run_done run_done;
};

static_assert(sizeof(struct card_host_run) == 72, "no padding that differs between builds");

/* What the header of a message of each type must say; 0 for a type that does not exist. */
static inline uint32_t card_host_message_size(uint16_t type)
{
    switch (type) {
    case CARD_HOST_LOAD:
        return sizeof(struct card_host_load);
    case CARD_HOST_LOADED:
        return sizeof(struct card_host_loaded);
    case CARD_HOST_FAILED:
        return sizeof(struct card_host_failed);
    case CARD_HOST_MEMORY_ADD:
    case CARD_HOST_MEMORY_REMOVE:
        return sizeof(struct card_host_memory);
    case CARD_HOST_RESIDENT:
    case CARD_HOST_RESIDENT_DONE:
        return sizeof(struct card_host_resident);
    case CARD_HOST_RUN:
        return sizeof(struct card_host_run);
    case CARD_HOST_RUN_DONE:
        return sizeof(struct card_host_run_done);
    default:
        return 0;
    }
}

#endif
